//! Altinn 3 Correspondence: the inbox of organisations and people. It reads what it carries, and so does the real one.

mod fault;
mod form;
mod problem;
mod recipients;
mod request;
mod state;
mod store;
mod view;

mod http;

use jiff::Timestamp;
use serde_json::Value;

pub(crate) use self::fault::{Fault, Faults};
pub(crate) use self::http::{Door, routes};
pub(crate) use self::state::Timing;
pub(crate) use self::store::Store;

use crate::error::Error;

/// The resource that ordinary letters go over.
pub(crate) const RESOURCE: &str = "eformidling-meldingsteneste-administrasjon";
/// The one of what only those with a role of its own may read.
pub(crate) const CONFIDENTIAL: &str = "eformidling-dpv-taushetsbelagt";
/// The one of letters about health and care, so that which resource it is shows. Its name is the sandbox's own.
pub(crate) const HEALTH: &str = "eformidling-meldingsteneste-helse";
/// The one of letters to people. Its name is the sandbox's own, too.
pub(crate) const PEOPLE: &str = "eformidling-meldingsteneste-innbygger";
const RESOURCES: &[&str] = &[RESOURCE, CONFIDENTIAL, HEALTH, PEOPLE];

/// What has come, and the notifications that have been sent: oldest first.
pub(crate) fn seen(store: &Store, now: Timestamp) -> Result<(Vec<Value>, Vec<Value>), Error> {
    let all = store.all(now)?;
    let letters = all.iter().map(|(one, texts)| view::seen(one, texts.as_deref())).collect();
    let notices = all.iter().flat_map(|(one, texts)| view::sent(one, texts.as_deref())).collect();
    Ok((letters, notices))
}
