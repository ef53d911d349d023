//! The commands of an operator, on a store that several relays share.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use konvolutt_tests::{binary, postgres, s3};
use serde_json::Value;
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// Runs the program on a data folder.
fn konvolutt(data: &Path, arguments: &[&str], environment: &[(&str, String)]) -> Output {
    let mut command = Command::new(binary("konvolutt").unwrap());
    command.args(arguments).arg("--data").arg(data).envs(environment.iter().cloned());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the doctor found under a name: outcome and what was seen.
fn found(report: &Value, name: &str) -> Option<(String, String)> {
    let check = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name)?;
    Some((check["outcome"].as_str().unwrap().to_owned(), check["seen"].as_str().unwrap().to_owned()))
}

fn examine(data: &Path, environment: &[(&str, String)]) -> Value {
    serde_json::from_slice(&konvolutt(data, &["doctor", "--sandbox", "--json"], environment).stdout).unwrap()
}

#[test]
fn sqlite_is_migrated_once() {
    let data = tempfile::tempdir().unwrap();
    let migrate = || said(&konvolutt(data.path(), &["migrate"], &[]));
    assert!(migrate().starts_with("the store was made, version "));
    assert!(migrate().ends_with("nothing was to do\n"));
    let report = examine(data.path(), &[]);
    assert_eq!(found(&report, "data.database").unwrap().0, "ok");
    assert!(found(&report, "store.database").is_none() && found(&report, "packages.bucket").is_none());
}

#[tokio::test]
async fn postgres_is_migrated_once_and_a_newer_one_is_refused() {
    let Some(url) = postgres::database() else { return };
    let data = tempfile::tempdir().unwrap();
    let environment = [("KONVOLUTT_STORE__URL", url.clone())];
    let (outcome, seen) = found(&examine(data.path(), &environment), "store.database").unwrap();
    assert!(outcome == "ok" && seen.ends_with("tables are made at the first start"), "{seen}");
    let migrate = || konvolutt(data.path(), &["migrate"], &environment);
    assert!(said(&migrate()).starts_with("the store was made, version "));
    assert!(said(&migrate()).ends_with("nothing was to do\n"));
    assert!(!data.path().join("relay/relay.sqlite").exists(), "nothing is kept here");
    let (outcome, seen) = found(&examine(data.path(), &environment), "store.database").unwrap();
    assert!(outcome == "ok" && seen.contains("0 messages"), "{seen}");

    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.execute("UPDATE store_version SET version = 99", &[]).await.unwrap();
    for command in [&["migrate"][..], &["serve", "--sandbox", "--listen", "127.0.0.1:0"]] {
        let refused = konvolutt(data.path(), command, &environment);
        let text = format!("{}{}", said(&refused), String::from_utf8_lossy(&refused.stderr));
        assert!(!refused.status.success() && text.contains("the store has version 99"), "{text}");
    }
    let (outcome, seen) = found(&examine(data.path(), &environment), "store.database").unwrap();
    assert!(outcome == "fail" && seen.contains("version 99"), "{seen}");
}

#[test]
fn the_doctor_tries_database_and_bucket() {
    let (Some(url), Some((endpoint, bucket))) = (postgres::database(), s3::bucket()) else { return };
    let data = tempfile::tempdir().unwrap();
    let folder: TempDir = tempfile::tempdir().unwrap();
    let all = |url: &str, bucket: &str| {
        [
            ("KONVOLUTT_STORE__URL", url.to_owned()),
            ("KONVOLUTT_PACKAGES__ENDPOINT", endpoint.clone()),
            ("KONVOLUTT_PACKAGES__BUCKET", bucket.to_owned()),
            ("KONVOLUTT_PACKAGES__ACCESS_KEY", s3::KEY.to_owned()),
            ("KONVOLUTT_PACKAGES__SECRET_KEY_FILE", s3::key_file(folder.path()).to_string_lossy().into_owned()),
        ]
    };
    let report = examine(data.path(), &all(&url, &bucket));
    assert_eq!(found(&report, "store.database").unwrap().0, "ok");
    assert_eq!(found(&report, "packages.bucket").unwrap().0, "ok");
    assert!(found(&report, "data.database").is_none());
    let report = examine(data.path(), &all("postgres://konvolutt@%2Fnowhere/none", "no-such-bucket"));
    assert_eq!(found(&report, "store.database").unwrap().0, "fail");
    assert_eq!(found(&report, "packages.bucket").unwrap().0, "fail");
}

#[test]
fn no_secret_may_stand_in_the_configuration() {
    let data = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("KONVOLUTT_STORE__URL", "postgres://konvolutt:hemmelig@db.example/konvolutt"),
        ("KONVOLUTT_STORE__PASSWORD", "hemmelig"),
        ("KONVOLUTT_PACKAGES__SECRET_KEY", "hemmelig"),
    ] {
        let refused = konvolutt(data.path(), &["migrate"], &[(name, value.to_owned())]);
        let text = format!("{}{}", said(&refused), String::from_utf8_lossy(&refused.stderr));
        assert!(!refused.status.success() && !text.contains("hemmelig"), "{text}");
        assert!(text.contains(name), "{text}");
    }
}
