//! The queue of what must leave.

use jiff::Timestamp;
use konvolutt_shared::api::StatusEvent;
use rusqlite::{OptionalExtension, Row, params};

use super::value::{instant, trace};
use super::{Sqlite, StoreError, Write, approval, audit, event, upload};
use crate::audit::Record;
use crate::inbox::{Sent, Way, early_event};
use crate::message::{Known, NewMessage, NotStored, queued_anew};
use crate::outbox::{Acquire, Backlog, DOUBTFUL, DeadLetter, Followed, Kind, Lease, NewDelivery, Outcome};
use crate::store::{Answer, Outbox};

impl Outbox for Sqlite {
    fn outgoing(&self, organisation: &str, message_id: &str) -> Answer<'_, Option<Known>> {
        let (organisation, id) = (organisation.to_owned(), message_id.to_owned());
        self.look(move |connection| event::outgoing(connection, &organisation, &id))
    }

    fn accept(
        &self,
        message: NewMessage,
        delivery: NewDelivery,
        record: Option<Record>,
    ) -> Answer<'_, Option<NotStored>> {
        self.write(move |write| {
            if let Some(known) = event::outgoing(write, &message.organisation, &message.message_id)? {
                return Ok(Some(NotStored::Known(known)));
            }
            if !upload::take(write, message.upload.as_deref())? {
                return Ok(Some(NotStored::UploadGone));
            }
            event::insert(write, &message)?;
            approval::queue(write, &message, &delivery)?;
            tell_early_receipts(write, &message)?;
            audit::append(write, record)?;
            Ok(None)
        })
    }

    fn acquire(&self, ask: Acquire) -> Answer<'_, Option<Lease>> {
        self.write(move |write| acquire(write, &ask))
    }

    fn renew(&self, lease: &Lease, until: Timestamp) -> Answer<'_, bool> {
        let (id, token) = (lease.id.clone(), lease.token.clone());
        self.write(move |write| {
            let sql = "UPDATE outbox SET lease_until = ?3 WHERE id = ?1 AND lease = ?2";
            Ok(write.run(sql, params![id, token, until.as_millisecond()])? == 1)
        })
    }

    fn keep_transfer(&self, lease: &Lease, transfer: &str) -> Answer<'_, bool> {
        let (id, token, transfer) = (lease.id.clone(), lease.token.clone(), transfer.to_owned());
        self.write(move |write| {
            let sql = "UPDATE outbox SET transfer = ?3 WHERE id = ?1 AND lease = ?2";
            Ok(write.run(sql, params![id, token, transfer])? == 1)
        })
    }

    fn settle(&self, lease: &Lease, outcome: Outcome, event: Option<StatusEvent>, now: Timestamp) -> Answer<'_, bool> {
        let (id, token, message) = (lease.id.clone(), lease.token.clone(), lease.message.clone());
        self.write(move |write| {
            let (state, due, error, follow) = match &outcome {
                // When it left.
                Outcome::Sent { follow } => ("sent", now.as_millisecond(), None, follow.map(Timestamp::as_millisecond)),
                Outcome::Later(due, why) => ("waiting", due.as_millisecond(), Some(why), None),
                Outcome::Dead(why) => ("dead", 0, Some(why), None),
            };
            let sql = "UPDATE outbox SET state = ?3, due = ?4, last_error = ?5, follow = ?6, lease = NULL,
                       lease_until = NULL WHERE id = ?1 AND lease = ?2";
            if write.run(sql, params![id, token, state, due, error, follow])? == 0 {
                return Ok(false);
            }
            if let Some(event) = event {
                event::add(write, &message, event, now)?;
            }
            Ok(true)
        })
    }

    fn acquire_followed(&self, ask: Acquire) -> Answer<'_, Option<Followed>> {
        self.write(move |write| acquire_followed(write, &ask))
    }

    fn followed(
        &self,
        followed: &Followed,
        events: Vec<StatusEvent>,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Answer<'_, bool> {
        let (id, token, message) = (followed.id.clone(), followed.token.clone(), followed.message.clone());
        self.write(move |write| {
            let sql = "UPDATE outbox SET follow = ?3, lease = NULL, lease_until = NULL WHERE id = ?1 AND lease = ?2";
            if write.run(sql, params![id, token, next.map(Timestamp::as_millisecond)])? == 0 {
                return Ok(false);
            }
            for event in events {
                event::add(write, &message, event, now)?;
            }
            Ok(true)
        })
    }

    fn release_all(&self) -> Answer<'_, usize> {
        self.write(|write| {
            // The waits begin anew: tries that our own end broke off say nothing about the broker. What is not due yet
            // stays so, for the broker may have asked for it.
            write.run("UPDATE outbox SET attempts = 0 WHERE state = 'waiting' AND attempts > 0", [])?;
            let sql = "UPDATE outbox SET last_error = ?1 WHERE state = 'waiting' AND lease IS NOT NULL";
            write.run(sql, [DOUBTFUL])?;
            write.run("UPDATE outbox SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL", [])
        })
    }

    fn overdue(&self, now: Timestamp) -> Answer<'_, Vec<String>> {
        self.read(move |connection| {
            let sql = "SELECT id FROM message
                       WHERE direction = 'out' AND finished = 0 AND expires < ?1 ORDER BY expires LIMIT 100";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([now.as_millisecond()], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn expire(&self, id: &str, event: StatusEvent, now: Timestamp) -> Answer<'_, ()> {
        let id = id.to_owned();
        self.write(move |write| {
            let sql = "UPDATE outbox SET state = 'dead', last_error = 'deadline'
                       WHERE message = ?1 AND kind = 'letter' AND state = 'waiting'";
            write.run(sql, [&id])?;
            approval::forget(write, &id)?;
            event::add(write, &id, event, now)?;
            Ok(())
        })
    }

    fn backlog(&self, channel: &str) -> Answer<'_, Backlog> {
        let channel = channel.to_owned();
        self.read(move |connection| {
            let sql = "SELECT count(*), min(created), min(max(due, coalesce(lease_until, 0))) FROM outbox
                       WHERE channel = ?1 AND state = 'waiting'";
            let (waiting, oldest, next) = connection.prepare_cached(sql)?.query_row([channel], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<i64>>(2)?))
            })?;
            let (oldest, next) = (oldest.map(instant).transpose()?, next.map(instant).transpose()?);
            Ok(Backlog { waiting: waiting as u64, oldest, next })
        })
    }

    fn dead_letters(&self) -> Answer<'_, Vec<DeadLetter>> {
        self.read(|connection| {
            let sql = "SELECT message, kind, channel, sender, recipient, last_error, attempts, created FROM outbox
                       WHERE state = 'dead' ORDER BY created DESC LIMIT 100";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| Ok((dead_letter(row)?, row.get::<_, i64>(7)?)))?;
            rows.map(|row| {
                let (letter, created) = row?;
                Ok(DeadLetter { created: instant(created)?, ..letter })
            })
            .collect()
        })
    }

    fn revive(&self, id: &str, now: Timestamp, record: Option<Record>) -> Answer<'_, bool> {
        let id = id.to_owned();
        self.write(move |write| {
            let letter =
                "SELECT EXISTS (SELECT 1 FROM outbox WHERE message = ?1 AND state = 'dead' AND kind = 'letter')";
            let letter: bool = write.prepare_cached(letter)?.query_row([&id], |row| row.get(0))?;
            let sql =
                "UPDATE outbox SET state = 'waiting', due = ?2, attempts = 0 WHERE message = ?1 AND state = 'dead'";
            if write.run(sql, params![id, now.as_millisecond()])? == 0 {
                return Ok(false);
            }
            if letter {
                event::add(write, &id, queued_anew(now), now)?;
            }
            audit::append(write, record)?;
            Ok(true)
        })
    }
}

/// Queues a row, due at once.
pub(super) fn enqueue(write: &Write<'_>, delivery: &NewDelivery) -> Result<(), StoreError> {
    write.run(
        "INSERT INTO outbox (id, message, kind, channel, sender, recipient, sbd, package, package_size, reference, created,
            expires, details, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?11)",
        params![
            delivery.id,
            delivery.message,
            if delivery.kind == Kind::Letter { "letter" } else { "status" },
            delivery.channel,
            delivery.sender,
            delivery.recipient,
            delivery.sbd,
            delivery.package,
            delivery.package_size as i64,
            delivery.reference,
            delivery.created.as_millisecond(),
            delivery.expires.map(Timestamp::as_millisecond),
            delivery.details,
        ],
    )?;
    Ok(())
}

/// The row that is taken, in two orders. Only the usual one has an index; a probe is rare.
macro_rules! take_by {
    ($order:literal) => {
        concat!(
            "UPDATE outbox SET lease = ?3, lease_until = ?4, attempts = attempts + 1,
                 last_error = CASE WHEN lease IS NULL THEN last_error ELSE ?5 END WHERE id = (
                 SELECT id FROM outbox
                 WHERE channel = ?1 AND state = 'waiting' AND due <= ?2 AND (lease IS NULL OR lease_until <= ?2)
                 ORDER BY ",
            $order,
            " LIMIT 1)
             RETURNING id, message, kind, sender, recipient, sbd, package, package_size, reference, transfer,
                 attempts - 1, created, expires, details, coalesce(last_error = ?5, 0),
                 (SELECT trace FROM message WHERE message.id = outbox.message), rowid"
        )
    };
}
const LONGEST_DUE: &str = take_by!("due, id");
const FRESHEST: &str = take_by!("attempts, due, id");

/// Its place among what is returned.
const ROWID: usize = 16;

fn acquire(write: &Write<'_>, ask: &Acquire) -> Result<Option<Lease>, StoreError> {
    let sql = if ask.probe { FRESHEST } else { LONGEST_DUE };
    let parameters = params![ask.channel, ask.now.as_millisecond(), ask.token, ask.until.as_millisecond(), DOUBTFUL];
    let row = |row: &Row<'_>| Ok((row.get::<_, i64>(ROWID)?, lease(row, &ask.token)));
    let Some((number, lease)) = write.prepare_cached(sql)?.query_row(parameters, row).optional()? else {
        return Ok(None);
    };
    if let Ok(lease) = lease {
        return Ok(Some(lease));
    }
    // A row that cannot be read must not hold up those behind it: it is set aside for a person.
    tracing::error!(delivery = number, "a row of the outbox cannot be read and is set aside");
    let sql = "UPDATE outbox SET state = 'dead', last_error = 'unreadable', lease = NULL, lease_until = NULL
               WHERE rowid = ?1";
    write.run(sql, [number])?;
    Ok(None)
}

fn acquire_followed(write: &Write<'_>, ask: &Acquire) -> Result<Option<Followed>, StoreError> {
    let sql = "UPDATE outbox SET lease = ?3, lease_until = ?4 WHERE id = (
                   SELECT id FROM outbox
                   WHERE channel = ?1 AND follow <= ?2 AND (lease IS NULL OR lease_until <= ?2)
                   ORDER BY follow, id LIMIT 1)
               RETURNING id, message, sender, coalesce(transfer, ''), created, due, rowid";
    let parameters = params![ask.channel, ask.now.as_millisecond(), ask.token, ask.until.as_millisecond()];
    let row = |row: &Row<'_>| Ok((row.get::<_, i64>(6)?, followed(row, &ask.token)));
    let Some((number, followed)) = write.prepare_cached(sql)?.query_row(parameters, row).optional()? else {
        return Ok(None);
    };
    if let Ok(followed) = followed {
        return Ok(Some(followed));
    }
    tracing::error!(delivery = number, "a row of the outbox cannot be read and is not followed");
    write.run("UPDATE outbox SET follow = NULL, lease = NULL, lease_until = NULL WHERE rowid = ?1", [number])?;
    Ok(None)
}

fn followed(row: &Row<'_>, token: &str) -> Result<Followed, StoreError> {
    Ok(Followed {
        id: row.get(0)?,
        token: token.to_owned(),
        message: row.get(1)?,
        sender: row.get(2)?,
        transfer: row.get(3)?,
        created: instant(row.get(4)?)?,
        left: instant(row.get(5)?)?,
    })
}

fn kind(row: &Row<'_>, column: usize) -> Result<Kind, rusqlite::Error> {
    Ok(if row.get_ref(column)?.as_str()? == "letter" { Kind::Letter } else { Kind::Status })
}

fn lease(row: &Row<'_>, token: &str) -> Result<Lease, StoreError> {
    Ok(Lease {
        id: row.get(0)?,
        token: token.to_owned(),
        message: row.get(1)?,
        kind: kind(row, 2)?,
        sender: row.get(3)?,
        recipient: row.get(4)?,
        sbd: row.get(5)?,
        package: row.get(6)?,
        package_size: row.get::<_, i64>(7)? as u64,
        reference: row.get(8)?,
        transfer: row.get(9)?,
        details: row.get(13)?,
        created: instant(row.get(11)?)?,
        expires: row.get::<_, Option<i64>>(12)?.map(instant).transpose()?,
        attempts: row.get(10)?,
        doubtful: row.get(14)?,
        trace: trace(row.get(15)?),
    })
}

/// The row without its time.
fn dead_letter(row: &Row<'_>) -> Result<DeadLetter, rusqlite::Error> {
    Ok(DeadLetter {
        message: row.get(0)?,
        kind: kind(row, 1)?,
        channel: row.get(2)?,
        sender: row.get(3)?,
        recipient: row.get(4)?,
        reason: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        attempts: row.get(6)?,
        created: Timestamp::UNIX_EPOCH,
    })
}

/// Receipts that had come before their message: kept then, told now.
fn tell_early_receipts(write: &mut Write<'_>, message: &NewMessage) -> Result<(), StoreError> {
    let sql = "SELECT sbd, broker_sender, channel FROM message
               WHERE organisation = ?1 AND about = ?2 AND direction = 'in' ORDER BY created, id";
    let mut kept = Vec::new();
    {
        let mut statement = write.prepare_cached(sql)?;
        let rows = statement.query_map([&message.organisation, &message.message_id], |row| {
            let broker_sender = row.get::<_, Option<String>>(1)?.unwrap_or_default();
            Ok((row.get::<_, String>(0)?, Way { channel: row.get(2)?, broker_sender }))
        })?;
        for row in rows {
            kept.push(row?);
        }
    }
    let sent = Sent::of(message);
    for (sbd, way) in kept {
        if let Some(event) = early_event(&sbd, &way, &sent, message.created)? {
            event::add(write, &message.id, event, message.created)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
