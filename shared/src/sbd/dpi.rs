//! The rules of the DPI network's form (`brokers.md` 4.2, `crypto.md` 3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::business::{is_date, is_language};
use super::node::Node;
use super::{DocumentType, time};
use crate::finding::Code;
use crate::identifier::{Authority, Iso6523};

pub(super) fn check(kind: DocumentType, message: &Node<'_>) {
    match kind {
        DocumentType::Digital => digital(message),
        DocumentType::Utskrift => print(message),
        // Receipts and notices come from the network, which has checked them against its schema.
        _ => {}
    }
}

fn digital(message: &Node<'_>) {
    known_members(
        message,
        &[
            "avsender",
            "mottaker",
            "dokumentpakkefingeravtrykk",
            "maskinportentoken",
            "sikkerhetsnivaa",
            "virkningsdato",
            "virkningstidspunkt",
            "aapningskvittering",
            "ikkesensitivtittel",
            "spraak",
            "varsler",
        ],
    );
    common(message);
    if let Some(recipient) = message.required_object("mottaker") {
        recipient.required_text("postkasseadresse");
    }
    if message.required_integer("sikkerhetsnivaa").is_some_and(|level| !(3..=4).contains(&level)) {
        message.invalid("sikkerhetsnivaa", "sikkerhetsnivaa is not 3 or 4");
    }
    if message.text("virkningsdato").is_some_and(|date| !is_date(date)) {
        message.invalid("virkningsdato", "virkningsdato is not a date (yyyy-mm-dd)");
    }
    if message.text("virkningstidspunkt").is_some_and(|text| time::parse(text).is_none()) {
        message.invalid("virkningstidspunkt", "virkningstidspunkt is not a date and time");
    }
    message.boolean("aapningskvittering");
    message.required_text("ikkesensitivtittel");
    if message.required_text("spraak").is_some_and(|code| !is_language(code)) {
        message.invalid("spraak", "spraak is not a language code of two letters");
    }
    if let Some(notices) = message.child("varsler") {
        notice(&notices, "epostvarsel", "epostadresse");
        notice(&notices, "smsvarsel", "mobiltelefonnummer");
    }
}

fn print(message: &Node<'_>) {
    common(message);
    message.required_object("mottaker");
    message.required_choice("utskriftstype", &["SORT_HVIT", "FARGE"]);
    message.required_choice("posttype", &["A", "B"]);
    if let Some(back) = message.required_object("retur") {
        back.required_object("mottaker");
        back.required_choice("returposthaandtering", &["DIREKTE_RETUR", "MAKULERING_MED_MELDING"]);
    }
}

fn common(message: &Node<'_>) {
    if let Some(sender) = message.required_object("avsender") {
        if let Some(id) = sender.required_object("virksomhetsidentifikator") {
            if id.required_text("authority").is_some_and(|text| text != Authority::Iso6523.as_str()) {
                id.invalid("authority", "authority is not iso6523-actorid-upis");
            }
            if let Some(Err(error)) = id.required_text("value").map(Iso6523::parse) {
                id.refuse(error.code(), "value", error.to_string());
            }
        }
        sender.text("avsenderidentifikator");
        sender.text("fakturaReferanse");
        sender.at_most("fakturaReferanse", 40);
    }
    if let Some(print) = message.required_object("dokumentpakkefingeravtrykk") {
        if print.required_text("digestMethod").is_some_and(|text| text != "http://www.w3.org/2001/04/xmlenc#sha256") {
            print.invalid("digestMethod", "digestMethod is not SHA-256");
        }
        let digest = print.required_text("digestValue").map(|text| STANDARD.decode(text));
        if digest.is_some_and(|digest| !digest.is_ok_and(|digest| digest.len() == 32)) {
            print.invalid("digestValue", "digestValue is not the base64 of 32 bytes");
        }
    }
    message.required_text("maskinportentoken");
}

fn notice(notices: &Node<'_>, name: &str, address: &str) {
    let Some(notice) = notices.child(name) else { return };
    notice.required_text(address);
    notice.required_text("varslingstekst");
    let days = notice.value("repetisjoner");
    if days.is_some_and(|days| !days.as_array().is_some_and(|days| days.iter().all(serde_json::Value::is_u64))) {
        notice.invalid("repetisjoner", "repetisjoner is not a list of days");
    }
}

/// The network's schema takes no others.
fn known_members(message: &Node<'_>, names: &[&str]) {
    for name in message.object().keys().filter(|name| !names.contains(&name.as_str())) {
        message.refuse(Code::SbdFieldInvalid, name, "the schema of the network does not know this member");
    }
}
