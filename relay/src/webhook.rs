//! Webhooks: an organisation's own systems are told of its events, signed, until they have taken them.
//!
//! Events come from the event log, each endpoint with a cursor of its own that moves in the transaction which queues the
//! delivery: a crash loses nothing and queues nothing twice. Every try carries the same `webhook-id`, so a receiver can
//! recognise one that it has taken before. Headers and signature are those of Standard Webhooks 1.0.0, the body is a
//! CloudEvent 1.0 that names ids and words of ours only.

mod backoff;
mod courier;
mod driver;
mod event;
mod guard;
mod kept;
mod sign;

#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;
use konvolutt_shared::api::header::TraceParent;
use konvolutt_shared::api::{Change, WebhookAttempt};

pub use courier::{Answered, Courier, Post, Posted, Posting};
pub use driver::{Driver, KEPT, LEASE, WORKERS, spread, work};
pub use event::event_id;
pub use guard::{Forbidden, Found, Guard, Lookup, SystemLookup};
pub use kept::{Safe, Sealed};
pub use sign::{Secret, sign};

/// Endpoints that an organisation may have.
pub const MOST: usize = 10;

/// An endpoint that is about to be kept.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    pub id: String,
    /// Nine digits.
    pub organisation: String,
    /// Where to, as [`Guard::check`] wrote it.
    pub address: String,
    pub secret: Sealed,
    pub created: Timestamp,
}

/// Whose endpoint somebody asks for: one of other organisations is as good as none.
#[derive(Clone)]
pub struct Which {
    pub id: String,
    /// Nine digits each.
    pub organisations: Vec<String>,
}

impl fmt::Debug for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

/// One event for one endpoint, in a worker's hands.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its number in the log of deliveries.
    pub number: u64,
    /// The endpoint.
    pub webhook: String,
    /// Random; writing back needs it.
    pub token: String,
    /// Where to.
    pub address: String,
    /// The present secret, and the one before while that counts.
    pub secrets: Vec<Sealed>,
    /// `webhook-id` and the CloudEvent's `id`.
    pub event_id: String,
    pub change: Change,
    /// What the event's message is.
    pub message: Subject,
    /// Tries before this one.
    pub attempts: u32,
    /// The span in which the message was accepted.
    pub trace: Option<TraceParent>,
}

/// What an event may say of its message: ids, no names and no titles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Ours, nine digits.
    pub organisation: String,
    /// The SBD's.
    pub message_id: String,
    pub conversation_id: String,
    /// For example `arkivmelding`.
    pub document_type: String,
}

/// What a worker writes back of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub attempt: WebhookAttempt,
    pub outcome: Outcome,
}

/// What becomes of a delivery after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken.
    Delivered,
    /// Try again then.
    Later(Timestamp),
    /// It will not be tried again by itself.
    Dead,
    /// The endpoint wants nothing more (410). What waits for it waits until a person lets it go on.
    Gone,
}
