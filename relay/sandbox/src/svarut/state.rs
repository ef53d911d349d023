//! The life of a shipment, as a pure state machine: time comes in, nothing is read or written. SvarUt shows it to the
//! sender, SvarInn to the recipient.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Where the shipment is. There are more in the real world, where people are notified and mail is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Mottatt,
    Avvist,
    Akseptert,
    KlarForMottak,
    Lest,
    SendtPrint,
    Printet,
    IkkeLevert,
}

/// Delays, already divided by the sandbox's speed. All but `print` count from when the shipment came.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// When SvarUt looks into it.
    pub accept: SignedDuration,
    /// When the recipient can fetch it.
    pub ready: SignedDuration,
    /// From being sent to the printer to being printed.
    pub print: SignedDuration,
}

/// What the sender asked for. Parties are nine digits.
#[derive(Clone, Debug)]
pub struct Order {
    pub account: Uuid,
    pub sender: String,
    pub recipient: String,
    /// `eksternReferanse`.
    pub reference: String,
    pub digital_only: bool,
    /// `forsendelse` as it came.
    pub metadata: Value,
}

/// A shipment with its history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shipment {
    pub id: Uuid,
    pub account: Uuid,
    pub sender: String,
    pub recipient: String,
    pub reference: String,
    pub digital_only: bool,
    pub metadata: Value,
    pub status: Status,
    pub changed: Timestamp,
    pub created: Timestamp,
    pub history: Vec<(Status, Timestamp)>,
    /// What the recipient fetches, once it is sealed to it.
    pub content: Option<Content>,
    /// What the recipient said when it could not take it in.
    pub complaints: Vec<String>,
    reachable: bool,
    /// When time acts next.
    next: Option<Timestamp>,
}

/// What a download holds, and how it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The one document's, or the zip's.
    pub file_name: String,
    pub media_type: String,
    /// Of the sealed bytes.
    pub size: u64,
    pub documents: Vec<Document>,
}

/// One document inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub name: String,
    pub media_type: String,
    pub size: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    /// Looked into already.
    NotNew,
}

impl Shipment {
    /// Takes an order.
    pub fn receive(id: Uuid, order: Order, now: Timestamp) -> Self {
        Self {
            id,
            account: order.account,
            sender: order.sender,
            recipient: order.recipient,
            reference: order.reference,
            digital_only: order.digital_only,
            metadata: order.metadata,
            status: Status::Mottatt,
            changed: now,
            created: now,
            history: vec![(Status::Mottatt, now)],
            content: None,
            complaints: Vec::new(),
            reachable: false,
            next: None,
        }
    }

    fn enter(&mut self, status: Status, at: Timestamp) {
        self.status = status;
        self.changed = at;
        self.history.push((status, at));
        self.next = None;
    }

    /// When SvarUt looks into a new one.
    pub fn looked_into_at(&self, timing: &Timing) -> Timestamp {
        self.created + timing.accept
    }

    /// It could be opened. `content` is what it was sealed to the recipient as, if that has a receiving system.
    pub fn accept(&mut self, content: Option<Content>, now: Timestamp, timing: &Timing) -> Result<(), Refusal> {
        if self.status != Status::Mottatt {
            return Err(Refusal::NotNew);
        }
        self.reachable = content.is_some();
        self.content = content;
        self.enter(Status::Akseptert, now);
        self.next = Some(now.max(self.created + timing.ready));
        Ok(())
    }

    /// It could not be opened, or holds what must not be delivered.
    pub fn reject(&mut self, now: Timestamp) -> Result<(), Refusal> {
        if self.status != Status::Mottatt {
            return Err(Refusal::NotNew);
        }
        self.enter(Status::Avvist, now);
        Ok(())
    }

    /// Lets time act. Returns whether anything changed.
    pub fn advance(&mut self, now: Timestamp, timing: &Timing) -> bool {
        let before = self.history.len();
        while let Some(at) = self.next.filter(|at| *at <= now) {
            match self.status {
                Status::Akseptert if self.reachable => self.enter(Status::KlarForMottak, at),
                Status::Akseptert => self.leave_digital(at, timing),
                Status::SendtPrint => self.enter(Status::Printet, at),
                _ => self.next = None,
            }
        }
        self.history.len() != before
    }

    /// When time acts next.
    pub fn due(&self) -> Option<Timestamp> {
        self.next
    }

    /// Nobody fetches it: onto paper, if the sender lets it and has said where that goes.
    fn leave_digital(&mut self, at: Timestamp, timing: &Timing) {
        if self.digital_only || !self.has_address() {
            return self.enter(Status::IkkeLevert, at);
        }
        self.enter(Status::SendtPrint, at);
        self.next = Some(at + timing.print);
    }

    fn has_address(&self) -> bool {
        let place = self.metadata.pointer("/mottaker/adresse/poststed").and_then(Value::as_str);
        place.is_some_and(|place| !place.trim().is_empty())
    }

    /// Whether the recipient's list has it.
    pub fn waits(&self) -> bool {
        self.status == Status::KlarForMottak
    }

    /// The recipient fetches it, as often as it likes until it has said that it has it.
    pub fn download(&self) -> Result<&Content, Refusal> {
        self.content.as_ref().filter(|_| self.waits()).ok_or(Refusal::NotFound)
    }

    /// The recipient has it. Saying so again is fine.
    pub fn acknowledge(&mut self, now: Timestamp) -> Result<(), Refusal> {
        match self.status {
            Status::KlarForMottak => self.enter(Status::Lest, now),
            Status::Lest => {}
            _ => return Err(Refusal::NotFound),
        }
        Ok(())
    }

    /// The recipient could not take it in. It stays in the list unless that is for good.
    pub fn fail(&mut self, text: &str, permanent: bool, now: Timestamp, timing: &Timing) -> Result<(), Refusal> {
        if !self.waits() {
            return Err(Refusal::NotFound);
        }
        self.complaints.push(text.to_owned());
        if permanent {
            self.leave_digital(now, timing);
        }
        Ok(())
    }
}

impl Status {
    /// As SvarUt writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mottatt => "MOTTATT",
            Self::Avvist => "AVVIST",
            Self::Akseptert => "AKSEPTERT",
            Self::KlarForMottak => "KLAR_FOR_MOTTAK",
            Self::Lest => "LEST",
            Self::SendtPrint => "SENDT_PRINT",
            Self::Printet => "PRINTET",
            Self::IkkeLevert => "IKKE_LEVERT",
        }
    }
}

#[cfg(test)]
mod tests;
