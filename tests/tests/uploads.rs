//! Uploads over connections that break: what has come is kept, and little is sent twice.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use konvolutt_tests::client::Client;
use konvolutt_tests::{Server, sha256};
use reqwest::{Method, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const OURS: &str = "310904007";

/// Bytes of the package, and how often the connection breaks.
const SIZE: usize = 24_000_000;
const BREAKS: usize = 6;

/// How far the sender is ahead of what lies in the file, at most, in bytes. Over the loopback, megabytes would lie in the
/// system's buffers when the connection breaks, and how many is not for the relay to say.
const AHEAD: usize = 128 * 1024;

/// Only decides when a test gives up waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends from an offset until so many bytes have left, then breaks the connection off; answers how many have left.
async fn broken_off(
    (client, server): (&Client, &Server),
    upload: &str,
    offset: usize,
    bytes: &[u8],
    most: usize,
) -> Result<usize> {
    let (base, there) = (server.base(), server.data().join("relay/uploads").join(upload));
    let mut stream = TcpStream::connect(base.strip_prefix("http://").context("no address")?).await?;
    let head = format!(
        "PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\ntus-resumable: 1.0.0\r\n\
         upload-offset: {offset}\r\ncontent-type: application/offset+octet-stream\r\ncontent-length: {}\r\n\r\n",
        client.cookie(),
        bytes.len() - offset
    );
    stream.write_all(head.as_bytes()).await?;
    let end = bytes.len().min(offset + most);
    let (mut left, begun) = (offset, Instant::now());
    for piece in bytes[offset..end].chunks(32 * 1024) {
        stream.write_all(piece).await?;
        left += piece.len();
        while (std::fs::metadata(&there)?.len() as usize) + AHEAD < left {
            ensure!(begun.elapsed() < PATIENCE, "what is sent does not come into the file");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    if end == bytes.len() {
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        ensure!(&answer == b"HTTP/1.1 204", "{}", String::from_utf8_lossy(&answer));
    } else {
        // A reset, as when a network goes away: what the other side has not read is lost.
        stream.set_zero_linger()?;
    }
    Ok(end - offset)
}

/// Where to go on, once nobody writes to the upload any more: the old request must have noticed that it is over.
async fn stands(client: &Client, upload: &str) -> Result<usize> {
    let begun = Instant::now();
    loop {
        let asked = client.request(Method::HEAD, &format!("/api/v1/uploads/{upload}"));
        let answer = asked.header("tus-resumable", "1.0.0").send().await?;
        ensure!(answer.headers().contains_key("upload-expires"), "nobody says how long it is kept");
        let offset: usize = answer.headers().get("upload-offset").context("no offset")?.to_str()?.parse()?;
        if client.append(upload, offset, &[]).await?.status() == StatusCode::NO_CONTENT {
            return Ok(offset);
        }
        ensure!(begun.elapsed() < PATIENCE, "the old request does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_byte_is_sent_at_most_one_and_a_twentieth_times_although_connections_break() -> Result<()> {
    let mut server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let package: Vec<u8> = (0..SIZE).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let upload = client.begin_upload(SIZE).await?;
    let (mut sent, mut breaks) = (0, 0);
    loop {
        let offset = stands(&client, &upload).await?;
        if offset == SIZE {
            break;
        }
        let most = if breaks < BREAKS { SIZE / (BREAKS + 1) } else { SIZE };
        sent += broken_off((&client, &server), &upload, offset, &package, most).await?;
        breaks += 1;
        ensure!(breaks < 4 * BREAKS, "it does not come further");
        if breaks == BREAKS / 2 {
            // The server goes away, too.
            tokio::task::block_in_place(|| server.cut_power_and_start_again())?;
        }
    }
    let ratio = sent as f64 / SIZE as f64;
    println!("{SIZE} bytes, {breaks} connections: each byte sent {ratio:.4} times");
    ensure!((1.0..=1.05).contains(&ratio), "{ratio}");
    let there = std::fs::read(server.data().join("relay/uploads").join(&upload))?;
    ensure!(sha256(&there) == sha256(&package), "other bytes came than were sent");
    Ok(())
}

async fn begin(client: &Client, length: u64) -> Result<Response> {
    let request = client.request(Method::POST, "/api/v1/uploads").header("tus-resumable", "1.0.0");
    Ok(request.header("upload-length", length).send().await?)
}

/// tus 1.0.0: another version is 412 with the one that is spoken, whatever is asked but which that is; a body of another
/// type is 415.
#[tokio::test(flavor = "multi_thread")]
async fn another_version_and_another_type_have_refusals_of_their_own() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let upload = format!("/api/v1/uploads/{}", client.begin_upload(10).await?);
    let ask = |method: &Method, path: &str, version: Option<&str>| {
        let request = client.request(method.clone(), path).header("upload-length", 10).header("upload-offset", 0);
        version.into_iter().fold(request, |request, version| request.header("tus-resumable", version))
    };
    for (method, path) in [
        (Method::POST, "/api/v1/uploads"),
        (Method::PATCH, &upload),
        (Method::HEAD, &upload),
        (Method::DELETE, &upload),
    ] {
        for version in [None, Some("0.2.2"), Some("1.0.1")] {
            let answer = ask(&method, path, version).send().await?;
            ensure!(answer.status() == StatusCode::PRECONDITION_FAILED, "{method} {version:?}: {}", answer.status());
            ensure!(answer.headers()["tus-version"] == "1.0.0", "{method} {version:?}");
        }
    }
    ensure!(ask(&Method::OPTIONS, "/api/v1/uploads", None).send().await?.status() == StatusCode::NO_CONTENT);
    let typed = ask(&Method::PATCH, &upload, Some("1.0.0")).header("content-type", "text/plain").body("0123456789");
    let answer = typed.send().await?;
    ensure!(answer.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE, "{}", answer.status());
    ensure!(ask(&Method::HEAD, &upload, Some("1.0.0")).send().await?.headers()["upload-offset"] == "0");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_only_so_many_uploads_that_are_not_submitted() -> Result<()> {
    let server = Server::start_with(&[("KONVOLUTT_SERVER__UPLOADS_PER_PERSON", "2")])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let begin = || begin(&client, 1_000);
    let first = begin().await?;
    assert_eq!((first.status(), begin().await?.status()), (StatusCode::CREATED, StatusCode::CREATED));
    let refused = begin().await?;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json::<serde_json::Value>().await?["code"], "opplasting.kvote");
    let files = std::fs::read_dir(server.data().join("relay/uploads"))?.count();
    assert_eq!(files, 2, "what was refused leaves nothing");
    // One that is given up makes room.
    let location = first.headers()["location"].to_str()?.to_owned();
    client.request(Method::DELETE, &location).header("tus-resumable", "1.0.0").send().await?.error_for_status()?;
    assert_eq!(begin().await?.status(), StatusCode::CREATED);
    Ok(())
}

/// What must stay free stays free: what would not fit beside it is refused before a byte of it has come.
#[tokio::test(flavor = "multi_thread")]
async fn what_must_stay_free_on_the_disk_is_not_filled() -> Result<()> {
    let most = u64::MAX >> 20;
    let mut server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let begun = client.begin_upload(10).await?;
    server.restart_with(&[("KONVOLUTT_SERVER__MIN_FREE_MIB", &most.to_string())])?;
    let refused = begin(&client, 10).await?;
    assert_eq!(refused.status(), StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(refused.json::<serde_json::Value>().await?["code"], "tjeneste.full");
    assert_eq!(client.append(&begun, 0, b"0123456789").await?.status(), StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(client.offset(&begun).await?, 0);
    server.restart_with(&[("KONVOLUTT_SERVER__MIN_FREE_MIB", "1")])?;
    assert_eq!(client.append(&begun, 0, b"0123456789").await?.status(), StatusCode::NO_CONTENT);
    Ok(())
}
