//! Sessions.

use jiff::Timestamp;
use konvolutt_shared::api::Person;
use rusqlite::{OptionalExtension, params};

use super::value::{instant, json, unjson};
use super::{Sqlite, audit};
use crate::audit::Record;
use crate::store::{Answer, Sessions};

impl Sessions for Sqlite {
    fn begin_session(
        &self,
        digest: &str,
        person: &Person,
        expires: Timestamp,
        now: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, ()> {
        let (digest, person) = (digest.to_owned(), json(person));
        self.write(move |write| {
            let sql = "INSERT INTO session (token, person, expires) VALUES (?1, ?2, ?3)";
            write.run(sql, params![digest, person?, expires.as_millisecond()])?;
            write.run("DELETE FROM session WHERE expires < ?1", [now.as_millisecond()])?;
            audit::append(write, record)
        })
    }

    fn session(&self, digest: &str, now: Timestamp) -> Answer<'_, Option<(Person, Timestamp)>> {
        let digest = digest.to_owned();
        self.read(move |connection| {
            let sql = "SELECT person, expires FROM session WHERE token = ?1 AND expires > ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let row = statement.query_row(params![digest, now.as_millisecond()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            });
            let Some((person, expires)) = row.optional()? else { return Ok(None) };
            Ok(Some((unjson(&person)?, instant(expires)?)))
        })
    }

    fn extend_session(&self, digest: &str, expires: Timestamp) -> Answer<'_, ()> {
        let digest = digest.to_owned();
        self.write(move |write| {
            let sql = "UPDATE session SET expires = ?2 WHERE token = ?1";
            write.run(sql, params![digest, expires.as_millisecond()]).map(drop)
        })
    }

    fn end_session(&self, digest: &str, record: Option<Record>) -> Answer<'_, ()> {
        let digest = digest.to_owned();
        self.write(move |write| {
            let ended = write.run("DELETE FROM session WHERE token = ?1", [digest])? > 0;
            audit::append(write, record.filter(|_| ended))
        })
    }
}
