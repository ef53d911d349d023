//! Sessions.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::value::{instant, json, unjson};
use super::{Sqlite, audit};
use crate::audit::Record;
use crate::identity::{Ending, Held, NewSession};
use crate::store::{Answer, Sessions};

impl Sessions for Sqlite {
    fn begin_session(
        &self,
        session: NewSession,
        instead_of: Option<&str>,
        now: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, ()> {
        let (before, now) = (instead_of.map(str::to_owned), now.as_millisecond());
        self.write(move |write| {
            let NewSession { digest, person, expires, latest, provider, subject, bounds } = session;
            let (body, bounds) = (json(&person)?, bounds.as_ref().map(json).transpose()?);
            let sql = "INSERT INTO session (token, person, expires, owner, latest, provider, bounds, subject)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let (expires, latest) = (expires.min(latest).as_millisecond(), latest.as_millisecond());
            write.run(sql, params![digest, body, expires, person.id, latest, provider, bounds, subject])?;
            write.run("DELETE FROM session WHERE expires < ?1 OR token = ?2", params![now, before])?;
            audit::append(write, record)
        })
    }

    fn session(&self, digest: &str, now: Timestamp) -> Answer<'_, Option<Held>> {
        let (digest, now) = (digest.to_owned(), now.as_millisecond());
        self.look(move |connection| {
            let sql = "SELECT person, expires, latest, bounds FROM session
                       WHERE token = ?1 AND expires > ?2 AND latest > ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let row = statement.query_row(params![digest, now], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<String>>(3)?))
            });
            let Some((person, expires, latest, bounds)) = row.optional()? else { return Ok(None) };
            Ok(Some(Held {
                person: unjson(&person)?,
                expires: instant(expires)?,
                latest: instant(latest)?,
                bounds: bounds.map(|bounds| unjson(&bounds)).transpose()?,
            }))
        })
    }

    fn extend_session(&self, digest: &str, expires: Timestamp) -> Answer<'_, ()> {
        let digest = digest.to_owned();
        self.write(move |write| {
            let sql = "UPDATE session SET expires = min(?2, latest) WHERE token = ?1";
            write.run(sql, params![digest, expires.as_millisecond()]).map(drop)
        })
    }

    fn end_session(&self, digest: &str, record: Option<Record>) -> Answer<'_, bool> {
        let digest = digest.to_owned();
        self.write(move |write| {
            let ended = write.run("DELETE FROM session WHERE token = ?1", [digest])? > 0;
            audit::append(write, record.filter(|_| ended))?;
            Ok(ended)
        })
    }

    fn end_sessions(&self, which: Ending, record: Option<Record>) -> Answer<'_, usize> {
        self.write(move |write| {
            let told = which.is_told_from_outside();
            let ended = match which {
                Ending::Person(id) => write.run("DELETE FROM session WHERE owner = ?1", [id]),
                Ending::Provider(sid) => write.run("DELETE FROM session WHERE provider = ?1", [sid]),
                Ending::Subject(subject) => write.run("DELETE FROM session WHERE subject = ?1", [subject]),
                Ending::All => write.run("DELETE FROM session", []),
            }?;
            audit::append(write, record.filter(|_| ended > 0 || !told))?;
            Ok(ended)
        })
    }
}
