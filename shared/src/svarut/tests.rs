mod many;

use super::*;
use crate::address::{Capability, Channel};
use crate::archive::{Arkivmelding, OwnField};
use crate::finding::{Code, Finding};
use crate::letter::{self, CaseFields, Draft, DraftDocument, Letter, LetterIds, ReplyTo};

const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
const SHIPMENT: &str = "6e5c0d1e-0f3a-4a8b-9f0e-0c4f6a1d2b3c";

fn document(name: &str, media_type: &str, main: bool) -> DraftDocument {
    DraftDocument {
        name: name.to_owned(),
        title: "Brev".to_owned(),
        media_type: media_type.to_owned(),
        size: 100,
        main,
        ..DraftDocument::default()
    }
}

fn address() -> Address {
    Address {
        lines: vec!["Rådhusgata 1".to_owned()],
        postal_code: "0001".to_owned(),
        place: "Solvik".to_owned(),
        country: String::new(),
    }
}

fn draft() -> Draft {
    Draft {
        sender: "310900117".to_owned(),
        sender_name: "Testetaten Solvik".to_owned(),
        recipient: "310900214".to_owned(),
        recipient_name: "Solvik kommune".to_owned(),
        title: "Svar på søknad".to_owned(),
        process: PROCESS.to_owned(),
        documents: vec![document("brev.pdf", "application/pdf", true)],
        case: CaseFields {
            case_number: "2026/17".to_owned(),
            case_title: "Søknad".to_owned(),
            case_worker: "Prøve Person".to_owned(),
            document_date: "2026-11-30".to_owned(),
            ..CaseFields::default()
        },
        svarut: Choices { recipient_address: Some(address()), ..Choices::default() },
        ..Draft::default()
    }
}

fn capability() -> Capability {
    Capability {
        max_bytes: 1 << 30,
        processes: vec![PROCESS.to_owned()],
        security_level: Some(3),
        ..Capability::of(Channel::Dpf)
    }
}

fn archive_of(letter: &Letter) -> Arkivmelding {
    let ids = LetterIds {
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: "11111111-36c9-4fa2-924a-603a23f80401".parse().unwrap(),
        case: Uuid::from_u128(1),
        entry: Uuid::from_u128(2),
        documents: vec![Uuid::from_u128(3)],
    };
    letter.archive("2026-12-01T08:00:00Z".parse().unwrap(), &ids)
}

fn mapped(change: impl FnOnce(&mut Draft), archive: impl FnOnce(&mut Arkivmelding)) -> Shipment {
    let mut draft = draft();
    change(&mut draft);
    let letter = letter::check(&draft, &capability()).unwrap();
    let mut archived = archive_of(&letter);
    archive(&mut archived);
    shipment(&letter, &archived).unwrap()
}

#[test]
fn a_letter_becomes_a_shipment_field_by_field() {
    let made = mapped(|_| {}, |_| {});
    let expected = serde_json::json!({
        "title": "Svar på søknad",
        "recipient": {
            "name": "Solvik kommune", "organisation": "310900214",
            "address": { "lines": ["Rådhusgata 1"], "postalCode": "0001", "place": "Solvik" },
        },
        "answersTo": { "name": "Testetaten Solvik", "organisation": "310900117" },
        "securityLevel": "BETYDELIG",
        "digitalOnly": false,
        "confidential": false,
        "metadata": {
            "caseYear": 2026, "caseSequence": 17, "journalType": "U", "journalStatus": "E",
            "documentDate": "2026-11-30", "title": "Svar på søknad", "caseWorker": "Prøve Person",
        },
    });
    assert_eq!(serde_json::to_value(&made).unwrap(), expected);
    assert_eq!(serde_json::from_value::<Shipment>(expected).unwrap(), made);
}

/// What changes in the draft or the archive, and where it is seen in the shipment.
#[test]
fn each_source_reaches_its_field() {
    type Change = (fn(&mut Draft), fn(&mut Arkivmelding));
    type Row = (Change, &'static str, serde_json::Value);
    let untouched: fn(&mut Arkivmelding) = |_| {};
    let same: fn(&mut Draft) = |_| {};
    let rows: Vec<Row> = vec![
        ((same, |a| a.entry.public_title = Some("Offentlig".to_owned())), "/title", "Offentlig".into()),
        ((same, |a| a.entry.public_title = Some("Offentlig".to_owned())), "/metadata/title", "Offentlig".into()),
        ((|d| d.svarut.security_level = Level::Substantial, untouched), "/securityLevel", "BETYDELIG".into()),
        ((|d| d.svarut.shipment_type = " Byggesøknad ".to_owned(), untouched), "/shipmentType", "Byggesøknad".into()),
        ((|d| d.svarut.digital_only = true, untouched), "/digitalOnly", true.into()),
        ((|d| d.svarut.confidential = true, untouched), "/confidential", true.into()),
        ((|d| d.case.their_reference = SHIPMENT.to_owned(), untouched), "/replyTo", SHIPMENT.into()),
        ((|d| d.case.their_reference = "2025/9".to_owned(), untouched), "/import/caseYear", 2025.into()),
        ((|d| d.case.their_reference = "2025/9".to_owned(), untouched), "/import/caseSequence", 9.into()),
        ((same, |a| (a.case.year, a.case.sequence) = (Some(2024), Some(3))), "/metadata/caseYear", 2024.into()),
        ((same, |a| (a.case.year, a.case.sequence) = (Some(2024), Some(3))), "/metadata/caseSequence", 3.into()),
        ((same, |a| a.entry.year = Some(2023)), "/metadata/journalYear", 2023.into()),
        ((same, |a| a.entry.sequence = Some(4711)), "/metadata/journalSequence", 4711.into()),
        ((same, |a| a.entry.number = Some("5".to_owned())), "/metadata/journalNumber", 5.into()),
        ((same, |a| a.entry.journal_type = "Saksframlegg".to_owned()), "/metadata/journalType", "S".into()),
        ((same, |a| a.entry.journal_type = "ukjent".to_owned()), "/metadata/journalType", "I".into()),
        ((same, |a| a.entry.status = Some("Arkivert".to_owned())), "/metadata/journalStatus", "A".into()),
        ((same, |a| a.entry.status = None), "/metadata/journalStatus", "R".into()),
        ((same, |a| a.entry.date = Some(jiff::civil::date(2026, 12, 1))), "/metadata/journalDate", "2026-12-01".into()),
        ((same, |a| a.entry.parties[0].name = "Arkivet".to_owned()), "/answersTo/name", "Arkivet".into()),
        ((same, |a| a.entry.parties[0].name = String::new()), "/answersTo/name", "Testetaten Solvik".into()),
        (
            (same, |a| {
                let own = |value: &str| OwnField { name: "prosjekt".to_owned(), value: value.to_owned() };
                a.own = vec![own("7"), own("7"), own("8")];
            }),
            "/metadata/extra",
            serde_json::json!([{ "key": "prosjekt", "value": "7" }, { "key": "prosjekt", "value": "8" }]),
        ),
    ];
    for ((draft, archive), pointer, value) in rows {
        let made = serde_json::to_value(mapped(draft, archive)).unwrap();
        assert_eq!(made.pointer(pointer), Some(&value), "{pointer}");
    }
}

#[test]
fn an_answer_goes_to_the_shipment_that_its_reference_names() {
    let reply = |reference: &str| ReplyTo {
        conversation_id: SHIPMENT.parse().unwrap(),
        their_reference: Some(reference.to_owned()),
    };
    let made = mapped(|draft| draft.reply = Some(reply(SHIPMENT)), |_| {});
    assert_eq!(made.reply_to, Some(SHIPMENT.parse().unwrap()));
    assert_eq!(mapped(|draft| draft.reply = Some(reply("vår ref. 5")), |_| {}).reply_to, None);
}

#[test]
fn the_archives_own_fields_are_read() {
    let xml = r#"<arkivmelding xmlns="http://www.arkivverket.no/standarder/noark5/arkivmelding"
        xmlns:v="urn:virksomhet" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <mappe xsi:type="saksmappe"><virksomhetsspesifikkeMetadata><v:prosjekt> 12 </v:prosjekt>
        </virksomhetsspesifikkeMetadata><saksaar>2025</saksaar><sakssekvensnummer>8</sakssekvensnummer>
        <registrering xsi:type="journalpost"><virksomhetsspesifikkeMetadata><v:sone>A</v:sone>
        </virksomhetsspesifikkeMetadata><journalstatus>J</journalstatus></registrering></mappe></arkivmelding>"#;
    let (archive, _) = crate::archive::read(xml.as_bytes()).unwrap();
    let own: Vec<_> = archive.own.iter().map(|own| (own.name.as_str(), own.value.as_str())).collect();
    assert_eq!(own, [("prosjekt", "12"), ("sone", "A")]);
    assert_eq!((archive.case.year, archive.case.sequence), (Some(2025), Some(8)));
    assert_eq!(archive.entry.status.as_deref(), Some("Journalført"));
}

#[test]
fn unknown_fields_are_refused_everywhere() {
    let good = serde_json::to_value(mapped(|draft| draft.case.their_reference = "2025/9".to_owned(), |_| {})).unwrap();
    for place in ["", "/recipient", "/recipient/address", "/answersTo", "/metadata", "/import"] {
        let mut bad = good.clone();
        bad.pointer_mut(place).unwrap()["kryptert"] = false.into();
        assert!(serde_json::from_value::<Shipment>(bad).is_err(), "{place:?}");
    }
    assert!(serde_json::from_value::<Shipment>(good).is_ok());
}

#[test]
fn the_registry_completes_what_was_chosen_and_replaces_nothing() {
    let mut known = Capability::of(Channel::Dpf);
    (known.paper, known.security_level) = (Some(address()), Some(4));
    let completed = |mut choices: Choices| {
        choices.complete(&known);
        choices
    };
    let plain = completed(Choices::default());
    assert_eq!((plain.recipient_address, plain.security_level), (Some(address()), Level::of(Some(4))));
    let own = Address { place: "Solvik".to_owned(), ..address() };
    let filled = completed(Choices { recipient_address: Some(own.clone()), ..Choices::default() });
    assert_eq!(filled.recipient_address, Some(own));
    let digital = completed(Choices { digital_only: true, ..Choices::default() });
    assert_eq!(digital.recipient_address, None, "nothing is printed");
}

#[test]
fn each_limit_names_its_field() {
    type Change = fn(&mut Shipment);
    let long = || "x".repeat(1001);
    assert_eq!(long().len(), 1001);
    let cases: &[(&str, Change)] = &[
        ("title", |s| s.title.clear()),
        ("title", |s| s.title = "å".repeat(1001)),
        ("title", |s| s.title.push('\n')),
        ("recipient/name", |s| s.recipient.name.clear()),
        ("recipient/organisation", |s| s.recipient.organisation = "310900215".to_owned()),
        ("answersTo/organisation", |s| s.answers_to.organisation.clear()),
        ("recipient/address/lines", |s| s.recipient.address = Some(lines(&["a", "b", "c", "d"]))),
        ("recipient/address/lines", |s| s.recipient.address = Some(lines(&["x".repeat(71).as_str()]))),
        ("recipient/address/postalCode", |s| s.recipient.address.as_mut().unwrap().postal_code = "12".to_owned()),
        ("recipient/address/country", |s| s.recipient.address.as_mut().unwrap().country = "Norge".to_owned()),
        ("shipmentType", |s| s.shipment_type = Some("x".repeat(101))),
        ("shipmentType", |s| s.shipment_type = Some(String::new())),
        ("metadata/caseYear", |s| s.metadata.case_year = Some(26)),
        ("metadata/journalYear", |s| s.metadata.journal_year = Some(60_000)),
        ("metadata/journalType", |s| s.metadata.journal_type = "Q".to_owned()),
        ("metadata/journalStatus", |s| s.metadata.journal_status = "e".to_owned()),
        ("metadata/caseWorker", |s| s.metadata.case_worker = Some("x".repeat(1001))),
        ("metadata/extra/key", |s| s.metadata.extra = vec![Extra::default()]),
        ("metadata/extra", |s| s.metadata.extra = vec![Extra { key: "a".to_owned(), value: String::new() }; 2]),
        ("import/caseYear", |s| s.import = Some(ImportMetadata { case_year: Some(0), ..Default::default() })),
    ];
    let good = mapped(|_| {}, |_| {});
    assert_eq!(good.problems(), []);
    for (path, change) in cases {
        let mut shipment = good.clone();
        change(&mut shipment);
        let found: Vec<_> = shipment.problems().into_iter().filter(Finding::refuses).collect();
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert_eq!(found[0].code, Code::ShipmentInvalid);
        assert_eq!(found[0].place.as_ref().unwrap().path, format!("svarut:/{path}"));
    }
}

fn lines(lines: &[&str]) -> Address {
    Address { lines: lines.iter().map(|line| (*line).to_owned()).collect(), ..Address::default() }
}

#[test]
fn documents_are_held_against_svaruts_rules() {
    let codes = |digital_only, documents: &[(&str, &str, u64)]| {
        let findings = document_problems(digital_only, documents.iter().copied());
        findings.into_iter().map(|finding| (finding.code, finding.refuses())).collect::<Vec<_>>()
    };
    let pdf = "application/pdf";
    assert_eq!(codes(false, &[("brev.pdf", pdf, 350_000_000)]), []);
    assert_eq!(codes(false, &[]), [(Code::DocumentMissing, true)]);
    for name in ["", "a:b.pdf", "a/b.pdf", "a?.pdf", "a|b.pdf", "a\u{7}.pdf"] {
        assert_eq!(codes(false, &[(name, pdf, 1)]), [(Code::DocumentNameInvalid, true)], "{name:?}");
    }
    assert_eq!(codes(false, &[("æ".repeat(226).as_str(), pdf, 1)]), []);
    assert_eq!(codes(false, &[("æ".repeat(227).as_str(), pdf, 1)]), [(Code::DocumentNameLong, true)]);
    assert_eq!(codes(false, &[("A.pdf", pdf, 1), ("a.PDF", pdf, 1)]), [(Code::DocumentSameName, true)]);
    assert_eq!(codes(false, &[("a.txt", "text/plain", 1)]), [(Code::ShipmentInvalid, false)]);
    assert_eq!(codes(true, &[("a.txt", "text/plain", 1)]), []);
    assert_eq!(codes(false, &[("a.pdf", pdf, 350_000_001)]), [(Code::DocumentsTooLarge, true)]);
    assert_eq!(codes(true, &[("a.pdf", pdf, 350_000_001)]), []);
}

#[test]
fn a_letter_to_a_municipality_is_checked_with_svaruts_rules() {
    let codes = |change: fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        let findings = letter::problems(&draft, Some(&capability()));
        findings.into_iter().filter(Finding::refuses).map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(|_| {}), []);
    assert_eq!(codes(|draft| draft.svarut.security_level = Level::High), [Code::ShipmentInvalid]);
    assert_eq!(codes(|draft| draft.documents[0].size = 400_000_000), [Code::DocumentsTooLarge]);
}

/// An element as SvarInn writes it, with what nobody said as `null` and zero.
fn element() -> serde_json::Value {
    serde_json::json!({
        "id": SHIPMENT,
        "avsender": { "adresselinje1": "Rådhusgata 1", "adresselinje2": null, "navn": "Solvik kommune", "postnr": "0001" },
        "mottaker": { "adresse1": null, "navn": "Testetaten", "orgnr": "310900117", "fnr": "11111111111" },
        "tittel": "Svar",
        "date": 1_796_112_000_000_i64,
        "metadataFraAvleverendeSystem": {
            "sakssekvensnummer": 42, "saksaar": 2026, "journalaar": 0, "journalsekvensnummer": 0, "journalpostnummer": 3,
            "journalposttype": "U", "journalstatus": null, "journaldato": null, "dokumentetsDato": 1_796_083_200_000_i64,
            "tittel": null, "saksBehandler": "Prøve Person", "ekstraMetadata": null,
        },
        "metadataForImport": null, "status": "Klar for mottak", "niva": "4",
        "filmetadata": [{ "filnavn": "svar.pdf", "mimetype": "application/pdf", "sha256hash": null, "size": null }],
        "svarSendesTil": { "navn": "Solvik kommune, arkivet", "orgnr": "310900214" },
        "svarPaForsendelse": "7d0d3c1e-0f3a-4a8b-9f0e-0c4f6a1d2b3c", "forsendelseType": null, "eksternRef": "vår",
        "downloadUrl": "https://svarut.example/forsendelse/1", "noeNytt": true,
    })
}

fn received() -> Received {
    serde_json::from_value(element()).unwrap()
}

#[test]
fn a_shipment_that_came_becomes_a_document_that_can_be_answered() {
    let received = received();
    let sbd = received.sbd("310900117".parse().unwrap()).unwrap();
    assert_eq!(sbd, crate::sbd::Sbd::parse(sbd.text().as_bytes(), None).unwrap());
    assert_eq!(sbd.message_id().map(|id| id.to_string()).as_deref(), Some(SHIPMENT));
    assert_eq!(sbd.conversation_id().map(|id| id.to_string()).as_deref(), Some(SHIPMENT));
    assert_eq!((sbd.sender_reference(), sbd.receiver_reference()), (Some(SHIPMENT), received.reply_to.as_deref()));
    assert_eq!(sbd.sender().unwrap().organisation, "310900214");
    assert_eq!(sbd.receiver().unwrap().organisation, "310900117");
    assert_eq!((sbd.expires(), &sbd.business()["sikkerhetsnivaa"]), (None, &4.into()));
    assert_eq!(sbd.remarks(), []);
    let archive = received.archive();
    assert_eq!(
        (archive.case.number.as_deref(), archive.entry.journal_type.as_str()),
        (Some("2026/42"), "Utgående dokument")
    );
    assert_eq!(archive.entry.status.as_deref(), Some("Ferdigstilt fra saksbehandler"));
    assert_eq!((archive.entry.title.as_str(), archive.entry.year), ("Svar", None));
}

#[test]
fn a_sender_without_a_number_is_nobody() {
    for number in [serde_json::Value::Null, "123456789".into(), "".into()] {
        let mut element = element();
        element["svarSendesTil"]["orgnr"] = number;
        let received: Received = serde_json::from_value(element).unwrap();
        assert_eq!((received.answerable(), received.sender_number().as_str()), (None, UNKNOWN_SENDER));
        assert_eq!(received.sbd("310900117".parse().unwrap()).unwrap().sender().unwrap().organisation, UNKNOWN_SENDER);
    }
}

#[test]
fn what_is_kept_of_it_holds_no_identity_number_and_no_address_to_fetch_from() {
    let kept = serde_json::to_string(&received()).unwrap();
    assert!(!kept.contains("11111111111") && !kept.contains("svarut.example"), "{kept}");
    let again: Received = serde_json::from_str(&kept).unwrap();
    assert_eq!(again, Received { download_url: String::new(), ..received() });
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let at = crate::container::zip::DosTime::from_timestamp("2026-12-01T08:00:00Z".parse().unwrap());
    let (mut zip, mut out) = (crate::container::zip::ZipWriter::new(at), Vec::new());
    for (name, content) in files {
        zip.add(name, content, &mut out).unwrap();
    }
    zip.finish("", &mut out).unwrap();
    out
}

#[test]
fn one_document_or_a_zip_is_told_apart() {
    use sha2::{Digest as _, Sha256};
    let limits = crate::limits::Limits::default();
    let file = |name: &str, content: Option<&[u8]>| FileMetadata {
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        sha256: content.map(|content| Sha256::digest(content).iter().map(|byte| format!("{byte:02X}")).collect()),
        size: content.map(|content| content.len() as u64),
    };
    let of = |content_type: &str, files: Vec<FileMetadata>| Received {
        content_type: content_type.to_owned(),
        files,
        ..Received::default()
    };
    let names = |plain: &[u8], received: &Received| {
        let found = documents(plain, received, &limits).map_err(|findings| findings[0].code)?;
        Ok(found.into_iter().map(|one| (one.name, one.content)).collect::<Vec<_>>())
    };
    let owned = |name: &str, content: &[u8]| (name.to_owned(), content.to_vec());
    let (pdf, two) = (b"%PDF-1.7".as_slice(), zipped(&[("a.pdf", b"1"), ("b.pdf", b"2")]));
    let one = zipped(&[("a.pdf", b"")]);
    let zip = "application/zip";
    assert_eq!(names(pdf, &of("application/pdf", vec![file("a.pdf", Some(pdf))])), Ok(vec![owned("a.pdf", pdf)]));
    let both = vec![file("a.pdf", Some(b"1")), file("b.pdf", None)];
    assert_eq!(names(&two, &of(zip, both.clone())), Ok(vec![owned("a.pdf", b"1"), owned("b.pdf", b"2")]));
    // A single document in a zip, even an empty one, as one installation sent it; and a document that is a zip itself.
    assert_eq!(names(&one, &of(zip, vec![file("a.pdf", None)])), Ok(vec![owned("a.pdf", b"")]));
    assert_eq!(names(&two, &of(zip, vec![file("x.zip", Some(&two))])), Ok(vec![owned("x.zip", &two)]));
    assert_eq!(names(&two, &of("application/vnd.oasis", vec![file("x.odt", None)])), Ok(vec![owned("x.odt", &two)]));
    let missing = [both, vec![file("c.pdf", None)]].concat();
    assert_eq!(names(&two, &of(zip, missing)), Err(Code::EntryMissing));
    assert_eq!(names(pdf, &of("application/pdf", vec![file("a.pdf", Some(b"other"))])), Err(Code::DocumentDamaged));
    assert!(names(b"PK\x03\x04x", &of(zip, vec![file("a.pdf", None), file("b.pdf", None)])).is_err());
}

/// KS SvarInn v1: what the reference sealed the way SvarInn's documents are sealed, one document by itself.
#[cfg(feature = "soft-keys")]
#[test]
fn a_single_document_that_another_program_sealed_is_opened() {
    let Some(key) = crate::pki::testing::key("a") else { return };
    let Some(folder) = crate::pki::testing::vectors() else { return };
    let Ok(sealed) = std::fs::read(folder.join("artefacts/pub-16-dpf-enkeltdokument.cms")) else { return };
    let plain = crate::seal::open(&sealed, &key, &crate::limits::Limits::default()).unwrap();
    assert!(plain.starts_with(b"%PDF"));
    let found = documents(&plain, &received(), &crate::limits::Limits::default()).unwrap();
    assert_eq!((found.len(), found[0].name.as_str(), &found[0].content), (1, "svar.pdf", &plain));
}

#[test]
fn what_the_channel_loses_is_what_the_shipment_does_not_say() {
    use crate::address::LetterField;
    let mut draft = draft();
    draft.title = "Merke-tittel".to_owned();
    draft.documents[0].title = "Merke-dokument".to_owned();
    draft.case = CaseFields {
        case_number: "2026/4711".to_owned(),
        case_title: "Merke-sak".to_owned(),
        document_date: "2001-02-03".to_owned(),
        our_reference: "Merke-vår".to_owned(),
        their_reference: "2025/8899".to_owned(),
        case_worker: "Merke-saksbehandler".to_owned(),
        access_restriction: "Merke-skjerming".to_owned(),
        ..CaseFields::default()
    };
    let letter = letter::check(&draft, &capability()).unwrap();
    let written = serde_json::to_string(&shipment(&letter, &archive_of(&letter)).unwrap()).unwrap();
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
        assert_eq!(Channel::Dpf.loses().contains(&field), !written.contains(mark), "{field:?}");
    }
}

#[test]
fn an_address_for_paper_is_complete_or_refused_at_its_field() {
    let paths = |address: &Address| -> Vec<String> {
        address_problems(address).into_iter().filter_map(|finding| Some(finding.place?.path)).collect()
    };
    assert_eq!(paths(&address()), Vec::<String>::new());
    let half = Address { postal_code: "12".to_owned(), place: " ".to_owned(), ..address() };
    assert_eq!(paths(&half), ["svarut:/recipient/address/postalCode", "svarut:/recipient/address/place"]);
    let empty = Address { lines: vec![String::new()], ..address() };
    assert_eq!(paths(&empty), ["svarut:/recipient/address/lines"]);
    let abroad = Address { postal_code: String::new(), country: "SE".to_owned(), ..address() };
    assert_eq!(paths(&abroad), Vec::<String>::new());
    let mut draft = draft();
    draft.svarut.recipient_address = Some(half);
    let findings = letter::problems(&draft, Some(&capability()));
    assert!(findings.iter().any(|finding| finding.code == Code::ShipmentInvalid && finding.refuses()), "{findings:?}");
}
