//! TUS 1.0.0 (core, creation, creation-defer-length, expiration, termination).

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{options, patch};
use konvolutt_shared::api::Right;
use konvolutt_shared::finding::Code;

use crate::app::Shared;
use crate::identity::Caller;
use crate::problem::Refusal;
use crate::upload::{self, MAX_BYTES, Turn, Upload};

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const DEFER: HeaderName = HeaderName::from_static("upload-defer-length");

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/uploads", options(describe).post(create))
        .route("/uploads/{id}", patch(append).head(position).delete(remove))
        .layer(DefaultBodyLimit::disable())
}

async fn describe() -> Response {
    let headers = [
        (HeaderName::from_static("tus-version"), HeaderValue::from_static("1.0.0")),
        (
            HeaderName::from_static("tus-extension"),
            HeaderValue::from_static("creation,creation-defer-length,expiration,termination"),
        ),
        (HeaderName::from_static("tus-max-size"), HeaderValue::from(MAX_BYTES)),
        (RESUMABLE, HeaderValue::from_static("1.0.0")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

async fn create(State(app): State<Shared>, caller: Caller, headers: HeaderMap) -> Result<Response, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let deferred = headers.get(DEFER).is_some_and(|value| value == "1") && !headers.contains_key(LENGTH);
    let length = if deferred { None } else { Some(number(&headers, &LENGTH)?) };
    let (owner, most) = (caller.owner(), app.uploads_per_person);
    let upload = upload::create(&*app.store, &app.files, owner, length, most, crate::clock::now()).await?;
    let location = format!("/api/v1/uploads/{}", upload.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], expires(&upload), answer(0, upload.length))
        .into_response())
}

async fn position(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let upload = upload::find(&*app.store, &app.files, caller.owner(), &id).await?;
    Ok((StatusCode::OK, expires(&upload), answer(upload.offset, upload.length)).into_response())
}

async fn append(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind != Some("application/offset+octet-stream") {
        return Err(Refusal::code(Code::RequestInvalid, "the body must be application/offset+octet-stream"));
    }
    let offset = number(&headers, &OFFSET)?;
    // Held until the answer: the offset must not move between looking and writing.
    let _turn = Turn::take(&id)?;
    let mut upload = upload::find(&*app.store, &app.files, caller.owner(), &id).await?;
    if headers.contains_key(LENGTH) {
        upload::announce(&*app.store, &mut upload, number(&headers, &LENGTH)?).await?;
    }
    let (length, expires) = (upload.length, expires(&upload));
    let offset = upload::append(upload, offset, body).await?;
    Ok((StatusCode::NO_CONTENT, expires, answer(offset, length)).into_response())
}

async fn remove(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let upload = upload::find(&*app.store, &app.files, caller.owner(), &id).await?;
    upload::remove(&*app.store, &upload).await?;
    Ok((StatusCode::NO_CONTENT, [(RESUMABLE, "1.0.0")]).into_response())
}

/// As HTTP writes dates (RFC 9110, 5.6.7).
fn expires(upload: &Upload) -> AppendHeaders<Option<(HeaderName, String)>> {
    let date = upload.expires().map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    AppendHeaders(date.map(|date| (EXPIRES, date)))
}

fn answer(offset: u64, length: u64) -> [(HeaderName, HeaderValue); 3] {
    let told = if length == 0 { (DEFER, HeaderValue::from_static("1")) } else { (LENGTH, length.into()) };
    [(RESUMABLE, HeaderValue::from_static("1.0.0")), (OFFSET, offset.into()), told]
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Refusal> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
    value.ok_or_else(|| Refusal::code(Code::RequestInvalid, "a header of the upload protocol is missing or no number"))
}
