//! The examination of Altinn's inbox and its transit key, and of every address that must not be asked in the clear.

use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::doctor::{Outcome, Report};

use crate::doctor::{NOBODY, certificate, complaints, find, report};
use crate::world::{Place, write_secret};

/// Breaks the inbox of Altinn and expects exactly these complaints.
async fn broken_inbox(breaking: impl FnOnce(&mut Place), expected: &[(&str, Outcome)]) -> Report {
    let mut place = Place::with_inbox();
    breaking(&mut place);
    let report = report(&place).await;
    assert_eq!(complaints(&report), expected, "{}", report.text());
    report
}

#[tokio::test]
async fn the_inbox_is_asked_with_its_own_token() {
    let place = Place::with_inbox();
    let said = report(&place).await;
    assert_eq!(complaints(&said), [], "{}", said.text());
    let until = &find(&said, "dpv.transit_key").seen;
    assert!(until.starts_with("an RSA key whose certificate is valid until "), "{until}");
    assert_eq!(find(&said, "service.correspondence").seen, "took a token and answered a question");
    let key = std::fs::read_to_string(place.path("transit.pem")).unwrap();
    assert!(!(said.text() + &said.json()).contains(key.lines().nth(2).unwrap()), "the key is not shown");
    let expected = [("service.correspondence", Outcome::Fail)];
    broken_inbox(|place| place.set("dpv.address", NOBODY), &expected).await;
    let elsewhere = |place: &mut Place| {
        let base = place.tables["dpv"]["address"].as_str().unwrap().replace("/v1", "/v9");
        place.set("dpv.address", base);
    };
    broken_inbox(elsewhere, &expected).await;
    let mut half = Place::with_inbox();
    half.tables["dpv"].as_table_mut().unwrap().remove("transit_key_file");
    let said = half.read().unwrap().outside().unwrap_err().to_string();
    assert!(said.contains("dpv needs address"), "{said}");
}

#[tokio::test]
async fn a_transit_key_that_is_none_anothers_or_expires() {
    let failed = [("dpv.transit_key", Outcome::Fail)];
    broken_inbox(|place| write_secret(&place.path("transit.pem"), "no key"), &failed).await;
    broken_inbox(|place| std::fs::write(place.path("transit.crt"), "no certificate").unwrap(), &failed).await;
    let anothers = |place: &mut Place| place.set("dpv.transit_certificate_file", "root.pem");
    broken_inbox(anothers, &failed).await;
    let (now, day) = (konvolutt_relay::clock::now(), SignedDuration::from_hours(24));
    // The key that was made with the certificate goes with it.
    let made = |until: Timestamp| {
        move |place: &mut Place| {
            certificate(place, "transit.crt", now - day * 365, until, "FALSE");
            std::fs::rename(place.path("made.key"), place.path("transit.pem")).unwrap();
        }
    };
    let report = broken_inbox(made(now - day), &failed).await;
    assert!(find(&report, "dpv.transit_key").seen.starts_with("its certificate expired at "), "{}", report.text());
    let report = broken_inbox(made(now + day * 29), &[("dpv.transit_key", Outcome::Warn)]).await;
    assert!(report.is_healthy(), "{}", report.text());
    broken_inbox(made(now + day * 31), &[]).await;
}

#[tokio::test]
async fn every_address_that_would_be_asked_in_the_clear_is_named() {
    // Loopback that is not recognised as this machine: nobody is there, and that is told at once.
    const OPEN: &str = "http://127.0.0.2:1/x";
    let [transport, broker, correspondence] =
        ["transport", "service.broker.310904007", "service.correspondence"].map(|name| (name, Outcome::Fail));
    for (key, also) in [
        ("identity.issuer", vec![("service.identity", Outcome::Fail)]),
        ("registry.address", vec![("service.registry", Outcome::Fail)]),
        ("enhetsregister.address", vec![("service.enhetsregister", Outcome::Warn)]),
        ("altinn.exchange", vec![broker, correspondence]),
        ("altinn.broker", vec![broker]),
        ("dpv.address", vec![correspondence]),
        ("observe.otlp", vec![]),
    ] {
        let expected = [vec![transport], also].concat();
        let report = broken_inbox(|place| place.set(key, OPEN), &expected).await;
        assert_eq!(find(&report, "transport").seen, format!("not encrypted: {key}"));
    }
    let bucket = |place: &mut Place| {
        place.set("packages.bucket", "packages");
        place.set("packages.endpoint", OPEN);
        place.set("packages.access_key", "key");
        write_secret(&place.path("packages.key"), "secret");
        place.set("packages.secret_key_file", "packages.key");
    };
    let report = broken_inbox(bucket, &[("packages.bucket", Outcome::Fail), transport]).await;
    assert_eq!(find(&report, "transport").seen, "not encrypted: packages.endpoint");
    for key in ["dpf.address", "dpf.svarinn"] {
        let mut place = Place::with_svarut();
        place.set(key, OPEN);
        let report = self::report(&place).await;
        assert_eq!(find(&report, "transport").seen, format!("not encrypted: {key}"));
    }
}
