//! The queue of what must leave.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use konvolutt_relay::message::{self, NotStored};
use konvolutt_relay::outbox::{Acquire, Kind, Outcome};
use konvolutt_relay::store::Listing;
use konvolutt_shared::api::{Source, Status, StatusEvent};
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::status;

use crate::kept::{CHANNEL, Kept, OURS, accept, at, delivery, everywhere, letter, ours, take};

everywhere! {
    a_message_is_accepted_once,
    of_many_who_hand_the_same_over_one_is_first,
    a_row_is_in_one_hand,
    what_was_lost_cannot_be_written_back,
    many_workers_take_every_row_once,
    a_failure_waits_and_a_dead_letter_can_be_revived,
    a_probe_takes_what_was_not_tried,
    what_is_overdue_is_expired_once,
    a_new_start_takes_back_what_was_in_hands,
    what_has_left_is_followed_until_nothing_more_comes,
    what_becomes_of_a_delayed_letter_is_kept_with_each_of_the_carriers_words,
}

async fn a_message_is_accepted_once(store: Kept) {
    let first = accept(&*store, 1, 0).await;
    let again = message::NewMessage { id: "other".to_owned(), ..letter(1, 5) };
    let answer = store.accept(again.clone(), delivery(&again), None).await.unwrap();
    let Some(NotStored::Known(known)) = answer else { unreachable!("{answer:?}") };
    assert_eq!((known.id.as_str(), known.digest.as_deref()), ("m-00001", Some("digest-1")));
    assert_eq!(store.outgoing(OURS, &first.message_id).await.unwrap().as_ref(), Some(&known));
    let elsewhere =
        message::NewMessage { document_type: "digital".to_owned(), channel: "DPI".to_owned(), ..again.clone() };
    let answer = store.accept(elsewhere.clone(), delivery(&elsewhere), None).await.unwrap();
    assert_eq!(answer, Some(NotStored::Known(known.clone())));
    assert_eq!(store.outgoing("310900117", &first.message_id).await.unwrap(), None);
    assert!(store.message("other", &ours()).await.unwrap().is_none());
    let backlog = store.backlog(CHANNEL).await.unwrap();
    assert_eq!((backlog.waiting, backlog.oldest, backlog.next), (1, Some(at(0)), Some(at(0))));
    assert_eq!(store.backlog("DPI").await.unwrap(), konvolutt_relay::outbox::Backlog::default());
    let view = store.message("m-00001", &ours()).await.unwrap().unwrap();
    assert_eq!(view.sbd, first.sbd);
    assert_eq!(view.summary.party, first.party);
    assert_eq!((view.summary.size, view.summary.status), (first.size, Status::Opprettet));
    assert_eq!((view.expires, view.has_package, view.envelope), (first.expires, true, first.envelope));
    assert_eq!(view.events.iter().map(|event| event.status).collect::<Vec<_>>(), [Status::Opprettet]);
    assert_eq!(store.package("m-00001").await.unwrap(), Some(("out-1".to_owned(), 1_100_000_000)));
}

async fn of_many_who_hand_the_same_over_one_is_first(store: Kept) {
    let tries = (0..24).map(|one| {
        let message = message::NewMessage { id: format!("try-{one}"), ..letter(1, 0) };
        let row = delivery(&message);
        store.accept(message, row, None)
    });
    let answers: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_none()).count(), 1);
    let id = |answer| match answer {
        NotStored::Known(known) => known.id,
        NotStored::UploadGone => unreachable!("none came as an upload"),
    };
    let ids: BTreeSet<_> = answers.into_iter().flatten().map(id).collect();
    assert_eq!(ids.len(), 1, "all are told of the same one");
    assert_eq!(store.backlog(CHANNEL).await.unwrap().waiting, 1);
    assert_eq!(store.list(&Listing::all(OURS, None), None).await.unwrap().items.len(), 1);
}

async fn a_row_is_in_one_hand(store: Kept) {
    accept(&*store, 1, 10).await;
    assert!(take(&*store, "early", 9).await.is_none(), "not due yet");
    let lease = take(&*store, "a", 10).await.unwrap();
    assert_eq!((lease.id.as_str(), lease.message.as_str(), lease.kind), ("d-m-00001", "m-00001", Kind::Letter));
    assert_eq!((lease.token.as_str(), lease.attempts, lease.transfer.clone()), ("a", 0, None));
    assert_eq!((lease.created, lease.expires, lease.package_size), (at(10), letter(1, 10).expires, 1_100_000_000));
    assert_eq!((lease.sbd, lease.reference), (letter(1, 10).sbd, "reference".to_owned()));
    assert!(take(&*store, "b", 60).await.is_none(), "in other hands");
    assert_eq!(store.backlog(CHANNEL).await.unwrap().next, Some(at(70)));
    assert!(!lease.doubtful);
    let after = take(&*store, "c", 70).await.unwrap();
    assert_eq!((after.token.as_str(), after.attempts), ("c", 1), "the lease has ended");
    assert!(after.doubtful, "nobody knows how far the one before came");
    let later = |code: Code| Outcome::Later(at(200), code.as_str().to_owned());
    assert!(store.settle(&after, later(Code::SendingUncertain), None, at(71)).await.unwrap());
    let third = take(&*store, "d", 200).await.unwrap();
    assert!(third.doubtful, "its answer was lost");
    assert!(store.settle(&third, later(Code::ServiceDown), None, at(201)).await.unwrap());
    assert!(!take(&*store, "e", 300).await.unwrap().doubtful);
}

async fn what_was_lost_cannot_be_written_back(store: Kept) {
    accept(&*store, 1, 0).await;
    let slow = take(&*store, "slow", 0).await.unwrap();
    assert!(store.renew(&slow, at(65)).await.unwrap());
    assert!(take(&*store, "quick", 64).await.is_none(), "renewed");
    assert!(store.keep_transfer(&slow, "t-1").await.unwrap());
    let quick = take(&*store, "quick", 65).await.unwrap();
    assert_eq!(quick.transfer.as_deref(), Some("t-1"));
    let sent = || Some(message::event(at(66), Status::Sendt, Source::Altinn));
    assert!(!store.renew(&slow, at(500)).await.unwrap());
    assert!(!store.keep_transfer(&slow, "t-2").await.unwrap());
    assert!(!store.settle(&slow, Outcome::Sent { follow: None }, sent(), at(66)).await.unwrap());
    let view = store.message("m-00001", &ours()).await.unwrap().unwrap();
    assert_eq!(view.events.len(), 1, "nothing of the slow one's is written");
    assert!(store.settle(&quick, Outcome::Sent { follow: None }, sent(), at(67)).await.unwrap());
    assert!(!store.settle(&quick, Outcome::Sent { follow: None }, sent(), at(68)).await.unwrap(), "it is settled");
    let view = store.message("m-00001", &ours()).await.unwrap().unwrap();
    assert_eq!((view.summary.status, view.summary.changed), (Status::Sendt, at(67)));
    assert_eq!(view.events.len(), 2);
    assert!(take(&*store, "later", 900).await.is_none(), "what has left is not taken again");
}

async fn many_workers_take_every_row_once(store: Kept) {
    const ROWS: u32 = 60;
    for number in 0..ROWS {
        accept(&*store, number, i64::from(number)).await;
    }
    let work = |worker: u32| {
        let store = store.store.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for turn in 0.. {
                let Some(lease) = take(&*store, &format!("{worker}-{turn}"), 1_000).await else { break };
                mine.push(lease.id);
            }
            mine
        })
    };
    let mut taken: Vec<String> = join_all((0..8).map(work)).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(taken.len(), ROWS as usize);
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), ROWS as usize, "a row was in two hands");
}

async fn a_failure_waits_and_a_dead_letter_can_be_revived(store: Kept) {
    accept(&*store, 1, 0).await;
    let retryable = async || store.message("m-00001", &ours()).await.unwrap().unwrap().retryable;
    let lease = take(&*store, "a", 0).await.unwrap();
    let later = Outcome::Later(at(100), "service.down".to_owned());
    assert!(store.settle(&lease, later, None, at(1)).await.unwrap());
    assert!(!retryable().await, "it waits");
    assert!(take(&*store, "b", 99).await.is_none());
    let lease = take(&*store, "c", 100).await.unwrap();
    assert_eq!(lease.attempts, 1);
    let event = message::event(at(101), Status::Feil, Source::Altinn);
    assert!(store.settle(&lease, Outcome::Dead("service.refused".to_owned()), Some(event), at(101)).await.unwrap());
    assert!(take(&*store, "d", 500).await.is_none());
    assert!(retryable().await, "it was given up");
    let dead = store.dead_letters().await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].message.as_str(), dead[0].reason.as_str()), ("m-00001", "service.refused"));
    assert_eq!((dead[0].attempts, dead[0].created, dead[0].kind), (2, at(0), Kind::Letter));
    assert!(!store.revive("m-00002", at(600), None).await.unwrap());
    assert!(store.revive("m-00001", at(600), None).await.unwrap());
    assert!(!retryable().await, "it waits again");
    let view = store.message("m-00001", &ours()).await.unwrap().unwrap();
    assert_eq!((view.summary.status, view.summary.attention), (Status::Opprettet, false), "it has not failed");
    assert!(view.events.last().is_some_and(status::is_queued_anew), "{:?}", view.events);
    assert!(store.dead_letters().await.unwrap().is_empty());
    assert!(take(&*store, "e", 599).await.is_none());
    let lease = take(&*store, "f", 600).await.unwrap();
    assert_eq!(lease.attempts, 0, "tries are counted anew");
    let event = message::event(at(601), Status::Feil, Source::Altinn);
    assert!(store.settle(&lease, Outcome::Dead("service.refused".to_owned()), Some(event), at(601)).await.unwrap());
    let view = store.message("m-00001", &ours()).await.unwrap().unwrap();
    assert_eq!((view.summary.status, view.summary.attention), (Status::Feil, true), "it failed once more");
    assert_eq!(view.events.iter().filter(|event| event.status == Status::Feil).count(), 2);
}

async fn a_probe_takes_what_was_not_tried(store: Kept) {
    accept(&*store, 1, 0).await;
    accept(&*store, 2, 50).await;
    let lease = take(&*store, "a", 0).await.unwrap();
    store.settle(&lease, Outcome::Later(at(1), "service.down".to_owned()), None, at(1)).await.unwrap();
    let ask = |token: &str, probe| Acquire {
        channel: CHANNEL.to_owned(),
        token: token.to_owned(),
        now: at(60),
        until: at(90),
        probe,
    };
    assert_eq!(store.acquire(ask("b", true)).await.unwrap().unwrap().message, "m-00002");
    assert_eq!(store.acquire(ask("c", false)).await.unwrap().unwrap().message, "m-00001");
}

async fn what_is_overdue_is_expired_once(store: Kept) {
    let letter = accept(&*store, 1, 0).await;
    let expires = letter.expires.unwrap();
    assert!(store.overdue(expires).await.unwrap().is_empty());
    let late = at(3601);
    assert_eq!(store.overdue(late).await.unwrap(), ["m-00001"]);
    for _ in 0..2 {
        let event = message::event(late, Status::LevetidUtlopt, Source::Relay);
        store.expire("m-00001", event, late).await.unwrap();
    }
    assert!(store.overdue(late).await.unwrap().is_empty());
    assert_eq!(store.dead_letters().await.unwrap()[0].reason, "deadline");
    let view = store.message("m-00001", &ours()).await.unwrap().unwrap();
    assert_eq!(view.events.iter().filter(|event| event.status == Status::LevetidUtlopt).count(), 1);
}

async fn a_new_start_takes_back_what_was_in_hands(store: Kept) {
    accept(&*store, 1, 0).await;
    accept(&*store, 2, 0).await;
    let lost = take(&*store, "a", 0).await.unwrap();
    assert_eq!(store.release_all().await.unwrap(), 1);
    assert_eq!(store.release_all().await.unwrap(), 0);
    assert!(!store.renew(&lost, at(500)).await.unwrap());
    let again = take(&*store, "b", 1).await.unwrap();
    assert_eq!((again.id.as_str(), again.attempts), (lost.id.as_str(), 0), "tries are counted anew");
    assert!(again.doubtful, "it may have left");
    assert!(!take(&*store, "c", 1).await.unwrap().doubtful, "nobody has tried it");
}

async fn what_has_left_is_followed_until_nothing_more_comes(store: Kept) {
    for number in [1, 2] {
        accept(&*store, number, 0).await;
        let lease = take(&*store, "a", 0).await.unwrap();
        assert_eq!(lease.details.as_deref(), Some("{\"detail\":1}"));
        assert!(store.keep_transfer(&lease, &format!("t-{number}")).await.unwrap());
        let follow = (number == 1).then(|| at(20));
        assert!(store.settle(&lease, Outcome::Sent { follow }, None, at(1)).await.unwrap());
    }
    let ask = |token: &str, now: i64| Acquire {
        channel: CHANNEL.to_owned(),
        token: token.to_owned(),
        now: at(now),
        until: at(now + 60),
        probe: false,
    };
    assert!(store.acquire_followed(ask("early", 19)).await.unwrap().is_none(), "not due yet");
    let other = Acquire { channel: "DPI".to_owned(), ..ask("other", 30) };
    assert!(store.acquire_followed(other).await.unwrap().is_none(), "another channel's");
    let slow = store.acquire_followed(ask("slow", 20)).await.unwrap().unwrap();
    assert_eq!((slow.message.as_str(), slow.transfer.as_str(), slow.created), ("m-00001", "t-1", at(0)));
    assert_eq!((slow.sender.as_str(), slow.left), (OURS, at(1)));
    assert!(store.acquire_followed(ask("b", 79)).await.unwrap().is_none(), "in other hands");
    let quick = store.acquire_followed(ask("quick", 80)).await.unwrap().unwrap();
    let told = |status| vec![message::event(at(81), status, Source::Altinn)];
    assert!(!store.followed(&slow, told(Status::Feil), None, at(81)).await.unwrap());
    assert!(store.followed(&quick, told(Status::Levert), Some(at(100)), at(81)).await.unwrap());
    let last = store.acquire_followed(ask("last", 100)).await.unwrap().unwrap();
    assert!(store.followed(&last, told(Status::Levert), None, at(101)).await.unwrap(), "the same again is no news");
    assert!(store.acquire_followed(ask("after", 9_000)).await.unwrap().is_none(), "nothing more is asked");
    let events = store.message("m-00001", &ours()).await.unwrap().unwrap().events;
    let words: Vec<_> = events.iter().map(|event| event.status).collect();
    assert_eq!(words, [Status::Opprettet, Status::Levert]);
}

async fn what_becomes_of_a_delayed_letter_is_kept_with_each_of_the_carriers_words(store: Kept) {
    let message = accept(&*store, 1, 0).await;
    let delay = |why: &str| StatusEvent {
        description: Some(why.to_owned()),
        finding: Some(Finding::warning(Rule::ServiceDown, why)),
        ..message::event(at(1), Status::Annet, Source::Altinn)
    };
    for (turn, why) in ["503", "no answer"].into_iter().enumerate() {
        let lease = take(&*store, "a", turn as i64).await.unwrap();
        let later = Outcome::Later(at(turn as i64 + 1), why.to_owned());
        assert!(store.settle(&lease, later, Some(delay(why)), at(turn as i64)).await.unwrap());
    }
    let lease = take(&*store, "a", 2).await.unwrap();
    assert!(store.keep_transfer(&lease, "t-1").await.unwrap());
    let left = message::event(at(2), Status::Sendt, Source::Altinn);
    assert!(store.settle(&lease, Outcome::Sent { follow: Some(at(3)) }, Some(left), at(2)).await.unwrap());
    let told = |now: i64, word: &str| StatusEvent {
        description: Some(format!("Altinn: {word}")),
        ..message::event(at(now), Status::Annet, Source::Altinn)
    };
    for (now, word) in [(3, "PurgedByRecipient"), (4, "PurgedByRecipient"), (5, "PurgedByAltinn")] {
        let (token, channel) = (format!("f-{now}"), CHANNEL.to_owned());
        let ask = Acquire { channel, token, now: at(now), until: at(now + 60), probe: false };
        let followed = store.acquire_followed(ask).await.unwrap().unwrap();
        assert!(store.followed(&followed, vec![told(now, word)], Some(at(now + 1)), at(now)).await.unwrap());
    }
    let events = store.message(&message.id, &ours()).await.unwrap().unwrap().events;
    let words: Vec<_> = events.iter().map(|event| (event.status, event.description.as_deref())).collect();
    let expected = [
        (Status::Opprettet, None),
        (Status::Annet, Some("503")),
        (Status::Sendt, None),
        (Status::Annet, Some("Altinn: PurgedByRecipient")),
        (Status::Annet, Some("Altinn: PurgedByAltinn")),
    ];
    assert_eq!(words, expected, "one line for all delays, one for each word");
}
