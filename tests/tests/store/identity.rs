//! Sessions and API keys.

use futures_util::future::join_all;
use konvolutt_relay::audit::{Action, Event, Id, Object, ObjectKind, Outcome, Record, Who};
use konvolutt_relay::identity::{Bounds, Ending, HeldKey, NewSession, Stage};
use konvolutt_shared::api::{ApiKey, Right};

use crate::kept::{Kept, at, everywhere, session};

everywhere! {
    a_session_ends, one_session_takes_the_place_of_another, sessions_end_together, a_ticket_is_taken_once,
    a_key_is_its_organisations, a_revoked_key_takes_its_frames_with_it
}

async fn begin(store: &Kept, session: NewSession, seconds: i64) {
    store.begin_session(session, None, at(seconds), None).await.unwrap();
}

async fn lives(store: &Kept, digest: &str, seconds: i64) -> bool {
    store.session(digest, at(seconds)).await.unwrap().is_some()
}

async fn a_session_ends(store: Kept) {
    begin(&store, session("a", "siri", at(60), at(120)), 0).await;
    begin(&store, session("b", "siri", at(600), at(600)), 0).await;
    let held = store.session("a", at(59)).await.unwrap().unwrap();
    assert_eq!((held.person.name.as_str(), held.expires, held.latest), ("Siri Ås", at(60), at(120)));
    assert!(!lives(&store, "a", 60).await);
    store.extend_session("a", at(90)).await.unwrap();
    assert!(lives(&store, "a", 89).await && !lives(&store, "a", 90).await);
    // However much it is used, it ends.
    store.extend_session("a", at(900)).await.unwrap();
    assert!(lives(&store, "a", 119).await && !lives(&store, "a", 120).await);
    assert_eq!(store.session("a", at(0)).await.unwrap().unwrap().expires, at(120));
    // Neither does one begin that lasts too long.
    begin(&store, session("d", "siri", at(900), at(150)), 0).await;
    assert_eq!(store.session("d", at(0)).await.unwrap().unwrap().expires, at(150));
    // A new one forgets those that have ended.
    begin(&store, session("c", "siri", at(600), at(600)), 140).await;
    assert!(!lives(&store, "a", 0).await && lives(&store, "d", 0).await);
    assert!(store.end_session("b", None).await.unwrap());
    assert!(!store.end_session("b", None).await.unwrap());
    assert!(!lives(&store, "b", 0).await && lives(&store, "c", 0).await);
}

async fn one_session_takes_the_place_of_another(store: Kept) {
    begin(&store, session("old", "siri", at(60), at(60)), 0).await;
    begin(&store, session("other", "siri", at(60), at(60)), 0).await;
    store.begin_session(session("new", "siri", at(60), at(60)), Some("old"), at(1), None).await.unwrap();
    assert!(!lives(&store, "old", 1).await && lives(&store, "new", 1).await && lives(&store, "other", 1).await);
    // A token that is there already begins nothing and ends nothing.
    let again = store.begin_session(session("new", "ola", at(60), at(60)), Some("other"), at(1), None).await;
    assert!(again.is_err() && lives(&store, "other", 1).await);
    assert_eq!(store.session("new", at(1)).await.unwrap().unwrap().person.id, "siri");
}

fn left() -> Record {
    let id = |text: &str| Id::new(text).unwrap();
    let object = Object::new(ObjectKind::Person, id("siri"));
    let (who, action) = (Who::Person(id("siri")), Action::SignOutEverywhere);
    Record { at: at(1), event: Event { who, behalf: None, action, object, outcome: Outcome::Done } }
}

async fn sessions_end_together(store: Kept) {
    store.begin_log("konvolutt.etat.example").await.unwrap();
    let of_provider = |digest: &str, person: &str, sid: &str| NewSession {
        provider: Some(sid.to_owned()),
        ..session(digest, person, at(60), at(60))
    };
    for (digest, person, sid) in [("a", "siri", "s-1"), ("b", "siri", "s-2"), ("c", "ola", "s-3"), ("d", "ola", "s-3")]
    {
        begin(&store, of_provider(digest, person, sid), 0).await;
    }
    begin(&store, session("e", "siri", at(60), at(60)), 0).await;
    assert_eq!(store.end_sessions(Ending::Provider("s-3".to_owned()), None).await.unwrap(), 2);
    assert!(!lives(&store, "c", 0).await && !lives(&store, "d", 0).await && lives(&store, "a", 0).await);
    assert_eq!(store.end_sessions(Ending::Person("siri".to_owned()), Some(left())).await.unwrap(), 3);
    assert_eq!(store.end_sessions(Ending::Person("siri".to_owned()), Some(left())).await.unwrap(), 0);
    for digest in ["a", "b", "e"] {
        assert!(!lives(&store, digest, 0).await, "{digest}");
    }
    assert_eq!(store.log_lines(0, None).await.unwrap().len(), 2);
    let called = |digest: &str, subject: &str| NewSession {
        subject: Some(subject.to_owned()),
        ..session(digest, subject, at(60), at(60))
    };
    for (digest, subject) in [("f", "siri"), ("g", "siri"), ("h", "ola"), ("i", "kari")] {
        begin(&store, called(digest, subject), 0).await;
    }
    // What somebody outside asks for is recorded when there was something.
    let subject = |subject: &str| Ending::Subject(subject.to_owned());
    assert_eq!(store.end_sessions(subject("nobody"), Some(left())).await.unwrap(), 0);
    assert_eq!(store.log_lines(0, None).await.unwrap().len(), 2);
    assert_eq!(store.end_sessions(subject("siri"), Some(left())).await.unwrap(), 2);
    assert!(!lives(&store, "f", 0).await && lives(&store, "h", 0).await);
    assert_eq!(store.end_sessions(Ending::All, Some(left())).await.unwrap(), 2);
    assert_eq!(store.log_lines(0, None).await.unwrap().len(), 4);
}

fn ticket(digest: &str, key: &str) -> NewSession {
    let (origin, scope) = ("https://sak.example".to_owned(), vec![Right::Directory, Right::Send]);
    let bounds = Bounds { stage: Stage::Ticket, origin, scope, key: Some(key.to_owned()) };
    NewSession { bounds: Some(bounds), ..session(digest, &format!("key:{key}"), at(60), at(60)) }
}

async fn a_ticket_is_taken_once(store: Kept) {
    begin(&store, ticket("t", "k-1"), 0).await;
    let held = store.session("t", at(0)).await.unwrap().unwrap();
    assert_eq!(held.bounds, ticket("t", "k-1").bounds);
    let taken = join_all((0..8).map(|_| store.end_session("t", None))).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken.as_ref().unwrap()).count(), 1);
}

fn key(id: &str, organisation: &str, seconds: i64) -> HeldKey {
    let key = ApiKey {
        id: id.to_owned(),
        organisation: organisation.to_owned(),
        name: format!("Sak «{id}»"),
        scope: vec![Right::Look, Right::Embed],
        created: at(seconds),
        expires: at(seconds + 1000),
        used: None,
    };
    HeldKey { key, digest: format!("digest of {id}") }
}

async fn a_key_is_its_organisations(store: Kept) {
    assert!(store.add_key(key("k-2", "1", 2), 2, None).await.unwrap());
    assert!(store.add_key(key("k-1", "1", 1), 2, None).await.unwrap());
    assert!(!store.add_key(key("k-3", "1", 3), 2, None).await.unwrap(), "one too many");
    assert!(store.add_key(key("k-4", "2", 4), 2, None).await.unwrap(), "another's do not count");
    assert!(store.add_key(key("k-4", "3", 4), 2, None).await.is_err(), "an id is used once");
    assert_eq!(store.key("k-1").await.unwrap(), Some(key("k-1", "1", 1)));
    assert_eq!(store.key("k-3").await.unwrap(), None);
    store.key_used("k-1", at(7)).await.unwrap();
    let mut used = key("k-1", "1", 1).key;
    used.used = Some(at(7));
    assert_eq!(store.keys("1").await.unwrap(), [used, key("k-2", "1", 2).key], "oldest first");
    assert!(!store.revoke_key("k-1", "2", None).await.unwrap(), "somebody else's");
    assert!(store.revoke_key("k-1", "1", None).await.unwrap());
    assert!(!store.revoke_key("k-1", "1", None).await.unwrap());
    assert_eq!((store.keys("1").await.unwrap().len(), store.keys("2").await.unwrap().len()), (1, 1));
}

async fn a_revoked_key_takes_its_frames_with_it(store: Kept) {
    assert!(store.add_key(key("k-1", "1", 0), 9, None).await.unwrap());
    begin(&store, ticket("t-1", "k-1"), 0).await;
    begin(&store, ticket("t-2", "k-2"), 0).await;
    begin(&store, session("s", "k-1", at(60), at(60)), 0).await;
    assert!(!store.revoke_key("k-1", "2", None).await.unwrap());
    assert!(lives(&store, "t-1", 0).await);
    assert!(store.revoke_key("k-1", "1", None).await.unwrap());
    assert!(!lives(&store, "t-1", 0).await && lives(&store, "t-2", 0).await && lives(&store, "s", 0).await);
}
