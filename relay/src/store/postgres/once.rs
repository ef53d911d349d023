//! Requests that are done once.

use jiff::Timestamp;

use super::{Postgres, get};
use crate::once::{Once, Turn};
use crate::store::{Answer, Onces};

impl Onces for Postgres {
    fn begin_once(&self, once: &Once, now: Timestamp, until: Timestamp) -> Answer<'_, Turn> {
        let once = once.clone();
        Box::pin(async move {
            self.run("DELETE FROM once WHERE until <= $1", &[&now.as_millisecond()]).await?;
            let sql =
                "INSERT INTO once (holder, key, fingerprint, until) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
            let until = until.as_millisecond();
            if self.run(sql, &[&once.holder, &once.key, &once.fingerprint, &until]).await? == 1 {
                return Ok(Turn::Do);
            }
            let sql = "SELECT fingerprint, answer FROM once WHERE holder = $1 AND key = $2";
            let found = self.row(sql, &[&once.holder, &once.key]).await?;
            Ok(Turn::of(
                &once,
                found.map(|row| Ok::<_, super::StoreError>((get(&row, 0)?, get(&row, 1)?))).transpose()?,
            ))
        })
    }

    fn finish_once(&self, once: &Once, answer: Vec<u8>, until: Timestamp) -> Answer<'_, ()> {
        let once = once.clone();
        Box::pin(async move {
            let sql = "UPDATE once SET answer = $4, until = $5 WHERE holder = $1 AND key = $2 AND fingerprint = $3";
            let until = until.as_millisecond();
            self.run(sql, &[&once.holder, &once.key, &once.fingerprint, &answer, &until]).await.map(drop)
        })
    }

    fn forget_once(&self, once: &Once) -> Answer<'_, ()> {
        let once = once.clone();
        Box::pin(async move {
            let sql = "DELETE FROM once WHERE holder = $1 AND key = $2 AND answer IS NULL";
            self.run(sql, &[&once.holder, &once.key]).await.map(drop)
        })
    }
}
