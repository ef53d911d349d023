//! Certificate revocation lists. Their issuers have no CORS, so the relay fetches them; it cannot forge them, since
//! the browser checks their signatures.
//!
//! Each address is by itself: what one of them does, be it silent, slow or wrong, changes nothing of what the others
//! gave, and nobody waits for one that has been asked before.

mod kept;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use konvolutt_shared::pki::{Certificate, Crl};
use tokio::sync::watch;
use tokio::time::timeout;

use super::{bytes, unreadable};
use crate::broker::Failure;
use kept::Kept;

const WHO: &str = "a revocation list's address";

/// The largest list, in bytes.
const MAX_BYTES: usize = 20 * 1024 * 1024;

/// How long an address has for a whole list. One that trickles is given up.
const WHOLE: Duration = Duration::from_secs(300);

/// How long is waited for addresses that were never asked, right after the start. Whoever signs is then held against
/// what has come, and a finding says what is missing.
const PATIENCE: Duration = Duration::from_secs(5);

/// The lists at the configured addresses. Clones share them.
#[derive(Clone, Debug)]
pub struct Revocation {
    places: Arc<[Arc<Place>]>,
    patience: Duration,
}

/// An address, and what was had from it.
#[derive(Debug)]
struct Place {
    address: String,
    /// Who may have signed a list, as far as it is known beforehand.
    issuers: Vec<Certificate>,
    http: reqwest::Client,
    kept: Mutex<Kept>,
    /// Whether it has been asked to an end, good or bad.
    asked: watch::Sender<bool>,
}

impl Revocation {
    /// Lists at these addresses. One that none of these issuers has signed counts until there is one that they have.
    pub fn new(addresses: Vec<String>, issuers: &[Certificate], http: &reqwest::Client) -> Self {
        let place = |address| {
            let (issuers, http) = (issuers.to_vec(), http.clone());
            Arc::new(Place { address, issuers, http, kept: Mutex::default(), asked: watch::Sender::new(false) })
        };
        Self { places: addresses.into_iter().map(place).collect(), patience: PATIENCE }
    }

    /// The last good list of every address that ever gave one, base64 DER. A verifier sees their age.
    ///
    /// # Errors
    /// No list could ever be had.
    pub async fn lists(&self) -> Result<Vec<String>, Failure> {
        self.good(|kept| kept.good().map(|good| STANDARD.encode(&good.der))).await
    }

    /// The same, parsed once.
    ///
    /// # Errors
    /// As [`Self::lists`].
    pub async fn parsed(&self) -> Result<Vec<Crl>, Failure> {
        self.good(|kept| kept.good().map(|good| good.list.clone())).await
    }

    async fn good<T>(&self, of: impl Fn(&Kept) -> Option<T>) -> Result<Vec<T>, Failure> {
        let first = self.places.iter().filter(|place| !place.look()).map(|place| async {
            // It cannot end before the place does.
            let _ = place.asked.subscribe().wait_for(|asked| *asked).await;
        });
        // What is missing then comes later.
        let _ = timeout(self.patience, join_all(first)).await;
        let good: Vec<T> = self.places.iter().filter_map(|place| of(&place.kept())).collect();
        if !good.is_empty() || self.places.is_empty() {
            return Ok(good);
        }
        let why = self.places.iter().find_map(|place| place.kept().failure());
        Err(why.unwrap_or_else(|| Failure::down(WHO)))
    }
}

impl Place {
    /// Asks anew in the background if it is time. Answers whether it has been asked to an end before.
    fn look(self: &Arc<Self>) -> bool {
        if self.kept().begin(Instant::now()) {
            let place = self.clone();
            tokio::spawn(async move {
                let fetched = timeout(WHOLE, place.fetch()).await.unwrap_or_else(|_| Err(Failure::down(WHO)));
                let fetched = fetched.and_then(|der| place.read(der));
                place.kept().end(fetched, crate::clock::now(), Instant::now());
                place.asked.send_replace(true);
            });
        }
        *self.asked.borrow()
    }

    async fn fetch(&self) -> Result<Vec<u8>, Failure> {
        let response = self.http.get(&self.address).send().await.map_err(|_| Failure::down(WHO))?;
        if !response.status().is_success() {
            return Err(Failure::from_status(WHO, response.status().as_u16(), None));
        }
        bytes(response, MAX_BYTES, WHO).await
    }

    fn read(&self, der: Vec<u8>) -> Result<kept::Good, Failure> {
        let list = Crl::from_der(&der).map_err(|_| unreadable(WHO))?;
        let vouched = self.issuers.iter().any(|issuer| list.is_by(issuer));
        Ok(kept::Good { der, list, vouched })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
