//! eFormidling's service registry (efm-service-registry): who receives what, over which channel, with which
//! certificate.

mod person;

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::broker::RESOURCE;
use crate::correspondence;
use crate::jws;
use crate::seed::{self, Organisation, Resident, Route};
use crate::token::Caller;
use crate::unavailable;
use crate::world::World;

const GENERAL_PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
/// It has a resource of its own at Altinn.
const CARE_PROCESS: &str = "urn:no:difi:profile:arkivmelding:helseSosialOgOmsorg:ver1.0";
const PROCESSES: &[&str] = &[
    GENERAL_PROCESS,
    "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0",
    CARE_PROCESS,
    "urn:no:difi:profile:arkivmelding:oppvekstOgUtdanning:ver1.0",
    "urn:no:difi:profile:arkivmelding:kulturIdrettOgFritid:ver1.0",
    "urn:no:difi:profile:arkivmelding:trafikkReiserOgSamferdsel:ver1.0",
    "urn:no:difi:profile:arkivmelding:naturOgMiljoe:ver1.0",
    "urn:no:difi:profile:arkivmelding:naeringsutvikling:ver1.0",
    "urn:no:difi:profile:arkivmelding:skatterOgAvgifter:ver1.0",
    "urn:no:difi:profile:arkivmelding:tekniskeTjenester:ver1.0",
];
/// Its own resource, and another notification: what only those with a role of its own may read.
const CONFIDENTIAL_PROCESS: &str = "urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0";
const RESPONSE_PROCESS: &str = "urn:no:difi:profile:arkivmelding:response:ver1.0";
const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";
/// What two organisations have agreed to send each other.
const AGREED_PROCESS: &str = "urn:no:difi:profile:avtalt:avtalt:ver1.0";
const AVTALT: &str = "urn:no:difi:avtalt:xsd::avtalt";
const KVITTERING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering";
const STATUS: &str = "urn:no:difi:eformidling:xsd::status";
/// eInnsyn and the health network: told of, and not played.
const INSIGHT_PROCESS: &str = "urn:no:difi:profile:einnsyn:innsynskrav:ver1.0";
const INNSYNSKRAV: &str = "urn:no:difi:einnsyn:xsd::innsynskrav";
const HEALTH_PROCESS: &str = "urn:no:difi:profile:helse:helse:ver1.0";
const DIALOGMELDING: &str = "urn:no:difi:helse:xsd:schema::dialogmelding";
const FEIL: &str = "urn:no:difi:eformidling:xsd::feil";
const DIGITAL_DPV: &str = "urn:no:difi:digitalpost:xsd:digital::digital_dpv";

/// Everything under `/sandbox/sr/adressetjeneste`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/identifier/{id}", get(identifier))
        .route("/identifier/{id}/process/{process}", get(process))
        .route("/info/{id}", get(info))
        .route("/virksert/{id}", get(certificate))
        .route("/sastoken", get(unavailable::refuse))
        .route("/jwk", get(key))
}

/// An error in the registry's dialect.
struct Refused(StatusCode, &'static str, &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error_code": self.1, "error_description": self.2 }))).into_response()
    }
}

impl From<crate::error::Error> for Refused {
    fn from(error: crate::error::Error) -> Self {
        tracing::error!(%error, "sandbox service registry");
        Self(StatusCode::INTERNAL_SERVER_ERROR, "", "Internal error")
    }
}

const DENIED: Refused = Refused(StatusCode::UNAUTHORIZED, "unauthorized", "Access is denied");
const NO_RECORDS: Refused = Refused(StatusCode::NOT_FOUND, "", "No service records for this process");
const TOO_LOW: Refused = Refused(StatusCode::BAD_REQUEST, "", "No way to the recipient at this security level");

type Answer = Result<Response, Refused>;

/// What whoever asks of digital mailboxes must be allowed besides: the registry looks people up in its name.
pub(crate) const PEOPLE_SCOPES: [&str; 7] = [
    crate::dpi::SCOPE,
    "global/kontaktinformasjon.read",
    "global/sikkerdigitalpost.read",
    "global/varslingsstatus.read",
    "global/sertifikat.read",
    "global/navn.read",
    "global/postadresse.read",
];

/// The organisation that asks about a person. What the real registry answers to a token that is not good for the registers
/// behind it is not known; this one refuses it.
fn authorised_for_people(world: &World, headers: &HeaderMap) -> Result<String, Refused> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = world.tokens.caller(token, world.clock.wall());
    let lacks = |one: &Caller| one.may("eformidling:dpi") && !PEOPLE_SCOPES.iter().all(|scope| one.may(scope));
    if caller.is_some_and(|one| lacks(&one)) { Err(DENIED) } else { authorised(world, headers) }
}

/// The organisation that asks.
fn authorised(world: &World, headers: &HeaderMap) -> Result<String, Refused> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = world.tokens.caller(token, world.clock.wall());
    let may = |one: &Caller| ["dpo", "dpv", "dpf", "dpi"].iter().any(|s| one.may(&format!("eformidling:{s}")));
    caller.filter(may).map(|caller| caller.organisation).ok_or(DENIED)
}

fn known(id: &str) -> Result<&'static Organisation, Refused> {
    // Digits only, or the ISO 6523 form.
    let number = id.strip_prefix("0192:").unwrap_or(id);
    let unknown = || Refused(StatusCode::NOT_FOUND, "", "Identifier not found");
    seed::organisation(number).filter(|one| one.route != Route::Unknown).ok_or_else(unknown)
}

/// A person whom the registry knows, if the identifier is one's.
fn resident(id: &str) -> Option<&'static Resident> {
    seed::resident(id).filter(|one| one.is_registered())
}

/// What else a look-up may ask.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    /// Whether paper is wanted beside a digital way.
    #[serde(default = "yes")]
    print: bool,
    /// How securely the recipient must sign in to see it: 3, or [`HIGHEST_LEVEL`].
    security_level: Option<u8>,
    #[expect(dead_code, reason = "only checked to be of the right kind")]
    conversation_id: Option<Uuid>,
}

type Asked = Result<Query<Options>, QueryRejection>;

const HIGHEST_LEVEL: u8 = 4;

impl Options {
    fn of(asked: Asked) -> Result<Self, Refused> {
        let invalid = || Refused(StatusCode::BAD_REQUEST, "", "Invalid query parameter");
        let Query(options) = asked.map_err(|_| invalid())?;
        let is_level = options.security_level.is_none_or(|level| matches!(level, 3 | HIGHEST_LEVEL));
        is_level.then_some(options).ok_or_else(invalid)
    }
}

const fn yes() -> bool {
    true
}

async fn identifier(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    asked: Asked,
    headers: HeaderMap,
) -> Answer {
    let (caller, options) = (authorised(&world, &headers)?, Options::of(asked)?);
    if let Some(person) = resident(&id) {
        let caller = authorised_for_people(&world, &headers)?;
        let found = person::about(&world, &caller, person, None, options.print).await?;
        return Ok(answer(&world, &headers, &found));
    }
    let one = known(&id)?;
    let records = records(&world, &caller, one, None, None).await?;
    Ok(answer(&world, &headers, &json!({ "infoRecord": info_record(one), "serviceRecords": records })))
}

async fn process(
    State(world): State<Arc<World>>,
    Path((id, process)): Path<(String, String)>,
    asked: Asked,
    headers: HeaderMap,
) -> Answer {
    let (caller, options) = (authorised(&world, &headers)?, Options::of(asked)?);
    if let Some(person) = resident(&id) {
        let caller = authorised_for_people(&world, &headers)?;
        let wanted = person::Process::of(&process).ok_or(NO_RECORDS)?;
        let found = person::about(&world, &caller, person, Some(wanted), options.print).await?;
        return Ok(answer(&world, &headers, &found));
    }
    let one = known(&id)?;
    if options.security_level == Some(HIGHEST_LEVEL) {
        at_highest_level(one, &process)?;
    }
    let records = records(&world, &caller, one, Some(&process), options.security_level).await?;
    if records.is_empty() {
        return Err(NO_RECORDS);
    }
    Ok(answer(&world, &headers, &json!({ "infoRecord": info_record(one), "serviceRecords": records })))
}

async fn info(State(world): State<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    authorised(&world, &headers)?;
    let record = match resident(&id) {
        Some(person) => person::info_record(person),
        None => info_record(known(&id)?),
    };
    Ok(answer(&world, &headers, &json!({ "infoRecord": record })))
}

async fn certificate(State(world): State<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    authorised(&world, &headers)?;
    let missing = || Refused(StatusCode::NOT_FOUND, "certificate_not_found", "No certificate for this identifier");
    let one = known(&id).ok().filter(|one| one.route == Route::Dpo).ok_or_else(missing)?;
    let pem = world.identity(one).await?.certificate_pem();
    if wants_signed(&headers) {
        return Ok(signed(&world, &pem));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], pem).into_response())
}

async fn key(State(world): State<Arc<World>>) -> Json<Value> {
    Json(world.registry.jwk())
}

/// JSON, or a signed answer for those who ask for it.
fn answer(world: &World, headers: &HeaderMap, payload: &Value) -> Response {
    if wants_signed(headers) { signed(world, &payload.to_string()) } else { Json(payload).into_response() }
}

fn wants_signed(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/jose"))
}

fn signed(world: &World, payload: &str) -> Response {
    let signed = jws::sign_text(&world.registry, &json!({ "x5c": jws::x5c(&world.registry) }), payload);
    ([(header::CONTENT_TYPE, "application/jose")], signed).into_response()
}

fn info_record(one: &Organisation) -> Value {
    json!({
        "identifier": one.number,
        "organizationName": one.name,
        "postadresse": { "adresse": "Prøveveien 1", "postnummer": "0001", "poststed": "SOLVIK", "land": "NORGE" },
        "entityType": { "name": one.form },
    })
}

/// Altinn's inbox.
fn inbox(world: &World, resource: &str) -> Value {
    json!({
        "identifier": "DPV",
        "endpointUrl": format!("{}/sandbox/altinn-proxy", world.base),
        "serviceCode": "4255",
        "serviceEditionCode": "10",
        "resource": resource,
    })
}

async fn records(
    world: &Arc<World>,
    caller: &str,
    one: &'static Organisation,
    wanted: Option<&str>,
    level: Option<u8>,
) -> Result<Vec<Value>, Refused> {
    let certificate = match one.route {
        Route::Dpo if world.faults.on_look_up(caller, one.number) => {
            world.identity(one).await?;
            Some(world.former(one).await?.certificate_pem())
        }
        Route::Dpo => Some(world.identity(one).await?.certificate_pem()),
        // Who is reached that way starts to play; the documents are sealed to KS.
        Route::Dpf => {
            world.identity(one).await?;
            Some(world.svarut.certificate_pem())
        }
        _ => None,
    };
    let mut records = Vec::new();
    let special = [CONFIDENTIAL_PROCESS, RESPONSE_PROCESS, AGREED_PROCESS, INSIGHT_PROCESS, HEALTH_PROCESS];
    for process in PROCESSES.iter().copied().chain(special) {
        if wanted.is_some_and(|wanted| wanted != process) {
            continue;
        }
        records.extend(record(world, one, process, level, certificate.as_deref()));
    }
    Ok(records)
}

/// How letters of a process reach an organisation (efm-service-registry, `ServiceRecordService`): by the one way that
/// it has, unless it is in ELMA and not for this process, or a level is asked for that its receiving system at KS is not of:
/// then they go to its inbox at Altinn. Nobody here is in ELMA for confidential letters, and [`seed::PARTLY`] for general
/// ones only.
fn route(one: &Organisation, process: &str, level: Option<u8>) -> Route {
    let general = matches!(process, GENERAL_PROCESS | RESPONSE_PROCESS);
    let elsewhere = match one.route {
        Route::Dpo => process == CONFIDENTIAL_PROCESS || (one.number == seed::PARTLY && !general),
        Route::Dpf => level.is_some_and(|level| level != one.level()),
        _ => false,
    };
    if elsewhere { Route::Dpv } else { one.route }
}

/// Whether letters of the highest level reach anybody (as `ServiceRecordService` has it). Who is not in ELMA needs a
/// receiving system at KS of that level; who is, and not for this process, has an inbox at Altinn, which is of no such
/// level.
fn at_highest_level(one: &Organisation, process: &str) -> Result<(), Refused> {
    let is_letter = PROCESSES.contains(&process) || process == CONFIDENTIAL_PROCESS;
    match (one.route, route(one, process, None)) {
        (Route::Dpo, Route::Dpv) => Err(NO_RECORDS),
        (Route::Dpf, _) if is_letter && one.level() < HIGHEST_LEVEL => Err(TOO_LOW),
        (Route::Dpv, _) if is_letter => Err(TOO_LOW),
        _ => Ok(()),
    }
}

fn record(
    world: &World,
    one: &Organisation,
    process: &str,
    level: Option<u8>,
    certificate: Option<&str>,
) -> Option<Value> {
    if process == AGREED_PROCESS && !one.takes_agreed() {
        return None;
    }
    let response = process == RESPONSE_PROCESS;
    let route = route(one, process, level);
    let (service, types) = match route {
        Route::Dpe if process == INSIGHT_PROCESS => (unavailable::service(world, "DPE"), vec![INNSYNSKRAV]),
        Route::Dph if process == HEALTH_PROCESS => (unavailable::service(world, "DPH"), vec![DIALOGMELDING]),
        _ if matches!(process, INSIGHT_PROCESS | HEALTH_PROCESS) => return None,
        Route::Dpo => {
            let mut service = json!({
                "identifier": "DPO",
                "endpointUrl": format!("{}/sandbox/altinn", world.base),
                "securityLevel": 3,
                "resource": RESOURCE,
            });
            if let Some(max) = one.max_bytes {
                // The real registry has no such field; the sandbox needs a recipient with a small mailbox.
                service["maxFileTransferSize"] = json!(max);
            }
            let types = match process {
                RESPONSE_PROCESS => vec![KVITTERING, STATUS, FEIL],
                AGREED_PROCESS => vec![AVTALT],
                _ => vec![ARKIVMELDING],
            };
            (service, types)
        }
        Route::Dpf if !response => {
            let endpoint = format!("{}/sandbox/svarut", world.base);
            let service = json!({ "identifier": "DPF", "endpointUrl": endpoint, "securityLevel": one.level() });
            (service, vec![ARKIVMELDING])
        }
        Route::Dpv if !response => {
            let resource = match process {
                CONFIDENTIAL_PROCESS => correspondence::CONFIDENTIAL,
                CARE_PROCESS => correspondence::HEALTH,
                _ => correspondence::RESOURCE,
            };
            (inbox(world, resource), vec![ARKIVMELDING, DIGITAL_DPV])
        }
        _ => return None,
    };
    let mut record = json!({
        "organisationNumber": one.number,
        "process": process,
        "documentTypes": types,
        "service": service,
    });
    // What goes to Altinn's inbox is sealed to nobody.
    if let Some(certificate) = certificate.filter(|_| route != Route::Dpv) {
        record["pemCertificate"] = json!(certificate);
    }
    Some(record)
}
