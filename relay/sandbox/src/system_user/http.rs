//! What vendors ask: a thin skin over [`super::state`].

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use uuid::Uuid;

use super::problem::{Problem, SYSTEM};
use super::request::{Create, told_packages, told_rights};
use super::state::{Key, Request};
use super::system;
use crate::world::World;

const READ: &str = "altinn:authentication/systemuser.request.read";
const WRITE: &str = "altinn:authentication/systemuser.request.write";

/// Everything under `/sandbox/altinn/authentication/api/v1/systemuser/request/vendor`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/", post(create))
        .route("/{id}", get(show).delete(delete))
        .route("/byexternalref/{system}/{organisation}/{reference}", get(find))
}

type Answer = Result<Response, Problem>;

/// The vendor whose token has the scope: nine digits.
fn vendor(world: &World, headers: &HeaderMap, scope: &str) -> Result<String, Problem> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = world.tokens.caller(token, world.clock.wall()).ok_or(Problem::Unauthorized)?;
    if caller.may(scope) { Ok(caller.organisation) } else { Err(Problem::Forbidden) }
}

fn id(path: Result<Path<String>, PathRejection>) -> Result<Uuid, Problem> {
    let invalid = |text: &str| Problem::Binding(vec![("requestId", format!("The value '{text}' is not valid."))]);
    let Path(text) = path.map_err(|_| invalid(""))?;
    Uuid::parse_str(&text).map_err(|_| invalid(&text))
}

/// A request about a system of the vendor's.
fn seen_by(request: Request, vendor: &str) -> Result<Request, Problem> {
    system(&request.order.key.system, vendor).map(|_| request).ok_or(SYSTEM)
}

async fn create(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Result<Json<Create>, JsonRejection>,
) -> Answer {
    let vendor = vendor(&world, &headers, WRITE)?;
    let Json(body) = body.map_err(|error| Problem::Binding(vec![("$", error.body_text())]))?;
    let (request, is_new) = world.system_users.order(body.check(&vendor)?, world.clock.now())??;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(view(&world, &request))).into_response())
}

async fn show(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    let vendor = vendor(&world, &headers, READ)?;
    let request = seen_by(world.system_users.get(id(path)?, world.clock.now())??, &vendor)?;
    Ok(Json(view(&world, &request)).into_response())
}

async fn find(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path((system, organisation, reference)): Path<(String, String, String)>,
) -> Answer {
    let vendor = vendor(&world, &headers, READ)?;
    let key = Key { system, organisation, reference };
    let request = seen_by(world.system_users.find(&key, world.clock.now())??, &vendor)?;
    Ok(Json(view(&world, &request)).into_response())
}

/// Unlike what is published, only the system's own vendor may.
async fn delete(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    let vendor = vendor(&world, &headers, WRITE)?;
    let now = world.clock.now();
    let request = seen_by(world.system_users.get(id(path)?, now)??, &vendor)?;
    world.system_users.delete(request.id, now)??;
    Ok(StatusCode::ACCEPTED.into_response())
}

fn view(world: &World, request: &Request) -> Value {
    let Key { system, organisation, reference } = &request.order.key;
    json!({
        "id": request.id,
        "externalRef": reference,
        "systemId": system,
        "partyOrgNo": organisation,
        "rights": told_rights(&request.order.rights),
        "accessPackages": told_packages(&request.order.packages),
        "status": request.status.word(),
        "redirectUrl": "",
        "confirmUrl": super::page::address(&world.base, request.id),
    })
}
