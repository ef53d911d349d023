//! Sessions for the embedded frame. A site's server asks for a ticket with its API key and gives it to its page; the
//! frame on that page, and no other, exchanges it once for a session that ends soon.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::SignedDuration;
use konvolutt_shared::api::{
    EmbedRequest, EmbedSession, EmbedTicket, NewEmbedSession, OrganisationAccess, Person, Right, Session,
};
use konvolutt_shared::finding::Rule;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Body;
use crate::app::Shared;
use crate::audit::{Action, Id, Who};
use crate::identity::{self, Beginning, Bounds, Caller, Held, Stage, key, rights};
use crate::problem::Refusal;
use crate::store::StoreError;

/// How long a ticket waits for the frame, and how long the frame's session lasts.
const LIFE: SignedDuration = SignedDuration::from_mins(15);

/// The longest name of a person, in characters.
const NAME: usize = 80;

/// What tickets begin with.
const TICKET: &str = "kve_";

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(mint)).routes(routes!(begin))
}

/// A site's server asks, with its API key, for a session for the frame on its page.
#[utoipa::path(
    post, path = "/embed/sessions", tag = "Embedding", operation_id = "mintEmbedSession",
    request_body = NewEmbedSession,
    responses((status = 201, description = "A ticket for the frame, once", body = EmbedTicket)),
)]
async fn mint(
    State(app): State<Shared>,
    caller: Caller,
    Body(wanted): Body<NewEmbedSession>,
) -> Result<(StatusCode, Json<EmbedTicket>), Refusal> {
    let id = caller.key()?.to_owned();
    caller.may_somewhere(Right::Embed)?;
    let organisation = caller.with(Right::Embed).pop().unwrap_or_default();
    let NewEmbedSession { origin, scope, name } = wanted;
    if !app.embed.iter().any(|client| client.allows_for(&origin, &organisation)) {
        return Err(Refusal::rule(Rule::OriginDenied, "the page's origin is on no client's list"));
    }
    if scope.is_empty() || scope.iter().any(|right| !rights::OF_FRAMES.contains(right)) {
        return Err(Refusal::rule(Rule::RequestInvalid, "a frame has a scope, and not what frames cannot be given"));
    }
    scope.iter().try_for_each(|right| caller.may(*right, &organisation))?;
    let name = name.unwrap_or_default().trim().to_owned();
    if name.chars().count() > NAME || name.chars().any(char::is_control) {
        return Err(Refusal::rule(Rule::RequestInvalid, "a name has 80 characters at most"));
    }
    let access = OrganisationAccess { name: app.name_of(&organisation).await, orgnr: organisation.clone() };
    let person = Person {
        id: format!("key:{id}"),
        name: if name.is_empty() { access.name.clone() } else { name },
        organisations: vec![access],
        roles: Default::default(),
    };
    let expires = crate::clock::now() + LIFE;
    let bounds = Bounds { stage: Stage::Ticket, origin, scope, key: Some(id.clone()) };
    let ticket = keep(&app, TICKET, person, expires, bounds).await?;
    Ok((StatusCode::CREATED, Json(EmbedTicket { ticket, expires })))
}

/// The frame's first request. The browser enforces who may embed it by `frame-ancestors`; this checks the same list, and
/// the origin that the ticket was made for. Only the sandbox has people without a sign-in, so only there a publishable
/// id is enough.
#[utoipa::path(
    post, path = "/embed-sessions", tag = "Embedding", operation_id = "beginEmbedSession",
    request_body = EmbedRequest,
    security(()),
    responses((status = 201, description = "A session that ends soon", body = EmbedSession)),
)]
async fn begin(
    State(app): State<Shared>,
    Body(request): Body<EmbedRequest>,
) -> Result<(StatusCode, Json<EmbedSession>), Refusal> {
    let client = app.embed.iter().find(|client| client.id == request.client_id);
    if !client.is_some_and(|client| client.allows(&request.origin)) {
        return Err(Refusal::rule(Rule::OriginDenied, "the page's origin is not on the client's list"));
    }
    let now = crate::clock::now();
    let (person, bounds) = match &request.ticket {
        Some(ticket) => {
            let (person, bounds) = exchanged(&app, ticket, &request.origin).await?;
            let orgnr = client.and_then(|client| client.orgnr.as_deref());
            if orgnr.is_some_and(|orgnr| person.organisations.iter().any(|one| one.orgnr != orgnr)) {
                return Err(Refusal::rule(Rule::OriginDenied, "the client is another organisation's"));
            }
            (person, bounds)
        }
        None => {
            let person = app.people.first().filter(|_| app.sandbox && request.client_id.starts_with("pk_test_"));
            let person = person.ok_or_else(|| Refusal::rule(Rule::AccessDenied, "a ticket is needed"))?;
            let scope = rights::OF_FRAMES.to_vec();
            (person.clone(), Bounds { stage: Stage::Frame, origin: request.origin, scope, key: None })
        }
    };
    let test = bounds.key.is_none();
    // In test mode nobody's server could make another.
    let latest = now + if test { app.lifetimes.whole } else { LIFE };
    let token = keep(&app, "", person.clone(), latest, bounds).await?;
    let expires = app.lifetimes.end(now, latest);
    let suppliers = app.suppliers_of(&person).await;
    let (digital_only, approvals) = (app.digital_only_of(&person), app.approvals_of(&person));
    let message_channels = app.message_channels_of(&person);
    let (sandbox, unnumbered) = (app.sandbox, app.trust.printer.is_some());
    let session =
        Session { person, expires, latest, sandbox, suppliers, digital_only, unnumbered, approvals, message_channels };
    Ok((StatusCode::CREATED, Json(EmbedSession { token, session })))
}

/// Takes a ticket, once. One that comes with another origin is lost, for it is in the wrong hands.
async fn exchanged(app: &Shared, ticket: &str, origin: &str) -> Result<(Person, Bounds), Refusal> {
    let none = || Refusal::rule(Rule::SignedOut, "no such ticket, or it was used before");
    let digest = key::digest(ticket);
    let held = app.store.session(&digest, crate::clock::now()).await?;
    let Some(Held { person, bounds: Some(bounds), .. }) = held else { return Err(none()) };
    if bounds.stage != Stage::Ticket || !app.store.end_session(&digest, None).await? {
        return Err(none());
    }
    if bounds.origin != origin {
        return Err(Refusal::rule(Rule::OriginDenied, "the ticket is for a page of another origin"));
    }
    Ok((person, Bounds { stage: Stage::Frame, ..bounds }))
}

async fn keep(
    app: &Shared,
    prefix: &str,
    person: Person,
    latest: jiff::Timestamp,
    bounds: Bounds,
) -> Result<String, Refusal> {
    let now = crate::clock::now();
    let key = bounds.key.clone().map(Id::new).transpose();
    let by = key.map_err(|error| StoreError::Row(error.to_string()))?.map(Who::Key);
    let behalf = by.as_ref().and_then(|_| person.organisations.first()).map(|one| one.orgnr.clone());
    // A ticket is not used meanwhile, so it does not end for that.
    let expires = if bounds.stage == Stage::Ticket { latest } else { app.lifetimes.end(now, latest) };
    let beginning = Beginning {
        by,
        behalf,
        expires,
        latest,
        bounds: Some(bounds),
        ..Beginning::of(person, Action::EmbedSessionMade, app.lifetimes, now)
    };
    identity::begin(&*app.store, prefix, beginning).await
}
