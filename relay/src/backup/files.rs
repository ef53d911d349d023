//! Copying with a digest, durably, and the list of digests as `sha256sum` reads and writes it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::BackupError;

/// How much is read at once, in bytes.
const PIECE: usize = 256 * 1024;

/// SHA-256 in hexadecimal digits, and how many bytes.
pub(super) type Digested = (String, u64);

/// Copies a file that must not be there yet and syncs it.
pub(super) fn copy(from: &Path, to: &Path) -> Result<Digested, BackupError> {
    let failed = |error| BackupError::File(from.to_owned(), error);
    let mut source = File::open(from).map_err(failed)?;
    let mut target = File::create_new(to).map_err(|error| BackupError::File(to.to_owned(), error))?;
    let digested = pour(&mut source, &mut target).map_err(failed)?;
    target.sync_all().map_err(|error| BackupError::File(to.to_owned(), error))?;
    Ok(digested)
}

pub(super) fn digest(path: &Path) -> Result<Digested, BackupError> {
    let failed = |error| BackupError::File(path.to_owned(), error);
    pour(&mut File::open(path).map_err(failed)?, &mut std::io::sink()).map_err(failed)
}

fn pour(from: &mut File, to: &mut impl std::io::Write) -> std::io::Result<Digested> {
    let (mut hasher, mut buffer, mut bytes) = (Sha256::new(), vec![0; PIECE], 0);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
    }
    let digest = hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    Ok((digest, bytes))
}

pub(super) fn sync(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| BackupError::File(path.to_owned(), error))
}

/// A name is on disk only once its folder is.
pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    sync(folder)
}

/// Whether a name stays in its folder.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

pub(super) fn write_sums(path: &Path, sums: &[(String, String)]) -> Result<(), BackupError> {
    let text = sums.iter().fold(String::new(), |mut text, (name, digest)| {
        let _ = writeln!(text, "{digest}  {name}");
        text
    });
    let written = File::create_new(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| BackupError::File(path.to_owned(), error))
}

pub(super) fn read_sums(path: &Path) -> Result<Vec<(String, String)>, BackupError> {
    let text = std::fs::read_to_string(path).map_err(|error| BackupError::File(path.to_owned(), error))?;
    let lines = text.lines().map(|line| match line.split_once("  ") {
        Some((digest, name)) => Ok((name.to_owned(), digest.to_owned())),
        None => Err(BackupError::Name(line.to_owned())),
    });
    lines.collect()
}
