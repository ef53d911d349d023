//! DPO: the Altinn 3 Broker (`brokers.md`, section 1).

mod client;
mod package;
mod unpack;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::finding::{Code, Finding};
use serde_json::json;
use uuid::Uuid;

use super::{Dispatch, Failure};
use crate::directory::Tokens;
use client::{Client, Overview};

pub use unpack::{Fetched, StoredPackage};

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
}

/// The broker's client.
#[derive(Clone, Debug)]
pub struct Dpo {
    client: Client,
    resource: String,
    patience: Duration,
}

/// A transfer that waits for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The broker's id.
    pub transfer: String,
    /// Nine digits: who the broker says sent it.
    pub sender: String,
    /// The sender's reference.
    pub reference: String,
    /// When it was made.
    pub created: Timestamp,
}

impl Dpo {
    /// A client.
    pub fn new(config: DpoConfig, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        Self { client: Client::new(config.base, http, tokens), resource: config.resource, patience: config.patience }
    }

    /// A transfer of ours with this reference: when the answer to [`Self::initialize`] was lost.
    ///
    /// A channel is the reference of many messages, so none is found by it: an older one would pass for this. The
    /// transfer that is then left behind has no file and reaches nobody.
    ///
    /// # Errors
    /// The broker cannot be asked.
    pub async fn find(&self, dispatch: &Dispatch) -> Result<Option<String>, Failure> {
        if Uuid::parse_str(&dispatch.reference).is_err() {
            return Ok(None);
        }
        let from = dispatch.created - SignedDuration::from_secs(60);
        let query = [("role", "Sender".to_owned()), ("from", from.to_string())];
        for id in self.list(&dispatch.sender, &query).await? {
            let overview = self.client.overview(&dispatch.sender, &id).await?;
            let theirs = overview.recipients.iter().any(|one| organisation(&one.recipient) == dispatch.recipient);
            if theirs && overview.senders_file_transfer_reference == dispatch.reference {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Makes a transfer. The caller keeps the id before anything is uploaded.
    ///
    /// # Errors
    /// What the broker says; [`Failure::Unknown`] when its answer was lost.
    pub async fn initialize(&self, dispatch: &Dispatch) -> Result<String, Failure> {
        let body = json!({
            "fileName": "sbd.zip",
            "resourceId": self.resource,
            "sendersFileTransferReference": dispatch.reference,
            "sender": format!("0192:{}", dispatch.sender),
            "recipients": [format!("0192:{}", dispatch.recipient)],
            "propertyList": {},
        });
        self.client.initialize(&dispatch.sender, &body).await
    }

    /// Uploads, unless it has been done before.
    ///
    /// # Errors
    /// [`Failure::Abandoned`] when an earlier upload broke: the broker takes one upload per transfer.
    pub async fn upload(&self, transfer: &str, dispatch: &Dispatch) -> Result<(), Failure> {
        let overview = self.client.overview(&dispatch.sender, transfer).await?;
        match overview.file_transfer_status.as_str() {
            "UploadProcessing" | "Published" | "AllConfirmedDownloaded" | "Purged" => return Ok(()),
            "Initialized" => {}
            "UploadStarted" if self.is_fresh(&overview) => {
                let finding = Finding::warning(Code::SendingUncertain, "an earlier upload may still be under way");
                return Err(Failure::Later { after: Some(self.patience), finding });
            }
            status => {
                let message = format!("an earlier upload left the transfer in state {status}");
                return Err(Failure::Abandoned(Finding::warning(Code::SendingUncertain, message)));
            }
        }
        let (length, body) = package::stream(dispatch).await.map_err(|_| Failure::Later {
            after: None,
            finding: Finding::error(Code::Internal, "the package cannot be read from disk"),
        })?;
        self.client.upload(&dispatch.sender, transfer, length, body).await
    }

    fn is_fresh(&self, overview: &Overview) -> bool {
        let changed: Timestamp = overview.file_transfer_status_changed.parse().unwrap_or_default();
        let age = crate::clock::now().duration_since(changed);
        SignedDuration::try_from(self.patience).is_ok_and(|patience| age < patience)
    }

    /// Transfers to an organisation, oldest first. Those whose download was begun and never confirmed count too: the
    /// reference forgets them.
    ///
    /// # Errors
    /// The broker cannot be asked.
    pub async fn waiting(&self, organisation: &str) -> Result<Vec<Waiting>, Failure> {
        let mut waiting = Vec::new();
        for status in ["Initialized", "DownloadStarted"] {
            let query = [("status", "Published".to_owned()), ("recipientStatus", status.to_owned())];
            for id in self.list(organisation, &query).await? {
                let overview = self.client.overview(organisation, &id).await?;
                waiting.extend(is_ours(&overview).then(|| entry(id, overview)));
            }
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
        let filter = [("status", "Published"), ("recipientStatus", "Initialized"), ("resourceId", &self.resource)];
        let query = filter.map(|(name, value)| (name, value.to_owned()));
        self.client.list(organisation, &query).await.map(|ids| ids.len())
    }

    /// Downloads a transfer into a folder and takes it apart. A broken one is a finding, not an error: it is kept.
    ///
    /// # Errors
    /// The download failed.
    pub async fn fetch(&self, organisation: &str, transfer: &str, folder: &Path) -> Result<Fetched, Failure> {
        let file: PathBuf = folder.join(format!("download-{transfer}"));
        if !self.client.download(organisation, transfer, &file).await? {
            let finding = Finding::error(Code::LimitExceeded, "the transfer is larger than is taken");
            return Ok(Fetched { findings: vec![finding], ..Fetched::default() });
        }
        let target = folder.join(format!("in-{transfer}"));
        let unpacked = tokio::task::spawn_blocking(move || {
            let fetched = unpack::unpack(&file, &target);
            // What is left behind is overwritten by the next try.
            let _ = std::fs::remove_file(&file);
            fetched
        });
        let disk = || Failure::Later {
            after: None,
            finding: Finding::error(Code::Internal, "the package cannot be written to disk"),
        };
        unpacked.await.map_err(|_| disk())?.map_err(|_| disk())
    }

    /// Tells the broker that we have it. Confirming what is confirmed is fine.
    ///
    /// # Errors
    /// The broker cannot be told.
    pub async fn confirm(&self, organisation: &str, transfer: &str) -> Result<(), Failure> {
        let Err(refused) = self.client.confirm(organisation, transfer).await else { return Ok(()) };
        // The first confirm completes the transfer, so a repeated one meets error 10 (`brokers.md`, 1.7).
        let overview = self.client.overview(organisation, transfer).await?;
        let confirmed = overview.recipients.iter().any(|recipient| {
            self::organisation(&recipient.recipient) == organisation
                && recipient.current_recipient_file_transfer_status_code == "DownloadConfirmed"
        });
        if confirmed { Ok(()) } else { Err(refused) }
    }

    /// Every id that matches, oldest first. The broker gives a hundred at a time; the window moves by the time it
    /// sorts by: that of the status if one is asked for, else that of creation (`brokers.md`, 1.6).
    async fn list(&self, organisation: &str, filter: &[(&str, String)]) -> Result<Vec<String>, Failure> {
        const PAGE: usize = 100;
        const MOST: usize = 2_000;
        let mut all: Vec<String> = Vec::new();
        let mut from: Option<String> = None;
        let by_status = filter.iter().any(|(name, _)| *name == "status");
        loop {
            let mut query = filter.to_vec();
            query.push(("resourceId", self.resource.clone()));
            query.push(("orderAscending", "true".to_owned()));
            if let Some(from) = from.take() {
                query.retain(|(name, _)| *name != "from");
                query.push(("from", from));
            }
            let page = self.client.list(organisation, &query).await?;
            let fresh: Vec<String> = page.iter().filter(|id| !all.contains(id)).cloned().collect();
            let full = page.len() >= PAGE && !fresh.is_empty() && all.len() < MOST;
            all.extend(fresh);
            let Some(last) = all.last().filter(|_| full) else { return Ok(all) };
            // `from` alone excludes its own instant: a moment earlier, and what comes again is known.
            let overview = self.client.overview(organisation, last).await?;
            let edge = if by_status { time(&overview.file_transfer_status_changed) } else { created(&overview) };
            from = Some((edge - SignedDuration::from_millis(1)).to_string());
        }
    }
}

/// The number of `0192:NUMBER`.
fn organisation(party: &str) -> &str {
    party.rsplit(':').next().unwrap_or_default()
}

/// References that look like a channel belong to another installation of the organisation (`brokers.md`, 1.13).
fn is_ours(overview: &Overview) -> bool {
    let reference = &overview.senders_file_transfer_reference;
    let channel = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !(reference.len() <= 25 && reference.chars().all(channel))
}

fn entry(transfer: String, overview: Overview) -> Waiting {
    Waiting {
        transfer,
        sender: organisation(&overview.sender).to_owned(),
        created: created(&overview),
        reference: overview.senders_file_transfer_reference,
    }
}

fn created(overview: &Overview) -> Timestamp {
    time(&overview.created)
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}
