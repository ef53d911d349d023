//! What waits for approval. A row is there for as long as its letter waits.

use konvolutt_shared::api::ApprovalStep;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::value::{json, unjson};
use super::{Sqlite, StoreError, Write, audit, event, message, outbox};
use crate::approval::{Decided, Decision, HeldLetter, Hold};
use crate::message::NewMessage;
use crate::outbox::NewDelivery;
use crate::store::{Answer, Approvals, HELD};

impl Approvals for Sqlite {
    fn waiting(&self, organisation: &str) -> Answer<'_, Vec<HeldLetter>> {
        let organisation = organisation.to_owned();
        self.read(move |connection| {
            let sql = "SELECT message FROM approval JOIN message ON message.id = approval.message
                       WHERE message.organisation = ?1 AND message.finished = 0
                       ORDER BY message.created, message.id LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let ids = statement.query_map(params![organisation, HELD as i64], |row| row.get::<_, String>(0))?;
            let ids = ids.collect::<Result<Vec<_>, _>>()?;
            ids.iter().filter_map(|id| held(connection, id).transpose()).collect()
        })
    }

    fn held(&self, id: &str) -> Answer<'_, Option<HeldLetter>> {
        let id = id.to_owned();
        self.look(move |connection| held(connection, &id))
    }

    fn decide(&self, decision: Decision) -> Answer<'_, Decided> {
        self.write(move |write| {
            let Decision { message, step, event, record } = decision;
            let sql = "DELETE FROM approval
                       WHERE message = ?1 AND EXISTS (SELECT 1 FROM message WHERE id = ?1 AND finished = 0)
                       RETURNING delivery";
            let row = |row: &Row<'_>| row.get::<_, String>(0);
            let Some(delivery) = write.prepare_cached(sql)?.query_row([&message], row).optional()? else {
                return Ok(Decided::before(&event::events(write, &message)?, step));
            };
            let now = event.at;
            if step == ApprovalStep::Approved {
                let delivery = NewDelivery { created: now, ..unjson(&delivery)? };
                outbox::enqueue(write, &delivery)?;
            }
            event::add(write, &message, event, now)?;
            audit::append(write, Some(record))?;
            Ok(Decided::Now)
        })
    }
}

/// Queues the delivery of a message that has been stored, or keeps it until it is approved.
pub(super) fn queue(write: &Write<'_>, message: &NewMessage, delivery: &NewDelivery) -> Result<(), StoreError> {
    let Some(Hold { sender, sent_by, key }) = &message.hold else { return outbox::enqueue(write, delivery) };
    let sql = "INSERT INTO approval (message, sender, sent_by, key, delivery) VALUES (?1, ?2, ?3, ?4, ?5)";
    write.run(sql, params![message.id, sender, sent_by, key, json(delivery)?]).map(drop)
}

/// Forgets that a message waits.
pub(super) fn forget(write: &Write<'_>, id: &str) -> Result<(), StoreError> {
    write.run("DELETE FROM approval WHERE message = ?1", [id]).map(drop)
}

fn held(connection: &Connection, id: &str) -> Result<Option<HeldLetter>, StoreError> {
    let sql = "SELECT sender, sent_by, key FROM approval WHERE message = ?1";
    let row = |row: &Row<'_>| Ok(Hold { sender: row.get(0)?, sent_by: row.get(1)?, key: row.get(2)? });
    let Some(hold) = connection.prepare_cached(sql)?.query_row([id], row).optional()? else { return Ok(None) };
    let view = message::view(connection, id, None)?;
    Ok(view.map(|view| HeldLetter { summary: view.summary, hold }))
}
