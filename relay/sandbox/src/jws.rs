//! Compact JWS with RSA (RFC 7515), as the outside services write and read them.
//!
//! Written apart from the shared core on purpose: the sandbox is the other side of the wire, and two readings of the
//! standard find more than one.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::RsaPublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::signature::Verifier;
use serde_json::{Map, Value, json};

use crate::authority::Identity;

/// Signs a payload. `extra` goes into the header beside `alg` and `kid`.
pub(crate) fn sign(identity: &Identity, extra: &Value, payload: &Value) -> String {
    sign_text(identity, extra, &payload.to_string())
}

/// The same of a payload that need not be JSON.
pub(crate) fn sign_text(identity: &Identity, extra: &Value, payload: &str) -> String {
    let mut header = Map::new();
    header.insert("alg".to_owned(), json!("RS256"));
    header.insert("kid".to_owned(), json!(identity.kid()));
    header.extend(extra.as_object().cloned().unwrap_or_default());
    let input = format!("{}.{}", part(&Value::Object(header).to_string()), part(payload));
    let signature = URL_SAFE_NO_PAD.encode(identity.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// What [`Parsed::holds_in_any`] takes, as metadata list it.
pub(crate) const ALGORITHMS: [&str; 3] = ["RS256", "RS384", "RS512"];

/// `x5c`: the chain in base64 (not base64url), own certificate first.
pub(crate) fn x5c(identity: &Identity) -> Value {
    identity.chain().iter().map(|der| STANDARD.encode(der)).collect()
}

fn part(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A parsed, not yet verified JWS.
pub(crate) struct Parsed<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) payload: Map<String, Value>,
    input: &'a str,
    signature: Vec<u8>,
}

/// Takes a compact JWS with an object as payload apart.
pub(crate) fn parse(text: &str) -> Option<Parsed<'_>> {
    let (input, signature) = text.rsplit_once('.')?;
    let (header, payload) = input.split_once('.')?;
    let object =
        |part: &str| -> Option<Map<String, Value>> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    Some(Parsed {
        header: object(header)?,
        payload: object(payload)?,
        input,
        signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
    })
}

impl Parsed<'_> {
    /// Whether it is RS256 and the signature holds under `key`.
    pub(crate) fn holds(&self, key: &RsaPublicKey) -> bool {
        self.header("alg") == Some("RS256") && self.holds_in_any(key)
    }

    /// Whether it is RS256, RS384 or RS512 and the signature holds under `key`.
    pub(crate) fn holds_in_any(&self, key: &RsaPublicKey) -> bool {
        let (key, input) = (key.clone(), self.input.as_bytes());
        let Ok(signature) = Signature::try_from(self.signature.as_slice()) else { return false };
        match self.header("alg") {
            Some("RS256") => VerifyingKey::<Sha256>::new(key).verify(input, &signature).is_ok(),
            Some("RS384") => VerifyingKey::<Sha384>::new(key).verify(input, &signature).is_ok(),
            Some("RS512") => VerifyingKey::<Sha512>::new(key).verify(input, &signature).is_ok(),
            _ => false,
        }
    }

    /// A text member of the header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// A text claim.
    pub(crate) fn claim(&self, name: &str) -> Option<&str> {
        self.payload.get(name).and_then(Value::as_str)
    }

    /// A whole-number claim.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.payload.get(name).and_then(Value::as_i64)
    }
}
