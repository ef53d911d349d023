use super::*;
use crate::finding::{Code, Findings};

fn sample() -> Arkivmelding {
    let document = |index: u128, title: &str, file: &str, main| ArchivedDocument {
        system_id: Uuid::from_u128(index),
        title: title.to_owned(),
        file: file.to_owned(),
        main,
    };
    Arkivmelding {
        system: "Konvolutt".to_owned(),
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".to_owned(),
        created: Some("2026-12-01T08:00:00Z".parse().unwrap()),
        case: Case {
            system_id: Uuid::from_u128(1),
            number: Some("2026/17".to_owned()),
            year: Some(2026),
            sequence: Some(17),
            title: "Søknad <om> \"vei\" & bru".to_owned(),
            public_title: None,
            date: Some("2026-11-01".parse().unwrap()),
            unit: "Teknisk".to_owned(),
            responsible: "Prøve Person".to_owned(),
        },
        entry: JournalEntry {
            system_id: Uuid::from_u128(2),
            number: Some("3".to_owned()),
            year: Some(2026),
            sequence: Some(4711),
            status: Some("Journalført".to_owned()),
            title: "Svar".to_owned(),
            public_title: None,
            journal_type: JOURNAL_TYPES[1].to_owned(),
            date: Some("2026-12-01".parse().unwrap()),
            document_date: Some("2026-11-30".parse().unwrap()),
            access_restriction: Some("offl. § 13".to_owned()),
            parties: vec![CorrespondenceParty {
                kind: "Mottaker".to_owned(),
                name: "Svaretaten".to_owned(),
                unit: None,
                case_worker: Some("Person Prøve".to_owned()),
            }],
            documents: vec![
                document(3, "Brev", "brev.pdf", true),
                document(4, "Vedlegg æøå", "Søknad – vedlegg æøå.docx", false),
            ],
        },
        own: Vec::new(),
    }
}

#[test]
fn what_we_write_is_read_back_equal_and_without_remarks() {
    let (mut read, findings) = read(&write(&sample())).unwrap();
    // Only one of the two schemas has a place for these.
    assert_eq!((read.case.year, read.case.sequence), (None, None));
    (read.case.year, read.case.sequence) = (sample().case.year, sample().case.sequence);
    assert_eq!(read, sample());
    assert_eq!(findings, []);
}

/// As older archive systems write it.
#[test]
fn a_file_in_latin_1_says_the_same() {
    let written = String::from_utf8(write(&sample())).unwrap().replace("UTF-8", "ISO-8859-1").replace('–', "-");
    let latin: Vec<u8> = written.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let (archive, findings) = read(&latin).unwrap();
    assert_eq!((archive.case.title.as_str(), findings), ("Søknad <om> \"vei\" & bru", vec![]));
    assert_eq!(archive.files(), ["brev.pdf", "Søknad - vedlegg æøå.docx"]);
    let report = crate::inspect::inspect(&latin, &crate::inspect::Options::default());
    assert_eq!((report.kind, report.findings), (crate::inspect::Kind::Arkivmelding, vec![]));
}

#[test]
fn elements_stand_in_the_order_of_the_schema() {
    let text = String::from_utf8(write(&sample())).unwrap();
    let order = [
        "<system>",
        "<meldingId>",
        "<tidspunkt>",
        "<antallFiler>2<",
        "<mappe ",
        "<mappeID>",
        "<opprettetDato>",
        "<basisregistrering ",
        "<arkivertAv>",
        "<referanseForelderMappe>",
        "<skjerming>",
        "<dokumentbeskrivelse>",
        "<dokumenttype>",
        "<dokumentstatus>",
        "<tilknyttetRegistreringSom>Hoveddokument",
        "<dokumentnummer>1<",
        "<tilknyttetAv>",
        "<dokumentobjekt>",
        "<referanseDokumentfil>brev.pdf",
        "<dokumentnummer>2<",
        "<journalpostnummer>",
        "<journalposttype>",
        "<journalstatus>",
        "<journaldato>",
        "<dokumentetsDato>",
        "<korrespondansepart>",
        "</basisregistrering>",
        "<saksdato>",
        "<administrativEnhet>",
        "<saksansvarlig>",
        "<saksstatus>",
        "</mappe>",
    ];
    let mut from = 0;
    for part in order {
        from += text[from..].find(part).unwrap_or_else(|| panic!("{part} is missing or too early"));
    }
}

#[test]
fn a_poor_file_is_read_with_remarks() {
    let poor = "<a:arkivmelding xmlns:a='x'><a:antallFiler>0</a:antallFiler><a:mappe><a:basisregistrering>\
        <a:dokumentbeskrivelse><a:dokumentobjekt><a:referanseDokumentfil>a&amp;b.pdf</a:referanseDokumentfil>\
        </a:dokumentobjekt></a:dokumentbeskrivelse><a:journaldato>2026-11-01+01:00</a:journaldato>\
        </a:basisregistrering></a:mappe></a:arkivmelding>";
    let (archive, findings) = read(poor.as_bytes()).unwrap();
    assert_eq!(archive.entry.documents[0].file, "a&b.pdf");
    assert_eq!(archive.entry.date, Some("2026-11-01".parse().unwrap()));
    assert_eq!(findings.len(), 3);
    assert!(findings.iter().all(|finding| !finding.refuses()));
}

#[test]
fn the_first_journal_entry_of_the_first_case_counts_and_documents_are_sorted() {
    let document = |number: &str, title: &str, files: &[&str]| {
        let objects: String = files
            .iter()
            .map(|file| format!("<dokumentobjekt><referanseDokumentfil>{file}</referanseDokumentfil></dokumentobjekt>"))
            .collect();
        format!(
            "<dokumentbeskrivelse><tittel>{title}</tittel><tilknyttetRegistreringSom>V</tilknyttetRegistreringSom>\
             {number}{objects}</dokumentbeskrivelse>"
        )
    };
    let entry = |kind: &str, title: &str, inner: &str| {
        format!("<basisregistrering xsi:type='n:{kind}'><tittel>{title}</tittel>{inner}</basisregistrering>")
    };
    let documents = document("<dokumentnummer>10</dokumentnummer>", "ti", &["10.pdf"])
        + &document("", "uten", &["uten.pdf"])
        + &document("<dokumentnummer>2</dokumentnummer>", "to", &["2.docx", "2.pdf"]);
    let xml = format!(
        "\u{feff}<n:arkivmelding xmlns:n='x' xmlns:xsi='y'><mappe><tittel>annen</tittel></mappe>\
         <mappe xsi:type='n:saksmappe'><systemID>{{00000000-0000-0000-0000-000000000001}}</systemID>\
         <tittel>saken</tittel>{}{}</mappe><mappe xsi:type='saksmappe'><tittel>tredje</tittel></mappe></n:arkivmelding>",
        entry("basisregistrering", "notat", ""),
        entry("journalpost", "brevet", &format!("<journalposttype>I</journalposttype>{documents}")),
    );
    let (archive, findings) = read(xml.as_bytes()).unwrap();
    assert_eq!((archive.case.title.as_str(), archive.case.system_id), ("saken", Uuid::from_u128(1)));
    assert_eq!((archive.entry.title.as_str(), archive.entry.journal_type.as_str()), ("brevet", JOURNAL_TYPES[0]));
    assert_eq!(archive.files(), ["2.docx", "2.pdf", "10.pdf", "uten.pdf"]);
    assert!(!findings.is_empty() && findings.iter().all(|finding| !finding.refuses()));
}

#[test]
fn the_letter_is_named_as_the_reference_names_it() {
    let mut archive = sample();
    assert_eq!(archive.title(), "Svar");
    assert_eq!(archive.reference().unwrap(), "00000000-0000-0000-0000-000000000001-3");
    archive.entry.public_title = Some("Sv**".to_owned());
    archive.entry.number = None;
    assert_eq!((archive.title(), archive.reference()), ("Sv**", None));
}

#[test]
fn every_named_file_must_be_there() {
    let archive = sample();
    let both = ["arkivmelding.xml", "brev.pdf", "Søknad – vedlegg æøå.docx", "ekstra.txt"];
    assert_eq!(archive.missing_files(both), []);
    let findings = archive.missing_files(["Brev.pdf", "Søknad – vedlegg æøå.docx"]);
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::ArchiveFileMissing]);
    assert_eq!(findings[0].params["name"], "brev.pdf");
}

/// What is repeated without end is told a hundred times, and once that there is more.
#[test]
fn what_is_wrong_with_many_documents_is_bounded() {
    let mut archive = sample();
    let document = archive.entry.documents[0].clone();
    let many = (0..1000).map(|number| ArchivedDocument { file: number.to_string(), ..document.clone() });
    archive.entry.documents = many.collect();
    let missing = archive.missing_files([]);
    assert_eq!(missing.len(), Findings::MAX + 1);
    assert!(missing.last().unwrap().message.starts_with("900 more"));
    archive.entry.documents.iter_mut().for_each(|document| document.title.clear());
    assert!(archive.problems().len() < 2 * Findings::MAX);
}

#[test]
fn what_the_schemas_would_refuse_is_told_and_mended() {
    assert_eq!(sample().problems(), []);
    type Change = fn(&mut Arkivmelding);
    let rows: &[(&str, Change)] = &[
        ("system", |a| a.system.clear()),
        ("meldingId", |a| a.message_id.clear()),
        ("tidspunkt", |a| a.created = None),
        ("mappe/tittel", |a| a.case.title.clear()),
        ("mappe/administrativEnhet", |a| a.case.unit.clear()),
        ("mappe/saksansvarlig", |a| a.case.responsible.clear()),
        ("journalpost/tittel", |a| a.entry.title.clear()),
        ("journalpost/journalposttype", |a| a.entry.journal_type = "Brev".to_owned()),
        ("korrespondansepart/korrespondanseparttype", |a| a.entry.parties[0].kind = "Kopi".to_owned()),
        ("korrespondansepart/korrespondansepartNavn", |a| a.entry.parties[0].name.clear()),
        ("dokumentbeskrivelse/tittel", |a| a.entry.documents[1].title.clear()),
        ("dokumentobjekt/referanseDokumentfil", |a| a.entry.documents[1].file.clear()),
        ("dokumentbeskrivelse", |a| a.entry.documents[1].main = true),
    ];
    for (at, change) in rows {
        let mut archive = sample();
        change(&mut archive);
        let places: Vec<_> = archive.problems().into_iter().map(|finding| finding.place.unwrap().path).collect();
        assert_eq!(places, [format!("asic:/arkivmelding.xml/{at}")]);
    }
    let mut odd = sample();
    odd.entry.documents.push(ArchivedDocument::default());
    odd.entry.journal_type = "Brev".to_owned();
    odd.entry.parties[0].kind = "Kopi".to_owned();
    let (read, _) = read(&write(&odd)).unwrap();
    assert_eq!((read.entry.journal_type.as_str(), read.entry.parties[0].kind.as_str()), (JOURNAL_TYPES[1], "Mottaker"));
    // A description without a file is written without one, and not counted.
    let text = String::from_utf8(write(&odd)).unwrap();
    assert!(text.contains("<antallFiler>2<") && !text.contains("<referanseDokumentfil></"));
    assert_eq!(JOURNAL_TYPES, JOURNAL_TYPE.words().collect::<Vec<_>>());
}

#[test]
fn hostile_files_are_refused() {
    let deep = "<arkivmelding>".repeat(100);
    let doctype = "<!DOCTYPE arkivmelding [<!ENTITY x 'y'>]><arkivmelding/>";
    for bad in [doctype, deep.as_str(), "<arkivmelding>", "<arkivmelding>&x;</arkivmelding>", "<a></b>", "", "%PDF-1.7"]
    {
        assert_eq!(read(bad.as_bytes()).unwrap_err().code, Code::ArchiveMalformed, "{bad:.40}");
    }
}
