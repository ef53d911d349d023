//! The Altinn broker's calls (`/broker/api/v1/filetransfer`), one by one and without judgement.

use std::fmt::Debug;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::super::{Dispatch, Reply};
use super::Fetched;

/// A transfer as the broker describes it (`FileTransferOverviewExt`), as far as we look.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    pub senders_file_transfer_reference: Option<String>,
    pub file_transfer_status: String,
    #[serde(default)]
    pub file_transfer_status_changed: String,
    #[serde(default)]
    pub created: String,
    /// When the recipient could first fetch it, if that has been.
    #[serde(default)]
    pub published: Option<String>,
    #[serde(default)]
    pub sender: String,
    /// Of what was uploaded, in bytes.
    #[serde(default)]
    pub file_transfer_size: Option<u64>,
    /// MD5 of what was uploaded, hexadecimal.
    #[serde(default)]
    pub checksum: Option<String>,
    #[serde(default)]
    pub recipients: Vec<Recipient>,
}

impl Overview {
    /// Whether what was downloaded is what the sender uploaded, as far as the broker tells.
    pub(super) fn describes(&self, downloaded: &Downloaded) -> bool {
        let size = self.file_transfer_size.is_none_or(|size| size == downloaded.size);
        let told = self.checksum.as_deref().filter(|checksum| checksum.len() == 32);
        size && told.is_none_or(|checksum| checksum.eq_ignore_ascii_case(&downloaded.md5))
    }
}

/// What a download came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Downloaded {
    /// In bytes.
    pub(super) size: u64,
    /// Hexadecimal.
    pub(super) md5: String,
}

/// One recipient of a transfer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    pub recipient: String,
    #[serde(default)]
    pub current_recipient_file_transfer_status_code: String,
}

/// Which transfers to us to list: those that are published.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// How far we are with them, as the broker has it.
    pub state: &'static str,
    /// Published later than this; exclusive.
    pub from: Option<Timestamp>,
}

/// The broker's calls.
pub trait Wire: Debug + Send + Sync {
    /// `POST /filetransfer`: the new transfer's id.
    fn initialize<'a>(&'a self, dispatch: &'a Dispatch) -> Reply<'a, String>;

    /// `GET /filetransfer/{id}`.
    fn overview<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, Overview>;

    /// `GET /filetransfer`: ids, oldest first, at most a hundred.
    fn list<'a>(&'a self, organisation: &'a str, listing: &'a Listing) -> Reply<'a, Vec<String>>;

    /// `POST /filetransfer/{id}/upload`.
    fn upload<'a>(&'a self, transfer: &'a str, dispatch: &'a Dispatch) -> Reply<'a, ()>;

    /// `GET /filetransfer/{id}/download`, held against the overview and taken apart into the folder.
    fn fetch<'a>(
        &'a self,
        organisation: &'a str,
        transfer: &'a str,
        overview: &'a Overview,
        folder: &'a Path,
    ) -> Reply<'a, Fetched>;

    /// `POST /filetransfer/{id}/confirmdownload`.
    fn confirm<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, ()>;
}
