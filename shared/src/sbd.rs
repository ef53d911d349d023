//! The Standard Business Document: who sends what kind of message to whom, and the business message itself.
//!
//! Two layers are read: the document as DPO carries it (`sbd.json`, or the older `content.xml`), and the
//! wrapped form of the DPI network. What we write follows the published schema. What we read of the first
//! follows the reference, which takes members in any order, ignores unknown ones below the top and reads
//! numbers in strings; the second is judged as its JSON schemas do.
//!
//! Sources: UN/CEFACT SBDH 1.3; Digdir, eFormidling: StandardBusinessDocument (`sbdh.schema.json`) and its
//! document types; the integrasjonspunkt's `StandardBusinessDocument` and `BusinessMessageType`; Digdir,
//! Digital postkasse, for the network's form. Nothing here bounds the text's size: callers hold it against
//! [`Limits::metadata_bytes`](crate::limits::Limits).

mod build;
mod business;
mod document_type;
pub(crate) mod dpi;
mod header;
mod node;
mod time;
mod xml;

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

pub(crate) use build::avtalt;
pub use build::{ArkivmeldingHead, MessageHead, ReceiptMessage, arkivmelding, compose, kvittering, reply_head, status};
pub use document_type::DocumentType;
pub use header::{Scope, ScopeKind};
pub use time::{parse as parse_time, write as write_time};

use crate::finding::{Finding, Place, Rule};
use crate::identifier::{ConversationId, Iso6523, MessageId, Party, read_uuid};
use crate::json;
use header::Header;
use node::{Findings, Node};

/// Process URN of statuses and receipts of `arkivmelding` (eFormidling, process `arkivmelding:response`).
pub const RESPONSE_PROCESS: &str = "urn:no:difi:profile:arkivmelding:response:ver1.0";

const HEADER: &str = "standardBusinessDocumentHeader";
const WRAPPER: &str = "standardBusinessDocument";

/// Which form of the document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Header and business message at the top, as in DPO and in the integrasjonspunkt's API.
    Plain,
    /// The same inside `standardBusinessDocument`, as on the DPI network (Digital postkasse).
    Dpi,
}

/// A document that holds every rule of its type, when it comes from [`Sbd::parse`] or [`compose`]. One from
/// [`read`] may break some; what the other functions here write holds them as far as their arguments do.
///
/// `Debug` shows ids and type only: parties and business message may hold identity numbers.
#[derive(Clone, PartialEq)]
pub struct Sbd {
    text: String,
    /// The JSON of a document that was read from XML.
    converted: Option<String>,
    layer: Layer,
    header: Header,
    business: Value,
    remarks: Vec<Finding>,
}

/// The four values that the relay cannot do without, of a document that may leave them out. Ours: the
/// reference fills them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Routing<'a> {
    /// The message, as [`Sbd::message_id`].
    pub message_id: MessageId,
    /// The conversation, as [`Sbd::conversation_id`].
    pub conversation_id: ConversationId,
    /// The organisation that sends, as [`Sbd::sender`].
    pub sender: &'a Iso6523,
    /// The organisation that receives, as [`Sbd::receiver`].
    pub receiver: &'a Iso6523,
}

impl Sbd {
    /// Reads and checks a document, UTF-8, JSON or XML. At `at` its deadline must not have come, and its
    /// creation may lie at most an hour ahead; without `at`, no time is judged.
    ///
    /// # Errors
    /// Everything that is wrong and odd, all at once, in the order of the document: rules D01 to D06, D08 to
    /// D11 and N of [`Rule`].
    pub fn parse(text: &[u8], at: Option<Timestamp>) -> Result<Self, Vec<Finding>> {
        let (sbd, findings) = read(text, at);
        match sbd {
            Some(sbd) if !findings.iter().any(Finding::refuses) => Ok(Self { remarks: findings, ..sbd }),
            _ => Err(findings),
        }
    }

    /// The exact text that was read, JSON or XML, but for a byte order mark; or the JSON that was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The document as JSON: the text that was read, what XML means in JSON, or strict JSON by the published schema
    /// if we made it.
    pub fn to_json(&self) -> String {
        self.converted.as_ref().unwrap_or(&self.text).clone()
    }

    /// Which form it has; XML is always [`Layer::Plain`].
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// `documentIdentification.instanceIdentifier`. A client of the reference may leave it out.
    pub fn message_id(&self) -> Option<MessageId> {
        self.header.message_id
    }

    /// `instanceIdentifier` of the scope `ConversationId`. A client of the reference may leave it out.
    pub fn conversation_id(&self) -> Option<ConversationId> {
        self.conversation()?.instance.as_deref().and_then(read_uuid).map(ConversationId::from)
    }

    /// The process URN: `identifier` of the scope `ConversationId`.
    pub fn process(&self) -> &str {
        self.conversation().and_then(|scope| scope.identifier.as_deref()).unwrap_or_default()
    }

    /// The type of the business message: `documentIdentification.type`.
    pub fn document_type(&self) -> DocumentType {
        self.header.document_type
    }

    /// The document type URN: `documentIdentification.standard`.
    pub fn standard(&self) -> &str {
        &self.header.standard
    }

    /// When it was made: `documentIdentification.creationDateAndTime`. A client of the reference may leave it
    /// out.
    pub fn created(&self) -> Option<Timestamp> {
        self.header.created
    }

    /// The sending organisation; `None` for another kind of sender, or none.
    pub fn sender(&self) -> Option<&Iso6523> {
        self.header.sender.as_ref().and_then(Party::organisation)
    }

    /// The receiving organisation; `None` for a person or another kind of receiver, or none.
    pub fn receiver(&self) -> Option<&Iso6523> {
        self.header.receiver.as_ref().and_then(Party::organisation)
    }

    /// The sender, of whatever kind: `sender[0].identifier`.
    pub fn sender_party(&self) -> Option<&Party> {
        self.header.sender.as_ref()
    }

    /// The receiver, of whatever kind: `receiver[0].identifier`. Print and a sealed `digital_dpv` may name
    /// none.
    pub fn receiver_party(&self) -> Option<&Party> {
        self.header.receiver.as_ref()
    }

    /// The deadline for delivery: `expectedResponseDateTime` of the scope `ConversationId`. From that instant
    /// it is too late.
    pub fn expires(&self) -> Option<Timestamp> {
        self.conversation()?.expires
    }

    /// All scopes of known type, in the document's order: `businessScope.scope`.
    pub fn scopes(&self) -> &[Scope] {
        &self.header.scopes
    }

    /// The sender's reference (scope `SenderRef`): `instanceIdentifier`, which the reference reads, else
    /// `identifier`, of which its documentation speaks.
    pub fn sender_reference(&self) -> Option<&str> {
        self.reference(ScopeKind::SenderRef)
    }

    /// The receiver's reference (scope `ReceiverRef`), that is, the other side's own when this is an answer;
    /// read likewise.
    pub fn receiver_reference(&self) -> Option<&str> {
        self.reference(ScopeKind::ReceiverRef)
    }

    /// The channel of DPO (scope `MessageChannel`), which answers must carry too, at most 25 characters. The
    /// empty one is none: nothing can be sent under it.
    pub fn message_channel(&self) -> Option<&str> {
        self.scope(ScopeKind::MessageChannel)?.identifier.as_deref().filter(|name| !name.is_empty())
    }

    /// The business message: a JSON object whose shape depends on the type, without its name.
    pub fn business(&self) -> &Value {
        &self.business
    }

    /// What [`Sbd::parse`] noticed and does not refuse: warnings of rules D02 and D06. Empty for a document
    /// from [`read`], whose findings stand beside it.
    pub fn remarks(&self) -> &[Finding] {
        &self.remarks
    }

    /// What a message between organisations must have on the wire, though the interface of the reference fills it in.
    ///
    /// # Errors
    /// [`Rule::DocumentRouting`], one finding for each value that is missing.
    pub fn routing(&self) -> Result<Routing<'_>, Vec<Finding>> {
        let values = (self.message_id(), self.conversation_id(), self.sender(), self.receiver());
        if let (Some(message_id), Some(conversation_id), Some(sender), Some(receiver)) = values {
            return Ok(Routing { message_id, conversation_id, sender, receiver });
        }
        let absent = [
            (values.0.is_none(), "documentIdentification/instanceIdentifier"),
            (values.1.is_none(), "businessScope/scope/instanceIdentifier"),
            (values.2.is_none(), "sender"),
            (values.3.is_none(), "receiver"),
        ];
        Err(absent
            .into_iter()
            .filter(|(absent, _)| *absent)
            .map(|(_, path)| {
                Finding::error(Rule::DocumentRouting, "a message on the wire must have this value")
                    .at(Place::path(format!("sbd:/{HEADER}/{path}")))
            })
            .collect())
    }

    fn conversation(&self) -> Option<&Scope> {
        self.scope(ScopeKind::ConversationId)
    }

    fn scope(&self, kind: ScopeKind) -> Option<&Scope> {
        self.header.scopes.iter().find(|scope| scope.kind == kind)
    }

    fn reference(&self, kind: ScopeKind) -> Option<&str> {
        let scope = self.scope(kind)?;
        scope.instance.as_deref().or(scope.identifier.as_deref())
    }
}

impl fmt::Debug for Sbd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sbd")
            .field("message_id", &self.message_id())
            .field("document_type", &self.document_type())
            .finish_non_exhaustive()
    }
}

/// Everything that can be said about a document, as [`Sbd::parse`] tells it; no finding refuses when it is
/// valid.
pub fn validate(text: &[u8], at: Option<Timestamp>) -> Vec<Finding> {
    read(text, at).1
}

/// Reads as much as possible, so that all that is wrong is told at once. Takes JSON and the older XML, which it tells
/// apart by the first byte that is no white space.
///
/// The document is there whenever its type is known, its header can be read and the business message has the
/// type's name; it may be trusted only when no finding refuses, which is what [`Sbd::parse`] is for. `at` is
/// used as there.
pub fn read(text: &[u8], at: Option<Timestamp>) -> (Option<Sbd>, Vec<Finding>) {
    let findings = Findings::default();
    let sbd = read_into(text, at, &findings);
    (sbd, findings.into_vec())
}

fn read_into(text: &[u8], at: Option<Timestamp>, findings: &Findings) -> Option<Sbd> {
    // RFC 8259, section 8.1: a reader may ignore a byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let is_xml = xml::is_xml(text);
    let value = if is_xml { from_xml(text, findings)? } else { from_json(text, findings)? };
    let (layer, document) = unwrap(&value, findings)?;
    let root = Node::root(document, findings).strict(layer == Layer::Dpi);
    let (header, name, business) = two_members(&root)?;
    let header = header::read(&header, layer, at)?;
    if name != header.document_type.as_str() {
        root.refuse(Rule::DocumentAgrees, name, "the business message is not named as documentIdentification.type");
        return None;
    }
    if layer == Layer::Dpi {
        dpi::check(header.document_type, &business);
    } else {
        business::check(&header, &business);
    }
    let text = String::from_utf8(text.to_vec()).ok()?;
    let business = Value::Object(business.object().clone());
    let converted = is_xml.then(|| value.to_string());
    Some(Sbd { text, converted, layer, header, business, remarks: Vec::new() })
}

fn from_xml(text: &[u8], findings: &Findings) -> Option<Value> {
    xml::to_json(text).map_err(|finding| findings.push(finding)).ok()
}

fn from_json(text: &[u8], findings: &Findings) -> Option<Value> {
    let escaped = json::escape_control_characters(text);
    if escaped.is_some() {
        findings.push(
            Finding::warning(Rule::DocumentRaw, "control characters stand raw inside a string").by("RFC 8259, 7"),
        );
    }
    json::parse(escaped.as_deref().unwrap_or(text))
        .map_err(|error| {
            let place = Place { path: "sbd:/".to_owned(), offset: Some(error.offset), length: None };
            findings.push(Finding::error(Rule::DocumentText, error.reason).at(place).by("RFC 8259"));
        })
        .ok()
}

fn unwrap<'v>(value: &'v Value, findings: &Findings) -> Option<(Layer, &'v Map<String, Value>)> {
    let malformed = |message: &str| {
        findings.push(Finding::error(Rule::DocumentShape, message).at(Place::path("sbd:/")));
        None
    };
    let Some(top) = value.as_object() else { return malformed("the document is not an object") };
    match top.get(WRAPPER) {
        None => Some((Layer::Plain, top)),
        Some(_) if top.len() > 1 => malformed("standardBusinessDocument must stand alone"),
        Some(inner) => match inner.as_object() {
            Some(inner) => Some((Layer::Dpi, inner)),
            None => malformed("standardBusinessDocument is not an object"),
        },
    }
}

/// Exactly a header and one business message, in either order.
fn two_members<'a>(root: &Node<'a>) -> Option<(Node<'a>, &'a str, Node<'a>)> {
    let header = root.required_object(HEADER);
    let mut others = root.object().keys().filter(|name| *name != HEADER);
    match (others.next(), others.next()) {
        (Some(name), None) => Some((header?, name, root.required_object(name)?)),
        (None, _) => {
            root.refuse(Rule::DocumentShape, "", "there is no business message beside the header");
            None
        }
        (Some(_), Some(_)) => {
            root.refuse(Rule::DocumentShape, "", "there is more than a header and one business message");
            None
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
