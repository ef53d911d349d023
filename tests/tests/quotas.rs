//! The gateway in front of Altinn's broker counts what a caller asks for: a relay that has asked too often waits as long as
//! it is told, and gives nothing up.
#![allow(clippy::unwrap_used)]

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::Status;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const SOLVIK: &str = "310900117";

/// A switch that counts our own calls.
async fn count(client: &Client, more: &Value) -> Result<()> {
    let mut order = json!({ "service": "broker", "tenant": OURS, "fault": "quota" });
    order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.text().await?);
    Ok(())
}

/// The calls that were too many: what they asked for, and when.
async fn refused(client: &Client) -> Result<Vec<(String, Timestamp)>> {
    let all: Value = client.request(Method::GET, "/sandbox/control/faults").send().await?.json().await?;
    let calls = all["items"][0]["calls"].as_array().cloned().unwrap_or_default();
    calls.into_iter().map(|one| Ok((one["path"].to_string(), serde_json::from_value(one["at"].clone())?))).collect()
}

/// At the gateway's own numbers: the sandbox is polled more often than it would let anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_fetched_though_there_are_ten_lists_a_minute() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    client.wait_for_incoming(|one| one.party.orgnr == SOLVIK).await?;
    count(&client, &json!({})).await?;
    let mut known = 1;
    while refused(&client).await?.len() < 4 {
        client.let_write(SOLVIK, "good").await?;
        known += 1;
        let seen = client.list(konvolutt_shared::api::Direction::In).await?;
        client.wait_for_incoming(|one| seen.iter().all(|before| before.id != one.id)).await?;
    }
    assert_eq!(client.list(konvolutt_shared::api::Direction::In).await?.len(), known, "each once");
    let lists: Vec<Timestamp> = refused(&client)
        .await?
        .into_iter()
        .filter(|(path, _)| path.ends_with("/filetransfer\""))
        .map(|(_, at)| at)
        .collect();
    assert!(lists.len() >= 4, "{lists:?}");
    for pair in lists.windows(2) {
        // `Retry-After` is a second at least, and the relay's own pause 0.7 s.
        assert!(pair[1].duration_since(pair[0]) >= SignedDuration::from_secs(1), "{lists:?}");
    }
    Ok(())
}

/// With and without the header: whether Altinn's gateway sends it is not known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_letters_than_a_minute_takes_all_arrive_once() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for bare in [false, true] {
        // Of what is begun only: every receipt that comes back is looked at, too.
        let begun = json!({ "limit": 4, "bare": bare, "method": "POST", "path": "/filetransfer" });
        count(&client, &begun).await?;
        let mut sent = Vec::new();
        for number in 0..6 {
            let letter = client.seal(SOLVIK, &[document("brev.txt", &number.to_string())]).await?;
            sent.push((client.send(&letter).await?.summary.id, letter.message_id));
        }
        for (id, message) in &sent {
            let view = client.wait_for(id, Status::Levert).await?;
            let view = if view.events.iter().any(|one| one.status == Status::Sendt) {
                view
            } else {
                client.wait_for(id, Status::Sendt).await?
            };
            assert_eq!(view.events.iter().filter(|one| one.status == Status::Sendt).count(), 1, "{view:?}");
            assert!(!view.summary.attention, "nobody has to act: {view:?}");
            let entries = client.mailbox().await?["items"].as_array().cloned().unwrap_or_default();
            assert_eq!(entries.iter().filter(|entry| entry["messageId"] == **message).count(), 1);
        }
        let refused = refused(&client).await?;
        let began = refused.iter().filter(|(path, _)| path.ends_with("/filetransfer/\"")).count();
        assert!(began > 0, "some were begun too early: {refused:?}");
        let cleared = client.request(Method::DELETE, "/sandbox/control/faults").send().await?;
        assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
    }
    Ok(())
}
