//! The rows that touch the relay. What another test holds already is named here and not written twice; that those tests
//! exist, one below sees to.
//!
//! | What has gone wrong elsewhere | The test that holds it |
//! | --- | --- |
//! | SSRF through a callback's address | `tests/tests/webhooks.rs`, `ssrf_callback_private_addresses_are_refused_and_others_webhooks_are_not_seen`; every way to write one: `relay/src/webhook/guard/tests.rs`, `addresses_that_are_not_public_are_refused_however_they_are_written` |
//! | SSRF through a redirect | `relay/src/webhook/courier/tests.rs`, `over_the_network_the_headers_are_there_and_a_redirect_is_not_followed`; the relay's other client: `ssrf_a_redirect_of_a_service_is_not_followed` |
//! | request smuggling | `tests/tests/locked/smuggling.rs`, `smuggling_a_body_whose_end_can_be_understood_in_two_ways_is_refused_and_nothing_behind_it_is_read` |
//! | a name that points here from elsewhere | `tests/tests/locked/paths.rs`, `an_address_that_names_another_host_is_refused` |
//! | IDOR on receipts | `idor_ids_of_another_organisation_look_like_none`; every route: `tests/tests/tenants.rs`, `nobody_of_another_organisation_gets_anything` |
//! | header injection | `header_injection_nothing_from_a_request_becomes_a_header` |
//! | oxalis-ng#18, content mix-up | `oxalis_ng_18_many_letters_at_once_are_not_mixed_up` |
//! | Holodeck #140 and #142: the same message twice | `holodeck_140_142_the_same_envelope_many_times_at_once_is_one_letter` |
//! | phase4's ten minutes: duplicates are forgotten | `phase4_a_duplicate_is_known_after_a_restart_and_for_good` |
//! | RUSTSEC-2023-0071, Marvin, Bleichenbacher, EFAIL: the relay opens letters to Altinn's inbox with its transit key and the crate `rsa` | `marvin_efail_every_failure_to_open_in_transit_is_told_alike`; that no other file of the relay names a key or opens anything: `cargo xtask check` |
//! | file names as markup | the relay never sees a name; pages: `tests/browser/send.test.mjs` |
//! | Zip Slip | `tests/tests/locked/paths.rs`, `zip_slip_no_path_leads_out_of_the_folder`; names that are handed in: `zip_slip_no_name_from_outside_becomes_a_path` |

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use futures_util::future::join_all;
use getrandom::SysRng;
use konvolutt_shared::api::{ApiKeySecret, MessageView, Status};
use konvolutt_shared::finding::Code;
use konvolutt_shared::sbd::DocumentType;
use konvolutt_shared::seal::{self, Suite};
use konvolutt_tests::client::{Client, PROCESS, document};
use konvolutt_tests::{Server, inbox, sha256};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rand_core::UnwrapErr;
use reqwest::Method;
use serde_json::json;

const OURS: &str = "310904007";
const THEIRS: &str = "310904015";
const SVARETATEN: &str = "310900419";
const BAKERY: &str = "310900311";

/// oxalis-ng#18: 64 letters at once; each arrives once, with its own content and nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn oxalis_ng_18_many_letters_at_once_are_not_mixed_up() {
    let server = Server::start().unwrap();
    let client = Arc::new(Client::sign_in(&server.base(), "siri", OURS).await.unwrap());
    let sends = (0..64).map(|number| {
        let client = client.clone();
        async move {
            let content = format!("innhold {number}");
            let name = format!("brev-{number}.txt");
            let letter = client.seal(SVARETATEN, &[document(&name, &content)]).await.unwrap();
            let sent = client.send(&letter).await.unwrap();
            (sent.summary.id, letter.message_id, name, sha256(content.as_bytes()))
        }
    });
    let sent = join_all(sends).await;
    assert_eq!(sent.iter().map(|(id, ..)| id).collect::<HashSet<_>>().len(), 64);
    for (id, ..) in &sent {
        client.wait_for(id, Status::Mottatt).await.unwrap();
    }
    let mailbox = client.mailbox().await.unwrap();
    let letters = |entry: &&serde_json::Value| entry["documentType"] == "arkivmelding" && entry["sender"] == OURS;
    let received: Vec<&serde_json::Value> = mailbox["items"].as_array().unwrap().iter().filter(letters).collect();
    assert_eq!(received.len(), 64);
    for (_, message_id, name, digest) in &sent {
        let own: Vec<_> = received.iter().filter(|entry| entry["messageId"] == message_id.as_str()).collect();
        assert_eq!(own.len(), 1, "{message_id}");
        let documents = own[0]["documents"].as_array().unwrap();
        assert!(
            documents.iter().any(|one| one["name"] == name.as_str() && one["sha256"] == digest.as_str()),
            "{own:?}"
        );
        let others = sent.iter().filter(|(_, other, ..)| other != message_id);
        for (.., other) in others {
            assert!(!own[0].to_string().contains(other), "somebody else's content in {message_id}");
        }
    }
}

/// IDOR: whatever belongs to another organisation answers exactly as what does not exist, on every route with an id.
#[tokio::test(flavor = "multi_thread")]
async fn idor_ids_of_another_organisation_look_like_none() {
    let server = Server::start_with(&[("KONVOLUTT_WEBHOOKS__LOOPBACK", "allowed")]).unwrap();
    let siri = Client::sign_in(&server.base(), "siri", OURS).await.unwrap();
    let jon = Client::sign_in(&server.base(), "jon", THEIRS).await.unwrap();
    let letter = siri.seal(SVARETATEN, &[document("brev.txt", "a")]).await.unwrap();
    let message = siri.send(&letter).await.unwrap().summary.id;
    let upload = siri.begin_upload(10).await.unwrap();
    let hook = json!({ "organisation": OURS, "address": "http://127.0.0.1:9/" });
    let made = siri.request(Method::POST, "/api/v1/webhooks").json(&hook).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: serde_json::Value = made.json().await.unwrap();
    let webhook = made["id"].as_str().or_else(|| made["webhook"]["id"].as_str()).unwrap().to_owned();
    let expires = (jiff::Timestamp::now() + std::time::Duration::from_secs(3600)).to_string();
    let new = json!({ "organisation": OURS, "name": "x", "scope": ["look"], "expires": expires });
    let key: ApiKeySecret =
        siri.request(Method::POST, "/api/v1/keys").json(&new).send().await.unwrap().json().await.unwrap();
    let key = key.key.id;
    let nobody = "0192f0a1-7c3e-7a55-8f00-0123456789ab";
    let routes = [
        (Method::GET, "messages/{}", &message),
        (Method::GET, "messages/{}/package", &message),
        (Method::GET, "messages/{}/evidence", &message),
        (Method::POST, "messages/{}/acknowledge", &message),
        (Method::POST, "messages/{}/receipt", &message),
        (Method::POST, "messages/{}/opened", &message),
        (Method::POST, "messages/{}/retry", &message),
        (Method::HEAD, "uploads/{}", &upload),
        (Method::PATCH, "uploads/{}", &upload),
        (Method::DELETE, "uploads/{}", &upload),
        (Method::GET, "webhooks/{}/deliveries", &webhook),
        (Method::POST, "webhooks/{}/deliveries/1/replay", &webhook),
        (Method::POST, "webhooks/{}/resume", &webhook),
        (Method::POST, "webhooks/{}/secret", &webhook),
        (Method::DELETE, "webhooks/{}", &webhook),
        (Method::DELETE, "keys/{}", &key),
    ];
    for (method, route, id) in routes {
        let ask = async |client: &Client, id: &str| {
            let request = client.request(method.clone(), &format!("/api/v1/{}", route.replace("{}", id)));
            let request = match route {
                "messages/{}/receipt" => request.json(&json!({ "receiptType": "OK" })),
                _ => {
                    let request = request.header("upload-offset", 0).header("tus-resumable", "1.0.0");
                    request.header("content-type", "application/offset+octet-stream")
                }
            };
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let problem: serde_json::Value = answer.json().await.unwrap_or_default();
            (status, problem["code"].clone(), problem["detail"].clone())
        };
        let (foreign, none) = (ask(&jon, id).await, ask(&jon, nobody).await);
        assert_eq!(foreign, none, "{method} {route}");
        assert_eq!(foreign.0, StatusCode::NOT_FOUND, "{method} {route}");
    }
    // All of it is still there for whom it belongs to.
    assert_eq!(siri.offset(&upload).await.unwrap(), 0);
    assert_eq!(siri.message(&message).await.unwrap().summary.id, message);
    let path = format!("/api/v1/webhooks/{webhook}/deliveries");
    assert_eq!(siri.request(Method::GET, &path).send().await.unwrap().status(), StatusCode::OK);
    let keys = siri.request(Method::GET, "/api/v1/keys").send().await.unwrap().text().await.unwrap();
    assert!(keys.contains(&key), "{keys}");
}

/// How many letters with this id a counterpart has.
async fn arrived(client: &Client, message_id: &str) -> usize {
    let mailbox = client.mailbox().await.unwrap();
    let fits = |entry: &&serde_json::Value| entry["messageId"] == message_id && entry["documentType"] == "arkivmelding";
    mailbox["items"].as_array().unwrap().iter().filter(fits).count()
}

/// Holodeck #140 and #142: the same message that comes in several times at once is processed once, and every sender of it
/// hears the same.
#[tokio::test(flavor = "multi_thread")]
async fn holodeck_140_142_the_same_envelope_many_times_at_once_is_one_letter() {
    let server = Server::start().unwrap();
    let client = Client::sign_in(&server.base(), "siri", OURS).await.unwrap();
    let letter = client.seal(SVARETATEN, &[document("brev.txt", "a")]).await.unwrap();
    let uploads = join_all((0..8).map(|_| client.upload(&letter.package))).await;
    let submits = uploads.into_iter().map(|upload| {
        let (client, letter) = (&client, &letter);
        async move {
            let answer = client.submit(&letter.envelope, &upload.unwrap()).await.unwrap();
            let status = answer.status();
            (status, answer.json::<MessageView>().await.unwrap().summary.id)
        }
    });
    let answers = join_all(submits).await;
    let count = |wanted| answers.iter().filter(|(status, _)| *status == wanted).count();
    assert_eq!((count(StatusCode::CREATED), count(StatusCode::OK)), (1, 7), "{answers:?}");
    let ids: HashSet<_> = answers.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids.len(), 1, "{answers:?}");
    client.wait_for(&answers[0].1, Status::Levert).await.unwrap();
    assert_eq!(arrived(&client, &letter.message_id).await, 1);
}

/// phase4 knows duplicates for ten minutes and in memory. Here they are known by the message itself, which stays.
#[tokio::test(flavor = "multi_thread")]
async fn phase4_a_duplicate_is_known_after_a_restart_and_for_good() {
    let mut server = Server::start().unwrap();
    let client = Client::sign_in(&server.base(), "siri", OURS).await.unwrap();
    let letter = client.seal(SVARETATEN, &[document("brev.txt", "a")]).await.unwrap();
    let id = client.send(&letter).await.unwrap().summary.id;
    client.wait_for(&id, Status::Levert).await.unwrap();
    server.cut_power_and_start_again().unwrap();
    let upload = client.upload(&letter.package).await.unwrap();
    let again = client.submit(&letter.envelope, &upload).await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<MessageView>().await.unwrap().summary.id, id);
    let certificate = client.address(SVARETATEN).await.unwrap().certificate;
    let other = client.seal_as(&letter.message_id, SVARETATEN, &[document("annet.txt", "b")], &certificate).unwrap();
    let upload = client.upload(&other.package).await.unwrap();
    assert_eq!(client.submit(&other.envelope, &upload).await.unwrap().status(), StatusCode::CONFLICT);
    assert_eq!(arrived(&client, &letter.message_id).await, 1);
}

/// Where the encrypted content key lies in a sealed package: an octet string of 256 bytes.
fn encrypted_key(package: &[u8]) -> std::ops::Range<usize> {
    let at = package.windows(4).position(|bytes| bytes == [0x04, 0x82, 0x01, 0x00]).unwrap() + 4;
    at..at + 256
}

/// Vaudenay, Bleichenbacher, Marvin, EFAIL: whatever is wrong inside a package to the transit key, its sender is told the same.
#[tokio::test(flavor = "multi_thread")]
async fn marvin_efail_every_failure_to_open_in_transit_is_told_alike() {
    let server = Server::start().unwrap();
    let client = Client::sign_in(&server.base(), "siri", OURS).await.unwrap();
    let (to, mut rng) = (inbox::transit(&client).unwrap(), UnwrapErr(SysRng));
    let files = inbox::letter_files("Brev", &document("brev.txt", &"a".repeat(5000)), &[]);
    let whole = inbox::container(&client, &files, &client.key).unwrap();
    let mut packages = Vec::new();
    for suite in [Suite::OaepCbc, Suite::Pkcs1Cbc] {
        let good = seal::seal_as(suite, &to, &whole, &mut rng).unwrap();
        let (key, end) = (encrypted_key(&good), good.iter().rposition(|byte| *byte != 0).unwrap());
        let changed = |at: usize| {
            let mut package = good.clone();
            package[at] ^= 1;
            package
        };
        let another = seal::seal_as(suite, client.key.certificate(), &whole, &mut rng).unwrap();
        let mut mixed = good.clone();
        mixed[key.clone()].copy_from_slice(&another[encrypted_key(&another)]);
        packages.extend([
            (suite, "a key that was encrypted to somebody else", mixed),
            (suite, "another padding of the key", changed(key.start + 40)),
            (suite, "another padding of the content", changed(end - 2)),
            (suite, "a changed block in the middle", changed(key.end + (end - key.end) / 2)),
            (suite, "no container", seal::seal_as(suite, &to, b"no container", &mut rng).unwrap()),
            (suite, "half a container", seal::seal_as(suite, &to, &whole[..whole.len() / 2], &mut rng).unwrap()),
        ]);
        // The signed document in the container is another.
        let mut other = whole.clone();
        let at = other.windows(8).position(|bytes| bytes == b"brev.txt").unwrap() + 14;
        other[at] ^= 1;
        packages.push((suite, "a container that was changed", seal::seal_as(suite, &to, &other, &mut rng).unwrap()));
    }
    let mut told = Vec::new();
    for (suite, what, package) in packages {
        let business = json!({ "sikkerhetsnivaa": 3 });
        let sbd = inbox::sbd(OURS, Some(BAKERY), PROCESS, DocumentType::Arkivmelding, business).unwrap();
        let letter = inbox::enveloped(&client, &sbd, package).unwrap();
        let id = client.send(&letter).await.unwrap().summary.id;
        let view = client.wait_for(&id, Status::Feil).await.unwrap();
        let failed = view.events.iter().find(|event| event.status == Status::Feil).unwrap();
        let finding = failed.finding.clone().unwrap();
        assert_eq!(finding.code, Code::CmsContentDecryptFailed, "{suite:?}, {what}: {finding:?}");
        told.push((serde_json::to_string(&finding).unwrap(), failed.description.clone(), view.retryable));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}

/// Zip Slip: what names a file outside names none here. Every file of the relay has a name that it made itself.
#[tokio::test(flavor = "multi_thread")]
async fn zip_slip_no_name_from_outside_becomes_a_path() {
    const NAME: &str = "planted-4711";
    let server = Server::start().unwrap();
    let client = Client::sign_in(&server.base(), "siri", OURS).await.unwrap();
    let up = format!("../../../{NAME}");
    // The same in base64, as tus has it.
    let metadata = format!("filename Li4vLi4vLi4vcGxhbnRlZC00NzEx,path ../../{NAME}");
    let begin =
        client.request(Method::POST, "/api/v1/uploads").header("upload-length", 1).header("tus-resumable", "1.0.0");
    let begin = begin.header("upload-metadata", metadata);
    let begun = begin.send().await.unwrap();
    assert!(begun.status() == StatusCode::CREATED || begun.status().is_client_error(), "{begun:?}");
    for path in [format!("..%2f..%2f{NAME}"), format!("..%5c{NAME}"), format!("%2ftmp%2f{NAME}")] {
        for (method, route) in [(Method::PATCH, "uploads/{}"), (Method::GET, "messages/{}/package")] {
            let request = client.request(method, &format!("/api/v1/{}", route.replace("{}", &path)));
            let request = request.header("upload-offset", 0).header("tus-resumable", "1.0.0").body("x");
            let answer = request.header("content-type", "application/offset+octet-stream").send().await.unwrap();
            assert!(answer.status().is_client_error(), "{route} {path}: {answer:?}");
        }
        let letter = client.seal(SVARETATEN, &[document("brev.txt", "a")]).await.unwrap();
        let answer = client.submit(&letter.envelope, &up).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{answer:?}");
    }
    let above = server.data().parent().unwrap().to_owned();
    let named: Vec<_> = files(&above).into_iter().filter(|path| path.to_string_lossy().contains(NAME)).collect();
    assert_eq!(named, Vec::<std::path::PathBuf>::new());
    assert!(!above.parent().unwrap().join(NAME).exists());
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The table above names tests; each is where it says.
#[test]
fn every_row_names_a_test_that_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let rows = include_str!("relay.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
    let mut found = 0;
    for row in rows.skip(2) {
        let told = row.rsplit(" | ").next().unwrap();
        let mut file = "tests/tests/threats/relay.rs".to_owned();
        let mut named = 0;
        for word in told.split('`').skip(1).step_by(2) {
            if word.contains('/') {
                assert!(root.join(word).is_file(), "{word}: {row}");
                file = word.to_owned();
            } else if word.contains('_') {
                let text = std::fs::read_to_string(root.join(&file)).unwrap();
                assert!(text.contains(&format!("fn {word}(")), "{file} has no {word}");
                file = "tests/tests/threats/relay.rs".to_owned();
                named += 1;
            }
        }
        assert!(named > 0 || told.contains(".mjs`"), "no test: {row}");
        found += 1;
    }
    assert!(found >= 11, "{found}");
}

/// SSRF through a broker's or a register's answer: a redirect leads nowhere. The relay's client is asked through the one
/// address that a configuration may name freely and anybody may have asked for.
#[tokio::test(flavor = "multi_thread")]
async fn ssrf_a_redirect_of_a_service_is_not_followed() {
    let reached = Arc::new(AtomicUsize::new(0));
    let count = reached.clone();
    let inside = Router::new().fallback(get(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { "[]" }
    }));
    let inside_address = listen(inside).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let target = format!("http://{inside_address}/metadata");
    let service = Router::new().fallback(get(move || {
        count.fetch_add(1, Ordering::SeqCst);
        let target = target.clone();
        async move { (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]) }
    }));
    let base = format!("http://{}", listen(service).await);
    let folder = tempfile::tempdir().unwrap();
    let sandbox = konvolutt_sandbox::Options {
        data: folder.path().join("sandbox"),
        listen: ([127, 0, 0, 1], 0).into(),
        speed: 8.0,
    };
    let sandbox = konvolutt_sandbox::start(sandbox).await.unwrap();
    let mut outside = konvolutt_relay::serve::sandboxed(&sandbox).unwrap();
    outside.enhetsregister = base.clone();
    outside.revocation_lists = vec![format!("{base}/root.crl")];
    let configuration =
        konvolutt_relay::config::Configuration::read(None, [], &konvolutt_relay::config::Flags::default(), false);
    let data = folder.path().join("relay");
    let kept = konvolutt_relay::app::Kept::open(&configuration.unwrap(), &data).await.unwrap();
    let app = konvolutt_relay::app::App::open(outside, kept, &data, folder.path().join("dist")).unwrap();
    assert!(app.enhetsregister.search("etaten", std::time::Duration::ZERO).await.is_err());
    assert!(app.revocation.parsed().await.is_err());
    assert!(asked.load(Ordering::SeqCst) >= 2, "both were asked");
    assert_eq!(reached.load(Ordering::SeqCst), 0, "the redirect was followed");
    sandbox.stop().await;
}

async fn listen(router: Router) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

/// Header injection: whatever comes in by path, query, header or body, no line of it becomes a header of an answer; and
/// no header, however odd, breaks anything. Seeds are new each time; a failure shows its input.
#[tokio::test(flavor = "multi_thread")]
async fn header_injection_nothing_from_a_request_becomes_a_header() {
    let server = Server::start().unwrap();
    let client = Client::sign_in(&server.base(), "siri", OURS).await.unwrap();
    let injected = "x%0d%0ax-injected:%201%0d%0a%0d%0abody";
    let paths = [
        format!("/api/v1/messages/{injected}"),
        format!("/api/v1/messages?organisation={injected}&cursor={injected}"),
        format!("/api/v1/event-log?after={injected}"),
        format!("/api/v1/uploads/{injected}"),
        format!("/embed/v1/frame?client_id={injected}"),
        format!("/embed/v1/frame?client_id=pk_test_sandbox&x={injected}"),
        format!("/lab/{injected}"),
        format!("/assets/{injected}"),
        format!("/sandbox/keystores/{injected}"),
        format!("/{injected}"),
    ];
    for path in paths {
        let answer = client.request(Method::GET, &path).send().await.unwrap();
        assert!(answer.headers().get("x-injected").is_none(), "{path}: {answer:?}");
        assert!(answer.status() != StatusCode::INTERNAL_SERVER_ERROR, "{path}: {answer:?}");
        assert!(!format!("{:?}", answer.headers()).contains("injected"), "{path}: {answer:?}");
    }
    // All bytes that a header's value may have (RFC 9110, section 5.5), under names that something here reads.
    let names = [
        "cookie",
        "authorization",
        "upload-length",
        "upload-offset",
        "upload-metadata",
        "upload-defer-length",
        "range",
        "if-none-match",
        "if-modified-since",
        "last-event-id",
        "accept-encoding",
        "accept",
        "content-type",
        "origin",
        "sec-fetch-site",
        "x-forwarded-for",
        "x-forwarded-host",
        "forwarded",
        "traceparent",
        "tracestate",
        "expect",
        "idempotency-key",
        "tus-resumable",
        "x-http-method-override",
        "connection",
        "upgrade",
    ];
    let value = proptest::collection::vec(prop_oneof![Just(b'\t'), 0x20..0x7f_u8, 0x80..=0xff_u8], 0..80);
    let path = proptest::sample::select(&["/", "/api/v1/session", "/api/v1/uploads", "/api/v1/events", "/assets/x.js"]);
    let one = (proptest::sample::select(names.to_vec()), value);
    let all = (path, proptest::collection::vec(one, 1..4));
    let mut runner = TestRunner::default();
    for _ in 0..400 {
        let (path, headers) = all.new_tree(&mut runner).unwrap().current();
        let mut request = client.request(Method::GET, path).timeout(std::time::Duration::from_secs(20));
        for (name, value) in &headers {
            if *name == "cookie" || *name == "expect" || *name == "connection" || *name == "upgrade" {
                request = request.header(format!("x-{name}"), value.as_slice());
            }
            request = request.header(*name, value.as_slice());
        }
        let Ok(request) = request.build() else { continue };
        match client_of().execute(request).await {
            Ok(answer) => {
                assert!(answer.status() != StatusCode::INTERNAL_SERVER_ERROR, "{path} {headers:?}: {answer:?}");
                assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path} {headers:?}");
            }
            Err(error) => assert!(!error.is_timeout(), "{path} {headers:?}: {error}"),
        }
    }
    assert_eq!(client.request(Method::GET, "/api/v1/session").send().await.unwrap().status(), StatusCode::OK);
}

fn client_of() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
