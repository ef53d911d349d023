//! The Standard Business Document, its numbers, and what is only looked at.

use konvolutt_shared::dpv::DigitalDpv;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::inspect::{Options, inspect};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::sbd::{self, ArkivmeldingHead, DocumentType, Layer, MessageHead, Sbd};
use serde_json::{Value, json};

use super::signature::without_certificates;
use super::world::{SENDER, World};
use super::{envelope, world};
use crate::Case;

pub(crate) const RECEIVER: &str = "310900419";
pub(crate) const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
pub(crate) const HEADER: &str = "standardBusinessDocumentHeader";

pub(crate) fn now() -> jiff::Timestamp {
    world::now()
}

pub(crate) fn letter_from(sender: &str) -> Sbd {
    sbd::arkivmelding(ArkivmeldingHead {
        sender: format!("0192:{sender}").parse().unwrap(),
        receiver: format!("0192:{RECEIVER}").parse().unwrap(),
        process: PROCESS.to_owned(),
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: "2c93858d-36c9-4fa2-924a-603a23f80401".parse().unwrap(),
        created: now(),
        expires: now() + jiff::SignedDuration::from_hours(1),
        sender_ref: None,
        receiver_ref: None,
        main_document: Some("brev.pdf".to_owned()),
        security_level: 3,
        dpv: None,
    })
}

pub(crate) fn letter() -> Sbd {
    letter_from(SENDER)
}

fn found(text: &[u8]) -> Vec<Finding> {
    sbd::validate(text, Some(now()))
}

/// What is found in a letter with one change in its JSON.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<Finding> {
    let mut value: Value = serde_json::from_str(letter().text()).unwrap();
    change(&mut value);
    found(value.to_string().as_bytes())
}

fn identification(value: &mut Value) -> &mut Value {
    &mut value[HEADER]["documentIdentification"]
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name).unwrap();
}

/// A document that may stand in the interface of the reference, where it is filled in, and not on the wire.
fn without_routing() -> Vec<Finding> {
    let mut value: Value = serde_json::from_str(letter().text()).unwrap();
    remove(identification(&mut value), "instanceIdentifier");
    let sbd = Sbd::parse(value.to_string().as_bytes(), Some(now())).unwrap();
    sbd.routing().unwrap_err()
}

fn to_inbox(recipient: &str) -> Vec<Finding> {
    let letter = DigitalDpv { mottaker: recipient.to_owned(), tittel: "Brev".to_owned(), ..DigitalDpv::default() };
    letter.problems()
}

fn composed(layer: Layer, kind: DocumentType) -> Vec<Finding> {
    let letter = letter();
    let head = MessageHead {
        sender: letter.sender_party().unwrap().clone(),
        receiver: letter.receiver_party().cloned(),
        process: PROCESS.to_owned(),
        message_id: letter.message_id().unwrap(),
        conversation_id: letter.conversation_id().unwrap(),
        created: now(),
        expires: None,
        scopes: Vec::new(),
    };
    sbd::compose(layer, head, kind, json!({})).err().unwrap_or_default()
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let text = letter().text().to_owned();
    assert_eq!(found(text.as_bytes()), [], "the base is good");
    assert_eq!(to_inbox("310900117"), [], "the base is good");
    let small = Options { limits: Limits { metadata_bytes: 100, ..Limits::default() }, ..Options::default() };
    let seen = |bytes: &[u8]| inspect(bytes, &Options::default()).findings;
    let scope = json!({ "type": "Annet", "instanceIdentifier": "x" });
    vec![
        (Rule::DocumentText, found(b"{")),
        (Rule::DocumentText, found(b"<StandardBusinessDocument>")),
        (Rule::DocumentText, found(text.replacen('{', "{\"a\":1,\"a\":2,", 1).as_bytes())),
        (Rule::DocumentText, seen(b"{ \"a\": 1, }")),
        (Rule::DocumentRaw, found(text.replace("brev.pdf", "brev\u{1}.pdf").as_bytes())),
        (Rule::DocumentShape, found(b"[]")),
        (Rule::DocumentShape, changed(|v| remove(v, "arkivmelding"))),
        (Rule::DocumentShape, changed(|v| v["annet"] = json!({}))),
        (Rule::DocumentShape, found(b"<a xmlns=\"urn:x\"/>")),
        (Rule::DocumentValue, changed(|v| remove(identification(v), "standard"))),
        (Rule::DocumentValue, changed(|v| remove(&mut v[HEADER]["businessScope"], "scope"))),
        (Rule::DocumentField, changed(|v| v["arkivmelding"]["sikkerhetsnivaa"] = json!("tre"))),
        (Rule::DocumentField, changed(|v| identification(v)["creationDateAndTime"] = json!("i går"))),
        (Rule::DocumentOddity, changed(|v| identification(v)["instanceIdentifier"] = json!("1-2-3-4-5"))),
        (Rule::DocumentRouting, without_routing()),
        (Rule::DocumentKnown, changed(|v| identification(v)["type"] = json!("ukjent"))),
        (Rule::DocumentAgrees, changed(|v| identification(v)["type"] = json!("avtalt"))),
        (
            Rule::DocumentScope,
            changed(|v| v[HEADER]["businessScope"]["scope"].as_array_mut().unwrap().push(scope.clone())),
        ),
        (Rule::DocumentDeadline, sbd::validate(text.as_bytes(), Some(now() + jiff::SignedDuration::from_hours(2)))),
        (Rule::DocumentSize, inspect(text.as_bytes(), &small).findings),
        (Rule::OrganisationReal, to_inbox("310900118")),
        (Rule::PersonReal, to_inbox("01817010137")),
        (
            Rule::IdentifierForm,
            changed(|v| v[HEADER]["sender"][0]["identifier"]["authority"] = json!("annen-autoritet")),
        ),
        (Rule::StructureForm, seen(&[0x30, 0x03, 0x02, 0x05, 0x00])),
        (Rule::StructureSigned, seen(envelope::spoilt(world).as_bytes())),
        (Rule::StructureCertificate, seen(&without_certificates(world))),
        (Rule::KeyExposed, seen(&std::fs::read(&world.identity.key).unwrap())),
        (Rule::WriteType, composed(Layer::Dpi, DocumentType::Arkivmelding)),
    ]
}
