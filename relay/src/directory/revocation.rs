//! Certificate revocation lists. Their issuers have no CORS, so the relay fetches them; it cannot forge them, since
//! the browser checks their signatures.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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
    kept: Mutex<Option<(Vec<String>, Instant)>>,
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
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((lists, at)) = &kept
            && at.elapsed() < KEPT
        {
            return Ok(lists.clone());
        }
        match self.fetch().await {
            Ok(lists) => {
                *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((lists.clone(), Instant::now()));
                Ok(lists)
            }
            Err(failure) => kept.map(|(lists, _)| lists).ok_or(failure),
        }
    }

    async fn fetch(&self) -> Result<Vec<String>, Failure> {
        const WHO: &str = "a revocation list's address";
        let mut lists = Vec::new();
        for address in &self.addresses {
            let response = self.http.get(address).send().await.map_err(|_| Failure::down(WHO))?;
            if !response.status().is_success() {
                return Err(Failure::from_status(WHO, response.status().as_u16(), None));
            }
            lists.push(STANDARD.encode(bytes(response, MAX_BYTES, WHO).await?));
        }
        Ok(lists)
    }
}
