//! A place for decrypted bytes outside this worker's memory: a file of the origin's private file system. Whoever opens
//! the browser's profile could read it, so it lives as short as it can: until it is
//! refused, until the next letter is opened, or until another worker starts after this one is gone.
//!
//! Where a page gets no file system (a frame on another site), the browser keeps the bytes as blobs.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemRemoveOptions, FileSystemSyncAccessHandle,
};

use super::files::Parts;
use super::{Outcome, locks, scope};
use konvolutt_shared::finding::{Finding, Rule};

/// Folders of workers begin so; the rest of the name is the worker's own.
const FOLDER: &str = "opened-";

/// Where the bytes go while they come.
pub(super) enum Spool {
    File { handle: FileSystemFileHandle, access: FileSystemSyncAccessHandle },
    Parts(Parts),
}

/// Closes the file even when opening ends early.
impl Drop for Spool {
    fn drop(&mut self) {
        if let Self::File { access, .. } = self {
            access.close();
        }
    }
}

#[wasm_bindgen]
extern "C" {
    type Directory;

    #[wasm_bindgen(method, js_name = keys)]
    fn keys(this: &Directory) -> js_sys::AsyncIterator;
}

impl Spool {
    /// An empty one; what the last one held is gone.
    pub(super) async fn begin() -> Self {
        match file().await {
            Ok((handle, access)) => Self::File { handle, access },
            Err(_) => Self::Parts(Parts::default()),
        }
    }

    /// Appends, and leaves the buffer empty.
    pub(super) fn take(&self, bytes: &mut Vec<u8>) -> Outcome<()> {
        match self {
            Self::File { access, .. } => {
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    let written = access.write_with_u8_array(rest).map_err(|_| full())? as usize;
                    if written == 0 {
                        return Err(full());
                    }
                    rest = rest.get(written..).unwrap_or_default();
                }
                bytes.clear();
            }
            Self::Parts(parts) => parts.take(bytes),
        }
        Ok(())
    }

    /// Everything, to be cut into documents.
    pub(super) async fn into_blob(self) -> Outcome<Blob> {
        match &self {
            Self::File { handle, access } => {
                // Not flushed: nobody wants it to outlive a power cut, and the disk would be waited for.
                access.close();
                let file = JsFuture::from(handle.get_file()).await.map_err(|_| full())?;
                Ok(file.unchecked_into())
            }
            Self::Parts(parts) => parts.blob("application/octet-stream"),
        }
    }
}

fn full() -> Vec<Finding> {
    vec![Finding::error(Rule::FileReadable, "the browser has no room for the documents")]
}

pub(super) async fn root() -> Result<FileSystemDirectoryHandle, JsValue> {
    let storage = scope().navigator().storage();
    Ok(JsFuture::from(storage.get_directory()).await?.unchecked_into())
}

/// A fresh file in this worker's own folder.
async fn file() -> Result<(FileSystemFileHandle, FileSystemSyncAccessHandle), JsValue> {
    let root = root().await?;
    let name = own();
    remove(&root, &name).await;
    let create = FileSystemGetDirectoryOptions::new();
    create.set_create(true);
    let folder = JsFuture::from(root.get_directory_handle_with_options(&name, &create)).await?;
    let folder: FileSystemDirectoryHandle = folder.unchecked_into();
    let create = FileSystemGetFileOptions::new();
    create.set_create(true);
    // A name of its own for every letter: handles to the last one's file must not see this one's bytes.
    let name = uuid::Uuid::new_v4().to_string();
    let handle: FileSystemFileHandle =
        JsFuture::from(folder.get_file_handle_with_options(&name, &create)).await?.unchecked_into();
    let access = JsFuture::from(handle.create_sync_access_handle()).await?.unchecked_into();
    Ok((handle, access))
}

/// Removes what the last letter left behind: it was refused, and nobody is to find it.
pub(super) async fn discard() {
    if let Ok(root) = root().await {
        remove(&root, &own()).await;
    }
}

thread_local! {
    static OWN: String = format!("{FOLDER}{}", uuid::Uuid::new_v4());
}

fn own() -> String {
    OWN.with(Clone::clone)
}

pub(super) async fn remove(root: &FileSystemDirectoryHandle, name: &str) {
    let all = FileSystemRemoveOptions::new();
    all.set_recursive(true);
    // What is not there need not be removed; what is in use goes when its user is gone.
    let _ = JsFuture::from(root.remove_entry_with_options(name, &all)).await;
}

/// Removes what workers left that are no more. Each holds a lock under its folder's name for as long as it lives.
pub(super) async fn sweep() {
    let Ok(root) = root().await else { return };
    // It ends with the worker.
    std::mem::forget(locks::take(&own()).await);
    for name in names(&root).await.into_iter().filter(|name| name.starts_with(FOLDER) && *name != own()) {
        if let Some(_held) = locks::take(&name).await {
            remove(&root, &name).await;
        }
    }
}

/// What lies in a folder.
pub(super) async fn names(folder: &FileSystemDirectoryHandle) -> Vec<String> {
    let names = folder.clone().unchecked_into::<Directory>().keys();
    let mut all = Vec::new();
    while let Ok(next) = names.next() {
        let Ok(step) = JsFuture::from(next).await else { break };
        if Reflect::get(&step, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            break;
        }
        all.extend(Reflect::get(&step, &"value".into()).ok().and_then(|name| name.as_string()));
    }
    all
}
