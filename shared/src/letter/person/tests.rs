use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::address::{Offer, RegistryAnswer, Ways, offers};
use crate::container::{DocumentHead, Profile};
use crate::dpi;
use crate::finding::{Code, Finding, Place};
use crate::pki::{Policy, Purpose, testing};
use crate::sbd::{DocumentType, Layer};

const PROVIDER: &str = "310452114";
const PERSON: &str = "01817010136";

fn now() -> Timestamp {
    "2026-12-01T08:00:00Z".parse().unwrap()
}

/// What the registry offers somebody who can be reached every way; `None` without the test certificates.
fn offer(way: PersonWay) -> Option<Offer> {
    let policy = Policy {
        at: now(),
        anchors: vec![testing::certificate("root")?],
        intermediates: vec![testing::certificate("issuing")?],
        purpose: Purpose::Encrypt,
        ..Policy::default()
    };
    let pem = std::fs::read_to_string(testing::vectors()?.join("pki/b.pem")).unwrap();
    let record = |standard: &str, channel: &str| {
        json!({
            "organisationNumber": PERSON, "pemCertificate": pem, "process": PersonKind::Decision.process(),
            "documentTypes": [standard], "service": { "identifier": channel },
            "orgnrPostkasse": PROVIDER, "postkasseAdresse": "prove.person#4F2A", "mobilnummer": "+4740000000",
            "epostAdresse": "prove@example.test", "kanVarsles": true,
            "postAddress": { "name": "Prøve Person", "street": "Prøveveien 1;H0101", "postalCode": "0001", "postalArea": "OSLO" },
        })
    };
    let records = [
        record("urn:no:difi:digitalpost:xsd:digital::digital", "DPI"),
        record("urn:no:difi:digitalpost:xsd:fysisk::print", "DPI"),
        record("urn:no:difi:digitalpost:xsd:digital::digital_dpv", "DPV"),
    ];
    let answer: RegistryAnswer = serde_json::from_value(json!({ "serviceRecords": records })).unwrap();
    let transit = testing::certificate("b")?;
    let ways = Ways { transit: Some(&transit), dpi: true, ..Ways::default() };
    let all = offers(&answer, PersonKind::Decision, &policy, ways).unwrap();
    all.into_iter().find(|offer| offer.terms.way == way)
}

fn document(name: &str, title: &str, main: bool) -> DraftDocument {
    DraftDocument {
        id: "1".to_owned(),
        name: name.to_owned(),
        title: title.to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 100,
        head: b"%PDF-1.7\n".to_vec(),
        main,
        ..DraftDocument::default()
    }
}

fn back() -> AddressFields {
    AddressFields {
        name: "Solvik fylkeskommune".to_owned(),
        lines: vec!["Postboks 1".to_owned()],
        postal_code: "4321".to_owned(),
        town: "SOLVIK".to_owned(),
        country: String::new(),
    }
}

fn draft(way: PersonWay) -> Draft {
    let person = PersonDraft {
        way,
        print: PrintChoices { return_address: back(), ..PrintChoices::default() },
        inbox: InboxChoices { body: "Hei **du**".to_owned(), ..InboxChoices::default() },
        ..PersonDraft::default()
    };
    Draft {
        sender: "310452106".to_owned(),
        recipient: PERSON.to_owned(),
        title: "Vedtak om plass".to_owned(),
        documents: vec![document("Vedlegg æøå.pdf", "", false), document("Vedtak.pdf", "Vedtaket", true)],
        person: Some(person),
        ..Draft::default()
    }
}

fn sending(digest: [u8; 32]) -> PersonSending {
    PersonSending {
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        now: now(),
        expires: "2026-12-02T08:00:00Z".parse().unwrap(),
        package_digest: digest,
    }
}

type Change = fn(&mut Draft);

fn refused(way: PersonWay, change: Change) -> Vec<(Code, String)> {
    let Some(offer) = offer(way) else { return Vec::new() };
    let mut draft = draft(way);
    change(&mut draft);
    let findings = check_person(&draft, &offer).err().unwrap_or_default();
    let path = |place: Option<Place>| place.map(|place| place.path).unwrap_or_default();
    findings.into_iter().filter(Finding::refuses).map(|finding| (finding.code, path(finding.place))).collect()
}

fn person(draft: &mut Draft) -> &mut PersonDraft {
    draft.person.as_mut().unwrap()
}

#[test]
fn paper_goes_to_one_who_is_known_by_name_and_address_alone() {
    let Some(offer) = offer(PersonWay::Print) else { return };
    let mut draft = draft(PersonWay::Print);
    draft.recipient.clear();
    person(&mut draft).unnumbered = true;
    person(&mut draft).print.recipient = AddressFields { name: "Uten Nummer".to_owned(), ..back() };
    let letter = check_person(&draft, &offer).unwrap();
    assert_eq!(letter.recipient(), None);
    let sbd = letter.message(&sending([7; 32]), "token").unwrap();
    assert_eq!(sbd.document_type(), DocumentType::Utskrift);
    assert_eq!(sbd.business()["mottaker"]["navn"], "Uten Nummer");
}

#[test]
fn each_rule_names_its_field() {
    use PersonWay::{Inbox, Mailbox, Print};
    let cases: &[(PersonWay, Code, &str, Change)] = &[
        (Mailbox, Code::SenderMissing, "sender", |d| d.sender.clear()),
        (Mailbox, Code::RecipientMissing, "recipient", |d| d.recipient.clear()),
        (Print, Code::RecipientMissing, "recipient", |d| d.recipient.clear()),
        (Mailbox, Code::RecipientMissing, "recipient", |d| {
            d.recipient.clear();
            person(d).unnumbered = true;
        }),
        (Print, Code::AddressMissing, "person/print/recipient/name", |d| {
            d.recipient.clear();
            person(d).unnumbered = true;
            person(d).print.recipient = AddressFields { name: String::new(), ..back() };
        }),
        (Mailbox, Code::PersonIdInvalid, "recipient", |d| d.recipient = "01817010137".to_owned()),
        (Mailbox, Code::PersonIdInvalid, "recipient", |d| d.recipient = "310900419".to_owned()),
        (Mailbox, Code::RecipientNoDocumentType, "person/way", |d| person(d).way = Print),
        (Mailbox, Code::TitleMissing, "title", |d| d.title.clear()),
        (Mailbox, Code::TitleLong, "title", |d| d.title = "å".repeat(256)),
        (Mailbox, Code::DocumentMissing, "documents", |d| d.documents.clear()),
        (Mailbox, Code::DocumentNoMain, "documents", |d| d.documents[1].main = false),
        (Mailbox, Code::DocumentsTooLarge, "documents", |d| d.documents[0].size = 50_000_000),
        (Mailbox, Code::DocumentKind, "documents/0", |d| d.documents[0].name = "film.mp4".to_owned()),
        (Mailbox, Code::DocumentSameName, "documents/1/name", |d| d.documents[1].name = "VEDLEGG ÆØÅ.pdf".to_owned()),
        (Mailbox, Code::TitleLong, "documents/0/title", |d| d.documents[0].title = "x".repeat(256)),
        (Mailbox, Code::FieldInvalid, "person/mailbox/securityLevel", |d| person(d).mailbox.security_level = 2),
        (Mailbox, Code::FieldInvalid, "person/mailbox/language", |d| person(d).mailbox.language = "norsk".to_owned()),
        (Mailbox, Code::FieldInvalid, "person/mailbox/availableFrom", |d| {
            person(d).mailbox.available_from = "1.12.2026".to_owned();
        }),
        (Mailbox, Code::FieldMissing, "person/mailbox/openingReason", |d| person(d).mailbox.opening_receipt = true),
        (Mailbox, Code::NoticeLong, "person/mailbox/sms", |d| person(d).mailbox.sms = "x".repeat(161)),
        (Mailbox, Code::NoticeInvalid, "person/mailbox/sms", |d| person(d).mailbox.sms = "Se solvik.no".to_owned()),
        (Mailbox, Code::NoticeInvalid, "person/mailbox/sms", |d| {
            person(d).mailbox.sms = "Til 018170 10136".to_owned();
        }),
        (Mailbox, Code::NoticeLong, "person/mailbox/email", |d| person(d).mailbox.email = "x".repeat(501)),
        (Mailbox, Code::FieldInvalid, "person/mailbox/reminderDays", |d| person(d).mailbox.reminder_days = vec![26]),
        (Mailbox, Code::TextLong, "person/mailbox/senderUnit", |d| person(d).mailbox.sender_unit = "x".repeat(101)),
        (Mailbox, Code::TextLong, "person/mailbox/invoiceReference", |d| {
            person(d).mailbox.invoice_reference = "x".repeat(41);
        }),
        (Print, Code::DocumentKind, "documents/0", |d| d.documents[0].name = "notat.txt".to_owned()),
        (Print, Code::AddressMissing, "person/print/returnAddress/name", |d| {
            person(d).print.return_address.name.clear();
        }),
        (Print, Code::AddressMissing, "person/print/returnAddress/lines", |d| {
            person(d).print.return_address.lines.clear();
        }),
        (Print, Code::FieldInvalid, "person/print/returnAddress/postalCode", |d| {
            person(d).print.return_address.postal_code = "43210".to_owned();
        }),
        (Print, Code::AddressMissing, "person/print/returnAddress/town", |d| {
            person(d).print.return_address.town.clear();
        }),
        (Print, Code::TextLong, "person/print/senderUnit", |d| person(d).print.sender_unit = "x".repeat(101)),
        (Print, Code::TextLong, "person/print/invoiceReference", |d| {
            person(d).print.invoice_reference = "x".repeat(41);
        }),
        (Inbox, Code::FieldMissing, "person/inbox/body", |d| person(d).inbox.body.clear()),
        (Inbox, Code::TextLong, "person/inbox/body", |d| person(d).inbox.body = "x".repeat(30_001)),
        (Inbox, Code::TextLong, "person/inbox/summary", |d| person(d).inbox.summary = "x".repeat(256)),
        (Inbox, Code::NoticeLong, "person/inbox/notice", |d| {
            person(d).inbox.options.varsel_tekst = Some("x".repeat(2145));
        }),
        (Inbox, Code::DocumentNameInvalid, "documents/0/name", |d| d.documents[0].name = "digital_dpv.json".to_owned()),
    ];
    if offer(Mailbox).is_none() {
        return;
    }
    for way in PersonWay::ALL {
        assert_eq!(refused(way, |_| {}), [], "{way:?}");
    }
    for (way, code, path, change) in cases {
        assert_eq!(refused(*way, *change), [(*code, (*path).to_owned())], "{code} {path}");
    }
}

#[test]
fn what_one_way_needs_the_others_do_not() {
    assert_eq!(refused(PersonWay::Print, |draft| draft.title.clear()), []);
    assert_eq!(refused(PersonWay::Mailbox, |draft| person(draft).print = PrintChoices::default()), []);
    assert_eq!(refused(PersonWay::Inbox, |draft| draft.documents[0].name = "film.mp4".to_owned()), []);
}

#[test]
fn nothing_is_notified_where_nobody_can_be() {
    let Some(mut offer) = offer(PersonWay::Mailbox) else { return };
    let mut draft = draft(PersonWay::Mailbox);
    person(&mut draft).mailbox.sms = "Du har fått brev kl. 14.00".to_owned();
    assert!(check_person(&draft, &offer).is_ok());
    offer.terms.mobile = false;
    assert_eq!(check_person(&draft, &offer).unwrap_err()[0].code, Code::NoticeInvalid);
}

#[test]
fn a_letter_to_a_mailbox_becomes_manifest_and_message() {
    let Some(offer) = offer(PersonWay::Mailbox) else { return };
    let mut draft = draft(PersonWay::Mailbox);
    let chosen = &mut person(&mut draft).mailbox;
    chosen.sms = "Du har fått brev".to_owned();
    chosen.reminder_days = vec![0, 7];
    chosen.available_from = "2026-12-03".to_owned();
    chosen.invoice_reference = "F-1".to_owned();
    chosen.link = Some(LinkChoice {
        url: "https://solvik.example/klage".to_owned(),
        text: "Klag her".to_owned(),
        button: "Klag".to_owned(),
        deadline: "2026-12-24".to_owned(),
    });
    let letter = check_person(&draft, &offer).unwrap();
    let packing = letter.packing();
    let pdf = |name: &str| DocumentHead { name: name.to_owned(), media_type: "application/pdf".to_owned() };
    assert_eq!((packing.profile, packing.last), (Profile::Xades, None));
    assert_eq!(packing.files, [(1, pdf("Vedtak.pdf")), (0, pdf("Vedlegg_aeoa.pdf"))]);
    let manifest = String::from_utf8(packing.manifest).unwrap();
    assert_eq!(
        manifest,
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <manifest xmlns=\"http://begrep.difi.no/sdp/schema_v10\">\
         <mottaker><person><postkasseadresse>prove.person#4F2A</postkasseadresse></person></mottaker>\
         <avsender><organisasjon authority=\"iso6523-actorid-upis\">0192:310452106</organisasjon>\
         <fakturaReferanse>F-1</fakturaReferanse></avsender>\
         <hoveddokument href=\"Vedtak.pdf\" mime=\"application/pdf\"><tittel lang=\"nb\">Vedtaket</tittel></hoveddokument>\
         <vedlegg href=\"Vedlegg_aeoa.pdf\" mime=\"application/pdf\"><tittel lang=\"nb\">Vedlegg æøå.pdf</tittel></vedlegg>\
         <lenke><url>https://solvik.example/klage</url><beskrivelse lang=\"nb\">Klag her</beskrivelse>\
         <knappTekst lang=\"nb\">Klag</knappTekst><frist>2026-12-24T23:59:59.000+01:00</frist></lenke></manifest>"
    );
    let sending = sending(dpi::package_digest(b"sealed"));
    let (kept, message) = (letter.sbd(&sending).unwrap(), letter.message(&sending, "the token").unwrap());
    dpi::binds(&kept, &message).unwrap();
    assert!(!kept.text().contains("the token"));
    assert_eq!((message.layer(), message.document_type()), (Layer::Dpi, DocumentType::Digital));
    assert_eq!(message.process(), "urn:fdc:digdir.no:2020:profile:egovernment:innbyggerpost:digital:ver1.0");
    assert_eq!(message.conversation_id().map(|id| id.uuid()), message.message_id().map(|id| id.uuid()));
    assert_eq!(message.receiver().and_then(|one| one.number()).map(|one| one.to_string()).as_deref(), Some(PROVIDER));
    let business = json!({
        "avsender": {
            "virksomhetsidentifikator": { "authority": "iso6523-actorid-upis", "value": "0192:310452106" },
            "fakturaReferanse": "F-1"
        },
        "mottaker": { "postkasseadresse": "prove.person#4F2A" },
        "dokumentpakkefingeravtrykk": {
            "digestMethod": "http://www.w3.org/2001/04/xmlenc#sha256",
            "digestValue": "ydADa+1nRLzfaS/JgNhxfX5fWk9Ogma0qEmCYC+xzQk="
        },
        "maskinportentoken": "the token", "sikkerhetsnivaa": 3, "virkningsdato": "2026-12-03",
        "aapningskvittering": false, "ikkesensitivtittel": "Vedtak om plass", "spraak": "nb",
        "varsler": {
            "smsvarsel": {
                "mobiltelefonnummer": "+4740000000", "varslingstekst": "Du har fått brev", "repetisjoner": [0, 7]
            }
        }
    });
    assert_eq!(message.business(), &business);
}

#[test]
fn what_a_mailbox_shows_beside_a_letter_is_a_file_that_the_main_document_names() {
    let Some(offer) = offer(PersonWay::Mailbox) else { return };
    let mut draft = draft(PersonWay::Mailbox);
    let event = EventChoice { title: "Time".to_owned(), place: "Solvik".to_owned(), ..EventChoice::default() };
    person(&mut draft).mailbox.extension = Some(Extension::Event(Box::new(event)));
    let packing = check_person(&draft, &offer).unwrap().packing();
    let (head, file) = packing.last.unwrap();
    assert_eq!(head.name, "arrangement.xml");
    assert!(String::from_utf8(file).unwrap().contains("<tittel lang=\"nb\">Time</tittel>"));
    let manifest = String::from_utf8(packing.manifest).unwrap();
    let data =
        format!("<data href=\"{}\" mime=\"application/vnd.difi.dpi.arrangement+xml\"/></hoveddokument>", head.name);
    assert!(manifest.contains(&data), "{manifest}");
    // On paper there is nothing to show it.
    let mut paper = self::draft(PersonWay::Print);
    person(&mut paper).mailbox.extension = person(&mut draft).mailbox.extension.clone();
    let Some(offer) = self::offer(PersonWay::Print) else { return };
    assert!(check_person(&paper, &offer).unwrap().packing().last.is_none());
    person(&mut draft).mailbox.extension = Some(Extension::Proof(Box::default()));
    let Some(offer) = self::offer(PersonWay::Mailbox) else { return };
    assert!(check_person(&draft, &offer).is_err(), "a proof of nothing");
}

#[test]
fn a_letter_on_paper_goes_to_the_registrys_address() {
    let Some(offer) = offer(PersonWay::Print) else { return };
    let mut draft = draft(PersonWay::Print);
    let chosen = &mut person(&mut draft).print;
    (chosen.colour, chosen.destroy) = (true, true);
    chosen.return_address.country = "SE".to_owned();
    (chosen.sender_unit, chosen.invoice_reference) = ("Kontor 7".to_owned(), "F-2".to_owned());
    let letter = check_person(&draft, &offer).unwrap();
    let manifest = String::from_utf8(letter.packing().manifest).unwrap();
    assert!(!manifest.contains("mottaker"));
    let unit = "<avsenderidentifikator>Kontor 7</avsenderidentifikator><fakturaReferanse>F-2</fakturaReferanse>";
    assert!(manifest.contains(unit), "{manifest}");
    let message = letter.message(&sending([7; 32]), "the token").unwrap();
    assert_eq!(message.document_type(), DocumentType::Utskrift);
    let business = message.business();
    assert_eq!(
        business["mottaker"],
        json!({
            "navn": "Prøve Person", "adresselinje1": "Prøveveien 1", "adresselinje2": "H0101", "postnummer": "0001",
            "poststed": "OSLO"
        })
    );
    let back = json!({
        "navn": "Solvik fylkeskommune", "adresselinje1": "Postboks 1", "adresselinje2": "4321 SOLVIK", "landkode": "SE"
    });
    assert_eq!(business["retur"], json!({ "mottaker": back, "returposthaandtering": "MAKULERING_MED_MELDING" }));
    let from = &business["avsender"];
    assert_eq!((&from["avsenderidentifikator"], &from["fakturaReferanse"]), (&json!("Kontor 7"), &json!("F-2")));
    assert_eq!((&business["utskriftstype"], &business["posttype"]), (&json!("FARGE"), &json!("B")));
}

#[test]
fn a_letter_to_the_inbox_keeps_the_person_inside() {
    let Some(offer) = offer(PersonWay::Inbox) else { return };
    let letter = check_person(&draft(PersonWay::Inbox), &offer).unwrap();
    let packing = letter.packing();
    let (head, message) = packing.last.unwrap();
    assert_eq!(head.name, dpv::FILE_NAME);
    let message = dpv::DigitalDpv::read(&message).unwrap();
    assert_eq!((message.mottaker.as_str(), message.sammendrag.as_str()), (PERSON, "Vedtak om plass"));
    assert_eq!((message.innhold.as_str(), message.hoveddokument.as_deref()), ("Hei **du**", Some("Vedtak.pdf")));
    assert_eq!(message.titler, [("Vedtak.pdf".to_owned(), "Vedtaket".to_owned())].into(), "one has no title");
    assert_eq!(message.problems(), []);
    let mut late = draft(PersonWay::Inbox);
    person(&mut late).inbox.options.tilgjengelig_fra = Some("2026-12-24".to_owned());
    let late = check_person(&late, &offer).unwrap();
    let from = (letter.delivered_from(now()), late.delivered_from(now()).to_string());
    assert_eq!(from, (now(), "2026-12-23T23:00:00Z".to_owned()));
    assert_eq!((packing.profile, packing.files[1].1.name.as_str()), (Profile::Cades, "Vedlegg æøå.pdf"));
    let sbd = letter.sbd(&sending([0; 32])).unwrap();
    assert_eq!((sbd.document_type(), sbd.process()), (DocumentType::DigitalDpv, PersonKind::Decision.process()));
    assert!(sbd.receiver_party().is_none() && !sbd.text().contains(PERSON));
    assert!(letter.message(&sending([0; 32]), "the token").is_err());
}

#[test]
fn web_pages_may_be_read_and_nothing_else() {
    let active: &[&str] = &[
        "<p><SCRIPT>alert(1)</script>",
        "<img src = \"https://example.test/a.png\">",
        "<body onload=\"x()\">",
        "<div style=\"background: url( //example.test/x )\">",
        "<a href=\"java\nscript:x()\">",
        "<form action=x>",
        "<svg/onload=x()>",
    ];
    for page in active {
        assert!(active_html(page.as_bytes()), "{page}");
    }
    let quiet: &[&str] = &[
        "<html><head><meta charset=utf-8><style>p { color: red }</style></head><p>Hei, vi sees once = en gang</p>",
        "<img src=\"data:image/png;base64,AAAA\"><a href=\"https://solvik.example\">Mer</a>",
    ];
    for page in quiet {
        assert!(!active_html(page.as_bytes()), "{page}");
    }
}

#[test]
fn neither_draft_nor_letter_shows_what_is_in_it() {
    let Some(offer) = offer(PersonWay::Mailbox) else { return };
    let mut draft = draft(PersonWay::Mailbox);
    person(&mut draft).mailbox.sms = "Hemmelig".to_owned();
    let letter = check_person(&draft, &offer).unwrap();
    let shown = format!("{draft:?} {letter:?} {:?} {:?}", letter.packing(), draft.person);
    for secret in [PERSON, "Vedtak", "Hemmelig", "4F2A", "Postboks"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    // A saved draft is read again, and one that was saved before people could be written to.
    let saved: Value = serde_json::to_value(&draft).unwrap();
    assert!(check_person(&serde_json::from_value(saved).unwrap(), &offer).is_ok());
    assert_eq!(serde_json::from_value::<Draft>(json!({ "title": "x" })).unwrap().person, None);
}

mod capability;
