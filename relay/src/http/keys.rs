//! API keys: make, list, revoke. An administrator's business, and audited.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::SignedDuration;
use konvolutt_shared::api::{ApiKey, ApiKeySecret, NewApiKey, Right};
use konvolutt_shared::finding::{Finding, Rule};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use crate::app::Shared;
use crate::audit::{Action, ObjectKind};
use crate::clock::{Machine, World as _};
use crate::identity::{Caller, HeldKey, key, rights};
use crate::problem::Refusal;

/// The longest life of a key.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The longest name, in characters.
const NAME: usize = 80;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(revoke))
}

/// The API keys of the organisations that the caller administers.
#[utoipa::path(
    get, path = "/keys", tag = "API keys", operation_id = "listKeys",
    responses((status = 200, description = "Without their secrets", body = Vec<ApiKey>)),
)]
async fn list(State(app): State<Shared>, caller: Caller) -> Result<Json<Vec<ApiKey>>, Refusal> {
    caller.may_somewhere(Right::Keys)?;
    let mut keys = Vec::new();
    for organisation in caller.with(Right::Keys) {
        keys.extend(app.store.keys(&organisation).await?);
    }
    Ok(Json(keys))
}

/// Makes an API key.
///
/// The only answer that shows the secret.
#[utoipa::path(
    post, path = "/keys", tag = "API keys", operation_id = "makeKey",
    request_body = NewApiKey,
    responses((status = 201, description = "The only answer that shows the secret", body = ApiKeySecret)),
)]
async fn make(
    State(app): State<Shared>,
    caller: Caller,
    Body(wanted): Body<NewApiKey>,
) -> Result<(StatusCode, Json<ApiKeySecret>), Refusal> {
    caller.may(Right::Keys, &wanted.organisation)?;
    let now = crate::clock::now();
    let NewApiKey { organisation, name, mut scope, expires } = wanted;
    let name = name.trim().to_owned();
    scope.sort();
    scope.dedup();
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        return Err(invalid("a key has a name of 1 to 80 characters"));
    }
    if scope.is_empty() || scope.iter().any(|right| !rights::OF_KEYS.contains(right)) {
        return Err(invalid("a key has a scope, and not what only people can be given"));
    }
    if expires <= now || expires > now + LONGEST {
        return Err(invalid("a key expires within a year"));
    }
    let id = Machine.id();
    let secret = key::token(id, [Machine.random(), Machine.random()]);
    let key = ApiKey { id: id.to_string(), organisation, name, scope, created: now, expires, used: None };
    let record = caller.record(Action::ApiKeyMade, Some(&key.organisation), ObjectKind::Key, &key.id)?;
    let held = HeldKey { key: key.clone(), digest: key::digest(&secret) };
    if !app.store.add_key(held, key::MOST, Some(record)).await? {
        let finding = Finding::error(Rule::RequestInvalid, "the organisation has as many keys as it may have");
        return Err(finding.with("max", key::MOST.to_string()).into());
    }
    Ok((StatusCode::CREATED, Json(ApiKeySecret { key, secret })))
}

/// Revokes an API key.
#[utoipa::path(
    delete, path = "/keys/{id}", tag = "API keys", operation_id = "revokeKey",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 204, description = "It works no more")),
)]
async fn revoke(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    caller.may_somewhere(Right::Keys)?;
    let unknown = || Refusal::rule(Rule::KeyUnknown, "no such key");
    let key = app.store.key(&id).await?.map(|held| held.key).ok_or_else(unknown)?;
    // Another organisation's is as good as none.
    caller.may(Right::Keys, &key.organisation).map_err(|_| unknown())?;
    let record = caller.record(Action::ApiKeyRevoked, Some(&key.organisation), ObjectKind::Key, &key.id)?;
    let revoked = app.store.revoke_key(&key.id, &key.organisation, Some(record)).await?;
    if revoked { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

fn invalid(message: &str) -> Refusal {
    Refusal::rule(Rule::RequestInvalid, message)
}
