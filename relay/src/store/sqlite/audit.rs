//! The audit log.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, StoreError, Write};
use crate::audit::{Head, Record};
use crate::store::{Answer, Audit, LOG_PAGE};

impl Audit for Sqlite {
    fn begin_log(&self, audience: &str) -> Answer<'_, ()> {
        let (audience, head) = (audience.to_owned(), Head::beginning(audience));
        self.write(move |write| {
            let sql = "INSERT INTO audit_head (single, audience, sequence, digest) VALUES (1, ?1, 0, ?2)
                       ON CONFLICT DO NOTHING";
            write.run(sql, params![audience, head.digest]).map(drop)
        })
    }

    fn record(&self, record: Record) -> Answer<'_, ()> {
        self.write(move |write| append(write, Some(record)))
    }

    fn log_head(&self) -> Answer<'_, Option<(String, Head)>> {
        self.read(head)
    }

    fn log_lines(&self, after: u64, behalf: Option<&str>) -> Answer<'_, Vec<(u64, String)>> {
        let (after, behalf) = (i64::try_from(after).unwrap_or(i64::MAX), behalf.map(str::to_owned));
        self.read(move |connection| {
            let sql = if behalf.is_some() {
                "SELECT sequence, line FROM audit WHERE behalf = ?3 AND sequence > ?1 ORDER BY sequence LIMIT ?2"
            } else {
                "SELECT sequence, line FROM audit WHERE ?3 IS NULL AND sequence > ?1 ORDER BY sequence LIMIT ?2"
            };
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![after, LOG_PAGE as i64, behalf], |row| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn submission(&self, message: &str) -> Answer<'_, Option<(u64, String)>> {
        let message = message.to_owned();
        self.read(move |connection| {
            let sql = format!(
                "SELECT sequence, line FROM audit WHERE {IS_SUBMISSION} AND {SUBMITTED} = ?1 ORDER BY sequence LIMIT 1"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let row = statement.query_row([message], |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?)));
            Ok(row.optional()?)
        })
    }
}

/// Whether a line tells of a message that was submitted, and which: as the index has them, step `SUBMISSIONS`.
const IS_SUBMISSION: &str = r#"instr(line, '{"action":"message_submitted",') = 66"#;
const SUBMITTED: &str =
    r#"substr(line, instr(line, '"id":"') + 6, instr(line, '","kind":"') - instr(line, '"id":"') - 6)"#;

/// Adds an entry, if there is one to add, in the transaction of what it tells of.
pub(super) fn append(write: &Write<'_>, record: Option<Record>) -> Result<(), StoreError> {
    let Some(Record { at, event }) = record else { return Ok(()) };
    let (_, head) = head(write)?.ok_or_else(|| StoreError::Row("the audit log was not begun".to_owned()))?;
    let (line, next) = head.append(at, &event);
    let sql = "INSERT INTO audit (sequence, behalf, line) VALUES (?1, ?2, ?3)";
    write.run(sql, params![next.sequence as i64, event.behalf.as_ref().map(|id| id.as_str()), line])?;
    write.run("UPDATE audit_head SET sequence = ?1, digest = ?2", params![next.sequence as i64, next.digest]).map(drop)
}

pub(super) fn head(connection: &Connection) -> Result<Option<(String, Head)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT audience, sequence, digest FROM audit_head")?;
    let row = statement.query_row([], |row| {
        Ok((row.get(0)?, Head { sequence: row.get::<_, i64>(1)?.unsigned_abs(), digest: row.get(2)? }))
    });
    Ok(row.optional()?)
}
