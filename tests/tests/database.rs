//! A database that goes away and comes back, under a relay that serves meanwhile.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use konvolutt_shared::api::{MessageView, Problem, Sent, Status};
use konvolutt_shared::finding::Code;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::server::How;
use konvolutt_tests::{Server, postgres};
use reqwest::{Method, StatusCode};

const OURS: &str = "310904007";
const THEIRS: &str = "310900117";

async fn refused_as_down(answer: reqwest::Response) -> Result<()> {
    ensure!(answer.status() == StatusCode::SERVICE_UNAVAILABLE, "{}: {}", answer.status(), answer.text().await?);
    ensure!(answer.headers().contains_key("retry-after"), "no Retry-After");
    let problem: Problem = answer.json().await?;
    ensure!(problem.code == Code::StoreDown && problem.retryable && problem.sent == Sent::Unknown, "{problem:?}");
    Ok(())
}

async fn ready(client: &Client) -> Result<(StatusCode, String)> {
    let answer = client.anonymous(Method::GET, "/health/ready").send().await?;
    Ok((answer.status(), answer.text().await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_down_is_said_to_be_and_is_used_again_when_it_is_back() -> Result<()> {
    let Some(mut database) = postgres::Server::start() else {
        eprintln!("SKIPPED: PostgreSQL is not installed (apt-get install postgresql)");
        return Ok(());
    };
    let url = database.database();
    let server = Server::start_as(How::default().with_environment(&[("KONVOLUTT_STORE__URL", &url)]))?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let before = client.send(&client.seal(THEIRS, &[document("brev.txt", "Før")]).await?).await?;
    client.wait_for(&before.summary.id, Status::Levert).await?;
    let letter = client.seal(THEIRS, &[document("brev.txt", "Mens")]).await?;
    let upload = client.upload(&letter.package).await?;
    for _ in 0..2 {
        tokio::task::block_in_place(|| database.cut_power());
        refused_as_down(client.submit(&letter.envelope, &upload).await?).await?;
        let read = format!("/api/v1/messages/{}", before.summary.id);
        refused_as_down(client.request(Method::GET, &read).send().await?).await?;
        let create = client.request(Method::POST, "/api/v1/uploads").header("upload-length", 10);
        refused_as_down(create.header("tus-resumable", "1.0.0").send().await?).await?;
        // What was found a moment ago may be remembered for another.
        let begun = Instant::now();
        while ready(&client).await?.0 == StatusCode::OK {
            ensure!(begun.elapsed() < Duration::from_secs(20), "it passes for ready");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let (status, said) = ready(&client).await?;
        ensure!(status == StatusCode::SERVICE_UNAVAILABLE && said.contains("database"), "{status}: {said}");
        let live = client.anonymous(Method::GET, "/health/live").send().await?;
        ensure!(live.status() == StatusCode::OK, "a probe would only start it anew: {}", live.status());
        tokio::task::block_in_place(|| database.start_again());
        // The first request finds it again, not one of several.
        ensure!(client.message(&before.summary.id).await?.summary.status == Status::Levert, "what was there is there");
    }
    let answer = client.submit(&letter.envelope, &upload).await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}: {}", answer.status(), answer.text().await?);
    let sent: MessageView = answer.json().await?;
    client.wait_for(&sent.summary.id, Status::Levert).await?;
    let begun = Instant::now();
    while ready(&client).await?.0 != StatusCode::OK {
        ensure!(begun.elapsed() < Duration::from_secs(20), "it is not ready again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mailbox = client.mailbox().await?;
    let items = mailbox["items"].as_array().context("no mailbox")?;
    let copies = items.iter().filter(|one| one["messageId"] == letter.message_id.as_str());
    ensure!(copies.filter(|one| one["documentType"] == "arkivmelding").count() == 1, "not one copy");
    ensure!(!server.log()?.contains("panicked"), "{}", server.log()?);
    Ok(())
}
