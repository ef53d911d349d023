//! Webhooks: endpoints, and the queue and log of what they are told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use konvolutt_shared::api::{Change, Page, StatusEvent, Webhook, WebhookAttempt, WebhookDelivery, WebhookState};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::value::{instant, json, trace, unjson, unword, word};
use super::{Sqlite, StoreError, Write, audit};
use crate::audit::Record;
use crate::store::{Answer, PAGE, Webhooks};
use crate::webhook::{MOST, NewEndpoint, Notice, Outcome, Sealed, Subject, Tried, Which, event_id};

/// Events that are queued for one endpoint in one transaction.
const SHARE: usize = 200;

impl Webhooks for Sqlite {
    fn add_webhook(&self, endpoint: NewEndpoint, record: Option<Record>) -> Answer<'_, bool> {
        self.write(move |write| {
            let sql = "INSERT INTO webhook (id, organisation, address, secret, created, cursor)
                       SELECT ?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(cursor), 0) FROM event)
                       WHERE (SELECT count(*) FROM webhook WHERE organisation = ?2) < ?6";
            let NewEndpoint { id, organisation, address, secret, created } = &endpoint;
            let created = created.as_millisecond();
            let parameters = params![id, organisation, address, secret.as_str(), created, MOST as i64];
            recorded(write, write.run(sql, parameters)? == 1, record)
        })
    }

    fn webhooks(&self, organisations: &[String]) -> Answer<'_, Vec<Webhook>> {
        let organisations = organisations.to_vec();
        self.read(move |connection| {
            let sql = format!(
                "SELECT {ENDPOINT} FROM webhook WHERE organisation IN (SELECT value FROM json_each(?1))
                 ORDER BY created, id"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([json(&organisations)?], raw_endpoint)?;
            rows.map(|row| endpoint(row?)).collect()
        })
    }

    fn remove_webhook(&self, which: Which, record: Option<Record>) -> Answer<'_, bool> {
        let sql = format!("DELETE FROM webhook WHERE {MINE}");
        self.write(move |write| recorded(write, write.run(&sql, mine(&which)?)? == 1, record))
    }

    fn rotate_webhook(
        &self,
        which: Which,
        secret: Sealed,
        until: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, Option<Webhook>> {
        self.write(move |write| {
            let sql = format!(
                "UPDATE webhook SET old_secret = secret, old_until = ?4, secret = ?3 WHERE {MINE} RETURNING {ENDPOINT}"
            );
            let [id, organisations] = mine(&which)?;
            let parameters = params![id, organisations, secret.as_str(), until.as_millisecond()];
            let row = write.prepare_cached(&sql)?.query_row(parameters, raw_endpoint).optional()?;
            recorded(write, row.is_some(), record)?;
            row.map(endpoint).transpose()
        })
    }

    fn webhook_secrets(&self) -> Answer<'_, Vec<(String, Sealed)>> {
        self.read(|connection| {
            let sql = "SELECT id, secret FROM webhook
                       UNION ALL SELECT id, old_secret FROM webhook WHERE old_secret IS NOT NULL";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?.into())))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn reseal_webhook(&self, id: &str, from: Sealed, to: Sealed) -> Answer<'_, bool> {
        let id = id.to_owned();
        let written = self.write(move |write| {
            let sql = "UPDATE webhook SET secret = CASE secret WHEN ?2 THEN ?3 ELSE secret END,
                           old_secret = CASE old_secret WHEN ?2 THEN ?3 ELSE old_secret END
                       WHERE id = ?1 AND ?2 IN (secret, old_secret)";
            Ok(write.run(sql, params![id, from.as_str(), to.as_str()])? == 1)
        });
        Box::pin(async move {
            let done = written.await?;
            // What was kept before may be the secret itself.
            self.empty_log()?;
            Ok(done)
        })
    }

    fn resume_webhook(&self, which: Which, record: Option<Record>) -> Answer<'_, bool> {
        let sql = format!("UPDATE webhook SET stopped = 0 WHERE {MINE}");
        self.write(move |write| recorded(write, write.run(&sql, mine(&which)?)? == 1, record))
    }

    fn notices(&self, which: Which, before: Option<u64>) -> Answer<'_, Option<Page<WebhookDelivery>>> {
        self.read(move |connection| log(connection, &which, before))
    }

    fn replay_notice(&self, which: Which, number: u64, now: Timestamp, record: Option<Record>) -> Answer<'_, bool> {
        self.write(move |write| {
            let sql = format!(
                "UPDATE webhook_delivery SET state = 'waiting', due = ?4, attempts = 0
                 WHERE number = ?3 AND webhook = (SELECT id FROM webhook WHERE {MINE})"
            );
            let [id, organisations] = mine(&which)?;
            let queued = write.run(&sql, params![id, organisations, number as i64, now.as_millisecond()])? == 1;
            recorded(write, queued, record)
        })
    }

    fn spread_events(&self, now: Timestamp) -> Answer<'_, usize> {
        self.write(move |write| spread(write, now))
    }

    fn acquire_notice(&self, token: String, now: Timestamp, until: Timestamp) -> Answer<'_, Option<Notice>> {
        self.write(move |write| acquire(write, &token, now, until))
    }

    fn settle_notice(&self, notice: &Notice, tried: Tried, now: Timestamp) -> Answer<'_, bool> {
        let (number, webhook, token) = (notice.number, notice.webhook.clone(), notice.token.clone());
        self.write(move |write| settle(write, number, &webhook, &token, &tried, now))
    }

    fn forget_notices(&self, before: Timestamp) -> Answer<'_, ()> {
        self.write(move |write| {
            let sql = "DELETE FROM webhook_delivery WHERE state <> 'waiting' AND created < ?1";
            write.run(sql, [before.as_millisecond()]).map(drop)
        })
    }
}

/// Records what was done, if it was. Answers whether.
fn recorded(write: &Write<'_>, done: bool, record: Option<Record>) -> Result<bool, StoreError> {
    audit::append(write, record.filter(|_| done))?;
    Ok(done)
}

/// An endpoint of the asker's organisations.
const MINE: &str = "id = ?1 AND organisation IN (SELECT value FROM json_each(?2))";

fn mine(which: &Which) -> Result<[String; 2], StoreError> {
    Ok([which.id.clone(), json(&which.organisations)?])
}

const ENDPOINT: &str = "id, organisation, address, created, stopped, old_until";

type RawEndpoint = (String, String, String, i64, bool, Option<i64>);

fn raw_endpoint(row: &Row<'_>) -> Result<RawEndpoint, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn endpoint((id, organisation, address, created, stopped, old): RawEndpoint) -> Result<Webhook, StoreError> {
    let (created, old_secret_until) = (instant(created)?, old.map(instant).transpose()?);
    Ok(Webhook { id, organisation, address, created, stopped, old_secret_until })
}

fn spread(write: &Write<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let newest: i64 =
        write.prepare_cached("SELECT coalesce(max(cursor), 0) FROM event")?.query_row([], |row| row.get(0))?;
    let behind = {
        let mut statement =
            write.prepare_cached("SELECT id, organisation, cursor FROM webhook WHERE cursor < ?1 ORDER BY id")?;
        let rows = statement.query_map([newest], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
        })?;
        rows.collect::<Result<Vec<_>, _>>()?
    };
    let mut queued = 0;
    for (webhook, organisation, cursor) in behind {
        let sql = "SELECT cursor, message, direction, body FROM event
                   WHERE cursor > ?1 AND cursor <= ?2 AND organisation = ?3 ORDER BY cursor LIMIT ?4";
        let changes = {
            let mut statement = write.prepare_cached(sql)?;
            let rows = statement.query_map(params![cursor, newest, organisation, SHARE as i64], raw_change)?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        // Nothing of others' that lies between is looked at again.
        let reached = changes.last().filter(|_| changes.len() == SHARE).map_or(newest, |last| last.0);
        queued += changes.len();
        for raw in changes {
            let message = raw.1.clone();
            let Ok(change) = change(raw) else {
                // It must not hold up those behind it.
                tracing::error!(message, "an event cannot be read and is told to no webhook");
                continue;
            };
            let sql =
                "INSERT INTO webhook_delivery (webhook, cursor, event_id, created, due) VALUES (?1, ?2, ?3, ?4, ?4)";
            write.run(sql, params![webhook, change.cursor as i64, event_id(&change), now.as_millisecond()])?;
        }
        write.run("UPDATE webhook SET cursor = ?2 WHERE id = ?1", params![webhook, reached])?;
    }
    Ok(queued)
}

type RawChange = (i64, String, String, String);

fn raw_change(row: &Row<'_>) -> Result<RawChange, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn change((cursor, id, direction, body): RawChange) -> Result<Change, StoreError> {
    let event = StatusEvent { cursor: cursor as u64, ..unjson(&body)? };
    Ok(Change { cursor: event.cursor, id, direction: unword(&direction)?, event })
}

fn acquire(write: &Write<'_>, token: &str, now: Timestamp, until: Timestamp) -> Result<Option<Notice>, StoreError> {
    // The endpoint that was tried longest ago comes first, so that none can keep the others waiting.
    let sql = "SELECT d.number, d.webhook, d.cursor FROM webhook w JOIN webhook_delivery d ON d.webhook = w.id
               WHERE w.stopped = 0 AND (w.lease IS NULL OR w.lease_until <= ?1) AND d.state = 'waiting' AND d.due <= ?1
               ORDER BY w.tried, d.due, d.number LIMIT 1";
    let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?));
    let found = write.prepare_cached(sql)?.query_row([now.as_millisecond()], row).optional()?;
    let Some((number, webhook, cursor)) = found else { return Ok(None) };
    let sql = "UPDATE webhook SET lease = ?2, lease_until = ?3, tried = ?4 WHERE id = ?1";
    write.run(sql, params![webhook, token, until.as_millisecond(), now.as_millisecond()])?;
    match notice(write, (number, &webhook, cursor), token, now) {
        Ok(notice) => Ok(Some(notice)),
        // It must not hold up those behind it.
        Err(StoreError::Row(_)) => {
            tracing::error!(webhook, "an event cannot be read and is told to no webhook");
            write.run("UPDATE webhook_delivery SET state = 'dead' WHERE number = ?1", [number])?;
            write.run("UPDATE webhook SET lease = NULL, lease_until = NULL WHERE id = ?1", [&webhook])?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What is to be told, all of it: the delivery's number, its endpoint and the event's cursor say which.
fn notice(
    write: &Write<'_>,
    (number, webhook, cursor): (i64, &str, i64),
    token: &str,
    now: Timestamp,
) -> Result<Notice, StoreError> {
    let sql = "SELECT address, secret, CASE WHEN old_until > ?2 THEN old_secret END FROM webhook WHERE id = ?1";
    let (address, secret, old): (String, String, Option<String>) = write
        .prepare_cached(sql)?
        .query_row(params![webhook, now.as_millisecond()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let sql = "SELECT attempts, event_id FROM webhook_delivery WHERE number = ?1";
    let (attempts, event_id) = write.prepare_cached(sql)?.query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = "SELECT e.cursor, e.message, e.direction, e.body, m.organisation, m.message_id, m.conversation_id,
                   m.document_type, m.trace FROM event e JOIN message m ON m.id = e.message WHERE e.cursor = ?1";
    let (raw, message, trace) = write.prepare_cached(sql)?.query_row([cursor], |row| {
        let message = Subject {
            organisation: row.get(4)?,
            message_id: row.get(5)?,
            conversation_id: row.get(6)?,
            document_type: row.get(7)?,
        };
        Ok((raw_change(row)?, message, trace(row.get(8)?)))
    })?;
    let secrets = std::iter::once(secret).chain(old).map(Sealed::from).collect();
    let (number, webhook, token) = (number as u64, webhook.to_owned(), token.to_owned());
    Ok(Notice { number, webhook, token, address, secrets, event_id, change: change(raw)?, message, attempts, trace })
}

fn settle(
    write: &Write<'_>,
    number: u64,
    webhook: &str,
    token: &str,
    tried: &Tried,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let gone = tried.outcome == Outcome::Gone;
    let sql =
        "UPDATE webhook SET lease = NULL, lease_until = NULL, stopped = stopped OR ?3 WHERE id = ?1 AND lease = ?2";
    if write.run(sql, params![webhook, token, gone])? == 0 {
        return Ok(false);
    }
    // Only a try that was written back counts: one that a crash cut off says nothing of the receiver.
    let (state, due) = match tried.outcome {
        Outcome::Delivered => ("delivered", now),
        Outcome::Dead => ("dead", now),
        Outcome::Later(due) => ("waiting", due),
        Outcome::Gone => ("waiting", now),
    };
    let sql = "UPDATE webhook_delivery SET state = ?2, due = ?3, attempts = attempts + ?4 WHERE number = ?1";
    write.run(sql, params![number as i64, state, due.as_millisecond(), !gone])?;
    let WebhookAttempt { at, status, trouble, ms } = &tried.attempt;
    let trouble = trouble.as_ref().map(word).transpose()?;
    write.run(
        "INSERT INTO webhook_attempt (delivery, at, status, trouble, ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![number as i64, at.as_millisecond(), status, trouble, *ms as i64],
    )?;
    Ok(true)
}

fn log(
    connection: &Connection,
    which: &Which,
    before: Option<u64>,
) -> Result<Option<Page<WebhookDelivery>>, StoreError> {
    let known = format!("SELECT 1 FROM webhook WHERE {MINE}");
    if connection.query_row(&known, mine(which)?, |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let sql = "SELECT number, event_id, cursor, state, due FROM webhook_delivery
               WHERE webhook = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
    let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![which.id, before, PAGE as i64 + 1], |row| {
        let texts = (row.get::<_, String>(1)?, row.get::<_, String>(3)?);
        Ok((row.get::<_, i64>(0)?, texts, row.get::<_, i64>(2)?, row.get::<_, i64>(4)?))
    })?;
    let mut items = Vec::new();
    for row in rows {
        let (number, (event_id, state), cursor, due) = row?;
        let state: WebhookState = unword(&state)?;
        let due = (state == WebhookState::Waiting).then(|| instant(due)).transpose()?;
        let (number, cursor) = (number as u64, cursor as u64);
        items.push(WebhookDelivery { number, event_id, cursor, state, due, attempts: Vec::new() });
    }
    let more = items.len() > PAGE;
    items.truncate(PAGE);
    let mut attempts = attempts(connection, &items)?;
    for item in &mut items {
        item.attempts = attempts.remove(&item.number).unwrap_or_default();
    }
    let next = items.last().filter(|_| more).map(|last| last.number.to_string());
    Ok(Some(Page { items, next }))
}

/// The tries of deliveries, oldest first, by their numbers.
fn attempts(
    connection: &Connection,
    deliveries: &[WebhookDelivery],
) -> Result<BTreeMap<u64, Vec<WebhookAttempt>>, StoreError> {
    let numbers: Vec<u64> = deliveries.iter().map(|one| one.number).collect();
    let sql = "SELECT delivery, at, status, trouble, ms FROM webhook_attempt
               WHERE delivery IN (SELECT value FROM json_each(?1)) ORDER BY rowid";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([json(&numbers)?], |row| {
        let status: Option<u16> = row.get(2)?;
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, i64>(1)?,
            status,
            row.get::<_, Option<String>>(3)?,
            row.get::<_, i64>(4)?,
        ))
    })?;
    let mut all = BTreeMap::<u64, Vec<WebhookAttempt>>::new();
    for row in rows {
        let (delivery, at, status, trouble, ms) = row?;
        let trouble = trouble.as_deref().map(unword).transpose()?;
        let attempt = WebhookAttempt { at: instant(at)?, status, trouble, ms: ms as u64 };
        all.entry(delivery as u64).or_default().push(attempt);
    }
    Ok(all)
}
