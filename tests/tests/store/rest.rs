//! Uploads, sessions, and proof of life.

use konvolutt_shared::api::Person;

use crate::kept::{Kept, at, everywhere};

everywhere! { an_upload_is_its_owners, a_session_ends, a_commit_is_proved }

async fn an_upload_is_its_owners(store: Kept) {
    assert!(store.begin_upload("u-1", "siri", 0, 2, at(0)).await.unwrap());
    assert!(store.begin_upload("u-2", "siri", 7, 2, at(100)).await.unwrap());
    assert!(store.begin_upload("u-2", "siri", 7, 3, at(100)).await.is_err());
    assert!(!store.begin_upload("u-3", "siri", 7, 2, at(100)).await.unwrap(), "one too many");
    assert_eq!(store.upload_length("u-3", "siri").await.unwrap(), None);
    assert!(store.begin_upload("u-4", "ola", 7, 1, at(0)).await.unwrap(), "another's do not count");
    store.forget_upload("u-4").await.unwrap();
    assert_eq!(store.upload_length("u-1", "siri").await.unwrap(), Some(0));
    assert_eq!(store.upload_length("u-1", "ola").await.unwrap(), None);
    store.keep_length("u-1", 1_100_000_000).await.unwrap();
    assert_eq!(store.upload_length("u-1", "siri").await.unwrap(), Some(1_100_000_000));
    assert_eq!(store.forget_uploads(at(0)).await.unwrap().len(), 2);
    let left = store.forget_uploads(at(1)).await.unwrap();
    assert_eq!(left.into_iter().collect::<Vec<_>>(), ["u-2"]);
    store.forget_upload("u-2").await.unwrap();
    store.forget_upload("u-2").await.unwrap();
    assert_eq!(store.upload_length("u-2", "siri").await.unwrap(), None);
}

async fn a_session_ends(store: Kept) {
    let person: Person =
        serde_json::from_value(serde_json::json!({ "id": "siri", "name": "Siri Ås", "organisations": [] })).unwrap();
    store.begin_session("a", &person, at(60), at(0), None).await.unwrap();
    store.begin_session("b", &person, at(600), at(0), None).await.unwrap();
    let (found, until) = store.session("a", at(59)).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), until), ("Siri Ås", at(60)));
    assert!(store.session("a", at(60)).await.unwrap().is_none());
    store.extend_session("a", at(90)).await.unwrap();
    assert!(store.session("a", at(60)).await.unwrap().is_some());
    // A new one forgets those that have ended.
    store.begin_session("c", &person, at(600), at(100), None).await.unwrap();
    assert!(store.session("a", at(0)).await.unwrap().is_none());
    store.end_session("b", None).await.unwrap();
    assert!(store.session("b", at(0)).await.unwrap().is_none());
    assert!(store.session("c", at(0)).await.unwrap().is_some());
}

async fn a_commit_is_proved(store: Kept) {
    store.prove_commit().await.unwrap();
    store.prove_commit().await.unwrap();
    assert_eq!(store.newest().await.unwrap(), 0, "it changes nothing");
}
