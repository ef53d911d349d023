//! Taking an incoming `sbd.zip` apart. Only `sbd.json` and `asic.zip` are looked at; the package stays sealed.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use konvolutt_shared::container::zip::{self, Archive};
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::limits::Limits;
use sha2::{Digest, Sha256};

/// The largest document that is read, in bytes.
const MAX_SBD: u64 = 1024 * 1024;

/// What a transfer held. Its `Debug` shows nothing of the document.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The document, as it came.
    pub sbd: Option<Vec<u8>>,
    /// The sealed package.
    pub package: Option<StoredPackage>,
    /// What is wrong with the transfer itself.
    pub findings: Vec<Finding>,
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

/// Reads a downloaded file; the package goes to `target`, durably.
pub(super) fn unpack(file: &Path, target: &Path) -> Result<Fetched, std::io::Error> {
    let bytes = std::fs::read(file)?;
    let archive = match zip::read(&bytes, &Limits::default()) {
        Ok(archive) => archive,
        // Kept as it came, so that a person can have it looked at.
        Err(findings) => return Ok(Fetched { sbd: None, package: Some(keep(&bytes, target)?), findings }),
    };
    let mut fetched = Fetched { findings: archive.findings().to_vec(), ..Fetched::default() };
    fetched.sbd = entry(&archive, "sbd.json", Some(MAX_SBD), &mut fetched.findings);
    let package = entry(&archive, "asic.zip", None, &mut fetched.findings);
    if let Some(package) = package {
        fetched.package = Some(keep(&package, target)?);
    } else if fetched.findings.iter().any(Finding::refuses) {
        fetched.package = Some(keep(&bytes, target)?);
    }
    Ok(fetched)
}

fn entry(archive: &Archive<'_>, name: &str, most: Option<u64>, findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    let entry = archive.find(name)?;
    if most.is_some_and(|most| entry.size > most) {
        findings.push(Finding::error(Code::LimitExceeded, format!("{name} is larger than is read")));
        return None;
    }
    archive.read(entry).map_err(|finding| findings.push(finding)).ok()
}

fn keep(bytes: &[u8], target: &Path) -> Result<StoredPackage, std::io::Error> {
    let mut file = File::create(target)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if let Some(folder) = target.parent() {
        File::open(folder)?.sync_all()?;
    }
    let sha256 = Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    Ok(StoredPackage { path: target.to_owned(), size: bytes.len() as u64, sha256 })
}
