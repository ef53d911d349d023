//! The tables. Times are milliseconds since 1970.

use rusqlite::Connection;

use super::StoreError;

/// The version this program writes.
const VERSION: i32 = 1;

const TABLES: &str = "
-- One row a message and side: a message to oneself has two.
CREATE TABLE message (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('out', 'in')),
    channel TEXT NOT NULL,
    organisation TEXT NOT NULL,
    party TEXT NOT NULL,
    party_name TEXT NOT NULL,
    document_type TEXT NOT NULL,
    process TEXT NOT NULL,
    status TEXT NOT NULL,
    attention INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    expires INTEGER,
    size INTEGER NOT NULL,
    sbd TEXT NOT NULL,
    envelope TEXT,
    digest TEXT,
    broker_sender TEXT,
    package TEXT,
    findings TEXT NOT NULL,
    UNIQUE (direction, organisation, message_id, document_type)
) STRICT;
CREATE INDEX message_list ON message (organisation, direction, created DESC);
CREATE INDEX message_by_id ON message (message_id);
CREATE INDEX message_expiring ON message (expires) WHERE finished = 0 AND direction = 'out';

-- The event log: added to, never changed.
CREATE TABLE event (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT,
    message TEXT NOT NULL REFERENCES message (id),
    organisation TEXT NOT NULL,
    direction TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX event_of_message ON event (message, cursor);

-- What must leave: letters, and status messages to senders.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    message TEXT NOT NULL REFERENCES message (id),
    kind TEXT NOT NULL CHECK (kind IN ('letter', 'status')),
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sbd TEXT NOT NULL,
    package TEXT,
    package_size INTEGER NOT NULL,
    reference TEXT NOT NULL,
    transfer TEXT,
    created INTEGER NOT NULL,
    expires INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL,
    lease TEXT,
    lease_until INTEGER,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
    last_error TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (due) WHERE state = 'waiting';

-- Transfers that were taken in: never stored twice, and confirmed only after they are here.
CREATE TABLE taken (
    transfer TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    taken INTEGER NOT NULL,
    confirmed INTEGER
) STRICT;

CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    length INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    token TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
";

pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        VERSION => Ok(()),
        0 => {
            let transaction = connection.transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            Ok(transaction.commit()?)
        }
        newer => Err(StoreError::Row(format!("the database has version {newer}, this program knows {VERSION}"))),
    }
}
