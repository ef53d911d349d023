//! The contact register (Digdir's Kontakt- og reservasjonsregisteret, KRR, `/rest/v2`): who can be reached digitally,
//! and how. Personal numbers stand in bodies alone.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::identifier::PersonNumber;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::seed::{self, Resident, Standing};
use crate::token::Caller;
use crate::world::World;

/// Contact information: reservation, status, mail address and mobile number.
pub(crate) const CONTACT: &str = "krr:global/kontaktinformasjon.read";
/// The digital mailbox and its provider's certificate.
pub(crate) const MAILBOX: &str = "krr:global/digitalpost.read";

/// The most numbers that one request may hold.
const MAX_PERSONS: usize = 1000;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Everything under `/sandbox/krr/rest/v2`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/personer", post(people)).route("/printSertifikat", get(print))
}

/// An error in the words of OAuth, which the register's resource server uses.
#[derive(Debug)]
struct Refused(StatusCode, &'static str, &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.0, Json(json!({ "error": self.1, "error_description": self.2 }))).into_response();
        if self.0 == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "sandbox contact register");
        Self(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Internal error")
    }
}

type Answer = Result<Json<Value>, Refused>;

fn caller(world: &World, headers: &HeaderMap) -> Result<Caller, Refused> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let denied = Refused(StatusCode::UNAUTHORIZED, "invalid_token", "The token is missing, wrong or expired");
    world.tokens.consumer(token, world.clock.wall()).ok_or(denied)
}

const NO_SCOPE: Refused = Refused(StatusCode::FORBIDDEN, "insufficient_scope", "The token lacks the scope");

/// No `Debug`: it holds personal numbers.
#[derive(Deserialize)]
struct Wanted {
    personidentifikatorer: Vec<String>,
}

async fn people(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Answer {
    let caller = caller(&world, &headers)?;
    if !caller.may(CONTACT) {
        return Err(NO_SCOPE);
    }
    let invalid = |text| Refused(StatusCode::BAD_REQUEST, "invalid_request", text);
    let Json(wanted) = body.map_err(|_| invalid("The body is not the JSON that it should be"))?;
    let numbers = wanted.personidentifikatorer;
    if numbers.is_empty() || numbers.len() > MAX_PERSONS {
        return Err(invalid("personidentifikatorer holds 1 to 1000 numbers"));
    }
    if numbers.iter().any(|number| PersonNumber::parse(number).is_err()) {
        return Err(invalid("personidentifikatorer holds something that is no personal number"));
    }
    let mut people = Vec::new();
    for number in &numbers {
        people.push(person(&world, number, caller.may(MAILBOX)).await?);
    }
    Ok(Json(json!({ "personer": people })))
}

async fn person(world: &Arc<World>, number: &str, with_mailbox: bool) -> Result<Value, Error> {
    let found = seed::resident(number).filter(|one| one.standing != Standing::Unregistered);
    let Some(one) = found else {
        return Ok(json!({ "personidentifikator": number, "status": "IKKE_REGISTRERT" }));
    };
    let mut person = json!({
        "personidentifikator": number,
        "reservasjon": if one.reserved { "JA" } else { "NEI" },
        "varslingsstatus": if one.can_be_notified() { "KAN_VARSLES" } else { "KAN_IKKE_VARSLES" },
    });
    if one.standing == Standing::Deleted {
        person["status"] = json!("SLETTET");
        return Ok(person);
    }
    person["status"] = json!("AKTIV");
    person["spraak"] = json!(one.language);
    person["kontaktinformasjon"] = contact(one, world.clock.wall());
    if let Some(mailbox) = one.mailbox.filter(|_| with_mailbox) {
        person["digital_post"] = json!({
            "postkasseadresse": mailbox.address, "postkasseleverandoeradresse": mailbox.provider.number,
        });
        person["sertifikat"] = json!(world.provider(mailbox.provider).await?.certificate_pem());
    }
    Ok(person)
}

/// A month old, or two years: what is older than 18 months must not be used.
fn contact(one: &Resident, now: Timestamp) -> Value {
    let at = now - DAY * if one.fresh { 30 } else { 730 };
    let (mail, mobile) = reached_at(one);
    json!({
        "epostadresse": mail, "epostadresse_oppdatert": at.to_string(), "epostadresse_sist_verifisert": at.to_string(),
        "mobiltelefonnummer": mobile, "mobiltelefonnummer_oppdatert": at.to_string(),
        "mobiltelefonnummer_sist_verifisert": at.to_string(),
    })
}

/// Mail address and mobile number of a person.
pub(crate) fn reached_at(one: &Resident) -> (String, String) {
    (format!("prove{:02}@example.test", one.place()), format!("+474000{:04}", one.place()))
}

async fn print(State(world): State<Arc<World>>, headers: HeaderMap) -> Answer {
    if !caller(&world, &headers)?.may(MAILBOX) {
        return Err(NO_SCOPE);
    }
    let certificate = world.provider(&seed::PRINT).await?.certificate_pem();
    Ok(Json(json!({ "postkasseleverandoerAdresse": seed::PRINT.number, "x509Sertifikat": certificate })))
}
