//! Roles, what they and keys may do, API keys, embed sessions and the audit log. Ours: no standard but bearer
//! tokens (RFC 6750).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a person is to an organisation; somebody may be several things. [`Self::rights`] says what each may
/// do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Leser: sees messages that are not confidential.
    Reader,
    /// Saksbehandler: sends, and opens what came in.
    CaseWorker,
    /// Godkjenner: approves or returns letters that others have handed over.
    Approver,
    /// Postfordeler: opens confidential post and hands it on.
    Distributor,
    /// Administrator: webhooks and API keys, and no messages.
    Administrator,
    /// Revisor: the audit log, and no messages.
    Auditor,
}

impl Role {
    /// Every role, in the order of the variants.
    pub const ALL: [Self; 6] =
        [Self::Reader, Self::CaseWorker, Self::Approver, Self::Distributor, Self::Administrator, Self::Auditor];

    /// As it is written in JSON and configuration: `case_worker`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::CaseWorker => "case_worker",
            Self::Approver => "approver",
            Self::Distributor => "distributor",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
        }
    }

    /// What somebody with this role may do: the one table. The relay holds every request against it, and pages tell by it what
    /// they need not offer.
    pub const fn rights(self) -> &'static [Right] {
        use Right::{Approve, Audit, Confidential, Directory, Keys, Look, Open, Send, Webhooks};
        match self {
            Self::Reader => &[Directory, Look],
            Self::CaseWorker => &[Directory, Look, Send, Open],
            Self::Approver => &[Directory, Look, Approve],
            Self::Distributor => &[Directory, Look, Open, Confidential],
            Self::Administrator => &[Webhooks, Keys],
            Self::Auditor => &[Audit],
        }
    }

    /// The role that is written so; `None` for any other text, capitals included.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Something that may be done on behalf of an organisation: what handlers ask for, and what a key's scope is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Search organisations, fetch revocation lists.
    Directory,
    /// Lists, events and messages that are not confidential.
    Look,
    /// Look recipients up, upload, submit, try again; see what was sent under a confidential process.
    Send,
    /// Fetch packages, mark as seen, take over.
    Open,
    /// The same for confidential post that came in.
    Confidential,
    /// See and decide what waits for approval.
    Approve,
    /// Register, change and remove webhooks, and see how they went.
    Webhooks,
    /// Make, list and revoke API keys.
    Keys,
    /// Make embed sessions; for keys only.
    Embed,
    /// Read the audit log.
    Audit,
}

impl Right {
    /// Every right, in the order of the variants.
    pub const ALL: [Self; 10] = [
        Self::Directory,
        Self::Look,
        Self::Send,
        Self::Open,
        Self::Confidential,
        Self::Approve,
        Self::Webhooks,
        Self::Keys,
        Self::Embed,
        Self::Audit,
    ];
}

/// Body of `POST /api/v1/keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApiKey {
    /// Nine digits: the organisation that the key acts for.
    pub organisation: String,
    /// What people call it: 1 to 80 characters, no control characters.
    pub name: String,
    /// What it may do: at least one of `directory`, `look`, `send`, `open`, `webhooks` and `embed`.
    pub scope: Vec<Right>,
    /// When it stops working: after now, and at most 366 days from now.
    pub expires: Timestamp,
}

/// An API key, as lists show it: without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its id, a UUID, which also stands in the audit log.
    pub id: String,
    /// The organisation that it acts for, nine digits.
    pub organisation: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scope: Vec<Right>,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
    /// When it was last used, to the minute; missing if it never was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub used: Option<Timestamp>,
}

/// Answer to [`NewApiKey`]: the only one that shows the secret.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiKeySecret {
    /// As in lists.
    #[serde(flatten)]
    pub key: ApiKey,
    /// For `Authorization: Bearer` (RFC 6750); begins with `kv_`. The relay keeps its SHA-256 only.
    pub secret: String,
}

impl std::fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeySecret").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Body of `POST /api/v1/embed/sessions`: a site's server asks, with an API key, for a session for the frame on one of
/// its pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewEmbedSession {
    /// Origin of the page that will embed the frame (RFC 6454, 6.2), for example `https://skjema.example`.
    pub origin: String,
    /// What the frame may do: at least one of `directory`, `look`, `send` and `open`, and no more than the
    /// key may.
    pub scope: Vec<Right>,
    /// Name of the person at the page, at most 80 characters, shown in the frame and in the history of what
    /// it hands over; the organisation's if left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

/// Answer to [`NewEmbedSession`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EmbedTicket {
    /// For the frame, once: the `session` of `<efm-send>`. Begins with `kve_`.
    pub ticket: String,
    /// Until when the frame must have taken it: 15 minutes from now.
    pub expires: Timestamp,
}

impl std::fmt::Debug for EmbedTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbedTicket").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// A line of `GET /api/v1/audit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditLine {
    /// Its number in the relay's whole log; an organisation's own lines have gaps between them.
    pub number: u64,
    /// `DIGEST JSON`, as it was written: the SHA-256 of the JSON's bytes, 64 hexadecimal digits in lower
    /// case, a space, and the JSON in one line. `relay/src/audit.rs` says what is in it.
    pub line: String,
}

/// Answer to `DELETE /api/v1/session` and `POST /api/v1/session/everywhere`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignedOut {
    /// Address where the browser ends its session at the identity provider, if that has such a place (OpenID
    /// Connect RP-Initiated Logout 1.0, `end_session_endpoint`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
    /// How many sessions ended here.
    pub ended: usize,
}
