//! What the sandbox hands to people, on our own origin so that pages need no other.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};

use crate::app::Shared;
use crate::identity;

/// The largest thing passed on, in bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/sandbox/keystores/{file}", get(|app, Path(file): Path<String>| pass(app, format!("keystores/{file}"))))
        .route("/sandbox/services", get(|app| pass(app, "services".to_owned())))
        .route("/sandbox/mailbox", get(|app| pass(app, "mailbox".to_owned())))
        .route("/sandbox/mailbox.json", get(|app| pass(app, "mailbox.json".to_owned())))
        .route("/sandbox/openid/people.json", get(|app| pass(app, "openid/people.json".to_owned())))
        .route("/sandbox/openid/authorize", any(as_it_is))
        .route("/sandbox/openid/logout", any(as_it_is))
        .route("/sandbox/faults", any(as_it_is))
        .route("/sandbox/faults/off", any(as_it_is))
        .route("/sandbox/inbox", any(as_it_is))
        .route("/sandbox/receipts", any(as_it_is))
        .route("/sandbox/write", any(as_it_is))
        .route("/sandbox/control/faults", any(as_it_is))
        .route("/sandbox/clock", any(as_it_is))
        .route("/sandbox/control/clock", any(as_it_is))
        .route("/sandbox/style.css", get(|app| pass(app, "style.css".to_owned())))
        .route("/sandbox/", get(|app| pass(app, String::new())))
        .route(
            "/sandbox/control/write",
            post(|app, headers, body| order("write", app, headers, body))
                .get(|app| pass(app, "control/write".to_owned())),
        )
        .route(
            "/sandbox/control/correspondence",
            post(|app, headers, body| order("correspondence", app, headers, body)),
        )
        .route("/sandbox/control/shipments", get(|app| pass(app, "control/shipments".to_owned())))
}

/// Makes a counterpart write first, or a service behave badly.
async fn order(
    what: &'static str,
    State(app): State<Shared>,
    headers: HeaderMap,
    Json(order): Json<serde_json::Value>,
) -> Response {
    if let Err(refusal) = identity::same_origin(&Method::POST, &headers) {
        return refusal.into_response();
    }
    let Some(base) = &app.sandbox_base else { return StatusCode::NOT_FOUND.into_response() };
    match app.http.post(format!("{base}/sandbox/control/{what}")).json(&order).send().await {
        Ok(answer) => StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// Pages with forms, as they are, with the redirects that they end in, and what programs ask for.
async fn as_it_is(State(app): State<Shared>, request: Request) -> Response {
    let Some(base) = &app.sandbox_base else { return StatusCode::NOT_FOUND.into_response() };
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE) {
        let allow = [(header::ALLOW, "GET, HEAD, POST, PUT, DELETE")];
        return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
    }
    if let Err(refusal) = identity::same_origin(request.method(), request.headers()) {
        return refusal.into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let mut asked = app.http.request(parts.method, format!("{base}{path}")).body(body);
    if let Some(kind) = parts.headers.get(header::CONTENT_TYPE) {
        asked = asked.header(header::CONTENT_TYPE, kind);
    }
    let Ok(answer) = asked.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let Ok(body) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let mut response = (status, body).into_response();
    let passed =
        [header::ALLOW, header::CONTENT_TYPE, header::LOCATION, header::CONTENT_SECURITY_POLICY, header::CACHE_CONTROL];
    for name in passed {
        if let Some(value) = headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

async fn pass(State(app): State<Shared>, path: String) -> Response {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/');
    let base = app.sandbox_base.as_deref().filter(|_| path.chars().all(plain) && !path.contains(".."));
    let Some(base) = base else { return StatusCode::NOT_FOUND.into_response() };
    let answer = async {
        let answer = app.http.get(format!("{base}/sandbox/{path}")).send().await.ok()?;
        let status = StatusCode::from_u16(answer.status().as_u16()).ok()?;
        let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
        let body = answer.bytes().await.ok().filter(|body| body.len() <= MAX_BYTES)?;
        Some((status, kind, body))
    };
    let Some((status, kind, body)) = answer.await else { return StatusCode::BAD_GATEWAY.into_response() };
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}
