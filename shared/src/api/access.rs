//! Roles, what they and keys may do, API keys, embed sessions and the audit log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a person is to an organisation (`ux.md`, P-M28). [`Self::rights`] says what each may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Leser.
    Reader,
    /// Saksbehandler.
    CaseWorker,
    /// Godkjenner.
    Approver,
    /// Postfordeler: opens confidential post and hands it on.
    Distributor,
    /// Administrator.
    Administrator,
    /// Revisor.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Reader, Self::CaseWorker, Self::Approver, Self::Distributor, Self::Administrator, Self::Auditor];

    /// As it is written.
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

    /// The role that is written so.
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
    /// Look recipients up, upload, submit, try again.
    Send,
    /// Fetch packages, mark as seen, take over.
    Open,
    /// The same for confidential post that came in.
    Confidential,
    /// See and decide what waits for approval.
    Approve,
    /// Webhooks.
    Webhooks,
    /// API keys.
    Keys,
    /// Make embed sessions.
    Embed,
    /// Read the audit log.
    Audit,
}

impl Right {
    /// Every right.
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
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scope: Vec<Right>,
    /// When it stops working: at most a year from now.
    pub expires: Timestamp,
}

/// An API key, as lists show it: without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its id, which also stands in the audit log.
    pub id: String,
    /// Nine digits.
    pub organisation: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scope: Vec<Right>,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
    /// When it was last used, to the minute.
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
    /// For `Authorization: Bearer`; begins with `kv_`.
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
    /// Origin of the page that will embed the frame.
    pub origin: String,
    /// What the frame may do; no more than the key may.
    pub scope: Vec<Right>,
    /// Name of the person at the page, shown in the frame and nowhere else.
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
    /// Until when the frame must have taken it.
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
    /// `DIGEST JSON`, as it was written.
    pub line: String,
}

/// Answer to `DELETE /api/v1/session`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignedOut {
    /// Where the browser ends its session at the provider, if that has such a place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
    /// How many sessions ended.
    pub ended: usize,
}
