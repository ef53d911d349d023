//! `konvolutt backup` and `konvolutt restore`.
//!
//! A backup is a folder: `relay.sqlite`, `packages/`, and at last `SHA256SUMS`, which says that it is whole and which
//! anybody can check with `sha256sum --check`. The database is copied first, as it stands at one moment and without
//! holding up the relay; packages are on disk before the row that names them is committed and are never changed, so
//! what the copy names is there to be copied afterwards. Unfinished uploads, keys and configuration are not part of it.

mod files;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::audit::Who;
use crate::store::StoreError;
use crate::store::sqlite::copy::{self, DATABASE};
use files::{copy as copy_file, is_plain, read_sums, sync_folder, write_sums};

const PACKAGES: &str = "packages";
const SUMS: &str = "SHA256SUMS";

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub messages: u64,
    pub packages: u64,
    /// Of packages and database.
    pub bytes: u64,
    /// Packages that the database names and that are not there: the store was damaged before.
    pub missing: Vec<String>,
}

/// Why nothing good came of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A folder that must be empty is not.
    #[error("{0} is not empty; nothing is ever written over")]
    NotEmpty(PathBuf),
    /// No backup, or one that was broken off.
    #[error("{0} is no whole backup: it has no {SUMS}")]
    NotWhole(PathBuf),
    /// A file is not what it was.
    #[error("{0} is damaged or missing: its SHA-256 is not the one in {SUMS}")]
    Damaged(String),
    /// The database is not sound.
    #[error("the database's integrity check found: {0}")]
    Unsound(String),
    /// A name that leads out of the folder.
    #[error("«{0}» is no name of a file in a backup")]
    Name(String),
    /// The database was busy all the time.
    #[error("the database is locked; is another backup running?")]
    Locked,
    #[error("the database: {0}")]
    Database(#[from] StoreError),
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
}

/// Copies a store, which may be in use, into an empty or new folder.
///
/// # Errors
/// Nothing to copy, a target that is not empty, or the disk's.
pub fn backup(store: &Path, to: &Path) -> Result<Copied, BackupError> {
    must_be_empty(to)?;
    let packages = to.join(PACKAGES);
    std::fs::create_dir_all(&packages).map_err(|error| BackupError::File(packages.clone(), error))?;
    copy_database(&store.join(DATABASE), &to.join(DATABASE))?;
    let (names, messages) = inspect(&to.join(DATABASE))?;
    let mut copied = Copied { messages, ..Copied::default() };
    let (digest, bytes) = files::digest(&to.join(DATABASE))?;
    copied.bytes += bytes;
    let mut sums = vec![(DATABASE.to_owned(), digest)];
    for name in names {
        match copy_file(&store.join(PACKAGES).join(&name), &packages.join(&name)) {
            Ok((digest, bytes)) => {
                copied.packages += 1;
                copied.bytes += bytes;
                sums.push((format!("{PACKAGES}/{name}"), digest));
            }
            Err(BackupError::File(_, error)) if error.kind() == std::io::ErrorKind::NotFound => {
                copied.missing.push(name);
            }
            Err(error) => return Err(error),
        }
    }
    sync_folder(&packages)?;
    write_sums(&to.join(SUMS), &sums)?;
    sync_folder(to)?;
    Ok(copied)
}

/// Brings a backup back as the store of a relay that has none, after checking every byte of it.
///
/// Letters that had not left when the backup was made may have left since. They are held back for a person, who can ask
/// the recipient and try them again: a letter must not arrive twice by itself. The audit log says who did it.
///
/// # Errors
/// A backup that is not whole or damaged, a target that is not empty, or the disk's.
pub fn restore(from: &Path, store: &Path, who: Who) -> Result<Copied, BackupError> {
    must_be_empty(store)?;
    let sums = read_sums(&from.join(SUMS)).map_err(|error| match error {
        BackupError::File(_, error) if error.kind() == std::io::ErrorKind::NotFound => {
            BackupError::NotWhole(from.to_owned())
        }
        other => other,
    })?;
    // Under another name until it is whole: a restore that is broken off leaves no store that looks good.
    let name = store.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = store.with_file_name(format!("{name}.restoring"));
    must_be_empty(&unfinished)?;
    let packages = unfinished.join(PACKAGES);
    std::fs::create_dir_all(&packages).map_err(|error| BackupError::File(packages.clone(), error))?;
    let copied = copy_back(from, &unfinished, &sums, who);
    if copied.is_err() {
        // The error is what matters; what cannot be removed is refused by the next try.
        let _ = std::fs::remove_dir_all(&unfinished);
    }
    let copied = copied?;
    let _ = std::fs::remove_dir(store);
    std::fs::rename(&unfinished, store).map_err(|error| BackupError::File(store.to_owned(), error))?;
    sync_folder(store.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    Ok(copied)
}

fn copy_back(from: &Path, to: &Path, sums: &[(String, String)], who: Who) -> Result<Copied, BackupError> {
    let mut copied = Copied::default();
    let mut there = BTreeSet::new();
    for (path, digest) in sums {
        let name = path.strip_prefix("packages/").unwrap_or(path);
        if !is_plain(name) || (name == path && name != DATABASE) {
            return Err(BackupError::Name(path.clone()));
        }
        match copy_file(&from.join(path), &to.join(path)) {
            Ok((found, bytes)) if found == *digest => copied.bytes += bytes,
            Ok(_) => return Err(BackupError::Damaged(path.clone())),
            Err(BackupError::File(_, error)) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(BackupError::Damaged(path.clone()));
            }
            Err(error) => return Err(error),
        }
        if name != path {
            copied.packages += 1;
            there.insert(name.to_owned());
        }
    }
    if !to.join(DATABASE).is_file() {
        return Err(BackupError::Damaged(DATABASE.to_owned()));
    }
    let (names, messages) = inspect(&to.join(DATABASE))?;
    copied.messages = messages;
    copied.missing = names.into_iter().filter(|name| !there.contains(name)).collect();
    copy::hold_back(&to.join(DATABASE))?;
    copy::tell_of_restoring(&to.join(DATABASE), who)?;
    files::sync(&to.join(DATABASE))?;
    sync_folder(&to.join(PACKAGES))?;
    sync_folder(to)?;
    Ok(copied)
}

fn must_be_empty(folder: &Path) -> Result<(), BackupError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(BackupError::NotEmpty(folder.to_owned())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BackupError::File(folder.to_owned(), error)),
    }
}

fn copy_database(from: &Path, to: &Path) -> Result<(), BackupError> {
    if !copy::copy(from, to)? {
        return Err(BackupError::Locked);
    }
    files::sync(to)
}

/// Checks that a copy is sound, and answers the packages it names and how many messages it has.
fn inspect(database: &Path) -> Result<(BTreeSet<String>, u64), BackupError> {
    let found = copy::contents(database)?;
    if found.verdict != "ok" {
        return Err(BackupError::Unsound(found.verdict));
    }
    match found.packages.iter().find(|name| !is_plain(name)) {
        Some(name) => Err(BackupError::Name(name.clone())),
        None => Ok((found.packages, found.messages)),
    }
}

#[cfg(test)]
mod tests;
