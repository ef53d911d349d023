//! Limits, and the headers that tell of them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use konvolutt_shared::finding::{Finding, Rule};

use super::source;
use crate::app::Shared;
use crate::limit::{Exceeded, Standing};
use crate::problem::Refusal;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is asked of the store for somebody who is not signed in: to become a person, or to end sessions. Below `/api/v1`.
const SIGN_IN: [&str; 5] =
    ["/sign-in", "/sign-in/callback", "/sign-in/back-channel", "/sign-in/front-channel", "/embed-sessions"];

/// Where the one who asks stands, once it is known who it is.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<Standing>>>);

impl Told {
    fn tell(&self, standings: impl IntoIterator<Item = Standing>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(standings);
    }
}

/// Counts attempts to sign in, and tells in headers of everything that was counted.
pub(super) async fn limited(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let told = Told::default();
    let signs_in = SIGN_IN.contains(&request.uri().path());
    let response = match signs_in.then(|| sign_in(&app, &request)).transpose() {
        Ok(standing) => {
            told.tell(standing.flatten());
            request.extensions_mut().insert(told.clone());
            next.run(request).await
        }
        Err(exceeded) => {
            told.tell([exceeded.standing]);
            refusal(exceeded).into_response()
        }
    };
    with_headers(response, &told)
}

fn sign_in(app: &Shared, request: &Request) -> Result<Option<Standing>, Exceeded> {
    app.limits.sign_in(source::of(request.headers(), request.extensions(), &app.proxies))
}

/// Counts a request of somebody who is known now.
///
/// # Errors
/// [`Rule::RateLimited`].
pub(crate) fn count(app: &Shared, parts: &Parts, person: &str, organisations: &[String]) -> Result<(), Refusal> {
    let counted = app.limits.request(person, organisations);
    if let Some(told) = parts.extensions.get::<Told>() {
        match &counted {
            Ok(standings) => told.tell(standings.iter().copied()),
            Err(exceeded) => told.tell([exceeded.standing]),
        }
    }
    counted.map(drop).map_err(refusal)
}

fn refusal(exceeded: Exceeded) -> Refusal {
    let finding = Finding::error(Rule::RateLimited, "that was once too often; the answer says when to ask again");
    Refusal::Later(finding, Some(exceeded.after))
}

fn with_headers(mut response: Response, told: &Told) -> Response {
    let standings = told.0.lock().unwrap_or_else(PoisonError::into_inner);
    if standings.is_empty() {
        return response;
    }
    let list = |field: fn(&Standing) -> String| standings.iter().map(field).collect::<Vec<_>>().join(", ");
    for (name, value) in [(LIMIT, list(Standing::field)), (POLICY, list(Standing::policy))] {
        // Names of ours and numbers are always a valid header.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
