//! The event log, and lists.

use std::time::Duration;

use futures_util::future::join_all;
use konvolutt_relay::identity::rights;
use konvolutt_relay::message::{self, NewMessage};
use konvolutt_relay::outbox::Outcome;
use konvolutt_relay::store::{Hearing, Listing, PAGE, Store};
use konvolutt_shared::api::{Attention, Change, Direction, Source, Status, StatusEvent};
use tokio::sync::broadcast::Receiver;

use crate::kept::{Kept, OURS, THEIRS, accept, at, delivery, everywhere, letter, ours, take};

everywhere! {
    a_list_shows_every_message_once,
    a_list_leaves_out_what_its_reader_must_not_see,
    what_needs_somebody_is_counted_in_every_page_until_it_is_dealt_with,
    the_log_shows_every_event_once,
    the_log_leaves_out_what_its_reader_must_not_see,
    whoever_listens_hears_every_event_in_order,
    a_reader_misses_nothing_while_many_write,
    others_see_nothing,
}

async fn a_list_shows_every_message_once(store: Kept) {
    for number in 0..125 {
        // Several of one moment: the id decides.
        accept(&*store, number, i64::from(number / 10)).await;
    }
    let (mut cursor, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = store.list(&Listing::all(OURS, Some(Direction::Out)), cursor.as_deref()).await.unwrap();
        for item in &page.items {
            let view = store.message(&item.summary.id, &ours()).await.unwrap().unwrap();
            assert_eq!(item.events, view.events, "each with what has happened to it");
        }
        seen.extend(page.items.into_iter().map(|item| item.summary.id));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..125).rev().map(|number| format!("m-{number:05}")).collect();
    assert_eq!((seen, pages), (expected, 125_usize.div_ceil(PAGE)));
    assert!(store.list(&Listing::all(OURS, Some(Direction::In)), None).await.unwrap().items.is_empty());
    assert_eq!(store.list(&Listing::all(OURS, None), None).await.unwrap().items.len(), PAGE);
}

async fn a_list_leaves_out_what_its_reader_must_not_see(store: Kept) {
    // Every third is confidential, however it is written; two only look like it.
    let processes = [
        "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0",
        "urn:no:difi:profile:arkivmelding:ikke-taushetsbelagt:ver1.0",
        "urn:no:difi:profile:arkivmelding:Taushetsbelagt-byggesak:ver1.0",
    ];
    for number in 0..90_u32 {
        let process = processes[number as usize % 3].to_owned();
        let message = NewMessage { process, ..letter(number, i64::from(number)) };
        assert_eq!(store.accept(message.clone(), delivery(&message), None).await.unwrap(), None);
    }
    let page = async |discreet: &[Direction], cursor: Option<&str>| {
        let listing = Listing { discreet, ..Listing::all(OURS, None) };
        store.list(&listing, cursor).await.unwrap()
    };
    for discreet in [[Direction::Out].as_slice(), &[Direction::In, Direction::Out]] {
        let first = page(discreet, None).await;
        assert_eq!(first.items.len(), PAGE, "a full page, whatever was left out");
        let second = page(discreet, first.next.as_deref()).await;
        let all: Vec<_> = first.items.iter().chain(&second.items).collect();
        assert_eq!((all.len(), second.next), (60, None));
        assert!(all.iter().all(|message| !rights::is_confidential(&message.summary.process)));
    }
    let first = page(&[Direction::In], None).await;
    let confidential = first.items.iter().filter(|message| rights::is_confidential(&message.summary.process)).count();
    assert_eq!((first.items.len(), confidential), (PAGE, PAGE.div_ceil(3)), "the other direction is not hidden");
}

async fn what_needs_somebody_is_counted_in_every_page_until_it_is_dealt_with(store: Kept) {
    let confidential = "urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0";
    let all: Vec<NewMessage> = (0..120).map(|number| letter(number, i64::from(number))).collect();
    for (number, message) in all.iter().enumerate() {
        let mut message = message.clone();
        if number == 3 {
            message.process = confidential.to_owned();
        }
        assert_eq!(store.accept(message.clone(), delivery(&message), None).await.unwrap(), None);
    }
    // Old ones, which no first page shows.
    for message in &all[1..4] {
        let expired = message::event(at(200), Status::LevetidUtlopt, Source::Relay);
        store.expire(&message.id, expired, at(200)).await.unwrap();
    }
    let count = async |discreet: &[Direction]| {
        store.attention(&Listing { discreet, ..Listing::all(OURS, None) }).await.unwrap()
    };
    assert_eq!(count(&[]).await, Attention { sent: 3, received: 0 });
    assert_eq!(count(&[Direction::Out]).await.sent, 2, "what one may not see is not counted");
    assert_eq!(count(&[Direction::In]).await.sent, 3);
    assert_eq!(store.attention(&Listing::all(THEIRS, None)).await.unwrap(), Attention::default());
    let listed = async || {
        let listing = Listing { attention: true, ..Listing::all(OURS, Some(Direction::Out)) };
        let page = store.list(&listing, None).await.unwrap();
        assert_eq!(page.next, None);
        page.items.into_iter().map(|item| item.summary.id).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [&*all[3].id, &all[2].id, &all[1].id]);

    let handled = || StatusEvent {
        handled_by: Some("Siri Saksbehandler".to_owned()),
        ..message::event(at(300), Status::Annet, Source::Person)
    };
    assert!(store.acknowledge(&all[1].id, handled(), None, at(300), None).await.unwrap());
    assert!(!store.acknowledge(&all[1].id, handled(), None, at(300), None).await.unwrap(), "once");
    assert_eq!((count(&[]).await.sent, listed().await.len()), (2, 2));
    let view = store.message(&all[1].id, &ours()).await.unwrap().unwrap();
    assert_eq!((view.summary.status, view.summary.attention), (Status::LevetidUtlopt, false));
    let last = view.events.last().unwrap();
    assert_eq!((last.handled_by.as_deref(), last.at), (Some("Siri Saksbehandler"), at(300)));
    // What goes wrong afterwards counts again.
    let failed = message::event(at(400), Status::Feil, Source::Recipient);
    assert!(store.acknowledge(&all[1].id, failed, None, at(400), None).await.unwrap());
    assert_eq!(count(&[]).await.sent, 3);
}

/// All events after a cursor, page by page.
async fn log(store: &dyn Store, mut after: u64) -> Vec<Change> {
    let mut all = Vec::new();
    loop {
        let page = store.changes(&Hearing::all(&ours()), after).await.unwrap();
        let Some(last) = page.items.last() else { return all };
        after = last.cursor;
        all.extend(page.items);
    }
}

async fn the_log_shows_every_event_once(store: Kept) {
    assert_eq!(store.newest().await.unwrap(), 0);
    for number in 0..110 {
        accept(&*store, number, 0).await;
    }
    let all = log(&*store, 0).await;
    assert_eq!(all.len(), 110);
    assert!(all.windows(2).all(|pair| pair[0].cursor < pair[1].cursor));
    assert_eq!(store.newest().await.unwrap(), all[109].cursor);
    let page = store.changes(&Hearing::all(&ours()), all[9].cursor).await.unwrap();
    assert_eq!(page.items[..], all[10..10 + PAGE]);
    assert_eq!(page.next, Some(all[9 + PAGE].cursor.to_string()));
    assert!(store.changes(&Hearing::all(&ours()), u64::MAX).await.unwrap().items.is_empty());
}

async fn the_log_leaves_out_what_its_reader_must_not_see(store: Kept) {
    let confidential = "urn:no:difi:profile:arkivmelding:Taushetsbelagt-byggesak:ver1.0";
    for number in 0..90_u32 {
        let mut message = letter(number, 0);
        if number % 3 == 0 {
            message.process = confidential.to_owned();
        }
        assert_eq!(store.accept(message.clone(), delivery(&message), None).await.unwrap(), None);
    }
    let heard = async |discreet: &[(&str, Direction)], after| {
        let discreet = discreet.iter().map(|(one, direction)| ((*one).to_owned(), *direction)).collect();
        store.changes(&Hearing { organisations: ours(), discreet }, after).await.unwrap()
    };
    let first = heard(&[(OURS, Direction::Out)], 0).await;
    assert_eq!(first.items.len(), PAGE, "a full page, whatever was left out");
    let rest = heard(&[(OURS, Direction::Out)], first.next.unwrap().parse().unwrap()).await;
    let all: Vec<_> = first.items.iter().chain(&rest.items).collect();
    assert_eq!((all.len(), rest.next), (60, None));
    let secret = |change: &&Change| change.id.rsplit('-').next().unwrap().parse::<u32>().unwrap() % 3 == 0;
    assert!(!all.iter().any(secret), "{all:?}");
    for shown in [[(OURS, Direction::In)], [(THEIRS, Direction::Out)]] {
        let page = heard(&shown, 0).await;
        assert!(page.items.iter().any(|change| secret(&change)), "another direction or organisation is not hidden");
    }
}

async fn hear(heard: &mut Receiver<Change>) -> Change {
    tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.expect("nothing was heard").unwrap()
}

async fn whoever_listens_hears_every_event_in_order(store: Kept) {
    let mut heard = store.subscribe();
    let writes = (0..40).map(|number| accept(&*store, number, 0));
    join_all(writes).await;
    let lease = take(&*store, "a", 0).await.unwrap();
    let event = message::event(at(1), Status::Sendt, Source::Altinn);
    store.settle(&lease, Outcome::Sent { follow: None }, Some(event), at(1)).await.unwrap();
    let mut told = Vec::new();
    for _ in 0..41 {
        told.push(hear(&mut heard).await);
    }
    assert_eq!(told, log(&*store, 0).await);
    assert_eq!(told[40].event.status, Status::Sendt);
}

/// A cursor must never pass by an event that is committed later than one with a larger cursor.
async fn a_reader_misses_nothing_while_many_write(store: Kept) {
    const LETTERS: u32 = 160;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = store.store.clone();
            tokio::spawn(async move {
                for number in (writer..LETTERS).step_by(8) {
                    accept(&*store, number, 0).await;
                }
            })
        })
        .collect();
    let (mut after, mut seen) = (0, Vec::new());
    let mut done = false;
    loop {
        // Looked at before the last read, so that what came last is read, too.
        let last = done;
        done = writers.iter().all(|writer| writer.is_finished());
        let new = store.changes(&Hearing::all(&ours()), after).await.unwrap().items;
        if new.is_empty() && last {
            break;
        }
        after = new.last().map_or(after, |change| change.cursor);
        seen.extend(new.into_iter().map(|change| change.id));
    }
    join_all(writers).await.into_iter().for_each(Result::unwrap);
    assert_eq!(seen.len(), LETTERS as usize);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), LETTERS as usize);
}

async fn others_see_nothing(store: Kept) {
    accept(&*store, 1, 0).await;
    let others = vec![THEIRS.to_owned()];
    assert!(store.message("m-00001", &others).await.unwrap().is_none());
    assert!(store.message("m-00001", &[]).await.unwrap().is_none());
    assert!(store.list(&Listing::all(THEIRS, None), None).await.unwrap().items.is_empty());
    assert!(store.changes(&Hearing::all(&others), 0).await.unwrap().items.is_empty());
    assert!(store.changes(&Hearing::default(), 0).await.unwrap().items.is_empty());
    let both = vec![THEIRS.to_owned(), OURS.to_owned()];
    assert_eq!(store.changes(&Hearing::all(&both), 0).await.unwrap().items.len(), 1);
    assert!(store.message("m-00001", &both).await.unwrap().is_some());
}
