//! A letter by KS SvarUt: each document is sealed by itself, and the package is one sealed part after the other.

use konvolutt_shared::envelope::{PackageClaim, PartClaim};
use konvolutt_shared::letter::Letter;
use konvolutt_shared::pki::Certificate;
use web_sys::Blob;

use super::Outcome;
use super::files::Pieces;
use super::framer::MEDIA_TYPE;
use super::open::hex;
use super::outlet::Outlet;
use super::sealer::Sealer;
use super::send::{head, main_first};

/// Seals the documents in their order, the main one first.
pub(super) async fn seal_parts(
    letter: &Letter,
    blobs: &[Blob],
    recipient: &Certificate,
    outlet: &Outlet,
    step: impl Fn(u64, u64),
) -> Outcome<PackageClaim> {
    let total = letter.documents().iter().map(|document| document.size).sum();
    let mut done = 0;
    let mut parts = Vec::with_capacity(blobs.len());
    for index in main_first(letter) {
        let mut sealer = Sealer::hashed(recipient, None, outlet).await?;
        let mut pieces = Pieces::of(&blobs[index]);
        while let Some(piece) = pieces.next().await? {
            sealer.plain.extend_from_slice(piece);
            done += piece.len() as u64;
            sealer.drain().await?;
            step(done, total);
        }
        let package = sealer.finish().await?;
        let document = head(&letter.documents()[index]);
        let (size, sha256) = (package.size, hex(&package.sha256.unwrap_or_default()));
        parts.push(PartClaim { name: document.name, media_type: document.media_type, size, sha256 });
    }
    Ok(PackageClaim::of_parts(MEDIA_TYPE, parts))
}
