//! Message brokers, one folder each. The error itself says what to do next.

pub mod dpo;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use konvolutt_shared::finding::{Code, Finding};

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
    /// What was found.
    pub fn into_finding(self) -> Finding {
        match self {
            Self::Later { finding, .. }
            | Self::Refused(finding)
            | Self::Unknown(finding)
            | Self::Abandoned(finding) => finding,
        }
    }

    /// No answer could be had.
    pub(crate) fn down(what: &str) -> Self {
        let message = format!("{what} does not answer");
        Self::Later { after: None, finding: Finding::error(Code::ServiceDown, message) }
    }

    /// What an HTTP status that is no success means (RFC 9110, section 15; RFC 6585, section 4).
    pub(crate) fn from_status(what: &str, status: u16, retry_after: Option<Duration>) -> Self {
        let message = format!("{what} answered {status}");
        match status {
            429 => Self::Later { after: retry_after, finding: Finding::error(Code::ServiceBusy, message) },
            408 | 500..=599 => Self::Later { after: retry_after, finding: Finding::error(Code::ServiceDown, message) },
            _ => Self::Refused(Finding::error(Code::ServiceRefused, message)),
        }
    }
}

/// What is to be sent. Its `Debug` shows nothing of the document.
#[derive(Clone)]
pub struct Dispatch {
    /// The sender's reference at the broker: a UUID kept by the caller, so that a transfer can be found by it, or
    /// the channel that a status or receipt answers on.
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
    pub package: Option<PathBuf>,
    /// In bytes.
    pub package_size: u64,
}

impl std::fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { reference, package_size, .. } = self;
        let mut shown = f.debug_struct("Dispatch");
        shown.field("reference", reference).field("package_size", package_size).finish_non_exhaustive()
    }
}
