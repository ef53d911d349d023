use konvolutt_shared::api::{OrganisationAccess, Source, StatusEvent};
use konvolutt_shared::finding::Rule;
use konvolutt_shared::status::summarise;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn event(second: i64, status: Status) -> StatusEvent {
    let source = if status == Status::Feil { Source::Altinn } else { Source::Recipient };
    StatusEvent {
        cursor: 1,
        at: at(second),
        status,
        source,
        description: None,
        receipt: None,
        finding: None,
        handled_by: None,
        approval: None,
    }
}

fn view(id: &str, direction: Direction, events: Vec<StatusEvent>) -> Box<MessageView> {
    let summary = summarise(direction, &events);
    let summary = MessageSummary {
        id: id.to_owned(),
        message_id: String::new(),
        conversation_id: String::new(),
        direction,
        channel: "DPO".to_owned(),
        organisation: "310904007".to_owned(),
        party: OrganisationAccess { orgnr: "310900419".to_owned(), name: "Svaretaten".to_owned() },
        document_type: "arkivmelding".to_owned(),
        process: String::new(),
        status: summary.status,
        attention: summary.attention,
        unread: false,
        created: at(0),
        changed: events.last().map_or(at(0), |event| event.at),
        size: 1,
        awaits_approval: false,
    };
    Box::new(MessageView {
        summary,
        sbd: String::new(),
        envelope: None,
        broker_sender: None,
        has_package: false,
        expires: None,
        findings: Vec::new(),
        events,
        details: None,
        retryable: false,
    })
}

fn sent(id: &str, statuses: &[Status]) -> Box<MessageView> {
    let events = (1..).zip(statuses).map(|(second, status)| event(second, *status));
    view(id, Direction::Out, events.collect())
}

fn standing(view: Box<MessageView>) -> Box<MessageStatus> {
    Box::new((*view).into())
}

fn kind_of(view: &MessageView) -> Option<Kind> {
    Kind::of(&view.summary, &view.events)
}

fn kinds(warnings: &Warnings) -> Vec<Kind> {
    warnings.shown().iter().map(|warning| warning.kind).collect()
}

#[test]
fn the_kinds_of_failure() {
    use Status::{Feil, Levert, LevetidUtlopt, Opprettet, Sendt};
    for (statuses, kind) in [
        (&[Opprettet, Sendt, Levert][..], None),
        (&[Opprettet, Sendt, Feil], Some(Kind::Failed)),
        (&[Sendt, Levert, Feil], Some(Kind::FailedAfterDelivery)),
        (&[Sendt, LevetidUtlopt], Some(Kind::Expired)),
        (&[Sendt, Levert, LevetidUtlopt], Some(Kind::Contradictory)),
        (&[Sendt, LevetidUtlopt, Levert], Some(Kind::DeliveredLate)),
        // Tried again, and it went well.
        (&[Feil, Sendt, Levert], None),
    ] {
        assert_eq!(kind_of(&sent("a", statuses)), kind, "{statuses:?}");
    }
    let denied = StatusEvent { finding: Some(Finding::warning(Rule::CarrierAccess, "403")), ..event(2, Status::Annet) };
    let waits = vec![event(1, Opprettet), denied];
    assert_eq!(kind_of(&view("a", Direction::Out, waits.clone())), Some(Kind::Held));
    let left = [waits, vec![event(3, Sendt)]].concat();
    assert_eq!(kind_of(&view("a", Direction::Out, left)), None, "it has left after all");
    let rejected = StatusEvent { receipt: Some("ERROR".to_owned()), ..event(3, Feil) };
    let view_of = |last| view("a", Direction::Out, vec![event(1, Sendt), event(2, Levert), last]);
    assert_eq!(kind_of(&view("a", Direction::Out, vec![event(1, Sendt), rejected.clone()])), Some(Kind::Rejected));
    assert_eq!(kind_of(&view_of(rejected)), Some(Kind::FailedAfterDelivery));
    let foreign = StatusEvent { finding: Some(Finding::error(Rule::ReceiptWay, "x")), ..event(3, Status::Lest) };
    assert_eq!(kind_of(&view_of(foreign)), Some(Kind::Disputed));
}

#[test]
fn only_what_cannot_be_tried_again_asks_for_a_new_message() {
    let mut failed = sent("a", &[Status::Sendt, Status::Feil]);
    assert!(Kind::Failed.is_final(&failed) && Kind::Failed.wants_new(&failed));
    assert!(Kind::Rejected.wants_new(&failed) && Kind::Returned.wants_new(&failed));
    assert!(!Kind::Expired.wants_new(&failed), "they may have it");
    failed.retryable = true;
    assert!(!Kind::Failed.wants_new(&failed));
    failed.retryable = false;
    failed.summary.channel = "DPI".to_owned();
    assert!(!Kind::Failed.is_final(&failed), "a mailbox says what to do in its own words");
}

#[test]
fn every_kind_says_to_whom_and_what_to_do_in_every_language() {
    let all = [
        Kind::Refused(Code::RecipientUnknown),
        Kind::Failed,
        Kind::Rejected,
        Kind::FailedAfterDelivery,
        Kind::Expired,
        Kind::Contradictory,
        Kind::DeliveredLate,
        Kind::Disputed,
    ];
    for lang in Lang::ALL {
        for kind in all {
            let (happened, now) = kind.sentences("Svaretaten", lang);
            assert!(happened.contains("Svaretaten") && !now.is_empty(), "{kind:?} {happened}");
        }
    }
    let (_, now) = Kind::Refused(Code::RecipientUnknown).sentences("x", Lang::Nb);
    assert!(now.starts_with("Vi finner ikke mottakeren. "), "{now}");
}

#[test]
fn a_failure_is_shown_once_until_it_is_closed_or_overcome() {
    let failed = || News::Changed(standing(sent("a", &[Status::Sendt, Status::Feil])));
    let warnings = Warnings::default().after(failed()).after(failed());
    assert_eq!((kinds(&warnings), warnings.count()), (vec![Kind::Failed], 1));
    assert_eq!(warnings.shown()[0].recipient, "Svaretaten");
    let closed = warnings.clone().after(News::Close(About::Message("a".to_owned())));
    assert_eq!((kinds(&closed), closed.count()), (vec![], 1), "it still needs somebody");
    let told = closed.after(News::Counted(Attention { sent: 7, received: 1 }));
    assert_eq!((told.count(), told.all()), (7, Some(8)), "those of all pages");
    let mut handled = sent("a", &[Status::Sendt, Status::Feil]);
    handled.summary.attention = false;
    assert_eq!(kinds(&warnings.clone().after(News::Changed(standing(handled)))), [], "somebody has dealt with it");
    let overcome = warnings.after(News::Changed(standing(sent("a", &[Status::Feil, Status::Sendt, Status::Levert]))));
    assert_eq!((kinds(&overcome), overcome.count()), (vec![], 0));
}

#[test]
fn several_messages_have_one_card_and_a_draft_its_own() {
    use Status::{LevetidUtlopt, Sendt};
    let refused = News::Refused { draft: "d".to_owned(), recipient: "x".to_owned(), code: Code::RecipientUnknown };
    let one = Warnings::default().after(refused).after(News::Changed(standing(sent("a", &[Sendt, Status::Feil]))));
    assert!(matches!(one.cards()[..], [Card::One(_), Card::One(_)]), "a message and a draft");
    let two = one.after(News::Changed(standing(sent("b", &[Sendt, Status::Feil]))));
    let many = |count, undelivered| Card::Many { count, tone: Tone::Danger, undelivered };
    assert!(two.cards()[0] == many(2, true) && matches!(two.cards()[1..], [Card::One(_)]));
    let three = two.after(News::Changed(standing(sent("c", &[Sendt, LevetidUtlopt]))));
    assert_eq!(three.cards()[0], many(3, false), "they may have the third");
    let closed = three.after(News::CloseMessages);
    assert_eq!((kinds(&closed), closed.count()), (vec![Kind::Refused(Code::RecipientUnknown)], 3));
}

#[test]
fn what_a_failure_becomes_replaces_what_it_was_and_stays_in_its_place() {
    use Status::{Levert, LevetidUtlopt, Sendt};
    let warnings = Warnings::default()
        .after(News::Changed(standing(sent("a", &[Sendt, LevetidUtlopt]))))
        .after(News::Changed(standing(sent("b", &[Sendt, LevetidUtlopt]))))
        .after(News::Changed(standing(sent("a", &[Sendt, LevetidUtlopt, Levert]))));
    assert_eq!(kinds(&warnings), [Kind::Expired, Kind::DeliveredLate]);
}

#[test]
fn what_comes_in_warns_of_nothing() {
    let incoming = view("a", Direction::In, vec![event(1, Status::LevetidUtlopt)]);
    let warnings = Warnings::default().after(News::Changed(standing(incoming)));
    assert_eq!((warnings.shown().len(), warnings.count()), (0, 0));
}

#[test]
fn a_draft_that_could_not_be_sent_leads_back_to_it() {
    let refused =
        News::Refused { draft: "d".to_owned(), recipient: "Finnes ikke".to_owned(), code: Code::RecipientUnknown };
    let warnings = Warnings::default().after(refused);
    assert_eq!(warnings.shown()[0].about, About::Draft("d".to_owned()));
    assert_eq!(warnings.count(), 0, "there is no message");
}

#[test]
fn what_a_mailbox_or_a_printer_says_has_kinds_of_its_own() {
    let said = |receipt: &str| StatusEvent {
        source: Source::Mailbox,
        receipt: Some(receipt.to_owned()),
        ..event(3, Status::Feil)
    };
    let told = |before: &[Status], receipt: &str| {
        let before = (1..).zip(before).map(|(second, status)| event(second, *status));
        kind_of(&view("a", Direction::Out, before.chain([said(receipt)]).collect()))
    };
    for before in [&[Status::Sendt][..], &[Status::Sendt, Status::Levert]] {
        assert_eq!(told(before, "varslingfeiletkvittering"), Some(Kind::NotNotified));
        assert_eq!(told(before, "returpostkvittering"), Some(Kind::CameBack));
    }
    assert_eq!(told(&[Status::Sendt], "feil"), Some(Kind::Failed));
    assert_eq!(told(&[Status::Sendt, Status::Levert], "feil"), Some(Kind::FailedAfterDelivery));
    assert!(!Kind::NotNotified.is_undelivered() && Kind::CameBack.is_undelivered());
}

fn failed_at(id: &str, second: i64) -> MessageStatus {
    let mut one = *standing(sent(id, &[Status::Sendt, Status::Feil]));
    one.summary.changed = at(second);
    one
}

fn shown(warnings: &Warnings) -> Vec<&str> {
    warnings.messages().collect()
}

#[test]
fn what_happened_while_nobody_looked_is_told_the_newest_on_top() {
    let messages = || vec![failed_at("b", 7), failed_at("c", 9), failed_at("a", 3)];
    let told = Warnings::default().after(News::Opened(messages(), Some(at(5))));
    assert_eq!((shown(&told), told.count()), (vec!["c", "b"], 3));
    let first = Warnings::default().after(News::Opened(messages(), None));
    assert_eq!((shown(&first), first.seen_until()), (vec![], Some(at(9))), "nobody has been here before");
}

#[test]
fn what_was_closed_does_not_come_back_unless_it_fails_anew() {
    let opened = |second| News::Opened(vec![failed_at("a", second), failed_at("b", 8)], Some(at(5)));
    let closed = Warnings::default().after(opened(7)).after(News::Close(About::Message("a".to_owned())));
    assert_eq!((shown(&closed), closed.seen_until()), (vec!["b"], None));
    let again = closed.after(opened(7));
    assert_eq!(shown(&again), ["b"]);
    assert_eq!(shown(&again.clone().after(News::CloseMessages).after(opened(7))), Vec::<&str>::new());
    assert_eq!(shown(&again.after(opened(9))), ["a", "b"], "it was sent again, and failed again");
}

#[test]
fn what_is_heard_while_all_is_asked_for_is_newer_and_nothing_is_seen_before_the_answer() {
    let shown_one = Warnings::default().after(News::Changed(standing(sent("a", &[Status::Sendt, Status::Feil]))));
    let asked = shown_one.after(News::Opening).after(News::Close(About::Message("a".to_owned())));
    assert_eq!(asked.seen_until(), None, "what was missed is not known yet");
    let mut handled = standing(sent("b", &[Status::Sendt, Status::Feil]));
    handled.summary.attention = false;
    let told = asked.after(News::Changed(handled)).after(News::Opened(vec![failed_at("b", 9)], Some(at(1))));
    assert_eq!(shown(&told), Vec::<&str>::new(), "somebody has dealt with it since it was asked for");
    assert_eq!(told.seen_until(), Some(at(2)));
}

#[test]
fn what_is_told_of_a_draft_outlives_the_choice_of_another_organisation() {
    let refused = News::Refused { draft: "d".to_owned(), recipient: "x".to_owned(), code: Code::RecipientUnknown };
    let failed = News::Changed(standing(sent("a", &[Status::Sendt, Status::Feil])));
    let other = Warnings::default().after(failed).after(refused).for_another();
    assert_eq!((kinds(&other), other.count()), (vec![Kind::Refused(Code::RecipientUnknown)], 0));
}

#[test]
fn everything_is_seen_when_nothing_is_shown_and_nothing_asked_about() {
    let warnings = Warnings::default().after(News::Opened(vec![failed_at("w", 2)], Some(at(2))));
    assert_eq!(warnings.seen_until(), Some(at(2)));
    let asking = warnings.after(News::Asking("b".to_owned()));
    assert_eq!(asking.seen_until(), None);
    assert_eq!(asking.clone().after(News::Elsewhere("b".to_owned())).seen_until(), Some(at(2)));
    let failing = asking.after(News::Changed(standing(sent("b", &[Status::Sendt, Status::Levert, Status::Feil]))));
    assert_eq!(failing.seen_until(), None);
    let unheard = failing.after(News::Asking("c".to_owned())).after(News::Close(About::Message("b".to_owned())));
    assert_eq!(unheard.seen_until(), None, "it got no answer");
    assert_eq!(
        unheard.after(News::Opened(Vec::new(), Some(at(2)))).seen_until(),
        Some(at(3)),
        "it would be among these"
    );
}

#[test]
fn only_what_went_wrong_or_had_gone_wrong_is_asked_about() {
    let change =
        |id: &str, direction, status| Change { cursor: 1, id: id.to_owned(), direction, event: event(1, status) };
    let warnings =
        Warnings::default().after(News::Changed(standing(sent("a", &[Status::Sendt, Status::LevetidUtlopt]))));
    assert!(warnings.concerns(&change("a", Direction::Out, Status::Levert)), "it came after all");
    assert!(warnings.concerns(&change("b", Direction::Out, Status::Feil)));
    assert!(!warnings.concerns(&change("b", Direction::Out, Status::Levert)));
    assert!(!warnings.concerns(&change("b", Direction::In, Status::Feil)));
}

#[test]
fn where_nothing_was_sent_before_the_first_failure_is_news() {
    let warnings = Warnings::default().after(News::Opened(Vec::new(), None));
    let next = Warnings::default().after(News::Opened(vec![failed_at("a", 1)], warnings.seen_until()));
    assert_eq!(shown(&next), ["a"]);
}
