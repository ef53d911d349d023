//! Checking a JWT-bearer assertion (RFC 7523) with Maskinporten's own rules. Pure: time comes in.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use rsa::RsaPublicKey;
use serde_json::{Value, json};
use uuid::Uuid;

use super::organisation_of;
use crate::jws;
use crate::system_user::state::Key;

/// How long a token lives, and the longest life of an assertion.
pub(super) const LIFE_SECONDS: i64 = 120;
/// How far ahead `iat` may be.
const SKEW_SECONDS: i64 = 10;
const CLAIMS: &[&str] = &[
    "aud",
    "iss",
    "scope",
    "iat",
    "exp",
    "jti",
    "resource",
    "pid",
    "consumer_org",
    "iss_onbehalfof",
    "authorization_details",
    "nbf",
    "sub",
];

/// A registered client.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    /// Nine digits: who owns the client.
    pub(crate) organisation: String,
    /// Registered key.
    pub(crate) kid: String,
    pub(crate) key: RsaPublicKey,
    pub(crate) scopes: Vec<&'static str>,
    /// The system in Altinn's register that the client belongs to.
    pub(crate) system: Option<&'static str>,
    /// Organisations that have let the client's owner act for them.
    pub(crate) delegations: Vec<String>,
}

/// What an assertion gives.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) client_id: String,
    pub(super) consumer: String,
    /// The client's owner, when it acts for another.
    pub(super) supplier: Option<String>,
    pub(super) scope: String,
    /// The services that the token is for; none: any.
    pub(super) resource: Vec<String>,
    pub(super) system_user: Option<SystemUser>,
}

/// A system user the assertion asks for.
#[derive(Debug)]
pub(super) struct SystemUser {
    pub(super) id: Uuid,
    pub(super) key: Key,
}

/// RFC 6749 5.2, with Maskinporten's code in the description.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OAuthError {
    pub(super) error: &'static str,
    code: &'static str,
    detail: String,
}

impl OAuthError {
    pub(super) fn new(error: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { error, code, detail: detail.into() }
    }

    pub(super) fn body(&self) -> Value {
        json!({
            "error": self.error,
            "error_description": format!("{} ({})", self.detail, self.code),
            "error_uri": "https://docs.digdir.no/docs/Maskinporten/maskinporten_feilmeldinger",
        })
    }
}

/// Ids of used assertions, forgotten when the assertions have expired.
#[derive(Debug, Default)]
pub(super) struct Replay {
    used: BTreeSet<(i64, String)>,
    known: BTreeSet<String>,
}

impl Replay {
    /// Whether `id` is new. Remembers it until `expires`.
    fn first_use(&mut self, id: String, expires: i64, now: i64) -> bool {
        while self.used.first().is_some_and(|(end, _)| *end < now - SKEW_SECONDS) {
            if let Some((_, old)) = self.used.pop_first() {
                self.known.remove(&old);
            }
        }
        if !self.known.insert(id.clone()) {
            return false;
        }
        self.used.insert((expires, id));
        true
    }
}

/// Checks an assertion and uses its `jti` up. `users` tells the system users that there are.
pub(super) fn check(
    assertion: &str,
    clients: &HashMap<String, Client>,
    audience: &str,
    now: Timestamp,
    replay: &mut Replay,
    users: &dyn Fn(&Key) -> Option<Uuid>,
) -> Result<Granted, OAuthError> {
    let invalid = |code, detail: &str| OAuthError::new("invalid_grant", code, format!("Invalid assertion. {detail}"));
    let parsed = jws::parse(assertion).ok_or_else(|| invalid("MP-100", "Not a JWT"))?;
    let client = parsed
        .claim("iss")
        .and_then(|id| clients.get(id))
        .ok_or_else(|| OAuthError::new("invalid_client", "MP-011", "Client not found"))?;
    if parsed.header("kid") != Some(client.kid.as_str()) {
        return Err(OAuthError::new("invalid_client", "MP-012", "Unknown key identifier (kid) for client"));
    }
    if !parsed.holds_in_any(&client.key) {
        return Err(invalid("MP-110", "Signature does not hold, or the algorithm is not RS256, RS384 or RS512"));
    }
    if let Some(unknown) = parsed.payload.keys().find(|name| !CLAIMS.contains(&name.as_str())) {
        return Err(invalid("MP-100", &format!("Unknown claim: {unknown}")));
    }
    if parsed.claim("aud") != Some(audience) {
        return Err(invalid("MP-120", "aud must be one value: this issuer with a slash at the end"));
    }
    let expires = check_times(&parsed, now.as_second())?;
    let id = parsed.claim("jti").filter(|id| !id.is_empty()).ok_or_else(|| invalid("MP-130", "jti is missing"))?;
    let scope = check_scope(parsed.claim("scope"), client)?;
    let system_user = check_details(parsed.payload.get("authorization_details"), client, users)?;
    let resource = check_resource(parsed.payload.get("resource"))?;
    let supplier_for = check_delegation(parsed.payload.get("consumer_org"), client)?;
    if supplier_for.is_some() && system_user.is_some() {
        return Err(invalid("MP-100", "consumer_org and authorization_details exclude each other"));
    }
    if !replay.first_use(format!("{}\n{id}", client.id), expires, now.as_second()) {
        return Err(invalid("MP-130", "jti has been used"));
    }
    let owner = client.organisation.clone();
    let (consumer, supplier) = match supplier_for {
        Some(consumer) => (consumer, Some(owner)),
        None => (owner, None),
    };
    Ok(Granted { client_id: client.id.clone(), consumer, supplier, scope, resource, system_user })
}

fn check_times(parsed: &jws::Parsed<'_>, now: i64) -> Result<i64, OAuthError> {
    let invalid = |detail: &str| OAuthError::new("invalid_grant", "MP-121", format!("Invalid assertion. {detail}"));
    let issued = parsed.number("iat").ok_or_else(|| invalid("iat is missing"))?;
    let expires = parsed.number("exp").ok_or_else(|| invalid("exp is missing"))?;
    if issued > now.saturating_add(SKEW_SECONDS) {
        return Err(invalid("iat is in the future"));
    }
    if expires <= now {
        return Err(invalid("exp has passed"));
    }
    if expires.saturating_sub(issued) > LIFE_SECONDS {
        return Err(invalid("exp is more than 120 seconds after iat"));
    }
    Ok(expires)
}

fn check_scope(scope: Option<&str>, client: &Client) -> Result<String, OAuthError> {
    let scope = scope.unwrap_or_default();
    let wanted: Vec<&str> = scope.split_ascii_whitespace().collect();
    if wanted.is_empty() {
        return Err(OAuthError::new("invalid_scope", "MP-200", "No scope requested"));
    }
    match wanted.iter().find(|one| !client.scopes.contains(one)) {
        Some(one) => Err(OAuthError::new("invalid_scope", "MP-201", format!("Client has no access to scope {one}"))),
        None => Ok(wanted.join(" ")),
    }
}

/// One address, or a list of them.
fn check_resource(claim: Option<&Value>) -> Result<Vec<String>, OAuthError> {
    let text = |one: &Value| one.as_str().map(str::to_owned);
    let read = match claim {
        None => Some(Vec::new()),
        Some(Value::Array(all)) => all.iter().map(text).collect(),
        Some(one) => text(one).map(|one| vec![one]),
    };
    read.ok_or_else(|| {
        OAuthError::new("invalid_grant", "MP-100", "Invalid assertion. resource is no list of addresses")
    })
}

/// Whom the client acts for: another organisation, which has said so.
fn check_delegation(claim: Option<&Value>, client: &Client) -> Result<Option<String>, OAuthError> {
    let Some(claim) = claim else { return Ok(None) };
    let refuse = |detail: &str| OAuthError::new("invalid_grant", "MP-100", format!("Invalid assertion. {detail}"));
    let number = claim.as_str().ok_or_else(|| refuse("consumer_org is not an organisation number"))?;
    if number == client.organisation {
        return Err(refuse("consumer_org is the client's own organisation"));
    }
    if !client.delegations.iter().any(|one| one == number) {
        return Err(refuse("consumer_org has not delegated the scope to the client's organisation"));
    }
    Ok(Some(number.to_owned()))
}

fn check_details(
    details: Option<&Value>,
    client: &Client,
    users: &dyn Fn(&Key) -> Option<Uuid>,
) -> Result<Option<SystemUser>, OAuthError> {
    let Some(details) = details else { return Ok(None) };
    let refuse = |detail: &str| OAuthError::new("invalid_grant", "MP-100", detail);
    let [detail] = details.as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(refuse("authorization_details must hold one element"));
    };
    if detail["type"] != "urn:altinn:systemuser" {
        return Err(refuse("Unknown type in authorization_details"));
    }
    let organisation = organisation_of(&detail["systemuser_org"])
        .filter(|_| detail["systemuser_org"]["authority"] == "iso6523-actorid-upis")
        .ok_or_else(|| refuse("systemuser_org is not an ISO 6523 party"))?;
    let unknown = || OAuthError::new("invalid_altinn_customer_configuration", "MP-303", "System user not found");
    // As when it was requested: without a name of its own it has the organisation's number.
    let reference = detail["externalRef"].as_str().unwrap_or(&organisation).to_owned();
    let key = Key { system: client.system.ok_or_else(unknown)?.to_owned(), organisation, reference };
    let id = users(&key).ok_or_else(unknown)?;
    Ok(Some(SystemUser { id, key }))
}
