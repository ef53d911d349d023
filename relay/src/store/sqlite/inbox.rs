//! What has come in.

use jiff::Timestamp;
use konvolutt_shared::api::StatusEvent;
use konvolutt_shared::api::header::TraceParent;
use rusqlite::{OptionalExtension, params};

use super::value::trace;
use super::{Sqlite, StoreError, Write, audit, event, outbox};
use crate::audit::Record;
use crate::inbox::{Incoming, Taken, Taking, receipt_event, repeated};
use crate::message::NewMessage;
use crate::outbox::NewDelivery;
use crate::store::{Answer, Inbox};

impl Inbox for Sqlite {
    fn conversation_of<'a>(&'a self, transfer: &'a str) -> Answer<'a, Option<String>> {
        let transfer = transfer.to_owned();
        self.read(move |connection| {
            let sql = "SELECT m.conversation_id FROM outbox o JOIN message m ON m.id = o.message WHERE o.transfer = ?1";
            Ok(connection.prepare_cached(sql)?.query_row([transfer], |row| row.get(0)).optional()?)
        })
    }

    fn trace_of_sent<'a>(&'a self, organisation: &'a str, message_id: &'a str) -> Answer<'a, Option<TraceParent>> {
        let wanted = [organisation.to_owned(), message_id.to_owned()];
        self.read(move |connection| {
            let sql = "SELECT trace FROM message WHERE direction = 'out' AND organisation = ?1 AND message_id = ?2";
            let found = connection.prepare_cached(sql)?.query_row(wanted, |row| row.get(0)).optional()?;
            Ok(found.and_then(trace))
        })
    }

    fn taken(&self, organisation: &str, transfer: &str) -> Answer<'_, Option<Taken>> {
        let wanted = [organisation.to_owned(), transfer.to_owned()];
        self.read(move |connection| {
            let sql = "SELECT kept FROM taken WHERE organisation = ?1 AND transfer = ?2";
            let kept = connection.prepare_cached(sql)?.query_row(wanted, |row| row.get(0)).optional()?;
            Ok(kept.map(|kept| if kept { Taken::Kept } else { Taken::Left }))
        })
    }

    fn take_in(&self, taking: Taking) -> Answer<'_, bool> {
        self.write(move |write| {
            let Taking { transfer, organisation, what, kept, now } = &taking;
            let sql = "INSERT INTO taken (organisation, transfer, taken, kept) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT DO NOTHING";
            if write.run(sql, params![organisation, transfer, now.as_millisecond(), kept])? == 0 {
                return Ok(false);
            }
            match what {
                Incoming::Letter { message, answer } => enter(write, message, answer.as_deref())?,
                Incoming::Receipt { receipt, way, kept } => {
                    match event::sent(write, organisation, &receipt.message_id.to_string())? {
                        None => enter(write, kept, None)?,
                        Some(sent) => {
                            let event = receipt_event(receipt, way, &sent, *now)?;
                            event::add(write, &sent.id, event, *now)?;
                        }
                    }
                }
            }
            Ok(true)
        })
    }

    fn confirmed(&self, organisation: &str, transfer: &str, now: Timestamp) -> Answer<'_, ()> {
        let (organisation, transfer) = (organisation.to_owned(), transfer.to_owned());
        self.write(move |write| {
            let sql = "UPDATE taken SET confirmed = ?3 WHERE organisation = ?1 AND transfer = ?2 AND confirmed IS NULL";
            write.run(sql, params![organisation, transfer, now.as_millisecond()]).map(drop)
        })
    }

    fn acknowledge(
        &self,
        id: &str,
        event: StatusEvent,
        answer: Option<NewDelivery>,
        now: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, bool> {
        let id = id.to_owned();
        self.write(move |write| {
            if !event::add(write, &id, event, now)? {
                return Ok(false);
            }
            write.run("UPDATE message SET unread = 0 WHERE id = ?1", [&id])?;
            answer.map_or(Ok(()), |answer| outbox::enqueue(write, &answer))?;
            audit::append(write, record)?;
            Ok(true)
        })
    }
}

fn enter(write: &mut Write<'_>, message: &NewMessage, answer: Option<&NewDelivery>) -> Result<(), StoreError> {
    let NewMessage { organisation, message_id, document_type, .. } = message;
    match event::incoming(write, organisation, message_id, document_type)? {
        Some(known) => repeated(&known, message).map_or(Ok(()), |again| event::insert(write, &again)),
        None => {
            event::insert(write, message)?;
            answer.map_or(Ok(()), |answer| outbox::enqueue(write, answer))
        }
    }
}
