//! From a certificate to an anchor (RFC 5280, section 6, as far as three-link SEID chains need it). Which extensions may
//! be critical, and that a signer must say what its key is for, is as in efm-common's `BusinessCertificateValidator`. Its
//! lists of policies are an input, [`Policy::policies`]: whoever gives none has none checked. Revocation goes further.

use const_oid::ObjectIdentifier;
use jiff::Timestamp;

use super::certificate::Certificate;
use super::crl::Crl;
use super::memo::Memo;
use super::ocsp::Ocsp;
use super::policies::CertificatePolicies;
use super::revocation;
use crate::finding::{Finding, Rule};
use crate::identifier::OrganisationNumber;

/// Links in the longest path that is tried. Real ones have three.
const MAX_PATH: usize = 8;
/// Signatures that one search may verify, so that crafted chains with many look-alike issuers stay cheap.
const MAX_VERIFICATIONS: usize = 64;

/// What the certificate is to be used for, held against its key usage (RFC 5280, 4.2.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Signing: [`KeyUse::sign`](super::KeyUse::sign), and the certificate must say so itself: one without key usage
    /// is refused, as the reference's validator does.
    #[default]
    Sign,
    /// Receiving content keys: [`KeyUse::encrypt`](super::KeyUse::encrypt).
    Encrypt,
    /// Any use: key usage is not judged.
    Any,
}

/// What is trusted, and when: the inputs of RFC 5280, 6.1.1 and 6.3.1. The default trusts nothing, in 1970.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The instant to judge at; validity includes both its ends.
    pub at: Timestamp,
    /// Since when what was signed is known to exist, if that is longer than since `at`: as for a letter that came long ago
    /// (ETSI EN 319 102-1, 5.6.2.3, proof of existence). Certificates may have expired since, which is told: it is no better
    /// than whoever says it. It helps against nothing else: what is revoked by `at` is revoked, for a key is often stolen
    /// before that is known.
    pub since: Option<Timestamp>,
    /// Trusted roots. Only these end a path. One that is itself the certificate to be judged is trusted, too.
    pub anchors: Vec<Certificate>,
    /// Issuing authorities that help to build a path, and are not trusted for themselves.
    pub intermediates: Vec<Certificate>,
    /// Revocation lists; each counts once its signature holds.
    pub crls: Vec<Crl>,
    /// OCSP answers; each counts once its signature holds.
    pub ocsp: Vec<Ocsp>,
    /// Certificate policies of which the certificate must carry one; by default none is asked for. Those of its issuers are
    /// not judged.
    pub policies: CertificatePolicies,
    /// What the certificate is to be used for.
    pub purpose: Purpose,
    /// Signatures that held before, so that they are not verified again.
    pub memo: Memo,
}

impl Policy {
    /// The time at which certificates may not have expired.
    pub(super) fn existed(&self) -> Timestamp {
        self.since.map_or(self.at, |since| since.min(self.at))
    }
}

/// What was found of a certificate. Ours: no standard.
#[derive(Clone, Debug)]
pub struct PathVerdict {
    /// Everything that is wrong, and, as a warning, that revocation was not checked for the whole path.
    pub findings: Vec<Finding>,
    /// From the certificate to the anchor; only the certificate when there is no path.
    pub path: Vec<Certificate>,
}

impl PathVerdict {
    /// Whether nothing refuses the certificate. That revocation was not checked does not refuse it.
    pub fn is_trusted(&self) -> bool {
        !self.findings.iter().any(Finding::refuses)
    }
}

/// Judges an enterprise certificate: [`validate_path`], and an organisation number that can exist
/// ([`Rule::SignerNumber`]; ETSI EN 319 412-1, 5.1.4).
pub fn validate(leaf: &Certificate, extra: &[Certificate], policy: &Policy) -> PathVerdict {
    let mut verdict = validate_path(leaf, extra, policy);
    verdict.findings.splice(0..0, check_organisation(leaf));
    verdict
}

/// Judges a certificate of anybody (RFC 5280, 6.1 and 6.3): its time, use, policies and critical extensions,
/// a path of at most 8 certificates, and revocation. `extra` are certificates that came with it; they help to
/// build the path and are never trusted for themselves. Answers all that is wrong at once, by the rules `P01`
/// to `P03`, `P05` to `P07`, `P09`, `P10` and `P13`. At most 64 signatures of certificates and 128 of lists and
/// answers are verified.
pub fn validate_path(leaf: &Certificate, extra: &[Certificate], policy: &Policy) -> PathVerdict {
    let mut findings = Vec::new();
    findings.extend(check_time(leaf, policy));
    findings.extend(check_purpose(leaf, policy.purpose));
    findings.extend(check_policies(leaf, policy.policies));
    findings.extend(leaf.unhandled_critical().map(unhandled));
    let candidates: Vec<&Certificate> = policy.anchors.iter().chain(&policy.intermediates).chain(extra).collect();
    let mut search = Search {
        policy,
        candidates: &candidates,
        budget: MAX_VERIFICATIONS,
        path: vec![leaf.clone()],
        unhandled: None,
    };
    if search.extend() {
        revocation::check(&search.path, &candidates, policy, &mut findings);
    } else {
        let none = || Rule::SignerPath.broken().seen(leaf.issuer_text());
        findings.push(search.unhandled.map_or_else(none, unhandled));
    }
    PathVerdict { findings, path: search.path }
}

fn unhandled(oid: ObjectIdentifier) -> Finding {
    Rule::SignerExtension.broken().seen(oid.to_string()).with("oid", oid.to_string())
}

struct Search<'a> {
    policy: &'a Policy,
    candidates: &'a [&'a Certificate],
    budget: usize,
    path: Vec<Certificate>,
    /// A critical extension that ruled out an issuer.
    unhandled: Option<ObjectIdentifier>,
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
        for &candidate in self.candidates {
            if candidate.subject_name() != last.issuer_name() || self.path.contains(candidate) {
                continue;
            }
            if !self.may_issue(candidate) {
                continue;
            }
            if self.budget == 0 {
                return false;
            }
            self.budget -= 1;
            if !self.policy.memo.is_issued_by(&last, candidate) {
                continue;
            }
            // After the signature, so that the message is about an issuer and not about somebody with its name.
            if let Some(oid) = candidate.unhandled_critical() {
                self.unhandled = Some(oid);
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
            && self.policy.existed() <= candidate.not_after()
    }
}

fn check_time(leaf: &Certificate, policy: &Policy) -> Option<Finding> {
    let (from, until, at) = (leaf.not_before(), leaf.not_after(), policy.at);
    if at < from {
        return Some(
            Rule::SignerNotYet
                .broken()
                .seen(format!("valid from {from}, judged at {at}"))
                .with("fra", from.to_string()),
        );
    }
    if at <= until {
        return None;
    }
    let existed = policy.existed();
    if existed <= until {
        return Some(Rule::SignerPastSince.noted().seen(format!("valid until {until}, known since {existed}")));
    }
    Some(
        Rule::SignerPast
            .broken()
            .seen(format!("valid until {until}, judged at {existed}"))
            .with("til", until.to_string()),
    )
}

fn check_purpose(leaf: &Certificate, purpose: Purpose) -> Option<Finding> {
    let usage = leaf.key_usage();
    let (allowed, wanted) = match purpose {
        Purpose::Sign => (usage.sign && leaf.has_key_usage(), "signing"),
        Purpose::Encrypt => (usage.encrypt, "encryption"),
        Purpose::Any => (true, ""),
    };
    (!allowed).then(|| Rule::SignerUsage.broken().seen(format!("wanted: {wanted}")))
}

fn check_policies(leaf: &Certificate, policies: CertificatePolicies) -> Option<Finding> {
    (!policies.allow(leaf)).then(|| Rule::SignerPolicies.broken())
}

fn check_organisation(leaf: &Certificate) -> Option<Finding> {
    let valid = leaf.organisation().is_some_and(|number| OrganisationNumber::parse(&number).is_ok());
    (!valid).then(|| Rule::SignerNumber.broken())
}
