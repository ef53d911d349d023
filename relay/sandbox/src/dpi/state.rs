//! The life of a message between sender and provider, as a pure state machine: time comes in, nothing is read or
//! written. Letters and receipts are messages alike.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where the transport is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// `OPPRETTET`.
    Created,
    /// `SENDT`: it waits for the receiver.
    Sent,
    /// `FEILET`.
    Failed,
}

/// Delays, already divided by the sandbox's speed.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// From taking a message to its lying with the receiver.
    pub transport: SignedDuration,
}

/// What was handed in. Parties are nine digits.
#[derive(Clone, Debug)]
pub struct Order {
    pub id: Uuid,
    pub conversation: Uuid,
    /// `digital`, `utskrift`, or a receipt's type.
    pub kind: String,
    pub sender: String,
    pub receiver: String,
    /// `avsenderidentifikator`.
    pub unit: Option<String>,
    /// `kanal` in lower case; empty: none. A receipt has its letter's.
    pub channel: String,
    /// Whether the network knows the receiver.
    pub reachable: bool,
    /// Latest time for delivery.
    pub expires: Option<Timestamp>,
    /// Names the file with the package, if there is one.
    pub package: Option<Uuid>,
}

/// A message with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: Uuid,
    pub conversation: Uuid,
    pub kind: String,
    pub sender: String,
    pub receiver: String,
    pub unit: Option<String>,
    pub channel: String,
    pub package: Option<Uuid>,
    pub status: Status,
    /// Oldest first.
    pub history: Vec<(Status, Timestamp)>,
    pub read: Option<Timestamp>,
    reachable: bool,
    expires: Option<Timestamp>,
    /// When the transport ends.
    next: Option<Timestamp>,
}

/// Why the access point refuses. Those whom a message does not concern learn nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
}

/// What of an organisation's queue is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In lower case; empty: the queue without a name.
    pub channel: String,
    /// Only those of this unit.
    pub unit: Option<String>,
}

impl Message {
    /// A message that was handed in.
    pub fn take(order: Order, now: Timestamp, timing: &Timing) -> Self {
        Self {
            id: order.id,
            conversation: order.conversation,
            kind: order.kind,
            sender: order.sender,
            receiver: order.receiver,
            unit: order.unit,
            channel: order.channel,
            package: order.package,
            status: Status::Created,
            history: vec![(Status::Created, now)],
            read: None,
            reachable: order.reachable,
            expires: order.expires,
            next: Some(now + timing.transport),
        }
    }

    /// Lets time act. Returns whether anything changed.
    pub fn advance(&mut self, now: Timestamp) -> bool {
        let Some(at) = self.next.filter(|at| *at <= now) else { return false };
        self.next = None;
        let late = self.expires.is_some_and(|expires| expires <= at);
        self.status = if late || !self.reachable { Status::Failed } else { Status::Sent };
        self.history.push((self.status, at));
        true
    }

    /// When time acts next.
    pub fn due(&self) -> Option<Timestamp> {
        self.next
    }

    /// Whether it lies in the receiver's queue.
    pub fn waits(&self) -> bool {
        self.status == Status::Sent && self.read.is_none()
    }

    /// Whether its bytes are still needed.
    pub fn keeps_content(&self) -> bool {
        self.status == Status::Created || self.waits()
    }

    /// Whether `organisation` finds it in the queue that it asks for. Channel and unit of a letter say where its receipts
    /// go; providers find letters in any queue.
    pub fn is_in(&self, organisation: &str, filter: &Filter) -> bool {
        let is_of = |unit| self.unit.as_ref() == Some(unit);
        let fits = self.channel == filter.channel && filter.unit.as_ref().is_none_or(is_of);
        self.is_with(organisation) && (fits || self.package.is_some())
    }

    /// What became of it, for its sender.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: somebody else's.
    pub fn transport(&self, by: &str) -> Result<&[(Status, Timestamp)], Refusal> {
        if self.sender == by { Ok(&self.history) } else { Err(Refusal::NotFound) }
    }

    /// The package, for the receiver.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: somebody else's, not there yet, read, or without a package.
    pub fn fetch(&self, by: &str) -> Result<Uuid, Refusal> {
        self.package.filter(|_| self.is_with(by)).ok_or(Refusal::NotFound)
    }

    fn is_with(&self, organisation: &str) -> bool {
        self.receiver == organisation && self.waits()
    }

    /// The receiver has it: it leaves the queue.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: somebody else's, not there yet, or read before.
    pub fn mark_read(&mut self, by: &str, now: Timestamp) -> Result<(), Refusal> {
        if !self.is_with(by) {
            return Err(Refusal::NotFound);
        }
        self.read = Some(now);
        Ok(())
    }
}

impl Status {
    /// The network's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "OPPRETTET",
            Self::Sent => "SENDT",
            Self::Failed => "FEILET",
        }
    }

    /// `beskrivelse`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Created => "Meldingen er mottatt av aksesspunktet",
            Self::Sent => "Meldingen er overført til mottakerens aksesspunkt",
            Self::Failed => "Meldingen kunne ikke overføres til mottakerens aksesspunkt",
        }
    }
}

#[cfg(test)]
mod tests;
