//! The last step of sealing: ciphertext gets its framing and leaves in pieces, each of which WebCrypto digests, where the
//! browser does that on another thread while the next is made. No key is needed for it.

use std::collections::VecDeque;

use js_sys::Promise;
use konvolutt_shared::envelope::{PIECE, digest_of};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::seal::Sealing;
use sha2::{Digest, Sha256};

use super::outlet::Outlet;
use super::{Outcome, subtle};

/// What a sealed package is.
pub(super) const MEDIA_TYPE: &str = "application/pkcs7-mime";

/// Pieces that WebCrypto may be digesting at once.
const UNDER_WAY: usize = 4;

/// A sealed package under way.
pub(super) struct Framer {
    sealed: Vec<u8>,
    framing: Sealing,
    /// Of the whole, where that is told of, too.
    whole: Option<Sha256>,
    digests: Digests,
    size: u64,
}

/// What is said of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    /// Bytes.
    pub(super) size: u64,
    /// As the envelope has it: hexadecimal.
    pub(super) pieces_sha256: String,
    /// SHA-256 of the whole, if it was asked for.
    pub(super) sha256: Option<[u8; 32]>,
    /// The content key for the sender's own organisation, if it was asked for: RecipientInfo, DER.
    pub(super) own_key: Option<Vec<u8>>,
}

impl Framer {
    /// Behind the package's head. `whole` asks for the digest of the whole, which costs a pass in WebAssembly.
    pub(super) fn new(head: &[u8], whole: bool) -> Self {
        let mut sealed = Vec::with_capacity(PIECE * 3 / 2);
        sealed.extend_from_slice(head);
        let whole = whole.then(Sha256::new);
        Self { sealed, framing: Sealing::after_head(), whole, digests: Digests::default(), size: 0 }
    }

    /// Takes ciphertext, and hands on the pieces that it fills.
    pub(super) async fn ciphertext(&mut self, bytes: &[u8], outlet: &Outlet) -> Outcome<()> {
        self.framing.ciphertext(bytes, &mut self.sealed);
        while self.sealed.len() >= PIECE {
            self.hand_on(PIECE, outlet).await?;
        }
        Ok(())
    }

    async fn hand_on(&mut self, length: usize, outlet: &Outlet) -> Outcome<()> {
        let piece = &self.sealed[..length];
        if let Some(whole) = &mut self.whole {
            whole.update(piece);
        }
        self.digests.begin(piece).await?;
        outlet.put(piece, MEDIA_TYPE).await?;
        self.size += length as u64;
        self.sealed.drain(..length);
        Ok(())
    }

    /// Hands on what is left.
    pub(super) async fn finish(mut self, outlet: &Outlet) -> Outcome<Package> {
        let framing = std::mem::replace(&mut self.framing, Sealing::after_head());
        framing.finish(&mut self.sealed);
        while !self.sealed.is_empty() {
            self.hand_on(self.sealed.len().min(PIECE), outlet).await?;
        }
        let pieces_sha256 = digest_of(self.digests.finish().await?);
        let sha256 = self.whole.map(|whole| whole.finalize().into());
        Ok(Package { size: self.size, pieces_sha256, sha256, own_key: None })
    }
}

/// Digests of pieces in order, made on threads of the browser's.
#[derive(Default)]
struct Digests {
    done: Vec<[u8; 32]>,
    under_way: VecDeque<Promise>,
}

impl Digests {
    async fn begin(&mut self, piece: &[u8]) -> Outcome<()> {
        if self.under_way.len() >= UNDER_WAY {
            self.settle().await?;
        }
        self.under_way.push_back(subtle::start_sha256(piece).map_err(cannot_digest)?);
        Ok(())
    }

    async fn settle(&mut self) -> Outcome<()> {
        let Some(first) = self.under_way.pop_front() else { return Ok(()) };
        let digest = subtle::settled(first).await.map_err(cannot_digest)?;
        self.done.push(digest.try_into().map_err(|_| cannot_digest(subtle::Failed))?);
        Ok(())
    }

    async fn finish(mut self) -> Outcome<Vec<[u8; 32]>> {
        while !self.under_way.is_empty() {
            self.settle().await?;
        }
        Ok(self.done)
    }
}

fn cannot_digest(_: subtle::Failed) -> Vec<Finding> {
    vec![Finding::error(Rule::Broken, "the browser cannot digest")]
}
