//! What a provider answers, and when.

use serde::{Deserialize, Serialize};

use super::reading::{Reading, Refused};
use crate::seed::{Habit, Trade};

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "camelCase")]
pub(crate) enum Answer {
    /// It lies in the mailbox.
    Delivered,
    /// It has been taken for printing.
    Printed,
    /// The person has opened it.
    Opened,
    /// The notice failed.
    Unnotified {
        /// `epost` or `sms`.
        channel: String,
    },
    /// It came back by post.
    Returned,
    /// It was refused, or the provider failed.
    Failed {
        /// `KLIENT` or `SERVER`.
        fault: String,
        words: String,
    },
}

/// Seconds between sending and the provider's plan, and from a receipt's leaving to its arrival: rows count from sending.
const ON_THE_WAY: f64 = 2.5;

/// Receipts with the seconds from now until each is sent.
pub(super) fn plan(trade: Trade, reading: &Reading, refused: Option<Refused>) -> Vec<(f64, Answer)> {
    let mut plan = match (refused, trade) {
        (Some(refused), _) => {
            vec![(4.0, Answer::Failed { fault: refused.fault.to_owned(), words: refused.words })]
        }
        (None, Trade::Mailbox) => delivered(reading),
        (None, Trade::Print) => printed(reading),
    };
    for (seconds, _) in &mut plan {
        *seconds += reading.wishes.delay - ON_THE_WAY;
    }
    plan
}

fn delivered(reading: &Reading) -> Vec<(f64, Answer)> {
    let mut plan = vec![(5.0, Answer::Delivered)];
    match reading.person.map(|one| one.habit) {
        Some(Habit::Opens(seconds)) if reading.wants_opening => plan.push((f64::from(seconds), Answer::Opened)),
        Some(Habit::Unnotified) => {
            let channel = reading.asked.last().map_or("sms", |(channel, _)| *channel);
            plan.push((8.0, Answer::Unnotified { channel: channel.to_owned() }));
        }
        _ => {}
    }
    plan
}

fn printed(reading: &Reading) -> Vec<(f64, Answer)> {
    let mut plan = vec![(5.0, Answer::Printed)];
    if reading.person.is_some_and(|one| one.habit == Habit::ComesBack) {
        plan.push((20.0, Answer::Returned));
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;
    use crate::wishes::Wishes;

    fn reading(number: &str, wants_opening: bool, title: &str) -> Reading {
        Reading { person: seed::resident(number), wants_opening, wishes: Wishes::of(title), ..Reading::default() }
    }

    fn seconds(plan: &[(f64, Answer)]) -> Vec<f64> {
        plan.iter().map(|(seconds, _)| *seconds + ON_THE_WAY).collect()
    }

    #[test]
    fn each_person_gets_the_receipts_of_its_row() {
        let unnotified = |channel: &str| Answer::Unnotified { channel: channel.to_owned() };
        for (number, wants, rows) in [
            ("01817010136", true, vec![(5.0, Answer::Delivered), (15.0, Answer::Opened)]),
            ("01817010136", false, vec![(5.0, Answer::Delivered)]),
            ("02817010256", true, vec![(5.0, Answer::Delivered)]),
            ("06817010626", false, vec![(5.0, Answer::Delivered), (8.0, unnotified("sms"))]),
            ("07817010746", true, vec![(5.0, Answer::Delivered), (10.0, Answer::Opened)]),
            ("08817010866", true, vec![(5.0, Answer::Delivered)]),
        ] {
            let plan = plan(Trade::Mailbox, &reading(number, wants, ""), None);
            assert_eq!(seconds(&plan), rows.iter().map(|(seconds, _)| *seconds).collect::<Vec<_>>(), "{number}");
            assert!(plan.iter().map(|(_, answer)| answer).eq(rows.iter().map(|(_, answer)| answer)), "{number}");
        }
    }

    #[test]
    fn the_notice_that_was_asked_for_is_the_one_that_fails() {
        let mut reading = reading("06817010626", false, "");
        reading.asked = vec![("epost", "Ny post".to_owned())];
        let plan = plan(Trade::Mailbox, &reading, None);
        assert_eq!(plan[1].1, Answer::Unnotified { channel: "epost".to_owned() });
    }

    #[test]
    fn paper_is_received_and_some_comes_back() {
        let back = plan(Trade::Print, &reading("09817010986", false, ""), None);
        assert_eq!(seconds(&back), [5.0, 20.0]);
        assert_eq!((&back[0].1, &back[1].1), (&Answer::Printed, &Answer::Returned));
        assert_eq!(plan(Trade::Print, &reading("04817010496", false, ""), None).len(), 1);
        assert_eq!(plan(Trade::Print, &Reading::default(), None).len(), 1, "paper goes to anybody");
    }

    #[test]
    fn a_refusal_is_the_only_answer_and_titles_delay_everything() {
        let refused = || Some(Refused::client("x", "Nei"));
        let plan_of = |title| plan(Trade::Mailbox, &reading("01817010136", true, title), refused());
        let failed = Answer::Failed { fault: "KLIENT".to_owned(), words: "Nei".to_owned() };
        assert_eq!(plan_of(""), [(4.0 - ON_THE_WAY, failed)]);
        assert_eq!(seconds(&plan_of("[forsink 30s]")), [34.0]);
        let late = plan(Trade::Mailbox, &reading("01817010136", true, "[forsink 30s]"), None);
        assert_eq!(seconds(&late), [35.0, 45.0]);
    }
}
