//! SvarUt REST v3 over HTTP: three headers on every call, errors in SvarUt's dialect.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::send::{Read, send};
use super::{PASSWORD, SCOPE, account, integration, metadata, print};
use crate::error::Error;
use crate::seed::{self, ORGANISATIONS, Route};
use crate::token::Caller;
use crate::world::World;

/// `GET /v2/forsendelsestyper`.
pub(super) const TYPES: &[&str] = &["Byggesøknad", "Politisk sak", "Svar på henvendelse"];

/// Everything under `/sandbox/svarut/api`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/v3/kontoer/{konto}/forsendelser/organisasjon", sending(metadata::read))
        .route("/v3/kontoer/{konto}/forsendelser/print", sending(print::read))
        .route("/v3/kontoer/{konto}/forsendelser/{kind}", post(elsewhere))
        .route("/v3/kontoer/{konto}/forsendelser/status/sok", post(statuses))
        .route("/v2/kontoer/{konto}/forsendelser", get(by_reference))
        .route("/v2/forsendelsestyper", get(types))
        .route("/v2/mottakersystem", get(systems))
        .route("/v2/forsendelser/{id}/hendelser", get(events))
}

/// A route that takes shipments, by how it reads what they say of themselves.
fn sending(read: Read) -> MethodRouter<Arc<World>> {
    post(send).layer((Extension(read), DefaultBodyLimit::disable()))
}

/// An error: status, `errorCode`, `message`.
#[derive(Debug)]
pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str, pub(super) String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let body = json!({
            "timestamp": 0,
            "status": status.as_u16(),
            "error": status.canonical_reason(),
            "errorId": Uuid::new_v4(),
            "path": "/forsendelser",
            "originalPath": null,
            "message": message,
            "errorCode": code,
            "errorJson": null,
        });
        (status, Json(body)).into_response()
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "sandbox SvarUt");
        Self(StatusCode::INTERNAL_SERVER_ERROR, "INTERN_FEIL", "Intern feil".to_owned())
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Error::from(error).into()
    }
}

pub(super) type Answer = Result<Response, Refused>;

pub(super) fn refused(status: StatusCode, code: &'static str, message: &str) -> Refused {
    Refused(status, code, message.to_owned())
}

/// Who calls: the token's scope, the integration's id and its password must all fit.
pub(super) fn caller(world: &World, headers: &HeaderMap) -> Result<Caller, Refused> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let unauthorised = |message| refused(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message);
    let caller = world.tokens.caller(text(header::AUTHORIZATION.as_str()), world.clock.wall());
    let caller = caller.ok_or_else(|| unauthorised("Ugyldig token"))?;
    if !caller.may(SCOPE) {
        return Err(refused(StatusCode::FORBIDDEN, "FORBIDDEN", "Token mangler scope ks:fiks"));
    }
    let id = text("IntegrasjonId").and_then(|id| Uuid::parse_str(id).ok());
    if id != Some(integration(&caller.organisation)) || text("IntegrasjonPassord") != Some(PASSWORD) {
        return Err(unauthorised("Ukjent integrasjon eller feil passord"));
    }
    Ok(caller)
}

/// The organisation of an account that the caller may use: its own, or ours for whoever runs our system.
pub(super) fn owner(caller: &Caller, konto: &str) -> Result<&'static str, Refused> {
    let konto = Uuid::parse_str(konto).ok();
    let one = ORGANISATIONS.iter().find(|one| konto == Some(account(one.number)));
    let mine = |number: &str| {
        number == caller.organisation
            || (caller.organisation == seed::VENDOR && seed::ours().any(|o| o.number == number))
    };
    one.filter(|one| mine(one.number))
        .map(|one| one.number)
        .ok_or_else(|| refused(StatusCode::FORBIDDEN, "FORBIDDEN", "Integrasjonen har ikke tilgang til kontoen"))
}

/// People and health: not played.
async fn elsewhere(
    State(world): State<Arc<World>>,
    Path((konto, _)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    owner(&caller(&world, &headers)?, &konto)?;
    Err(refused(
        StatusCode::BAD_REQUEST,
        "IKKE_I_SANDKASSEN",
        "Bare forsendelser til organisasjoner og til utskrift spilles",
    ))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sought {
    id: Vec<Uuid>,
}

async fn statuses(
    State(world): State<Arc<World>>,
    Path(konto): Path<String>,
    headers: HeaderMap,
    Json(sought): Json<Sought>,
) -> Answer {
    owner(&caller(&world, &headers)?, &konto)?;
    let (mut found, now) = (Vec::new(), world.clock.now());
    for id in sought.id {
        let shipment = world.shipments.get(id, now)?.filter(|one| Some(one.account) == Uuid::parse_str(&konto).ok());
        found.extend(shipment.map(
            |one| json!({ "id": one.id, "sisteStatusEndring": one.changed.to_string(), "status": one.status.name() }),
        ));
    }
    Ok(Json(json!({ "statuser": found })).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    ekstern_ref: String,
}

async fn by_reference(
    State(world): State<Arc<World>>,
    Path(konto): Path<String>,
    Query(query): Query<Reference>,
    headers: HeaderMap,
) -> Answer {
    let owner = owner(&caller(&world, &headers)?, &konto)?;
    let ids = world.shipments.by_reference(account(owner), &query.ekstern_ref)?;
    Ok(Json(json!({ "forsendelseIds": ids })).into_response())
}

async fn types(State(world): State<Arc<World>>, headers: HeaderMap) -> Answer {
    caller(&world, &headers)?;
    Ok(Json(json!({ "forsendelsestyper": TYPES })).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct System {
    organisasjonsnummer: String,
    forsendelse_type: Option<String>,
    niva: Option<u8>,
}

/// Whether an organisation can receive digitally. Its one system takes every type there is, up to its own level; that KS
/// filters so is a guess.
async fn systems(State(world): State<Arc<World>>, Query(query): Query<System>, headers: HeaderMap) -> Answer {
    caller(&world, &headers)?;
    let invalid = |message| refused(StatusCode::BAD_REQUEST, "UGYLDIG_FORESPORSEL", message);
    if query.niva.is_some_and(|niva| !matches!(niva, 3 | 4)) {
        return Err(invalid("niva er 3 eller 4"));
    }
    let known = query.forsendelse_type.as_deref().is_none_or(|kind| kind.is_empty() || TYPES.contains(&kind));
    let fits = |one: &&seed::Organisation| {
        one.route == Route::Dpf && known && query.niva.is_none_or(|niva| niva <= one.level())
    };
    let one = seed::organisation(&query.organisasjonsnummer).filter(fits);
    let systems = one.map(|one| {
        json!({
            "organisasjonsnummer": one.number, "forsendelseType": "", "mottakersystem": "Sandkassearkiv",
            "mottakerId": account(one.number), "niva": one.level(),
        })
    });
    Ok(Json(json!({ "mottakersystemer": systems.into_iter().collect::<Vec<_>>() })).into_response())
}

async fn events(State(world): State<Arc<World>>, Path(id): Path<Uuid>, headers: HeaderMap) -> Answer {
    let caller = caller(&world, &headers)?;
    let shipment = world.shipments.get(id, world.clock.now())?;
    let shipment = shipment.filter(|one| owner(&caller, &one.account.to_string()).is_ok());
    let shipment = shipment.ok_or_else(|| refused(StatusCode::NOT_FOUND, "NOT_FOUND", "Finner ikke forsendelsen"))?;
    let events: Vec<Value> = shipment
        .history
        .iter()
        .map(|(status, at)| json!({ "tidspunkt": at.to_string(), "hendelse": status.name() }))
        .collect();
    Ok(Json(json!({ "hendelser": events })).into_response())
}
