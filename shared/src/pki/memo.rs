//! Signatures that held before: whoever judges many certificates of the same issuers verifies each signature
//! once. Ours: no standard.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::certificate::Certificate;
use super::crl::Crl;

/// How many are remembered; then all are forgotten. Each takes about 50 bytes.
const MOST: usize = 10_000;

/// A memory that its clones share. The default remembers nothing.
///
/// Only what never changes is remembered: that the key of these bytes made the signature in those bytes. Times, purposes
/// and revocation are judged anew every time, and what does not hold is never remembered.
#[derive(Clone, Default)]
pub struct Memo(Option<Arc<Mutex<HashSet<[u8; 32]>>>>);

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Memo").field(&self.len()).finish()
    }
}

impl Memo {
    /// One that remembers up to 10 000 signatures, some 50 bytes for each; before the next, all are forgotten.
    #[must_use]
    pub fn remembering() -> Self {
        Self(Some(Arc::default()))
    }

    /// How many signatures are remembered now; 0 for one that remembers nothing.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |held| held.lock().unwrap_or_else(PoisonError::into_inner).len())
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// [`Certificate::is_issued_by`].
    pub(super) fn is_issued_by(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.held(b"certificate", certificate.der(), issuer, || certificate.is_issued_by(issuer))
    }

    /// [`Crl::is_by`].
    pub(super) fn is_by(&self, crl: &Crl, issuer: &Certificate) -> bool {
        self.held(b"list", crl.digest(), issuer, || crl.is_by(issuer))
    }

    fn held(&self, kind: &[u8], signed: &[u8], issuer: &Certificate, verify: impl FnOnce() -> bool) -> bool {
        let Some(memory) = &self.0 else { return verify() };
        // Lengths keep the parts apart.
        let mut key = Sha256::new();
        for part in [kind, signed, issuer.der()] {
            key.update((part.len() as u64).to_be_bytes());
            key.update(part);
        }
        let key = key.finalize().into();
        if memory.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return true;
        }
        // Not under the lock: it takes a hundred times longer.
        let holds = verify();
        if holds {
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            if memory.len() >= MOST {
                memory.clear();
            }
            memory.insert(key);
        }
        holds
    }
}
