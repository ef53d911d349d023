//! Setting switches: `/sandbox/control/faults` for programs, `/sandbox/faults` for people.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::{KINDS, Kind, Order, SERVICES};
use crate::site::{escape, form_page};
use crate::world::World;

/// Both.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/sandbox/control/faults", get(list).put(put).delete(remove))
        .route("/sandbox/faults", get(show).post(add))
        .route("/sandbox/faults/off", post(off))
}

async fn list(State(world): State<Arc<World>>) -> Response {
    let mut services: Vec<&str> = SERVICES.iter().map(|(name, _)| *name).collect();
    services.dedup();
    Json(json!({ "items": world.switches.all(), "services": services, "faults": KINDS })).into_response()
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
    if order.percent.is_some_and(|percent| percent > 100) {
        return Err("percent is 0 to 100");
    }
    if order.seconds.is_some_and(|seconds| seconds > 3600) {
        return Err("seconds is at most 3600");
    }
    let fresh = (order.fault == Kind::NotFound).then_some(order.seconds).flatten();
    let until = fresh.map(|seconds| world.clock.after(f64::from(seconds)));
    Ok(world.switches.put(order, until))
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
}

async fn add(State(world): State<Arc<World>>, Form(fields): Form<Fields>) -> Response {
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let order = Order {
        service: fields.service,
        fault: fields.fault,
        tenant: text(&fields.tenant),
        method: text(&fields.method),
        path: text(&fields.path),
        times: fields.times.trim().parse().ok(),
        percent: fields.percent.trim().parse().ok(),
        seed: fields.seed.trim().parse().unwrap_or_default(),
        seconds: fields.seconds.trim().parse().ok(),
    };
    match on(&world, order) {
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
    let mut body = String::from(
        "<p>What the services do wrong on request. Without an organisation, everybody meets it but the counterparts \
         that the sandbox plays itself.</p><table><thead><tr><th>Service</th><th>Fault</th><th>Calls</th><th>Organisation\
         </th><th>Left</th><th>Met</th><th></th></tr></thead><tbody>",
    );
    for one in world.switches.all() {
        let order = &one.order;
        let calls = format!("{} {}", order.method.as_deref().unwrap_or("any"), order.path.as_deref().unwrap_or(""));
        let left = order.times.map_or_else(|| "until put out".to_owned(), |times| (times - one.met).to_string());
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td><td>{left}</td><td>{}</td><td>\
             <form method=\"post\" action=\"/sandbox/faults/off\"><input type=\"hidden\" name=\"id\" value=\"{}\">\
             <button>Put out</button></form></td></tr>",
            escape(&order.service),
            name(order.fault),
            escape(&calls),
            escape(order.tenant.as_deref().unwrap_or("all")),
            one.met,
            one.id,
        );
    }
    body.push_str("</tbody></table><h2>Put one on</h2><form method=\"post\" action=\"/sandbox/faults\"><ul>");
    body.push_str("<li><label>Service <select name=\"service\">");
    let mut services: Vec<&str> = SERVICES.iter().map(|(name, _)| *name).collect();
    services.dedup();
    for service in services {
        let _ = write!(body, "<option>{service}</option>");
    }
    body.push_str("</select></label></li><li><label>Fault <select name=\"fault\">");
    for kind in KINDS {
        let _ = write!(body, "<option>{}</option>", name(*kind));
    }
    body.push_str("</select></label></li>");
    for (field, label) in [
        ("times", "How often (empty: until put out)"),
        ("tenant", "Organisation, nine digits"),
        ("method", "Method, such as POST"),
        ("path", "End of the path, such as /upload"),
        ("seconds", "Seconds"),
        ("percent", "Percent of the calls"),
        ("seed", "Seed that decides which"),
    ] {
        let _ = write!(body, "<li><label>{label} <input name=\"{field}\"></label></li>");
    }
    body.push_str("</ul><button>Put on</button></form>");
    form_page("Faults", &body)
}
