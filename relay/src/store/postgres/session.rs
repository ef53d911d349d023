//! Sessions.

use jiff::Timestamp;
use konvolutt_shared::api::Person;

use super::value::{instant, json, unjson};
use super::{Postgres, Write, get};
use crate::audit::Record;
use crate::store::{Answer, Sessions};

impl Sessions for Postgres {
    fn begin_session(
        &self,
        digest: &str,
        person: &Person,
        expires: Timestamp,
        now: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, ()> {
        let (digest, person) = (digest.to_owned(), json(person));
        Box::pin(async move {
            let sql = "INSERT INTO session (token, person, expires) VALUES ($1, $2, $3)";
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            write.run(sql, &[&digest, &person?, &expires.as_millisecond()]).await?;
            write.record = record;
            write.commit().await?;
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

    fn end_session(&self, digest: &str, record: Option<Record>) -> Answer<'_, ()> {
        let digest = digest.to_owned();
        Box::pin(async move {
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let ended = write.run("DELETE FROM session WHERE token = $1", &[&digest]).await? > 0;
            write.record = record.filter(|_| ended);
            write.commit().await
        })
    }
}
