//! An OpenID provider (OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0) where anybody may be any of the
//! test people. It demands what ID-porten demands: PKCE with S256, state, nonce, and a client that proves itself with a
//! signed assertion (RFC 7523).

mod authorize;
mod code;
mod token;

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use konvolutt_shared::api::Person;
use serde::Deserialize;
use serde_json::{Value, json};

use self::code::Codes;
use crate::authority::Identity;
use crate::seed;
use crate::world::World;

/// Where the relay's portal waits for people.
const CALLBACK: &str = "/api/v1/sign-in/callback";
/// Where it sends them when they have signed out.
const SIGNED_OUT: &str = "/logg-inn";

/// Everything under `/sandbox/openid`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/keys", get(keys))
        .route("/authorize", get(authorize::show).post(authorize::choose))
        .route("/token", post(token::token))
        .route("/logout", get(logout))
        .route("/people.json", get(people))
}

/// The provider, its one client, and the codes that wait to be redeemed.
pub(crate) struct OpenId {
    issuer: String,
    signer: Arc<Identity>,
    client: &'static str,
    client_key: Arc<Identity>,
    /// Portals that are not on loopback.
    portals: Mutex<Vec<String>>,
    codes: Mutex<Codes>,
}

impl OpenId {
    pub(crate) fn new(base: &str, signer: Arc<Identity>, client: &'static str, client_key: Arc<Identity>) -> Self {
        let issuer = format!("{base}/sandbox/openid");
        Self { issuer, signer, client, client_key, portals: Mutex::default(), codes: Mutex::default() }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn allow(&self, portal: &str) {
        let portal = portal.trim_end_matches('/').to_owned();
        self.portals.lock().unwrap_or_else(PoisonError::into_inner).push(portal);
    }

    /// Whether a person may be sent to this path of a portal: one that is registered, or on loopback whatever its port
    /// (RFC 8252, 7.3).
    fn may_return_to(&self, address: &str, path: &str) -> bool {
        let Some(portal) = address.strip_suffix(path) else { return false };
        let registered = self.portals.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|one| one == portal);
        registered || is_loopback(portal)
    }
}

impl std::fmt::Debug for OpenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenId").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn is_loopback(portal: &str) -> bool {
    let Some(host) = portal.strip_prefix("http://") else { return false };
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        host.strip_prefix(name).is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
        })
    })
}

fn person(id: &str) -> Option<Person> {
    seed::people().into_iter().find(|person| person.id == id)
}

/// `ORGANISATION:ROLE`, each.
fn roles(person: &Person) -> Vec<String> {
    let each = person.roles.iter().flat_map(|(orgnr, roles)| roles.iter().map(move |role| (orgnr, role)));
    each.map(|(orgnr, role)| format!("{orgnr}:{}", role.as_str())).collect()
}

async fn metadata(State(world): State<Arc<World>>) -> Json<Value> {
    let issuer = world.openid.issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "jwks_uri": format!("{issuer}/keys"),
        "scopes_supported": ["openid", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "ui_locales_supported": ["nb", "nn", "en"],
    }))
}

async fn keys(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "keys": [world.openid.signer.jwk()] }))
}

async fn people() -> Json<Vec<Person>> {
    Json(seed::people())
}

#[derive(Deserialize)]
struct Leaving {
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// There is no session here to end: everybody chooses anew each time.
async fn logout(State(world): State<Arc<World>>, Query(leaving): Query<Leaving>) -> Response {
    let back = leaving.post_logout_redirect_uri.unwrap_or_default();
    let known = leaving.client_id.as_deref() == Some(world.openid.client);
    if !known || !world.openid.may_return_to(&back, SIGNED_OUT) {
        return (StatusCode::BAD_REQUEST, "unknown client or post_logout_redirect_uri").into_response();
    }
    let state = leaving.state.map_or_else(String::new, |state| format!("?state={}", encoded(&state)));
    redirect(&format!("{back}{state}"))
}

fn redirect(to: &str) -> Response {
    let headers = [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// A value in a query (RFC 3986, 2.1).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |all, byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            all + char::from(byte).encode_utf8(&mut [0; 4])
        }
        other => all + &format!("%{other:02X}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_a_host_and_not_a_beginning() {
        for good in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in
            ["https://127.0.0.1", "http://127.0.0.1.evil.example", "http://localhost:80@evil.example", "http://a"]
        {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn roles_are_written_by_organisation() {
        let ada = person("ada").unwrap();
        assert_eq!(roles(&ada), ["310904007:case_worker", "310904007:distributor", "310904015:case_worker"]);
        assert_eq!(encoded("a b/ø~"), "a%20b%2F%C3%B8~");
    }
}
