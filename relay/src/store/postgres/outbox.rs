//! The queue of what must leave.

use jiff::Timestamp;
use konvolutt_shared::api::StatusEvent;
use tokio_postgres::Row;

use super::value::{instant, trace};
use super::{Parameters, Postgres, StoreError, Write, approval, event, get, plain, text, upload};
use crate::audit::Record;
use crate::inbox::{Sent, Way, early_event};
use crate::message::{Known, NewMessage, NotStored, queued_anew};
use crate::outbox::{Acquire, Backlog, DOUBTFUL, DeadLetter, Followed, Kind, Lease, NewDelivery, Outcome};
use crate::store::{Answer, Outbox};

impl Outbox for Postgres {
    fn outgoing(&self, organisation: &str, message_id: &str) -> Answer<'_, Option<Known>> {
        let (organisation, id) = (organisation.to_owned(), message_id.to_owned());
        Box::pin(async move { event::outgoing(&self.client().await?, &organisation, &id).await })
    }

    fn accept(
        &self,
        message: NewMessage,
        delivery: NewDelivery,
        record: Option<Record>,
    ) -> Answer<'_, Option<NotStored>> {
        Box::pin(async move {
            let NewMessage { organisation, message_id, .. } = &message;
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            write.alone(organisation, message_id).await?;
            if let Some(known) = event::outgoing(&write.transaction, organisation, message_id).await? {
                return Ok(Some(NotStored::Known(known)));
            }
            if !upload::take(&write, message.upload.as_deref()).await? {
                return Ok(Some(NotStored::UploadGone));
            }
            event::insert(&mut write, &message).await?;
            approval::queue(&write, &message, &delivery).await?;
            tell_early_receipts(&mut write, &message).await?;
            write.record = record;
            write.commit().await?;
            Ok(None)
        })
    }

    fn acquire(&self, ask: Acquire) -> Answer<'_, Option<Lease>> {
        Box::pin(self.take(ask))
    }

    fn renew(&self, lease: &Lease, until: Timestamp) -> Answer<'_, bool> {
        let (id, token) = (lease.id.clone(), lease.token.clone());
        Box::pin(async move {
            let sql = "UPDATE outbox SET lease_until = $3 WHERE id = $1 AND lease = $2";
            Ok(self.run(sql, &[&id, &token, &until.as_millisecond()]).await? == 1)
        })
    }

    fn keep_transfer(&self, lease: &Lease, transfer: &str) -> Answer<'_, bool> {
        let (id, token, transfer) = (lease.id.clone(), lease.token.clone(), transfer.to_owned());
        Box::pin(async move {
            let sql = "UPDATE outbox SET transfer = $3 WHERE id = $1 AND lease = $2";
            Ok(self.run(sql, &[&id, &token, &transfer]).await? == 1)
        })
    }

    fn settle(&self, lease: &Lease, outcome: Outcome, event: Option<StatusEvent>, now: Timestamp) -> Answer<'_, bool> {
        let (id, token, message) = (lease.id.clone(), lease.token.clone(), lease.message.clone());
        Box::pin(async move {
            let (state, due, error, follow) = match outcome {
                // When it left.
                Outcome::Sent { follow } => ("sent", now.as_millisecond(), None, follow.map(Timestamp::as_millisecond)),
                Outcome::Later(due, why) => ("waiting", due.as_millisecond(), Some(why), None),
                Outcome::Dead(why) => ("dead", 0, Some(why), None),
            };
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let sql = "UPDATE outbox SET state = $3, due = $4, last_error = $5, follow = $6, lease = NULL,
                       lease_until = NULL, lease_owner = NULL WHERE id = $1 AND lease = $2";
            if write.run(sql, &[&id, &token, &state, &due, &error, &follow]).await? == 0 {
                return Ok(false);
            }
            if let Some(event) = event {
                event::add(&mut write, &message, event, now).await?;
            }
            write.commit().await?;
            Ok(true)
        })
    }

    fn acquire_followed(&self, ask: Acquire) -> Answer<'_, Option<Followed>> {
        Box::pin(self.take_followed(ask))
    }

    fn followed(
        &self,
        followed: &Followed,
        events: Vec<StatusEvent>,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Answer<'_, bool> {
        let (id, token, message) = (followed.id.clone(), followed.token.clone(), followed.message.clone());
        Box::pin(async move {
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let sql = "UPDATE outbox SET follow = $3, lease = NULL, lease_until = NULL, lease_owner = NULL
                       WHERE id = $1 AND lease = $2";
            if write.run(sql, &[&id, &token, &next.map(Timestamp::as_millisecond)]).await? == 0 {
                return Ok(false);
            }
            for event in events {
                event::add(&mut write, &message, event, now).await?;
            }
            write.commit().await?;
            Ok(true)
        })
    }

    fn release_all(&self) -> Answer<'_, usize> {
        Box::pin(async move {
            // Other relays' leases are theirs, and so are the waits of rows that they have tried.
            let sql = "UPDATE outbox SET lease = NULL, lease_until = NULL, lease_owner = NULL, attempts = 0,
                           last_error = CASE WHEN state = 'waiting' THEN $2 ELSE last_error END
                       WHERE lease_owner = $1";
            Ok(self.run(sql, &[&self.relay.to_string(), &DOUBTFUL]).await? as usize)
        })
    }

    fn overdue(&self, now: Timestamp) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let sql = "SELECT id FROM message
                       WHERE direction = 'out' AND NOT finished AND expires < $1 ORDER BY expires LIMIT 100";
            self.rows(sql, &[&now.as_millisecond()]).await?.iter().map(|row| get(row, 0)).collect()
        })
    }

    fn expire(&self, id: &str, event: StatusEvent, now: Timestamp) -> Answer<'_, ()> {
        let id = id.to_owned();
        Box::pin(async move {
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let sql = "UPDATE outbox SET state = 'dead', last_error = 'deadline'
                       WHERE message = $1 AND kind = 'letter' AND state = 'waiting'";
            write.run(sql, &[&id]).await?;
            approval::forget(&write, &id).await?;
            event::add(&mut write, &id, event, now).await?;
            write.commit().await
        })
    }

    fn backlog(&self, channel: &str) -> Answer<'_, Backlog> {
        let channel = channel.to_owned();
        Box::pin(async move {
            let sql = "SELECT count(*), min(created), min(greatest(due, coalesce(lease_until, 0))) FROM outbox
                       WHERE channel = $1 AND state = 'waiting'";
            let Some(row) = self.row(sql, &[&channel]).await? else { return Ok(Backlog::default()) };
            let time = |column| get::<Option<i64>>(&row, column)?.map(instant).transpose();
            Ok(Backlog { waiting: get::<i64>(&row, 0)? as u64, oldest: time(1)?, next: time(2)? })
        })
    }

    fn dead_letters(&self) -> Answer<'_, Vec<DeadLetter>> {
        Box::pin(async move {
            let sql = "SELECT message, kind, channel, sender, recipient, last_error, attempts, created FROM outbox
                       WHERE state = 'dead' ORDER BY created DESC LIMIT 100";
            self.rows(sql, &[]).await?.iter().map(dead_letter).collect()
        })
    }

    fn revive(&self, id: &str, now: Timestamp, record: Option<Record>) -> Answer<'_, bool> {
        let id = id.to_owned();
        Box::pin(async move {
            let sql = "UPDATE outbox SET state = 'waiting', due = $2, attempts = 0
                       WHERE message = $1 AND state = 'dead' RETURNING kind";
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let revived = write.rows(sql, &[&id, &now.as_millisecond()]).await?;
            if revived.is_empty() {
                return Ok(false);
            }
            let kinds = revived.iter().map(|row| kind(row, 0)).collect::<Result<Vec<_>, _>>()?;
            if kinds.contains(&Kind::Letter) {
                event::add(&mut write, &id, queued_anew(now), now).await?;
            }
            write.record = record;
            write.commit().await?;
            Ok(true)
        })
    }
}

/// The row that is taken, in two orders. Only the usual one has an index; a probe is rare. Rows that another worker is
/// about to take are passed by.
macro_rules! take_by {
    ($order:literal) => {
        concat!(
            "WITH next AS MATERIALIZED (
                 SELECT id FROM outbox
                 WHERE channel = $1 AND state = 'waiting' AND due <= $2 AND (lease IS NULL OR lease_until <= $2)
                 ORDER BY ",
            $order,
            " LIMIT 1 FOR UPDATE SKIP LOCKED)
             UPDATE outbox SET lease = $3, lease_until = $4, lease_owner = $5, attempts = attempts + 1,
                 last_error = CASE WHEN lease IS NULL THEN last_error ELSE $6 END
             FROM next WHERE outbox.id = next.id
             RETURNING outbox.id, message, kind, sender, recipient, sbd, package, package_size, reference, transfer,
                 attempts - 1, created, expires, details, coalesce(last_error = $6, false),
                 (SELECT trace FROM message WHERE message.id = outbox.message)"
        )
    };
}
const LONGEST_DUE: &str = take_by!("due, id");
const FRESHEST: &str = take_by!("attempts, due, id");

impl Postgres {
    async fn take(&self, ask: Acquire) -> Result<Option<Lease>, StoreError> {
        let sql = if ask.probe { FRESHEST } else { LONGEST_DUE };
        let (now, until) = (ask.now.as_millisecond(), ask.until.as_millisecond());
        let owner = self.relay.to_string();
        let parameters: Parameters<'_> = &[&ask.channel, &now, &ask.token, &until, &owner, &DOUBTFUL];
        let Some(row) = self.row(sql, parameters).await? else { return Ok(None) };
        match lease(&row, ask.token) {
            Ok(lease) => Ok(Some(lease)),
            // A row that cannot be read must not hold up those behind it: it is set aside for a person.
            Err(_) => {
                let id: String = get(&row, 0)?;
                tracing::error!(delivery = id, "a row of the outbox cannot be read and is set aside");
                let sql = "UPDATE outbox SET state = 'dead', last_error = 'unreadable', lease = NULL,
                           lease_until = NULL, lease_owner = NULL WHERE id = $1";
                self.run(sql, &[&id]).await?;
                Ok(None)
            }
        }
    }
}

impl Postgres {
    async fn take_followed(&self, ask: Acquire) -> Result<Option<Followed>, StoreError> {
        let sql = "WITH next AS MATERIALIZED (
                       SELECT id FROM outbox
                       WHERE channel = $1 AND follow <= $2 AND (lease IS NULL OR lease_until <= $2)
                       ORDER BY follow, id LIMIT 1 FOR UPDATE SKIP LOCKED)
                   UPDATE outbox SET lease = $3, lease_until = $4, lease_owner = $5
                   FROM next WHERE outbox.id = next.id
                   RETURNING outbox.id, message, sender, coalesce(transfer, ''), created, due";
        let (now, until) = (ask.now.as_millisecond(), ask.until.as_millisecond());
        let owner = self.relay.to_string();
        let Some(row) = self.row(sql, &[&ask.channel, &now, &ask.token, &until, &owner]).await? else {
            return Ok(None);
        };
        match followed(&row, ask.token) {
            Ok(followed) => Ok(Some(followed)),
            Err(_) => {
                let id: String = get(&row, 0)?;
                tracing::error!(delivery = id, "a row of the outbox cannot be read and is not followed");
                let sql = "UPDATE outbox SET follow = NULL, lease = NULL, lease_until = NULL, lease_owner = NULL
                           WHERE id = $1";
                self.run(sql, &[&id]).await?;
                Ok(None)
            }
        }
    }
}

fn followed(row: &Row, token: String) -> Result<Followed, StoreError> {
    Ok(Followed {
        id: get(row, 0)?,
        token,
        message: get(row, 1)?,
        sender: get(row, 2)?,
        transfer: get(row, 3)?,
        created: instant(get(row, 4)?)?,
        left: instant(get(row, 5)?)?,
    })
}

/// Queues a row, due at once.
pub(super) async fn enqueue(write: &Write<'_>, delivery: &NewDelivery) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO outbox (id, message, kind, channel, sender, recipient, sbd, package, package_size, reference,
                   created, expires, details, due)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $11)";
    let kind = if delivery.kind == Kind::Letter { "letter" } else { "status" };
    write
        .run(
            sql,
            &[
                &delivery.id,
                &delivery.message,
                &kind,
                &delivery.channel,
                &plain(&delivery.sender),
                &plain(&delivery.recipient),
                &delivery.sbd.as_bytes(),
                &delivery.package,
                &(delivery.package_size as i64),
                &plain(&delivery.reference),
                &delivery.created.as_millisecond(),
                &delivery.expires.map(Timestamp::as_millisecond),
                &delivery.details,
            ],
        )
        .await
        .map(drop)
}

fn kind(row: &Row, column: usize) -> Result<Kind, StoreError> {
    Ok(if get::<&str>(row, column)? == "letter" { Kind::Letter } else { Kind::Status })
}

fn lease(row: &Row, token: String) -> Result<Lease, StoreError> {
    Ok(Lease {
        id: get(row, 0)?,
        token,
        message: get(row, 1)?,
        kind: kind(row, 2)?,
        sender: get(row, 3)?,
        recipient: get(row, 4)?,
        sbd: text(row, 5)?,
        package: get(row, 6)?,
        package_size: get::<i64>(row, 7)? as u64,
        reference: get(row, 8)?,
        transfer: get(row, 9)?,
        details: get(row, 13)?,
        created: instant(get(row, 11)?)?,
        expires: get::<Option<i64>>(row, 12)?.map(instant).transpose()?,
        attempts: get::<i32>(row, 10)?.unsigned_abs(),
        doubtful: get(row, 14)?,
        trace: trace(get(row, 15)?),
    })
}

fn dead_letter(row: &Row) -> Result<DeadLetter, StoreError> {
    Ok(DeadLetter {
        message: get(row, 0)?,
        kind: kind(row, 1)?,
        channel: get(row, 2)?,
        sender: get(row, 3)?,
        recipient: get(row, 4)?,
        reason: get::<Option<String>>(row, 5)?.unwrap_or_default(),
        attempts: get::<i32>(row, 6)?.unsigned_abs(),
        created: instant(get(row, 7)?)?,
    })
}

/// Receipts that had come before their message: kept then, told now.
async fn tell_early_receipts(write: &mut Write<'_>, message: &NewMessage) -> Result<(), StoreError> {
    let sql = "SELECT sbd, broker_sender, channel FROM message
               WHERE organisation = $1 AND about = $2 AND direction = 'in' ORDER BY created, id";
    let kept = write.rows(sql, &[&message.organisation, &message.message_id]).await?;
    let sent = Sent::of(message);
    for row in kept {
        let (sbd, broker_sender) = (text(&row, 0)?, get::<Option<String>>(&row, 1)?.unwrap_or_default());
        let way = Way { channel: get(&row, 2)?, broker_sender };
        if let Some(event) = early_event(&sbd, &way, &sent, message.created)? {
            event::add(write, &message.id, event, message.created).await?;
        }
    }
    Ok(())
}
