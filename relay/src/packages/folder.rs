//! Packages as files of one folder.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::{Answer, Content, Packages, plain};
use crate::store::StoreError;

/// A folder on the disk where uploads and downloads lie, too.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    names: Arc<Names>,
}

/// Makes new names durable. Whoever asks while a sync is under way shares the next one, as commits are shared.
#[derive(Debug, Default)]
struct Names {
    asked: AtomicU64,
    /// How many of those who asked are served.
    served: Mutex<u64>,
}

impl Folder {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { path: folder.to_owned(), names: Arc::default() })
    }

    /// When this answers, every name that was there when it was called survives a loss of power.
    async fn sync(&self) -> Result<(), StoreError> {
        let ours = self.names.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut served = self.names.served.lock().await;
        if *served >= ours {
            return Ok(());
        }
        // All who have asked by now made their names before.
        let asked = self.names.asked.load(Ordering::SeqCst);
        let path = self.path.clone();
        wait(move || File::open(path)?.sync_all()).await?;
        *served = asked;
        Ok(())
    }
}

/// Runs what waits for the disk.
async fn wait<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StoreError> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(io::Error::other)??)
}

impl Packages for Folder {
    fn keep<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            let (target, file) = (self.path.join(plain(name)?), file.to_owned());
            wait(move || {
                // A hard link costs nothing, and leaves the file where it was: if the commit fails, it is still there.
                match std::fs::hard_link(&file, &target) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                    _ => Ok(()),
                }
            })
            .await?;
            self.sync().await
        })
    }

    fn adopt<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            let (target, file) = (self.path.join(plain(name)?), file.to_owned());
            wait(move || std::fs::rename(&file, &target)).await?;
            self.sync().await
        })
    }

    fn open<'a>(&'a self, name: &'a str) -> Answer<'a, Content> {
        Box::pin(async move {
            let path = self.path.join(plain(name)?);
            wait(move || File::open(path)).await.map(Content::File)
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let path = self.path.join(plain(name)?);
            wait(move || match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            })
            .await
        })
    }
}
