//! Uploads: who began which, and how long it will be.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, StoreError, Write};
use crate::store::{Answer, Swept, Uploads};

/// Forgets the upload that a message came as, with the message that is stored. `false` if it is nobody's any more.
pub(super) fn take(write: &Write<'_>, upload: Option<&str>) -> Result<bool, StoreError> {
    let Some(id) = upload else { return Ok(true) };
    Ok(write.run("DELETE FROM upload WHERE id = ?1 AND owner <> ''", [id])? == 1)
}

impl Uploads for Sqlite {
    fn begin_upload(&self, id: &str, owner: &str, length: u64, most: u32, now: Timestamp) -> Answer<'_, bool> {
        let (id, owner) = (id.to_owned(), owner.to_owned());
        self.write(move |write| {
            let sql = "INSERT INTO upload (id, owner, length, created) SELECT ?1, ?2, ?3, ?4
                       WHERE (SELECT count(*) FROM upload WHERE owner = ?2) < ?5";
            write.run(sql, params![id, owner, length as i64, now.as_millisecond(), most]).map(|begun| begun == 1)
        })
    }

    fn upload_length(&self, id: &str, owner: &str) -> Answer<'_, Option<u64>> {
        let (id, owner) = (id.to_owned(), owner.to_owned());
        self.look(move |connection| {
            let mut statement = connection.prepare_cached("SELECT length FROM upload WHERE id = ?1 AND owner = ?2")?;
            let length = statement.query_row([id, owner], |row| row.get::<_, i64>(0)).optional()?;
            Ok(length.map(|length| length as u64))
        })
    }

    fn keep_length(&self, id: &str, length: u64) -> Answer<'_, ()> {
        let id = id.to_owned();
        self.write(move |write| {
            write.run("UPDATE upload SET length = ?2 WHERE id = ?1", params![id, length as i64]).map(drop)
        })
    }

    fn abandon_upload(&self, id: &str) -> Answer<'_, ()> {
        let id = id.to_owned();
        self.write(move |write| write.run("UPDATE upload SET owner = '' WHERE id = ?1", [id]).map(drop))
    }

    fn abandon_uploads(&self, before: Timestamp) -> Answer<'_, Swept> {
        self.write(move |write| {
            let sql = "UPDATE upload SET owner = '' WHERE created < ?1 AND owner <> ''";
            write.run(sql, [before.as_millisecond()])?;
            let mut statement = write.prepare_cached("SELECT id, owner = '' FROM upload")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn forget_upload(&self, id: &str) -> Answer<'_, ()> {
        let id = id.to_owned();
        self.write(move |write| write.run("DELETE FROM upload WHERE id = ?1", [id]).map(drop))
    }
}
