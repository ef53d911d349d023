//! The life of a file transfer (Altinn 3 Broker, `FileTransferStatusExt`), as a pure state machine: time comes in,
//! nothing is read or written.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where the transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Initialized,
    UploadStarted,
    UploadProcessing,
    Published,
    Cancelled,
    AllConfirmedDownloaded,
    Purged,
    Failed,
}

/// Where one recipient is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecipientStatus {
    Initialized,
    DownloadStarted,
    DownloadConfirmed,
}

/// Delays, already divided by the sandbox's speed.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// From the last byte to the scan's verdict.
    pub scan: SignedDuration,
    /// From initialize to purge.
    pub ttl: SignedDuration,
    /// From full confirmation to purge; `None`: full confirmation purges nothing.
    pub grace: Option<SignedDuration>,
    /// How long an upload may be stuck.
    pub stuck: SignedDuration,
}

/// What the sender asked for. Parties are nine digits.
#[derive(Clone, Debug)]
pub struct Order {
    pub resource: String,
    pub file_name: String,
    pub senders_reference: String,
    pub sender: String,
    pub recipients: Vec<String>,
    pub properties: std::collections::BTreeMap<String, String>,
    /// MD5, 32 lowercase hexadecimal digits.
    pub checksum: Option<String>,
    pub virus_scan: bool,
}

/// A file transfer with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    pub id: Uuid,
    pub resource: String,
    pub file_name: String,
    pub senders_reference: String,
    pub sender: String,
    pub recipients: Vec<Recipient>,
    pub properties: std::collections::BTreeMap<String, String>,
    pub checksum: Option<String>,
    pub virus_scan: bool,
    pub size: u64,
    pub status: Status,
    pub changed: Timestamp,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub published: Option<Timestamp>,
    pub history: Vec<(Status, Timestamp)>,
    pub recipient_history: Vec<(String, RecipientStatus, Timestamp)>,
    infected: bool,
    /// When the next timed event happens, beside expiry.
    next: Option<Timestamp>,
}

/// A recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    pub organisation: String,
    pub status: RecipientStatus,
    pub changed: Timestamp,
}

/// Why the broker refuses: the numbers of altinn-broker's `Errors.cs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    NoFile,
    AlreadyUploaded,
    ResourceUnknown,
    NoAccess,
    NotAvailable,
    ChecksumMismatch,
    ConfirmNeedsPublished,
    TooBig,
    ConfirmBeforeDownload,
    Range,
    OwnerUnknown,
    SizeNegative,
    SizeZero,
    SizeScanned,
    SizeUntried,
    LifeFormat,
    LifeTooLong,
    GraceFormat,
    GraceTooLong,
    Unscanned,
}

/// What an upload brought.
#[derive(Clone, Debug)]
pub struct Stored {
    pub size: u64,
    pub md5: String,
    pub infected: bool,
}

impl Transfer {
    /// A new transfer, ready for upload.
    pub fn initialize(id: Uuid, order: Order, now: Timestamp, timing: &Timing) -> Self {
        let recipients: Vec<Recipient> = order
            .recipients
            .into_iter()
            .map(|organisation| Recipient { organisation, status: RecipientStatus::Initialized, changed: now })
            .collect();
        let recipient_history =
            recipients.iter().map(|one| (one.organisation.clone(), RecipientStatus::Initialized, now)).collect();
        Self {
            id,
            resource: order.resource,
            file_name: order.file_name,
            senders_reference: order.senders_reference,
            sender: order.sender,
            recipients,
            properties: order.properties,
            checksum: order.checksum,
            virus_scan: order.virus_scan,
            size: 0,
            status: Status::Initialized,
            changed: now,
            created: now,
            expires: now + timing.ttl,
            published: None,
            history: vec![(Status::Initialized, now)],
            recipient_history,
            infected: false,
            next: None,
        }
    }

    fn enter(&mut self, status: Status, at: Timestamp) {
        self.status = status;
        self.changed = at;
        self.history.push((status, at));
        self.next = None;
    }

    /// The first byte comes. Any second attempt is refused, however the first one ended.
    pub fn begin_upload(&mut self, by: &str, now: Timestamp, timing: &Timing) -> Result<(), Refusal> {
        if self.sender != by {
            return Err(Refusal::NoAccess);
        }
        if self.status != Status::Initialized {
            return Err(Refusal::AlreadyUploaded);
        }
        self.enter(Status::UploadStarted, now);
        self.next = Some(now + timing.stuck);
        Ok(())
    }

    /// All bytes are stored. A checksum that does not fit fails the transfer.
    pub fn finish_upload(&mut self, stored: &Stored, now: Timestamp, timing: &Timing) -> Result<(), Refusal> {
        if self.status != Status::UploadStarted {
            return Err(Refusal::AlreadyUploaded);
        }
        self.size = stored.size;
        if self.checksum.as_ref().is_some_and(|wanted| *wanted != stored.md5) {
            self.enter(Status::Failed, now);
            return Err(Refusal::ChecksumMismatch);
        }
        self.checksum = Some(stored.md5.clone());
        self.infected = stored.infected;
        self.enter(Status::UploadProcessing, now);
        self.next = Some(if self.virus_scan { now + timing.scan } else { now });
        Ok(())
    }

    /// The bytes could not be kept, or were too many.
    pub fn fail_upload(&mut self, now: Timestamp) {
        if self.status == Status::UploadStarted {
            self.enter(Status::Failed, now);
        }
    }

    /// The scan will not end; the transfer is purged one day.
    pub fn scan_forever(&mut self) {
        if self.status == Status::UploadProcessing {
            self.next = None;
        }
    }

    /// Lets time act. Returns whether anything changed.
    pub fn advance(&mut self, now: Timestamp) -> bool {
        let before = self.history.len();
        while let Some(at) = self.due().filter(|at| *at <= now) {
            match self.status {
                Status::UploadProcessing if self.next == Some(at) && self.infected && self.virus_scan => {
                    self.enter(Status::Failed, at);
                }
                Status::UploadProcessing if self.next == Some(at) => {
                    self.enter(Status::Published, at);
                    self.published = Some(at);
                }
                Status::UploadStarted if self.next == Some(at) => self.enter(Status::Failed, at),
                _ => self.enter(Status::Purged, at),
            }
        }
        self.history.len() != before
    }

    /// When time acts next.
    pub fn due(&self) -> Option<Timestamp> {
        match self.status {
            Status::Purged | Status::Failed | Status::Cancelled => None,
            _ => Some(self.next.map_or(self.expires, |next| next.min(self.expires))),
        }
    }

    /// Whether there are bytes to keep.
    pub fn keeps_file(&self) -> bool {
        !matches!(self.status, Status::Purged | Status::Failed | Status::Cancelled)
    }

    /// Whether `organisation` may see the transfer.
    pub fn concerns(&self, organisation: &str) -> bool {
        self.sender == organisation || self.recipient(organisation).is_some()
    }

    fn recipient(&self, organisation: &str) -> Option<usize> {
        self.recipients.iter().position(|one| one.organisation == organisation)
    }

    fn mark(&mut self, recipient: usize, status: RecipientStatus, now: Timestamp) {
        if let Some(one) = self.recipients.get_mut(recipient) {
            one.status = status;
            one.changed = now;
            self.recipient_history.push((one.organisation.clone(), status, now));
        }
    }

    /// A recipient fetches the bytes. Fetching again after confirming does not unconfirm.
    pub fn download(&mut self, by: &str, now: Timestamp) -> Result<(), Refusal> {
        let recipient = self.recipient(by).ok_or(Refusal::NotFound)?;
        if !matches!(self.status, Status::Published | Status::AllConfirmedDownloaded) {
            return Err(Refusal::NotAvailable);
        }
        if self.recipients.get(recipient).is_some_and(|one| one.status != RecipientStatus::DownloadConfirmed) {
            self.mark(recipient, RecipientStatus::DownloadStarted, now);
        }
        Ok(())
    }

    /// A recipient says that it has the bytes. The order of the checks is the broker's own, and it means that the
    /// only recipient's repeated confirm is refused with number 10.
    pub fn confirm(&mut self, by: &str, now: Timestamp, timing: &Timing) -> Result<(), Refusal> {
        let recipient = self.recipient(by).ok_or(Refusal::NoAccess)?;
        if matches!(self.status, Status::Initialized | Status::UploadStarted) {
            return Err(Refusal::NoFile);
        }
        if self.status != Status::Published {
            return Err(Refusal::ConfirmNeedsPublished);
        }
        match self.recipients.get(recipient).map(|one| one.status) {
            Some(RecipientStatus::DownloadConfirmed) => return Ok(()),
            Some(RecipientStatus::DownloadStarted) => {}
            _ => return Err(Refusal::ConfirmBeforeDownload),
        }
        self.mark(recipient, RecipientStatus::DownloadConfirmed, now);
        if self.recipients.iter().all(|one| one.status == RecipientStatus::DownloadConfirmed) {
            self.enter(Status::AllConfirmedDownloaded, now);
            self.next = timing.grace.map(|grace| now + grace);
        }
        Ok(())
    }
}

impl Status {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::UploadStarted => "UploadStarted",
            Self::UploadProcessing => "UploadProcessing",
            Self::Published => "Published",
            Self::Cancelled => "Cancelled",
            Self::AllConfirmedDownloaded => "AllConfirmedDownloaded",
            Self::Purged => "Purged",
            Self::Failed => "Failed",
        }
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Initialized => "Ready for upload",
            Self::UploadStarted => "Upload started",
            Self::UploadProcessing => "Processing upload",
            Self::Published => "Ready for download",
            Self::Cancelled => "FileTransfer cancelled",
            Self::AllConfirmedDownloaded => "All downloaded",
            Self::Purged => "FileTransfer has been purged",
            Self::Failed => "Upload failed",
        }
    }
}

impl RecipientStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::DownloadStarted => "DownloadStarted",
            Self::DownloadConfirmed => "DownloadConfirmed",
        }
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::DownloadStarted => "Recipient has attempted to download fileTransfer",
            Self::DownloadConfirmed => "Recipient has downloaded fileTransfer",
        }
    }
}

#[cfg(test)]
mod tests;
