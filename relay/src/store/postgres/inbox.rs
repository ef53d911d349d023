//! What has come in.

use jiff::Timestamp;
use konvolutt_shared::api::StatusEvent;
use konvolutt_shared::api::header::TraceParent;

use super::value::trace;
use super::{Postgres, StoreError, Write, event, get, outbox, plain};
use crate::audit::Record;
use crate::inbox::{Incoming, Taken, Taking, receipt_event, repeated};
use crate::message::NewMessage;
use crate::outbox::NewDelivery;
use crate::store::{Answer, Inbox};

impl Inbox for Postgres {
    fn turn<'a>(&'a self, what: &'a str, now: Timestamp, until: Timestamp) -> Answer<'a, bool> {
        Box::pin(async move {
            let sql = "INSERT INTO poll (organisation, until) VALUES ($1, $3)
                       ON CONFLICT (organisation) DO UPDATE SET until = $3 WHERE poll.until <= $2";
            Ok(self.run(sql, &[&what, &now.as_millisecond(), &until.as_millisecond()]).await? == 1)
        })
    }

    fn conversation_of<'a>(&'a self, transfer: &'a str) -> Answer<'a, Option<String>> {
        let transfer = transfer.to_owned();
        Box::pin(async move {
            let sql = "SELECT m.conversation_id FROM outbox o JOIN message m ON m.id = o.message WHERE o.transfer = $1";
            Ok(self.row(sql, &[&transfer]).await?.map(|row| row.get(0)))
        })
    }

    fn trace_of_sent<'a>(&'a self, organisation: &'a str, message_id: &'a str) -> Answer<'a, Option<TraceParent>> {
        Box::pin(async move {
            let sql = "SELECT trace FROM message WHERE direction = 'out' AND organisation = $1 AND message_id = $2";
            let found = self.row(sql, &[&organisation, &plain(message_id)]).await?;
            Ok(found.map(|row| get(&row, 0)).transpose()?.and_then(trace))
        })
    }

    fn taken(&self, organisation: &str, transfer: &str) -> Answer<'_, Option<Taken>> {
        let (organisation, transfer) = (organisation.to_owned(), transfer.to_owned());
        Box::pin(async move {
            let sql = "SELECT kept FROM taken WHERE organisation = $1 AND transfer = $2";
            let Some(row) = self.row(sql, &[&organisation, &transfer]).await? else { return Ok(None) };
            Ok(Some(if get(&row, 0)? { Taken::Kept } else { Taken::Left }))
        })
    }

    fn take_in(&self, taking: Taking) -> Answer<'_, bool> {
        Box::pin(async move {
            let Taking { transfer, organisation, what, kept, now } = &taking;
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            // Whoever else takes the same transfer in waits here for our commit, and then finds it taken.
            let sql = "INSERT INTO taken (organisation, transfer, taken, kept) VALUES ($1, $2, $3, $4)
                       ON CONFLICT DO NOTHING";
            if write.run(sql, &[organisation, transfer, &now.as_millisecond(), kept]).await? == 0 {
                return Ok(false);
            }
            match what {
                Incoming::Letter { message, answer } => {
                    write.alone(organisation, &message.message_id).await?;
                    enter(&mut write, message, answer.as_deref()).await?;
                }
                Incoming::Receipt { receipt, way, kept } => {
                    let about = receipt.message_id.to_string();
                    write.alone(organisation, &about).await?;
                    match event::sent(&write, organisation, &about).await? {
                        None => enter(&mut write, kept, None).await?,
                        Some(sent) => {
                            let event = receipt_event(receipt, way, &sent, *now)?;
                            event::add(&mut write, &sent.id, event, *now).await?;
                        }
                    }
                }
            }
            write.commit().await?;
            Ok(true)
        })
    }

    fn confirmed(&self, organisation: &str, transfer: &str, now: Timestamp) -> Answer<'_, ()> {
        let (organisation, transfer) = (organisation.to_owned(), transfer.to_owned());
        Box::pin(async move {
            let sql = "UPDATE taken SET confirmed = $3 WHERE organisation = $1 AND transfer = $2 AND confirmed IS NULL";
            self.run(sql, &[&organisation, &transfer, &now.as_millisecond()]).await.map(drop)
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
        Box::pin(async move {
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            if !event::add(&mut write, &id, event, now).await? {
                return Ok(false);
            }
            write.run("UPDATE message SET unread = false WHERE id = $1", &[&id]).await?;
            if let Some(answer) = &answer {
                outbox::enqueue(&write, answer).await?;
            }
            write.record = record;
            write.commit().await?;
            Ok(true)
        })
    }
}

async fn enter(write: &mut Write<'_>, message: &NewMessage, answer: Option<&NewDelivery>) -> Result<(), StoreError> {
    let NewMessage { organisation, message_id, document_type, .. } = message;
    let known = event::incoming(&write.transaction, organisation, message_id, document_type).await?;
    if let Some(known) = known {
        return match repeated(&known, message) {
            None => Ok(()),
            Some(again) => event::insert(write, &again).await,
        };
    }
    event::insert(write, message).await?;
    match answer {
        None => Ok(()),
        Some(answer) => outbox::enqueue(write, answer).await,
    }
}
