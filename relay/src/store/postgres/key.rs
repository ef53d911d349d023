//! API keys.

use jiff::Timestamp;
use konvolutt_shared::api::ApiKey;
use tokio_postgres::Row;

use super::value::{instant, json, unjson};
use super::{Postgres, StoreError, Write, get, plain};
use crate::audit::Record;
use crate::identity::HeldKey;
use crate::store::{Answer, Keys};

const COLUMNS: &str = "id, organisation, name, scope, created, expires, used, digest";

impl Keys for Postgres {
    fn add_key(&self, key: HeldKey, most: usize, record: Option<Record>) -> Answer<'_, bool> {
        Box::pin(async move {
            let HeldKey { key, digest } = key;
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            // Two at once must not both be the last.
            write.alone(&key.organisation, "api keys").await?;
            let sql = "INSERT INTO api_key (id, organisation, name, scope, digest, created, expires)
                       SELECT $1, $2, $3, $4, $5, $6, $7
                       WHERE (SELECT count(*) FROM api_key WHERE organisation = $2) < $8";
            let (created, expires) = (key.created.as_millisecond(), key.expires.as_millisecond());
            let (name, scope, most) = (plain(&key.name), json(&key.scope)?, most as i64);
            let values: super::Parameters<'_> =
                &[&key.id, &key.organisation, &name, &scope, &digest, &created, &expires, &most];
            let added = write.run(sql, values).await? > 0;
            write.record = record.filter(|_| added);
            write.commit().await?;
            Ok(added)
        })
    }

    fn keys(&self, organisation: &str) -> Answer<'_, Vec<ApiKey>> {
        let organisation = organisation.to_owned();
        Box::pin(async move {
            let sql = format!("SELECT {COLUMNS} FROM api_key WHERE organisation = $1 ORDER BY created, id");
            let found = self.rows(&sql, &[&organisation]).await?;
            found.iter().map(|row| Ok(held(row)?.key)).collect()
        })
    }

    fn key(&self, id: &str) -> Answer<'_, Option<HeldKey>> {
        let id = id.to_owned();
        Box::pin(async move {
            let found = self.row(&format!("SELECT {COLUMNS} FROM api_key WHERE id = $1"), &[&id]).await?;
            found.as_ref().map(held).transpose()
        })
    }

    fn key_used(&self, id: &str, now: Timestamp) -> Answer<'_, ()> {
        let id = id.to_owned();
        Box::pin(async move {
            self.run("UPDATE api_key SET used = $2 WHERE id = $1", &[&id, &now.as_millisecond()]).await.map(drop)
        })
    }

    fn revoke_key(&self, id: &str, organisation: &str, record: Option<Record>) -> Answer<'_, bool> {
        let (id, organisation) = (id.to_owned(), organisation.to_owned());
        Box::pin(async move {
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let sql = "DELETE FROM api_key WHERE id = $1 AND organisation = $2";
            let revoked = write.run(sql, &[&id, &organisation]).await? > 0;
            if revoked {
                write.run("DELETE FROM session WHERE owner = 'key:' || $1", &[&id]).await?;
            }
            write.record = record.filter(|_| revoked);
            write.commit().await?;
            Ok(revoked)
        })
    }
}

fn held(row: &Row) -> Result<HeldKey, StoreError> {
    let used: Option<i64> = get(row, 6)?;
    Ok(HeldKey {
        key: ApiKey {
            id: get(row, 0)?,
            organisation: get(row, 1)?,
            name: get(row, 2)?,
            scope: unjson(get(row, 3)?)?,
            created: instant(get(row, 4)?)?,
            expires: instant(get(row, 5)?)?,
            used: used.map(instant).transpose()?,
        },
        digest: get(row, 7)?,
    })
}
