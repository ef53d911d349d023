//! Messages and their events as rows: what several operations do within their transactions.

use jiff::Timestamp;
use konvolutt_shared::api::{Change, Direction, StatusEvent};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::status::{self, Summary};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::value::{json, unjson, unword, word};
use super::{StoreError, Write};
use crate::inbox::Sent;
use crate::message::{Known, NewMessage};

/// Stores a message with its first event.
pub(super) fn insert(write: &mut Write<'_>, message: &NewMessage) -> Result<(), StoreError> {
    let first = message.first_event();
    write.run(
        "INSERT INTO message (id, message_id, conversation_id, direction, channel, organisation, party, party_name,
            document_type, process, status, attention, finished, unread, created, changed, expires, size, sbd, envelope,
            digest, broker_sender, package, findings, about, details, trace)
         VALUES (?1, ?2, ?3, ?4, ?23, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
            ?21, ?22, ?24, ?25)",
        params![
            message.id,
            message.message_id,
            message.conversation_id,
            word(&message.direction)?,
            message.organisation,
            message.party.orgnr,
            message.party.name,
            message.document_type,
            message.process,
            word(&first.status)?,
            message.findings.iter().any(Finding::refuses),
            message.direction == Direction::In,
            message.created.as_millisecond(),
            message.expires.map(Timestamp::as_millisecond),
            message.size as i64,
            message.sbd,
            message.envelope,
            message.digest,
            message.broker_sender,
            message.package,
            json(&message.findings)?,
            message.about,
            message.channel,
            message.details,
            message.trace.map(|trace| trace.to_string()),
        ],
    )?;
    append(write, &message.id, &message.organisation, message.direction, first)
}

/// Adds an event unless it repeats one, and works the status out anew. Answers whether it was new.
pub(super) fn add(write: &mut Write<'_>, id: &str, event: StatusEvent, now: Timestamp) -> Result<bool, StoreError> {
    let (organisation, direction, findings): (String, String, String) = write
        .prepare_cached("SELECT organisation, direction, findings FROM message WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let direction: Direction = unword(&direction)?;
    let mut all = events(write, id)?;
    let event = status::admitted(&all, event);
    if !status::is_new(&all, &event) {
        return Ok(false);
    }
    append(write, id, &organisation, direction, event.clone())?;
    all.push(event);
    let Summary { status, attention, finished } = status::summarise(direction, &all);
    // What was found when it came in has been dealt with together with the rest.
    let dealt_with = all.iter().any(status::is_handled);
    let refused = !dealt_with && unjson::<Vec<Finding>>(&findings)?.iter().any(Finding::refuses);
    write.run(
        "UPDATE message SET status = ?2, attention = ?3, finished = ?4, changed = ?5 WHERE id = ?1",
        params![id, word(&status)?, attention || refused, finished, now.as_millisecond()],
    )?;
    Ok(true)
}

fn append(
    write: &mut Write<'_>,
    id: &str,
    organisation: &str,
    direction: Direction,
    mut event: StatusEvent,
) -> Result<(), StoreError> {
    write.run(
        "INSERT INTO event (message, organisation, direction, body) VALUES (?1, ?2, ?3, ?4)",
        params![id, organisation, word(&direction)?, json(&event)?],
    )?;
    event.cursor = write.last_insert_rowid() as u64;
    write.announce(Change { cursor: event.cursor, id: id.to_owned(), direction, event });
    Ok(())
}

/// The events of a message, oldest first.
pub(super) fn events(connection: &Connection, id: &str) -> Result<Vec<StatusEvent>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT cursor, body FROM event WHERE message = ?1 ORDER BY cursor")?;
    let rows = statement.query_map([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (cursor, body) = row?;
        Ok(StatusEvent { cursor: cursor as u64, ..unjson(&body)? })
    })
    .collect()
}

pub(super) const OUTGOING: &str = "SELECT id, digest, sbd FROM message
    WHERE direction = 'out' AND organisation = ?1 AND message_id = ?2 ORDER BY id LIMIT 1";

/// The outgoing message of an organisation with this id: there is one, whatever its document type.
pub(super) fn outgoing(
    connection: &Connection,
    organisation: &str,
    message_id: &str,
) -> Result<Option<Known>, StoreError> {
    Ok(connection.prepare_cached(OUTGOING)?.query_row([organisation, message_id], known).optional()?)
}

/// The message that has come in with this id and type. Others choose their ids: each type has its own.
pub(super) fn incoming(
    connection: &Connection,
    organisation: &str,
    message_id: &str,
    document_type: &str,
) -> Result<Option<Known>, StoreError> {
    let sql = "SELECT id, digest, sbd FROM message
               WHERE direction = 'in' AND organisation = ?1 AND message_id = ?2 AND document_type = ?3";
    Ok(connection.prepare_cached(sql)?.query_row([organisation, message_id, document_type], known).optional()?)
}

fn known(row: &Row<'_>) -> Result<Known, rusqlite::Error> {
    Ok(Known { id: row.get(0)?, digest: row.get(1)?, sbd: row.get(2)? })
}

/// An outgoing message by its SBD's id, for a receipt.
pub(super) fn sent(connection: &Connection, organisation: &str, message_id: &str) -> Result<Option<Sent>, StoreError> {
    let sql = "SELECT id, party, conversation_id, channel FROM message
               WHERE direction = 'out' AND organisation = ?1 AND message_id = ?2 ORDER BY id LIMIT 1";
    let row = |row: &Row<'_>| {
        Ok(Sent {
            id: row.get(0)?,
            message_id: message_id.to_owned(),
            conversation_id: row.get(2)?,
            channel: row.get(3)?,
            organisation: organisation.to_owned(),
            party: row.get(1)?,
        })
    };
    Ok(connection.prepare_cached(sql)?.query_row([organisation, message_id], row).optional()?)
}
