use konvolutt_shared::address::{LetterField, PersonWay};
use konvolutt_shared::archive::{ArchivedDocument, JournalEntry};
use konvolutt_shared::dpv::{ReplyOption, sealed_business};
use konvolutt_shared::finding::Code;
use konvolutt_shared::identifier::{Authority, ConversationId, MessageId};
use konvolutt_shared::sbd::{DocumentType, Layer, MessageHead, compose};
use serde_json::json;

use super::*;

const ID: &str = "0198c1f0-1111-4000-8000-000000000001";
const PERSON: &str = "04817010496";
const DECISION: &str = "urn:no:difi:profile:digitalpost:vedtak:ver1.0";
const ORDINARY: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

fn defaults() -> Defaults {
    Defaults {
        resource: "vanlig".to_owned(),
        confidential_resource: "taushetsbelagt".to_owned(),
        due_days: 7,
        notification_subject: "Brev fra $reporterName$".to_owned(),
        notification_text: "Til $correspondenceRecipientName$ fra $reporterName$".to_owned(),
        confidential_notification_text: "Taushetsbelagt fra $reporterName$".to_owned(),
    }
}

fn sbd(process: &str, receiver: Option<&str>, kind: DocumentType) -> Sbd {
    let party = |number: &str| Party::parse(Authority::Iso6523, number).unwrap();
    let head = MessageHead {
        sender: party("0192:310904007"),
        receiver: receiver.map(party),
        process: process.to_owned(),
        message_id: MessageId::parse(ID).unwrap(),
        conversation_id: ConversationId::parse("0198c1f0-1111-4000-8000-000000000002").unwrap(),
        created: now(),
        expires: None,
        scopes: Vec::new(),
    };
    let business = if kind == DocumentType::DigitalDpv { sealed_business() } else { json!({}) };
    compose(Layer::Plain, head, kind, business).unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn letter_to(process: &str) -> Sbd {
    sbd(process, Some("0192:310900311"), DocumentType::Arkivmelding)
}

fn archive(public: Option<&str>) -> Arkivmelding {
    let document = |file: &str, title: &str| ArchivedDocument {
        file: file.to_owned(),
        title: title.to_owned(),
        ..ArchivedDocument::default()
    };
    let entry = JournalEntry {
        title: "Hemmelig tittel".to_owned(),
        public_title: public.map(str::to_owned),
        documents: vec![document("brev.pdf", "Selve brevet"), document("vedlegg.pdf", "")],
        ..JournalEntry::default()
    };
    Arkivmelding { entry, ..Arkivmelding::default() }
}

fn digital() -> DigitalDpv {
    DigitalDpv {
        mottaker: PERSON.to_owned(),
        tittel: "Vedtak".to_owned(),
        sammendrag: "Om saken".to_owned(),
        innhold: "Teksten".to_owned(),
        hoveddokument: Some("b.pdf".to_owned()),
        titler: [("b.pdf".to_owned(), "Selve vedtaket".to_owned()), ("a.pdf".to_owned(), " ".to_owned())].into(),
        dpv: Options::default(),
    }
}

fn of(sbd: &Sbd, message: &Message, present: &[&str]) -> Result<Form, Finding> {
    over(None, sbd, message, present)
}

fn over(resource: Option<&str>, sbd: &Sbd, message: &Message, present: &[&str]) -> Result<Form, Finding> {
    let defaults = defaults();
    let about = About { sbd, sender_name: "Solvik fylkeskommune", resource, defaults: &defaults, now: now() };
    form(about, message, present)
}

fn value<'f>(form: &'f Form, name: &str) -> Option<&'f str> {
    let full = format!("Correspondence.{name}");
    let mut found = form.fields.iter().filter(|(known, _)| *known == full || known == name);
    let value = found.next().map(|(_, value)| value.as_str());
    assert!(found.next().is_none(), "{name} stands twice");
    value
}

#[test]
fn an_arkivmelding_as_the_reference_sends_it() {
    let message = Message::Archive(Box::new(archive(Some("Offentlig"))), Options::default());
    // The package's order is not the archive's; what the archive does not name stays behind.
    let form = of(&letter_to(ORDINARY), &message, &["vedlegg.pdf", "annet.pdf", "brev.pdf"]).unwrap();
    for (name, wanted) in [
        ("ResourceId", "vanlig"),
        ("SendersReference", ID),
        ("MessageSender", "Solvik fylkeskommune"),
        ("Content.Language", "nb"),
        ("Content.MessageTitle", "Offentlig"),
        ("Content.MessageSummary", "Offentlig"),
        ("Content.MessageBody", "Hemmelig tittel"),
        ("Content.Attachments[0].FileName", "brev.pdf"),
        ("Content.Attachments[0].DisplayName", "Selve brevet"),
        ("Content.Attachments[1].FileName", "vedlegg.pdf"),
        ("Content.Attachments[1].DisplayName", "vedlegg.pdf"),
        ("RequestedPublishTime", "2026-11-23T12:00:00Z"),
        ("DueDateTime", "2026-11-30T12:00:00Z"),
        ("IsConfirmationNeeded", "false"),
        ("IsConfidential", "false"),
        ("IgnoreReservation", "false"),
        ("PropertyList.senderOrgNumber", "310904007"),
        ("Notification.NotificationTemplate", "CustomMessage"),
        ("Notification.NotificationChannel", "EmailAndSms"),
        ("Notification.SendReminder", "true"),
        ("Notification.EmailSubject", "Brev fra Solvik fylkeskommune"),
        ("Notification.EmailBody", "Til $correspondenceRecipientName$ fra Solvik fylkeskommune"),
        ("Notification.SmsBody", "Til $correspondenceRecipientName$ fra Solvik fylkeskommune"),
        ("Notification.ReminderSmsBody", "Til $correspondenceRecipientName$ fra Solvik fylkeskommune"),
        ("Notification.ReminderNotificationChannel", "EmailAndSms"),
        ("Recipients[0]", "urn:altinn:organization:identifier-no:310900311"),
        ("IdempotentKey", ID),
    ] {
        assert_eq!(value(&form, name), Some(wanted), "{name}");
    }
    assert_eq!(form.files, ["brev.pdf", "vedlegg.pdf"]);
    assert!(!format!("{form:?}").contains("Hemmelig"));
    let without = Message::Archive(Box::new(archive(None)), Options::default());
    let form = of(&letter_to(ORDINARY), &without, &["brev.pdf", "vedlegg.pdf"]).unwrap();
    assert_eq!(value(&form, "Content.MessageTitle"), Some("Hemmelig tittel"));
    let missing = of(&letter_to(ORDINARY), &without, &["brev.pdf"]).unwrap_err();
    assert_eq!(missing.code, Code::ArchiveFileMissing);
}

#[test]
fn what_is_confidential_has_its_own_resource_and_text() {
    let process = "urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0";
    let form = |options| {
        let message = Message::Archive(Box::new(archive(None)), options);
        of(&letter_to(process), &message, &["brev.pdf", "vedlegg.pdf"]).unwrap()
    };
    let plain = form(Options { varsel_tekst: Some("Vanlig".to_owned()), ..Options::default() });
    assert_eq!(value(&plain, "ResourceId"), Some("taushetsbelagt"));
    assert_eq!(value(&plain, "IsConfidential"), Some("true"));
    assert_eq!(value(&plain, "Notification.SmsBody"), Some("Taushetsbelagt fra Solvik fylkeskommune"));
    let own = Options { taushetsbelagt_varsel_tekst: Some("Egen".to_owned()), ..Options::default() };
    assert_eq!(value(&form(own), "Notification.SmsBody"), Some("Egen"));
}

#[test]
fn the_registrys_resource_is_the_one_that_counts() {
    const CONFIDENTIAL: &str = "urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0";
    let message = Message::Archive(Box::new(archive(None)), Options::default());
    for (process, named, wanted, confidential) in [
        (ORDINARY, None, "vanlig", "false"),
        (ORDINARY, Some("helse"), "helse", "false"),
        (ORDINARY, Some("taushetsbelagt"), "taushetsbelagt", "true"),
        (ORDINARY, Some("urn:altinn:resource:taushetsbelagt"), "taushetsbelagt", "true"),
        (CONFIDENTIAL, Some("taushetsbelagt"), "taushetsbelagt", "true"),
        // Altinn refuses it there, should the resource not be for it.
        (CONFIDENTIAL, Some("vanlig"), "vanlig", "true"),
    ] {
        let form = over(named, &letter_to(process), &message, &["brev.pdf", "vedlegg.pdf"]).unwrap();
        assert_eq!((value(&form, "ResourceId"), value(&form, "IsConfidential")), (Some(wanted), Some(confidential)));
        let text = if confidential == "true" { "Taushetsbelagt fra" } else { "Til $corr" };
        assert!(value(&form, "Notification.SmsBody").unwrap().starts_with(text), "{process} {named:?}");
    }
}

#[test]
fn a_letter_to_a_person() {
    let one = |process, message: DigitalDpv| {
        let sbd = sbd(process, None, DocumentType::DigitalDpv);
        of(&sbd, &Message::Digital(Box::new(message)), &["a.pdf", "b.pdf"])
    };
    let form = one(DECISION, digital()).unwrap();
    for (name, wanted) in [
        ("Content.MessageTitle", "Vedtak"),
        ("Content.MessageSummary", "Om saken"),
        ("Content.MessageBody", "Teksten"),
        ("Content.Attachments[0].FileName", "b.pdf"),
        ("Content.Attachments[0].DisplayName", "Selve vedtaket"),
        ("Content.Attachments[1].DisplayName", "a.pdf"),
        ("IgnoreReservation", "false"),
        ("Recipients[0]", "urn:altinn:person:identifier-no:04817010496"),
    ] {
        assert_eq!(value(&form, name), Some(wanted), "{name}");
    }
    assert_eq!(form.files, ["b.pdf", "a.pdf"], "the main document comes first");
    let told = format!("{:?}", form.fields);
    assert_eq!(PersonWay::Inbox.loses(), [LetterField::Kind], "the rest is in the table above");
    assert!(!told.contains(DECISION), "{told}");
    let information = one(INFORMATION_PROCESS, DigitalDpv { innhold: " ".to_owned(), ..digital() }).unwrap();
    assert_eq!(value(&information, "IgnoreReservation"), Some("true"));
    assert_eq!(value(&information, "Content.MessageBody"), Some("Ingen innhold"));
    let wrong = one(DECISION, DigitalDpv { mottaker: "04817010497".to_owned(), ..digital() }).unwrap_err();
    assert_eq!(wrong.code, Code::PersonIdInvalid);
}

#[test]
fn the_package_may_not_name_somebody_else_than_the_sbd() {
    let to = sbd(DECISION, Some("0192:310900311"), DocumentType::DigitalDpv);
    let message = |number: &str| Message::Digital(Box::new(DigitalDpv { mottaker: number.to_owned(), ..digital() }));
    assert!(of(&to, &message("310900311"), &[]).is_ok());
    for other in [PERSON, "310900117"] {
        assert_eq!(of(&to, &message(other), &[]).unwrap_err().code, Code::SbdFieldInvalid, "{other}");
    }
}

#[test]
fn the_senders_wishes_win() {
    let form = |options| {
        let sbd = sbd(DECISION, None, DocumentType::DigitalDpv);
        of(&sbd, &Message::Digital(Box::new(DigitalDpv { dpv: options, ..digital() })), &[]).unwrap()
    };
    let sms = form(Options {
        varsel_transport_type: Some(Transport::Sms),
        varsel_type: Some(Reminder::VarselDPVUtenRevarsel),
        varsel_tekst: Some("Hei fra $reporterName$".to_owned()),
        dager_til_svarfrist: Some(0),
        svarvalg: vec![ReplyOption { url: "https://svar.example".to_owned(), tekst: "Svar".to_owned() }],
        ..Options::default()
    });
    assert_eq!(value(&sms, "Notification.NotificationChannel"), Some("Sms"));
    assert_eq!(value(&sms, "Notification.SmsBody"), Some("Hei fra Solvik fylkeskommune"));
    assert_eq!(value(&sms, "ReplyOptions[0].LinkURL"), Some("https://svar.example"));
    assert_eq!(value(&sms, "ReplyOptions[0].LinkText"), Some("Svar"));
    for absent in ["DueDateTime", "Notification.EmailBody", "Notification.ReminderSmsBody"] {
        assert_eq!(value(&sms, absent), None, "{absent}");
    }
    let mail = form(Options {
        varsel_transport_type: Some(Transport::Epost),
        dager_til_svarfrist: Some(14),
        ..Options::default()
    });
    assert_eq!(value(&mail, "DueDateTime"), Some("2026-12-07T12:00:00Z"));
    let later = form(Options { tilgjengelig_fra: Some("2026-12-24".to_owned()), ..Options::default() });
    assert_eq!(value(&later, "RequestedPublishTime"), Some("2026-12-23T23:00:00Z"));
    assert_eq!(value(&later, "DueDateTime"), Some("2026-12-30T23:00:00Z"), "the days begin when it can be read");
    assert_eq!(value(&mail, "Notification.SmsBody"), None);
    assert!(value(&mail, "Notification.ReminderEmailBody").is_some());
}

#[test]
fn what_the_channel_loses_is_what_the_form_does_not_say() {
    use konvolutt_shared::address::{Capability, Channel};
    use konvolutt_shared::letter::{CaseFields, Draft, DraftDocument, LetterIds, check};

    let document = DraftDocument {
        name: "brev.pdf".to_owned(),
        title: "Merke-dokument".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 1,
        main: true,
        ..DraftDocument::default()
    };
    let draft = Draft {
        sender: "310904007".to_owned(),
        recipient: "310900311".to_owned(),
        title: "Merke-tittel".to_owned(),
        process: ORDINARY.to_owned(),
        documents: vec![document],
        case: CaseFields {
            case_number: "2026/4711".to_owned(),
            case_title: "Merke-sak".to_owned(),
            document_date: "2001-02-03".to_owned(),
            our_reference: "Merke-vår".to_owned(),
            their_reference: "2025/8899".to_owned(),
            case_worker: "Merke-saksbehandler".to_owned(),
            access_restriction: "Merke-skjerming".to_owned(),
            ..CaseFields::default()
        },
        ..Draft::default()
    };
    let known = Capability { processes: vec![ORDINARY.to_owned()], ..Capability::of(Channel::Dpv) };
    let letter = check(&draft, &known).unwrap();
    let ids = LetterIds {
        message_id: MessageId::parse(ID).unwrap(),
        conversation_id: ConversationId::parse(ID).unwrap(),
        case: uuid::Uuid::nil(),
        entry: uuid::Uuid::nil(),
        documents: Vec::new(),
    };
    let (archive, sbd) = (letter.archive(now(), &ids), letter.sbd(now(), now(), &ids));
    let message = Message::Archive(Box::new(archive), Options::default());
    let about = About { sbd: &sbd, sender_name: "Avsender", resource: None, defaults: &defaults(), now: now() };
    let written = format!("{:?}", form(about, &message, &["brev.pdf"]).unwrap().fields);
    for (field, mark) in [
        (LetterField::Process, "administrasjon"),
        (LetterField::Title, "Merke-tittel"),
        (LetterField::DocumentTitles, "Merke-dokument"),
        (LetterField::CaseNumber, "4711"),
        (LetterField::CaseTitle, "Merke-sak\""),
        (LetterField::DocumentDate, "2001-02-03"),
        (LetterField::OurReference, "Merke-vår"),
        (LetterField::TheirReference, "8899"),
        (LetterField::CaseWorker, "Merke-saksbehandler"),
        (LetterField::AccessRestriction, "Merke-skjerming"),
    ] {
        assert_eq!(Channel::Dpv.loses().contains(&field), !written.contains(mark), "{field:?}");
    }
}
