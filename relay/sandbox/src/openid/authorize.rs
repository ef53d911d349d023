//! The authorization endpoint: a page with one button per test person.

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError};

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::code::Grant;
use super::{CALLBACK, encoded, person, redirect};
use crate::seed;
use crate::site::escape;
use crate::world::World;

/// OpenID Connect Core, 3.1.2.1; RFC 7636, 4.3. `person` is the page's own answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Request {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    ui_locales: String,
    person: String,
}

/// What is wrong with a request.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    /// Nobody may be sent anywhere.
    Stay(&'static str),
    /// The client is told (RFC 6749, 4.1.2.1).
    Tell(&'static str, &'static str),
}

fn check(world: &World, request: &Request) -> Result<(), Wrong> {
    if request.client_id != world.openid.client {
        return Err(Wrong::Stay("unknown client_id"));
    }
    if !world.openid.may_return_to(&request.redirect_uri, CALLBACK) {
        return Err(Wrong::Stay("redirect_uri is not registered"));
    }
    if request.response_type != "code" {
        return Err(Wrong::Tell("unsupported_response_type", "use code"));
    }
    if !request.scope.split(' ').any(|scope| scope == "openid") {
        return Err(Wrong::Tell("invalid_scope", "openid is missing"));
    }
    if request.code_challenge_method != "S256" || request.code_challenge.len() != 43 {
        return Err(Wrong::Tell("invalid_request", "PKCE with S256 is required"));
    }
    if request.state.is_empty() || request.nonce.is_empty() {
        return Err(Wrong::Tell("invalid_request", "state and nonce are required"));
    }
    Ok(())
}

fn refuse(world: &World, request: &Request, wrong: &Wrong) -> Response {
    match wrong {
        Wrong::Stay(why) => (StatusCode::BAD_REQUEST, *why).into_response(),
        Wrong::Tell(error, why) => back(world, request, &format!("error={error}&error_description={}", encoded(why))),
    }
}

/// To the client, with state and issuer (RFC 9207).
fn back(world: &World, request: &Request, query: &str) -> Response {
    let (state, issuer) = (encoded(&request.state), encoded(world.openid.issuer()));
    redirect(&format!("{}?{query}&state={state}&iss={issuer}", request.redirect_uri))
}

pub(super) async fn show(State(world): State<Arc<World>>, Query(request): Query<Request>) -> Response {
    match check(&world, &request) {
        Ok(()) => page(&request),
        Err(wrong) => refuse(&world, &request, &wrong),
    }
}

pub(super) async fn choose(State(world): State<Arc<World>>, Form(request): Form<Request>) -> Response {
    if let Err(wrong) = check(&world, &request) {
        return refuse(&world, &request, &wrong);
    }
    if person(&request.person).is_none() {
        return refuse(&world, &request, &Wrong::Tell("access_denied", "nobody was chosen"));
    }
    let grant = Grant {
        person: request.person.clone(),
        redirect: request.redirect_uri.clone(),
        nonce: request.nonce.clone(),
        challenge: request.code_challenge.clone(),
    };
    let now = world.clock.wall();
    let code = world.openid.codes.lock().unwrap_or_else(PoisonError::into_inner).issue(grant, now);
    back(&world, &request, &format!("code={code}"))
}

/// Title, lead, button and the way back, by language.
fn texts(locales: &str) -> (&'static str, [&'static str; 4]) {
    match locales.split(' ').next() {
        Some("en") => (
            "en",
            ["Sign in", "Choose who to be. These are made-up persons of the test environment.", "Sign in as", "Cancel"],
        ),
        Some("nn") => (
            "nn",
            ["Logg inn", "Vel kven du vil vere. Dette er oppdikta personar i testmiljøet.", "Logg inn som", "Avbryt"],
        ),
        _ => (
            "nb",
            [
                "Logg inn",
                "Velg hvem du vil være. Dette er oppdiktede personer i testmiljøet.",
                "Logg inn som",
                "Avbryt",
            ],
        ),
    }
}

fn page(request: &Request) -> Response {
    let (lang, [title, lead, button, cancel]) = texts(&request.ui_locales);
    let mut hidden = String::new();
    for (name, value) in [
        ("response_type", &request.response_type),
        ("client_id", &request.client_id),
        ("redirect_uri", &request.redirect_uri),
        ("scope", &request.scope),
        ("state", &request.state),
        ("nonce", &request.nonce),
        ("code_challenge", &request.code_challenge),
        ("code_challenge_method", &request.code_challenge_method),
    ] {
        let _ = write!(hidden, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    }
    let mut list = String::new();
    for person in seed::people() {
        let organisations: Vec<String> =
            person.organisations.iter().map(|one| format!("{} ({})", one.name, one.orgnr)).collect();
        let _ = write!(
            list,
            "<li><button name=\"person\" value=\"{}\">{button} {}</button><br>{}</li>",
            escape(&person.id),
            escape(&person.name),
            escape(&organisations.join(", ")),
        );
    }
    let html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/sandbox/style.css\">\
         </head><body><main><h1>{title}</h1><p>{lead}</p><form method=\"post\" action=\"/sandbox/openid/authorize\">\
         {hidden}<ul>{list}</ul><button name=\"person\" value=\"\">{cancel}</button></form></main></body></html>"
    );
    let policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}
