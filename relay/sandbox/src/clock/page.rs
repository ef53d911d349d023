//! Advancing the scenario: `/sandbox/control/clock` for programs, a form on the sandbox's first page for people.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Clock;
use crate::error::Error;
use crate::world::World;

/// The longest single step, in seconds: a leap year.
const MAX_STEP: u32 = 366 * 86_400;

/// Both.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/sandbox/control/clock", get(show).post(advance))
        .route("/sandbox/clock", post(advance_by_form))
}

/// How far to go on, in seconds of the scenario: they are divided by the sandbox's speed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    seconds: u32,
}

/// Moves on, or says why not.
fn go(world: &World, step: &Step) -> Result<Result<(), &'static str>, Error> {
    if !(1..=MAX_STEP).contains(&step.seconds) {
        return Ok(Err("seconds is 1 to 31622400"));
    }
    let moved = world.clock.advance(step.seconds, &world.database)?;
    Ok(moved.then_some(()).ok_or("the clock is ten years ahead at most; an empty folder starts it anew"))
}

fn told(clock: &Clock) -> Value {
    json!({ "now": clock.now(), "aheadSeconds": clock.ahead().as_secs() })
}

async fn show(State(world): State<Arc<World>>) -> Json<Value> {
    Json(told(&world.clock))
}

async fn advance(State(world): State<Arc<World>>, Json(step): Json<Step>) -> Result<Response, Error> {
    Ok(match go(&world, &step)? {
        Ok(()) => Json(told(&world.clock)).into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, Json(json!({ "error": reason }))).into_response(),
    })
}

async fn advance_by_form(State(world): State<Arc<World>>, Form(step): Form<Step>) -> Result<Response, Error> {
    Ok(match go(&world, &step)? {
        Ok(()) => Redirect::to("/sandbox/").into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, reason).into_response(),
    })
}

/// What time it is, and the form.
pub(crate) fn section(clock: &Clock) -> String {
    let (now, ahead) = (clock.now().strftime("%Y-%m-%d %H:%M:%S UTC"), clock.ahead().as_secs());
    format!(
        "<h2>Clock</h2><p>It is <strong>{now}</strong> in here, {ahead} seconds ahead of the real time. States, expiry, \
         reminders and counterparts follow this clock; tokens, certificates and the dates of letters keep the real time. \
         It cannot be put back.</p>\
         <form method=\"post\" action=\"/sandbox/clock\"><p><label>Advance by seconds, divided by the sandbox's speed: \
         <input name=\"seconds\" type=\"number\" min=\"1\" max=\"{MAX_STEP}\" required></label> \
         <button>Advance</button></p></form>\
         <p>A confirmed transfer is purged after 7200 seconds, a reminder goes out after a day, a transfer expires after \
         2592000.</p>"
    )
}
