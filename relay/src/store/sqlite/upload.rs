//! Uploads: who began which, and how long it will be.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, StoreError, Write};
use crate::store::{Answer, Swept, Uploads};
use crate::upload::{MAX_BYTES, NewUpload, Quota};

/// Forgets the upload that a message came as, with the message that is stored. `false` if it is nobody's any more.
pub(super) fn take(write: &Write<'_>, upload: Option<&str>) -> Result<bool, StoreError> {
    let Some(id) = upload else { return Ok(true) };
    Ok(write.run("DELETE FROM upload WHERE id = ?1 AND owner <> ''", [id])? == 1)
}

impl Uploads for Sqlite {
    fn begin_upload(&self, upload: NewUpload, most: Quota) -> Answer<'_, bool> {
        self.write(move |write| {
            let NewUpload { id, owner, holder, length, created } = upload;
            // What is not told yet may become as much as there can be.
            let sql = "INSERT INTO upload (id, owner, holder, length, created) SELECT ?1, ?2, ?3, ?4, ?5
                 FROM (SELECT count(*) AS count, coalesce(sum(iif(length = 0, ?6, length)), 0) AS bytes
                     FROM upload WHERE coalesce(holder, owner) = ?3 AND owner <> '')
                 WHERE count < ?7 AND bytes + iif(?4 = 0, ?6, ?4) <= ?8";
            let (length, created, largest) = (length as i64, created.as_millisecond(), MAX_BYTES as i64);
            let values = params![id, owner, holder, length, created, largest, most.uploads, most.bytes()];
            write.run(sql, values).map(|begun| begun == 1)
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
