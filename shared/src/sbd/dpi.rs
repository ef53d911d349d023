//! The rules of the DPI network's form, judged as its JSON schemas do: no other members, no other kinds of
//! values (Digdir, Digital postkasse: JSON schemas of `innbyggerpost`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use super::business::{is_date, is_language, is_mail_address};
use super::node::Node;
use super::{DocumentType, time};
use crate::identifier::{Authority, Iso6523};

/// The only digest method of a package.
pub(crate) const DIGEST_METHOD: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

pub(super) fn check(kind: DocumentType, message: &Node<'_>) {
    match kind {
        DocumentType::Digital => digital(message),
        DocumentType::Flyttet => moved(message),
        DocumentType::Utskrift => print(message),
        DocumentType::Varslingfeiletkvittering => {
            receipt(message, &["beskrivelse", "varslingskanal"]);
            message.text("beskrivelse");
            message.required_choice("varslingskanal", &["epost", "sms"]);
        }
        DocumentType::Feil => {
            receipt(message, &["feiltype", "detaljer"]);
            message.required_choice("feiltype", &["KLIENT", "SERVER"]);
            message.text("detaljer");
        }
        _ => receipt(message, &[]),
    }
}

const DIGITAL: &[&str] = &[
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
];

fn digital(message: &Node<'_>) {
    message.only(DIGITAL);
    mail(message);
}

/// A letter that moves from one mailbox provider to another.
fn moved(message: &Node<'_>) {
    message.only(&[DIGITAL, &["tidspunkt", "mottakstidspunkt", "aapnet"]].concat());
    mail(message);
    moment(message);
    if message.required_text("mottakstidspunkt").is_some_and(|date| !is_date(&date)) {
        message.invalid("mottakstidspunkt", "mottakstidspunkt is not a date (yyyy-mm-dd)");
    }
    message.boolean("aapnet");
}

fn mail(message: &Node<'_>) {
    package(message);
    if let Some(recipient) = message.required_object("mottaker") {
        recipient.only(&["postkasseadresse"]);
        recipient.required_text("postkasseadresse");
    }
    if message.required_integer("sikkerhetsnivaa").is_some_and(|level| !(3..=4).contains(&level)) {
        message.invalid("sikkerhetsnivaa", "sikkerhetsnivaa is not 3 or 4");
    }
    if message.text("virkningsdato").is_some_and(|date| !is_date(&date)) {
        message.invalid("virkningsdato", "virkningsdato is not a date (yyyy-mm-dd)");
    }
    if message.text("virkningstidspunkt").is_some_and(|text| !is_instant(&text)) {
        message.invalid("virkningstidspunkt", "virkningstidspunkt is not a date and time");
    }
    message.boolean("aapningskvittering");
    message.required_text("ikkesensitivtittel");
    message.at_most("ikkesensitivtittel", 255);
    if message.required_text("spraak").is_some_and(|code| !is_language(&code)) {
        message.invalid("spraak", "spraak is not a language code of two letters");
    }
    if let Some(notices) = message.child("varsler") {
        if let Some(notice) = notice(&notices, "epostvarsel", "epostadresse", 500)
            && notice.text("epostadresse").is_some_and(|address| !is_mail_address(&address))
        {
            notice.invalid("epostadresse", "epostadresse is not a mail address");
        }
        if let Some(notice) = notice(&notices, "smsvarsel", "mobiltelefonnummer", 160)
            && notice.text("mobiltelefonnummer").is_some_and(|number| !is_telephone(&number))
        {
            notice.invalid("mobiltelefonnummer", "mobiltelefonnummer is not 8 to 20 digits");
        }
    }
}

fn notice<'a>(notices: &Node<'a>, name: &str, address: &str, longest: usize) -> Option<Node<'a>> {
    let notice = notices.child(name)?;
    notice.only(&[address, "varslingstekst", "repetisjoner"]);
    notice.required_text(address);
    notice.required_text("varslingstekst");
    notice.at_most("varslingstekst", longest);
    notice.require("repetisjoner");
    let day = |day: &Value| day.as_u64().is_some_and(|day| day <= 25);
    let days = |days: &Vec<Value>| (1..=10).contains(&days.len()) && days.iter().all(day);
    if notice.value("repetisjoner").is_some_and(|value| !value.as_array().is_some_and(days)) {
        notice.invalid("repetisjoner", "repetisjoner is not a list of one to ten days from 0 to 25");
    }
    Some(notice)
}

/// A date and time with its offset (RFC 3339, 5.6).
fn is_instant(text: &str) -> bool {
    time::parse(text).is_some() && text.parse::<Timestamp>().is_ok()
}

fn is_telephone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (8..=20).contains(&text.len())
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit() || b"- _".contains(&byte))
}

fn print(message: &Node<'_>) {
    message.only(&[
        "avsender",
        "mottaker",
        "dokumentpakkefingeravtrykk",
        "maskinportentoken",
        "utskriftstype",
        "retur",
        "posttype",
    ]);
    package(message);
    if let Some(recipient) = message.required_object("mottaker") {
        address(&recipient);
    }
    message.required_choice("utskriftstype", &["SORT_HVIT", "FARGE"]);
    message.choice("posttype", &["A", "B"]);
    if let Some(back) = message.required_object("retur") {
        back.only(&["mottaker", "returposthaandtering"]);
        if let Some(recipient) = back.required_object("mottaker") {
            address(&recipient);
        }
        back.required_choice("returposthaandtering", &["DIREKTE_RETUR", "MAKULERING_MED_MELDING"]);
    }
}

/// Either a Norwegian address with postal code and town, or a foreign one with a country or its code.
fn address(node: &Node<'_>) {
    const LINES: [&str; 4] = ["adresselinje1", "adresselinje2", "adresselinje3", "adresselinje4"];
    node.only(&[&LINES[..], &["navn", "postnummer", "poststed", "land", "landkode"]].concat());
    node.required_text("navn");
    node.required_text("adresselinje1");
    for line in LINES {
        node.text(line);
        node.at_most(line, 100);
    }
    for (name, longest) in [("poststed", 80), ("land", 80)] {
        node.text(name);
        node.at_most(name, longest);
    }
    let digits = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if node.text("postnummer").is_some_and(|text| !digits(&text)) {
        node.invalid("postnummer", "postnummer is not four digits");
    }
    let letters = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if node.text("landkode").is_some_and(|text| !letters(&text)) {
        node.invalid("landkode", "landkode is not two letters");
    }
    let norwegian = node.has("postnummer") && node.has("poststed");
    match (norwegian, node.has("land"), node.has("landkode")) {
        (true, false, false) | (false, true, false) | (false, false, true) => {}
        (false, false, false) => node.missing("postnummer"),
        _ => node.invalid("", "an address has either postal code and town, or a country, or a country code"),
    }
}

/// What every message with a package has.
fn package(message: &Node<'_>) {
    sender(message);
    if let Some(print) = message.required_object("dokumentpakkefingeravtrykk") {
        print.only(&["digestMethod", "digestValue"]);
        if print.required_text("digestMethod").is_some_and(|text| text != DIGEST_METHOD) {
            print.invalid("digestMethod", "digestMethod is not SHA-256");
        }
        let digest = print.required_text("digestValue").map(|text| STANDARD.decode(text.as_bytes()));
        if digest.is_some_and(|digest| !digest.is_ok_and(|digest| digest.len() == 32)) {
            print.invalid("digestValue", "digestValue is not the base64 of 32 bytes");
        }
    }
    message.required_text("maskinportentoken");
}

/// What every receipt has, besides `more`.
fn receipt(message: &Node<'_>, more: &[&str]) {
    message.only(&[&["avsender", "mottaker", "tidspunkt"], more].concat());
    sender(message);
    if let Some(recipient) = message.required_object("mottaker") {
        organisation(&recipient);
        recipient.text("motakeridentifikator");
        recipient.at_most("motakeridentifikator", 100);
    }
    moment(message);
}

fn moment(message: &Node<'_>) {
    if message.required_text("tidspunkt").is_some_and(|text| !is_instant(&text)) {
        message.invalid("tidspunkt", "tidspunkt is not a date and time");
    }
}

fn sender(message: &Node<'_>) {
    let Some(sender) = message.required_object("avsender") else { return };
    sender.only(&["virksomhetsidentifikator", "avsenderidentifikator", "fakturaReferanse"]);
    organisation(&sender);
    sender.text("avsenderidentifikator");
    sender.at_most("avsenderidentifikator", 100);
    sender.text("fakturaReferanse");
    sender.at_most("fakturaReferanse", 40);
}

fn organisation(holder: &Node<'_>) {
    let Some(id) = holder.required_object("virksomhetsidentifikator") else { return };
    id.only(&["authority", "value"]);
    if id.required_text("authority").is_some_and(|text| text != Authority::Iso6523.as_str()) {
        id.invalid("authority", "authority is not iso6523-actorid-upis");
    }
    if let Some(Err(error)) = id.required_text("value").map(|text| Iso6523::parse(&text)) {
        id.refuse(error.rule(), "value", error.to_string());
    }
}
