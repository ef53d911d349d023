//! Who is asking, and what they may do: people by a session in a cookie, machines by an API key, embedded frames by a
//! session's token. Whatever they are, a handler sees a [`Caller`] and names the [`Right`] it needs.

pub mod key;
pub mod openid;
pub mod rights;
mod session;

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{Direction, MessageSummary, Person, Right, Session};
use konvolutt_shared::finding::Rule;

use crate::app::Shared;
use crate::audit::{Action, Event, Id, Object, ObjectKind, Outcome, Record, Who};
use crate::clock::{Machine, World as _};
use crate::problem::Refusal;
use crate::store::{Hearing, Store, StoreError};
use rights::Rights;

pub use key::HeldKey;
pub use session::{Bounds, Ending, Held, Lifetimes, NewSession, Stage};

/// `__Host-`: only this host, only over a secure channel, only the whole site (RFC 6265bis, 4.1.3.2).
pub const COOKIE: &str = "__Host-konvolutt";

/// How exactly it is kept when a key was last used.
const USED: SignedDuration = SignedDuration::from_mins(1);

/// Whoever is behind a request.
#[derive(Clone, Debug)]
pub struct Caller {
    who: Who,
    owner: String,
    holder: String,
    rights: Rights,
    session: Option<Session>,
    standing: Standing,
}

/// What a caller's rights last as long as.
#[derive(Clone, PartialEq, Eq)]
pub enum Standing {
    /// A session, by its token's digest.
    Session(String),
    /// A key, by its id.
    Key(String),
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Session(digest) => write!(f, "Session({})", name(digest)),
            Self::Key(id) => write!(f, "Key({id})"),
        }
    }
}

impl Standing {
    /// Whether it still counts.
    pub async fn lasts(&self, store: &dyn Store) -> bool {
        let now = crate::clock::now();
        match self {
            Self::Session(digest) => store.session(digest, now).await.is_ok_and(|session| session.is_some()),
            Self::Key(id) => store.key(id).await.is_ok_and(|key| key.is_some_and(|held| held.key.expires > now)),
        }
    }
}

impl Caller {
    /// The organisations for which they have a right.
    pub fn with(&self, right: Right) -> Vec<String> {
        let having = self.rights.iter().filter(|(_, rights)| rights.contains(&right));
        having.map(|(organisation, _)| organisation.clone()).collect()
    }

    /// That they have a right for an organisation.
    ///
    /// # Errors
    /// [`Rule::AccessDenied`], whether it is the organisation or the right that they lack.
    pub fn may(&self, right: Right, organisation: &str) -> Result<(), Refusal> {
        match self.rights.get(organisation).is_some_and(|rights| rights.contains(&right)) {
            true => Ok(()),
            false => Err(Refusal::rule(Rule::AccessDenied, "this may not be done on behalf of this organisation")),
        }
    }

    /// That they have a right for some organisation.
    ///
    /// # Errors
    /// [`Rule::AccessDenied`].
    pub fn may_somewhere(&self, right: Right) -> Result<(), Refusal> {
        match self.rights.values().any(|rights| rights.contains(&right)) {
            true => Ok(()),
            false => Err(Refusal::rule(Rule::AccessDenied, "this may not be done on behalf of any organisation")),
        }
    }

    /// Whether they see a message of an organisation for which they have the right that was asked for.
    pub fn sees(&self, message: &MessageSummary) -> bool {
        let needed = rights::to_see(rights::is_confidential(&message.process), message.direction);
        needed == Right::Look || self.may(needed, &message.organisation).is_ok()
    }

    /// The directions whose confidential post they do not see at an organisation.
    pub fn discreet(&self, organisation: &str) -> Vec<Direction> {
        let hidden = |direction: &Direction| self.may(rights::to_see(true, *direction), organisation).is_err();
        [Direction::In, Direction::Out].into_iter().filter(hidden).collect()
    }

    /// What they may hear of the event log: of messages that they see.
    pub fn hearing(&self) -> Hearing {
        let organisations = self.with(Right::Look);
        let mut discreet = Vec::new();
        for one in &organisations {
            discreet.extend(self.discreet(one).into_iter().map(|direction| (one.clone(), direction)));
        }
        Hearing { organisations, discreet }
    }

    /// What the audit log shall say of an act of theirs: on whose behalf, and to what.
    ///
    /// # Errors
    /// An id that may not stand in the log. What cannot be recorded is not done.
    pub fn record(&self, action: Action, behalf: Option<&str>, kind: ObjectKind, id: &str) -> Result<Record, Refusal> {
        record(self.who.clone(), action, behalf, kind, id)
    }

    /// Whose uploads these are: a person's, whichever session; a key's; one frame's.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// On whose account it is what they use up: a person's, or a key's with all of its frames.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// What others read who did something: a person's name, else an API key's id.
    pub fn shown_as(&self) -> &str {
        let person = self.session.as_ref().map(|session| session.person.name.as_str());
        match &self.standing {
            Standing::Session(_) => person.unwrap_or(&self.owner),
            Standing::Key(id) => id,
        }
    }

    /// What their rights last as long as.
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The API key's id, for one who has come with a key.
    ///
    /// # Errors
    /// [`Rule::AccessDenied`] for people and frames.
    pub fn key(&self) -> Result<&str, Refusal> {
        match &self.standing {
            Standing::Key(id) => Ok(id),
            Standing::Session(_) => Err(Refusal::rule(Rule::AccessDenied, "this is for those who have an API key")),
        }
    }

    /// The session and its digest, for one who has come with a session.
    ///
    /// # Errors
    /// [`Rule::AccessDenied`] for keys.
    pub fn session(&self) -> Result<(&Session, &str), Refusal> {
        match (&self.session, &self.standing) {
            (Some(session), Standing::Session(digest)) => Ok((session, digest)),
            _ => Err(Refusal::rule(Rule::AccessDenied, "this is for those who have signed in")),
        }
    }
}

/// A session that is about to begin.
#[derive(Clone, Debug)]
pub struct Beginning {
    pub person: Person,
    /// How, for the audit log.
    pub how: Action,
    /// Who begins it; the person if nobody else.
    pub by: Option<Who>,
    /// The organisation it is for, if it is for one only.
    pub behalf: Option<String>,
    pub expires: Timestamp,
    pub latest: Timestamp,
    pub provider: Option<String>,
    pub subject: Option<String>,
    pub bounds: Option<Bounds>,
    /// The digest of the session that it takes the place of.
    pub instead_of: Option<String>,
}

impl Beginning {
    /// A session of a person.
    pub fn of(person: Person, how: Action, lifetimes: Lifetimes, now: Timestamp) -> Self {
        let latest = now + lifetimes.whole;
        let expires = lifetimes.end(now, latest);
        let (by, behalf, provider, subject, bounds, instead_of) = (None, None, None, None, None, None);
        Self { person, how, by, behalf, expires, latest, provider, subject, bounds, instead_of }
    }
}

/// Begins a session and answers the secret token. The log says how it was begun.
///
/// # Errors
/// The store's.
pub async fn begin(store: &dyn Store, prefix: &str, beginning: Beginning) -> Result<String, Refusal> {
    let token = format!("{prefix}{}{}", Machine.random().simple(), Machine.random().simple());
    let digest = key::digest(&token);
    let Beginning { person, how, by, behalf, expires, latest, provider, subject, bounds, instead_of } = beginning;
    let who = by.map_or_else(|| Ok(Who::Person(id(&person.id)?)), Ok::<_, Refusal>)?;
    let record = record(who, how, behalf.as_deref(), ObjectKind::Session, name(&digest))?;
    let session = NewSession { digest, person, expires, latest, provider, subject, bounds };
    store.begin_session(session, instead_of.as_deref(), crate::clock::now(), Some(record)).await?;
    Ok(token)
}

/// An entry of the audit log.
///
/// # Errors
/// An id that may not stand in it.
pub fn record(
    who: Who,
    action: Action,
    behalf: Option<&str>,
    kind: ObjectKind,
    object: &str,
) -> Result<Record, Refusal> {
    let object = Object::new(kind, id(object)?);
    let event = Event { who, behalf: behalf.map(id).transpose()?, action, object, outcome: Outcome::Done };
    Ok(Record { at: crate::clock::now(), event })
}

fn id(text: &str) -> Result<Id, Refusal> {
    Id::new(text).map_err(|error| StoreError::Row(error.to_string()).into())
}

/// What the log calls a session: enough to tell it from others.
pub fn name(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}

/// The digest of the session in the cookie, whether there is such a session or not.
pub fn cookie_digest(headers: &HeaderMap) -> Option<String> {
    cookie(headers, COOKIE).map(key::digest)
}

/// A cookie's value.
pub fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.find_map(|value| konvolutt_shared::api::header::cookie(value, wanted))
}

/// The bearer token, else the cookie. A frame on another site gets no cookie.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    match headers.get(header::AUTHORIZATION) {
        Some(value) => value.to_str().ok()?.strip_prefix("Bearer "),
        None => cookie(headers, COOKIE),
    }
}

async fn caller(shared: &Shared, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let token = token(headers).ok_or_else(signed_out)?;
    if token.starts_with(key::PREFIX) { by_key(shared, token).await } else { by_session(shared, token).await }
}

fn signed_out() -> Refusal {
    Refusal::rule(Rule::SignedOut, "nobody is signed in")
}

async fn by_key(shared: &Shared, token: &str) -> Result<Caller, Refusal> {
    let now = crate::clock::now();
    let id = key::id(token).ok_or_else(signed_out)?;
    let held = shared.store.key(&id).await?.filter(|held| held.is(token) && held.key.expires > now);
    let key = held.ok_or_else(signed_out)?.key;
    if key.used.is_none_or(|used| used < now - USED) {
        shared.store.key_used(&id, now).await?;
    }
    let scope: BTreeSet<Right> = key.scope.into_iter().filter(|right| rights::OF_KEYS.contains(right)).collect();
    Ok(Caller {
        who: Who::Key(self::id(&id)?),
        owner: format!("key:{id}"),
        holder: format!("key:{id}"),
        rights: BTreeMap::from([(key.organisation, scope)]),
        session: None,
        standing: Standing::Key(id),
    })
}

async fn by_session(shared: &Shared, token: &str) -> Result<Caller, Refusal> {
    let digest = key::digest(token);
    let now = crate::clock::now();
    let held = shared.store.session(&digest, now).await?.ok_or_else(signed_out)?;
    let Held { person, mut expires, latest, bounds } = held;
    if bounds.as_ref().is_some_and(|bounds| bounds.stage == Stage::Ticket) {
        return Err(signed_out());
    }
    if let Some(end) = shared.lifetimes.renewal(now, expires, latest) {
        expires = end;
        shared.store.extend_session(&digest, expires).await?;
    }
    let (who, owner, holder) = match bounds.as_ref().and_then(|bounds| bounds.key.as_deref()) {
        Some(key) => (Who::Key(id(key)?), format!("frame:{}", name(&digest)), format!("key:{key}")),
        None => (Who::Person(id(&person.id)?), person.id.clone(), person.id.clone()),
    };
    let rights = match &bounds {
        None => rights::of_all(&person.roles),
        Some(Bounds { key: None, scope, .. }) => rights::within(&rights::of_all(&person.roles), scope),
        Some(Bounds { scope, .. }) => {
            let scope: BTreeSet<Right> = scope.iter().copied().collect();
            person.organisations.iter().map(|one| (one.orgnr.clone(), scope.clone())).collect()
        }
    };
    let session = Some(Session {
        person,
        expires,
        latest,
        sandbox: shared.sandbox,
        suppliers: Vec::new(),
        digital_only: Vec::new(),
        unnumbered: false,
        approvals: Vec::new(),
        message_channels: Vec::new(),
    });
    Ok(Caller { who, owner, holder, rights, session, standing: Standing::Session(digest) })
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Refusal> {
        // Found and counted already, by what stands before the handler.
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let caller = caller(shared, &parts.headers).await?;
        let organisations: Vec<String> = caller.rights.keys().cloned().collect();
        crate::http::count(shared, parts, caller.owner(), &organisations)?;
        Ok(caller)
    }
}

/// That an unsafe request comes from our own pages, or from no page at all. The cookie is `SameSite=Strict` besides.
/// Browsers that do not say `Sec-Fetch-Site` say `Origin`.
///
/// # Errors
/// [`Rule::AccessDenied`] for a request that a foreign page made.
pub fn same_origin(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let ours = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text("host")
        }
        (None, None) => true,
    };
    if method.is_safe() || ours {
        return Ok(());
    }
    Err(Refusal::rule(Rule::AccessDenied, "the request comes from a page of another site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_may_change_anything() {
        let host = ("host", "k.example:8080");
        for (pairs, ours) in [
            (vec![host], true),
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("sec-fetch-site", "none")], true),
            (vec![host, ("origin", "https://k.example:8080")], true),
            (vec![host, ("sec-fetch-site", "same-site")], false),
            (vec![host, ("sec-fetch-site", "cross-site"), ("origin", "https://k.example:8080")], false),
            (vec![host, ("origin", "https://k.example")], false),
            (vec![host, ("origin", "https://k.example:8080.evil.example")], false),
            (vec![host, ("origin", "null")], false),
            (vec![("origin", "https://k.example")], false),
        ] {
            assert_eq!(same_origin(&Method::POST, &headers(&pairs)).is_ok(), ours, "{pairs:?}");
            assert!(same_origin(&Method::GET, &headers(&pairs)).is_ok(), "{pairs:?}");
        }
    }

    #[test]
    fn a_bearer_token_is_never_mixed_with_a_cookie() {
        let cookie = ("cookie", "a=b; __Host-konvolutt=c; d=e");
        assert_eq!(token(&headers(&[cookie])), Some("c"));
        assert_eq!(token(&headers(&[cookie, ("authorization", "Bearer t")])), Some("t"));
        assert_eq!(token(&headers(&[cookie, ("authorization", "Basic t")])), None);
        assert_eq!(token(&headers(&[("cookie", "konvolutt=c; __Host-konvolutt2=d")])), None);
    }
}
