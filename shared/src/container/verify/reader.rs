//! Reading a decrypted container as it comes. Documents go out at once, into whatever quarantine the caller keeps;
//! digests and the small files of `META-INF` stay here.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::Opened;
use super::files::hexadecimal;
use crate::container::digest::DigestAlgorithm;
use crate::container::is_metadata;
use crate::container::zip::{self, Entry, EntrySink, ZipReader};
use crate::finding::{Finding, Rule};
use crate::limits::Limits;

/// A `mimetype` that is longer than this is not ours; the rest of it is not kept.
const MIMETYPE_ROOM: usize = 64;
/// All files of `META-INF` together may take so many times the budget of one.
const METADATA_FILES: u64 = 4;
/// So many bytes tell whether something is a zip.
const START: usize = 4;

/// A push parser for containers. Give it the decrypted bytes in pieces of any size, then
/// [`finish`](Self::finish). A file of `META-INF` may be as large as [`Limits::metadata_bytes`], all of them
/// together four times that.
#[derive(Debug)]
pub struct ContainerReader {
    zip: ZipReader,
    limits: Limits,
    read: Contents,
    digesting: bool,
    /// The first bytes, [`START`] of them, of what was decrypted; `None` where nothing was.
    start: Option<Vec<u8>>,
}

/// What is known of the contents so far.
#[derive(Debug, Default)]
struct Contents {
    documents: Vec<Streamed>,
    metadata: Vec<(String, Vec<u8>)>,
    metadata_bytes: u64,
    mimetype: Option<Vec<u8>>,
    open: Option<Target>,
    /// Bytes given out so far.
    given: u64,
}

/// Where the open entry's bytes go.
enum Target {
    Document(Option<Sha256>),
    Metadata(Vec<u8>),
    Mimetype(Vec<u8>),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Target(…)")
    }
}

/// A file that was given out.
#[derive(Debug)]
pub(super) struct Streamed {
    pub(super) entry: Entry,
    pub(super) range: Range<u64>,
    /// By algorithm. SHA-256 is there unless somebody else makes it.
    pub(super) digests: Vec<(DigestAlgorithm, Vec<u8>)>,
}

impl Streamed {
    pub(super) fn digest(&self, algorithm: DigestAlgorithm) -> Option<&[u8]> {
        self.digests.iter().find(|(known, _)| *known == algorithm).map(|(_, value)| value.as_slice())
    }

    /// SHA-256, lower-case hexadecimal.
    pub(super) fn sha256_hex(&self) -> String {
        self.digest(DigestAlgorithm::Sha256).map(hexadecimal).unwrap_or_default()
    }
}

/// The contents with the caller's buffer, while bytes are read.
struct Filling<'a> {
    read: &'a mut Contents,
    limits: &'a Limits,
    digesting: bool,
    out: &'a mut Vec<u8>,
}

impl EntrySink for Filling<'_> {
    fn begin(&mut self, name: &str) -> Result<(), Finding> {
        self.read.open = Some(match name {
            "mimetype" => Target::Mimetype(Vec::new()),
            name if is_metadata(name) => Target::Metadata(Vec::new()),
            _ => Target::Document(self.digesting.then(Sha256::new)),
        });
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        let limit = self.limits.metadata_bytes;
        match &mut self.read.open {
            Some(Target::Document(digest)) => {
                if let Some(digest) = digest {
                    digest.update(bytes);
                }
                self.out.extend_from_slice(bytes);
            }
            Some(Target::Metadata(content)) => {
                self.read.metadata_bytes += bytes.len() as u64;
                if content.len() as u64 + bytes.len() as u64 > limit
                    || self.read.metadata_bytes > METADATA_FILES * limit
                {
                    return Err(Rule::MetadataSize.broken());
                }
                content.extend_from_slice(bytes);
            }
            Some(Target::Mimetype(content)) => {
                let room = MIMETYPE_ROOM.saturating_sub(content.len());
                content.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            None => {}
        }
        Ok(())
    }

    fn end(&mut self, entry: &Entry) -> Result<(), Finding> {
        match self.read.open.take() {
            Some(_) if entry.name.ends_with('/') && entry.size == 0 => {}
            Some(Target::Document(digest)) => {
                let range = self.read.given..self.read.given + entry.size;
                self.read.given = range.end;
                let digests = digest.map(|digest| (DigestAlgorithm::Sha256, digest.finalize().to_vec()));
                let digests = digests.into_iter().collect();
                self.read.documents.push(Streamed { entry: entry.clone(), range, digests });
            }
            Some(Target::Metadata(content)) => self.read.metadata.push((entry.name.clone(), content)),
            Some(Target::Mimetype(content)) => self.read.mimetype = Some(content),
            None => {}
        }
        Ok(())
    }
}

impl ContainerReader {
    /// A reader at a container's first byte, which makes SHA-256 of each document as it comes.
    pub fn new(limits: &Limits) -> Self {
        let (zip, read) = (ZipReader::new(limits), Contents::default());
        Self { zip, limits: limits.clone(), read, digesting: true, start: None }
    }

    /// The same, but somebody else makes SHA-256 of each document meanwhile, from what [`push`](Self::push) gives out:
    /// [`Opened::undigested`] asks for it. A document without one does not hold.
    pub fn digested_elsewhere(limits: &Limits) -> Self {
        Self { digesting: false, ..Self::new(limits) }
    }

    /// The same for bytes that were decrypted. What is no zip at all, not even a broken one, is then refused as every content
    /// that cannot be decrypted: CBC has no integrity, so a wrong key may show in nothing else.
    #[must_use]
    pub fn sealed(self) -> Self {
        Self { start: Some(Vec::new()), ..self }
    }

    /// Where each document that was read to its end ends, in container order: the number of bytes that had been
    /// given out with its last one.
    pub fn ends(&self) -> impl Iterator<Item = u64> {
        self.read.documents.iter().map(|document| document.range.end)
    }

    /// Takes the next decrypted bytes and appends to `documents` what belongs to documents, one after the other in
    /// container order.
    ///
    /// Nothing of it may be shown, saved for the user or acted on before [`Opened::verify`] has judged: CBC has no
    /// integrity (EFAIL), and an attacker who changes ciphertext chooses what comes out here.
    ///
    /// # Errors
    /// The first thing that is wrong with the structure: as [`ZipReader::push`], and [`Rule::MetadataSize`];
    /// [`Rule::SealOpening`] for what [`sealed`](Self::sealed) tells. After an error the reader is of no use.
    pub fn push(&mut self, plain: &[u8], documents: &mut Vec<u8>) -> Result<(), Finding> {
        if let Some(start) = &mut self.start {
            let missing = START.saturating_sub(start.len());
            start.extend(plain.iter().take(missing));
        }
        let mut sink =
            Filling { read: &mut self.read, limits: &self.limits, digesting: self.digesting, out: documents };
        let pushed = self.zip.push(plain, &mut sink);
        pushed.map_err(|finding| if self.is_garbage() { Rule::SealOpening.broken() } else { finding })
    }

    /// Whether something was decrypted that does not even begin as a zip.
    fn is_garbage(&self) -> bool {
        self.start.as_deref().is_some_and(|start| !zip::begins(start))
    }

    /// Checks that the container is complete.
    ///
    /// # Errors
    /// As [`ZipReader::finish`]: it is cut off, or everything that is wrong with its names. [`Rule::SealOpening`] as
    /// [`push`](Self::push).
    pub fn finish(self) -> Result<Opened, Vec<Finding>> {
        if self.is_garbage() {
            return Err(vec![Rule::SealOpening.broken()]);
        }
        let listing = self.zip.finish()?;
        let Contents { documents, metadata, mimetype, .. } = self.read;
        Ok(Opened { entries: listing.entries, findings: listing.findings, documents, metadata, mimetype })
    }
}
