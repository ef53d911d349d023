//! Opening a file piece by piece: decrypt, read the container, hash; memory stays constant.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use konvolutt_shared::container::verify::{MissingDigest, Refusal};
use konvolutt_shared::container::{ContainerReader, Opened, Verdict, VerifiedDocument, VerifyPolicy};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::SoftKey;
use konvolutt_shared::seal::SoftOpener;
use sha2::{Digest, Sha256};

use crate::output::Failure;

/// The name of a content that is no container, and of the file it is written to.
const CONTENT: (&str, &str) = ("(content)", "content");
/// How much is read at once, in bytes.
pub(crate) const PIECE: usize = 128 * 1024;

/// What came of it.
pub(crate) enum Outcome {
    /// The package does not open.
    Refused(Vec<Finding>),
    /// The decrypted content, unsigned.
    Content(Spooled),
    /// A container.
    Judged(Box<Verdict>),
}

/// What lies in the spool and is told: a verified document, or a content that was asked for as it is.
pub(crate) struct Spooled {
    pub(crate) name: String,
    /// Where it is written to, below the folder, with `/` between folders.
    pub(crate) file: String,
    pub(crate) media_type: Option<String>,
    /// In bytes.
    pub(crate) size: u64,
    /// SHA-256, hexadecimal in lower case.
    pub(crate) sha256_hex: String,
    /// Its first byte in the spool.
    pub(crate) start: u64,
}

impl From<&VerifiedDocument> for Spooled {
    fn from(document: &VerifiedDocument) -> Self {
        Self {
            name: document.name().to_owned(),
            file: document.name().to_owned(),
            media_type: document.media_type().map(str::to_owned),
            size: document.size(),
            sha256_hex: document.sha256_hex().to_owned(),
            start: document.range().start,
        }
    }
}

/// A file that nobody else can reach and that is gone when this program ends.
pub(crate) fn spool() -> Result<File, Failure> {
    tempfile::tempfile().map_err(|error| Failure(format!("no room for the documents: {error}")))
}

/// Decrypts the whole, and hands every piece on.
fn decrypt(
    path: &Path,
    key: Option<&SoftKey>,
    limits: &Limits,
    mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<Result<(), Finding>, Failure> {
    let failure = |error| Failure(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(failure)?;
    let mut opener = key.map(|key| SoftOpener::new(key, limits));
    let (mut piece, mut plain) = (vec![0; PIECE], Vec::with_capacity(PIECE + 64));
    loop {
        let length = file.read(&mut piece).map_err(failure)?;
        let Some(opener) = &mut opener else {
            if length == 0 {
                return Ok(Ok(()));
            }
            take(&piece[..length])?;
            continue;
        };
        if length == 0 {
            break;
        }
        if let Err(finding) = opener.push(&piece[..length], &mut plain) {
            return Ok(Err(finding));
        }
        take(&plain)?;
        plain.clear();
    }
    if let Some(opener) = opener
        && let Err(finding) = opener.finish(&mut plain)
    {
        return Ok(Err(finding));
    }
    take(&plain)?;
    Ok(Ok(()))
}

fn put(spool: Option<&File>, bytes: &[u8]) -> Result<(), Failure> {
    match spool {
        Some(mut spool) => {
            spool.write_all(bytes).map_err(|error| Failure(format!("no room for the documents: {error}")))
        }
        None => Ok(()),
    }
}

/// Stops after decryption.
pub(crate) fn raw(
    path: &Path,
    key: Option<&SoftKey>,
    limits: &Limits,
    spool: Option<&File>,
) -> Result<Outcome, Failure> {
    let (mut digest, mut size) = (Sha256::new(), 0);
    let opened = decrypt(path, key, limits, |plain| {
        digest.update(plain);
        size += plain.len() as u64;
        put(spool, plain)
    })?;
    if let Err(finding) = opened {
        return Ok(Outcome::Refused(vec![finding]));
    }
    let sha256_hex = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let (name, file) = (CONTENT.0.to_owned(), CONTENT.1.to_owned());
    Ok(Outcome::Content(Spooled { name, file, media_type: None, size, sha256_hex, start: 0 }))
}

/// Decrypts, reads the container and verifies it; the documents' bytes go to the spool.
pub(crate) fn verify(
    path: &Path,
    key: Option<&SoftKey>,
    policy: &VerifyPolicy,
    spool: Option<&File>,
) -> Result<Outcome, Failure> {
    let mut opened = match read(path, key, policy, spool)? {
        Ok(opened) => opened,
        Err(outcome) => return Ok(outcome),
    };
    let missing = opened.missing_digests(&policy.limits);
    if !missing.is_empty() {
        // Rare: a manifest with SHA-384 or SHA-512. The bytes are needed once more.
        let own;
        let spool = match spool {
            Some(spool) => spool,
            None => {
                own = self::spool()?;
                if read(path, key, policy, Some(&own))?.is_err() {
                    return Err(Failure(format!("{}: the file changes while it is read", path.display())));
                }
                &own
            }
        };
        for one in &missing {
            opened.supply(one, digest(spool, one)?);
        }
    }
    Ok(Outcome::Judged(Box::new(opened.verify(policy))))
}

fn digest(mut spool: &File, missing: &MissingDigest) -> Result<Vec<u8>, Failure> {
    let failure = |error: std::io::Error| Failure(format!("the documents cannot be read again: {error}"));
    spool.seek(SeekFrom::Start(missing.range.start)).map_err(failure)?;
    let mut content = spool.take(missing.range.end - missing.range.start);
    let (mut hasher, mut piece) = (missing.algorithm.hasher(), vec![0; PIECE]);
    loop {
        match content.read(&mut piece).map_err(failure)? {
            0 => return Ok(hasher.finish()),
            length => hasher.update(&piece[..length]),
        }
    }
}

fn read(
    path: &Path,
    key: Option<&SoftKey>,
    policy: &VerifyPolicy,
    spool: Option<&File>,
) -> Result<Result<Opened, Outcome>, Failure> {
    let reader = ContainerReader::new(&policy.limits);
    let mut reader = if key.is_some() { reader.sealed() } else { reader };
    // What is wrong with the container is told after what is wrong with the seal: the inner garbage of a package that
    // does not open says nothing.
    let mut broken = None;
    let mut documents = Vec::with_capacity(PIECE);
    let opened = decrypt(path, key, &policy.limits, |plain| {
        if broken.is_none() {
            broken = reader.push(plain, &mut documents).err();
            put(spool, &documents)?;
            documents.clear();
        }
        Ok(())
    })?;
    let finished = match (opened, broken) {
        (Err(finding), _) => return Ok(Err(Outcome::Refused(vec![finding]))),
        (Ok(()), Some(finding)) => Err(vec![finding]),
        (Ok(()), None) => reader.finish(),
    };
    Ok(finished.map_err(|findings| Outcome::Judged(Box::new(Verdict::Bad(Refusal { findings, signer: None })))))
}
