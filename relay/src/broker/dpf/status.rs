//! SvarUt's statuses in our words.

use jiff::Timestamp;
use konvolutt_shared::api::{Source, Status, StatusEvent};
use konvolutt_shared::status::words;

use super::Progress;
use crate::message;

/// What SvarUt tells of a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Its word.
    pub(super) status: String,
    /// When it became so.
    pub(super) changed: Timestamp,
}

/// Our word for SvarUt's, and whether it is the last. A word that is new to us is shown as it is, and waited on.
fn meaning(word: &str) -> (Status, bool) {
    words::find(words::SVARUT, word).map_or((Status::Annet, false), |row| (row.status, row.last))
}

/// The event of what is told. A shipment that SvarUt does not know of any more has failed, as the reference has it.
pub(super) fn progress(told: Option<Told>, now: Timestamp) -> Progress {
    let event = |at, status, description: String| StatusEvent {
        description: Some(description),
        ..message::event(at, status, Source::SvarUt)
    };
    match told {
        None => {
            let description = "KS SvarUt does not know the shipment".to_owned();
            Progress { events: vec![event(now, Status::Feil, description)], finished: true, unknown: true }
        }
        Some(Told { status: word, changed }) => {
            let (status, finished) = meaning(&word);
            Progress { events: vec![event(changed, status, word)], finished, unknown: false }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_svarut_has_one_of_ours() {
        for (word, status, finished) in [
            ("MOTTATT", Status::Mottatt, false),
            ("AKSEPTERT", Status::Mottatt, false),
            ("AVVIST", Status::Feil, true),
            ("VARSLET", Status::Levert, false),
            ("LEST", Status::Lest, true),
            ("SENDT_PRINT", Status::Annet, false),
            ("PRINTET", Status::Levert, true),
            ("MANUELT_HANDTERT", Status::Annet, true),
            ("SENDT_DIGITALT", Status::Levert, false),
            ("SENDT_SDP", Status::Levert, false),
            ("LEVERT_SDP", Status::Levert, false),
            ("KLAR_FOR_MOTTAK", Status::Levert, false),
            ("IKKE_LEVERT", Status::Feil, true),
            ("FEILET_UNDER_MOTTAK", Status::Feil, true),
            ("SLETTET", Status::Annet, true),
            ("SENDT_NHN_MOTTAKER", Status::Annet, false),
            ("LEVERT_NHN_MOTTAKER", Status::Levert, true),
            ("NOE_NYTT", Status::Annet, false),
        ] {
            let changed = Timestamp::from_second(1_800_000_000).unwrap();
            let told = Told { status: word.to_owned(), changed };
            let progress = progress(Some(told), Timestamp::UNIX_EPOCH);
            let [event] = progress.events.as_slice() else { panic!("{word}") };
            assert_eq!((event.status, progress.finished, event.at), (status, finished, changed), "{word}");
            assert_eq!(event.description.as_deref(), Some(word));
        }
        let unknown = progress(None, Timestamp::UNIX_EPOCH);
        assert_eq!((unknown.events[0].status, unknown.finished, unknown.unknown), (Status::Feil, true, true));
    }
}
