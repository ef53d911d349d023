//! The audit log: one unbroken chain, written in the transactions of what it tells of.

use futures_util::future::join_all;
use konvolutt_relay::audit::{
    Action, Event, Head, Id, Object, ObjectKind, Outcome, Record, Who, export, verify_export, verify_kept,
};
use konvolutt_relay::identity::NewSession;

use crate::kept::{Kept, OURS, at, delivery, everywhere, letter, session, take};

everywhere! { acts_and_their_records_are_one, what_cannot_be_recorded_is_not_done, many_at_once_make_one_chain }

const AUDIENCE: &str = "konvolutt.etat.example";

fn record(action: Action, object: &str, behalf: Option<&str>) -> Record {
    let id = |text: &str| Id::new(text).unwrap();
    let object = Object::new(ObjectKind::Message, id(object));
    let who = Who::Person(id("siri"));
    Record { at: at(1), event: Event { who, behalf: behalf.map(id), action, object, outcome: Outcome::Done } }
}

fn siri(digest: &str) -> NewSession {
    session(digest, "siri", at(60), at(600))
}

async fn lines(store: &Kept) -> Vec<String> {
    store.log_lines(0, None).await.unwrap().into_iter().map(|(_, line)| line).collect()
}

async fn acts_and_their_records_are_one(store: Kept) {
    assert_eq!(store.log_head().await.unwrap(), None);
    assert!(verify_kept(&*store.store, &[]).await.is_err(), "no log is no good log");
    store.begin_log(AUDIENCE).await.unwrap();
    let message = letter(1, 0);
    let submitted = || Some(record(Action::MessageSubmitted, &message.id, Some(OURS)));
    assert_eq!(store.accept(message.clone(), delivery(&message), submitted()).await.unwrap(), None);
    assert!(store.accept(message.clone(), delivery(&message), submitted()).await.unwrap().is_some());
    let retried = || Some(record(Action::DeliveryRetried, &message.id, Some(OURS)));
    assert!(!store.revive(&message.id, at(2), retried()).await.unwrap(), "it was not given up");
    store.begin_session(siri("a"), None, at(0), Some(record(Action::SignIn, "s-1", None))).await.unwrap();
    store.end_session("a", Some(record(Action::SignOut, "s-1", None))).await.unwrap();
    store.end_session("a", Some(record(Action::SignOut, "s-1", None))).await.unwrap();
    store.record(record(Action::MessageRead, &message.id, Some(OURS))).await.unwrap();
    let (all, words) = (lines(&store).await, ["message_submitted", "sign_in", "sign_out", "message_read"]);
    assert_eq!(all.len(), words.len(), "what did nothing leaves nothing: {all:?}");
    assert!(all.iter().zip(words).all(|(line, word)| line.contains(&format!("\"action\":\"{word}\""))), "{all:?}");
    let ours = store.log_lines(1, Some(OURS)).await.unwrap();
    assert_eq!(ours, [(4, all[3].clone())], "on our behalf, after the first");
    assert!(store.log_lines(0, Some("310900117")).await.unwrap().is_empty());
    assert_eq!(store.submission(&message.id).await.unwrap(), Some((1, all[0].clone())), "and not who read it");
    assert_eq!(store.submission("s-1").await.unwrap(), None);
    // Begun again, as at every start, the log goes on.
    store.begin_log("another.example").await.unwrap();
    let (audience, head) = verify_kept(&*store.store, &[]).await.unwrap();
    assert_eq!((audience.as_str(), head.sequence), (AUDIENCE, 4));
    let mut file = Vec::new();
    assert_eq!(export(&*store.store, Who::Relay, 0, &mut file).await.unwrap(), 5, "the export is told of, too");
    let (_, exported) = verify_kept(&*store.store, std::slice::from_ref(&head)).await.unwrap();
    assert_eq!(verify_export(file.as_slice(), Head::beginning(AUDIENCE), &[head]).unwrap(), exported);
    assert!(store.log_lines(u64::MAX, None).await.unwrap().is_empty(), "no number is too large to ask for");
    let rewritten = Head { sequence: 2, digest: "0".repeat(64) };
    assert!(verify_kept(&*store.store, &[rewritten]).await.is_err(), "another log was known elsewhere");
}

async fn what_cannot_be_recorded_is_not_done(store: Kept) {
    let message = letter(1, 0);
    let submitted = Some(record(Action::MessageSubmitted, &message.id, Some(OURS)));
    assert!(store.accept(message.clone(), delivery(&message), submitted).await.is_err(), "no log was begun");
    assert!(store.outgoing(OURS, &message.message_id).await.unwrap().is_none());
    assert!(take(&*store.store, "t", 1).await.is_none());
    let began = store.begin_session(siri("a"), None, at(0), Some(record(Action::SignIn, "s-1", None))).await;
    assert!(began.is_err());
    assert!(store.session("a", at(0)).await.unwrap().is_none());
}

async fn many_at_once_make_one_chain(store: Kept) {
    store.begin_log(AUDIENCE).await.unwrap();
    // More than are read at once.
    let writes = (0..600).map(|number| store.record(record(Action::MessageRead, &format!("m-{number}"), None)));
    assert!(join_all(writes).await.into_iter().all(|written| written.is_ok()));
    assert_eq!(verify_kept(&*store.store, &[]).await.unwrap().1.sequence, 600);
}
