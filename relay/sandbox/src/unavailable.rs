//! eInnsyn (DPE) and the health network (DPH): recipients are told of, and whoever calls hears that nobody plays it here.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};

use crate::broker::problem_details;
use crate::world::World;

/// Everything under `/sandbox/unavailable`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/{*path}", any(refuse))
}

/// What the registry tells of such a service.
pub(crate) fn service(world: &World, identifier: &str) -> Value {
    json!({
        "identifier": identifier,
        "endpointUrl": format!("{}/sandbox/unavailable/{}", world.base, identifier.to_lowercase()),
    })
}

pub(crate) async fn refuse() -> Response {
    let detail = "eInnsyn (DPE) and the health network (DPH) are not available in the sandbox";
    problem_details(StatusCode::NOT_IMPLEMENTED, json!({ "detail": detail })).into_response()
}
