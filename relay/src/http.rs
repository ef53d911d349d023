//! The relay's HTTP face: the API, the front end's files, and what the sandbox hands out.

#![expect(unused_qualifications, reason = "the macros that describe routes write them")]

mod approvals;
mod audit;
mod directory;
mod embed;
mod etag;
mod events;
mod evidence;
mod extract;
mod host;
mod keys;
mod limited;
mod mail;
mod messages;
mod metrics;
mod once;
mod openapi;
mod pace;
mod pages;
mod sandbox;
mod session;
mod sign_in;
mod source;
mod svarut;
mod uploads;
mod watch;
mod webhooks;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use konvolutt_shared::api::Trust;
use konvolutt_shared::finding::Rule;
use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;
use crate::health::Readiness;
use crate::identity;
use crate::problem::Refusal;

pub use host::Hosts;
pub(crate) use limited::count;
pub use metrics::metrics_router;
pub use openapi::document;
pub(crate) use source::Peer;
pub(crate) use watch::RefusedWith;

/// Everything the relay serves.
pub fn router(app: Shared) -> Router {
    let guarded = api()
        .fallback(|| async { Refusal::rule(Rule::RequestInvalid, "there is no such address in the API") })
        .layer(middleware::from_fn_with_state(app.clone(), once::once))
        .layer(DefaultBodyLimit::max(extract::MOST))
        .layer(middleware::from_fn(etag::tag))
        .layer(middleware::from_fn_with_state(app.clone(), limited::limited))
        .layer(middleware::from_fn(guard));
    let (api, document) = openapi::describe(guarded).split_for_parts();
    Router::new()
        .merge(api)
        .merge(openapi::routes(document, &app.dist))
        .route("/trust.json", get(trust))
        .route("/health/live", get(|| async { "ok" }))
        .route("/health/ready", get(ready))
        .merge(sandbox::routes())
        .merge(pages::routes(&app))
        .layer(middleware::from_fn_with_state(app.clone(), pace::pace))
        .layer(middleware::from_fn_with_state(app.clone(), host::check))
        .layer(middleware::map_response(common_headers))
        .layer(middleware::from_fn_with_state(app.clone(), watch::watch))
        .with_state(app)
}

/// The API, with what is told of it. A route that is not described cannot be added here.
fn api() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(session::routes())
        .merge(sign_in::routes())
        .merge(keys::routes())
        .merge(audit::routes())
        .merge(directory::routes())
        .merge(svarut::routes())
        .merge(mail::routes())
        .merge(uploads::routes())
        .merge(messages::routes())
        .merge(approvals::routes())
        .merge(evidence::routes())
        .merge(events::routes())
        .merge(embed::routes())
        .merge(webhooks::routes())
}

async fn trust(State(app): State<Shared>) -> Json<Trust> {
    Json(app.trust.clone())
}

/// Ready when the store commits and the disk has room.
async fn ready(State(app): State<Shared>) -> Response {
    let readiness = app.health.readiness(&*app.store).await;
    let status = if readiness == Readiness::Ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], readiness.as_str()).into_response()
}

/// No foreign page may act for a person, and no answer of the API may be kept.
async fn guard(request: Request, next: Next) -> Response {
    if let Err(refusal) = identity::same_origin(request.method(), request.headers()) {
        return refusal.into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What a page may do that says nothing of it.
const STRICTEST: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");

/// Headers of every answer. Pages add their Content-Security-Policy; anything else gets the strictest.
async fn common_headers(mut response: Response) -> Response {
    const HEADERS: [(&str, &str); 7] = [
        // Heeded only where TLS is (RFC 6797, section 8.1).
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(STRICTEST);
    response
}
