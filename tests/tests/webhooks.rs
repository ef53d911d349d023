//! Webhooks from outside: the built server tells a listener on this machine of a letter's whole life, through kills.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use konvolutt_relay::webhook::{Secret, sign};
use konvolutt_shared::api::{Change, Page, Problem, Status, Webhook, WebhookDelivery, WebhookSecret, WebhookState};
use konvolutt_shared::finding::Code;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const OURS: &str = "310904007";
const THEIRS: &str = "310904015";
const ALLOWED: (&str, &str) = ("KONVOLUTT_WEBHOOKS__LOOPBACK", "allowed");

/// What a listener was told: `webhook-id`, and the event.
type Told = Arc<Mutex<Vec<(String, Value)>>>;

/// Refuses every other event when it comes first: the second wait is minutes, so nothing is refused twice.
async fn moody(listener: TcpListener, told: Told) {
    let mut seen = BTreeSet::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        let (mut text, mut buffer) = (String::new(), [0; 4096]);
        while !text.ends_with("}}") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
            }
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let id = head.lines().find_map(|line| line.strip_prefix("webhook-id: ")).unwrap_or_default().to_owned();
        let refused = seen.insert(id.clone()) && seen.len() % 2 == 1;
        let status = if refused { "500 No" } else { "204 Yes" };
        if !refused && let Ok(event) = serde_json::from_str(body) {
            told.lock().unwrap().push((id, event));
        }
        // Whoever asked may have been killed.
        let _ = stream
            .write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes())
            .await;
    }
}

/// What was posted: its headers' lines, and its body.
type Posted = Arc<Mutex<Vec<(String, String)>>>;

/// Takes everything, and keeps it as it came.
async fn patient(listener: TcpListener, posted: Posted) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let (mut text, mut buffer) = (String::new(), [0; 4096]);
        while !text.ends_with("}}") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
            }
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        posted.lock().unwrap().push((head.to_owned(), body.to_owned()));
        // Whoever asked may have been stopped.
        let _ = stream.write_all(b"HTTP/1.1 204 Yes\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    }
}

/// Whether what was posted is signed with this secret and no other.
fn is_signed((head, body): &(String, String), secret: &Secret) -> Option<bool> {
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (id, seconds) = (header("webhook-id")?, header("webhook-timestamp")?.parse().ok()?);
    Some(header("webhook-signature")? == sign(std::slice::from_ref(secret), id, seconds, body.as_bytes()))
}

/// A letter's first event comes, signed with this secret.
async fn a_letter_is_told(client: &Client, posted: &Posted, secret: &str) -> Result<()> {
    let secret = Secret::parse(secret).context("no secret")?;
    posted.lock().unwrap().clear();
    let id = client.send(&client.seal("310900117", &[document("brev.txt", "Hei")]).await?).await?.summary.id;
    let begun = Instant::now();
    loop {
        let told = posted.lock().unwrap().iter().find(|(_, body)| body.contains(&id)).cloned();
        if let Some(told) = told {
            ensure!(is_signed(&told, &secret) == Some(true), "another signature: {}", told.0);
            return Ok(());
        }
        ensure!(begun.elapsed() < Duration::from_secs(150), "nothing was told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_has_no_secret_in_the_clear_and_signatures_hold_after_restarts() -> Result<()> {
    let mut server = Server::start_in(tempfile::tempdir()?, &[ALLOWED])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let (listener, posted) = (TcpListener::bind("127.0.0.1:0").await?, Posted::default());
    let address = format!("http://{}/hook", listener.local_addr()?);
    tokio::spawn(patient(listener, posted.clone()));
    let WebhookSecret { secret, .. } = register(&client, &address).await?.error_for_status()?.json().await?;
    ensure!(!server.holds(&secret)?, "the secret lies there in the clear");
    tokio::task::block_in_place(|| server.stop().and_then(|()| server.start_again()))?;
    a_letter_is_told(&client, &posted, &secret).await?;
    // As versions before secrets were sealed kept them.
    tokio::task::block_in_place(|| server.stop())?;
    let script = "import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute('UPDATE webhook SET secret = ?', sys.argv[2:])
store.commit()
store.close()";
    let database = server.data().join("relay/relay.sqlite");
    let python = Command::new("python3").args(["-c", script]).arg(database).arg(&secret).status()?;
    ensure!(python.success() && server.holds(&secret)?, "the secret cannot be found where it is");
    tokio::task::block_in_place(|| server.start_again())?;
    a_letter_is_told(&client, &posted, &secret).await?;
    tokio::task::block_in_place(|| server.stop())?;
    ensure!(!server.holds(&secret)?, "the secret still lies there in the clear");
    // Under a key of its own from now on, whatever becomes of Maskinporten's.
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("webhooks.key");
    std::fs::write(&key, "0123456789abcdef0123456789abcdef\n")?;
    tokio::task::block_in_place(|| {
        server.start_again()?;
        server.restart_with(&[("KONVOLUTT_WEBHOOKS__KEY_FILE", &key.to_string_lossy())])
    })?;
    a_letter_is_told(&client, &posted, &secret).await
}

async fn register(client: &Client, address: &str) -> Result<reqwest::Response> {
    let body = json!({ "organisation": OURS, "address": address });
    Ok(client.request(Method::POST, "/api/v1/webhooks").json(&body).send().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_told_although_the_receiver_refuses_some_and_the_server_is_killed() -> Result<()> {
    let mut server = Server::start_with(&[ALLOWED])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/hook", listener.local_addr()?);
    let told = Told::default();
    tokio::spawn(moody(listener, told.clone()));
    let registered = register(&client, &address).await?;
    ensure!(registered.status() == StatusCode::CREATED, "{}", registered.text().await?);
    let WebhookSecret { webhook, secret } = registered.json().await?;
    ensure!(secret.starts_with("whsec_"), "a secret of Standard Webhooks");
    let mut ids = Vec::new();
    for number in 0..3 {
        let letter = client.seal("310900117", &[document("brev.txt", &format!("Hei {number}"))]).await?;
        ids.push(client.send(&letter).await?.summary.id);
        tokio::task::block_in_place(|| server.cut_power_and_start_again())?;
    }
    for id in &ids {
        client.wait_for(id, Status::Levert).await?;
    }
    let log: Page<Change> = client.request(Method::GET, "/api/v1/event-log?after=0").send().await?.json().await?;
    // What came in by itself may have come before there was anybody to tell.
    let ours = log.items.into_iter().filter(|change| ids.contains(&change.id));
    let expected: BTreeMap<u64, String> = ours.map(|change| (change.cursor, change.id)).collect();
    let begun = Instant::now();
    loop {
        let got: BTreeMap<u64, String> = told.lock().unwrap().iter().map(|(_, event)| at(event)).collect();
        // Receipts may still be coming in; everything that was in the log must be told.
        if expected.iter().all(|(cursor, id)| got.get(cursor) == Some(id)) {
            break;
        }
        // A worker that was killed holds its lease for half a minute.
        ensure!(begun.elapsed() < Duration::from_secs(150), "told: {got:?}, in the log: {expected:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut by_event = BTreeMap::<(u64, String), String>::new();
    for (id, event) in told.lock().unwrap().iter() {
        ensure!(by_event.entry(at(event)).or_insert_with(|| id.clone()) == id, "one event, two ids");
        ensure!(event["id"] == id.as_str(), "{event}");
    }
    let path = format!("/api/v1/webhooks/{}/deliveries", webhook.id);
    let page: Page<WebhookDelivery> = client.request(Method::GET, &path).send().await?.json().await?;
    let refused = page.items.iter().filter(|one| one.attempts.iter().any(|attempt| attempt.status == Some(500)));
    let again: Vec<_> = refused.filter(|one| one.state == WebhookState::Delivered).collect();
    ensure!(!again.is_empty(), "none was tried again: {page:?}");
    let number = again[0].number;
    let replay = client.request(Method::POST, &format!("{path}/{number}/replay")).send().await?;
    ensure!(replay.status() == StatusCode::NO_CONTENT, "replay: {}", replay.status());
    Ok(())
}

fn at(event: &Value) -> (u64, String) {
    let data = &event["data"];
    (data["cursor"].as_u64().unwrap_or_default(), data["id"].as_str().unwrap_or_default().to_owned())
}

/// CWE-918, server-side request forgery: without the configuration's word this machine is never told, not even in the
/// sandbox.
#[tokio::test(flavor = "multi_thread")]
async fn ssrf_callback_private_addresses_are_refused_and_others_webhooks_are_not_seen() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for address in [
        "http://127.0.0.1:9/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data/",
        "http://8.8.8.8/",
        "nonsense",
    ] {
        let answer = register(&client, address).await?;
        ensure!(answer.status() == StatusCode::UNPROCESSABLE_ENTITY, "{address}: {}", answer.status());
        ensure!(answer.json::<Problem>().await?.code == Code::WebhookAddress, "{address}");
    }
    let made = register(&client, "https://8.8.8.8/hook").await?;
    ensure!(made.status() == StatusCode::CREATED, "a public address: {}", made.status());
    let made: WebhookSecret = made.json().await?;
    let stranger = Client::sign_in(&server.base(), "jon", THEIRS).await?;
    let list: Vec<Webhook> = stranger.request(Method::GET, "/api/v1/webhooks").send().await?.json().await?;
    ensure!(list.is_empty(), "{list:?}");
    let foreign = json!({ "organisation": OURS, "address": "https://8.8.8.8/" });
    let foreign = stranger.request(Method::POST, "/api/v1/webhooks").json(&foreign).send().await?;
    ensure!(foreign.status() == StatusCode::FORBIDDEN, "{}", foreign.status());
    let own = format!("/api/v1/webhooks/{}", made.webhook.id);
    for (method, path) in [
        (Method::DELETE, own.clone()),
        (Method::POST, format!("{own}/secret")),
        (Method::POST, format!("{own}/resume")),
        (Method::GET, format!("{own}/deliveries")),
        (Method::POST, format!("{own}/deliveries/1/replay")),
    ] {
        let answer = stranger.request(method.clone(), &path).send().await?;
        ensure!(answer.status() == StatusCode::NOT_FOUND, "{method} {path}: {}", answer.status());
    }
    let rotated = client.request(Method::POST, &format!("{own}/secret")).send().await?;
    let rotated: WebhookSecret = rotated.json().await?;
    ensure!(rotated.secret != made.secret && rotated.webhook.old_secret_until.is_some(), "not rotated");
    let gone = client.request(Method::DELETE, &own).send().await?;
    ensure!(gone.status() == StatusCode::NO_CONTENT, "{}", gone.status());
    Ok(())
}
