//! Metrics, on an address of their own.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::Shared;
use crate::problem::Refusal;

/// `GET /metrics` and nothing else.
pub fn metrics_router(app: Shared) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(app)
}

async fn metrics(State(app): State<Shared>) -> Result<Response, Refusal> {
    for channel in &app.channels {
        app.metrics.backlog(channel.name, &app.store.backlog(channel.name).await?, crate::clock::now());
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], app.metrics.text()).into_response())
}
