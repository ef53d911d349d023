//! DPO: the Altinn 3 Broker (`/broker/api/v1`).

mod client;
mod package;
mod seen;
mod unpack;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::identifier::{MessageChannel, is_channel_name};

use super::{Broker, Dispatch, Failure, Mailbox, Reply, Waiting};
use crate::clock::{Machine, World};
use crate::directory::Tokens;
use client::Client;
use seen::Seen;

pub use unpack::{Fetched, StoredPackage};
pub use wire::{Listing, Overview, Recipient, Wire};

/// Where the broker is, and which resource is eFormidling's.
#[derive(Clone, Debug)]
pub struct DpoConfig {
    /// `…/broker/api/v1`.
    pub base: String,
    /// Altinn resource id.
    pub resource: String,
    /// How long an upload that broke off for us may still be under way at the broker. Only after that is a transfer in
    /// state `UploadStarted` given up for a new one; earlier, both might be published.
    pub patience: Duration,
    /// By organisation number, its own message channel, where other installations of the organisation use the broker, too.
    pub channels: HashMap<String, MessageChannel>,
}

/// What to do with the broker's calls: which transfer is whose, and what its state means for us.
#[derive(Clone, Debug)]
pub struct Dpo {
    wire: Arc<dyn Wire>,
    world: Arc<dyn World>,
    patience: Duration,
    channels: Arc<HashMap<String, MessageChannel>>,
    /// How many transfers of a state one poll brings.
    share: usize,
    seen: Arc<Seen>,
}

/// What fits into the broker's 120 overviews and downloads a minute (altinn-broker, `test-rate-limit.js`): four polls,
/// two states each.
const SHARE: usize = 15;

impl Dpo {
    /// Over HTTP.
    pub fn new(config: DpoConfig, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        let client = Client::new(config.base, config.resource, http, tokens);
        Self::over(Arc::new(client), Arc::new(Machine), config.patience).listening_on(config.channels)
    }

    /// Over other calls than HTTP's.
    pub fn over(wire: Arc<dyn Wire>, world: Arc<dyn World>, patience: Duration) -> Self {
        Self { wire, world, patience, channels: Arc::default(), share: SHARE, seen: Arc::default() }
    }

    /// The same with these message channels, by organisation number.
    #[must_use]
    pub fn listening_on(self, channels: HashMap<String, MessageChannel>) -> Self {
        Self { channels: Arc::new(channels), ..self }
    }

    /// Makes a transfer. The caller keeps the id before anything is uploaded.
    ///
    /// # Errors
    /// What the broker says; [`Failure::Unknown`] when its answer was lost.
    pub async fn initialize(&self, dispatch: &Dispatch) -> Result<String, Failure> {
        self.wire.initialize(dispatch).await
    }

    /// Uploads, unless it has been done before.
    ///
    /// # Errors
    /// [`Failure::Abandoned`] when an earlier upload broke: the broker takes one upload per transfer.
    pub async fn upload(&self, transfer: &str, dispatch: &Dispatch) -> Result<(), Failure> {
        // Before the question: an answer that was long on its way tells nothing of what has happened since.
        let asked = self.world.now();
        let overview = self.wire.overview(&dispatch.sender, transfer).await?;
        match overview.file_transfer_status.as_str() {
            "UploadProcessing" | "Published" | "AllConfirmedDownloaded" => return Ok(()),
            // The broker purges what was never uploaded, too.
            "Purged" if overview.published.is_some() => return Ok(()),
            "Initialized" => {}
            "UploadStarted" if self.is_fresh(&overview, asked) => {
                let finding = Finding::warning(Rule::SendingUncertain, "an earlier upload may still be under way");
                return Err(Failure::Later { after: Some(self.patience), finding });
            }
            status => {
                let message = format!("an earlier upload left the transfer in state {status}");
                return Err(Failure::Abandoned(Finding::warning(Rule::SendingUncertain, message)));
            }
        }
        self.wire.upload(transfer, dispatch).await
    }

    fn is_fresh(&self, overview: &Overview, asked: Timestamp) -> bool {
        let changed: Timestamp = overview.file_transfer_status_changed.parse().unwrap_or_default();
        let age = asked.duration_since(changed);
        SignedDuration::try_from(self.patience).is_ok_and(|patience| age < patience)
    }

    /// The first transfers to an organisation, oldest first. Those whose download was begun and never confirmed count
    /// too: the reference forgets them. They have a share of their own, so that what cannot be taken in holds up
    /// nothing new. When the broker has enough in between, what was found until then is the answer, and it is left alone
    /// for as long as it asked.
    ///
    /// # Errors
    /// The broker cannot be asked, or not yet.
    pub async fn waiting(&self, organisation: &str) -> Result<Vec<Waiting>, Failure> {
        if let Some(wait) = self.seen.pause(organisation, self.world.now()) {
            let finding = Finding::error(Rule::ServiceBusy, "the Altinn broker asked not to be asked yet");
            return Err(Failure::Later { after: wait.try_into().ok(), finding });
        }
        let mut waiting = Vec::new();
        for state in ["Initialized", "DownloadStarted"] {
            let Err(failure) = self.first(organisation, state, &mut waiting).await else { continue };
            self.heed(organisation, &failure);
            if waiting.is_empty() {
                return Err(failure);
            }
            tracing::warn!(code = %failure.code(), "the broker cannot be polled to the end");
            break;
        }
        waiting.sort_by(|a, b| (a.created, &a.transfer).cmp(&(b.created, &b.transfer)));
        waiting.dedup_by(|a, b| a.transfer == b.transfer);
        Ok(waiting)
    }

    /// Asks for one list and nothing else: how many transfers wait, at most a hundred.
    ///
    /// # Errors
    /// The broker cannot be asked.
    pub async fn probe(&self, organisation: &str) -> Result<usize, Failure> {
        let listing = Listing { state: "Initialized", from: None };
        self.wire.list(organisation, &listing).await.map(|ids| ids.len())
    }

    /// Keeps what the broker asked for.
    fn heed(&self, organisation: &str, failure: &Failure) {
        let Failure::Later { after: Some(after), .. } = failure else { return };
        let until = SignedDuration::try_from(*after).ok().and_then(|after| self.world.now().checked_add(after).ok());
        until.into_iter().for_each(|until| self.seen.leave_alone(organisation, until));
    }

    /// What the broker tells of a published transfer, asked once. `None` for one that it does not tell of, be it gone since
    /// it was listed: it must not hold up the others.
    async fn look(&self, organisation: &str, transfer: &str) -> Result<Option<Overview>, Failure> {
        if let Some(overview) = self.seen.overview(organisation, transfer) {
            return Ok(Some(overview));
        }
        match self.wire.overview(organisation, transfer).await {
            Ok(overview) => {
                self.seen.keep(organisation, transfer, &overview);
                Ok(Some(overview))
            }
            Err(failure) if matches!(failure.code(), Code::ServiceBusy | Code::ServiceDown) => Err(failure),
            Err(failure) => {
                tracing::warn!(code = %failure.code(), transfer, "the broker does not tell of what it lists");
                Ok(None)
            }
        }
    }

    /// Downloads a transfer into a folder and takes it apart. One that its sender has broken is a finding, not an error: it
    /// is kept. One that is too large is not fetched, and left where it is.
    ///
    /// # Errors
    /// The download failed, or did not bring what the broker has.
    pub async fn fetch(&self, organisation: &str, transfer: &str, folder: &Path) -> Result<Fetched, Failure> {
        let overview = match self.seen.overview(organisation, transfer) {
            Some(overview) => overview,
            None => self.wire.overview(organisation, transfer).await?,
        };
        if is_too_large(&overview) {
            return Ok(client::too_large());
        }
        self.wire.fetch(organisation, transfer, &overview, folder).await
    }

    /// Tells the broker that we have it. Confirming what is confirmed is fine.
    ///
    /// # Errors
    /// The broker cannot be told.
    pub async fn confirm(&self, organisation: &str, transfer: &str) -> Result<(), Failure> {
        let Err(refused) = self.wire.confirm(organisation, transfer).await else { return Ok(()) };
        // The first confirm completes the transfer, so a repeated one meets the broker's error 10.
        let overview = self.wire.overview(organisation, transfer).await?;
        let confirmed = overview.recipients.iter().any(|recipient| {
            self::organisation(&recipient.recipient) == organisation
                && recipient.current_recipient_file_transfer_status_code == "DownloadConfirmed"
        });
        if confirmed { Ok(()) } else { Err(refused) }
    }

    /// A share of the transfers in one state. Each has to be looked at, so taking all at once would mean that nothing
    /// is taken in before everything has been looked at. The broker gives a hundred ids at a time; the window moves by
    /// the time of publishing (`from` of `GET /filetransfer`), and pages on which nothing is ours are not asked for
    /// again for a while.
    async fn first(&self, organisation: &str, state: &'static str, waiting: &mut Vec<Waiting>) -> Result<(), Failure> {
        const PAGE: usize = 100;
        const MOST: usize = 2_000;
        let (now, channel) = (self.world.now(), self.channels.get(organisation));
        let mut listing = Listing { state, from: self.seen.window(organisation, state, now) };
        let (mut seen, mut room, mut foreign) = (HashSet::new(), self.share, true);
        loop {
            let page = self.wire.list(organisation, &listing).await?;
            let (length, before) = (page.len(), seen.len());
            for id in page {
                if !seen.insert(id.clone()) {
                    continue;
                }
                let Some(overview) = self.look(organisation, &id).await? else {
                    foreign = false;
                    continue;
                };
                // `from` alone excludes its own instant: a moment earlier, and what comes again is known.
                let edge = time(&overview.file_transfer_status_changed) - SignedDuration::from_millis(1);
                listing.from = Some(edge);
                if !is_ours(&overview, channel) {
                    continue;
                }
                foreign = false;
                // What is left here for good takes no room from what can be taken in.
                room -= usize::from(!is_too_large(&overview));
                waiting.push(entry(id, overview));
                if room == 0 {
                    return Ok(());
                }
            }
            if length < PAGE || seen.len() == before || seen.len() >= MOST {
                return Ok(());
            }
            if let Some(from) = listing.from.filter(|_| foreign) {
                self.seen.pass(organisation, state, from, now);
            }
        }
    }
}

impl Broker for Dpo {
    fn initialize<'a>(&'a self, dispatch: &'a Dispatch) -> Reply<'a, String> {
        Box::pin(self.initialize(dispatch))
    }

    fn upload<'a>(&'a self, transfer: &'a str, dispatch: &'a Dispatch) -> Reply<'a, ()> {
        Box::pin(self.upload(transfer, dispatch))
    }
}

impl Mailbox for Dpo {
    fn waiting<'a>(&'a self, organisation: &'a str) -> Reply<'a, Vec<Waiting>> {
        Box::pin(self.waiting(organisation))
    }

    fn fetch<'a>(&'a self, organisation: &'a str, transfer: &'a str, folder: &'a Path) -> Reply<'a, Fetched> {
        Box::pin(self.fetch(organisation, transfer, folder))
    }

    fn confirm<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, ()> {
        Box::pin(self.confirm(organisation, transfer))
    }
}

/// No answer came to a request that changes something.
pub fn lost() -> Failure {
    let message = "the broker's answer was lost; it may have taken the request";
    Failure::Unknown(Finding::warning(Rule::SendingUncertain, message))
}

/// The broker's 409 to an upload, its error 4: another one came first, be it an earlier try that was slow on its
/// way or another worker's. It may be published yet, so the next try looks before it does anything.
pub fn already_uploaded() -> Failure {
    let message = "the transfer had an upload before";
    Failure::Later { after: None, finding: Finding::warning(Rule::SendingUncertain, message) }
}

/// The number of `0192:NUMBER`.
fn organisation(party: &str) -> &str {
    party.rsplit(':').next().unwrap_or_default()
}

/// Whether a transfer is for this installation of the organisation, told as the integrasjonspunkt does by
/// `sendersFileTransferReference`. One with a channel of its own takes what names exactly that channel; one without
/// takes what names none.
fn is_ours(overview: &Overview, own: Option<&MessageChannel>) -> bool {
    let reference = overview.senders_file_transfer_reference.as_deref();
    match own {
        Some(own) => reference == Some(own.as_str()),
        None => !reference.is_some_and(is_channel_name),
    }
}

/// Whether a transfer is larger than is taken.
fn is_too_large(overview: &Overview) -> bool {
    overview.file_transfer_size.is_some_and(|size| size > client::MAX_DOWNLOAD)
}

fn entry(transfer: String, overview: Overview) -> Waiting {
    Waiting {
        transfer,
        sender: organisation(&overview.sender).to_owned(),
        created: created(&overview),
        reference: overview.senders_file_transfer_reference.unwrap_or_default(),
    }
}

fn created(overview: &Overview) -> Timestamp {
    time(&overview.created)
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}
