//! How it went with a correspondence (`GET /correspondence/{id}`, `CorrespondenceStatusExt`), as pure functions.

use jiff::Timestamp;
use konvolutt_shared::api::{Source, Status, StatusEvent};
use konvolutt_shared::status::words;
use serde::Deserialize;

use crate::broker::Progress;
use crate::message;

/// A correspondence as Altinn describes it, as far as we look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Overview {
    pub(super) status: String,
    pub(super) status_changed: Option<Timestamp>,
    pub(super) published: Option<Timestamp>,
    pub(super) read: Option<Timestamp>,
}

/// What the overview tells; `None` when Altinn knows it no more.
pub(super) fn progress(overview: Option<&Overview>, now: Timestamp) -> Progress {
    let event = |at, status, word: &str| StatusEvent {
        description: Some(format!("Altinn: {word}")),
        ..message::event(at, status, Source::Altinn)
    };
    let Some(overview) = overview else {
        let events = vec![event(now, Status::Annet, "finnes ikke lenger")];
        return Progress { events, finished: true, unknown: true };
    };
    let word = overview.status.as_str();
    let changed = overview.status_changed.unwrap_or(now);
    // A status says only how far it came at most; when it was published and read stands beside it.
    let row = words::find(words::ALTINN, word);
    let says = |statuses: &[Status]| row.filter(|row| statuses.contains(&row.status));
    let published = overview.published.or_else(|| says(&[Status::Levert, Status::Lest]).map(|_| changed));
    let read = overview.read.or_else(|| says(&[Status::Lest]).map(|_| changed));
    let mut events = Vec::new();
    events.extend(published.map(|at| event(at, Status::Levert, "Published")));
    events.extend(read.map(|at| event(at, Status::Lest, "Read")));
    events.extend(says(&[Status::Annet, Status::Feil]).map(|row| event(changed, row.status, word)));
    Progress { finished: read.is_some() || row.is_some_and(|row| row.last), events, unknown: false }
}

#[cfg(test)]
#[path = "tests/progress.rs"]
mod tests;
