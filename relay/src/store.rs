//! What the relay keeps, as operations. Each is one transaction, takes plain data and answers plain data.
//!
//! An implementation reads no clock and makes no rule: time, ids and tokens come in, and what a state means is asked of
//! pure functions (`konvolutt_shared::status`, [`crate::inbox`]) that every implementation calls alike. An answer that
//! is `Ok` is on disk. An answer that is an error may, rarely, be about something that was committed all the same (the
//! machine died between the two), so every caller can do it again.

pub mod postgres;
pub mod sqlite;
mod value;

use std::fmt::Debug;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use konvolutt_shared::api::header::TraceParent;
use konvolutt_shared::api::{
    ApiKey, Attention, Change, Direction, MessageSummary, MessageView, Page, StatusEvent, Webhook, WebhookDelivery,
};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::audit::{Head, Record};
use crate::clock::{Machine, World as _};
use crate::identity::{Ending, Held, HeldKey, NewSession};
use crate::inbox::Taking;
use crate::message::{Known, NewMessage};
use crate::once::{Once, Turn};
use crate::outbox::{Acquire, Backlog, DeadLetter, Followed, Lease, NewDelivery, Outcome};
use crate::upload::{NewUpload, Quota};
use crate::webhook::{NewEndpoint, Notice, Secret, Tried, Which};

/// Rows on a page of a list or of the event log.
pub const PAGE: usize = 50;

/// Lines of the audit log that are read at once.
pub const LOG_PAGE: usize = 500;

/// What an operation will answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why the store could not do what was asked: always ours, never the caller's fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row does not hold what we write.
    #[error("a row cannot be read: {0}")]
    Row(String),
    /// A file beside the database.
    #[error("a file in the data folder: {0}")]
    File(#[from] std::io::Error),
    /// Made by a newer program.
    #[error("the store has version {found}, this program knows {known}: use the newer program")]
    Newer { found: u32, known: u32 },
    /// Made by an older program, where nothing may be changed.
    #[error(
        "the store has version {found}, this program reads {known}; it was left as it is. Run «konvolutt migrate» first"
    )]
    Older { found: u32, known: u32 },
    /// The packages' place.
    #[error("the packages' store refused: {0}")]
    Packages(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no room for what was to be written, and nothing of it is kept.
    #[error("the disk is full")]
    Full,
    /// The disk takes nothing: it is read-only, or broken. Whether something of a commit is kept is known after a restart.
    #[error("the disk cannot be written: {0}")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The writer has stopped, or can begin nothing.
    #[error("the store is closed")]
    Closed,
}

/// From which version of its tables a store came to which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// 0 where there was nothing.
    pub from: u32,
    pub to: u32,
}

impl StoreError {
    /// Whether the disk, or what we may use of it, is full.
    pub fn is_full(&self) -> bool {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match self {
            Self::Full => true,
            Self::File(error) => matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge),
            _ => false,
        }
    }

    /// Whether nothing can be stored, for another reason than that there is no room.
    pub fn is_down(&self) -> bool {
        use std::io::ErrorKind::ReadOnlyFilesystem;
        match self {
            Self::Unwritable(_) | Self::Closed => true,
            Self::File(error) => {
                error.kind() == ReadOnlyFilesystem || error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
            }
            _ => false,
        }
    }
}

/// Everything together: what the relay is given.
pub trait Store: Messages + Outbox + Inbox + Uploads + Onces + Sessions + Keys + Upkeep + Webhooks + Audit {}

impl<T: Messages + Outbox + Inbox + Uploads + Onces + Sessions + Keys + Upkeep + Webhooks + Audit> Store for T {}

/// Messages and their events, to look at.
pub trait Messages: Debug + Send + Sync {
    /// Hears of every event after its commit. Who lags behind reads [`Self::changes`].
    fn subscribe(&self) -> broadcast::Receiver<Change>;

    /// A message with its history; `None` if it is not one of these organisations'.
    fn message(&self, id: &str, organisations: &[String]) -> Answer<'_, Option<MessageView>>;

    /// A page of a list, newest first. `cursor` is what the page before gave.
    fn list(&self, listing: &Listing<'_>, cursor: Option<&str>) -> Answer<'_, Page<MessageSummary>>;

    /// How many of an organisation's messages need somebody, in every page of its lists: those of the listing, in both
    /// directions.
    fn attention(&self, listing: &Listing<'_>) -> Answer<'_, Attention>;

    /// The event log after a cursor, oldest first, as far as somebody may hear of it.
    fn changes(&self, hearing: &Hearing, after: u64) -> Answer<'_, Page<Change>>;

    /// The newest cursor of the event log; 0 when it is empty.
    fn newest(&self) -> Answer<'_, u64>;

    /// A message's sealed package, if it has one: file name and size in bytes.
    fn package(&self, id: &str) -> Answer<'_, Option<(String, u64)>>;

    /// Marks an incoming message as seen by a person.
    fn mark_opened(&self, id: &str) -> Answer<'_, ()>;
}

/// The durable queue of what must leave.
pub trait Outbox: Debug + Send + Sync {
    /// The outgoing message that an organisation has with this id.
    fn outgoing(&self, organisation: &str, message_id: &str) -> Answer<'_, Option<Known>>;

    /// Stores a message and its delivery, unless there is one with the same id: then that one, and nothing is stored.
    /// Receipts that had come before their message are told to it. The record enters the audit log with it.
    fn accept(&self, message: NewMessage, delivery: NewDelivery, record: Option<Record>) -> Answer<'_, Option<Known>>;

    /// Takes the row of a channel that has been due longest, if any is due and not in other hands.
    fn acquire(&self, ask: Acquire) -> Answer<'_, Option<Lease>>;

    /// Makes a lease last until then. `false` if the row is in other hands by now.
    fn renew(&self, lease: &Lease, until: Timestamp) -> Answer<'_, bool>;

    /// Keeps the broker's id of the transfer, before any byte is uploaded. `false` if the row is in other hands by now;
    /// then nothing is kept.
    fn keep_transfer(&self, lease: &Lease, transfer: &str) -> Answer<'_, bool>;

    /// Ends a lease, and adds an event to the message in the same transaction. `false` if the row is in other hands
    /// by now; then nothing is written.
    fn settle(&self, lease: &Lease, outcome: Outcome, event: Option<StatusEvent>, now: Timestamp) -> Answer<'_, bool>;

    /// Takes the row of a channel that has left and whose question is due longest, if it is in nobody's hands.
    fn acquire_followed(&self, ask: Acquire) -> Answer<'_, Option<Followed>>;

    /// Adds what the broker told to the message, and says when to ask again, if ever. `false` if the row is in other hands
    /// by now; then nothing is written.
    fn followed(
        &self,
        followed: &Followed,
        events: Vec<StatusEvent>,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Answer<'_, bool>;

    /// Gives back everything that is in hands, and counts tries anew: for a start, when the workers of the last run are
    /// gone. Answers how many were in hands.
    fn release_all(&self) -> Answer<'_, usize>;

    /// Outgoing messages whose deadline has passed without an end, at most a hundred.
    fn overdue(&self, now: Timestamp) -> Answer<'_, Vec<String>>;

    /// Stops a letter that has not left, and adds this event to it.
    fn expire(&self, id: &str, event: StatusEvent, now: Timestamp) -> Answer<'_, ()>;

    /// How much waits for a channel, and since when.
    fn backlog(&self, channel: &str) -> Answer<'_, Backlog>;

    /// What was given up, newest first, at most a hundred.
    fn dead_letters(&self) -> Answer<'_, Vec<DeadLetter>>;

    /// Lets what was given up of a message be tried again, and records it. Answers whether there was anything.
    fn revive(&self, id: &str, now: Timestamp, record: Option<Record>) -> Answer<'_, bool>;
}

/// What has come in.
pub trait Inbox: Debug + Send + Sync {
    /// Whether it is this relay's turn to ask what has come, by a channel for an organisation; then nobody else's before
    /// that time. A store of one relay says yes.
    fn turn<'a>(&'a self, what: &'a str, now: Timestamp, until: Timestamp) -> Answer<'a, bool> {
        let _ = (what, now, until);
        Box::pin(async { Ok(true) })
    }

    /// The conversation of the letter of ours that left as this transfer, if one did.
    fn conversation_of<'a>(&'a self, transfer: &'a str) -> Answer<'a, Option<String>> {
        let _ = transfer;
        Box::pin(async { Ok(None) })
    }

    /// The span in which the outgoing message of an organisation was accepted that has this id in its SBD.
    fn trace_of_sent<'a>(&'a self, organisation: &'a str, message_id: &'a str) -> Answer<'a, Option<TraceParent>> {
        let _ = (organisation, message_id);
        Box::pin(async { Ok(None) })
    }

    /// Whether a transfer has been taken in.
    fn is_taken(&self, transfer: &str) -> Answer<'_, bool>;

    /// Takes a transfer in, once: a letter becomes a message with the answer to its sender, a receipt an event of the
    /// message that it is about. `false` if it had been taken in before; then nothing is written.
    fn take_in(&self, taking: Taking) -> Answer<'_, bool>;

    /// The broker has been told that we have a transfer.
    fn confirmed(&self, transfer: &str, now: Timestamp) -> Answer<'_, ()>;

    /// A person has taken a message over, or dealt with one that went wrong: adds the event, queues the answer to the sender,
    /// if there is one, and records it. `false` if that had been done before; then nothing is written.
    fn acknowledge(
        &self,
        id: &str,
        event: StatusEvent,
        answer: Option<NewDelivery>,
        now: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, bool>;
}

/// What a list is of.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Nine digits.
    pub organisation: &'a str,
    /// One, or both.
    pub direction: Option<Direction>,
    /// Directions whose confidential post is left out: those that read the list must not see it. Left out by the query,
    /// so that every page but the last is full whoever asks.
    pub discreet: &'a [Direction],
    /// Only what needs somebody.
    pub attention: bool,
}

impl<'a> Listing<'a> {
    /// Everything of an organisation in one direction, or both.
    pub fn all(organisation: &'a str, direction: Option<Direction>) -> Self {
        Self { organisation, direction, discreet: &[], attention: false }
    }
}

/// What somebody may hear of the event log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// Whose events: nine digits each.
    pub organisations: Vec<String>,
    /// At which of them, and in which direction, events of confidential post are left out.
    pub discreet: Vec<(String, Direction)>,
}

impl Hearing {
    /// Everything that happens at these organisations.
    pub fn all(organisations: &[String]) -> Self {
        Self { organisations: organisations.to_vec(), discreet: Vec::new() }
    }

    /// The organisations whose confidential post of a direction is left out.
    fn discreet_in(&self, direction: Direction) -> Vec<String> {
        let there = self.discreet.iter().filter(|(_, one)| *one == direction);
        there.map(|(organisation, _)| organisation.clone()).collect()
    }
}

/// Opens the store that was chosen: PostgreSQL, else SQLite in the data folder. Makes or completes its tables.
///
/// # Errors
/// It cannot be reached, or is one of a newer version.
pub async fn open(postgres: Option<&postgres::Settings>, data: &Path) -> Result<Arc<dyn Store>, StoreError> {
    match postgres {
        None => Ok(Arc::new(sqlite::Sqlite::open(data)?)),
        Some(settings) => Ok(Arc::new(postgres::Postgres::open(settings, relay_id(data)?).await?)),
    }
}

/// Makes or completes the tables of the store that was chosen, and does nothing else.
///
/// # Errors
/// As [`open`].
pub async fn migrate(postgres: Option<&postgres::Settings>, data: &Path) -> Result<Migrated, StoreError> {
    match postgres {
        None => sqlite::Sqlite::migrate(data),
        Some(settings) => postgres::Postgres::migrate(settings).await,
    }
}

/// How a store is opened that must stay as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whatever is written is refused.
    Read,
    Write,
}

/// Opens the store that was chosen and neither makes nor completes its tables. For programs that an operator runs beside
/// the relay.
///
/// # Errors
/// It cannot be reached, there is none, or it has another version.
pub async fn open_as_it_is(
    postgres: Option<&postgres::Settings>,
    data: &Path,
    access: Access,
) -> Result<Arc<dyn Store>, StoreError> {
    match postgres {
        None => Ok(Arc::new(sqlite::Sqlite::open_as_it_is(data, access)?)),
        Some(settings) => Ok(Arc::new(postgres::Postgres::open_as_it_is(settings, access).await?)),
    }
}

/// That a store has the version that this program knows.
fn same_version(found: u32, known: u32) -> Result<(), StoreError> {
    match found.cmp(&known) {
        std::cmp::Ordering::Less => Err(StoreError::Older { found, known }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { found, known }),
    }
}

/// This relay's own id, made at its first start: what tells it from others that share its store.
///
/// # Errors
/// The disk's, or a file that holds something else.
pub fn relay_id(data: &Path) -> Result<Uuid, StoreError> {
    let path = data.join("relay-id");
    match std::fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|_| StoreError::Row(format!("{} holds no id", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = Machine.random();
            std::fs::create_dir_all(data)?;
            let coming = data.join("relay-id.coming");
            std::fs::write(&coming, format!("{id}\n"))?;
            std::fs::File::open(&coming)?.sync_all()?;
            std::fs::rename(&coming, &path)?;
            std::fs::File::open(data)?.sync_all()?;
            Ok(id)
        }
        Err(error) => Err(error.into()),
    }
}

/// What keeps the store well.
pub trait Upkeep: Debug + Send + Sync {
    /// Ends well when a commit has reached the disk. It changes nothing.
    fn prove_commit(&self) -> Answer<'_, ()>;

    /// The world that the store belongs to: the first that was ever told.
    fn belongs_to(&self, world: &str) -> Answer<'_, String>;
}

/// Requests that are done once.
pub trait Onces: Debug + Send + Sync {
    /// Whose turn it is with a request. What has come to its end by `now` is forgotten; one that is to be done holds its
    /// key until `until`.
    fn begin_once(&self, once: &Once, now: Timestamp, until: Timestamp) -> Answer<'_, Turn>;

    /// Keeps the sealed answer of a request that was begun.
    fn finish_once(&self, once: &Once, answer: Vec<u8>, until: Timestamp) -> Answer<'_, ()>;

    /// Forgets a request that was begun and has no answer worth keeping.
    fn forget_once(&self, once: &Once) -> Answer<'_, ()>;
}

/// Uploads in pieces; their bytes are files.
pub trait Uploads: Debug + Send + Sync {
    /// Begins an upload, unless its holder would have more than they may: then `false`, and nothing is kept.
    fn begin_upload(&self, upload: NewUpload, most: Quota) -> Answer<'_, bool>;

    /// The length of an owner's upload, in bytes.
    fn upload_length(&self, id: &str, owner: &str) -> Answer<'_, Option<u64>>;

    /// Keeps a length that is told late.
    fn keep_length(&self, id: &str, length: u64) -> Answer<'_, ()>;

    /// Forgets an upload.
    fn forget_upload(&self, id: &str) -> Answer<'_, ()>;

    /// Forgets uploads begun before a time, and answers the ids of those that are left.
    fn forget_uploads(&self, before: Timestamp) -> Answer<'_, std::collections::HashSet<String>>;
}

/// Who is signed in. A token is known by its digest only.
pub trait Sessions: Debug + Send + Sync {
    /// Begins a session, records it, and forgets those that have ended. One that is begun in the place of another ends
    /// that one in the same transaction.
    fn begin_session(
        &self,
        session: NewSession,
        instead_of: Option<&str>,
        now: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, ()>;

    /// A session that has not ended.
    fn session(&self, digest: &str, now: Timestamp) -> Answer<'_, Option<Held>>;

    /// Moves a session's end, never beyond its latest.
    fn extend_session(&self, digest: &str, expires: Timestamp) -> Answer<'_, ()>;

    /// Ends a session, and records it. `false` if there is none; of several who ask at once, one hears `true`.
    fn end_session(&self, digest: &str, record: Option<Record>) -> Answer<'_, bool>;

    /// Ends sessions, and records it; what the provider asks for only if there were any. Answers how many there were.
    fn end_sessions(&self, which: Ending, record: Option<Record>) -> Answer<'_, usize>;
}

/// API keys.
pub trait Keys: Debug + Send + Sync {
    /// Keeps a key, and records it. `false` if the organisation has as many as it may have; then nothing is kept.
    fn add_key(&self, key: HeldKey, most: usize, record: Option<Record>) -> Answer<'_, bool>;

    /// An organisation's keys, oldest first, those that have expired too.
    fn keys(&self, organisation: &str) -> Answer<'_, Vec<ApiKey>>;

    /// A key, expired or not.
    fn key(&self, id: &str) -> Answer<'_, Option<HeldKey>>;

    /// Keeps when a key was last used.
    fn key_used(&self, id: &str, now: Timestamp) -> Answer<'_, ()>;

    /// Forgets an organisation's key and ends the sessions that were made with it. `false` if there is none; then
    /// nothing is recorded.
    fn revoke_key(&self, id: &str, organisation: &str, record: Option<Record>) -> Answer<'_, bool>;
}

/// The audit log: added to, never changed. Acts of the other traits that take a record write it in their own
/// transaction; where the log has not been begun, that fails and nothing is done.
pub trait Audit: Debug + Send + Sync {
    /// Begins the log of a relay of this name, unless there is one: then that one goes on, under the name it has.
    fn begin_log(&self, audience: &str) -> Answer<'_, ()>;

    /// Adds an entry.
    fn record(&self, record: Record) -> Answer<'_, ()>;

    /// The name under which the log was begun, and its end; `None` where there is no log.
    fn log_head(&self) -> Answer<'_, Option<(String, Head)>>;

    /// At most [`LOG_PAGE`] lines after that number, with their numbers, in their order: all, or those of acts on behalf
    /// of one organisation.
    fn log_lines(&self, after: u64, behalf: Option<&str>) -> Answer<'_, Vec<(u64, String)>>;
}

/// Who is told of events, what waits for them, and how it went.
pub trait Webhooks: Debug + Send + Sync {
    /// Keeps an endpoint that is told of everything from now on. `false` if the organisation has
    /// [`crate::webhook::MOST`] already; then nothing is kept.
    fn add_webhook(&self, endpoint: NewEndpoint, record: Option<Record>) -> Answer<'_, bool>;

    /// The endpoints of these organisations, oldest first.
    fn webhooks(&self, organisations: &[String]) -> Answer<'_, Vec<Webhook>>;

    /// Forgets an endpoint, what waits for it and its log. `false` if there is none.
    fn remove_webhook(&self, which: Which, record: Option<Record>) -> Answer<'_, bool>;

    /// Gives an endpoint a new secret; the present one signs besides it until then.
    fn rotate_webhook(
        &self,
        which: Which,
        secret: Secret,
        until: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, Option<Webhook>>;

    /// Lets an endpoint that had stopped go on. `false` if there is none.
    fn resume_webhook(&self, which: Which, record: Option<Record>) -> Answer<'_, bool>;

    /// A page of an endpoint's log, newest first, of numbers less than `before`.
    fn notices(&self, which: Which, before: Option<u64>) -> Answer<'_, Option<Page<WebhookDelivery>>>;

    /// Has one event sent again, as if it had not been tried. `false` if there is none.
    fn replay_notice(&self, which: Which, number: u64, now: Timestamp, record: Option<Record>) -> Answer<'_, bool>;

    /// Queues what is new in the event log for the endpoints of its organisation, some at a time, and moves their
    /// cursors in the same transaction. Answers how many were queued.
    fn spread_events(&self, now: Timestamp) -> Answer<'_, usize>;

    /// Takes what is due for the endpoint that has been left alone longest, of those that are in nobody's hands.
    fn acquire_notice(&self, token: String, now: Timestamp, until: Timestamp) -> Answer<'_, Option<Notice>>;

    /// Writes a try back. `false` if it is in other hands by now; then nothing is written.
    fn settle_notice(&self, notice: &Notice, tried: Tried, now: Timestamp) -> Answer<'_, bool>;

    /// Forgets what was queued before a time and does not wait any more.
    fn forget_notices(&self, before: Timestamp) -> Answer<'_, ()>;
}
