//! Requests that are made once however often they are sent: `Idempotency-Key`
//! (draft-ietf-httpapi-idempotency-key-header-07). What is kept of one, and the lock on its answer.
//!
//! An answer may hold what is shown once, such as a new key's secret. So it is kept sealed under a key made of the
//! credential that the request came with, of which the store has a digest only: the relay itself can read the answer
//! again only when the same credential asks for it.

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};

use crate::lock::{Lock, derive};

/// How long an answer is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long a request that never came to an end holds its key; longer than any may take.
pub const RUNNING: SignedDuration = SignedDuration::from_mins(2);

/// Whose request, and which: digests, hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Of the credential.
    pub holder: String,
    /// Of the `Idempotency-Key`.
    pub key: String,
    /// Of method, address and body.
    pub fingerprint: String,
}

/// What is to be done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is new: do it.
    Do,
    /// It is being done.
    Running,
    /// The key belongs to another request.
    Other,
    /// It was done: the sealed answer.
    Done(Vec<u8>),
}

impl Turn {
    /// What a row says to a request: its fingerprint, and its answer if there is one. No row any more: somebody else's
    /// try was forgotten this moment.
    pub fn of(once: &Once, found: Option<(String, Option<Vec<u8>>)>) -> Self {
        match found {
            Some((fingerprint, _)) if fingerprint != once.fingerprint => Self::Other,
            Some((_, Some(answer))) => Self::Done(answer),
            Some((_, None)) | None => Self::Running,
        }
    }
}

/// The request of a credential, with the lock for its answer.
#[derive(Debug)]
pub struct Asked {
    pub once: Once,
    lock: Lock,
}

impl Asked {
    /// Of a credential, a key as it was sent, and the parts of a request. `None` if no lock can be made.
    pub fn new(credential: &str, key: &str, request: &[&[u8]]) -> Option<Self> {
        // Names of their own for each use, so that no digest here is one that is kept elsewhere.
        let lock = Lock::new(credential.as_bytes(), "konvolutt idempotency answer")?;
        let holder = hexadecimal(&derive(credential.as_bytes(), "konvolutt idempotency holder")?[..]);
        let mut digest = Sha256::new();
        for part in request {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let (key, fingerprint) = (hexadecimal(&Sha256::digest(key)), hexadecimal(&digest.finalize()));
        Some(Self { once: Once { holder, key, fingerprint }, lock })
    }

    /// An answer as it may be kept: sealed, and bound to the request.
    pub fn seal(&self, answer: &[u8]) -> Option<Vec<u8>> {
        self.lock.seal(answer, &self.bound())
    }

    /// The answer that was kept. `None` if it is not what was sealed for this request.
    pub fn open(&self, kept: &[u8]) -> Option<Vec<u8>> {
        self.lock.open(kept, &self.bound())
    }

    fn bound(&self) -> Vec<u8> {
        [self.once.key.as_bytes(), self.once.fingerprint.as_bytes()].concat()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(credential: &str, key: &str, body: &str) -> Asked {
        Asked::new(credential, key, &[b"POST", b"/keys", body.as_bytes()]).unwrap()
    }

    #[test]
    fn an_answer_opens_for_the_same_request_of_the_same_credential_only() {
        let first = asked("credential", "key", "{}");
        let kept = first.seal(b"secret").unwrap();
        assert!(!kept.windows(6).any(|part| part == b"secret"));
        assert_eq!(asked("credential", "key", "{}").open(&kept).unwrap(), b"secret");
        for other in
            [asked("another", "key", "{}"), asked("credential", "kez", "{}"), asked("credential", "key", "{ }")]
        {
            assert_eq!(other.open(&kept), None);
        }
        for position in 0..kept.len() {
            let mut changed = kept.clone();
            changed[position] ^= 1;
            assert_eq!(first.open(&changed), None, "{position}");
        }
        assert_eq!(first.open(&kept[..5]), None);
        assert_ne!(first.seal(b"secret").unwrap(), kept, "no nonce twice");
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let of = |parts: &[&[u8]]| Asked::new("c", "k", parts).unwrap().once.fingerprint;
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
    }

    #[test]
    fn nothing_kept_tells_the_credential() {
        let asked = asked("credential", "key", "{}");
        assert_ne!(asked.once.holder, hexadecimal(&Sha256::digest("credential")));
        assert!(!format!("{asked:?}").contains("credential"));
    }
}
