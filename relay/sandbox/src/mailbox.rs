//! What the counterparts have received: ids, names, sizes and digests, never content.

use jiff::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use crate::database::Database;
use crate::error::Error;

/// One received message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    /// The broker's id.
    pub(crate) transfer: String,
    /// Nine digits, as the broker says.
    pub(crate) sender: String,
    /// Nine digits.
    pub(crate) recipient: String,
    pub(crate) message_id: String,
    pub(crate) conversation_id: String,
    pub(crate) document_type: String,
    pub(crate) documents: Vec<Document>,
    /// `ok`, `refused`, or `none` for a message without package.
    pub(crate) verdict: String,
    /// Codes.
    pub(crate) findings: Vec<String>,
    /// Organisation in the signer's certificate.
    pub(crate) signer: Option<String>,
    /// What the document names as the channel of its answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message_channel: Option<String>,
    /// Whose letter it is, by what is special about the person.
    #[serde(default)]
    pub(crate) person: Option<String>,
    /// What the mailbox shows beside the letter: `arrangement`, `bevis`, `lenke`.
    #[serde(default)]
    pub(crate) shown: Vec<String>,
    /// What the person was told of it.
    #[serde(default)]
    pub(crate) notices: Vec<Notice>,
}

/// A notice to a person; it holds nothing sensitive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notice {
    /// `epost` or `sms`.
    pub(crate) channel: String,
    pub(crate) text: String,
}

/// One document: `sha256` lets a test compare bytes without seeing them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) size: u64,
    /// Hexadecimal.
    pub(crate) sha256: String,
}

impl Entry {
    /// Everything received, oldest first.
    pub(crate) fn all(database: &Database) -> Result<Vec<Self>, Error> {
        let connection = database.lock();
        let mut statement = connection.prepare_cached("SELECT entry FROM mailbox ORDER BY number")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut entries = Vec::new();
        for row in rows {
            entries.push(serde_json::from_str(&row?)?);
        }
        Ok(entries)
    }

    /// Whether a transfer was taken before.
    pub(crate) fn is_kept(database: &Database, transfer: &str) -> Result<bool, Error> {
        let connection = database.lock();
        let sql = "SELECT EXISTS (SELECT 1 FROM mailbox WHERE transfer = ?1)";
        Ok(connection.prepare_cached(sql)?.query_row([transfer], |row| row.get(0))?)
    }

    /// The newest of an organisation's letters to a person.
    pub(crate) fn newest(database: &Database, sender: &str, person: &str) -> Result<Option<Self>, Error> {
        let of = |one: &Self| one.sender == sender && one.person.as_deref() == Some(person);
        Ok(Self::all(database)?.into_iter().rev().find(of))
    }

    /// Keeps the entry and what must be answered, together. `false` if the transfer was taken before.
    pub(crate) fn keep(&self, database: &Database, tasks: &[(String, Timestamp)]) -> Result<bool, Error> {
        let mut connection = database.lock();
        let transaction = connection.transaction()?;
        let new = transaction.execute(
            "INSERT INTO mailbox (transfer, entry) VALUES (?1, ?2) ON CONFLICT (transfer) DO NOTHING",
            params![self.transfer, serde_json::to_string(self)?],
        )? > 0;
        if new {
            for (body, due) in tasks {
                transaction.execute(
                    "INSERT INTO task (persona, due, body) VALUES (?1, ?2, ?3)",
                    params![self.recipient, due.as_microsecond(), body],
                )?;
            }
        }
        transaction.commit()?;
        Ok(new)
    }
}
