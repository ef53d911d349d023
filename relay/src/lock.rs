//! Keeping what must not be kept in the clear: AES-256-GCM under a key that is made of a secret somebody else holds.

use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Seals, and opens what it has sealed. Equal secrets and uses make equal locks.
pub struct Lock(LessSafeKey);

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lock(..)")
    }
}

/// 32 bytes of a secret for one use, HMAC-SHA256: of each use they tell nothing of another's, nor of the secret.
pub fn derive(secret: &[u8], what: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(what.as_bytes());
    Some(Zeroizing::new(mac.finalize().into_bytes().into()))
}

impl Lock {
    /// The lock of a secret for one use. `None` if none can be made.
    pub fn new(secret: &[u8], what: &str) -> Option<Self> {
        Some(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &derive(secret, what)?[..]).ok()?)))
    }

    /// A random nonce, then the sealed content. It opens only with the same `bound`.
    pub fn seal(&self, content: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).ok()?;
        let mut sealed = content.to_vec();
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), &mut sealed).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    /// What was sealed. `None` if it was not sealed with this lock and for this.
    pub fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let mut content = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.0.open_in_place(nonce, Aad::from(bound), &mut content).ok()?.len();
        content.truncate(length);
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_secrets_and_uses_make_equal_locks() {
        let lock = |secret: &str, what: &str| Lock::new(secret.as_bytes(), what).unwrap();
        let sealed = lock("secret", "use").seal(b"content", b"row").unwrap();
        assert!(!sealed.windows(7).any(|part| part == b"content"));
        assert_eq!(lock("secret", "use").open(&sealed, b"row").unwrap(), b"content");
        assert_eq!(lock("secret", "use").open(&sealed, b"another row"), None);
        assert_eq!(lock("secret", "another use").open(&sealed, b"row"), None);
        assert_eq!(lock("another secret", "use").open(&sealed, b"row"), None);
        assert_eq!(lock("secret", "use").open(&sealed[..5], b"row"), None);
        assert!(!format!("{:?}", lock("secret", "use")).contains("secret"));
    }
}
