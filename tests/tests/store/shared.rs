//! One PostgreSQL for several relays: what SQLite, which has one, does not have to promise.

use std::time::Duration;

use futures_util::future::join_all;
use konvolutt_relay::store::postgres::{Postgres, Settings, is_url};
use konvolutt_relay::store::{Hearing, Messages as _, Migrated, Outbox as _, StoreError};
use konvolutt_shared::api::Change;
use tokio::sync::broadcast::Receiver;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::kept::{accept, ours, relay, settings, take};

/// Statements that no relay would make.
async fn by_hand(settings: &Settings) -> Client {
    let (client, connection) = tokio_postgres::connect(&settings.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn hear(heard: &mut Receiver<Change>) -> Change {
    tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.expect("nothing was heard").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_relay_writes_the_other_hears() {
    let Some(settings) = settings() else { return };
    let (a, b) = (relay(&settings, Uuid::new_v4()).await, relay(&settings, Uuid::new_v4()).await);
    let (mut at_a, mut at_b) = (a.subscribe(), b.subscribe());
    for number in 0..10 {
        accept(if number % 2 == 0 { &a } else { &b }, number, 0).await;
    }
    for number in 0..10 {
        let expected = format!("m-{number:05}");
        assert_eq!(hear(&mut at_a).await.id, expected);
        assert_eq!(hear(&mut at_b).await.id, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_loses_no_event() {
    let Some(settings) = settings() else { return };
    let (a, b) = (relay(&settings, Uuid::new_v4()).await, relay(&settings, Uuid::new_v4()).await);
    let mut at_b = b.subscribe();
    accept(&a, 1, 0).await;
    assert_eq!(hear(&mut at_b).await.id, "m-00001");
    // Every connection of both relays, as when the server is restarted.
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended: i64 = by_hand(&settings).await.query_one(sql, &[]).await.unwrap().get(0);
    assert!(ended >= 4, "{ended}");
    let message = crate::kept::letter(2, 0);
    // The first tries may still get a connection that is dead.
    let mut tries = 0;
    while a.accept(message.clone(), crate::kept::delivery(&message), None).await.is_err() {
        tries += 1;
        assert!(tries < 20, "it does not recover");
    }
    assert_eq!(hear(&mut at_b).await.id, "m-00002");
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_of_others_are_left_alone() {
    let Some(settings) = settings() else { return };
    let id = Uuid::new_v4();
    let (a, b) = (relay(&settings, id).await, relay(&settings, Uuid::new_v4()).await);
    accept(&a, 1, 0).await;
    accept(&a, 2, 0).await;
    let of_a = take(&a, "a", 0).await.unwrap();
    let of_b = take(&b, "b", 0).await.unwrap();
    assert_ne!(of_a.id, of_b.id);
    drop(a);
    let a = relay(&settings, id).await;
    assert_eq!(a.release_all().await.unwrap(), 1);
    assert!(!a.renew(&of_a, crate::kept::at(90)).await.unwrap(), "its own, from before");
    assert!(b.renew(&of_b, crate::kept::at(90)).await.unwrap(), "the other's");
    let again = take(&a, "c", 1).await.unwrap();
    assert_eq!(again.id, of_a.id);
    assert!(a.renew(&again, crate::kept::at(900)).await.unwrap());
    assert!(take(&a, "d", 89).await.is_none());
    assert_eq!(take(&a, "e", 90).await.unwrap().id, of_b.id, "one that is never renewed ends");
}

/// One writes an event and takes its time to commit: nobody gets past its cursor.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_committed_late_is_not_passed_by() {
    let Some(settings) = settings() else { return };
    let store = std::sync::Arc::new(relay(&settings, Uuid::new_v4()).await);
    let mut heard = store.subscribe();
    accept(&*store, 1, 0).await;
    let slow = by_hand(&settings).await;
    slow.batch_execute(
        "BEGIN;
         WITH counter AS (UPDATE event_counter SET last = last + 1 RETURNING last)
         INSERT INTO event SELECT last, 'm-00001', '310904007', 'out', (SELECT body FROM event LIMIT 1) FROM counter",
    )
    .await
    .unwrap();
    let quick = tokio::spawn({
        let store = store.clone();
        async move { accept(&*store, 2, 0).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let seen = store.changes(&Hearing::all(&ours()), 0).await.unwrap().items;
    assert_eq!(seen.iter().map(|change| change.cursor).collect::<Vec<_>>(), [1]);
    assert!(!quick.is_finished(), "it waits for its turn");
    slow.batch_execute("COMMIT").await.unwrap();
    quick.await.unwrap();
    let seen = store.changes(&Hearing::all(&ours()), 1).await.unwrap().items;
    assert_eq!(seen.iter().map(|change| change.cursor).collect::<Vec<_>>(), [2, 3]);
    assert_eq!((seen[0].id.as_str(), seen[1].id.as_str()), ("m-00001", "m-00002"));
    for cursor in 1..=3 {
        assert_eq!(hear(&mut heard).await.cursor, cursor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_first_starts_one_makes_the_tables() {
    let Some(settings) = settings() else { return };
    let all = join_all((0..6).map(|_| Postgres::migrate(&settings))).await;
    let mut made: Vec<Migrated> = all.into_iter().map(Result::unwrap).collect();
    made.sort_by_key(|one| one.from);
    let version = made[0].to;
    assert_eq!(made[0], Migrated { from: 0, to: version });
    assert!(made[1..].iter().all(|one| one.from == version), "{made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_store_is_refused() {
    let Some(settings) = settings() else { return };
    let version = Postgres::migrate(&settings).await.unwrap().to;
    by_hand(&settings).await.execute("UPDATE store_version SET version = version + 1", &[]).await.unwrap();
    let refused = Postgres::open(&settings, Uuid::new_v4()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found, known } if found == version + 1 && known == version));
    let seen = Postgres::examine(&settings).await.unwrap();
    assert_eq!((seen.version, seen.known), (version + 1, version), "looking changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_session_commits_to_disk() {
    let Some(settings) = settings() else { return };
    let database = by_hand(&settings).await;
    let name: String = database.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    database.batch_execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).await.unwrap();
    let store = relay(&settings, Uuid::new_v4()).await;
    assert_eq!(store.setting("synchronous_commit").await.unwrap(), "on");
    database.batch_execute(&format!("ALTER DATABASE {name} SET synchronous_commit = remote_apply")).await.unwrap();
    let store = relay(&settings, Uuid::new_v4()).await;
    assert_eq!(store.setting("synchronous_commit").await.unwrap(), "remote_apply", "stricter is left alone");
}

/// A failure's text, which must not show the password.
async fn refused(settings: &Settings) -> String {
    let text = Postgres::open(settings, Uuid::new_v4()).await.unwrap_err().to_string();
    assert!(!text.contains("hemmelig"), "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_network_only_with_tls_to_the_right_server() {
    let Some(local) = settings() else { return };
    let (url, password, authority) = konvolutt_tests::postgres::over_tcp(&local.url);
    let good = Settings { url: url.clone(), password_file: Some(password), ca_file: Some(authority), connections: 2 };
    let store = Postgres::open(&good, Uuid::new_v4()).await.unwrap();
    accept(&store, 1, 0).await;
    assert!(Postgres::examine(&good).await.unwrap().encrypted);
    assert!(!Postgres::examine(&local).await.unwrap().encrypted);
    // The certificate is nobody's whom the system trusts; it is for another name.
    let text = refused(&Settings { ca_file: None, ..good.clone() }).await;
    assert!(text.contains("certificate"), "{text}");
    let text = refused(&Settings { url: url.replace("localhost", "127.0.0.1"), ..good.clone() }).await;
    assert!(text.contains("certificate"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong");
    std::fs::write(&wrong, "hemmelig").unwrap();
    let text = refused(&Settings { password_file: Some(wrong), ..good.clone() }).await;
    assert!(text.contains("28P01"), "{text}");
    let text = refused(&Settings { password_file: None, ..good }).await;
    assert!(text.contains("password"), "{text}");
}

#[test]
fn an_address_names_a_place_and_no_secret() {
    for good in ["postgres://konvolutt@db.example/konvolutt", "postgresql://u@%2Frun%2Fpg/db?sslmode=disable"] {
        assert!(is_url(good), "{good}");
    }
    for bad in [
        "postgres://konvolutt:hemmelig@db.example/konvolutt",
        "postgres://u@db.example/db?password=hemmelig",
        "mysql://u@db.example/db",
        "host=db.example user=u",
        "postgres://",
    ] {
        assert!(!is_url(bad), "{bad}");
    }
}
