//! API keys.

use jiff::Timestamp;
use konvolutt_shared::api::ApiKey;
use rusqlite::{OptionalExtension, Row, params};

use super::value::{instant, json, unjson};
use super::{Sqlite, StoreError, audit};
use crate::audit::Record;
use crate::identity::HeldKey;
use crate::store::{Answer, Keys};

const COLUMNS: &str = "id, organisation, name, scope, created, expires, used, digest";

impl Keys for Sqlite {
    fn add_key(&self, key: HeldKey, most: usize, record: Option<Record>) -> Answer<'_, bool> {
        self.write(move |write| {
            let HeldKey { key, digest } = key;
            let sql = "INSERT INTO api_key (id, organisation, name, scope, digest, created, expires)
                       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                       WHERE (SELECT count(*) FROM api_key WHERE organisation = ?2) < ?8";
            let (created, expires) = (key.created.as_millisecond(), key.expires.as_millisecond());
            let scope = json(&key.scope)?;
            let values = params![key.id, key.organisation, key.name, scope, digest, created, expires, most as i64];
            let added = write.run(sql, values)? > 0;
            audit::append(write, record.filter(|_| added))?;
            Ok(added)
        })
    }

    fn keys(&self, organisation: &str) -> Answer<'_, Vec<ApiKey>> {
        let organisation = organisation.to_owned();
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM api_key WHERE organisation = ?1 ORDER BY created, id");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([organisation], columns)?;
            rows.map(|row| Ok(held(row?)?.key)).collect()
        })
    }

    fn key(&self, id: &str) -> Answer<'_, Option<HeldKey>> {
        let id = id.to_owned();
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM api_key WHERE id = ?1");
            let row = connection.prepare_cached(&sql)?.query_row([id], columns).optional()?;
            row.map(held).transpose()
        })
    }

    fn key_used(&self, id: &str, now: Timestamp) -> Answer<'_, ()> {
        let id = id.to_owned();
        self.write(move |write| {
            write.run("UPDATE api_key SET used = ?2 WHERE id = ?1", params![id, now.as_millisecond()]).map(drop)
        })
    }

    fn revoke_key(&self, id: &str, organisation: &str, record: Option<Record>) -> Answer<'_, bool> {
        let (id, organisation) = (id.to_owned(), organisation.to_owned());
        self.write(move |write| {
            let sql = "DELETE FROM api_key WHERE id = ?1 AND organisation = ?2";
            let revoked = write.run(sql, params![id, organisation])? > 0;
            if revoked {
                write.run("DELETE FROM session WHERE owner = 'key:' || ?1", [id])?;
            }
            audit::append(write, record.filter(|_| revoked))?;
            Ok(revoked)
        })
    }
}

type Columns = (String, String, String, String, i64, i64, Option<i64>, String);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?))
}

fn held((id, organisation, name, scope, created, expires, used, digest): Columns) -> Result<HeldKey, StoreError> {
    let (created, expires) = (instant(created)?, instant(expires)?);
    let (scope, used) = (unjson(&scope)?, used.map(instant).transpose()?);
    Ok(HeldKey { key: ApiKey { id, organisation, name, scope, created, expires, used }, digest })
}
