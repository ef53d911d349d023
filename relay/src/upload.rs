//! Uploads in pieces (TUS 1.0.0). What has been received is what lies in the file, so a restart loses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::envelope::{PackageDigest, digest_of};
use konvolutt_shared::finding::{Finding, Rule};
use sha2::{Digest, Sha256};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::clock::{Machine, World as _};
use crate::files::Files;
use crate::packages::Packages;
use crate::problem::Refusal;
use crate::store::{StoreError, Swept, Uploads};

/// The largest sealed package, in bytes: the channel's gigabyte and what packing and sealing add.
pub const MAX_BYTES: u64 = 1_100_000_000;

/// How much is read at once for hashing, in bytes.
const READ: usize = 256 * 1024;

/// Up to this many bytes hashing takes less than waking another thread.
const SMALL: u64 = 64 * 1024;

/// How long an unfinished upload is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// An upload and how far it has come.
#[derive(Clone, Debug)]
pub struct Upload {
    pub id: String,
    /// In bytes; 0 while whoever sends it does not know yet.
    pub length: u64,
    pub offset: u64,
    path: PathBuf,
}

impl Upload {
    /// That the next byte is the one at this offset.
    ///
    /// # Errors
    /// It stands elsewhere.
    pub fn stands_at(&self, offset: u64) -> Result<(), Refusal> {
        let elsewhere = || Refusal::rule(Rule::UploadOffset, "the offset is not where the upload stands");
        (offset == self.offset).then_some(()).ok_or_else(elsewhere)
    }

    /// Whether every byte is here.
    pub fn is_complete(&self) -> bool {
        self.length > 0 && self.offset == self.length
    }
}

impl Upload {
    /// When it is forgotten if nobody finishes it: its id (RFC 9562, version 7) says when it was begun.
    pub fn expires(&self) -> Option<Timestamp> {
        let (seconds, _) = Uuid::try_parse(&self.id).ok()?.get_timestamp()?.to_unix();
        Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?.checked_add(KEPT).ok()
    }
}

/// An upload that is about to begin.
#[derive(Clone, Debug)]
pub struct NewUpload {
    pub id: String,
    /// Who may go on with it.
    pub owner: String,
    /// On whose account it is.
    pub holder: String,
    /// In bytes; 0 while it is unknown.
    pub length: u64,
    pub created: Timestamp,
}

/// What somebody may have begun and not submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub uploads: u32,
    /// Of all of them together. One whose length is unknown counts as [`MAX_BYTES`].
    pub bytes: u64,
}

impl Quota {
    /// As databases count.
    pub(crate) fn bytes(self) -> i64 {
        i64::try_from(self.bytes).unwrap_or(i64::MAX)
    }
}

/// Uploads that are being written to.
static BUSY: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The only right to write to an upload; gone when dropped.
#[derive(Debug)]
pub struct Turn(String);

impl Turn {
    /// Takes the turn.
    ///
    /// # Errors
    /// Another request writes to the same upload.
    pub fn take(id: &str) -> Result<Self, Refusal> {
        let taken = BUSY.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        let busy = || Refusal::rule(Rule::UploadOffset, "another request is writing to this upload");
        taken.then(|| Self(id.to_owned())).ok_or_else(busy)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        BUSY.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// How many bytes of an upload are known to be on disk, since this program started.
static SYNCED: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// What [`SYNCED`] holds of uploads that are under way.
fn synced() -> MutexGuard<'static, BTreeMap<String, u64>> {
    SYNCED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn too_large() -> Refusal {
    let finding = Finding::error(Rule::LetterSize, "the package is empty or larger than is taken");
    finding.with("max", MAX_BYTES.to_string()).into()
}

/// The package that an upload becomes.
fn package_name(id: &str) -> String {
    format!("out-{id}")
}

/// What everybody is told of an upload that is not there for them.
pub fn unknown() -> Refusal {
    Refusal::rule(Rule::UploadUnknown, "no such upload")
}

/// Begins an upload. Without a length the sender tells it later, with [`announce`]. Who holds it has at most so many, and so
/// much, that is not submitted, so that nobody fills the disk with what is never sent.
///
/// The package's name is made durable now, while its sender has bytes to send, so that accepting waits for its commit alone.
///
/// # Errors
/// Too large, or too many.
pub async fn create(
    store: &dyn Uploads,
    files: &Files,
    packages: &dyn Packages,
    (owner, holder): (&str, &str),
    length: Option<u64>,
    most: Quota,
    now: Timestamp,
) -> Result<Upload, Refusal> {
    if length.is_some_and(|length| length == 0 || length > MAX_BYTES) {
        return Err(too_large());
    }
    let length = length.unwrap_or(0);
    let id = Machine.id().to_string();
    let (owner, holder) = (owner.to_owned(), holder.to_owned());
    let begun = NewUpload { id: id.clone(), owner, holder, length, created: now };
    // Before there are files, so that there are none that the sweep does not know of.
    if !store.begin_upload(begun, most).await? {
        return Err(Refusal::rule(
            Rule::UploadQuota,
            "there are too many uploads that are not submitted, or too many bytes in them",
        ));
    }
    let upload = Upload { path: files.uploads().join(&id), id, length, offset: 0 };
    if let Err(error) = prepare(packages, &upload).await {
        // It counts among its owner's for as long as it is there. The error is what matters.
        let _ = remove(store, packages, &upload).await;
        return Err(error.into());
    }
    Ok(upload)
}

async fn prepare(packages: &dyn Packages, upload: &Upload) -> Result<(), StoreError> {
    File::create(&upload.path).await?;
    packages.promise(&package_name(&upload.id), &upload.path).await
}

/// An upload of this owner.
///
/// # Errors
/// Unknown, expired or somebody else's: all look the same.
pub async fn find(store: &dyn Uploads, files: &Files, owner: &str, id: &str) -> Result<Upload, Refusal> {
    // The id becomes a file name only if it is one of ours.
    let id = Uuid::try_parse(id).map_err(|_| unknown())?.to_string();
    let length = store.upload_length(&id, owner).await?.ok_or_else(unknown)?;
    let path = files.uploads().join(&id);
    // In place: handing it to another thread takes many times longer.
    let offset = std::fs::metadata(&path).map_err(|_| unknown())?.len();
    Ok(Upload { id, length, offset, path })
}

/// Takes the length of an upload that was begun without one.
///
/// # Errors
/// Too large, less than what is here, or another length than was told before.
pub async fn announce(store: &dyn Uploads, upload: &mut Upload, length: u64) -> Result<(), Refusal> {
    if upload.length == length {
        return Ok(());
    }
    if upload.length != 0 || length < upload.offset {
        return Err(Refusal::rule(Rule::RequestInvalid, "another length than was told, or less than has come"));
    }
    if length == 0 || length > MAX_BYTES {
        return Err(too_large());
    }
    store.keep_length(&upload.id, length).await?;
    upload.length = length;
    Ok(())
}

/// Adds bytes at an offset and answers the new one. A connection that breaks leaves what had come.
///
/// # Errors
/// Another offset than what is here, or more bytes than announced.
pub async fn append(mut upload: Upload, offset: u64, body: Body) -> Result<u64, Refusal> {
    upload.stands_at(offset)?;
    let mut file = OpenOptions::new().append(true).open(&upload.path).await?;
    let result = pour(&mut file, &mut upload, body.into_data_stream()).await;
    file.flush().await?;
    file.sync_data().await?;
    synced().insert(upload.id.clone(), upload.offset);
    result.map(|()| upload.offset)
}

async fn pour(file: &mut File, upload: &mut Upload, mut body: BodyDataStream) -> Result<(), Refusal> {
    while let Some(piece) = body.next().await {
        let Ok(piece) = piece else {
            return Err(Refusal::rule(Rule::UploadIncomplete, "the connection broke; ask for the offset and go on"));
        };
        let reached = upload.offset + piece.len() as u64;
        if upload.length == 0 && reached > MAX_BYTES {
            return Err(too_large());
        }
        if upload.length > 0 && reached > upload.length {
            return Err(Refusal::rule(Rule::RequestInvalid, "more bytes than were announced"));
        }
        file.write_all(&piece).await?;
        upload.offset += piece.len() as u64;
    }
    Ok(())
}

/// The digest of a complete upload as its envelope has it ([`PackageDigest`]), and SHA-256 of each of the parts that it
/// consists of, whose sizes are given in order. Parts that reach beyond its end are short.
///
/// # Errors
/// The disk's.
pub async fn digests(upload: &Upload, sizes: Vec<u64>) -> Result<(String, Vec<String>), Refusal> {
    let path = upload.path.clone();
    let most = usize::try_from(upload.length).map_or(READ, |length| length.min(READ));
    if upload.length <= SMALL {
        return Ok(read_digests(&path, sizes, most)?);
    }
    // In one go: handing every piece to another thread would take longer than hashing it.
    off_thread(move || read_digests(&path, sizes, most)).await
}

/// SHA-256 of a complete upload as a whole.
///
/// # Errors
/// The disk's.
pub async fn sha256(upload: &Upload) -> Result<[u8; 32], Refusal> {
    let path = upload.path.clone();
    off_thread(move || {
        let (mut file, mut whole) = (std::fs::File::open(path)?, Sha256::new());
        read_all(&mut file, &mut vec![0; READ], |bytes| whole.update(bytes))?;
        Ok(whole.finalize().into())
    })
    .await
}

/// `most` bytes are read at once.
fn read_digests(path: &Path, sizes: Vec<u64>, most: usize) -> std::io::Result<(String, Vec<String>)> {
    let (mut file, mut buffer) = (std::fs::File::open(path)?, vec![0; most]);
    if sizes.is_empty() {
        let mut digest = PackageDigest::new();
        read_all(&mut file, &mut buffer, |bytes| digest.update(bytes))?;
        return Ok((digest.finish(), Vec::new()));
    }
    let mut parts: Vec<[u8; 32]> = Vec::with_capacity(sizes.len());
    for size in sizes {
        let mut part = Sha256::new();
        read_all(&mut file.by_ref().take(size), &mut buffer, |bytes| part.update(bytes))?;
        parts.push(part.finalize().into());
    }
    Ok((digest_of(parts.iter().copied()), parts.iter().map(|part| hexadecimal(part)).collect()))
}

fn read_all(from: &mut impl Read, buffer: &mut [u8], mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
    loop {
        match from.read(buffer)? {
            0 => return Ok(()),
            read => take(&buffer[..read]),
        }
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Waits for the disk where that holds up nobody else.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Refusal> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)??)
}

/// Gives a complete upload its place among the packages, durably: the row that names it is committed after this. If
/// that fails, the same upload can be submitted again.
///
/// # Errors
/// The packages' place's.
pub async fn move_to_packages(packages: &dyn Packages, upload: &Upload) -> Result<String, Refusal> {
    let name = package_name(&upload.id);
    // Whoever wrote it last may have broken off before its sync, or before the last start. Another sync of what is on disk
    // changes nothing and waits for the disk all the same, one upload after the other.
    if synced().get(&upload.id) != Some(&upload.length) {
        let path = upload.path.clone();
        off_thread(move || std::fs::File::open(path)?.sync_data()).await?;
    }
    packages.keep(&name, &upload.path).await?;
    Ok(name)
}

/// Forgets an upload.
///
/// # Errors
/// The store's.
pub async fn remove(store: &dyn Uploads, packages: &dyn Packages, upload: &Upload) -> Result<(), Refusal> {
    store.abandon_upload(&upload.id).await?;
    // What is left behind is swept.
    let _ = clear(store, packages, &upload.id, &upload.path).await;
    Ok(())
}

/// Removes what there is of an upload that is nobody's, and at last its row: what fails can be done again.
async fn clear(store: &dyn Uploads, packages: &dyn Packages, id: &str, path: &Path) -> Result<(), StoreError> {
    synced().remove(id);
    // First the file that an acceptance under way, which will be refused, could keep once more.
    match tokio::fs::remove_file(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    packages.remove(&package_name(id)).await?;
    store.forget_upload(id).await
}

/// Removes the file of an upload that has become a message. Nobody waits for it.
pub fn discard(upload: Upload) {
    synced().remove(&upload.id);
    // What is left behind is swept when it is old.
    tokio::task::spawn_blocking(move || drop(std::fs::remove_file(upload.path)));
}

/// Removes uploads that nobody finished in time.
///
/// # Errors
/// The store's.
pub async fn sweep(
    store: &dyn Uploads,
    files: &Files,
    packages: &dyn Packages,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Swept { abandoned, kept } = store.abandon_uploads(now - KEPT).await?;
    for id in &abandoned {
        clear(store, packages, id, &files.uploads().join(id)).await?;
    }
    synced().retain(|id, _| kept.contains(id));
    // And what is left of those that have become messages, or were another relay's to sweep.
    let mut entries = tokio::fs::read_dir(files.uploads()).await?;
    while let Some(file) = entries.next_entry().await? {
        let is_kept = file.file_name().to_str().is_some_and(|name| kept.contains(name));
        let old = file.metadata().await?.modified()?.elapsed().is_ok_and(|age| age.as_secs() > 3600);
        if !is_kept && old {
            tokio::fs::remove_file(file.path()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
