//! Uploads, and proof of life.

use crate::kept::{Kept, at, everywhere};

everywhere! { an_upload_is_its_owners, a_commit_is_proved }

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

async fn a_commit_is_proved(store: Kept) {
    store.prove_commit().await.unwrap();
    store.prove_commit().await.unwrap();
    assert_eq!(store.newest().await.unwrap(), 0, "it changes nothing");
}
