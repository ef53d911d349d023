//! The front end's files and their headers.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tower_http::services::ServeDir;

use crate::app::Shared;

/// Nothing from elsewhere, nothing inline, and scripts' addresses only through the one policy (toolchain notes, 9).
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; frame-src blob:; form-action 'self'; base-uri 'none'; \
    require-trusted-types-for 'script'; trusted-types efm";

/// A worker lives under the policy that came with its script, not under its page's (CSP Level 3, 4.2.2).
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn routes(app: &Shared) -> Router<Shared> {
    let assets = ServeDir::new(app.dist.join("assets")).precompressed_br().precompressed_gzip();
    let immutable = middleware::map_response(|mut response: Response| async move {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WORKER_POLICY));
        if response.status().is_success() {
            let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
            response.headers_mut().insert(header::CACHE_CONTROL, forever);
        }
        response
    });
    Router::new()
        .nest("/assets", Router::new().fallback_service(assets).layer(immutable))
        .route("/embed/v1/efm-send.js", get(loader))
        .route("/embed/v1/frame", get(frame))
        .route("/lab", get(|app| page(app, "lab.html")))
        .route("/lab/{*rest}", get(|app| page(app, "lab.html")))
        .fallback(get(|app| page(app, "index.html")))
}

/// A page of ours; nobody may frame it.
async fn page(State(app): State<Shared>, file: &'static str) -> Response {
    html(&app, file, "'none'").await
}

#[derive(Deserialize)]
struct FrameQuery {
    client_id: Option<String>,
}

/// The frame that others embed: only those on the client's list, nobody for an unknown client.
async fn frame(State(app): State<Shared>, Query(query): Query<FrameQuery>) -> Response {
    let client = app.embed.iter().find(|client| Some(&client.id) == query.client_id.as_ref());
    let ancestors = client.map_or_else(|| "'none'".to_owned(), |client| client.origins.join(" "));
    let mut response = html(&app, "frame.html", &ancestors).await;
    let headers = response.headers_mut();
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("unsafe-none"));
    response
}

async fn html(app: &Shared, file: &str, ancestors: &str) -> Response {
    let Ok(page) = tokio::fs::read_to_string(app.dist.join(file)).await else {
        let text = "The front end is not built. Run: cargo xtask build";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let policy = HeaderValue::from_str(&format!("{POLICY}; frame-ancestors {ancestors}"));
    let policy = policy.unwrap_or(super::STRICTEST);
    let headers =
        [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    (headers, Html(page)).into_response()
}

/// The script that other sites load.
async fn loader(State(app): State<Shared>) -> Response {
    let Ok(script) = tokio::fs::read(app.dist.join("embed/v1/efm-send.js")).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        ("content-type", "text/javascript; charset=utf-8"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("access-control-allow-origin", "*"),
        ("cache-control", "public, max-age=300"),
    ];
    (headers, script).into_response()
}
