//! What SvarUt refuses, found before anything is sealed or sent. Limits: the OpenAPI text of KS SvarUt REST
//! v3, schema `OrganisasjonForsendelse`, unless they are called ours.

use std::collections::HashSet;

use super::{Address, Correspondent, Metadata, Shipment};
use crate::archive::{CodeList, JOURNAL_STATUS, JOURNAL_TYPE};
use crate::finding::{Finding, Findings, Place, Rule};
use crate::identifier::OrganisationNumber;

/// The longest title (`tittel`), in characters.
pub const MAX_TITLE: usize = 1000;

/// The longest file name (`filnavn`), in characters.
pub const MAX_FILE_NAME: usize = 226;

/// The greatest sum of documents, in bytes, that may be printed: 350 MB (`dokumenter`).
pub const MAX_PRINTED: u64 = 350_000_000;

/// The greatest number of documents, as many as a letter may have. Ours: SvarUt tells none.
pub const MAX_DOCUMENTS: usize = crate::letter::MAX_DOCUMENTS;

/// The longest line of an address (`adresselinje1`), in characters.
const MAX_LINE: usize = 70;

/// The longest `forsendelsestype`, in characters.
const MAX_TYPE: usize = 100;

/// The longest name or value that goes unlimited in SvarUt's own text: a bound on what a stranger can have us store.
const MAX_TEXT: usize = 1000;

/// The greatest number of the organisation's own fields, likewise.
const MAX_EXTRA: usize = 100;

/// What no file name of a shipment may hold.
const FORBIDDEN: &str = "*:\"\\/<>|?";

impl Shipment {
    /// Everything that is wrong with it, by the rules `F01` to `F05`, each at its field of `svarut:/`; and a
    /// warning, `F06`, where it has no address to print it to.
    pub fn problems(&self) -> Vec<Finding> {
        let mut findings = Problems::default();
        findings.text(&self.title, MAX_TITLE, true, "title");
        correspondent(&self.recipient, "recipient", &mut findings);
        correspondent(&self.answers_to, "answersTo", &mut findings);
        if let Some(kind) = &self.shipment_type {
            findings.text(kind, MAX_TYPE, true, "shipmentType");
        }
        if !self.digital_only && self.recipient.address.is_none() {
            let message = "without an address it cannot be printed if nobody fetches it";
            findings.0.push(Finding::warning(Rule::ShipmentPaper, message).at(place("recipient/address")));
        }
        metadata(&self.metadata, &mut findings);
        if let Some(import) = &self.import {
            findings.year(import.case_year, "import/caseYear");
            findings.text(&import.title, MAX_TEXT, false, "import/title");
            findings.letter(JOURNAL_TYPE, &import.journal_type, "import/journalType");
            findings.letter(JOURNAL_STATUS, &import.journal_status, "import/journalStatus");
        }
        findings.0.into_vec()
    }
}

/// Everything that SvarUt would refuse about the documents: name, media type and size in bytes of each, in
/// order. By the rules `F08` to `F13`, at `documents/` and the index from 0; the warnings, `F07`, tell what
/// will not be printed.
pub fn document_problems<'a>(
    digital_only: bool,
    documents: impl IntoIterator<Item = (&'a str, &'a str, u64)>,
) -> Vec<Finding> {
    let mut findings = Findings::default();
    let mut names = HashSet::new();
    let (mut sum, mut count) = (0_u64, 0_usize);
    for (index, (name, media_type, size)) in documents.into_iter().enumerate() {
        let path = format!("documents/{index}/name");
        let mut refuse = |rule, message: &str| {
            findings.push(Finding::error(rule, message).at(Place::path(path.clone())).with("navn", name));
        };
        if name.trim().is_empty() || name.contains(|c: char| FORBIDDEN.contains(c) || c.is_control()) {
            refuse(Rule::ShipmentName, "SvarUt does not take the file name");
        } else if name.chars().count() > MAX_FILE_NAME {
            refuse(Rule::ShipmentNameLength, "SvarUt does not take a file name of more than 226 characters");
        } else if !names.insert(name.to_lowercase()) {
            refuse(Rule::ShipmentNameOnce, "two documents of a shipment have the same name");
        }
        if !digital_only && media_type != PRINTABLE {
            let finding = Finding::warning(Rule::ShipmentPrinted, "only PDF is printed");
            findings.push(finding.at(Place::path(format!("documents/{index}"))).with("navn", name));
        }
        (sum, count) = (sum.saturating_add(size), index + 1);
    }
    let path = Place::path("documents");
    if count == 0 {
        findings.push(Finding::error(Rule::ShipmentDocument, "there is no document").at(path.clone()));
    }
    if count > MAX_DOCUMENTS {
        let finding = Finding::error(Rule::ShipmentDocuments, "there are too many documents").at(path.clone());
        findings.push(finding.with("max", MAX_DOCUMENTS.to_string()));
    }
    if !digital_only && sum > MAX_PRINTED {
        let message = "a shipment that may be printed is too large";
        let finding = Finding::error(Rule::ShipmentSize, message).at(path).with("leveringsmåte", "DPF");
        findings.push(finding.with("størrelse", sum.to_string()).with("max", MAX_PRINTED.to_string()));
    }
    findings.into_vec()
}

/// What SvarUt prints.
const PRINTABLE: &str = "application/pdf";

fn place(path: &str) -> Place {
    Place::path(format!("svarut:/{path}"))
}

/// What is wrong, as many as are told.
#[derive(Default)]
struct Problems(Findings);

impl Problems {
    fn refuse(&mut self, rule: Rule, message: &str, path: &str) {
        self.0.push(Finding::error(rule, message).at(place(path)));
    }

    fn text(&mut self, text: &str, max: usize, required: bool, path: &str) {
        if required && text.trim().is_empty() {
            self.refuse(Rule::ShipmentField, "the field is empty", path);
        } else if text.chars().count() > max {
            self.refuse(Rule::ShipmentField, &format!("the field has more than {max} characters"), path);
        } else if text.chars().any(char::is_control) {
            self.refuse(Rule::ShipmentField, "the field has control characters", path);
        }
    }

    fn year(&mut self, year: Option<u16>, path: &str) {
        if year.is_some_and(|year| !(1800..=2999).contains(&year)) {
            self.refuse(Rule::ShipmentWord, "the year is none", path);
        }
    }

    fn letter(&mut self, list: CodeList, letter: &str, path: &str) {
        if !letter.is_empty() && list.word(letter).is_none_or(|word| list.letter(word) != Some(letter)) {
            self.refuse(Rule::ShipmentWord, "the letter is not on the list", path);
        }
    }
}

/// What is wrong with an address that paper shall go to, by the rules `F01`, `F03` and `F14`, each at
/// `svarut:/recipient/address/`. SvarUt takes one without a place to go to; the post does not.
pub fn address_problems(address: &Address) -> Vec<Finding> {
    let mut findings = Problems::default();
    self::address(address, ADDRESS, &mut findings);
    let norwegian = address.country.is_empty() || address.country == "NO";
    let lines = address.lines.concat();
    for (text, name) in [(&lines, "lines"), (&address.postal_code, "postalCode"), (&address.place, "place")] {
        if text.trim().is_empty() && (norwegian || name != "postalCode") {
            findings.refuse(Rule::ShipmentPlace, "the address is not complete", &format!("{ADDRESS}/{name}"));
        }
    }
    findings.0.into_vec()
}

const ADDRESS: &str = "recipient/address";

fn correspondent(party: &Correspondent, path: &str, findings: &mut Problems) {
    findings.text(&party.name, MAX_TEXT, true, &format!("{path}/name"));
    if OrganisationNumber::parse(&party.organisation).is_err() {
        findings.refuse(
            Rule::ShipmentNumber,
            "the organisation number is not a real one",
            &format!("{path}/organisation"),
        );
    }
    if let Some(address) = &party.address {
        self::address(address, &format!("{path}/address"), findings);
    }
}

fn address(address: &Address, path: &str, findings: &mut Problems) {
    if address.lines.len() > 3 {
        findings.refuse(Rule::ShipmentAddress, "an address has at most three lines", &format!("{path}/lines"));
    }
    for line in &address.lines {
        findings.text(line, MAX_LINE, false, &format!("{path}/lines"));
    }
    findings.text(&address.place, MAX_LINE, false, &format!("{path}/place"));
    let capitals = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if !address.country.is_empty() && !capitals(&address.country) {
        findings.refuse(Rule::ShipmentAddress, "the country is not two capital letters", &format!("{path}/country"));
    }
    let code = &address.postal_code;
    let norwegian = address.country.is_empty() || address.country == "NO";
    let four_digits = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit());
    if norwegian && !code.is_empty() && !four_digits {
        findings.refuse(
            Rule::ShipmentAddress,
            "a Norwegian postal code has four digits",
            &format!("{path}/postalCode"),
        );
    }
    findings.text(code, 20, false, &format!("{path}/postalCode"));
}

fn metadata(metadata: &Metadata, findings: &mut Problems) {
    findings.year(metadata.case_year, "metadata/caseYear");
    findings.year(metadata.journal_year, "metadata/journalYear");
    findings.letter(JOURNAL_TYPE, &metadata.journal_type, "metadata/journalType");
    findings.letter(JOURNAL_STATUS, &metadata.journal_status, "metadata/journalStatus");
    findings.text(&metadata.title, MAX_TEXT, false, "metadata/title");
    findings.text(metadata.case_worker.as_deref().unwrap_or_default(), MAX_TEXT, false, "metadata/caseWorker");
    if metadata.extra.len() > MAX_EXTRA {
        findings.refuse(Rule::ShipmentExtra, "there are too many fields of the organisation's own", "metadata/extra");
    }
    let mut seen = HashSet::new();
    for extra in &metadata.extra {
        findings.text(&extra.key, MAX_TEXT, true, "metadata/extra/key");
        findings.text(&extra.value, MAX_TEXT, false, "metadata/extra/value");
        if !seen.insert(extra) {
            findings.refuse(Rule::ShipmentExtra, "a field of the organisation's own stands twice", "metadata/extra");
        }
    }
}
