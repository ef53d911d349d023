//! Counts and times every request, by its route's template.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use konvolutt_shared::finding::Code;
use prometheus_client::metrics::counter::Counter;
use tracing::Instrument as _;

use crate::app::Shared;

/// Where envelopes are handed over.
const SUBMIT: &str = "/api/v1/messages";

/// The refusal's code, for whoever counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefusedWith(pub(crate) Code);

pub(super) async fn watch(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (metrics, method) = (app.metrics.clone(), word(request.method()));
    let template = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // What matched nothing may be anything: it is not shown.
    let route = template.unwrap_or_else(|| "none".to_owned());
    let incoming = metrics.bytes_in();
    let request = request.map(|body| Body::new(Counted { body, counter: incoming }));
    let span = tracing::debug_span!("request", method, route);
    let response = next.run(request).instrument(span.clone()).await;
    let (status, duration) = (response.status().as_u16(), begun.elapsed());
    if let Some(RefusedWith(code)) = response.extensions().get() {
        metrics.refusal(*code);
    } else if method == "POST" && route == SUBMIT && response.status().is_success() {
        metrics.envelope(status != 201);
    }
    metrics.request(method, &route, status, duration);
    tracing::debug!(parent: &span, status, ms = duration.as_millis() as u64, "answered");
    let outgoing = metrics.bytes_out();
    response.map(|body| Body::new(Counted { body, counter: outgoing }))
}

/// A method that nobody knows is text from outside.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A body that is counted as it passes. Its length stays known.
struct Counted {
    body: Body,
    counter: Counter,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(bytes) = frame.data_ref()
        {
            self.counter.inc_by(bytes.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
