//! Webhooks: register, list, delete, new secret, go on; the log of deliveries, and replay from it.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use konvolutt_shared::api::{NewWebhook, Page, Right, Webhook, WebhookDelivery, WebhookSecret};
use konvolutt_shared::finding::{Code, Finding};
use serde::Deserialize;

use super::extract::{Body, Search};
use crate::app::Shared;
use crate::audit::{Action, ObjectKind};
use crate::clock::{Machine, World as _};
use crate::identity::Caller;
use crate::problem::Refusal;
use crate::webhook::{Forbidden, Guard, MOST, NewEndpoint, Secret, Which};

/// How long the secret before the present one signs, too.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/webhooks", get(list).post(register))
        .route("/webhooks/{id}", delete(remove))
        .route("/webhooks/{id}/secret", post(rotate))
        .route("/webhooks/{id}/resume", post(resume))
        .route("/webhooks/{id}/deliveries", get(log))
        .route("/webhooks/{id}/deliveries/{number}/replay", post(replay))
}

async fn list(State(app): State<Shared>, caller: Caller) -> Result<Json<Vec<Webhook>>, Refusal> {
    caller.may_somewhere(Right::Webhooks)?;
    Ok(Json(app.store.webhooks(&caller.with(Right::Webhooks)).await?))
}

/// The only answer that shows the secret.
async fn register(
    State(app): State<Shared>,
    caller: Caller,
    Body(wanted): Body<NewWebhook>,
) -> Result<Response, Refusal> {
    caller.may(Right::Webhooks, &wanted.organisation)?;
    let address = judged(app.webhooks.guard(), &wanted.address).await?;
    let endpoint = NewEndpoint {
        id: Machine.id().to_string(),
        organisation: wanted.organisation,
        address,
        secret: Secret::new([Machine.random(), Machine.random()]),
        created: crate::clock::now(),
    };
    let behalf = Some(endpoint.organisation.as_str());
    app.store.record(caller.record(Action::WebhookMade, behalf, ObjectKind::Webhook, &endpoint.id)?).await?;
    if !app.store.add_webhook(endpoint.clone()).await? {
        let finding = Finding::error(Code::WebhooksMany, "the organisation has as many webhooks as it may have");
        return Err(finding.with("max", MOST.to_string()).into());
    }
    let NewEndpoint { id, organisation, address, secret, created } = endpoint;
    let location = format!("/api/v1/webhooks/{id}");
    let webhook = Webhook { id, organisation, address, created, stopped: false, old_secret_until: None };
    let answer = WebhookSecret { webhook, secret: secret.expose().to_owned() };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(answer)).into_response())
}

/// Where a name leads may change later, so it is judged again for every connection; judged now it is a helpful answer.
async fn judged(guard: &Guard, address: &str) -> Result<String, Refusal> {
    let refuse = |why: Forbidden| Refusal::code(Code::WebhookAddress, &why.to_string());
    let url = guard.check(address).map_err(refuse)?;
    if let Some(name) = url.domain() {
        guard.resolve(name).await.map_err(refuse)?;
    }
    Ok(url.into())
}

async fn remove(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    record(&app, &caller, Action::WebhookRemoved, &id).await?;
    known(app.store.remove_webhook(which(&caller, id)).await?)
}

async fn rotate(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WebhookSecret>, Refusal> {
    record(&app, &caller, Action::WebhookChanged, &id).await?;
    let secret = Secret::new([Machine.random(), Machine.random()]);
    let until = crate::clock::now() + OVERLAP;
    let webhook = app.store.rotate_webhook(which(&caller, id), secret.clone(), until).await?.ok_or_else(unknown)?;
    Ok(Json(WebhookSecret { webhook, secret: secret.expose().to_owned() }))
}

async fn resume(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    record(&app, &caller, Action::WebhookChanged, &id).await?;
    let resumed = known(app.store.resume_webhook(which(&caller, id)).await?);
    app.wake_webhooks.notify_waiters();
    resumed
}

#[derive(Deserialize)]
struct Before {
    cursor: Option<u64>,
}

async fn log(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Search(query): Search<Before>,
) -> Result<Json<Page<WebhookDelivery>>, Refusal> {
    caller.may_somewhere(Right::Webhooks)?;
    let page = app.store.notices(which(&caller, id), query.cursor).await?;
    page.map(Json).ok_or_else(unknown)
}

async fn replay(
    State(app): State<Shared>,
    caller: Caller,
    Path((id, number)): Path<(String, u64)>,
) -> Result<StatusCode, Refusal> {
    record(&app, &caller, Action::WebhookReplayed, &id).await?;
    let queued = known(app.store.replay_notice(which(&caller, id), number, crate::clock::now()).await?);
    app.wake_webhooks.notify_waiters();
    queued
}

/// Writes into the audit log what is about to be done to a webhook of the caller's.
async fn record(app: &Shared, caller: &Caller, action: Action, id: &str) -> Result<(), Refusal> {
    caller.may_somewhere(Right::Webhooks)?;
    let webhooks = app.store.webhooks(&caller.with(Right::Webhooks)).await?;
    let webhook = webhooks.into_iter().find(|webhook| webhook.id == id).ok_or_else(unknown)?;
    let record = caller.record(action, Some(&webhook.organisation), ObjectKind::Webhook, id)?;
    Ok(app.store.record(record).await?)
}

fn which(caller: &Caller, id: String) -> Which {
    Which { id, organisations: caller.with(Right::Webhooks) }
}

fn unknown() -> Refusal {
    Refusal::code(Code::WebhookUnknown, "no such webhook or delivery")
}

fn known(found: bool) -> Result<StatusCode, Refusal> {
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}
