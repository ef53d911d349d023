//! What an envelope says of the sealed package, and the digest that it says it with. Ours, on SHA-256 (FIPS
//! 180-4).
//!
//! A package is digested in pieces: SHA-256 of the SHA-256 of each half mebibyte, in order. So whoever makes a large one can
//! have its pieces digested beside each other, by what does that fastest: browsers have no SHA-256 for a whole that is not
//! in memory, and a fast one for a piece that is.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::finding::{Finding, Rule};

/// Bytes in each piece but the last, which has what is left. Browsers take memory for less than a mebibyte from what they
/// have; for more they ask the system each time, which costs as much as the digest.
pub const PIECE: usize = 512 * 1024;

/// What identifies the sealed package. Claims that do not have this form are refused by
/// [`verify`](super::verify()).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackageClaim {
    /// Its media type, for example `application/pkcs7-mime`; never empty.
    pub media_type: String,
    /// The size of the package in bytes, at least 1.
    pub size: u64,
    /// [`digest_of`] the digests of its parts, where it has some, else of its pieces of [`PIECE`] bytes: 64
    /// lower-case hexadecimal digits.
    pub pieces_sha256: String,
    /// When it is several sealed parts, one after the other: what they are, in order, at most
    /// [`svarut::MAX_DOCUMENTS`](crate::svarut::MAX_DOCUMENTS). Their sizes sum up to `size`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parts: Vec<PartClaim>,
}

/// One sealed part of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartClaim {
    /// File name of what is sealed; never empty.
    pub name: String,
    /// Media type of what is sealed; never empty.
    pub media_type: String,
    /// The size of the sealed part in bytes, at least 1.
    pub size: u64,
    /// SHA-256 of the sealed part, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// SHA-256 of these digests, one after the other, as 64 lower-case hexadecimal digits.
pub fn digest_of(digests: impl IntoIterator<Item = [u8; 32]>) -> String {
    let mut all = Sha256::new();
    digests.into_iter().for_each(|digest| all.update(digest));
    hexadecimal(&all.finalize())
}

/// 64 lower-case digits of a SHA-256.
fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The digest of a package that is not made of parts, whose bytes come in order, however they are cut.
#[derive(Clone, Debug, Default)]
pub struct PackageDigest {
    all: Sha256,
    piece: Sha256,
    /// Bytes in the piece so far.
    filled: usize,
}

impl PackageDigest {
    /// The digest of no bytes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, rest) = bytes.split_at(bytes.len().min(PIECE - self.filled));
            self.piece.update(now);
            self.filled += now.len();
            if self.filled == PIECE {
                self.end_piece();
            }
            bytes = rest;
        }
    }

    fn end_piece(&mut self) {
        self.all.update(self.piece.finalize_reset());
        self.filled = 0;
    }

    /// The digest of all that was taken: 64 lower-case hexadecimal digits, as [`PackageClaim::pieces_sha256`].
    pub fn finish(mut self) -> String {
        if self.filled > 0 {
            self.end_piece();
        }
        hexadecimal(&self.all.finalize())
    }
}

impl PackageClaim {
    /// The claim about a package in memory that is not made of parts.
    pub fn of(media_type: &str, package: &[u8]) -> Self {
        let mut digest = PackageDigest::new();
        digest.update(package);
        Self {
            media_type: media_type.to_owned(),
            size: package.len() as u64,
            pieces_sha256: digest.finish(),
            parts: Vec::new(),
        }
    }

    /// The claim about a package of sealed parts, one after the other in this order.
    pub fn of_parts(media_type: &str, parts: Vec<PartClaim>) -> Self {
        // A digest that is none leads to a claim that nobody's package has, and so do sizes beyond all bounds.
        let digests = parts.iter().map(|part| bytes_of(&part.sha256).unwrap_or_default());
        let pieces_sha256 = digest_of(digests);
        let size = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.size));
        Self { media_type: media_type.to_owned(), size, pieces_sha256, parts }
    }

    /// Compares with what was uploaded: its size in bytes, and its digest as [`Self::pieces_sha256`] has it.
    ///
    /// # Errors
    /// [`Rule::EnvelopeUploaded`] when size or digest differ.
    pub fn matches(&self, size: u64, pieces_sha256: &str) -> Result<(), Finding> {
        if self.size == size && self.pieces_sha256 == pieces_sha256 {
            return Ok(());
        }
        let which = if self.size == size { "digest" } else { "size" };
        Err(Finding::error(Rule::EnvelopeUploaded, format!("the {which} of the package is not the signed one")))
    }

    /// Compares the digests of the parts, in order, with what was uploaded, each 64 lower-case hexadecimal
    /// digits; none where the package is not made of parts.
    ///
    /// # Errors
    /// [`Rule::EnvelopeUploadedPart`] when one differs, or there are more or fewer.
    pub fn parts_match(&self, sha256: &[String]) -> Result<(), Finding> {
        if self.parts.iter().map(|part| &part.sha256).eq(sha256) {
            return Ok(());
        }
        Err(Finding::error(Rule::EnvelopeUploadedPart, "the digest of a part of the package is not the signed one"))
    }
}

/// Whether it is a SHA-256 as [`PackageClaim`] writes it.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The 32 bytes of a SHA-256 in hexadecimal.
fn bytes_of(hexadecimal: &str) -> Option<[u8; 32]> {
    if !is_digest(hexadecimal) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hexadecimal.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What OpenSSL makes of bytes of 1 that are cut by `split -b 524288` (`relay/EVIDENCE.md`).
    const KNOWN: [(usize, &str); 4] = [
        (1, "9c12cfdc04c74584d787ac3d23772132c18524bc7ab28dec4219b8fc5b425f70"),
        (PIECE, "58c768eab100c9264a9ac1e0d5ae1a313831465e2a3ca086bce7bcb610daeefa"),
        (PIECE + 1, "056a27881cbb3ef1355b1eb68892e8b497ef9bdd5395f8cfa4a20dda926ff34b"),
        (2 * PIECE + 7, "fa90743725d4e0c11f24d1b87b5615836ace8e22786ff555cae660354904ebc3"),
    ];

    #[test]
    fn a_digest_is_the_same_however_the_bytes_are_cut() {
        for (length, known) in KNOWN {
            let bytes = vec![1; length];
            assert_eq!(PackageClaim::of("a/b", &bytes).pieces_sha256, known, "{length}");
            for cut in [1000, 65_537, PIECE - 1, PIECE, PIECE + 1] {
                let mut digest = PackageDigest::new();
                bytes.chunks(cut).for_each(|chunk| digest.update(chunk));
                assert_eq!(digest.finish(), known, "{length} in chunks of {cut}");
            }
            let pieces = bytes.chunks(PIECE).map(|piece| Sha256::digest(piece).into());
            assert_eq!(digest_of(pieces), known, "{length} by pieces");
        }
    }

    #[test]
    fn parts_stand_for_pieces() {
        let part =
            |sha256: &str| PartClaim { name: "a".into(), media_type: "a/b".into(), size: 3, sha256: sha256.into() };
        let claim = PackageClaim::of_parts("a/b", vec![part(&"01".repeat(32)), part(&"ff".repeat(32))]);
        assert_eq!((claim.size, claim.pieces_sha256), (6, digest_of([[1; 32], [255; 32]])));
        let vast = PartClaim { size: u64::MAX, ..part("") };
        assert_eq!(PackageClaim::of_parts("a/b", vec![vast, part("")]).size, u64::MAX);
    }
}
