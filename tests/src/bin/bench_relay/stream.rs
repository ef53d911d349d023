//! Large packages up and down, and many at once: how fast, and how much memory the relay needs for it.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use axum::body::Bytes;
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt as _};
use konvolutt_shared::api::MessageView;
use konvolutt_shared::envelope::{EnvelopeClaims, PackageClaim, PackageDigest};
use konvolutt_tests::client::Client;
use reqwest::{Method, StatusCode};
use uuid::Uuid;

use crate::nginx::Proxy;
use crate::serve::{Memory, Server};

const MEGABYTE: usize = 1_000_000;
const PIECE: usize = 250_000;

/// Megabytes that nothing makes smaller, without holding them.
fn body(megabytes: usize) -> reqwest::Body {
    let piece = Bytes::from((0..PIECE).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>());
    let pieces = stream::iter(std::iter::repeat_n(piece, megabytes * MEGABYTE / PIECE).map(Ok::<_, std::io::Error>));
    reqwest::Body::wrap_stream(pieces)
}

async fn upload(client: &Client, megabytes: usize) -> Result<String> {
    let upload = client.begin_upload(megabytes * MEGABYTE).await?;
    let request = client.request(Method::PATCH, &format!("/api/v1/uploads/{upload}")).header("upload-offset", 0);
    let request = request.header("tus-resumable", "1.0.0").header("content-type", "application/offset+octet-stream");
    let answer = request.body(body(megabytes)).send().await?;
    ensure!(answer.status() == StatusCode::NO_CONTENT, "{}", answer.text().await?);
    Ok(upload)
}

/// Runs something and says how long it took and how far the relay's memory rose meanwhile.
async fn watched<T>(
    server: &Server,
    what: &str,
    megabytes: usize,
    run: impl Future<Output = Result<T>>,
) -> Result<(T, f64)> {
    server.forget_peak()?;
    let before = server.memory()?.now;
    let begun = Instant::now();
    let result = run.await?;
    let rate = megabytes as f64 / begun.elapsed().as_secs_f64();
    let Memory { peak, .. } = server.memory()?;
    println!("{what:<34} {rate:>6.0} MB/s   RSS {before:.1} MiB, at most {:.1} MiB more", (peak - before).max(0.0));
    Ok((result, rate))
}

pub(crate) async fn measure(server: &Server, proxy: &Proxy) -> Result<()> {
    println!("Streaming: memory of the relay's process");
    let client = Client::sign_in(&server.base(), "siri", "310904007").await?;
    let (_, up) = watched(server, "500 MB up, to disk and synced", 500, upload(&client, 500)).await?;
    let begun = Instant::now();
    let answer = reqwest::Client::builder().no_proxy().build()?.post(proxy.base()).body(body(500)).send().await?;
    ensure!(answer.status() == StatusCode::NO_CONTENT, "nginx: {}", answer.status());
    let passed = 500.0 / begun.elapsed().as_secs_f64();
    println!("{:<34} {passed:>6.0} MB/s   ratio relay/nginx {:.2}", "500 MB through nginx to nothing", up / passed);
    let many = async { try_join_all((0..50).map(|_| upload(&client, 20))).await };
    watched(server, "50 uploads of 20 MB at once", 1_000, many).await?;
    let (large, _) = watched(server, "1 GB up", 1_000, upload(&client, 1_000)).await?;
    let (view, _) = watched(server, "1 GB hashed and accepted", 1_000, hand_over(&client, &large)).await?;
    watched(server, "1 GB down", 1_000, download(&client, &view.summary.id)).await?;
    Ok(())
}

async fn hand_over(client: &Client, upload: &str) -> Result<MessageView> {
    let piece: Vec<u8> = (0..PIECE).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut digest = PackageDigest::new();
    (0..1_000 * MEGABYTE / PIECE).for_each(|_| digest.update(&piece));
    let sbd = client.sbd(&Uuid::new_v4().to_string(), "310900117", "stor.pdf")?;
    let claim = PackageClaim {
        media_type: "application/pkcs7-mime".to_owned(),
        size: 1_000_000_000,
        pieces_sha256: digest.finish(),
        parts: Vec::new(),
    };
    let claims = EnvelopeClaims::new(&client.trust.audience, jiff::Timestamp::now(), 600, &sbd, "DPO", claim);
    let answer = client.submit(&client.sign(&claims)?, upload).await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.text().await?);
    Ok(answer.json().await?)
}

async fn download(client: &Client, id: &str) -> Result<()> {
    let answer = client.request(Method::GET, &format!("/api/v1/messages/{id}/package")).send().await?;
    let mut body = answer.error_for_status()?.bytes_stream();
    let mut size = 0;
    while let Some(piece) = body.next().await {
        size += piece.context("the download broke off")?.len();
    }
    ensure!(size == 1_000 * MEGABYTE, "{size} bytes came");
    Ok(())
}
