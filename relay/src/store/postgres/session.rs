//! Sessions.

use jiff::Timestamp;

use super::value::{instant, json, unjson};
use super::{Postgres, Write, get};
use crate::audit::Record;
use crate::identity::{Ending, Held, NewSession};
use crate::store::{Answer, Sessions};

impl Sessions for Postgres {
    fn begin_session(
        &self,
        session: NewSession,
        instead_of: Option<&str>,
        now: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, ()> {
        let before = instead_of.map(str::to_owned);
        Box::pin(async move {
            let NewSession { digest, person, expires, latest, provider, subject, bounds } = session;
            let (body, bounds) = (json(&person)?, bounds.as_ref().map(json).transpose()?);
            let (expires, latest) = (expires.min(latest).as_millisecond(), latest.as_millisecond());
            let sql = "INSERT INTO session (token, person, expires, owner, latest, provider, bounds, subject)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            write.run(sql, &[&digest, &body, &expires, &person.id, &latest, &provider, &bounds, &subject]).await?;
            if let Some(before) = before {
                write.run("DELETE FROM session WHERE token = $1", &[&before]).await?;
            }
            write.record = record;
            write.commit().await?;
            self.run("DELETE FROM session WHERE expires < $1", &[&now.as_millisecond()]).await.map(drop)
        })
    }

    fn session(&self, digest: &str, now: Timestamp) -> Answer<'_, Option<Held>> {
        let digest = digest.to_owned();
        Box::pin(async move {
            let sql = "SELECT person, expires, latest, bounds FROM session
                       WHERE token = $1 AND expires > $2 AND latest > $2";
            let Some(row) = self.row(sql, &[&digest, &now.as_millisecond()]).await? else { return Ok(None) };
            let bounds: Option<&str> = get(&row, 3)?;
            Ok(Some(Held {
                person: unjson(get(&row, 0)?)?,
                expires: instant(get(&row, 1)?)?,
                latest: instant(get(&row, 2)?)?,
                bounds: bounds.map(unjson).transpose()?,
            }))
        })
    }

    fn extend_session(&self, digest: &str, expires: Timestamp) -> Answer<'_, ()> {
        let digest = digest.to_owned();
        Box::pin(async move {
            let sql = "UPDATE session SET expires = least($2, latest) WHERE token = $1";
            self.run(sql, &[&digest, &expires.as_millisecond()]).await.map(drop)
        })
    }

    fn end_session(&self, digest: &str, record: Option<Record>) -> Answer<'_, bool> {
        let digest = digest.to_owned();
        Box::pin(async move {
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let ended = write.run("DELETE FROM session WHERE token = $1", &[&digest]).await? > 0;
            write.record = record.filter(|_| ended);
            write.commit().await?;
            Ok(ended)
        })
    }

    fn end_sessions(&self, which: Ending, record: Option<Record>) -> Answer<'_, usize> {
        Box::pin(async move {
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let told = which.is_told_from_outside();
            let ended = match which {
                Ending::Person(id) => write.run("DELETE FROM session WHERE owner = $1", &[&id]).await?,
                Ending::Provider(sid) => write.run("DELETE FROM session WHERE provider = $1", &[&sid]).await?,
                Ending::Subject(subject) => write.run("DELETE FROM session WHERE subject = $1", &[&subject]).await?,
                Ending::All => write.run("DELETE FROM session", &[]).await?,
            };
            write.record = record.filter(|_| ended > 0 || !told);
            write.commit().await?;
            Ok(usize::try_from(ended).unwrap_or(usize::MAX))
        })
    }
}
