//! Who is signed in, and signing out: here, everywhere, and at the provider.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use konvolutt_shared::api::{Session, SignedOut};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;
use crate::audit::{Action, ObjectKind};
use crate::identity::{self, COOKIE, Caller, Ending};
use crate::problem::Refusal;

/// What the browser keeps of us goes with the session, opened letters above all. Cookies are not named: those of other
/// sites under the same domain would go, too. Nor is the cache: nothing of the API is in it.
const CLEAR: HeaderName = HeaderName::from_static("clear-site-data");

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(session, sign_out)).routes(routes!(sign_out_everywhere))
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/session", tag = "Sign-in", operation_id = "getSession",
    responses((status = 200, description = "Who is signed in", body = Session)),
)]
async fn session(State(app): State<Shared>, caller: Caller) -> Result<Json<Session>, Refusal> {
    let session = caller.session()?.0.clone();
    let suppliers = app.suppliers_of(&session.person).await;
    let (digital_only, approvals) = (app.digital_only_of(&session.person), app.approvals_of(&session.person));
    let (unnumbered, message_channels) = (app.trust.printer.is_some(), app.message_channels_of(&session.person));
    Ok(Json(Session { suppliers, digital_only, unnumbered, approvals, message_channels, ..session }))
}

/// Ends the session.
#[utoipa::path(
    delete, path = "/session", tag = "Sign-in", operation_id = "signOut",
    responses((status = 200, description = "The session has ended", body = SignedOut)),
)]
async fn sign_out(State(app): State<Shared>, headers: HeaderMap, caller: Caller) -> Result<Response, Refusal> {
    let (_, digest) = caller.session()?;
    let record = caller.record(Action::SignOut, None, ObjectKind::Session, identity::name(digest))?;
    let ended = usize::from(app.store.end_session(digest, Some(record)).await?);
    Ok(signed_out(&app, &headers, ended).await)
}

/// Ends every session of the person, those in frames too.
#[utoipa::path(
    post, path = "/session/everywhere", tag = "Sign-in", operation_id = "signOutEverywhere",
    responses((status = 200, description = "They have ended", body = SignedOut)),
)]
async fn sign_out_everywhere(
    State(app): State<Shared>,
    headers: HeaderMap,
    caller: Caller,
) -> Result<Response, Refusal> {
    let person = caller.session()?.0.person.id.clone();
    // A frame's session is its key's, whose other frames are other people's.
    if person.starts_with("key:") {
        return sign_out(State(app), headers, caller).await;
    }
    let record = caller.record(Action::SignOutEverywhere, None, ObjectKind::Person, &person)?;
    let ended = app.store.end_sessions(Ending::Person(person), Some(record)).await?;
    Ok(signed_out(&app, &headers, ended).await)
}

async fn signed_out(app: &Shared, headers: &HeaderMap, ended: usize) -> Response {
    let next = match super::sign_in::portal(app, headers) {
        Some(portal) => app.identity.leaving(&portal).await,
        None => None,
    };
    let headers = [(header::SET_COOKIE, cookie("", "; Max-Age=0")), (CLEAR, HeaderValue::from_static("\"storage\""))];
    (headers, Json(SignedOut { next, ended })).into_response()
}

/// The session's cookie; it ends with the browser.
pub(super) fn cookie(token: &str, more: &str) -> HeaderValue {
    let text = format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict{more}");
    // A token is hexadecimal, so this is always a valid header.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
