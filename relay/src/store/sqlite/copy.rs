//! The database as a file that others copy, check and bring back, while it is in use or not.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use konvolutt_shared::api::MessageView;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::message::{package, view};
use super::{Write, audit, schema};
use crate::audit::{Action, Id, ObjectKind, Record, Who};
use crate::store::StoreError;

/// The database's name in the data folder.
pub const DATABASE: &str = "relay.sqlite";

/// What a database says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// What the integrity check found; `ok` when nothing.
    pub verdict: String,
    pub messages: u64,
    /// Of its tables, and what this program makes.
    pub version: u32,
    pub known: u32,
    /// Packages that rows name.
    pub packages: BTreeSet<String>,
}

/// Copies all pages in one step, so in one read transaction: writers go on, and what they commit meanwhile is not
/// seen. `false` when the database was locked all the time.
///
/// # Errors
/// The database's.
pub fn copy(from: &Path, to: &Path) -> Result<bool, StoreError> {
    let source = read_only(from, Duration::from_secs(10))?;
    let mut target = Connection::open(to)?;
    if Backup::new(&source, &mut target)?.step(-1)? != StepResult::Done {
        return Ok(false);
    }
    // One file, without a log beside it.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, error)| error)?;
    Ok(true)
}

/// Opens a database that is not ours, and looks through all of it.
///
/// # Errors
/// The database's.
pub fn contents(database: &Path) -> Result<Contents, StoreError> {
    let connection = read_only(database, Duration::from_secs(5))?;
    let verdict: String = connection.query_row("PRAGMA integrity_check(3)", [], |row| row.get(0))?;
    let (version, known) = schema::version(&connection)?;
    // A newer one may have its rows elsewhere.
    if verdict != "ok" || version > known {
        return Ok(Contents { verdict, messages: 0, version, known, packages: BTreeSet::new() });
    }
    let messages: i64 = connection.query_row("SELECT count(*) FROM message", [], |row| row.get(0))?;
    let sql = "SELECT package FROM message WHERE package IS NOT NULL
               UNION SELECT package FROM outbox WHERE package IS NOT NULL";
    let mut statement = connection.prepare(sql)?;
    let packages = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Contents { verdict, messages: messages.unsigned_abs(), version, known, packages })
}

/// Anybody's message and the name of its package, read from a data folder that may be in use. For an operator.
///
/// # Errors
/// The database's.
pub fn message(folder: &Path, id: &str) -> Result<Option<(MessageView, Option<String>)>, StoreError> {
    let connection = read_only(&folder.join(DATABASE), Duration::from_secs(5))?;
    let Some(view) = view(&connection, id, None)? else { return Ok(None) };
    let package = package(&connection, id)?.map(|(name, _)| name);
    Ok(Some((view, package)))
}

/// Holds back the letters that wait: they may have left since this copy was made, and only a person can find out. Each
/// wants attention and can be tried again. What we tell senders can be told twice, and waits on.
///
/// # Errors
/// The database's.
pub fn hold_back(database: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(database)?;
    connection.execute_batch(
        "BEGIN;
         UPDATE outbox SET state = 'dead', last_error = 'restored', lease = NULL, lease_until = NULL
             WHERE state = 'waiting' AND kind = 'letter';
         UPDATE message SET attention = 1 WHERE id IN (SELECT message FROM outbox WHERE last_error = 'restored');
         COMMIT;",
    )?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Adds to the audit log who brought this copy back, and after which entry. A copy from before there was a log has none.
///
/// # Errors
/// The database's.
pub fn tell_of_restoring(database: &Path, who: Who) -> Result<(), StoreError> {
    let mut connection = Connection::open(database)?;
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'audit_head')";
    if !connection.query_row(sql, [], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    let write = Write { transaction: &transaction, changes: Vec::new() };
    if let Some((_, head)) = audit::head(&write)? {
        let after = Id::of_entry(head.sequence);
        audit::append(&write, Some(Record::done(who, Action::BackupRestored, ObjectKind::Relay, after)))?;
    }
    Ok(transaction.commit()?)
}

fn read_only(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    Ok(connection)
}
