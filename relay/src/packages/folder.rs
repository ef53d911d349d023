//! Packages as files of one folder.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::{Answer, Content, Packages, plain};
use crate::store::StoreError;

/// A folder on the disk where uploads and downloads lie, too.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self(folder.to_owned()))
    }
}

/// Runs what waits for the disk.
async fn wait<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StoreError> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(io::Error::other)??)
}

impl Packages for Folder {
    fn keep<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            let (folder, target, file) = (self.0.clone(), self.0.join(plain(name)?), file.to_owned());
            wait(move || {
                // Whoever wrote it may have broken off before the last sync.
                File::open(&file)?.sync_all()?;
                // A hard link costs nothing, and leaves the file where it was: if the commit fails, it is still there.
                match std::fs::hard_link(&file, &target) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    _ => {}
                }
                File::open(folder)?.sync_all()
            })
            .await
        })
    }

    fn adopt<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            let (folder, target, file) = (self.0.clone(), self.0.join(plain(name)?), file.to_owned());
            wait(move || {
                File::open(&file)?.sync_all()?;
                std::fs::rename(&file, &target)?;
                File::open(folder)?.sync_all()
            })
            .await
        })
    }

    fn open<'a>(&'a self, name: &'a str) -> Answer<'a, Content> {
        Box::pin(async move {
            let path = self.0.join(plain(name)?);
            wait(move || File::open(path)).await.map(Content::File)
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let path = self.0.join(plain(name)?);
            wait(move || match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            })
            .await
        })
    }
}
