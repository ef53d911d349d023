//! The header: parties, document identification, scopes.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::node::Node;
use super::{DocumentType, Layer, time};
use crate::finding::Rule;
use crate::identifier::{Authority, MessageChannel, MessageId, Party, is_channel_name, read_uuid};

/// How far ahead of our clock a creation time may lie; the documentation wants it in the past.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// What the URN of every document of the DPI network contains.
const DPI_SCHEMA: &str = "urn:fdc:digdir.no:2020:innbyggerpost:schema:";

#[derive(Clone, PartialEq)]
pub(super) struct Header {
    pub(super) document_type: DocumentType,
    pub(super) standard: String,
    pub(super) message_id: Option<MessageId>,
    pub(super) created: Option<Timestamp>,
    pub(super) sender: Option<Party>,
    pub(super) receiver: Option<Party>,
    pub(super) scopes: Vec<Scope>,
}

/// What a scope says (eFormidling, StandardBusinessDocument: `scope.type`); the list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// Conversation, process and deadline; every document has exactly one.
    ConversationId,
    /// The sender's own reference.
    SenderRef,
    /// The receiver's reference, which an answer returns.
    ReceiverRef,
    /// The channel that answers come back on (DPO).
    MessageChannel,
    /// A journal entry's id, left over from BEST/EDU; read, never written.
    JournalpostId,
    /// A parent's id, likewise.
    ParentId,
}

impl ScopeKind {
    const ALL: [Self; 6] = [
        Self::ConversationId,
        Self::SenderRef,
        Self::ReceiverRef,
        Self::MessageChannel,
        Self::JournalpostId,
        Self::ParentId,
    ];

    /// As the SBD writes it; read by exact comparison.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConversationId => "ConversationId",
            Self::SenderRef => "SenderRef",
            Self::ReceiverRef => "ReceiverRef",
            Self::MessageChannel => "MessageChannel",
            Self::JournalpostId => "JournalpostId",
            Self::ParentId => "ParentId",
        }
    }
}

/// One scope of a header (eFormidling, StandardBusinessDocument: `businessScope.scope`). Texts are as they
/// were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// What it says.
    pub kind: ScopeKind,
    /// An id or a reference (`instanceIdentifier`): a UUID for `ConversationId`, any text for references.
    pub instance: Option<String>,
    /// The process URN for `ConversationId`, the channel's name for `MessageChannel` (`identifier`).
    pub identifier: Option<String>,
    /// The deadline, on `ConversationId` (`scopeInformation.expectedResponseDateTime`, the first).
    pub expires: Option<Timestamp>,
}

impl Scope {
    /// Names the channel that answers must come back on. `instance` is a random id of the scope itself, as
    /// integrasjonspunkt `ScopeFactory` has one.
    pub fn message_channel(channel: &MessageChannel, instance: Uuid) -> Self {
        let (instance, identifier) = (Some(instance.to_string()), Some(channel.to_string()));
        Self { kind: ScopeKind::MessageChannel, instance, identifier, expires: None }
    }
}

/// `None` when the type is not known, since nothing more can be judged then.
pub(super) fn read(node: &Node<'_>, layer: Layer, at: Option<Timestamp>) -> Option<Header> {
    if node.required_text("headerVersion").is_some_and(|version| version != "1.0") {
        node.invalid("headerVersion", "headerVersion is not 1.0");
    }
    node.only(&["headerVersion", "sender", "receiver", "documentIdentification", "businessScope"]);
    let sender = party(node, "sender");
    let receiver = party(node, "receiver");
    manifest(node);
    let identification = node.required_object("documentIdentification");
    let scopes = scopes(node, at);
    let identification = identification?;
    let (document_type, standard) = document_type(&identification, layer)?;
    identification.required_text("typeVersion");
    identification.boolean("multipleType");
    let header = Header {
        document_type,
        standard,
        message_id: message_id(&identification),
        created: created(&identification, at),
        sender,
        receiver,
        scopes,
    };
    check_presence(node, &identification, &header, layer);
    Some(header)
}

/// Only print may leave the receiver out, and what names it in the package; the DPI network leaves nothing out.
fn check_presence(node: &Node<'_>, identification: &Node<'_>, header: &Header, layer: Layer) {
    let absent = |name: &str| node.object().get(name).is_none_or(|value| value.as_array().is_none_or(Vec::is_empty));
    let may_leave_out = matches!(header.document_type, DocumentType::Print | DocumentType::DigitalDpv);
    if absent("receiver") && (layer == Layer::Dpi || !may_leave_out) {
        node.refuse(Rule::DocumentValue, "receiver", "receiver is missing");
    }
    if layer == Layer::Dpi {
        if absent("sender") {
            node.refuse(Rule::DocumentValue, "sender", "sender is missing");
        }
        identification.require("instanceIdentifier");
        identification.require("creationDateAndTime");
    }
}

fn party(header: &Node<'_>, name: &str) -> Option<Party> {
    let parties = header.array(name);
    if parties.len() > 1 {
        header.invalid(name, format!("there is more than one {name}"));
    }
    let item = parties.first()?;
    item.only(&["identifier"]);
    for contact in item.array("contactInformation") {
        contact.required_text("contact");
        for name in ["emailAddress", "faxNumber", "telephoneNumber", "contactTypeIdentifier"] {
            contact.text(name);
        }
    }
    let identifier = item.required_object("identifier")?;
    let (authority, value) = (identifier.required_text("authority"), identifier.required_text("value"));
    identifier.only(&["authority", "value"]);
    let authority = Authority::parse(&authority?)
        .map_err(|error| identifier.refuse(error.rule(), "authority", error.to_string()))
        .ok()?;
    Party::parse(authority, &value?).map_err(|error| identifier.refuse(error.rule(), "value", error.to_string())).ok()
}

/// Counts and kinds of what goes along. Nobody uses it; its shape is checked (UN/CEFACT SBDH, 4.3).
fn manifest(header: &Node<'_>) {
    let Some(manifest) = header.child("manifest") else { return };
    manifest.integer("numberOfItems");
    for item in manifest.array("manifestItem") {
        item.required_text("mimeTypeQualifierCode");
        item.required_text("uniformResourceIdentifier");
        item.text("description");
        item.text("languageCode");
    }
}

fn document_type(identification: &Node<'_>, layer: Layer) -> Option<(DocumentType, String)> {
    let standard = identification.required_text("standard");
    let name = identification.required_text("type")?;
    let known = if layer == Layer::Dpi { DocumentType::DPI } else { DocumentType::PLAIN };
    let Some(kind) = DocumentType::find(known, &name) else {
        let message = "type is not a document type of eFormidling";
        identification.refuse(Rule::DocumentKnown, "type", message);
        return None;
    };
    let standard = standard?;
    let fits = match (layer, kind) {
        // FIKS IO has message types of its own, which name no document type.
        (Layer::Plain, DocumentType::Fiksio) => true,
        (Layer::Plain, _) => standard.strip_suffix(kind.as_str()).is_some_and(|rest| rest.ends_with("::")),
        (Layer::Dpi, _) => standard
            .split_once(DPI_SCHEMA)
            .and_then(|(_, schema)| schema.strip_suffix("::1.0"))
            .is_some_and(|schema| schema == kind.as_str()),
    };
    if !fits {
        identification.refuse(Rule::DocumentAgrees, "standard", "the last part of standard is not the type");
    }
    Some((kind, standard.into_owned()))
}

fn message_id(identification: &Node<'_>) -> Option<MessageId> {
    let text = identification.text("instanceIdentifier")?;
    uuid(identification, &text, "the message id is not a UUID").map(MessageId::from)
}

/// A UUID in any form that the reference reads; an unusual one is remarked.
fn uuid(node: &Node<'_>, text: &str, message: &str) -> Option<Uuid> {
    if node.is_strict() && text.len() != 36 {
        node.invalid("instanceIdentifier", message);
        return None;
    }
    let read = read_uuid(text);
    match read {
        None => node.invalid("instanceIdentifier", message),
        Some(_) if text.len() != 36 => node.remark("instanceIdentifier", "the UUID leaves out leading zeros"),
        Some(_) => {}
    }
    read
}

fn created(identification: &Node<'_>, at: Option<Timestamp>) -> Option<Timestamp> {
    let time = read_time(identification, "creationDateAndTime")?;
    if at.and_then(|at| at.checked_add(CLOCK_TOLERANCE).ok()).is_some_and(|latest| time > latest) {
        identification.invalid("creationDateAndTime", "the creation time lies in the future");
    }
    Some(time)
}

fn read_time(node: &Node<'_>, name: &str) -> Option<Timestamp> {
    let time = time::parse(&node.text(name)?);
    if time.is_none() {
        node.invalid(name, format!("{name} is not a date and time"));
    }
    time
}

fn scopes(header: &Node<'_>, at: Option<Timestamp>) -> Vec<Scope> {
    let Some(business_scope) = header.required_object("businessScope") else { return Vec::new() };
    if business_scope.require("scope").is_none() {
        return Vec::new();
    }
    business_scope.only(&["scope"]);
    let nodes = business_scope.array("scope");
    let scopes: Vec<Scope> = nodes.iter().filter_map(|node| scope(node, at)).collect();
    let conversations = nodes
        .iter()
        .filter(|node| node.value("type").and_then(|kind| kind.as_str()) == Some(ScopeKind::ConversationId.as_str()))
        .count();
    match conversations {
        0 => {
            business_scope.refuse(Rule::DocumentValue, "scope", "there is no ConversationId scope, hence no process");
        }
        1 => {}
        _ => business_scope.invalid("scope", "there is more than one ConversationId scope"),
    }
    scopes
}

fn scope(node: &Node<'_>, at: Option<Timestamp>) -> Option<Scope> {
    node.only(&["type", "instanceIdentifier", "identifier", "scopeInformation"]);
    let name = node.required_text("type");
    let expires = deadline(node, at);
    let kind = ScopeKind::ALL.into_iter().find(|kind| Some(kind.as_str()) == name.as_deref());
    if name.is_some() && kind.is_none() {
        node.refuse(Rule::DocumentScope, "type", "the scope's type is not on the list");
    }
    let kind = kind?;
    let instance = node.text("instanceIdentifier");
    let identifier = if kind == ScopeKind::ConversationId {
        if let Some(text) = instance.as_deref() {
            uuid(node, text, "the conversation id is not a UUID");
        }
        node.required_text("identifier")
    } else {
        node.text("identifier")
    };
    if kind == ScopeKind::MessageChannel && !identifier.as_deref().is_some_and(is_channel_name) {
        node.invalid("identifier", "a channel's name has at most 25 letters, digits, hyphens and underscores");
    }
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    Some(Scope { kind, instance: owned(instance), identifier: owned(identifier), expires })
}

fn deadline(scope: &Node<'_>, at: Option<Timestamp>) -> Option<Timestamp> {
    let mut first = None;
    for information in scope.array("scopeInformation") {
        information.only(&["expectedResponseDateTime"]);
        if information.is_strict() {
            information.require("expectedResponseDateTime");
        }
        read_time(&information, "requestingDocumentCreationDateTime");
        information.text("requestingDocumentInstanceIdentifier");
        let Some(time) = read_time(&information, "expectedResponseDateTime") else { continue };
        if at.is_some_and(|at| time <= at) {
            information.refuse(Rule::DocumentDeadline, "expectedResponseDateTime", "the deadline has passed");
        }
        first = first.or(Some(time));
    }
    first
}
