//! Packages as files of one folder.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    served: tokio::sync::Mutex<u64>,
    /// Names that are known to be durable and were not kept yet. What this program has forgotten is made durable again.
    promised: Mutex<HashSet<String>>,
}

impl Names {
    fn promised(&self) -> MutexGuard<'_, HashSet<String>> {
        self.promised.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    /// Gives a file a second name, here, that survives a loss of power. A hard link costs nothing, leaves the file where it
    /// was, and what is written to the file later is found under both names.
    async fn link(&self, name: &str, file: &Path) -> Result<(), StoreError> {
        let (target, file) = (self.path.join(plain(name)?), file.to_owned());
        wait(move || match std::fs::hard_link(&file, &target) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        })
        .await?;
        self.sync().await
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
    fn promise<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            self.link(name, file).await?;
            self.names.promised().insert(name.to_owned());
            Ok(())
        })
    }

    fn keep<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            if self.names.promised().remove(name) {
                return Ok(());
            }
            self.link(name, file).await
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
            self.names.promised().remove(name);
            wait(move || match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            })
            .await
        })
    }
}
