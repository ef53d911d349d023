//! Running a set and saying how it went.

use serde::Serialize;

use crate::cases::{Case, Outcome, Parameters, Set, Skipped};
use crate::{content, signatures, transport};

/// How a set went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The set's name.
    pub set: String,
    /// How many cases were taken or refused as Wycheproof says.
    pub passed: usize,
    /// How many were refused, as they must be, since they are not on the core's lists.
    pub refused: usize,
    /// What was not run.
    pub skipped: Vec<Skipped>,
    /// The reasons for what had to be refused, with how many cases each holds for.
    pub refusals: Vec<Skipped>,
    /// What went otherwise.
    pub failed: Vec<String>,
}

/// What the core made of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Taken, and what came out was right.
    Taken,
    /// Refused.
    Refused,
    /// Something that must never happen, like a wrong plaintext.
    Wrong(&'static str),
}

/// Runs every case of a set. A set of an unknown name fails.
pub fn run(set: &Set) -> Report {
    let mut report = Report {
        set: set.name.clone(),
        passed: 0,
        refused: 0,
        skipped: set.skipped.clone(),
        refusals: set.refused.clone(),
        failed: Vec::new(),
    };
    for group in &set.groups {
        let answers = match set.name.as_str() {
            "rsa-pkcs1-signature" | "rsa-pss" | "ecdsa-der" | "ecdsa-p1363" => signatures::answers(&set.name, group),
            "aes-cbc" | "aes-gcm" => content::answers(group),
            "rsa-oaep" => transport::oaep(group),
            "rsa-pkcs1-decryption" => transport::pkcs1(group),
            _ => vec![Answer::Wrong("no such set"); group.cases.len()],
        };
        for (case, answer) in group.cases.iter().zip(answers) {
            report.note(&group.parameters, case, answer);
        }
    }
    report
}

impl Report {
    fn note(&mut self, parameters: &Parameters, case: &Case, answer: Answer) {
        match (answer, case.refused, case.outcome) {
            (Answer::Refused, true, _) => self.refused += 1,
            (Answer::Taken, false, Outcome::Valid | Outcome::Acceptable)
            | (Answer::Refused, false, Outcome::Invalid | Outcome::Acceptable) => self.passed += 1,
            _ => self.failed.push(format!("{}: {answer:?} with {parameters:?}", case.id)),
        }
    }
}
