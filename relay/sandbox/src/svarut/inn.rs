//! SvarInn v1 over HTTP: Basic authentication of a receiving system; list, download, acknowledge, complain.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::state::{Refusal, Shipment};
use super::{PASSWORD, receiver, system_of};
use crate::error::Error;
use crate::fault::Disturbance;
use crate::seed::{self, ORGANISATIONS};
use crate::world::World;

/// Everything under `/sandbox/svarut/tjenester/svarinn`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/mottaker/hentNyeForsendelser", get(list))
        .route("/forsendelse/{id}", get(download))
        .route("/kvitterMottak/forsendelse/{id}", post(acknowledge))
        .route("/mottakFeilet/forsendelse/{id}", post(complain))
}

type Answer = Result<Response, Refused>;

/// A status without more.
struct Refused(StatusCode);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        if self.0 == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        }
        response
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "sandbox SvarInn");
        Self(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<Refusal> for Refused {
    fn from(_: Refusal) -> Self {
        Self(StatusCode::NOT_FOUND)
    }
}

/// The organisation whose receiving system calls.
fn system(headers: &HeaderMap) -> Result<&'static str, Refused> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Basic ")).and_then(|text| STANDARD.decode(text).ok());
    let fits = |number: &str| given.as_deref() == Some(format!("{}:{PASSWORD}", receiver(number)).as_bytes());
    let one = ORGANISATIONS.iter().find(|one| one.receives_shipments() && fits(one.number));
    one.map(|one| one.number).ok_or(Refused(StatusCode::UNAUTHORIZED))
}

/// A shipment that waits for this system.
fn waiting(world: &World, headers: &HeaderMap, id: Uuid) -> Result<Shipment, Refused> {
    let system = system(headers)?;
    let shipment = world.shipments.get(id, world.clock.now())?;
    shipment.filter(|one| system_of(&one.recipient) == system).ok_or(Refused(StatusCode::NOT_FOUND))
}

async fn list(State(world): State<Arc<World>>, headers: HeaderMap) -> Answer {
    let system = system(&headers)?;
    let shipments = world.shipments.waiting(system, world.clock.now())?;
    let items: Vec<Value> = shipments.iter().map(|one| view(&world, one)).collect();
    Ok(Json(items).into_response())
}

/// Dates are milliseconds since 1970, addresses are flat, and levels are texts.
fn view(world: &World, one: &Shipment) -> Value {
    let sent = &one.metadata;
    let name = |number: &str| seed::organisation(number).map_or("", |one| one.name);
    let place = |number: &str, name: &str| {
        json!({
            "adresse1": "Prøveveien 1", "adresse2": null, "adresse3": null, "postnr": "0001", "poststed": "SOLVIK",
            "navn": name, "land": "Norge", "orgnr": number, "fnr": null,
        })
    };
    let answers = &sent["svarSendesTil"];
    let answers_to = answers["digitalId"].as_str().map(|number| place(number, answers["navn"].as_str().unwrap_or("")));
    let files = one.content.iter().flat_map(|content| &content.documents).map(|document| {
        json!({
            "filnavn": document.name, "mimetype": document.media_type, "sha256hash": document.sha256,
            "dokumentType": null, "size": document.size,
        })
    });
    json!({
        "id": one.id,
        "avsender": {
            "adresselinje1": "Prøveveien 1", "adresselinje2": null, "adresselinje3": null,
            "navn": name(&one.sender), "poststed": "SOLVIK", "postnr": "0001",
        },
        "mottaker": place(&one.recipient, name(&one.recipient)),
        "tittel": sent["tittel"],
        "date": one.created.as_millisecond(),
        "metadataFraAvleverendeSystem": noark(&sent["metadataFraAvleverendeSystem"]),
        "metadataForImport": noark(&sent["metadataForImport"]),
        "status": "Klar for mottak",
        "niva": if sent["sikkerhetsniva"] == "HOYESTE" { "4" } else { "3" },
        "filmetadata": files.collect::<Vec<_>>(),
        "svarSendesTil": answers_to,
        "svarPaForsendelse": sent["svarPaForsendelseId"],
        "forsendelseType": sent["forsendelsestype"],
        "eksternRef": one.reference,
        "downloadUrl": format!("{}/sandbox/svarut/tjenester/svarinn/forsendelse/{}", world.base, one.id),
    })
}

/// SvarInn says zero and nothing where the sender said nothing.
fn noark(sent: &Value) -> Value {
    let number = |name: &str| sent[name].as_i64().unwrap_or_default();
    let date = |name: &str| {
        sent[name].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_millisecond)
    };
    json!({
        "sakssekvensnummer": number("sakssekvensnummer"), "saksaar": number("saksaar"),
        "journalaar": number("journalaar"), "journalsekvensnummer": number("journalsekvensnummer"),
        "journalpostnummer": number("journalpostnummer"), "journalposttype": sent["journalposttype"],
        "journalstatus": sent["journalstatus"], "journaldato": date("journaldato"),
        "dokumentetsDato": date("dokumentetsDato"), "tittel": sent["tittel"], "saksBehandler": sent["saksbehandler"],
        "ekstraMetadata": sent["ekstraMetadata"].as_array().cloned().unwrap_or_default(),
    })
}

async fn download(State(world): State<Arc<World>>, Path(id): Path<Uuid>, headers: HeaderMap) -> Answer {
    let shipment = waiting(&world, &headers, id)?;
    let content = shipment.download()?;
    let mut sealed = tokio::fs::read(world.shipments.content(id)).await.map_err(Error::from)?;
    if world.faults.on_fetch(&shipment.sender, id) {
        sealed.truncate(sealed.len() / 2);
    }
    let plain: String =
        content.file_name.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '_' }).collect();
    let headers = [
        (header::CONTENT_TYPE, content.media_type.clone()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\"")),
    ];
    Ok((headers, sealed).into_response())
}

async fn acknowledge(State(world): State<Arc<World>>, Path(id): Path<Uuid>, headers: HeaderMap) -> Answer {
    let shipment = waiting(&world, &headers, id)?;
    if let Some(Disturbance::Down) = world.faults.on_acknowledge(&shipment.sender, id) {
        return Err(Refused(StatusCode::SERVICE_UNAVAILABLE));
    }
    let now = world.clock.now();
    world.shipments.change(id, now, |one, _| one.acknowledge(now))??;
    Ok(StatusCode::OK.into_response())
}

#[derive(Debug, Deserialize)]
struct Complaint {
    feilmelding: String,
    permanent: bool,
}

async fn complain(
    State(world): State<Arc<World>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(complaint): Json<Complaint>,
) -> Answer {
    waiting(&world, &headers, id)?;
    let now = world.clock.now();
    world
        .shipments
        .change(id, now, |one, timing| one.fail(&complaint.feilmelding, complaint.permanent, now, timing))??;
    Ok(StatusCode::OK.into_response())
}
