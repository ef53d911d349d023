//! Envelopes handed over by many at the same time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use konvolutt_shared::api::Submission;
use konvolutt_shared::envelope::{VerifyEnvelope, verify};
use konvolutt_shared::pki::{Memo, Policy, Purpose};
use konvolutt_tests::client::Client;
use reqwest::Method;
use uuid::Uuid;

use crate::serve::Server;

const OURS: &str = "310904007";
const THEIRS: &str = "310900117";

/// Bytes of a package.
const PACKAGE: usize = 16 * 1024;

/// How many were done in how long, and how long each took, shortest first.
pub(crate) struct Timed {
    seconds: f64,
    each: Vec<Duration>,
}

impl Timed {
    pub(crate) fn new(seconds: f64, mut each: Vec<Duration>) -> Self {
        each.sort_unstable();
        Self { seconds, each }
    }

    pub(crate) fn rate(&self) -> f64 {
        self.each.len() as f64 / self.seconds
    }

    fn percentile(&self, percent: usize) -> f64 {
        let at = (self.each.len() * percent / 100).min(self.each.len().saturating_sub(1));
        self.each.get(at).map_or(0.0, |took| took.as_secs_f64() * 1000.0)
    }
}

impl fmt::Display for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p95, p99] = [50, 95, 99].map(|percent| self.percentile(percent));
        write!(f, "{:>7.0}/s   p50 {p50:>6.2} ms  p95 {p95:>6.2} ms  p99 {p99:>6.2} ms", self.rate())
    }
}

/// Signed envelopes whose packages are uploaded.
pub(crate) struct Letters {
    client: Client,
    bodies: Vec<String>,
}

impl Letters {
    pub(crate) async fn prepare(server: &Server, count: usize) -> Result<Self> {
        let client = Client::sign_in(&server.base(), "siri", OURS).await?;
        let one = async |number: usize| -> Result<String> {
            let mut package = vec![0; PACKAGE];
            package[..8].copy_from_slice(&number.to_be_bytes());
            let sbd = client.sbd(&Uuid::new_v4().to_string(), THEIRS, "brev.pdf")?;
            let envelope = client.envelope(&sbd, &package)?;
            let upload = client.upload(&package).await?;
            Ok(serde_json::to_string(&Submission { envelope, upload, business_message: None, approval_key: None })?)
        };
        let bodies = iter(0..count).map(one).buffered(16).try_collect().await?;
        Ok(Self { client, bodies })
    }

    pub(crate) fn bodies(&self, from: usize, count: usize) -> Vec<(String, Option<String>)> {
        let cookie = self.client.cookie().to_owned();
        self.bodies[from..from + count].iter().map(|body| (body.clone(), Some(cookie.clone()))).collect()
    }

    /// Envelopes per second that one core checks, without store and network.
    pub(crate) fn check_rate(&self) -> Result<f64> {
        let policy = Policy { memo: Memo::remembering(), ..self.client.policy(Purpose::Sign)? };
        let expected = VerifyEnvelope::new(&self.client.trust.audience, policy.at, policy);
        let some = &self.bodies[..self.bodies.len().min(1_000)];
        let parsed = some.iter().map(|body| serde_json::from_str(body)).collect::<Result<Vec<Submission>, _>>()?;
        let begun = Instant::now();
        for submission in &parsed {
            ensure!(verify(&submission.envelope, &expected).is_ok(), "an envelope does not hold");
        }
        Ok(parsed.len() as f64 / begun.elapsed().as_secs_f64())
    }
}

/// Posts all, so many at a time. To a relay every answer must be that it is taken.
pub(crate) async fn post(
    base: &str,
    clients: usize,
    bodies: Vec<(String, Option<String>)>,
    relay: Option<&Server>,
) -> Result<Timed> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let (bodies, next, url) = (Arc::new(bodies), Arc::new(AtomicUsize::new(0)), format!("{base}/api/v1/messages"));
    let expected = if relay.is_some() { 201 } else { 204 };
    let begun = Instant::now();
    let workers: Vec<_> = (0..clients)
        .map(|_| {
            let (http, bodies, next, url) = (http.clone(), bodies.clone(), next.clone(), url.clone());
            tokio::spawn(async move {
                let mut each = Vec::new();
                while let Some((body, cookie)) = bodies.get(next.fetch_add(1, Relaxed)) {
                    let request = http.request(Method::POST, &url).header("content-type", "application/json");
                    let request = request.header("cookie", cookie.as_deref().unwrap_or_default()).body(body.clone());
                    let asked = Instant::now();
                    let answer = request.send().await?;
                    let status = answer.status().as_u16();
                    let text = answer.bytes().await?;
                    ensure!(status == expected, "{status}: {}", String::from_utf8_lossy(&text));
                    each.push(asked.elapsed());
                }
                Ok(each)
            })
        })
        .collect();
    let mut each = Vec::new();
    for worker in workers {
        each.extend(worker.await??);
    }
    Ok(Timed::new(begun.elapsed().as_secs_f64(), each))
}
