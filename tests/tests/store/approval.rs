//! Letters that wait for approval.

use futures_util::future::join_all;
use jiff::Timestamp;
use konvolutt_relay::approval::{Decided, Decision, Hold};
use konvolutt_relay::audit::{Action, Id, ObjectKind, Record, Who};
use konvolutt_relay::message::{self, NewMessage};
use konvolutt_relay::outbox::Backlog;
use konvolutt_relay::store::{Listing, Store};
use konvolutt_shared::api::{Approval, ApprovalStep, Source, Status, StatusEvent};
use konvolutt_shared::status::decided;

use crate::kept::{CHANNEL, Kept, OURS, THEIRS, at, delivery, everywhere, letter, ours, take};

everywhere! {
    what_waits_is_in_nobodys_hands_until_it_is_approved,
    what_is_returned_is_never_sent,
    of_many_who_decide_one_is_first,
    what_waits_too_long_is_over,
    what_waits_is_told_of_oldest_first,
}

fn hold() -> Hold {
    Hold { sender: "siri".to_owned(), sent_by: "Siri Ås".to_owned(), key: Some("MAA=".to_owned()) }
}

/// Accepts a letter that must be approved.
async fn held(store: &dyn Store, number: u32, seconds: i64) -> NewMessage {
    store.begin_log("test").await.unwrap();
    let message = NewMessage { hold: Some(hold()), ..letter(number, seconds) };
    assert_eq!(store.accept(message.clone(), delivery(&message), None).await.unwrap(), None);
    message
}

fn decision(message: &NewMessage, step: ApprovalStep, now: Timestamp) -> Decision {
    let status = if step == ApprovalStep::Approved { Status::Annet } else { Status::Feil };
    let event = StatusEvent {
        approval: Some(Approval { step, by: "Gro".to_owned() }),
        description: (step == ApprovalStep::Returned).then(|| "Vedlegg 2 mangler.".to_owned()),
        ..message::event(now, status, Source::Person)
    };
    let who = Who::Person(Id::new("gro").unwrap());
    let record = Record::done(who, Action::MessageApproved, ObjectKind::Message, Id::new(&message.id).unwrap());
    Decision { message: message.id.clone(), step, event, record }
}

async fn recorded(store: &dyn Store) -> u64 {
    store.log_head().await.unwrap().unwrap().1.sequence
}

async fn what_waits_is_in_nobodys_hands_until_it_is_approved(store: Kept) {
    let message = held(&*store, 1, 0).await;
    assert!(take(&*store, "early", 900).await.is_none());
    assert_eq!(store.backlog(CHANNEL).await.unwrap(), Backlog::default(), "nothing is late");
    assert!(!store.revive(&message.id, at(5), None).await.unwrap(), "trying again is no way round");
    let view = store.message(&message.id, &ours()).await.unwrap().unwrap();
    assert!(view.summary.awaits_approval && !view.retryable);
    assert_eq!(view.events[0].approval, Some(Approval { step: ApprovalStep::Asked, by: "Siri Ås".to_owned() }));
    let kept = store.held(&message.id).await.unwrap().unwrap();
    assert_eq!((kept.hold, kept.summary.id), (hold(), message.id.clone()));

    let approve = || decision(&message, ApprovalStep::Approved, at(1_000));
    assert_eq!(store.decide(approve()).await.unwrap(), Decided::Now);
    assert_eq!(recorded(&*store).await, 1);
    assert_eq!(store.decide(approve()).await.unwrap(), Decided::Again);
    assert_eq!(store.decide(decision(&message, ApprovalStep::Returned, at(1_001))).await.unwrap(), Decided::Otherwise);
    assert_eq!(recorded(&*store).await, 1, "what is not done is not recorded");
    assert!(store.held(&message.id).await.unwrap().is_none(), "the key is gone");
    let view = store.message(&message.id, &ours()).await.unwrap().unwrap();
    assert_eq!((view.events.len(), decided(&view.events)), (2, Some(ApprovalStep::Approved)));
    assert!(!view.summary.awaits_approval && !view.summary.attention);
    assert_eq!(view.summary.status, Status::Opprettet);

    let lease = take(&*store, "a", 1_000).await.unwrap();
    let row = delivery(&message);
    assert_eq!((lease.sbd, lease.details, lease.reference), (row.sbd, row.details, row.reference));
    assert_eq!((lease.package, lease.package_size, lease.expires), (row.package, row.package_size, row.expires));
    assert_eq!(lease.created, at(1_000), "it was queued then");
    assert!(take(&*store, "b", 1_000).await.is_none(), "once");
}

async fn what_is_returned_is_never_sent(store: Kept) {
    let message = held(&*store, 1, 0).await;
    let send_back = || decision(&message, ApprovalStep::Returned, at(10));
    assert_eq!(store.decide(send_back()).await.unwrap(), Decided::Now);
    assert_eq!(store.decide(send_back()).await.unwrap(), Decided::Again);
    assert_eq!(store.decide(decision(&message, ApprovalStep::Approved, at(11))).await.unwrap(), Decided::Otherwise);
    assert!(take(&*store, "a", 900).await.is_none());
    let view = store.message(&message.id, &ours()).await.unwrap().unwrap();
    assert_eq!((view.summary.status, view.summary.attention), (Status::Feil, true));
    assert_eq!(view.events[1].description.as_deref(), Some("Vedlegg 2 mangler."));
    assert!(store.overdue(at(100_000)).await.unwrap().is_empty(), "it is over");
    let known = store.outgoing(OURS, &message.message_id).await.unwrap();
    assert_eq!(known.unwrap().id, message.id, "handing the same over again does not bring it back");
}

async fn of_many_who_decide_one_is_first(store: Kept) {
    let message = held(&*store, 1, 0).await;
    let steps = [ApprovalStep::Approved, ApprovalStep::Returned];
    let tries = (0..16).map(|one| store.decide(decision(&message, steps[one % 2], at(10))));
    let answers: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Decided::Now).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Decided::Otherwise).count(), 8);
    let view = store.message(&message.id, &ours()).await.unwrap().unwrap();
    assert_eq!(view.events.len(), 2);
    let approved = decided(&view.events) == Some(ApprovalStep::Approved);
    assert_eq!(take(&*store, "a", 20).await.is_some(), approved);
}

async fn what_waits_too_long_is_over(store: Kept) {
    let message = held(&*store, 1, 0).await;
    let late = at(3_601);
    let overdue = store.overdue(late).await.unwrap();
    assert!(overdue.iter().eq([&message.id]), "{overdue:?}");
    let event = message::event(late, Status::LevetidUtlopt, Source::Relay);
    store.expire(&message.id, event, late).await.unwrap();
    assert!(store.held(&message.id).await.unwrap().is_none());
    assert_eq!(store.decide(decision(&message, ApprovalStep::Approved, late)).await.unwrap(), Decided::Otherwise);
    assert!(take(&*store, "a", 9_000).await.is_none());
    let view = store.message(&message.id, &ours()).await.unwrap().unwrap();
    assert_eq!((view.summary.status, view.summary.awaits_approval), (Status::LevetidUtlopt, false));
}

async fn what_waits_is_told_of_oldest_first(store: Kept) {
    for number in [2, 1, 3] {
        held(&*store, number, i64::from(number)).await;
    }
    let free = letter(4, 4);
    assert_eq!(store.accept(free.clone(), delivery(&free), None).await.unwrap(), None);
    let ids = async |organisation| {
        let held = store.waiting(organisation).await.unwrap();
        held.into_iter().map(|one| one.summary.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(OURS).await, ["m-00001", "m-00002", "m-00003"]);
    assert!(ids(THEIRS).await.is_empty());
    let list = store.list(&Listing::all(OURS, None), None).await.unwrap().items;
    let waits: Vec<_> =
        list.iter().filter(|one| one.summary.awaits_approval).map(|one| one.summary.id.as_str()).collect();
    assert_eq!(waits, ["m-00003", "m-00002", "m-00001"]);
    assert!(store.held("m-00004").await.unwrap().is_none());
    let none = decision(&free, ApprovalStep::Approved, at(5));
    assert_eq!(store.decide(none).await.unwrap(), Decided::Otherwise, "it never waited");
}
