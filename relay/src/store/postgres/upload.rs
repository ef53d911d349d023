//! Uploads: who began which, and how long it will be.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::{Postgres, StoreError, Write, get};
use crate::store::{Answer, Swept, Uploads};

/// Forgets the upload that a message came as, with the message that is stored. `false` if it is nobody's any more.
pub(super) async fn take(write: &Write<'_>, upload: Option<&str>) -> Result<bool, StoreError> {
    let Some(id) = upload else { return Ok(true) };
    Ok(write.run("DELETE FROM upload WHERE id = $1 AND owner <> ''", &[&id]).await? == 1)
}

impl Uploads for Postgres {
    fn begin_upload(&self, id: &str, owner: &str, length: u64, most: u32, now: Timestamp) -> Answer<'_, bool> {
        let (id, owner) = (id.to_owned(), owner.to_owned());
        Box::pin(async move {
            let sql =
                "INSERT INTO upload (id, owner, length, created) SELECT $1::text, $2::text, $3::bigint, $4::bigint
                       WHERE (SELECT count(*) FROM upload WHERE owner = $2::text) < $5::bigint";
            let values: [&(dyn ToSql + Sync); 5] =
                [&id, &owner, &(length as i64), &now.as_millisecond(), &i64::from(most)];
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
