//! The secrets of endpoints as the store has them. Whoever has one can pass for this relay, so the rows have them sealed, under
//! a key that lies elsewhere.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Secret;
use crate::directory::SecretPem;
use crate::lock::Lock;
use crate::store::{StoreError, Webhooks};

/// A secret as it is kept: sealed for its endpoint, or in the clear where a version before this one wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl From<String> for Sealed {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Sealed {
    /// For the store.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Seals secrets, and opens what it has sealed. Relays that share a store must have the same keys.
#[derive(Debug)]
pub struct Safe {
    /// What is sealed now.
    lock: Lock,
    /// What was sealed before there was another key.
    former: Option<Lock>,
}

impl Safe {
    /// Under a key that every relay of one store has, Maskinporten's. `None` if no lock can be made of it.
    pub fn new(key: &SecretPem) -> Option<Self> {
        Some(Self { lock: lock(key)?, former: None })
    }

    /// Under this key from now on; what was sealed under the one before still opens.
    #[must_use]
    pub fn under(self, key: &SecretPem) -> Option<Self> {
        Some(Self { lock: lock(key)?, former: Some(self.lock) })
    }

    /// For the row of the endpoint with this id, and no other.
    pub fn seal(&self, webhook: &str, secret: &Secret) -> Option<Sealed> {
        let sealed = self.lock.seal(secret.expose().as_bytes(), webhook.as_bytes())?;
        Some(Sealed(STANDARD.encode(sealed)))
    }

    /// What was kept. `None` for another endpoint's, or if the keys have changed since.
    pub fn open(&self, webhook: &str, kept: &Sealed) -> Option<Secret> {
        // What is sealed is base64, which has none of the characters that tell a secret.
        Secret::parse(&kept.0)
            .or_else(|| opened(&self.lock, webhook, kept).or_else(|| opened(self.former.as_ref()?, webhook, kept)))
    }

    /// What should be kept in place of this. `None` if that is as it should be, or cannot be opened.
    fn renewed(&self, webhook: &str, kept: &Sealed) -> Option<Sealed> {
        if opened(&self.lock, webhook, kept).is_some() {
            return None;
        }
        let Some(secret) = self.open(webhook, kept) else {
            tracing::error!(webhook, "a webhook's secret was sealed under another key; give the webhook a new secret");
            return None;
        };
        self.seal(webhook, &secret)
    }

    /// Seals what is kept in the clear or under a former key. Answers how many secrets there were of those.
    ///
    /// # Errors
    /// The store's; what is done is done, and the rest is sealed when this is called again.
    pub async fn seal_all(&self, store: &dyn Webhooks) -> Result<usize, StoreError> {
        let mut count = 0;
        for (webhook, kept) in store.webhook_secrets().await? {
            if let Some(sealed) = self.renewed(&webhook, &kept)
                && store.reseal_webhook(&webhook, kept, sealed).await?
            {
                count += 1;
            }
        }
        Ok(count)
    }
}

fn lock(key: &SecretPem) -> Option<Lock> {
    Lock::new(key.expose().trim().as_bytes(), "konvolutt secrets of webhooks")
}

fn opened(lock: &Lock, webhook: &str, kept: &Sealed) -> Option<Secret> {
    let text = String::from_utf8(lock.open(&STANDARD.decode(&kept.0).ok()?, webhook.as_bytes())?).ok()?;
    Secret::parse(&text)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn safe(key: &str) -> Safe {
        Safe::new(&key.to_owned().into()).unwrap()
    }

    #[test]
    fn a_secret_opens_for_its_endpoint_and_with_its_key_only() {
        let secret = Secret::new([Uuid::from_u128(1), Uuid::from_u128(2)]);
        let kept = safe("key").seal("a", &secret).unwrap();
        assert!(!kept.as_str().contains(secret.expose().trim_start_matches("whsec_")));
        assert_eq!(safe("key\n").open("a", &kept), Some(secret.clone()), "files end with a line break");
        assert_eq!(safe("key").open("b", &kept), None);
        assert_eq!(safe("another").open("a", &kept), None);
        assert_eq!(safe("key").open("a", &Sealed::from("?".to_owned())), None);
        assert_eq!(format!("{kept:?}"), "Sealed(…)");
        let clear = Sealed::from(secret.expose().to_owned());
        assert_eq!(safe("key").open("a", &clear), Some(secret), "from before secrets were sealed");
    }

    #[test]
    fn what_is_not_sealed_under_the_key_of_today_is_sealed_anew() {
        let secret = Secret::new([Uuid::from_u128(1), Uuid::from_u128(2)]);
        let (old, new) = (safe("old"), safe("old").under(&"new".to_owned().into()).unwrap());
        let former = old.seal("a", &secret).unwrap();
        assert_eq!(new.open("a", &former), Some(secret.clone()));
        for kept in [former.clone(), Sealed::from(secret.expose().to_owned())] {
            let renewed = new.renewed("a", &kept).unwrap();
            assert_eq!(safe("new").open("a", &renewed), Some(secret.clone()));
            assert_eq!(new.renewed("a", &renewed), None);
        }
        assert_eq!(safe("new").renewed("a", &former), None, "it cannot be opened, and is left as it is");
    }
}
