//! The last step of sealing: ciphertext gets its framing, is hashed and becomes blobs. No key is needed for it.

use konvolutt_shared::finding::Finding;
use konvolutt_shared::seal::Sealing;
use sha2::{Digest, Sha256};
use web_sys::Blob;

use super::open::hex;
use super::{Outcome, files};

/// How much sealed output is held before it is handed on, in bytes.
const HELD: usize = 1024 * 1024;

/// What a sealed package is.
pub(super) const MEDIA_TYPE: &str = "application/pkcs7-mime";

/// A sealed package under way.
pub(super) struct Framer {
    sealed: Vec<u8>,
    framing: Sealing,
    hasher: Sha256,
    /// Of all parts of a package so far, where there are several.
    whole: Option<Sha256>,
    size: u64,
}

/// What the envelope says of a package.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub(super) struct Package {
    /// Bytes.
    pub(super) size: u64,
    /// Hexadecimal.
    pub(super) sha256: String,
}

impl Framer {
    /// Behind the package's head.
    pub(super) fn new(head: &[u8]) -> Self {
        Self::after(head, None)
    }

    /// Behind the head of a package's next part.
    pub(super) fn after(head: &[u8], whole: Option<Sha256>) -> Self {
        let mut sealed = Vec::with_capacity(HELD * 3 / 2);
        sealed.extend_from_slice(head);
        Self { sealed, framing: Sealing::after_head(), hasher: Sha256::new(), whole, size: 0 }
    }

    /// Takes ciphertext; answers a part of the package whenever one is full.
    pub(super) fn ciphertext(&mut self, bytes: &[u8]) -> Outcome<Option<Blob>> {
        self.framing.ciphertext(bytes, &mut self.sealed);
        if self.sealed.len() >= HELD { self.part().map(Some) } else { Ok(None) }
    }

    fn part(&mut self) -> Result<Blob, Vec<Finding>> {
        self.hasher.update(&self.sealed);
        if let Some(whole) = &mut self.whole {
            whole.update(&self.sealed);
        }
        self.size += self.sealed.len() as u64;
        let part = files::blob(&self.sealed, MEDIA_TYPE)?;
        self.sealed.clear();
        Ok(part)
    }

    /// The last bytes, what they complete, and the digest of all parts so far.
    pub(super) fn finish(mut self) -> Outcome<(Blob, Package, Option<Sha256>)> {
        let framing = std::mem::replace(&mut self.framing, Sealing::after_head());
        framing.finish(&mut self.sealed);
        let part = self.part()?;
        Ok((part, Package { size: self.size, sha256: hex(&self.hasher.finalize()) }, self.whole))
    }
}
