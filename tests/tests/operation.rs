//! What an operator does to the built server while letters are on their way: copies its data, brings it back, reads its
//! log at the highest level.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use konvolutt_shared::api::{ApiKeySecret, Direction, EmbedSession, EmbedTicket, Status, WebhookSecret};
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::sbd::DocumentType;
use konvolutt_shared::svarut::Choices;
use konvolutt_tests::client::{Client, PROCESS, SealedLetter, document};
use konvolutt_tests::server::NO_LIMITS;
use konvolutt_tests::{binary, inbox};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[path = "operation/traces.rs"]
mod traces;

const OURS: &str = "310904007";
const SVARETATEN: &str = "310900419";
const BAKERY: &str = "310900311";
const MUNICIPALITY: &str = "310900214";
const RATE_LIMITED: &str = "310902217";

/// The built server on a given data folder.
struct Running {
    child: Child,
    base: String,
}

impl Running {
    fn start(data: &Path, log: &Path, filter: &str) -> Result<Self> {
        let mut child = Command::new(binary("konvolutt")?)
            .args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .env("KONVOLUTT_SANDBOX_SPEED", "8")
            .env("RUST_LOG", filter)
            .env("KONVOLUTT_METRICS__LISTEN", "127.0.0.1:0")
            .env("KONVOLUTT_WEBHOOKS__LOOPBACK", "allowed")
            .envs(NO_LIMITS)
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(log)?)
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let base = line.trim().strip_prefix("Listening on ").context(line.clone())?.to_owned();
        Ok(Self { child, base })
    }

    async fn client(&self) -> Result<Client> {
        Client::sign_in(&self.base, "siri", OURS).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn konvolutt(arguments: &[&str], folders: [(&str, &Path); 2]) -> Result<String> {
    let mut command = Command::new(binary("konvolutt")?);
    command.args(arguments);
    for (option, folder) in folders {
        command.arg(option).arg(folder);
    }
    let run = command.output()?;
    ensure!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Ok(String::from_utf8(run.stdout)?)
}

/// Sends letters until told to stop; what was accepted, with the relay's id.
async fn load(client: Client, stop: Arc<AtomicBool>, worker: usize) -> Result<Vec<(String, SealedLetter)>> {
    let mut accepted = Vec::new();
    while !stop.load(Ordering::SeqCst) && accepted.len() < 60 {
        let text = format!("brev {worker}/{}", accepted.len());
        let letter = client.seal(SVARETATEN, &[document("brev.txt", &text)]).await?;
        let view = client.send(&letter).await?;
        accepted.push((view.summary.id, letter));
    }
    Ok(accepted)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_letter_is_in_the_backup_and_none_is_sent_twice_after_it_is_restored() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (data, copy, log) = (folder.path().join("data"), folder.path().join("backup"), folder.path().join("log"));
    let server = Running::start(&data, &log, "info")?;
    let first = server.client().await?;
    let mut before = Vec::new();
    for number in 0..5 {
        let letter = first.seal(SVARETATEN, &[document("brev.txt", &format!("først {number}"))]).await?;
        before.push((first.send(&letter).await?.summary.id, letter));
    }

    let stop = Arc::new(AtomicBool::new(false));
    let mut workers = Vec::new();
    for worker in 0..2 {
        workers.push(tokio::spawn(load(server.client().await?, stop.clone(), worker)));
    }
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    // The broker takes nothing until the backup is made, so all of these still wait then.
    let faults = "/sandbox/control/faults";
    let busy = json!({
        "service": "broker", "tenant": OURS, "method": "POST", "path": "/filetransfer", "fault": "busy", "seconds": 8,
    });
    ensure!(first.request(Method::PUT, faults).json(&busy).send().await?.status() == StatusCode::CREATED);
    for number in 0..6 {
        let letter = first.seal(SVARETATEN, &[document("brev.txt", &format!("venter {number}"))]).await?;
        before.push((first.send(&letter).await?.summary.id, letter));
    }
    let (from, to) = (data.clone(), copy.clone());
    let told =
        tokio::task::spawn_blocking(move || konvolutt(&["backup"], [("--data", &from), ("--to", &to)])).await??;
    ensure!(told.contains("checked"), "{told}");
    ensure!(first.request(Method::DELETE, faults).send().await?.status() == StatusCode::NO_CONTENT);
    stop.store(true, Ordering::SeqCst);
    for worker in workers {
        for (id, _) in worker.await?? {
            // Everything leaves, also what the backup still has as waiting.
            first.wait_for(&id, Status::Mottatt).await?;
        }
    }
    for (id, _) in &before {
        first.wait_for(id, Status::Mottatt).await?;
    }
    drop(server);

    std::fs::rename(data.join("relay"), folder.path().join("lost"))?;
    konvolutt(&["restore"], [("--from", &copy), ("--data", &data)])?;
    let server = Running::start(&data, &log, "info")?;
    let client = server.client().await?;
    for (id, letter) in &before {
        let path = format!("/api/v1/messages/{id}/package");
        let package = client.request(Method::GET, &path).send().await?.bytes().await?;
        assert_eq!(package.as_ref(), letter.package, "the package of a letter that was accepted before");
    }
    let restored = client.list(Direction::Out).await?;
    assert!(restored.len() >= before.len(), "{}", restored.len());
    // What waited when the backup was made has left since: it is held back, and a person is told.
    ensure!(restored.iter().any(|summary| summary.attention), "nothing was on its way when the backup was made");
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let mailbox = client.mailbox().await?;
    for summary in &restored {
        let entries = mailbox["items"].as_array().context("no items")?.iter();
        let received = entries.filter(|entry| {
            entry["messageId"] == json!(summary.message_id) && entry["documentType"] == json!("arkivmelding")
        });
        assert_eq!(received.count(), 1, "{} exactly once", summary.message_id);
    }
    Ok(())
}

/// What must never be in a log, by what it is.
const PLANTED: &[(&str, &str)] = &[
    ("title", "Bekymringsmelding Blaabaer"),
    ("file name", "diagnose-tyttebaer.txt"),
    ("content", "innhold-multebaer"),
    ("national identity number", "13097248022"),
    ("bearer token", "bearer-planted-4711"),
    ("cookie", "cookie-planted-0815"),
    ("search", "planted-searched-name"),
    ("upload's name", "cGxhbnRlZC1maWxlLW5hbWU="),
    ("key", "c2VjcmV0LWtleS1wbGFudGVk"),
    ("title of a letter to Altinn", "Vedtak om tyttebaer"),
    ("file name of a letter to Altinn", "vedtak-krekling.txt"),
    ("content of a letter to Altinn", "innhold-blokkebaer"),
    ("content of a shipment", "innhold-skrubbaer"),
    ("file name of a shipment", "forsendelse-mjoelbaer.pdf"),
    // What the sandbox's KS takes from whoever calls it.
    ("password of KS", "sandkasse-passord"),
];

fn planted(what: &str) -> &'static str {
    PLANTED.iter().find(|(name, _)| *name == what).map_or("", |(_, secret)| secret)
}

/// Uses every way in that carries something secret, rightly and wrongly.
async fn plant(server: &Running) -> Result<Vec<(String, String)>> {
    let client = server.client().await?;
    let letter = client.seal(SVARETATEN, &[document(planted("file name"), planted("content"))]).await?;
    let sent = client.send(&letter).await?;
    client.wait_for(&sent.summary.id, Status::Lest).await?;
    let mut found = vec![("envelope".to_owned(), letter.envelope[200..260].to_owned())];
    by_other_channels(&client).await?;
    found.extend(given_once(&client).await?);

    let (number, token) = (planted("national identity number"), planted("bearer token"));
    let lookup = json!({ "identifier": number, "process": planted("title") });
    let requests = [
        client.request(Method::POST, "/api/v1/recipients/lookup").json(&lookup),
        client.request(Method::POST, "/api/v1/recipients/lookup").body(format!("{{\"identifier\": {number}")),
        client.request(Method::GET, &format!("/api/v1/messages/{number}")),
        client.request(Method::GET, &format!("/api/v1/messages?organisation={number}&cursor={}", planted("search"))),
        client.request(Method::GET, &format!("/api/v1/organisations?query={}", planted("search"))),
        client.request(Method::GET, &format!("/{number}?token={token}")),
        client.anonymous(Method::GET, "/api/v1/session").bearer_auth(token),
        client
            .anonymous(Method::GET, "/api/v1/session")
            .header("cookie", format!("__Host-konvolutt={}", planted("cookie"))),
        client.anonymous(Method::GET, &format!("/api/v1/sign-in?back=/{number}")),
        client.anonymous(Method::GET, &format!("/api/v1/sign-in/callback?code={token}&state={token}&iss={number}")),
        client.anonymous(Method::GET, &format!("/api/v1/sign-in/front-channel?iss={number}&sid={token}")),
        client.anonymous(Method::POST, "/api/v1/sign-in/back-channel").form(&[("logout_token", token)]),
        client.anonymous(Method::GET, "/api/v1/keys").bearer_auth(format!("kv_{token}")),
        client.anonymous(Method::POST, "/api/v1/embed-sessions").json(&json!({ "clientId": "pk_test_sandbox",
            "origin": "http://localhost:1", "ticket": token })),
        client
            .request(Method::POST, "/api/v1/uploads")
            .header("upload-length", 10)
            .header("tus-resumable", "1.0.0")
            .header("upload-metadata", format!("filename {}", planted("upload's name"))),
        client
            .request(Method::POST, "/api/v1/messages")
            .json(&json!({ "envelope": planted("title"), "upload": number })),
        client
            .request(Method::POST, "/api/v1/messages")
            .json(&json!({ "envelope": letter.envelope, "upload": number })),
        client.request(Method::POST, "/api/v1/messages").body(format!("{{\"key\": \"{}\"", planted("key"))),
    ];
    for request in requests {
        let status = request.send().await?.status();
        ensure!(status != StatusCode::INTERNAL_SERVER_ERROR, "a planted request broke the server");
    }
    // The session's own secret, and a part of the sandbox's private keys.
    let cookie = client.request(Method::GET, "/").build()?.headers()["cookie"].to_str()?.to_owned();
    found.push(("session token".to_owned(), cookie.split_once('=').context("no cookie")?.1.to_owned()));
    Ok(found)
}

/// Letters by the other channels: one that the relay opens on its way, and one that it does not.
async fn by_other_channels(client: &Client) -> Result<()> {
    let main = document(planted("file name of a letter to Altinn"), planted("content of a letter to Altinn"));
    let files = inbox::letter_files(planted("title of a letter to Altinn"), &main, &[]);
    let business = json!({ "sikkerhetsnivaa": 3 });
    let sbd = inbox::sbd(OURS, Some(BAKERY), PROCESS, DocumentType::Arkivmelding, business)?;
    let to_altinn = inbox::sealed(client, &sbd, &files, &client.key, &inbox::transit(client)?)?;
    let content = format!("%PDF-1.7\n{}", planted("content of a shipment")).into_bytes();
    let name = planted("file name of a shipment").to_owned();
    let shipped = PackDocument { name, media_type: "application/pdf".to_owned(), content };
    let choices = Choices { digital_only: true, ..Choices::default() };
    let to_ks = client.seal_shipment(MUNICIPALITY, &[shipped], choices, "").await?;
    for (letter, end) in [(to_altinn, Status::Levert), (to_ks, Status::Lest)] {
        let id = client.send(&letter).await?.summary.id;
        client.wait_for(&id, end).await?;
    }
    Ok(())
}

/// Everything that the relay gives somebody once, used and used wrongly.
async fn given_once(client: &Client) -> Result<Vec<(String, String)>> {
    let expires = (jiff::Timestamp::now() + std::time::Duration::from_secs(3600)).to_string();
    let scope = ["directory", "look", "send", "open", "webhooks", "embed"];
    let body = json!({ "organisation": OURS, "name": "x", "scope": scope, "expires": expires });
    let key: ApiKeySecret = client.request(Method::POST, "/api/v1/keys").json(&body).send().await?.json().await?;
    let body = json!({ "organisation": OURS, "address": "http://127.0.0.1:9/" });
    let hook = client.request(Method::POST, "/api/v1/webhooks").json(&body).send().await?.error_for_status()?;
    let hook: WebhookSecret = hook.json().await?;
    let body = json!({ "origin": "http://localhost:4711", "scope": ["send"] });
    let mint = client.anonymous(Method::POST, "/api/v1/embed/sessions").bearer_auth(&key.secret).json(&body);
    let ticket: EmbedTicket = mint.send().await?.error_for_status()?.json().await?;
    let body =
        json!({ "clientId": "pk_test_sandbox", "origin": "http://localhost:4711", "ticket": ticket.ticket.clone() });
    let begin = async || client.anonymous(Method::POST, "/api/v1/embed-sessions").json(&body).send().await;
    let frame: EmbedSession = begin().await?.error_for_status()?.json().await?;
    ensure!(begin().await?.status().is_client_error(), "a ticket is good once");
    for token in [&key.secret, &frame.token] {
        let known = client.anonymous(Method::GET, "/api/v1/session").bearer_auth(token).send().await?;
        ensure!(known.status() != StatusCode::UNAUTHORIZED, "it is known: {}", known.status());
        let wrong = client.anonymous(Method::GET, &format!("/api/v1/messages/{token}")).bearer_auth(token);
        ensure!(wrong.send().await?.status().is_client_error(), "no message has that id");
    }
    let told = [("key", key.secret), ("webhook", hook.secret), ("ticket", ticket.ticket), ("frame", frame.token)];
    Ok(told.map(|(what, secret)| (format!("secret of a {what}"), secret)).to_vec())
}

/// What Prometheus would get. Where to ask stands in the log.
async fn metrics(log: &Path) -> Result<String> {
    let log = std::fs::read_to_string(log)?;
    let plain = log.lines().find(|line| line.contains("metrics") && line.contains("127.0.0.1:"));
    let address = plain.and_then(|line| line.split("127.0.0.1:").nth(1)).context("no address of metrics")?;
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    let client = reqwest::Client::builder().no_proxy().build()?;
    Ok(client.get(format!("http://127.0.0.1:{port}/metrics")).send().await?.text().await?)
}

/// Lines in the middle of every private key that the sandbox made.
fn private_keys(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(private_keys(&path)?);
        } else if let Ok(text) = std::fs::read_to_string(&path)
            && text.contains("PRIVATE KEY")
        {
            let line = text.lines().nth(4).context("a short key")?;
            found.push((format!("private key {}", path.display()), line.to_owned()));
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_logged_at_the_highest_level() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let server =
        Running::start(&data, &log, "debug,hyper=trace,reqwest=trace,axum=trace,tower=trace,konvolutt_relay=trace")?;
    let mut secrets: Vec<(String, String)> =
        PLANTED.iter().map(|(name, secret)| ((*name).to_owned(), (*secret).to_owned())).collect();
    secrets.extend(plant(&server).await?);
    let metrics = metrics(&log).await?;
    for line in
        ["efm_envelopes_total{result=\"accepted\"} 3", "efm_messages_total{direction=\"out\",status=\"SENDT\"} 3"]
    {
        ensure!(metrics.lines().any(|found| found == line), "no {line}: {metrics}");
    }
    ensure!(metrics.contains("efm_refusals_total{code="), "{metrics}");
    for word in [OURS, SVARETATEN].iter().chain(PLANTED.iter().map(|(_, secret)| secret)) {
        ensure!(!metrics.contains(word), "{word} stands in the metrics");
    }
    drop(server);
    let keys = private_keys(&data)?;
    ensure!(keys.len() >= 3, "the sandbox's keys were not found: {}", keys.len());
    ensure!(keys.iter().any(|(name, _)| name.ends_with("transit.key.pem")), "the transit key was not found");
    secrets.extend(keys);

    // A configuration that holds secrets where they do not belong is refused without showing them.
    let config: PathBuf = folder.path().join("k.toml");
    let text = format!("[maskinporten]\nkey = '{}'\nkid = '{}\n", planted("key"), planted("bearer token"));
    for text in [text.as_str(), &format!("[maskinporten]\nkey = '{}'\n", planted("key"))] {
        std::fs::write(&config, text)?;
        for command in ["serve", "config", "doctor"] {
            let run = Command::new(binary("konvolutt")?).args([command, "--config"]).arg(&config).output()?;
            ensure!(run.status.code() == Some(1), "{command} took it");
            let mut shown = std::fs::read_to_string(&log)?;
            shown += &String::from_utf8_lossy(&run.stdout);
            shown += &String::from_utf8_lossy(&run.stderr);
            std::fs::write(&log, shown)?;
        }
    }

    let log = std::fs::read_to_string(&log)?;
    for proof in ["DEBUG", "TRACE", "maskinporten.key"] {
        ensure!(log.contains(proof), "the log does not reach as far as it should: no {proof}");
    }
    for (what, secret) in secrets {
        ensure!(secret.len() >= 8, "too short to look for: {what}");
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{what} stands in the log");
    }
    Ok(())
}
