//! Brings in what others have sent: download, commit, confirm; then answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use konvolutt_shared::api::{Direction, OrganisationAccess, Source, Status, StatusEvent};
use konvolutt_shared::envelope;
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId, OrganisationNumber};
use konvolutt_shared::receipt::{self, Receipt, SentMessage};
use konvolutt_shared::sbd::{self, Sbd};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use crate::app::App;
use crate::broker::dpo::{Fetched, StoredPackage, Waiting};
use crate::message::{self, NewMessage};
use crate::outbox::{self, Kind, NewDelivery};
use crate::store::{StoreError, Write};

/// Polls for every organisation for ever.
pub async fn work(app: Arc<App>, organisation: String, every: Duration) {
    loop {
        poll(&app, &organisation).await;
        tokio::time::sleep(every).await;
    }
}

async fn poll(app: &App, organisation: &str) {
    let waiting = match app.dpo.waiting(organisation).await {
        Ok(waiting) => waiting,
        Err(failure) => {
            tracing::warn!(code = %failure.into_finding().code, "the broker cannot be polled");
            return;
        }
    };
    for transfer in waiting {
        if let Err(error) = take(app, organisation, &transfer).await {
            tracing::error!(%error, transfer = transfer.transfer, "an incoming transfer could not be taken in");
        }
    }
}

/// One transfer: stored first, confirmed after, answered through the outbox.
async fn take(app: &App, organisation: &str, waiting: &Waiting) -> Result<(), StoreError> {
    let id = waiting.transfer.clone();
    let here = app.store.read(move |connection| {
        let sql = "SELECT 1 FROM taken WHERE transfer = ?1";
        Ok(connection.query_row(sql, [id], |_| Ok(())).optional()?.is_some())
    });
    if !here.await? {
        let folder = app.store.folder().join("packages");
        match app.dpo.fetch(organisation, &waiting.transfer, &folder).await {
            Ok(fetched) => store(app, organisation, waiting, fetched).await?,
            Err(failure) => {
                tracing::warn!(code = %failure.into_finding().code, transfer = waiting.transfer, "a download failed");
                return Ok(());
            }
        }
    }
    match app.dpo.confirm(organisation, &waiting.transfer).await {
        Ok(()) => {
            let (id, now) = (waiting.transfer.clone(), crate::clock::now().as_millisecond());
            let sql = "UPDATE taken SET confirmed = ?2 WHERE transfer = ?1";
            app.store.write(move |write| Ok(write.execute(sql, params![id, now])?)).await?;
        }
        Err(failure) => tracing::warn!(code = %failure.into_finding().code, "a transfer is not confirmed yet"),
    }
    app.wake.notify_one();
    Ok(())
}

/// What an incoming transfer turned out to be.
enum Incoming {
    Letter {
        message: Box<NewMessage>,
        answer: Option<Box<NewDelivery>>,
    },
    /// `kept` is how it is shown if it is about no message of ours.
    Receipt {
        receipt: Box<Receipt>,
        broker_sender: String,
        kept: Box<NewMessage>,
    },
}

async fn store(app: &App, organisation: &str, waiting: &Waiting, fetched: Fetched) -> Result<(), StoreError> {
    let now = crate::clock::now();
    let broker_name = app.name_of(&waiting.sender).await;
    let incoming = sort(&Arrival { organisation, waiting, broker_name, now }, fetched);
    let (transfer, organisation) = (waiting.transfer.clone(), organisation.to_owned());
    app.store
        .write(move |write| {
            let sql = "INSERT INTO taken (transfer, organisation, taken) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            if write.execute(sql, params![transfer, organisation, now.as_millisecond()])? == 0 {
                return Ok(());
            }
            match &incoming {
                Incoming::Letter { message, answer } => enter(write, message, answer.as_deref(), now),
                Incoming::Receipt { receipt, broker_sender, kept } => {
                    if correlate(write, &organisation, receipt, broker_sender, now)? {
                        Ok(())
                    } else {
                        enter(write, kept, None, now)
                    }
                }
            }
        })
        .await
}

/// A transfer that has come.
struct Arrival<'a> {
    /// Ours: nine digits.
    organisation: &'a str,
    waiting: &'a Waiting,
    /// Who the broker says sent it.
    broker_name: String,
    now: Timestamp,
}

fn sort(arrival: &Arrival<'_>, fetched: Fetched) -> Incoming {
    let Fetched { sbd: text, package, mut findings } = fetched;
    // Times are not judged here: a late receipt counts, and an expired letter is kept with a finding.
    let parsed = text.as_deref().map(|text| Sbd::parse(text, None));
    let text = String::from_utf8_lossy(text.as_deref().unwrap_or_default()).into_owned();
    let sbd = match parsed {
        Some(Ok(sbd)) => sbd,
        other => {
            findings.extend(other.and_then(Result::err).unwrap_or_default());
            if findings.is_empty() {
                findings.push(Finding::error(Code::SbdMalformed, "the transfer holds no document"));
            }
            let message = Box::new(aside(arrival, "ukjent", text, package.as_ref(), findings));
            return Incoming::Letter { message, answer: None };
        }
    };
    if let Some(receipt) = receipt::read(&sbd) {
        let stray = Finding::warning(Code::ReceiptForeign, "a receipt for a message that we did not send");
        let kept = Box::new(aside(arrival, sbd.document_type().as_str(), text, package.as_ref(), vec![stray]));
        let broker_sender = arrival.waiting.sender.clone();
        return Incoming::Receipt { receipt: Box::new(receipt), broker_sender, kept };
    }
    letter(arrival, &sbd, package.as_ref(), findings)
}

/// Kept and shown as what it is; the reference throws such a transfer away.
fn aside(
    arrival: &Arrival<'_>,
    kind: &str,
    sbd: String,
    package: Option<&StoredPackage>,
    findings: Vec<Finding>,
) -> NewMessage {
    let waiting = arrival.waiting;
    NewMessage {
        id: Uuid::now_v7().to_string(),
        message_id: waiting.transfer.clone(),
        conversation_id: waiting.transfer.clone(),
        direction: Direction::In,
        organisation: arrival.organisation.to_owned(),
        party: OrganisationAccess { name: arrival.broker_name.clone(), orgnr: waiting.sender.clone() },
        document_type: kind.to_owned(),
        process: String::new(),
        created: arrival.now,
        expires: None,
        size: package.map_or(0, |package| package.size),
        sbd,
        envelope: None,
        digest: package.map(|package| package.sha256.clone()),
        broker_sender: Some(waiting.sender.clone()),
        package: package.and_then(file_name),
        findings,
    }
}

fn letter(arrival: &Arrival<'_>, sbd: &Sbd, package: Option<&StoredPackage>, mut findings: Vec<Finding>) -> Incoming {
    let Arrival { organisation, waiting, now, .. } = *arrival;
    let number = |party: Option<&Iso6523>| party.and_then(Iso6523::number).map(|number| number.to_string());
    let party = number(sbd.sender()).unwrap_or_else(|| waiting.sender.clone());
    findings.extend(sbd.remarks().iter().cloned());
    // The broker knows who sent it; the document only says so.
    findings.extend(envelope::compare_carriers(&waiting.sender, sbd));
    if number(sbd.receiver()).as_deref() != Some(organisation) {
        findings.push(Finding::error(Code::SbdFieldInvalid, "the document is addressed to another organisation"));
    }
    if sbd.expires().is_some_and(|expires| expires < now) {
        findings.push(Finding::warning(Code::SbdExpired, "the deadline had passed when it came"));
    }
    if package.is_none() && sbd.document_type().has_package() {
        findings.push(Finding::error(Code::PackageMissing, "the transfer holds no package"));
    }
    let refused = findings.iter().any(Finding::refuses);
    let known_name = party == waiting.sender;
    let base = aside(arrival, sbd.document_type().as_str(), sbd.text().to_owned(), package, findings);
    let name = if known_name { base.party.name.clone() } else { party.clone() };
    let message = NewMessage {
        message_id: sbd.message_id().map_or(base.message_id, |id: MessageId| id.to_string()),
        conversation_id: sbd.conversation_id().map_or(base.conversation_id, |id: ConversationId| id.to_string()),
        party: OrganisationAccess { name, orgnr: party },
        process: sbd.process().to_owned(),
        expires: sbd.expires(),
        ..base
    };
    let status = if refused { None } else { sbd::status(sbd, Status::Mottatt, now).ok() };
    let answer = status.map(|status| Box::new(reply(&message.id, organisation, &waiting.sender, &status)));
    Incoming::Letter { message: Box::new(message), answer }
}

fn file_name(package: &StoredPackage) -> Option<String> {
    package.path.file_name().and_then(|name| name.to_str()).map(str::to_owned)
}

/// A `status` message to the sender.
fn reply(message: &str, organisation: &str, to: &str, status: &Sbd) -> NewDelivery {
    // A message channel, if the sender uses one, is the reference that it listens for.
    let reference = status.message_channel().map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    NewDelivery {
        message: message.to_owned(),
        kind: Kind::Status,
        sender: organisation.to_owned(),
        recipient: to.to_owned(),
        sbd: status.to_json(),
        package: None,
        package_size: 0,
        reference,
        expires: None,
    }
}

fn enter(
    write: &mut Write<'_>,
    message: &NewMessage,
    answer: Option<&NewDelivery>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known =
        message::known(write, Direction::In, &message.organisation, &message.message_id, &message.document_type)?;
    if let Some(known) = known {
        // The same again is only noted; the same id with other content is kept as a message of its own.
        if known.digest == message.digest {
            return Ok(());
        }
        let finding = Finding::error(Code::EnvelopeConflict, "the message id was used before, for other content");
        let again = NewMessage {
            message_id: format!("{}#{}", message.message_id, message.id),
            findings: [message.findings.clone(), vec![finding]].concat(),
            ..message.clone()
        };
        return message::insert(write, &again);
    }
    message::insert(write, message)?;
    answer.map_or(Ok(()), |answer| outbox::enqueue(write, answer, now))
}

/// Tells the message that a receipt is about, if it is ours. A receipt from somebody else is shown and does not count.
fn correlate(
    write: &mut Write<'_>,
    organisation: &str,
    receipt: &Receipt,
    broker_sender: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let message_id = receipt.message_id.to_string();
    let Some((id, recipient, conversation)) = message::sent(write, organisation, &message_id)? else {
        return Ok(false);
    };
    let parties = (
        OrganisationNumber::parse(organisation),
        OrganisationNumber::parse(&recipient),
        ConversationId::parse(&conversation),
    );
    let (Ok(sender), Ok(recipient), Ok(conversation_id)) = parties else {
        return Err(StoreError::Row("a sent message without valid parties".to_owned()));
    };
    let sent = SentMessage { message_id: receipt.message_id, conversation_id, sender, recipient };
    let event = StatusEvent {
        description: receipt.description.clone(),
        receipt: receipt.kind.clone(),
        finding: receipt.matches(&sent, Some(broker_sender)).err(),
        ..message::event(now, receipt.status, Source::Recipient)
    };
    message::add_event(write, &id, event)?;
    Ok(true)
}

/// A person has taken a message over: tells the sender LEVERT, once.
///
/// # Errors
/// The store's.
pub async fn acknowledge(app: &App, id: String) -> Result<(), StoreError> {
    let now = crate::clock::now();
    app.store
        .write(move |write| {
            if !message::add_event(write, &id, message::event(now, Status::InnkommendeLevert, Source::Person))? {
                return Ok(());
            }
            message::mark_opened(write, &id)?;
            let sql = "SELECT organisation, sbd, broker_sender FROM message WHERE id = ?1";
            let (organisation, text, to): (String, String, Option<String>) =
                write.query_row(sql, [&id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let status =
                Sbd::parse(text.as_bytes(), None).ok().and_then(|sbd| sbd::status(&sbd, Status::Levert, now).ok());
            match (status, to) {
                (Some(status), Some(to)) => outbox::enqueue(write, &reply(&id, &organisation, &to, &status), now),
                // An unreadable message has no sender to tell.
                _ => Ok(()),
            }
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}
