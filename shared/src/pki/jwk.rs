//! Public keys as JWK (RFC 7517) and their thumbprints (RFC 7638).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, RsaPublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::certificate::PublicKey;
use crate::finding::{Finding, Rule};

impl PublicKey {
    /// Reads an RSA key (`n`, `e`) or an EC key on P-256 (`x`, `y`, 32 bytes each; RFC 7518, 6.2 and 6.3).
    /// The members are big-endian numbers in base64url without padding. `use`, `alg` and `kid` are not
    /// judged.
    ///
    /// # Errors
    /// [`Rule::JwkForm`] when it is another kind of key, when a member is missing or not base64url, when the
    /// modulus is not of 1024 to 8192 bits, when the point is not on the curve, or when the JWK holds a
    /// private key, which does not belong here.
    pub fn from_jwk(jwk: &Value) -> Result<Self, Finding> {
        let refuse = |message: &str| Finding::error(Rule::JwkForm, message).by("RFC 7517, 4");
        if jwk.get("d").is_some() || jwk.get("k").is_some() {
            return Err(refuse("the JWK holds a private key"));
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let octets = |name: &str| text(name).and_then(|member| URL_SAFE_NO_PAD.decode(member).ok());
        let key = match (text("kty"), text("crv")) {
            (Some("RSA"), _) => octets("n").zip(octets("e")).and_then(|(n, e)| {
                let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
                RsaPublicKey::new(number(&n), number(&e)).ok().map(Self::Rsa)
            }),
            (Some("EC"), Some("P-256")) => octets("x").zip(octets("y")).and_then(|(x, y)| {
                let fits = x.len() == 32 && y.len() == 32;
                let point = [&[4][..], &x, &y].concat();
                p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok().filter(|_| fits).map(Self::P256)
            }),
            _ => None,
        };
        key.ok_or_else(|| refuse("not a JWK with a public RSA or P-256 key"))
    }

    /// SHA-256 over the required members in the order of their names (RFC 7638, 3), in base64url without
    /// padding: 43 characters.
    pub fn thumbprint(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let members = match self {
            Self::Rsa(key) => {
                let number = |value: &BoxedUint| text(&value.to_be_bytes_trimmed_vartime());
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, number(key.e()), number(key.n().as_ref()))
            }
            Self::P256(key) => {
                let point = key.to_sec1_point(false);
                let (x, y) = (&point.as_bytes()[1..33], &point.as_bytes()[33..65]);
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y))
            }
        };
        URL_SAFE_NO_PAD.encode(Sha256::digest(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::finding::Code;

    const MODULUS: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    #[test]
    fn the_example_of_rfc_7638_has_the_thumbprint_that_stands_there() {
        let jwk = json!({"kty": "RSA", "n": MODULUS, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
        let key = PublicKey::from_jwk(&jwk).unwrap();
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        // Leading zeros do not make another key.
        let padded = format!("AAAA{MODULUS}");
        let same = PublicKey::from_jwk(&json!({"kty": "RSA", "n": padded, "e": "AAEAAQ"})).unwrap();
        assert_eq!(same.thumbprint(), key.thumbprint());
    }

    #[test]
    fn the_signature_of_rfc_7515_holds_with_its_key_only() {
        // RFC 7515, A.3: ES256.
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
        let input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let holds = |jwk: &Value| {
            let key = PublicKey::from_jwk(jwk).unwrap();
            let algorithm = super::super::SignatureAlgorithm::EcdsaP256Sha256;
            super::super::verify_with(&key, algorithm, input.as_bytes(), &signature)
        };
        assert!(holds(&jwk));
        // RFC 7517, A.1: another key.
        let other = json!({"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"});
        assert!(!holds(&other));
        let prints = [&jwk, &other].map(|jwk| PublicKey::from_jwk(jwk).unwrap().thumbprint());
        assert_ne!(prints[0], prints[1]);
    }

    #[test]
    fn what_is_not_a_public_key_is_refused() {
        let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
        let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
        for jwk in [
            json!({}),
            json!({"kty": "oct", "k": "AAAA"}),
            json!({"kty": "RSA", "n": MODULUS}),
            json!({"kty": "RSA", "n": "ikke base64", "e": "AQAB"}),
            json!({"kty": "RSA", "n": MODULUS, "e": "AQAB", "d": "AQAB"}),
            json!({"kty": "EC", "crv": "P-384", "x": x, "y": y}),
            json!({"kty": "EC", "crv": "P-256", "x": y, "y": x}),
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": "AA"}),
        ] {
            assert_eq!(PublicKey::from_jwk(&jwk).unwrap_err().code, Code::KeyFile, "{jwk}");
        }
    }
}
