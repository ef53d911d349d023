//! Whether this relay may be sent requests.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::disk;
use crate::store::{Store, StoreError};

/// A commit that takes longer than this is as good as none.
const PATIENCE: Duration = Duration::from_secs(2);

/// Each answer costs a synced write, and anybody may ask: one a second is enough.
const KEPT: Duration = Duration::from_secs(1);

/// Whether new letters can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    /// The store does not commit, or not in time.
    Store,
    /// There is not enough room on the disk.
    Disk,
    /// The disk is read-only, or broken.
    Unwritable,
    /// The database does not answer.
    Unreachable,
}

impl Readiness {
    /// One word for a probe's log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ok",
            Self::Store => "the store does not commit",
            Self::Disk => "the disk is full",
            Self::Unwritable => "the disk cannot be written",
            Self::Unreachable => "the database cannot be reached",
        }
    }
}

/// Looks, and remembers for a moment.
#[derive(Debug, Default)]
pub struct Health {
    /// Where letters are kept.
    folder: PathBuf,
    /// Bytes that must be free there.
    min_free: u64,
    last: Mutex<Option<(Instant, Readiness)>>,
    looking: tokio::sync::Mutex<()>,
}

impl Health {
    /// Health that demands so much free disk at a folder, in bytes.
    pub fn demanding(folder: &Path, min_free: u64) -> Self {
        Self { folder: folder.to_owned(), min_free, ..Self::default() }
    }

    /// Whether the disk has room for so many bytes beside what must stay free.
    ///
    /// # Errors
    /// The disk does not say.
    pub fn has_room(&self, bytes: u64) -> std::io::Result<bool> {
        Ok(disk::free(&self.folder)? >= self.min_free.saturating_add(bytes))
    }

    /// Whether the store commits and the disk has room.
    pub async fn readiness(&self, store: &dyn Store) -> Readiness {
        let _turn = self.looking.lock().await;
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, readiness)) = last
            && at.elapsed() < KEPT
        {
            return readiness;
        }
        let readiness = self.look(store).await;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), readiness));
        readiness
    }

    async fn look(&self, store: &dyn Store) -> Readiness {
        if !self.has_room(0).unwrap_or(false) {
            return Readiness::Disk;
        }
        match tokio::time::timeout(PATIENCE, store.prove_commit()).await {
            Ok(Ok(())) => Readiness::Ready,
            // More may have been free than is demanded, and all the same too little for a commit.
            Ok(Err(error)) if error.is_full() => Readiness::Disk,
            Ok(Err(StoreError::Unwritable(_))) => Readiness::Unwritable,
            Ok(Err(StoreError::Unreachable(_))) => Readiness::Unreachable,
            _ => Readiness::Store,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Sqlite;

    #[tokio::test]
    async fn ready_means_that_a_commit_reached_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path()).unwrap();
        let log = folder.path().join("relay.sqlite-wal");
        let before = std::fs::metadata(&log).unwrap().len();
        assert_eq!(Health::demanding(folder.path(), 0).readiness(&store).await, Readiness::Ready);
        assert!(std::fs::metadata(&log).unwrap().len() > before, "nothing was written");
    }

    #[tokio::test]
    async fn a_store_that_cannot_write_is_not_ready_and_recovers() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path()).unwrap();
        let other = rusqlite::Connection::open(folder.path().join("relay.sqlite")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let health = Health::demanding(folder.path(), 0);
        let begun = Instant::now();
        assert_eq!(health.readiness(&store).await, Readiness::Store);
        assert!(begun.elapsed() < PATIENCE * 2, "a probe gives up after a second or two");
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(health.readiness(&store).await, Readiness::Store, "remembered for a moment");
        tokio::time::sleep(KEPT).await;
        assert_eq!(health.readiness(&store).await, Readiness::Ready);
    }

    #[tokio::test]
    async fn a_full_disk_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path()).unwrap();
        assert_eq!(Health::demanding(folder.path(), u64::MAX).readiness(&store).await, Readiness::Disk);
    }
}
