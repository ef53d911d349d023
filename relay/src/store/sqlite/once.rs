//! Requests that are done once.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::once::{Once, Turn};
use crate::store::{Answer, Onces};

impl Onces for Sqlite {
    fn begin_once(&self, once: &Once, now: Timestamp, until: Timestamp) -> Answer<'_, Turn> {
        let once = once.clone();
        self.write(move |write| {
            write.run("DELETE FROM once WHERE until <= ?1", [now.as_millisecond()])?;
            let sql =
                "INSERT INTO once (holder, key, fingerprint, until) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
            let values = params![once.holder, once.key, once.fingerprint, until.as_millisecond()];
            if write.run(sql, values)? == 1 {
                return Ok(Turn::Do);
            }
            let found = write
                .prepare_cached("SELECT fingerprint, answer FROM once WHERE holder = ?1 AND key = ?2")?
                .query_row([&once.holder, &once.key], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
                .optional()?;
            Ok(Turn::of(&once, found))
        })
    }

    fn finish_once(&self, once: &Once, answer: Vec<u8>, until: Timestamp) -> Answer<'_, ()> {
        let once = once.clone();
        self.write(move |write| {
            let sql = "UPDATE once SET answer = ?4, until = ?5 WHERE holder = ?1 AND key = ?2 AND fingerprint = ?3";
            let values = params![once.holder, once.key, once.fingerprint, answer, until.as_millisecond()];
            write.run(sql, values).map(drop)
        })
    }

    fn forget_once(&self, once: &Once) -> Answer<'_, ()> {
        let once = once.clone();
        self.write(move |write| {
            let sql = "DELETE FROM once WHERE holder = ?1 AND key = ?2 AND answer IS NULL";
            write.run(sql, [&once.holder, &once.key]).map(drop)
        })
    }
}
