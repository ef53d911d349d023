//! Messages, to look at.

use deadpool_postgres::GenericClient;
use konvolutt_shared::api::{
    Attention, Change, Direction, MessageStatus, MessageSummary, MessageView, OrganisationAccess, Page, StatusEvent,
};
use tokio::sync::broadcast;
use tokio_postgres::Row;

use super::event::{events, events_of};
use super::value::{instant, unjson, unword, word};
use super::{Postgres, StoreError, get, row, rows, text};
use crate::store::{Answer, Hearing, Listing, Messages, PAGE};

impl Messages for Postgres {
    fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    fn message(&self, id: &str, organisations: &[String]) -> Answer<'_, Option<MessageView>> {
        let (id, organisations) = (id.to_owned(), organisations.to_vec());
        Box::pin(async move { view(&mut self.client().await?, &id, Some(&organisations)).await })
    }

    fn list(&self, listing: &Listing<'_>, cursor: Option<&str>) -> Answer<'_, Page<MessageStatus>> {
        let (organisation, direction) = (listing.organisation.to_owned(), listing.direction);
        let (discreet, cursor) = (listing.discreet.to_vec(), cursor.map(str::to_owned));
        let attention = listing.attention;
        Box::pin(async move {
            let (before, id) = cursor.as_deref().and_then(|cursor| cursor.split_once('.')).unwrap_or((LAST, ""));
            let before: i64 =
                before.parse().map_err(|_| StoreError::Row("a cursor that we did not give".to_owned()))?;
            let sql = format!(
                "SELECT {SUMMARY} FROM message WHERE organisation = $1 AND ($2::text IS NULL OR direction = $2)
                 AND (created, id) < ($3, $4)
                 AND NOT (direction = ANY ($6) AND ':' || process ILIKE '%:taushetsbelagt%')
                 AND (NOT $7::boolean OR attention)
                 ORDER BY created DESC, id DESC LIMIT $5"
            );
            let direction = direction.map(|direction| word(&direction)).transpose()?;
            let discreet = discreet.iter().map(word).collect::<Result<Vec<String>, _>>()?;
            let limit = PAGE as i64 + 1;
            let rows =
                self.rows(&sql, &[&organisation, &direction, &before, &id, &limit, &discreet, &attention]).await?;
            let last = rows.get(PAGE).map(|_| &rows[PAGE - 1]);
            let next =
                last.map(|last| Ok::<_, StoreError>(format!("{}.{}", get::<i64>(last, 12)?, get::<&str>(last, 0)?)));
            let summaries = rows.iter().take(PAGE).map(summary).collect::<Result<Vec<_>, _>>()?;
            let sent =
                summaries.iter().filter(|one| one.direction == Direction::Out).map(|one| one.id.as_str()).collect();
            let mut events = events_of(&self.client().await?, sent).await?;
            let with_events = |summary: MessageSummary| MessageStatus {
                events: events.remove(&summary.id).unwrap_or_default(),
                summary,
            };
            Ok(Page { items: summaries.into_iter().map(with_events).collect(), next: next.transpose()? })
        })
    }

    fn attention(&self, listing: &Listing<'_>) -> Answer<'_, Attention> {
        let (organisation, discreet) = (listing.organisation.to_owned(), listing.discreet.to_vec());
        Box::pin(async move {
            let sql = "SELECT count(*) FILTER (WHERE direction = 'out'), count(*) FILTER (WHERE direction = 'in')
                 FROM message WHERE organisation = $1 AND attention
                 AND NOT (direction = ANY ($2) AND ':' || process ILIKE '%:taushetsbelagt%')";
            let discreet = discreet.iter().map(word).collect::<Result<Vec<String>, _>>()?;
            let Some(row) = self.row(sql, &[&organisation, &discreet]).await? else { return Ok(Attention::default()) };
            Ok(Attention { sent: get::<i64>(&row, 0)? as u64, received: get::<i64>(&row, 1)? as u64 })
        })
    }

    fn changes(&self, hearing: &Hearing, after: u64) -> Answer<'_, Page<Change>> {
        let hearing = hearing.clone();
        Box::pin(async move {
            // What is confidential is decided as in the lists.
            let sql = "SELECT cursor, message, direction, body FROM event
                 WHERE cursor > $1 AND organisation = ANY ($2)
                 AND NOT (organisation = ANY (CASE direction WHEN 'in' THEN $4::text[] ELSE $5::text[] END)
                     AND EXISTS (SELECT 1 FROM message WHERE message.id = event.message
                         AND ':' || process ILIKE '%:taushetsbelagt%'))
                 ORDER BY cursor LIMIT $3";
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            let [came, sent] = [Direction::In, Direction::Out].map(|direction| hearing.discreet_in(direction));
            let rows = self.rows(sql, &[&after, &hearing.organisations, &(PAGE as i64 + 1), &came, &sent]).await?;
            let mut items = Vec::new();
            for row in rows.iter().take(PAGE) {
                match change(row) {
                    Ok(change) => items.push(change),
                    Err(_) => {
                        // It must not hold up those behind it; whoever looks at its message is told.
                        let message: String = get(row, 1)?;
                        tracing::error!(message, "an event cannot be read and is passed over");
                    }
                }
            }
            let last = rows.get(PAGE).map(|_| get::<i64>(&rows[PAGE - 1], 0)).transpose()?;
            Ok(Page { items, next: last.map(|last| last.to_string()) })
        })
    }

    fn newest(&self) -> Answer<'_, u64> {
        Box::pin(async move { newest(&self.client().await?).await })
    }

    fn package(&self, id: &str) -> Answer<'_, Option<(String, u64)>> {
        let id = id.to_owned();
        Box::pin(async move {
            let Some(row) = self.row("SELECT package, size FROM message WHERE id = $1", &[&id]).await? else {
                return Ok(None);
            };
            let size = get::<i64>(&row, 1)? as u64;
            Ok(get::<Option<String>>(&row, 0)?.map(|package| (package, size)))
        })
    }

    fn mark_opened(&self, id: &str) -> Answer<'_, ()> {
        let id = id.to_owned();
        Box::pin(async move { self.run("UPDATE message SET unread = false WHERE id = $1", &[&id]).await.map(drop) })
    }
}

/// Before the first page.
const LAST: &str = "9223372036854775807";

/// The newest cursor of the event log.
pub(super) async fn newest(client: &impl GenericClient) -> Result<u64, StoreError> {
    let newest = row(client, "SELECT last FROM event_counter", &[]).await?;
    newest.map_or(Ok(0), |row| Ok(get::<i64>(&row, 0)? as u64))
}

/// Everybody's events after a cursor, oldest first, at most a few hundred.
pub(super) async fn grown(client: &impl GenericClient, after: u64) -> Result<Vec<Change>, StoreError> {
    let sql = "SELECT cursor, message, direction, body FROM event WHERE cursor > $1 ORDER BY cursor LIMIT 500";
    rows(client, sql, &[&(after as i64)]).await?.iter().map(change).collect()
}

pub(super) fn change(row: &Row) -> Result<Change, StoreError> {
    let event = StatusEvent { cursor: get::<i64>(row, 0)? as u64, ..unjson(get(row, 3)?)? };
    Ok(Change { cursor: event.cursor, id: get(row, 1)?, direction: unword(get(row, 2)?)?, event })
}

impl Postgres {
    /// Anybody's message and the name of its package.
    pub(in crate::store) async fn message_of_anybody(
        &self,
        id: &str,
    ) -> Result<Option<(MessageView, Option<String>)>, StoreError> {
        let Some(view) = view(&mut self.client().await?, id, None).await? else { return Ok(None) };
        let package = self.package(id).await?.map(|(name, _)| name);
        Ok(Some((view, package)))
    }
}

/// A message with its history; `None` if it is not one of these organisations', where any are named.
async fn view(
    client: &mut deadpool_postgres::Client,
    id: &str,
    organisations: Option<&[String]>,
) -> Result<Option<MessageView>, StoreError> {
    // Status and history must be of the same moment.
    let snapshot = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    let sql = format!(
        "SELECT {SUMMARY}, sbd, envelope, broker_sender, package, expires, findings, details,
            EXISTS (SELECT 1 FROM outbox WHERE outbox.message = message.id AND state = 'dead')
         FROM message WHERE id = $1 AND ($2::text[] IS NULL OR organisation = ANY ($2))"
    );
    let Some(found) = row(&snapshot, &sql, &[&id, &organisations]).await? else { return Ok(None) };
    let view = MessageView {
        summary: summary(&found)?,
        sbd: text(&found, 17)?,
        envelope: get(&found, 18)?,
        broker_sender: get(&found, 19)?,
        has_package: get::<Option<&str>>(&found, 20)?.is_some(),
        expires: get::<Option<i64>>(&found, 21)?.map(instant).transpose()?,
        findings: unjson(get(&found, 22)?)?,
        events: events(&snapshot, id).await?,
        retryable: get(&found, 24)?,
        details: get::<Option<&str>>(&found, 23)?.map(unjson).transpose()?,
    };
    snapshot.commit().await?;
    Ok(Some(view))
}

pub(super) const SUMMARY: &str =
    "id, message_id, conversation_id, direction, organisation, party, party_name, document_type, process,
    status, attention, unread, created, changed, size, channel,
    NOT finished AND EXISTS (SELECT 1 FROM approval WHERE approval.message = message.id)";

pub(super) fn summary(row: &Row) -> Result<MessageSummary, StoreError> {
    Ok(MessageSummary {
        id: get(row, 0)?,
        message_id: get(row, 1)?,
        conversation_id: get(row, 2)?,
        direction: unword(get(row, 3)?)?,
        channel: get(row, 15)?,
        organisation: get(row, 4)?,
        party: OrganisationAccess { orgnr: get(row, 5)?, name: get(row, 6)? },
        document_type: get(row, 7)?,
        process: get(row, 8)?,
        status: unword(get(row, 9)?)?,
        attention: get(row, 10)?,
        unread: get(row, 11)?,
        created: instant(get(row, 12)?)?,
        changed: instant(get(row, 13)?)?,
        size: get::<i64>(row, 14)? as u64,
        awaits_approval: get(row, 16)?,
    })
}
