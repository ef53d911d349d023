//! `/sandbox/maskinporten`: the token endpoint, its keys and its metadata.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::grant::OAuthError;
use crate::jws;
use crate::switch::Skew;
use crate::system_user::state::Key;
use crate::world::World;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Everything under `/sandbox/maskinporten`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/token", post(token))
        .route("/jwk", get(keys))
        .route("/.well-known/oauth-authorization-server", get(metadata))
}

#[derive(Deserialize)]
struct Request {
    grant_type: Option<String>,
    assertion: Option<String>,
}

async fn token(
    State(world): State<Arc<World>>,
    skew: Option<Extension<Skew>>,
    Form(request): Form<Request>,
) -> Response {
    let now = world.clock.wall() + skew.map(|Extension(Skew(ahead))| ahead).unwrap_or_default();
    let answer = match (request.grant_type.as_deref(), request.assertion.as_deref()) {
        (Some(GRANT_TYPE), Some(assertion)) => world.tokens.grant(assertion, now, &|key| user(&world, key)),
        (Some(GRANT_TYPE), None) => Err(OAuthError::new("invalid_grant", "MP-100", "Missing assertion")),
        _ => Err(OAuthError::new("unsupported_grant_type", "MP-100", "Use the JWT-bearer grant")),
    };
    let status = if answer.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let body = answer.unwrap_or_else(|error| error.body());
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// A system user, by its id. One that cannot be looked up is not there.
fn user(world: &World, key: &Key) -> Option<Uuid> {
    let found = world.system_users.user(key, world.clock.now());
    found.unwrap_or_else(|error| {
        tracing::error!(%error, "sandbox system users");
        None
    })
}

async fn keys(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "keys": [world.tokens.maskinporten.jwk()] }))
}

async fn metadata(State(world): State<Arc<World>>) -> Json<Value> {
    let issuer = world.tokens.audience();
    Json(json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}token"),
        "jwks_uri": format!("{issuer}jwk"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "grant_types_supported": [GRANT_TYPE],
        "token_endpoint_auth_signing_alg_values_supported": jws::ALGORITHMS,
        "authorization_details_types_supported": ["urn:altinn:systemuser"],
    }))
}
