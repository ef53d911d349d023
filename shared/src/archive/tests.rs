use super::*;
use crate::finding::Code;

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
            title: "Søknad <om> \"vei\" & bru".to_owned(),
            public_title: None,
            date: Some("2026-11-01".parse().unwrap()),
            unit: "Teknisk".to_owned(),
            responsible: "Prøve Person".to_owned(),
        },
        entry: JournalEntry {
            system_id: Uuid::from_u128(2),
            number: Some("3".to_owned()),
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
    }
}

#[test]
fn what_we_write_is_read_back_equal_and_without_remarks() {
    let (read, findings) = read(&write(&sample())).unwrap();
    assert_eq!(read, sample());
    assert_eq!(findings, []);
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
fn hostile_files_are_refused() {
    let deep = "<arkivmelding>".repeat(100);
    let doctype = "<!DOCTYPE arkivmelding [<!ENTITY x 'y'>]><arkivmelding/>";
    for bad in [doctype, deep.as_str(), "<arkivmelding>", "<arkivmelding>&x;</arkivmelding>", "<a></b>", "", "%PDF-1.7"]
    {
        assert_eq!(read(bad.as_bytes()).unwrap_err().code, Code::ArchiveMalformed, "{bad:.40}");
    }
}
