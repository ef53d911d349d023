//! Message brokers, one folder each. The error itself says what to do next.

pub mod dpf;
pub mod dpi;
pub mod dpo;
pub mod dpv;
mod signers;
mod streamed;
mod upload;

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use konvolutt_shared::api::StatusEvent;
use konvolutt_shared::finding::{Code, Finding, Rule};

use crate::packages::Package;
use crate::store::StoreError;

pub use dpo::{Fetched, StoredPackage};
pub use signers::Signers;

/// What a broker will answer.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// A broker, as those who deliver see it. Every call can be made again.
pub trait Broker: Debug + Send + Sync {
    /// Makes a transfer, empty and seen by nobody. The caller keeps the id before anything is uploaded;
    /// [`Failure::Unknown`] when the answer was lost.
    fn initialize<'a>(&'a self, dispatch: &'a Dispatch) -> Reply<'a, String>;

    /// Uploads, unless it has been done before. [`Failure::Abandoned`] when the transfer can never be published.
    fn upload<'a>(&'a self, transfer: &'a str, dispatch: &'a Dispatch) -> Reply<'a, ()>;
}

/// Where a broker keeps what has come for us. Every call can be made again.
pub trait Mailbox: Debug + Send + Sync {
    /// The first transfers to an organisation, oldest first, until they are confirmed.
    fn waiting<'a>(&'a self, organisation: &'a str) -> Reply<'a, Vec<Waiting>>;

    /// Downloads a transfer into a folder and takes it apart. A broken one is a finding, not an error: it is kept.
    /// [`Failure::Refused`] when it is for nobody here.
    fn fetch<'a>(&'a self, organisation: &'a str, transfer: &'a str, folder: &'a Path) -> Reply<'a, Fetched>;

    /// Tells the broker that we have it. Confirming what is confirmed is fine.
    fn confirm<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, ()>;

    /// Tells the broker that a transfer could not be taken in, for now or for good. Most brokers need not be told.
    fn reject<'a>(
        &'a self,
        organisation: &'a str,
        transfer: &'a str,
        reason: &'a str,
        permanent: bool,
    ) -> Reply<'a, ()> {
        let _ = (organisation, transfer, reason, permanent);
        Box::pin(async { Ok(()) })
    }
}

/// A broker that knows how it went with what it took, and has to be asked. Every call can be made again.
pub trait Tracker: Debug + Send + Sync {
    /// What the broker knows of a transfer by now. What has been told before may be told again.
    fn progress<'a>(&'a self, sender: &'a str, transfer: &'a str) -> Reply<'a, Progress>;
}

/// How it went with a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Oldest first.
    pub events: Vec<StatusEvent>,
    /// Whether nothing more will come, so that nobody need ask again.
    pub finished: bool,
    /// Whether the broker knows no such transfer: it is gone, or too new to be found.
    pub unknown: bool,
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

/// Why a broker did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Try again, after this long if the broker said so.
    Later { after: Option<Duration>, finding: Finding },
    /// It never will.
    Refused(Finding),
    /// It may have happened: look before doing it again.
    Unknown(Finding),
    /// This transfer is dead, and nothing of it was published: make a new one.
    Abandoned(Finding),
}

impl Failure {
    /// The finding's code, for logs: the rest may quote what came from outside.
    pub fn code(&self) -> Code {
        match self {
            Self::Later { finding, .. }
            | Self::Refused(finding)
            | Self::Unknown(finding)
            | Self::Abandoned(finding) => finding.code,
        }
    }

    /// What was found.
    pub fn into_finding(self) -> Finding {
        match self {
            Self::Later { finding, .. }
            | Self::Refused(finding)
            | Self::Unknown(finding)
            | Self::Abandoned(finding) => finding,
        }
    }

    /// The same, where a refusal is about us or the way, not about the letter: somebody can mend it, and no letter may die
    /// of it.
    #[must_use]
    pub(crate) fn for_now(self) -> Self {
        match self {
            Self::Refused(finding) => Self::Later { after: None, finding },
            other => other,
        }
    }

    /// The same, where a refusal is of our own access: token, rights or password, whatever the letter is. It is tried again,
    /// and whoever sent the letter is told that it waits.
    #[must_use]
    pub(crate) fn denied(self) -> Self {
        match self {
            Self::Refused(finding) => {
                Self::Later { after: None, finding: Finding::error(Rule::CarrierAccess, finding.message) }
            }
            other => other,
        }
    }

    /// What it means that a question is refused, which changes nothing. It says something of our access, be it of a wrong
    /// account, and nothing of a letter, which the other side may have.
    pub(crate) fn of_question(what: &str, status: u16, retry_after: Option<Duration>) -> Self {
        Self::from_status(what, status, retry_after).denied()
    }

    /// No answer could be had.
    pub(crate) fn down(what: &str) -> Self {
        let message = format!("{what} does not answer");
        Self::Later { after: None, finding: Finding::error(Rule::ServiceDown, message) }
    }

    /// What has come cannot be kept here. It still waits at the broker, so the next poll tries again.
    pub(crate) fn ours(error: &StoreError) -> Self {
        let (rule, message) = match error {
            error if error.is_full() => (Rule::DiskFull, "there is no room for what has come"),
            error if error.is_down() => (Rule::StoreDown, "what has come cannot be stored now"),
            _ => (Rule::Broken, "what has come could not be stored"),
        };
        Self::Later { after: None, finding: Finding::error(rule, message) }
    }

    /// What an HTTP status that is no success means (RFC 9110, section 15; RFC 6585, section 4).
    pub(crate) fn from_status(what: &str, status: u16, retry_after: Option<Duration>) -> Self {
        let message = format!("{what} answered {status}");
        match status {
            429 => Self::Later { after: retry_after, finding: Finding::error(Rule::ServiceBusy, message) },
            408 | 500..=599 => Self::Later { after: retry_after, finding: Finding::error(Rule::ServiceDown, message) },
            _ => Self::Refused(Finding::error(Rule::ServiceRefused, message)),
        }
    }
}

impl From<io::Error> for Failure {
    /// The disk's, while something is downloaded.
    fn from(error: io::Error) -> Self {
        Self::ours(&StoreError::File(error))
    }
}

/// Takes away what a download that failed has left: it may be what fills the disk.
async fn discard(path: &Path) {
    // The next try overwrites it otherwise.
    let _ = tokio::fs::remove_file(path).await;
}

/// What is to be sent. Its `Debug` shows nothing of the document.
#[derive(Clone)]
pub struct Dispatch {
    /// The sender's reference at the broker: a UUID, or the channel that a status or receipt answers on.
    pub reference: String,
    /// When it was queued: no transfer of it is older.
    pub created: Timestamp,
    /// Nine digits.
    pub sender: String,
    /// Nine digits.
    pub recipient: String,
    /// JSON.
    pub sbd: String,
    /// The sealed package, if there is one.
    pub package: Option<Package>,
    /// In bytes.
    pub package_size: u64,
    /// What else the channel must be told, signed by the sender: JSON of the channel's own type, or a sealed message.
    pub details: Option<String>,
    /// Whether an earlier try may have succeeded.
    pub doubtful: bool,
}

impl Debug for Dispatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { reference, package_size, .. } = self;
        let mut shown = f.debug_struct("Dispatch");
        shown.field("reference", reference).field("package_size", package_size).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod sandboxed;
