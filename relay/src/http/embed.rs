//! Sessions for the embedded frame in test mode.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use konvolutt_shared::api::{EmbedRequest, EmbedSession, Session};
use konvolutt_shared::finding::Code;

use super::extract::Body;
use crate::app::Shared;
use crate::audit::Action;
use crate::identity;
use crate::problem::Refusal;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/embed-sessions", post(begin))
}

/// A frame asks for a session. The browser enforces who may embed it by `frame-ancestors`; this checks the same list.
/// Only the sandbox has people without a sign-in, so only there does a publishable id suffice.
async fn begin(
    State(app): State<Shared>,
    Body(request): Body<EmbedRequest>,
) -> Result<(StatusCode, Json<EmbedSession>), Refusal> {
    let client = app.embed.iter().find(|client| client.id == request.client_id);
    if !client.is_some_and(|client| client.allows(&request.origin)) {
        return Err(Refusal::code(Code::OriginDenied, "the page's origin is not on the client's list"));
    }
    let person = app.people.first().filter(|_| app.sandbox && request.client_id.starts_with("pk_test_"));
    let person = person.ok_or_else(|| Refusal::code(Code::AccessDenied, "a sign-in is needed"))?;
    let now = crate::clock::now();
    let token = identity::sign_in(&*app.store, person, Action::EmbedSessionMade, now).await?;
    let session = Session { person: person.clone(), expires: now + jiff::SignedDuration::from_mins(30), sandbox: true };
    Ok((StatusCode::CREATED, Json(EmbedSession { token, session })))
}
