//! Receipts as they wait at the access point: each a JWS that must prove who made it.

use jiff::Timestamp;
use konvolutt_shared::dpi;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::pki::Policy;
use konvolutt_shared::{jws, sbd};
use sha2::{Digest as _, Sha256};

use crate::broker::{Fetched, Waiting};

/// What an unreadable sender is called.
const UNKNOWN: &str = "Ukjent avsender";

/// A receipt of a list, not yet verified. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub(super) struct Listed {
    /// The id that it claims, and what tells it from others that claim the same.
    pub(super) transfer: String,
    message: String,
    payload: Option<Vec<u8>>,
    sender: String,
    created: Timestamp,
}

impl std::fmt::Debug for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listed").field("transfer", &self.transfer).finish_non_exhaustive()
    }
}

impl Listed {
    /// Reads as much as is needed to name it. Nothing of it is believed.
    pub(super) fn read(message: String) -> Self {
        let digest = Sha256::digest(&message).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let payload = jws::parse(&message).ok().map(|parsed| parsed.payload);
        let document = payload.as_deref().and_then(|payload| sbd::read(payload, None).0);
        let id = document.as_ref().and_then(|sbd| sbd.message_id());
        let sender = document.as_ref().and_then(|sbd| sbd.sender()?.number());
        let created = document.as_ref().and_then(|sbd| sbd.created()).unwrap_or_default();
        // A forged receipt with the id of a real one must not take its place.
        let transfer = match id {
            Some(id) => format!("{id}.{}", &digest[..16]),
            None => digest,
        };
        Self { transfer, message, payload, sender: sender.map(|one| one.to_string()).unwrap_or_default(), created }
    }

    /// As lists show it. The sender is the claimed one, which [`Self::verify`] holds against the signer.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting {
            transfer: self.transfer.clone(),
            sender: self.sender.clone(),
            reference: String::new(),
            created: self.created,
        }
    }

    /// The document, with everything that is wrong with it. A finding that refuses says that it proves nothing.
    pub(super) fn verify(self, policy: Policy) -> Fetched {
        let party_name = self.sender.is_empty().then(|| UNKNOWN.to_owned());
        let (sbd, findings) = match dpi::verify_receipt(&self.message, policy) {
            Ok(verified) => {
                let signed = verified.sbd.sender().and_then(Iso6523::number).map(|number| number.to_string());
                let mut findings = verified.remarks;
                if signed != verified.signer.organisation() {
                    let message = "the receipt is signed by another organisation than its sender";
                    findings.push(Finding::error(Rule::MailSigner, message));
                }
                (Some(verified.sbd.text().as_bytes().to_vec()), findings)
            }
            Err(findings) => (self.payload, findings),
        };
        Fetched { sbd, findings, party_name, ..Fetched::default() }
    }
}

/// The receipt's own id, by which the access point is told that it was read; `None` if it has none.
pub(super) fn id(transfer: &str) -> Option<&str> {
    transfer.split_once('.').map(|(id, _)| id)
}
