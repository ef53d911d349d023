//! Messages: submit, list, look at, fetch the sealed package, acknowledge, try again.

use axum::Json;
use axum::body::Body as Stream;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use konvolutt_shared::api::header::is_cursor;
use konvolutt_shared::api::{
    AppReceipt, Attention, Direction, MessageStatus, MessageView, Page, Right, Source, Status, Submission,
};
use konvolutt_shared::finding::{Code, Rule};
use konvolutt_shared::status;
use serde::Deserialize;
use tracing::Instrument as _;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Search};
use crate::accept::{self, Accepted, Keeping};
use crate::app::Shared;
use crate::audit::{Action, ObjectKind, Outcome, Record};
use crate::clock::Machine;
use crate::identity::{Caller, rights};
use crate::observe::trace;
use crate::problem::Refusal;
use crate::{answer, message, store};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(submit, list))
        .routes(routes!(view))
        .routes(routes!(standing))
        .routes(routes!(package))
        .routes(routes!(acknowledge))
        .routes(routes!(receipt))
        .routes(routes!(opened))
        .routes(routes!(retry))
        .routes(routes!(handled))
        .routes(routes!(attention))
}

/// Hands over a signed envelope whose package has been uploaded. The same envelope can be handed over again.
#[utoipa::path(
    post, path = "/messages", tag = "Messages", operation_id = "submitMessage",
    request_body = Submission,
    responses(
        (
            status = 201,
            description = "Committed to disk, and queued",
            body = MessageView,
            headers(("location" = String, description = "The message")),
        ),
        (
            status = 200,
            description = "The same envelope had come before; nothing was done again",
            body = MessageView,
            headers(("location" = String, description = "The message")),
        ),
    ),
)]
async fn submit(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Body(submission): Body<Submission>,
) -> Result<Response, Refusal> {
    let expected = app.expected().await;
    let (store, packages, mail) = (&*app.store, &*app.packages, app.mail.as_deref());
    let (files, approvals, message_channels) = (&app.files, &app.approvals, &app.message_channels);
    let (world, realm) = (&Machine, app.realm);
    let keeping = Keeping { store, files, packages, world, realm, mail, approvals, message_channels };
    let name = async |orgnr: &str| app.name_of(orgnr).await;
    let span = tracing::debug_span!("message.accept", message = tracing::field::Empty);
    let span = trace::below(span, trace::asked(&headers));
    let accepted = accept::accept(keeping, &caller, &submission, &expected, name).instrument(span.clone()).await?;
    let (status, id) = match accepted {
        Accepted::New(id) => (StatusCode::CREATED, id),
        Accepted::Again(id) => (StatusCode::OK, id),
    };
    span.record("message", &id);
    app.wake.notify_one();
    let location = format!("/api/v1/messages/{id}");
    Ok((status, [(header::LOCATION, location)], Json(find(&app, &caller, &id, Right::Send).await?)).into_response())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Listing {
    direction: Option<Direction>,
    organisation: String,
    cursor: Option<String>,
    /// Only those that somebody must act on.
    #[serde(default)]
    attention: bool,
}

/// The messages of an organisation.
#[utoipa::path(
    get, path = "/messages", tag = "Messages", operation_id = "listMessages",
    params(Listing),
    responses((status = 200, description = "A page, newest first", body = Page<MessageStatus>)),
)]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Search(listing): Search<Listing>,
) -> Result<Json<Page<MessageStatus>>, Refusal> {
    caller.may(Right::Look, &listing.organisation)?;
    let Listing { direction, organisation, cursor, attention } = listing;
    let behalf = Some(organisation.as_str());
    let record = caller.record(Action::MessageListed, behalf, ObjectKind::Organisation, &organisation)?;
    if cursor.as_deref().is_some_and(|cursor| !is_cursor(cursor)) {
        return Err(Refusal::rule(Rule::RequestInvalid, "not a cursor of ours"));
    }
    app.store.record(record).await?;
    let discreet = caller.discreet(&organisation);
    let listing = store::Listing { organisation: &organisation, direction, discreet: &discreet, attention };
    Ok(Json(app.store.list(&listing, cursor.as_deref()).await?))
}

/// A message with its history.
#[utoipa::path(
    get, path = "/messages/{id}", tag = "Messages", operation_id = "getMessage",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 200, description = "The message", body = MessageView)),
)]
async fn view(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Json<MessageView>, Refusal> {
    let view = find(&app, &caller, &id, Right::Look).await?;
    app.store.record(record(&caller, reading(&view), &view)?).await?;
    Ok(Json(view))
}

/// How a message stands, as lists have it.
#[utoipa::path(
    get, path = "/messages/{id}/status", tag = "Messages", operation_id = "getMessageStatus",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 200, description = "The message without its content", body = MessageStatus)),
)]
async fn standing(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<MessageStatus>, Refusal> {
    let view = find(&app, &caller, &id, Right::Look).await?;
    app.store.record(record(&caller, Action::MessageListed, &view)?).await?;
    Ok(Json(view.into()))
}

/// What the audit log calls it when somebody reads a message.
pub(super) fn reading(view: &MessageView) -> Action {
    let confidential = rights::is_confidential(&view.summary.process) || message::is_confidential(&view.sbd);
    if confidential { Action::ConfidentialMessageRead } else { Action::MessageRead }
}

/// The sealed package as it came; only the recipient's key opens it.
#[utoipa::path(
    get, path = "/messages/{id}/package", tag = "Messages", operation_id = "getPackage",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 200, description = "CMS", body = Vec<u8>, content_type = "application/pkcs7-mime")),
)]
async fn package(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    let view = find(&app, &caller, &id, Right::Open).await?;
    fetched(&app, &caller, &view).await
}

/// A message's sealed package, once that is written down.
pub(super) async fn fetched(app: &Shared, caller: &Caller, view: &MessageView) -> Result<Response, Refusal> {
    let found = app.store.package(&view.summary.id).await?;
    let (name, size) = found.ok_or_else(|| Refusal::rule(Rule::TransferPackage, "the message has no package"))?;
    app.store.record(record(caller, Action::PackageFetched, view)?).await?;
    let content = app.packages.open(&name).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/pkcs7-mime".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"asic.p7m\"".to_owned()),
    ];
    Ok((headers, Stream::from_stream(content.into_stream())).into_response())
}

/// Takes an incoming message over.
#[utoipa::path(
    post, path = "/messages/{id}/acknowledge", tag = "Messages", operation_id = "acknowledgeMessage",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 204, description = "The sender is told LEVERT, once")),
)]
async fn acknowledge(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let view = incoming(&app, &caller, &id).await?;
    let record = record(&caller, Action::MessageAcknowledged, &view)?;
    if answer::acknowledge(&*app.store, &Machine, &view, Some(record)).await? {
        app.wake.notify_one();
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Tells the sender of an incoming `arkivmelding` what the archive made of it.
#[utoipa::path(
    post, path = "/messages/{id}/receipt", tag = "Messages", operation_id = "sendReceipt",
    params(("id" = String, Path, description = "The relay's id of the message")),
    request_body = AppReceipt,
    responses((status = 204, description = "The sender is told, once for each receipt type")),
)]
async fn receipt(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Body(told): Body<AppReceipt>,
) -> Result<StatusCode, Refusal> {
    let view = incoming(&app, &caller, &id).await?;
    let record = record(&caller, Action::ReceiptSent, &view)?;
    if !told.is_bounded() {
        return Err(Refusal::rule(
            Rule::RequestInvalid,
            "at most 20 lines, with codes of 100 and texts of 2000 characters",
        ));
    }
    if answer::receipt(&*app.store, &Machine, &view, &told, Some(record)).map_err(Refusal::from)?.await? {
        app.wake.notify_one();
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Marks an incoming message as seen by a person.
#[utoipa::path(
    post, path = "/messages/{id}/opened", tag = "Messages", operation_id = "markOpened",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 204, description = "Marked")),
)]
async fn opened(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let view = incoming(&app, &caller, &id).await?;
    app.store.record(record(&caller, Action::MessageOpened, &view)?).await?;
    app.store.mark_opened(&view.summary.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A person tries again what was given up.
#[utoipa::path(
    post, path = "/messages/{id}/retry", tag = "Messages", operation_id = "retryMessage",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 204, description = "Queued anew")),
)]
async fn retry(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let view = find(&app, &caller, &id, Right::Send).await?;
    let record = record(&caller, Action::DeliveryRetried, &view)?;
    if !view.retryable || !app.store.revive(&view.summary.id, crate::clock::now(), Some(record)).await? {
        return Err(Refusal::rule(Rule::RequestInvalid, "the message is not one that was given up"));
    }
    app.wake.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// A person has dealt with what went wrong: it counts no more as something that somebody must act on. Who and when stays in
/// the message's history. What goes wrong afterwards counts anew.
#[utoipa::path(
    post, path = "/messages/{id}/handled", tag = "Messages", operation_id = "markHandled",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 204, description = "Marked; also when it had been marked before")),
)]
async fn handled(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let view = find(&app, &caller, &id, Right::Look).await?;
    let needed = if view.summary.direction == Direction::Out { Right::Send } else { Right::Open };
    caller.may(needed, &view.summary.organisation)?;
    let dealt_with = view.events.last().is_some_and(status::is_handled);
    if !view.summary.attention && !dealt_with {
        return Err(Refusal::rule(Rule::RequestInvalid, "nothing is wrong with the message"));
    }
    let record = record(&caller, Action::MessageHandled, &view)?;
    let now = crate::clock::now();
    let mut event = message::event(now, Status::Annet, Source::Person);
    event.handled_by = Some(caller.shown_as().to_owned());
    app.store.acknowledge(&view.summary.id, event, None, now, Some(record)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Counting {
    organisation: String,
}

/// How many messages of an organisation somebody must act on, however long ago they were sent.
#[utoipa::path(
    get, path = "/attention", tag = "Messages", operation_id = "countAttention",
    params(Counting),
    responses((status = 200, description = "Sent and received", body = Attention)),
)]
async fn attention(
    State(app): State<Shared>,
    caller: Caller,
    Search(counting): Search<Counting>,
) -> Result<Json<Attention>, Refusal> {
    let organisation = counting.organisation;
    caller.may(Right::Look, &organisation)?;
    let discreet = caller.discreet(&organisation);
    let listing = store::Listing { discreet: &discreet, ..store::Listing::all(&organisation, None) };
    Ok(Json(app.store.attention(&listing).await?))
}

async fn incoming(app: &Shared, caller: &Caller, id: &str) -> Result<MessageView, Refusal> {
    let view = find(app, caller, id, Right::Open).await?;
    if view.summary.direction == Direction::In {
        return Ok(view);
    }
    Err(Refusal::rule(Rule::RequestInvalid, "only an incoming message can be taken over"))
}

/// What the audit log shall say, before anything is shown or done.
pub(super) fn record(caller: &Caller, action: Action, view: &MessageView) -> Result<Record, Refusal> {
    caller.record(action, Some(&view.summary.organisation), ObjectKind::Message, &view.summary.id)
}

/// A message of an organisation for which the caller has a right. Somebody else's looks like none.
pub(super) async fn find(app: &Shared, caller: &Caller, id: &str, right: Right) -> Result<MessageView, Refusal> {
    caller.may_somewhere(right)?;
    let view = app.store.message(id, &caller.with(right)).await?;
    let mut view = view.ok_or_else(|| Refusal::rule(Rule::MessageUnknown, "no such message"))?;
    // The store has no clock. What it gave up of an incoming message, our answers to it, has no deadline.
    let late = view.expires.is_some_and(|expires| expires < crate::clock::now());
    view.retryable &= view.summary.direction == Direction::In || !late;
    if caller.sees(&view.summary) {
        return Ok(view);
    }
    let mut tried = record(caller, Action::ConfidentialMessageRead, &view)?;
    tried.event.outcome = Outcome::Refused(Code::AccessDenied);
    app.store.record(tried).await?;
    Err(Refusal::rule(Rule::AccessDenied, "the message is confidential, and for those who distribute such"))
}
