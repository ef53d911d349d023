//! The audit log.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::{Postgres, StoreError, Write, get, row, run};
use crate::audit::{Head, Record};
use crate::store::{Answer, Audit, LOG_PAGE};

impl Audit for Postgres {
    fn begin_log(&self, audience: &str) -> Answer<'_, ()> {
        let (audience, head) = (audience.to_owned(), Head::beginning(audience));
        Box::pin(async move {
            let sql = "INSERT INTO audit_head (audience, sequence, digest) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING";
            self.run(sql, &[&audience, &head.digest]).await.map(drop)
        })
    }

    fn record(&self, record: Record) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            write.record = Some(record);
            write.commit().await
        })
    }

    fn log_head(&self) -> Answer<'_, Option<(String, Head)>> {
        Box::pin(async move {
            let found = self.row("SELECT audience, sequence, digest FROM audit_head", &[]).await?;
            found.map(|row| Ok((get(&row, 0)?, head(&row, 1)?))).transpose()
        })
    }

    fn log_lines(&self, after: u64, behalf: Option<&str>) -> Answer<'_, Vec<(u64, String)>> {
        let (after, behalf) = (i64::try_from(after).unwrap_or(i64::MAX), behalf.map(str::to_owned));
        Box::pin(async move {
            let sql = "SELECT sequence, line FROM audit WHERE sequence > $1 AND ($3::text IS NULL OR behalf = $3)
                       ORDER BY sequence LIMIT $2";
            let found = self.rows(sql, &[&after, &(LOG_PAGE as i64), &behalf]).await?;
            found.iter().map(|row| Ok((get::<i64>(row, 0)?.unsigned_abs(), get(row, 1)?))).collect()
        })
    }

    fn submission(&self, message: &str) -> Answer<'_, Option<(u64, String)>> {
        let message = message.to_owned();
        Box::pin(async move {
            // As the index has it, step `SUBMISSIONS`.
            let sql = r#"SELECT sequence, line FROM audit
                         WHERE strpos(line, '{"action":"message_submitted",') = 66
                             AND split_part(split_part(line, '"id":"', 2), '"', 1) = $1
                         ORDER BY sequence LIMIT 1"#;
            let found = self.row(sql, &[&message]).await?;
            found.map(|row| Ok((get::<i64>(&row, 0)?.unsigned_abs(), get(&row, 1)?))).transpose()
        })
    }
}

/// Adds an entry in the transaction of what it tells of. Others wait from here to its commit.
pub(super) async fn append(transaction: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    let Record { at, event } = record;
    let found = row(transaction, "SELECT sequence, digest FROM audit_head FOR UPDATE", &[]).await?;
    let found = found.ok_or_else(|| StoreError::Row("the audit log was not begun".to_owned()))?;
    let (line, next) = head(&found, 0)?.append(*at, event);
    let (sequence, behalf) = (next.sequence as i64, event.behalf.as_ref().map(|id| id.as_str()));
    let sql = "INSERT INTO audit (sequence, behalf, line) VALUES ($1, $2, $3)";
    run(transaction, sql, &[&sequence, &behalf, &line]).await?;
    run(transaction, "UPDATE audit_head SET sequence = $1, digest = $2", &[&sequence, &next.digest]).await.map(drop)
}

/// Number and digest.
fn head(row: &Row, from: usize) -> Result<Head, StoreError> {
    Ok(Head { sequence: get::<i64>(row, from)?.unsigned_abs(), digest: get(row, from + 1)? })
}
