//! How much waits to leave, and for how long.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::message::instant;
use crate::store::StoreError;

/// What waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Deliveries, letters and status messages alike.
    pub waiting: u64,
    /// Age of the oldest.
    pub oldest: Duration,
}

/// What waits now.
///
/// # Errors
/// The store's.
pub fn backlog(connection: &Connection, now: Timestamp) -> Result<Backlog, StoreError> {
    let sql = "SELECT count(*), min(created) FROM outbox WHERE state = 'waiting'";
    let (waiting, created): (i64, Option<i64>) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let oldest = match created {
        Some(created) => now.duration_since(instant(created)?).try_into().unwrap_or_default(),
        None => Duration::ZERO,
    };
    Ok(Backlog { waiting: waiting.unsigned_abs(), oldest })
}
