//! Events that contradict what had been heard before them, or come too late to matter: kept, named and
//! explained. Ours; integrasjonspunkt takes such events without a word.

use crate::api::{Source, Status, StatusEvent};

/// What an event is in the light of those before it. The words in capitals are those of [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conflict {
    /// FEIL after LEVERT or LEST. The failure stands.
    FailedAfterDelivery,
    /// LEVETID_UTLOPT after LEVERT or LEST. The delivery stands.
    ExpiredAfterDelivery,
    /// LEVERT or LEST after LEVETID_UTLOPT. It was delivered after all.
    DeliveredLate,
    /// LEVERT or LEST after the recipient had said FEIL. The failure stands.
    DeliveredAfterFailure,
    /// SENDT after a failure to hand over: that failure counts no more.
    SentAfterFailure,
    /// A step that comes after a later one, for example SENDT after LEST. It changes nothing.
    OutOfOrder,
}

/// What has been heard so far.
#[derive(Default)]
struct Heard {
    furthest: u8,
    delivered: bool,
    expired: bool,
    /// The recipient has said so itself.
    refused: bool,
    /// We, or those who carry, could not hand it over.
    failed: bool,
}

/// For each of a message's events, oldest first, the conflict it makes: as many entries as events. What does
/// not count, such as a foreign receipt, makes none.
pub fn conflicts(events: &[StatusEvent]) -> Vec<Option<Conflict>> {
    let mut heard = Heard::default();
    events.iter().map(|event| if super::is_disputed(event) { None } else { heard.hear(event) }).collect()
}

impl Heard {
    fn hear(&mut self, event: &StatusEvent) -> Option<Conflict> {
        if super::is_queued_anew(event) {
            self.failed = false;
            return None;
        }
        let step = super::progress(event.status);
        let found = match event.status {
            Status::Feil if self.delivered => Some(Conflict::FailedAfterDelivery),
            Status::LevetidUtlopt if self.delivered => Some(Conflict::ExpiredAfterDelivery),
            Status::Levert | Status::Lest if self.refused => Some(Conflict::DeliveredAfterFailure),
            Status::Levert | Status::Lest if self.expired && !self.delivered => Some(Conflict::DeliveredLate),
            Status::Sendt if self.failed => Some(Conflict::SentAfterFailure),
            _ if step > 0 && step < self.furthest => Some(Conflict::OutOfOrder),
            _ => None,
        };
        self.furthest = self.furthest.max(step);
        self.delivered |= matches!(event.status, Status::Levert | Status::Lest);
        self.expired |= event.status == Status::LevetidUtlopt;
        if event.status == Status::Feil {
            self.refused |= event.source == Source::Recipient;
            self.failed |= event.source != Source::Recipient;
        } else if event.status == Status::Sendt {
            self.failed = false;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, events};
    use super::*;
    use crate::finding::{Finding, Rule};

    #[test]
    fn each_conflict_is_found_where_it_arises() {
        use Conflict::{DeliveredLate, ExpiredAfterDelivery, FailedAfterDelivery, OutOfOrder, SentAfterFailure};
        use Status::{Feil, Lest, Levert, LevetidUtlopt, Mottatt, Opprettet, Sendt};
        let table: &[(&[Status], &[Option<Conflict>])] = &[
            (&[Opprettet, Sendt, Mottatt, Levert, Lest], &[None; 5]),
            (&[Levert, Feil], &[None, Some(FailedAfterDelivery)]),
            (&[Sendt, Lest, LevetidUtlopt], &[None, None, Some(ExpiredAfterDelivery)]),
            (&[LevetidUtlopt, Levert, Lest], &[None, Some(DeliveredLate), None]),
            (&[Lest, Levert, Sendt], &[None, Some(OutOfOrder), Some(OutOfOrder)]),
            (&[Feil, Sendt, Levert], &[None, Some(SentAfterFailure), None]),
            (&[Sendt, Sendt], &[None, None]),
        ];
        for (words, expected) in table {
            assert_eq!(conflicts(&events(words)), *expected, "{words:?}");
        }
    }

    #[test]
    fn a_recipient_that_said_no_is_not_overcome_by_a_delivery() {
        let refused = StatusEvent { source: Source::Recipient, ..event(Status::Feil) };
        let list = [event(Status::Sendt), refused, event(Status::Levert)];
        assert_eq!(conflicts(&list), [None, None, Some(Conflict::DeliveredAfterFailure)]);
    }

    #[test]
    fn what_does_not_count_makes_no_conflict() {
        let foreign = StatusEvent { finding: Some(Finding::error(Rule::ReceiptWay, "x")), ..event(Status::Levert) };
        assert_eq!(conflicts(&[foreign, event(Status::Feil)]), [None, None]);
    }
}
