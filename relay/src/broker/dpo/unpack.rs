//! Taking an incoming `sbd.zip` apart. Only `sbd.json` and `asic.zip` are looked at; the package stays sealed.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use konvolutt_shared::container::zip::{Entry, EntrySink, ZipReader};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use sha2::{Digest, Sha256};

/// The largest document that is read, in bytes.
const MAX_SBD: usize = 1024 * 1024;

/// How much is read at once, in bytes.
const PIECE: usize = 128 * 1024;

/// What a transfer held. Its `Debug` shows nothing of the document.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The document, as it came.
    pub sbd: Option<Vec<u8>>,
    /// The sealed package.
    pub package: Option<StoredPackage>,
    /// What is wrong with the transfer itself.
    pub findings: Vec<Finding>,
    /// What the sender is called, where the broker says so.
    pub party_name: Option<String>,
    /// What else the broker told of it: JSON of the channel's own type.
    pub details: Option<String>,
    /// Whether it is left where it is, because it is larger than is taken. A finding tells so.
    pub left: bool,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { package, findings, .. } = self;
        f.debug_struct("Fetched").field("package", package).field("findings", findings).finish_non_exhaustive()
    }
}

/// A sealed package on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPackage {
    /// Where.
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// Reads a downloaded file piece by piece; the package goes to `target`, durably.
pub(super) fn unpack(file: &Path, target: &Path) -> Result<Fetched, std::io::Error> {
    let mut unpacking = Unpacking::new(target)?;
    let listing = read(file, &mut unpacking)?;
    let Unpacking { sbd, package, mut findings, .. } = unpacking;
    match listing {
        // Kept as it came, so that a person can have it looked at.
        // A document that was whole before the fault tells whose it is; the finding tells that it is not to be trusted.
        Err(broken) => Ok(Fetched { sbd, package: Some(keep(file, target)?), findings: broken, ..Fetched::default() }),
        Ok(mut seen) => {
            seen.append(&mut findings);
            let refused = seen.iter().any(Finding::refuses);
            let package = match package {
                Some(package) => Some(package),
                None if refused => Some(keep(file, target)?),
                None => {
                    std::fs::remove_file(target)?;
                    None
                }
            };
            Ok(Fetched { sbd, package, findings: seen, ..Fetched::default() })
        }
    }
}

/// What the archive says, or what is wrong with it.
fn read(file: &Path, unpacking: &mut Unpacking) -> Result<Result<Vec<Finding>, Vec<Finding>>, std::io::Error> {
    let mut reader = ZipReader::new(&Limits::default());
    let mut file = File::open(file)?;
    let mut piece = vec![0; PIECE];
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            return Ok(reader.finish().map(|listing| listing.findings));
        }
        if let Err(finding) = reader.push(&piece[..length], unpacking) {
            return unpacking.failure.take().map_or(Ok(Err(vec![finding])), Err);
        }
    }
}

/// Where the entries of a transfer go.
struct Unpacking {
    target: PathBuf,
    file: Option<File>,
    digest: Sha256,
    entry: Wanted,
    /// The document as far as it has come; `None` once it is too large.
    reading: Option<Vec<u8>>,
    sbd: Option<Vec<u8>>,
    package: Option<StoredPackage>,
    findings: Vec<Finding>,
    failure: Option<std::io::Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Sbd,
    Package,
    Nothing,
}

impl Unpacking {
    fn new(target: &Path) -> Result<Self, std::io::Error> {
        Ok(Self {
            target: target.to_owned(),
            file: Some(File::create(target)?),
            digest: Sha256::new(),
            entry: Wanted::Nothing,
            reading: None,
            sbd: None,
            package: None,
            findings: Vec::new(),
            failure: None,
        })
    }

    /// A failing disk ends the reading; the cause is told by whoever reads.
    fn disk(&mut self, result: Result<(), std::io::Error>) -> Result<(), Finding> {
        result.map_err(|error| {
            self.failure = Some(error);
            Finding::error(Rule::Broken, "the package cannot be stored")
        })
    }
}

impl EntrySink for Unpacking {
    fn begin(&mut self, name: &str) -> Result<(), Finding> {
        self.entry = match name {
            "sbd.json" => Wanted::Sbd,
            "asic.zip" => Wanted::Package,
            _ => Wanted::Nothing,
        };
        self.reading = (self.entry == Wanted::Sbd).then(Vec::new);
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        match self.entry {
            Wanted::Sbd => {
                self.reading = self.reading.take().filter(|sbd| sbd.len() + bytes.len() <= MAX_SBD);
                self.reading.iter_mut().for_each(|sbd| sbd.extend_from_slice(bytes));
                Ok(())
            }
            Wanted::Package => {
                self.digest.update(bytes);
                let written = self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes));
                self.disk(written)
            }
            Wanted::Nothing => Ok(()),
        }
    }

    fn end(&mut self, entry: &Entry) -> Result<(), Finding> {
        let too_large = self.entry == Wanted::Sbd && self.reading.is_none();
        if let Some(sbd) = self.reading.take() {
            self.sbd = Some(sbd);
        }
        if too_large {
            self.findings.push(Finding::error(Rule::TransferSize, "sbd.json is larger than is read"));
        }
        if self.entry == Wanted::Package {
            // A second one is refused when the archive ends.
            let Some(file) = self.file.take() else { return Ok(()) };
            let synced = durable(&file, &self.target);
            self.disk(synced)?;
            let sha256 = hex(&std::mem::take(&mut self.digest).finalize());
            self.package = Some(StoredPackage { path: self.target.clone(), size: entry.size, sha256 });
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file and its name are on the disk.
fn durable(file: &File, path: &Path) -> Result<(), std::io::Error> {
    file.sync_all()?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Copies the transfer as it is.
fn keep(file: &Path, target: &Path) -> Result<StoredPackage, std::io::Error> {
    let (mut from, mut to) = (File::open(file)?, File::create(target)?);
    let (mut digest, mut size, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            durable(&to, target)?;
            return Ok(StoredPackage { path: target.to_owned(), size, sha256: hex(&digest.finalize()) });
        }
        digest.update(&piece[..length]);
        to.write_all(&piece[..length])?;
        size += length as u64;
    }
}
