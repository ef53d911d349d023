//! A shipment of a letter and its archive, mapped as the reference, integrasjonspunkt, maps an `arkivmelding`.

use super::{Correspondent, Extra, ImportMetadata, Metadata, Shipment};
use crate::archive::{Arkivmelding, JOURNAL_STATUS, JOURNAL_TYPE};
use crate::finding::Finding;
use crate::identifier::read_uuid;
use crate::letter::Letter;

/// What the reference writes when the archive has no word for it: incoming document, finished by the case worker.
const DEFAULT_TYPE: &str = "I";
const DEFAULT_STATUS: &str = "R";

/// The kinds of party whose case worker and name are the sender's.
const SENDERS: &[&str] = &["Avsender", "Intern avsender"];

/// Makes the shipment of a letter. The title is the public one; the reply goes to the shipment that the other side's
/// reference names, if it is an id; the case of the other side is found by that reference, if it is a case number.
///
/// # Errors
/// Everything that SvarUt would refuse, documents included, as [`Shipment::problems`] and
/// [`super::document_problems`] tell it.
pub fn shipment(letter: &Letter, archive: &Arkivmelding) -> Result<Shipment, Vec<Finding>> {
    let choices = letter.svarut();
    let sender = archive.entry.parties.iter().find(|party| SENDERS.contains(&party.kind.as_str()));
    let sender_name = sender.map(|party| party.name.clone()).filter(|name| !name.trim().is_empty());
    let reference = letter.receiver_reference();
    let shipment = Shipment {
        title: archive.title().to_owned(),
        recipient: Correspondent {
            name: letter.recipient_name().to_owned(),
            organisation: letter.recipient().to_string(),
            address: choices.recipient_address.clone(),
        },
        answers_to: Correspondent {
            name: sender_name.unwrap_or_else(|| letter.sender_name().to_owned()),
            organisation: letter.sender().to_string(),
            address: choices.sender_address.clone(),
        },
        security_level: choices.security_level,
        shipment_type: Some(choices.shipment_type.trim().to_owned()).filter(|text| !text.is_empty()),
        digital_only: choices.digital_only,
        confidential: choices.confidential,
        reply_to: reference.and_then(read_uuid),
        metadata: metadata(archive),
        import: reference.and_then(case_number).map(|(year, sequence)| ImportMetadata {
            case_year: Some(year),
            case_sequence: Some(sequence),
            ..ImportMetadata::default()
        }),
    };
    let documents = letter.documents().iter();
    let documents = documents.map(|document| (document.name.as_str(), document.media_type.as_str(), document.size));
    let mut findings = shipment.problems();
    findings.extend(super::document_problems(shipment.digital_only, documents));
    if findings.iter().any(Finding::refuses) { Err(findings) } else { Ok(shipment) }
}

fn metadata(archive: &Arkivmelding) -> Metadata {
    let (case, entry) = (&archive.case, &archive.entry);
    let numbered = case.number.as_deref().and_then(case_number);
    let letter_or = |letter: Option<&str>, default: &str| letter.unwrap_or(default).to_owned();
    let mut extra: Vec<Extra> = Vec::new();
    for own in &archive.own {
        let one = Extra { key: own.name.clone(), value: own.value.clone() };
        if !extra.contains(&one) {
            extra.push(one);
        }
    }
    Metadata {
        case_year: case.year.or(numbered.map(|(year, _)| year)),
        case_sequence: case.sequence.or(numbered.map(|(_, sequence)| sequence)),
        journal_year: entry.year,
        journal_sequence: entry.sequence,
        journal_number: entry.number.as_deref().and_then(|number| number.parse().ok()),
        journal_type: letter_or(JOURNAL_TYPE.letter(&entry.journal_type), DEFAULT_TYPE),
        journal_status: letter_or(entry.status.as_deref().and_then(|word| JOURNAL_STATUS.letter(word)), DEFAULT_STATUS),
        journal_date: entry.date,
        document_date: entry.document_date,
        title: archive.title().to_owned(),
        case_worker: entry
            .parties
            .iter()
            .filter(|party| SENDERS.contains(&party.kind.as_str()))
            .find_map(|party| party.case_worker.clone()),
        extra,
    }
}

/// Year and sequence of a case number as people write it, `2026/17`.
fn case_number(text: &str) -> Option<(u16, u32)> {
    let (year, sequence) = text.trim().split_once(['/', '-'])?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (year.len() == 4 && digits(year) && digits(sequence)).then_some(())?;
    Some((year.parse().ok()?, sequence.parse().ok()?))
}
