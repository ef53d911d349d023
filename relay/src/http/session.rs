//! Signing in and out. In the sandbox a person is chosen from a list.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use konvolutt_shared::api::{Person, Session, SignIn};
use konvolutt_shared::finding::Code;

use super::extract::Body;
use crate::app::Shared;
use crate::audit::Action;
use crate::identity::{self, COOKIE, Caller};
use crate::problem::Refusal;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/people", get(people)).route("/session", get(session).post(sign_in).delete(sign_out))
}

/// People who may be chosen: empty outside the sandbox.
async fn people(State(app): State<Shared>) -> Json<Vec<Person>> {
    Json(app.people.clone())
}

async fn session(caller: Caller) -> Json<Session> {
    Json(caller.session)
}

async fn sign_in(State(app): State<Shared>, Body(wanted): Body<SignIn>) -> Result<Response, Refusal> {
    let person = app.people.iter().find(|person| person.id == wanted.person);
    let person = person.ok_or_else(|| Refusal::code(Code::AccessDenied, "no such person"))?;
    let now = crate::clock::now();
    let token = identity::sign_in(&*app.store, person, Action::SignIn, now).await?;
    let expires = now + jiff::SignedDuration::from_mins(30);
    let session = Session { person: person.clone(), expires, sandbox: app.sandbox };
    Ok(([(header::SET_COOKIE, cookie(&token, ""))], Json(session)).into_response())
}

async fn sign_out(State(app): State<Shared>, caller: Caller) -> Result<Response, Refusal> {
    identity::sign_out(&*app.store, &caller).await?;
    let headers = [(header::SET_COOKIE, cookie("", "; Max-Age=0"))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

fn cookie(token: &str, more: &str) -> HeaderValue {
    let text = format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict{more}");
    // A token is hexadecimal, so this is always a valid header.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
