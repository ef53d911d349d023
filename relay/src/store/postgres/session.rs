//! Sessions.

use jiff::Timestamp;
use konvolutt_shared::api::Person;

use super::value::{instant, json, unjson};
use super::{Postgres, get};
use crate::store::{Answer, Sessions};

impl Sessions for Postgres {
    fn begin_session(&self, digest: &str, person: &Person, expires: Timestamp, now: Timestamp) -> Answer<'_, ()> {
        let (digest, person) = (digest.to_owned(), json(person));
        Box::pin(async move {
            let sql = "INSERT INTO session (token, person, expires) VALUES ($1, $2, $3)";
            self.run(sql, &[&digest, &person?, &expires.as_millisecond()]).await?;
            self.run("DELETE FROM session WHERE expires < $1", &[&now.as_millisecond()]).await.map(drop)
        })
    }

    fn session(&self, digest: &str, now: Timestamp) -> Answer<'_, Option<(Person, Timestamp)>> {
        let digest = digest.to_owned();
        Box::pin(async move {
            let sql = "SELECT person, expires FROM session WHERE token = $1 AND expires > $2";
            let found = self.row(sql, &[&digest, &now.as_millisecond()]).await?;
            found.map(|row| Ok((unjson(get(&row, 0)?)?, instant(get(&row, 1)?)?))).transpose()
        })
    }

    fn extend_session(&self, digest: &str, expires: Timestamp) -> Answer<'_, ()> {
        let digest = digest.to_owned();
        Box::pin(async move {
            let sql = "UPDATE session SET expires = $2 WHERE token = $1";
            self.run(sql, &[&digest, &expires.as_millisecond()]).await.map(drop)
        })
    }

    fn end_session(&self, digest: &str) -> Answer<'_, ()> {
        let digest = digest.to_owned();
        Box::pin(async move { self.run("DELETE FROM session WHERE token = $1", &[&digest]).await.map(drop) })
    }
}
