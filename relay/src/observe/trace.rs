//! Traces that follow one message: accepted, each try to deliver it, its receipts, the webhooks that tell of them. Off
//! unless a collector is configured.
//!
//! The span in which a message was accepted stays with its row, in the form of a `traceparent` header; whatever is done
//! about the message later, by whichever relay and after whichever restart, is a span below it. Spans are those in
//! [`SPANS`] and have fields of [`super::FIELDS`] only, so what is never logged is never traced either. What comes in
//! as `traceparent` from somebody who is signed in is taken; nobody outside is given ours: a trace of ours would tell a
//! recipient which of our letters belong together.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{HeaderMap, Request, Response};
use konvolutt_shared::api::header::TraceParent;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Every span that is traced.
pub const SPANS: &[&str] = &[
    "message.accept",  // an envelope is verified and committed
    "message.deliver", // one try to hand a row of the outbox to the broker
    "message.receipt", // a receipt is taken in
    "webhook.post",    // one try to tell an endpoint
];

/// How long a collector has for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there are no traces.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be given: {0}")]
pub struct TraceError(String);

/// Gives what was traced to a collector, from time to time and at the end.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// To a collector at this address: OTLP over HTTP as JSON, to `/v1/traces` below it.
    ///
    /// # Errors
    /// The address, or a client that cannot be made.
    pub fn to(collector: &str) -> Result<Self, TraceError> {
        // Installing twice in one process, as tests do, keeps the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let refused = |error: &dyn std::error::Error| TraceError(error.to_string());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(PATIENCE);
        let http = http.user_agent(crate::directory::AGENT);
        let http = http.build().map_err(|error| refused(&error))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Courier { http, runtime: tokio::runtime::Handle::current() })
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| refused(&error))?;
        // Of the machine and its environment nothing is told.
        let resource = Resource::builder_empty().with_attribute(KeyValue::new("service.name", "konvolutt")).build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// Takes the spans of [`SPANS`], and no events.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        let layer: OpenTelemetryLayer<S, Tracer> = OpenTelemetryLayer::new(self.0.tracer("konvolutt"));
        let layer = layer.with_location(false).with_threads(false).with_target(false).with_level(false);
        let ours = |metadata: &Metadata<'_>| metadata.is_span() && SPANS.contains(&metadata.name());
        layer.with_tracked_inactivity(false).with_filter(filter_fn(ours))
    }

    /// Gives what is left, and waits for it a while.
    pub async fn end(self) {
        let end = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(PATIENCE));
        if !matches!(end.await, Ok(Ok(()))) {
            tracing::warn!("the last traces were not taken");
        }
    }
}

/// Carries traces with the client that everything else uses. Asked from a thread without a runtime.
#[derive(Debug)]
struct Courier {
    http: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

#[async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let request = reqwest::Request::try_from(request.map(reqwest::Body::from))?;
            let answer = http.execute(request).await?;
            let (status, body) = (answer.status(), answer.bytes().await?);
            Ok::<_, reqwest::Error>((status, body))
        });
        let (status, body) = sent.await??;
        Ok(Response::builder().status(status).body(body)?)
    }
}

/// Where the span stands in which this is called; `None` when nothing is traced.
pub fn current() -> Option<TraceParent> {
    let context = Span::current().context();
    let span = context.span();
    let here = span.span_context();
    here.is_valid().then(|| TraceParent {
        trace: u128::from_be_bytes(here.trace_id().to_bytes()),
        span: u64::from_be_bytes(here.span_id().to_bytes()),
        flags: here.trace_flags().to_u8(),
    })
}

/// What a client says it is doing.
pub fn asked(headers: &HeaderMap) -> Option<TraceParent> {
    let mut values = headers.get_all("traceparent").iter();
    let only = values.next().filter(|_| values.next().is_none());
    TraceParent::parse(only?.to_str().ok()?)
}

/// Puts a span that has not been entered below another. Whether it is recorded is this relay's matter.
pub fn below(span: Span, parent: Option<TraceParent>) -> Span {
    if let Some(TraceParent { trace, span: above, .. }) = parent {
        let (trace, above) = (TraceId::from_bytes(trace.to_be_bytes()), SpanId::from_bytes(above.to_be_bytes()));
        let above = SpanContext::new(trace, above, TraceFlags::SAMPLED, true, TraceState::NONE);
        // Where nothing is traced there is nothing to put anywhere.
        let _ = span.set_parent(Context::new().with_remote_span_context(above));
    }
    span
}
