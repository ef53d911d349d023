//! Who may sign what a broker brings or hands over.

use jiff::Timestamp;
use konvolutt_shared::pki::{Certificate, Policy, Purpose};

use crate::directory::Revocation;

/// The issuers that are trusted, and their revocation lists.
#[derive(Debug)]
pub struct Signers {
    pub anchors: Vec<Certificate>,
    pub intermediates: Vec<Certificate>,
    pub revocation: Revocation,
}

impl Signers {
    /// What a signer is held against now. Without any list at hand it says so in its findings.
    pub(super) async fn policy(&self, now: Timestamp) -> Policy {
        Policy {
            at: now,
            anchors: self.anchors.clone(),
            intermediates: self.intermediates.clone(),
            crls: self.revocation.parsed().await.map(|lists| lists.to_vec()).unwrap_or_default(),
            purpose: Purpose::Sign,
            ..Policy::default()
        }
    }
}
