//! Taking an incoming `sbd.zip` apart: the document (`sbd.json`, or the older `content.xml`) and `asic.zip`, which stays
//! sealed. Whatever else is in it is passed over, as the reference does.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use konvolutt_shared::container::zip::{Entry, EntrySink, ZipReader};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use sha2::{Digest, Sha256};

/// The largest document that is read, in bytes.
const MAX_SBD: usize = 1024 * 1024;

/// The document.
const SBD: &str = "sbd.json";

/// The document as it was sent before Altinn 3, XML.
const OLDER_SBD: &str = "content.xml";

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
    let Unpacking { document, package, .. } = unpacking;
    let too_large = match &document {
        Some((name, None)) => Some(Finding::error(Rule::TransferSize, format!("{name} is larger than is read"))),
        _ => None,
    };
    let sbd = document.and_then(|(_, text)| text);
    match listing {
        // Kept as it came, so that a person can have it looked at.
        // A document that was whole before the fault tells whose it is; the finding tells that it is not to be trusted.
        Err(broken) => Ok(Fetched { sbd, package: Some(keep(file, target)?), findings: broken, ..Fetched::default() }),
        Ok(mut seen) => {
            seen.extend(too_large);
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
    /// By its entry's name; without a text when that is too large.
    document: Option<(&'static str, Option<Vec<u8>>)>,
    package: Option<StoredPackage>,
    failure: Option<std::io::Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Document(&'static str),
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
            document: None,
            package: None,
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
            SBD => Wanted::Document(SBD),
            OLDER_SBD => Wanted::Document(OLDER_SBD),
            "asic.zip" => Wanted::Package,
            _ => Wanted::Nothing,
        };
        self.reading = matches!(self.entry, Wanted::Document(_)).then(Vec::new);
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        match self.entry {
            Wanted::Document(_) => {
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
        if let Wanted::Document(name) = self.entry {
            let text = self.reading.take();
            // The older form counts only where there is no other.
            if name == SBD || self.document.is_none() {
                self.document = Some((name, text));
            }
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

#[cfg(test)]
mod tests {
    use konvolutt_shared::container::zip::{DosTime, ZipWriter};

    use super::*;

    /// What is read of a transfer with these entries.
    fn unpacked(entries: &[(&str, &[u8])]) -> Fetched {
        let folder = tempfile::tempdir().unwrap();
        let (mut zip, mut bytes) = (ZipWriter::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH)), Vec::new());
        for (name, content) in entries {
            zip.add(name, content, &mut bytes).unwrap();
        }
        zip.finish("", &mut bytes).unwrap();
        std::fs::write(folder.path().join("download"), bytes).unwrap();
        unpack(&folder.path().join("download"), &folder.path().join("package")).unwrap()
    }

    #[test]
    fn the_older_document_counts_where_there_is_no_other() {
        let (json, xml) = (b"{}".as_slice(), b"<a/>".as_slice());
        for (entries, sbd) in [
            ([("content.xml", xml), ("asic.zip", b"x")], Some(xml)),
            ([("content.xml", xml), ("sbd.json", json)], Some(json)),
            ([("sbd.json", json), ("content.xml", xml)], Some(json)),
            ([("other.xml", xml), ("asic.zip", b"x")], None),
        ] {
            let fetched = unpacked(&entries);
            assert_eq!((fetched.sbd.as_deref(), fetched.findings), (sbd, vec![]), "{entries:?}");
        }
    }

    #[test]
    fn a_document_that_is_too_large_is_not_taken_from_elsewhere() {
        let large = vec![b' '; MAX_SBD + 1];
        for (entries, named) in [
            ([("sbd.json", large.as_slice()), ("content.xml", b"<a/>")], "sbd.json"),
            ([("content.xml", b"<a/>"), ("sbd.json", large.as_slice())], "sbd.json"),
            ([("content.xml", large.as_slice()), ("asic.zip", b"x")], "content.xml"),
        ] {
            let fetched = unpacked(&entries);
            assert_eq!(fetched.sbd, None);
            assert!(fetched.findings.iter().any(|one| one.message.starts_with(named)), "{:?}", fetched.findings);
        }
        let fetched = unpacked(&[("sbd.json", b"{}"), ("content.xml", &large)]);
        assert_eq!((fetched.sbd.as_deref(), fetched.findings), (Some(b"{}".as_slice()), vec![]));
    }
}
