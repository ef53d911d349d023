//! The sandbox's one SQLite file.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::error::Error;

/// A connection that callers take turns on. Every use is a few short statements.
#[derive(Debug)]
pub(crate) struct Database(Mutex<Connection>);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS transfer (
        id TEXT PRIMARY KEY, resource TEXT NOT NULL, sender TEXT NOT NULL, status TEXT NOT NULL,
        created INTEGER NOT NULL, changed INTEGER NOT NULL, due INTEGER, body TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS transfer_due ON transfer (due) WHERE due IS NOT NULL;
    CREATE INDEX IF NOT EXISTS transfer_status ON transfer (status, created);
    CREATE TABLE IF NOT EXISTS recipient (
        transfer TEXT NOT NULL REFERENCES transfer (id), organisation TEXT NOT NULL, status TEXT NOT NULL,
        PRIMARY KEY (transfer, organisation)) STRICT;
    CREATE INDEX IF NOT EXISTS recipient_status ON recipient (organisation, status);
    CREATE TABLE IF NOT EXISTS correspondence (
        id TEXT PRIMARY KEY, senders_reference TEXT NOT NULL, due INTEGER, body TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS correspondence_due ON correspondence (due) WHERE due IS NOT NULL;
    CREATE INDEX IF NOT EXISTS correspondence_reference ON correspondence (senders_reference);
    CREATE TABLE IF NOT EXISTS correspondence_key (
        key TEXT PRIMARY KEY, correspondence TEXT NOT NULL REFERENCES correspondence (id)
        DEFERRABLE INITIALLY DEFERRED) STRICT;
    CREATE TABLE IF NOT EXISTS mailbox (
        number INTEGER PRIMARY KEY, transfer TEXT NOT NULL UNIQUE, entry TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS task (
        number INTEGER PRIMARY KEY, persona TEXT NOT NULL, due INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS task_due ON task (persona, due);
    CREATE TABLE IF NOT EXISTS shipment (
        id TEXT PRIMARY KEY, account TEXT NOT NULL, reference TEXT NOT NULL, status TEXT NOT NULL,
        created INTEGER NOT NULL, due INTEGER, body TEXT NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS shipment_due ON shipment (due) WHERE due IS NOT NULL;
    CREATE INDEX IF NOT EXISTS shipment_status ON shipment (status, created);
    CREATE INDEX IF NOT EXISTS shipment_reference ON shipment (account, reference);
    CREATE TABLE IF NOT EXISTS dpi_message (
        id TEXT PRIMARY KEY, sender TEXT NOT NULL, receiver TEXT NOT NULL, conversation TEXT NOT NULL,
        waiting INTEGER NOT NULL, created INTEGER NOT NULL, due INTEGER, body TEXT NOT NULL, jwt BLOB NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS dpi_message_due ON dpi_message (due) WHERE due IS NOT NULL;
    CREATE INDEX IF NOT EXISTS dpi_message_waiting ON dpi_message (receiver, created) WHERE waiting = 1;
    CREATE INDEX IF NOT EXISTS dpi_message_conversation ON dpi_message (conversation);
    CREATE TABLE IF NOT EXISTS flag (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
";

impl Database {
    /// Opens or makes the file.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Takes the connection.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A value kept under a name.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<String>, Error> {
        use rusqlite::OptionalExtension;
        let connection = self.lock();
        Ok(connection.query_row("SELECT value FROM flag WHERE name = ?1", [name], |row| row.get(0)).optional()?)
    }

    /// Keeps a value under a name.
    pub(crate) fn set_flag(&self, name: &str, value: &str) -> Result<(), Error> {
        let sql =
            "INSERT INTO flag (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.lock().execute(sql, [name, value])?;
        Ok(())
    }
}
