//! Tenants never see each other: every route of the API is tried by somebody of another organisation, by a key of
//! theirs and by a frame of theirs, and by nobody at all. A route that the table lacks fails the test.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use anyhow::{Result, ensure};
use konvolutt_shared::api::{ApiKeySecret, EmbedSession, EmbedTicket, WebhookSecret};
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::routes::{self, API};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const THEIRS: &str = "310904015";
const SOLVIK: &str = "310900117";
const ORIGIN: &str = "http://localhost:4711";

/// What we send waits for approval.
const CONFIGURATION: [(&str, &str); 2] = [
    ("KONVOLUTT_WEBHOOKS__LOOPBACK", "allowed"),
    ("KONVOLUTT_APPROVALS", r#"[{ organisation = "310904007", channels = [] }]"#),
];

/// What must come of a request by the wrong one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// 403 or 404: it is about something of ours.
    Refused,
    /// Whatever it answers is about themselves; nothing of ours is in it.
    Own,
    /// Anybody may ask, and hears nothing about anybody.
    Open,
}

use Outcome::{Open, Own, Refused};

/// Method, route, address and body. `{out}`, `{in}`, `{upload}`, `{webhook}`, `{key}`, `{envelope}` and `{ours}` are ours.
const ROUTES: &[(&str, &str, &str, &str, Outcome)] = &[
    ("GET", "/session", "/session", "", Own),
    ("DELETE", "/session", "", "", Own),
    ("POST", "/session/everywhere", "", "", Own),
    ("GET", "/sign-in", "/sign-in", "", Open),
    ("GET", "/sign-in/callback", "/sign-in/callback?code=x&state=x", "", Open),
    ("POST", "/sign-in/back-channel", "/sign-in/back-channel", "", Open),
    ("GET", "/sign-in/front-channel", "/sign-in/front-channel?iss=x&sid=x", "", Open),
    ("GET", "/keys", "/keys", "", Own),
    ("POST", "/keys", "/keys", NEW_KEY, Refused),
    ("DELETE", "/keys/{id}", "/keys/{key}", "", Refused),
    ("GET", "/audit", "/audit?organisation={ours}", "", Refused),
    ("GET", "/organisations", "/organisations?query=solvik", "", Own),
    ("POST", "/recipients/lookup", "/recipients/lookup", r#"{"identifier":"310900117"}"#, Own),
    ("POST", "/recipients/contact", "/recipients/contact", r#"{"identifier":"01817010136"}"#, Own),
    ("POST", "/mail-tokens", "/mail-tokens", r#"{"sender":"{ours}"}"#, Refused),
    ("GET", "/print-certificate", "/print-certificate", "", Own),
    ("GET", "/revocation-lists", "/revocation-lists", "", Own),
    ("GET", "/shipment-types", "/shipment-types", "", Own),
    ("OPTIONS", "/uploads", "/uploads", "", Open),
    ("POST", "/uploads", "/uploads", "", Own),
    ("PATCH", "/uploads/{id}", "/uploads/{upload}", "more", Refused),
    ("HEAD", "/uploads/{id}", "/uploads/{upload}", "", Refused),
    ("DELETE", "/uploads/{id}", "/uploads/{upload}", "", Refused),
    ("GET", "/messages", "/messages?organisation={ours}", "", Refused),
    ("GET", "/attention", "/attention?organisation={ours}", "", Refused),
    ("POST", "/messages", "/messages", r#"{"envelope":"{envelope}","upload":"{upload}"}"#, Refused),
    ("GET", "/messages/{id}", "/messages/{in}", "", Refused),
    ("GET", "/messages/{id}/status", "/messages/{in}/status", "", Refused),
    ("GET", "/messages/{id}/package", "/messages/{in}/package", "", Refused),
    ("POST", "/messages/{id}/acknowledge", "/messages/{in}/acknowledge", "", Refused),
    ("POST", "/messages/{id}/receipt", "/messages/{in}/receipt", r#"{"receiptType":"OK"}"#, Refused),
    ("POST", "/messages/{id}/opened", "/messages/{in}/opened", "", Refused),
    ("POST", "/messages/{id}/retry", "/messages/{out}/retry", "", Refused),
    ("POST", "/messages/{id}/handled", "/messages/{out}/handled", "", Refused),
    ("GET", "/messages/{id}/evidence", "/messages/{out}/evidence", "", Refused),
    ("GET", "/approvals", "/approvals?organisation={ours}", "", Refused),
    ("GET", "/approvals/{id}", "/approvals/{out}", "", Refused),
    ("GET", "/approvals/{id}/package", "/approvals/{out}/package", "", Refused),
    ("POST", "/approvals/{id}/approve", "/approvals/{out}/approve", "", Refused),
    ("POST", "/approvals/{id}/return", "/approvals/{out}/return", r#"{"note":"Nei"}"#, Refused),
    ("GET", "/event-log", "/event-log?after=0", "", Own),
    ("GET", "/events", "/events?after=0", "", Own),
    ("POST", "/embed-sessions", "/embed-sessions", r#"{"clientId":"pk_live_x","origin":"https://a.example"}"#, Open),
    ("POST", "/embed/sessions", "/embed/sessions", r#"{"origin":"http://localhost:4711","scope":["send"]}"#, Own),
    ("GET", "/webhooks", "/webhooks", "", Own),
    ("POST", "/webhooks", "/webhooks", r#"{"organisation":"{ours}","address":"http://127.0.0.1:9/x"}"#, Refused),
    ("DELETE", "/webhooks/{id}", "/webhooks/{webhook}", "", Refused),
    ("POST", "/webhooks/{id}/secret", "/webhooks/{webhook}/secret", "", Refused),
    ("POST", "/webhooks/{id}/resume", "/webhooks/{webhook}/resume", "", Refused),
    ("GET", "/webhooks/{id}/deliveries", "/webhooks/{webhook}/deliveries", "", Refused),
    ("POST", "/webhooks/{id}/deliveries/{number}/replay", "/webhooks/{webhook}/deliveries/1/replay", "", Refused),
];

const NEW_KEY: &str = r#"{"organisation":"{ours}","name":"x","scope":["look"],"expires":"{soon}"}"#;

#[test]
fn the_table_has_every_route() -> Result<()> {
    routes::are_all_in(ROUTES.iter().map(|(method, route, ..)| (*method, *route)))
}

/// Somebody with a way to say who they are.
struct Asker {
    name: &'static str,
    header: Option<(&'static str, String)>,
}

/// What is ours, and what somebody could find of it in an answer.
struct Ours {
    client: Client,
    names: Vec<(&'static str, String)>,
}

impl Ours {
    /// A letter out, one in, an upload, a webhook and a key.
    async fn make(base: &str) -> Result<Self> {
        let client = Client::sign_in(base, "siri", OURS).await?;
        let letter = client.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?;
        let out = client.send(&letter).await?.summary.id;
        client.let_write(SOLVIK, "good").await?;
        let incoming = client.wait_for_incoming(|message| message.document_type == "arkivmelding").await?.summary.id;
        let upload = client.begin_upload(10).await?;
        let body = json!({ "organisation": OURS, "address": "http://127.0.0.1:9/hook" });
        let answer = client.request(Method::POST, "/api/v1/webhooks").json(&body).send().await?;
        let webhook: WebhookSecret = answer.error_for_status()?.json().await?;
        let key = make_key(&client, OURS, &["look"]).await?;
        let unsent = client.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?;
        let names = vec![
            ("out", out),
            ("in", incoming),
            ("upload", upload),
            ("webhook", webhook.webhook.id),
            ("key", key.key.id),
            ("ours", OURS.to_owned()),
            ("envelope", unsent.envelope),
            ("soon", soon()),
        ];
        Ok(Self { client, names })
    }

    fn fill(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// Ids of ours that an answer holds.
    fn found_in(&self, text: &str) -> Vec<&'static str> {
        let secret = |name: &str| !matches!(name, "envelope" | "soon");
        let found = self.names.iter().filter(|(name, value)| secret(name) && text.contains(value));
        found.map(|(name, _)| *name).collect()
    }

    /// Everything that others could have changed. What we sent ourselves goes on by itself, so only its id counts.
    async fn state(&self) -> Result<Value> {
        let mut state = Vec::new();
        let incoming = self.names.iter().find(|(name, _)| *name == "in").map(|(_, id)| id.as_str()).unwrap_or_default();
        for path in ["/messages?organisation={ours}", "/webhooks", "/keys"] {
            let answer = self.client.request(Method::GET, &format!("/api/v1{}", self.fill(path))).send().await?;
            let mut told = answer.error_for_status()?.json::<Value>().await?;
            // Others' letters may come in meanwhile; that is nobody's doing here.
            if let Some(items) = told.get_mut("items").and_then(Value::as_array_mut) {
                items.retain(|one| one["direction"] == "out" || one["id"] == incoming);
            }
            for sent in told
                .get_mut("items")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
                .filter(|one| one["direction"] == "out")
            {
                *sent = sent["id"].clone();
            }
            state.push(told);
        }
        let upload = self.names.iter().find(|(name, _)| *name == "upload").unwrap();
        state.push(json!(self.client.offset(&upload.1).await?));
        Ok(Value::Array(state))
    }
}

fn soon() -> String {
    (jiff::Timestamp::now() + Duration::from_secs(3600)).to_string()
}

async fn make_key(client: &Client, organisation: &str, scope: &[&str]) -> Result<ApiKeySecret> {
    let body = json!({ "organisation": organisation, "name": "prøve", "scope": scope, "expires": soon() });
    let answer = client.request(Method::POST, "/api/v1/keys").json(&body).send().await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.text().await?);
    Ok(answer.json().await?)
}

/// Everybody of another organisation that there is.
async fn strangers(base: &str, anonymous: &Client) -> Result<Vec<Asker>> {
    let jon = Client::sign_in(base, "jon", THEIRS).await?;
    let all = ["directory", "look", "send", "open", "webhooks", "embed"];
    let key = make_key(&jon, THEIRS, &all).await?.secret;
    let leo = Client::sign_in(base, "leo", "310904120").await?;
    let bearer = |token: &str| Some(("authorization", format!("Bearer {token}")));
    let body = json!({ "origin": ORIGIN, "scope": ["directory", "look", "send", "open"] });
    let mint = anonymous.anonymous(Method::POST, "/api/v1/embed/sessions").bearer_auth(&key).json(&body);
    let ticket: EmbedTicket = mint.send().await?.error_for_status()?.json().await?;
    let body = json!({ "clientId": "pk_test_sandbox", "origin": ORIGIN, "ticket": ticket.ticket });
    let begin = anonymous.anonymous(Method::POST, "/api/v1/embed-sessions").json(&body);
    let frame: EmbedSession = begin.send().await?.error_for_status()?.json().await?;
    Ok(vec![
        Asker { name: "a person of another organisation", header: Some(("cookie", jon.cookie().to_owned())) },
        Asker {
            name: "a person who approves at another organisation",
            header: Some(("cookie", leo.cookie().to_owned())),
        },
        Asker { name: "a key of another organisation", header: bearer(&key) },
        Asker { name: "a frame of another organisation", header: bearer(&frame.token) },
    ])
}

fn request(
    ours: &Ours,
    asker: &Asker,
    (method, _, path, body, _): &(&str, &str, &str, &str, Outcome),
) -> RequestBuilder {
    let path = format!("{API}{}", ours.fill(path));
    let mut request = ours.client.anonymous(method.parse().unwrap(), &path).timeout(Duration::from_secs(20));
    if path.contains("/uploads") {
        request = request.header("upload-length", 10).header("upload-offset", 0).header("tus-resumable", "1.0.0");
        request = request.header("content-type", "application/offset+octet-stream");
    } else if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(ours.fill(body));
    asker.header.iter().fold(request, |request, (name, value)| request.header(*name, value))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_of_another_organisation_gets_anything() -> Result<()> {
    let server = Server::start_with(&CONFIGURATION)?;
    let ours = Ours::make(&server.base()).await?;
    let mut askers = strangers(&server.base(), &ours.client).await?;
    askers.push(Asker { name: "nobody", header: None });
    askers.push(Asker { name: "a forger", header: Some(("authorization", format!("Bearer {}", "0".repeat(64)))) });
    let before = ours.state().await?;
    for asker in &askers {
        let known = asker.name.starts_with("a ") && asker.name != "a forger";
        for row in ROUTES.iter().filter(|row| !row.2.is_empty()) {
            let (method, route, .., outcome) = *row;
            let answer = request(&ours, asker, row).send().await?;
            let status = answer.status();
            let told = format!("{} with {method} {route}: {status}", asker.name);
            match outcome {
                Refused | Own if !known => ensure!(status == StatusCode::UNAUTHORIZED, "{told}"),
                Refused => ensure!(matches!(status.as_u16(), 403 | 404), "{told}"),
                Own | Open => ensure!(!status.is_server_error() && status != StatusCode::UNAUTHORIZED, "{told}"),
            }
            let mut text = String::new();
            // A stream has no end; what it has to tell of the past comes at once.
            let mut answer = answer;
            while let Ok(Ok(Some(chunk))) = tokio::time::timeout(Duration::from_millis(500), answer.chunk()).await {
                text.push_str(&String::from_utf8_lossy(&chunk));
            }
            // The register names everybody.
            let found = if route == "/organisations" { Vec::new() } else { ours.found_in(&text) };
            ensure!(found.is_empty(), "{told} and tells of {found:?}");
        }
    }
    let after = ours.state().await?;
    ensure!(after == before, "somebody changed something of ours: {before} {after}");
    let auditor = Client::sign_in(&server.base(), "rut", OURS).await?;
    let log = auditor.request(Method::GET, &format!("/api/v1/audit?organisation={OURS}")).send().await?.text().await?;
    ensure!(log.contains("siri") && !log.contains("jon") && !log.contains("leo"), "what was refused was done: {log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_would_find_somebody_who_gets_in() -> Result<()> {
    let server = Server::start_with(&CONFIGURATION)?;
    let ours = Ours::make(&server.base()).await?;
    let gro = Client::sign_in(&server.base(), "gro", OURS).await?;
    let asker = |client: &Client| Asker { name: "we", header: Some(("cookie", client.cookie().to_owned())) };
    let (us, approver) = (asker(&ours.client), asker(&gro));
    // What only the auditor reads, what waits for no retry and needs nobody, and what is made or gone after the first.
    let not = ["/audit", "/messages/{id}/retry", "/messages/{id}/handled", "/webhooks/{id}/deliveries/{number}/replay"];
    for row in ROUTES.iter().filter(|row| row.4 == Refused && row.0 != "DELETE" && !not.contains(&row.1)) {
        let us = if row.1.starts_with("/approvals") { &approver } else { &us };
        let answer = request(&ours, us, row).send().await?;
        let status = answer.status();
        let (method, route, ..) = row;
        ensure!(!matches!(status.as_u16(), 401 | 403 | 404), "{method} {route}: {status} {}", answer.text().await?);
    }
    Ok(())
}
