//! Documents that we write: `arkivmelding`, `status` and `arkivmelding_kvittering` each by a function of its
//! own, every other type by [`compose`]. As integrasjonspunkt `SBDFactory` writes them: `headerVersion` 1.0,
//! `typeVersion` 2.0, on the DPI network 1.0.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::header::{Header, Scope, ScopeKind};
use super::{DocumentType, HEADER, Layer, RESPONSE_PROCESS, Sbd, WRAPPER, time};
use crate::api::Status;
use crate::dpv::Options;
use crate::finding::{Finding, Rule};
use crate::identifier::{ConversationId, Iso6523, MessageId, Party};

/// The document type URN on the DPI network, up to the type (Digdir, Digital postkasse: `standard`).
const DPI_STANDARD: &str = "urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##\
    urn:fdc:digdir.no:2020:innbyggerpost:schema:";

/// What an `arkivmelding` needs (eFormidling, document type `arkivmelding`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArkivmeldingHead {
    /// The organisation that sends, with the part it acts for.
    pub sender: Iso6523,
    /// The organisation that receives.
    pub receiver: Iso6523,
    /// Process URN.
    pub process: String,
    /// A new id.
    pub message_id: MessageId,
    /// A new id, or the one of the conversation that is answered.
    pub conversation_id: ConversationId,
    /// When it was made; to be told a little early, since clocks differ and receivers refuse the future.
    pub created: Timestamp,
    /// Latest time for delivery (`expectedResponseDateTime`).
    pub expires: Timestamp,
    /// Our reference (scope `SenderRef`); left out when blank.
    pub sender_ref: Option<String>,
    /// Their reference, when answering (scope `ReceiverRef`); left out when blank.
    pub receiver_ref: Option<String>,
    /// File name of the main document in the package (`hoveddokument`).
    pub main_document: Option<String>,
    /// 3 or 4 (`sikkerhetsnivaa`); written as it is.
    pub security_level: u8,
    /// What the sender decides of a letter to Altinn's inbox (`dpv`).
    pub dpv: Option<Options>,
}

/// A line of a receipt (eFormidling, `arkivmelding_kvittering`: `messages`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceiptMessage {
    /// The archive's own code; no list and no length is known.
    pub code: String,
    /// What it means, for people.
    pub text: String,
}

/// Writes an `arkivmelding`, without holding it against the rules: its values have passed their own checks.
pub fn arkivmelding(head: ArkivmeldingHead) -> Sbd {
    let mut scopes = vec![Scope {
        kind: ScopeKind::ConversationId,
        instance: Some(head.conversation_id.to_string()),
        identifier: Some(head.process),
        expires: Some(head.expires),
    }];
    let references = [(ScopeKind::SenderRef, head.sender_ref), (ScopeKind::ReceiverRef, head.receiver_ref)];
    // The reference reads instanceIdentifier, its documentation says identifier: write both.
    scopes.extend(references.into_iter().filter_map(|(kind, text)| {
        let text = text.filter(|text| !text.trim().is_empty())?;
        Some(Scope { kind, instance: Some(text.clone()), identifier: Some(text), expires: None })
    }));
    let mut business = Map::new();
    business.insert("sikkerhetsnivaa".to_owned(), head.security_level.into());
    if let Some(name) = head.main_document {
        business.insert("hoveddokument".to_owned(), name.into());
    }
    if let Some(options) = head.dpv.and_then(|options| serde_json::to_value(options).ok()) {
        business.insert("dpv".to_owned(), options);
    }
    finish(
        Header {
            document_type: DocumentType::Arkivmelding,
            standard: standard(DocumentType::Arkivmelding),
            message_id: Some(head.message_id),
            created: Some(head.created),
            sender: Some(Party::Organisation(head.sender)),
            receiver: Some(Party::Organisation(head.receiver)),
            scopes,
        },
        Value::Object(business),
    )
}

/// The head of an answer to an incoming `arkivmelding`: parties swapped, same conversation and process, their
/// reference returned, security level 3. The caller sets the main document, and a reference of its own.
///
/// # Errors
/// [`Rule::DocumentRouting`]: the original lacks an id or a party.
pub fn reply_head(
    original: &Sbd,
    message_id: MessageId,
    created: Timestamp,
    expires: Timestamp,
) -> Result<ArkivmeldingHead, Vec<Finding>> {
    let routing = original.routing()?;
    Ok(ArkivmeldingHead {
        sender: routing.receiver.clone(),
        receiver: routing.sender.clone(),
        process: original.process().to_owned(),
        message_id,
        conversation_id: routing.conversation_id,
        created,
        expires,
        sender_ref: None,
        receiver_ref: original.sender_reference().map(str::to_owned),
        main_document: None,
        security_level: 3,
        dpv: None,
    })
}

/// Writes the `status` that tells the sender of `original` how far it came (eFormidling, document type
/// `status`). It has the original's message id, conversation and channel, and the response process of the
/// original's kind. It is made five seconds before `now` and expires 24 hours after.
///
/// # Errors
/// [`Rule::DocumentRouting`]: the original lacks an id or a party; [`Rule::WriteOrder`]: `status` is neither
/// MOTTATT nor LEVERT, the only two on the wire.
pub fn status(original: &Sbd, status: Status, now: Timestamp) -> Result<Sbd, Vec<Finding>> {
    let word = match status {
        Status::Mottatt => "MOTTATT",
        Status::Levert => "LEVERT",
        _ => return Err(vec![Finding::error(Rule::WriteOrder, "only MOTTATT and LEVERT are sent to the other side")]),
    };
    let message_id = original.routing().map(|routing| routing.message_id)?;
    answer(original, DocumentType::Status, message_id, json!({ "status": word }), now)
}

/// Writes the `arkivmelding_kvittering` of `receipt` (`OK`, `WARNING`, `ERROR`, `NOTSUPPORTED`; written as it
/// is) for `original` (eFormidling, document type `arkivmelding_kvittering`). Conversation, channel, process
/// and times are as those of [`status`]; the message id is `new_id`, the original's stands in
/// `relatedToMessageId`.
///
/// # Errors
/// [`Rule::DocumentRouting`]: the original lacks an id or a party.
pub fn kvittering(
    original: &Sbd,
    receipt: &str,
    messages: &[ReceiptMessage],
    new_id: MessageId,
    now: Timestamp,
) -> Result<Sbd, Vec<Finding>> {
    let related = original.routing().map(|routing| routing.message_id)?;
    let business = json!({ "receiptType": receipt, "relatedToMessageId": related, "messages": messages });
    answer(original, DocumentType::ArkivmeldingKvittering, new_id, business, now)
}

fn answer(
    original: &Sbd,
    kind: DocumentType,
    message_id: MessageId,
    business: Value,
    now: Timestamp,
) -> Result<Sbd, Vec<Finding>> {
    let routing = original.routing()?;
    let process = match original.document_type() {
        DocumentType::Avtalt => "urn:no:difi:profile:avtalt:response:ver1.0",
        DocumentType::Innsynskrav | DocumentType::Publisering | DocumentType::EinnsynKvittering => {
            "urn:no:difi:profile:einnsyn:response:ver1.0"
        }
        _ => RESPONSE_PROCESS,
    };
    let expires = now.checked_add(jiff::SignedDuration::from_hours(24)).ok();
    let mut scopes = vec![Scope {
        kind: ScopeKind::ConversationId,
        instance: Some(routing.conversation_id.to_string()),
        identifier: Some(process.to_owned()),
        expires,
    }];
    // The sender picks its answers out of the broker by the channel's name.
    scopes.extend(original.scopes().iter().find(|scope| scope.kind == ScopeKind::MessageChannel).cloned());
    Ok(finish(
        Header {
            document_type: kind,
            standard: standard(kind),
            message_id: Some(message_id),
            created: Some(time::backdated(now)),
            sender: Some(Party::Organisation(routing.receiver.clone())),
            receiver: Some(Party::Organisation(routing.sender.clone())),
            scopes,
        },
        business,
    ))
}

impl Sbd {
    /// The same document with one more scope, written anew: for documents of this module, which hold nothing that is not
    /// written again.
    pub(crate) fn with_scope(mut self, scope: Scope) -> Self {
        self.header.scopes.push(scope);
        finish(self.header, self.business)
    }
}

/// What the header of any document needs. `Debug` shows the message's id alone.
#[derive(Clone, PartialEq)]
pub struct MessageHead {
    /// Who sends, of whatever kind.
    pub sender: Party,
    /// Who receives. Only `print` may leave it out, and a `digital_dpv` that travels in the package.
    pub receiver: Option<Party>,
    /// Process URN.
    pub process: String,
    /// The message's id.
    pub message_id: MessageId,
    /// The conversation, new or the one that is answered.
    pub conversation_id: ConversationId,
    /// When it was made.
    pub created: Timestamp,
    /// Latest time for delivery (`expectedResponseDateTime`); left out when none.
    pub expires: Option<Timestamp>,
    /// Scopes after the conversation's, which is made of the fields above.
    pub scopes: Vec<Scope>,
}

/// Parties may be people, so only the ids are shown.
impl std::fmt::Debug for MessageHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageHead").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// Writes an `avtalt`. `business` is `identifier` and `content`; nobody but the two organisations knows what that means.
pub(crate) fn avtalt(head: MessageHead, business: Value) -> Sbd {
    let conversation = conversation(&head);
    finish(
        Header {
            document_type: DocumentType::Avtalt,
            standard: standard(DocumentType::Avtalt),
            message_id: Some(head.message_id),
            created: Some(head.created),
            sender: Some(head.sender),
            receiver: head.receiver,
            scopes: std::iter::once(conversation).chain(head.scopes).collect(),
        },
        business,
    )
}

fn conversation(head: &MessageHead) -> Scope {
    Scope {
        kind: ScopeKind::ConversationId,
        instance: Some(head.conversation_id.to_string()),
        identifier: Some(head.process.clone()),
        expires: head.expires,
    }
}

/// Writes a document of any type, in the plain form or that of the DPI network, and holds it against every rule of its
/// type before it is given out. `business` is the business message itself, without its name.
///
/// # Errors
/// Everything that is wrong, as [`Sbd::parse`] tells it, but no time is judged; [`Rule::WriteType`] for a
/// type that the form does not have a URN for.
pub fn compose(layer: Layer, head: MessageHead, kind: DocumentType, business: Value) -> Result<Sbd, Vec<Finding>> {
    let standard = match layer {
        Layer::Plain => kind.standard().map(str::to_owned),
        Layer::Dpi => DocumentType::DPI.contains(&kind).then(|| format!("{DPI_STANDARD}{kind}::1.0")),
    };
    let Some(standard) = standard else {
        return Err(vec![Finding::error(Rule::WriteType, "this form has no document of that type")]);
    };
    let conversation = conversation(&head);
    let header = Header {
        document_type: kind,
        standard,
        message_id: Some(head.message_id),
        created: Some(head.created),
        sender: Some(head.sender),
        receiver: head.receiver,
        scopes: std::iter::once(conversation).chain(head.scopes).collect(),
    };
    let mut document = Map::new();
    let version = if layer == Layer::Dpi { "1.0" } else { "2.0" };
    document.insert(HEADER.to_owned(), header_json(&header, version));
    document.insert(kind.as_str().to_owned(), business);
    let document = match layer {
        Layer::Plain => Value::Object(document),
        Layer::Dpi => json!({ WRAPPER: document }),
    };
    // No time is judged: what is written now may be sent to a clock that is not ours.
    Sbd::parse(document.to_string().as_bytes(), None)
}

fn standard(kind: DocumentType) -> String {
    kind.standard().unwrap_or_default().to_owned()
}

fn finish(header: Header, business: Value) -> Sbd {
    let mut document = Map::new();
    document.insert(HEADER.to_owned(), header_json(&header, "2.0"));
    document.insert(header.document_type.as_str().to_owned(), business.clone());
    let text = Value::Object(document).to_string();
    Sbd { text, converted: None, layer: Layer::Plain, header, business, remarks: Vec::new() }
}

fn header_json(header: &Header, version: &str) -> Value {
    let party = |party: &Option<Party>| {
        let parties = party
            .iter()
            .map(|party| json!({ "identifier": { "authority": party.authority().as_str(), "value": party.expose() } }));
        Value::Array(parties.collect())
    };
    json!({
        "headerVersion": "1.0",
        "sender": party(&header.sender),
        "receiver": party(&header.receiver),
        "documentIdentification": {
            "standard": header.standard,
            "typeVersion": version,
            "instanceIdentifier": header.message_id,
            "type": header.document_type.as_str(),
            "creationDateAndTime": header.created.map(time::write),
        },
        "businessScope": { "scope": header.scopes.iter().map(scope_json).collect::<Vec<_>>() },
    })
}

fn scope_json(scope: &Scope) -> Value {
    let mut object = Map::new();
    object.insert("type".to_owned(), scope.kind.as_str().into());
    let texts = [("instanceIdentifier", &scope.instance), ("identifier", &scope.identifier)];
    for (name, text) in texts {
        if let Some(text) = text {
            object.insert(name.to_owned(), text.clone().into());
        }
    }
    if let Some(expires) = scope.expires {
        let information = json!([{ "expectedResponseDateTime": time::write(expires) }]);
        object.insert("scopeInformation".to_owned(), information);
    }
    Value::Object(object)
}
