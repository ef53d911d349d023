//! Enhetsregisteret: search by name and look-up by number (Brønnøysundregistrene, `/enhetsregisteret/api`). Open data,
//! no token.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::seed::{self, BANKRUPT, DELETED, ORGANISATIONS, Organisation, PARENT, SUB_UNITS};
use crate::world::World;

const SUB_UNIT: &str = "application/vnd.brreg.enhetsregisteret.underenhet.v2+json;charset=UTF-8";
const UNIT: &str = "application/vnd.brreg.enhetsregisteret.enhet.v2+json;charset=UTF-8";

/// Everything under `/sandbox/brreg/enhetsregisteret/api`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/enheter", get(search))
        .route("/enheter/{number}", get(one))
        .route("/underenheter", get(sub_units))
        .route("/underenheter/{number}", get(sub_unit))
}

#[derive(Deserialize)]
struct Search {
    navn: Option<String>,
    organisasjonsnummer: Option<String>,
    #[serde(default)]
    page: usize,
    size: Option<usize>,
}

fn words(name: Option<String>) -> Vec<String> {
    name.unwrap_or_default().to_lowercase().split_whitespace().map(str::to_owned).collect()
}

/// Whether a name holds every word.
fn is_named(name: &str, words: &[String]) -> bool {
    let name = name.to_lowercase();
    words.iter().all(|word| name.contains(word.as_str()))
}

async fn search(State(world): State<Arc<World>>, Query(search): Query<Search>) -> Json<Value> {
    let numbers = search.organisasjonsnummer.unwrap_or_default();
    let words = words(search.navn);
    let fits = |one: &&Organisation| {
        (numbers.is_empty() || numbers.split(',').any(|number| number.trim() == one.number))
            && is_named(one.name, &words)
    };
    // The register finds what is deleted by its number alone.
    let there = ORGANISATIONS.iter().filter(|one| one.number != DELETED);
    let found: Vec<Value> = there.filter(fits).map(|one| unit(&world, one)).collect();
    let size = search.size.unwrap_or(20).clamp(1, 10_000);
    let total = found.len();
    let page: Vec<Value> = found.into_iter().skip(search.page.saturating_mul(size)).take(size).collect();
    let numbers = json!({
        "size": size, "totalElements": total, "totalPages": total.div_ceil(size), "number": search.page,
    });
    // The register leaves `_embedded` out when nothing is found.
    Json(if page.is_empty() {
        json!({ "page": numbers })
    } else {
        json!({ "_embedded": { "enheter": page }, "page": numbers })
    })
}

async fn one(State(world): State<Arc<World>>, Path(number): Path<String>) -> Response {
    match seed::organisation(&number) {
        Some(one) if one.number == DELETED => deleted(one).into_response(),
        Some(one) => ([(header::CONTENT_TYPE, UNIT)], unit(&world, one).to_string()).into_response(),
        None => missing(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubUnits {
    navn: Option<String>,
    overordnet_enhet: Option<String>,
}

/// The sub-units of an organisation, by name; all, if nothing is asked for.
async fn sub_units(State(world): State<Arc<World>>, Query(search): Query<SubUnits>) -> Json<Value> {
    let words = words(search.navn);
    let wanted = search.overordnet_enhet.is_none_or(|parent| parent == PARENT);
    let fits = |(_, name): &&(&str, &str)| wanted && is_named(name, &words);
    let found: Vec<Value> = SUB_UNITS.iter().filter(fits).map(|one| sub_unit_of(&world, *one)).collect();
    let numbers = json!({ "size": 20, "totalElements": found.len(), "totalPages": 1, "number": 0 });
    Json(if found.is_empty() {
        json!({ "page": numbers })
    } else {
        json!({ "_embedded": { "underenheter": found }, "page": numbers })
    })
}

async fn sub_unit(State(world): State<Arc<World>>, Path(number): Path<String>) -> Response {
    match SUB_UNITS.iter().find(|(one, _)| *one == number) {
        Some(one) => ([(header::CONTENT_TYPE, SUB_UNIT)], sub_unit_of(&world, *one).to_string()).into_response(),
        None => missing(),
    }
}

fn sub_unit_of(world: &World, (number, name): (&str, &str)) -> Value {
    json!({
        "organisasjonsnummer": number,
        "navn": name,
        "organisasjonsform": { "kode": "BEDR" },
        "overordnetEnhet": PARENT,
        "registreringsdatoEnhetsregisteret": "2020-01-01",
        "_links": { "self": { "href": format!("{}/sandbox/brreg/enhetsregisteret/api/underenheter/{number}", world.base) } },
    })
}

/// All that the register says of what was deleted.
fn deleted(one: &Organisation) -> impl IntoResponse {
    let body = json!({
        "respons_klasse": "SlettetEnhet",
        "organisasjonsnummer": one.number,
        "navn": one.name,
        "organisasjonsform": { "kode": one.form },
        "slettedato": "2025-06-30",
    });
    ([(header::CONTENT_TYPE, UNIT)], body.to_string())
}

fn missing() -> Response {
    let body = json!({ "status": 404, "feilmelding": "Enheten finnes ikke i Enhetsregisteret" });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

fn unit(world: &World, one: &Organisation) -> Value {
    let address = json!({
        "adresse": ["Prøveveien 1"], "postnummer": "0001", "poststed": "SOLVIK", "kommune": "SOLVIK",
        "kommunenummer": "0001", "land": "Norge", "landkode": "NO",
    });
    json!({
        "organisasjonsnummer": one.number,
        "navn": one.name,
        "organisasjonsform": { "kode": one.form },
        "postadresse": address,
        "forretningsadresse": address,
        "registreringsdatoEnhetsregisteret": "2020-01-01",
        "konkurs": one.number == BANKRUPT,
        "underAvvikling": false,
        "_links": { "self": { "href": format!("{}/sandbox/brreg/enhetsregisteret/api/enheter/{}", world.base, one.number) } },
    })
}
