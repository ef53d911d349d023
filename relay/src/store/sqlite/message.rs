//! Messages, to look at.

use konvolutt_shared::api::{
    Attention, Change, Direction, MessageStatus, MessageSummary, MessageView, OrganisationAccess, Page, StatusEvent,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::sync::broadcast;

use super::event::events;
use super::value::{instant, json, unjson, unword, word};
use super::{Sqlite, StoreError};
use crate::store::{Answer, Hearing, Listing, Messages, PAGE};

impl Messages for Sqlite {
    fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    fn message(&self, id: &str, organisations: &[String]) -> Answer<'_, Option<MessageView>> {
        let (id, organisations) = (id.to_owned(), organisations.to_vec());
        self.look(move |connection| view(connection, &id, Some(&organisations)))
    }

    fn list(&self, listing: &Listing<'_>, cursor: Option<&str>) -> Answer<'_, Page<MessageStatus>> {
        let (organisation, direction) = (listing.organisation.to_owned(), listing.direction);
        let (discreet, attention) = (listing.discreet.to_vec(), listing.attention);
        let cursor = cursor.map(str::to_owned);
        self.read(move |connection| {
            let listing = Listing { organisation: &organisation, direction, discreet: &discreet, attention };
            list(connection, &listing, cursor.as_deref())
        })
    }

    fn attention(&self, listing: &Listing<'_>) -> Answer<'_, Attention> {
        let (organisation, discreet) = (listing.organisation.to_owned(), listing.discreet.to_vec());
        self.read(move |connection| attention(connection, &organisation, &discreet))
    }

    fn changes(&self, hearing: &Hearing, after: u64) -> Answer<'_, Page<Change>> {
        let hearing = hearing.clone();
        self.read(move |connection| changes(connection, &hearing, after))
    }

    fn newest(&self) -> Answer<'_, u64> {
        self.read(|connection| {
            let sql = "SELECT coalesce(max(cursor), 0) FROM event";
            let newest: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            Ok(newest as u64)
        })
    }

    fn package(&self, id: &str) -> Answer<'_, Option<(String, u64)>> {
        let id = id.to_owned();
        self.read(move |connection| package(connection, &id))
    }

    fn mark_opened(&self, id: &str) -> Answer<'_, ()> {
        let id = id.to_owned();
        self.write(move |write| write.run("UPDATE message SET unread = 0 WHERE id = ?1", [id]).map(drop))
    }
}

/// A message with its history; `None` if it is not one of these organisations', where any are named.
pub(super) fn view(
    connection: &Connection,
    id: &str,
    organisations: Option<&[String]>,
) -> Result<Option<MessageView>, StoreError> {
    let sql = format!(
        "SELECT {SUMMARY}, sbd, envelope, broker_sender, package, expires, findings, details,
            EXISTS (SELECT 1 FROM outbox WHERE outbox.message = message.id AND state = 'dead')
         FROM message WHERE id = ?1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let row = statement.query_row([id], |row| {
        let rest = (
            row.get::<_, String>(17)?,
            row.get::<_, Option<String>>(18)?,
            row.get::<_, Option<String>>(19)?,
            row.get::<_, Option<String>>(20)?,
            row.get::<_, Option<i64>>(21)?,
            row.get::<_, String>(22)?,
            row.get::<_, Option<String>>(23)?,
            row.get::<_, bool>(24)?,
        );
        Ok((raw(row)?, rest))
    });
    let Some((raw, (sbd, envelope, broker_sender, package, expires, findings, details, dead))) = row.optional()? else {
        return Ok(None);
    };
    if organisations.is_some_and(|organisations| !organisations.contains(&raw.organisation)) {
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
        retryable: dead,
        details: details.as_deref().map(unjson).transpose()?,
    }))
}

/// A message's package: its file's name, and its size in bytes.
pub(super) fn package(connection: &Connection, id: &str) -> Result<Option<(String, u64)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT package, size FROM message WHERE id = ?1")?;
    let row = |row: &Row<'_>| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, i64>(1)?));
    let found = statement.query_row([id], row).optional()?;
    Ok(found.and_then(|(package, size)| Some((package?, size as u64))))
}

/// A page of a list, newest first, of one direction or both. `cursor` is what the page before gave.
fn list(
    connection: &Connection,
    listing: &Listing<'_>,
    cursor: Option<&str>,
) -> Result<Page<MessageStatus>, StoreError> {
    let (before, id) = cursor.and_then(|cursor| cursor.split_once('.')).unwrap_or(("9223372036854775807", ""));
    let before: i64 = before.parse().map_err(|_| StoreError::Row("a cursor that we did not give".to_owned()))?;
    let sql = format!(
        "SELECT {SUMMARY} FROM message WHERE organisation = ?1 AND (?2 IS NULL OR direction = ?2) AND (created, id) < (?3, ?4)
         AND NOT (direction IN (SELECT value FROM json_each(?6)) AND ':' || process LIKE '%:taushetsbelagt%')
         AND (NOT ?7 OR attention = 1)
         ORDER BY created DESC, id DESC LIMIT ?5"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let direction = listing.direction.map(|direction| word(&direction)).transpose()?;
    let discreet = json(&listing.discreet)?;
    let limit = PAGE as i64 + 1;
    let parameters = params![listing.organisation, direction, before, id, limit, discreet, listing.attention];
    let rows = statement.query_map(parameters, raw)?.collect::<Result<Vec<_>, _>>()?;
    let next = rows.get(PAGE).map(|_| &rows[PAGE - 1]).map(|last| format!("{}.{}", last.created, last.id));
    let with_events = |row: Raw| {
        let summary = row.summary()?;
        let found = match summary.direction {
            Direction::Out => events(connection, &summary.id),
            Direction::In => Ok(Vec::new()),
        };
        let events = match found {
            // The others stay on the list, and this one with what its own row says.
            Err(StoreError::Row(_)) => {
                tracing::error!(message = summary.id, "an event cannot be read and is passed over");
                Vec::new()
            }
            found => found?,
        };
        Ok(MessageStatus { events, summary })
    };
    let items = rows.into_iter().take(PAGE).map(with_events).collect::<Result<_, StoreError>>()?;
    Ok(Page { items, next })
}

/// How many need somebody, of what those who ask may see.
fn attention(connection: &Connection, organisation: &str, discreet: &[Direction]) -> Result<Attention, StoreError> {
    let sql = "SELECT coalesce(sum(direction = 'out'), 0), coalesce(sum(direction = 'in'), 0) FROM message
         WHERE organisation = ?1 AND attention = 1
         AND NOT (direction IN (SELECT value FROM json_each(?2)) AND ':' || process LIKE '%:taushetsbelagt%')";
    let row =
        |row: &Row<'_>| Ok(Attention { sent: row.get::<_, i64>(0)? as u64, received: row.get::<_, i64>(1)? as u64 });
    Ok(connection.prepare_cached(sql)?.query_row(params![organisation, json(&discreet)?], row)?)
}

/// The event log after a cursor, oldest first. What is confidential is decided as in [`list`].
fn changes(connection: &Connection, hearing: &Hearing, after: u64) -> Result<Page<Change>, StoreError> {
    let sql = "SELECT cursor, message, direction, body FROM event
               WHERE cursor > ?1 AND organisation IN (SELECT value FROM json_each(?2))
               AND NOT (organisation IN (SELECT value FROM json_each(iif(direction = 'in', ?4, ?5)))
                   AND EXISTS (SELECT 1 FROM message WHERE message.id = event.message
                       AND ':' || process LIKE '%:taushetsbelagt%'))
               ORDER BY cursor LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let (organisations, most) = (json(&hearing.organisations)?, PAGE as i64 + 1);
    let [came, sent] = [Direction::In, Direction::Out].map(|direction| json(&hearing.discreet_in(direction)));
    let rows = statement.query_map(params![after, organisations, most, came?, sent?], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
    })?;
    let (mut items, mut seen) = (Vec::new(), Vec::new());
    for row in rows {
        let (cursor, id, direction, body) = row?;
        seen.push(cursor);
        if seen.len() > PAGE {
            break;
        }
        match (unjson::<StatusEvent>(&body), unword(&direction)) {
            (Ok(event), Ok(direction)) => {
                let event = StatusEvent { cursor: cursor as u64, ..event };
                items.push(Change { cursor: event.cursor, id, direction, event });
            }
            // It must not hold up those behind it; whoever looks at its message is told.
            _ => tracing::error!(message = id, "an event cannot be read and is passed over"),
        }
    }
    let next = seen.get(PAGE).map(|_| seen[PAGE - 1].to_string());
    Ok(Page { items, next })
}

const SUMMARY: &str =
    "id, message_id, conversation_id, direction, organisation, party, party_name, document_type, process,
    status, attention, unread, created, changed, size, channel,
    finished = 0 AND EXISTS (SELECT 1 FROM approval WHERE approval.message = message.id)";

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
    channel: String,
    awaits_approval: bool,
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
        channel: row.get(15)?,
        awaits_approval: row.get(16)?,
    })
}

impl Raw {
    fn summary(self) -> Result<MessageSummary, StoreError> {
        Ok(MessageSummary {
            id: self.id,
            message_id: self.message_id,
            conversation_id: self.conversation_id,
            direction: unword(&self.direction)?,
            channel: self.channel,
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
            awaits_approval: self.awaits_approval,
        })
    }
}
