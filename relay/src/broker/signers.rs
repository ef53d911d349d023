//! Who may sign what a broker brings or hands over.

use jiff::Timestamp;
use konvolutt_shared::pki::{Certificate, CertificatePolicies, Policy, Purpose};

use crate::config::Delegation;
use crate::directory::Revocation;

/// The issuers that are trusted, their revocation lists, and who may sign for whom.
#[derive(Debug)]
pub struct Signers {
    pub anchors: Vec<Certificate>,
    pub intermediates: Vec<Certificate>,
    /// Of which a signer's certificate must carry one.
    pub policies: CertificatePolicies,
    pub revocation: Revocation,
    /// Whether one held was judged when the envelope was accepted; here its dates do not count.
    pub delegations: Vec<Delegation>,
}

impl Signers {
    /// The organisations that may have signed for a sender: itself first.
    pub(super) fn of(&self, sender: String) -> Vec<String> {
        let others = self.delegations.iter().filter(|one| one.sender == sender).map(|one| one.signer.clone());
        let others: Vec<String> = others.collect();
        [vec![sender], others].concat()
    }

    /// What a signer is held against now. Without any list at hand it says so in its findings.
    pub(super) async fn policy(&self, now: Timestamp) -> Policy {
        Policy {
            at: now,
            anchors: self.anchors.clone(),
            intermediates: self.intermediates.clone(),
            crls: self.revocation.parsed().await.unwrap_or_default(),
            purpose: Purpose::Sign,
            policies: self.policies,
            ..Policy::default()
        }
    }
}
