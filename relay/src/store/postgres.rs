//! PostgreSQL: for several relays that share one store.
//!
//! Transactions run beside each other, so what SQLite's one writer gives for free is done here with locks, always taken
//! in this order: the name of a message ([`Write::alone`]), the upload that it came as, rows of the outbox, the message's
//! row, the counter of the event log, and at last the end of the audit log. The counter is held until the commit, so cursors
//! become visible in their order: whoever has read up to one will never find a smaller one later.

mod approval;
mod audit;
mod connect;
mod event;
mod inbox;
mod key;
mod listen;
mod message;
mod once;
mod outbox;
mod schema;
mod session;
mod upload;
mod webhook;

use deadpool_postgres::{Client, GenericClient, Pool, Transaction};
use konvolutt_shared::api::Change;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, ToSql};
use uuid::Uuid;

use super::{Access, Answer, Migrated, StoreError, Upkeep, same_version, value};
use crate::audit::Record;
use event::NewEvent;

pub use connect::{Settings, is_url};

/// How many changes a slow listener may lag behind before it must catch up from the log.
const LAG: usize = 1024;

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(&SqlState::DISK_FULL) => Self::Full,
            code if connect::is_away(code, &error) => Self::Unreachable(Box::new(connect::Told(error))),
            _ => Self::Database(Box::new(connect::Told(error))),
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => error.into(),
            late @ deadpool_postgres::PoolError::Timeout(_) => Self::Unreachable(Box::new(late)),
            other => Self::Database(Box::new(other)),
        }
    }
}

/// Statements' parameters.
type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The store.
#[derive(Debug)]
pub struct Postgres {
    pool: Pool,
    changes: broadcast::Sender<Change>,
    listener: JoinHandle<()>,
    /// Whose leases are ours.
    relay: Uuid,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Postgres {
    /// Connects, and makes or completes the tables. `relay` is this relay's own and lasts, so that after a restart it
    /// knows which leases were its own.
    ///
    /// # Errors
    /// No connection, or a store of a newer version.
    pub async fn open(settings: &Settings, relay: Uuid) -> Result<Self, StoreError> {
        let connector = connect::Connector::new(settings)?;
        let pool = connector.pool()?;
        schema::prepare(&mut *pool.get().await?).await?;
        let (changes, _) = broadcast::channel(LAG);
        // From here on every event is told, before anybody can have asked for it.
        let last = message::newest(&pool.get().await?).await?;
        let listener = tokio::spawn(listen::listen(connector, pool.clone(), last, changes.clone()));
        Ok(Self { pool, changes, listener, relay })
    }

    /// Connects, and leaves the tables alone. Hears of no events and takes no leases.
    ///
    /// # Errors
    /// No connection, or a store of another version.
    pub async fn open_as_it_is(settings: &Settings, access: Access) -> Result<Self, StoreError> {
        let connector = connect::Connector::new(settings)?;
        let pool = if access == Access::Read { connector.reading() } else { connector }.pool()?;
        let found = schema::version(&*pool.get().await?).await?;
        same_version(found, schema::known())?;
        let (changes, _) = broadcast::channel(LAG);
        Ok(Self { pool, changes, listener: tokio::spawn(async {}), relay: Uuid::nil() })
    }

    /// Makes or completes the tables and does nothing else.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn migrate(settings: &Settings) -> Result<Migrated, StoreError> {
        schema::prepare(&mut *connect::Connector::new(settings)?.pool()?.get().await?).await
    }

    /// Looks and changes nothing: what somebody who examines the relay wants to know.
    ///
    /// # Errors
    /// No connection.
    pub async fn examine(settings: &Settings) -> Result<connect::Examined, StoreError> {
        connect::examine(&mut *connect::Connector::new(settings)?.pool()?.get().await?).await
    }

    /// A setting as the store's own sessions have it.
    ///
    /// # Errors
    /// No connection, or no such setting.
    pub async fn setting(&self, name: &str) -> Result<String, StoreError> {
        let found = self.row("SELECT current_setting($1)", &[&name]).await?;
        found.map_or(Err(StoreError::Closed), |row| get(&row, 0))
    }

    async fn client(&self) -> Result<Client, StoreError> {
        Ok(self.pool.get().await?)
    }

    /// One statement that is a transaction of its own; answers how many rows it changed.
    async fn run(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
        run(&self.client().await?, sql, parameters).await
    }

    /// The rows of one statement.
    async fn rows(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        rows(&self.client().await?, sql, parameters).await
    }

    /// The only row of one statement, if there is one.
    async fn row(&self, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
        row(&self.client().await?, sql, parameters).await
    }
}

impl Upkeep for Postgres {
    fn prove_commit(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let sql = "INSERT INTO relay (id, seen) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET seen = now()";
            self.run(sql, &[&self.relay.to_string()]).await.map(drop)
        })
    }

    fn belongs_to(&self, world: &str) -> Answer<'_, String> {
        let world = world.to_owned();
        Box::pin(async move {
            self.run("INSERT INTO world (name) VALUES ($1) ON CONFLICT DO NOTHING", &[&world]).await?;
            let found = self.row("SELECT name FROM world", &[]).await?;
            get(&found.ok_or_else(|| StoreError::Row("no world".to_owned()))?, 0)
        })
    }
}

/// A transaction that adds its events at its end. Dropped without [`Self::commit`] it leaves nothing.
struct Write<'a> {
    transaction: Transaction<'a>,
    events: Vec<NewEvent>,
    record: Option<Record>,
}

impl<'a> Write<'a> {
    async fn begin(client: &'a mut Client) -> Result<Self, StoreError> {
        Ok(Self { transaction: client.transaction().await?, events: Vec::new(), record: None })
    }

    /// Lets nobody else decide about messages with this id of this organisation until the end. Statements after it see
    /// what those before us have decided.
    async fn alone(&self, organisation: &str, message_id: &str) -> Result<(), StoreError> {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))";
        self.row(sql, &[&organisation, &message_id]).await.map(drop)
    }

    async fn run(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
        run(&self.transaction, sql, parameters).await
    }

    async fn rows(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        rows(&self.transaction, sql, parameters).await
    }

    async fn row(&self, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
        row(&self.transaction, sql, parameters).await
    }

    async fn commit(self) -> Result<(), StoreError> {
        event::log(&self.transaction, &self.events).await?;
        if let Some(record) = &self.record {
            audit::append(&self.transaction, record).await?;
        }
        Ok(self.transaction.commit().await?)
    }
}

async fn run(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
    Ok(client.execute(&client.prepare_cached(sql).await?, parameters).await?)
}

async fn rows(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
    Ok(client.query(&client.prepare_cached(sql).await?, parameters).await?)
}

async fn row(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
    Ok(client.query_opt(&client.prepare_cached(sql).await?, parameters).await?)
}

/// A column of a row.
fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| StoreError::Row(error.to_string()))
}

/// A text from outside as PostgreSQL's `text` can hold it: without NUL. What must stay exact is `bytea`.
fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// What was stored as `bytea` and is text.
fn text(row: &Row, column: usize) -> Result<String, StoreError> {
    String::from_utf8(get(row, column)?).map_err(|error| StoreError::Row(error.to_string()))
}
