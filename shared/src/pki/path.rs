//! From a certificate to an anchor (RFC 5280, section 6, as far as three-link SEID chains need it; reference 3.2).

use jiff::Timestamp;

use super::certificate::Certificate;
use super::crl::Crl;
use crate::finding::{Finding, Rule};
use crate::identifier::OrganisationNumber;

/// Links in the longest path that is tried. Real ones have three.
const MAX_PATH: usize = 8;
/// Signatures that one search may verify, so that crafted chains with many look-alike issuers stay cheap.
const MAX_VERIFICATIONS: usize = 64;

/// What the certificate is to be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Signing.
    #[default]
    Sign,
    /// Receiving content keys.
    Encrypt,
    /// Not judged.
    Any,
}

/// What is trusted, and when.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The instant to judge at.
    pub at: Timestamp,
    /// Trusted roots. Only these end a path.
    pub anchors: Vec<Certificate>,
    /// Issuing authorities that help to build a path.
    pub intermediates: Vec<Certificate>,
    /// Revocation lists; each counts once its signature holds.
    pub crls: Vec<Crl>,
    /// What the certificate is to be used for.
    pub purpose: Purpose,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct PathVerdict {
    /// Everything that is wrong, and what was not checked.
    pub findings: Vec<Finding>,
    /// From the certificate to the anchor; only the certificate when there is no path.
    pub path: Vec<Certificate>,
}

impl PathVerdict {
    /// Whether nothing refuses the certificate.
    pub fn is_trusted(&self) -> bool {
        !self.findings.iter().any(Finding::refuses)
    }
}

/// Judges a certificate. `extra` are certificates that came with it; they help to build the path and are never
/// trusted for themselves. Answers all that is wrong at once.
pub fn validate(leaf: &Certificate, extra: &[Certificate], policy: &Policy) -> PathVerdict {
    let mut findings = Vec::new();
    findings.extend(check_time(leaf, policy.at));
    findings.extend(check_purpose(leaf, policy.purpose));
    findings.extend(check_organisation(leaf));
    let candidates: Vec<&Certificate> = policy.anchors.iter().chain(&policy.intermediates).chain(extra).collect();
    let mut search = Search { policy, candidates, budget: MAX_VERIFICATIONS, path: vec![leaf.clone()] };
    if search.extend() {
        check_revocation(&search.path, policy, &mut findings);
    } else {
        findings.push(Rule::SignerPath.broken().seen(leaf.issuer_text()));
    }
    PathVerdict { findings, path: search.path }
}

struct Search<'a> {
    policy: &'a Policy,
    candidates: Vec<&'a Certificate>,
    budget: usize,
    path: Vec<Certificate>,
}

impl Search<'_> {
    /// Adds issuers until an anchor is reached; leaves the path as it was when none is.
    fn extend(&mut self) -> bool {
        let Some(last) = self.path.last().cloned() else { return false };
        // An anchor given as the leaf is trusted because somebody put it on the list.
        if self.policy.anchors.contains(&last) {
            return true;
        }
        if self.path.len() == MAX_PATH {
            return false;
        }
        for candidate in self.candidates.clone() {
            if candidate.subject_der() != last.issuer_der() || self.path.contains(candidate) {
                continue;
            }
            if !self.may_issue(candidate) {
                continue;
            }
            if self.budget == 0 {
                return false;
            }
            self.budget -= 1;
            if !last.is_issued_by(candidate) {
                continue;
            }
            self.path.push(candidate.clone());
            if self.extend() {
                return true;
            }
            self.path.pop();
        }
        false
    }

    /// An authority, meant for signing certificates, within its time and path length (RFC 5280, 6.1.4 (k) to (n)).
    fn may_issue(&self, candidate: &Certificate) -> bool {
        let Some(length) = candidate.authority() else { return false };
        let authorities_below = self.path.iter().skip(1).filter(|below| !below.is_self_issued()).count();
        candidate.key_usage().sign_certificates
            && length.is_none_or(|length| authorities_below <= usize::from(length))
            && candidate.not_before() <= self.policy.at
            && self.policy.at <= candidate.not_after()
    }
}

fn check_time(leaf: &Certificate, at: Timestamp) -> Option<Finding> {
    if at < leaf.not_before() {
        let from = leaf.not_before().to_string();
        return Some(Rule::SignerNotYet.broken().seen(format!("valid from {from}, judged at {at}")).with("fra", from));
    }
    (leaf.not_after() < at).then(|| {
        let until = leaf.not_after().to_string();
        Rule::SignerPast.broken().seen(format!("valid until {until}, judged at {at}")).with("til", until)
    })
}

fn check_purpose(leaf: &Certificate, purpose: Purpose) -> Option<Finding> {
    let usage = leaf.key_usage();
    let (allowed, wanted) = match purpose {
        Purpose::Sign => (usage.sign, "signing"),
        Purpose::Encrypt => (usage.encrypt, "encryption"),
        Purpose::Any => (true, ""),
    };
    (!allowed).then(|| Rule::SignerUsage.broken().seen(format!("wanted: {wanted}")))
}

fn check_organisation(leaf: &Certificate) -> Option<Finding> {
    let valid = leaf.organisation().is_some_and(|number| OrganisationNumber::parse(&number).is_ok());
    (!valid).then(|| Rule::SignerNumber.broken())
}

/// Looks every link but the anchor up. A list of the issuer that is out of date does not clear a certificate, but
/// still condemns one: revocation is for ever.
fn check_revocation(path: &[Certificate], policy: &Policy, findings: &mut Vec<Finding>) {
    let mut unchecked = false;
    for (certificate, issuer) in path.iter().zip(path.iter().skip(1)) {
        let named = policy.crls.iter().filter(|crl| crl.issuer_der() == issuer.subject_der());
        let lists: Vec<&Crl> = named.filter(|crl| crl.is_by(issuer)).collect();
        if lists.iter().any(|crl| crl.lists(certificate)) {
            let serial = certificate.serial_hex();
            findings.push(Rule::SignerStatus.broken().seen(format!("serial {serial}")).with("serienummer", serial));
        }
        unchecked |= !lists.iter().any(|crl| crl.is_current(policy.at));
    }
    if unchecked {
        findings.push(Rule::SignerStatusKnown.noted());
    }
}
