//! Shipments in SQLite, sealed bytes in files beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::state::{Refusal, Shipment, Timing};
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;

/// Keeps shipments. Time acts on them whenever they are looked at.
#[derive(Debug)]
pub(crate) struct Store {
    database: Arc<Database>,
    files: PathBuf,
    pub(super) timing: Timing,
}

impl Timing {
    /// Delivered after five seconds.
    pub(crate) fn scaled(clock: &Clock) -> Self {
        let delay = |seconds| SignedDuration::try_from(clock.delay(seconds)).unwrap_or_default();
        Self { accept: delay(1.0), ready: delay(5.0), print: delay(10.0) }
    }
}

impl Store {
    /// Opens the store; `files` is made if it is missing.
    pub(crate) fn open(database: Arc<Database>, files: PathBuf, timing: Timing) -> Result<Self, Error> {
        std::fs::create_dir_all(&files)?;
        Ok(Self { database, files, timing })
    }

    /// Where a shipment's bytes are: `0`, `1` … the documents as they came, `content` as it is fetched.
    pub(super) fn folder(&self, id: Uuid) -> PathBuf {
        self.files.join(id.to_string())
    }

    /// Where a shipment's sealed content is.
    pub(super) fn content(&self, id: Uuid) -> PathBuf {
        self.folder(id).join("content")
    }

    /// The documents as they came, by their number.
    pub(super) fn part(folder: &Path, number: usize) -> PathBuf {
        folder.join(number.to_string())
    }

    /// Keeps a new shipment; its bytes are there already.
    pub(super) fn insert(&self, shipment: &Shipment) -> Result<(), Error> {
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        save(&transaction, shipment)?;
        Ok(transaction.commit()?)
    }

    /// The shipment as it is now.
    pub(super) fn get(&self, id: Uuid, now: Timestamp) -> Result<Option<Shipment>, Error> {
        self.settle(now)?;
        load(&self.database.lock(), id)
    }

    /// Lets `change` act on a shipment.
    pub(super) fn change<T>(
        &self,
        id: Uuid,
        now: Timestamp,
        change: impl FnOnce(&mut Shipment, &Timing) -> Result<T, Refusal>,
    ) -> Result<Result<T, Refusal>, Error> {
        self.settle(now)?;
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        let Some(mut shipment) = load(&transaction, id)? else { return Ok(Err(Refusal::NotFound)) };
        let answer = change(&mut shipment, &self.timing);
        save(&transaction, &shipment)?;
        transaction.commit()?;
        Ok(answer)
    }

    /// What an account has sent under a reference, oldest first.
    pub(super) fn by_reference(&self, account: Uuid, reference: &str) -> Result<Vec<Uuid>, Error> {
        let sql = "SELECT id FROM shipment WHERE account = ?1 AND reference = ?2 ORDER BY created, rowid";
        let ids: Vec<String> = {
            let connection = self.database.lock();
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(params![account.to_string(), reference], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        Ok(ids.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect())
    }

    /// What waits in a receiving system, oldest first.
    pub(super) fn waiting(&self, system: &str, now: Timestamp) -> Result<Vec<Shipment>, Error> {
        self.settle(now)?;
        self.with_status("KLAR_FOR_MOTTAK", |one| super::system_of(&one.recipient) == system)
    }

    /// What SvarUt has to look into by now.
    pub(super) fn unopened(&self, now: Timestamp) -> Result<Vec<Shipment>, Error> {
        self.with_status("MOTTATT", |one| one.looked_into_at(&self.timing) <= now)
    }

    /// Everything, oldest first.
    pub(crate) fn all(&self, now: Timestamp) -> Result<Vec<Shipment>, Error> {
        self.settle(now)?;
        self.with_status("%", |_| true)
    }

    fn with_status(&self, status: &str, keep: impl Fn(&Shipment) -> bool) -> Result<Vec<Shipment>, Error> {
        let connection = self.database.lock();
        let mut statement =
            connection.prepare_cached("SELECT body FROM shipment WHERE status LIKE ?1 ORDER BY created, rowid")?;
        let bodies = statement.query_map([status], |row| row.get::<_, String>(0))?;
        let mut found = Vec::new();
        for body in bodies {
            let shipment: Shipment = serde_json::from_str(&body?)?;
            found.extend(Some(shipment).filter(&keep));
        }
        Ok(found)
    }

    /// Lets time act on every shipment that waits for it.
    fn settle(&self, now: Timestamp) -> Result<(), Error> {
        let mut connection = self.database.lock();
        let ids: Vec<String> = {
            let mut statement = connection.prepare_cached("SELECT id FROM shipment WHERE due <= ?1")?;
            statement.query_map([now.as_microsecond()], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        if ids.is_empty() {
            return Ok(());
        }
        let transaction = connection.transaction()?;
        for id in ids.iter().filter_map(|id| Uuid::parse_str(id).ok()) {
            if let Some(mut shipment) = load(&transaction, id)?
                && shipment.advance(now, &self.timing)
            {
                save(&transaction, &shipment)?;
            }
        }
        Ok(transaction.commit()?)
    }
}

fn load(connection: &Connection, id: Uuid) -> Result<Option<Shipment>, Error> {
    let mut statement = connection.prepare_cached("SELECT body FROM shipment WHERE id = ?1")?;
    let body: Option<String> = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}

fn save(connection: &Connection, shipment: &Shipment) -> Result<(), Error> {
    let sql = "INSERT INTO shipment (id, account, reference, status, created, due, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (id) DO UPDATE SET status = excluded.status, due = excluded.due, body = excluded.body";
    connection.prepare_cached(sql)?.execute(params![
        shipment.id.to_string(),
        shipment.account.to_string(),
        shipment.reference,
        shipment.status.name(),
        shipment.created.as_microsecond(),
        shipment.due().map(Timestamp::as_microsecond),
        serde_json::to_string(shipment)?,
    ])?;
    Ok(())
}
