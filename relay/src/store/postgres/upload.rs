//! Uploads: who began which, and how long it will be.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::{Postgres, StoreError, Write, get};
use crate::store::{Answer, Swept, Uploads};
use crate::upload::{MAX_BYTES, NewUpload, Quota};

/// Forgets the upload that a message came as, with the message that is stored. `false` if it is nobody's any more.
pub(super) async fn take(write: &Write<'_>, upload: Option<&str>) -> Result<bool, StoreError> {
    let Some(id) = upload else { return Ok(true) };
    Ok(write.run("DELETE FROM upload WHERE id = $1 AND owner <> ''", &[&id]).await? == 1)
}

impl Uploads for Postgres {
    fn begin_upload(&self, upload: NewUpload, most: Quota) -> Answer<'_, bool> {
        Box::pin(async move {
            let NewUpload { id, owner, holder, length, created } = upload;
            // What is not told yet may become as much as there can be.
            let sql = "INSERT INTO upload (id, owner, holder, length, created)
                 SELECT $1::text, $2::text, $3::text, $4::bigint, $5::bigint
                 FROM (SELECT count(*) AS count,
                         coalesce(sum(CASE length WHEN 0 THEN $6::bigint ELSE length END), 0) AS bytes
                     FROM upload WHERE coalesce(holder, owner) = $3::text AND owner <> '') AS held
                 WHERE count < $7::bigint
                     AND bytes + CASE $4::bigint WHEN 0 THEN $6::bigint ELSE $4::bigint END <= $8::bigint";
            let (length, created, largest) = (length as i64, created.as_millisecond(), MAX_BYTES as i64);
            let (uploads, bytes) = (i64::from(most.uploads), most.bytes());
            let values: [&(dyn ToSql + Sync); 8] =
                [&id, &owner, &holder, &length, &created, &largest, &uploads, &bytes];
            self.run(sql, &values).await.map(|begun| begun == 1)
        })
    }

    fn upload_length(&self, id: &str, owner: &str) -> Answer<'_, Option<u64>> {
        let (id, owner) = (id.to_owned(), owner.to_owned());
        Box::pin(async move {
            let found = self.row("SELECT length FROM upload WHERE id = $1 AND owner = $2", &[&id, &owner]).await?;
            found.map(|row| Ok(get::<i64>(&row, 0)? as u64)).transpose()
        })
    }

    fn keep_length(&self, id: &str, length: u64) -> Answer<'_, ()> {
        let id = id.to_owned();
        Box::pin(async move {
            self.run("UPDATE upload SET length = $2 WHERE id = $1", &[&id, &(length as i64)]).await.map(drop)
        })
    }

    fn abandon_upload(&self, id: &str) -> Answer<'_, ()> {
        let id = id.to_owned();
        Box::pin(async move { self.run("UPDATE upload SET owner = '' WHERE id = $1", &[&id]).await.map(drop) })
    }

    fn abandon_uploads(&self, before: Timestamp) -> Answer<'_, Swept> {
        Box::pin(async move {
            let sql = "UPDATE upload SET owner = '' WHERE created < $1 AND owner <> ''";
            self.run(sql, &[&before.as_millisecond()]).await?;
            let rows = self.rows("SELECT id, owner = '' FROM upload", &[]).await?;
            rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
        })
    }

    fn forget_upload(&self, id: &str) -> Answer<'_, ()> {
        let id = id.to_owned();
        Box::pin(async move { self.run("DELETE FROM upload WHERE id = $1", &[&id]).await.map(drop) })
    }
}
