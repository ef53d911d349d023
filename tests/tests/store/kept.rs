//! The stores under test, and rows to put into them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::identity::NewSession;
use konvolutt_relay::message::NewMessage;
use konvolutt_relay::outbox::{Acquire, Kind, Lease, NewDelivery};
use konvolutt_relay::store::Store;
use konvolutt_relay::store::postgres::{Postgres, Settings};
use konvolutt_relay::store::sqlite::Sqlite;
use konvolutt_shared::api::{Direction, OrganisationAccess};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const OURS: &str = "310904007";
pub(crate) const THEIRS: &str = "310900117";
pub(crate) const CHANNEL: &str = "DPO";

/// A store and what it lies on.
pub(crate) struct Kept {
    pub(crate) store: Arc<dyn Store>,
    _folder: Option<TempDir>,
}

impl std::ops::Deref for Kept {
    type Target = dyn Store;

    fn deref(&self) -> &(dyn Store + 'static) {
        &*self.store
    }
}

pub(crate) async fn memory() -> Option<Kept> {
    Some(Kept { store: Arc::new(Sqlite::in_memory().unwrap()), _folder: None })
}

pub(crate) async fn sqlite() -> Option<Kept> {
    let folder = tempfile::tempdir().unwrap();
    Some(Kept { store: Arc::new(Sqlite::open(folder.path()).unwrap()), _folder: Some(folder) })
}

pub(crate) async fn postgres() -> Option<Kept> {
    let settings = settings()?;
    Some(Kept { store: Arc::new(relay(&settings, Uuid::new_v4()).await), _folder: None })
}

/// A database that nobody has used.
pub(crate) fn settings() -> Option<Settings> {
    let url = konvolutt_tests::postgres::database()?;
    Some(Settings { url, password_file: None, ca_file: None, connections: 8 })
}

/// A relay's view of it.
pub(crate) async fn relay(settings: &Settings, id: Uuid) -> Postgres {
    Postgres::open(settings, id).await.unwrap()
}

/// Every test of a file on every store.
macro_rules! everywhere {
    ($($test:ident),+ $(,)?) => {
        everywhere! { memory: $($test),+ }
        everywhere! { sqlite: $($test),+ }
        everywhere! { postgres: $($test),+ }
    };
    ($store:ident: $($test:ident),+) => {
        mod $store {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                if let Some(kept) = crate::kept::$store().await {
                    super::$test(kept).await;
                }
            })+
        }
    };
}
pub(crate) use everywhere;

/// So many seconds after a beginning.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// An outgoing letter, made then and good for an hour.
pub(crate) fn letter(number: u32, seconds: i64) -> NewMessage {
    let message_id = Uuid::from_u128(0x4000_8000_0000_0000_0000 + u128::from(number)).to_string();
    NewMessage {
        id: format!("m-{number:05}"),
        conversation_id: message_id.clone(),
        message_id,
        direction: Direction::Out,
        channel: "DPO".to_owned(),
        organisation: OURS.to_owned(),
        party: OrganisationAccess { orgnr: THEIRS.to_owned(), name: "Ødemark & Sønn «N»".to_owned() },
        document_type: "arkivmelding".to_owned(),
        process: "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned(),
        created: at(seconds),
        expires: Some(at(seconds) + SignedDuration::from_hours(1)),
        size: 1_100_000_000,
        sbd: "{\"æ\": \"\u{1f4ee}\"}".to_owned(),
        envelope: Some("a.b.c".to_owned()),
        digest: Some(format!("digest-{number}")),
        broker_sender: None,
        package: Some(format!("out-{number}")),
        findings: Vec::new(),
        about: None,
        details: None,
        trace: None,
        upload: None,
        hold: None,
    }
}

/// The row that takes a letter away.
pub(crate) fn delivery(of: &NewMessage) -> NewDelivery {
    NewDelivery {
        id: format!("d-{}", of.id),
        message: of.id.clone(),
        kind: Kind::Letter,
        channel: CHANNEL.to_owned(),
        sender: of.organisation.clone(),
        recipient: of.party.orgnr.clone(),
        sbd: of.sbd.clone(),
        package: of.package.clone(),
        package_size: of.size,
        reference: "reference".to_owned(),
        details: Some("{\"detail\":1}".to_owned()),
        created: of.created,
        expires: of.expires,
    }
}

/// Accepts a letter that nobody has accepted before.
pub(crate) async fn accept(store: &dyn Store, number: u32, seconds: i64) -> NewMessage {
    let message = letter(number, seconds);
    assert_eq!(store.accept(message.clone(), delivery(&message), None).await.unwrap(), None);
    message
}

/// Takes a row for a minute.
pub(crate) async fn take(store: &dyn Store, token: &str, seconds: i64) -> Option<Lease> {
    let ask = Acquire {
        channel: CHANNEL.to_owned(),
        token: token.to_owned(),
        now: at(seconds),
        until: at(seconds + 60),
        probe: false,
    };
    store.acquire(ask).await.unwrap()
}

pub(crate) fn ours() -> Vec<String> {
    vec![OURS.to_owned()]
}

/// A session of a person.
pub(crate) fn session(digest: &str, person: &str, expires: Timestamp, latest: Timestamp) -> NewSession {
    let body = serde_json::json!({ "id": person, "name": "Siri Ås", "organisations": [] });
    let person = serde_json::from_value(body).unwrap();
    NewSession { digest: digest.to_owned(), person, expires, latest, provider: None, subject: None, bounds: None }
}
