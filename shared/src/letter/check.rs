//! Every rule, all problems at once.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::name::{self, file_name_problem, safe_name, unique_name};
use super::{Draft, DraftDocument, Letter};
use super::{agreed, content};
use crate::address::{Capability, Channel};
use crate::archive;
use crate::dpv::Options;
use crate::finding::{Finding, Place, Rule};
use crate::identifier::OrganisationNumber;
use crate::svarut::{address_problems, document_problems};

/// The longest title of a letter or a document, in characters, itself included: what mailboxes
/// (`ikkesensitivtittel`) and Altinn Correspondence (`messageTitle`) take; ours for the other channels.
pub const MAX_TITLE: usize = 255;

/// Above this many characters some recipients cut or choke. Ours: no standard says so.
pub const WARN_TITLE: usize = 80;

/// The greatest number of documents, itself included. Ours: a container takes a thousand entries
/// ([`Limits::entries`](crate::limits::Limits::entries)), some of which are its own.
pub const MAX_DOCUMENTS: usize = 990;

/// The latest deadline, in seconds, itself included: thirty days, after which nobody expects an answer from a
/// queue. Ours.
const MAX_DEADLINE: u32 = 30 * 24 * 3600;

/// Makes a letter of a draft to an organisation, for the channel that the recipient is reached by.
///
/// # Errors
/// As [`problems`] tells it, when any of it refuses.
pub fn check(draft: &Draft, capability: &Capability) -> Result<Letter, Vec<Finding>> {
    let findings = problems(draft, Some(capability));
    let sender = OrganisationNumber::parse(&draft.sender);
    let recipient = OrganisationNumber::parse(&draft.recipient);
    let main = draft.documents.iter().position(|document| document.main);
    match (sender, recipient, main) {
        (Ok(sender), Ok(recipient), Some(main)) if !findings.iter().any(Finding::refuses) => {
            let mut draft = draft.clone();
            for document in &mut draft.documents {
                document.name = name::normalised(&document.name);
            }
            // What was chosen for another channel is not said on this one.
            if capability.channel != Channel::Dpv {
                draft.dpv = Options::default();
            }
            let supplier = supplier(&draft).filter(|supplier| *supplier != sender);
            Ok(Letter {
                draft,
                sender,
                supplier,
                channel: capability.channel,
                recipient,
                main,
                remarks: findings,
                answers: None,
            })
        }
        _ => Err(findings),
    }
}

/// Everything there is to say about a draft to an organisation, in the order of the form: rules L01 to L25 of
/// [`Rule`] and [`Rule::OrganisationReal`]; over KS SvarUt those of its shipments (F), to Altinn's inbox
/// those of its letters (I). Without a capability, what depends on the recipient is left out.
/// [`Rule::LetterTitleCut`] and [`Rule::ShipmentPrinted`] warn, the others refuse.
pub fn problems(draft: &Draft, capability: Option<&Capability>) -> Vec<Finding> {
    let mut findings = Vec::new();
    sender(draft, &mut findings);
    recipient(draft, &mut findings);
    // What was agreed upon has neither title nor archive fields: they would not arrive.
    let archived = draft.agreed.is_none();
    agreed::agreed(draft, capability.map(|known| known.channel), &mut findings);
    if archived {
        title(draft, &mut findings);
    }
    if let Some(capability) = capability {
        process(draft, capability, &mut findings);
    }
    documents(draft, capability.map_or(MAX_DOCUMENTS, |known| known.max_documents), &mut findings);
    if archived {
        titles(draft, &mut findings);
    }
    names(draft, &mut findings);
    if let Some(capability) = capability {
        size(draft, capability, &mut findings);
        match capability.channel {
            Channel::Dpf => svarut(draft, capability, &mut findings),
            Channel::Dpv => findings.extend(draft.dpv.problems()),
            _ => {}
        }
    }
    if archived {
        case(draft, &mut findings);
    }
    if draft.deadline_seconds.is_some_and(|seconds| !(1..=MAX_DEADLINE).contains(&seconds)) {
        findings.push(error(Rule::LetterDeadline, "the deadline is not within thirty days", "deadlineSeconds"));
    }
    findings
}

pub(super) fn error(rule: Rule, message: &str, path: impl Into<String>) -> Finding {
    Finding::error(rule, message).at(Place::path(path))
}

pub(super) fn sender(draft: &Draft, findings: &mut Vec<Finding>) {
    organisation(&draft.sender, Rule::LetterSender, "sender", findings);
    if !draft.supplier.is_empty() && supplier(draft).is_none() {
        findings.push(error(Rule::OrganisationReal, "whoever signs is no organisation", "supplier"));
    }
}

fn supplier(draft: &Draft) -> Option<OrganisationNumber> {
    OrganisationNumber::parse(&draft.supplier).ok()
}

fn recipient(draft: &Draft, findings: &mut Vec<Finding>) {
    organisation(&draft.recipient, Rule::LetterRecipient, "recipient", findings);
}

fn organisation(number: &str, missing: Rule, path: &str, findings: &mut Vec<Finding>) {
    if number.is_empty() {
        findings.push(error(missing, "nobody is chosen", path));
    } else if let Err(wrong) = OrganisationNumber::parse(number) {
        findings.push(error(wrong.rule(), &wrong.to_string(), path));
    }
}

fn title(draft: &Draft, findings: &mut Vec<Finding>) {
    let length = draft.title.chars().count();
    if draft.title.trim().is_empty() {
        findings.push(error(Rule::LetterTitle, "the message has no title", "title"));
    } else if length > MAX_TITLE {
        findings.push(too_long(length, "title"));
    } else if length > WARN_TITLE {
        let finding = Finding::warning(Rule::LetterTitleCut, "some recipients cut titles of more than 80 characters");
        findings.push(finding.at(Place::path("title")).with("max", WARN_TITLE.to_string()));
    }
}

pub(super) fn too_long(length: usize, path: &str) -> Finding {
    error(Rule::LetterTitleLength, "the title is too long", path)
        .with("max", MAX_TITLE.to_string())
        .with("n", (length - MAX_TITLE).to_string())
}

fn process(draft: &Draft, capability: &Capability, findings: &mut Vec<Finding>) {
    if !capability.processes.contains(&draft.process) {
        let finding = error(Rule::LetterProcess, "the recipient does not take this process", "process");
        findings.push(finding.with("prosess", draft.process.clone()));
    }
}

pub(super) fn documents(draft: &Draft, most: usize, findings: &mut Vec<Finding>) {
    let mains = draft.documents.iter().filter(|document| document.main).count();
    match (draft.documents.len(), mains) {
        (0, _) => findings.push(error(Rule::LetterDocument, "there is no document", "documents")),
        (_, 0) => findings.push(error(Rule::LetterMain, "no document is the main one", "documents")),
        (_, 1) => {}
        _ => findings.push(error(Rule::LetterMains, "several documents are the main one", "documents")),
    }
    if draft.documents.len() > most {
        let finding = error(Rule::LetterDocuments, "there are too many documents", "documents");
        findings.push(finding.with("max", most.to_string()));
    }
    for (index, one) in draft.documents.iter().enumerate() {
        document(one, &format!("documents/{index}"), findings);
    }
}

fn document(document: &DraftDocument, path: &str, findings: &mut Vec<Finding>) {
    let mut refuse = |rule: Rule, message: &str| {
        findings.push(error(rule, message, path).with("navn", document.name.clone()));
    };
    if document.size == 0 {
        refuse(Rule::LetterFile, "the file is empty");
    } else if content::is_something_else(document) {
        refuse(Rule::LetterContent, "the content is not what the extension says");
    } else if content::is_locked(document) {
        refuse(Rule::LetterLocked, "the PDF is encrypted");
    }
}

/// Every document has a title.
fn titles(draft: &Draft, findings: &mut Vec<Finding>) {
    for (index, document) in draft.documents.iter().enumerate() {
        if document.title.trim().is_empty() {
            let finding = error(Rule::LetterDocumentTitle, "the document has no title", title_path(index));
            findings.push(finding.with("navn", document.name.clone()));
        }
    }
    long_titles(draft, findings);
}

/// No title of a document is too long.
pub(super) fn long_titles(draft: &Draft, findings: &mut Vec<Finding>) {
    for (index, document) in draft.documents.iter().enumerate() {
        let length = document.title.chars().count();
        if length > MAX_TITLE {
            findings.push(too_long(length, &title_path(index)));
        }
    }
}

fn title_path(index: usize) -> String {
    format!("documents/{index}/title")
}

/// Unusable names and names that would be one file at the recipient, each with a name that works.
pub(super) fn names(draft: &Draft, findings: &mut Vec<Finding>) {
    let mut first_with: BTreeMap<String, usize> = BTreeMap::new();
    for (index, document) in draft.documents.iter().enumerate() {
        let path = format!("documents/{index}/name");
        let others = || {
            let others = draft.documents.iter().enumerate().filter(move |(other, _)| *other != index);
            others.map(|(_, other)| other.name.as_str())
        };
        if let Some((rule, characters)) = file_name_problem(&document.name) {
            let suggestion = unique_name(&safe_name(&document.name), others());
            let finding = error(rule, "the file name cannot be used", path.clone())
                .with("navn", document.name.clone())
                .with("tegn", characters)
                .with("max", name::MAX_BYTES.to_string())
                .with("forslag", suggestion);
            findings.push(finding);
        }
        let first = *first_with.entry(name::folded(&document.name)).or_insert(index);
        if first != index {
            let suggestion = unique_name(&name::normalised(&document.name), others());
            let finding = error(Rule::LetterNames, "two documents have the same name", path)
                .with("navn", document.name.clone())
                .with("forslag", suggestion);
            findings.push(finding);
        }
    }
}

pub(super) fn size(draft: &Draft, capability: &Capability, findings: &mut Vec<Finding>) {
    let total = draft.documents.iter().fold(0_u64, |sum, document| sum.saturating_add(document.size));
    if total > capability.max_bytes {
        let finding = error(Rule::LetterSize, "the documents are too large together", "documents")
            .with("størrelse", total.to_string())
            .with("max", capability.max_bytes.to_string())
            .with("leveringsmåte", capability.channel.as_str());
        findings.push(finding);
    }
}

/// What KS SvarUt takes less of than the others, and the level of the recipient's system, which must be the letter's: to a
/// system of another level the registry sends no letter.
fn svarut(draft: &Draft, capability: &Capability, findings: &mut Vec<Finding>) {
    let chosen = &draft.svarut;
    let documents = draft.documents.iter().map(|one| (one.name.as_str(), one.media_type.as_str(), one.size));
    let more = document_problems(chosen.digital_only, documents);
    let known: Vec<_> = findings.iter().map(|known| known.place.clone()).collect();
    findings.extend(more.into_iter().filter(|finding| !known.contains(&finding.place)));
    if capability.security_level.is_some_and(|level| level != chosen.security_level.number()) {
        let message = "the recipient's system has another security level";
        findings.push(error(Rule::ShipmentLevel, message, "svarut/securityLevel"));
    }
    findings.extend(chosen.recipient_address.as_ref().map(address_problems).unwrap_or_default());
}

fn case(draft: &Draft, findings: &mut Vec<Finding>) {
    let fields = &draft.case;
    if fields.case_number.trim().is_empty() && fields.case_title.trim().is_empty() {
        findings.push(error(Rule::LetterCase, "there is neither case number nor case title", "case/caseTitle"));
    }
    if !fields.journal_type.is_empty() && !archive::JOURNAL_TYPES.contains(&fields.journal_type.as_str()) {
        findings.push(error(Rule::LetterArchive, "the kind of journal entry is not known", "case/journalType"));
    }
    if !fields.document_date.is_empty() && fields.document_date.parse::<Date>().is_err() {
        findings.push(error(Rule::LetterArchive, "the document's date is not a date", "case/documentDate"));
    }
}
