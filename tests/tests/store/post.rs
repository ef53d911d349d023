//! What has come in: letters, and receipts in any order.

use futures_util::future::join_all;
use konvolutt_relay::inbox::{Incoming, Taken, Taking, Way};
use konvolutt_relay::message::{self, NewMessage};
use konvolutt_relay::outbox::NewDelivery;
use konvolutt_relay::store::Listing;
use konvolutt_shared::api::{Attention, Direction, MessageView, OrganisationAccess, Source, Status, StatusEvent};
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
use konvolutt_shared::receipt;
use konvolutt_shared::sbd::{self, ArkivmeldingHead, Sbd};

use crate::kept::{CHANNEL, Kept, OURS, THEIRS, accept, at, delivery, everywhere, letter, ours, take};

everywhere! {
    a_transfer_is_taken_in_once,
    a_transfer_to_two_of_ours_is_taken_in_by_both,
    of_many_who_take_the_same_in_one_is_first,
    the_same_letter_again_is_noted_and_another_is_kept,
    what_is_broken_is_kept_as_it_came,
    a_receipt_becomes_an_event_once,
    a_receipt_before_its_message_is_told_later,
    receipts_and_their_message_at_once_are_all_told,
    a_receipt_by_another_channel_is_shown_and_never_counts,
    a_letter_is_taken_over_once,
    what_a_channel_told_is_kept_and_a_transfer_names_its_conversation,
}

fn incoming(number: u32, sbd: &str) -> NewMessage {
    NewMessage {
        id: format!("in-{number}"),
        direction: Direction::In,
        channel: "DPO".to_owned(),
        sbd: sbd.to_owned(),
        broker_sender: Some(THEIRS.to_owned()),
        envelope: None,
        expires: None,
        ..letter(number, 0)
    }
}

fn taking(transfer: &str, what: Incoming) -> Taking {
    Taking { transfer: transfer.to_owned(), organisation: OURS.to_owned(), what, kept: true, now: at(5) }
}

fn come(transfer: &str, message: NewMessage) -> Taking {
    let answer = Some(Box::new(delivery(&message)));
    taking(transfer, Incoming::Letter { message: Box::new(message), answer })
}

async fn a_transfer_is_taken_in_once(store: Kept) {
    assert_eq!(store.taken(OURS, "t-1").await.unwrap(), None);
    assert!(store.take_in(come("t-1", incoming(1, "{}"))).await.unwrap());
    assert_eq!(store.taken(OURS, "t-1").await.unwrap(), Some(Taken::Kept));
    assert!(!store.take_in(come("t-1", incoming(2, "{}"))).await.unwrap());
    assert!(store.message("in-2", &ours()).await.unwrap().is_none());
    for _ in 0..2 {
        store.confirmed(OURS, "t-1", at(9)).await.unwrap();
    }
    let view = view(&store, "in-1").await;
    assert_eq!((view.summary.direction, view.summary.unread), (Direction::In, true));
    assert_eq!(view.events[0].status, Status::InnkommendeMottatt);
    assert_eq!(store.backlog(CHANNEL).await.unwrap().waiting, 1, "the answer waits");
    store.mark_opened("in-1").await.unwrap();
    assert!(!self::view(&store, "in-1").await.summary.unread);
}

async fn a_transfer_to_two_of_ours_is_taken_in_by_both(store: Kept) {
    assert!(store.take_in(come("t-1", incoming(1, "{}"))).await.unwrap());
    assert_eq!(store.taken(THEIRS, "t-1").await.unwrap(), None, "the other has not seen it");
    let other = NewMessage { id: "in-2".to_owned(), organisation: THEIRS.to_owned(), ..incoming(1, "{}") };
    let left = Taking { organisation: THEIRS.to_owned(), kept: false, ..come("t-1", other) };
    assert!(store.take_in(left).await.unwrap());
    assert_eq!(store.taken(OURS, "t-1").await.unwrap(), Some(Taken::Kept));
    assert_eq!(store.taken(THEIRS, "t-1").await.unwrap(), Some(Taken::Left));
    assert!(store.message("in-2", &[THEIRS.to_owned()]).await.unwrap().is_some());
}

async fn what_a_channel_told_is_kept_and_a_transfer_names_its_conversation(store: Kept) {
    let sent = accept(&*store, 1, 0).await;
    let lease = take(&*store, "a", 0).await.unwrap();
    assert_eq!(store.conversation_of("shipment").await.unwrap(), None);
    assert!(store.keep_transfer(&lease, "shipment").await.unwrap());
    assert_eq!(store.conversation_of("shipment").await.unwrap(), Some(sent.conversation_id));
    assert_eq!(store.conversation_of("another").await.unwrap(), None);
    let details = Some("{\"tittel\": \"Ås\"}".to_owned());
    let came = NewMessage { channel: "DPF".to_owned(), details, ..incoming(2, "{}") };
    let what = Incoming::Letter { message: Box::new(came), answer: None };
    assert!(store.take_in(taking("t-2", what)).await.unwrap());
    let kept = view(&store, "in-2").await;
    assert_eq!((kept.summary.channel.as_str(), &kept.details.unwrap()["tittel"]), ("DPF", &"Ås".into()));
    let channels: Vec<_> = store
        .list(&Listing::all(OURS, None), None)
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|one| one.summary.channel)
        .collect();
    assert_eq!(channels, ["DPO", "DPF"]);
}

async fn of_many_who_take_the_same_in_one_is_first(store: Kept) {
    let tries = (0..16).map(|number| store.take_in(come("t-1", incoming(number, "{}"))));
    let first = join_all(tries).await.into_iter().map(Result::unwrap).filter(|new| *new).count();
    assert_eq!(first, 1);
    assert_eq!(store.list(&Listing::all(OURS, Some(Direction::In)), None).await.unwrap().items.len(), 1);
}

async fn the_same_letter_again_is_noted_and_another_is_kept(store: Kept) {
    let letter = incoming(1, "{}");
    let again = NewMessage { id: "again".to_owned(), ..letter.clone() };
    let other = NewMessage { id: "other".to_owned(), digest: Some("else".to_owned()), ..letter.clone() };
    assert!(store.take_in(come("t-1", letter)).await.unwrap());
    let tries = [come("t-2", again), come("t-3", other)].map(|one| store.take_in(one));
    assert!(join_all(tries).await.into_iter().all(|new| new.unwrap()));
    let list = store.list(&Listing::all(OURS, Some(Direction::In)), None).await.unwrap().items;
    assert_eq!(list.len(), 2, "{list:?}");
    let odd: Vec<_> = list.iter().filter(|one| one.summary.message_id.contains('#')).collect();
    assert_eq!(odd.len(), 1);
    assert!(odd[0].summary.attention);
    let view = view(&store, &odd[0].summary.id).await;
    assert!(view.findings.iter().any(|finding| finding.code == Code::EnvelopeConflict));
    assert_eq!(store.backlog(CHANNEL).await.unwrap().waiting, 1, "one answer");
}

async fn what_is_broken_is_kept_as_it_came(store: Kept) {
    let text = "\0{\"\u{fffd}\" \\u0000";
    let finding = Finding::error(Rule::TransferDocument, "a NUL: \0");
    let message = NewMessage {
        message_id: "t-1".to_owned(),
        process: "a\0b".to_owned(),
        party: OrganisationAccess { orgnr: "0\0".to_owned(), name: "N\0".to_owned() },
        findings: vec![finding.clone()],
        ..incoming(1, text)
    };
    assert!(store.take_in(come("t-1", message)).await.unwrap());
    let view = view(&store, "in-1").await;
    assert_eq!((view.sbd.as_str(), view.findings), (text, vec![finding]));
    assert!(view.summary.attention);
    assert_eq!(store.attention(&Listing::all(OURS, None)).await.unwrap(), Attention { sent: 0, received: 1 });
    let handled =
        StatusEvent { handled_by: Some("Siri".to_owned()), ..message::event(at(9), Status::Annet, Source::Person) };
    assert!(store.acknowledge("in-1", handled, None, at(9), None).await.unwrap());
    assert_eq!(store.attention(&Listing::all(OURS, None)).await.unwrap(), Attention::default());
    assert_eq!(self::view(&store, "in-1").await.findings.len(), 1, "it stays as it was");
}

/// A letter of ours, and the documents that its recipient answers with.
fn sent() -> (NewMessage, Vec<Sbd>) {
    sent_by(CHANNEL, 1)
}

fn sent_by(channel: &str, number: u32) -> (NewMessage, Vec<Sbd>) {
    let message = NewMessage { channel: channel.to_owned(), ..letter(number, 0) };
    let sbd = sbd::arkivmelding(ArkivmeldingHead {
        sender: Iso6523::parse(OURS).unwrap(),
        receiver: Iso6523::parse(THEIRS).unwrap(),
        process: message.process.clone(),
        message_id: MessageId::parse(&message.message_id).unwrap(),
        conversation_id: ConversationId::parse(&message.conversation_id).unwrap(),
        created: at(0),
        expires: message.expires.unwrap(),
        sender_ref: None,
        receiver_ref: None,
        main_document: None,
        security_level: 3,
        dpv: None,
    });
    let [taken, handed] = [Status::Mottatt, Status::Levert].map(|word| sbd::status(&sbd, word, at(1)).unwrap());
    let id = MessageId::parse("00000000-0000-4000-8000-000000000009").unwrap();
    let read = sbd::kvittering(&sbd, "OK", &[], id, at(1)).unwrap();
    (NewMessage { sbd: sbd.to_json(), ..message }, vec![taken, handed, read])
}

fn receipt_taking(number: u32, answer: &Sbd, from: &str) -> Taking {
    receipt_by(CHANNEL, number, answer, from)
}

fn receipt_by(channel: &str, number: u32, answer: &Sbd, from: &str) -> Taking {
    let receipt = receipt::read(answer).unwrap();
    let kept = NewMessage {
        message_id: format!("t-{number}"),
        channel: channel.to_owned(),
        document_type: "status".to_owned(),
        about: Some(receipt.message_id.to_string()),
        details: None,
        broker_sender: Some(from.to_owned()),
        ..incoming(number, &answer.to_json())
    };
    let way = Way { channel: channel.to_owned(), broker_sender: from.to_owned() };
    let (receipt, kept) = (Box::new(receipt), Box::new(kept));
    taking(&format!("t-{number}"), Incoming::Receipt { receipt, way, kept })
}

async fn view(store: &Kept, id: &str) -> MessageView {
    store.message(id, &ours()).await.unwrap().unwrap()
}

fn words(view: &MessageView) -> Vec<Status> {
    view.events.iter().map(|event| event.status).collect()
}

async fn a_receipt_becomes_an_event_once(store: Kept) {
    let (message, answers) = sent();
    let row = delivery(&message);
    assert!(store.accept(message, row, None).await.unwrap().is_none());
    for (number, answer) in [(11, &answers[1]), (12, &answers[1]), (13, &answers[0])] {
        assert!(store.take_in(receipt_taking(number, answer, THEIRS)).await.unwrap());
    }
    let seen = view(&store, "m-00001").await;
    assert_eq!(words(&seen), [Status::Opprettet, Status::Levert, Status::Mottatt]);
    assert_eq!(seen.summary.status, Status::Levert, "a late word does not win");
    // Somebody else's is shown and does not count.
    assert!(store.take_in(receipt_taking(14, &answers[2], "310900915")).await.unwrap());
    let seen = view(&store, "m-00001").await;
    assert_eq!((seen.events.len(), seen.summary.status), (4, Status::Levert));
    assert!(seen.events[3].finding.is_some());
    assert!(store.list(&Listing::all(OURS, Some(Direction::In)), None).await.unwrap().items.is_empty());
}

async fn a_receipt_before_its_message_is_told_later(store: Kept) {
    let (message, answers) = sent();
    assert!(store.take_in(receipt_taking(11, &answers[0], THEIRS)).await.unwrap());
    assert!(store.take_in(receipt_taking(12, &answers[1], THEIRS)).await.unwrap());
    assert_eq!(view(&store, "in-11").await.summary.document_type, "status");
    let row = delivery(&message);
    assert!(store.accept(message, row, None).await.unwrap().is_none());
    let seen = view(&store, "m-00001").await;
    assert_eq!(words(&seen), [Status::Opprettet, Status::Mottatt, Status::Levert]);
    let cursors: Vec<u64> = seen.events.iter().map(|event| event.cursor).collect();
    assert!(cursors.windows(2).all(|pair| pair[0] < pair[1]), "{cursors:?}");
}

/// Whichever comes first, no word is lost: neither sees half of the other.
async fn receipts_and_their_message_at_once_are_all_told(store: Kept) {
    for round in 0..12 {
        let (message, answers) = sent_by(CHANNEL, round);
        let id = message.id.clone();
        let receipts = answers.iter().zip(1..).map(|(answer, number)| {
            let taking = receipt_taking(round * 10 + number, answer, THEIRS);
            let store = store.store.clone();
            tokio::spawn(async move { store.take_in(taking).await.unwrap() })
        });
        let receipts: Vec<_> = receipts.collect();
        let row = delivery(&message);
        assert!(store.accept(message, row, None).await.unwrap().is_none());
        for receipt in receipts {
            assert!(receipt.await.unwrap());
        }
        let seen = view(&store, &id).await;
        assert_eq!(seen.summary.status, Status::Lest, "{:?}", words(&seen));
        assert_eq!(seen.events.len(), 4, "{:?}", words(&seen));
    }
}

/// What signs nothing never speaks for what does, nor the other way round, before its letter or after.
async fn a_receipt_by_another_channel_is_shown_and_never_counts(store: Kept) {
    let ways = [("DPI", "DPO"), ("DPO", "DPI"), ("DPF", "DPO"), ("DPV", "DPO"), ("DPO", "DPF")];
    for ((went, came), number) in ways.into_iter().zip(1..) {
        for (early, number) in [(false, number * 10), (true, number * 10 + 1)] {
            let (message, answers) = sent_by(went, number);
            let (id, row) = (message.id.clone(), NewDelivery { channel: went.to_owned(), ..delivery(&message) });
            let foreign = receipt_by(came, number * 10, &answers[1], THEIRS);
            if early {
                assert!(store.take_in(foreign).await.unwrap());
                assert!(store.accept(message, row, None).await.unwrap().is_none());
            } else {
                assert!(store.accept(message, row, None).await.unwrap().is_none());
                assert!(store.take_in(foreign).await.unwrap());
            }
            let (seen, what) = (view(&store, &id).await, format!("{went} by {came}, early: {early}"));
            assert_eq!(words(&seen), [Status::Opprettet, Status::Levert], "{what}");
            let code = seen.events[1].finding.as_ref().map(|finding| finding.code);
            assert_eq!(code, Some(Code::ReceiptForeign), "{what}");
            assert_eq!((seen.summary.status, seen.summary.attention), (Status::Opprettet, true), "{what}");
            // Nor does it stand in the way of the letter's own.
            assert!(store.take_in(receipt_by(went, number * 10 + 1, &answers[1], THEIRS)).await.unwrap());
            let seen = view(&store, &id).await;
            assert_eq!((seen.events.len(), seen.summary.status), (3, Status::Levert), "{what}");
            assert_eq!(seen.events[2].finding, None, "{what}");
        }
    }
}

/// Message ids are the senders' choice, and unique among documents of a type only.
async fn a_letter_is_taken_over_once(store: Kept) {
    let letter = incoming(1, "{}");
    let taking = taking("t-1", Incoming::Letter { message: Box::new(letter.clone()), answer: None });
    assert!(store.take_in(taking).await.unwrap());
    let event = || message::event(at(9), Status::InnkommendeLevert, Source::Person);
    let tries = (0..8).map(|number| {
        let answer = NewDelivery { id: format!("answer-{number}"), ..delivery(&letter) };
        store.acknowledge("in-1", event(), Some(answer), at(9), None)
    });
    let first = join_all(tries).await.into_iter().map(Result::unwrap).filter(|first| *first).count();
    assert_eq!(first, 1);
    let seen = view(&store, "in-1").await;
    assert_eq!(words(&seen), [Status::InnkommendeMottatt, Status::InnkommendeLevert]);
    assert!(!seen.summary.unread);
    assert_eq!(store.backlog(CHANNEL).await.unwrap().waiting, 1);
    assert!(store.acknowledge("in-9", event(), None, at(9), None).await.is_err(), "no such message");
}
