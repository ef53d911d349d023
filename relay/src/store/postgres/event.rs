//! Messages and their events as rows: what several operations do within their transactions.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use konvolutt_shared::api::{Direction, StatusEvent};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::status::{self, Summary};
use tokio_postgres::Row;

use super::value::{json, unjson, unword, word};
use super::{StoreError, Write, get, plain, row, rows, text};
use crate::inbox::Sent;
use crate::message::{Known, NewMessage};

/// The channel on which relays tell each other that the event log has grown.
pub(super) const CHANNEL: &str = "konvolutt_events";

/// An event that is logged at the end of its transaction.
pub(super) struct NewEvent {
    message: String,
    organisation: String,
    direction: Direction,
    event: StatusEvent,
}

/// Stores a message with its first event.
pub(super) async fn insert(write: &mut Write<'_>, message: &NewMessage) -> Result<(), StoreError> {
    let first = message.first_event();
    let optional = |text: &Option<String>| text.as_deref().map(plain);
    write
        .run(
            "INSERT INTO message (id, message_id, conversation_id, direction, channel, organisation, party, party_name,
                document_type, process, status, attention, finished, unread, created, changed, expires, size, sbd,
                envelope, digest, broker_sender, package, findings, about, details, trace)
             VALUES ($1, $2, $3, $4, $23, $5, $6, $7, $8, $9, $10, $11, false, $12, $13, $13, $14, $15, $16, $17, $18,
                $19, $20, $21, $22, $24, $25)",
            &[
                &message.id,
                &plain(&message.message_id),
                &plain(&message.conversation_id),
                &word(&message.direction)?,
                &message.organisation,
                &plain(&message.party.orgnr),
                &plain(&message.party.name),
                &plain(&message.document_type),
                &plain(&message.process),
                &word(&first.status)?,
                &message.findings.iter().any(Finding::refuses),
                &(message.direction == Direction::In),
                &message.created.as_millisecond(),
                &message.expires.map(Timestamp::as_millisecond),
                &(message.size as i64),
                &message.sbd.as_bytes(),
                &optional(&message.envelope),
                &message.digest,
                &optional(&message.broker_sender),
                &message.package,
                &json(&message.findings)?,
                &optional(&message.about),
                &message.channel,
                &optional(&message.details),
                &message.trace.map(|trace| trace.to_string()),
            ],
        )
        .await?;
    append(write, &message.id, &message.organisation, message.direction, first);
    Ok(())
}

/// Adds an event unless it repeats one, and works the status out anew. Answers whether it was new.
pub(super) async fn add(
    write: &mut Write<'_>,
    id: &str,
    event: StatusEvent,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Nobody else adds to this message meanwhile; what was added before is seen by the next statement.
    let sql = "SELECT organisation, direction, findings FROM message WHERE id = $1 FOR NO KEY UPDATE";
    let found = write.row(sql, &[&id]).await?.ok_or_else(|| StoreError::Row(format!("no message {id}")))?;
    let (organisation, findings): (String, Vec<Finding>) = (get(&found, 0)?, unjson(get(&found, 2)?)?);
    let direction: Direction = unword(get(&found, 1)?)?;
    let mut all = events(&write.transaction, id).await?;
    all.extend(write.events.iter().filter(|new| new.message == id).map(|new| new.event.clone()));
    let event = status::admitted(&all, event);
    if !status::is_new(&all, &event) {
        return Ok(false);
    }
    append(write, id, &organisation, direction, event.clone());
    all.push(event);
    let Summary { status, attention, finished } = status::summarise(direction, &all);
    // What was found when it came in has been dealt with together with the rest.
    let dealt_with = all.iter().any(status::is_handled);
    let attention = attention || (!dealt_with && findings.iter().any(Finding::refuses));
    let sql = "UPDATE message SET status = $2, attention = $3, finished = $4, changed = $5 WHERE id = $1";
    write.run(sql, &[&id, &word(&status)?, &attention, &finished, &now.as_millisecond()]).await?;
    Ok(true)
}

fn append(write: &mut Write<'_>, id: &str, organisation: &str, direction: Direction, event: StatusEvent) {
    let (message, organisation) = (id.to_owned(), organisation.to_owned());
    write.events.push(NewEvent { message, organisation, direction, event });
}

/// Gives a transaction's events their cursors, as the last thing before its commit, and tells every relay.
pub(super) async fn log(client: &impl GenericClient, events: &[NewEvent]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let messages: Vec<&str> = events.iter().map(|new| new.message.as_str()).collect();
    let organisations: Vec<&str> = events.iter().map(|new| new.organisation.as_str()).collect();
    let directions = events.iter().map(|new| word(&new.direction)).collect::<Result<Vec<_>, _>>()?;
    let bodies = events.iter().map(|new| json(&new.event)).collect::<Result<Vec<_>, _>>()?;
    let sql = "WITH counter AS (UPDATE event_counter SET last = last + $5 RETURNING last),
         added AS (INSERT INTO event (cursor, message, organisation, direction, body)
             SELECT counter.last - $5 + new.place, new.message, new.organisation, new.direction, new.body FROM counter,
                 unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
                     AS new (message, organisation, direction, body, place)
             RETURNING cursor)
         SELECT pg_notify($6, max(cursor)::text) FROM added";
    let count = events.len() as i64;
    row(client, sql, &[&messages, &organisations, &directions, &bodies, &count, &CHANNEL]).await.map(drop)
}

/// The events of a message, oldest first.
pub(super) async fn events(client: &impl GenericClient, id: &str) -> Result<Vec<StatusEvent>, StoreError> {
    let sql = "SELECT cursor, body FROM event WHERE message = $1 ORDER BY cursor";
    let event = |row: &Row| Ok(StatusEvent { cursor: get::<i64>(row, 0)? as u64, ..unjson(get(row, 1)?)? });
    rows(client, sql, &[&id]).await?.iter().map(event).collect()
}

/// The events of several messages, by message, oldest first; none of a message of which one cannot be read.
pub(super) async fn events_of(
    client: &impl GenericClient,
    ids: Vec<&str>,
) -> Result<HashMap<String, Vec<StatusEvent>>, StoreError> {
    let sql = "SELECT cursor, body, message FROM event WHERE message = ANY ($1) ORDER BY cursor";
    let mut all: HashMap<String, Vec<StatusEvent>> = HashMap::new();
    let mut unreadable = Vec::new();
    for row in rows(client, sql, &[&ids]).await? {
        let message: String = get(&row, 2)?;
        match unjson::<StatusEvent>(get(&row, 1)?) {
            Ok(event) => {
                let event = StatusEvent { cursor: get::<i64>(&row, 0)? as u64, ..event };
                all.entry(message).or_default().push(event);
            }
            Err(_) => {
                tracing::error!(message, "an event cannot be read and is passed over");
                unreadable.push(message);
            }
        }
    }
    for message in unreadable {
        all.remove(&message);
    }
    Ok(all)
}

/// The outgoing message of an organisation with this id: there is one, whatever its document type.
pub(super) async fn outgoing(
    client: &impl GenericClient,
    organisation: &str,
    message_id: &str,
) -> Result<Option<Known>, StoreError> {
    let sql = "SELECT id, digest, sbd FROM message
               WHERE direction = 'out' AND organisation = $1 AND message_id = $2 ORDER BY id LIMIT 1";
    let found = row(client, sql, &[&organisation, &plain(message_id)]).await?;
    found.as_ref().map(known).transpose()
}

/// The message that has come in with this id and type. Others choose their ids: each type has its own.
pub(super) async fn incoming(
    client: &impl GenericClient,
    organisation: &str,
    message_id: &str,
    document_type: &str,
) -> Result<Option<Known>, StoreError> {
    let sql = "SELECT id, digest, sbd FROM message
               WHERE direction = 'in' AND organisation = $1 AND message_id = $2 AND document_type = $3";
    let found = row(client, sql, &[&organisation, &plain(message_id), &plain(document_type)]).await?;
    found.as_ref().map(known).transpose()
}

fn known(row: &Row) -> Result<Known, StoreError> {
    Ok(Known { id: get(row, 0)?, digest: get(row, 1)?, sbd: text(row, 2)? })
}

/// An outgoing message by its SBD's id, for a receipt.
pub(super) async fn sent(write: &Write<'_>, organisation: &str, message_id: &str) -> Result<Option<Sent>, StoreError> {
    let sql = "SELECT id, party, conversation_id, channel FROM message
               WHERE direction = 'out' AND organisation = $1 AND message_id = $2 ORDER BY id LIMIT 1";
    let found = write.row(sql, &[&organisation, &message_id]).await?;
    found
        .map(|row| {
            Ok(Sent {
                id: get(&row, 0)?,
                message_id: message_id.to_owned(),
                conversation_id: get(&row, 2)?,
                channel: get(&row, 3)?,
                organisation: organisation.to_owned(),
                party: get(&row, 1)?,
            })
        })
        .transpose()
}
