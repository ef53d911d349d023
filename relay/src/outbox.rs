//! What the durable queue of what must leave holds.
//!
//! A worker takes a row with a lease: a random token and an end. The work happens outside any transaction; writing
//! back needs the token, so a worker that was too slow cannot undo what its successor did.

use jiff::Timestamp;
use konvolutt_shared::api::header::TraceParent;
use konvolutt_shared::finding::Code;
use serde::{Deserialize, Serialize};

/// Why a row waits whose last try may have succeeded.
pub const DOUBTFUL: &str = Code::SendingUncertain.as_str();

/// What kind of row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person's letter: its fate is told as events.
    Letter,
    /// A `status` to the sender of something we received.
    Status,
}

/// A row to be queued, due at once. One that waits for approval is kept as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewDelivery {
    pub id: String,
    /// Relay's id of the message it belongs to.
    pub message: String,
    pub kind: Kind,
    /// The broker it goes to, for example `DPO`.
    pub channel: String,
    /// Nine digits.
    pub sender: String,
    /// Nine digits.
    pub recipient: String,
    pub sbd: String,
    /// File name in the packages folder.
    pub package: Option<String>,
    pub package_size: u64,
    /// `sendersFileTransferReference`: random, or the channel that the recipient listens on.
    pub reference: String,
    /// What else the channel must be told: JSON of its own type, or a sealed message.
    pub details: Option<String>,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
}

/// Whose row, and on what terms.
#[derive(Clone, Debug)]
pub struct Acquire {
    pub channel: String,
    /// Random.
    pub token: String,
    pub now: Timestamp,
    /// When another worker may take the row.
    pub until: Timestamp,
    /// Rather a row that has not been tried than the one that has been due longest.
    pub probe: bool,
}

/// A row in a worker's hands.
#[derive(Clone, Debug)]
pub struct Lease {
    pub id: String,
    pub token: String,
    pub message: String,
    pub kind: Kind,
    pub sender: String,
    pub recipient: String,
    pub sbd: String,
    /// File name in the packages folder.
    pub package: Option<String>,
    pub package_size: u64,
    pub reference: String,
    /// The broker's transfer, once there is one.
    pub transfer: Option<String>,
    /// What else the channel must be told: JSON of its own type, or a sealed message.
    pub details: Option<String>,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    /// Tries before this one.
    pub attempts: u32,
    /// Whether the last try may have succeeded: its answer was lost, or it ended with the program or the lease.
    pub doubtful: bool,
    /// The span in which the message was accepted.
    pub trace: Option<TraceParent>,
}

/// A row that has left, in the hands of a worker who asks the broker how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    pub id: String,
    pub token: String,
    pub message: String,
    /// Nine digits.
    pub sender: String,
    /// The broker's.
    pub transfer: String,
    /// When it was queued.
    pub created: Timestamp,
    /// When it left; 1970 for what left before that was kept.
    pub left: Timestamp,
}

/// What a worker writes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has left. The broker is to be asked at that time how it went, if at all.
    Sent { follow: Option<Timestamp> },
    /// Try again at this time.
    Later(Timestamp, String),
    /// It will not leave; a person may try again.
    Dead(String),
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Rows that have not left and are not given up.
    pub waiting: u64,
    /// When the first of them was queued.
    pub oldest: Option<Timestamp>,
    /// When the next of them may be taken: it is due, or whoever has it in hands must be done.
    pub next: Option<Timestamp>,
}

/// A row that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Relay's id of the message it belongs to.
    pub message: String,
    pub kind: Kind,
    pub channel: String,
    /// Nine digits.
    pub sender: String,
    /// Nine digits.
    pub recipient: String,
    /// A finding's code, or `deadline`.
    pub reason: String,
    pub attempts: u32,
    pub created: Timestamp,
}
