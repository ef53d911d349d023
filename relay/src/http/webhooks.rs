//! Webhooks: register, list, delete, new secret, go on; the log of deliveries, and replay from it.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use konvolutt_shared::api::{NewWebhook, Page, Right, Webhook, WebhookDelivery, WebhookSecret};
use konvolutt_shared::finding::{Finding, Rule};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Search};
use crate::app::{App, Shared};
use crate::audit::{Action, ObjectKind, Record};
use crate::clock::{Machine, World as _};
use crate::identity::Caller;
use crate::problem::Refusal;
use crate::store::StoreError;
use crate::webhook::{Forbidden, Guard, MOST, NewEndpoint, Sealed, Secret, Which};

/// How long the secret before the present one signs, too.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(remove))
        .routes(routes!(rotate))
        .routes(routes!(resume))
        .routes(routes!(log))
        .routes(routes!(replay))
}

/// The webhooks of the organisations that the caller administers.
#[utoipa::path(
    get, path = "/webhooks", tag = "Webhooks", operation_id = "listWebhooks",
    responses((status = 200, description = "Oldest first", body = Vec<Webhook>)),
)]
async fn list(State(app): State<Shared>, caller: Caller) -> Result<Json<Vec<Webhook>>, Refusal> {
    caller.may_somewhere(Right::Webhooks)?;
    Ok(Json(app.store.webhooks(&caller.with(Right::Webhooks)).await?))
}

/// Registers a webhook.
///
/// The only answer that shows the secret.
#[utoipa::path(
    post, path = "/webhooks", tag = "Webhooks", operation_id = "makeWebhook",
    request_body = NewWebhook,
    responses((status = 201, description = "The only answer that shows the secret", body = WebhookSecret)),
)]
async fn register(
    State(app): State<Shared>,
    caller: Caller,
    Body(wanted): Body<NewWebhook>,
) -> Result<Response, Refusal> {
    caller.may(Right::Webhooks, &wanted.organisation)?;
    let address = judged(app.webhooks.guard(), &wanted.address).await?;
    let (id, secret) = (Machine.id().to_string(), Secret::new([Machine.random(), Machine.random()]));
    let sealed = sealed(&app, &id, &secret)?;
    let (organisation, created) = (wanted.organisation, crate::clock::now());
    let endpoint = NewEndpoint { id, organisation, address, secret: sealed, created };
    let behalf = Some(endpoint.organisation.as_str());
    let record = caller.record(Action::WebhookMade, behalf, ObjectKind::Webhook, &endpoint.id)?;
    if !app.store.add_webhook(endpoint.clone(), Some(record)).await? {
        let finding = Finding::error(Rule::WebhooksMany, "the organisation has as many webhooks as it may have");
        return Err(finding.with("max", MOST.to_string()).into());
    }
    let NewEndpoint { id, organisation, address, created, .. } = endpoint;
    let location = format!("/api/v1/webhooks/{id}");
    let webhook = Webhook { id, organisation, address, created, stopped: false, old_secret_until: None };
    let answer = WebhookSecret { webhook, secret: secret.expose().to_owned() };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(answer)).into_response())
}

/// A secret as it may be kept.
fn sealed(app: &App, webhook: &str, secret: &Secret) -> Result<Sealed, Refusal> {
    let sealed = app.safe.seal(webhook, secret);
    sealed.ok_or_else(|| StoreError::Row("a webhook's secret cannot be sealed".to_owned()).into())
}

/// Where a name leads may change later, so it is judged again for every connection; judged now it is a helpful answer.
async fn judged(guard: &Guard, address: &str) -> Result<String, Refusal> {
    let refuse = |why: Forbidden| Refusal::rule(Rule::WebhookAddress, &why.to_string());
    let url = guard.check(address).map_err(refuse)?;
    if let Some(name) = url.domain() {
        guard.resolve(name).await.map_err(refuse)?;
    }
    Ok(url.into())
}

/// Removes a webhook.
#[utoipa::path(
    delete, path = "/webhooks/{id}", tag = "Webhooks", operation_id = "removeWebhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 204, description = "Removed, with what waited for it")),
)]
async fn remove(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let record = record(&app, &caller, Action::WebhookRemoved, &id).await?;
    known(app.store.remove_webhook(which(&caller, id), Some(record)).await?)
}

/// Gives a webhook a new secret.
#[utoipa::path(
    post, path = "/webhooks/{id}/secret", tag = "Webhooks", operation_id = "rotateWebhookSecret",
    params(("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "The new secret; the old one signs besides it for a day", body = WebhookSecret),
    ),
)]
async fn rotate(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WebhookSecret>, Refusal> {
    let record = record(&app, &caller, Action::WebhookChanged, &id).await?;
    let secret = Secret::new([Machine.random(), Machine.random()]);
    let (sealed, until) = (sealed(&app, &id, &secret)?, crate::clock::now() + OVERLAP);
    let rotated = app.store.rotate_webhook(which(&caller, id), sealed, until, Some(record)).await?;
    let webhook = rotated.ok_or_else(unknown)?;
    Ok(Json(WebhookSecret { webhook, secret: secret.expose().to_owned() }))
}

/// Lets a webhook that had stopped go on.
#[utoipa::path(
    post, path = "/webhooks/{id}/resume", tag = "Webhooks", operation_id = "resumeWebhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 204, description = "It goes on")),
)]
async fn resume(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let record = record(&app, &caller, Action::WebhookChanged, &id).await?;
    let resumed = known(app.store.resume_webhook(which(&caller, id), Some(record)).await?);
    app.wake_webhooks.notify_waiters();
    resumed
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Before {
    cursor: Option<u64>,
}

/// What a webhook was told, and how it went.
#[utoipa::path(
    get, path = "/webhooks/{id}/deliveries", tag = "Webhooks", operation_id = "listDeliveries",
    params(("id" = String, Path, description = "The webhook's id"), Before),
    responses((status = 200, description = "A page, newest first", body = Page<WebhookDelivery>)),
)]
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

/// Tells an event again.
#[utoipa::path(
    post, path = "/webhooks/{id}/deliveries/{number}/replay", tag = "Webhooks", operation_id = "replayDelivery",
    params(
        ("id" = String, Path, description = "The webhook's id"),
        ("number" = u64, Path, description = "The delivery's number"),
    ),
    responses((status = 204, description = "Queued")),
)]
async fn replay(
    State(app): State<Shared>,
    caller: Caller,
    Path((id, number)): Path<(String, u64)>,
) -> Result<StatusCode, Refusal> {
    let record = record(&app, &caller, Action::WebhookReplayed, &id).await?;
    let now = crate::clock::now();
    let queued = known(app.store.replay_notice(which(&caller, id), number, now, Some(record)).await?);
    app.wake_webhooks.notify_waiters();
    queued
}

/// What the audit log shall say of something that is done to a webhook of the caller's.
async fn record(app: &Shared, caller: &Caller, action: Action, id: &str) -> Result<Record, Refusal> {
    caller.may_somewhere(Right::Webhooks)?;
    let webhooks = app.store.webhooks(&caller.with(Right::Webhooks)).await?;
    let webhook = webhooks.into_iter().find(|webhook| webhook.id == id).ok_or_else(unknown)?;
    caller.record(action, Some(&webhook.organisation), ObjectKind::Webhook, id)
}

fn which(caller: &Caller, id: String) -> Which {
    Which { id, organisations: caller.with(Right::Webhooks) }
}

fn unknown() -> Refusal {
    Refusal::rule(Rule::WebhookUnknown, "no such webhook or delivery")
}

fn known(found: bool) -> Result<StatusCode, Refusal> {
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}
