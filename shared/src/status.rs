//! The life cycle of a message: events are added, and the status that counts is worked out from them.
//!
//! Any order and late events are taken, as integrasjonspunkt's `ConversationService` takes them: LEVERT may
//! be followed by FEIL, and LEVETID_UTLOPT by LEVERT. The words are its `ReceiptStatus`; what they come to
//! together is ours. Lists of events are those of one message, oldest first.

mod conflict;
pub mod words;

pub use conflict::{Conflict, conflicts};

use crate::api::{ApprovalStep, Direction, Source, Status, StatusEvent};
use crate::finding::{Code, Rule};

/// What a message's events come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The word for lists: FEIL while a failure stands; LEVETID_UTLOPT if nobody said that it was delivered;
    /// else the furthest step that was heard of.
    pub status: Status,
    /// Whether somebody must act or should look: not delivered, held up because the carrier lets us not in, contradictory, or
    /// an event with a finding that refuses, and nobody has dealt with it since.
    pub attention: bool,
    /// Whether nothing more is expected. Late events are still taken.
    pub finished: bool,
}

/// Works out the status. Events whose finding refuses, such as a foreign receipt, do not count for it, but
/// ask for attention.
pub fn summarise(direction: Direction, events: &[StatusEvent]) -> Summary {
    let disputed = events.iter().any(is_disputed);
    let counted = || events.iter().filter(|event| !is_disputed(event) && !is_silent(event)).map(|event| event.status);
    let has = |status: Status| counted().any(|seen| seen == status);
    // A failure to hand over is undone when a later try succeeds, and while one is to come because a person asked for it; a
    // recipient's failure, or what a receipt says, is not.
    let anew = events.iter().rposition(|event| event.status == Status::Sendt || is_queued_anew(event));
    let stands = |at: usize, event: &StatusEvent| {
        let overcome = is_ours(event) && anew.is_some_and(|anew| at < anew);
        event.status == Status::Feil && !is_disputed(event) && !overcome
    };
    let failed = events.iter().enumerate().any(|(at, event)| stands(at, event));
    let first = match direction {
        Direction::Out => Status::Opprettet,
        Direction::In => Status::InnkommendeMottatt,
    };
    let furthest = counted().filter(|status| progress(*status) > 0).max_by_key(|status| progress(*status));
    let delivered = has(Status::Levert) || has(Status::Lest);
    // A failure outweighs progress, since somebody must act. A deadline that passed does not undo a delivery.
    let status = if failed {
        Status::Feil
    } else if has(Status::LevetidUtlopt) && !delivered {
        Status::LevetidUtlopt
    } else {
        furthest.or_else(|| counted().next_back()).unwrap_or(first)
    };
    let trouble = failed || has(Status::LevetidUtlopt);
    // What a person has dealt with is over; only what has gone wrong since counts.
    let held = held(events);
    let attention = match events.iter().rposition(is_handled) {
        None => trouble || disputed || held.is_some(),
        Some(handled) => events.iter().enumerate().skip(handled + 1).any(|(at, event)| {
            let wrong = is_disputed(event) || stands(at, event) || event.status == Status::LevetidUtlopt;
            wrong || held == Some(at)
        }),
    };
    let done = delivered || has(Status::InnkommendeLevert);
    Summary { status, attention, finished: trouble || done }
}

/// An event as it is to be kept beside those before it: what the recipient says of a letter that waits for
/// approval, or was returned, gets the finding [`Rule::ReceiptEarly`] and so does not count, for the letter
/// has not left.
pub fn admitted(events: &[StatusEvent], event: StatusEvent) -> StatusEvent {
    let asked = events.iter().any(|event| event.approval.is_some());
    if event.source != Source::Recipient || !asked || decided(events) == Some(ApprovalStep::Approved) {
        return event;
    }
    StatusEvent { finding: Some(Rule::ReceiptEarly.broken()), ..event }
}

/// Whether an event is new: each word, with its receipt type, counts once for a message, as in
/// integrasjonspunkt; later ones are repeats. A foreign event never makes the real one a repeat. A carrier's
/// own words count as such where they tell more than ours (`has_own_word`); that we ourselves could not hand
/// over is one line, whatever the reason was each time. That somebody has dealt with a message is new once
/// something has happened since; so is that we ourselves gave up once more what somebody had dealt with. What
/// comes of handing over is new for every time that a person has asked for it.
pub fn is_new(events: &[StatusEvent], event: &StatusEvent) -> bool {
    if is_handled(event) {
        return !events.last().is_some_and(is_handled);
    }
    if is_queued_anew(event) {
        return !events.last().is_some_and(is_queued_anew);
    }
    let again = event.status == Status::Feil && event.source == Source::Relay;
    let after = |at: Option<usize>| at.map_or(0, |at| at + 1);
    let handled = after(events.iter().rposition(is_handled).filter(|_| again));
    let anew = after(events.iter().rposition(is_queued_anew).filter(|_| is_ours(event)));
    let from = handled.max(anew);
    !events.iter().skip(from).filter(|seen| is_silent(seen) == is_silent(event) && !is_handled(seen)).any(|seen| {
        let alike = is_disputed(seen) == is_disputed(event) && is_denied(seen) == is_denied(event);
        let own_word = has_own_word(event);
        let says = !own_word || (seen.source == event.source && seen.description == event.description);
        seen.status == event.status && seen.receipt == event.receipt && alike && own_word == has_own_word(seen) && says
    })
}

/// Whether the description is what tells the event from others of its status: ANNET is whatever has no word of
/// ours, and KS SvarUt has several ways to deliver. What holds a finding is our own account of a try.
fn has_own_word(event: &StatusEvent) -> bool {
    let varies = event.status == Status::Annet || (event.status == Status::Levert && event.source == Source::SvarUt);
    varies && event.finding.is_none()
}

/// The index of the event that says that the carrier lets us not in, if nothing has come of a later try. The
/// message waits meanwhile, for as long as its deadline allows, and whoever sent it must be told before that.
pub fn held(events: &[StatusEvent]) -> Option<usize> {
    let at = events.iter().rposition(is_denied)?;
    events.iter().skip(at + 1).all(|later| later.status == Status::Annet).then_some(at)
}

/// Whether an event says that the carrier refuses our own access, and that we try again: ANNET with
/// [`Code::CarrierDenied`].
pub fn is_denied(event: &StatusEvent) -> bool {
    event.status == Status::Annet && event.finding.as_ref().is_some_and(|finding| finding.code == Code::CarrierDenied)
}

/// Whether an event says that a person, or a system with an API key, has dealt with what went wrong.
pub const fn is_handled(event: &StatusEvent) -> bool {
    event.handled_by.is_some()
}

/// Whether an event says that a person has had the relay queue a message once more that it had given up:
/// OPPRETTET by a person.
pub fn is_queued_anew(event: &StatusEvent) -> bool {
    event.status == Status::Opprettet && event.source == Source::Person && event.approval.is_none()
}

/// Whether we, or those who carry, say it of the handing over: not the recipient, and no receipt.
fn is_ours(event: &StatusEvent) -> bool {
    event.source != Source::Recipient && event.receipt.is_none()
}

/// What became of a letter that waited for approval: the newest step but [`ApprovalStep::Asked`]; `None` if
/// it never waited or nobody has decided.
pub fn decided(events: &[StatusEvent]) -> Option<ApprovalStep> {
    let mut steps = events.iter().rev().filter_map(|event| event.approval.as_ref().map(|approval| approval.step));
    steps.find(|step| *step != ApprovalStep::Asked)
}

/// Whether an event says nothing of how far the message is.
fn is_silent(event: &StatusEvent) -> bool {
    let approved = |event: &StatusEvent| event.approval.as_ref().is_some_and(|one| one.step == ApprovalStep::Approved);
    is_handled(event) || approved(event)
}

fn is_disputed(event: &StatusEvent) -> bool {
    event.finding.as_ref().is_some_and(crate::finding::Finding::refuses)
}

/// How far a status is on the way; 0 for what is beside the way.
fn progress(status: Status) -> u8 {
    match status {
        Status::Opprettet => 1,
        Status::Sendt => 2,
        Status::Mottatt | Status::InnkommendeMottatt => 3,
        Status::Levert | Status::InnkommendeLevert => 4,
        Status::Lest => 5,
        Status::Feil | Status::Annet | Status::LevetidUtlopt => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;

    pub(super) fn events(words: &[Status]) -> Vec<StatusEvent> {
        words.iter().map(|status| event(*status)).collect()
    }

    pub(super) fn event(status: Status) -> StatusEvent {
        let at = jiff::Timestamp::UNIX_EPOCH;
        StatusEvent {
            cursor: 1,
            at,
            status,
            source: Source::Relay,
            description: None,
            receipt: None,
            finding: None,
            handled_by: None,
            approval: None,
        }
    }

    fn handled() -> StatusEvent {
        StatusEvent { source: Source::Person, handled_by: Some("Siri".to_owned()), ..event(Status::Annet) }
    }

    #[test]
    fn what_somebody_has_dealt_with_counts_no_more_until_something_else_goes_wrong() {
        use Status::{Feil, LevetidUtlopt, Opprettet, Sendt};
        let told = |events: &[StatusEvent]| {
            let Summary { status, attention, .. } = summarise(Direction::Out, events);
            (status, attention)
        };
        let stranger = StatusEvent { finding: Some(Finding::error(Rule::ReceiptWay, "x")), ..event(Status::Lest) };
        assert_eq!(
            told(&[stranger.clone(), handled()]),
            (Opprettet, false),
            "it says nothing of how far the message is"
        );
        let mut all = events(&[Opprettet, Sendt, LevetidUtlopt]);
        assert_eq!(told(&all), (LevetidUtlopt, true));
        assert!(is_new(&all, &handled()));
        all.push(handled());
        assert_eq!(told(&all), (LevetidUtlopt, false), "what happened still happened");
        assert!(!is_new(&all, &handled()), "it was dealt with already");
        assert!(!is_new(&all, &event(LevetidUtlopt)), "a repeat is no news");
        assert!(is_new(&all, &event(Status::Annet)), "what a person did is not what a carrier says");
        all.push(event(Feil));
        assert_eq!(told(&all), (Feil, true), "it went wrong anew");
        assert!(is_new(&all, &handled()));
        all.push(handled());
        assert_eq!(told(&all), (Feil, false));
        assert!(is_new(&all, &event(Feil)), "we have given it up once more");
        assert!(!is_new(&all, &StatusEvent { source: Source::Recipient, ..event(Feil) }), "the same receipt again");
        all.push(stranger);
        assert_eq!(told(&all), (Feil, true));
    }

    #[test]
    fn a_carriers_other_word_is_news_and_a_delay_is_one_line() {
        let said =
            |source, status, word: &str| StatusEvent { source, description: Some(word.to_owned()), ..event(status) };
        let delay = |why| StatusEvent {
            finding: Some(Finding::warning(Rule::ServiceDown, why)),
            ..said(Source::Altinn, Status::Annet, why)
        };
        let purged = || said(Source::Altinn, Status::Annet, "Altinn: PurgedByRecipient");
        let mut all = vec![event(Status::Opprettet), delay("503")];
        assert!(!is_new(&all, &delay("no answer")), "one line for all tries");
        all.extend(events(&[Status::Sendt, Status::Levert]));
        assert!(is_new(&all, &purged()), "a delay does not hide what became of it");
        all.push(purged());
        assert!(!is_new(&all, &purged()) && !is_new(&all, &delay("503")), "the same word again");
        assert!(is_new(&all, &said(Source::Altinn, Status::Annet, "Altinn: PurgedByAltinn")));
        assert!(is_new(&all, &said(Source::Recipient, Status::Annet, "Altinn: PurgedByRecipient")), "another says it");

        let told = |status, word| said(Source::SvarUt, status, word);
        let mut all = vec![told(Status::Levert, "KLAR_FOR_MOTTAK"), told(Status::Annet, "SENDT_PRINT")];
        for (status, word) in [(Status::Levert, "PRINTET"), (Status::Annet, "SLETTET")] {
            assert!(is_new(&all, &told(status, word)), "{word}");
            all.push(told(status, word));
            assert!(!is_new(&all, &told(status, word)), "{word}");
        }
        let said = |word| said(Source::Altinn, Status::Levert, word);
        assert!(!is_new(&[said("Altinn: Published")], &said("other words")), "elsewhere each word of ours is one");
    }

    #[test]
    fn the_status_that_counts() {
        use Status::{Feil, Lest, Levert, LevetidUtlopt, Mottatt, Opprettet, Sendt};
        let table: &[(&[Status], Status, bool, bool)] = &[
            (&[], Opprettet, false, false),
            (&[Opprettet, Sendt], Sendt, false, false),
            (&[Opprettet, Sendt, Mottatt, Levert], Levert, false, true),
            (&[Lest, Levert, Mottatt, Sendt], Lest, false, true),
            (&[Sendt, Levert, Feil], Feil, true, true),
            (&[Sendt, Levert, LevetidUtlopt], Levert, true, true),
            (&[Sendt, LevetidUtlopt, Levert], Levert, true, true),
            (&[Sendt, LevetidUtlopt], LevetidUtlopt, true, true),
            (&[Feil], Feil, true, true),
            (&[Feil, Sendt], Sendt, false, false),
            (&[Feil, Sendt, Levert], Levert, false, true),
            (&[Status::Annet], Status::Annet, false, false),
        ];
        for (words, status, attention, finished) in table {
            let summary = summarise(Direction::Out, &events(words));
            assert_eq!(summary, Summary { status: *status, attention: *attention, finished: *finished }, "{words:?}");
        }
    }

    #[test]
    fn what_a_receipt_says_is_not_undone_by_a_later_try() {
        let mut list = events(&[Status::Feil, Status::Sendt]);
        assert_eq!(summarise(Direction::Out, &list).status, Status::Sendt);
        list[0] = StatusEvent { source: Source::Mailbox, receipt: Some("feil".to_owned()), ..event(Status::Feil) };
        assert_eq!(summarise(Direction::Out, &list).status, Status::Feil);
    }

    #[test]
    fn what_the_carrier_holds_up_needs_somebody_until_it_has_left() {
        let denied = || StatusEvent {
            source: Source::Altinn,
            finding: Some(Finding::warning(Rule::CarrierAccess, "403")),
            ..event(Status::Annet)
        };
        let told = |events: &[StatusEvent]| {
            let Summary { status, attention, finished } = summarise(Direction::Out, events);
            (status, attention, finished)
        };
        let mut all = events(&[Status::Opprettet, Status::Annet]);
        assert!(is_new(&all, &denied()), "a delay is another thing");
        all.push(denied());
        assert_eq!(told(&all), (Status::Opprettet, true, false), "it waits, and nothing is over");
        assert_eq!((held(&all), is_new(&all, &denied())), (Some(2), false));
        let mut seen = all.clone();
        seen.push(handled());
        assert_eq!(told(&seen), (Status::Opprettet, false, false));
        let mut late = all.clone();
        late.push(event(Status::LevetidUtlopt));
        assert_eq!((held(&late), told(&late)), (None, (Status::LevetidUtlopt, true, true)));
        all.push(event(Status::Sendt));
        assert_eq!((held(&all), told(&all)), (None, (Status::Sendt, false, false)));
    }

    fn approval(step: ApprovalStep, status: Status) -> StatusEvent {
        let approval = Some(crate::api::Approval { step, by: "Gro".to_owned() });
        StatusEvent { source: Source::Person, approval, ..event(status) }
    }

    #[test]
    fn an_approval_is_no_status_and_a_return_is_the_end() {
        use ApprovalStep::{Approved, Asked, Returned};
        let asked = approval(Asked, Status::Opprettet);
        let mut list = vec![asked.clone()];
        assert_eq!(decided(&list), None);
        list.push(approval(Approved, Status::Annet));
        assert_eq!((decided(&list), summarise(Direction::Out, &list).status), (Some(Approved), Status::Opprettet));
        assert!(!is_new(&list, &approval(Approved, Status::Annet)));
        assert!(is_new(&list, &event(Status::Annet)), "a delay that the carrier tells of is another thing");
        assert!(is_new(&[asked.clone(), event(Status::Annet)], &approval(Approved, Status::Annet)));
        let list = [asked, approval(Returned, Status::Feil)];
        let summary = Summary { status: Status::Feil, attention: true, finished: true };
        assert_eq!((decided(&list), summarise(Direction::Out, &list)), (Some(Returned), summary));
    }

    #[test]
    fn what_has_not_left_is_not_answered() {
        use ApprovalStep::{Approved, Asked, Returned};
        let answer = |status| StatusEvent { source: Source::Recipient, ..event(status) };
        let mut list = vec![approval(Asked, Status::Opprettet)];
        let early = admitted(&list, answer(Status::Levert));
        assert_eq!(early.finding.as_ref().map(|finding| finding.rule), Some(Rule::ReceiptEarly));
        list.push(early);
        assert_eq!(summarise(Direction::Out, &list).status, Status::Opprettet);
        assert!(admitted(&[approval(Returned, Status::Feil), list[0].clone()], answer(Status::Lest)).finding.is_some());
        // Once it may leave, whoever answers is believed, also with the same word.
        list.push(approval(Approved, Status::Annet));
        let answered = admitted(&list, answer(Status::Levert));
        assert!(answered.finding.is_none() && is_new(&list, &answered));
        assert_eq!(admitted(&[event(Status::Opprettet)], answer(Status::Levert)), answer(Status::Levert));
    }

    #[test]
    fn a_failure_counts_no_more_once_it_is_tried_anew_until_that_fails_too() {
        let failed = || StatusEvent { source: Source::Altinn, ..event(Status::Feil) };
        let anew = || StatusEvent { source: Source::Person, ..event(Status::Opprettet) };
        let told = |events: &[StatusEvent]| summarise(Direction::Out, events);
        let waits = Summary { status: Status::Opprettet, attention: false, finished: false };
        let over = Summary { status: Status::Feil, attention: true, finished: true };
        let mut all = vec![event(Status::Opprettet), event(Status::Annet), failed()];
        assert_eq!(told(&all), over);
        assert!(!is_new(&all, &failed()), "a repeat");
        assert!(is_new(&all, &anew()));
        all.push(anew());
        assert_eq!((told(&all), is_new(&all, &anew())), (waits, false));
        assert!(is_new(&all, &event(Status::Annet)) && is_new(&all, &failed()), "what comes of it is told");
        assert_eq!(conflicts(&all), vec![None; 4]);
        all.push(failed());
        assert_eq!(told(&all), over);
        all.extend([handled(), anew()]);
        assert_eq!(told(&all), waits);
        all.push(failed());
        assert_eq!(told(&all), over);
        all.extend([anew(), event(Status::Sendt)]);
        assert_eq!(told(&all), Summary { status: Status::Sendt, ..waits }, "what was dealt with and overcome is over");
        let said = StatusEvent { source: Source::Recipient, receipt: Some("feil".to_owned()), ..event(Status::Feil) };
        assert_eq!(told(&[said, anew()]), over, "what the recipient says stands");
    }

    #[test]
    fn a_foreign_event_is_shown_and_not_counted() {
        let mut list = events(&[Status::Sendt]);
        let foreign = StatusEvent { finding: Some(Finding::error(Rule::ReceiptWay, "x")), ..event(Status::Levert) };
        list.push(foreign);
        let summary = summarise(Direction::Out, &list);
        assert_eq!(summary, Summary { status: Status::Sendt, attention: true, finished: false });
        assert!(is_new(&list, &event(Status::Levert)), "the real receipt still counts");
        assert!(!is_new(&list, &event(Status::Sendt)));
    }
}
