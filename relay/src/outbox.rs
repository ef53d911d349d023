//! The durable queue of what must leave.
//!
//! A worker takes a row with a lease: a random token and an end. The work happens outside any transaction; writing
//! back needs the token, so a worker that was too slow cannot undo what its successor did.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use crate::message::instant;
use crate::store::{Store, StoreError, Write};

/// How long a worker has for one step before another may take the row.
const LEASE: Duration = Duration::from_secs(15 * 60);

/// What kind of row it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person's letter: its fate is told as events.
    Letter,
    /// A `status` to the sender of something we received.
    Status,
}

/// A row to be queued.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Relay's id of the message it belongs to.
    pub message: String,
    pub kind: Kind,
    /// Nine digits.
    pub sender: String,
    /// Nine digits.
    pub recipient: String,
    pub sbd: String,
    /// File name in the packages folder.
    pub package: Option<String>,
    pub package_size: u64,
    /// `sendersFileTransferReference`: random, and kept, so that a transfer whose id was lost can be found again.
    pub reference: String,
    pub expires: Option<Timestamp>,
}

/// A row in a worker's hands.
#[derive(Clone, Debug)]
pub struct Lease {
    pub id: String,
    pub token: String,
    pub message: String,
    pub kind: Kind,
    pub sender: String,
    pub recipient: String,
    pub sbd: String,
    pub package: Option<PathBuf>,
    pub package_size: u64,
    pub reference: String,
    /// The broker's transfer, once there is one.
    pub transfer: Option<String>,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    /// Tries before this one.
    pub attempts: u32,
}

/// What a worker writes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has left.
    Sent,
    /// Try again at this time.
    Later(Timestamp, String),
    /// It will not leave; a person may try again.
    Dead(String),
}

/// Queues a row, due at once.
pub fn enqueue(write: &mut Write<'_>, delivery: &NewDelivery, now: Timestamp) -> Result<(), StoreError> {
    write.execute(
        "INSERT INTO outbox (id, message, kind, sender, recipient, sbd, package, package_size, reference, created, expires, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?10)",
        params![
            Uuid::now_v7().to_string(),
            delivery.message,
            if delivery.kind == Kind::Letter { "letter" } else { "status" },
            delivery.sender,
            delivery.recipient,
            delivery.sbd,
            delivery.package,
            delivery.package_size as i64,
            delivery.reference,
            now.as_millisecond(),
            delivery.expires.map(Timestamp::as_millisecond),
        ],
    )?;
    Ok(())
}

/// Takes the row that has been due longest, if any is due and not in other hands.
///
/// # Errors
/// The store's.
pub async fn acquire(store: &Store, now: Timestamp) -> Result<Option<Lease>, StoreError> {
    let folder = store.folder().join("packages");
    let take = move |write: &mut Write<'_>| {
        let (milliseconds, until) = (now.as_millisecond(), now.as_millisecond() + LEASE.as_millis() as i64);
        let token = Uuid::new_v4().to_string();
        let sql = "UPDATE outbox SET lease = ?2, lease_until = ?3, attempts = attempts + 1 WHERE id = (
                       SELECT id FROM outbox WHERE state = 'waiting' AND due <= ?1 AND (lease IS NULL OR lease_until <= ?1)
                       ORDER BY due LIMIT 1)
                   RETURNING id, message, kind, sender, recipient, sbd, package, package_size, reference, transfer,
                       created, expires, attempts - 1";
        let row = write.query_row(sql, params![milliseconds, token, until], |row| {
            let kind: String = row.get(2)?;
            let (created, expires): (i64, Option<i64>) = (row.get(10)?, row.get(11)?);
            let lease = Lease {
                id: row.get(0)?,
                token: token.clone(),
                message: row.get(1)?,
                kind: if kind == "letter" { Kind::Letter } else { Kind::Status },
                sender: row.get(3)?,
                recipient: row.get(4)?,
                sbd: row.get(5)?,
                package: row.get::<_, Option<String>>(6)?.map(|name| folder.join(name)),
                package_size: row.get::<_, i64>(7)? as u64,
                reference: row.get(8)?,
                transfer: row.get(9)?,
                created: Timestamp::UNIX_EPOCH,
                expires: None,
                attempts: row.get(12)?,
            };
            Ok((lease, created, expires))
        });
        let Some((lease, created, expires)) = row.optional()? else { return Ok(None) };
        Ok(Some(Lease { created: instant(created)?, expires: expires.map(instant).transpose()?, ..lease }))
    };
    store.write(take).await
}

/// Keeps the broker's id of the transfer, before any byte is uploaded; `None` when it was abandoned.
///
/// # Errors
/// The store's.
pub async fn keep_transfer(store: &Store, lease: &Lease, transfer: Option<String>) -> Result<bool, StoreError> {
    let (id, token) = (lease.id.clone(), lease.token.clone());
    let keep = move |write: &mut Write<'_>| {
        let sql = "UPDATE outbox SET transfer = ?3 WHERE id = ?1 AND lease = ?2";
        Ok(write.execute(sql, params![id, token, transfer])? == 1)
    };
    store.write(keep).await
}

/// Gives a new reference, when the transfer under the old one was abandoned.
///
/// # Errors
/// The store's.
pub async fn new_reference(store: &Store, lease: &Lease) -> Result<String, StoreError> {
    let (id, token, reference) = (lease.id.clone(), lease.token.clone(), Uuid::new_v4().to_string());
    let kept = reference.clone();
    let keep = move |write: &mut Write<'_>| {
        let sql = "UPDATE outbox SET reference = ?3, transfer = NULL WHERE id = ?1 AND lease = ?2";
        write.execute(sql, params![id, token, kept])?;
        Ok(())
    };
    store.write(keep).await.map(|()| reference)
}

/// Ends a lease within a transaction; `false` if the row is in other hands by now, and then nothing is written.
pub fn settle(write: &mut Write<'_>, lease: &Lease, outcome: &Outcome) -> Result<bool, StoreError> {
    let (state, due, error) = match outcome {
        Outcome::Sent => ("sent", 0, None),
        Outcome::Later(due, why) => ("waiting", due.as_millisecond(), Some(why)),
        Outcome::Dead(why) => ("dead", 0, Some(why)),
    };
    let sql = "UPDATE outbox SET state = ?3, due = ?4, last_error = ?5, lease = NULL, lease_until = NULL
               WHERE id = ?1 AND lease = ?2";
    Ok(write.execute(sql, params![lease.id, lease.token, state, due, error])? == 1)
}

/// Makes everything due that was in hands when the relay stopped: its workers are gone.
///
/// # Errors
/// The store's.
pub async fn release_all(store: &Store) -> Result<usize, StoreError> {
    store
        .write(|write| {
            let sql =
                "UPDATE outbox SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL AND state = 'waiting'";
            Ok(write.execute(sql, [])?)
        })
        .await
}

/// Lets a person try again what had died. Answers whether there was such a row.
pub fn revive(write: &mut Write<'_>, message: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE outbox SET state = 'waiting', due = ?2 WHERE message = ?1 AND kind = 'letter' AND state = 'dead'";
    Ok(write.execute(sql, params![message, now.as_millisecond()])? > 0)
}

/// Stops what has not left yet, because its deadline has passed.
pub fn expire(write: &mut Write<'_>, message: &str) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET state = 'dead', last_error = 'deadline' WHERE message = ?1 AND kind = 'letter' AND state = 'waiting'";
    write.execute(sql, [message])?;
    Ok(())
}
