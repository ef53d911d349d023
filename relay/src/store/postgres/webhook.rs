//! Webhooks: endpoints, and the queue and log of what they are told. An endpoint's row is the lock: whoever spreads events
//! for it or tells it something holds that row, and others pass it by.

use std::collections::BTreeMap;

use jiff::Timestamp;
use konvolutt_shared::api::{Page, Webhook, WebhookAttempt, WebhookDelivery, WebhookState};
use tokio_postgres::Row;

use super::message::change;
use super::value::{instant, trace, unword, word};
use super::{Parameters, Postgres, StoreError, Write, get};
use crate::audit::Record;
use crate::store::{Answer, PAGE, Webhooks};
use crate::webhook::{MOST, NewEndpoint, Notice, Outcome, Sealed, Subject, Tried, Which, event_id};

/// Events that are queued for one endpoint in one transaction.
const SHARE: usize = 200;

/// An endpoint of the asker's organisations.
const MINE: &str = "id = $1 AND organisation = ANY ($2)";

const ENDPOINT: &str = "id, organisation, address, created, stopped, old_until";

impl Webhooks for Postgres {
    fn add_webhook(&self, endpoint: NewEndpoint, record: Option<Record>) -> Answer<'_, bool> {
        Box::pin(async move {
            let NewEndpoint { id, organisation, address, secret, created } = &endpoint;
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            // Two that are added at once would both see room for one.
            write.alone(organisation, "webhook").await?;
            let sql = "INSERT INTO webhook (id, organisation, address, secret, created, cursor)
                       SELECT $1, $2, $3, $4, $5, (SELECT last FROM event_counter)
                       WHERE (SELECT count(*) FROM webhook WHERE organisation = $2) < $6";
            let (secret, created, most) = (secret.as_str(), created.as_millisecond(), MOST as i64);
            let added = write.run(sql, &[id, organisation, address, &secret, &created, &most]).await? == 1;
            write.record = record.filter(|_| added);
            write.commit().await?;
            Ok(added)
        })
    }

    fn webhooks(&self, organisations: &[String]) -> Answer<'_, Vec<Webhook>> {
        let organisations = organisations.to_vec();
        Box::pin(async move {
            let sql = format!("SELECT {ENDPOINT} FROM webhook WHERE organisation = ANY ($1) ORDER BY created, id");
            self.rows(&sql, &[&organisations]).await?.iter().map(endpoint).collect()
        })
    }

    fn remove_webhook(&self, which: Which, record: Option<Record>) -> Answer<'_, bool> {
        Box::pin(async move {
            let sql = format!("DELETE FROM webhook WHERE {MINE}");
            self.run_recorded(&sql, &[&which.id, &which.organisations], record).await
        })
    }

    fn rotate_webhook(
        &self,
        which: Which,
        secret: Sealed,
        until: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, Option<Webhook>> {
        Box::pin(async move {
            let sql = format!(
                "UPDATE webhook SET old_secret = secret, old_until = $4, secret = $3 WHERE {MINE} RETURNING {ENDPOINT}"
            );
            let (secret, until) = (secret.as_str(), until.as_millisecond());
            let mut client = self.client().await?;
            let mut write = Write::begin(&mut client).await?;
            let found = write.row(&sql, &[&which.id, &which.organisations, &secret, &until]).await?;
            write.record = record.filter(|_| found.is_some());
            write.commit().await?;
            found.as_ref().map(endpoint).transpose()
        })
    }

    fn webhook_secrets(&self) -> Answer<'_, Vec<(String, Sealed)>> {
        Box::pin(async move {
            let sql = "SELECT id, secret FROM webhook
                       UNION ALL SELECT id, old_secret FROM webhook WHERE old_secret IS NOT NULL";
            self.rows(sql, &[]).await?.iter().map(|row| Ok((get(row, 0)?, get::<String>(row, 1)?.into()))).collect()
        })
    }

    fn reseal_webhook(&self, id: &str, from: Sealed, to: Sealed) -> Answer<'_, bool> {
        let id = id.to_owned();
        Box::pin(async move {
            let sql = "UPDATE webhook SET secret = CASE secret WHEN $2 THEN $3 ELSE secret END,
                           old_secret = CASE old_secret WHEN $2 THEN $3 ELSE old_secret END
                       WHERE id = $1 AND $2 IN (secret, old_secret)";
            Ok(self.run(sql, &[&id, &from.as_str(), &to.as_str()]).await? == 1)
        })
    }

    fn resume_webhook(&self, which: Which, record: Option<Record>) -> Answer<'_, bool> {
        Box::pin(async move {
            let sql = format!("UPDATE webhook SET stopped = false WHERE {MINE}");
            self.run_recorded(&sql, &[&which.id, &which.organisations], record).await
        })
    }

    fn notices(&self, which: Which, before: Option<u64>) -> Answer<'_, Option<Page<WebhookDelivery>>> {
        Box::pin(self.log(which, before))
    }

    fn replay_notice(&self, which: Which, number: u64, now: Timestamp, record: Option<Record>) -> Answer<'_, bool> {
        Box::pin(async move {
            let sql = format!(
                "UPDATE webhook_delivery SET state = 'waiting', due = $4, attempts = 0
                 WHERE number = $3 AND webhook = (SELECT id FROM webhook WHERE {MINE})"
            );
            let (number, now) = (i64::try_from(number).unwrap_or(i64::MAX), now.as_millisecond());
            self.run_recorded(&sql, &[&which.id, &which.organisations, &number, &now], record).await
        })
    }

    fn spread_events(&self, now: Timestamp) -> Answer<'_, usize> {
        Box::pin(self.spread(now))
    }

    fn acquire_notice(&self, token: String, now: Timestamp, until: Timestamp) -> Answer<'_, Option<Notice>> {
        Box::pin(self.take_notice(token, now, until))
    }

    fn settle_notice(&self, notice: &Notice, tried: Tried, now: Timestamp) -> Answer<'_, bool> {
        let (number, webhook, token) = (notice.number as i64, notice.webhook.clone(), notice.token.clone());
        Box::pin(self.settle_try(number, webhook, token, tried, now))
    }

    fn forget_notices(&self, before: Timestamp) -> Answer<'_, ()> {
        Box::pin(async move {
            let sql = "DELETE FROM webhook_delivery WHERE state <> 'waiting' AND created < $1";
            self.run(sql, &[&before.as_millisecond()]).await.map(drop)
        })
    }
}

fn endpoint(row: &Row) -> Result<Webhook, StoreError> {
    Ok(Webhook {
        id: get(row, 0)?,
        organisation: get(row, 1)?,
        address: get(row, 2)?,
        created: instant(get(row, 3)?)?,
        stopped: get(row, 4)?,
        old_secret_until: get::<Option<i64>>(row, 5)?.map(instant).transpose()?,
    })
}

impl Postgres {
    /// Changes one row, and records it if there was one. Answers whether.
    async fn run_recorded(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
        record: Option<Record>,
    ) -> Result<bool, StoreError> {
        let mut client = self.client().await?;
        let mut write = Write::begin(&mut client).await?;
        let done = write.run(sql, parameters).await? == 1;
        write.record = record.filter(|_| done);
        write.commit().await?;
        Ok(done)
    }

    async fn spread(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut client = self.client().await?;
        let write = Write::begin(&mut client).await?;
        let newest: i64 = write.row("SELECT last FROM event_counter", &[]).await?.map_or(Ok(0), |row| get(&row, 0))?;
        let sql = "SELECT id, organisation, cursor FROM webhook WHERE cursor < $1 ORDER BY id FOR UPDATE SKIP LOCKED";
        let mut queued = 0;
        for row in write.rows(sql, &[&newest]).await? {
            let (webhook, organisation, cursor): (String, String, i64) = (get(&row, 0)?, get(&row, 1)?, get(&row, 2)?);
            let sql = "SELECT cursor, message, direction, body FROM event
                       WHERE cursor > $1 AND cursor <= $2 AND organisation = $3 ORDER BY cursor LIMIT $4";
            let rows = write.rows(sql, &[&cursor, &newest, &organisation, &(SHARE as i64)]).await?;
            // Nothing of others' that lies between is looked at again.
            let last = rows.last().filter(|_| rows.len() == SHARE);
            let reached = last.map_or(Ok(newest), |last| get(last, 0))?;
            queued += rows.len();
            for row in &rows {
                let Ok(change) = change(row) else {
                    // It must not hold up those behind it.
                    let message: String = get(row, 1)?;
                    tracing::error!(message, "an event cannot be read and is told to no webhook");
                    continue;
                };
                let sql = "INSERT INTO webhook_delivery (webhook, cursor, event_id, created, due)
                           VALUES ($1, $2, $3, $4, $4)";
                let (cursor, now) = (change.cursor as i64, now.as_millisecond());
                write.run(sql, &[&webhook, &cursor, &event_id(&change), &now]).await?;
            }
            write.run("UPDATE webhook SET cursor = $2 WHERE id = $1", &[&webhook, &reached]).await?;
        }
        write.commit().await?;
        Ok(queued)
    }

    async fn take_notice(&self, token: String, now: Timestamp, until: Timestamp) -> Result<Option<Notice>, StoreError> {
        let (now, until) = (now.as_millisecond(), until.as_millisecond());
        let mut client = self.client().await?;
        let write = Write::begin(&mut client).await?;
        // The endpoint that was tried longest ago comes first, so that none can keep the others waiting. Both rows are
        // locked, so that both are judged as they are now.
        let sql = "SELECT d.number, d.webhook, d.cursor, d.attempts, d.event_id
                   FROM webhook w JOIN webhook_delivery d ON d.webhook = w.id
                   WHERE NOT w.stopped AND (w.lease IS NULL OR w.lease_until <= $1) AND d.state = 'waiting'
                       AND d.due <= $1
                   ORDER BY w.tried, d.due, d.number LIMIT 1 FOR UPDATE OF w, d SKIP LOCKED";
        let Some(found) = write.row(sql, &[&now]).await? else { return Ok(None) };
        let (number, webhook, cursor): (i64, String, i64) = (get(&found, 0)?, get(&found, 1)?, get(&found, 2)?);
        let sql = "UPDATE webhook SET lease = $2, lease_until = $3, tried = $4 WHERE id = $1
                   RETURNING address, secret, CASE WHEN old_until > $4 THEN old_secret END";
        let held = write.row(sql, &[&webhook, &token, &until, &now]).await?.ok_or(StoreError::Closed)?;
        let sql = "SELECT e.cursor, e.message, e.direction, e.body, m.organisation, m.message_id, m.conversation_id,
                       m.document_type, m.trace FROM event e JOIN message m ON m.id = e.message WHERE e.cursor = $1";
        let told = write.row(sql, &[&cursor]).await?;
        let Some((told, Ok(change))) = told.map(|told| {
            let change = change(&told);
            (told, change)
        }) else {
            // It must not hold up those behind it.
            tracing::error!(webhook, "an event cannot be read and is told to no webhook");
            write.run("UPDATE webhook_delivery SET state = 'dead' WHERE number = $1", &[&number]).await?;
            write.run("UPDATE webhook SET lease = NULL, lease_until = NULL WHERE id = $1", &[&webhook]).await?;
            write.commit().await?;
            return Ok(None);
        };
        write.commit().await?;
        let secrets = [get::<Option<String>>(&held, 1)?, get(&held, 2)?].into_iter().flatten();
        Ok(Some(Notice {
            number: number as u64,
            webhook,
            token,
            address: get(&held, 0)?,
            secrets: secrets.map(Sealed::from).collect(),
            event_id: get(&found, 4)?,
            change,
            message: Subject {
                organisation: get(&told, 4)?,
                message_id: get(&told, 5)?,
                conversation_id: get(&told, 6)?,
                document_type: get(&told, 7)?,
            },
            attempts: get::<i32>(&found, 3)?.unsigned_abs(),
            trace: trace(get(&told, 8)?),
        }))
    }

    async fn settle_try(
        &self,
        number: i64,
        webhook: String,
        token: String,
        tried: Tried,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut client = self.client().await?;
        let write = Write::begin(&mut client).await?;
        let gone = tried.outcome == Outcome::Gone;
        let sql = "UPDATE webhook SET lease = NULL, lease_until = NULL, stopped = stopped OR $3
                   WHERE id = $1 AND lease = $2";
        if write.run(sql, &[&webhook, &token, &gone]).await? == 0 {
            return Ok(false);
        }
        // Only a try that was written back counts: one that a crash cut off says nothing of the receiver.
        let (state, due) = match tried.outcome {
            Outcome::Delivered => ("delivered", now),
            Outcome::Dead => ("dead", now),
            Outcome::Later(due) => ("waiting", due),
            Outcome::Gone => ("waiting", now),
        };
        let sql = "UPDATE webhook_delivery SET state = $2, due = $3, attempts = attempts + $4 WHERE number = $1";
        write.run(sql, &[&number, &state, &due.as_millisecond(), &i32::from(!gone)]).await?;
        let WebhookAttempt { at, status, trouble, ms } = &tried.attempt;
        let (status, trouble) = (status.map(i32::from), trouble.as_ref().map(word).transpose()?);
        let sql = "INSERT INTO webhook_attempt (delivery, at, status, trouble, ms) VALUES ($1, $2, $3, $4, $5)";
        write.run(sql, &[&number, &at.as_millisecond(), &status, &trouble, &(*ms as i64)]).await?;
        write.commit().await?;
        Ok(true)
    }

    async fn log(&self, which: Which, before: Option<u64>) -> Result<Option<Page<WebhookDelivery>>, StoreError> {
        let known = format!("SELECT 1 FROM webhook WHERE {MINE}");
        if self.row(&known, &[&which.id, &which.organisations]).await?.is_none() {
            return Ok(None);
        }
        let sql = "SELECT number, event_id, cursor, state, due FROM webhook_delivery
                   WHERE webhook = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        let rows = self.rows(sql, &[&which.id, &before, &(PAGE as i64 + 1)]).await?;
        let numbers = rows.iter().map(|row| get(row, 0)).collect::<Result<Vec<i64>, _>>()?;
        let mut attempts = self.attempts(&numbers).await?;
        let mut items = Vec::new();
        for row in rows.iter().take(PAGE) {
            let (number, state): (i64, WebhookState) = (get(row, 0)?, unword(get(row, 3)?)?);
            items.push(WebhookDelivery {
                number: number as u64,
                event_id: get(row, 1)?,
                cursor: get::<i64>(row, 2)? as u64,
                state,
                due: (state == WebhookState::Waiting).then(|| instant(get(row, 4)?)).transpose()?,
                attempts: attempts.remove(&number).unwrap_or_default(),
            });
        }
        let next = items.last().filter(|_| rows.len() > PAGE).map(|last| last.number.to_string());
        Ok(Some(Page { items, next }))
    }

    /// The tries of deliveries, oldest first, by their numbers.
    async fn attempts(&self, numbers: &[i64]) -> Result<BTreeMap<i64, Vec<WebhookAttempt>>, StoreError> {
        let sql =
            "SELECT delivery, at, status, trouble, ms FROM webhook_attempt WHERE delivery = ANY ($1) ORDER BY number";
        let mut all = BTreeMap::<i64, Vec<WebhookAttempt>>::new();
        for row in self.rows(sql, &[&numbers]).await? {
            let attempt = WebhookAttempt {
                at: instant(get(&row, 1)?)?,
                status: get::<Option<i32>>(&row, 2)?.and_then(|status| u16::try_from(status).ok()),
                trouble: get::<Option<&str>>(&row, 3)?.map(unword).transpose()?,
                ms: get::<i64>(&row, 4)? as u64,
            };
            all.entry(get(&row, 0)?).or_default().push(attempt);
        }
        Ok(all)
    }
}
