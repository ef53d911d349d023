//! What every answer must carry, and what none may.

use anyhow::{Result, ensure};
use konvolutt_tests::Server;
use konvolutt_tests::client::Client;
use konvolutt_tests::routes::declared;

use super::paths::with_front_end;
use super::wire::{Answer, ask, begin, exchange, parse};

/// On every answer, whatever it is (threat model, 2 and 7).
const EVERYWHERE: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
];

/// What others embed is theirs to load; its policy says who they are.
const EMBEDDED: [&str; 2] = ["/embed/v1/frame", "/embed/v1/efm-send.js"];

/// What is not described in the API: pages, files, health, what the sandbox hands out; and addresses that are odd.
const BESIDES: &[&str] = &[
    "/",
    "/innboks",
    "/lab",
    "/lab/deep",
    "/assets/app.js",
    "/assets/none.js",
    "/embed/v1/efm-send.js",
    "/embed/v1/frame",
    "/embed/v1/frame?client_id=pk_test_sandbox",
    "/embed/v1/none",
    "/trust.json",
    "/health/live",
    "/health/ready",
    "/api",
    DESCRIPTION,
    "/sandbox/",
    "/sandbox/services",
    "/sandbox/mailbox",
    "/sandbox/mailbox.json",
    "/sandbox/style.css",
    "/sandbox/keystores/310904007.p12",
    "/sandbox/keystores/none",
    "/sandbox/openid/people.json",
    "/sandbox/openid/authorize",
    "/sandbox/faults",
    "/sandbox/inbox",
    "/sandbox/receipts",
    "/sandbox/write",
    "/sandbox/control/shipments",
    "/sandbox/control/write",
    "/api/v1/messages?organisation=310904007",
    "/api/v1/messages?organisation=310900117",
    "/api/v1/organisations?query=x",
    "/api/v1/event-log?after=nonsense",
    "/api/v1/none",
    "/api/v1/%ff",
    "/api/v1/messages/%ff",
    "/%00",
];

/// The API's description is for everybody, and may be kept.
const DESCRIPTION: &str = "/api/v1/openapi.json";

/// Every route of the API with ids filled in, and everything besides.
fn paths() -> Vec<String> {
    let mut paths: Vec<String> = declared().into_iter().map(|(_, route)| filled(&route)).collect();
    paths.extend(BESIDES.iter().map(|path| (*path).to_owned()));
    paths.sort();
    paths.dedup();
    paths
}

/// A route with something that nobody has for each `{…}`.
fn filled(route: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "none".to_owned() } else { part.to_owned() };
    route.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Who is signed in no longer is afterwards, and the rest of the list would be asked by nobody.
fn signs_out(method: &str, path: &str) -> bool {
    matches!((method, path), ("DELETE", "/api/v1/session") | ("POST", "/api/v1/session/everywhere"))
}

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];

fn assert_guarded(what: &str, path: &str, answer: &Answer) -> Result<()> {
    for (name, value) in EVERYWHERE {
        ensure!(answer.header(name) == Some(value), "{what}: {name}: {answer:?}");
    }
    let plain = path.split('?').next().unwrap_or_default();
    let policy = answer.header("content-security-policy").unwrap_or_default();
    ensure!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
    ensure!(policy.contains("base-uri 'none'"), "{what}: {policy}");
    let forms = policy.contains("form-action 'self'") || policy.contains("form-action 'none'");
    ensure!(forms, "{what}: {policy}");
    for never in ["unsafe-inline", "'unsafe-eval'", "http:", "https:"] {
        ensure!(!policy.contains(never) || plain == "/embed/v1/frame", "{what}: {policy}");
    }
    let ancestors = policy.split("frame-ancestors ").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    let known = path.contains("client_id=pk_test_sandbox") && answer.status == 200;
    ensure!((ancestors == "'none'") != known && !ancestors.is_empty(), "{what}: {policy}");
    let embedded = EMBEDDED.contains(&plain) && answer.status == 200;
    let resource = if embedded { "cross-origin" } else { "same-origin" };
    ensure!(answer.header("cross-origin-resource-policy") == Some(resource), "{what}: {answer:?}");
    let opener = answer.header("cross-origin-opener-policy");
    let framed = plain == "/embed/v1/frame" && answer.status == 200;
    ensure!(opener == Some(if framed { "unsafe-none" } else { "same-origin" }), "{what}: {answer:?}");
    let open = answer.header("access-control-allow-origin");
    ensure!(open.is_none() || plain == "/embed/v1/efm-send.js", "{what}: {answer:?}");
    if plain == DESCRIPTION && matches!(answer.status, 200 | 304) {
        ensure!(answer.header("cache-control") == Some("no-cache"), "{what}: {answer:?}");
    } else if path.starts_with("/api/v1/") && plain != DESCRIPTION {
        ensure!(answer.header("cache-control") == Some("no-store"), "{what}: {answer:?}");
    }
    for name in ["server", "x-powered-by", "via"] {
        ensure!(answer.header(name).is_none(), "{what}: {name} tells what it is made of");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_and_nothing_breaks() -> Result<()> {
    let (_folder, server) = with_front_end()?;
    let client = Client::sign_in(&server.base(), "siri", "310904007").await?;
    for cookie in [String::new(), format!("cookie: {}\r\n", client.cookie())] {
        for path in paths() {
            for method in METHODS {
                if signs_out(method, &path) && !cookie.is_empty() {
                    continue;
                }
                let what = format!("{method} {path}");
                let headers = format!("{cookie}content-length: 0\r\n");
                // A stream has no end.
                let streams = method == "GET" && path == "/api/v1/events";
                let answer = if streams { begin(&server, &what, &headers) } else { ask(&server, &what, &headers, "") };
                ensure!(answer.status < 500, "{what}: {answer:?}");
                assert_guarded(&what, &path, &answer)?;
                if answer.status == 405 {
                    ensure!(answer.header("allow").is_some(), "{what}: {answer:?}");
                }
                ensure!(
                    !matches!(method, "TRACE" | "PUT" | "BREW") || matches!(answer.status, 404 | 405 | 400),
                    "{what}: {answer:?}"
                );
            }
        }
    }
    // Refusals that are made before a route is found.
    for (what, headers, status) in
        [("another host", "", 421), ("a page of another site", "sec-fetch-site: cross-site\r\n", 403)]
    {
        let line = if status == 421 { "POST http://evil.example/api/v1/session" } else { "POST /api/v1/session" };
        let answer = if status == 421 {
            let request = format!("{line} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
            parse(&exchange(&server, request.as_bytes()))
        } else {
            ask(&server, line, headers, "")
        };
        ensure!(answer.status == status, "{what}: {answer:?}");
        for (name, value) in EVERYWHERE {
            ensure!(answer.header(name) == Some(value), "{what}: {name}: {answer:?}");
        }
    }
    Ok(())
}

/// What hyper refuses before there is a request: the least that an answer can be, and nothing of what was sent.
#[test]
fn what_is_refused_before_it_is_a_request_says_nothing_at_all() -> Result<()> {
    let server = Server::start()?;
    let long = format!("GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-planted: {}\r\n\r\n", "p".repeat(64 << 10));
    for (what, request, status) in [
        ("no HTTP", "planted\r\n\r\n", 400),
        ("a header that is none", "GET /planted HTTP/1.1\r\nhost: localhost\r\nplanted\r\n\r\n", 400),
        ("two lengths", "POST /planted HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1, 2\r\n\r\n", 400),
        ("a header that is too long", &long, 431),
    ] {
        let answer = parse(&exchange(&server, request.as_bytes()));
        ensure!(answer.status == status, "{what}: {answer:?}");
        let mut names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        ensure!(names == ["connection", "content-length", "date"], "{what}: {answer:?}");
        ensure!(answer.header("content-length") == Some("0") && answer.body.is_empty(), "{what}: {answer:?}");
        ensure!(answer.header("connection") == Some("close"), "{what}: {answer:?}");
    }
    Ok(())
}

/// Signing out leaves nothing behind in the browser.
#[tokio::test(flavor = "multi_thread")]
async fn signing_out_clears_what_the_browser_keeps() -> Result<()> {
    let (_folder, server) = with_front_end()?;
    for line in ["DELETE /api/v1/session", "POST /api/v1/session/everywhere"] {
        let client = Client::sign_in(&server.base(), "siri", "310904007").await?;
        let headers = format!("cookie: {}\r\ncontent-length: 0\r\n", client.cookie());
        let stays = ask(&server, "GET /api/v1/session", &headers, "");
        ensure!(stays.status == 200 && stays.header("clear-site-data").is_none(), "{line}: {stays:?}");
        let answer = ask(&server, line, &headers, "");
        ensure!(answer.status == 200 && answer.header("clear-site-data") == Some("\"storage\""), "{line}: {answer:?}");
        ensure!(answer.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")), "{line}: {answer:?}");
        ensure!(ask(&server, "GET /api/v1/session", &headers, "").status == 401, "{line}: it has ended");
    }
    Ok(())
}

/// What must not come back in an answer that refuses, however it is handed in.
#[tokio::test(flavor = "multi_thread")]
async fn no_refusal_repeats_what_may_be_secret_or_tells_of_the_inside() -> Result<()> {
    const SECRET: &str = "planted-secret-4711";
    const NUMBER: &str = "13097248022";
    let (folder, server) = with_front_end()?;
    let client = Client::sign_in(&server.base(), "siri", "310904007").await?;
    let cookie = format!("cookie: {}\r\n", client.cookie());
    let token = client.cookie().split_once('=').unwrap().1.to_owned();
    let json = |body: &str| format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    let bad = format!("{{\"person\": \"{SECRET}\", \"identifier\": \"{NUMBER}\"");
    let whole = format!("{bad}}}");
    let mut seen = 0;
    for (line, headers, body) in [
        ("POST /api/v1/session".to_owned(), json(&bad), bad.as_str()),
        ("POST /api/v1/session".to_owned(), json(&whole), &whole),
        ("POST /api/v1/recipients/lookup".to_owned(), json(&whole), &whole),
        ("POST /api/v1/messages".to_owned(), json(&whole), &whole),
        ("POST /api/v1/webhooks".to_owned(), json(&whole), &whole),
        (format!("GET /api/v1/messages/{SECRET}"), String::new(), ""),
        (format!("GET /api/v1/messages/{NUMBER}/package"), String::new(), ""),
        (format!("GET /api/v1/messages?organisation={NUMBER}&cursor={SECRET}"), String::new(), ""),
        (format!("GET /api/v1/{SECRET}"), String::new(), ""),
        (format!("GET /api/v1/uploads/{SECRET}"), String::new(), ""),
        ("GET /api/v1/session".to_owned(), format!("authorization: Bearer {SECRET}\r\n"), ""),
        ("GET /api/v1/session".to_owned(), format!("cookie: __Host-konvolutt={SECRET}\r\n"), ""),
        ("POST /api/v1/uploads".to_owned(), format!("upload-length: {SECRET}\r\n"), ""),
    ] {
        for cookie in ["", &cookie] {
            if !cookie.is_empty() && (headers.contains("cookie") || headers.contains("authorization")) {
                continue;
            }
            let answer = ask(&server, &line, &format!("{cookie}{headers}"), body);
            ensure!((400..500).contains(&answer.status), "{line}: {answer:?}");
            let text = format!("{answer:?}");
            let inside = folder.path().to_string_lossy().into_owned();
            for never in [SECRET, NUMBER, &token, &inside, "relay.sqlite", "/src/", "panicked", "SELECT", "rusqlite"] {
                ensure!(!text.contains(never), "{line}: {never} in {text}");
            }
            if line.contains("/api/") && answer.status != 405 {
                ensure!(answer.header("content-type") == Some("application/problem+json"), "{line}: {answer:?}");
            }
            seen += 1;
        }
    }
    ensure!(seen == 24, "{seen}");
    Ok(())
}
