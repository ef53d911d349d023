//! The register in SQLite, as one text: it is small, and each operation is about the whole.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::state::{Key, Order, Ordered, Refusal, Register, Request, Timing};
use super::{KONVOLUTT, usual_reference};
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;
use crate::seed;

const FLAG: &str = "system_users";

/// Keeps requests and what became of them. Time acts on them whenever they are looked at.
#[derive(Debug)]
pub(crate) struct Store {
    database: Arc<Database>,
    timing: Timing,
}

impl Timing {
    /// Ten days.
    pub(crate) fn scaled(clock: &Clock) -> Self {
        let patience = clock.delay(10.0 * 24.0 * 3600.0);
        Self { patience: SignedDuration::try_from(patience).unwrap_or(SignedDuration::from_hours(240)) }
    }
}

impl Store {
    pub(crate) fn new(database: Arc<Database>, timing: Timing) -> Self {
        Self { database, timing }
    }

    /// Takes an order. `true`: a request was made, and there was none before.
    pub(super) fn order(&self, order: Order, now: Timestamp) -> Result<Result<(Request, bool), Refusal>, Error> {
        let id = Uuid::new_v4();
        self.with(now, |register| {
            Ok(match register.order(order, id, now, &self.timing)? {
                Ordered::Made(request) => (request.clone(), true),
                Ordered::Known(request) => (request.clone(), false),
            })
        })
    }

    /// A request as it is now.
    pub(super) fn get(&self, id: Uuid, now: Timestamp) -> Result<Result<Request, Refusal>, Error> {
        self.with(now, |register| register.get(id).cloned())
    }

    /// The newest request with a key, as it is now.
    pub(super) fn find(&self, key: &Key, now: Timestamp) -> Result<Result<Request, Refusal>, Error> {
        self.with(now, |register| register.find(key).cloned())
    }

    /// Somebody of the organisation says yes or no.
    pub(super) fn answer(&self, id: Uuid, yes: bool, now: Timestamp) -> Result<Result<Request, Refusal>, Error> {
        self.with(now, |register| register.answer(id, yes).cloned())
    }

    /// Takes a request away.
    pub(super) fn delete(&self, id: Uuid, now: Timestamp) -> Result<Result<(), Refusal>, Error> {
        self.with(now, |register| register.delete(id))
    }

    /// The system user with a key, by its id.
    pub(crate) fn user(&self, key: &Key, now: Timestamp) -> Result<Option<Uuid>, Error> {
        self.with(now, |register| register.user(key))
    }

    /// Does one thing to the register as it is at this time, and keeps what came of it.
    fn with<T>(&self, now: Timestamp, act: impl FnOnce(&mut Register) -> T) -> Result<T, Error> {
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        let sql = "SELECT value FROM flag WHERE name = ?1";
        let kept: Option<String> = transaction.query_row(sql, [FLAG], |row| row.get(0)).optional()?;
        let before = kept.map(|text| serde_json::from_str::<Register>(&text)).transpose()?;
        let mut register = before.clone().unwrap_or_else(|| self.beginning(now));
        register.advance(now);
        let answer = act(&mut register);
        if before.as_ref() != Some(&register) {
            let sql = "INSERT INTO flag (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
            transaction.execute(sql, params![FLAG, serde_json::to_string(&register)?])?;
        }
        transaction.commit()?;
        Ok(answer)
    }

    /// Our own organisations have said yes, each to the usual system user, before anything begins.
    fn beginning(&self, now: Timestamp) -> Register {
        let mut register = Register::default();
        for organisation in seed::ours().map(|one| one.number) {
            let key = Key {
                system: KONVOLUTT.id.to_owned(),
                organisation: organisation.to_owned(),
                reference: usual_reference(organisation),
            };
            let packages = KONVOLUTT.packages.iter().map(|one| (*one).to_owned()).collect();
            let (order, id) = (Order { key, rights: Vec::new(), packages }, Uuid::new_v4());
            // Every organisation is there once, so that neither can be refused.
            let _ = register.order(order, id, now, &self.timing);
            let _ = register.answer(id, true);
        }
        register
    }
}
