//! The token endpoint: a code for an ID token (OpenID Connect Core, 3.1.3). The client proves itself with
//! `private_key_jwt` (OpenID Connect Core, 9).

use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::code::Grant;
use super::{OpenId, person, roles};
use crate::jws;
use crate::world::World;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an ID token is good, and the longest life of an assertion, in seconds.
const LIFE: i64 = 120;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Request {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    client_assertion_type: String,
    client_assertion: String,
}

pub(super) async fn token(State(world): State<Arc<World>>, Form(request): Form<Request>) -> Response {
    let (status, body) = match answer(&world.openid, &request, world.clock.wall()) {
        Ok(body) => (StatusCode::OK, body),
        Err(error @ "invalid_client") => (StatusCode::UNAUTHORIZED, json!({ "error": error })),
        Err(error) => (StatusCode::BAD_REQUEST, json!({ "error": error })),
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn answer(openid: &OpenId, request: &Request, now: Timestamp) -> Result<Value, &'static str> {
    if request.grant_type != "authorization_code" {
        return Err("unsupported_grant_type");
    }
    let mut codes = openid.codes.lock().unwrap_or_else(PoisonError::into_inner);
    let (id, end) = client(openid, request, now).ok_or("invalid_client")?;
    if !codes.first_use(&id, end, now) {
        return Err("invalid_client");
    }
    let grant = codes.redeem(&request.code, &request.code_verifier, &request.redirect_uri, now);
    let id_token = id_token(openid, &grant.ok_or("invalid_grant")?, now).ok_or("invalid_grant")?;
    Ok(json!({
        "access_token": Uuid::new_v4().simple().to_string(),
        "token_type": "Bearer",
        "expires_in": LIFE,
        "scope": "openid profile",
        "id_token": id_token,
    }))
}

/// The assertion's id and end, if it is the client's (RFC 7523, 3).
fn client(openid: &OpenId, request: &Request, now: Timestamp) -> Option<(String, Timestamp)> {
    let parsed = jws::parse(&request.client_assertion)?;
    let (now, end) = (now.as_second(), parsed.number("exp")?);
    let audience = parsed.claim("aud")?;
    let holds = request.client_assertion_type == ASSERTION
        && parsed.header("kid") == Some(openid.client_key.kid())
        && parsed.holds(&openid.client_key.public_key())
        && parsed.claim("iss") == Some(openid.client)
        && parsed.claim("sub") == Some(openid.client)
        && (audience == openid.issuer() || audience == format!("{}/token", openid.issuer()))
        && end > now
        && end <= now + LIFE;
    Some((parsed.claim("jti")?.to_owned(), Timestamp::from_second(end).ok()?)).filter(|_| holds)
}

fn id_token(openid: &OpenId, grant: &Grant, now: Timestamp) -> Option<String> {
    let person = person(&grant.person)?;
    let now = now.as_second();
    let claims = json!({
        "iss": openid.issuer(),
        "sub": person.id,
        "aud": openid.client,
        "iat": now,
        "auth_time": now,
        "exp": now + LIFE,
        "nonce": grant.nonce,
        "sid": Uuid::new_v4().to_string(),
        "name": person.name,
        "konvolutt_roles": roles(&person),
    });
    Some(jws::sign(&openid.signer, &json!({}), &claims))
}
