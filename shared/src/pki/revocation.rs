//! Whether a certificate of a path is revoked (RFC 5280, 6.3, and RFC 6960).

use super::certificate::Certificate;
use super::crl::Crl;
use super::ocsp::{Ocsp, OcspStatus};
use super::path::Policy;
use super::scope::ALL_REASONS;
use crate::finding::{Finding, Rule};

/// Signatures of lists and answers that one verdict may verify. Real paths need two or three.
const MAX_VERIFICATIONS: usize = 128;
/// How often a list's signer may itself need a list by another signer.
const MAX_DEPTH: u8 = 2;

/// What lists and answers say of one certificate.
#[derive(Clone, Copy, Debug, Default)]
struct Status {
    revoked: bool,
    /// A current list or answer speaks about it.
    checked: bool,
}

/// Looks every link but the anchor up. A list of the issuer that is out of date does not clear a certificate, but
/// still condemns one: revocation is for ever, from its date on. What has expired is on no list any more, revoked or not
/// (RFC 5280, 3.3); where that is the certificate itself, it has been told.
pub(super) fn check(path: &[Certificate], candidates: &[&Certificate], policy: &Policy, findings: &mut Vec<Finding>) {
    let mut look_up = LookUp { path, candidates, policy, budget: MAX_VERIFICATIONS };
    let mut unchecked = false;
    for (certificate, issuer) in path.iter().zip(path.iter().skip(1)) {
        let status = look_up.status(certificate, issuer, 0);
        if status.revoked {
            let serial = certificate.serial_hex();
            findings.push(Rule::SignerStatus.broken().seen(format!("serial {serial}")).with("serienummer", serial));
        }
        unchecked |= !status.checked && (certificate.not_after() >= policy.at || Some(certificate) != path.first());
    }
    if unchecked {
        findings.push(Rule::SignerStatusKnown.noted());
    }
}

struct LookUp<'a> {
    path: &'a [Certificate],
    candidates: &'a [&'a Certificate],
    policy: &'a Policy,
    budget: usize,
}

impl LookUp<'_> {
    fn status(&mut self, certificate: &Certificate, issuer: &Certificate, depth: u8) -> Status {
        let policy = self.policy;
        let mut status = Status::default();
        let mut reasons = 0;
        for crl in policy.crls.iter().filter(|crl| crl.issuer_name() == issuer.subject_name()) {
            if !self.is_genuine(crl, issuer, depth) {
                continue;
            }
            if crl.revokes(certificate, policy.at) {
                status.revoked = true;
            } else if crl.is_current(policy.at) && certificate.not_after() >= policy.at {
                reasons |= crl.covers(certificate);
            }
        }
        // Lists may share the reasons between them; together they must name every one (RFC 5280, 6.3.3).
        status.checked = status.revoked || reasons == ALL_REASONS;
        for answer in &policy.ocsp {
            self.ask(answer, certificate, issuer, &mut status);
        }
        status
    }

    fn ask(&mut self, answer: &Ocsp, certificate: &Certificate, issuer: &Certificate, status: &mut Status) {
        if !answer.is_about(certificate, issuer) || !self.spend() {
            return;
        }
        let Some(signer) = answer.signer(issuer, self.policy.at) else { return };
        if signer != issuer && self.is_listed(signer, issuer) {
            return;
        }
        match answer.status(certificate, issuer, self.policy.at) {
            Some(OcspStatus::Revoked) => {
                status.revoked = true;
                status.checked = true;
            }
            Some(OcspStatus::Good) => status.checked = true,
            Some(OcspStatus::Unknown) | None => {}
        }
    }

    /// Whether the issuer itself has revoked a responder that it had delegated to (RFC 6960, 4.2.2.2.1).
    fn is_listed(&mut self, responder: &Certificate, issuer: &Certificate) -> bool {
        let policy = self.policy;
        policy
            .crls
            .iter()
            .any(|crl| crl.revokes(responder, policy.at) && self.spend() && policy.memo.is_by(crl, issuer))
    }

    /// Whether the issuer signed the list: with the key that signed the certificate, or with another one that is
    /// certified for the same name on the same path (RFC 5280, 6.3.3 (f)): key roll-over, and keys for lists only.
    fn is_genuine(&mut self, crl: &Crl, issuer: &Certificate, depth: u8) -> bool {
        if !self.spend() {
            return false;
        }
        if self.policy.memo.is_by(crl, issuer) {
            return true;
        }
        if depth == MAX_DEPTH {
            return false;
        }
        let (path, candidates) = (self.path, self.candidates);
        let named = |one: &&Certificate| one.subject_name() == issuer.subject_name() && *one != issuer;
        for other in path.iter().skip(1).filter(named) {
            if self.spend() && self.policy.memo.is_by(crl, other) {
                return true;
            }
        }
        for other in candidates.iter().copied().filter(named) {
            if self.is_usable(other)
                && self.spend()
                && self.policy.memo.is_by(crl, other)
                && self.is_of_this_path(other, depth)
            {
                return true;
            }
        }
        false
    }

    /// Valid now, meant for lists, and without demands that are not understood.
    fn is_usable(&self, signer: &Certificate) -> bool {
        signer.key_usage().sign_revocation_lists
            && signer.unhandled_critical().is_none()
            && signer.not_before() <= self.policy.at
            && self.policy.at <= signer.not_after()
    }

    /// Issued by an authority of the path, and known not to be revoked.
    fn is_of_this_path(&mut self, signer: &Certificate, depth: u8) -> bool {
        let path = self.path;
        for above in path.iter().skip(1).filter(|above| above.subject_name() == signer.issuer_name()) {
            if self.spend() && self.policy.memo.is_issued_by(signer, above) {
                let status = self.status(signer, above, depth + 1);
                return status.checked && !status.revoked;
            }
        }
        false
    }

    fn spend(&mut self) -> bool {
        let left = self.budget > 0;
        self.budget = self.budget.saturating_sub(1);
        left
    }
}
