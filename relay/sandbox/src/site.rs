//! What the sandbox hands out to developers: revocation lists, key stores, and pages about itself.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use crate::authority::PASSWORD;
use crate::clock;
use crate::correspondence;
use crate::error::Error;
use crate::mailbox::Entry;
use crate::seed::{self, Behaviour, ORGANISATIONS, PROVIDERS, RESIDENTS, Route};
use crate::world::World;

/// `/sandbox/`, `/sandbox/ca`, `/sandbox/keystores` and `/sandbox/mailbox`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/sandbox", get(index))
        .route("/sandbox/", get(index))
        .route("/sandbox/style.css", get(style))
        .route("/sandbox/ca/{file}", get(revocation_list))
        .route("/sandbox/keystores/{file}", get(keystore))
        .route("/sandbox/services", get(services))
        .route("/sandbox/mailbox", get(mailbox))
        .route("/sandbox/mailbox.json", get(mailbox_json))
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "sandbox");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

async fn revocation_list(State(world): State<Arc<World>>, Path(file): Path<String>) -> Result<Response, Error> {
    let now = world.clock.wall();
    let list = match file.as_str() {
        "issuing.crl" => world.authority.issuing_crl(now)?,
        "root.crl" => world.authority.root_crl(now)?,
        _ => return Ok(StatusCode::NOT_FOUND.into_response()),
    };
    Ok(([(header::CONTENT_TYPE, "application/pkix-crl")], list).into_response())
}

async fn keystore(State(world): State<Arc<World>>, Path(file): Path<String>) -> Result<Response, Error> {
    let number = file.strip_suffix(".p12").and_then(seed::organisation);
    let Some(one) = number.filter(|one| matches!(one.route, Route::Dpo | Route::Dpf)) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    world.identity(one).await?;
    let (authority, now) = (world.authority.clone(), world.clock.wall());
    let bytes = tokio::task::spawn_blocking(move || authority.keystore(one.number, one.name, now)).await;
    let headers = [
        (header::CONTENT_TYPE, "application/x-pkcs12".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.p12\"", one.number)),
    ];
    Ok((headers, bytes.map_err(Error::authority)??).into_response())
}

async fn mailbox_json(State(world): State<Arc<World>>) -> Result<Json<Value>, Error> {
    let (letters, notices) = correspondence::seen(&world.correspondence, world.clock.now())?;
    let items = Entry::all(&world.database)?;
    Ok(Json(serde_json::json!({ "items": items, "correspondences": letters, "notifications": notices })))
}

const STYLE: &str = ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}\
form ul{list-style:none;padding:0}li{margin:1rem 0}button{font:inherit;padding:.5rem .9rem;border-radius:.4rem;border:1px solid #6b7280}\
table{border-collapse:collapse;display:block;overflow-x:auto}td,th{border-bottom:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top}\
code{overflow-wrap:anywhere}";

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

/// The way back to the first page.
pub(crate) const BACK: &str = "<p><a href=\"/sandbox/\">Sandbox</a></p>";

fn page(title: &str, body: &str) -> Response {
    respond("en", title, body, "'none'")
}

/// A page whose forms come back here.
pub(crate) fn form_page(title: &str, body: &str) -> Response {
    form_page_in("en", title, body)
}

/// The same in another language.
pub(crate) fn form_page_in(lang: &str, title: &str, body: &str) -> Response {
    respond(lang, title, body, "'self'")
}

fn respond(lang: &str, title: &str, body: &str, forms: &str) -> Response {
    let policy =
        format!("default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action {forms}");
    let html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/sandbox/style.css\">\
         </head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

async fn index(State(world): State<Arc<World>>) -> Response {
    let mut body = format!(
        "<p>This is the outside world of Konvolutt, played on loopback. Its services are <strong>emulated from \
         public sources, never compared live</strong>. No number, name or key is real. Every key store has the password <code>{PASSWORD}</code>.</p>\
         <p><a href=\"/sandbox/mailbox\">What the counterparts have received</a></p>\
         <p><a href=\"/sandbox/services\">The services, and what they were made from</a></p>\
         <p><a href=\"/sandbox/faults\">Faults on request</a></p>\
         <p><a href=\"/sandbox/inbox\">Faults of Altinn's inbox on request</a></p>\
         <p><a href=\"/sandbox/receipts\">Receipts on request</a></p>\
         <p><a href=\"/sandbox/write\">Letters to us on request</a></p>\
         <table><thead><tr><th>Number</th><th>Name</th><th>Channel</th><th>Behaviour</th></tr></thead><tbody>"
    );
    for one in ORGANISATIONS {
        let behaviour = match one.behaviour {
            Behaviour::Sender => "ours".to_owned(),
            Behaviour::NotPlayed => "not played".to_owned(),
            other => format!("{other:?}"),
        };
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{:?}</td><td>{behaviour}</td></tr>",
            one.number,
            escape(one.name),
            one.route
        );
    }
    for one in PROVIDERS {
        let _ =
            write!(body, "<tr><td>{}</td><td>{}</td><td>Dpi</td><td>{:?}</td></tr>", one.number, one.name, one.trade);
    }
    body.push_str(
        "</tbody></table><h2>People</h2><table><thead><tr><th>Number</th><th>Name</th><th>Mailbox</th>\
         <th>Inbox at Altinn</th><th>Letters</th></tr></thead><tbody>",
    );
    for one in RESIDENTS {
        let mailbox = one.mailbox.map_or("–", |mailbox| mailbox.provider.name);
        let inbox = one.inbox.map_or_else(|| "–".to_owned(), |inbox| format!("{inbox:?}"));
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{mailbox}</td><td>{inbox}</td><td>{:?}</td></tr>",
            one.number, one.name, one.habit
        );
    }
    let _ = write!(body, "</tbody></table><p>Base address: <code>{}</code></p>", escape(&world.base));
    body.push_str(&clock::section(&world.clock));
    form_page("Konvolutt Sandkasse", &body)
}

/// Service, and what it was made from.
const SERVICES: &[(&str, &str)] = &[
    ("Maskinporten", "Digdir's documentation and published source of clients"),
    ("Altinn token exchange", "Altinn's documentation"),
    (
        "Altinn's requests for system users",
        "its published source; the system register holds one system, and how long a request waits is a guess",
    ),
    ("Altinn 3 Broker", "its published source and OpenAPI description"),
    ("Altinn 3 Correspondence", "its published source and OpenAPI description"),
    (
        "KS SvarUt",
        "KS's OpenAPI description and published source of clients; how a recipient on paper is written is a guess",
    ),
    ("KS SvarInn", "KS's documentation and published source of clients"),
    (
        "Digital post to people, corner 2",
        "Digdir's documentation, schemas and published source of clients; of paging only the names are known",
    ),
    ("Service registry", "its published source and that of its clients"),
    ("Contact register", "Digdir's documentation and published source of clients; its errors are OAuth's"),
    ("Enhetsregisteret", "Brønnøysundregistrene's documentation"),
    ("OpenID provider", "OpenID Connect Core 1.0; it is like no provider in particular"),
];

async fn services() -> Response {
    let mut body = format!(
        "{BACK}<p>What passes here may still meet something else there: nobody has held these services against the real \
         ones.</p><ul>"
    );
    for (name, source) in SERVICES {
        let _ = write!(
            body,
            "<li><strong>{name}</strong>: emulated from public sources, never compared live. Made from {source}.</li>"
        );
    }
    body.push_str(
        "<li><strong>eInnsyn (DPE) and the health network (DPH)</strong>: not available in the sandbox. There are \
         recipients that only they reach; whoever calls them gets 501.</li></ul>",
    );
    page("Services", &body)
}

async fn mailbox(State(world): State<Arc<World>>) -> Result<Response, Error> {
    let mut body = String::from(
        "<p>Ids, names, sizes and digests only; the content stays with the counterparts.</p><table><thead><tr>\
         <th>Time</th><th>From</th><th>To</th><th>Type and message id</th><th>Documents and notices</th><th>Verdict</th></tr></thead><tbody>",
    );
    for entry in Entry::all(&world.database)?.iter().rev().take(200) {
        let documents: Vec<String> = entry
            .documents
            .iter()
            .map(|one| format!("{} ({} bytes)<br><code>{}</code>", escape(&one.name), one.size, escape(&one.sha256)))
            .collect();
        let person = entry.person.as_deref().map(|name| format!("<br>{}", escape(name))).unwrap_or_default();
        let shown = entry.shown.iter().map(|kind| format!("<br>Shown beside it: {}", escape(kind))).collect::<String>();
        let notices = entry.notices.iter().map(|one| format!("<br>{}: {}", escape(&one.channel), escape(&one.text)));
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}{person}</td><td>{}<br><code>{}</code></td><td>{}{}</td><td>{} {}</td></tr>",
            entry.at,
            escape(&entry.sender),
            escape(&entry.recipient),
            escape(&entry.document_type),
            escape(&entry.message_id),
            documents.join("<br>") + &shown,
            notices.collect::<String>(),
            escape(&entry.verdict),
            escape(&entry.findings.join(", ")),
        );
    }
    body.push_str("</tbody></table>");
    let (letters, notices) = correspondence::seen(&world.correspondence, world.clock.now())?;
    inboxes(&mut body, &letters);
    outbox(&mut body, &notices);
    Ok(page("Mailbox", &body))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| "–".to_owned(), escape)
}

/// What Altinn's inboxes hold. Altinn reads what it carries, and this page shows it.
fn inboxes(body: &mut String, letters: &[Value]) {
    body.push_str(
        "<h2>Inboxes at Altinn</h2><p>Texts and files are only in memory: after a restart they are gone.</p><table><thead>\
         <tr><th>Created</th><th>From</th><th>To</th><th>Status</th><th>Title</th><th>Documents</th></tr></thead><tbody>",
    );
    for one in letters.iter().rev().take(200) {
        let documents = one["documents"].as_array().map(Vec::as_slice).unwrap_or_default();
        let documents: Vec<String> = documents
            .iter()
            .map(|one| {
                format!("{} ({} bytes)<br><code>{}</code>", text(&one["name"]), one["size"], text(&one["sha256"]))
            })
            .collect();
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            text(&one["created"]),
            text(&one["messageSender"]),
            text(&one["recipient"]),
            text(&one["status"]),
            text(&one["content"]["messageTitle"]),
            documents.join("<br>"),
        );
    }
    body.push_str("</tbody></table>");
}

/// The notifications that Altinn has sent.
fn outbox(body: &mut String, notices: &[Value]) {
    body.push_str(
        "<h2>Notifications from Altinn</h2><table><thead><tr><th>Time</th><th>Kind</th><th>To</th><th>Text</th></tr></thead><tbody>",
    );
    for one in notices.iter().rev().take(200) {
        let kind = if one["isReminder"] == true { "reminder" } else { "first" };
        let subject = one["subject"].as_str().map(|subject| format!("<strong>{}</strong><br>", escape(subject)));
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}, {kind}</td><td>{}</td><td>{}{}</td></tr>",
            text(&one["at"]),
            text(&one["kind"]),
            text(&one["to"]),
            subject.unwrap_or_default(),
            text(&one["text"]),
        );
    }
    body.push_str("</tbody></table>");
}
