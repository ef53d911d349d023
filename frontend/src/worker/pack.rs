//! Packing a container as it is sealed: a piece of a file is in memory, never the whole.

use jiff::Timestamp;
use konvolutt_shared::container::{ContainerWriter, DocumentHead, Profile, SignatureDigest};
use konvolutt_shared::pki::PrivateKey as _;
use uuid::Uuid;
use web_sys::Blob;

use super::Outcome;
use super::digester::{Digester, digest_here};
use super::files::Pieces;
use super::framer::Package;
use super::sealer::Sealer;
use super::send::one;
use super::store::StoredKey;

/// What a container holds, in its order.
pub(super) struct Contents<'a> {
    /// How it is signed.
    pub(super) profile: Profile,
    /// `manifest.xml`.
    pub(super) manifest: Vec<u8>,
    /// The documents, the main one first.
    pub(super) documents: Vec<(DocumentHead, &'a Blob)>,
    /// What we add behind them.
    pub(super) last: Option<(DocumentHead, Vec<u8>)>,
}

/// Packs, signs with the key and seals.
pub(super) async fn pack(
    contents: Contents<'_>,
    key: &StoredKey,
    mut sealer: Sealer<'_>,
    now: Timestamp,
    step: impl Fn(u64, u64),
) -> Outcome<Package> {
    let mut container = ContainerWriter::new(contents.profile, now);
    let manifest = DocumentHead { name: "manifest.xml".to_owned(), media_type: "application/xml".to_owned() };
    container.add(&manifest, &contents.manifest, &mut sealer.plain).map_err(one)?;
    let total = contents.documents.iter().map(|(_, blob)| blob.size() as u64).sum();
    let mut done = 0;
    let largest = contents.documents.iter().map(|(_, blob)| blob.size()).fold(0.0, f64::max);
    let digester = Digester::start(largest);
    for (head, blob) in &contents.documents {
        match digester {
            Some(_) => container.begin_digested_elsewhere(head, &mut sealer.plain),
            None => container.begin(head, &mut sealer.plain),
        }
        .map_err(one)?;
        let mut pieces = Pieces::digested(blob, digester.as_ref());
        while let Some(piece) = pieces.next().await? {
            container.write(piece, &mut sealer.plain).map_err(one)?;
            done += piece.len() as u64;
            sealer.drain().await?;
            step(done, total);
        }
        match &digester {
            Some(digester) => {
                let sha256 = digested(digester, blob).await?;
                container.end_with_digest(sha256, &mut sealer.plain)
            }
            None => container.end(&mut sealer.plain),
        }
        .map_err(one)?;
    }
    if let Some((head, bytes)) = &contents.last {
        container.add(head, bytes, &mut sealer.plain).map_err(one)?;
    }
    let unsigned =
        container.prepare(&key.chain, SignatureDigest::Sha256, now, Uuid::new_v4(), &mut sealer.plain).map_err(one)?;
    let signature = key.sign(unsigned.algorithm(), unsigned.bytes()).await.map_err(one)?;
    unsigned.finish(&signature, &mut sealer.plain).map_err(one)?;
    sealer.finish().await
}

/// SHA-256 of a document that the digester was given.
async fn digested(digester: &Digester, blob: &Blob) -> Outcome<[u8; 32]> {
    digester.cut();
    match digester.digest().await {
        Some(digest) => Ok(digest),
        None => digest_here(blob).await,
    }
}
