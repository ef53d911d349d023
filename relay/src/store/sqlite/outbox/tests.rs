use konvolutt_shared::api::{Direction, OrganisationAccess};

use super::*;
use crate::outbox::Outcome;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

async fn accept(store: &Sqlite, id: &str, seconds: i64) {
    let text = |text: &str| text.to_owned();
    let message = NewMessage {
        id: text(id),
        message_id: text(id),
        conversation_id: text(id),
        direction: Direction::Out,
        channel: text("DPO"),
        organisation: text("310904007"),
        party: OrganisationAccess { orgnr: text("310900117"), name: text("Solvik") },
        document_type: text("arkivmelding"),
        process: String::new(),
        created: at(seconds),
        expires: None,
        size: 1,
        sbd: text("{}"),
        envelope: None,
        digest: None,
        broker_sender: None,
        package: None,
        findings: Vec::new(),
        about: None,
        details: None,
        trace: None,
        upload: None,
        hold: None,
    };
    let delivery = NewDelivery {
        id: format!("d-{id}"),
        message: text(id),
        kind: Kind::Letter,
        channel: text("DPO"),
        sender: text("310904007"),
        recipient: text("310900117"),
        sbd: text("{}"),
        package: None,
        package_size: 1,
        reference: text("reference"),
        details: None,
        created: at(seconds),
        expires: None,
    };
    assert_eq!(store.accept(message, delivery, None).await.unwrap(), None);
}

fn ask(token: &str) -> Acquire {
    Acquire { channel: "DPO".to_owned(), token: token.to_owned(), now: at(60), until: at(90), probe: false }
}

/// What a failing disk leaves behind: bytes that are no text.
async fn spoil(store: &Sqlite, column: &'static str, id: &'static str) {
    let sql = format!("UPDATE outbox SET {column} = CAST(x'ff' AS TEXT) WHERE id = ?1");
    assert_eq!(store.write(move |write| write.run(&sql, [id])).await.unwrap(), 1);
}

#[tokio::test]
async fn a_row_that_is_no_text_is_set_aside_and_the_next_one_is_taken() {
    for column in ["sbd", "reference", "id"] {
        let store = Sqlite::in_memory().unwrap();
        accept(&store, "a", 0).await;
        accept(&store, "b", 1).await;
        spoil(&store, column, "d-a").await;
        assert!(store.acquire(ask("1")).await.unwrap().is_none(), "{column}: it is set aside");
        let lease = store.acquire(ask("2")).await.unwrap().unwrap();
        assert_eq!(lease.message, "b", "{column}");
        assert_eq!(store.backlog("DPO").await.unwrap().waiting, 1, "{column}");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_not_followed_and_the_next_one_is() {
    let store = Sqlite::in_memory().unwrap();
    for id in ["a", "b"] {
        accept(&store, id, 0).await;
        let lease = store.acquire(ask(id)).await.unwrap().unwrap();
        let sent = Outcome::Sent { follow: Some(at(if id == "a" { 10 } else { 20 })) };
        assert!(store.settle(&lease, sent, None, at(1)).await.unwrap());
    }
    spoil(&store, "sender", "d-a").await;
    assert!(store.acquire_followed(ask("1")).await.unwrap().is_none());
    assert_eq!(store.acquire_followed(ask("2")).await.unwrap().unwrap().message, "b");
}
