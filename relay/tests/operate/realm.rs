//! No world's post gets into another.

use std::process::Command;

use konvolutt_relay::app::{App, Kept};
use konvolutt_relay::config::ConfigError;
use konvolutt_relay::store::Upkeep as _;
use konvolutt_relay::store::sqlite::Sqlite;
use konvolutt_shared::finding::Rule;
use konvolutt_shared::pki::{Certificate, validate};

use crate::world::{Place, WORLD};

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

/// The roots have other certificates than organisations' under them, and which policies those carry depends on the world.
#[tokio::test]
async fn a_signer_carries_a_policy_of_the_relays_world() {
    let transit = WORLD.sandbox.transit().unwrap();
    let chain = Certificate::chain_from_pem(&transit.chain_pem).unwrap();
    for (policies, refused) in [(None, false), (Some("production"), true), (Some("any"), false)] {
        let mut place = Place::new();
        policies.into_iter().for_each(|policies| place.set("trust.policies", policies));
        let store = place.path("data/relay");
        let kept = Kept::open(&place.read().unwrap(), &store).await.unwrap();
        let outside = place.read().unwrap().outside().unwrap();
        let app = App::open(outside, kept, &store, place.path("dist")).unwrap();
        let verdict = validate(&chain[0], &chain[1..], &app.expected().await.policy);
        let without = verdict.findings.iter().any(|finding| finding.rule == Rule::SignerPolicies);
        assert_eq!((without, verdict.is_trusted()), (refused, !refused), "{policies:?}: {:?}", verdict.findings);
    }
}
