//! What comes in, and the rules for it. A store calls these inside its transaction, so that every store decides alike.

use jiff::Timestamp;
use konvolutt_shared::api::StatusEvent;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::{ConversationId, MessageId, OrganisationNumber};
use konvolutt_shared::receipt::{self, Receipt, SentMessage};
use konvolutt_shared::sbd::Sbd;

use crate::message::{self, Known, NewMessage};
use crate::outbox::NewDelivery;
use crate::store::StoreError;

/// A transfer that is about to be taken in.
#[derive(Clone, Debug)]
pub struct Taking {
    /// The broker's id.
    pub transfer: String,
    /// Ours: nine digits.
    pub organisation: String,
    pub what: Incoming,
    /// Whether it is here. What is not is shown, and left where it is.
    pub kept: bool,
    pub now: Timestamp,
}

/// What is known of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is here.
    Kept,
    /// A person has been told of it, and it is left where it is.
    Left,
}

/// What an incoming transfer turned out to be.
#[derive(Clone, Debug)]
pub enum Incoming {
    Letter {
        message: Box<NewMessage>,
        answer: Option<Box<NewDelivery>>,
    },
    /// `kept` is how it is shown if it is about no message of ours.
    Receipt {
        receipt: Box<Receipt>,
        way: Way,
        kept: Box<NewMessage>,
    },
}

/// The way a receipt came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its code, [`crate::channel`].
    pub channel: String,
    /// Who sent it, as the channel's broker says.
    pub broker_sender: String,
}

/// A message of ours that a receipt is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Relay's id.
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    /// The way it went: its code, [`crate::channel`].
    pub channel: String,
    /// Ours: nine digits.
    pub organisation: String,
    /// Whom it was sent to: nine digits.
    pub party: String,
}

impl Sent {
    /// A message of ours that is being stored.
    pub fn of(message: &NewMessage) -> Self {
        Self {
            id: message.id.clone(),
            message_id: message.message_id.clone(),
            conversation_id: message.conversation_id.clone(),
            channel: message.channel.clone(),
            organisation: message.organisation.clone(),
            party: message.party.orgnr.clone(),
        }
    }
}

/// A message whose id is known comes in again. The same again is only noted (`None`); the same id with other content is
/// kept as a message of its own.
pub fn repeated(known: &Known, message: &NewMessage) -> Option<NewMessage> {
    if known.digest == message.digest {
        return None;
    }
    let finding = Finding::error(Rule::EnvelopeOnce, "the message id was used before, for other content");
    Some(NewMessage {
        message_id: format!("{}#{}", message.message_id, message.id),
        findings: [message.findings.clone(), vec![finding]].concat(),
        ..message.clone()
    })
}

/// The event that a receipt is for a message of ours. One from somebody else, or by another way than the message went,
/// is shown and does not count.
///
/// # Errors
/// The message's row names no valid parties.
pub fn receipt_event(receipt: &Receipt, way: &Way, sent: &Sent, now: Timestamp) -> Result<StatusEvent, StoreError> {
    let parties = (
        MessageId::parse(&sent.message_id),
        OrganisationNumber::parse(&sent.organisation),
        OrganisationNumber::parse(&sent.party),
        ConversationId::parse(&sent.conversation_id),
    );
    let (Ok(message_id), Ok(sender), Ok(recipient), Ok(conversation_id)) = parties else {
        return Err(StoreError::Row("a sent message without valid parties".to_owned()));
    };
    let original = SentMessage { message_id, conversation_id, sender, recipient };
    Ok(StatusEvent {
        description: receipt.description.clone(),
        receipt: receipt.kind.clone(),
        finding: same_way(way, sent).and_then(|()| receipt.matches(&original, Some(&way.broker_sender))).err(),
        // Nothing has happened later than now, whatever the other side's clock says.
        ..message::event(receipt.at.map_or(now, |at| at.min(now)), receipt.status, receipt.source)
    })
}

/// What proves a receipt differs from channel to channel: a mailbox signs, an organisation only sends. Taken from another
/// channel it would be worth as much as the weakest of them.
fn same_way(way: &Way, sent: &Sent) -> Result<(), Finding> {
    if way.channel == sent.channel {
        return Ok(());
    }
    Err(Finding::error(Rule::ReceiptWay, "the receipt came by another channel than the message went")
        .seen(format!("{}, not {}", way.channel, sent.channel)))
}

/// The same for a receipt that was kept, as document and way, because its message was not here yet.
///
/// # Errors
/// As [`receipt_event`].
pub fn early_event(sbd: &str, way: &Way, sent: &Sent, now: Timestamp) -> Result<Option<StatusEvent>, StoreError> {
    let receipt = Sbd::parse(sbd.as_bytes(), None).ok().as_ref().and_then(receipt::read);
    receipt.map(|receipt| receipt_event(&receipt, way, sent, now)).transpose()
}
