//! What a service owner asks and says of itself and its resource (Altinn 3 Broker, `/serviceowner` and
//! `/resource/{id}`).

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::RESOURCE;
use super::http::{Answer, caller, wants_json};
use super::problem::{Problem, problem_details};
use super::request::plain_resource;
use super::resource::Settings;
use super::state::Refusal;
use crate::error::Error;
use crate::world::World;

pub(crate) const SCOPE: &str = "altinn:serviceowner";

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/serviceowner", get(show_owner).post(enter_owner))
        .route("/resource/{id}", get(show_resource).put(configure))
}

/// The calling service owner: nine digits.
fn owner(world: &World, headers: &HeaderMap) -> Result<String, Problem> {
    let organisation = caller(world, headers, &[SCOPE])?.organisation;
    wants_json(headers)?;
    Ok(organisation)
}

async fn show_owner(State(world): State<Arc<World>>, headers: HeaderMap) -> Answer {
    let organisation = owner(&world, &headers)?;
    let estate = world.broker.estate();
    let Some(name) = estate.owner(&organisation) else {
        return Ok(problem_details(StatusCode::NOT_FOUND, json!({})));
    };
    let provider =
        |kind: &str| json!({ "type": kind, "deploymentStatus": "Ready", "deploymentEnvironment": "Sandbox" });
    let providers = ["Altinn3Azure", "Altinn3AzureWithoutVirusScan"].map(provider);
    Ok(Json(json!({ "name": name, "storageProviders": providers })).into_response())
}

#[derive(Debug, Deserialize)]
struct Owner {
    name: String,
}

async fn enter_owner(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Result<Json<Owner>, JsonRejection>,
) -> Answer {
    let organisation = owner(&world, &headers)?;
    let Json(body) = body.map_err(|error| unreadable(&error))?;
    if world.broker.decide(|estate| estate.enter(&organisation, body.name))? {
        Ok(StatusCode::OK.into_response())
    } else {
        Ok(problem_details(StatusCode::CONFLICT, json!({ "detail": "Service owner already exists" })))
    }
}

async fn show_resource(State(world): State<Arc<World>>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let organisation = owner(&world, &headers)?;
    let estate = world.broker.estate();
    known(&id)?;
    estate.see(&organisation)?;
    let mut shown = json!(estate.settings);
    shown["resourceId"] = json!(RESOURCE);
    Ok(Json(shown).into_response())
}

async fn configure(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<Settings>, JsonRejection>,
) -> Answer {
    let organisation = owner(&world, &headers)?;
    known(&id)?;
    let Json(change) = body.map_err(|error| unreadable(&error))?;
    world.broker.decide(|estate| estate.configure(&organisation, change))??;
    Ok(StatusCode::OK.into_response())
}

/// Only one resource is registered in this world.
fn known(id: &str) -> Result<(), Refusal> {
    if plain_resource(id) == RESOURCE { Ok(()) } else { Err(Refusal::ResourceUnknown) }
}

fn unreadable(error: &JsonRejection) -> Problem {
    Problem::Validation(vec![("$".to_owned(), error.body_text())])
}

/// Altinn lets transfers of the resource go unscanned, or no longer.
pub(crate) fn approve(world: &World, unscanned: bool) -> Result<(), Error> {
    world.broker.decide(|estate| estate.unscanned = unscanned)
}
