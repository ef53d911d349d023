//! How much is too much.

use anyhow::{Result, ensure};
use konvolutt_tests::Server;
use konvolutt_tests::client::Client;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::wire::{Answer, answers, ask, exchange, parse};

fn code(answer: &Answer) -> Option<String> {
    let problem: Value = serde_json::from_str(&answer.body).ok()?;
    Some(problem["code"].as_str()?.to_owned())
}

#[test]
fn the_head_of_a_request_has_a_size_and_a_number_of_headers() -> Result<()> {
    let server = Server::start()?;
    let many = |count: usize| (0..count).map(|number| format!("x-{number}: a\r\n")).collect::<String>();
    for (what, line, headers, allowed) in [
        ("sixty headers", "GET /health/live", many(60), true),
        ("a hundred headers", "GET /health/live", many(100), false),
        ("thousands of headers", "GET /health/live", many(4000), false),
        ("a header of 16 KiB", "GET /health/live", format!("x-a: {}\r\n", "a".repeat(16 << 10)), true),
        ("a header of 64 KiB", "GET /health/live", format!("x-a: {}\r\n", "a".repeat(64 << 10)), false),
        ("a header's name of 64 KiB", "GET /health/live", format!("{}: a\r\n", "a".repeat(64 << 10)), false),
        ("a cookie of a mebibyte", "GET /health/live", format!("cookie: {}\r\n", "a".repeat(1 << 20)), false),
    ] {
        let answer = ask(&server, line, &headers, "");
        let expected = if allowed { 200 } else { 431 };
        ensure!(answer.status == expected, "{what}: {answer:?}");
    }
    for length in [40 << 10, 70 << 10, 1 << 20] {
        let answer = ask(&server, &format!("GET /{}", "a".repeat(length)), "", "");
        ensure!(matches!(answer.status, 414 | 431), "{length}: {}", answer.status);
    }
    Ok(())
}

/// A body that says it is too large is refused before it is sent; one that turns out to be is, too.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_that_takes_a_body_has_a_limit() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", "310904007").await?;
    let cookie = format!("cookie: {}\r\ncontent-type: application/json\r\n", client.cookie());
    for path in ["embed-sessions", "messages", "recipients/lookup", "webhooks"] {
        let path = format!("POST /api/v1/{path}");
        let said = ask(&server, &path, &format!("{cookie}content-length: 1048577\r\n"), "");
        ensure!(said.status == 413, "{path}: {said:?}");
        ensure!(code(&said).as_deref() == Some("limit_exceeded"), "{path}: {said:?}");
        let body = format!("{{\"a\":\"{}", "a".repeat(3 << 19));
        let pieces = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let found = ask(&server, &path, &format!("{cookie}transfer-encoding: chunked\r\n"), &pieces);
        ensure!(found.status == 413, "{path}: {found:?}");
    }
    // An upload's limit is its announced length, and what may be announced has one.
    let most = "upload-length: 99999999999999\r\ntus-resumable: 1.0.0\r\ncontent-length: 0\r\n";
    let answer = ask(&server, "POST /api/v1/uploads", &format!("{cookie}{most}"), "");
    ensure!(answer.status == 413, "{answer:?}");
    let upload = client.begin_upload(10).await?;
    let answer = client.append(&upload, 0, &[0; 11]).await?;
    ensure!(answer.status() == StatusCode::BAD_REQUEST, "{}", answer.status());
    // Where no body belongs, none is read.
    let request = "GET /api/v1/session HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999\r\n\r\n";
    let text = exchange(&server, request.as_bytes());
    ensure!(answers(&text) == 1 && parse(&text).status == 401, "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_too_often_is_told_how_long_to_wait() -> Result<()> {
    let limits = [
        ("KONVOLUTT_LIMITS__PER_PERSON", "10"),
        ("KONVOLUTT_LIMITS__PER_ORGANISATION", "15"),
        ("KONVOLUTT_LIMITS__SIGN_IN", "3"),
    ];
    let server = Server::start_with(&limits)?;
    let client = Client::sign_in(&server.base(), "siri", "310904007").await?;
    let asked = || client.request(Method::GET, "/api/v1/session").send();
    let first = asked().await?;
    let header = |answer: &reqwest::Response, name: &str| -> String {
        answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    ensure!(header(&first, "ratelimit").starts_with("\"person\";r=9;t=6, \"organisation\";r=14;t="), "{first:?}");
    ensure!(header(&first, "ratelimit-policy") == "\"person\";q=10;w=60, \"organisation\";q=15;w=60", "{first:?}");
    for left in (0..9).rev() {
        let answer = asked().await?;
        ensure!(answer.status() == StatusCode::OK, "{answer:?}");
        ensure!(header(&answer, "ratelimit").starts_with(&format!("\"person\";r={left};t=")), "{answer:?}");
    }
    let refused = asked().await?;
    ensure!(refused.status() == StatusCode::TOO_MANY_REQUESTS, "{refused:?}");
    ensure!(header(&refused, "ratelimit").starts_with("\"person\";r=0;t=60"), "{refused:?}");
    let wait: u64 = header(&refused, "retry-after").parse()?;
    ensure!((1..=6).contains(&wait), "{wait}");
    ensure!(header(&refused, "content-type") == "application/problem+json");
    let problem: Value = refused.json().await?;
    ensure!(problem["code"] == "tjeneste.for-ofte" && problem["retryable"] == true, "{problem}");
    ensure!(problem["retry_after"] == wait || problem["retryAfter"] == wait, "{problem}");
    // Signing in took two steps. One more attempt; then none, also with the right name, from this address.
    for expected in [StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS, StatusCode::TOO_MANY_REQUESTS] {
        let id = if expected == StatusCode::FORBIDDEN { "nobody" } else { "pk_test_sandbox" };
        let asked = json!({ "clientId": id, "origin": "http://127.0.0.1:1" });
        let attempt = client.anonymous(Method::POST, "/api/v1/embed-sessions").json(&asked);
        let answer = attempt.header("x-forwarded-for", "203.0.113.1").send().await?;
        ensure!(answer.status() == expected, "{answer:?}");
        ensure!(header(&answer, "ratelimit-policy").contains("\"sign-in\";q=3;w=60"), "{answer:?}");
    }
    let ended = client.anonymous(Method::GET, "/api/v1/sign-in/front-channel?iss=x&sid=x").send().await?;
    ensure!(ended.status() == StatusCode::TOO_MANY_REQUESTS, "{ended:?}");
    // What needs no person is not counted.
    ensure!(client.anonymous(Method::GET, "/health/live").send().await?.status() == StatusCode::OK);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_everybody_has_a_limit_of_sign_ins_of_their_own() -> Result<()> {
    let server = Server::start_with(&[("KONVOLUTT_LIMITS__SIGN_IN", "1"), ("KONVOLUTT_SERVER__PROXIES", "127.0.0.1")])?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    for (source, expected) in
        [("203.0.113.1", 403), ("203.0.113.1", 429), ("203.0.113.2", 403), ("203.0.113.9, 203.0.113.2", 429)]
    {
        let attempt = http.post(format!("{}/api/v1/embed-sessions", server.base())).header("x-forwarded-for", source);
        let answer = attempt.json(&json!({ "clientId": "nobody", "origin": "x" })).send().await?;
        ensure!(answer.status() == expected, "{source}: {answer:?}");
    }
    Ok(())
}
