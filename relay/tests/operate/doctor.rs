//! For each thing that the examination tries, one that is broken, and it is named; nothing else is.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::doctor::{Check, Outcome, Report, examine};
use konvolutt_relay::store::Uploads as _;
use konvolutt_relay::store::sqlite::Sqlite;
use konvolutt_relay::upload::{NewUpload, Quota};
use toml::Value;

use crate::world::{Place, write_secret};

pub(crate) async fn report(place: &Place) -> Report {
    let configuration = place.read().unwrap();
    let dist = configuration.server().dist.clone().unwrap();
    Box::pin(examine(&configuration, &dist, false)).await
}

/// What is not well: name and outcome.
pub(crate) fn complaints(report: &Report) -> Vec<(&str, Outcome)> {
    let bad = report.checks.iter().filter(|check| check.outcome != Outcome::Ok);
    for check in bad.clone() {
        assert!(check.advice.as_ref().is_some_and(|advice| !advice.is_empty()), "no advice: {check:?}");
    }
    bad.map(|check| (check.name.as_str(), check.outcome)).collect()
}

/// Breaks something and expects exactly these complaints.
async fn broken(breaking: impl FnOnce(&mut Place), expected: &[(&str, Outcome)]) -> Report {
    let mut place = Place::new();
    breaking(&mut place);
    let report = report(&place).await;
    assert_eq!(complaints(&report), expected, "{}", report.text());
    report
}

pub(crate) fn find<'a>(report: &'a Report, name: &str) -> &'a Check {
    report.checks.iter().find(|check| check.name == name).unwrap()
}

/// Answers every request with this, for ever.
fn fake(answer: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, answer) = (listener.local_addr().unwrap(), answer.to_owned());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

pub(crate) const NOBODY: &str = "http://127.0.0.1:1/x";

#[tokio::test]
async fn all_is_well_and_every_kind_of_check_was_made() {
    let place = Place::new();
    let report = report(&place).await;
    assert_eq!(complaints(&report), [], "{}", report.text());
    let names: Vec<&str> = report.checks.iter().map(|check| check.name.as_str()).collect();
    let expected = [
        "configuration",
        "data.folder",
        "data.space",
        "data.database",
        "front_end",
        "maskinporten.key",
        "registry.key",
        "trust.anchors",
        "trust.intermediates",
        "clock",
        "transport",
        "service.maskinporten",
        "service.registry",
        "service.broker.310904007",
        "service.identity",
        "service.enhetsregister",
        "service.revocation",
    ];
    assert_eq!(names, expected);
    let shown = report.text() + &report.json();
    let key = std::fs::read_to_string(place.path("client.pem")).unwrap();
    let secret = key.lines().nth(2).unwrap();
    assert!(secret.len() > 40 && !shown.contains(secret), "the key is not shown");
}

#[test]
fn the_registry_is_asked_with_the_scope_of_each_service_in_use() {
    let scopes = |place: &Place| place.read().unwrap().outside().unwrap().registry_scopes();
    assert_eq!(scopes(&Place::new()), "eformidling:dpo");
    assert_eq!(scopes(&Place::with_svarut()), "eformidling:dpo eformidling:dpf");
    let mut place = Place::with_inbox();
    place.set("dpi.address", "http://127.0.0.1:1/dpi");
    let people = "digitalpostinnbygger:send global/kontaktinformasjon.read global/sikkerdigitalpost.read \
        global/varslingsstatus.read global/sertifikat.read global/navn.read global/postadresse.read";
    assert_eq!(scopes(&place), format!("eformidling:dpo eformidling:dpv eformidling:dpi {people}"));
    place.set("registry.people_scopes", vec!["global/navn.read"]);
    assert_eq!(scopes(&place), "eformidling:dpo eformidling:dpv eformidling:dpi global/navn.read");
}

#[tokio::test]
async fn every_certificate_of_a_bundle_is_looked_at() {
    let place = Place::new();
    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    std::fs::write(place.path("root.pem"), format!("{}{}", read("root.pem"), read("issuing.pem"))).unwrap();
    let report = report(&place).await;
    assert_eq!(complaints(&report), [], "{}", report.text());
    assert_eq!(report.checks.iter().filter(|check| check.name == "trust.anchors").count(), 2);
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written() {
    let breaking = |place: &mut Place| {
        std::fs::write(place.path("file"), "x").unwrap();
        place.set("server.data", "file/below");
    };
    broken(breaking, &[("data.folder", Outcome::Fail)]).await;
}

#[tokio::test]
async fn a_disk_that_is_full_or_nearly() {
    broken(|place| place.set("server.min_free_mib", 1_i64 << 40), &[("data.space", Outcome::Fail)]).await;
    let free = konvolutt_relay::disk::free(&std::env::temp_dir()).unwrap() / (1024 * 1024);
    let nearly = i64::try_from(free * 3 / 4).unwrap();
    broken(|place| place.set("server.min_free_mib", nearly), &[("data.space", Outcome::Warn)]).await;
}

#[tokio::test]
async fn a_database_that_is_none_or_is_damaged() {
    let none = |place: &mut Place| std::fs::write(place.path("data/relay/relay.sqlite"), "no database").unwrap();
    broken(none, &[("data.database", Outcome::Fail)]).await;

    let place = Place::new();
    let folder = place.path("data/relay");
    let store = Sqlite::open(&folder).unwrap();
    let now = konvolutt_relay::clock::now();
    for number in 0..2000 {
        let (owner, holder) = ("o".to_owned(), "o".to_owned());
        let upload = NewUpload { id: format!("{number:0200}"), owner, holder, length: 1, created: now };
        store.begin_upload(upload, Quota { uploads: u32::MAX, bytes: u64::MAX }).await.unwrap();
    }
    drop(store);
    // The writer's thread closes the database, which brings everything into the one file.
    let file = folder.join("relay.sqlite");
    for _ in 0..200 {
        if !folder.join("relay.sqlite-wal").exists() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(complaints(&report(&place).await), []);
    let length = std::fs::metadata(&file).unwrap().len();
    let mut opened = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    opened.seek(SeekFrom::Start(length / 2)).unwrap();
    opened.write_all(&[0x5a; 8192]).unwrap();
    assert_eq!(complaints(&report(&place).await), [("data.database", Outcome::Fail)]);
}

#[tokio::test]
async fn a_front_end_that_is_not_built() {
    let page = |place: &mut Place| std::fs::remove_file(place.path("dist/lab.html")).unwrap();
    let report = broken(page, &[("front_end", Outcome::Fail)]).await;
    assert!(find(&report, "front_end").seen.ends_with("lacks lab.html"));
    let assets = |place: &mut Place| std::fs::remove_file(place.path("dist/assets/portal.js")).unwrap();
    broken(assets, &[("front_end", Outcome::Fail)]).await;
}

#[tokio::test]
async fn a_clock_that_is_wrong() {
    let body = r#"{"organisasjonsnummer": "310904007", "navn": "Solvik"}"#;
    let address = fake(&format!(
        "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ));
    let report =
        broken(|place| place.set("enhetsregister.address", address.as_str()), &[("clock", Outcome::Warn)]).await;
    let seen = &find(&report, "clock").seen;
    assert!(seen.ends_with("s ahead of enhetsregister.address"), "{seen}");
}

#[tokio::test]
async fn nobody_who_tells_the_time() {
    let mut place = Place::new();
    for key in [
        "identity.issuer",
        "maskinporten.token",
        "altinn.exchange",
        "altinn.broker",
        "registry.address",
        "enhetsregister.address",
    ] {
        place.set(key, NOBODY);
    }
    let report = report(&place).await;
    let clock = find(&report, "clock");
    assert_eq!((clock.outcome, clock.seen.as_str()), (Outcome::Warn, "no service told the time"));
    assert!(!report.is_healthy());
}

#[tokio::test]
async fn a_client_key_that_is_none_missing_or_open_to_all() {
    let services = ("service.maskinporten", Outcome::Fail);
    let none = |place: &mut Place| write_secret(&place.path("client.pem"), "no key");
    broken(none, &[("maskinporten.key", Outcome::Fail), services]).await;
    let missing = |place: &mut Place| place.set("maskinporten.key_file", "elsewhere.pem");
    broken(missing, &[("maskinporten.key", Outcome::Fail), ("service", Outcome::Fail)]).await;
    let open = |place: &mut Place| {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(place.path("client.pem"), mode).unwrap();
    };
    let report = broken(open, &[("maskinporten.key", Outcome::Warn)]).await;
    assert!(report.is_healthy());
}

#[tokio::test]
async fn a_client_that_maskinporten_does_not_know() {
    let expected = [
        ("service.maskinporten", Outcome::Fail),
        ("service.registry", Outcome::Fail),
        ("service.broker.310904007", Outcome::Fail),
    ];
    broken(|place| place.set("maskinporten.client", "somebody-else"), &expected).await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_or_is_another() {
    let expected = [("service.identity", Outcome::Fail)];
    broken(|place| place.set("identity.issuer", NOBODY), &expected).await;
    let other = |place: &mut Place| {
        let issuer = place.tables["identity"]["issuer"].as_str().unwrap().to_owned();
        place.set("identity.issuer", format!("{issuer}/"));
    };
    let report = broken(other, &expected).await;
    assert!(find(&report, "service.identity").seen.contains("another issuer"), "{}", report.text());
    broken(|place| write_secret(&place.path("identity.pem"), "no key"), &expected).await;
    let both = |place: &mut Place| place.set("identity.secret_file", "identity.pem");
    broken(both, &[("service", Outcome::Fail)]).await;
}

#[tokio::test]
async fn a_registry_key_that_is_none_private_or_another() {
    let write = |text: &'static str| move |place: &mut Place| std::fs::write(place.path("registry.jwk"), text).unwrap();
    let expected = [("registry.key", Outcome::Fail), ("service", Outcome::Fail)];
    broken(write("no JSON"), &expected).await;
    let both = [("registry.key", Outcome::Fail), ("service.registry", Outcome::Fail)];
    let private = r#"{"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB", "d": "c2VjcmV0"}"#;
    let report = broken(write(private), &both).await;
    assert!(!report.json().contains("c2VjcmV0"));
    broken(write(r#"{"kty": "EC", "kid": "k", "crv": "P-256", "x": "AA", "y": "AA"}"#), &both).await;
    let another = write(r#"{"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB"}"#);
    broken(another, &[("service.registry", Outcome::Fail)]).await;
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let run = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// A self-signed certificate that OpenSSL made for this time, an authority's or not.
pub(crate) fn certificate(place: &Place, name: &str, from: Timestamp, until: Timestamp, authority: &str) {
    let folder = place.folder.path();
    let settings = format!(
        "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nrand_serial = yes\nnew_certs_dir = .\ndefault_md = sha256\n\
         policy = any\nx509_extensions = more\n[any]\ncommonName = supplied\n[more]\nbasicConstraints = critical,CA:{authority}\n"
    );
    std::fs::write(folder.join("ca.cnf"), settings).unwrap();
    std::fs::write(folder.join("index.txt"), "").unwrap();
    let request = ["-newkey", "rsa:2048", "-nodes", "-keyout", "made.key", "-subj", "/CN=Test", "-out", "made.csr"];
    openssl(folder, &[&["req"], request.as_slice()].concat());
    let time = |at: Timestamp| at.strftime("%Y%m%d%H%M%SZ").to_string();
    let sign = ["ca", "-batch", "-notext", "-selfsign", "-config", "ca.cnf", "-keyfile", "made.key", "-in", "made.csr"];
    openssl(folder, &[&sign, ["-startdate", &time(from), "-enddate", &time(until), "-out", name].as_slice()].concat());
}

#[tokio::test]
async fn a_trust_anchor_that_is_none_expired_soon_or_no_authority() {
    let expected = [("trust.anchors", Outcome::Fail)];
    broken(|place| std::fs::write(place.path("root.pem"), "no certificate").unwrap(), &expected).await;
    let day = SignedDuration::from_hours(24);
    let (now, year) = (konvolutt_relay::clock::now(), day * 365);
    let made = |name: &'static str, from, until, authority: &'static str| {
        move |place: &mut Place| certificate(place, name, from, until, authority)
    };
    broken(made("root.pem", now - day, now + year, "FALSE"), &expected).await;
    broken(made("root.pem", now + day, now + year, "TRUE"), &expected).await;
    broken(made("root.pem", now - day, now + day, "TRUE"), &[("trust.anchors", Outcome::Warn)]).await;
    let report = broken(made("root.pem", now - year, now - day, "TRUE"), &expected).await;
    assert!(find(&report, "trust.anchors").seen.starts_with("Test expired at "), "{}", report.text());
    broken(made("issuing.pem", now - year, now - day, "TRUE"), &[("trust.intermediates", Outcome::Fail)]).await;
}

#[tokio::test]
async fn delegations_that_can_never_count() {
    let row = |signer: &'static str, sender: &'static str, from: &'static str, to: &'static str| {
        move |place: &mut Place| {
            let row = [("signer", signer), ("sender", sender), ("from", from), ("to", to)];
            let row = row.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
            place.tables.insert("delegations".to_owned(), Value::Array(vec![Value::Table(row)]));
        }
    };
    let (signer, sender, ever) = ("310904015", "310904007", ("2020-01-01", "2099-12-31"));
    let report = broken(row(signer, sender, ever.0, ever.1), &[]).await;
    assert_eq!(find(&report, "delegations").seen, "310904015 signs for 310904007 from 2020-01-01 to 2099-12-31");
    let (warn, fail) = ([("delegations", Outcome::Warn)], [("delegations", Outcome::Fail)]);
    broken(row("310904016", sender, ever.0, ever.1), &fail).await;
    broken(row(signer, "31090400", ever.0, ever.1), &fail).await;
    broken(row(signer, sender, ever.1, ever.0), &fail).await;
    broken(row(signer, "310900117", ever.0, ever.1), &warn).await;
    broken(row(signer, sender, "2020-01-01", "2020-12-31"), &warn).await;
    broken(row(signer, sender, "2099-01-01", "2099-12-31"), &warn).await;
}

#[tokio::test]
async fn ks_is_asked_with_every_password() {
    let good = Place::with_svarut();
    let said = report(&good).await;
    assert_eq!(complaints(&said), [], "{}", said.text());
    assert!(find(&said, "service.svarut").seen.contains("3 types"), "{}", said.text());
    assert!(find(&said, "service.svarinn.310904007").seen.contains("shipments wait"));
    let both = [("service.svarut", Outcome::Fail), ("service.svarinn.310904007", Outcome::Fail)];
    let expect = async |breaking: fn(&mut Place), expected: &[(&str, Outcome)]| {
        let mut place = Place::with_svarut();
        breaking(&mut place);
        let report = report(&place).await;
        assert_eq!(complaints(&report), expected, "{}", report.text());
    };
    expect(|place| write_secret(&place.path("svarut.password"), "feil"), &both).await;
    expect(|place| place.set("dpf.address", NOBODY), &both[..1]).await;
    expect(|place| place.set("dpf.integration", "00000000-0000-4000-8000-000000000000"), &both[..1]).await;
    expect(|place| place.set("dpf.svarinn", NOBODY), &both[1..]).await;
    let mut half = Place::with_svarut();
    half.tables["dpf"].as_table_mut().unwrap().remove("integration");
    let said = half.read().unwrap().outside().unwrap_err().to_string();
    assert!(said.contains("dpf needs address"), "{said}");
}

#[tokio::test]
async fn services_that_do_not_answer_or_refuse() {
    let broker = [("service.broker.310904007", Outcome::Fail)];
    broken(|place| place.set("altinn.broker", NOBODY), &broker).await;
    broken(|place| place.set("altinn.exchange", NOBODY), &broker).await;
    let elsewhere = |place: &mut Place| {
        let base = place.tables["altinn"]["broker"].as_str().unwrap().replace("/v1", "/v9");
        place.set("altinn.broker", base);
    };
    broken(elsewhere, &broker).await;
    broken(|place| place.set("registry.address", NOBODY), &[("service.registry", Outcome::Fail)]).await;
    broken(|place| place.set("enhetsregister.address", NOBODY), &[("service.enhetsregister", Outcome::Warn)]).await;
}

#[tokio::test]
async fn an_organisation_that_the_registry_does_not_know() {
    let breaking = |place: &mut Place| {
        let one = [("orgnr", "999999999"), ("name", "Ukjent")];
        let table = one.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        place.tables.insert("organisations".to_owned(), Value::Array(vec![Value::Table(table)]));
    };
    let expected = [("service.registry", Outcome::Warn), ("service.broker.999999999", Outcome::Fail)];
    broken(breaking, &expected).await;
}

#[tokio::test]
async fn revocation_lists_that_are_none_unreachable_or_not_configured() {
    let lists = |lists: Vec<Value>| move |place: &mut Place| place.set("trust.revocation_lists", lists);
    let page = fake("HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\npage");
    broken(lists(vec![page.as_str().into()]), &[("service.revocation", Outcome::Fail)]).await;
    broken(lists(vec![NOBODY.into()]), &[("service.revocation", Outcome::Fail)]).await;
    broken(lists(vec![]), &[("service.revocation", Outcome::Warn)]).await;
}

#[test]
fn the_program_ends_with_the_verdict_and_prints_json() {
    let konvolutt = |place: &Place| {
        let program = env!("CARGO_BIN_EXE_konvolutt");
        let run = Command::new(program).args(["doctor", "--json", "--config"]).arg(place.file()).output().unwrap();
        (run.status.code(), serde_json::from_slice::<serde_json::Value>(&run.stdout).unwrap())
    };
    let mut place = Place::new();
    let (code, report) = konvolutt(&place);
    assert_eq!(code, Some(0), "{report}");
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["outcome"] == "ok"), "{report}");
    place.set("altinn.brokr", "https://x.example");
    let (code, report) = konvolutt(&place);
    assert_eq!(code, Some(1));
    assert_eq!(
        (&report["checks"][0]["name"], &report["checks"][0]["outcome"]),
        (&"configuration".into(), &"fail".into())
    );
    assert!(report["checks"][0]["seen"].as_str().unwrap().contains("Did you mean «altinn.broker»?"), "{report}");
}

#[test]
fn the_program_examines_a_sandbox_of_its_own() {
    let place = Place::new();
    let mut run = Command::new(env!("CARGO_BIN_EXE_konvolutt"));
    run.args(["doctor", "--sandbox", "--data"]).arg(place.path("data")).arg("--dist").arg(place.path("dist"));
    let run = run.env("KONVOLUTT_SERVER__MIN_FREE_MIB", "1").output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(0), "{text}");
    assert!(text.contains("ok    service.broker.310904015") && text.contains("0 failed"), "{text}");
}
