//! The broker's operations (Altinn 3 Broker, `/filetransfer`): a thin skin over [`super::state`].

use std::io::SeekFrom;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::one_shot;
use super::problem::Problem;
use super::query::Query;
use super::request::Initialize;
use super::state::{Refusal, Status, Transfer};
use super::upload::{self, Ending, Fault};
use super::{service_owner, view};
use crate::fault::Disturbance;
use crate::serve::Cutter;
use crate::switch::EndlessScan;
use crate::token::Caller;
use crate::world::World;

const READ: &str = "altinn:broker.read";
pub(super) const WRITE: &str = "altinn:broker.write";

/// Everything under `/sandbox/altinn/broker/api/v1`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        // The reference client writes the slash, the documentation does not.
        .route("/filetransfer", get(list).post(initialize))
        .route("/filetransfer/", get(list).post(initialize))
        .route("/filetransfer/upload", post(one_shot::send).layer(DefaultBodyLimit::disable()))
        .route("/filetransfer/{id}", get(overview))
        .route("/filetransfer/{id}/details", get(details))
        .route("/filetransfer/{id}/upload", post(upload_bytes).layer(DefaultBodyLimit::disable()))
        .route("/filetransfer/{id}/download", get(download))
        .route("/filetransfer/{id}/confirmdownload", post(confirm))
        .merge(service_owner::routes())
}

pub(super) type Answer = Result<Response, Problem>;

/// The caller, if its token holds and has one of the scopes.
pub(super) fn caller(world: &World, headers: &HeaderMap, scopes: &[&str]) -> Result<Caller, Problem> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = world.tokens.caller(token, world.clock.wall()).ok_or(Problem::Unauthorized)?;
    if scopes.iter().any(|scope| caller.may(scope)) { Ok(caller) } else { Err(Problem::Forbidden) }
}

/// JSON operations answer 406 when JSON is not wanted.
pub(super) fn wants_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(accept) = headers.get(header::ACCEPT) else { return Ok(()) };
    let accept = accept.to_str().unwrap_or_default();
    let fits = accept.split(',').any(|one| {
        let kind = one.split(';').next().unwrap_or_default().trim();
        matches!(kind, "application/json" | "*/*")
    });
    if fits { Ok(()) } else { Err(Problem::NotAcceptable) }
}

fn id(path: Result<Path<String>, PathRejection>) -> Result<Uuid, Problem> {
    let invalid = || Problem::Validation(vec![("fileTransferId".to_owned(), "The value is not valid.".to_owned())]);
    let Path(text) = path.map_err(|_| invalid())?;
    Uuid::parse_str(&text).map_err(|_| invalid())
}

/// The transfer, if it concerns the caller. Others learn nothing of it, not even that it is there.
fn seen_by(world: &World, id: Uuid, organisation: &str) -> Result<Transfer, Problem> {
    let transfer = world.broker.get(id, world.clock.now())?;
    transfer.filter(|one| one.concerns(organisation)).ok_or_else(|| Refusal::NotFound.into())
}

async fn initialize(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Result<Json<Initialize>, JsonRejection>,
) -> Answer {
    let caller = caller(&world, &headers, &[WRITE])?;
    wants_json(&headers)?;
    let Json(body) = body.map_err(|error| Problem::Validation(vec![("$".to_owned(), error.body_text())]))?;
    let order = body.check()?;
    if order.sender != caller.organisation {
        return Err(Refusal::NoAccess.into());
    }
    world.broker.estate().scans(order.virus_scan)?;
    match world.faults.on_initialize(&order.sender, &order.recipients, &world.clock) {
        Some(Disturbance::Busy { retry_after }) => return Ok(busy(retry_after)),
        Some(_) => return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        None => {}
    }
    let id = world.broker.initialize(order, world.clock.now())?;
    Ok(Json(json!({ "fileTransferId": id })).into_response())
}

fn busy(retry_after: u64) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, retry_after.to_string())]).into_response()
}

async fn list(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    query: Result<UrlQuery<Query>, QueryRejection>,
) -> Answer {
    let caller = caller(&world, &headers, &[READ, WRITE])?;
    wants_json(&headers)?;
    let UrlQuery(query) = query.map_err(|error| Problem::Validation(vec![("query".to_owned(), error.body_text())]))?;
    let filter = query.check()?;
    let ids = world.broker.list(&caller.organisation, &filter, world.clock.now())?;
    Ok(Json(ids).into_response())
}

async fn overview(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    show(&world, &headers, path, view::overview)
}

async fn details(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    show(&world, &headers, path, view::details)
}

fn show(
    world: &World,
    headers: &HeaderMap,
    path: Result<Path<String>, PathRejection>,
    view: fn(&Transfer) -> Value,
) -> Answer {
    let caller = caller(world, headers, &[READ, WRITE])?;
    wants_json(headers)?;
    let transfer = seen_by(world, id(path)?, &caller.organisation)?;
    Ok(Json(view(&transfer)).into_response())
}

async fn upload_bytes(
    State(world): State<Arc<World>>,
    Extension(cutter): Extension<Cutter>,
    endless: Option<Extension<EndlessScan>>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let caller = caller(&world, &headers, &[WRITE])?;
    let id = id(path)?;
    let transfer = seen_by(&world, id, &caller.organisation)?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let recipients: Vec<String> = transfer.recipients.into_iter().map(|one| one.organisation).collect();
    // An upload that is refused anyway must not use a fault up.
    let fresh = transfer.status == Status::Initialized;
    let disturbance = fresh.then(|| world.faults.on_upload(id, &transfer.sender, &recipients, &world.clock)).flatten();
    let fault = match disturbance {
        Some(Disturbance::Busy { retry_after }) => return Ok(busy(retry_after)),
        Some(Disturbance::Cut) => Fault::CutAfter(length.map_or(1, |length: u64| length.div_ceil(2))),
        _ => Fault::None,
    };
    let now = world.clock.now();
    world.broker.change(id, now, |transfer, timing| transfer.begin_upload(&caller.organisation, now, timing))??;
    match upload::receive(&world, id, body, fault).await? {
        Ending::Complete => {
            if endless.is_some() {
                world.broker.change(id, now, |transfer, _| {
                    transfer.scan_forever();
                    Ok(())
                })??;
            }
            Ok(Json(json!({ "fileTransferId": id })).into_response())
        }
        Ending::Cut => {
            cutter.cut();
            Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    }
}

async fn download(
    State(world): State<Arc<World>>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Answer {
    let caller = caller(&world, &headers, &[READ])?;
    let id = id(path)?;
    let transfer = seen_by(&world, id, &caller.organisation)?;
    let now = world.clock.now();
    world.broker.change(id, now, |transfer, _| transfer.download(&caller.organisation, now))??;
    let size = transfer.size;
    let range = match headers.get(header::RANGE).and_then(|value| value.to_str().ok()).map(|text| range(text, size)) {
        Some(Range::Part(first, last)) => Some((first, last)),
        Some(Range::Unsatisfiable) => return Err(Refusal::Range.into()),
        Some(Range::Ignore) | None => None,
    };
    let (first, length) = range.map_or((0, size), |(first, last)| (first, last - first + 1));
    let mut file = tokio::fs::File::open(world.broker.file(id)).await?;
    file.seek(SeekFrom::Start(first)).await?;
    let body = Body::from_stream(ReaderStream::new(file.take(length)));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let plain: String =
        transfer.file_name.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '_' }).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    if let Some((first, last)) = range {
        if let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}")) {
            headers.insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

async fn confirm(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    let caller = caller(&world, &headers, &[READ])?;
    wants_json(&headers)?;
    let now = world.clock.now();
    world.broker.change(id(path)?, now, |transfer, timing| transfer.confirm(&caller.organisation, now, timing))??;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a `Range` header asks for (RFC 9110, 14.2). Several or malformed ranges are ignored, as the broker does.
#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// First and last byte.
    Part(u64, u64),
    Ignore,
    Unsatisfiable,
}

fn range(text: &str, size: u64) -> Range {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
        return Range::Ignore;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last && first < size => Range::Part(first, last.min(size - 1)),
        (Ok(first), Err(_)) if last.trim().is_empty() && first < size => Range::Part(first, size - 1),
        (Err(_), Ok(suffix)) if first.trim().is_empty() && suffix > 0 && size > 0 => {
            Range::Part(size.saturating_sub(suffix), size - 1)
        }
        (Ok(first), Ok(last)) if first <= last => Range::Unsatisfiable,
        (Ok(_), Err(_)) if last.trim().is_empty() => Range::Unsatisfiable,
        (Err(_), Ok(_)) if first.trim().is_empty() => Range::Unsatisfiable,
        _ => Range::Ignore,
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, range};

    #[test]
    fn ranges() {
        for (text, wanted) in [
            ("bytes=0-0", Range::Part(0, 0)),
            ("bytes=2-99", Range::Part(2, 9)),
            ("bytes=4-", Range::Part(4, 9)),
            ("bytes=-3", Range::Part(7, 9)),
            ("bytes=-30", Range::Part(0, 9)),
            ("bytes=10-", Range::Unsatisfiable),
            ("bytes=10-11", Range::Unsatisfiable),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=5-2", Range::Ignore),
            ("bytes=0-1,3-4", Range::Ignore),
            ("items=0-1", Range::Ignore),
            ("bytes=x-y", Range::Ignore),
        ] {
            assert_eq!(range(text, 10), wanted, "{text}");
        }
    }
}
