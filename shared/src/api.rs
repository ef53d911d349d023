//! What browser and relay say to each other over `/api/v1`: JSON in camelCase, times in RFC 3339, sizes in
//! bytes. Ours: no standard but those that are named. `relay/openapi.json` is made of these types and their
//! texts.

mod access;
mod approval;
pub mod header;
mod mail;
mod message;
mod receipt;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use access::{ApiKey, ApiKeySecret, AuditLine, EmbedTicket, NewApiKey, NewEmbedSession, Right, Role, SignedOut};
pub use approval::{Approval, ApprovalReturn, ApprovalRule, ApprovalStep, MOST_NOTE, Waiting, WaitingView};
pub use mail::{Contact, ContactLookup, ContactPoint, ContactStatus, MailToken, NewMailToken};
pub use message::{
    Attention, Change, Direction, MessageStatus, MessageSummary, MessageView, Page, Source, Status, StatusEvent,
    Submission,
};
pub use receipt::{AppReceipt, AppReceiptLine, ReceiptType};
pub use webhook::{NewWebhook, Webhook, WebhookAttempt, WebhookDelivery, WebhookSecret, WebhookState, WebhookTrouble};

use crate::finding::{Code, Finding};
use crate::identifier::MessageChannel;
use crate::pki::CertificatePolicies;

/// `application/problem+json` (RFC 9457) with Konvolutt's members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Where the code is explained: the path `/hjelp/feil/{code}` at this relay.
    #[serde(rename = "type")]
    pub kind: String,
    /// The advice that belongs to the code, in English.
    pub title: String,
    /// HTTP status, the same as the answer's: 400 to 599.
    pub status: u16,
    /// What happened this time, in English: the first finding's message.
    pub detail: String,
    /// The stable code, the first finding's.
    pub code: Code,
    /// Whether anything left the relay.
    pub sent: Sent,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// Seconds to wait before trying again, as in `Retry-After` (RFC 9110, 10.2.3).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u64>,
    /// Identifies this answer in the relay's log: 32 hexadecimal digits in lower case. Not a trace of W3C
    /// Trace Context.
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
    /// Opaque id, never a national identity number; `key:` and an API key's id in a frame that was begun with
    /// a key.
    pub id: String,
    /// Name to show, as the identity provider gave it.
    pub name: String,
    /// Organisations the person may act for.
    pub organisations: Vec<OrganisationAccess>,
    /// What the person is to each of them, by organisation number (nine digits).
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub roles: BTreeMap<String, BTreeSet<Role>>,
}

/// An organisation and its name: one that a person may act for, or the other side of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrganisationAccess {
    /// Nine digits. Of a message's other side: empty when it is a person, whose number is in the sealed
    /// package alone, and whatever the broker called it when that was no number.
    pub orgnr: String,
    /// Registered name, or the number where the name is not known.
    pub name: String,
}

/// `GET /api/v1/session`: who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Who is signed in.
    pub person: Person,
    /// When it ends if nothing happens; requests move it on. 30 minutes from the last unless set otherwise.
    pub expires: Timestamp,
    /// When it ends whatever happens. 10 hours after the sign-in unless set otherwise; 15 minutes in a frame
    /// that a ticket began.
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
    /// Whether letters on paper can go to people without an identity number.
    #[serde(default)]
    pub unnumbered: bool,
    /// Which letters of those organisations wait for approval before they are sent.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub approvals: Vec<ApprovalRule>,
    /// Those of the organisations that have a message channel of their own: what they send over DPO must name it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub message_channels: Vec<OwnChannel>,
}

/// The message channel of an organisation: the scope `MessageChannel` of eFormidling's SBD. DPO alone has
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnChannel {
    /// Whose it is, nine digits.
    pub organisation: String,
    /// The channel's name: 1 to 25 of A-Z, a-z, 0-9, `-` and `_`.
    #[cfg_attr(feature = "schema", schema(value_type = String, pattern = "^[a-zA-Z0-9_-]{1,25}$"))]
    pub channel: MessageChannel,
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
    /// Place (`poststed`) of the postal address, or else of the business address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// Code of the organisation form (`organisasjonsform`), for example `KOMM`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub form: Option<String>,
    /// Date (`yyyy-mm-dd`) it was deleted from the register (`slettedato`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted: Option<String>,
    /// Whether it is bankrupt (`konkurs`).
    #[serde(default)]
    pub bankrupt: bool,
    /// Nine digits of the organisation that it is a sub-unit of. Letters go to that one; sub-units have no address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<String>,
    /// How many seconds ago the register said so; 0 if it was asked just now.
    #[serde(default)]
    pub age: u32,
}

/// Body of `POST /api/v1/recipients/lookup`. A number never stands in a URL.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecipientLookup {
    /// Nine digits of an organisation, or eleven of a person.
    pub identifier: String,
    /// Process URN, for example `urn:no:difi:profile:arkivmelding:administrasjon:ver1.0`; all processes if
    /// left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub process: Option<String>,
    /// The letter's security level, 3 or 4, where it must have that one; goes with a process. The registry leaves out what
    /// is of another level, and may answer with another way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub security_level: Option<u8>,
    /// The answer must be younger than this, in seconds; the registry is asked anew if that is left out or 0.
    /// Answers are kept for 300 seconds at most. What a letter is sealed to must be asked for anew.
    #[serde(default)]
    pub max_age: u32,
}

/// The service registry's answer, untouched. The browser verifies `registry_answer` itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecipientAnswer {
    /// Compact JWS (RFC 7515) as the registry signed it, RS256.
    pub registry_answer: String,
    /// When the relay got it.
    pub fetched_at: Timestamp,
    /// How many seconds ago that was, by the relay's clock; 0 if it asked just now.
    #[serde(default)]
    pub age: u32,
}

/// `GET /trust.json`: what the operator has pinned. Part of the app, not of the API. PEM is RFC 7468.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trust {
    /// Name of this relay, `server.audience`: what envelopes must have as `aud` (RFC 7519, 4.1.3).
    pub audience: String,
    /// Whether everything outside is played by the sandbox.
    pub sandbox: bool,
    /// Public keys of the service registry: JWK (RFC 7517), RSA, each with a `kid`.
    pub registry_keys: Vec<serde_json::Value>,
    /// Trusted roots, PEM, each text one certificate.
    pub anchors: Vec<String>,
    /// Certificates of the authorities between roots and organisations, PEM, each text one certificate.
    pub intermediates: Vec<String>,
    /// The policies of which a signer's certificate must carry one: roots issue others than enterprise certificates.
    #[serde(default)]
    pub policies: CertificatePolicies,
    /// What letters to Altinn's inbox are sealed to, PEM: the relay's own. None where that channel is not set up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transit: Option<String>,
    /// Whether letters can go by KS SvarUt.
    #[serde(default)]
    pub svarut: bool,
    /// Whether letters can go to people's digital mailboxes, and to print.
    #[serde(default)]
    pub dpi: bool,
    /// Who prints letters to people without a number: nine digits. None where there are no such letters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub printer: Option<String>,
}

/// `GET /api/v1/print-certificate`: what letters to people without a number are sealed to, as the contact
/// register gives it (KRR, `GET /rest/v2/printSertifikat`). Nobody has signed the answer: whoever seals holds the
/// certificate against the roots and the provider that are pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PrintCertificate {
    /// The print provider's certificate as the register writes it: PEM, or its base64 alone.
    pub certificate: String,
}

/// `GET /api/v1/revocation-lists`: certificate revocation lists (RFC 5280, 5), untouched. Signed by their
/// issuers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevocationLists {
    /// DER in base64 with padding: the last good list of each address that the operator has set. A list may
    /// be older than its `nextUpdate`; whoever verifies sees that.
    pub lists: Vec<String>,
}

/// What types a shipment by KS SvarUt may have: `GET /api/v1/shipment-types`. SvarUt REST, `GET
/// /v2/forsendelsestyper`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShipmentTypes {
    /// Names (`forsendelsestype`), in SvarUt's order.
    pub types: Vec<String>,
}

/// Body of `POST /api/v1/embed-sessions`: a frame asks for its session.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EmbedRequest {
    /// Publishable client id of the embedding site, `pk_…`; `pk_test_…` in the sandbox.
    pub client_id: String,
    /// Origin of the embedding page (RFC 6454, 6.2), `https://…`, as the browser reported it to the frame.
    pub origin: String,
    /// What the site's server was given for the page ([`EmbedTicket`]): `kve_…`, good once. Only the sandbox
    /// does without.
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
    /// For `Authorization: Bearer`. The frame keeps it in memory only.
    pub token: String,
    /// The session it stands for.
    pub session: Session,
}
