//! Signing in with OpenID Connect: authorization code with PKCE, as ID-porten, Ansattporten, Entra and the sandbox's own
//! provider do it.
//!
//! Ours and not the crate `openidconnect`: that brings a second `rsa`, `p256`, `sha2` and `chrono` beside those which
//! everything else here is verified with, and its client asks for the requests' types of another `reqwest`. What is left
//! to write is a redirect, one request and a strict reading of claims; signatures are read by `konvolutt_shared::jws`.

mod flow;
pub mod id_token;
pub mod mapping;

#[cfg(test)]
mod provider_tests;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{OrganisationAccess, Person};
use reqwest::{RequestBuilder, Url};
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::directory::SecretPem;
use id_token::{Claims, Distrust, Expected};
use mapping::{Mapping, Unmapped};

pub use flow::{COOKIE, Flow, SECONDS};

/// Where people come back to.
pub const CALLBACK: &str = "/api/v1/sign-in/callback";

/// Where they come back to when they have signed out.
pub const SIGNED_OUT: &str = "/logg-inn";

/// How long the provider's metadata and keys are believed.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// Keys are not asked for more often than this, whatever tokens come.
const CALM: SignedDuration = SignedDuration::from_secs(10);

/// The largest answer of a provider that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// How long an assertion of ours is good, in seconds; ID-porten allows 120.
const ASSERTION_SECONDS: i64 = 60;

/// Everything that an operator decides about signing in.
#[derive(Debug)]
pub struct Settings {
    /// Exactly as the provider's tokens say it.
    pub issuer: String,
    pub client: String,
    pub proof: Proof,
    /// `openid` among them.
    pub scopes: Vec<String>,
    /// Levels (`acr`) that are asked for and good enough; empty if any is.
    pub levels: Vec<String>,
    /// Sent as it is (RFC 9396, 2): what Ansattporten's choice of organisation needs.
    pub authorization_details: Option<String>,
    pub mapping: Mapping,
    /// Where people reach this relay: `https://HOST`. Without it, which only the sandbox allows, what they say.
    pub portal: Option<String>,
    /// What endpoints' addresses begin with that people reach through the relay itself: the sandbox's, which listens on
    /// a port that a browser elsewhere cannot reach.
    pub through_us: Option<String>,
}

/// How the relay proves to the provider who it is (Core, 9).
#[derive(Debug)]
pub enum Proof {
    /// `private_key_jwt`: the id of a registered key, and the key, PKCS#8 PEM, RSA.
    Key { kid: String, pem: SecretPem },
    /// `client_secret_basic`.
    Secret(SecretPem),
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failed {
    #[error("the provider cannot be reached")]
    Down,
    #[error("the provider's answer is not what OpenID Connect promises: {0}")]
    Answer(&'static str),
    #[error("the provider says no")]
    Refused,
    #[error(transparent)]
    Distrust(#[from] Distrust),
    #[error(transparent)]
    Unmapped(#[from] Unmapped),
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    #[error("the client's key is no RSA key in PKCS#8")]
    Key,
    #[error("the issuer is no address with TLS")]
    Issuer,
    #[error("the portal's address must be https:// and a host, without a path")]
    Portal,
}

/// The provider, as this relay is its client.
pub struct Provider {
    settings: Settings,
    key: Option<SigningKey<Sha256>>,
    http: reqwest::Client,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Arc<Metadata>, Timestamp)>,
    keys: Option<(Arc<Vec<Value>>, Timestamp)>,
}

/// What we read of the provider's metadata (Discovery 1.0, 3).
#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    /// RFC 9207.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub person: Person,
    /// The provider's id of its session, if it told one.
    pub session: Option<String>,
    /// What the provider calls the person, if it said so, as a digest.
    pub subject: Option<String>,
}

/// What came back with a person.
#[derive(Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Callback {
    pub code: Option<String>,
    pub state: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

impl Provider {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn new(settings: Settings, http: reqwest::Client) -> Result<Self, Unusable> {
        if !is_safe(&settings.issuer) {
            return Err(Unusable::Issuer);
        }
        if settings.portal.as_deref().is_some_and(|portal| !is_origin(portal)) {
            return Err(Unusable::Portal);
        }
        let key = match &settings.proof {
            Proof::Key { pem, .. } => {
                Some(SigningKey::new(RsaPrivateKey::from_pkcs8_pem(pem.expose()).map_err(|_| Unusable::Key)?))
            }
            Proof::Secret(_) => None,
        };
        Ok(Self { settings, key, http, known: Mutex::default() })
    }

    /// Where people reach this relay: what is configured, else the host they name, which the provider judges.
    pub fn portal(&self, host: Option<&str>) -> Option<String> {
        let said = || host.map(|host| format!("http://{host}"));
        self.settings.portal.clone().or_else(said)
    }

    /// Where to send a person who wants to sign in (Core, 3.1.2.1).
    ///
    /// # Errors
    /// The provider cannot be asked where.
    pub async fn authorization(&self, flow: &Flow, portal: &str, language: &str) -> Result<String, Failed> {
        let metadata = self.metadata().await?;
        let mut url = Url::parse(&metadata.authorization_endpoint).map_err(|_| Failed::Answer("endpoint"))?;
        let levels = self.settings.levels.join(" ");
        let (scopes, back) = (self.settings.scopes.join(" "), format!("{portal}{CALLBACK}"));
        let (state, nonce, challenge) = (flow.state(), flow.nonce(), flow.challenge());
        let pairs = [
            ("response_type", "code"),
            ("client_id", &self.settings.client),
            ("redirect_uri", &back),
            ("scope", &scopes),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("ui_locales", language),
            ("acr_values", &levels),
            ("authorization_details", self.settings.authorization_details.as_deref().unwrap_or_default()),
        ];
        url.query_pairs_mut().extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        Ok(self.reachable(&url))
    }

    /// Who has come back: the code is exchanged (Core, 3.1.3) and the ID token verified.
    ///
    /// # Errors
    /// Why nobody is signed in. `state` must have been compared before.
    pub async fn finish(
        &self,
        callback: &Callback,
        flow: &Flow,
        portal: &str,
        ours: &[OrganisationAccess],
    ) -> Result<SignedIn, Failed> {
        let metadata = self.metadata().await?;
        let from_here = callback.iss.as_deref().is_none_or(|issuer| issuer == self.settings.issuer);
        if !from_here || (callback.iss.is_none() && metadata.authorization_response_iss_parameter_supported) {
            return Err(Distrust::Issuer.into());
        }
        let code = callback.code.as_deref().filter(|_| callback.error.is_none()).ok_or(Failed::Refused)?;
        let (back, verifier) = (format!("{portal}{CALLBACK}"), flow.verifier());
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", back),
            ("code_verifier", verifier),
        ];
        let request = self.http.post(&metadata.token_endpoint);
        let request = match (&self.settings.proof, self.assertion(crate::clock::now())) {
            (Proof::Secret(secret), _) => {
                request.header("authorization", basic(&self.settings.client, secret.expose()))
            }
            (Proof::Key { .. }, assertion) => {
                form.push(("client_id", self.settings.client.clone()));
                form.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
                form.push(("client_assertion", assertion.unwrap_or_default()));
                request
            }
        };
        let answer: TokenAnswer = answered(request.form(&form)).await?;
        let claims = self.believed(&answer.id_token, |keys| {
            id_token::verify(&answer.id_token, keys, self.expected(), &flow.nonce())
        });
        let claims = claims.await?;
        let person = mapping::person(&claims, &self.settings.issuer, &self.settings.mapping, ours)?;
        let named = |claim| id_token::string(&claims, claim);
        let subject = named("sub").map(|subject| subject_name(&self.settings.issuer, subject));
        Ok(SignedIn { person, session: named("sid").map(session_name), subject })
    }

    /// What the provider's logout token ends: a session, else everything of a person, whatever claim we call them by.
    ///
    /// # Errors
    /// It is not believed.
    pub async fn logout(&self, token: &str) -> Result<super::Ending, Failed> {
        let claims = self.believed(token, |keys| id_token::verify_logout(token, keys, self.expected())).await?;
        if let Some(session) = id_token::string(&claims, "sid") {
            return Ok(super::Ending::Provider(session_name(session)));
        }
        // A logout token has one or the other.
        let subject = id_token::string(&claims, "sub").unwrap_or_default();
        Ok(super::Ending::Subject(subject_name(&self.settings.issuer, subject)))
    }

    /// What ends when the provider says so through the browser (Front-Channel Logout 1.0, 3). The session's id is the
    /// secret that makes it believable.
    pub fn front_channel(&self, issuer: &str, session: &str) -> Option<super::Ending> {
        (issuer == self.settings.issuer).then(|| super::Ending::Provider(session_name(session)))
    }

    /// Where a person ends their session at the provider (RP-Initiated Logout 1.0, 2). The relay keeps no ID token to
    /// hint with, for it may hold a national identity number.
    pub async fn leaving(&self, portal: &str) -> Option<String> {
        let metadata = self.metadata().await.ok()?;
        let mut url = Url::parse(metadata.end_session_endpoint.as_deref()?).ok()?;
        let back = format!("{portal}{SIGNED_OUT}");
        url.query_pairs_mut()
            .append_pair("client_id", &self.settings.client)
            .append_pair("post_logout_redirect_uri", &back);
        Some(self.reachable(&url))
    }

    /// Asks the provider for its metadata, for somebody who wants to know whether that works.
    ///
    /// # Errors
    /// It does not.
    pub async fn probe(&self) -> Result<(), Failed> {
        self.metadata().await?;
        self.keys(false).await.map(drop)
    }

    fn expected(&self) -> Expected<'_> {
        let Settings { issuer, client, levels, .. } = &self.settings;
        Expected { issuer, client, levels, now: crate::clock::now() }
    }

    /// Claims that hold under the provider's keys, which are asked for once more if the token names one that is new.
    async fn believed(
        &self,
        token: &str,
        verify: impl Fn(&[Value]) -> Result<Claims, Distrust>,
    ) -> Result<Claims, Failed> {
        let keys = self.keys(false).await?;
        let unknown = id_token::key_id(token).is_some_and(|kid| !id_token::has_key(&keys, &kid));
        let keys = if unknown { self.keys(true).await? } else { keys };
        Ok(verify(&keys)?)
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, Failed> {
        let now = crate::clock::now();
        let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).metadata.clone();
        if let Some((metadata, since)) = kept
            && now < since + FRESH
        {
            return Ok(metadata);
        }
        let address = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let metadata: Metadata = answered(self.http.get(address)).await?;
        // Discovery 1.0, 4.3: exactly the same.
        if metadata.issuer != self.settings.issuer {
            return Err(Failed::Answer("another issuer"));
        }
        let leaving = metadata.end_session_endpoint.as_ref();
        let endpoints = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        if !endpoints.into_iter().chain(leaving).all(|address| is_safe(address)) {
            return Err(Failed::Answer("an endpoint without TLS"));
        }
        let metadata = Arc::new(metadata);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).metadata = Some((metadata.clone(), now));
        Ok(metadata)
    }

    async fn keys(&self, anew: bool) -> Result<Arc<Vec<Value>>, Failed> {
        let now = crate::clock::now();
        let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).keys.clone();
        let patience = if anew { CALM } else { FRESH };
        if let Some((keys, since)) = kept
            && now < since + patience
        {
            return Ok(keys);
        }
        let set: KeySet = answered(self.http.get(&self.metadata().await?.jwks_uri)).await?;
        let keys = Arc::new(set.keys);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).keys = Some((keys.clone(), now));
        Ok(keys)
    }

    /// The client's assertion (RFC 7523, 3), whose audience is the issuer.
    fn assertion(&self, now: Timestamp) -> Option<String> {
        let (Proof::Key { kid, .. }, Some(key)) = (&self.settings.proof, &self.key) else { return None };
        let now = now.as_second();
        let claims = json!({
            "iss": self.settings.client,
            "sub": self.settings.client,
            "aud": self.settings.issuer,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": Uuid::new_v4().to_string(),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(&json!({ "alg": "RS256", "kid": kid })), part(&claims));
        let signature = key.sign(input.as_bytes()).to_vec();
        Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// An address as people's browsers reach it.
    fn reachable(&self, url: &Url) -> String {
        let through_us = self.settings.through_us.as_deref().and_then(|base| url.as_str().strip_prefix(base));
        through_us.unwrap_or(url.as_str()).to_owned()
    }
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The provider's id of a session is a secret of the person's; only its digest is kept.
fn session_name(sid: &str) -> String {
    super::key::digest(sid)
}

/// A subject is one of its issuer's only. It may be a national identity number.
fn subject_name(issuer: &str, subject: &str) -> String {
    super::key::digest(&format!("{issuer} {subject}"))
}

/// RFC 6749, 2.3.1: both parts are form-encoded first.
fn basic(client: &str, secret: &str) -> String {
    let encoded = |text: &str| {
        let mut url = String::new();
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => url.push(char::from(byte)),
                b' ' => url.push('+'),
                other => url.push_str(&format!("%{other:02X}")),
            }
        }
        url
    };
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client), encoded(secret))))
}

async fn answered<T: serde::de::DeserializeOwned>(request: RequestBuilder) -> Result<T, Failed> {
    let mut response = request.header("accept", "application/json").send().await.map_err(|_| Failed::Down)?;
    if response.status().is_server_error() {
        return Err(Failed::Down);
    }
    if !response.status().is_success() {
        return Err(Failed::Refused);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Failed::Down)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BYTES {
            return Err(Failed::Answer("too long"));
        }
    }
    serde_json::from_slice(&body).map_err(|_| Failed::Answer("not the JSON that is expected"))
}

/// With TLS, or on this machine.
fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

/// `https://HOST[:PORT]` and nothing after it.
fn is_origin(address: &str) -> bool {
    is_safe(address) && Url::parse(address).is_ok_and(|url| url.origin().ascii_serialization() == address)
}
