//! Finding recipients. Answers of the service registry pass through untouched.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use konvolutt_shared::api::{OrganisationHit, RecipientAnswer, RecipientLookup, RevocationLists, Right};
use konvolutt_shared::finding::Rule;
use konvolutt_shared::identifier::{OrganisationNumber, PersonNumber};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Search};
use crate::app::Shared;
use crate::audit::{Action, ObjectKind};
use crate::directory::Question;
use crate::identity::Caller;
use crate::problem::Refusal;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(organisations)).routes(routes!(lookup)).routes(routes!(revocation_lists))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    query: String,
    /// How old the answer may be, in seconds; the register is asked anew if that is left out or 0. Answers are kept for 300 at
    /// most.
    #[serde(default)]
    #[param(default = 0)]
    max_age: u32,
}

/// Searches Enhetsregisteret by name or number.
#[utoipa::path(
    get, path = "/organisations", tag = "Recipients", operation_id = "searchOrganisations",
    params(Wanted),
    responses((status = 200, description = "Hits, the best first", body = Vec<OrganisationHit>)),
)]
async fn organisations(
    State(app): State<Shared>,
    caller: Caller,
    Search(search): Search<Wanted>,
) -> Result<Json<Vec<OrganisationHit>>, Refusal> {
    caller.may_somewhere(Right::Directory)?;
    let found = app.enhetsregister.search(search.query.trim(), oldest(search.max_age)).await?;
    let age = found.seconds();
    Ok(Json(found.answer.into_iter().map(|hit| OrganisationHit { age, ..hit }).collect()))
}

/// Asks the service registry what a recipient can receive.
#[utoipa::path(
    post, path = "/recipients/lookup", tag = "Recipients", operation_id = "lookUpRecipient",
    request_body = RecipientLookup,
    responses((status = 200, description = "What the service registry says, signed by it", body = RecipientAnswer)),
)]
async fn lookup(
    State(app): State<Shared>,
    caller: Caller,
    Body(lookup): Body<RecipientLookup>,
) -> Result<Json<RecipientAnswer>, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let (number, kind, told) = match lookup.identifier.len() {
        // The log says that a person was looked up, and nothing of whom.
        11 => {
            let number = PersonNumber::parse(&lookup.identifier)
                .map_err(|_| Refusal::rule(Rule::PersonReal, "not a valid identity number"))?;
            app.realm.has_person(&number)?;
            (number.expose(), ObjectKind::Person, "person".to_owned())
        }
        _ => {
            let number = OrganisationNumber::parse(&lookup.identifier)
                .map_err(|_| Refusal::rule(Rule::OrganisationReal, "not a valid organisation number"))?;
            app.realm.has_organisation(&number.to_string())?;
            (number.to_string(), ObjectKind::Organisation, number.to_string())
        }
    };
    app.store.record(caller.record(Action::RecipientLookedUp, None, kind, &told)?).await?;
    let asked = lookup.process.as_deref().map(|process| Question { process, level: lookup.security_level });
    let found = app.registry.lookup(&number, asked, oldest(lookup.max_age)).await?;
    let (age, fetched_at) = (found.seconds(), crate::clock::now() - found.age);
    Ok(Json(RecipientAnswer { registry_answer: found.answer, fetched_at, age }))
}

/// How old an answer may be, of seconds that somebody asked with.
pub(super) fn oldest(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// The certificate issuers' revocation lists, as they signed them.
#[utoipa::path(
    get, path = "/revocation-lists", tag = "Recipients", operation_id = "getRevocationLists",
    responses((status = 200, description = "The issuers' lists", body = RevocationLists)),
)]
async fn revocation_lists(State(app): State<Shared>, caller: Caller) -> Result<Json<RevocationLists>, Refusal> {
    caller.may_somewhere(Right::Directory)?;
    Ok(Json(RevocationLists { lists: app.revocation.lists().await? }))
}
