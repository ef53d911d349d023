//! A message that is about to be stored, and its events.

use jiff::Timestamp;
use konvolutt_shared::api::{Direction, OrganisationAccess, Source, Status, StatusEvent};
use konvolutt_shared::finding::Finding;

/// A message that is about to be stored. Its first event is stored with it.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub direction: Direction,
    /// Its code, [`crate::channel`].
    pub channel: String,
    pub organisation: String,
    pub party: OrganisationAccess,
    pub document_type: String,
    pub process: String,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    pub size: u64,
    pub sbd: String,
    pub envelope: Option<String>,
    pub digest: Option<String>,
    pub broker_sender: Option<String>,
    pub package: Option<String>,
    pub findings: Vec<Finding>,
    /// The SBD's id of the message that this is a receipt for, if we do not have that message.
    pub about: Option<String>,
    /// What else the channel was told of it, or told us: JSON of its own type.
    pub details: Option<String>,
}

/// What is known of a stored message when it comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub id: String,
    pub digest: Option<String>,
}

/// An event without its place in the log.
pub fn event(at: Timestamp, status: Status, source: Source) -> StatusEvent {
    StatusEvent { cursor: 0, at, status, source, description: None, receipt: None, finding: None }
}

impl NewMessage {
    /// The event that its history begins with.
    pub fn first_event(&self) -> StatusEvent {
        let status = match self.direction {
            Direction::Out => Status::Opprettet,
            Direction::In => Status::InnkommendeMottatt,
        };
        event(self.created, status, Source::Relay)
    }
}

/// Whether a text has the form of a list's cursor.
pub fn is_cursor(text: &str) -> bool {
    text.split_once('.').is_some_and(|(before, _)| before.parse::<i64>().is_ok())
}
