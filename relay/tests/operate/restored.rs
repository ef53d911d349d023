//! A letter that was still queued when the backup was made and has left since is not sent a second time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use konvolutt_relay::app::{App, Kept, start_workers};
use konvolutt_relay::audit::Who;
use konvolutt_relay::backup::{backup, restore};
use konvolutt_relay::packages::Folder;
use konvolutt_relay::store::sqlite::Sqlite;
use rusqlite::Connection;

use crate::world::Place;

const SENDER: &str = "310904007";
/// Ours too, and nobody collects what is sent to it here.
const RECIPIENT: &str = "310904015";
const LETTERS: usize = 3;

fn queue(store: &Path, number: usize) {
    let (id, package) = (format!("m{number}"), format!("out-{number}"));
    std::fs::write(store.join("packages").join(&package), format!("sealed {number}")).unwrap();
    let connection = Connection::open(store.join("relay.sqlite")).unwrap();
    let message =
        "INSERT INTO message (id, message_id, conversation_id, direction, channel, organisation, party, party_name,
            document_type, process, status, attention, finished, unread, created, changed, size, sbd, package, findings)
         VALUES (?1, ?1, 'c', 'out', 'DPO', ?2, ?3, 'n', 'arkivmelding', 'x', 'OPPRETTET', 0, 0, 0, ?5, ?5, 8, '{}', ?4, '[]')";
    let now = konvolutt_relay::clock::now().as_millisecond();
    connection.execute(message, (&id, SENDER, RECIPIENT, &package, now)).unwrap();
    let row =
        "INSERT INTO outbox (id, message, kind, sender, recipient, sbd, package, package_size, reference, created, due)
         VALUES (?1, ?1, 'letter', ?2, ?3, '{}', ?4, 8, ?5, ?6, ?6)";
    let reference = uuid::Uuid::new_v4().to_string();
    connection.execute(row, (&id, SENDER, RECIPIENT, &package, reference, now)).unwrap();
}

/// Lets a relay on this store send what it will, whose rows must then be in this state, and counts what then waits for the recipient at the broker.
async fn send_all(place: &Place, store: &Path, expected: &str) -> usize {
    let outside = place.read().unwrap().outside().unwrap();
    let kept = Kept::open(&place.read().unwrap(), store).await.unwrap();
    let app = Arc::new(App::open(outside, kept, store, place.path("dist")).unwrap());
    let workers = start_workers(&app, Duration::from_secs(60)).await.unwrap();
    let connection = Connection::open(store.join("relay.sqlite")).unwrap();
    // Tens of seconds are for a machine that has much else to do.
    for _ in 0..900 {
        let sql = "SELECT count(*) FROM outbox WHERE state = 'waiting' AND kind = 'letter'";
        if connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    app.stopping.cancel();
    workers.wait().await;
    let states: String = connection
        .query_row("SELECT group_concat(state) FROM outbox WHERE kind = 'letter'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(states, [expected; LETTERS].join(","));
    let altinn = app.channels[0].mailbox.as_ref().unwrap();
    let mut there = 0;
    for _ in 0..30 {
        // The broker looks at each file before it shows it, and one that came twice must have time to be shown, too.
        tokio::time::sleep(Duration::from_secs(3)).await;
        // The sandbox's counterparts write to it, too.
        there = altinn.waiting(RECIPIENT).await.unwrap().iter().filter(|one| one.sender == SENDER).count();
        if there >= LETTERS {
            break;
        }
    }
    there
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_when_the_backup_was_made_is_not_sent_twice() {
    let place = Place::new();
    let store = place.path("data/relay");
    drop(Sqlite::open(&store).unwrap());
    Folder::open(&store.join("packages")).unwrap();
    (0..LETTERS).for_each(|number| queue(&store, number));
    backup(&store, &place.path("backup")).unwrap();
    let first = send_all(&place, &store, "sent").await;
    restore(&place.path("backup"), &place.path("restored"), Who::Relay).unwrap();
    let second = send_all(&place, &place.path("restored"), "dead").await;
    assert_eq!((first, second), (LETTERS, LETTERS));
}
