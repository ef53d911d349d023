//! `Idempotency-Key`: the same request twice is done once and answered twice.
//!
//! For every POST of somebody who is signed in, but for uploads, which TUS makes repeatable in its own way, and for access
//! tokens, which nobody keeps. Answers that
//! say "not now" are not kept: the next try may fare better. Those that are kept are replayed with
//! `idempotency-replayed: true`.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use konvolutt_shared::finding::Rule;
use serde::{Deserialize, Serialize};
use tracing::Instrument as _;

use super::extract::MOST;
use super::mail;
use crate::app::Shared;
use crate::identity::{self, Caller};
use crate::once::{Asked, KEPT, RUNNING, Turn};
use crate::problem::Refusal;
use crate::store::StoreError;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The most of an answer that is kept, in bytes. A longer one is given and forgotten.
const MOST_KEPT: u64 = 256 * 1024;

/// The headers of an answer that are kept.
const HEADERS: [HeaderName; 2] = [header::CONTENT_TYPE, header::LOCATION];

/// An answer as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Lets a request with a key through once.
pub(super) async fn once(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let left_alone = ["/uploads", mail::TOKENS].iter().any(|path| request.uri().path().starts_with(path));
    if request.method() != Method::POST || left_alone || !request.headers().contains_key(&KEY) {
        return next.run(request).await;
    }
    answer(app, request, next).await.unwrap_or_else(Refusal::into_response)
}

async fn answer(app: Shared, request: Request, next: Next) -> Result<Response, Refusal> {
    let key = key(request.headers())?;
    let (mut parts, body) = request.into_parts();
    // Nobody's request is nobody's to repeat: what takes no credential decides by itself.
    let Some(credential) = identity::token(&parts.headers).map(str::to_owned) else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    // Before anything is told of an earlier answer, as it is before anything is done.
    let caller = Caller::from_request_parts(&mut parts, &app).await?;
    parts.extensions.insert(caller);
    let body = to_bytes(body, MOST).await.map_err(|_| Refusal::rule(Rule::BodySize, "the body is too large"))?;
    let asked = asked(&credential, &key, &parts, &body)?;
    let now = crate::clock::now();
    match app.store.begin_once(&asked.once, now, now + RUNNING).await? {
        Turn::Running => {
            Err(Refusal::rule(Rule::RequestRunning, "the request with this Idempotency-Key is being done"))
        }
        Turn::Other => Err(Refusal::rule(Rule::RequestOther, "this Idempotency-Key came with another request")),
        Turn::Done(kept) => Ok(replay(&asked, &kept)?),
        Turn::Do => {
            let request = Request::from_parts(parts, Body::from(body));
            // In a task of its own: who hangs up and asks again must find what was done.
            let work = async move { settle(&app, &asked, next.run(request).await).await };
            let work = tokio::spawn(work.instrument(tracing::Span::current())).await;
            work.map_err(|_| Refusal::rule(Rule::Broken, "the request was not finished"))
        }
    }
}

/// The header's value: a string as the draft writes it (RFC 8941, section 3.3.3), or the same without its quotes, as many
/// send it.
fn key(headers: &HeaderMap) -> Result<String, Refusal> {
    let mut values = headers.get_all(&KEY).iter();
    let text = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | ',' | ';');
    if values.next().is_none() && (1..=255).contains(&inner.len()) && inner.chars().all(plain) {
        return Ok(inner.to_owned());
    }
    Err(Refusal::rule(Rule::RequestInvalid, "Idempotency-Key is one string of 1 to 255 characters, a UUID for example"))
}

fn asked(credential: &str, key: &str, parts: &Parts, body: &[u8]) -> Result<Asked, Refusal> {
    let address = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let request = [parts.method.as_str().as_bytes(), address.as_bytes(), body];
    Asked::new(credential, key, &request).ok_or_else(|| Refusal::rule(Rule::Broken, "no lock could be made"))
}

/// Keeps what may be kept, and gives the answer.
async fn settle(app: &Shared, asked: &Asked, response: Response) -> Response {
    use http_body::Body as _;
    let small = response.body().size_hint().upper().is_some_and(|size| size <= MOST_KEPT);
    let (parts, body) = response.into_parts();
    let (body, sealed) = if small && is_final(parts.status) {
        let body = to_bytes(body, MOST).await.unwrap_or_default();
        let sealed = seal(asked, parts.status, &parts.headers, &body);
        (Body::from(body), sealed)
    } else {
        (body, None)
    };
    let kept = match sealed {
        Some(sealed) => app.store.finish_once(&asked.once, sealed, crate::clock::now() + KEPT).await,
        None => app.store.forget_once(&asked.once).await,
    };
    if let Err(error) = kept {
        // It was done. Its key is held for a while yet, and what is done twice by then is what could be without a key.
        tracing::error!(%error, "an answer cannot be kept for its Idempotency-Key");
    }
    Response::from_parts(parts, body)
}

/// Whether the same request would be answered the same way later.
fn is_final(status: StatusCode) -> bool {
    let passes = matches!(status.as_u16(), 401 | 403 | 408 | 409 | 425 | 429);
    !status.is_server_error() && !passes
}

fn seal(asked: &Asked, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Vec<u8>> {
    let text = |name: &HeaderName| Some((name.to_string(), headers.get(name)?.to_str().ok()?.to_owned()));
    let headers = HEADERS.iter().filter_map(text).collect();
    asked.seal(&serde_json::to_vec(&Kept { status: status.as_u16(), headers, body: body.to_vec() }).ok()?)
}

fn replay(asked: &Asked, kept: &[u8]) -> Result<Response, StoreError> {
    let broken = || StoreError::Row("an answer that was kept for an Idempotency-Key".to_owned());
    let kept: Kept = serde_json::from_slice(&asked.open(kept).ok_or_else(broken)?).map_err(|_| broken())?;
    let mut response = Body::from(kept.body).into_response();
    *response.status_mut() = StatusCode::from_u16(kept.status).map_err(|_| broken())?;
    for (name, value) in kept.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| broken())?;
        response.headers_mut().insert(name, HeaderValue::from_str(&value).map_err(|_| broken())?);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
