//! Letters that wait for approval: look at them, fetch the very package that will be sent, approve, return.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use konvolutt_shared::api::{ApprovalReturn, MOST_NOTE, MessageView, Right, Waiting, WaitingView};
use konvolutt_shared::finding::Rule;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Search};
use super::messages;
use crate::app::Shared;
use crate::approval::{self, Decided, Decision, HeldLetter};
use crate::audit::{Action, ObjectKind};
use crate::clock::Machine;
use crate::identity::Caller;
use crate::problem::Refusal;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(view))
        .routes(routes!(package))
        .routes(routes!(approve))
        .routes(routes!(send_back))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Listing {
    organisation: String,
}

/// What waits for approval at an organisation: at most a hundred, those that came first.
#[utoipa::path(
    get, path = "/approvals", tag = "Approvals", operation_id = "listApprovals",
    params(Listing),
    responses((status = 200, description = "What waits, oldest first", body = Vec<Waiting>)),
)]
async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Search(Listing { organisation }): Search<Listing>,
) -> Result<Json<Vec<Waiting>>, Refusal> {
    caller.may(Right::Approve, &organisation)?;
    let behalf = Some(organisation.as_str());
    app.store.record(caller.record(Action::MessageListed, behalf, ObjectKind::Organisation, &organisation)?).await?;
    let held = app.store.waiting(&organisation).await?;
    let shown =
        |HeldLetter { summary, hold }| Waiting { summary, yours: caller.owner() == hold.sender, sent_by: hold.sent_by };
    Ok(Json(held.into_iter().map(shown).collect()))
}

/// A letter that waits for approval.
#[utoipa::path(
    get, path = "/approvals/{id}", tag = "Approvals", operation_id = "getApproval",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 200, description = "The letter", body = WaitingView)),
)]
async fn view(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Json<WaitingView>, Refusal> {
    let message = find(&app, &caller, &id).await?;
    let HeldLetter { hold, .. } = app.store.held(&id).await?.ok_or_else(gone)?;
    app.store.record(messages::record(&caller, messages::reading(&message), &message)?).await?;
    let yours = caller.owner() == hold.sender;
    Ok(Json(WaitingView { message, sent_by: hold.sent_by, yours, approval_key: hold.key }))
}

/// The sealed package, byte by byte as it will be sent.
#[utoipa::path(
    get, path = "/approvals/{id}/package", tag = "Approvals", operation_id = "getApprovalPackage",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 200, description = "CMS", body = Vec<u8>, content_type = "application/pkcs7-mime")),
)]
async fn package(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    let message = find(&app, &caller, &id).await?;
    app.store.held(&id).await?.ok_or_else(gone)?;
    messages::fetched(&app, &caller, &message).await
}

/// Lets a letter be sent. Whoever sent it cannot. Approving twice does no harm.
#[utoipa::path(
    post, path = "/approvals/{id}/approve", tag = "Approvals", operation_id = "approveMessage",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 204, description = "Queued; also when it had been approved before")),
)]
async fn approve(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    decide(&app, &caller, &id, None).await?;
    app.wake.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// Returns a letter to its sender, with a note: it will not be sent. Whoever sent it cannot. Returning twice does no harm;
/// the first note counts.
#[utoipa::path(
    post, path = "/approvals/{id}/return", tag = "Approvals", operation_id = "returnMessage",
    params(("id" = String, Path, description = "The relay's id of the message")),
    request_body = ApprovalReturn,
    responses((status = 204, description = "Returned; also when it had been returned before")),
)]
async fn send_back(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Body(ApprovalReturn { note }): Body<ApprovalReturn>,
) -> Result<StatusCode, Refusal> {
    let note = note.trim();
    if note.is_empty() || note.chars().count() > MOST_NOTE {
        return Err(Refusal::rule(Rule::RequestInvalid, "the note must have 1 to 2000 characters"));
    }
    decide(&app, &caller, &id, Some(note.to_owned())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn decide(app: &Shared, caller: &Caller, id: &str, note: Option<String>) -> Result<(), Refusal> {
    let message = find(app, caller, id).await?;
    if let Some(held) = app.store.held(id).await? {
        approval::by_another(caller, &held.hold)?;
        if message.expires.is_some_and(|expires| expires <= crate::clock::now()) {
            return Err(Refusal::rule(Rule::DeadlinePassed, "the letter's deadline passed while it waited"));
        }
    }
    let action = if note.is_some() { Action::MessageReturned } else { Action::MessageApproved };
    let record = messages::record(caller, action, &message)?;
    match app.store.decide(Decision::of(caller, id, note, &Machine, record)).await? {
        Decided::Now | Decided::Again => Ok(()),
        Decided::Otherwise => Err(Refusal::rule(Rule::ApprovalDecided, "the letter does not wait for this any more")),
    }
}

/// An outgoing letter of an organisation for which the caller approves, be it confidential or not.
async fn find(app: &Shared, caller: &Caller, id: &str) -> Result<MessageView, Refusal> {
    caller.may_somewhere(Right::Approve)?;
    app.store.message(id, &caller.with(Right::Approve)).await?.ok_or_else(unknown)
}

fn unknown() -> Refusal {
    Refusal::rule(Rule::MessageUnknown, "no such message")
}

fn gone() -> Refusal {
    Refusal::rule(Rule::MessageUnknown, "no such message waits for approval")
}
