//! Corner 2, as far as a client sees it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, body::Bytes};
use konvolutt_shared::jws;
use konvolutt_shared::sbd::Sbd;
use serde::Deserialize;
use serde_json::{Value, json};

/// What becomes of a letter that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing is taken.
    No(u16),
    /// It is taken, and this is answered.
    Yes(u16),
    /// It is taken, and the connection breaks.
    Lost,
}

/// A letter that was taken.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) channel: String,
    pub(super) body: Vec<u8>,
}

#[derive(Debug, Default)]
pub(super) struct Corner {
    /// In order; then all is taken.
    pub(super) says: Mutex<VecDeque<Says>>,
    pub(super) offered: Mutex<usize>,
    pub(super) taken: Mutex<Vec<Taken>>,
    /// So many questions are answered as if nothing were known.
    pub(super) blind: Mutex<usize>,
    /// What is told of every letter that was taken.
    pub(super) statuses: Mutex<Vec<Value>>,
    /// Receipts that wait: id and JWS.
    pub(super) waiting: Mutex<Vec<(String, String)>>,
    pub(super) read: Mutex<Vec<String>>,
    /// Whether what was read waits on.
    pub(super) forgetful: Mutex<bool>,
}

pub(super) async fn serve() -> (Arc<Corner>, String) {
    let corner = Arc::new(Corner::default());
    corner.statuses.lock().unwrap().push(json!({ "status": "OPPRETTET", "timestamp": "2026-01-01T00:00:00Z" }));
    let app = Router::new()
        .route("/messages/out", post(offer))
        .route("/messages/out/{id}/statuses", get(statuses))
        .route("/messages/in", get(list))
        .route("/messages/in/{id}/read", post(read))
        .with_state(corner.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, app).into_future());
    (corner, base)
}

#[derive(Deserialize)]
struct Queue {
    kanal: String,
    #[serde(default)]
    page: usize,
    page_size: Option<usize>,
}

fn bearer(headers: &HeaderMap) -> String {
    let value = headers.get(header::AUTHORIZATION).unwrap().to_str().unwrap();
    value.strip_prefix("Bearer ").unwrap().to_owned()
}

fn problem(status: u16) -> Response {
    let body = json!({ "type": "urn:problem:prove", "title": "HEMMELIG", "status": status });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

/// The message in a multipart body.
pub(super) fn message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.split("application/jwt\r\n\r\n").nth(1).unwrap().split("\r\n").next().unwrap().to_owned()
}

async fn offer(
    State(corner): State<Arc<Corner>>,
    Query(queue): Query<Queue>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    *corner.offered.lock().unwrap() += 1;
    let sbd = Sbd::parse(&jws::parse(&message(&body)).unwrap().payload, None).unwrap();
    let id = sbd.message_id().unwrap().to_string();
    if corner.taken.lock().unwrap().iter().any(|taken| taken.id == id) {
        return problem(400);
    }
    let says = corner.says.lock().unwrap().pop_front().unwrap_or(Says::Yes(201));
    if let Says::No(status) = says {
        return problem(status);
    }
    let taken = Taken { id, token: bearer(&headers), channel: queue.kanal, body: body.to_vec() };
    corner.taken.lock().unwrap().push(taken);
    match says {
        Says::Yes(status) if status >= 400 => problem(status),
        Says::Yes(_) | Says::No(_) => StatusCode::CREATED.into_response(),
        Says::Lost => panic!("the connection breaks, as it is meant to"),
    }
}

async fn statuses(State(corner): State<Arc<Corner>>, Path(id): Path<String>) -> Response {
    let blind = &mut *corner.blind.lock().unwrap();
    let known = corner.taken.lock().unwrap().iter().any(|taken| taken.id == id);
    if !known || *blind > 0 {
        *blind = blind.saturating_sub(1);
        return problem(404);
    }
    Json(corner.statuses.lock().unwrap().clone()).into_response()
}

async fn list(State(corner): State<Arc<Corner>>, Query(queue): Query<Queue>) -> Response {
    let (waiting, size) = (corner.waiting.lock().unwrap(), queue.page_size.unwrap());
    let page: Vec<Value> = waiting
        .iter()
        .skip(queue.page * size)
        .take(size)
        .map(|(id, jws)| json!({ "forretningsmelding": jws, "downloadurl": format!("/messages/in/{id}") }))
        .collect();
    if page.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    Json(page).into_response()
}

async fn read(State(corner): State<Arc<Corner>>, Path(id): Path<String>) -> StatusCode {
    corner.read.lock().unwrap().push(id.clone());
    let mut waiting = corner.waiting.lock().unwrap();
    let before = waiting.len();
    if !*corner.forgetful.lock().unwrap() {
        waiting.retain(|(waits, _)| *waits != id);
    }
    if waiting.len() < before { StatusCode::OK } else { StatusCode::NOT_FOUND }
}
