//! Signing in and out, roles, API keys and embed sessions, over HTTP against the built server.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use konvolutt_shared::api::{
    ApiKey, ApiKeySecret, AuditLine, EmbedSession, EmbedTicket, Page, Problem, Session, SignedOut,
};
use konvolutt_shared::finding::Code;
use konvolutt_tests::Server;
use konvolutt_tests::client::Client;
use konvolutt_tests::sign_in::{Browser, location};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const COOKIE: &str = "__Host-konvolutt";
const ATTEMPT: &str = "__Host-konvolutt-sign-in";
const FAILED: &str = "/logg-inn?feil=innlogging.mislyktes";
const ORIGIN: &str = "http://localhost:4711";

async fn is_signed_in(browser: &mut Browser) -> Result<bool> {
    Ok(browser.go("/api/v1/session").await?.status() == StatusCode::OK)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_at_the_provider_and_comes_back() -> Result<()> {
    let server = Server::start_with(&[])?;
    let mut browser = Browser::new(&server.base())?;
    let back = browser.choose("ada", "/innboks%3Fside%3D2").await?;
    ensure!(!is_signed_in(&mut browser).await?);
    let arrived = browser.go(&back).await?;
    ensure!(location(&arrived)? == "/innboks?side=2");
    let cookies: Vec<&str> = arrived.headers().get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    ensure!(
        cookies.len() == 2 && cookies[0].starts_with("__Host-konvolutt-sign-in=;") && cookies[0].contains("Max-Age=0")
    );
    for part in ["__Host-konvolutt=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        ensure!(cookies[1].contains(part) && !cookies[1].contains("Domain"), "{part}: {}", cookies[1]);
    }
    let session: Session = browser.go("/api/v1/session").await?.json().await?;
    let organisations: Vec<&str> = session.person.organisations.iter().map(|one| one.orgnr.as_str()).collect();
    ensure!(organisations == ["310904007", "310904015"] && session.sandbox, "{session:?}");
    ensure!(session.latest > session.expires && session.person.roles.len() == 2, "{session:?}");
    // Whoever signs in again has another session, and the one before has ended.
    let before = browser.cookie(COOKIE).unwrap().to_owned();
    let back = browser.choose("siri", "/").await?;
    browser.go(&back).await?;
    ensure!(browser.cookie(COOKIE) != Some(before.as_str()) && is_signed_in(&mut browser).await?);
    browser.set(COOKIE, &before);
    ensure!(!is_signed_in(&mut browser).await?, "the session before was left");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_and_in_the_browser_that_asked() -> Result<()> {
    let server = Server::start_with(&[])?;
    let (mut victim, mut thief) = (Browser::new(&server.base())?, Browser::new(&server.base())?);
    let back = victim.choose("siri", "/").await?;
    // In a browser that has asked for nothing, and in one that has asked for something else.
    ensure!(location(&thief.go(&back).await?)? == FAILED && thief.cookie(COOKIE).is_none());
    thief.choose("jon", "/").await?;
    ensure!(location(&thief.go(&back).await?)? == FAILED && thief.cookie(COOKIE).is_none());
    // The answer of another provider (RFC 9207), and one with nobody's code.
    for (part, other) in [("iss=http", "iss=https"), ("code=", "code=0")] {
        let attempt = victim.cookie(ATTEMPT).unwrap().to_owned();
        ensure!(location(&victim.go(&back.replacen(part, other, 1)).await?)? == FAILED, "{part}");
        victim.set(ATTEMPT, &attempt);
    }
    let attempt = victim.cookie(ATTEMPT).unwrap().to_owned();
    ensure!(location(&victim.go(&back).await?)? == "/" && is_signed_in(&mut victim).await?);
    // Again, with everything that the browser had.
    victim.set(COOKIE, "");
    victim.set(ATTEMPT, &attempt);
    ensure!(location(&victim.go(&back).await?)? == FAILED && victim.cookie(COOKIE).is_none(), "a code was used twice");
    // Nobody was chosen.
    let start = location(&victim.go("/api/v1/sign-in?back=//evil.example").await?)?;
    let address = reqwest::Url::parse(&server.base())?.join(&start)?;
    let form: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let back = location(&victim.submit(address.path(), &form).await?)?;
    ensure!(back.contains("error=access_denied") && location(&victim.go(&back).await?)? == FAILED);
    // No page of another site is ever gone to.
    let back = victim.choose("siri", "//evil.example").await?;
    ensure!(location(&victim.go(&back).await?)? == "/");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_one_session_or_all() -> Result<()> {
    let server = Server::start_with(&[])?;
    let base = server.base();
    let (one, two, three) = (
        Client::sign_in(&base, "siri", OURS).await?,
        Client::sign_in(&base, "siri", OURS).await?,
        Client::sign_in(&base, "siri", OURS).await?,
    );
    let other = Client::sign_in(&base, "lea", OURS).await?;
    let lives = async |client: &Client| -> Result<bool> {
        Ok(client.request(Method::GET, "/api/v1/session").send().await?.status() == StatusCode::OK)
    };
    // A page of another site cannot do it.
    let foreign = one.request(Method::DELETE, "/api/v1/session").header("sec-fetch-site", "cross-site").send().await?;
    ensure!(foreign.status() == StatusCode::FORBIDDEN && lives(&one).await?);
    let foreign =
        one.request(Method::DELETE, "/api/v1/session").header("origin", "https://evil.example").send().await?;
    ensure!(foreign.status() == StatusCode::FORBIDDEN && lives(&one).await?);
    let answer = one.request(Method::DELETE, "/api/v1/session").send().await?;
    let cookie = answer.headers().get("set-cookie").unwrap().to_str()?.to_owned();
    ensure!(cookie.starts_with("__Host-konvolutt=;") && cookie.contains("Max-Age=0"), "{cookie}");
    let left: SignedOut = answer.json().await?;
    ensure!(left.ended == 1 && !lives(&one).await? && lives(&two).await? && lives(&three).await?);
    // On to the provider, and from there back to the sign-in page.
    let next = left.next.unwrap();
    ensure!(location(&Browser::new(&base)?.go(&next).await?)? == format!("{base}/logg-inn"), "{next}");
    let all = two.request(Method::POST, "/api/v1/session/everywhere").send().await?;
    ensure!(all.json::<SignedOut>().await?.ended == 2);
    ensure!(!lives(&two).await? && !lives(&three).await? && lives(&other).await?);
    Ok(())
}

/// Roles are those of the sign-in. Who takes one away ends what goes on with it, while the relay serves.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_ends_a_persons_sessions_or_all() -> Result<()> {
    let server = Server::start_with(&[])?;
    let base = server.base();
    let (siri, lea) = (Client::sign_in(&base, "siri", OURS).await?, Client::sign_in(&base, "lea", OURS).await?);
    let lives = async |client: &Client| -> Result<bool> {
        Ok(client.request(Method::GET, "/api/v1/session").send().await?.status() == StatusCode::OK)
    };
    let session: Session = siri.request(Method::GET, "/api/v1/session").send().await?.json().await?;
    let end = |who: &str| -> Result<String> {
        let done = server.command(&["sessions", "end", who])?.output()?;
        ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Ok(String::from_utf8(done.stdout)?)
    };
    ensure!(end(&session.person.id)? == "1 session ended\n");
    ensure!(!lives(&siri).await? && lives(&lea).await?);
    ensure!(end("--all")? == "1 session ended\n" && !lives(&lea).await?);
    ensure!(!server.command(&["sessions", "end"])?.output()?.status.success(), "whose?");
    let log = server.command(&["audit", "export"])?.output()?.stdout;
    ensure!(String::from_utf8(log)?.matches("sessions_ended").count() == 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_an_end_whatever_happens() -> Result<()> {
    let server = Server::start_with(&[("KONVOLUTT_IDENTITY__HOURS", "0")])?;
    let mut browser = Browser::new(&server.base())?;
    let back = browser.choose("siri", "/").await?;
    ensure!(location(&browser.go(&back).await?)? == "/" && !is_signed_in(&mut browser).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_its_own() -> Result<()> {
    let server = Server::start_with(&[])?;
    let list = format!("/api/v1/messages?organisation={OURS}");
    let audit = format!("/api/v1/audit?organisation={OURS}");
    let routes = [
        (Method::GET, list.as_str()),
        (Method::GET, "/api/v1/event-log"),
        (Method::GET, "/api/v1/organisations?query=solvik"),
        (Method::POST, "/api/v1/uploads"),
        (Method::GET, "/api/v1/webhooks"),
        (Method::GET, "/api/v1/keys"),
        (Method::GET, audit.as_str()),
    ];
    for (person, allowed) in [
        ("lea", "111...."),
        ("gro", "111...."),
        ("siri", "111111."),
        ("ada", "1111..."),
        ("aud", "....11."),
        ("rut", "......1"),
    ] {
        let client = Client::sign_in(&server.base(), person, OURS).await?;
        for ((method, path), may) in routes.iter().zip(allowed.chars()) {
            let request = client.request(method.clone(), path).header("upload-length", 1);
            let status = request.header("tus-resumable", "1.0.0").send().await?.status();
            let fits = if may == '1' { status.is_success() } else { status == StatusCode::FORBIDDEN };
            ensure!(fits, "{person}: {method} {path}: {status}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_auditor_reads_the_log_and_that_is_written_down() -> Result<()> {
    let server = Server::start_with(&[])?;
    let admin = Client::sign_in(&server.base(), "aud", OURS).await?;
    let key = make(&admin, &["look"], 60).await?;
    let auditor = Client::sign_in(&server.base(), "rut", OURS).await?;
    let read = async |after: u64| -> Result<Vec<Value>> {
        let path = format!("/api/v1/audit?organisation={OURS}&cursor={after}");
        let page: Page<AuditLine> = auditor.request(Method::GET, &path).send().await?.json().await?;
        ensure!(page.items.iter().all(|one| one.number > after) && page.next.is_none());
        page.items.iter().map(|one| Ok(serde_json::from_str(one.line.split_once(' ').unwrap().1)?)).collect()
    };
    let lines = read(0).await?;
    let made = lines.iter().find(|line| line["action"] == "api_key_made").unwrap();
    ensure!(made["object"]["id"] == key.key.id.as_str() && made["who"]["name"] == "aud", "{made}");
    ensure!(!lines.iter().any(|line| line.to_string().contains(&key.secret)));
    let last = lines.last().unwrap();
    ensure!(last["action"] == "audit_read" && last["who"]["name"] == "rut" && last["behalf"] == OURS, "{last}");
    let more = read(last["sequence"].as_u64().unwrap()).await?;
    ensure!(more.len() == 1 && more[0]["action"] == "audit_read", "{more:?}");
    Ok(())
}

async fn make(client: &Client, scope: &[&str], seconds: u64) -> Result<ApiKeySecret> {
    let expires = jiff::Timestamp::now() + Duration::from_secs(seconds);
    let body = json!({ "organisation": OURS, "name": "Sakssystem", "scope": scope, "expires": expires });
    let answer = client.request(Method::POST, "/api/v1/keys").json(&body).send().await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.text().await?);
    Ok(answer.json().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_does_what_it_was_made_for_until_it_is_revoked() -> Result<()> {
    let server = Server::start_with(&[])?;
    let admin = Client::sign_in(&server.base(), "aud", OURS).await?;
    let ApiKeySecret { key, secret } = make(&admin, &["look", "look"], 3600).await?;
    ensure!(secret.starts_with("kv_") && key.used.is_none() && key.scope.len() == 1);
    let with = async |token: &str, path: &str| -> Result<StatusCode> {
        Ok(admin.anonymous(Method::GET, path).bearer_auth(token).send().await?.status())
    };
    let list = format!("/api/v1/messages?organisation={OURS}");
    ensure!(with(&secret, &list).await? == StatusCode::OK);
    for path in ["/api/v1/keys", "/api/v1/webhooks", "/api/v1/session", &format!("/api/v1/audit?organisation={OURS}")] {
        ensure!(with(&secret, path).await? == StatusCode::FORBIDDEN, "{path}");
    }
    // The right id with another secret, and nearly nothing.
    let (front, back) = secret.split_at(secret.len() - 1);
    let other = format!("{front}{}", if back == "0" { "1" } else { "0" });
    for bad in [other.as_str(), front, "kv_", "kv__", &secret.replace("kv_", "")] {
        ensure!(with(bad, &list).await? == StatusCode::UNAUTHORIZED, "{bad}");
    }
    let text = admin.request(Method::GET, "/api/v1/keys").send().await?.text().await?;
    let keys: Vec<ApiKey> = serde_json::from_str(&text)?;
    ensure!(keys.len() == 1 && keys[0].used.is_some() && !text.contains(&secret[40..]), "{text}");
    let soon = make(&admin, &["look"], 10).await?;
    let begun = Instant::now();
    while with(&soon.secret, &list).await? == StatusCode::OK {
        ensure!(begun.elapsed() < Duration::from_secs(60), "it does not expire");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ensure!(with(&soon.secret, &list).await? == StatusCode::UNAUTHORIZED, "it has expired");
    let path = format!("/api/v1/keys/{}", key.id);
    ensure!(admin.request(Method::DELETE, &path).send().await?.status() == StatusCode::NO_CONTENT);
    ensure!(admin.request(Method::DELETE, &path).send().await?.status() == StatusCode::NOT_FOUND);
    ensure!(with(&secret, &list).await? == StatusCode::UNAUTHORIZED, "it was revoked");
    // What no key can be given, or not like this.
    let in_an_hour = (jiff::Timestamp::now() + Duration::from_secs(3600)).to_string();
    for (scope, name, expires) in [
        (vec!["audit"], "n", in_an_hour.as_str()),
        (vec!["keys"], "n", &in_an_hour),
        (vec!["confidential"], "n", &in_an_hour),
        (vec![], "n", &in_an_hour),
        (vec!["look"], " ", &in_an_hour),
        (vec!["look"], "n", "2020-01-01T00:00:00Z"),
        (vec!["look"], "n", "2999-01-01T00:00:00Z"),
    ] {
        let body = json!({ "organisation": OURS, "name": name, "scope": scope, "expires": expires });
        let answer = admin.request(Method::POST, "/api/v1/keys").json(&body).send().await?;
        ensure!(answer.status() == StatusCode::BAD_REQUEST, "{body}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frames_session_is_made_by_a_server_for_one_page() -> Result<()> {
    let server = Server::start_with(&[])?;
    let admin = Client::sign_in(&server.base(), "aud", OURS).await?;
    let ApiKeySecret { key, secret } = make(&admin, &["directory", "send", "embed"], 3600).await?;
    let mint = async |token: &str, body: Value| {
        admin.anonymous(Method::POST, "/api/v1/embed/sessions").bearer_auth(token).json(&body).send().await
    };
    let good = json!({ "origin": ORIGIN, "scope": ["directory", "send"], "name": "Kari" });
    let ticket = async || -> Result<String> {
        Ok(mint(&secret, good.clone()).await?.error_for_status()?.json::<EmbedTicket>().await?.ticket)
    };
    let begin = async |ticket: &str, origin: &str| {
        let body = json!({ "clientId": "pk_test_sandbox", "origin": origin, "ticket": ticket });
        admin.anonymous(Method::POST, "/api/v1/embed-sessions").json(&body).send().await
    };
    let frame = async || -> Result<EmbedSession> {
        Ok(begin(&ticket().await?, ORIGIN).await?.error_for_status()?.json().await?)
    };
    let status = async |token: &str, method: Method, path: &str| -> Result<StatusCode> {
        let request = admin.anonymous(method, path).bearer_auth(token).header("upload-length", 1);
        Ok(request.header("tus-resumable", "1.0.0").send().await?.status())
    };
    // More than the key may, what no frame may, and pages that nobody has allowed.
    for (name, value, refused) in [
        ("scope", json!(["look"]), 403),
        ("scope", json!(["embed"]), 400),
        ("scope", json!([]), 400),
        ("origin", json!("https://evil.example"), 403),
        ("origin", json!("http://localhost.evil.example:1"), 403),
        ("name", json!("x".repeat(81)), 400),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let answer = mint(&secret, body.clone()).await?.status();
        ensure!(answer.as_u16() == refused, "{body}: {answer}");
    }
    let other = make(&admin, &["directory", "send"], 3600).await?.secret;
    ensure!(mint(&other, good.clone()).await?.status() == StatusCode::FORBIDDEN, "a key without this scope");
    let person = admin.request(Method::POST, "/api/v1/embed/sessions").json(&good).send().await?;
    ensure!(person.status() == StatusCode::FORBIDDEN, "only a server");
    // A ticket is no session; in wrong hands it is lost; it counts once.
    let one = ticket().await?;
    ensure!(status(&one, Method::GET, "/api/v1/session").await? == StatusCode::UNAUTHORIZED);
    let wrong = begin(&one, "http://localhost:1").await?.json::<Problem>().await?;
    ensure!(wrong.code == Code::OriginDenied);
    ensure!(begin(&one, ORIGIN).await?.status() == StatusCode::UNAUTHORIZED);
    let one = ticket().await?;
    let session: EmbedSession = begin(&one, ORIGIN).await?.error_for_status()?.json().await?;
    ensure!(begin(&one, ORIGIN).await?.status() == StatusCode::UNAUTHORIZED, "used twice");
    ensure!(begin(&session.token, ORIGIN).await?.status() == StatusCode::UNAUTHORIZED, "a session is no ticket");
    // Short, and with its scope only.
    let left = session.session.latest.duration_since(jiff::Timestamp::now());
    ensure!(left.as_secs() <= 15 * 60 && session.session.person.name == "Kari", "{:?}", session.session);
    let token = &session.token;
    ensure!(status(token, Method::POST, "/api/v1/uploads").await? == StatusCode::CREATED);
    for path in [&format!("/api/v1/messages?organisation={OURS}"), "/api/v1/keys", "/api/v1/event-log"] {
        ensure!(status(token, Method::GET, path).await? == StatusCode::FORBIDDEN, "{path}");
    }
    // One frame's way out is not another's.
    let second = frame().await?;
    ensure!(status(token, Method::POST, "/api/v1/session/everywhere").await? == StatusCode::OK);
    ensure!(status(token, Method::GET, "/api/v1/session").await? == StatusCode::UNAUTHORIZED);
    ensure!(status(&second.token, Method::GET, "/api/v1/session").await? == StatusCode::OK);
    // The key goes, and everything that was made with it.
    admin.request(Method::DELETE, &format!("/api/v1/keys/{}", key.id)).send().await?.error_for_status()?;
    ensure!(status(&second.token, Method::GET, "/api/v1/session").await? == StatusCode::UNAUTHORIZED);
    Ok(())
}
