//! Fault switches against every protocol: whatever goes wrong on the way, a letter ends as it should, and nothing is
//! lost or there twice.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{Direction, MessageSummary, Status};
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::svarut::Choices;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, SealedLetter, document};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const SOLVIK: &str = "310900117";
/// Takes letters in and says that they are wrong.
const REFUSES: &str = "310901016";
const MUNICIPALITY: &str = "310900214";

/// Service, method, end of the path, fault.
type Switch = (&'static str, &'static str, &'static str, &'static str);

async fn put(client: &Client, (service, method, path, fault): Switch, times: Option<u32>) -> Result<()> {
    let order = json!({
        "service": service, "method": method, "path": path, "fault": fault, "times": times, "seconds": 8,
    });
    let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
    ensure!(answer.status() == StatusCode::CREATED, "{order}: {}", answer.status());
    Ok(())
}

/// Every switch is put out.
async fn clear(client: &Client) -> Result<()> {
    let answer = client.request(Method::DELETE, "/sandbox/control/faults").send().await?;
    ensure!(answer.status() == StatusCode::NO_CONTENT, "{}", answer.status());
    Ok(())
}

/// How many switches are still on: one that is to strike once goes out when it has.
async fn left(client: &Client) -> Result<usize> {
    let all: Value = client.request(Method::GET, "/sandbox/control/faults").send().await?.json().await?;
    Ok(all["items"].as_array().map_or(0, Vec::len))
}

async fn received(client: &Client, letter: &SealedLetter) -> Result<usize> {
    let entries = client.mailbox().await?["items"].as_array().cloned().unwrap_or_default();
    Ok(entries.iter().filter(|entry| entry["messageId"] == letter.message_id && entry["verdict"] == "ok").count())
}

const CREATE: (&str, &str, &str) = ("broker", "POST", "/filetransfer");
const UPLOAD: (&str, &str, &str) = ("broker", "POST", "/upload");

const fn at((service, method, path): (&'static str, &'static str, &'static str), fault: &'static str) -> Switch {
    (service, method, path, fault)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_over_the_broker_ends_as_it_should() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    // What passes costs time only.
    for switch in [
        at(CREATE, "latency"),
        at(CREATE, "unauthorized"),
        at(CREATE, "forbidden"),
        at(CREATE, "not-found"),
        at(CREATE, "busy"),
        at(CREATE, "internal-error"),
        at(CREATE, "bad-gateway"),
        at(CREATE, "unavailable"),
        at(CREATE, "cut-before"),
        at(CREATE, "cut-after"),
        at(UPLOAD, "unauthorized"),
        at(UPLOAD, "forbidden"),
        at(UPLOAD, "not-found"),
        at(UPLOAD, "conflict"),
        at(UPLOAD, "busy"),
        at(UPLOAD, "bad-gateway"),
        at(UPLOAD, "cut-before"),
        at(UPLOAD, "cut-midway"),
        at(UPLOAD, "cut-after"),
        ("exchange", "GET", "/maskinporten", "unavailable"),
        ("maskinporten", "POST", "/token", "unavailable"),
    ] {
        put(&client, switch, Some(1)).await?;
        let letter = client.seal(SOLVIK, &[document("brev.txt", &"x".repeat(50_000))]).await?;
        let id = client.send(&letter).await?.summary.id;
        client.wait_for(&id, Status::Levert).await?;
        // The receipt may overtake the try that finds the letter uploaded.
        let view = client.wait_for(&id, Status::Sendt).await?;
        assert_eq!(view.events.iter().filter(|event| event.status == Status::Sendt).count(), 1, "{switch:?}");
        assert_eq!(received(&client, &letter).await?, 1, "{switch:?}: once");
        clear(&client).await?;
    }
    // What is refused has failed, and somebody is told.
    for switch in [at(CREATE, "bad-request"), at(UPLOAD, "bad-request")] {
        put(&client, switch, None).await?;
        let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
        let view = client.wait_for(&client.send(&letter).await?.summary.id, Status::Feil).await?;
        assert!(view.summary.attention, "{switch:?}: {view:?}");
        assert_eq!(received(&client, &letter).await?, 0, "{switch:?}");
        clear(&client).await?;
    }
    // What never comes out of the scan runs out of time.
    for fault in ["malware", "endless-scan"] {
        put(&client, at(UPLOAD, fault), Some(1)).await?;
        let letter = client.seal_for(SOLVIK, &[document("brev.txt", "a")], SignedDuration::from_secs(6)).await?;
        let id = client.send(&letter).await?.summary.id;
        let view = client.wait_for(&id, Status::LevetidUtlopt).await?;
        assert!(view.summary.attention && view.events.iter().all(|event| event.status != Status::Levert));
        assert_eq!((received(&client, &letter).await?, left(&client).await?), (0, 0), "{fault}");
    }
    Ok(())
}

/// Altinn's exchange answers with the bare token or, sometimes, with the token as a JSON string.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_in_quotes_is_a_token() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for order in [
        json!({ "service": "exchange", "tenant": OURS, "fault": "quoted" }),
        // A token that is refused is dropped, and another asked for.
        json!({
            "service": "broker", "tenant": OURS, "method": "POST", "path": "/filetransfer", "fault": "unauthorized",
            "times": 1,
        }),
    ] {
        let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
        assert_eq!(answer.status(), StatusCode::CREATED, "{order}");
    }
    let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
    client.wait_for(&client.send(&letter).await?.summary.id, Status::Levert).await?;
    assert_eq!(received(&client, &letter).await?, 1);
    let all: Value = client.request(Method::GET, "/sandbox/control/faults").send().await?.json().await?;
    let quoted = &all["items"][0];
    assert!(quoted["fault"] == "quoted" && quoted["met"].as_u64() >= Some(1), "it was asked for: {all}");
    Ok(())
}

/// Whoever says when to come again is not asked before by the same letter. Others may ask: a limit is a recipient's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_asks_for_time_gets_it() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for dated in [false, true] {
        // The sandbox divides by its speed: three seconds, where the relay by itself would come again after one.
        let order = json!({
            "service": "broker", "method": "POST", "path": "/upload", "fault": "busy", "seconds": 24, "dated": dated,
        });
        let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
        let id = client.send(&letter).await?.summary.id;
        let calls = loop {
            let all: Value = client.request(Method::GET, "/sandbox/control/faults").send().await?.json().await?;
            // Answers to letters that have come meanwhile leave, too. Each transfer has a path of its own.
            let mut transfers: HashMap<String, Vec<Timestamp>> = HashMap::new();
            for call in all["items"][0]["calls"].as_array().context("no calls")? {
                let at = serde_json::from_value(call["at"].clone())?;
                transfers.entry(call["path"].to_string()).or_default().push(at);
            }
            if let Some(calls) = transfers.into_values().find(|calls| calls.len() >= 3) {
                break calls;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        };
        clear(&client).await?;
        for pair in calls.windows(2) {
            assert!(pair[1].duration_since(pair[0]) >= SignedDuration::from_secs(3), "dated: {dated}, {calls:?}");
        }
        client.wait_for(&id, Status::Levert).await?;
        assert_eq!(received(&client, &letter).await?, 1);
    }
    Ok(())
}

async fn retry(client: &Client, id: &str) -> Result<StatusCode> {
    Ok(client.request(Method::POST, &format!("/api/v1/messages/{id}/retry")).send().await?.status())
}

/// What was given up, a person has tried once more; what the recipient refused or is out of time, nobody can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_is_tried_again_by_a_person_and_arrives_once() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    put(&client, at(UPLOAD, "bad-request"), None).await?;
    let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
    let id = client.send(&letter).await?.summary.id;
    let view = client.wait_for(&id, Status::Feil).await?;
    assert!(view.retryable && view.summary.attention, "{view:?}");
    clear(&client).await?;
    assert_eq!(retry(&client, &id).await?, StatusCode::NO_CONTENT);
    client.wait_for(&id, Status::Levert).await?;
    let view = client.wait_for(&id, Status::Sendt).await?;
    let count = |status| view.events.iter().filter(|event| event.status == status).count();
    assert_eq!((count(Status::Feil), count(Status::Sendt), count(Status::Levert)), (1, 1, 1), "{view:?}");
    assert_eq!(received(&client, &letter).await?, 1, "once");
    assert!(!view.retryable && !view.summary.attention, "{view:?}");
    assert_eq!(retry(&client, &id).await?, StatusCode::BAD_REQUEST, "it has arrived");

    let refused = client.seal(REFUSES, &[document("brev.txt", "a")]).await?;
    let id = client.send(&refused).await?.summary.id;
    let view = client.wait_for(&id, Status::Feil).await?;
    assert!(!view.retryable && view.summary.attention, "the recipient has it, and said no: {view:?}");
    assert_eq!(retry(&client, &id).await?, StatusCode::BAD_REQUEST);

    put(&client, at(CREATE, "unavailable"), None).await?;
    let late = client.seal_for(SOLVIK, &[document("brev.txt", "a")], SignedDuration::from_secs(4)).await?;
    let id = client.send(&late).await?.summary.id;
    let view = client.wait_for(&id, Status::LevetidUtlopt).await?;
    clear(&client).await?;
    assert!(!view.retryable && view.summary.attention, "{view:?}");
    assert_eq!(retry(&client, &id).await?, StatusCode::BAD_REQUEST);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_at_the_broker_is_taken_in_once() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    client.wait_for_incoming(|message| message.party.orgnr == SOLVIK).await?;
    for (method, path, fault) in [
        ("GET", "/filetransfer", "duplicate"),
        ("GET", "/filetransfer", "reorder"),
        ("GET", "/filetransfer", "unavailable"),
        ("GET", "/download", "truncate"),
        ("GET", "/download", "corrupt"),
        ("GET", "/download", "wrong-length"),
        ("GET", "/download", "cut-midway"),
        ("GET", "/download", "expired"),
        ("GET", "/download", "not-found"),
        ("POST", "/confirmdownload", "cut-after"),
        ("POST", "/confirmdownload", "cut-before"),
    ] {
        let before = client.list(Direction::In).await?;
        put(&client, ("broker", method, path, fault), Some(1)).await?;
        client.let_write(SOLVIK, "good").await?;
        let new = |message: &MessageSummary| before.iter().all(|known| known.id != message.id);
        // What was damaged on the way is fetched anew: the broker keeps it until it is told that we have it.
        let view = client.wait_for_incoming(new).await?;
        assert!(!view.summary.attention, "{fault}: {view:?}");
        client.open(&view).await?;
        let wanted = before.len() + 1;
        // Once more after everything that follows has been seen, too.
        client.let_write(SOLVIK, "good").await?;
        let seen = client.list(Direction::In).await?;
        client.wait_for_incoming(|message| new(message) && seen.iter().all(|known| known.id != message.id)).await?;
        assert_eq!(client.list(Direction::In).await?.len(), wanted + 1, "{method} {path} {fault}");
        assert_eq!(left(&client).await?, 0, "{fault} has struck");
    }
    Ok(())
}

fn pdf() -> PackDocument {
    let content = b"%PDF-1.7\nBrev".to_vec();
    PackDocument { name: "brev.pdf".to_owned(), media_type: "application/pdf".to_owned(), content }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shipment_over_ks_is_there_once() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let sent = ["busy", "internal-error", "bad-gateway", "unavailable", "cut-before", "cut-midway", "cut-after"];
    // It is asked first what was sent before; that no answer is given to that says nothing of the letter.
    let asked = ["bad-request", "forbidden", "not-found"].map(|fault| ("GET", "/forsendelser", fault));
    for (method, path, fault) in sent.map(|fault| ("POST", "/organisasjon", fault)).into_iter().chain(asked) {
        put(&client, ("svarut", method, path, fault), Some(1)).await?;
        let choices = Choices { digital_only: true, ..Choices::default() };
        let letter = client.seal_shipment(MUNICIPALITY, &[pdf()], choices, "").await?;
        let id = client.send(&letter).await?.summary.id;
        let view = client.wait_for(&id, Status::Lest).await?;
        assert_eq!(view.events.iter().filter(|event| event.status == Status::Sendt).count(), 1, "{fault}");
        assert_eq!((received(&client, &letter).await?, left(&client).await?), (1, 0), "{fault}");
    }
    // In: lists and downloads.
    for (path, fault) in [
        ("/hentNyeForsendelser", "duplicate"),
        ("/hentNyeForsendelser", "unavailable"),
        ("/forsendelse/", "forbidden"),
        ("/forsendelse/", "not-found"),
        ("/forsendelse/", "cut-midway"),
        ("/kvitterMottak/", "cut-after"),
    ] {
        let before = client.list(Direction::In).await?;
        let order = json!({ "service": "svarinn", "path": path, "fault": fault, "times": 1 });
        let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
        assert_eq!(answer.status(), StatusCode::CREATED);
        client.let_write(MUNICIPALITY, "good").await?;
        let new = |message: &MessageSummary| {
            message.party.orgnr == MUNICIPALITY && before.iter().all(|known| known.id != message.id)
        };
        let view = client.wait_for_incoming(new).await?;
        assert!(!client.open_shipment(&view).await?.is_empty(), "{fault}");
        let came = client.list(Direction::In).await?.iter().filter(|message| new(message)).count();
        assert_eq!(came, 1, "{path} {fault}");
        clear(&client).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registers_that_fail_or_lie_are_found_out() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    client.address(SOLVIK).await?;
    for (service, fault) in [
        ("registry", "unavailable"),
        ("registry", "forbidden"),
        ("registry", "cut-before"),
        ("registry", "cut-midway"),
        ("registry", "truncate"),
        ("registry", "corrupt"),
        ("registry", "swapped-certificate"),
    ] {
        let order = json!({ "service": service, "fault": fault });
        client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?.error_for_status()?;
        assert!(client.address(SOLVIK).await.is_err(), "{fault}: no certificate of it is used");
        clear(&client).await?;
        client.address(SOLVIK).await?;
    }
    // Nobody comes in while the provider is down, and everybody does afterwards.
    let order = json!({ "service": "openid", "method": "POST", "path": "/token", "fault": "unavailable" });
    client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?.error_for_status()?;
    assert!(Client::sign_in(&server.base(), "jon", "310904015").await.is_err());
    clear(&client).await?;
    Client::sign_in(&server.base(), "jon", "310904015").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_says_that_it_was_never_compared() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let index = client.request(Method::GET, "/sandbox/").send().await?.text().await?;
    assert!(index.contains("href=\"/sandbox/services\"") && index.contains("href=\"/sandbox/faults\""), "{index}");
    let page = client.request(Method::GET, "/sandbox/services").send().await?.error_for_status()?.text().await?;
    let rows: Vec<&str> = page.split("<li>").skip(1).collect();
    let (absent, played): (Vec<&str>, Vec<&str>) =
        rows.into_iter().partition(|row| row.contains("not available in the sandbox"));
    assert_eq!((played.len(), absent.len()), (12, 1), "{page}");
    assert!(played.iter().all(|row| row.contains("emulated from public sources, never compared live")), "{page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switches_are_set_on_a_page_and_nonsense_is_refused() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let page = client.request(Method::GET, "/sandbox/faults").send().await?;
    let policy = page.headers()["content-security-policy"].to_str()?.to_owned();
    assert!(policy.contains("form-action 'self'") && !policy.contains("script"), "{policy}");
    let empty = page.text().await?;
    assert!(empty.contains("cut-midway") && empty.contains("No fault is on."), "{empty}");
    assert!(empty.contains("name=\"dated\"") && empty.contains("name=\"bare\""), "{empty}");
    let fields = [("service", "broker"), ("fault", "busy"), ("times", "2"), ("path", "/<upload>"), ("dated", "on")];
    let answer = client.request(Method::POST, "/sandbox/faults").form(&fields).send().await?;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let page = client.request(Method::GET, "/sandbox/faults").send().await?.text().await?;
    assert!(page.contains("/&lt;upload&gt;") && !page.contains("<upload>"), "{page}");
    let all: Value = client.request(Method::GET, "/sandbox/control/faults").send().await?.json().await?;
    assert_eq!((&all["items"][0]["fault"], &all["items"][0]["times"]), (&json!("busy"), &json!(2)));
    assert_eq!((&all["items"][0]["dated"], &all["items"][0]["bare"]), (&json!(true), &json!(false)));
    let off = [("id", all["items"][0]["id"].to_string())];
    client.request(Method::POST, "/sandbox/faults/off").form(&off).send().await?;
    assert_eq!(left(&client).await?, 0);
    for order in [
        json!({ "service": "post", "fault": "busy" }),
        json!({ "service": "broker", "fault": "flood" }),
        json!({ "service": "broker", "fault": "busy", "times": 0 }),
        json!({ "service": "broker", "fault": "busy", "percent": 101 }),
        json!({ "service": "broker", "fault": "busy", "seconds": 4000 }),
        json!({ "service": "broker", "fault": "busy", "who": "x" }),
    ] {
        let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
        assert!(answer.status().is_client_error(), "{order}");
    }
    let fields = [("service", "broker"), ("fault", "busy"), ("times", "twice")];
    let answer = client.request(Method::POST, "/sandbox/faults").form(&fields).send().await?;
    assert_eq!(
        (answer.status(), answer.text().await?.as_str()),
        (StatusCode::BAD_REQUEST, "how often is a whole number")
    );
    let foreign = client.request(Method::PUT, "/sandbox/control/faults").header("sec-fetch-site", "cross-site");
    let foreign = foreign.json(&json!({ "service": "broker", "fault": "busy" })).send().await?;
    assert_eq!((foreign.status(), left(&client).await?), (StatusCode::FORBIDDEN, 0));
    Ok(())
}
