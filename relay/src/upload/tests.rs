//! What lies on disk of uploads, and what is known to.

use axum::body::Bytes;
use futures_util::stream;

use super::*;
use crate::packages::Folder;
use crate::store::sqlite::Sqlite;

const MOST: Quota = Quota { uploads: 2, bytes: 100 };

/// A handler that is dropped with its connection leaves bytes of which nobody knows whether they are on disk.
#[tokio::test]
async fn what_a_dropped_request_has_written_is_not_known_to_be_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (files, store) = (Files::open(folder.path()).unwrap(), Sqlite::in_memory().unwrap());
    let packages = Folder::open(&folder.path().join("packages")).unwrap();
    let begun =
        create(&store, &files, &packages, ("o", "o"), Some(6), Quota { uploads: 1, bytes: 6 }, Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
    let known = || synced().get(&begun.id).copied();
    assert_eq!(known(), None);
    let found = async || find(&store, &files, "o", &begun.id).await.unwrap();
    assert_eq!(append(found().await, 0, Body::from("abc")).await.unwrap(), 3);
    assert_eq!(known(), Some(3));
    let piece = stream::iter([Ok::<_, std::io::Error>(Bytes::from("de"))]);
    let endless = Body::from_stream(piece.chain(stream::pending()));
    tokio::select! {
        _ = append(found().await, 3, endless) => unreachable!("it has no end"),
        () = async { while found().await.offset < 5 { tokio::task::yield_now().await } } => {}
    }
    assert_eq!(known(), Some(3), "nobody has synced the rest");
    assert_eq!(append(found().await, 5, Body::from("f")).await.unwrap(), 6);
    let whole = found().await;
    assert!(whole.is_complete());
    assert_eq!(known(), Some(whole.length));
    remove(&store, &packages, &whole).await.unwrap();
    assert_eq!(known(), None);
}

#[tokio::test]
async fn nothing_is_left_of_what_nobody_submits_and_all_of_what_was_submitted() {
    let folder = tempfile::tempdir().unwrap();
    let (files, store) = (Files::open(folder.path()).unwrap(), Sqlite::in_memory().unwrap());
    let place = folder.path().join("packages");
    let packages = Folder::open(&place).unwrap();
    let names = |folder: &Path| {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<BTreeSet<_>>()
    };
    let begin = async |at| create(&store, &files, &packages, ("o", "o"), Some(3), MOST, at).await.unwrap();
    let (old, new) = (begin(Timestamp::UNIX_EPOCH).await, begin(Timestamp::UNIX_EPOCH + KEPT).await);
    assert!(
        create(&store, &files, &packages, ("o", "o"), Some(3), MOST, Timestamp::UNIX_EPOCH).await.is_err(),
        "too many"
    );
    for upload in [&old, &new] {
        append(upload.clone(), 0, Body::from("abc")).await.unwrap();
    }
    assert_eq!(names(&place), BTreeSet::from([package_name(&old.id), package_name(&new.id)]));
    sweep(&store, &files, &packages, Timestamp::UNIX_EPOCH + KEPT + SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(names(&place), BTreeSet::from([package_name(&new.id)]));
    assert_eq!(names(files.uploads()), BTreeSet::from([new.id.clone()]));
    assert!(find(&store, &files, "o", &old.id).await.is_err());
    let new = find(&store, &files, "o", &new.id).await.unwrap();
    let name = move_to_packages(&packages, &new).await.unwrap();
    assert_eq!(std::fs::read(place.join(&name)).unwrap(), b"abc");
    // As if it had been accepted.
    store.forget_upload(&new.id).await.unwrap();
    sweep(&store, &files, &packages, Timestamp::UNIX_EPOCH + KEPT + KEPT).await.unwrap();
    assert_eq!(names(&place), BTreeSet::from([name]));
}
