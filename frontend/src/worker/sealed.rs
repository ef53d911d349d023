//! A sealed package in the origin's private file system, so that it outlives the page: ciphertext, nothing that can be read.
//!
//! It lies in parts. The browser reads a file that somebody writes to as one that has changed, and refuses; a part that is
//! full is closed and never touched again, so it can be uploaded while the next one is written.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemSyncAccessHandle,
};

use super::{locks, scope, spool};

/// Folders begin so, and so do the locks of whoever has a letter in hand; the message's id follows.
const FOLDER: &str = "sending-";

/// When a part is closed, in bytes: a whole number of the pieces that are uploaded, and few files for a gigabyte.
const PART: u64 = 8 * 1024 * 1024;

/// Room that is left to others, in bytes.
const SPARE: f64 = 64.0 * 1024.0 * 1024.0;

/// The name of a message's folder and lock.
pub(super) fn name(message_id: &str) -> String {
    format!("{FOLDER}{message_id}")
}

/// A package that is being written.
pub(super) struct SealedFile {
    folder: FileSystemDirectoryHandle,
    open: Option<Part>,
    sizes: Vec<u64>,
}

/// Why a package cannot be written on.
pub(super) enum Failed {
    /// There is no room for what came last; what had come before it of the open part is here.
    Full(Option<Blob>),
    /// What was written cannot be read.
    Lost,
}

struct Part {
    handle: FileSystemFileHandle,
    access: FileSystemSyncAccessHandle,
    size: u64,
}

/// Closes the file however writing ends.
impl Drop for Part {
    fn drop(&mut self) {
        self.access.close();
    }
}

impl SealedFile {
    /// An empty one for a message, of about this many bytes. `None` where the browser has no room or no such files.
    pub(super) async fn begin(message_id: &str, about: u64) -> Option<Self> {
        if !has_room(about as f64).await {
            return None;
        }
        let root = spool::root().await.ok()?;
        let name = name(message_id);
        spool::remove(&root, &name).await;
        Some(Self { folder: folder(&root, &name, true).await.ok()?, open: None, sizes: Vec::new() })
    }

    /// Appends. Answers a part that is full.
    ///
    /// # Errors
    /// The bytes could not be taken, or what was taken is lost.
    pub(super) async fn take(&mut self, bytes: &[u8]) -> Result<Option<Blob>, Failed> {
        let mut part = match self.open.take() {
            Some(part) => part,
            None => self.next().await.map_err(|_| Failed::Full(None))?,
        };
        if write(&part.access, bytes).is_none() {
            if part.size == 0 {
                return Err(Failed::Full(None));
            }
            // Some of the bytes may have been written.
            let cut = part.access.truncate_with_f64(part.size as f64).map_err(|_| Failed::Lost);
            return Err(match cut {
                Ok(()) => self.close(part).await.map_or(Failed::Lost, |part| Failed::Full(Some(part))),
                Err(lost) => lost,
            });
        }
        part.size += bytes.len() as u64;
        if part.size < PART {
            self.open = Some(part);
            return Ok(None);
        }
        self.close(part).await.map(Some).ok_or(Failed::Lost)
    }

    /// Closes the last part and answers it.
    ///
    /// # Errors
    /// It is lost.
    pub(super) async fn end(&mut self) -> Result<Option<Blob>, Failed> {
        match self.open.take() {
            Some(part) => self.close(part).await.map(Some).ok_or(Failed::Lost),
            None => Ok(None),
        }
    }

    /// Sizes of the parts in bytes, in order.
    pub(super) fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    async fn next(&self) -> Result<Part, JsValue> {
        let create = FileSystemGetFileOptions::new();
        create.set_create(true);
        let name = self.sizes.len().to_string();
        let handle: FileSystemFileHandle =
            JsFuture::from(self.folder.get_file_handle_with_options(&name, &create)).await?.unchecked_into();
        let access = JsFuture::from(handle.create_sync_access_handle()).await?.unchecked_into();
        Ok(Part { handle, access, size: 0 })
    }

    async fn close(&mut self, part: Part) -> Option<Blob> {
        let (handle, size) = (part.handle.clone(), part.size);
        drop(part);
        self.sizes.push(size);
        JsFuture::from(handle.get_file()).await.ok().map(JsCast::unchecked_into)
    }
}

fn write(access: &FileSystemSyncAccessHandle, bytes: &[u8]) -> Option<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = access.write_with_u8_array(rest).ok().filter(|written| *written > 0.0)?;
        rest = rest.get(written as usize..)?;
    }
    Some(())
}

/// Reads a package again. `None` if it is not whole: a machine that lost its power may have lost what was written last.
pub(super) async fn parts(message_id: &str, sizes: &[u64]) -> Option<Vec<Blob>> {
    let root = spool::root().await.ok()?;
    let folder = folder(&root, &name(message_id), false).await.ok()?;
    let mut parts = Vec::with_capacity(sizes.len());
    for (index, size) in sizes.iter().enumerate() {
        let handle = JsFuture::from(folder.get_file_handle(&index.to_string())).await.ok()?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        let file: Blob = JsFuture::from(handle.get_file()).await.ok()?.unchecked_into();
        parts.push(Some(file).filter(|file| file.size() as u64 == *size)?);
    }
    Some(parts)
}

/// Removes a message's package.
pub(super) async fn remove(message_id: &str) {
    if let Ok(root) = spool::root().await {
        spool::remove(&root, &name(message_id)).await;
    }
}

/// Removes packages that no letter knows of and nobody has in hand.
pub(super) async fn sweep(known: &[String]) {
    let Ok(root) = spool::root().await else { return };
    for name in spool::names(&root).await {
        let Some(message_id) = name.strip_prefix(FOLDER).filter(|id| !known.iter().any(|known| known == id)) else {
            continue;
        };
        if let Some(_held) = locks::take(&self::name(message_id)).await {
            spool::remove(&root, &name).await;
        }
    }
}

async fn folder(
    root: &FileSystemDirectoryHandle,
    name: &str,
    create: bool,
) -> Result<FileSystemDirectoryHandle, JsValue> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    Ok(JsFuture::from(root.get_directory_handle_with_options(name, &options)).await?.unchecked_into())
}

/// Whether so many bytes fit, as the browser estimates. One that does not say is tried.
async fn has_room(bytes: f64) -> bool {
    let Ok(estimate) = scope().navigator().storage().estimate() else { return true };
    let Ok(estimate) = JsFuture::from(estimate).await else { return true };
    let member = |name: &str| Reflect::get(&estimate, &name.into()).ok().and_then(|value| value.as_f64());
    member("quota").zip(member("usage")).is_none_or(|(quota, usage)| quota - usage > bytes * 1.1 + SPARE)
}
