//! What can be told in the log: closed lists and ids, so that nothing secret can get in by mistake.

use konvolutt_shared::finding::Code;
use konvolutt_shared::identifier::PersonNumber;
use serde::{Deserialize, Serialize};

/// What was done. A word never changes its meaning; new ones are added at the end of their group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    // People and machines
    SignIn,
    SignOut,
    SignOutEverywhere,
    ApiKeyMade,
    ApiKeyRevoked,
    EmbedSessionMade,
    /// Somebody else than the person has ended sessions: an operator, or the provider.
    SessionsEnded,
    // Messages
    MessageSubmitted,
    MessageListed,
    MessageRead,
    ConfidentialMessageRead,
    PackageFetched,
    MessageOpened,
    MessageAcknowledged,
    /// A person has dealt with a message that had gone wrong.
    MessageHandled,
    ReceiptSent,
    DeliveryRetried,
    RecipientLookedUp,
    ContactLookedUp,
    MailTokenMade,
    MessageApproved,
    MessageReturned,
    // Evidence and this log
    EvidenceExported,
    AuditRead,
    AuditExported,
    // Webhooks
    WebhookMade,
    WebhookChanged,
    WebhookRemoved,
    WebhookReplayed,
    // The relay itself
    RelayStarted,
    RelayStopped,
    BackupRestored,
}

impl Action {
    /// Every action.
    pub const ALL: &[Self] = &[
        Self::SignIn,
        Self::SignOut,
        Self::SignOutEverywhere,
        Self::ApiKeyMade,
        Self::ApiKeyRevoked,
        Self::EmbedSessionMade,
        Self::SessionsEnded,
        Self::MessageSubmitted,
        Self::MessageListed,
        Self::MessageRead,
        Self::ConfidentialMessageRead,
        Self::PackageFetched,
        Self::MessageOpened,
        Self::MessageAcknowledged,
        Self::MessageHandled,
        Self::ReceiptSent,
        Self::DeliveryRetried,
        Self::RecipientLookedUp,
        Self::ContactLookedUp,
        Self::MailTokenMade,
        Self::MessageApproved,
        Self::MessageReturned,
        Self::EvidenceExported,
        Self::AuditRead,
        Self::AuditExported,
        Self::WebhookMade,
        Self::WebhookChanged,
        Self::WebhookRemoved,
        Self::WebhookReplayed,
        Self::RelayStarted,
        Self::RelayStopped,
        Self::BackupRestored,
    ];
}

/// An id of ours, of the broker's or an organisation's number: 1 to 128 of `A-Z a-z 0-9 . _ : -`, never a person's
/// number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// It is no id. The text is not repeated: it may be what must not be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id that may stand in the audit log")]
pub struct IdError;

impl Id {
    /// Checks a text.
    ///
    /// # Errors
    /// Another alphabet, too long, empty, or a national identity number.
    pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
        let good = (1..=128).contains(&text.len()) && text.chars().all(plain) && PersonNumber::parse(&text).is_err();
        if good { Ok(Self(text)) } else { Err(IdError) }
    }

    /// Of an entry of this log.
    pub fn of_entry(number: u64) -> Self {
        Self(format!("entry:{number}"))
    }

    /// Of a user of the system.
    pub fn of_user(number: u32) -> Self {
        Self(format!("user:{number}"))
    }

    /// Of a random number, as our ids are.
    pub fn of_uuid(id: uuid::Uuid) -> Self {
        Self(id.to_string())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Id {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

/// A SHA-256: 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(super::digest(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(plain) { Ok(Self(text)) } else { Err(IdError) }
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Who {
    /// A signed-in person, by the id that the relay knows.
    Person(Id),
    /// A machine, by its API key's id.
    Key(Id),
    /// A program that an operator ran, by the system user's name.
    Operator(Id),
    /// The relay by itself.
    Relay,
}

/// What kind of thing it was done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectKind {
    Message,
    Session,
    Person,
    Key,
    Organisation,
    Webhook,
    Log,
    Relay,
}

/// What it was done to. The members in the order of the alphabet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// Of the signed envelope that was submitted: what this id stands for cannot be changed afterwards.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<Digest>,
    pub id: Id,
    pub kind: ObjectKind,
}

impl Object {
    /// By its id alone.
    pub fn new(kind: ObjectKind, id: Id) -> Self {
        Self { digest: None, id, kind }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "why", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    Done,
    /// Why not.
    Refused(Code),
}

/// Everything about an act but its time and place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub who: Who,
    /// The organisation it was done for, if it was for one.
    pub behalf: Option<Id>,
    pub action: Action,
    pub object: Object,
    pub outcome: Outcome,
}
