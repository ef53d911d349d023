//! What we tell the senders of what came in: that it has come, that a person has taken it over, and what the archive
//! made of it.

use konvolutt_shared::api::{AppReceipt, MessageView, Source, Status};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::MessageId;
use konvolutt_shared::sbd::{self, DocumentType, ReceiptMessage, Sbd};

use crate::audit::Record;
use crate::channel::carries_answers;
use crate::clock::World;
use crate::message;
use crate::outbox::{Kind, NewDelivery};
use crate::store::{Answer, Inbox};

/// A `status` message about one of our incoming messages, from our organisation to its sender.
pub(crate) fn reply(
    world: &dyn World,
    channel: &str,
    (message, from, to): (&str, &str, &str),
    status: &Sbd,
) -> NewDelivery {
    // A message channel, if the sender uses one, is the reference that it listens for.
    let reference = status.message_channel().map_or_else(|| world.random().to_string(), str::to_owned);
    NewDelivery {
        id: world.id().to_string(),
        message: message.to_owned(),
        kind: Kind::Status,
        channel: channel.to_owned(),
        sender: from.to_owned(),
        recipient: to.to_owned(),
        sbd: status.to_json(),
        package: None,
        package_size: 0,
        reference,
        details: None,
        created: world.now(),
        expires: None,
    }
}

/// A person has taken a message over: tells the sender LEVERT, once. Answers whether it was the first time.
pub fn acknowledge<'a>(
    store: &'a dyn Inbox,
    world: &dyn World,
    view: &MessageView,
    record: Option<Record>,
) -> Answer<'a, bool> {
    let (now, summary) = (world.now(), &view.summary);
    let status = Sbd::parse(view.sbd.as_bytes(), None).ok();
    let status = status.and_then(|sbd| sbd::status(&sbd, Status::Levert, now).ok());
    // An unreadable message has no sender to tell, and some channels tell nobody.
    let answer = status
        .filter(|_| carries_answers(&summary.channel))
        .zip(view.broker_sender.as_deref())
        .map(|(status, to)| reply(world, &summary.channel, (&summary.id, &summary.organisation, to), &status));
    let event = message::event(now, Status::InnkommendeLevert, Source::Person);
    store.acknowledge(&summary.id, event, answer, now, record)
}

/// What the archive made of a message that came in: tells the sender with an `arkivmelding_kvittering`. The store keeps
/// each receipt type once; [`Inbox::acknowledge`] is where.
///
/// # Errors
/// [`Rule::RequestInvalid`]: the message is no letter, cannot be read, or came over a channel without such receipts.
pub fn receipt<'a>(
    store: &'a dyn Inbox,
    world: &dyn World,
    view: &MessageView,
    told: &AppReceipt,
    record: Option<Record>,
) -> Result<Answer<'a, bool>, Finding> {
    let (now, summary) = (world.now(), &view.summary);
    let refuse = |why: &str| Finding::error(Rule::RequestInvalid, why);
    let to = view.broker_sender.as_deref().filter(|_| carries_answers(&summary.channel));
    let to = to.ok_or_else(|| refuse("only a letter over DPO can be answered with an application receipt"))?;
    let original = Sbd::parse(view.sbd.as_bytes(), None).map_err(|_| refuse("the letter cannot be read"))?;
    if original.document_type() != DocumentType::Arkivmelding {
        return Err(refuse("only an arkivmelding can be answered with an application receipt"));
    }
    let lines = told.messages.iter().map(|line| ReceiptMessage { code: line.code.clone(), text: line.text.clone() });
    let (lines, kind) = (lines.collect::<Vec<_>>(), told.receipt_type.as_str());
    let id = MessageId::parse(&world.id().to_string()).map_err(|_| refuse("no id could be made"))?;
    let sbd = sbd::kvittering(&original, kind, &lines, id, now).map_err(|_| refuse("the letter cannot be answered"))?;
    let delivery = reply(world, &summary.channel, (&summary.id, &summary.organisation, to), &sbd);
    let mut event = message::event(now, Status::Annet, Source::Person);
    event.receipt = Some(kind.to_owned());
    Ok(store.acknowledge(&summary.id, event, Some(delivery), now, record))
}
