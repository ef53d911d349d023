//! Examples, made of the types themselves.

use std::collections::BTreeMap;

use jiff::Timestamp;
use konvolutt_shared::api::{
    ApiKey, ApiKeySecret, AppReceipt, AppReceiptLine, ApprovalReturn, Attention, AuditLine, Change, Contact,
    ContactLookup, ContactPoint, ContactStatus, Direction, EmbedRequest, EmbedSession, EmbedTicket, MailToken,
    MessageStatus, MessageSummary, MessageView, NewApiKey, NewEmbedSession, NewMailToken, NewWebhook,
    OrganisationAccess, OrganisationHit, Page, Person, PrintCertificate, ReceiptType, RecipientAnswer, RecipientLookup,
    RevocationLists, Right, Role, Session, ShipmentTypes, SignedOut, Source, Status, StatusEvent, Submission, Waiting,
    WaitingView, Webhook, WebhookAttempt, WebhookDelivery, WebhookSecret, WebhookState,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, RefOr};

const ID: &str = "01a1f7c2-6c1b-7a55-8f3e-0d2b8b1f4c11";
const MESSAGE_ID: &str = "5b5a3f0e-2f8f-4a37-9f0e-6c1f2e3d4a5b";
const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

/// Puts the examples of an operation into it.
pub(super) fn add(operation: &mut Operation) {
    let Some(name) = operation.operation_id.clone() else { return };
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        fill(body.content.values_mut(), request(&name).as_ref());
    }
    for (status, answer) in &mut operation.responses.responses {
        if let (true, RefOr::T(answer)) = (status.starts_with('2'), answer) {
            fill(answer.content.values_mut(), response(&name).as_ref());
        }
    }
}

fn fill<'a>(contents: impl Iterator<Item = &'a mut RefOr<Content>>, example: Option<&Value>) {
    for content in contents {
        if let RefOr::T(content) = content {
            content.example = example.cloned();
        }
    }
}

fn request(operation: &str) -> Option<Value> {
    match operation {
        "lookUpRecipient" => json(&RecipientLookup {
            identifier: "310900117".to_owned(),
            process: Some(PROCESS.to_owned()),
            security_level: Some(4),
            max_age: 300,
        }),
        "lookUpContact" => json(&ContactLookup { identifier: "01817010136".to_owned(), max_age: 300 }),
        "makeMailToken" => json(&NewMailToken { sender: ours().orgnr }),
        "submitMessage" => json(&Submission {
            envelope: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned(),
            upload: id(),
            business_message: None,
            approval_key: None,
        }),
        "sendReceipt" => json(&AppReceipt {
            receipt_type: ReceiptType::Warning,
            messages: vec![AppReceiptLine { code: "A1".to_owned(), text: "Vedlegg 2 er ikke arkivert.".to_owned() }],
        }),
        "returnMessage" => json(&ApprovalReturn { note: "Vedlegg 2 mangler.".to_owned() }),
        "makeKey" => json(&NewApiKey {
            organisation: ours().orgnr,
            name: "Sakssystemet".to_owned(),
            scope: vec![Right::Look, Right::Send],
            expires: time(86_400),
        }),
        "mintEmbedSession" => json(&NewEmbedSession {
            origin: "https://skjema.example".to_owned(),
            scope: vec![Right::Directory, Right::Send],
            name: None,
        }),
        "beginEmbedSession" => json(&EmbedRequest {
            client_id: "pk_test_sandbox".to_owned(),
            origin: "https://skjema.example".to_owned(),
            ticket: Some("kve_0f1e2d".to_owned()),
        }),
        "makeWebhook" => {
            json(&NewWebhook { organisation: ours().orgnr, address: "https://hook.example/efm".to_owned() })
        }
        _ => None,
    }
}

fn response(operation: &str) -> Option<Value> {
    match operation {
        "getSession" => json(&session()),
        "signOut" | "signOutEverywhere" => json(&SignedOut { next: None, ended: 1 }),
        "searchOrganisations" => json(&[hit()]),
        "lookUpRecipient" => json(&RecipientAnswer {
            registry_answer: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned(),
            fetched_at: time(0),
            age: 180,
        }),
        "lookUpContact" => json(&Contact {
            reserved: false,
            status: ContactStatus::Active,
            notifiable: true,
            language: Some("nb".to_owned()),
            mailbox: true,
            email: Some(ContactPoint { updated: Some(time(0)), outdated: false }),
            mobile: None,
            age: 180,
        }),
        "makeMailToken" => json(&MailToken { token: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned(), expires: time(120) }),
        "listShipmentTypes" => json(&ShipmentTypes { types: vec!["Byggesak".to_owned()] }),
        "getPrintCertificate" => json(&PrintCertificate { certificate: "MIIDazCCAlOgAwIBAgIU".to_owned() }),
        "getRevocationLists" => json(&RevocationLists { lists: vec!["MIIBszCBnA==".to_owned()] }),
        "submitMessage" | "getMessage" => json(&view()),
        "countAttention" => json(&Attention { sent: 2, received: 0 }),
        "listApprovals" => json(&[Waiting { summary: waiting(), sent_by: session().person.name, yours: false }]),
        "getApproval" => json(&WaitingView {
            message: MessageView { summary: waiting(), ..view() },
            sent_by: session().person.name,
            yours: false,
            approval_key: None,
        }),
        "listMessages" => json(&Page { items: vec![standing()], next: None }),
        "getMessageStatus" => json(&standing()),
        "readEventLog" => json(&Page { items: vec![change()], next: Some("17".to_owned()) }),
        "listKeys" => json(&[key()]),
        "makeKey" => json(&ApiKeySecret { key: key(), secret: "kv_0f1e2d".to_owned() }),
        "mintEmbedSession" => json(&EmbedTicket { ticket: "kve_0f1e2d".to_owned(), expires: time(900) }),
        "beginEmbedSession" => json(&EmbedSession { token: "0f1e2d".to_owned(), session: session() }),
        "readAuditLog" => json(&Page { items: vec![AuditLine { number: 4, line: "0f1e {}".to_owned() }], next: None }),
        "listWebhooks" => json(&[webhook()]),
        "makeWebhook" | "rotateWebhookSecret" => {
            json(&WebhookSecret { webhook: webhook(), secret: "whsec_0f1e2d".to_owned() })
        }
        "listDeliveries" => json(&Page { items: vec![delivery()], next: None }),
        _ => None,
    }
}

/// What is made of our own types can be written as JSON.
fn json(example: &impl Serialize) -> Option<Value> {
    serde_json::to_value(example).ok()
}

fn id() -> String {
    ID.to_owned()
}

/// So many seconds after a beginning.
fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_500_000 + seconds).unwrap_or_default()
}

fn ours() -> OrganisationAccess {
    OrganisationAccess { orgnr: "310904007".to_owned(), name: "Solvik fylkeskommune".to_owned() }
}

fn theirs() -> OrganisationAccess {
    OrganisationAccess { orgnr: "310900117".to_owned(), name: "Testetaten Solvik".to_owned() }
}

fn session() -> Session {
    let roles = BTreeMap::from([(ours().orgnr, [Role::CaseWorker].into())]);
    let person =
        Person { id: "jon".to_owned(), name: "Jon Saksbehandler".to_owned(), organisations: vec![ours()], roles };
    Session {
        person,
        expires: time(1_800),
        latest: time(36_000),
        sandbox: true,
        suppliers: Vec::new(),
        digital_only: Vec::new(),
        unnumbered: true,
        approvals: Vec::new(),
        message_channels: Vec::new(),
    }
}

fn hit() -> OrganisationHit {
    let OrganisationAccess { orgnr, name } = theirs();
    OrganisationHit {
        orgnr,
        name,
        place: Some("SOLVIK".to_owned()),
        form: Some("ORGL".to_owned()),
        deleted: None,
        bankrupt: false,
        parent: None,
        age: 180,
    }
}

fn summary() -> MessageSummary {
    MessageSummary {
        id: id(),
        message_id: MESSAGE_ID.to_owned(),
        conversation_id: MESSAGE_ID.to_owned(),
        direction: Direction::Out,
        channel: "DPO".to_owned(),
        organisation: ours().orgnr,
        party: theirs(),
        document_type: "arkivmelding".to_owned(),
        process: PROCESS.to_owned(),
        status: Status::Sendt,
        attention: false,
        unread: false,
        created: time(0),
        changed: time(2),
        size: 4_312,
        awaits_approval: false,
    }
}

fn waiting() -> MessageSummary {
    MessageSummary { status: Status::Opprettet, awaits_approval: true, ..summary() }
}

fn event() -> StatusEvent {
    StatusEvent {
        cursor: 17,
        at: time(2),
        status: Status::Sendt,
        source: Source::Altinn,
        description: None,
        receipt: None,
        finding: None,
        handled_by: None,
        approval: None,
    }
}

fn standing() -> MessageStatus {
    view().into()
}

fn view() -> MessageView {
    MessageView {
        summary: summary(),
        sbd: "{\"standardBusinessDocumentHeader\":{}}".to_owned(),
        envelope: Some("eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned()),
        broker_sender: None,
        has_package: true,
        expires: Some(time(86_400)),
        findings: Vec::new(),
        events: vec![event()],
        retryable: false,
        details: None,
    }
}

fn change() -> Change {
    Change { cursor: 17, id: id(), direction: Direction::Out, event: event() }
}

fn key() -> ApiKey {
    ApiKey {
        id: id(),
        organisation: ours().orgnr,
        name: "Sakssystemet".to_owned(),
        scope: vec![Right::Look, Right::Send],
        created: time(0),
        expires: time(86_400),
        used: None,
    }
}

fn webhook() -> Webhook {
    Webhook {
        id: id(),
        organisation: ours().orgnr,
        address: "https://hook.example/efm".to_owned(),
        created: time(0),
        stopped: false,
        old_secret_until: None,
    }
}

fn delivery() -> WebhookDelivery {
    WebhookDelivery {
        number: 3,
        event_id: "17".to_owned(),
        cursor: 17,
        state: WebhookState::Delivered,
        due: None,
        attempts: vec![WebhookAttempt { at: time(3), status: Some(204), trouble: None, ms: 41 }],
    }
}
