//! SQLite: one writer that commits synchronously, many readers.
//!
//! Jobs that wait while a commit is on its way to disk share the next one (group commit): each runs in a savepoint of
//! its own, and is answered only after the commit. So "accepted" always means "on disk".

mod approval;
mod audit;
pub mod copy;
mod event;
mod inbox;
mod key;
mod message;
mod once;
mod outbox;
mod schema;
mod session;
mod upload;
mod webhook;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use konvolutt_shared::api::Change;
use rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
use rusqlite::{Connection, OpenFlags, Params, Transaction};
use tokio::sync::{broadcast, oneshot};

use super::{Access, Answer, Migrated, StoreError, Upkeep, same_version, value};

/// How many jobs share a commit at most.
const BATCH: usize = 256;

/// How many changes a slow listener may lag behind before it must catch up from the log.
const LAG: usize = 1024;

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, QueryReturnedNoRows, Utf8Error,
        };
        use rusqlite::ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
        if let FromSqlConversionFailure(..)
        | IntegralValueOutOfRange(..)
        | InvalidColumnType(..)
        | QueryReturnedNoRows
        | Utf8Error(..) = error
        {
            return Self::Row(error.to_string());
        }
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::Full,
            Some(ReadOnly | SystemIoFailure | CannotOpen) => Self::Unwritable(Box::new(error)),
            _ => Self::Database(Box::new(error)),
        }
    }
}

/// A transaction that also collects what listeners must hear after the commit.
#[derive(Debug)]
struct Write<'a> {
    transaction: &'a Transaction<'a>,
    changes: Vec<Change>,
}

impl Write<'_> {
    /// To be told after the commit.
    fn announce(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Runs one statement and answers how many rows it changed.
    fn run(&self, sql: &str, parameters: impl Params) -> Result<usize, StoreError> {
        Ok(self.transaction.prepare_cached(sql)?.execute(parameters)?)
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
type Done = Box<dyn FnOnce(Commit, &broadcast::Sender<Change>) + Send>;

/// How the commit went that a job shared with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Commit {
    Done,
    Full,
    Unwritable,
    Failed,
}

/// The store.
#[derive(Debug)]
pub struct Sqlite {
    engine: Engine,
    changes: broadcast::Sender<Change>,
}

#[derive(Debug)]
enum Engine {
    /// A file: one thread writes, readers have connections of their own.
    File { jobs: mpsc::Sender<Job>, readers: Arc<Readers> },
    /// Memory: every job runs at once, in the caller's thread.
    Memory(Mutex<Connection>),
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Sqlite {
    /// Opens or makes the database in a folder.
    ///
    /// # Errors
    /// The folder cannot be written, or holds a database of a newer version.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let (mut connection, path) = connect(folder)?;
        schema::prepare(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let (jobs, queue) = mpsc::channel::<Job>();
        let (changes, _) = broadcast::channel(LAG);
        let told = changes.clone();
        std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || work(connection, &queue, &told))?;
        let readers = Arc::new(Readers { path, idle: Mutex::default() });
        Ok(Self { engine: Engine::File { jobs, readers }, changes })
    }

    /// Opens the database that is in a folder and leaves its tables alone.
    ///
    /// # Errors
    /// There is none, or one of another version.
    pub fn open_as_it_is(folder: &Path, access: Access) -> Result<Self, StoreError> {
        let path = folder.join(copy::DATABASE);
        std::fs::metadata(&path)?;
        let connection = reader(&path)?;
        let (found, known) = schema::version(&connection)?;
        same_version(found, known)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let (changes, _) = broadcast::channel(LAG);
        if access == Access::Write {
            let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            schema::durable(&connection)?;
            let told = changes.clone();
            std::thread::Builder::new()
                .name("store-writer".to_owned())
                .spawn(move || work(connection, &queue, &told))?;
        }
        let readers = Arc::new(Readers { path, idle: Mutex::new(vec![connection]) });
        Ok(Self { engine: Engine::File { jobs, readers }, changes })
    }

    /// Makes or completes the tables and does nothing else.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn migrate(folder: &Path) -> Result<Migrated, StoreError> {
        schema::prepare(&mut connect(folder)?.0)
    }

    /// A database that ends with this value, without threads: the same tables and statements, for tests.
    ///
    /// # Errors
    /// SQLite's.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        steady(&connection)?;
        schema::prepare(&mut connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let (changes, _) = broadcast::channel(LAG);
        Ok(Self { engine: Engine::Memory(Mutex::new(connection)), changes })
    }

    /// Runs a job in the next commit and answers when that is on disk. On an error nothing of the job remains.
    fn write<T, F>(&self, job: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let job: Job = Box::new(move |transaction| {
                let (result, changes) = in_savepoint(transaction, job);
                Box::new(move |committed, told| {
                    let result = match committed {
                        Commit::Done => result,
                        Commit::Full => result.and(Err(StoreError::Full)),
                        Commit::Unwritable => {
                            result.and(Err(StoreError::Unwritable("the commit did not reach it".into())))
                        }
                        Commit::Failed => result.and(Err(StoreError::Closed)),
                    };
                    if result.is_ok() {
                        // Nobody may be listening.
                        changes.into_iter().for_each(|change| drop(told.send(change)));
                    }
                    // The asker may have gone away.
                    let _ = answer.send(result);
                })
            });
            match &self.engine {
                Engine::File { jobs, .. } => jobs.send(job).map_err(|_| StoreError::Closed)?,
                Engine::Memory(connection) => {
                    let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                    run(&mut connection, vec![job], &self.changes);
                }
            }
            answered.await.map_err(|_| StoreError::Closed)?
        })
    }

    /// Brings what was committed into the database and empties the log: until then the file still has the pages as they were
    /// before. Where somebody reads just now, it is done as far as it can be.
    fn empty_log(&self) -> Result<(), StoreError> {
        let Engine::File { readers, .. } = &self.engine else { return Ok(()) };
        let connection = Connection::open_with_flags(&readers.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// Reads in a thread of its own.
    fn read<T, F>(&self, job: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let Engine::File { readers, .. } = &self.engine else { return self.look(job) };
        let readers = readers.clone();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || readers.read(job)).await.map_err(|_| StoreError::Closed)?
        })
    }

    /// Reads where it is called: for a few rows by their key, which takes less than waking another thread. Readers wait
    /// for nobody (SQLite, write-ahead log).
    fn look<T, F>(&self, job: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(async move {
            match &self.engine {
                Engine::Memory(connection) => job(&connection.lock().unwrap_or_else(PoisonError::into_inner)),
                Engine::File { readers, .. } => readers.read(job),
            }
        })
    }
}

impl Readers {
    fn read<T>(&self, job: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => reader(&self.path)?,
        };
        let result = job(&connection);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }
}

impl Upkeep for Sqlite {
    fn prove_commit(&self) -> Answer<'_, ()> {
        // Writing the version that stands there changes nothing, but is a page in the log and must be synced like any.
        self.write(|write| {
            let version: i64 = write.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(write.pragma_update(None, "user_version", version)?)
        })
    }

    fn belongs_to(&self, world: &str) -> Answer<'_, String> {
        let world = world.to_owned();
        self.write(move |write| {
            write.run("INSERT INTO world (single, name) VALUES (1, ?1) ON CONFLICT DO NOTHING", [world])?;
            Ok(write.query_row("SELECT name FROM world", [], |row| row.get(0))?)
        })
    }
}

fn connect(folder: &Path) -> Result<(Connection, PathBuf), StoreError> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(copy::DATABASE);
    let connection = Connection::open(&path)?;
    schema::durable(&connection)?;
    Ok((connection, path))
}

fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    steady(&connection)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Plans a statement once. Otherwise SQLite plans it anew for each value, to see whether a partial index serves that value:
/// an eighth of all that accepting a letter costs. So a statement says itself, in words, which part it wants.
fn steady(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn in_savepoint<T>(
    transaction: &mut Transaction<'_>,
    job: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError>,
) -> (Result<T, StoreError>, Vec<Change>) {
    let run = || -> Result<(T, Vec<Change>), StoreError> {
        transaction.prepare_cached("SAVEPOINT job")?.execute([])?;
        let mut write = Write { transaction, changes: Vec::new() };
        match job(&mut write) {
            Ok(value) => {
                let changes = write.changes;
                transaction.prepare_cached("RELEASE job")?.execute([])?;
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
        run(&mut connection, jobs, told);
    }
}

fn run(connection: &mut Connection, jobs: Vec<Job>, told: &broadcast::Sender<Change>) {
    let (done, committed) = commit(connection, jobs);
    done.into_iter().for_each(|done| done(committed, told));
}

fn commit(connection: &mut Connection, jobs: Vec<Job>) -> (Vec<Done>, Commit) {
    let behavior = rusqlite::TransactionBehavior::Immediate;
    let mut transaction = match connection.transaction_with_behavior(behavior) {
        Ok(transaction) => transaction,
        Err(error) => {
            tracing::error!(%error, "no transaction can be started");
            // Dropping the jobs closes their answers: the askers learn that nothing was stored.
            return (Vec::new(), Commit::Failed);
        }
    };
    let done: Vec<Done> = jobs.into_iter().map(|job| job(&mut transaction)).collect();
    match transaction.commit() {
        Ok(()) => (done, Commit::Done),
        Err(error) => {
            tracing::error!(%error, "a commit failed");
            let how = match StoreError::from(error) {
                StoreError::Full => Commit::Full,
                StoreError::Unwritable(_) => Commit::Unwritable,
                _ => Commit::Failed,
            };
            (done, how)
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

    #[test]
    fn a_statement_is_planned_once() {
        let store = Sqlite::in_memory().unwrap();
        let Engine::Memory(connection) = &store.engine else { panic!("a file") };
        let connection = connection.lock().unwrap();
        for organisation in ["310904007", "310904015", "310904023"] {
            assert!(event::outgoing(&connection, organisation, "an id").unwrap().is_none());
        }
        let statement = connection.prepare_cached(event::OUTGOING).unwrap();
        assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
        assert_eq!(statement.get_status(rusqlite::StatementStatus::Run), 3, "the statement that was asked about");
    }

    #[tokio::test]
    async fn a_failed_job_leaves_nothing_and_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path()).unwrap();
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
            let store = Sqlite::open(folder.path()).unwrap();
            let writes = (0..40).map(|number| store.write(insert(&format!("u{number}"))));
            futures_util::future::try_join_all(writes).await.unwrap();
        }
        let store = Sqlite::open(folder.path()).unwrap();
        assert_eq!(store.read(count).await.unwrap(), 40);
    }
}
