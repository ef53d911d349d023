//! Compact JSON Web Signatures (RFC 7515), read strictly.
//!
//! Three algorithms, all asymmetric, and four more with RSA where others' receipts are read; whatever is not on the list
//! does not parse, `none` and `HS256` included. The key always comes from the caller: members that point at a key (`jwk`, `jku`, `x5u`) are never followed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPublicKey};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::json;
use crate::pki::{self, Certificate, PssHash, SignatureAlgorithm};

/// The largest JWS that is read, in bytes. A registry answer with many records stays far below.
const MAX_BYTES: usize = 8 << 20;

/// The signature algorithms (RFC 7518, 3.1) that are ever verified; those of [`Algorithm::COMMON`] are made, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256; the signature is as long as the modulus (RFC 7518, 3.3).
    Rs256,
    /// The same with SHA-384. Only read.
    Rs384,
    /// The same with SHA-512. Only read.
    Rs512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes; as long as the modulus (RFC 7518, 3.5).
    Ps256,
    /// The same with SHA-384 for both and a salt of 48 bytes. Only read.
    Ps384,
    /// The same with SHA-512 for both and a salt of 64 bytes. Only read.
    Ps512,
    /// ECDSA on P-256 with SHA-256; the signature is 64 bytes, `r ‖ s` (RFC 7518, 3.4).
    Es256,
}

impl Algorithm {
    /// What [`parse`] takes.
    pub const COMMON: &[Self] = &[Self::Rs256, Self::Ps256, Self::Es256];
    /// All with RSA: what the reference takes of the messages and receipts of mailboxes.
    pub const RSA: &[Self] = &[Self::Rs256, Self::Rs384, Self::Rs512, Self::Ps256, Self::Ps384, Self::Ps512];
    /// All that are verified anywhere: for looking at what may be of any kind.
    pub const ALL: &[Self] =
        &[Self::Rs256, Self::Rs384, Self::Rs512, Self::Ps256, Self::Ps384, Self::Ps512, Self::Es256];

    /// As `alg` writes it, for example `RS256`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
        }
    }

    /// The same algorithm as keys and certificates name it.
    pub const fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Rs256 => SignatureAlgorithm::RsaPkcs1Sha256,
            Self::Rs384 => SignatureAlgorithm::RsaPkcs1Sha384,
            Self::Rs512 => SignatureAlgorithm::RsaPkcs1Sha512,
            Self::Ps256 => SignatureAlgorithm::pss(PssHash::Sha256),
            Self::Ps384 => SignatureAlgorithm::pss(PssHash::Sha384),
            Self::Ps512 => SignatureAlgorithm::pss(PssHash::Sha512),
            Self::Es256 => SignatureAlgorithm::EcdsaP256Sha256,
        }
    }
}

/// The members of a protected header that we write and read (RFC 7515, 4.1); others are passed over, but for
/// `crit` and `b64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `alg`: how it is signed.
    pub algorithm: Algorithm,
    /// `typ`: what kind of thing it is, for example `konvolutt-envelope+jws`.
    pub kind: Option<String>,
    /// `kid`: which key has signed, by a name that its owner gave it.
    pub key_id: Option<String>,
    /// `x5c`: certificates in DER, the signer's first; on the wire in base64 with padding. Empty when it is
    /// missing.
    pub chain: Vec<Vec<u8>>,
}

/// Why a text is not a JWS that we read. Holds no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// Longer than 8 MiB, or not three parts.
    #[error("not three parts of base64url, separated by dots")]
    Parts,
    /// A part is not base64url (RFC 4648, 5) in its one canonical spelling without padding.
    #[error("a part is not canonical base64url")]
    Encoding,
    /// The header is not an object of JSON with the right kinds of values, or has a name twice.
    #[error("the protected header cannot be read")]
    Header,
    /// `alg` is missing or not one of those that are taken here.
    #[error("the algorithm is not one of those that are taken here")]
    Algorithm,
    /// The payload is no object of JSON, where a set of claims was asked for.
    #[error("the payload is no object of JSON")]
    Payload,
    /// `crit` (RFC 7515, 4.1.11) or `b64` (RFC 7797) is present: the text must then be read in a way that we
    /// do not know.
    #[error("the header has critical extensions")]
    Critical,
}

/// A JWS that lacks its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned(String);

impl Unsigned {
    /// What is to be signed, ASCII: header and payload in base64url with a dot between (RFC 7515, 5.1).
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The whole in compact form (RFC 7515, 7.1). The signature is taken as it is, in the form that
    /// [`Algorithm`] tells; nothing is verified.
    #[must_use]
    pub fn finish(self, signature: &[u8]) -> String {
        format!("{}.{}", self.0, URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Writes header and payload, for the key to sign. The payload may be any bytes.
pub fn prepare(header: &Header, payload: &[u8]) -> Unsigned {
    let mut members = Map::new();
    members.insert("alg".to_owned(), header.algorithm.as_str().into());
    for (name, text) in [("typ", &header.kind), ("kid", &header.key_id)] {
        if let Some(text) = text {
            members.insert(name.to_owned(), text.clone().into());
        }
    }
    if !header.chain.is_empty() {
        let chain: Vec<Value> = header.chain.iter().map(|der| STANDARD.encode(der).into()).collect();
        members.insert("x5c".to_owned(), chain.into());
    }
    let header = Value::Object(members).to_string();
    Unsigned(format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)))
}

/// A JWS that was read. Nothing in it is trusted before its signature has been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// The protected header.
    pub header: Header,
    /// The decoded payload, any bytes.
    pub payload: Vec<u8>,
    /// What was signed: the text up to its second dot.
    pub signing_input: &'a [u8],
    /// The decoded signature, any bytes.
    pub signature: Vec<u8>,
}

/// Reads the compact form (RFC 7515, 7.1), at most 8 MiB, by an algorithm of [`Algorithm::COMMON`].
///
/// # Errors
/// Every [`JwsError`] but [`JwsError::Payload`]. White space anywhere, a line break at the end included, is
/// an encoding error.
pub fn parse(text: &str) -> Result<Parsed<'_>, JwsError> {
    parse_among(text, Algorithm::COMMON)
}

/// The same by one of these algorithms.
///
/// # Errors
/// As [`parse`].
pub fn parse_among<'a>(text: &'a str, algorithms: &[Algorithm]) -> Result<Parsed<'a>, JwsError> {
    if text.len() > MAX_BYTES {
        return Err(JwsError::Parts);
    }
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JwsError::Parts);
    };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Encoding);
    Ok(Parsed {
        signing_input: &text.as_bytes()[..header.len() + 1 + payload.len()],
        header: read_header(&decode(header)?, algorithms)?,
        payload: decode(payload)?,
        signature: decode(signature)?,
    })
}

fn read_header(bytes: &[u8], algorithms: &[Algorithm]) -> Result<Header, JwsError> {
    let Ok(Value::Object(members)) = json::parse(bytes) else { return Err(JwsError::Header) };
    if members.contains_key("crit") || members.contains_key("b64") {
        return Err(JwsError::Critical);
    }
    let told = members.get("alg").and_then(Value::as_str);
    let algorithm = algorithms.iter().copied().find(|algorithm| told == Some(algorithm.as_str()));
    let algorithm = algorithm.ok_or(JwsError::Algorithm)?;
    let text = |name: &str| match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(JwsError::Header),
    };
    let chain = match members.get("x5c") {
        None => Vec::new(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or(JwsError::Header))
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(JwsError::Header),
    };
    Ok(Header { algorithm, kind: text("typ")?, key_id: text("kid")?, chain })
}

impl Parsed<'_> {
    /// The payload as a set of claims (RFC 7519, 4); none with a name twice.
    ///
    /// # Errors
    /// [`JwsError::Payload`]: it is no JSON object.
    pub fn claims(&self) -> Result<Map<String, Value>, JwsError> {
        match json::parse(&self.payload) {
            Ok(Value::Object(claims)) => Ok(claims),
            _ => Err(JwsError::Payload),
        }
    }

    /// Whether the certificate's key made the signature. Whether the certificate is to be trusted is not
    /// asked.
    pub fn verify(&self, certificate: &Certificate) -> bool {
        // RFC 7518, 3.4: ECDSA is 64 bytes here; the certificate code also takes DER.
        let length_fits = self.header.algorithm != Algorithm::Es256 || self.signature.len() == 64;
        let algorithm = self.header.algorithm.signature_algorithm();
        length_fits && pki::verify(certificate, algorithm, self.signing_input, &self.signature)
    }

    /// Whether the RSA key of a JWK (RFC 7517; RFC 7518, 6.3.1) made the signature with RS256. Other keys and
    /// algorithms, and a key whose `use` or `alg` is for something else, verify nothing.
    pub fn verify_with_jwk(&self, jwk: &Value) -> bool {
        self.header.algorithm == Algorithm::Rs256
            && rsa_key(jwk).is_some_and(|key| {
                key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(self.signing_input), &self.signature).is_ok()
            })
    }
}

/// The RSA key of a JWK, unless the JWK says that it is for something else than verifying RS256.
fn rsa_key(jwk: &Value) -> Option<RsaPublicKey> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let meant_for_this = text("kty") == Some("RSA")
        && text("use").is_none_or(|purpose| purpose == "sig")
        && text("alg").is_none_or(|algorithm| algorithm == Algorithm::Rs256.as_str());
    if !meant_for_this {
        return None;
    }
    let number = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text(name)?).ok()?;
        Some(BoxedUint::from_be_slice_vartime(&bytes))
    };
    RsaPublicKey::new(number("n")?, number("e")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(algorithm: Algorithm) -> Header {
        Header { algorithm, kind: Some("t+jws".to_owned()), key_id: Some("k1".to_owned()), chain: vec![vec![48, 0]] }
    }

    fn with_header(json: &str) -> String {
        format!("{}.e30.AA", URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn reads_what_it_writes() {
        let unsigned = prepare(&header(Algorithm::Ps256), b"{}");
        let input = unsigned.bytes().to_vec();
        let text = unsigned.finish(&[1, 2, 3]);
        let parsed = parse(&text).unwrap();
        assert_eq!(parsed.header, header(Algorithm::Ps256));
        assert_eq!((parsed.payload.as_slice(), parsed.signature.as_slice()), (&b"{}"[..], &[1, 2, 3][..]));
        assert_eq!(parsed.signing_input, input);
    }

    #[test]
    fn refuses_other_algorithms_and_extensions() {
        for alg in ["none", "None", "HS256", "RS1", "RS384", "PS512", "rs256", ""] {
            assert_eq!(parse(&with_header(&format!(r#"{{"alg":"{alg}"}}"#))), Err(JwsError::Algorithm), "{alg}");
        }
        let es256 = with_header(r#"{"alg":"ES256"}"#);
        assert!(parse(&es256).is_ok() && parse_among(&es256, Algorithm::RSA) == Err(JwsError::Algorithm));
        assert_eq!(parse(&with_header("{}")), Err(JwsError::Algorithm));
        assert_eq!(parse(&with_header(r#"{"alg":"RS256","crit":["exp"]}"#)), Err(JwsError::Critical));
        assert_eq!(parse(&with_header(r#"{"alg":"RS256","b64":false}"#)), Err(JwsError::Critical));
        assert_eq!(parse(&with_header(r#"{"alg":"RS256","alg":"RS256"}"#)), Err(JwsError::Header));
        assert_eq!(parse(&with_header(r#"{"alg":"RS256","typ":1}"#)), Err(JwsError::Header));
        assert_eq!(parse(&with_header(r#"{"alg":"RS256","x5c":"AA=="}"#)), Err(JwsError::Header));
    }

    #[test]
    fn refuses_every_other_spelling() {
        let text = prepare(&header(Algorithm::Rs256), b"{}").finish(&[0]);
        assert!(parse(&text).is_ok());
        for bad in [format!("{text}\n"), format!(" {text}"), format!("{text}=="), text.replacen('.', " .", 1)] {
            assert_eq!(parse(&bad), Err(JwsError::Encoding), "{bad}");
        }
        // One byte is `AA`; `AB` decodes to the same byte in a careless reader.
        let (front, _) = text.rsplit_once('.').unwrap();
        assert_eq!(parse(&format!("{front}.AB")), Err(JwsError::Encoding));
        for bad in ["", "a.b", &format!("{text}.AA")] {
            assert_eq!(parse(bad), Err(JwsError::Parts), "{bad}");
        }
    }
}
