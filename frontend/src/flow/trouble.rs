//! Anything that went wrong, in the one shape that the pages show.

use konvolutt_shared::api::Sent;
use konvolutt_shared::finding::{Code, Finding, Rule};

use crate::backend::Failure;
use crate::text::{Lang, ProblemText, WasSent, problem};

/// Something that went wrong: code, trace and what the texts need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The stable code.
    pub code: Code,
    /// Identifies the answer in the relay's log.
    pub trace: Option<String>,
    /// Whether it came of asking the relay, and not of what was opened or written here: asking again may help.
    pub of_request: bool,
    /// Overrides what the text says about sending, when the relay knows better.
    sent: Option<Sent>,
    /// Everything found, gravest first.
    pub findings: Vec<Finding>,
}

impl Trouble {
    /// A trouble that is nothing but its code.
    pub const fn of(code: Code) -> Self {
        Self { code, trace: None, of_request: false, sent: None, findings: Vec::new() }
    }

    /// What went wrong when handing over a message: without an answer nobody knows whether it arrived.
    pub fn of_submission(failure: Failure) -> Self {
        match failure {
            Failure::Network | Failure::Unreadable => Self::of(Code::SendingUncertain),
            other => other.into(),
        }
    }

    /// What was found; never nothing, so that somebody who is told of it has a reason.
    pub fn into_findings(self) -> Vec<Finding> {
        if self.findings.is_empty() { vec![self.finding(self.code.advice())] } else { self.findings }
    }

    /// One finding that says it in other words, by the rule of the first that it has.
    pub fn finding(&self, message: &str) -> Finding {
        let first = self.findings.iter().find(|finding| finding.code == self.code);
        Finding::error(first.map_or_else(|| Rule::of(self.code), |finding| finding.rule), message)
    }

    /// Whether a message whose opening came to this may still be confirmed as received: where the browser lacks the means, and
    /// another program can open it, or where it did not come to opening.
    pub fn leaves_confirming(&self) -> bool {
        self.of_request || self.code == Code::KeyTransport
    }

    /// What was found besides what the words say already.
    pub fn besides(&self, lang: Lang) -> Vec<Finding> {
        let said = problem(self.code, lang);
        self.findings.iter().filter(|finding| problem(finding.code, lang) != said).cloned().collect()
    }

    /// The words.
    pub fn text(&self, lang: Lang) -> ProblemText {
        let text = problem(self.code, lang);
        let was_sent = match (self.sent, text.was_sent) {
            (None, said) | (Some(_), said @ (WasSent::Unsaid | WasSent::Waiting)) => said,
            (Some(Sent::No), _) => WasSent::No,
            (Some(Sent::Yes), _) => WasSent::Yes,
            (Some(Sent::Unknown), _) => WasSent::Maybe,
        };
        ProblemText { was_sent, ..text }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        let trouble = match failure {
            Failure::Refused(problem) => Self {
                trace: Some(problem.trace_id),
                sent: Some(problem.sent),
                findings: problem.findings,
                ..Self::of(problem.code)
            },
            Failure::Network => Self::of(Code::ServiceDown),
            Failure::Unreadable => Self::of(Code::Internal),
            Failure::Cancelled => Self::of(Code::SendingCancelled),
        };
        Self { of_request: true, ..trouble }
    }
}

impl From<Finding> for Trouble {
    fn from(finding: Finding) -> Self {
        Self { findings: vec![finding.clone()], ..Self::of(finding.code) }
    }
}

impl From<Vec<Finding>> for Trouble {
    fn from(findings: Vec<Finding>) -> Self {
        let gravest = findings.iter().min_by_key(|finding| finding.severity);
        let code = gravest.map_or(Code::Internal, |finding| finding.code);
        Self { findings, ..Self::of(code) }
    }
}

/// One of each that says the same, the gravest, in the order they were found.
pub fn once(findings: &[Finding]) -> Vec<&Finding> {
    let mut kept: Vec<&Finding> = Vec::new();
    for finding in findings {
        match kept.iter_mut().find(|one| one.code == finding.code) {
            Some(one) if finding.severity < one.severity => *one = finding,
            Some(_) => {}
            None => kept.push(finding),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submission_without_an_answer_is_uncertain_and_says_so() {
        let trouble = Trouble::of_submission(Failure::Network);
        assert_eq!(trouble.code, Code::SendingUncertain);
        assert_eq!(trouble.text(Lang::Nb).was_sent, WasSent::Maybe);
    }

    #[test]
    fn what_is_said_once_is_not_said_again() {
        let found = [Rule::FileDigest, Rule::FileDigest].map(|rule| Finding::error(rule, "changed"));
        let weak = Finding::info(Rule::SignerStatusKnown, "no list");
        let trouble = Trouble::from([found.to_vec(), vec![weak.clone()]].concat());
        assert_eq!(trouble.besides(Lang::Nb), [weak]);
        assert_eq!(Trouble::from(found.to_vec()).besides(Lang::En), []);
    }

    #[test]
    fn findings_that_say_the_same_are_told_once_as_the_gravest() {
        let alike = Finding::warning(Rule::ZipNameAlike, "alike");
        let weak = Finding::info(Rule::SignerStatusKnown, "no list");
        let same = Finding::error(Rule::ZipNameRepeated, "the same");
        let found = [alike.clone(), weak.clone(), alike.clone()];
        assert_eq!(once(&found), [&alike, &weak]);
        assert_eq!(once(&[alike, same.clone()]), [&same]);
    }

    #[test]
    fn nobody_confirms_what_was_refused() {
        assert!(!Trouble::of(Code::SignatureInvalid).leaves_confirming());
        assert!(!Trouble::of(Code::CmsNoRecipient).leaves_confirming());
        assert!(Trouble::of(Code::KeyTransport).leaves_confirming());
        assert!(Trouble::from(Failure::Network).leaves_confirming(), "it was not opened");
    }

    #[test]
    fn the_gravest_finding_gives_the_code() {
        let findings =
            vec![Finding::info(Rule::SignerStatusKnown, "no list"), Finding::error(Rule::FileDigest, "changed")];
        assert_eq!(Trouble::from(findings).code, Code::DigestMismatch);
        assert_eq!(Trouble::from(Vec::new()).code, Code::Internal);
    }
}
