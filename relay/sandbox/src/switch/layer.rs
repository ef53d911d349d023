//! Doing what a switch says, around every service's handlers, in the service's own dialect of errors.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::StreamExt;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Call, Kind, Met, Order, service_of};
use crate::broker::MARKER;
use crate::jws;
use crate::seed;
use crate::serve::Cutter;
use crate::world::World;

/// The most of an answer that is changed, in bytes.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Counterparts name themselves in it where nothing else does.
pub(crate) const COUNTERPART: &str = "x-sandbox-counterpart";

/// An upload whose scan never ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndlessScan;

/// By how much the clock of the service that is called is ahead: who makes tokens holds them against it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skew(pub(crate) SignedDuration);

const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Lets a call meet the switch that is meant for it.
pub(crate) async fn disturb(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let Some(service) = service_of(request.uri().path()) else { return next.run(request).await };
    let tenant = tenant(&world, &request);
    let played = tenant.as_deref().is_some_and(seed::is_played);
    let (method, path) = (request.method().as_str(), request.uri().path());
    let call = Call { service, method, path, tenant: tenant.as_deref(), played };
    match world.switches.meet(call, world.clock.now()) {
        Some(met) => perform(&world, &met, request, next).await,
        None => next.run(request).await,
    }
}

/// Who calls: by the token or, with SvarInn, by the user name. A grant says it in the assertion, which nobody has read
/// yet, so counterparts are told by a header of their own.
fn tenant(world: &World, request: &Request) -> Option<String> {
    let text = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(number) = text(header::HeaderName::from_static(COUNTERPART)) {
        return Some(number.to_owned());
    }
    let authorization = text(header::AUTHORIZATION)?;
    if let Some(basic) = authorization.strip_prefix("Basic ") {
        let decoded = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
        let user = decoded.split(':').next().unwrap_or_default();
        return seed::ORGANISATIONS
            .iter()
            .find(|one| crate::svarut::receiver(one.number) == user)
            .map(|one| one.number.to_owned());
    }
    world.tokens.caller(Some(authorization), world.clock.wall()).map(|caller| caller.organisation)
}

async fn perform(world: &World, met: &Met, mut request: Request, next: Next) -> Response {
    let order = &met.order;
    let cutter = request.extensions().get::<Cutter>().cloned().unwrap_or_default();
    let seconds = f64::from(order.seconds.unwrap_or(5));
    let refuse = |status| refusal(&order.service, status);
    match order.fault {
        Kind::Latency => {
            tokio::time::sleep(world.clock.delay(seconds)).await;
            next.run(request).await
        }
        Kind::BadRequest => refuse(StatusCode::BAD_REQUEST),
        Kind::Unauthorized => refuse(StatusCode::UNAUTHORIZED),
        Kind::Forbidden => refuse(StatusCode::FORBIDDEN),
        Kind::NotFound => refuse(StatusCode::NOT_FOUND),
        Kind::Conflict => refuse(StatusCode::CONFLICT),
        Kind::Busy => busy(world, order, world.clock.delay(seconds)),
        Kind::Quota => busy(world, order, met.wait.and_then(|wait| wait.try_into().ok()).unwrap_or_default()),
        Kind::InternalError => refuse(StatusCode::INTERNAL_SERVER_ERROR),
        // A gateway knows no dialect.
        Kind::BadGateway => StatusCode::BAD_GATEWAY.into_response(),
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Kind::Expired if order.service == "broker" => refuse(StatusCode::FORBIDDEN),
        Kind::Expired => refuse(StatusCode::NOT_FOUND),
        Kind::Hang => {
            // A body that is taken and thrown away; whoever waits for more than that waits until they give up.
            let mut body = request.into_body().into_data_stream();
            while body.next().await.is_some() {}
            std::future::pending().await
        }
        Kind::CutBefore => {
            cutter.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Kind::CutAfter => {
            let response = next.run(request).await;
            cutter.cut();
            response
        }
        Kind::CutMidway => midway(request, next, cutter).await,
        Kind::Malware => {
            let infect = futures_util::stream::iter([Ok::<_, axum::Error>(Bytes::from(MARKER.concat()))]);
            let (parts, body) = request.into_parts();
            let body = Body::from_stream(body.into_data_stream().chain(infect));
            next.run(Request::from_parts(parts, body)).await
        }
        Kind::EndlessScan => {
            request.extensions_mut().insert(EndlessScan);
            next.run(request).await
        }
        Kind::ClockSkew => {
            request.extensions_mut().insert(Skew(SKEW));
            let mut response = next.run(request).await;
            response.headers_mut().extend(http_date(world.clock.wall() + SKEW).map(|value| (header::DATE, value)));
            response
        }
        Kind::Duplicate
        | Kind::Reorder
        | Kind::Truncate
        | Kind::WrongLength
        | Kind::Corrupt
        | Kind::Quoted
        | Kind::SwappedCertificate => change(world, order.fault, next.run(request).await).await,
    }
}

/// 429, in whole seconds.
fn busy(world: &World, order: &Order, wait: Duration) -> Response {
    let mut response = refusal(&order.service, StatusCode::TOO_MANY_REQUESTS);
    if order.bare {
        return response;
    }
    let wait = wait.as_millis().div_ceil(1000).max(1);
    let wait = u64::try_from(wait).unwrap_or(u64::MAX);
    // The date has whole seconds, and must not be earlier than was meant.
    let until = world.clock.wall().checked_add(Duration::from_secs(wait.saturating_add(1)));
    let date = until.ok().filter(|_| order.dated).and_then(http_date);
    response.headers_mut().insert(header::RETRY_AFTER, date.unwrap_or(HeaderValue::from(wait)));
    response
}

/// RFC 9110, 5.6.7.
fn http_date(at: jiff::Timestamp) -> Option<HeaderValue> {
    HeaderValue::from_str(&at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

/// Cuts the connection in the middle of the request's body, or of the answer's if the request has none.
async fn midway(request: Request, next: Next, cutter: Cutter) -> Response {
    let length = |headers: &axum::http::HeaderMap| {
        let length = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
        (length > 0).then_some(length)
    };
    if matches!(*request.method(), Method::POST | Method::PUT) {
        let half = length(request.headers()).unwrap_or(2) / 2;
        let (parts, body) = request.into_parts();
        let response = next.run(Request::from_parts(parts, half_of(body, half, None))).await;
        cutter.cut();
        return response;
    }
    let (parts, body) = next.run(request).await.into_parts();
    let half = length(&parts.headers).unwrap_or(2) / 2;
    Response::from_parts(parts, half_of(body, half, Some(cutter)))
}

/// So many bytes, and then an error.
fn half_of(body: Body, bytes: u64, cutter: Option<Cutter>) -> Body {
    let mut left = usize::try_from(bytes).unwrap_or(usize::MAX);
    let stream = body.into_data_stream().map(move |chunk| {
        let mut chunk = chunk.map_err(std::io::Error::other)?;
        if left == 0 {
            if let Some(cutter) = &cutter {
                cutter.cut();
            }
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        chunk.truncate(left);
        left -= chunk.len();
        Ok(chunk)
    });
    // A body of one chunk must break off, too.
    let end = futures_util::stream::iter([Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))]);
    Body::from_stream(stream.chain(end))
}

/// Changes an answer that succeeded.
async fn change(world: &World, fault: Kind, response: Response) -> Response {
    if !response.status().is_success() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut bytes = bytes.to_vec();
    let mut length = None;
    match fault {
        Kind::Truncate => bytes.truncate(bytes.len() / 2),
        Kind::WrongLength => length = Some(bytes.len() + 100),
        Kind::Corrupt => {
            let middle = bytes.len() / 2;
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 1;
            }
        }
        Kind::Quoted => bytes = json!(String::from_utf8_lossy(&bytes)).to_string().into_bytes(),
        Kind::SwappedCertificate => bytes = swapped(world, bytes),
        _ => bytes = relisted(fault, bytes),
    }
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length.unwrap_or(bytes.len())));
    if length.is_some() {
        let more = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(bytes))]);
        return Response::from_parts(parts, Body::from_stream(more));
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// A list with everything twice, or turned round. What is no list stays as it is.
fn relisted(fault: Kind, bytes: Vec<u8>) -> Vec<u8> {
    let Ok(mut answer) = serde_json::from_slice::<Value>(&bytes) else { return bytes };
    // Correspondence has its list in an object.
    let list = if answer.is_array() { Some(&mut answer) } else { answer.get_mut("ids") };
    let Some(Value::Array(items)) = list else { return bytes };
    if fault == Kind::Duplicate {
        *items = items.iter().flat_map(|item| [item.clone(), item.clone()]).collect();
    } else {
        items.reverse();
    }
    answer.to_string().into_bytes()
}

/// Another certificate in the registry's answer, under the signature that was made for the right one.
fn swapped(world: &World, bytes: Vec<u8>) -> Vec<u8> {
    let other = world.authority.issuing().certificate_pem();
    let swap = |payload: &mut Value| {
        for record in payload["serviceRecords"].as_array_mut().into_iter().flatten() {
            record["pemCertificate"] = json!(other);
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    if let Some(parsed) = jws::parse(&text) {
        let mut payload = Value::Object(parsed.payload);
        swap(&mut payload);
        let mut parts = text.splitn(3, '.');
        if let (Some(head), Some(_), Some(signature)) = (parts.next(), parts.next(), parts.next()) {
            return format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(payload.to_string())).into_bytes();
        }
    }
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut payload) => {
            swap(&mut payload);
            payload.to_string().into_bytes()
        }
        Err(_) => bytes,
    }
}

/// An error in the words of a service.
fn refusal(service: &str, status: StatusCode) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let code = status.as_u16();
    let body = match service {
        "registry" => json!({ "error_code": title.to_lowercase().replace(' ', "_"), "error_description": title }),
        "maskinporten" | "openid" => json!({ "error": "server_error", "error_description": title }),
        "svarut" => json!({ "status": code, "error": title, "message": title, "errorCode": "SANDKASSE" }),
        "enhetsregister" => json!({ "status": code, "feilmelding": title }),
        "kontaktregister" => json!({ "error": title.to_lowercase().replace(' ', "_"), "error_description": title }),
        "svarinn" => return status.into_response(),
        "broker" if status == StatusCode::BAD_REQUEST => {
            json!({ "type": "about:blank", "title": title, "status": code, "code": "BRO-00025" })
        }
        _ => json!({ "type": "about:blank", "title": title, "status": code }),
    };
    let mut response = (status, Json(body)).into_response();
    if matches!(service, "broker" | "correspondence" | "exchange" | "dpi") {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_changed_wherever_they_stand_and_nothing_else_is() {
        for (answer, twice, back) in [
            ("[1,2]", "[1,1,2,2]", "[2,1]"),
            (r#"{"ids":["a","b"]}"#, r#"{"ids":["a","a","b","b"]}"#, r#"{"ids":["b","a"]}"#),
            (r#"{"status":"Published"}"#, r#"{"status":"Published"}"#, r#"{"status":"Published"}"#),
            ("3", "3", "3"),
            ("no JSON", "no JSON", "no JSON"),
        ] {
            for (fault, wanted) in [(Kind::Duplicate, twice), (Kind::Reorder, back)] {
                assert_eq!(String::from_utf8(relisted(fault, answer.into())).unwrap(), wanted, "{fault:?} {answer}");
            }
        }
    }
}
