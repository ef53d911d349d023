//! Messages and their events as rows.

use jiff::Timestamp;
use konvolutt_shared::api::{
    Change, Direction, MessageSummary, MessageView, OrganisationAccess, Page, Source, Status, StatusEvent,
};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::status::{self, Summary};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{StoreError, Write};

/// Rows on a page of a list or of the event log.
const PAGE: usize = 50;

/// A message that is about to be stored. Its first event is stored with it.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub direction: Direction,
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

/// Stores a message with its first event.
pub fn insert(write: &mut Write<'_>, message: &NewMessage) -> Result<(), StoreError> {
    let first = match message.direction {
        Direction::Out => event(message.created, Status::Opprettet, Source::Relay),
        Direction::In => event(message.created, Status::InnkommendeMottatt, Source::Relay),
    };
    write.execute(
        "INSERT INTO message (id, message_id, conversation_id, direction, channel, organisation, party, party_name,
            document_type, process, status, attention, finished, unread, created, changed, expires, size, sbd, envelope,
            digest, broker_sender, package, findings)
         VALUES (?1, ?2, ?3, ?4, 'DPO', ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
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
        ],
    )?;
    append(write, &message.id, &message.organisation, message.direction, first)
}

/// Adds an event unless it repeats one, and works the status out anew. Answers whether it was new.
pub fn add_event(write: &mut Write<'_>, id: &str, event: StatusEvent) -> Result<bool, StoreError> {
    let (organisation, direction, findings): (String, String, String) =
        write.query_row("SELECT organisation, direction, findings FROM message WHERE id = ?1", [id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let direction: Direction = unword(&direction)?;
    let mut all = events(write, id)?;
    if !status::is_new(&all, &event) {
        return Ok(false);
    }
    let at = crate::clock::now().as_millisecond();
    append(write, id, &organisation, direction, event.clone())?;
    all.push(event);
    let Summary { status, attention, finished } = status::summarise(direction, &all);
    let refused = unjson::<Vec<Finding>>(&findings)?.iter().any(Finding::refuses);
    write.execute(
        "UPDATE message SET status = ?2, attention = ?3, finished = ?4, changed = ?5 WHERE id = ?1",
        params![id, word(&status)?, attention || refused, finished, at],
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
    write.execute(
        "INSERT INTO event (message, organisation, direction, body) VALUES (?1, ?2, ?3, ?4)",
        params![id, organisation, word(&direction)?, json(&event)?],
    )?;
    event.cursor = write.last_insert_rowid() as u64;
    write.announce(Change { cursor: event.cursor, id: id.to_owned(), direction, event });
    Ok(())
}

/// The events of a message, oldest first.
pub fn events(connection: &Connection, id: &str) -> Result<Vec<StatusEvent>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT cursor, body FROM event WHERE message = ?1 ORDER BY cursor")?;
    let rows = statement.query_map([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (cursor, body) = row?;
        Ok(StatusEvent { cursor: cursor as u64, ..unjson(&body)? })
    })
    .collect()
}

/// A stored message with this id, type and side.
pub fn known(
    connection: &Connection,
    direction: Direction,
    organisation: &str,
    message_id: &str,
    document_type: &str,
) -> Result<Option<Known>, StoreError> {
    let sql = "SELECT id, digest FROM message
               WHERE direction = ?1 AND organisation = ?2 AND message_id = ?3 AND document_type = ?4";
    let parameters = params![word(&direction)?, organisation, message_id, document_type];
    let row = |row: &Row<'_>| Ok(Known { id: row.get(0)?, digest: row.get(1)? });
    Ok(connection.query_row(sql, parameters, row).optional()?)
}

/// An outgoing message by its SBD's id, for a receipt: relay's id, our organisation, recipient, conversation.
pub fn sent(
    connection: &Connection,
    organisation: &str,
    message_id: &str,
) -> Result<Option<(String, String, String)>, StoreError> {
    let sql = "SELECT id, party, conversation_id FROM message
               WHERE direction = 'out' AND organisation = ?1 AND message_id = ?2";
    Ok(connection
        .query_row(sql, [organisation, message_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?)
}

/// Outgoing messages whose deadline has passed without an end.
pub fn expired(connection: &Connection, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id FROM message WHERE direction = 'out' AND finished = 0 AND expires < ?1 LIMIT 100";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([now.as_millisecond()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Where a sealed package lies, if there is one.
pub fn package(connection: &Connection, id: &str) -> Result<Option<(String, u64)>, StoreError> {
    let sql = "SELECT package, size FROM message WHERE id = ?1";
    let row = connection.query_row(sql, [id], |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?)));
    Ok(row.optional()?.and_then(|(package, size)| Some((package?, size as u64))))
}

/// Marks an incoming message as seen by a person.
pub fn mark_opened(write: &mut Write<'_>, id: &str) -> Result<(), StoreError> {
    write.execute("UPDATE message SET unread = 0 WHERE id = ?1", [id])?;
    Ok(())
}

/// A message with its history; `None` if it is not one of these organisations'.
pub fn view(connection: &Connection, id: &str, organisations: &[String]) -> Result<Option<MessageView>, StoreError> {
    let sql = format!(
        "SELECT {SUMMARY}, sbd, envelope, broker_sender, package, expires, findings FROM message WHERE id = ?1"
    );
    let row = connection.query_row(&sql, [id], |row| {
        let rest = (
            row.get::<_, String>(15)?,
            row.get::<_, Option<String>>(16)?,
            row.get::<_, Option<String>>(17)?,
            row.get::<_, Option<String>>(18)?,
            row.get::<_, Option<i64>>(19)?,
            row.get::<_, String>(20)?,
        );
        Ok((raw(row)?, rest))
    });
    let Some((raw, (sbd, envelope, broker_sender, package, expires, findings))) = row.optional()? else {
        return Ok(None);
    };
    if !organisations.contains(&raw.organisation) {
        return Ok(None);
    }
    Ok(Some(MessageView {
        summary: raw.summary()?,
        sbd,
        envelope,
        broker_sender,
        has_package: package.is_some(),
        expires: expires.map(instant).transpose()?,
        findings: unjson(&findings)?,
        events: events(connection, id)?,
    }))
}

/// Whether a text has the form of a list's cursor.
pub fn is_cursor(text: &str) -> bool {
    text.split_once('.').is_some_and(|(before, _)| before.parse::<i64>().is_ok())
}

/// A page of a list, newest first, of one direction or both. `cursor` is what the page before gave.
pub fn list(
    connection: &Connection,
    organisation: &str,
    direction: Option<Direction>,
    cursor: Option<&str>,
) -> Result<Page<MessageSummary>, StoreError> {
    let (before, id) = cursor.and_then(|cursor| cursor.split_once('.')).unwrap_or(("9223372036854775807", ""));
    let before: i64 = before.parse().map_err(|_| StoreError::Row("a cursor that we did not give".to_owned()))?;
    let sql = format!(
        "SELECT {SUMMARY} FROM message WHERE organisation = ?1 AND (?2 IS NULL OR direction = ?2) AND (created, id) < (?3, ?4)
         ORDER BY created DESC, id DESC LIMIT ?5"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let direction = direction.map(|direction| word(&direction)).transpose()?;
    let parameters = params![organisation, direction, before, id, PAGE as i64 + 1];
    let rows = statement.query_map(parameters, raw)?.collect::<Result<Vec<_>, _>>()?;
    let next = rows.get(PAGE).map(|_| &rows[PAGE - 1]).map(|last| format!("{}.{}", last.created, last.id));
    let items = rows.into_iter().take(PAGE).map(Raw::summary).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

/// The event log after a cursor, oldest first.
pub fn changes(connection: &Connection, organisations: &[String], after: u64) -> Result<Page<Change>, StoreError> {
    let sql = "SELECT cursor, message, direction, body FROM event
               WHERE cursor > ?1 AND organisation IN (SELECT value FROM json_each(?2)) ORDER BY cursor LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(
        params![i64::try_from(after).unwrap_or(i64::MAX), json(&organisations)?, PAGE as i64 + 1],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?)),
    )?;
    let mut items = Vec::new();
    for row in rows {
        let (cursor, id, direction, body) = row?;
        let event = StatusEvent { cursor: cursor as u64, ..unjson(&body)? };
        items.push(Change { cursor: event.cursor, id, direction: unword(&direction)?, event });
    }
    let more = items.len() > PAGE;
    items.truncate(PAGE);
    let next = items.last().filter(|_| more).map(|last| last.cursor.to_string());
    Ok(Page { items, next })
}

/// The newest cursor.
pub fn newest(connection: &Connection) -> Result<u64, StoreError> {
    let newest: i64 = connection.query_row("SELECT coalesce(max(cursor), 0) FROM event", [], |row| row.get(0))?;
    Ok(newest as u64)
}

/// The organisation whose message this is.
pub fn organisation(connection: &Connection, id: &str) -> Result<Option<String>, StoreError> {
    Ok(connection.query_row("SELECT organisation FROM message WHERE id = ?1", [id], |row| row.get(0)).optional()?)
}

const SUMMARY: &str =
    "id, message_id, conversation_id, direction, organisation, party, party_name, document_type, process,
    status, attention, unread, created, changed, size";

struct Raw {
    id: String,
    message_id: String,
    conversation_id: String,
    direction: String,
    organisation: String,
    party: OrganisationAccess,
    document_type: String,
    process: String,
    status: String,
    attention: bool,
    unread: bool,
    created: i64,
    changed: i64,
    size: i64,
}

fn raw(row: &Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok(Raw {
        id: row.get(0)?,
        message_id: row.get(1)?,
        conversation_id: row.get(2)?,
        direction: row.get(3)?,
        organisation: row.get(4)?,
        party: OrganisationAccess { orgnr: row.get(5)?, name: row.get(6)? },
        document_type: row.get(7)?,
        process: row.get(8)?,
        status: row.get(9)?,
        attention: row.get(10)?,
        unread: row.get(11)?,
        created: row.get(12)?,
        changed: row.get(13)?,
        size: row.get(14)?,
    })
}

impl Raw {
    fn summary(self) -> Result<MessageSummary, StoreError> {
        Ok(MessageSummary {
            id: self.id,
            message_id: self.message_id,
            conversation_id: self.conversation_id,
            direction: unword(&self.direction)?,
            channel: "DPO".to_owned(),
            organisation: self.organisation,
            party: self.party,
            document_type: self.document_type,
            process: self.process,
            status: unword(&self.status)?,
            attention: self.attention,
            unread: self.unread,
            created: instant(self.created)?,
            changed: instant(self.changed)?,
            size: self.size as u64,
        })
    }
}

/// Milliseconds to a time.
pub fn instant(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| StoreError::Row(error.to_string()))
}

pub fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Row(error.to_string()))
}

pub fn unjson<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Row(error.to_string()))
}

/// An enum's word, as serde writes it.
fn word(value: &impl Serialize) -> Result<String, StoreError> {
    json(value).map(|word| word.trim_matches('"').to_owned())
}

fn unword<T: DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    unjson(&format!("\"{word}\""))
}
