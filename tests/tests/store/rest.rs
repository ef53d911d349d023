//! Uploads, and proof of life.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use konvolutt_relay::message::{NewMessage, NotStored};
use konvolutt_relay::once::{Once, Turn};
use konvolutt_relay::store::{Listing, Swept};
use konvolutt_relay::upload::{NewUpload, Quota};

use crate::kept::{CHANNEL, Kept, OURS, at, delivery, everywhere, letter};

everywhere! {
    an_upload_is_its_owners,
    what_is_nobodys_is_swept,
    a_message_whose_upload_is_gone_is_not_accepted,
    a_commit_is_proved,
    a_request_is_done_once,
}

async fn an_upload_is_its_owners(store: Kept) {
    let begin = async |id: &str, owner: &str, length, uploads, created| {
        let [id, owner, holder] = [id, owner, "key:k"].map(str::to_owned);
        let holder = if owner.starts_with("frame:") { holder } else { owner.clone() };
        let new = NewUpload { id, owner, holder, length, created: at(created) };
        store.begin_upload(new, Quota { uploads, bytes: 1_100_000_007 }).await
    };
    assert!(begin("u-1", "siri", 0, 2, 0).await.unwrap());
    assert!(!begin("u-2", "siri", 8, 2, 100).await.unwrap(), "too much, with one that may be as large as there can be");
    assert!(begin("u-2", "siri", 7, 2, 100).await.unwrap());
    assert!(begin("u-2", "siri", 0, 3, 100).await.is_ok_and(|begun| !begun), "too much");
    assert!(!begin("u-3", "siri", 7, 2, 100).await.unwrap(), "one too many");
    assert_eq!(store.upload_length("u-3", "siri").await.unwrap(), None);
    assert!(begin("u-4", "ola", 7, 1, 0).await.unwrap(), "another's do not count");
    assert!(begin("u-4", "kari", 7, 1, 0).await.is_err(), "an id twice");
    // A key's frames are one account.
    assert!(begin("u-5", "frame:a", 7, 1, 0).await.unwrap());
    assert!(!begin("u-6", "frame:b", 7, 1, 0).await.unwrap());
    store.forget_upload("u-5").await.unwrap();
    store.forget_upload("u-4").await.unwrap();
    assert_eq!(store.upload_length("u-1", "siri").await.unwrap(), Some(0));
    assert_eq!(store.upload_length("u-1", "ola").await.unwrap(), None);
    store.keep_length("u-1", 1_100_000_000).await.unwrap();
    assert_eq!(store.upload_length("u-1", "siri").await.unwrap(), Some(1_100_000_000));
    for _ in 0..2 {
        store.forget_upload("u-2").await.unwrap();
    }
    assert_eq!(store.upload_length("u-2", "siri").await.unwrap(), None);
}

/// Room for three uploads.
const THREE: Quota = Quota { uploads: 3, bytes: 21 };

fn of_siri(id: &str, seconds: i64) -> NewUpload {
    let [id, owner, holder] = [id, "siri", "siri"].map(str::to_owned);
    NewUpload { id, owner, holder, length: 7, created: at(seconds) }
}

async fn what_is_nobodys_is_swept(store: Kept) {
    for (id, seconds) in [("u-1", 0), ("u-2", 100), ("u-3", 100)] {
        assert!(store.begin_upload(of_siri(id, seconds), THREE).await.unwrap());
    }
    let swept = async |seconds| {
        let Swept { abandoned, kept } = store.abandon_uploads(at(seconds)).await.unwrap();
        (abandoned.into_iter().collect::<BTreeSet<_>>(), kept.into_iter().collect::<BTreeSet<_>>())
    };
    let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(swept(0).await, (ids(&[]), ids(&["u-1", "u-2", "u-3"])));
    assert_eq!(swept(1).await, (ids(&["u-1"]), ids(&["u-2", "u-3"])));
    assert_eq!(store.upload_length("u-1", "siri").await.unwrap(), None);
    assert!(store.begin_upload(of_siri("u-4", 100), THREE).await.unwrap(), "it makes room");
    // Until its files are gone, as often as it takes.
    store.abandon_upload("u-3").await.unwrap();
    assert_eq!(swept(1).await, (ids(&["u-1", "u-3"]), ids(&["u-2", "u-4"])));
    for id in ["u-1", "u-3"] {
        store.forget_upload(id).await.unwrap();
    }
    assert_eq!(swept(1).await, (ids(&[]), ids(&["u-2", "u-4"])));
}

/// Its package may have been removed by then.
async fn a_message_whose_upload_is_gone_is_not_accepted(store: Kept) {
    for id in ["taken", "abandoned", "forgotten"] {
        assert!(store.begin_upload(of_siri(id, 0), THREE).await.unwrap());
    }
    store.abandon_upload("abandoned").await.unwrap();
    store.forget_upload("forgotten").await.unwrap();
    let accept = async |number: u32, upload: &str| {
        let message = NewMessage { upload: Some(upload.to_owned()), ..letter(number, 0) };
        store.accept(message.clone(), delivery(&message), None).await.unwrap()
    };
    assert_eq!(accept(1, "taken").await, None);
    assert!(matches!(accept(1, "taken").await, Some(NotStored::Known(_))), "the same again is the same message");
    for (number, gone) in [(2, "taken"), (3, "abandoned"), (4, "forgotten")] {
        assert_eq!(accept(number, gone).await, Some(NotStored::UploadGone), "{gone}");
    }
    assert_eq!(store.list(&Listing::all(OURS, None), None).await.unwrap().items.len(), 1);
    assert_eq!(store.backlog(CHANNEL).await.unwrap().waiting, 1);
    let left = store.abandon_uploads(at(0)).await.unwrap();
    assert_eq!((left.abandoned, left.kept.len()), (vec!["abandoned".to_owned()], 0));
}

async fn a_commit_is_proved(store: Kept) {
    store.prove_commit().await.unwrap();
    store.prove_commit().await.unwrap();
    assert_eq!(store.newest().await.unwrap(), 0, "it changes nothing");
}

async fn a_request_is_done_once(store: Kept) {
    let asked = |holder: &str, key: &str, fingerprint: &str| Once {
        holder: holder.to_owned(),
        key: key.to_owned(),
        fingerprint: fingerprint.to_owned(),
    };
    let first = asked("h", "k", "f");
    let begin = async |once: &Once, now: i64| store.begin_once(once, at(now), at(now + 60)).await.unwrap();
    let turns = join_all((0..16).map(|_| store.begin_once(&first, at(0), at(60)))).await;
    let turns: Vec<_> = turns.into_iter().map(Result::unwrap).collect();
    assert_eq!(turns.iter().filter(|turn| **turn == Turn::Do).count(), 1);
    assert_eq!(turns.iter().filter(|turn| **turn == Turn::Running).count(), 15);
    assert_eq!(begin(&asked("h", "k", "g"), 1).await, Turn::Other);
    assert_eq!(begin(&asked("h", "l", "f"), 1).await, Turn::Do, "another key");
    assert_eq!(begin(&asked("i", "k", "f"), 1).await, Turn::Do, "another holder");
    // What never came to an end can be begun anew, and what is forgotten.
    assert_eq!(begin(&first, 59).await, Turn::Running);
    assert_eq!(begin(&first, 60).await, Turn::Do);
    store.forget_once(&first).await.unwrap();
    assert_eq!(begin(&first, 61).await, Turn::Do);
    store.finish_once(&first, b"\0answer".to_vec(), at(1_000)).await.unwrap();
    store.forget_once(&first).await.unwrap();
    assert_eq!(begin(&first, 999).await, Turn::Done(b"\0answer".to_vec()), "an answer is not forgotten");
    assert_eq!(begin(&asked("h", "k", "g"), 999).await, Turn::Other);
    assert_eq!(begin(&first, 1_000).await, Turn::Do, "but for its time");
}
