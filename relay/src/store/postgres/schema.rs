//! The tables, in numbered steps. Times are milliseconds since 1970, as in SQLite; `COLLATE "C"` orders ids by bytes.
//!
//! Relays of two versions may share the store while they are replaced one by one, so a step only ever adds: what an
//! older relay does not know must have a default, and what it needs goes away a version later.

use deadpool_postgres::ClientWrapper;

use super::{Migrated, StoreError, get};

/// What each version adds.
const STEPS: [&str; 14] = [
    TABLES,
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

/// «konvolutt» on a telephone: a lock that only migrations take.
const LOCK: i64 = 566_865_888;

const TABLES: &str = r#"
-- One row a message and side: a message to oneself has two.
CREATE TABLE message (
    id text COLLATE "C" PRIMARY KEY,
    message_id text NOT NULL,
    conversation_id text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('out', 'in')),
    channel text NOT NULL,
    organisation text NOT NULL,
    party text NOT NULL,
    party_name text NOT NULL,
    document_type text NOT NULL,
    process text NOT NULL,
    status text NOT NULL,
    attention boolean NOT NULL,
    finished boolean NOT NULL,
    unread boolean NOT NULL,
    created bigint NOT NULL,
    changed bigint NOT NULL,
    expires bigint,
    size bigint NOT NULL,
    -- As it came: what is broken may hold what no text may.
    sbd bytea NOT NULL,
    envelope text,
    digest text,
    broker_sender text,
    package text,
    findings text NOT NULL,
    -- The SBD's id of the message that this is a receipt for, if that is not here.
    about text,
    UNIQUE (direction, organisation, message_id, document_type)
);
CREATE INDEX message_list ON message (organisation, direction, created DESC, id DESC);
CREATE INDEX message_all ON message (organisation, created DESC, id DESC);
CREATE INDEX message_expiring ON message (expires) WHERE NOT finished AND direction = 'out';
CREATE INDEX message_about ON message (organisation, about) WHERE about IS NOT NULL;

-- The event log: added to, never changed. Its one counter is held from the first cursor to the commit.
CREATE TABLE event_counter (single boolean PRIMARY KEY DEFAULT true CHECK (single), last bigint NOT NULL);
INSERT INTO event_counter (last) VALUES (0);
CREATE TABLE event (
    cursor bigint PRIMARY KEY,
    message text COLLATE "C" NOT NULL REFERENCES message (id),
    organisation text NOT NULL,
    direction text NOT NULL,
    body text NOT NULL
);
CREATE INDEX event_of_message ON event (message, cursor);

-- What must leave: letters, and status messages to senders.
CREATE TABLE outbox (
    id text COLLATE "C" PRIMARY KEY,
    message text COLLATE "C" NOT NULL REFERENCES message (id),
    kind text NOT NULL CHECK (kind IN ('letter', 'status')),
    channel text NOT NULL,
    sender text NOT NULL,
    recipient text NOT NULL,
    sbd bytea NOT NULL,
    package text,
    package_size bigint NOT NULL,
    reference text NOT NULL,
    transfer text,
    created bigint NOT NULL,
    expires bigint,
    attempts integer NOT NULL DEFAULT 0,
    due bigint NOT NULL,
    lease text,
    lease_until bigint,
    -- The relay that has it in hands.
    lease_owner text,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
    last_error text
);
CREATE INDEX outbox_due ON outbox (channel, due, id) WHERE state = 'waiting';
CREATE INDEX outbox_in_hands ON outbox (lease_owner) WHERE lease IS NOT NULL;
CREATE INDEX outbox_of_message ON outbox (message);
CREATE INDEX outbox_dead ON outbox (created) WHERE state = 'dead';

-- Transfers that were taken in: never stored twice, and confirmed only after they are here.
CREATE TABLE taken (
    transfer text PRIMARY KEY,
    organisation text NOT NULL,
    taken bigint NOT NULL,
    confirmed bigint
);

CREATE TABLE upload (
    id text PRIMARY KEY,
    owner text NOT NULL,
    length bigint NOT NULL,
    created bigint NOT NULL
);

CREATE TABLE session (
    token text PRIMARY KEY,
    person text NOT NULL,
    expires bigint NOT NULL
);

-- Whose turn it is to ask the broker: nobody's before that time.
CREATE TABLE poll (
    organisation text PRIMARY KEY,
    until bigint NOT NULL
);

-- Relays that share this store, and when each last proved that its commits arrive.
CREATE TABLE relay (
    id text PRIMARY KEY,
    seen timestamptz NOT NULL
);
"#;

/// Endpoints that are told of events, what is queued for them, and every try.
const WEBHOOKS: &str = r#"
CREATE TABLE webhook (
    id text COLLATE "C" PRIMARY KEY,
    organisation text NOT NULL,
    address text NOT NULL,
    secret text NOT NULL,
    old_secret text,
    old_until bigint,
    created bigint NOT NULL,
    -- The newest event that has been queued.
    cursor bigint NOT NULL,
    stopped boolean NOT NULL DEFAULT false,
    tried bigint NOT NULL DEFAULT 0,
    lease text,
    lease_until bigint
);
CREATE INDEX webhook_of_organisation ON webhook (organisation, created);
CREATE TABLE webhook_delivery (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook text COLLATE "C" NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    cursor bigint NOT NULL,
    event_id text NOT NULL,
    created bigint NOT NULL,
    due bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    UNIQUE (webhook, cursor)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook, due, number) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_done ON webhook_delivery (created) WHERE state <> 'waiting';
CREATE TABLE webhook_attempt (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery bigint NOT NULL REFERENCES webhook_delivery (number) ON DELETE CASCADE,
    at bigint NOT NULL,
    status integer,
    trouble text,
    ms bigint NOT NULL
);
CREATE INDEX webhook_attempt_of ON webhook_attempt (delivery);
"#;

/// The audit log and its end, whose row is held from an entry to the commit.
const AUDIT: &str = r#"
CREATE TABLE audit_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    audience text NOT NULL,
    sequence bigint NOT NULL,
    digest text NOT NULL
);
CREATE TABLE audit (
    sequence bigint PRIMARY KEY,
    -- An index only: what counts is in the line.
    behalf text,
    line text NOT NULL
);
CREATE INDEX audit_of ON audit (behalf, sequence);
CREATE FUNCTION audit_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to';
END $$;
CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_unchanged();
"#;

/// What a channel must be told besides, and when its broker is asked how it went.
const FOLLOWED: &str = "
ALTER TABLE outbox ADD COLUMN details text;
ALTER TABLE outbox ADD COLUMN follow bigint;
CREATE INDEX outbox_followed ON outbox (channel, follow, id) WHERE follow IS NOT NULL;
";

/// What else a channel was told of a message, or told us; and whose answer names a transfer of ours.
const DETAILS: &str = "
ALTER TABLE message ADD COLUMN details text;
CREATE INDEX outbox_transfer ON outbox (transfer) WHERE transfer IS NOT NULL;
";

/// What sessions hang on, and API keys. Sessions of an older relay have no latest end, and so have ended.
const IDENTITY: &str = r#"
ALTER TABLE session ADD COLUMN owner text;
ALTER TABLE session ADD COLUMN latest bigint;
ALTER TABLE session ADD COLUMN provider text;
ALTER TABLE session ADD COLUMN bounds text;
CREATE INDEX session_of ON session (owner);
CREATE INDEX session_of_provider ON session (provider) WHERE provider IS NOT NULL;
CREATE TABLE api_key (
    id text COLLATE "C" PRIMARY KEY,
    organisation text NOT NULL,
    name text NOT NULL,
    scope text NOT NULL,
    digest text NOT NULL,
    created bigint NOT NULL,
    expires bigint NOT NULL,
    used bigint
);
CREATE INDEX api_key_of ON api_key (organisation, created);
"#;

/// The span in which a message was accepted, as a `traceparent`.
const TRACE: &str = "
ALTER TABLE message ADD COLUMN trace text;
";

/// Requests with an `Idempotency-Key`, and their sealed answers.
const ONCE: &str = "
CREATE TABLE once (
    holder text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    until bigint NOT NULL,
    answer bytea,
    PRIMARY KEY (holder, key)
);
CREATE INDEX once_until ON once (until);
";

/// A transfer is taken in by each organisation that it is to. What is not kept is left at the broker. What an older relay
/// takes in meanwhile has one recipient and is kept.
const RECIPIENTS: &str = "
ALTER TABLE taken ADD COLUMN kept boolean NOT NULL DEFAULT true;
ALTER TABLE taken DROP CONSTRAINT taken_pkey;
ALTER TABLE taken ADD PRIMARY KEY (organisation, transfer);
";

/// Letters that wait for approval, and what enters the outbox with it, as JSON. What is not in the outbox no relay takes,
/// however old it is.
const APPROVAL: &str = r#"
CREATE TABLE approval (
    message text COLLATE "C" PRIMARY KEY REFERENCES message (id),
    sender text NOT NULL,
    sent_by text NOT NULL,
    key text,
    delivery text NOT NULL
);
"#;

/// On whose account an upload is; its owner's where it is not said.
const HOLDER: &str = "
ALTER TABLE upload ADD COLUMN holder text;
";

/// The world in which the store was first used. What a sandbox has left is known by its audience; anything else
/// belongs to whoever opens it first.
const WORLD: &str = "
CREATE TABLE world (single boolean PRIMARY KEY DEFAULT true CHECK (single), name text NOT NULL);
INSERT INTO world (name) SELECT 'sandbox' FROM audit_head WHERE audience = 'konvolutt-sandkasse';
";

/// What the provider calls a session's person, as a digest.
const SUBJECT: &str = "
ALTER TABLE session ADD COLUMN subject text;
CREATE INDEX session_of_subject ON session (subject) WHERE subject IS NOT NULL;
";

/// Who submitted which message, found in the audit log. A line that is none of ours is in nobody's way.
const SUBMISSIONS: &str = r#"
CREATE INDEX audit_submission ON audit (split_part(split_part(line, '"id":"', 2), '"', 1))
    WHERE strpos(line, '{"action":"message_submitted",') = 66;
"#;

/// Makes the tables, or adds what they lack. Of several relays that start at once, one does it and the others wait.
pub(super) async fn prepare(client: &mut ClientWrapper) -> Result<Migrated, StoreError> {
    let transaction = client.transaction().await?;
    // A step over many rows takes as long as it takes, and so does waiting for whoever makes it.
    transaction.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    transaction
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS store_version (single boolean PRIMARY KEY DEFAULT true CHECK (single),
                version integer NOT NULL);
             INSERT INTO store_version (version) VALUES (0) ON CONFLICT DO NOTHING",
        )
        .await?;
    let from: i32 = get(&transaction.query_one("SELECT version FROM store_version", &[]).await?, 0)?;
    let known = STEPS.len() as u32;
    let from = u32::try_from(from).map_err(|_| StoreError::Row("a version below zero".to_owned()))?;
    let missing = STEPS.get(from as usize..).ok_or(StoreError::Newer { found: from, known })?;
    for step in missing {
        transaction.batch_execute(step).await?;
    }
    transaction.execute("UPDATE store_version SET version = $1", &[&(known as i32)]).await?;
    transaction.commit().await?;
    Ok(Migrated { from, to: known })
}

/// The version that is there, without touching anything; 0 where there are no tables.
pub(super) async fn version(client: &ClientWrapper) -> Result<u32, StoreError> {
    let there: bool = get(&client.query_one("SELECT to_regclass('store_version') IS NOT NULL", &[]).await?, 0)?;
    if !there {
        return Ok(0);
    }
    let version: i32 = get(&client.query_one("SELECT version FROM store_version", &[]).await?, 0)?;
    Ok(version.unsigned_abs())
}

/// The version this program makes.
pub(super) const fn known() -> u32 {
    STEPS.len() as u32
}
