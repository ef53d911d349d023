//! TUS 1.0.0 (core, creation, creation-defer-length, expiration, termination).

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{AppendHeaders, IntoResponse, Response};
use futures_util::StreamExt as _;
use konvolutt_shared::api::{Right, header as parse};
use konvolutt_shared::finding::Rule;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Path;
use crate::app::Shared;
use crate::identity::Caller;
use crate::problem::Refusal;
use crate::store::StoreError;
use crate::upload::{self, MAX_BYTES, Turn, Upload};

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const DEFER: HeaderName = HeaderName::from_static("upload-defer-length");

/// How much of a body that is refused is read all the same, in bytes: the pieces that browsers send, and some.
const SWALLOWED: usize = 2 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(describe, create))
        .routes(routes!(position, append, remove))
        .layer(middleware::from_fn(versioned))
        .layer(DefaultBodyLimit::disable())
}

/// That a request of the protocol speaks the version that we speak (tus 1.0.0, «Tus-Resumable»).
async fn versioned(request: Request, next: Next) -> Response {
    let all = request.uri().path().ends_with("/uploads");
    let asks = match *request.method() {
        Method::POST => all,
        Method::HEAD | Method::PATCH | Method::DELETE => !all,
        _ => false,
    };
    if !asks || request.headers().get(RESUMABLE).is_some_and(|version| version == VERSION) {
        return next.run(request).await;
    }
    swallow(request.into_body()).await;
    let refusal = Refusal::rule(Rule::UploadVersion, "Tus-Resumable must be 1.0.0");
    ([(TUS_VERSION, VERSION), (RESUMABLE, VERSION)], refusal).into_response()
}

/// What of tus 1.0.0 is spoken.
#[utoipa::path(
    options, path = "/uploads", tag = "Uploads", operation_id = "describeUploads",
    security(()),
    responses((status = 204, description = "What of tus is spoken")),
)]
async fn describe() -> Response {
    let headers = [
        (TUS_VERSION, VERSION),
        (
            HeaderName::from_static("tus-extension"),
            HeaderValue::from_static("creation,creation-defer-length,expiration,termination"),
        ),
        (HeaderName::from_static("tus-max-size"), HeaderValue::from(MAX_BYTES)),
        (RESUMABLE, VERSION),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Begins an upload of a sealed package.
#[utoipa::path(
    post, path = "/uploads", tag = "Uploads", operation_id = "createUpload",
    params(
        ("upload-length" = Option<u64>, Header, description = "In bytes, if it is known"),
        ("upload-defer-length" = Option<u8>, Header, description = "1 if the length comes later"),
    ),
    responses(
        (
            status = 201,
            description = "Begun",
            headers(
                ("location" = String, description = "The upload"),
                ("upload-expires" = String, description = "Until when it is kept"),
            ),
        ),
    ),
)]
async fn create(State(app): State<Shared>, caller: Caller, headers: HeaderMap) -> Result<Response, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let deferred = headers.get(DEFER).is_some_and(|value| value == "1") && !headers.contains_key(LENGTH);
    let length = if deferred { None } else { Some(number(&headers, &LENGTH)?) };
    // What is too large altogether is told so.
    room(&app, length.unwrap_or(0).min(MAX_BYTES))?;
    let (store, packages, most) = (&*app.store, &*app.packages, app.uploads);
    let (owner, now) = ((caller.owner(), caller.holder()), crate::clock::now());
    let upload = upload::create(store, &app.files, packages, owner, length, most, now).await?;
    let location = format!("/api/v1/uploads/{}", upload.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], expires(&upload), answer(0, upload.length))
        .into_response())
}

/// How far an upload is.
#[utoipa::path(
    head, path = "/uploads/{id}", tag = "Uploads", operation_id = "getUploadOffset",
    params(("id" = String, Path, description = "The upload's id")),
    responses(
        (
            status = 200,
            description = "How far it is",
            headers(("upload-offset" = u64, description = "Bytes that are here")),
        ),
    ),
)]
async fn position(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let upload = upload::find(&*app.store, &app.files, caller.owner(), &id).await?;
    Ok((StatusCode::OK, expires(&upload), answer(upload.offset, upload.length)).into_response())
}

/// Adds bytes to an upload.
#[utoipa::path(
    patch, path = "/uploads/{id}", tag = "Uploads", operation_id = "appendToUpload",
    params(
        ("id" = String, Path, description = "The upload's id"),
        ("upload-offset" = u64, Header, description = "Where these bytes begin"),
        ("upload-length" = Option<u64>, Header, description = "The whole length, where it was deferred"),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "On disk", headers(("upload-offset" = u64, description = "Bytes that are here"))),
    ),
)]
async fn append(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    // Held until the answer: the offset must not move between looking and writing.
    let (_turn, upload, offset) = match ready(&app, &caller, &id, &headers).await {
        Ok(ready) => ready,
        Err(refusal) => {
            swallow(body).await;
            return Err(refusal);
        }
    };
    let (length, expires) = (upload.length, expires(&upload));
    let offset = upload::append(upload, offset, body).await?;
    Ok((StatusCode::NO_CONTENT, expires, answer(offset, length)).into_response())
}

/// Whether the bytes may come, before the first of them is read.
async fn ready(app: &Shared, caller: &Caller, id: &str, headers: &HeaderMap) -> Result<(Turn, Upload, u64), Refusal> {
    caller.may_somewhere(Right::Send)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind != Some("application/offset+octet-stream") {
        return Err(Refusal::rule(Rule::UploadType, "the body must be application/offset+octet-stream"));
    }
    let offset = number(headers, &OFFSET)?;
    let turn = Turn::take(id)?;
    let mut upload = upload::find(&*app.store, &app.files, caller.owner(), id).await?;
    if headers.contains_key(LENGTH) {
        upload::announce(&*app.store, &mut upload, number(headers, &LENGTH)?).await?;
    }
    upload.stands_at(offset)?;
    room(app, upload.length.saturating_sub(offset))?;
    Ok((turn, upload, offset))
}

/// That the disk keeps what must be free when so many bytes more have come.
fn room(app: &Shared, bytes: u64) -> Result<(), Refusal> {
    if app.health.has_room(bytes)? { Ok(()) } else { Err(StoreError::Full.into()) }
}

/// Reads what a client sends before it looks at the answer. An answer before that would end the connection, and many a
/// client would only hear that it broke. Longer bodies are not waited for.
async fn swallow(body: Body) {
    let (mut pieces, mut left) = (body.into_data_stream(), SWALLOWED);
    while let Some(Ok(piece)) = pieces.next().await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            return;
        }
    }
}

/// Forgets an upload.
#[utoipa::path(
    delete, path = "/uploads/{id}", tag = "Uploads", operation_id = "removeUpload",
    params(("id" = String, Path, description = "The upload's id")),
    responses((status = 204, description = "Forgotten")),
)]
async fn remove(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let upload = upload::find(&*app.store, &app.files, caller.owner(), &id).await?;
    upload::remove(&*app.store, &*app.packages, &upload).await?;
    Ok((StatusCode::NO_CONTENT, [(RESUMABLE, VERSION)]).into_response())
}

/// As HTTP writes dates (RFC 9110, 5.6.7).
fn expires(upload: &Upload) -> AppendHeaders<Option<(HeaderName, String)>> {
    let date = upload.expires().map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    AppendHeaders(date.map(|date| (EXPIRES, date)))
}

fn answer(offset: u64, length: u64) -> [(HeaderName, HeaderValue); 3] {
    let told = if length == 0 { (DEFER, HeaderValue::from_static("1")) } else { (LENGTH, length.into()) };
    [(RESUMABLE, VERSION), (OFFSET, offset.into()), told]
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Refusal> {
    let value = headers.get(name).and_then(|value| parse::number(value.to_str().ok()?));
    value.ok_or_else(|| Refusal::rule(Rule::RequestInvalid, "a header of the upload protocol is missing or no number"))
}
