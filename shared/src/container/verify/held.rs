//! A signature that was verified, before its signer is judged.

use super::Signer;
use crate::finding::{Finding, Rule};
use crate::pki::Certificate;

/// A signature that holds, of either profile.
pub(super) struct Held {
    /// Its manifest's number.
    pub(super) manifest: usize,
    pub(super) signer: Signer,
    pub(super) certificate: Certificate,
    pub(super) certificates: Vec<Certificate>,
}

impl Held {
    /// Whether it is this signer's, or of the same organisation.
    pub(super) fn is_by(&self, signer: &Signer) -> bool {
        self.signer == *signer || (signer.organisation.is_some() && self.signer.organisation == signer.organisation)
    }

    /// The time that the signer claims, where its certificate was not valid then. Nobody confirms it, so it is only told.
    pub(super) fn untimely(&self) -> Option<Finding> {
        let (at, certificate) = (self.signer.signing_time?, &self.certificate);
        let (from, until) = (certificate.not_before(), certificate.not_after());
        let told = |rule: Rule| rule.noted().seen(format!("signed at {at}, valid from {from} to {until}"));
        // Certificates count in whole seconds.
        match at.as_second() {
            second if second < from.as_second() => Some(told(Rule::SignerClaimEarly)),
            second if second > until.as_second() => Some(told(Rule::SignerClaimLate)),
            _ => None,
        }
    }
}
