//! `/sandbox/altinn/authentication`: a Maskinporten token in, an Altinn token out, as plain text.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::world::World;

/// How long Altinn's token lives.
pub(super) const LIFE_SECONDS: i64 = 30 * 60;

/// Everything under `/sandbox/altinn/authentication`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/api/v1/exchange/maskinporten", get(exchange))
}

async fn exchange(State(world): State<Arc<World>>, headers: HeaderMap) -> Response {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    match token.and_then(|token| world.tokens.exchange(token, world.clock.wall())) {
        Some(token) => (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], token).into_response(),
        None => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response(),
    }
}
