use super::*;
use crate::address::{Capability, Channel};
use crate::finding::Code;

const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

fn capability() -> Capability {
    Capability {
        max_bytes: 1 << 30,
        processes: vec![PROCESS.to_owned()],
        security_level: None,
        ..Capability::of(Channel::Dpo)
    }
}

fn document(name: &str, main: bool) -> DraftDocument {
    DraftDocument {
        id: name.to_owned(),
        name: name.to_owned(),
        title: "Brev".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 100,
        head: b"%PDF-1.7\n".to_vec(),
        tail: b"trailer << /Root 1 0 R >>".to_vec(),
        main,
    }
}

fn draft() -> Draft {
    Draft {
        sender: "310900117".to_owned(),
        recipient: "310900419".to_owned(),
        title: "Svar på søknad".to_owned(),
        process: PROCESS.to_owned(),
        documents: vec![document("brev.pdf", true), document("Søknad – vedlegg æøå.pdf", false)],
        case: CaseFields { case_title: "Søknad".to_owned(), ..CaseFields::default() },
        ..Draft::default()
    }
}

fn refused(change: impl FnOnce(&mut Draft)) -> Vec<(Code, String)> {
    let mut draft = draft();
    change(&mut draft);
    let findings = check(&draft, &capability()).err().unwrap_or_default();
    findings
        .into_iter()
        .filter(Finding::refuses)
        .map(|finding| (finding.code, finding.place.map(|place| place.path).unwrap_or_default()))
        .collect()
}

#[test]
fn each_rule_names_its_field() {
    type Change = fn(&mut Draft);
    let cases: &[(Code, &str, Change)] = &[
        (Code::SenderMissing, "sender", |d| d.sender.clear()),
        (Code::OrgnrInvalid, "sender", |d| d.sender = "310900118".to_owned()),
        (Code::RecipientMissing, "recipient", |d| d.recipient.clear()),
        (Code::OrgnrInvalid, "recipient", |d| d.recipient = "310900418".to_owned()),
        (Code::TitleMissing, "title", |d| d.title = " ".to_owned()),
        (Code::TitleLong, "title", |d| d.title = "å".repeat(256)),
        (Code::RecipientNoProcess, "process", |d| d.process = "urn:annen".to_owned()),
        (Code::DocumentMissing, "documents", |d| d.documents.clear()),
        (Code::DocumentNoMain, "documents", |d| d.documents[0].main = false),
        (Code::DocumentManyMain, "documents", |d| d.documents[1].main = true),
        (Code::DocumentsTooLarge, "documents", |d| d.documents[1].size = 1 << 30),
        (Code::DocumentEmpty, "documents/1", |d| d.documents[1].size = 0),
        (Code::DocumentWrongContent, "documents/0", |d| d.documents[0].head = b"PK\x03\x04".to_vec()),
        (Code::DocumentLocked, "documents/0", |d| d.documents[0].tail = b"<< /Encrypt 5 0 R >>".to_vec()),
        (Code::DocumentTitleMissing, "documents/1/title", |d| d.documents[1].title.clear()),
        (Code::TitleLong, "documents/1/title", |d| d.documents[1].title = "x".repeat(256)),
        (Code::DocumentSameName, "documents/1/name", |d| d.documents[1].name = "BREV.pdf".to_owned()),
        (Code::DocumentNameLong, "documents/1/name", |d| d.documents[1].name = format!("{}.pdf", "ø".repeat(126))),
        (Code::ArchiveCaseMissing, "case/caseTitle", |d| d.case.case_title.clear()),
        (Code::ArchiveMissing, "case/documentDate", |d| d.case.document_date = "i går".to_owned()),
        (Code::ArchiveMissing, "case/journalType", |d| d.case.journal_type = "Brev".to_owned()),
    ];
    assert_eq!(refused(|_| {}), []);
    for (code, path, change) in cases {
        assert_eq!(refused(change), [(*code, (*path).to_owned())], "{code}");
    }
}

#[test]
fn all_problems_come_at_once() {
    let mut empty = Draft::default();
    empty.documents.push(DraftDocument::default());
    let codes: Vec<Code> = problems(&empty, Some(&capability())).into_iter().map(|finding| finding.code).collect();
    use Code::*;
    let all = [
        SenderMissing,
        RecipientMissing,
        TitleMissing,
        RecipientNoProcess,
        DocumentNoMain,
        DocumentEmpty,
        DocumentTitleMissing,
        DocumentNameInvalid,
        ArchiveCaseMissing,
    ];
    assert_eq!(codes, all);
}

#[test]
fn unusable_names_get_one_that_works() {
    let table = [
        ("a:b.pdf", ":", "a-b.pdf"),
        ("CON.pdf", "", "dokument-CON.pdf"),
        ("lpt1.txt", "", "dokument-lpt1.txt"),
        ("../x.pdf", "/", "-x.pdf"),
        ("META-INF/signatures.xml", "/", "META-INF-signatures.xml"),
        ("Manifest.XML", "", "dokument-Manifest.XML"),
        ("mimetype", "", "dokument-mimetype"),
        ("arkivmelding.xml", "", "dokument-arkivmelding.xml"),
        (".skjult.pdf", "", "skjult.pdf"),
        ("brev.pdf. ", "", "brev.pdf"),
        ("exe\u{202e}fdp.pdf", "U+202E", "exefdp.pdf"),
        ("s\u{fffd}knad.pdf", "\u{fffd}", "s-knad.pdf"),
        ("siste\u{ffff}.pdf", "\u{ffff}", "siste-.pdf"),
        ("linje\nskift.pdf", "U+000A", "linje-skift.pdf"),
        ("", "", "dokument"),
    ];
    for (name, characters, suggestion) in table {
        let (code, shown) = file_name_problem(name).unwrap();
        assert_eq!((code.code(), shown.as_str()), (Code::DocumentNameInvalid, characters), "{name:?}");
        assert_eq!(safe_name(name), suggestion);
        assert_eq!(file_name_problem(suggestion), None, "{suggestion}");
    }
    for name in ["Søknad – vedlegg æøå.pdf", "CONTROL.pdf", "com10.txt", "👍.pdf", "a.b.c", "brev (2).pdf"] {
        assert_eq!(file_name_problem(name), None, "{name}");
        assert_eq!(safe_name(name), name);
    }
    let cut_at_a_dot = format!("{}.{}", "a".repeat(254), "b".repeat(17));
    for long in [format!("{}.pdf", "ø".repeat(300)), cut_at_a_dot] {
        assert_eq!(file_name_problem(&safe_name(&long)), None);
    }
}

#[test]
fn same_names_are_seen_through_case_and_composition() {
    let mut draft = draft();
    draft.documents[0].name = "a\u{30a}rsmelding.pdf".to_owned();
    draft.documents[1].name = "Årsmelding.pdf".to_owned();
    let findings = check(&draft, &capability()).unwrap_err();
    assert_eq!(findings[0].code, Code::DocumentSameName);
    assert_eq!(findings[0].params["forslag"], "Årsmelding (2).pdf");
    assert_eq!(unique_name("brev.pdf", ["brev.pdf", "Brev (2).PDF"]), "brev (3).pdf");
    assert_eq!(unique_name("brev.pdf", []), "brev.pdf");
}

#[test]
fn a_letter_has_composed_names_and_remarks() {
    let mut draft = draft();
    draft.documents[1].name = "a\u{30a}.pdf".to_owned();
    draft.title = "x".repeat(81);
    let letter = check(&draft, &capability()).unwrap();
    assert_eq!(letter.documents()[1].name, "å.pdf");
    assert_eq!(letter.remarks()[0].code, Code::TitleLong);
    // Bytes of a document are never saved, nor shown.
    let saved = serde_json::to_string(&draft).unwrap();
    assert!(!saved.contains("head") && !saved.contains("tail"));
    let opened: Draft = serde_json::from_str(&saved).unwrap();
    assert!(check(&opened, &capability()).is_ok());
}

#[test]
fn a_pdf_about_encryption_is_not_locked() {
    let codes = refused(|draft| draft.documents[0].tail = b"/EncryptMetadata false".to_vec());
    assert_eq!(codes, []);
}

#[test]
fn sbd_and_archive_say_the_same() {
    let now: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
    let expires: Timestamp = "2026-12-02T08:00:00Z".parse().unwrap();
    let conversation = ConversationId::parse("2c93858d-36c9-4fa2-924a-603a23f80401").unwrap();
    let mut draft = draft();
    draft.reply = Some(ReplyTo { conversation_id: conversation, their_reference: Some("2025/9".to_owned()) });
    let letter = check(&draft, &capability()).unwrap();
    let ids = LetterIds {
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: "11111111-36c9-4fa2-924a-603a23f80401".parse().unwrap(),
        case: Uuid::from_u128(1),
        entry: Uuid::from_u128(2),
        documents: vec![Uuid::from_u128(3), Uuid::from_u128(4)],
    };
    let sbd = letter.sbd(now, expires, &ids);
    assert_eq!(sbd, Sbd::parse(sbd.text().as_bytes(), Some(now)).unwrap());
    assert_eq!((sbd.conversation_id(), sbd.receiver_reference()), (Some(conversation), Some("2025/9")));
    assert_eq!(sbd.business()["hoveddokument"], "brev.pdf");
    let (archive, remarks) = archive::read(&letter.arkivmelding(now, &ids)).unwrap();
    assert_eq!(remarks, []);
    let files: Vec<&str> = archive.entry.documents.iter().map(|document| document.file.as_str()).collect();
    assert_eq!(files, ["brev.pdf", "Søknad – vedlegg æøå.pdf"]);
}

#[test]
fn the_deadline_is_a_day_unless_somebody_says_otherwise() {
    let deadline = |seconds| check(&Draft { deadline_seconds: seconds, ..draft() }, &capability()).unwrap().deadline();
    assert_eq!(deadline(None), SignedDuration::from_hours(24));
    assert_eq!(deadline(Some(3600)), SignedDuration::from_hours(1));
    for seconds in [0, 30 * 24 * 3600 + 1] {
        let found = refused(|draft| draft.deadline_seconds = Some(seconds));
        assert_eq!(found, [(Code::SbdFieldInvalid, "deadlineSeconds".to_owned())]);
    }
}

mod message_channel {
    use super::*;

    fn sbd(draft: &Draft, channel: Channel) -> Sbd {
        let known = Capability { processes: vec![draft.process.clone()], ..Capability::of(channel) };
        let id = "d5c9f24d-4ce5-4d70-97a3-d0e3294210af";
        let letter = check(draft, &known).unwrap();
        let letter = letter.answered_on(&MessageChannel::parse("konvolutt").unwrap(), id.parse().unwrap());
        let ids = LetterIds {
            message_id: id.parse().unwrap(),
            conversation_id: id.parse().unwrap(),
            case: Uuid::nil(),
            entry: Uuid::nil(),
            documents: Vec::new(),
        };
        let now: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
        // As a recipient reads it.
        Sbd::parse(letter.sbd(now, letter.expires(now), &ids).text().as_bytes(), Some(now)).unwrap()
    }

    #[test]
    fn a_letter_by_dpo_names_it_and_so_do_the_answers() {
        let mut draft = draft();
        draft.case.our_reference = "vår".to_owned();
        let letter = sbd(&draft, Channel::Dpo);
        assert_eq!((letter.message_channel(), letter.sender_reference()), (Some("konvolutt"), Some("vår")));
        assert!(letter.scopes().last().unwrap().instance.is_some() && letter.remarks().is_empty());
        let now = "2026-12-01T08:00:00Z".parse().unwrap();
        let status = sbd::status(&letter, crate::api::Status::Mottatt, now).unwrap();
        assert_eq!(status.scopes().last(), letter.scopes().last());
    }

    #[test]
    fn what_was_agreed_names_it_too_and_other_channels_do_not() {
        let agreed = Agreed { identifier: "a".to_owned(), content: "{}".to_owned() };
        let agreed = Draft { agreed: Some(agreed), process: AGREED_PROCESS.to_owned(), ..draft() };
        assert_eq!(sbd(&agreed, Channel::Dpo).message_channel(), Some("konvolutt"));
        assert_eq!(sbd(&draft(), Channel::Dpv).message_channel(), None);
    }
}

mod inbox {
    //! Letters to organisations by Altinn's inbox.

    use super::*;
    use crate::dpv::{Options, Reminder, Transport};

    fn options() -> Options {
        Options {
            varsel_type: Some(Reminder::VarselDPVUtenRevarsel),
            varsel_transport_type: Some(Transport::Sms),
            dager_til_svarfrist: Some(14),
            tilgjengelig_fra: Some("2026-12-24".to_owned()),
            ..Options::default()
        }
    }

    fn business(channel: Channel) -> serde_json::Value {
        let draft = Draft { dpv: options(), ..draft() };
        let known = Capability { processes: vec![PROCESS.to_owned()], ..Capability::of(channel) };
        let letter = check(&draft, &known).unwrap();
        let ids = LetterIds {
            message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
            conversation_id: "11111111-36c9-4fa2-924a-603a23f80401".parse().unwrap(),
            case: Uuid::nil(),
            entry: Uuid::nil(),
            documents: Vec::new(),
        };
        let now: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
        // It has its day of delivery when it is published.
        let until = if channel == Channel::Dpv { "2026-12-24T23:00:00Z" } else { "2026-12-02T08:00:00Z" };
        assert_eq!(letter.expires(now).to_string(), until);
        letter.sbd(now, letter.expires(now), &ids).business().clone()
    }

    #[test]
    fn what_was_chosen_travels_in_the_sbd_and_on_that_channel_alone() {
        assert_eq!(Options::of(&business(Channel::Dpv)), Ok(options()));
        assert_eq!(business(Channel::Dpo).get("dpv"), None);
    }

    #[test]
    fn each_option_and_the_number_of_documents_is_checked_at_its_field() {
        let known = Capability { processes: vec![PROCESS.to_owned()], ..Capability::of(Channel::Dpv) };
        let mut draft = draft();
        draft.dpv = Options {
            varsel_tekst: Some("x".repeat(2145)),
            taushetsbelagt_varsel_tekst: Some("x".repeat(2145)),
            dager_til_svarfrist: Some(3651),
            tilgjengelig_fra: Some("snart".to_owned()),
            ..Options::default()
        };
        draft.documents.extend((0..99).map(|number| document(&format!("{number}.pdf"), false)));
        let found: Vec<_> = problems(&draft, Some(&known)).into_iter().filter(Finding::refuses).collect();
        let paths: Vec<_> = found.iter().filter_map(|finding| Some(finding.place.as_ref()?.path.as_str())).collect();
        let options =
            ["dpv/varselTekst", "dpv/taushetsbelagtVarselTekst", "dpv/dagerTilSvarfrist", "dpv/tilgjengeligFra"];
        assert_eq!(paths, [&["documents"], options.as_slice()].concat());
        assert_eq!(found[0].params.get("max").map(String::as_str), Some("100"));
    }
}
