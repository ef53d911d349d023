//! SQLite: one writer that commits synchronously, many readers.
//!
//! Jobs that wait while a commit is on its way to disk share the next one (group commit): each runs in a savepoint of
//! its own, and is answered only after the commit. So "accepted" always means "on disk".

mod schema;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use konvolutt_shared::api::Change;
use rusqlite::{Connection, OpenFlags, Transaction};
use tokio::sync::{broadcast, oneshot};

/// How many jobs share a commit at most.
const BATCH: usize = 256;

/// How many changes a slow listener may lag behind before it must catch up from the log.
const LAG: usize = 1024;

/// Why the store could not do what was asked: always ours, never the caller's fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite refused.
    #[error("the database refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row does not hold what we write.
    #[error("a row cannot be read: {0}")]
    Row(String),
    /// A file beside the database.
    #[error("a file in the data folder: {0}")]
    File(#[from] std::io::Error),
    /// The writer has stopped.
    #[error("the store is closed")]
    Closed,
}

/// A transaction that also collects what listeners must hear after the commit.
#[derive(Debug)]
pub struct Write<'a> {
    transaction: &'a Transaction<'a>,
    changes: Vec<Change>,
}

impl Write<'_> {
    /// To be told after the commit.
    pub fn announce(&mut self, change: Change) {
        self.changes.push(change);
    }
}

impl std::ops::Deref for Write<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.transaction
    }
}

type Job = Box<dyn FnOnce(&mut Transaction<'_>) -> Done + Send>;

/// What is left to do for a job once its commit has succeeded or failed.
type Done = Box<dyn FnOnce(bool, &broadcast::Sender<Change>) + Send>;

/// A handle; clones share the writer.
#[derive(Clone, Debug)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
    readers: Arc<Readers>,
    changes: broadcast::Sender<Change>,
    folder: Arc<PathBuf>,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens or makes the database in a folder.
    ///
    /// # Errors
    /// The folder cannot be written, or holds a database of a newer version.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder.join("packages"))?;
        std::fs::create_dir_all(folder.join("uploads"))?;
        let path = folder.join("relay.sqlite");
        let mut connection = Connection::open(&path)?;
        schema::prepare(&mut connection)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let (changes, _) = broadcast::channel(LAG);
        let told = changes.clone();
        std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || work(connection, &queue, &told))?;
        let readers = Arc::new(Readers { path, idle: Mutex::default() });
        Ok(Self { jobs, readers, changes, folder: Arc::new(folder.to_owned()) })
    }

    /// Where sealed packages and unfinished uploads lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Hears of every change after its commit.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Runs a job in the next commit and answers when that is on disk.
    ///
    /// # Errors
    /// The job's own, or the commit's; then nothing of the job remains.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let (result, changes) = in_savepoint(transaction, job);
            Box::new(move |committed, told| {
                let result = if committed { result } else { result.and(Err(StoreError::Closed)) };
                if result.is_ok() {
                    // Nobody may be listening.
                    changes.into_iter().for_each(|change| drop(told.send(change)));
                }
                // The asker may have gone away.
                let _ = answer.send(result);
            })
        });
        self.jobs.send(job).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Reads in a thread of its own.
    ///
    /// # Errors
    /// The job's own.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let readers = self.readers.clone();
        let run = move || {
            let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match idle {
                Some(connection) => connection,
                None => reader(&readers.path)?,
            };
            let result = job(&connection);
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| StoreError::Closed)?
    }
}

fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

fn in_savepoint<T>(
    transaction: &mut Transaction<'_>,
    job: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError>,
) -> (Result<T, StoreError>, Vec<Change>) {
    let run = || -> Result<(T, Vec<Change>), StoreError> {
        transaction.execute_batch("SAVEPOINT job")?;
        let mut write = Write { transaction, changes: Vec::new() };
        match job(&mut write) {
            Ok(value) => {
                let changes = write.changes;
                transaction.execute_batch("RELEASE job")?;
                Ok((value, changes))
            }
            Err(error) => {
                transaction.execute_batch("ROLLBACK TO job; RELEASE job")?;
                Err(error)
            }
        }
    };
    match run() {
        Ok((value, changes)) => (Ok(value), changes),
        Err(error) => (Err(error), Vec::new()),
    }
}

/// The writer's life: take what waits, run it, commit once, answer all.
fn work(mut connection: Connection, queue: &mpsc::Receiver<Job>, told: &broadcast::Sender<Change>) {
    while let Ok(first) = queue.recv() {
        let more = std::iter::from_fn(|| queue.try_recv().ok());
        let jobs: Vec<Job> = std::iter::once(first).chain(more).take(BATCH).collect();
        let (done, committed) = commit(&mut connection, jobs);
        done.into_iter().for_each(|done| done(committed, told));
    }
}

fn commit(connection: &mut Connection, jobs: Vec<Job>) -> (Vec<Done>, bool) {
    let behavior = rusqlite::TransactionBehavior::Immediate;
    let mut transaction = match connection.transaction_with_behavior(behavior) {
        Ok(transaction) => transaction,
        Err(error) => {
            tracing::error!(%error, "no transaction can be started");
            // Dropping the jobs closes their answers: the askers learn that nothing was stored.
            return (Vec::new(), false);
        }
    };
    let done: Vec<Done> = jobs.into_iter().map(|job| job(&mut transaction)).collect();
    match transaction.commit() {
        Ok(()) => (done, true),
        Err(error) => {
            tracing::error!(%error, "a commit failed");
            (done, false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(connection: &Connection) -> Result<u32, StoreError> {
        Ok(connection.query_row("SELECT count(*) FROM upload", [], |row| row.get(0))?)
    }

    fn insert(id: &str) -> impl FnOnce(&mut Write<'_>) -> Result<(), StoreError> + Send + 'static + use<> {
        let id = id.to_owned();
        move |write| {
            write.execute("INSERT INTO upload (id, owner, length, created) VALUES (?1, 'o', 1, 1)", [id])?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_failed_job_leaves_nothing_and_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let failing = store.write(|write| {
            insert("a")(write)?;
            Err::<(), _>(StoreError::Row("on purpose".to_owned()))
        });
        let (failed, fine) = tokio::join!(failing, store.write(insert("b")));
        assert!(matches!(failed, Err(StoreError::Row(_))));
        fine.unwrap();
        assert_eq!(store.read(count).await.unwrap(), 1);
        assert!(store.write(insert("b")).await.is_err(), "a repeated key must be refused");
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        {
            let store = Store::open(folder.path()).unwrap();
            let writes = (0..40).map(|number| store.write(insert(&format!("u{number}"))));
            futures_util::future::try_join_all(writes).await.unwrap();
        }
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.read(count).await.unwrap(), 40);
    }
}
