//! What a collector gets: one trace a message, over every try, the receipt and the webhook, and nothing that is secret.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use axum::routing::any;
use konvolutt_shared::api::Status;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::server::How;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{OURS, PLANTED, RATE_LIMITED, planted, private_keys};

/// Fields that may come with a span: those of `observe::FIELDS`, and what the library adds.
const ALLOWED: [&str; 10] =
    ["attempts", "code", "message", "status", "transfer", "webhook", "busy_ns", "idle_ns", "service.name", "delivery"];

/// Everything that was heard: paths, headers and bodies.
#[derive(Clone, Debug, Default)]
struct Heard(Arc<Mutex<Vec<(String, HeaderMap, String)>>>);

impl Heard {
    /// Listens on loopback and takes everything.
    async fn listen(&self) -> Result<String> {
        let heard = self.0.clone();
        let take = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let body = String::from_utf8_lossy(&body).into_owned();
            heard.lock().unwrap().push((uri.path().to_owned(), headers, body));
            async { "{}" }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        tokio::spawn(axum::serve(listener, Router::new().fallback(any(take))).into_future());
        Ok(address)
    }

    fn all(&self) -> Vec<(String, HeaderMap, String)> {
        self.0.lock().unwrap().clone()
    }

    /// Every span: name, trace, own id, parent's id, and its attributes.
    fn spans(&self) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        for (path, _, body) in self.all() {
            ensure!(path == "/v1/traces", "{path}");
            let body: Value = serde_json::from_str(&body)?;
            for resource in body["resourceSpans"].as_array().context("no resourceSpans")? {
                for scope in resource["scopeSpans"].as_array().context("no scopeSpans")? {
                    for span in scope["spans"].as_array().context("no spans")? {
                        spans.push(Span::read(span)?);
                    }
                }
            }
        }
        Ok(spans)
    }
}

#[derive(Clone, Debug)]
struct Span {
    name: String,
    trace: String,
    parent: String,
    attributes: Value,
    text: String,
}

impl Span {
    fn read(span: &Value) -> Result<Self> {
        let text = |name: &str| span[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            name: text("name"),
            trace: text("traceId"),
            parent: text("parentSpanId"),
            attributes: span["attributes"].clone(),
            text: span.to_string(),
        })
    }

    fn attribute(&self, name: &str) -> Option<String> {
        let found = self.attributes.as_array()?.iter().find(|one| one["key"] == name)?;
        let value = found["value"].as_object()?.values().next()?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

async fn one_trace_over_tries_receipt_and_webhook(how: How) -> Result<()> {
    let (collector, receiver) = (Heard::default(), Heard::default());
    let (collects, receives) = (collector.listen().await?, receiver.listen().await?);
    let environment = [("KONVOLUTT_OBSERVE__OTLP", collects.as_str()), ("KONVOLUTT_WEBHOOKS__LOOPBACK", "allowed")];
    let mut server = Server::start_as(how.with_environment(&environment))?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let hook = json!({ "organisation": OURS, "address": format!("{receives}/hook") });
    let made = client.request(Method::POST, "/api/v1/webhooks").json(&hook).send().await?;
    ensure!(made.status() == StatusCode::CREATED, "{made:?}");
    // The broker refuses this one's letters a few times. The client says what it is doing.
    let (asked, above) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let letter = client.seal(RATE_LIMITED, &[document(planted("file name"), planted("content"))]).await?;
    let upload = client.upload(&letter.package).await?;
    let submission = json!({ "envelope": letter.envelope, "upload": upload });
    let submit = client.request(Method::POST, "/api/v1/messages").json(&submission);
    let sent = submit.header("traceparent", format!("00-{asked}-{above}-00")).send().await?;
    ensure!(sent.status() == StatusCode::CREATED, "{sent:?}");
    let id = sent.json::<Value>().await?["id"].as_str().context("no id")?.to_owned();
    // What is planted where it does not belong.
    let lookup = json!({ "identifier": planted("national identity number"), "process": planted("title") });
    client.request(Method::POST, "/api/v1/recipients/lookup").json(&lookup).send().await?;
    let bad = json!({ "envelope": planted("title"), "upload": planted("national identity number") });
    let odd = client.request(Method::POST, "/api/v1/messages").json(&bad).bearer_auth(planted("bearer token"));
    odd.header("traceparent", planted("search")).header("tracestate", planted("search")).send().await?;
    client.request(Method::POST, "/api/v1/messages").json(&bad).send().await?;
    client.wait_for(&id, Status::Levert).await?;
    // Another one says nothing, and has a trace of its own.
    let other = client.send(&client.seal("310900419", &[document("brev.txt", "a")]).await?).await?.summary.id;
    client.wait_for(&other, Status::Levert).await?;
    let told = |text: &str| receiver.all().iter().filter(|(.., body)| body.contains(text)).count();
    for _ in 0..300 {
        if told("LEVERT") >= 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    server.stop()?;

    let spans = collector.spans()?;
    let names: BTreeSet<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    ensure!(
        names == BTreeSet::from(["message.accept", "message.deliver", "message.receipt", "webhook.post"]),
        "{names:?}"
    );
    let of = |message: &str, name: &str| -> Vec<&Span> {
        let fits = |span: &&Span| span.name == name && span.attribute("message").as_deref() == Some(message);
        spans.iter().filter(fits).collect()
    };
    let accepted = of(&id, "message.accept");
    ensure!(accepted.len() == 1 && accepted[0].trace == asked && accepted[0].parent == above, "{accepted:?}");
    let tries = of(&id, "message.deliver");
    ensure!(tries.len() >= 2, "nothing was tried again: {tries:?}");
    ensure!(tries.iter().all(|span| span.trace == asked), "{tries:?}");
    ensure!(tries.iter().filter(|span| span.attribute("code").is_some()).count() == tries.len() - 1, "{tries:?}");
    let posts = of(&id, "webhook.post");
    ensure!(posts.len() >= 3 && posts.iter().all(|span| span.trace == asked), "{posts:?}");
    let receipts = spans.iter().filter(|span| span.name == "message.receipt" && span.trace == asked);
    ensure!(receipts.count() >= 1, "no receipt in the trace: {spans:?}");
    let one = of(&other, "message.accept");
    ensure!(one.len() == 1 && one[0].trace != asked && one[0].parent.is_empty(), "{one:?}");
    ensure!(of(&other, "message.deliver").iter().all(|span| span.trace == one[0].trace), "{spans:?}");

    // Nobody outside gets a trace of ours.
    for (_, headers, body) in receiver.all() {
        ensure!(headers.keys().all(|name| !name.as_str().contains("trace")) && !body.contains(asked), "{headers:?}");
    }
    let mut secrets: Vec<(String, String)> =
        PLANTED.iter().map(|(name, secret)| ((*name).to_owned(), (*secret).to_owned())).collect();
    secrets.extend(private_keys(&server.data())?);
    secrets.push(("session token".to_owned(), client.cookie().split_once('=').context("no cookie")?.1.to_owned()));
    secrets.push(("envelope".to_owned(), letter.envelope[200..260].to_owned()));
    secrets.push(("name".to_owned(), "Siri".to_owned()));
    for (_, headers, body) in collector.all() {
        for (what, secret) in &secrets {
            ensure!(!body.contains(secret) && !format!("{headers:?}").contains(secret), "{what} stands in a trace");
        }
    }
    for span in &spans {
        for attribute in span.attributes.as_array().into_iter().flatten() {
            let key = attribute["key"].as_str().unwrap_or_default();
            ensure!(ALLOWED.contains(&key), "{key}: {}", span.text);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_one_trace_on_sqlite() -> Result<()> {
    one_trace_over_tries_receipt_and_webhook(How::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_one_trace_on_postgresql() -> Result<()> {
    let Some(how) = How::on_postgresql() else { return Ok(()) };
    one_trace_over_tries_receipt_and_webhook(how).await
}
