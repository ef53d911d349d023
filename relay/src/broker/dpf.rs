//! KS SvarUt (REST v3) out and SvarInn (v1) in. KS closes SOAP v9 during 2026: it is left out.
//!
//! SvarUt takes a shipment with all its documents in one call. That call is made idempotent by asking first what was sent
//! under our reference, the message id: after a lost answer the next try finds the shipment. SvarUt may be slow to show it,
//! so nothing is sent a second time before it has had time to.

mod body;
mod client;
mod forsendelse;
mod inn;
mod listed;
mod status;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::svarut::Signed;
use zeroize::Zeroizing;

use super::{Broker, Dispatch, Failure, Progress, Reply, Tracker};
use crate::clock::{Machine, World};
use crate::directory::{AGENT, Tokens};

pub use inn::SvarInn;

/// A password that is never shown, and wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Only what sends it looks at it.
    fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        // Files end with a line break.
        Self(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What must be known of KS.
#[derive(Clone, Debug)]
pub struct DpfConfig {
    /// SvarUt: `…/api`.
    pub address: String,
    /// `…/tjenester/svarinn`.
    pub svarinn: String,
    /// `IntegrasjonId`.
    pub integration: String,
    /// `IntegrasjonPassord`.
    pub password: Secret,
    /// How long a shipment whose answer was lost may take until SvarUt shows it. Only after that is it sent once more.
    pub patience: Duration,
    /// What each of our organisations has at KS. One without can neither send nor receive this way.
    pub accounts: Vec<Account>,
}

/// What an organisation has at KS.
#[derive(Clone, Debug)]
pub struct Account {
    /// Nine digits.
    pub organisation: String,
    /// `kontoId`.
    pub account: String,
    /// User name of the receiving system.
    pub receiver: String,
    /// Its password.
    pub password: Secret,
}

/// SvarUt's calls, apart from what they are good for.
trait Wire: std::fmt::Debug + Send + Sync {
    /// The shipments that an account has sent under a reference, oldest first.
    fn sent<'a>(&'a self, account: &'a str, reference: &'a str) -> Reply<'a, Vec<String>>;

    /// Sends; the answer is the shipment's id. [`Failure::Unknown`] when the answer was lost.
    fn send<'a>(
        &'a self,
        account: &'a str,
        signed: &'a Signed,
        dispatch: &'a Dispatch,
        sbd: &'a Sbd,
    ) -> Reply<'a, String>;

    /// Status and time of its last change; `None` if SvarUt does not know the shipment.
    fn status<'a>(&'a self, account: &'a str, shipment: &'a str) -> Reply<'a, Option<status::Told>>;

    /// The types that a shipment may have.
    fn types(&self) -> Reply<'_, Vec<String>>;
}

/// SvarUt, as those who deliver see it.
#[derive(Debug)]
pub struct Dpf {
    wire: Box<dyn Wire>,
    /// Account by organisation.
    accounts: HashMap<String, String>,
    world: Arc<dyn World>,
    patience: Duration,
    /// Since when a shipment may have been taken, by our reference.
    doubts: Mutex<HashMap<String, Timestamp>>,
}

impl Dpf {
    /// SvarUt by HTTP.
    pub fn new(config: DpfConfig, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        let accounts = config.accounts.iter().map(|one| (one.organisation.clone(), one.account.clone())).collect();
        let patience = config.patience;
        let wire = Box::new(client::Client::new(config, http, tokens));
        Self { wire, accounts, world: Arc::new(Machine), patience, doubts: Mutex::default() }
    }

    /// The types that a shipment may have (`forsendelsestype`): for a list to choose from.
    ///
    /// # Errors
    /// SvarUt cannot be asked.
    pub async fn types(&self) -> Result<Vec<String>, Failure> {
        self.wire.types().await
    }

    fn account(&self, organisation: &str) -> Result<&str, Failure> {
        // An operator can mend it; no letter may die of it.
        let finding = || Finding::error(Rule::ChannelOn, "the organisation has no account at KS SvarUt");
        let account = self.accounts.get(organisation).map(String::as_str);
        account.ok_or_else(|| Failure::Later { after: None, finding: finding() })
    }

    async fn ship(&self, dispatch: &Dispatch) -> Result<String, Failure> {
        let ours = |message: &str| Failure::Refused(Finding::error(Rule::Broken, message));
        let signed: Signed = dispatch
            .details
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| ours("a shipment without its signed metadata"))?;
        let sbd = Sbd::parse(dispatch.sbd.as_bytes(), None).map_err(|_| ours("a shipment without its document"))?;
        let reference = sbd.message_id().ok_or_else(|| ours("a shipment without an id"))?.to_string();
        let account = self.account(&dispatch.sender)?;
        if let Some(shipment) = self.wire.sent(account, &reference).await?.into_iter().next() {
            self.trust(&reference);
            return Ok(shipment);
        }
        if self.doubts(&reference, dispatch.doubtful) {
            let message = "KS SvarUt may have taken the shipment, and does not show it yet";
            return Err(Failure::Unknown(Finding::warning(Rule::SendingUncertain, message)));
        }
        if let Some(kind) = &signed.shipment.shipment_type
            && !self.wire.types().await?.contains(kind)
        {
            let finding = Finding::error(Rule::ShipmentWord, "KS SvarUt does not know the type of shipment");
            return Err(Failure::Refused(finding));
        }
        let sent = self.wire.send(account, &signed, dispatch, &sbd).await;
        match sent {
            Err(Failure::Unknown(_)) => self.doubt(&reference),
            _ => self.trust(&reference),
        }
        sent
    }

    fn doubt(&self, reference: &str) {
        let now = self.world.now();
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner).insert(reference.to_owned(), now);
    }

    fn trust(&self, reference: &str) {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner).remove(reference);
    }

    /// Whether an earlier try may still come to a shipment. One that another run of the program made is as young as what we
    /// know of it.
    fn doubts(&self, reference: &str, doubtful: bool) -> bool {
        let now = self.world.now();
        let mut doubts = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match doubts.get(reference) {
            Some(since) => *since,
            None if doubtful => *doubts.entry(reference.to_owned()).or_insert(now),
            None => return false,
        };
        SignedDuration::try_from(self.patience).is_ok_and(|patience| now.duration_since(since) < patience)
    }

    async fn ask(&self, sender: &str, shipment: &str) -> Result<Progress, Failure> {
        let told = self.wire.status(self.account(sender)?, shipment).await?;
        Ok(status::progress(told, crate::clock::now()))
    }
}

/// Sends a shipment that waits for an organisation back for good, as somebody has decided.
///
/// # Errors
/// KS is not set up, or SvarInn did not do it.
pub async fn refuse(
    config: Option<&DpfConfig>,
    organisation: &str,
    shipment: uuid::Uuid,
    reason: &str,
) -> Result<(), Finding> {
    let config = config.ok_or_else(|| Finding::error(Rule::ChannelOn, "dpf is not configured"))?;
    // Installing twice in one process, as tests do, keeps the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let client = client.timeout(Duration::from_secs(60)).user_agent(AGENT).build();
    let client = client.map_err(|error| Finding::error(Rule::Broken, format!("no HTTP client: {error}")))?;
    let svarinn = SvarInn::new(config, client);
    svarinn.reject(organisation, &shipment.to_string(), reason, true).await.map_err(Failure::into_finding)
}

impl Broker for Dpf {
    /// SvarUt has no transfer that is empty: this sends everything, unless it was sent before.
    fn initialize<'a>(&'a self, dispatch: &'a Dispatch) -> Reply<'a, String> {
        Box::pin(self.ship(dispatch))
    }

    /// It is there already.
    fn upload<'a>(&'a self, _transfer: &'a str, _dispatch: &'a Dispatch) -> Reply<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

impl Tracker for Dpf {
    fn progress<'a>(&'a self, sender: &'a str, transfer: &'a str) -> Reply<'a, Progress> {
        Box::pin(self.ask(sender, transfer))
    }
}
