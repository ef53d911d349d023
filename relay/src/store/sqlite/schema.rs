//! The tables. Times are milliseconds since 1970.

use rusqlite::Connection;

use super::{Migrated, StoreError};

/// What each version adds. The database's `user_version` says how many of them it has.
const STEPS: [&str; 15] = [
    TABLES,
    CHANNELS,
    WEBHOOKS,
    AUDIT,
    FOLLOWED,
    IDENTITY,
    DETAILS,
    TRACE,
    ONCE,
    RECIPIENTS,
    APPROVAL,
    HOLDER,
    WORLD,
    SUBJECT,
    SUBMISSIONS,
];

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

/// Queues of their own for every broker; receipts that came before their message.
const CHANNELS: &str = "
ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT 'DPO';
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (channel, due, id) WHERE state = 'waiting';
CREATE INDEX outbox_in_hands ON outbox (lease) WHERE lease IS NOT NULL;
CREATE INDEX outbox_tried ON outbox (attempts) WHERE state = 'waiting' AND attempts > 0;
CREATE INDEX outbox_of_message ON outbox (message);
CREATE INDEX outbox_dead ON outbox (created) WHERE state = 'dead';
ALTER TABLE message ADD COLUMN about TEXT;
CREATE INDEX message_about ON message (organisation, about) WHERE about IS NOT NULL;
";

/// Endpoints that are told of events, what is queued for them, and every try.
const WEBHOOKS: &str = "
CREATE TABLE webhook (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    address TEXT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_until INTEGER,
    created INTEGER NOT NULL,
    -- The newest event that has been queued.
    cursor INTEGER NOT NULL,
    stopped INTEGER NOT NULL DEFAULT 0,
    tried INTEGER NOT NULL DEFAULT 0,
    lease TEXT,
    lease_until INTEGER
) STRICT;
CREATE INDEX webhook_of_organisation ON webhook (organisation, created);
CREATE TABLE webhook_delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    cursor INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    created INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    UNIQUE (webhook, cursor)
) STRICT;
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook, due, number) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_done ON webhook_delivery (created) WHERE state <> 'waiting';
CREATE TABLE webhook_attempt (
    delivery INTEGER NOT NULL REFERENCES webhook_delivery (number) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    status INTEGER,
    trouble TEXT,
    ms INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_attempt_of ON webhook_attempt (delivery);
";

/// The audit log and its end.
const AUDIT: &str = "
CREATE TABLE audit_head (
    single INTEGER PRIMARY KEY CHECK (single = 1),
    audience TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    -- An index only: what counts is in the line.
    behalf TEXT,
    line TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of ON audit (behalf, sequence);
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
";

/// What a channel must be told besides, and when its broker is asked how it went.
const FOLLOWED: &str = "
ALTER TABLE outbox ADD COLUMN details TEXT;
ALTER TABLE outbox ADD COLUMN follow INTEGER;
CREATE INDEX outbox_followed ON outbox (channel, follow, id) WHERE follow IS NOT NULL;
";

/// What else a channel was told of a message, or told us; and whose answer names a transfer of ours.
const DETAILS: &str = "
ALTER TABLE message ADD COLUMN details TEXT;
CREATE INDEX outbox_transfer ON outbox (transfer) WHERE transfer IS NOT NULL;
";

/// What sessions hang on, and API keys. Sessions from before have no latest end, and so have ended.
const IDENTITY: &str = "
ALTER TABLE session ADD COLUMN owner TEXT;
ALTER TABLE session ADD COLUMN latest INTEGER;
ALTER TABLE session ADD COLUMN provider TEXT;
ALTER TABLE session ADD COLUMN bounds TEXT;
CREATE INDEX session_of ON session (owner);
CREATE INDEX session_of_provider ON session (provider) WHERE provider IS NOT NULL;
CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    digest TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER
) STRICT;
CREATE INDEX api_key_of ON api_key (organisation, created);
";

/// The span in which a message was accepted, as a `traceparent`.
const TRACE: &str = "
ALTER TABLE message ADD COLUMN trace TEXT;
";

/// Requests with an `Idempotency-Key`, and their sealed answers.
const ONCE: &str = "
CREATE TABLE once (
    holder TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    until INTEGER NOT NULL,
    answer BLOB,
    PRIMARY KEY (holder, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX once_until ON once (until);
";

/// A transfer is taken in by each organisation that it is to. What is not kept is left at the broker.
const RECIPIENTS: &str = "
CREATE TABLE taken_by (
    organisation TEXT NOT NULL,
    transfer TEXT NOT NULL,
    taken INTEGER NOT NULL,
    confirmed INTEGER,
    kept INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (organisation, transfer)
) STRICT;
INSERT INTO taken_by (organisation, transfer, taken, confirmed)
    SELECT organisation, transfer, taken, confirmed FROM taken;
DROP TABLE taken;
ALTER TABLE taken_by RENAME TO taken;
";

/// Letters that wait for approval, and what enters the outbox with it, as JSON.
const APPROVAL: &str = "
CREATE TABLE approval (
    message TEXT PRIMARY KEY REFERENCES message (id),
    sender TEXT NOT NULL,
    sent_by TEXT NOT NULL,
    key TEXT,
    delivery TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// On whose account an upload is; its owner's where it is not said.
const HOLDER: &str = "
ALTER TABLE upload ADD COLUMN holder TEXT;
";

/// The world in which the store was first used. What a sandbox has left is known by its audience; anything else
/// belongs to whoever opens it first.
const WORLD: &str = "
CREATE TABLE world (single INTEGER PRIMARY KEY CHECK (single = 1), name TEXT NOT NULL) STRICT;
INSERT INTO world SELECT 1, 'sandbox' FROM audit_head WHERE audience = 'konvolutt-sandkasse';
";

/// What the provider calls a session's person, as a digest.
const SUBJECT: &str = "
ALTER TABLE session ADD COLUMN subject TEXT;
CREATE INDEX session_of_subject ON session (subject) WHERE subject IS NOT NULL;
";

/// Who submitted which message, found in the audit log. A line that is none of ours is in nobody's way.
const SUBMISSIONS: &str = r#"
CREATE INDEX audit_submission ON audit
    (substr(line, instr(line, '"id":"') + 6, instr(line, '","kind":"') - instr(line, '"id":"') - 6))
    WHERE instr(line, '{"action":"message_submitted",') = 66;
"#;

/// A commit is on disk when it is answered.
pub(super) fn durable(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is overwritten or deleted, such as a secret, leaves no copy in the page that it stood in.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    // What a savepoint may have to take back is a few pages; a temporary file for it costs more than they do.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    super::steady(connection)?;
    Ok(connection.busy_timeout(std::time::Duration::from_secs(5))?)
}

/// Makes the tables, or adds what they lack.
pub(super) fn prepare(connection: &mut Connection) -> Result<Migrated, StoreError> {
    connection.pragma_update(None, "foreign_keys", true)?;
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = STEPS.len() as u32;
    let missing = STEPS.get(version as usize..).ok_or(StoreError::Newer { found: version, known })?;
    let migrated = Migrated { from: version, to: known };
    if missing.is_empty() {
        return Ok(migrated);
    }
    let transaction = connection.transaction()?;
    missing.iter().try_for_each(|step| transaction.execute_batch(step))?;
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(migrated)
}

/// What a database has, and what this program makes.
pub(super) fn version(connection: &Connection) -> Result<(u32, u32), StoreError> {
    Ok((connection.pragma_query_value(None, "user_version", |row| row.get(0))?, STEPS.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_database_keeps_its_rows_and_a_newer_one_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLES).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        let row =
            "INSERT INTO message VALUES ('m', 'i', 'c', 'out', 'DPO', 'o', 'p', 'P', 'arkivmelding', '', 'SENDT', 0,
                       0, 0, 1, 1, NULL, 1, '{}', NULL, NULL, NULL, NULL, '[]');
                   INSERT INTO outbox (id, message, kind, sender, recipient, sbd, package_size, reference, created, due)
                   VALUES ('d', 'm', 'letter', 's', 'r', '{}', 1, 'x', 1, 1);
                   INSERT INTO taken VALUES ('t', 'o', 1, 2);";
        connection.execute_batch(row).unwrap();
        prepare(&mut connection).unwrap();
        prepare(&mut connection).unwrap();
        let channel: String = connection.query_row("SELECT channel FROM outbox", [], |row| row.get(0)).unwrap();
        assert_eq!(channel, "DPO");
        let taken = "SELECT transfer, kept FROM taken WHERE organisation = 'o'";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?));
        assert_eq!(connection.query_row(taken, [], row).unwrap(), ("t".to_owned(), true));
        let newer = STEPS.len() + 1;
        connection.pragma_update(None, "user_version", newer as u32).unwrap();
        assert!(prepare(&mut connection).unwrap_err().to_string().contains(&format!("version {newer}")));
    }
}
