//! What the relay keeps, as operations. Each is one transaction, takes plain data and answers plain data.
//!
//! An implementation reads no clock and makes no rule: time, ids and tokens come in, and what a state means is asked of
//! pure functions (`konvolutt_shared::status`, [`crate::inbox`]) that every implementation calls alike. An answer that
//! is `Ok` is on disk. An answer that is an error may, rarely, be about something that was committed all the same (the
//! machine died between the two), so every caller can do it again.

mod approval;
mod error;
mod hearing;
mod open;
pub mod postgres;
pub mod sqlite;
mod value;

use std::fmt::Debug;
use std::pin::Pin;

use jiff::Timestamp;
use konvolutt_shared::api::header::TraceParent;
use konvolutt_shared::api::{
    ApiKey, Attention, Change, Direction, MessageStatus, MessageView, Page, StatusEvent, Webhook, WebhookDelivery,
};
use tokio::sync::broadcast;

use crate::audit::{Head, Record};
use crate::identity::{Ending, Held, HeldKey, NewSession};
use crate::inbox::{Taken, Taking};
use crate::message::{Known, NewMessage, NotStored};
use crate::once::{Once, Turn};
use crate::outbox::{Acquire, Backlog, DeadLetter, Followed, Lease, NewDelivery, Outcome};
use crate::upload::{NewUpload, Quota};
use crate::webhook::{NewEndpoint, Notice, Sealed, Tried, Which};

pub use approval::{Approvals, HELD};
pub use error::StoreError;
pub use hearing::Hearing;
use open::same_version;
pub use open::{Access, Migrated, message_of_anybody, migrate, open, open_as_it_is, relay_id};

/// Rows on a page of a list or of the event log.
pub const PAGE: usize = 50;

/// Lines of the audit log that are read at once.
pub const LOG_PAGE: usize = 500;

/// What an operation will answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Everything together: what the relay is given.
pub trait Store:
    Messages + Outbox + Approvals + Inbox + Uploads + Onces + Sessions + Keys + Upkeep + Webhooks + Audit
{
}

impl<T: Messages + Outbox + Approvals + Inbox + Uploads + Onces + Sessions + Keys + Upkeep + Webhooks + Audit> Store
    for T
{
}

/// Messages and their events, to look at.
pub trait Messages: Debug + Send + Sync {
    /// Hears of every event after its commit. Who lags behind reads [`Self::changes`].
    fn subscribe(&self) -> broadcast::Receiver<Change>;

    /// A message with its history; `None` if it is not one of these organisations'.
    fn message(&self, id: &str, organisations: &[String]) -> Answer<'_, Option<MessageView>>;

    /// A page of a list, newest first. `cursor` is what the page before gave.
    fn list(&self, listing: &Listing<'_>, cursor: Option<&str>) -> Answer<'_, Page<MessageStatus>>;

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

    /// Stores a message and its delivery, unless there is one with the same id, or the upload that it came as is nobody's
    /// any more: then why, and nothing is stored. The upload is forgotten, receipts that had come before their message are
    /// told to it, and the record enters the audit log with it.
    fn accept(
        &self,
        message: NewMessage,
        delivery: NewDelivery,
        record: Option<Record>,
    ) -> Answer<'_, Option<NotStored>>;

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

    /// Lets what was given up of a message be tried again as if it never had been, says so in the history of a letter, and
    /// records it. Answers whether there was anything.
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

    /// What is known of a transfer to an organisation; `None` if it has not been taken in. One transfer may be to several.
    fn taken(&self, organisation: &str, transfer: &str) -> Answer<'_, Option<Taken>>;

    /// Takes a transfer in, once for every organisation that it is to: a letter becomes a message with the answer to its sender, a receipt an event of the
    /// message that it is about. `false` if it had been taken in before; then nothing is written.
    fn take_in(&self, taking: Taking) -> Answer<'_, bool>;

    /// The broker has been told that an organisation of ours has a transfer.
    fn confirmed(&self, organisation: &str, transfer: &str, now: Timestamp) -> Answer<'_, ()>;

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

/// What a sweep of uploads found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Those that are nobody's: their files can be removed, and then they can be forgotten.
    pub abandoned: Vec<String>,
    /// The others.
    pub kept: std::collections::HashSet<String>,
}

impl FromIterator<(String, bool)> for Swept {
    /// Of ids, and whether each is nobody's.
    fn from_iter<T: IntoIterator<Item = (String, bool)>>(uploads: T) -> Self {
        let mut swept = Self::default();
        for (id, abandoned) in uploads {
            if abandoned {
                swept.abandoned.push(id);
            } else {
                swept.kept.insert(id);
            }
        }
        swept
    }
}

/// Uploads in pieces; their bytes are files. An upload has a row for as long as it may have files that are no message's.
pub trait Uploads: Debug + Send + Sync {
    /// Begins an upload, unless its holder would have more than they may: then `false`, and nothing is kept.
    fn begin_upload(&self, upload: NewUpload, most: Quota) -> Answer<'_, bool>;

    /// The length of an owner's upload, in bytes.
    fn upload_length(&self, id: &str, owner: &str) -> Answer<'_, Option<u64>>;

    /// Keeps a length that is told late.
    fn keep_length(&self, id: &str, length: u64) -> Answer<'_, ()>;

    /// Takes an upload from its owner: nobody finds it any more, and no message that came as it is accepted.
    fn abandon_upload(&self, id: &str) -> Answer<'_, ()>;

    /// The same with those begun before a time; answers the ids of all that there are.
    fn abandon_uploads(&self, before: Timestamp) -> Answer<'_, Swept>;

    /// Forgets an upload that has no files any more.
    fn forget_upload(&self, id: &str) -> Answer<'_, ()>;
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

    /// The line that tells who submitted a message, with its number; `None` where the log began later.
    fn submission(&self, message: &str) -> Answer<'_, Option<(u64, String)>>;
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
        secret: Sealed,
        until: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, Option<Webhook>>;

    /// Every secret that is kept, with its endpoint's id: present ones and those before.
    fn webhook_secrets(&self) -> Answer<'_, Vec<(String, Sealed)>>;

    /// Keeps an endpoint's secret in another way. `false` if it is not kept in that way any more.
    fn reseal_webhook(&self, id: &str, from: Sealed, to: Sealed) -> Answer<'_, bool>;

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
