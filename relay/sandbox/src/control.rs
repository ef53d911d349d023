//! Letting counterparts write first. For tests and demonstrations; the real world has no such switch.

mod page;
mod writing;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use rusqlite::OptionalExtension;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::broker;
use crate::correspondence::Fault;
use crate::error::Error;
use crate::persona::{Answer, Back, Errand, Flaw, Receipt, Spoilt, Task, enqueue};
use crate::seed::{self, Organisation, Route};
use crate::world::World;

/// The pages that do the same for people.
pub(crate) fn page_routes() -> Router<Arc<World>> {
    page::routes().merge(writing::routes())
}

/// Everything under `/sandbox/control`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/write", post(write).get(unwritten))
        .route("/shipments", get(shipments))
        .route("/correspondence", post(disturb))
        .route("/receipt", post(receipt))
        .route("/resource", put(approve))
}

/// Who writes to whom, what, and how many times. Numbers are nine digits.
#[derive(Debug, Deserialize)]
struct Write {
    from: String,
    to: String,
    kind: What,
    #[serde(default = "once")]
    times: u16,
}

/// A letter with a flaw or none, or something that is no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum What {
    Letter(Flaw),
    Else(Else),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Else {
    /// An `avtalt` without a package.
    Avtalt,
    /// A receipt for a message that nobody sent.
    StrayReceipt,
}

const fn once() -> u16 {
    1
}

/// The most messages that one order makes.
const MAX_TIMES: u16 = 500;

const NO_LETTER: &str = "from must be a counterpart that is played, to one of our own organisations";

async fn write(State(world): State<Arc<World>>, Json(order): Json<Write>) -> Result<Response, Error> {
    if !let_write(&world, &order).await? {
        return Ok((StatusCode::BAD_REQUEST, Json(json!({ "error": NO_LETTER }))).into_response());
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "accepted": true }))).into_response())
}

/// Lets a counterpart write. `false`: it names somebody who does not.
async fn let_write(world: &Arc<World>, order: &Write) -> Result<bool, Error> {
    let from = seed::organisation(&order.from).filter(|one| one.is_played());
    let to = seed::organisation(&order.to).filter(|one| one.is_ours() || one.number == seed::CLOSED);
    let (Some(from), Some(to)) = (from, to) else { return Ok(false) };
    world.identity(from).await?;
    let (to, now) = (to.number.to_owned(), world.clock.now());
    let mut connection = world.database.lock();
    let transaction = connection.transaction()?;
    for _ in 0..order.times.min(MAX_TIMES) {
        match (from.route, order.kind) {
            (Route::Dpf, kind) => {
                let documents = if matches!(kind, What::Letter(Flaw::Short)) { 1 } else { 2 };
                let errand = Errand::Ship { to: to.clone(), answers: None, documents };
                enqueue(&transaction, from.number, now, &errand)?;
            }
            (_, kind) => enqueue(&transaction, from.number, now, &task(kind, to.clone()))?,
        }
    }
    transaction.commit()?;
    Ok(true)
}

/// How many orders wait to be carried out, answers that are due among them.
async fn unwritten(State(world): State<Arc<World>>) -> Result<Response, Error> {
    let now = world.clock.now().as_microsecond();
    let sql = "SELECT count(*) FROM task WHERE due <= ?1";
    let left: i64 = world.database.lock().prepare_cached(sql)?.query_row([now], |row| row.get(0))?;
    Ok(Json(json!({ "left": left })).into_response())
}

fn task(kind: What, to: String) -> Task {
    match kind {
        What::Letter(flaw) => Task::Write { to, flaw },
        What::Else(Else::Avtalt) => Task::Agreed { to },
        What::Else(Else::StrayReceipt) => Task::Stray { to },
    }
}

/// What the next uploads to Altinn's inbox meet.
#[derive(Debug, Deserialize)]
struct Disturb {
    fault: Fault,
    times: usize,
}

async fn disturb(State(world): State<Arc<World>>, Json(order): Json<Disturb>) -> StatusCode {
    world.correspondence_faults.order(order.fault, order.times);
    StatusCode::ACCEPTED
}

/// What Altinn says of the broker's resource.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Approval {
    approved_for_disabled_virus_scan: bool,
}

async fn approve(State(world): State<Arc<World>>, Json(approval): Json<Approval>) -> Result<StatusCode, Error> {
    broker::approve(&world, approval.approved_for_disabled_virus_scan)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A receipt of a mailbox or print provider: for a letter, or for none that was ever sent.
#[derive(Debug, Deserialize)]
struct Order {
    /// Nine digits.
    from: String,
    #[serde(flatten)]
    back: Back,
    #[serde(flatten)]
    answer: Answer,
    #[serde(default)]
    spoilt: Spoilt,
}

async fn receipt(State(world): State<Arc<World>>, Json(order): Json<Order>) -> Result<Response, Error> {
    if !inject(&world, order).await? {
        return Ok((StatusCode::BAD_REQUEST, Json(json!({ "error": NO_RECEIPT }))).into_response());
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "accepted": true }))).into_response())
}

const NO_RECEIPT: &str = "from must be a provider, about a conversation (UUID) to an organisation";

/// Lets a provider send a receipt. `false`: it names somebody or something that cannot be.
async fn inject(world: &Arc<World>, order: Order) -> Result<bool, Error> {
    let known = Uuid::parse_str(&order.back.conversation).is_ok() && seed::organisation(&order.back.to).is_some();
    let Some(provider) = seed::provider(&order.from).filter(|_| known) else { return Ok(false) };
    world.provider(provider).await?;
    let receipt = Receipt::new(order.back, order.answer, order.spoilt);
    enqueue(&world.database.lock(), provider.number, world.clock.now(), &receipt)?;
    Ok(true)
}

/// What became of every shipment: parties, status and complaints, no content.
async fn shipments(State(world): State<Arc<World>>) -> Result<Response, Error> {
    let all = world.shipments.all(world.clock.now())?;
    let told = all.iter().map(|one| {
        json!({
            "id": one.id, "sender": one.sender, "recipient": one.recipient, "status": one.status.name(),
            "complaints": one.complaints,
        })
    });
    Ok(Json(told.collect::<Vec<_>>()).into_response())
}

/// On the first start, Testetaten Solvik writes to each of our organisations.
pub(crate) async fn welcome(world: &Arc<World>) -> Result<(), Error> {
    if world.database.flag("welcome")?.is_some() {
        return Ok(());
    }
    let Some(solvik) = seed::organisation(seed::SOLVIK) else { return Ok(()) };
    world.identity(solvik).await?;
    let recipients: Vec<&Organisation> = seed::ours().collect();
    let now = world.clock.now();
    let mut connection = world.database.lock();
    let transaction = connection.transaction()?;
    let sent: Option<String> =
        transaction.query_row("SELECT value FROM flag WHERE name = 'welcome'", [], |row| row.get(0)).optional()?;
    if sent.is_none() {
        for one in recipients {
            let task = Task::Write { to: one.number.to_owned(), flaw: Flaw::Good };
            enqueue(&transaction, solvik.number, now, &task)?;
        }
        transaction.execute("INSERT INTO flag (name, value) VALUES ('welcome', 'sent')", [])?;
    }
    Ok(transaction.commit()?)
}
