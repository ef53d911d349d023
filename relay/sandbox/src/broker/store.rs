//! Transfers in SQLite, bytes in files beside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::query::{Filter, Role};
use super::resource::Estate;
use super::state::{Order, Refusal, Timing, Transfer};
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;

/// The most ids a list holds.
const LIST_CAP: usize = 100;

/// Under which the database keeps service owners and their resource.
const ESTATE: &str = "broker-estate";

/// Keeps transfers. Time acts on them whenever they are looked at.
#[derive(Debug)]
pub(crate) struct Store {
    database: Arc<Database>,
    files: PathBuf,
    clock: Clock,
    estate: Mutex<Estate>,
}

impl Store {
    /// Opens the store; `files` is made if it is missing.
    pub(crate) fn open(database: Arc<Database>, files: PathBuf, clock: Clock) -> Result<Self, Error> {
        std::fs::create_dir_all(&files)?;
        let estate = database.flag(ESTATE)?.map(|kept| serde_json::from_str(&kept)).transpose()?.unwrap_or_default();
        Ok(Self { database, files, clock, estate: Mutex::new(estate) })
    }

    /// Service owners and their resource.
    pub(super) fn estate(&self) -> Estate {
        self.estate.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets `change` act on them, durably.
    pub(super) fn decide<T>(&self, change: impl FnOnce(&mut Estate) -> T) -> Result<T, Error> {
        let mut estate = self.estate.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = estate.clone();
        let answer = change(&mut changed);
        self.database.set_flag(ESTATE, &serde_json::to_string(&changed)?)?;
        *estate = changed;
        Ok(answer)
    }

    fn timing(&self) -> Timing {
        let settings = self.estate().settings;
        Timing::scaled(&self.clock, settings.life(), settings.grace())
    }

    /// Where a transfer's bytes are.
    pub(super) fn file(&self, id: Uuid) -> PathBuf {
        self.files.join(id.to_string())
    }

    pub(super) fn initialize(&self, order: Order, now: Timestamp) -> Result<Uuid, Error> {
        let transfer = Transfer::initialize(Uuid::new_v4(), order, now, &self.timing());
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        save(&transaction, &transfer)?;
        transaction.commit()?;
        Ok(transfer.id)
    }

    /// The transfer as it is now.
    pub(super) fn get(&self, id: Uuid, now: Timestamp) -> Result<Option<Transfer>, Error> {
        self.settle(now)?;
        load(&self.database.lock(), id)
    }

    /// Lets `change` act on a transfer. What it did is kept even if it refuses: a wrong checksum fails the transfer.
    pub(super) fn change<T>(
        &self,
        id: Uuid,
        now: Timestamp,
        change: impl FnOnce(&mut Transfer, &Timing) -> Result<T, Refusal>,
    ) -> Result<Result<T, Refusal>, Error> {
        self.settle(now)?;
        // Before the connection is taken, which [`Store::decide`] takes last.
        let timing = self.timing();
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        let Some(mut transfer) = load(&transaction, id)? else { return Ok(Err(Refusal::NotFound)) };
        let answer = change(&mut transfer, &timing);
        save(&transaction, &transfer)?;
        transaction.commit()?;
        Ok(answer)
    }

    /// Ids of the transfers that concern `organisation` and pass the filter: at most 100.
    pub(super) fn list(&self, organisation: &str, filter: &Filter, now: Timestamp) -> Result<Vec<Uuid>, Error> {
        self.settle(now)?;
        let key = if filter.status.is_some() { "t.changed" } else { "t.created" };
        let direction = if filter.ascending { "ASC" } else { "DESC" };
        let side = match filter.role {
            Role::Sender => "t.sender = ?1 AND ?2 IS NULL",
            Role::Recipient => {
                "EXISTS (SELECT 1 FROM recipient r WHERE r.transfer = t.id AND r.organisation = ?1
                         AND (?2 IS NULL OR r.status = ?2))"
            }
            Role::Either => {
                "(t.sender = ?1 OR EXISTS (SELECT 1 FROM recipient r WHERE r.transfer = t.id AND r.organisation = ?1))
                 AND ?2 IS NULL"
            }
        };
        // One bound alone excludes it; both together are BETWEEN, which includes them.
        let (after, before) = if filter.from.is_some() && filter.to.is_some() { (">=", "<=") } else { (">", "<") };
        let sql = format!(
            "SELECT t.id FROM transfer t WHERE {side} AND t.resource = ?3 AND (?4 IS NULL OR t.status = ?4)
             AND (?5 IS NULL OR {key} {after} ?5) AND (?6 IS NULL OR {key} {before} ?6)
             ORDER BY {key} {direction}, t.rowid {direction} LIMIT {LIST_CAP}"
        );
        let connection = self.database.lock();
        let mut statement = connection.prepare_cached(&sql)?;
        let (from, to) = (filter.from.map(Timestamp::as_microsecond), filter.to.map(Timestamp::as_microsecond));
        let parameters = params![organisation, filter.recipient_status, filter.resource, filter.status, from, to];
        let ids = statement.query_map(parameters, |row| row.get::<_, String>(0))?;
        let mut found = Vec::new();
        for id in ids {
            found.extend(Uuid::parse_str(&id?));
        }
        Ok(found)
    }

    /// Lets time act on every transfer that waits for it.
    fn settle(&self, now: Timestamp) -> Result<(), Error> {
        let mut connection = self.database.lock();
        let ids: Vec<String> = {
            let mut statement = connection.prepare_cached("SELECT id FROM transfer WHERE due <= ?1")?;
            statement.query_map([now.as_microsecond()], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        if ids.is_empty() {
            return Ok(());
        }
        let transaction = connection.transaction()?;
        for id in ids.iter().filter_map(|id| Uuid::parse_str(id).ok()) {
            let Some(mut transfer) = load(&transaction, id)? else { continue };
            transfer.advance(now);
            save(&transaction, &transfer)?;
            if !transfer.keeps_file() {
                remove(&self.file(id))?;
            }
        }
        Ok(transaction.commit()?)
    }
}

/// The broker's delays, shortened by the sandbox's speed.
impl Timing {
    fn scaled(clock: &Clock, life: SignedDuration, grace: Option<SignedDuration>) -> Self {
        let delay = |seconds: f64| SignedDuration::try_from(clock.delay(seconds)).unwrap_or(SignedDuration::MAX);
        let grace = grace.map(|grace| delay(grace.as_secs_f64()));
        Self { scan: delay(1.0), ttl: delay(life.as_secs_f64()), grace, stuck: delay(86_400.0) }
    }
}

/// Deletes a file that may be gone.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn load(connection: &Connection, id: Uuid) -> Result<Option<Transfer>, Error> {
    let mut statement = connection.prepare_cached("SELECT body FROM transfer WHERE id = ?1")?;
    let body: Option<String> = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(Error::from)).transpose()
}

fn save(connection: &Connection, transfer: &Transfer) -> Result<(), Error> {
    let id = transfer.id.to_string();
    connection
        .prepare_cached(
            "INSERT INTO transfer (id, resource, sender, status, created, changed, due, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET status = ?4, changed = ?6, due = ?7, body = ?8",
        )?
        .execute(params![
            id,
            transfer.resource,
            transfer.sender,
            transfer.status.name(),
            transfer.created.as_microsecond(),
            transfer.changed.as_microsecond(),
            transfer.due().map(Timestamp::as_microsecond),
            serde_json::to_string(transfer)?,
        ])?;
    let mut recipient = connection.prepare_cached(
        "INSERT INTO recipient (transfer, organisation, status) VALUES (?1, ?2, ?3)
         ON CONFLICT (transfer, organisation) DO UPDATE SET status = ?3",
    )?;
    for one in &transfer.recipients {
        recipient.execute(params![id, one.organisation, one.status.name()])?;
    }
    Ok(())
}
