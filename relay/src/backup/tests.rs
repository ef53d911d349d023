use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{Direction, OrganisationAccess};
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::audit::{Action, Id, ObjectKind, Record, verify_kept};
use crate::message::NewMessage;
use crate::outbox::{Acquire, Kind, NewDelivery};
use crate::store::sqlite::Sqlite;
use crate::store::{Access, Audit as _, Outbox};

/// The time of everything here.
fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

/// A message with a queued delivery and a package, the way they are accepted: first the package, then the row.
async fn accept(store: &Sqlite, folder: &Path, number: u32) {
    let name = format!("out-{number}");
    let content = content(number);
    std::fs::create_dir_all(folder.join(PACKAGES)).unwrap();
    tokio::fs::write(folder.join(PACKAGES).join(&name), &content).await.unwrap();
    let (message, delivery) = rows(number, &name, content.len() as u64);
    assert_eq!(store.accept(message, delivery, None).await.unwrap(), None);
}

fn content(number: u32) -> Vec<u8> {
    format!("sealed package {number} ").repeat(500).into_bytes()
}

fn rows(number: u32, package: &str, size: u64) -> (NewMessage, NewDelivery) {
    let (id, sbd) = (format!("m{number}"), "{}".to_owned());
    let message = NewMessage {
        id: id.clone(),
        message_id: id.clone(),
        conversation_id: "c".to_owned(),
        direction: Direction::Out,
        channel: "DPO".to_owned(),
        organisation: "310904007".to_owned(),
        party: OrganisationAccess { orgnr: "310900419".to_owned(), name: "Prove".to_owned() },
        document_type: "arkivmelding".to_owned(),
        process: "p".to_owned(),
        created: now(),
        expires: None,
        size,
        sbd: sbd.clone(),
        envelope: None,
        digest: None,
        broker_sender: None,
        package: Some(package.to_owned()),
        findings: Vec::new(),
        about: None,
        details: None,
        trace: None,
        upload: None,
        hold: None,
    };
    let delivery = NewDelivery {
        id: id.clone(),
        message: id,
        kind: Kind::Letter,
        channel: "DPO".to_owned(),
        sender: "310904007".to_owned(),
        recipient: "310900419".to_owned(),
        sbd,
        package: Some(package.to_owned()),
        package_size: size,
        reference: "r".to_owned(),
        details: None,
        created: now(),
        expires: None,
    };
    (message, delivery)
}

struct Folders {
    folder: TempDir,
}

impl Folders {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A store with some messages, and a backup of it.
    async fn backed_up() -> Self {
        let folders = Self::new();
        let store = Arc::new(Sqlite::open(&folders.at("relay")).unwrap());
        for number in 0..5 {
            accept(&store, &folders.at("relay"), number).await;
        }
        let copied = backup(&folders.at("relay"), &folders.at("backup")).unwrap();
        assert_eq!((copied.messages, copied.packages, copied.missing.len()), (5, 5, 0));
        folders
    }
}

fn assert_whole(store: &Path, at_least: u32) -> u32 {
    let connection = Connection::open(store.join(DATABASE)).unwrap();
    let mut statement = connection.prepare("SELECT id, package, size FROM message").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?)));
    let mut seen = BTreeSet::new();
    for row in rows.unwrap() {
        let (id, package, size): (String, String, i64) = row.unwrap();
        let number: u32 = id.trim_start_matches('m').parse().unwrap();
        let bytes = std::fs::read(store.join(PACKAGES).join(package)).unwrap();
        assert_eq!((bytes.len() as i64, bytes), (size, content(number)));
        seen.insert(number);
    }
    assert!((0..at_least).all(|number| seen.contains(&number)), "{at_least} were accepted before: {seen:?}");
    seen.len() as u32
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_has_everything_that_was_accepted_before_it() {
    let folders = Folders::new();
    let store = Arc::new(Sqlite::open(&folders.at("relay")).unwrap());
    let accepted = Arc::new(AtomicU32::new(0));
    let load = {
        let (store, accepted, folder) = (store.clone(), accepted.clone(), folders.at("relay"));
        tokio::spawn(async move {
            for number in 0..100_000 {
                accept(&store, &folder, number).await;
                accepted.store(number + 1, Ordering::SeqCst);
            }
        })
    };
    for round in 0..5 {
        while accepted.load(Ordering::SeqCst) < 20 * (round + 1) {
            tokio::task::yield_now().await;
        }
        let before = accepted.load(Ordering::SeqCst);
        let (from, to) = (folders.at("relay"), folders.at(&format!("backup-{round}")));
        let copied = tokio::task::spawn_blocking(move || backup(&from, &to)).await.unwrap().unwrap();
        assert!(copied.missing.is_empty() && copied.packages == copied.messages, "{copied:?}");
        let restored = folders.at(&format!("restored-{round}"));
        let back = restore(&folders.at(&format!("backup-{round}")), &restored).unwrap();
        assert_eq!((back.messages, back.packages), (copied.messages, copied.packages));
        assert_eq!(u64::from(assert_whole(&restored, before)), copied.messages);
    }
    assert!(!load.is_finished(), "the load went on all the time");
    load.abort();
}

/// By the relay itself: the audit log of these stores was not begun.
fn restore(from: &Path, store: &Path) -> Result<Copied, BackupError> {
    super::restore(from, store, Who::Relay)
}

#[tokio::test]
async fn the_audit_log_says_who_restored_it_and_holds_together() {
    let folders = Folders::backed_up().await;
    let store = Sqlite::open(&folders.at("relay")).unwrap();
    store.begin_log("relay.example").await.unwrap();
    let started = Record::done(Who::Relay, Action::RelayStarted, ObjectKind::Relay, Id::of_entry(0));
    store.record(started).await.unwrap();
    backup(&folders.at("relay"), &folders.at("second")).unwrap();
    let who = Who::Operator(Id::of_user(4711));
    super::restore(&folders.at("second"), &folders.at("new"), who).unwrap();
    let restored = Sqlite::open_as_it_is(&folders.at("new"), Access::Read).unwrap();
    let (_, head) = verify_kept(&restored, &[]).await.unwrap();
    let lines = restored.log_lines(1, None).await.unwrap();
    assert_eq!((head.sequence, lines.len()), (2, 1));
    for part in ["backup_restored", "user:4711", "entry:1"] {
        assert!(lines[0].1.contains(part), "{part}: {lines:?}");
    }
}

#[tokio::test]
async fn what_is_restored_opens_and_holds_its_letters_back_for_a_person() {
    let folders = Folders::backed_up().await;
    restore(&folders.at("backup"), &folders.at("new")).unwrap();
    let store = Sqlite::open(&folders.at("new")).unwrap();
    let until = now() + SignedDuration::from_mins(1);
    let ask = Acquire { channel: "DPO".to_owned(), token: "t".to_owned(), now: now(), until, probe: false };
    assert!(store.acquire(ask.clone()).await.unwrap().is_none(), "letters are held back");
    let held = store.dead_letters().await.unwrap();
    assert_eq!((held.len(), held[0].reason.as_str()), (5, "restored"));
    assert!(store.revive(&held[0].message, now(), None).await.unwrap());
    assert_eq!(store.acquire(ask).await.unwrap().unwrap().message, held[0].message);
    assert!(!folders.at("new.restoring").exists());
}

#[tokio::test]
async fn public_tools_can_check_a_backup() {
    let folders = Folders::backed_up().await;
    let run = Command::new("sha256sum").args(["--check", "--strict", SUMS]).current_dir(folders.at("backup")).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(String::from_utf8(run.stdout).unwrap().lines().count(), 6);
}

#[tokio::test]
async fn nothing_is_written_over() {
    let folders = Folders::backed_up().await;
    assert!(matches!(backup(&folders.at("relay"), &folders.at("backup")), Err(BackupError::NotEmpty(_))));
    assert!(matches!(restore(&folders.at("backup"), &folders.at("relay")), Err(BackupError::NotEmpty(_))));
    std::fs::create_dir_all(folders.at("empty")).unwrap();
    restore(&folders.at("backup"), &folders.at("empty")).unwrap();
    assert_whole(&folders.at("empty"), 5);
}

#[tokio::test]
async fn a_backup_that_is_not_whole_or_was_changed_is_refused_and_leaves_nothing() {
    let refused = |folders: &Folders| {
        let error = restore(&folders.at("backup"), &folders.at("new")).unwrap_err();
        assert!(!folders.at("new").exists() && !folders.at("new.restoring").exists(), "{error}");
        error
    };
    let folders = Folders::backed_up().await;
    std::fs::write(folders.at("backup/packages/out-3"), "other bytes").unwrap();
    assert!(matches!(refused(&folders), BackupError::Damaged(name) if name == "packages/out-3"));
    std::fs::remove_file(folders.at("backup/packages/out-3")).unwrap();
    assert!(matches!(refused(&folders), BackupError::Damaged(name) if name == "packages/out-3"));

    let folders = Folders::backed_up().await;
    let database = folders.at("backup").join(DATABASE);
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&database, bytes).unwrap();
    assert!(matches!(refused(&folders), BackupError::Damaged(name) if name == DATABASE));

    let folders = Folders::backed_up().await;
    std::fs::remove_file(folders.at("backup").join(SUMS)).unwrap();
    assert!(matches!(refused(&folders), BackupError::NotWhole(_)));
}

#[tokio::test]
async fn a_list_of_digests_cannot_lead_out_of_the_folder() {
    for name in ["packages/../../escaped", "../escaped", "packages/.hidden", "other.sqlite", "packages/a/b"] {
        let folders = Folders::backed_up().await;
        let sums = folders.at("backup").join(SUMS);
        let text = std::fs::read_to_string(&sums).unwrap();
        std::fs::write(&sums, format!("{text}{}  {name}\n", "0".repeat(64))).unwrap();
        let error = restore(&folders.at("backup"), &folders.at("new")).unwrap_err();
        assert!(matches!(&error, BackupError::Name(bad) if bad == name), "{error}");
    }
}

#[tokio::test]
async fn a_package_that_was_lost_before_is_told() {
    let folders = Folders::backed_up().await;
    std::fs::remove_file(folders.at("relay/packages/out-2")).unwrap();
    let copied = backup(&folders.at("relay"), &folders.at("second")).unwrap();
    assert_eq!((copied.packages, copied.missing.as_slice()), (4, ["out-2".to_owned()].as_slice()));
    let back = restore(&folders.at("second"), &folders.at("new")).unwrap();
    assert_eq!(back.missing, ["out-2"]);
}

#[test]
fn there_must_be_something_to_back_up() {
    let folders = Folders::new();
    assert!(matches!(backup(&folders.at("nothing"), &folders.at("to")), Err(BackupError::Database(_))));
    assert!(!folders.at("to").join(SUMS).exists());
}
