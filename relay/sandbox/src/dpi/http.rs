//! The access point's operations (Digdir, Digital postkasse, the API of corner 2): a thin skin over [`super::state`].

use std::sync::Arc;

use axum::body::Body;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use konvolutt_shared::sbd::Sbd;
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::SCOPE;
use super::check::{Bearer, check, number, owner};
use super::problem::{Flaw, Problem};
use super::query::{Channel, Query};
use super::request;
use super::state::{Message, Order};
use crate::broker::remove;
use crate::seed;
use crate::world::World;

/// Everything under `/sandbox/dpi`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/messages/out", post(send).layer(DefaultBodyLimit::disable()))
        .route("/messages/out/{id}/statuses", get(statuses))
        .route("/messages/in", get(queue))
        .route("/messages/in/{id}", get(package))
        .route("/messages/in/{id}/read", post(read))
}

type Answer = Result<Response, Problem>;

/// Who calls, if the token holds, is for this service or any, and has the scope.
fn bearer(world: &World, headers: &HeaderMap) -> Result<Bearer, Problem> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = world.tokens.consumer(authorization, world.clock.wall());
    let own = format!("{}/sandbox/dpi", world.base);
    let caller = caller.filter(|caller| caller.is_for(&own)).ok_or(Problem::Unauthorized)?;
    if !caller.may(SCOPE) {
        return Err(Problem::Scope);
    }
    let token = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
    Ok(Bearer { caller, token })
}

/// What is no id names no message.
fn id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_| Problem::NotFound)
}

async fn send(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    channel: Result<UrlQuery<Channel>, QueryRejection>,
    body: Result<Multipart, MultipartRejection>,
) -> Answer {
    let bearer = bearer(&world, &headers)?;
    let invalid = |text: String| Problem::invalid(Flaw::Request, text);
    let channel = channel.map_err(|error| invalid(error.body_text()))?.check()?;
    let body = body.map_err(|error| invalid(error.body_text()))?;
    let file = Uuid::new_v4();
    let taken = take(&world, &bearer, channel, body, file).await;
    if taken.is_err() {
        remove(&world.dpi.package(file))?;
    }
    taken
}

async fn take(world: &World, bearer: &Bearer, channel: String, body: Multipart, file: Uuid) -> Answer {
    let upload = request::read(body, &world.dpi.package(file)).await?;
    let sbd = check(&upload.jwt, upload.package, bearer, &world.authority, world.clock.wall())?;
    let order = order(world, &sbd, channel, upload.package.map(|_| file))?;
    if !world.dpi.insert(order, &upload.jwt, world.clock.now())? {
        return Err(Problem::invalid(Flaw::Duplicate, ""));
    }
    Ok(StatusCode::CREATED.into_response())
}

/// What the document says of itself. A receipt goes to the queue that the letter named.
fn order(world: &World, sbd: &Sbd, channel: String, package: Option<Uuid>) -> Result<Order, Problem> {
    let missing = || Problem::invalid(Flaw::Schema, "ids and organisations must be there");
    let sender = number(sbd.sender()).ok_or_else(missing)?;
    let receiver = number(sbd.receiver()).ok_or_else(missing)?;
    let conversation = sbd.conversation_id().ok_or_else(missing)?.uuid();
    let unit = sbd.business()["avsender"]["avsenderidentifikator"].as_str().map(str::to_owned);
    let (sender, channel, unit, reachable) = if package.is_some() {
        let reachable = seed::provider(&receiver).is_some();
        (owner(sbd).ok_or_else(missing)?, channel, unit, reachable)
    } else {
        let letter = world.dpi.letter(conversation, &receiver, &sender)?;
        let (channel, unit) = letter.map(|one| (one.channel, one.unit)).unwrap_or_default();
        (sender, channel, unit, true)
    };
    Ok(Order {
        id: sbd.message_id().ok_or_else(missing)?.uuid(),
        conversation,
        kind: sbd.document_type().as_str().to_owned(),
        sender,
        receiver,
        unit,
        channel,
        reachable,
        expires: sbd.expires(),
        package,
    })
}

/// The message, if it is there. What it is to the caller is for [`Message`] to say.
fn known(world: &World, text: &str) -> Result<Message, Problem> {
    world.dpi.get(id(text)?, world.clock.now())?.ok_or(Problem::NotFound)
}

async fn statuses(State(world): State<Arc<World>>, Path(text): Path<String>, headers: HeaderMap) -> Answer {
    let bearer = bearer(&world, &headers)?;
    let message = known(&world, &text)?;
    let history = message.transport(&bearer.caller.organisation)?.iter().map(
        |(status, at)| json!({ "status": status.word(), "beskrivelse": status.text(), "timestamp": at.to_string() }),
    );
    Ok(Json(history.collect::<Vec<Value>>()).into_response())
}

async fn queue(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Result<UrlQuery<Query>, QueryRejection>,
) -> Answer {
    let bearer = bearer(&world, &headers)?;
    let UrlQuery(query) = query.map_err(|error| Problem::invalid(Flaw::Request, error.body_text()))?;
    let (filter, page) = query.check()?;
    let found = world.dpi.queue(&bearer.caller.organisation, &filter, page, world.clock.now())?;
    if found.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let items = found.into_iter().map(|(message, jwt)| {
        let mut item = json!({ "forretningsmelding": jwt });
        if message.package.is_some() {
            item["downloadurl"] = json!(format!("{}/sandbox/dpi/messages/in/{}", world.base, message.id));
        }
        item
    });
    Ok(Json(items.collect::<Vec<Value>>()).into_response())
}

async fn package(State(world): State<Arc<World>>, Path(text): Path<String>, headers: HeaderMap) -> Answer {
    let bearer = bearer(&world, &headers)?;
    let name = known(&world, &text)?.fetch(&bearer.caller.organisation)?;
    let file = tokio::fs::File::open(world.dpi.package(name)).await?;
    let length = file.metadata().await?.len();
    let headers = [(header::CONTENT_TYPE, "application/cms".to_owned()), (header::CONTENT_LENGTH, length.to_string())];
    Ok((headers, Body::from_stream(ReaderStream::new(file))).into_response())
}

async fn read(State(world): State<Arc<World>>, Path(text): Path<String>, headers: HeaderMap) -> Answer {
    let bearer = bearer(&world, &headers)?;
    world.dpi.mark_read(id(&text)?, &bearer.caller.organisation, world.clock.now())??;
    Ok(StatusCode::OK.into_response())
}
