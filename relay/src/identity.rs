//! Who is asking: sessions in a cookie, or a bearer token inside an embedded frame.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{Person, Session};
use konvolutt_shared::finding::Code;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::Shared;
use crate::audit::{Action, Event, Id, Object, ObjectKind, Outcome, Record, Who};
use crate::problem::Refusal;
use crate::store::{Sessions, StoreError};

/// `__Host-`: only this host, only over a secure channel, only the whole site (RFC 6265bis, 4.1.3.2).
pub const COOKIE: &str = "__Host-konvolutt";

/// A session ends after so long without a request.
const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// The person behind a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session.
    pub session: Session,
    /// What is stored for the token; names uploads' owner too.
    pub token: String,
}

impl Caller {
    /// Organisation numbers the person may act for.
    pub fn organisations(&self) -> Vec<String> {
        self.session.person.organisations.iter().map(|access| access.orgnr.clone()).collect()
    }

    /// That the person may act for an organisation.
    ///
    /// # Errors
    /// [`Code::AccessDenied`].
    pub fn may_act_for(&self, organisation: &str) -> Result<(), Refusal> {
        if self.session.person.organisations.iter().any(|access| access.orgnr == organisation) {
            return Ok(());
        }
        Err(Refusal::code(Code::AccessDenied, "the person may not act for this organisation"))
    }

    /// What the audit log shall say of an act of this person: on whose behalf, and to what.
    ///
    /// # Errors
    /// An id that may not stand in the log. What cannot be recorded is not done.
    pub fn record(&self, action: Action, behalf: Option<&str>, kind: ObjectKind, id: &str) -> Result<Record, Refusal> {
        record(&self.session.person, action, behalf, kind, id)
    }

    /// Whose uploads these are: a person's, whichever session.
    pub fn owner(&self) -> &str {
        &self.session.person.id
    }
}

/// Begins a session and answers the secret token. The log says how it was begun.
///
/// # Errors
/// The store's.
pub async fn sign_in(store: &dyn Sessions, person: &Person, how: Action, now: Timestamp) -> Result<String, Refusal> {
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let digest = digest(&token);
    let record = record(person, how, None, ObjectKind::Session, name(&digest))?;
    store.begin_session(&digest, person, now + IDLE, now, Some(record)).await?;
    Ok(token)
}

/// Ends a session.
///
/// # Errors
/// The store's.
pub async fn sign_out(store: &dyn Sessions, caller: &Caller) -> Result<(), Refusal> {
    let record = caller.record(Action::SignOut, None, ObjectKind::Session, name(&caller.token))?;
    Ok(store.end_session(&caller.token, Some(record)).await?)
}

/// Whether a session has neither ended nor been ended.
pub async fn is_live(store: &dyn Sessions, token: &str) -> bool {
    store.session(token, crate::clock::now()).await.is_ok_and(|session| session.is_some())
}

fn record(
    person: &Person,
    action: Action,
    behalf: Option<&str>,
    kind: ObjectKind,
    object: &str,
) -> Result<Record, Refusal> {
    let id = |text: &str| Id::new(text).map_err(|error| StoreError::Row(error.to_string()));
    let (who, behalf) = (Who::Person(id(&person.id)?), behalf.map(id).transpose()?);
    let event = Event { who, behalf, action, object: Object { id: id(object)?, kind }, outcome: Outcome::Done };
    Ok(Record { at: crate::clock::now(), event })
}

/// What the log calls a session: enough to tell it from others.
fn name(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}

/// Only a digest is stored: who reads the database cannot sign in with it.
fn digest(token: &str) -> String {
    Sha256::digest(token).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The bearer token, else the cookie. A frame on another site gets no cookie.
fn token(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(bearer) = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")) {
        return Some(bearer.to_owned());
    }
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.find_map(|value| konvolutt_shared::api::header::cookie(value, COOKIE)).map(str::to_owned)
}

async fn caller(shared: &Shared, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let signed_out = || Refusal::code(Code::SignedOut, "nobody is signed in");
    let token = digest(&token(headers).ok_or_else(signed_out)?);
    let now = crate::clock::now();
    let (person, mut expires) = shared.store.session(&token, now).await?.ok_or_else(signed_out)?;
    // Writing the new end once a minute is enough.
    if expires < now + IDLE - SignedDuration::from_mins(1) {
        expires = now + IDLE;
        shared.store.extend_session(&token, expires).await?;
    }
    Ok(Caller { session: Session { person, expires, sandbox: shared.sandbox }, token })
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Refusal> {
        let caller = caller(shared, &parts.headers).await?;
        crate::http::count(shared, parts, &caller.session.person.id, &caller.organisations())?;
        Ok(caller)
    }
}

/// That an unsafe request comes from our own pages. The cookie is `SameSite=Strict` besides.
///
/// # Errors
/// [`Code::AccessDenied`] for a request that a foreign page made.
pub fn same_origin(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if method.is_safe() || matches!(site, None | Some("same-origin" | "none")) {
        return Ok(());
    }
    Err(Refusal::code(Code::AccessDenied, "the request comes from a page of another site"))
}
