//! What the access point says of a letter's way to the mailbox (`/messages/out/{instanceIdentifier}/statuses`), as pure
//! functions.

use jiff::Timestamp;
use konvolutt_shared::api::{Source, Status, StatusEvent};
use konvolutt_shared::dpi;
use konvolutt_shared::sbd::parse_time;
use serde::Deserialize;

use crate::broker::Progress;
use crate::message;

/// A status of a letter that is being carried.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Told {
    pub(super) status: String,
    #[serde(default)]
    pub(super) beskrivelse: Option<String>,
    #[serde(default)]
    pub(super) timestamp: Option<String>,
}

/// What is told, oldest first. What becomes of the letter once it has been carried, receipts tell.
pub(super) fn progress(told: &[Told], now: Timestamp) -> Progress {
    let mut events: Vec<StatusEvent> = told.iter().map(|one| event(one, now)).collect();
    events.sort_by_key(|event| event.at);
    let finished = events.iter().any(|event| matches!(event.status, Status::Mottatt | Status::Feil));
    Progress { events, finished, unknown: false }
}

fn event(told: &Told, now: Timestamp) -> StatusEvent {
    let at = told.timestamp.as_deref().and_then(parse_time).unwrap_or(now);
    let words = told.beskrivelse.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let description = words.map_or_else(|| told.status.clone(), |words| format!("{}: {words}", told.status));
    StatusEvent {
        description: Some(description),
        ..message::event(at.min(now), dpi::transport_status(&told.status), Source::Mailbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_access_point_has_one_of_ours() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-12-01T12:00:00Z");
        let told = |status: &str, words: Option<&str>, timestamp: Option<&str>| Told {
            status: status.to_owned(),
            beskrivelse: words.map(str::to_owned),
            timestamp: timestamp.map(str::to_owned),
        };
        let created = told("OPPRETTET", None, Some("2026-12-01T12:00:00+01:00"));
        for (last, status, finished) in
            [("SENDT", Status::Mottatt, true), ("FEILET", Status::Feil, true), ("NYTT", Status::Annet, false)]
        {
            // The order of the list is not promised, and a clock may be ahead.
            let list = [told(last, Some("Ord"), Some("2026-12-01T13:00:00Z")), created.clone()];
            let Progress { events, finished: end, .. } = progress(&list, now);
            let seen: Vec<_> = events.iter().map(|event| (event.status, event.at, event.source)).collect();
            let first = (Status::Sendt, at("2026-12-01T11:00:00Z"), Source::Mailbox);
            assert_eq!((seen, end), (vec![first, (status, now, Source::Mailbox)], finished), "{last}");
            assert_eq!(events[1].description.as_deref(), Some(format!("{last}: Ord").as_str()));
        }
        assert_eq!(progress(&[], now), Progress { events: Vec::new(), finished: false, unknown: false });
    }
}
