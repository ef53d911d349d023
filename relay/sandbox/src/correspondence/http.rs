//! Correspondence's operations (Altinn 3 Correspondence, `/correspondence`): a thin skin over [`super::state`].

use std::sync::Arc;

use axum::extract::multipart::MultipartRejection;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::fault::Fault;
use super::form::Form;
use super::problem::{DUPLICATE, NO_ACCESS, NOT_FOUND, Problem};
use super::request::{Request, Texts};
use super::state::{Correspondence, Refusal, Status};
use super::store::Filter;
use super::{recipients, view};
use crate::serve::Cutter;
use crate::token::Caller;
use crate::world::World;

/// Which door a request comes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Altinn's own.
    Altinn,
    /// Digdir's: one scope for everything, and searching needs neither resource nor role.
    Proxy,
}

/// Everything under `…/correspondence/api/v1`.
pub(crate) fn routes(door: Door) -> Router<Arc<World>> {
    Router::new()
        .route("/correspondence", get(list))
        .route("/correspondence/upload", post(upload).layer(DefaultBodyLimit::disable()))
        .route("/correspondence/{id}", get(overview))
        .route("/correspondence/{id}/details", get(details))
        .route("/correspondence/{id}/content", get(content))
        .route("/correspondence/{id}/markasread", post(mark_as_read))
        .route("/correspondence/{id}/confirm", post(confirm))
        .route("/correspondence/{id}/purge", delete(purge))
        .route("/correspondence/{id}/attachment/{attachment}/download", get(download))
        .layer(Extension(door))
}

type Answer = Result<Response, Problem>;

/// What every operation needs.
type Shared = State<Arc<World>>;

fn caller(world: &World, door: Door, headers: &HeaderMap, scope: &str) -> Result<Caller, Problem> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = world.tokens.caller(token, world.clock.wall()).ok_or(Problem::Unauthorized)?;
    let scope = if door == Door::Proxy { "eformidling:dpv" } else { scope };
    if caller.may(scope) { Ok(caller) } else { Err(Problem::Forbidden) }
}

const READ: &str = "altinn:correspondence.read";
const WRITE: &str = "altinn:correspondence.write";

/// A caller of either scope.
fn either(world: &World, door: Door, headers: &HeaderMap) -> Result<Caller, Problem> {
    caller(world, door, headers, WRITE).or_else(|_| caller(world, door, headers, READ))
}

async fn upload(
    State(world): Shared,
    Extension(door): Extension<Door>,
    Extension(cutter): Extension<Cutter>,
    headers: HeaderMap,
    parts: Result<Multipart, MultipartRejection>,
) -> Answer {
    let caller = caller(&world, door, &headers, WRITE)?;
    let parts = parts.map_err(|_| Problem::Validation(vec![("$".to_owned(), "Not a multipart form.".to_owned())]))?;
    let fault = world.correspondence_faults.next();
    match fault {
        Some(Fault::Down) => return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Some(Fault::Busy) => return Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response()),
        Some(Fault::Cut) => {
            cutter.cut();
            return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        }
        Some(Fault::Lost | Fault::Gateway) | None => {}
    }
    let form = Form::read(parts).await?;
    let made = initialize(&world, door, &caller, form)?;
    match fault {
        Some(Fault::Lost) => {
            cutter.cut();
            Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
        Some(Fault::Gateway) => Ok(StatusCode::BAD_GATEWAY.into_response()),
        _ => Ok(Json(view::made(&made)).into_response()),
    }
}

fn initialize(world: &World, door: Door, caller: &Caller, form: Form) -> Result<Vec<Correspondence>, Problem> {
    // The sender's dates are the real ones.
    let request = Request::check(form, world.clock.wall())?;
    // The proxy sends for those whom it lists.
    if door == Door::Proxy && !request.sender.as_deref().is_some_and(|sender| recipients::may_send(caller, sender)) {
        return Err(NO_ACCESS);
    }
    let orders = recipients::orders(&request, &caller.organisation, world)?;
    world.correspondence.initialize(request.key, orders, request.texts, world.clock.now())?.ok_or(DUPLICATE)
}

/// The query string as it comes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Query {
    resource_id: Option<String>,
    role: Option<String>,
    status: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    senders_reference: Option<String>,
    idempotent_key: Option<Uuid>,
}

impl Query {
    fn check(self, door: Door) -> Result<Filter, Problem> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str| wrong.push((field.to_owned(), format!("The field {field} is required.")));
        if door == Door::Altinn && self.resource_id.as_deref().unwrap_or_default().is_empty() {
            refuse("resourceId");
        }
        let role = self.role.unwrap_or_default().to_lowercase();
        let (as_sender, as_recipient) = match role.as_str() {
            "sender" => (true, false),
            "recipient" => (false, true),
            "recipientandsender" => (true, true),
            "" if door == Door::Proxy => (true, true),
            _ => {
                refuse("role");
                (false, false)
            }
        };
        let status = self.status.as_deref().map(Status::find);
        if status == Some(None) {
            refuse("status");
        }
        if !wrong.is_empty() {
            return Err(Problem::Validation(wrong));
        }
        Ok(Filter {
            resource: self.resource_id,
            senders_reference: self.senders_reference,
            key: self.idempotent_key,
            status: status.flatten(),
            from: self.from,
            to: self.to,
            as_sender,
            as_recipient,
        })
    }
}

async fn list(
    State(world): Shared,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    query: Result<UrlQuery<Query>, QueryRejection>,
) -> Answer {
    let caller = either(&world, door, &headers)?;
    let wrong = |error: QueryRejection| Problem::Validation(vec![("query".to_owned(), error.body_text())]);
    let UrlQuery(query) = query.map_err(wrong)?;
    let ids = world.correspondence.list(&caller.organisation, &query.check(door)?, world.clock.now())?;
    Ok(Json(json!({ "ids": ids })).into_response())
}

/// The correspondence, if it concerns the caller, and whether it is the recipient's. Looking is fetching for a recipient.
fn seen_by(world: &World, id: Uuid, organisation: &str) -> Result<(Correspondence, bool), Problem> {
    let now = world.clock.now();
    let found = world.correspondence.get(id, now)?.ok_or(NOT_FOUND)?;
    if found.owner == organisation {
        return Ok((found, false));
    }
    Ok((world.correspondence.change(id, now, |one| one.fetch(organisation, now))??, true))
}

fn parse(id: &str) -> Result<Uuid, Problem> {
    let wrong =
        || Problem::Validation(vec![("correspondenceId".to_owned(), format!("The value '{id}' is not valid."))]);
    Uuid::parse_str(id).map_err(|_| wrong())
}

/// What one of its parties sees of a correspondence.
fn looked_at(
    world: &World,
    door: Door,
    headers: &HeaderMap,
    id: &str,
    show: impl FnOnce(&Correspondence, Option<&Texts>, bool) -> Value,
) -> Answer {
    let caller = either(world, door, headers)?;
    let (one, is_recipient) = seen_by(world, parse(id)?, &caller.organisation)?;
    let texts = world.correspondence.texts(one.id);
    Ok(Json(show(&one, texts.as_deref(), is_recipient)).into_response())
}

async fn overview(
    State(world): Shared,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    looked_at(&world, door, &headers, &id, view::overview)
}

async fn details(
    State(world): Shared,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    looked_at(&world, door, &headers, &id, view::details)
}

async fn content(
    State(world): Shared,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    let (id, now) = (parse(&id)?, world.clock.now());
    let caller = caller(&world, door, &headers, READ)?;
    let one = world.correspondence.change(id, now, |one| one.fetch(&caller.organisation, now))??;
    let texts = world.correspondence.texts(id).ok_or(NOT_FOUND)?;
    Ok(Json(view::content(&one, &texts)).into_response())
}

async fn mark_as_read(
    State(world): Shared,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    change(&world, door, &headers, &id, READ, Correspondence::mark_as_read)
}

async fn confirm(
    State(world): Shared,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    change(&world, door, &headers, &id, READ, Correspondence::confirm)
}

async fn purge(
    State(world): Shared,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    let scope = if either(&world, door, &headers)?.may(WRITE) { WRITE } else { READ };
    change(&world, door, &headers, &id, scope, Correspondence::purge)
}

fn change(
    world: &World,
    door: Door,
    headers: &HeaderMap,
    id: &str,
    scope: &str,
    change: fn(&mut Correspondence, &str, Timestamp) -> Result<(), Refusal>,
) -> Answer {
    let (caller, now) = (caller(world, door, headers, scope)?, world.clock.now());
    let one = world.correspondence.change(parse(id)?, now, |one| change(one, &caller.organisation, now))??;
    Ok(Json(one.id).into_response())
}

async fn download(
    State(world): Shared,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path((id, attachment)): Path<(String, String)>,
) -> Answer {
    let (id, attachment, now) = (parse(&id)?, parse(&attachment)?, world.clock.now());
    let caller = caller(&world, door, &headers, READ)?;
    let one = world.correspondence.change(id, now, |one| one.download(&caller.organisation, now))??;
    let texts = world.correspondence.texts(id).ok_or(NOT_FOUND)?;
    let at = one.attachments.iter().position(|known| known.id == attachment).ok_or(NOT_FOUND)?;
    let (name, _, content) = texts.files.get(at).ok_or(NOT_FOUND)?;
    let mut response = content.clone().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '_' }).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
