//! The ID token, verified (OpenID Connect Core 1.0, 3.1.3.7). Pure: keys, time and what is expected come in.

use jiff::Timestamp;
use konvolutt_shared::jws;
use serde_json::{Map, Value};

/// How far clocks may be apart, in seconds.
const LEEWAY: i64 = 60;

/// How old a token may be when it comes, in seconds. It comes straight from the provider.
const OLD: i64 = 600;

/// The event that makes a token one for logging out (Back-Channel Logout 1.0, 2.4).
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Claims that hold.
pub type Claims = Map<String, Value>;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    /// The levels (`acr`) that are good enough; empty if any is.
    pub levels: &'a [String],
    pub now: Timestamp,
}

/// Why a token is not believed. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    #[error("the token is no JSON Web Token that is signed as it must be")]
    Form,
    #[error("the token is signed with a key that the provider does not publish")]
    UnknownKey,
    #[error("the token's signature does not hold")]
    Signature,
    #[error("the token is another issuer's")]
    Issuer,
    #[error("the token is for another client")]
    Audience,
    #[error("the token was given to another party")]
    Party,
    #[error("the token has expired, or does not say when")]
    Expired,
    #[error("the token is from the future, too old, or does not say from when")]
    Issued,
    #[error("the token answers another request")]
    Nonce,
    #[error("the person has not signed in at a level that is good enough")]
    Level,
    #[error("the token does not say who, or what")]
    Subject,
}

/// Verifies an ID token for the request with this nonce.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(text: &str, keys: &[Value], expected: Expected<'_>, nonce: &str) -> Result<Claims, Distrust> {
    let claims = signed(text, keys)?;
    addressed(&claims, expected)?;
    if number(&claims, "exp").is_none_or(|end| end <= expected.now.as_second() - LEEWAY) {
        return Err(Distrust::Expired);
    }
    if string(&claims, "nonce") != Some(nonce) {
        return Err(Distrust::Nonce);
    }
    let level = string(&claims, "acr");
    if !expected.levels.is_empty() && !expected.levels.iter().any(|good| Some(good.as_str()) == level) {
        return Err(Distrust::Level);
    }
    if string(&claims, "sub").is_none_or(str::is_empty) {
        return Err(Distrust::Subject);
    }
    Ok(claims)
}

/// Verifies a logout token (Back-Channel Logout 1.0, 2.6). It names a session (`sid`), a person (`sub`), or both.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_logout(text: &str, keys: &[Value], expected: Expected<'_>) -> Result<Claims, Distrust> {
    let claims = signed(text, keys)?;
    addressed(&claims, expected)?;
    // One is mandatory here, the other only in newer versions of the standard.
    if claims.contains_key("exp") && number(&claims, "exp").is_none_or(|end| end <= expected.now.as_second() - LEEWAY) {
        return Err(Distrust::Expired);
    }
    // An ID token must not pass for one of these.
    if claims.contains_key("nonce") {
        return Err(Distrust::Nonce);
    }
    let event = claims.get("events").and_then(|events| events.get(LOGOUT)).is_some_and(Value::is_object);
    if !event || (string(&claims, "sid").is_none() && string(&claims, "sub").is_none()) {
        return Err(Distrust::Subject);
    }
    Ok(claims)
}

/// The `kid` that a token says it is signed with; `None` if it is no token at all.
pub fn key_id(text: &str) -> Option<String> {
    jws::parse(text).ok()?.header.key_id
}

/// Whether one of these keys has that id.
pub fn has_key(keys: &[Value], kid: &str) -> bool {
    keys.iter().any(|key| key.get("kid").and_then(Value::as_str) == Some(kid))
}

/// The payload, if RS256 (which everybody must be able to do: Core, 15.1) under the key that is named holds. A token
/// without a `kid` is not read: every key has one where keys are ever replaced.
fn signed(text: &str, keys: &[Value]) -> Result<Claims, Distrust> {
    let parsed = jws::parse(text).map_err(|_| Distrust::Form)?;
    let kid = parsed.header.key_id.as_deref().ok_or(Distrust::Form)?;
    if parsed.header.algorithm != jws::Algorithm::Rs256 {
        return Err(Distrust::Form);
    }
    let mut named = keys.iter().filter(|key| key.get("kid").and_then(Value::as_str) == Some(kid));
    let (Some(key), None) = (named.next(), named.next()) else { return Err(Distrust::UnknownKey) };
    if !parsed.verify_with_jwk(key) {
        return Err(Distrust::Signature);
    }
    parsed.claims().map_err(|_| Distrust::Form)
}

fn addressed(claims: &Claims, expected: Expected<'_>) -> Result<(), Distrust> {
    if string(claims, "iss") != Some(expected.issuer) {
        return Err(Distrust::Issuer);
    }
    let (for_us, others) = match claims.get("aud") {
        Some(Value::String(one)) => (one == expected.client, false),
        Some(Value::Array(all)) => (all.iter().any(|one| one == expected.client), all.len() > 1),
        _ => (false, false),
    };
    if !for_us {
        return Err(Distrust::Audience);
    }
    let party = claims.get("azp");
    if party.is_some_and(|party| party != expected.client) || (others && party.is_none()) {
        return Err(Distrust::Party);
    }
    let now = expected.now.as_second();
    if number(claims, "iat").is_none_or(|at| at > now + LEEWAY || at < now - OLD) {
        return Err(Distrust::Issued);
    }
    if claims.contains_key("nbf") && number(claims, "nbf").is_none_or(|from| from > now + LEEWAY) {
        return Err(Distrust::Issued);
    }
    Ok(())
}

/// A text claim.
pub fn string<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn number(claims: &Claims, name: &str) -> Option<i64> {
    claims.get(name).and_then(Value::as_i64)
}
