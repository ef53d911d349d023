//! No world's post gets into another.

use std::process::Command;

use konvolutt_relay::config::ConfigError;
use konvolutt_relay::store::Upkeep as _;
use konvolutt_relay::store::sqlite::Sqlite;

use crate::world::Place;

#[test]
fn production_has_nothing_of_a_sandbox() {
    let refused = |place: &Place| match place.read().unwrap().outside() {
        Err(ConfigError::Sandbox(key)) => Some(key),
        other => other.map(|_| None).unwrap(),
    };
    let mut place = Place::new();
    assert_eq!(refused(&place), None, "a test may");
    place.set("server.world", "production");
    assert_eq!(refused(&place), Some("identity.issuer"));
    for key in [
        "identity.issuer",
        "maskinporten.token",
        "altinn.exchange",
        "altinn.broker",
        "registry.address",
        "enhetsregister.address",
    ] {
        place.set(key, "https://service.example/");
    }
    assert_eq!(refused(&place), Some("trust.revocation_lists"));
    place.set("trust.revocation_lists", Vec::<String>::new());
    assert_eq!(refused(&place), Some("trust"), "its authorities stay the sandbox's");
}

/// The program ends before anything of the other world has been touched.
#[tokio::test]
async fn a_store_of_another_world_is_not_opened() {
    let place = Place::new();
    let store = Sqlite::open(&place.path("data/relay")).unwrap();
    assert_eq!(store.belongs_to("sandbox").await.unwrap(), "sandbox");
    drop(store);
    let run = Command::new(env!("CARGO_BIN_EXE_konvolutt")).args(["serve", "--config"]).arg(place.file()).output();
    let run = run.unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!run.status.success() && said.contains("another world"), "{said}");
    assert!(run.stdout.is_empty(), "it listened");
}
