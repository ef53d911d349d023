//! Shipments of KS SvarUt and SvarInn.

use konvolutt_shared::address::Channel;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::svarut::{
    Address, Correspondent, FileMetadata, Level, MAX_DOCUMENTS, MAX_PRINTED, Received, Shipment, address_problems,
    document_problems, documents,
};

use super::document::RECEIVER;
use super::letter;
use super::world::SENDER;
use crate::Case;

fn address() -> Address {
    Address {
        lines: vec!["Rådhusgata 1".to_owned()],
        postal_code: "0001".to_owned(),
        place: "Solvik".to_owned(),
        country: String::new(),
    }
}

fn shipment() -> Shipment {
    let correspondent = |name: &str, organisation: &str| Correspondent {
        name: name.to_owned(),
        organisation: organisation.to_owned(),
        address: Some(address()),
    };
    Shipment {
        title: "Brev".to_owned(),
        recipient: correspondent("Mottaker", RECEIVER),
        answers_to: correspondent("Avsender", SENDER),
        ..Shipment::default()
    }
}

type Change = fn(&mut Shipment);

fn to(shipment: &mut Shipment) -> &mut Address {
    shipment.recipient.address.as_mut().unwrap()
}

const CHANGES: &[(Rule, Change)] = &[
    (Rule::ShipmentField, |s| s.title.clear()),
    (Rule::ShipmentField, |s| s.title = "x".repeat(1001)),
    (Rule::ShipmentField, |s| s.title = "a\u{1}".to_owned()),
    (Rule::ShipmentNumber, |s| s.recipient.organisation = "310900418".to_owned()),
    (Rule::ShipmentAddress, |s| to(s).lines = vec!["x".to_owned(); 4]),
    (Rule::ShipmentAddress, |s| to(s).postal_code = "12".to_owned()),
    (Rule::ShipmentAddress, |s| to(s).country = "norge".to_owned()),
    (Rule::ShipmentWord, |s| s.metadata.case_year = Some(1)),
    (Rule::ShipmentWord, |s| s.metadata.journal_type = "?".to_owned()),
    (Rule::ShipmentExtra, |s| {
        let extra = konvolutt_shared::svarut::Extra { key: "a".to_owned(), value: "b".to_owned() };
        s.metadata.extra = vec![extra.clone(), extra];
    }),
    (Rule::ShipmentPaper, |s| s.recipient.address = None),
];

fn received(files: Vec<FileMetadata>) -> Received {
    Received { files, content_type: "text/plain".to_owned(), file_name: "brev.txt".to_owned(), ..Received::default() }
}

fn inside() -> Vec<Case> {
    let file =
        |name: &str, size: u64| FileMetadata { name: name.to_owned(), size: Some(size), ..FileMetadata::default() };
    let of = |files| documents(b"hei", &received(files), &Limits::default()).err().unwrap_or_default();
    assert_eq!(of(vec![file("brev.txt", 3)]), [], "the base is good");
    vec![
        (Rule::ShipmentFile, of(vec![file("brev.txt", 3), file("vedlegg.txt", 3)])),
        (Rule::ShipmentFileSame, of(vec![file("brev.txt", 4)])),
    ]
}

fn listed() -> Vec<Case> {
    let of = |names: &[(&str, &str, u64)]| document_problems(false, names.iter().copied());
    let pdf = "application/pdf";
    assert_eq!(of(&[("a.pdf", pdf, 1)]), [], "the base is good");
    let many: Vec<String> = (0..=MAX_DOCUMENTS).map(|n| format!("{n}.pdf")).collect();
    let long = "x".repeat(227);
    vec![
        (Rule::ShipmentPrinted, of(&[("a.txt", "text/plain", 1)])),
        (Rule::ShipmentName, of(&[("a|b.pdf", pdf, 1)])),
        (Rule::ShipmentNameLength, of(&[(&long, pdf, 1)])),
        (Rule::ShipmentNameOnce, of(&[("a.pdf", pdf, 1), ("A.pdf", pdf, 1)])),
        (Rule::ShipmentDocument, of(&[])),
        (Rule::ShipmentDocuments, document_problems(true, many.iter().map(|name| (name.as_str(), pdf, 1)))),
        (Rule::ShipmentSize, of(&[("a.pdf", pdf, MAX_PRINTED + 1)])),
        (Rule::ShipmentPlace, address_problems(&Address { place: String::new(), ..address() })),
    ]
}

/// A letter to somebody whose system has a lower level than is asked for.
fn too_high() -> Vec<Finding> {
    let mut draft = letter::draft();
    draft.svarut.recipient_address = Some(address());
    assert_eq!(letter::found(&draft, Channel::Dpf), [], "the base is good");
    draft.svarut.security_level = Level::High;
    letter::found(&draft, Channel::Dpf)
}

pub(crate) fn cases() -> Vec<Case> {
    assert_eq!(shipment().problems(), [], "the base is good");
    let mut cases: Vec<Case> = CHANGES
        .iter()
        .map(|(rule, change)| {
            let mut shipment = shipment();
            change(&mut shipment);
            (*rule, shipment.problems())
        })
        .collect();
    cases.extend([inside(), listed(), vec![(Rule::ShipmentLevel, too_high())]].concat());
    cases
}
