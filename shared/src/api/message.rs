//! Messages: what is handed over, how they are listed and seen, and what happens to them. Ours, around what
//! is eFormidling's: the SBD, its ids, and the words of [`Status`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Approval, OrganisationAccess};
use crate::finding::Finding;

/// Body of `POST /api/v1/messages`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    /// The signed envelope: compact JWS (RFC 7515) of type `konvolutt-envelope+jws`.
    pub envelope: String,
    /// Id of the finished upload of the sealed package, the end of its address `/api/v1/uploads/{id}`.
    pub upload: String,
    /// What the DPI network gets (`forretningsmelding`), a compact JWS with a live access token in it; there
    /// with channel `DPI`, and only then. It says the same as the envelope's SBD, which has `withheld` in the
    /// token's place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub business_message: Option<String>,
    /// For a letter that somebody must approve first: the package's content key, encrypted to the sender's own certificate
    /// as one more CMS RecipientInfo (RFC 5652, 6.2), base64 DER. It does not enter the package; the relay keeps it for as
    /// long as the letter waits, so that those who approve can open the very package that will be sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approval_key: Option<String>,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { envelope, upload, .. } = self;
        let mut shown = f.debug_struct("Submission");
        shown.field("envelope", envelope).field("upload", upload).finish_non_exhaustive()
    }
}

/// Which way a message goes, as the relay's organisation sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From us to somebody else.
    Out,
    /// From somebody else to us.
    In,
}

/// The status words of eFormidling: integrasjonspunkt's `ReceiptStatus`. What each channel's own words come
/// to says `shared/src/status/words.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Accepted and committed; waits to be sent.
    Opprettet,
    /// Handed to the broker, which has taken it. Not yet a success.
    Sendt,
    /// In the recipient's queue.
    Mottatt,
    /// Delivered: taken by the recipient's system, or laid where the recipient can fetch it.
    Levert,
    /// Opened or registered at the recipient, and so delivered, too.
    Lest,
    /// Not delivered, or refused by the recipient.
    Feil,
    /// Something else, which says nothing of how far the message is.
    Annet,
    /// Came in to us; nobody has taken it yet.
    InnkommendeMottatt,
    /// Taken by a person of ours.
    InnkommendeLevert,
    /// The deadline passed before anybody said that it was delivered.
    LevetidUtlopt,
}

/// One event in the life of a message. Events are added, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusEvent {
    /// Position in the relay's event log: 1 or more, and greater than those of all events before it. There
    /// may be gaps.
    pub cursor: u64,
    /// When the source says it happened, else when we saw it.
    pub at: Timestamp,
    /// What the event comes to.
    pub status: Status,
    /// Who says so.
    pub source: Source,
    /// What the source wrote, for example a receipt's text, several lines with line feeds between; of a
    /// letter that was returned the note to its sender.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// Receipt type of an `arkivmelding_kvittering`: `OK`, `WARNING`, `ERROR` or `NOTSUPPORTED`; of a mailbox's receipt its
    /// document type, for example `leveringskvittering`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub receipt: Option<String>,
    /// Set when the event is not counted or needs attention (foreign receipt, retry in progress).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finding: Option<Finding>,
    /// Who has dealt with what went wrong before it: the name as the identity provider gave it, or an API key's id. Such an
    /// event says nothing of how far the message is, and its status is `ANNET`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub handled_by: Option<String>,
    /// What the event tells of an approval. One that says that a letter was approved says nothing of how far it is, and its
    /// status is `ANNET`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approval: Option<Approval>,
}

/// How many messages of an organisation somebody must act on, of those that who asks may see:
/// `GET /api/v1/attention?organisation=`, with nine digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Attention {
    /// Of those that were sent.
    pub sent: u64,
    /// Of those that came in.
    pub received: u64,
}

/// Who an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// This relay.
    Relay,
    /// Altinn: its broker, or its inbox.
    Altinn,
    /// KS SvarUt.
    SvarUt,
    /// A digital mailbox, or the access point before it.
    Mailbox,
    /// The recipient's system.
    Recipient,
    /// A person of ours.
    Person,
}

/// A message as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageSummary {
    /// The relay's own opaque id. The SBD's id alone is not unique: both ends of a self-sent message share it.
    pub id: String,
    /// The SBD's `documentIdentification/instanceIdentifier`, a UUID; the broker's id of a transfer whose SBD
    /// has none or cannot be read.
    pub message_id: String,
    /// Its conversation, the SBD's scope `ConversationId`, a UUID; the broker's id likewise.
    pub conversation_id: String,
    /// In or out.
    pub direction: Direction,
    /// Channel code: `DPO`, `DPF`, `DPV` or `DPI`.
    pub channel: String,
    /// Our organisation's number, nine digits.
    pub organisation: String,
    /// The other side: whom it went to, or whom it came from.
    pub party: OrganisationAccess,
    /// Document type, the SBD's `documentIdentification/type`, for example `arkivmelding`.
    pub document_type: String,
    /// Process URN; empty where the SBD cannot be read.
    pub process: String,
    /// What its events come to: a failure that stands, a deadline that passed without delivery, or else the
    /// furthest step.
    pub status: Status,
    /// Whether somebody must act: failed, expired, contradictory or refused, and not dealt with since.
    pub attention: bool,
    /// Whether nobody of ours has opened it yet; always false of what was sent.
    pub unread: bool,
    /// When it was accepted or came in.
    pub created: Timestamp,
    /// When the newest event was added.
    pub changed: Timestamp,
    /// Size of the sealed package, in bytes; 0 where there is none.
    pub size: u64,
    /// Whether it waits for somebody to approve it, and has not been sent.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub awaits_approval: bool,
}

/// A page of a list. Of messages, events and deliveries at most 50, of audit lines at most 500.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Newest first; oldest first in the event log and the audit log.
    pub items: Vec<T>,
    /// Give this as `cursor`, to the event log as `after`, for the next page. Missing on the last page.
    /// Opaque.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// How a message stands: an item of a list, and `GET /api/v1/messages/{id}/status`. Nothing of its SBD, so that looking at it
/// is not reading the message; what carriers, recipients and approvers wrote of it stands in its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageStatus {
    /// The message.
    #[serde(flatten)]
    pub summary: MessageSummary,
    /// Outgoing: all that has happened to it, oldest first. Empty of what came in.
    #[serde(default)]
    pub events: Vec<StatusEvent>,
}

impl From<MessageView> for MessageStatus {
    fn from(MessageView { summary, events, .. }: MessageView) -> Self {
        let events = if summary.direction == Direction::Out { events } else { Vec::new() };
        Self { summary, events }
    }
}

/// A message with its history: `GET /api/v1/messages/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageView {
    /// The message, as in lists.
    #[serde(flatten)]
    pub summary: MessageSummary,
    /// The SBD, exactly as it was signed (out) or came (in): JSON, or XML of old senders.
    pub sbd: String,
    /// Outgoing: the signed envelope, a compact JWS, kept as evidence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub envelope: Option<String>,
    /// Incoming: the organisation the broker says it came from, as the broker writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub broker_sender: Option<String>,
    /// Whether there is a sealed package to fetch at `/api/v1/messages/{id}/package`.
    pub has_package: bool,
    /// Latest time for delivery: the SBD's `expectedResponseDateTime`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Timestamp>,
    /// What the relay found when the message came in, or was handed over; it is kept and shown even if it is
    /// bad.
    pub findings: Vec<Finding>,
    /// All that has happened to it, oldest first.
    pub events: Vec<StatusEvent>,
    /// Whether a person can have the relay try once more what it gave up, at `/api/v1/messages/{id}/retry`. What the
    /// recipient refused, or is out of time, has to be sent anew.
    #[serde(default)]
    pub retryable: bool,
    /// What else the channel was told of it, or told us. With KS SvarUt the shipment that was signed (out),
    /// or what SvarInn said beside the package (in), [`crate::svarut::Signed`] and
    /// [`crate::svarut::Received`]; with Altinn's inbox [`crate::dpv::Signed`], where its resource was signed;
    /// missing for other channels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<serde_json::Value>,
}

impl MessageView {
    /// What SvarInn told of a message that came in that way; `None` for others, and where it cannot be read.
    pub fn received(&self) -> Option<crate::svarut::Received> {
        let came = self.summary.direction == Direction::In && self.summary.channel == "DPF";
        serde_json::from_value(self.details.clone().filter(|_| came)?).ok()
    }
}

/// One entry of the event log: `GET /api/v1/events` (server-sent events, `id:` is the cursor) and
/// `GET /api/v1/event-log?after=` (polling, a [`Page`] oldest first).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Position in the log, the same as the event's.
    pub cursor: u64,
    /// The relay's id of the message.
    pub id: String,
    /// In or out.
    pub direction: Direction,
    /// What happened.
    pub event: StatusEvent,
}
