//! Messages in SQLite, packages in files beside it.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::SoftKey;
use konvolutt_shared::seal;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::query::Page;
use super::state::{Filter, Message, Order, Refusal, Timing};
use crate::authority::{Identity, rng};
use crate::broker::remove;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;

/// Keeps messages. Time acts on them whenever they are looked at.
pub(crate) struct Store {
    database: Arc<Database>,
    files: PathBuf,
    timing: Timing,
    /// What messages are sealed to while they wait.
    own: SoftKey,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Timing {
    /// Sent after a second.
    pub(crate) fn scaled(clock: &Clock) -> Self {
        Self { transport: SignedDuration::try_from(clock.delay(1.0)).unwrap_or_default() }
    }
}

impl Store {
    /// Opens the store; `files` is made if it is missing.
    pub(crate) fn open(
        database: Arc<Database>,
        files: PathBuf,
        timing: Timing,
        identity: &Identity,
    ) -> Result<Self, Error> {
        std::fs::create_dir_all(&files)?;
        let own = SoftKey::from_pem(&identity.key_pem()?, &identity.chain_pem()).map_err(Error::authority)?;
        Ok(Self { database, files, timing, own })
    }

    /// Where a package is.
    pub(super) fn package(&self, name: Uuid) -> PathBuf {
        self.files.join(name.to_string())
    }

    /// Keeps a new message. `false`: its id has been used.
    pub(super) fn insert(&self, order: Order, jwt: &str, now: Timestamp) -> Result<bool, Error> {
        let sealed = seal::seal(self.own.certificate(), jwt.as_bytes(), &mut rng()).map_err(Error::authority)?;
        let message = Message::take(order, now, &self.timing);
        let sql = "INSERT INTO dpi_message (id, sender, receiver, conversation, waiting, created, due, body, jwt)
                   VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING";
        let connection = self.database.lock();
        let new = connection.prepare_cached(sql)?.execute(params![
            message.id.to_string(),
            message.sender,
            message.receiver,
            message.conversation.to_string(),
            now.as_microsecond(),
            message.due().map(Timestamp::as_microsecond),
            serde_json::to_string(&message)?,
            sealed,
        ])?;
        Ok(new > 0)
    }

    /// The message as it is now.
    pub(super) fn get(&self, id: Uuid, now: Timestamp) -> Result<Option<Message>, Error> {
        self.settle(now)?;
        load(&self.database.lock(), id)
    }

    /// The newest letter of a conversation that went from one organisation to another.
    pub(super) fn letter(&self, conversation: Uuid, sender: &str, provider: &str) -> Result<Option<Message>, Error> {
        let sql = "SELECT body FROM dpi_message WHERE conversation = ?1 AND sender = ?2 AND receiver = ?3
                   ORDER BY created DESC, rowid DESC LIMIT 1";
        let connection = self.database.lock();
        let mut statement = connection.prepare_cached(sql)?;
        let parameters = params![conversation.to_string(), sender, provider];
        let body: Option<String> = statement.query_row(parameters, |row| row.get(0)).optional()?;
        body.map(|body| serde_json::from_str(&body).map_err(Error::from)).transpose()
    }

    /// A page of an organisation's queue, oldest first: each with its JWS.
    pub(super) fn queue(
        &self,
        organisation: &str,
        filter: &Filter,
        page: Page,
        now: Timestamp,
    ) -> Result<Vec<(Message, String)>, Error> {
        self.settle(now)?;
        let rows: Vec<(String, Vec<u8>)> = {
            let connection = self.database.lock();
            let sql = "SELECT body, jwt FROM dpi_message WHERE receiver = ?1 AND waiting = 1 ORDER BY created, rowid";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([organisation], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let mut found = Vec::new();
        for (body, sealed) in rows {
            let message: Message = serde_json::from_str(&body)?;
            found.extend(message.is_in(organisation, filter).then_some((message, sealed)));
        }
        let page = found.into_iter().skip(page.number.saturating_mul(page.size)).take(page.size);
        page.map(|(message, sealed)| Ok((message, self.unseal(&sealed)?))).collect()
    }

    fn unseal(&self, sealed: &[u8]) -> Result<String, Error> {
        let plain = seal::open(sealed, &self.own, &Limits::default()).map_err(Error::authority)?;
        String::from_utf8(plain).map_err(Error::authority)
    }

    /// Takes a message out of its receiver's queue, with all it holds.
    pub(super) fn mark_read(&self, id: Uuid, by: &str, now: Timestamp) -> Result<Result<(), Refusal>, Error> {
        self.settle(now)?;
        let mut connection = self.database.lock();
        let transaction = connection.transaction()?;
        let Some(mut message) = load(&transaction, id)? else { return Ok(Err(Refusal::NotFound)) };
        let answer = message.mark_read(by, now);
        self.save(&transaction, &message)?;
        transaction.commit()?;
        Ok(answer)
    }

    /// Lets time act on every message that waits for it.
    fn settle(&self, now: Timestamp) -> Result<(), Error> {
        let mut connection = self.database.lock();
        let ids: Vec<String> = {
            let mut statement = connection.prepare_cached("SELECT id FROM dpi_message WHERE due <= ?1")?;
            statement.query_map([now.as_microsecond()], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        if ids.is_empty() {
            return Ok(());
        }
        let transaction = connection.transaction()?;
        for id in ids.iter().filter_map(|id| Uuid::parse_str(id).ok()) {
            let Some(mut message) = load(&transaction, id)? else { continue };
            message.advance(now);
            self.save(&transaction, &message)?;
        }
        Ok(transaction.commit()?)
    }

    fn save(&self, connection: &Connection, message: &Message) -> Result<(), Error> {
        let keeps = message.keeps_content();
        connection
            .prepare_cached(
                "UPDATE dpi_message SET waiting = ?2, due = ?3, body = ?4, jwt = CASE WHEN ?5 THEN jwt ELSE x'' END
                 WHERE id = ?1",
            )?
            .execute(params![
                message.id.to_string(),
                message.waits(),
                message.due().map(Timestamp::as_microsecond),
                serde_json::to_string(message)?,
                keeps,
            ])?;
        match message.package.filter(|_| !keeps) {
            Some(package) => remove(&self.package(package)),
            None => Ok(()),
        }
    }
}

fn load(connection: &Connection, id: Uuid) -> Result<Option<Message>, Error> {
    let mut statement = connection.prepare_cached("SELECT body FROM dpi_message WHERE id = ?1")?;
    let body: Option<String> = statement.query_row([id.to_string()], |row| row.get(0)).optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(Error::from)).transpose()
}
