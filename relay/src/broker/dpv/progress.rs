//! How it went with a correspondence (`brokers.md`, 2.3 and 2.6), as pure functions.

use jiff::Timestamp;
use konvolutt_shared::api::{Source, Status, StatusEvent};
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
        return Progress { events: vec![event(now, Status::Annet, "finnes ikke lenger")], finished: true };
    };
    let word = overview.status.as_str();
    let changed = overview.status_changed.unwrap_or(now);
    // A status says only how far it came at most; when it was published and read stands beside it.
    let published = overview.published.or_else(|| is_published(word).then_some(changed));
    let read = overview.read.or_else(|| matches!(word, "Read" | "Replied" | "Confirmed").then_some(changed));
    let mut events = Vec::new();
    events.extend(published.map(|at| event(at, Status::Levert, "Published")));
    events.extend(read.map(|at| event(at, Status::Lest, "Read")));
    let end = match word {
        "PurgedByRecipient" | "PurgedByAltinn" => Some(Status::Annet),
        "Failed" | "Reserved" => Some(Status::Feil),
        _ => None,
    };
    events.extend(end.map(|status| event(changed, status, word)));
    Progress { finished: end.is_some() || read.is_some(), events }
}

fn is_published(word: &str) -> bool {
    matches!(
        word,
        "Published" | "Fetched" | "Read" | "Replied" | "Confirmed" | "Archived" | "AttachmentsDownloaded" | "Forwarded"
    )
}

#[cfg(test)]
#[path = "tests/progress.rs"]
mod tests;
