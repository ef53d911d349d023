//! Signing in: to the provider, back from it, and what it says when a session of its own ends. Browsers come here by
//! following links, so whatever goes wrong ends on a page.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use konvolutt_shared::api::Person;
use konvolutt_shared::finding::{Code, Rule};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Form, Search};
use crate::app::Shared;
use crate::audit::{Action, ObjectKind, Outcome, Who};
use crate::clock::{Machine, World as _};
use crate::identity::openid::{self, Callback, Failed, Flow, SignedIn};
use crate::identity::{self, Beginning, Ending};
use crate::problem::Refusal;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(callback))
        .routes(routes!(back_channel))
        .routes(routes!(front_channel))
}

/// Where people reach this relay. Without a configuration, as in the sandbox, it is what their browser says.
pub(super) fn portal(app: &Shared, headers: &HeaderMap) -> Option<String> {
    app.identity.portal(headers.get(header::HOST).and_then(|value| value.to_str().ok()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Start {
    /// The page to come back to: a path.
    #[serde(default)]
    back: String,
    /// `nb`, `nn`, `en`.
    lang: Option<String>,
}

/// Sends a browser to the identity provider.
#[utoipa::path(
    get, path = "/sign-in", tag = "Sign-in", operation_id = "startSignIn",
    params(Start),
    security(()),
    responses((status = 303, description = "To the identity provider")),
)]
async fn start(State(app): State<Shared>, headers: HeaderMap, Search(start): Search<Start>) -> Response {
    let flow = Flow::new([Machine.random(), Machine.random()], &start.back);
    let language = start.lang.as_deref().filter(|lang| matches!(*lang, "nb" | "nn" | "en")).unwrap_or("nb");
    let Some(portal) = portal(&app, &headers) else { return failed(Code::RequestInvalid) };
    match app.identity.authorization(&flow, &portal, language).await {
        Ok(address) => see_other(&address, [flow_cookie(&flow.cookie(), openid::SECONDS)]),
        Err(error) => refused(&error),
    }
}

/// Where the identity provider sends the browser back to.
#[utoipa::path(
    get, path = "/sign-in/callback", tag = "Sign-in", operation_id = "finishSignIn",
    params(Callback),
    security(()),
    responses(
        (status = 200, description = "A page that leads back", body = String, content_type = "text/html"),
        (status = 303, description = "Back to the portal, signed in or with a code of what went wrong"),
    ),
)]
async fn callback(State(app): State<Shared>, headers: HeaderMap, Search(callback): Search<Callback>) -> Response {
    let flow = identity::cookie(&headers, openid::COOKIE).and_then(Flow::parse);
    let flow = flow.filter(|flow| callback.state.as_deref().is_some_and(|state| flow.has_state(state)));
    // Somebody else's answer, one that was used, or one that took too long.
    let (Some(flow), Some(portal)) = (flow, portal(&app, &headers)) else { return failed(Code::SignInFailed) };
    let signed_in = match app.identity.finish(&callback, &flow, &portal, &app.organisations).await {
        Ok(signed_in) => signed_in,
        Err(error) => return refused(&error),
    };
    match begin(&app, &headers, signed_in).await {
        Ok(token) => see_other(&flow.back, [flow_cookie("", 0), super::session::cookie(&token, "")]),
        Err(Refusal::Refused(findings)) => failed(findings.first().map_or(Code::SignInFailed, |first| first.code)),
        Err(other) => other.into_response(),
    }
}

/// A new session with a new token, whatever the browser had before.
async fn begin(app: &Shared, headers: &HeaderMap, signed_in: SignedIn) -> Result<String, Refusal> {
    let SignedIn { person, session, subject } = signed_in;
    if person.organisations.is_empty() {
        turned_away(app, &person).await?;
        return Err(Refusal::rule(Rule::AccessDenied, "the person has no role in any organisation of this relay"));
    }
    let beginning = Beginning {
        provider: session,
        subject,
        instead_of: identity::cookie_digest(headers),
        ..Beginning::of(person, Action::SignIn, app.lifetimes, crate::clock::now())
    };
    identity::begin(&*app.store, "", beginning).await
}

/// Operators who give roles by id find it in the log.
async fn turned_away(app: &Shared, person: &Person) -> Result<(), Refusal> {
    let mut record = identity::record(Who::Relay, Action::SignIn, None, ObjectKind::Person, &person.id)?;
    record.event.outcome = Outcome::Refused(Code::AccessDenied);
    Ok(app.store.record(record).await?)
}

#[derive(Deserialize, ToSchema)]
struct LogoutToken {
    logout_token: String,
}

/// Back-Channel Logout 1.0, 2.5: the provider tells us itself.
#[utoipa::path(
    post, path = "/sign-in/back-channel", tag = "Sign-in", operation_id = "backChannelLogout",
    request_body(content = LogoutToken, content_type = "application/x-www-form-urlencoded"),
    security(()),
    responses((status = 200, description = "Ended")),
)]
async fn back_channel(State(app): State<Shared>, Form(form): Form<LogoutToken>) -> Result<StatusCode, Refusal> {
    let ending = app.identity.logout(&form.logout_token).await.map_err(|error| {
        tracing::warn!(%error, "a logout token is not believed");
        Refusal::rule(Rule::RequestInvalid, "the logout token is not believed")
    })?;
    ended(&app, ending).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Leaving {
    iss: Option<String>,
    sid: Option<String>,
}

/// Front-Channel Logout 1.0, 3: the provider has the person's browser tell us, from a frame that gets no cookies of
/// ours. The session's id is enough; nobody else knows it.
#[utoipa::path(
    get, path = "/sign-in/front-channel", tag = "Sign-in", operation_id = "frontChannelLogout",
    params(Leaving),
    security(()),
    responses((status = 200, description = "Ended, if there was one")),
)]
async fn front_channel(State(app): State<Shared>, Search(leaving): Search<Leaving>) -> Result<StatusCode, Refusal> {
    let Leaving { iss, sid } = leaving;
    let ending = iss.zip(sid).and_then(|(issuer, session)| app.identity.front_channel(&issuer, &session));
    let ending = ending.ok_or_else(|| Refusal::rule(Rule::RequestInvalid, "another issuer, or no session"))?;
    ended(&app, ending).await
}

/// Ends what the provider wants ended. The log names its session or person by the same digest every time.
async fn ended(app: &Shared, ending: Ending) -> Result<StatusCode, Refusal> {
    let (kind, digest) = match &ending {
        Ending::Provider(session) => (ObjectKind::Session, session),
        Ending::Subject(id) | Ending::Person(id) => (ObjectKind::Person, id),
        // No provider can ask for that.
        Ending::All => return Err(Refusal::rule(Rule::RequestInvalid, "not everything")),
    };
    let record = identity::record(Who::Relay, Action::SessionsEnded, None, kind, identity::name(digest))?;
    app.store.end_sessions(ending, Some(record)).await?;
    Ok(StatusCode::OK)
}

/// Nothing of what was received is logged but what kind of thing was wrong.
fn refused(error: &Failed) -> Response {
    tracing::warn!(%error, "nobody is signed in");
    failed(Code::SignInFailed)
}

/// The sign-in page says why.
fn failed(code: Code) -> Response {
    see_other(&format!("{}?feil={code}", openid::SIGNED_OUT), [flow_cookie("", 0)])
}

fn see_other<const N: usize>(to: &str, cookies: [HeaderValue; N]) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    let cookies = AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    let headers: [(HeaderName, HeaderValue); 1] = [(header::LOCATION, to)];
    (StatusCode::SEE_OTHER, headers, cookies).into_response()
}

fn flow_cookie(value: &str, seconds: u32) -> HeaderValue {
    let name = openid::COOKIE;
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    // Letters and digits only, so this is always a valid header.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
