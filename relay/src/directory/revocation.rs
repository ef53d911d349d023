//! Certificate revocation lists. Their issuers have no CORS, so the relay fetches them; it cannot forge them, since
//! the browser checks their signatures.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvolutt_shared::pki::Crl;

use super::bytes;
use crate::broker::Failure;

/// The reference keeps lists 15 minutes (`crypto.md`, 3.2).
const KEPT: Duration = Duration::from_secs(15 * 60);

/// The largest list, in bytes.
const MAX_BYTES: usize = 20 * 1024 * 1024;

/// The lists at the configured addresses.
#[derive(Debug)]
pub struct Revocation {
    addresses: Vec<String>,
    http: reqwest::Client,
    kept: Mutex<Option<Kept>>,
}

/// What was fetched, as it came and parsed.
#[derive(Clone, Debug)]
struct Kept {
    lists: Arc<[String]>,
    parsed: Arc<[Crl]>,
    at: Instant,
}

impl Revocation {
    /// Lists at these addresses.
    pub fn new(addresses: Vec<String>, http: reqwest::Client) -> Self {
        Self { addresses, http, kept: Mutex::default() }
    }

    /// Every list, base64 DER. When an address does not answer, the last good ones are given: a verifier sees their
    /// age.
    ///
    /// # Errors
    /// No list could ever be had.
    pub async fn lists(&self) -> Result<Vec<String>, Failure> {
        Ok(self.kept().await?.lists.to_vec())
    }

    /// The same, parsed once. A list that cannot be read is none.
    ///
    /// # Errors
    /// As [`Self::lists`].
    pub async fn parsed(&self) -> Result<Arc<[Crl]>, Failure> {
        Ok(self.kept().await?.parsed)
    }

    async fn kept(&self) -> Result<Kept, Failure> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = &kept
            && kept.at.elapsed() < KEPT
        {
            return Ok(kept.clone());
        }
        match self.fetch().await {
            Ok(fetched) => {
                *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(fetched.clone());
                Ok(fetched)
            }
            Err(failure) => kept.ok_or(failure),
        }
    }

    async fn fetch(&self) -> Result<Kept, Failure> {
        const WHO: &str = "a revocation list's address";
        let (mut lists, mut parsed) = (Vec::new(), Vec::new());
        for address in &self.addresses {
            let response = self.http.get(address).send().await.map_err(|_| Failure::down(WHO))?;
            if !response.status().is_success() {
                return Err(Failure::from_status(WHO, response.status().as_u16(), None));
            }
            let list = bytes(response, MAX_BYTES, WHO).await?;
            parsed.extend(Crl::from_der(&list).ok());
            lists.push(STANDARD.encode(list));
        }
        Ok(Kept { lists: lists.into(), parsed: parsed.into(), at: Instant::now() })
    }
}
