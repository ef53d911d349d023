//! The rules of each business message (eFormidling, document types; integrasjonspunkt, the class of each
//! message).

use jiff::civil::Date;

use super::header::Header;
use super::node::Node;
use super::{DocumentType, time};
use crate::dpv;
use crate::finding::Rule;
use crate::identifier::{Authority, OrganisationNumber, Party, PersonNumber, read_uuid};

/// The status words (integrasjonspunkt `ReceiptStatus`).
const STATUS_WORDS: &[&str] = &[
    "OPPRETTET",
    "SENDT",
    "MOTTATT",
    "LEVERT",
    "LEST",
    "FEIL",
    "ANNET",
    "INNKOMMENDE_MOTTATT",
    "INNKOMMENDE_LEVERT",
    "LEVETID_UTLOPT",
];

pub(super) fn check(header: &Header, message: &Node<'_>) {
    message.text("hoveddokument");
    match header.document_type {
        DocumentType::Arkivmelding => arkivmelding(message),
        DocumentType::ArkivmeldingKvittering => arkivmelding_kvittering(message),
        DocumentType::Avtalt => avtalt(message),
        DocumentType::Digital => digital(message),
        DocumentType::DigitalDpv => digital_dpv(header, message),
        DocumentType::Print => print(message),
        DocumentType::Innsynskrav => innsynskrav(message),
        DocumentType::Publisering => organisation(message, "orgnr"),
        DocumentType::EinnsynKvittering => einnsyn_kvittering(message),
        DocumentType::Dialogmelding => dialogmelding(header, message),
        DocumentType::DialogmeldingKvittering => dialogmelding_kvittering(header, message),
        DocumentType::Status => {
            message.required_choice("status", STATUS_WORDS);
        }
        // FIKS IO has an empty body; the types of the DPI network do not occur in this layer.
        _ => {}
    }
}

fn security_level(message: &Node<'_>) {
    if message.integer("sikkerhetsnivaa").is_some_and(|level| !(3..=4).contains(&level)) {
        message.invalid("sikkerhetsnivaa", "sikkerhetsnivaa is not 3 or 4");
    }
}

fn arkivmelding(message: &Node<'_>) {
    security_level(message);
    notification(message);
    if let Some(dpf) = message.child("dpf") {
        dpf.text("forsendelseType");
    }
}

/// Settings for Altinn's inbox.
fn notification(message: &Node<'_>) {
    let Some(dpv) = message.child("dpv") else { return };
    dpv.choice("varselType", &["VarselDPVUtenRevarsel", "VarselDPVMedRevarsel"]);
    dpv.choice("varselTransportType", &["Epost", "SMS", "EpostOgSMS"]);
    dpv.text("varselTekst");
    dpv.text("taushetsbelagtVarselTekst");
    if dpv.integer("dagerTilSvarfrist").is_some_and(|days| days < 0) {
        dpv.invalid("dagerTilSvarfrist", "dagerTilSvarfrist is negative");
    }
}

fn arkivmelding_kvittering(message: &Node<'_>) {
    message.required_choice("receiptType", &["OK", "WARNING", "ERROR", "NOTSUPPORTED"]);
    related_message(message);
    receipt_messages(message);
}

fn related_message(message: &Node<'_>) {
    if message.required_text("relatedToMessageId").is_some_and(|id| read_uuid(&id).is_none()) {
        message.invalid("relatedToMessageId", "relatedToMessageId is not a UUID");
    }
}

fn receipt_messages(message: &Node<'_>) {
    for item in message.array("messages") {
        item.text("code");
        item.text("text");
    }
}

fn avtalt(message: &Node<'_>) {
    message.required_text("identifier");
    message.required_object("content");
}

fn digital(message: &Node<'_>) {
    message.required_integer("sikkerhetsnivaa");
    security_level(message);
    message.required_text("hoveddokument");
    message.required_text("tittel");
    message.at_most("tittel", 255);
    if message.required_text("spraak").is_some_and(|code| !is_language(&code)) {
        message.invalid("spraak", "spraak is not a language code of two letters");
    }
    sender_details(message);
    if let Some(info) = message.required_object("digitalPostInfo") {
        if info.required_text("virkningsdato").is_some_and(|date| !is_date(&date)) {
            info.invalid("virkningsdato", "virkningsdato is not a date (yyyy-mm-dd)");
        }
        info.required_boolean("aapningskvittering");
    }
    if let Some(texts) = message.child("varsler") {
        texts.text("epostTekst");
        texts.at_most("epostTekst", 500);
        texts.text("smsTekst");
        texts.at_most("smsTekst", 160);
    }
    if let Some(files) = message.child("metadataFiler") {
        for name in files.object().keys() {
            files.required_text(name);
        }
    }
}

fn sender_details(message: &Node<'_>) {
    message.text("avsenderId");
    message.text("fakturaReferanse");
    message.at_most("fakturaReferanse", 40);
}

fn digital_dpv(header: &Header, message: &Node<'_>) {
    // Ours: the message travels in the package, and with it the recipient when that is a person ([`crate::dpv`]).
    if message.has("forseglet") {
        message.required_choice("forseglet", &[dpv::FILE_NAME]);
        message.only(&["forseglet"]);
        return;
    }
    if header.receiver.is_none() {
        message.refuse(Rule::DocumentValue, "", "receiver is missing");
    }
    message.required_text("tittel");
    message.required_text("sammendrag");
    message.required_text("innhold");
    notification(message);
}

fn print(message: &Node<'_>) {
    message.required_text("hoveddokument");
    sender_details(message);
    message.choice("utskriftsfarge", &["SORT_HVIT", "FARGE"]);
    message.choice("posttype", &["A_PRIORITERT", "B_OEKONOMI"]);
    if let Some(recipient) = message.required_object("mottaker") {
        address(&recipient);
    }
    if let Some(back) = message.required_object("retur") {
        back.choice("returhaandtering", &["DIREKTE_RETUR", "MAKULERING_MED_MELDING"]);
        if let Some(recipient) = back.required_object("mottaker") {
            address(&recipient);
        }
    }
    message.texts("printinstruksjoner");
}

fn address(node: &Node<'_>) {
    node.required_text("navn");
    node.required_text("adresselinje1");
    for name in ["adresselinje2", "adresselinje3", "adresselinje4"] {
        node.text(name);
    }
    let country = node.required_text("land");
    if country.is_none_or(|country| matches!(country.as_ref(), "Norge" | "Norway")) {
        node.required_text("postnummer");
        node.required_text("poststed");
    } else {
        node.require("postnummer").and_then(|()| node.text("postnummer"));
        node.require("poststed").and_then(|()| node.text("poststed"));
    }
}

fn innsynskrav(message: &Node<'_>) {
    organisation(message, "orgnr");
    if message.required_text("epost").is_some_and(|address| !is_mail_address(&address)) {
        message.invalid("epost", "epost is not a mail address");
    }
}

fn einnsyn_kvittering(message: &Node<'_>) {
    message.required_text("dokumentId");
    message.required_text("status");
    message.required_choice("referanseType", &["innsynskrav", "publisering"]);
}

fn dialogmelding(header: &Header, message: &Node<'_>) {
    health_parties(header, message);
    message.required_text("hoveddokument");
    if let Some(patient) = message.required_object("pasient") {
        if let Some(Err(error)) = patient.required_text("fnr").map(|number| PersonNumber::parse(&number)) {
            patient.refuse(error.rule(), "fnr", error.to_string());
        }
        patient.required_text("fornavn");
        patient.text("mellomnavn");
        patient.required_text("etternavn");
    }
    if let Some(files) = message.child("metadataFiler") {
        for name in files.object().keys() {
            let Some(file) = files.required_object(name) else { continue };
            if file.text("issueDate").is_some_and(|text| time::parse(&text).is_none()) {
                file.invalid("issueDate", "issueDate is not a date and time");
            }
            file.text("description");
        }
    }
}

fn dialogmelding_kvittering(header: &Header, message: &Node<'_>) {
    health_parties(header, message);
    // The reference demands none of them, and there is no documentation that does.
    message.text("relatedToMessageId");
    message.choice("status", &["OK", "REJECTED", "OK_ERROR_IN_MESSAGE_PART"]);
    receipt_messages(message);
    message.text("rawReceipt");
}

fn health_parties(header: &Header, message: &Node<'_>) {
    let other = |party: &Option<Party>| party.as_ref().is_some_and(|party| party.authority() != Authority::Nhn);
    if other(&header.sender) || other(&header.receiver) {
        message.invalid("", "sender and receiver of a health message must have the authority nhn-actorid");
    }
}

fn organisation(message: &Node<'_>, name: &str) {
    if message.required_text(name).is_some_and(|number| OrganisationNumber::parse(&number).is_err()) {
        message.refuse(Rule::OrganisationReal, name, format!("{name} is not an organisation number"));
    }
}

pub(super) fn is_language(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic())
}

pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

pub(super) fn is_mail_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(char::is_whitespace)
}
