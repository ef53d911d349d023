//! What every place for sealed packages promises: the same tests on a folder and on a bucket.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt as _;
use konvolutt_relay::packages::{Folder, Packages, S3, Settings};
use konvolutt_tests::{s3, sha256};
use tempfile::TempDir;

struct Kept {
    packages: Arc<dyn Packages>,
    folder: TempDir,
}

impl Kept {
    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    async fn read(&self, name: &str) -> Vec<u8> {
        let mut stream = self.packages.open(name).await.unwrap().into_stream();
        let mut all = Vec::new();
        while let Some(piece) = stream.next().await {
            all.extend_from_slice(&piece.unwrap());
        }
        all
    }
}

fn folder() -> Option<Kept> {
    let folder = tempfile::tempdir().unwrap();
    Some(Kept { packages: Arc::new(Folder::open(&folder.path().join("packages")).unwrap()), folder })
}

fn bucket() -> Option<Kept> {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder)?;
    Some(Kept { packages: Arc::new(S3::new(&settings).unwrap()), folder })
}

fn settings(folder: &TempDir) -> Option<Settings> {
    let (endpoint, bucket) = s3::bucket()?;
    Some(Settings {
        bucket,
        endpoint: Some(endpoint),
        region: "us-east-1".to_owned(),
        access_key: Some(s3::KEY.to_owned()),
        secret_key_file: Some(s3::key_file(folder.path())),
    })
}

macro_rules! everywhere {
    ($($test:ident),+ $(,)?) => {
        everywhere! { folder: $($test),+ }
        everywhere! { bucket: $($test),+ }
    };
    ($place:ident: $($test:ident),+) => {
        mod $place {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                if let Some(kept) = super::$place() {
                    super::$test(kept).await;
                }
            })+
        }
    };
}

everywhere! {
    what_is_kept_is_read_byte_for_byte,
    keeping_the_same_again_is_fine,
    what_was_promised_holds_what_was_written_since,
    what_is_adopted_is_gone_elsewhere,
    what_is_removed_is_gone,
    names_that_are_none_of_ours_are_refused,
}

/// Bytes that repeat nowhere.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect()
}

async fn what_is_kept_is_read_byte_for_byte(kept: Kept) {
    const MIB: usize = 1024 * 1024;
    // One piece; at the border of what is sent in parts; parts of which the last is short.
    for (number, length) in [1, 70_000, 8 * MIB, 8 * MIB + 1, 16 * MIB, 21 * MIB + 17].into_iter().enumerate() {
        let (name, content) = (format!("out-{number}"), noise(length));
        let file = kept.file("upload", &content);
        kept.packages.keep(&name, &file).await.unwrap();
        assert!(file.exists(), "the upload stays");
        let read = kept.read(&name).await;
        assert_eq!((read.len(), sha256(&read)), (length, sha256(&content)));
        let content = kept.packages.open(&name).await.unwrap();
        let read = tokio::task::spawn_blocking(move || {
            let mut all = Vec::new();
            content.into_reader().read_to_end(&mut all).unwrap();
            all
        });
        assert_eq!(read.await.unwrap().len(), length);
    }
}

async fn keeping_the_same_again_is_fine(kept: Kept) {
    let file = kept.file("upload", b"sealed");
    for _ in 0..3 {
        kept.packages.keep("out-1", &file).await.unwrap();
    }
    assert_eq!(kept.read("out-1").await, b"sealed");
}

async fn what_was_promised_holds_what_was_written_since(kept: Kept) {
    let file = kept.file("upload", b"");
    kept.packages.promise("out-1", &file).await.unwrap();
    std::fs::write(&file, b"sealed").unwrap();
    // The second time as after a commit that failed.
    for _ in 0..2 {
        kept.packages.keep("out-1", &file).await.unwrap();
        assert_eq!(kept.read("out-1").await, b"sealed");
    }
    let given_up = kept.file("given-up", b"");
    kept.packages.promise("out-2", &given_up).await.unwrap();
    kept.packages.remove("out-2").await.unwrap();
    assert!(kept.packages.open("out-2").await.is_err());
}

async fn what_is_adopted_is_gone_elsewhere(kept: Kept) {
    for _ in 0..2 {
        let file = kept.file("download", b"sealed");
        kept.packages.adopt("in-1", &file).await.unwrap();
        assert!(!file.exists());
    }
    assert_eq!(kept.read("in-1").await, b"sealed");
    assert!(kept.packages.adopt("in-2", &kept.folder.path().join("nothing")).await.is_err());
    assert!(kept.packages.open("in-2").await.is_err());
}

async fn what_is_removed_is_gone(kept: Kept) {
    let file = kept.file("upload", b"sealed");
    kept.packages.keep("out-1", &file).await.unwrap();
    for _ in 0..2 {
        kept.packages.remove("out-1").await.unwrap();
    }
    assert!(kept.packages.open("out-1").await.is_err());
}

async fn names_that_are_none_of_ours_are_refused(kept: Kept) {
    let file = kept.file("upload", b"sealed");
    for name in ["", ".", "..", "../out-1", "a/b", "/etc/passwd", ".hidden", "a\0b", "å"] {
        assert!(kept.packages.promise(name, &file).await.is_err(), "{name}");
        assert!(kept.packages.keep(name, &file).await.is_err(), "{name}");
        assert!(kept.packages.open(name).await.is_err(), "{name}");
        assert!(kept.packages.remove(name).await.is_err(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_and_a_missing_bucket_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let Some(good) = settings(&folder) else { return };
    let file = folder.path().join("upload");
    std::fs::write(&file, "sealed").unwrap();
    let wrong_key = folder.path().join("wrong");
    std::fs::write(&wrong_key, "hemmelig").unwrap();
    let wrong = Settings { access_key: Some("nobody".to_owned()), secret_key_file: Some(wrong_key), ..good.clone() };
    let nowhere = Settings { bucket: "no-such-bucket".to_owned(), ..good };
    for half in
        [Settings { access_key: None, ..nowhere.clone() }, Settings { secret_key_file: None, ..nowhere.clone() }]
    {
        assert!(S3::new(&half).unwrap_err().to_string().contains("go together"));
    }
    for settings in [wrong, nowhere] {
        let refused = S3::new(&settings).unwrap().keep("out-1", &file).await.unwrap_err().to_string();
        assert!(!refused.contains("hemmelig"), "{refused}");
    }
}
