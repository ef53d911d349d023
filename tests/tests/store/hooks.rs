//! Who is told of events, and the queue of what they are told.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use konvolutt_relay::audit::{Action, Id, ObjectKind, Record, Who};
use konvolutt_relay::webhook::{MOST, NewEndpoint, Notice, Outcome, Sealed, Tried, Which};
use konvolutt_shared::api::{WebhookAttempt, WebhookState, WebhookTrouble};

use crate::kept::{Kept, OURS, THEIRS, accept, at, everywhere, ours};

everywhere! {
    an_endpoint_is_its_organisations,
    the_log_has_what_was_done,
    every_event_since_is_queued_once_also_by_many,
    one_thing_at_a_time_and_only_in_one_hand,
    what_was_tried_is_in_the_log_and_can_be_replayed,
    one_that_is_gone_stops_and_goes_on,
    a_secret_is_sealed_anew_where_it_still_is,
}

fn which(id: &str) -> Which {
    Which { id: id.to_owned(), organisations: ours() }
}

/// What is kept is nothing that a store could read.
fn secret(number: u32) -> Sealed {
    Sealed::from(format!("sealed {number}"))
}

async fn endpoint(store: &Kept, id: &str) -> bool {
    let address = format!("https://{id}.example/");
    let endpoint =
        NewEndpoint { id: id.to_owned(), organisation: OURS.to_owned(), address, secret: secret(1), created: at(0) };
    store.add_webhook(endpoint, None).await.unwrap()
}

async fn take(store: &Kept, token: &str, seconds: i64) -> Option<Notice> {
    store.acquire_notice(token.to_owned(), at(seconds), at(seconds + 30)).await.unwrap()
}

fn tried(status: Option<u16>, outcome: Outcome, when: Timestamp) -> Tried {
    let trouble = status.is_none().then_some(WebhookTrouble::Timeout);
    Tried { attempt: WebhookAttempt { at: when, status, trouble, ms: 12 }, outcome }
}

async fn an_endpoint_is_its_organisations(store: Kept) {
    let added = join_all((0..MOST + 3).map(|number| {
        let (store, id) = (&store, format!("w-{number:02}"));
        async move { endpoint(store, &id).await }
    }));
    assert_eq!(added.await.into_iter().filter(|added| *added).count(), MOST);
    let kept = store.webhooks(&ours()).await.unwrap();
    assert_eq!(kept.len(), MOST);
    let id = kept[0].id.as_str();
    let stranger = Which { id: id.to_owned(), organisations: vec![THEIRS.to_owned()] };
    assert!(store.webhooks(&[THEIRS.to_owned()]).await.unwrap().is_empty());
    assert!(!store.remove_webhook(stranger.clone(), None).await.unwrap());
    assert!(!store.resume_webhook(stranger.clone(), None).await.unwrap());
    assert!(store.rotate_webhook(stranger.clone(), secret(2), at(60), None).await.unwrap().is_none());
    assert!(store.notices(stranger, None).await.unwrap().is_none());
    let rotated = store.rotate_webhook(which(id), secret(2), at(60), None).await.unwrap().unwrap();
    assert_eq!((rotated.id.as_str(), rotated.old_secret_until), (id, Some(at(60))));
    assert!(store.remove_webhook(which(id), None).await.unwrap());
    assert!(!store.remove_webhook(which(id), None).await.unwrap());
    assert!(endpoint(&store, "room").await, "there is room again");
}

/// What was done is in the log with it, and what was not is not.
async fn the_log_has_what_was_done(store: Kept) {
    store.begin_log("konvolutt.etat.example").await.unwrap();
    let lines = async || store.log_lines(0, None).await.unwrap().len();
    let record = |action| {
        let [who, object] = ["siri", "w"].map(|text| Id::new(text).unwrap());
        Some(Record::done(Who::Person(who), action, ObjectKind::Webhook, object))
    };
    let new = |number: usize| {
        let (id, organisation) = (format!("w-{number:02}"), OURS.to_owned());
        NewEndpoint { address: format!("https://{id}.example/"), id, organisation, secret: secret(1), created: at(0) }
    };
    for number in 0..MOST {
        assert!(store.add_webhook(new(number), record(Action::WebhookMade)).await.unwrap());
    }
    assert!(!store.add_webhook(new(MOST), record(Action::WebhookMade)).await.unwrap());
    assert_eq!(lines().await, MOST, "one too many was not made");
    let (changed, replayed) = (|| record(Action::WebhookChanged), record(Action::WebhookReplayed));
    assert!(store.rotate_webhook(which("w-99"), secret(2), at(60), changed()).await.unwrap().is_none());
    assert!(!store.resume_webhook(which("w-99"), changed()).await.unwrap());
    assert!(!store.replay_notice(which("w-00"), 99, at(60), replayed).await.unwrap());
    assert!(!store.remove_webhook(which("w-99"), record(Action::WebhookRemoved)).await.unwrap());
    assert_eq!(lines().await, MOST);
    assert!(store.rotate_webhook(which("w-00"), secret(2), at(60), changed()).await.unwrap().is_some());
    assert!(store.resume_webhook(which("w-00"), changed()).await.unwrap());
    assert!(store.remove_webhook(which("w-00"), record(Action::WebhookRemoved)).await.unwrap());
    assert_eq!(lines().await, MOST + 3);
}

async fn every_event_since_is_queued_once_also_by_many(store: Kept) {
    accept(&*store, 1, 0).await;
    endpoint(&store, "a").await;
    endpoint(&store, "b").await;
    for number in 2..270 {
        accept(&*store, number, 0).await;
    }
    let mut queued = 0;
    loop {
        let shares = join_all((0..4).map(|_| store.spread_events(at(1)))).await;
        let share: usize = shares.into_iter().map(Result::unwrap).sum();
        queued += share;
        if share == 0 {
            break;
        }
    }
    assert_eq!(queued, 2 * 268, "the first was there before anybody was to be told");
    let (mut numbers, mut before) = (BTreeSet::new(), None);
    loop {
        let page = store.notices(which("a"), before).await.unwrap().unwrap();
        numbers.extend(page.items.iter().map(|one| one.cursor));
        assert!(page.items.iter().all(|one| one.state == WebhookState::Waiting && one.due == Some(at(1))));
        let Some(next) = page.next else { break };
        before = Some(next.parse().unwrap());
    }
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), (2..270).collect::<Vec<u64>>());
}

async fn one_thing_at_a_time_and_only_in_one_hand(store: Kept) {
    endpoint(&store, "a").await;
    endpoint(&store, "b").await;
    store.rotate_webhook(which("a"), secret(2), at(20), None).await.unwrap();
    accept(&*store, 1, 0).await;
    accept(&*store, 2, 0).await;
    assert_eq!(store.spread_events(at(0)).await.unwrap(), 4);
    let taken = join_all((0..5).map(|token| {
        let (store, token) = (&store, token.to_string());
        async move { take(store, &token, 0).await }
    }));
    let taken: Vec<Notice> = taken.await.into_iter().flatten().collect();
    assert!(!taken.is_empty() && taken.len() <= 2, "{taken:?}");
    let a = taken.into_iter().find(|one| one.webhook == "a");
    let Some(a) = (match a {
        None => take(&store, "later", 0).await,
        found => found,
    }) else {
        panic!("nothing for a");
    };
    assert_eq!(a.secrets, [secret(2), secret(1)]);
    assert_eq!((a.change.id.as_str(), a.message.organisation.as_str(), a.attempts), ("m-00001", OURS, 0));
    // Its worker dies; the next one takes the same, and the old one can write nothing back.
    let again = loop {
        let next = take(&store, "next", 40).await.unwrap();
        if next.webhook == "a" {
            break next;
        }
    };
    assert_eq!((again.number, &again.event_id, &again.secrets[..]), (a.number, &a.event_id, &[secret(2)][..]));
    assert!(!store.settle_notice(&a, tried(Some(200), Outcome::Delivered, at(40)), at(40)).await.unwrap());
    assert!(store.settle_notice(&again, tried(Some(200), Outcome::Delivered, at(40)), at(40)).await.unwrap());
    assert!(!store.settle_notice(&again, tried(Some(200), Outcome::Delivered, at(40)), at(40)).await.unwrap());
}

async fn what_was_tried_is_in_the_log_and_can_be_replayed(store: Kept) {
    endpoint(&store, "a").await;
    accept(&*store, 1, 0).await;
    store.spread_events(at(0)).await.unwrap();
    for (seconds, status, outcome) in
        [(0, Some(503), Outcome::Later(at(5))), (5, None, Outcome::Later(at(60))), (60, Some(500), Outcome::Dead)]
    {
        assert!(seconds == 0 || take(&store, "early", seconds - 1).await.is_none());
        let notice = take(&store, "t", seconds).await.unwrap();
        assert!(store.settle_notice(&notice, tried(status, outcome, at(seconds)), at(seconds)).await.unwrap());
    }
    assert!(take(&store, "t", 100_000).await.is_none(), "given up");
    let page = store.notices(which("a"), None).await.unwrap().unwrap();
    let [one] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((one.state, one.due), (WebhookState::Dead, None));
    let tries: Vec<_> = one.attempts.iter().map(|one| (one.at, one.status, one.trouble, one.ms)).collect();
    let late = Some(WebhookTrouble::Timeout);
    assert_eq!(tries, [(at(0), Some(503), None, 12), (at(5), None, late, 12), (at(60), Some(500), None, 12)]);
    assert!(!store.replay_notice(which("b"), one.number, at(70), None).await.unwrap());
    assert!(store.replay_notice(which("a"), one.number, at(70), None).await.unwrap());
    let again = take(&store, "t", 70).await.unwrap();
    assert_eq!((again.attempts, &again.event_id), (0, &one.event_id));
    assert!(store.settle_notice(&again, tried(Some(204), Outcome::Delivered, at(70)), at(70)).await.unwrap());
    store.forget_notices(at(0)).await.unwrap();
    assert_eq!(store.notices(which("a"), None).await.unwrap().unwrap().items.len(), 1);
    store.forget_notices(at(1)).await.unwrap();
    assert!(store.notices(which("a"), None).await.unwrap().unwrap().items.is_empty());
}

async fn one_that_is_gone_stops_and_goes_on(store: Kept) {
    endpoint(&store, "a").await;
    accept(&*store, 1, 0).await;
    store.spread_events(at(0)).await.unwrap();
    let notice = take(&store, "t", 0).await.unwrap();
    assert!(store.settle_notice(&notice, tried(Some(410), Outcome::Gone, at(0)), at(0)).await.unwrap());
    accept(&*store, 2, 0).await;
    store.spread_events(at(1)).await.unwrap();
    assert!(take(&store, "t", 100).await.is_none());
    assert!(store.webhooks(&ours()).await.unwrap()[0].stopped);
    assert!(store.resume_webhook(which("a"), None).await.unwrap());
    assert_eq!(take(&store, "t", 100).await.unwrap().event_id, notice.event_id);
}

async fn a_secret_is_sealed_anew_where_it_still_is(store: Kept) {
    endpoint(&store, "a").await;
    endpoint(&store, "b").await;
    store.rotate_webhook(which("a"), secret(2), at(60), None).await.unwrap();
    let all = async || {
        let mut all: Vec<_> = store.webhook_secrets().await.unwrap();
        all.sort_by(|one, other| (&one.0, one.1.as_str()).cmp(&(&other.0, other.1.as_str())));
        all.into_iter().map(|(id, kept)| format!("{id} {}", kept.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(all().await, ["a sealed 1", "a sealed 2", "b sealed 1"]);
    assert!(store.reseal_webhook("a", secret(1), secret(3)).await.unwrap());
    assert!(!store.reseal_webhook("a", secret(1), secret(4)).await.unwrap(), "somebody else was first");
    assert!(!store.reseal_webhook("c", secret(1), secret(4)).await.unwrap());
    assert!(store.reseal_webhook("b", secret(1), secret(4)).await.unwrap(), "no secret before this one");
    assert_eq!(all().await, ["a sealed 2", "a sealed 3", "b sealed 4"]);
    accept(&*store, 1, 0).await;
    store.spread_events(at(0)).await.unwrap();
    let mut taken = [take(&store, "t", 0).await.unwrap(), take(&store, "u", 0).await.unwrap()];
    taken.sort_by(|one, other| one.webhook.cmp(&other.webhook));
    assert_eq!(taken.map(|notice| notice.secrets), [vec![secret(2), secret(3)], vec![secret(4)]]);
}
