//! Every span, field and metric name there is, and what is counted.
//!
//! # What is never logged, counted or traced
//!
//! * document content, titles, file names, sizes of single documents;
//! * SBDs, envelopes, sealed packages, or any part of them;
//! * names of people, national identity numbers, e-mail addresses, telephone numbers;
//! * what somebody searched for, and addresses' queries;
//! * tokens, cookies, session secrets, grants, API keys, private keys, and the text of a configuration file;
//! * bodies and headers of requests and answers, of ours and of others';
//! * paths as they were asked for: only the route's template, for a wrong path may hold anything.
//!
//! What may be: ids that this program or the broker made up, organisation numbers, codes, counts, times, error texts of
//! the database and the system. Fields have the names in [`FIELDS`] and no others, which a test holds; another plants
//! every secret above in a running server and looks for it in the log. Metrics have no label that names a party.
//!
//! `prometheus-client` was chosen over `metrics` with its exporter: no global recorder, no server or TLS of its own,
//! labels as types, and it comes from the Prometheus project.

pub mod trace;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::Timestamp;
use konvolutt_shared::api::{Change, Direction, Status};
use konvolutt_shared::finding::Code;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::sync::broadcast;

use crate::outbox::Backlog;

/// Every field of a log line or span.
pub const FIELDS: &[&str] = &[
    "address",  // where something listens
    "attempts", // tries before this one
    "code",     // a finding's
    "delivery", // a row of the outbox
    "error",    // ours: the database's, the system's
    "lost",     // how many changes were not counted
    "message",  // the relay's id of a message
    "method",   // of HTTP
    "ms",       // how long, in milliseconds
    "released", // how many rows
    "route",    // its template
    "sealed",   // how many secrets
    "status",   // of HTTP
    "trace_id", // of a refusal
    "transfer", // the broker's id
    "webhook",  // the relay's id of an endpoint
];

/// Upper bounds of the buckets of request durations, in seconds: from a cached page to a slow upload.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// A word of ours as a label's value: never text from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word(pub &'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    result: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByCode {
    code: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByStatus {
    direction: Word,
    status: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByDirection {
    direction: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByChannel {
    channel: Word,
}

/// The template is ours, so there are only as many as there are routes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRoute {
    method: Word,
    route: String,
    status: u16,
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    envelopes: Family<ByResult, Counter>,
    refusals: Family<ByCode, Counter>,
    messages: Family<ByStatus, Counter>,
    depth: Family<ByChannel, Gauge>,
    oldest: Family<ByChannel, Gauge<f64, AtomicU64>>,
    durations: Family<ByRoute, Histogram>,
    bytes: Family<ByDirection, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("efm");
        let all = Self {
            envelopes: Family::default(),
            refusals: Family::default(),
            messages: Family::default(),
            depth: Family::default(),
            oldest: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            bytes: Family::default(),
            registry: Registry::default(),
        };
        let Self { envelopes, refusals, messages, depth, oldest, durations, bytes, .. } = &all;
        registry.register("envelopes", "Envelopes taken: accepted, or repeated", envelopes.clone());
        registry.register("refusals", "Requests refused, by the finding's code", refusals.clone());
        registry.register("messages", "Events of messages: SENDT is a delivery, FEIL one given up", messages.clone());
        registry.register("queue_depth", "Deliveries that wait", depth.clone());
        registry.register("oldest_pending_seconds", "Age of the oldest delivery that waits", oldest.clone());
        let help = "Time until an answer begins, by route template";
        registry.register("http_request_duration_seconds", help, durations.clone());
        registry.register("http_body_bytes", "Bytes of bodies, in and out", bytes.clone());
        Self { registry, ..all }
    }
}

impl Metrics {
    /// An envelope was taken.
    pub fn envelope(&self, repeated: bool) {
        let result = Word(if repeated { "repeated" } else { "accepted" });
        self.envelopes.get_or_create(&ByResult { result }).inc();
    }

    /// A request was refused.
    pub fn refusal(&self, code: Code) {
        self.refusals.get_or_create(&ByCode { code: Word(code.as_str()) }).inc();
    }

    /// A request was answered. `route` is a template.
    pub fn request(&self, method: &'static str, route: &str, status: u16, duration: Duration) {
        let labels = ByRoute { method: Word(method), route: route.to_owned(), status };
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// The counter of bytes that come in.
    pub fn bytes_in(&self) -> Counter {
        self.bytes.get_or_create(&ByDirection { direction: Word("in") }).clone()
    }

    /// The counter of bytes that go out.
    pub fn bytes_out(&self) -> Counter {
        self.bytes.get_or_create(&ByDirection { direction: Word("out") }).clone()
    }

    /// Something happened to a message.
    pub fn change(&self, change: &Change) {
        let direction = Word(match change.direction {
            Direction::In => "in",
            Direction::Out => "out",
        });
        self.messages.get_or_create(&ByStatus { direction, status: Word(status(change.event.status)) }).inc();
    }

    /// How much waits for a channel.
    pub fn backlog(&self, channel: &'static str, backlog: &Backlog, now: Timestamp) {
        let channel = ByChannel { channel: Word(channel) };
        self.depth.get_or_create(&channel).set(i64::try_from(backlog.waiting).unwrap_or(i64::MAX));
        let age = backlog.oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0));
        self.oldest.get_or_create(&channel).set(age);
    }

    /// Everything as OpenMetrics text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            // Writing to a string does not fail; a half answer would be worse than none.
            text.clear();
            let _ = writeln!(text, "# EOF");
        }
        text
    }
}

/// The words of `status.rs`, without going through JSON.
fn status(status: Status) -> &'static str {
    match status {
        Status::Opprettet => "OPPRETTET",
        Status::Sendt => "SENDT",
        Status::Mottatt => "MOTTATT",
        Status::Levert => "LEVERT",
        Status::Lest => "LEST",
        Status::Feil => "FEIL",
        Status::Annet => "ANNET",
        Status::InnkommendeMottatt => "INNKOMMENDE_MOTTATT",
        Status::InnkommendeLevert => "INNKOMMENDE_LEVERT",
        Status::LevetidUtlopt => "LEVETID_UTLOPT",
    }
}

/// Counts every change after its commit, for as long as there are any.
pub async fn follow(mut changes: broadcast::Receiver<Change>, metrics: Arc<Metrics>) {
    loop {
        match changes.recv().await {
            Ok(change) => metrics.change(&change),
            Err(broadcast::error::RecvError::Lagged(lost)) => tracing::warn!(lost, "changes were not counted"),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

#[cfg(test)]
mod tests;
