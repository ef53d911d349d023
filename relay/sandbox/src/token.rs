//! Tokens: Maskinporten's JWT grant (RFC 7523) and Altinn's exchange (`/authentication/api/v1/exchange/maskinporten`).

mod exchange;
mod grant;
mod maskinporten;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rsa::RsaPublicKey;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use self::grant::Client;
pub(crate) use self::{exchange::routes as altinn_routes, maskinporten::routes as maskinporten_routes};

use crate::authority::Identity;
use crate::jws;
use crate::system_user::state::Key;

/// The two issuers, their clients, and the ids of used assertions.
pub(crate) struct Tokens {
    base: String,
    maskinporten: Arc<Identity>,
    altinn: Arc<Identity>,
    clients: Mutex<HashMap<String, Client>>,
    replay: Mutex<grant::Replay>,
}

/// Who calls a service, as its token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Nine digits: the system user's organisation if the token has one, else the consumer.
    pub(crate) organisation: String,
    /// Nine digits: who holds the client, when that is another.
    pub(crate) supplier: Option<String>,
    scopes: Vec<String>,
    /// The services that the token is for; none: any.
    audience: Vec<String>,
}

impl Caller {
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|one| one == scope)
    }

    /// Whether the token may be used at a service, by its address.
    pub(crate) fn is_for(&self, service: &str) -> bool {
        self.audience.is_empty() || self.audience.iter().any(|one| one == service)
    }
}

impl Tokens {
    pub(crate) fn new(base: &str, maskinporten: Arc<Identity>, altinn: Arc<Identity>) -> Self {
        let base = base.to_owned();
        Self { base, maskinporten, altinn, clients: Mutex::default(), replay: Mutex::default() }
    }

    /// Registers a client, or replaces it.
    pub(crate) fn register(&self, client: Client) {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).insert(client.id.clone(), client);
    }

    /// Maskinporten's issuer and the audience of assertions. It ends in a slash.
    pub(crate) fn audience(&self) -> String {
        format!("{}/sandbox/maskinporten/", self.base)
    }

    fn altinn_issuer(&self) -> String {
        format!("{}/sandbox/altinn/authentication/api/v1/openid/", self.base)
    }

    /// Answers a grant: the assertion is checked, and a token made. `users` tells the system users that there are.
    fn grant(
        &self,
        assertion: &str,
        now: Timestamp,
        users: &dyn Fn(&Key) -> Option<Uuid>,
    ) -> Result<Value, grant::OAuthError> {
        let granted = {
            let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            let mut replay = self.replay.lock().unwrap_or_else(PoisonError::into_inner);
            grant::check(assertion, &clients, &self.audience(), now, &mut replay, users)?
        };
        let now = now.as_second();
        let mut claims = json!({
            "iss": self.audience(),
            "client_id": granted.client_id,
            "client_amr": "private_key_jwt",
            "consumer": party(&granted.consumer),
            "scope": granted.scope,
            "token_type": "Bearer",
            "iat": now,
            "exp": now + grant::LIFE_SECONDS,
            "jti": Uuid::new_v4().to_string(),
        });
        if !granted.resource.is_empty() {
            claims["aud"] = json!(granted.resource);
        }
        if let Some(supplier) = &granted.supplier {
            claims["supplier"] = party(supplier);
            claims["delegation_source"] = json!(format!("{}/sandbox/altinn", self.base));
        }
        if let Some(user) = &granted.system_user {
            claims["authorization_details"] = json!([{
                "type": "urn:altinn:systemuser",
                "systemuser_id": [user.id],
                "system_id": user.key.system,
                "systemuser_org": party(&user.key.organisation),
                "externalRef": user.key.reference,
            }]);
        }
        let token = jws::sign(&self.maskinporten, &json!({}), &claims);
        Ok(json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": grant::LIFE_SECONDS,
            "scope": granted.scope,
        }))
    }

    /// Altinn's token for a Maskinporten token, 30 minutes; `None` if that does not hold.
    fn exchange(&self, token: &str, now: Timestamp) -> Option<String> {
        let parsed = jws::parse(token)?;
        self.live(&parsed, &self.maskinporten, &self.audience(), now)?;
        let mut claims = parsed.payload;
        let now = now.as_second();
        let consumer = claims.get("consumer").and_then(organisation_of)?;
        claims.insert("iss".to_owned(), json!(self.altinn_issuer()));
        claims.insert("iat".to_owned(), json!(now));
        claims.insert("exp".to_owned(), json!(now + exchange::LIFE_SECONDS));
        claims.insert("jti".to_owned(), json!(Uuid::new_v4().to_string()));
        claims.insert("urn:altinn:authenticatemethod".to_owned(), json!("maskinporten"));
        claims.insert("urn:altinn:authlevel".to_owned(), json!(3));
        claims.insert("urn:altinn:orgNumber".to_owned(), json!(consumer));
        Some(jws::sign(&self.altinn, &json!({}), &Value::Object(claims)))
    }

    /// Who calls with this `Authorization` header: a token of Altinn or, as the broker takes too, of Maskinporten.
    pub(crate) fn caller(&self, authorization: Option<&str>, now: Timestamp) -> Option<Caller> {
        let token = authorization?.strip_prefix("Bearer ")?;
        let parsed = jws::parse(token)?;
        let issuer = self.altinn_issuer();
        if parsed.claim("iss") == Some(issuer.as_str()) {
            self.live(&parsed, &self.altinn, &issuer, now)?;
        } else {
            self.live(&parsed, &self.maskinporten, &self.audience(), now)?;
        }
        Some(Caller { organisation: caller_of(&parsed)?, ..party_of(&parsed)? })
    }

    /// Who calls with this `Authorization` header where only Maskinporten's own tokens are taken: the consumer, whoever
    /// else the token names.
    pub(crate) fn consumer(&self, authorization: Option<&str>, now: Timestamp) -> Option<Caller> {
        let parsed = jws::parse(authorization?.strip_prefix("Bearer ")?)?;
        self.live(&parsed, &self.maskinporten, &self.audience(), now)?;
        party_of(&parsed)
    }

    fn live(&self, parsed: &jws::Parsed<'_>, signer: &Identity, issuer: &str, now: Timestamp) -> Option<()> {
        let key: RsaPublicKey = signer.public_key();
        let holds = parsed.header("kid") == Some(signer.kid())
            && parsed.claim("iss") == Some(issuer)
            && parsed.number("exp").is_some_and(|exp| exp > now.as_second())
            && parsed.holds(&key);
        holds.then_some(())
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("base", &self.base).finish_non_exhaustive()
    }
}

/// The consumer of a token and its supplier.
fn party_of(parsed: &jws::Parsed<'_>) -> Option<Caller> {
    Some(Caller {
        organisation: organisation_of(parsed.payload.get("consumer")?)?,
        supplier: parsed.payload.get("supplier").and_then(organisation_of),
        scopes: parsed.claim("scope")?.split(' ').map(str::to_owned).collect(),
        audience: serde_json::from_value(parsed.payload.get("aud").cloned().unwrap_or_else(|| json!([]))).ok()?,
    })
}

/// In the order that Altinn 3 Broker has: system user's organisation, Altinn's claim, consumer.
fn caller_of(parsed: &jws::Parsed<'_>) -> Option<String> {
    let details = parsed.payload.get("authorization_details").and_then(Value::as_array);
    let system_user = details.into_iter().flatten().find(|one| one["type"] == "urn:altinn:systemuser");
    if let Some(user) = system_user {
        return organisation_of(&user["systemuser_org"]);
    }
    let claimed = parsed.claim("urn:altinn:orgNumber").map(str::to_owned);
    claimed.or_else(|| organisation_of(parsed.payload.get("consumer")?))
}

fn party(organisation: &str) -> Value {
    json!({ "authority": "iso6523-actorid-upis", "ID": format!("0192:{organisation}") })
}

/// Nine digits of a party in a token.
pub(crate) fn organisation_of(party: &Value) -> Option<String> {
    let number = party["ID"].as_str()?.strip_prefix("0192:")?;
    (number.len() == 9 && number.bytes().all(|b| b.is_ascii_digit())).then(|| number.to_owned())
}

#[cfg(test)]
mod tests;
