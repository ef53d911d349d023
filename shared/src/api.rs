//! What browser and relay say to each other over `/api/v1`: JSON in camelCase, times in RFC 3339, sizes in bytes.

mod access;
mod approval;
pub mod header;
mod mail;
mod receipt;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use access::{ApiKey, ApiKeySecret, AuditLine, EmbedTicket, NewApiKey, NewEmbedSession, Right, Role, SignedOut};
pub use approval::{Approval, ApprovalReturn, ApprovalRule, ApprovalStep, MOST_NOTE, Waiting, WaitingView};
pub use mail::{Contact, ContactLookup, ContactPoint, ContactStatus, MailToken, NewMailToken};
pub use receipt::{AppReceipt, AppReceiptLine, ReceiptType};
pub use webhook::{NewWebhook, Webhook, WebhookAttempt, WebhookDelivery, WebhookSecret, WebhookState, WebhookTrouble};

use crate::finding::{Code, Finding};

/// `application/problem+json` (RFC 9457) with Konvolutt's members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Where the code is explained: `/hjelp/feil/{code}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short English summary of the code.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// The stable code.
    pub code: Code,
    /// Whether anything left the relay.
    pub sent: Sent,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u64>,
    /// Identifies this answer in the logs.
    pub trace_id: String,
    /// Everything that was found, gravest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
}

/// Whether a refused request left something behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Sent {
    /// Nothing was sent.
    No,
    /// It had been sent already.
    Yes,
    /// Not known.
    Unknown,
}

/// Somebody who is signed in, as the identity provider named them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Opaque id, never a national identity number.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Organisations the person may act for.
    pub organisations: Vec<OrganisationAccess>,
    /// What the person is to each of them, by organisation number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub roles: BTreeMap<String, BTreeSet<Role>>,
}

/// An organisation a person may act for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrganisationAccess {
    /// Nine digits.
    pub orgnr: String,
    /// Registered name.
    pub name: String,
}

/// `GET /api/v1/session`: who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The person.
    pub person: Person,
    /// When it ends if nothing happens.
    pub expires: Timestamp,
    /// When it ends whatever happens.
    pub latest: Timestamp,
    /// Whether everything outside is played by the sandbox.
    pub sandbox: bool,
    /// Who may sign today for an organisation the person acts for, besides that organisation itself.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub suppliers: Vec<Supplier>,
    /// Organisations the person acts for whose letters by KS SvarUt are never printed, unless the person says otherwise for a
    /// letter: nine digits each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub digital_only: Vec<String>,
    /// Which letters of those organisations wait for approval before they are sent.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub approvals: Vec<ApprovalRule>,
}

/// An organisation that signs letters for another, as a vendor does whose customers have no certificate of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Supplier {
    /// Whose certificate it is.
    #[serde(flatten)]
    pub signer: OrganisationAccess,
    /// Nine digits: the sender that it signs for.
    pub sender: String,
}

/// A hit in Enhetsregisteret: `GET /api/v1/organisations?query=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrganisationHit {
    /// Nine digits.
    pub orgnr: String,
    /// Registered name.
    pub name: String,
    /// Place of the postal or business address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// Organisation form code, for example `KOMM`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub form: Option<String>,
    /// Date (`yyyy-mm-dd`) it was deleted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted: Option<String>,
    /// Whether it is bankrupt.
    #[serde(default)]
    pub bankrupt: bool,
}

/// Body of `POST /api/v1/recipients/lookup`. A number never stands in a URL.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecipientLookup {
    /// Nine digits of an organisation, or eleven of a person.
    pub identifier: String,
    /// Process URN; all processes if left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub process: Option<String>,
}

/// The service registry's answer, untouched. The browser verifies `registry_answer` itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecipientAnswer {
    /// Compact JWS as the registry signed it.
    pub registry_answer: String,
    /// When the relay got it.
    pub fetched_at: Timestamp,
}

/// `GET /trust.json`: what the operator has pinned. Part of the app, not of the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trust {
    /// Audience that envelopes to this relay must name.
    pub audience: String,
    /// Whether everything outside is played by the sandbox.
    pub sandbox: bool,
    /// Public keys (JWK, RSA) of the service registry.
    pub registry_keys: Vec<serde_json::Value>,
    /// Trusted roots, PEM.
    pub anchors: Vec<String>,
    /// Issuing certificates, PEM.
    pub intermediates: Vec<String>,
    /// What letters to Altinn's inbox are sealed to, PEM: the relay's own. None where that channel is not set up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transit: Option<String>,
    /// Whether letters can go by KS SvarUt.
    #[serde(default)]
    pub svarut: bool,
    /// Whether letters can go to people's digital mailboxes, and to print.
    #[serde(default)]
    pub dpi: bool,
}

/// `GET /api/v1/revocation-lists`: certificate revocation lists, base64 DER, untouched. Signed by their issuers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevocationLists {
    /// base64 DER, one per issuer.
    pub lists: Vec<String>,
}

/// Body of `POST /api/v1/messages`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Submission {
    /// The signed envelope (compact JWS).
    pub envelope: String,
    /// Id of the finished upload of the sealed package.
    pub upload: String,
    /// What the DPI network gets, a compact JWS with a live access token in it; there with channel `DPI`, and only then.
    /// It says the same as the envelope's SBD, which has [`crate::dpi::WITHHELD`] in the token's place.
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

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From us.
    Out,
    /// To us.
    In,
}

/// The status words of eFormidling (`integrasjonspunkt.md`, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Accepted and committed; waits to be sent.
    Opprettet,
    /// Handed to the broker.
    Sendt,
    /// In the recipient's queue.
    Mottatt,
    /// Taken by the recipient's system. The only success.
    Levert,
    /// Opened or registered at the recipient.
    Lest,
    /// Not delivered.
    Feil,
    /// Something else.
    Annet,
    /// Came in to us.
    InnkommendeMottatt,
    /// Taken by a person of ours.
    InnkommendeLevert,
    /// The deadline passed.
    LevetidUtlopt,
}

/// One event in the life of a message. Events are added, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusEvent {
    /// Position in the relay's event log; grows.
    pub cursor: u64,
    /// When the source says it happened, else when we saw it.
    pub at: Timestamp,
    /// The word.
    pub status: Status,
    /// Who says so.
    pub source: Source,
    /// What the source wrote, for example a receipt's text.
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

/// How many messages of an organisation somebody must act on: `GET /api/v1/attention?organisation=`.
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
    /// The SBD's `instanceIdentifier`.
    pub message_id: String,
    /// Conversation UUID.
    pub conversation_id: String,
    /// In or out.
    pub direction: Direction,
    /// Channel code, `DPO`.
    pub channel: String,
    /// Our organisation number.
    pub organisation: String,
    /// Organisation number and, if known, name of the other side.
    pub party: OrganisationAccess,
    /// Document type, for example `arkivmelding`.
    pub document_type: String,
    /// Process URN.
    pub process: String,
    /// The newest counted status.
    pub status: Status,
    /// Whether somebody must act: failed, expired, contradictory or refused, and not dealt with since.
    pub attention: bool,
    /// Not opened by anybody of ours yet (incoming).
    pub unread: bool,
    /// When it was accepted or came in.
    pub created: Timestamp,
    /// When the newest event was added.
    pub changed: Timestamp,
    /// Size of the sealed package.
    pub size: u64,
    /// Whether it waits for somebody to approve it, and has not been sent.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub awaits_approval: bool,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// What a shipment by KS SvarUt may be of: `GET /api/v1/shipment-types`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShipmentTypes {
    /// In SvarUt's order.
    pub types: Vec<String>,
}

/// A message with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MessageView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: MessageSummary,
    /// The SBD, exactly as it was signed (out) or came (in).
    pub sbd: String,
    /// Outgoing: the signed envelope, kept as evidence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub envelope: Option<String>,
    /// Incoming: the organisation the broker says it came from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub broker_sender: Option<String>,
    /// Whether there is a sealed package to fetch at `/api/v1/messages/{id}/package`.
    pub has_package: bool,
    /// Latest time for delivery.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Timestamp>,
    /// What the relay found when the message came in; it is kept and shown even if it is bad.
    pub findings: Vec<Finding>,
    /// Oldest first.
    pub events: Vec<StatusEvent>,
    /// Whether a person can have the relay try once more what it gave up, at `/api/v1/messages/{id}/retry`. What the
    /// recipient refused, or is out of time, has to be sent anew.
    #[serde(default)]
    pub retryable: bool,
    /// What else the channel was told of it, or told us: [`crate::svarut::Signed`] out and [`crate::svarut::Received`] in
    /// with KS SvarUt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<serde_json::Value>,
}

impl MessageView {
    /// What SvarInn told of a message that came in that way.
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
    /// Position in the log.
    pub cursor: u64,
    /// The relay's id of the message.
    pub id: String,
    /// In or out.
    pub direction: Direction,
    /// What happened.
    pub event: StatusEvent,
}

/// Body of `POST /api/v1/embed-sessions`: a frame asks for its session.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EmbedRequest {
    /// Publishable client id, `pk_…`.
    pub client_id: String,
    /// Origin of the embedding page, as the browser reported it to the frame.
    pub origin: String,
    /// What the site's server was given for the page ([`EmbedTicket`]). Only the sandbox does without.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<String>,
}

impl std::fmt::Debug for EmbedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { client_id, origin, .. } = self;
        f.debug_struct("EmbedRequest").field("client_id", client_id).field("origin", origin).finish_non_exhaustive()
    }
}

/// Answer to [`EmbedRequest`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EmbedSession {
    /// Bearer token, kept in memory only.
    pub token: String,
    /// The session it stands for.
    pub session: Session,
}
