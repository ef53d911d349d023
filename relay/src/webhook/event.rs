//! What is told: a CloudEvent 1.0 in JSON (structured mode), with nothing in it that anybody wrote.

use konvolutt_shared::api::{Change, Direction, Source, Status};
use konvolutt_shared::finding::Code;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Notice, Subject};

/// The event type. A type has always the same schema (Standard Webhooks, «Event types»).
const KIND: &str = "konvolutt.message.status";

/// Attributes of CloudEvents 1.0, section 3.1. `sequence` is the extension of that name.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// The relay's id of the message.
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    sequence: String,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    /// The relay's id of the message, for `GET /api/v1/messages/{id}`.
    id: &'a str,
    organisation: &'a str,
    direction: Direction,
    message_id: &'a str,
    conversation_id: &'a str,
    document_type: &'a str,
    cursor: u64,
    status: Status,
    source: Source,
    /// Set when the event is not counted or needs attention.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
}

/// The body for an event. What people and other systems wrote (descriptions, titles, names) stays out: it is fetched
/// by those who may, and that is logged.
pub(super) fn body(notice: &Notice, source: &str) -> Vec<u8> {
    let Notice { event_id, change, message, .. } = notice;
    let Subject { organisation, message_id, conversation_id, document_type } = message;
    let event = CloudEvent {
        specversion: "1.0",
        id: event_id,
        source,
        kind: KIND,
        subject: &change.id,
        time: change.event.at.to_string(),
        datacontenttype: "application/json",
        sequence: format!("{:020}", change.cursor),
        data: Data {
            id: &change.id,
            organisation,
            direction: change.direction,
            message_id,
            conversation_id,
            document_type,
            cursor: change.cursor,
            status: change.event.status,
            source: change.event.source,
            code: change.event.finding.as_ref().map(|finding| finding.code),
        },
    };
    // Texts, numbers and words are always JSON.
    serde_json::to_vec(&event).unwrap_or_default()
}

/// `source` of a relay's events: a URN with its audience, in which only plain characters stand for themselves.
pub(super) fn source(audience: &str) -> String {
    audience.bytes().fold("urn:konvolutt:relay:".to_owned(), |text, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            text + &char::from(byte).to_string()
        } else {
            text + &format!("%{byte:02X}")
        }
    })
}

/// The id of an event, the same for every endpoint and try. A digest and not the cursor: after a restore the same
/// cursor may come again with another event.
pub fn event_id(change: &Change) -> String {
    let json = serde_json::to_vec(change).unwrap_or_default();
    let digest = Sha256::digest(json);
    digest[..16].iter().fold("evt_".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}
