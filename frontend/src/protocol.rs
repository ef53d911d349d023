//! What page and worker say to each other.
//!
//! A message is a JavaScript object: `id`, `body` (JSON of the types here) and `blobs` (files, passed by reference
//! and never copied). Keys stand in no message: the page names them by id.

use jiff::Timestamp;
use konvolutt_shared::address::{PersonKind, Terms};
use konvolutt_shared::api::{ApprovalRule, MailToken, RevocationLists, Trust};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::MessageChannel;
use konvolutt_shared::inspect::Report;
use konvolutt_shared::letter::Draft;
use konvolutt_shared::svarut::Received;
use serde::{Deserialize, Serialize};

/// What the page asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// The certificates whose keys are kept here.
    Keys,
    /// Keep the key of a PKCS#12 file (`blobs[0]`).
    Import {
        /// The file's password.
        password: String,
        /// Whose key it may be, the sender first: nine digits each.
        organisations: Vec<String>,
    },
    /// Forget a key.
    Remove {
        /// [`KeyView::id`].
        id: String,
    },
    /// Verify a registry answer and decide how to send.
    Address(AddressRequest),
    /// Verify a registry answer about a person and tell every way to send.
    Offers {
        /// The answer.
        address: AddressRequest,
        /// Decision or information.
        kind: PersonKind,
    },
    /// Pack, sign and seal a letter; `blobs` are its documents in the draft's order.
    Send(Box<SendRequest>),
    /// This much of a package that is being sealed has been taken; nothing is answered. Sealing waits for it, so that what
    /// nobody has taken does not pile up.
    Taken {
        /// [`SendRequest::message_id`].
        message_id: String,
        /// Bytes from the package's start; more than there are lets it be sealed to its end.
        bytes: u64,
    },
    /// The access token that a letter which is being sealed has asked for, or why there is none; nothing is answered.
    Token {
        /// [`SendRequest::message_id`].
        message_id: String,
        /// The token, which nobody keeps.
        token: Result<MailToken, Vec<Finding>>,
    },
    /// The letters that this browser keeps while they are sent, of one person; what is over is removed.
    Sendings {
        /// Whose: [`Keep::owner`].
        owner: String,
    },
    /// Take such a letter over: answered when nobody else has it in hand, which may be never.
    TakeSending {
        /// [`SendRequest::message_id`].
        message_id: String,
    },
    /// Note which upload a letter goes into; nothing is answered.
    SendingUploads {
        /// [`SendRequest::message_id`].
        message_id: String,
        /// The upload's id.
        upload: String,
    },
    /// Note whether a letter waits for a person before it is gone on with.
    HoldSending {
        /// [`SendRequest::message_id`].
        message_id: String,
        /// Whether it waits.
        held: bool,
    },
    /// The letter will not be sent as it was sealed: keep what was written alone.
    StopSending {
        /// [`SendRequest::message_id`].
        message_id: String,
    },
    /// Let others have the letter, as it is kept.
    ReleaseSending {
        /// [`SendRequest::message_id`].
        message_id: String,
    },
    /// Keep nothing of the letter.
    ForgetSending {
        /// [`SendRequest::message_id`].
        message_id: String,
    },
    /// Keep nothing of any letter, but for those that another tab has in hand.
    LeaveSendings,
    /// Open a sealed package (`blobs[0]`).
    Open(Box<OpenMessage>),
    /// Look at an artefact (`blobs[0]`), with a key file (`blobs[1]`) also inside it.
    Inspect {
        /// The key file's password.
        password: Option<String>,
        /// Roots to check against, if they are known.
        trust: Option<Trust>,
    },
}

/// What the worker answers in the end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Request::Keys`].
    Keys(Vec<KeyView>),
    /// To [`Request::Import`].
    Imported(KeyView),
    /// To [`Request::Remove`].
    Removed,
    /// To [`Request::Address`].
    Addressed(Box<AddressView>),
    /// To [`Request::Offers`], in the registry's order.
    Offers(Vec<OfferView>),
    /// To [`Request::Send`]; the sealed package went ahead in parts.
    Sealed(SealedView),
    /// To [`Request::Sendings`].
    Sendings(Vec<SendingView>),
    /// To [`Request::TakeSending`]; `blobs` are the sealed package's parts in order. `None`: it is over.
    Taken(Option<Box<KeptSending>>),
    /// To requests that only do something.
    Done,
    /// To [`Request::Open`]; `blobs` are the documents in order.
    Opened(Box<LetterView>),
    /// To [`Request::Inspect`]; `blobs[0]` is the decrypted content, if any.
    Inspected {
        /// Of the artefact.
        report: Box<Report>,
        /// Of what is sealed in it.
        inner: Option<Box<Report>>,
    },
    /// Refused; gravest first.
    Refused(Vec<Finding>),
}

/// A step on the way, sent while a request runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Bytes of the documents done.
    pub done: u64,
    /// Bytes of all documents.
    pub total: u64,
}

/// A certificate whose private key this browser keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// SHA-256 of the certificate, hexadecimal.
    pub id: String,
    /// Organisation number in the certificate.
    pub organisation: Option<String>,
    /// Organisation name in the certificate.
    pub name: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid to.
    pub not_after: Timestamp,
    /// Advice, for example to export an old file anew.
    pub findings: Vec<Finding>,
}

/// A registry answer, and what to hold it against. `Debug` shows the process alone: it may be about a person.
#[derive(Clone, Serialize, Deserialize)]
pub struct AddressRequest {
    /// Compact JWS, as the registry signed it. Empty where nobody was asked about.
    pub registry_answer: String,
    /// The print provider's certificate, which nobody signed for: only where nobody was asked about.
    #[serde(default)]
    pub print_certificate: Option<String>,
    /// Who was asked about: nine digits of an organisation, eleven of a person; nothing of one without a number.
    pub recipient: String,
    /// Process URN.
    pub process: String,
    /// What the operator pinned.
    pub trust: Trust,
    /// Revocation lists, if they could be fetched.
    pub revocation: Option<RevocationLists>,
}

/// How a letter will travel, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressView {
    /// Channel code, for example `DPO`.
    pub channel: String,
    /// What the recipient can receive.
    pub capability: konvolutt_shared::address::Capability,
    /// Who can open what is sealed.
    pub reader: konvolutt_shared::address::Reader,
    /// The rules that decided, in order.
    pub reasons: Vec<konvolutt_shared::address::Reason>,
    /// Name in the recipient's certificate.
    pub certificate_name: String,
    /// Valid to.
    pub certificate_expires: Timestamp,
    /// Warnings.
    pub findings: Vec<Finding>,
}

/// A way to a person, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferView {
    /// What is known of it.
    pub terms: Terms,
    /// Name in the certificate it is sealed to: the provider's, or the relay's.
    pub provider: String,
    /// Warnings.
    pub findings: Vec<Finding>,
}

impl std::fmt::Debug for AddressRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddressRequest").field("process", &self.process).finish_non_exhaustive()
    }
}

/// A letter to pack, sign and seal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendRequest {
    /// What was written.
    pub draft: Draft,
    /// [`KeyView::id`] of the sender's key.
    pub key: String,
    /// The answer to send by; verified again.
    pub address: AddressRequest,
    /// UUID of the message. The same for every try, so that it is sent once.
    pub message_id: String,
    /// UUID of the conversation.
    pub conversation_id: String,
    /// When answering: their reference.
    pub receiver_reference: Option<String>,
    /// What to keep in this browser until it is sent, if it is to be kept.
    #[serde(default)]
    pub keep: Option<Keep>,
    /// Which letters wait for approval: those who approve must be able to open one that does.
    #[serde(default)]
    pub approvals: Vec<ApprovalRule>,
    /// The channel that the sender's answers come back on, if it has one of its own.
    #[serde(default)]
    pub message_channel: Option<MessageChannel>,
}

/// What is kept with a letter while it is sent. It is content, so it is kept sealed alone. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// [`Person::id`](konvolutt_shared::api::Person::id) of who sends it.
    pub owner: String,
    /// On whose behalf: nine digits.
    pub organisation: String,
    /// What was written, as the page reads it again ([`Letter`](crate::flow::sendings::Letter)).
    pub letter: String,
}

impl std::fmt::Debug for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keep(redacted)")
    }
}

/// A letter that is kept while it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingView {
    /// [`SendRequest::message_id`].
    pub message_id: String,
    /// [`Keep::organisation`].
    pub organisation: String,
}

/// What is known of such a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSending {
    /// [`SendRequest::message_id`].
    pub message_id: String,
    /// What was written, and for whom.
    pub keep: Keep,
    /// The upload it goes into, if it had begun.
    pub upload: Option<String>,
    /// What to hand over; `None` when sealing had not come to its end, or what was sealed is gone.
    pub sealed: Option<KeptEnvelope>,
    /// Whether it waits for a person.
    pub held: bool,
    /// Whether it was given up, so that only what was written is kept.
    pub stopped: bool,
}

/// A kept letter's signed envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEnvelope {
    /// Compact JWS.
    pub envelope: String,
    /// Bytes of the sealed package.
    pub size: u64,
    /// Until when the relay takes it.
    pub expires: Timestamp,
    /// [`SealedView::approval_key`].
    #[serde(default)]
    pub approval_key: Option<String>,
}

/// A sealed letter, ready for the relay. `Debug` does not show the message, which holds a live access token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedView {
    /// The signed envelope, compact JWS.
    pub envelope: String,
    /// Bytes of the sealed package.
    pub size: u64,
    /// The DPI network's message, compact JWS; for letters to mailboxes and to print.
    pub business_message: Option<String>,
    /// Until when it must have been handed over, where it holds an access token.
    pub expires: Option<Timestamp>,
    /// The content key for the sender's own organisation, where the letter waits for approval and the key of that is kept
    /// here: [`Submission::approval_key`](konvolutt_shared::api::Submission::approval_key).
    pub approval_key: Option<String>,
}

impl std::fmt::Debug for SealedView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { size, expires, .. } = self;
        let mut shown = f.debug_struct("SealedView");
        shown.field("size", size).field("expires", expires).finish_non_exhaustive()
    }
}

/// A sealed package and what came with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenMessage {
    /// The SBD exactly as it came.
    pub sbd: String,
    /// The organisation the broker says it came from.
    pub broker_sender: Option<String>,
    /// What the operator pinned.
    pub trust: Trust,
    /// Revocation lists, if they could be fetched.
    pub revocation: Option<RevocationLists>,
    /// What SvarInn told of it, if it came that way: such letters are not signed.
    pub received: Option<Received>,
    /// When it came, as the relay tells.
    #[serde(default)]
    pub came: Option<Timestamp>,
    /// What else there is for one of ours that waits for approval.
    #[serde(default)]
    pub outgoing: Option<Outgoing>,
}

/// What a letter of ours is held against before it leaves: it must be exactly what its envelope signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Compact JWS.
    pub envelope: String,
    /// [`SealedView::approval_key`].
    pub key: String,
    /// Who may sign for the sender: nine digits each.
    pub suppliers: Vec<String>,
}

/// A letter whose signature holds, or one that came by a channel without signatures. Between worker and page the
/// documents' bytes travel beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterView<D = DocumentView> {
    /// Title from the archive data.
    pub title: Option<String>,
    /// Name in the signer's certificate; `None` when the channel has no signatures.
    pub signer_name: Option<String>,
    /// Organisation number in the signer's certificate.
    pub signer_organisation: Option<String>,
    /// Organisation number of the SBD's sender.
    pub sbd_sender: Option<String>,
    /// For whom that one acts, as the SBD says.
    pub on_behalf_of: Option<String>,
    /// The documents, the main one first.
    pub documents: Vec<D>,
    /// Warnings.
    pub findings: Vec<Finding>,
}

/// A document of an opened letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentView {
    /// File name.
    pub name: String,
    /// Title from the archive data.
    pub title: Option<String>,
    /// As the sender named it.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// Hexadecimal.
    pub sha256: String,
    /// Whether it is the main document.
    pub main: bool,
}
