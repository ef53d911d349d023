//! The event log, live and by polling.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::StreamExt;
use konvolutt_shared::api::{Change, Page, Right};
use konvolutt_shared::finding::{Finding, Rule};
use serde::Deserialize;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Search;
use crate::app::Shared;
use crate::identity::{Caller, Standing};
use crate::limit::Open;
use crate::problem::Refusal;
use crate::store::Hearing;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(log)).routes(routes!(stream))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    after: Option<u64>,
}

/// What has happened to the messages that the caller sees, by polling.
#[utoipa::path(
    get, path = "/event-log", tag = "Events", operation_id = "readEventLog",
    params(After),
    responses((status = 200, description = "A page, oldest first", body = Page<Change>)),
)]
async fn log(
    State(app): State<Shared>,
    caller: Caller,
    Search(query): Search<After>,
) -> Result<Json<Page<Change>>, Refusal> {
    caller.may_somewhere(Right::Look)?;
    Ok(Json(app.store.changes(&caller.hearing(), query.after.unwrap_or(0)).await?))
}

/// Server-sent events. `Last-Event-ID` or `after` says from where; else from now on.
#[utoipa::path(
    get, path = "/events", tag = "Events", operation_id = "streamEvents",
    params(
        After,
        ("last-event-id" = Option<u64>, Header, description = "The last cursor that was seen; goes before `after`"),
    ),
    responses(
        (
            status = 200,
            description = "Server-sent events named `change`; `id` is the cursor, `data` a change as in the event log. From now on: first one named `begin`, whose `id` is the cursor it begins at",
            body = String,
            content_type = "text/event-stream",
        ),
    ),
)]
async fn stream(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Search(query): Search<After>,
) -> Result<impl IntoResponse, Refusal> {
    caller.may_somewhere(Right::Look)?;
    let place = app.streams.open(caller.holder()).ok_or_else(too_many)?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let (cursor, begin) = match last.or(query.after) {
        Some(cursor) => (cursor, None),
        // Told, so that whoever lets go of the stream before anything has happened can go on from there.
        None => {
            let newest = app.store.newest().await?;
            let word = newest.to_string();
            (newest, Some(Event::default().event("begin").id(&word).data(&word)))
        }
    };
    // Subscribed before the first read of the log, so that nothing falls between the two.
    let live = app.store.subscribe();
    let (hearing, standing) = (caller.hearing(), caller.standing().clone());
    let feed = Feed { _place: place, hearing, standing, cursor, live, ready: Vec::new(), app };
    let events = futures_util::stream::unfold(feed, |mut feed| async move {
        let change = feed.next().await?;
        let event = Event::default().id(change.cursor.to_string()).event("change").json_data(&change);
        Some((Ok::<_, Infallible>(event.unwrap_or_default()), feed))
    });
    let begin = futures_util::stream::iter(begin.map(Ok));
    let events = Sse::new(begin.chain(events)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    // By itself it would only say that what is kept must be asked for again.
    Ok(([(header::CACHE_CONTROL, "no-store")], events))
}

fn too_many() -> Refusal {
    let finding =
        Finding::error(Rule::RateLimited, "too many event streams are open; close one, or read the event log");
    Refusal::Later(finding, None)
}

struct Feed {
    app: Shared,
    /// Held for as long as somebody listens.
    _place: Open,
    hearing: Hearing,
    /// The stream ends with it.
    standing: Standing,
    cursor: u64,
    live: broadcast::Receiver<Change>,
    /// Read from the log, newest first.
    ready: Vec<Change>,
}

impl Feed {
    /// The next change in the log. The live channel only says that there is something to read, so that what a
    /// listener may see is decided in one place.
    async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.ready.pop() {
                self.cursor = change.cursor;
                return Some(change);
            }
            if !self.standing.lasts(&*self.app.store).await {
                return None;
            }
            self.ready = self.app.store.changes(&self.hearing, self.cursor).await.ok()?.items;
            self.ready.reverse();
            if !self.ready.is_empty() {
                continue;
            }
            tokio::select! {
                () = self.app.stopping.cancelled() => return None,
                heard = self.live.recv() => if matches!(heard, Err(RecvError::Closed)) { return None },
            }
        }
    }
}
