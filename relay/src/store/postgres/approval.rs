//! What waits for approval. A row is there for as long as its letter waits.

use konvolutt_shared::api::ApprovalStep;
use tokio_postgres::Row;

use super::message::{SUMMARY, summary};
use super::value::{json, unjson};
use super::{Postgres, StoreError, Write, event, get, outbox, plain};
use crate::approval::{Decided, Decision, HeldLetter, Hold};
use crate::message::NewMessage;
use crate::outbox::NewDelivery;
use crate::store::{Answer, Approvals, HELD};

impl Approvals for Postgres {
    fn waiting(&self, organisation: &str) -> Answer<'_, Vec<HeldLetter>> {
        let organisation = organisation.to_owned();
        Box::pin(async move {
            let sql = format!(
                "SELECT {SUMMARY}, sender, sent_by, key FROM message JOIN approval ON approval.message = message.id
                 WHERE message.organisation = $1 AND NOT finished ORDER BY created, id LIMIT $2"
            );
            self.rows(&sql, &[&organisation, &(HELD as i64)]).await?.iter().map(held).collect()
        })
    }

    fn held(&self, id: &str) -> Answer<'_, Option<HeldLetter>> {
        let id = id.to_owned();
        Box::pin(async move {
            let sql = format!(
                "SELECT {SUMMARY}, sender, sent_by, key FROM message JOIN approval ON approval.message = message.id
                 WHERE message.id = $1"
            );
            self.row(&sql, &[&id]).await?.as_ref().map(held).transpose()
        })
    }

    fn decide(&self, decision: Decision) -> Answer<'_, Decided> {
        Box::pin(async move {
            let Decision { message, step, event, record } = decision;
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            // Whoever else decides, or finds the deadline passed, waits here.
            write.row("SELECT id FROM message WHERE id = $1 FOR NO KEY UPDATE", &[&message]).await?;
            let sql = "DELETE FROM approval
                       WHERE message = $1 AND EXISTS (SELECT 1 FROM message WHERE id = $1 AND NOT finished)
                       RETURNING delivery";
            let Some(row) = write.row(sql, &[&message]).await? else {
                return Ok(Decided::before(&event::events(&write.transaction, &message).await?, step));
            };
            let now = event.at;
            if step == ApprovalStep::Approved {
                let delivery = NewDelivery { created: now, ..unjson(get(&row, 0)?)? };
                outbox::enqueue(&write, &delivery).await?;
            }
            event::add(&mut write, &message, event, now).await?;
            write.record = Some(record);
            write.commit().await?;
            Ok(Decided::Now)
        })
    }
}

/// Queues the delivery of a message that has been stored, or keeps it until it is approved.
pub(super) async fn queue(write: &Write<'_>, message: &NewMessage, delivery: &NewDelivery) -> Result<(), StoreError> {
    let Some(Hold { sender, sent_by, key }) = &message.hold else { return outbox::enqueue(write, delivery).await };
    let sql = "INSERT INTO approval (message, sender, sent_by, key, delivery) VALUES ($1, $2, $3, $4, $5)";
    let delivery = json(delivery)?;
    write.run(sql, &[&message.id, sender, &plain(sent_by), key, &delivery]).await.map(drop)
}

/// Forgets that a message waits.
pub(super) async fn forget(write: &Write<'_>, id: &str) -> Result<(), StoreError> {
    write.run("DELETE FROM approval WHERE message = $1", &[&id]).await.map(drop)
}

fn held(row: &Row) -> Result<HeldLetter, StoreError> {
    let hold = Hold { sender: get(row, 17)?, sent_by: get(row, 18)?, key: get(row, 19)? };
    Ok(HeldLetter { summary: summary(row)?, hold })
}
