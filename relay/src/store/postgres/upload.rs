//! Uploads: who began which, and how long it will be.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Postgres, get};
use crate::store::{Answer, Uploads};

impl Uploads for Postgres {
    fn begin_upload(&self, id: &str, owner: &str, length: u64, now: Timestamp) -> Answer<'_, ()> {
        let (id, owner) = (id.to_owned(), owner.to_owned());
        Box::pin(async move {
            let sql = "INSERT INTO upload (id, owner, length, created) VALUES ($1, $2, $3, $4)";
            self.run(sql, &[&id, &owner, &(length as i64), &now.as_millisecond()]).await.map(drop)
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

    fn forget_upload(&self, id: &str) -> Answer<'_, ()> {
        let id = id.to_owned();
        Box::pin(async move { self.run("DELETE FROM upload WHERE id = $1", &[&id]).await.map(drop) })
    }

    fn forget_uploads(&self, before: Timestamp) -> Answer<'_, HashSet<String>> {
        Box::pin(async move {
            self.run("DELETE FROM upload WHERE created < $1", &[&before.as_millisecond()]).await?;
            self.rows("SELECT id FROM upload", &[]).await?.iter().map(|row| get(row, 0)).collect()
        })
    }
}
