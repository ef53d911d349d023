//! API keys: `kv_ID_SECRET`. The id finds the row, the secret is known by its digest only.

use konvolutt_shared::api::ApiKey;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// What keys begin with, so that scanners for lost secrets find them.
pub const PREFIX: &str = "kv_";

/// Keys that an organisation may have.
pub const MOST: usize = 50;

/// A key as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    pub key: ApiKey,
    /// SHA-256 of the whole token, in hexadecimal digits.
    pub digest: String,
}

impl HeldKey {
    /// Whether this is the key's token. Takes as long whatever is wrong with it.
    pub fn is(&self, token: &str) -> bool {
        digest(token).as_bytes().ct_eq(self.digest.as_bytes()).into()
    }
}

/// A new token for a key: 244 random bits.
pub fn token(id: Uuid, randomness: [Uuid; 2]) -> String {
    let [one, two] = randomness;
    format!("{PREFIX}{}_{}{}", id.simple(), one.simple(), two.simple())
}

/// The id of the key that a token claims to be; `None` if it is no key's at all.
pub fn id(token: &str) -> Option<String> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let id = Uuid::try_parse(id).ok().filter(|_| id.len() == 32)?;
    (secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_string())
}

/// SHA-256 in hexadecimal digits: all that is stored of a token of whatever kind. Who reads the store can do nothing
/// with it.
pub fn digest(token: &str) -> String {
    Sha256::digest(token).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_key_and_is_checked_whole() {
        let (key, one, two) = (Uuid::from_u128(7), Uuid::from_u128(1), Uuid::from_u128(2));
        let text = token(key, [one, two]);
        assert_eq!(text.len(), 3 + 32 + 1 + 64);
        assert_eq!(id(&text), Some(key.to_string()));
        for bad in [text.to_uppercase(), text.replacen("kv_", "kve_", 1), text[..90].to_owned(), format!("{text}0")] {
            assert_eq!(id(&bad), None, "{bad}");
        }
        let api = serde_json::from_value::<ApiKey>(serde_json::json!({ "id": key, "organisation": "1", "name": "n",
            "scope": [], "created": "2026-01-01T00:00:00Z", "expires": "2026-01-02T00:00:00Z" }));
        let held = HeldKey { key: api.unwrap(), digest: digest(&text) };
        assert!(held.is(&text));
        assert!(!held.is(&text.replace('2', "3")) && !held.is("") && !held.is(&held.digest));
    }

    /// FIPS 180-2, appendix B.1.
    #[test]
    fn the_digest_is_sha_256() {
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
