//! Correspondences in SQLite, their texts and files in memory alone: what Altinn reads must not be what somebody finds
//! on the disk of a sandbox run. After a restart the states are there, the texts are not.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::request::Texts;
use super::state::{Correspondence, Order, Refusal, Timing};
use crate::database::Database;
use crate::error::Error;

/// The most ids a list holds.
const LIST_CAP: usize = 1000;

/// How many bytes of files are kept; the oldest go first. The newest is always there.
const MEMORY: usize = 400_000_000;

/// Keeps correspondences. Time acts on them whenever they are looked at.
#[derive(Debug)]
pub(crate) struct Store {
    database: Arc<Database>,
    timing: Timing,
    texts: Mutex<VecDeque<(Uuid, Arc<Texts>)>>,
}

/// One with its texts, as far as they are in memory.
pub(super) type Entry = (Correspondence, Option<Arc<Texts>>);

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) resource: Option<String>,
    pub(super) senders_reference: Option<String>,
    pub(super) key: Option<Uuid>,
    pub(super) status: Option<super::state::Status>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) as_sender: bool,
    pub(super) as_recipient: bool,
}

impl Store {
    /// Over a database that has the tables.
    pub(crate) fn new(database: Arc<Database>, timing: Timing) -> Self {
        Self { database, timing, texts: Mutex::default() }
    }

    /// Makes one for each order. `None` if the key was used before.
    pub(super) fn initialize(
        &self,
        key: Option<Uuid>,
        orders: Vec<Order>,
        texts: Texts,
        now: Timestamp,
    ) -> Result<Option<Vec<Correspondence>>, Error> {
        let made: Vec<Correspondence> =
            orders.into_iter().map(|order| Correspondence::initialize(Uuid::new_v4(), order, now)).collect();
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        let first = made.first().map(|one| one.id);
        if let Some((key, first)) = key.zip(first) {
            let new = transaction.execute(
                "INSERT INTO correspondence_key (key, correspondence) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING",
                [key.to_string(), first.to_string()],
            )?;
            if new == 0 {
                return Ok(None);
            }
        }
        for one in &made {
            save(&transaction, one, &self.timing)?;
        }
        transaction.commit()?;
        drop(connection);
        self.keep(made.iter().map(|one| one.id), &Arc::new(texts));
        Ok(Some(made))
    }

    fn keep(&self, ids: impl Iterator<Item = Uuid>, texts: &Arc<Texts>) {
        let size = |texts: &Texts| texts.files.iter().map(|(_, _, content)| content.len()).sum::<usize>();
        let mut kept = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(ids.map(|id| (id, texts.clone())));
        let mut sum: usize = kept.iter().map(|(_, texts)| size(texts)).sum();
        while sum > MEMORY && kept.len() > 1 {
            sum -= kept.pop_front().map_or(0, |(_, texts)| size(&texts));
        }
    }

    /// Its texts, unless they have been forgotten.
    pub(super) fn texts(&self, id: Uuid) -> Option<Arc<Texts>> {
        let kept = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| *known == id).map(|(_, texts)| texts.clone())
    }

    /// The correspondence as it is now.
    pub(super) fn get(&self, id: Uuid, now: Timestamp) -> Result<Option<Correspondence>, Error> {
        self.settle(now)?;
        load(&self.database.lock(), id)
    }

    /// Lets `change` act on it.
    pub(super) fn change(
        &self,
        id: Uuid,
        now: Timestamp,
        change: impl FnOnce(&mut Correspondence) -> Result<(), Refusal>,
    ) -> Result<Result<Correspondence, Refusal>, Error> {
        self.settle(now)?;
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        let Some(mut one) = load(&transaction, id)? else { return Ok(Err(Refusal::NotFound)) };
        if let Err(refusal) = change(&mut one) {
            return Ok(Err(refusal));
        }
        save(&transaction, &one, &self.timing)?;
        transaction.commit()?;
        Ok(Ok(one))
    }

    /// Those that concern an organisation and pass the filter, newest first.
    pub(super) fn list(&self, organisation: &str, filter: &Filter, now: Timestamp) -> Result<Vec<Uuid>, Error> {
        let key = filter.key.map(|key| key.to_string());
        let found = self.select(
            "SELECT body FROM correspondence c WHERE (?1 IS NULL OR senders_reference = ?1) AND (?2 IS NULL OR EXISTS
             (SELECT 1 FROM correspondence_key k WHERE k.key = ?2 AND k.correspondence = c.id)) ORDER BY rowid DESC",
            &[&filter.senders_reference, &key],
            now,
        )?;
        let fits = |one: &Correspondence| {
            let side = (filter.as_sender && one.owner == organisation)
                || (filter.as_recipient && one.recipient.number() == organisation && one.is_open());
            side && filter.resource.as_ref().is_none_or(|resource| one.resource == *resource)
                && filter.status.is_none_or(|status| one.status().0 == status)
                && filter.from.is_none_or(|from| one.created > from)
                && filter.to.is_none_or(|to| one.created < to)
        };
        Ok(found.iter().filter(|one| fits(one)).map(|one| one.id).take(LIST_CAP).collect())
    }

    /// All, oldest first, with their texts: for the page that shows what has come.
    pub(super) fn all(&self, now: Timestamp) -> Result<Vec<Entry>, Error> {
        let found = self.select("SELECT body FROM correspondence ORDER BY rowid", &[], now)?;
        Ok(found.into_iter().map(|one| (one.id, one)).map(|(id, one)| (one, self.texts(id))).collect())
    }

    fn select(&self, sql: &str, values: &[&dyn rusqlite::ToSql], now: Timestamp) -> Result<Vec<Correspondence>, Error> {
        self.settle(now)?;
        let connection = self.database.lock();
        let mut statement = connection.prepare_cached(sql)?;
        let bodies = statement.query_map(values, |row| row.get::<_, String>(0))?;
        let mut found = Vec::new();
        for body in bodies {
            found.push(serde_json::from_str(&body?)?);
        }
        Ok(found)
    }

    /// Lets time act on every correspondence that waits for it.
    fn settle(&self, now: Timestamp) -> Result<(), Error> {
        let mut connection = self.database.lock();
        let due: Vec<String> = {
            let mut statement = connection.prepare_cached("SELECT body FROM correspondence WHERE due <= ?1")?;
            statement.query_map([now.as_microsecond()], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        if due.is_empty() {
            return Ok(());
        }
        let transaction = connection.transaction()?;
        for body in due {
            let mut one: Correspondence = serde_json::from_str(&body)?;
            one.advance(now, &self.timing);
            save(&transaction, &one, &self.timing)?;
        }
        Ok(transaction.commit()?)
    }
}

/// Altinn's delays, shortened by the sandbox's speed. The reminder is that of the real test environment.
impl Timing {
    pub(crate) fn scaled(clock: &crate::clock::Clock) -> Self {
        let delay = |seconds: f64| SignedDuration::try_from(clock.delay(seconds)).unwrap_or(SignedDuration::MAX);
        Self { scan: delay(1.0), publish: delay(3.0), notify: delay(5.0), remind: delay(86_400.0) }
    }
}

fn load(connection: &Connection, id: Uuid) -> Result<Option<Correspondence>, Error> {
    let mut statement = connection.prepare_cached("SELECT body FROM correspondence WHERE id = ?1")?;
    let body: Option<String> = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(Error::from)).transpose()
}

fn save(connection: &Connection, one: &Correspondence, timing: &Timing) -> Result<(), Error> {
    connection
        .prepare_cached(
            "INSERT INTO correspondence (id, senders_reference, due, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET due = ?3, body = ?4",
        )?
        .execute(params![
            one.id.to_string(),
            one.senders_reference,
            one.due(timing).map(Timestamp::as_microsecond),
            serde_json::to_string(one)?,
        ])?;
    Ok(())
}
