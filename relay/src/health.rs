//! Whether this relay may be sent requests.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::disk;
use crate::store::Store;

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
}

impl Readiness {
    /// One word for a probe's log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ok",
            Self::Store => "the store does not commit",
            Self::Disk => "the disk is full",
        }
    }
}

/// Looks, and remembers for a moment.
#[derive(Debug, Default)]
pub struct Health {
    /// Bytes that must be free.
    pub min_free: u64,
    last: Mutex<Option<(Instant, Readiness)>>,
    looking: tokio::sync::Mutex<()>,
}

impl Health {
    /// Health that demands so much free disk, in bytes.
    pub fn demanding(min_free: u64) -> Self {
        Self { min_free, ..Self::default() }
    }

    /// Whether the store commits and the disk has room.
    pub async fn readiness(&self, store: &Store) -> Readiness {
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

    async fn look(&self, store: &Store) -> Readiness {
        match disk::free(store.folder()) {
            Ok(free) if free >= self.min_free => {}
            _ => return Readiness::Disk,
        }
        // Writing the version that stands there changes nothing, but is a page in the log and must be synced like any.
        let commit = store.write(|write| {
            let version: i64 = write.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(write.pragma_update(None, "user_version", version)?)
        });
        match tokio::time::timeout(PATIENCE, commit).await {
            Ok(Ok(())) => Readiness::Ready,
            _ => Readiness::Store,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ready_means_that_a_commit_reached_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let log = folder.path().join("relay.sqlite-wal");
        let before = std::fs::metadata(&log).unwrap().len();
        assert_eq!(Health::default().readiness(&store).await, Readiness::Ready);
        assert!(std::fs::metadata(&log).unwrap().len() > before, "nothing was written");
    }

    #[tokio::test]
    async fn a_store_that_cannot_write_is_not_ready_and_recovers() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let other = rusqlite::Connection::open(folder.path().join("relay.sqlite")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let health = Health::default();
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
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(Health::demanding(u64::MAX).readiness(&store).await, Readiness::Disk);
    }
}
