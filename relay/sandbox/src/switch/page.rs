//! Setting switches: `/sandbox/control/faults` for programs, `/sandbox/faults` for people.

use std::fmt::Write;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::{KINDS, Kind, Order, SERVICES, Switch};
use crate::site::{BACK, escape, form_page};
use crate::world::World;

/// Both.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/sandbox/control/faults", get(list).put(put).delete(remove))
        .route("/sandbox/faults", get(show).post(add))
        .route("/sandbox/faults/off", post(off))
}

/// Each name once; one service has two doors.
fn services() -> Vec<&'static str> {
    let mut names: Vec<&str> = SERVICES.iter().map(|(name, _)| *name).collect();
    names.dedup();
    names
}

async fn list(State(world): State<Arc<World>>) -> Response {
    Json(json!({ "items": world.switches.all(), "services": services(), "faults": KINDS })).into_response()
}

async fn put(State(world): State<Arc<World>>, Json(order): Json<Order>) -> Response {
    match on(&world, order) {
        Ok(id) => (StatusCode::CREATED, Json(json!({ "id": id }))).into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, Json(json!({ "error": reason }))).into_response(),
    }
}

#[derive(Debug, Deserialize)]
struct Which {
    id: Option<u64>,
}

async fn remove(State(world): State<Arc<World>>, Query(which): Query<Which>) -> StatusCode {
    let any = world.switches.remove(which.id);
    if any || which.id.is_none() { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

fn on(world: &World, order: Order) -> Result<u64, &'static str> {
    if !SERVICES.iter().any(|(name, _)| *name == order.service) {
        return Err("there is no such service");
    }
    if order.fault == Kind::Quota && order.service != "broker" {
        return Err("only the broker has quotas");
    }
    if order.times == Some(0) {
        return Err("times is at least 1");
    }
    if order.percent.is_some_and(|percent| percent > 100) {
        return Err("percent is 0 to 100");
    }
    if order.seconds.is_some_and(|seconds| seconds > 3600) {
        return Err("seconds is at most 3600");
    }
    Ok(world.switches.put(order))
}

/// What the form sends: every field, empty or not.
#[derive(Debug, Deserialize)]
struct Fields {
    service: String,
    fault: Kind,
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    times: String,
    #[serde(default)]
    percent: String,
    #[serde(default)]
    seed: String,
    #[serde(default)]
    seconds: String,
    #[serde(default)]
    limit: String,
    /// Boxes that are ticked.
    dated: Option<String>,
    bare: Option<String>,
}

impl Fields {
    /// # Errors
    /// A number that is none.
    fn order(self) -> Result<Order, &'static str> {
        Ok(Order {
            service: self.service,
            fault: self.fault,
            tenant: text(&self.tenant),
            method: text(&self.method),
            path: text(&self.path),
            times: number(&self.times, "how often is a whole number")?,
            percent: number(&self.percent, "percent is 0 to 100")?,
            seed: number(&self.seed, "the seed is a whole number")?.unwrap_or_default(),
            seconds: number(&self.seconds, "seconds is at most 3600")?,
            dated: self.dated.is_some(),
            bare: self.bare.is_some(),
            limit: number(&self.limit, "the limit is a whole number")?,
        })
    }
}

fn text(field: &str) -> Option<String> {
    Some(field.trim().to_owned()).filter(|text| !text.is_empty())
}

fn number<T: FromStr>(field: &str, refusal: &'static str) -> Result<Option<T>, &'static str> {
    text(field).map(|text| text.parse().map_err(|_| refusal)).transpose()
}

async fn add(State(world): State<Arc<World>>, Form(fields): Form<Fields>) -> Response {
    match fields.order().and_then(|order| on(&world, order)) {
        Ok(_) => Redirect::to("/sandbox/faults").into_response(),
        Err(reason) => (StatusCode::BAD_REQUEST, reason).into_response(),
    }
}

async fn off(State(world): State<Arc<World>>, Form(which): Form<Which>) -> Redirect {
    world.switches.remove(which.id);
    Redirect::to("/sandbox/faults")
}

fn name(kind: Kind) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

async fn show(State(world): State<Arc<World>>) -> Response {
    let mut body = format!(
        "{BACK}<p>What the services do wrong on request. Without an organisation, everybody meets it but the counterparts \
         that the sandbox plays itself. What uploads to Altinn's inbox meet is <a href=\"/sandbox/inbox\">on a page of its own\
         </a>.</p>"
    );
    table(&mut body, &world.switches.all());
    form(&mut body);
    form_page("Faults", &body)
}

/// The switches that are on.
fn table(body: &mut String, switches: &[Switch]) {
    if switches.is_empty() {
        body.push_str("<p>No fault is on.</p>");
        return;
    }
    body.push_str(
        "<table><thead><tr><th>Service</th><th>Fault</th><th>Calls</th><th>Organisation</th><th>Left</th><th>Met</th>\
         <th></th></tr></thead><tbody>",
    );
    for one in switches {
        let order = &one.order;
        let calls = format!("{} {}", order.method.as_deref().unwrap_or("any"), order.path.as_deref().unwrap_or(""));
        let left = order
            .times
            .map_or_else(|| "until switched off".to_owned(), |times| times.saturating_sub(one.met).to_string());
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td><td>{left}</td><td>{}</td><td>\
             <form method=\"post\" action=\"/sandbox/faults/off\"><input type=\"hidden\" name=\"id\" value=\"{}\">\
             <button>Switch off</button></form></td></tr>",
            escape(&order.service),
            name(order.fault),
            escape(&calls),
            escape(order.tenant.as_deref().unwrap_or("all")),
            one.met,
            one.id,
        );
    }
    body.push_str("</tbody></table>");
}

/// Where a switch is put on.
fn form(body: &mut String) {
    body.push_str("<h2>Switch one on</h2><form method=\"post\" action=\"/sandbox/faults\"><ul>");
    body.push_str("<li><label>Service <select name=\"service\">");
    for service in services() {
        let _ = write!(body, "<option>{service}</option>");
    }
    body.push_str("</select></label></li><li><label>Fault <select name=\"fault\">");
    for kind in KINDS {
        let _ = write!(body, "<option>{}</option>", name(*kind));
    }
    body.push_str("</select></label></li>");
    for (field, label) in [
        ("times", "How often (empty: until switched off)"),
        ("tenant", "Organisation, nine digits"),
        ("method", "Method, such as POST"),
        ("path", "End of the path, such as /upload"),
        ("seconds", "Seconds: of latency, of Retry-After, or how long each id is not found"),
        ("percent", "Percent of the calls"),
        ("seed", "Seed that decides which"),
        ("limit", "Calls a minute, of quotas (empty: the gateway's own)"),
    ] {
        let _ = write!(body, "<li><label>{label} <input name=\"{field}\"></label></li>");
    }
    for (field, label) in [("dated", "Retry-After is a date"), ("bare", "no Retry-After at all")] {
        let _ = write!(body, "<li><label><input type=\"checkbox\" name=\"{field}\"> {label}</label></li>");
    }
    body.push_str("</ul><button>Switch on</button></form>");
}
