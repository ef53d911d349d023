//! Takes what is due and carries it out. [`Driver`] holds the steps, over traits; [`work`] is the loop that drives them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{WebhookAttempt, WebhookTrouble};
use tracing::Instrument as _;

use super::courier::{Post, Posting};
use super::{Notice, Outcome, Safe, Secret, Tried, backoff, event, sign};
use crate::app::App;
use crate::clock::{Machine, World};
use crate::observe::trace;
use crate::store::{StoreError, Webhooks};

/// How many endpoints are told at the same time. One endpoint is told one thing at a time, so one that does not answer
/// takes one of these and no more.
pub const WORKERS: usize = 4;

/// How long a worker has; longer than the courier's patience.
pub const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// How long to rest when nothing is due.
const REST: Duration = Duration::from_secs(1);

/// How long to rest when the store is in trouble.
const TROUBLE: Duration = Duration::from_secs(5);

/// How long deliveries that are done stay in the log.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What telling needs.
#[derive(Clone, Copy, Debug)]
pub struct Driver<'a> {
    pub store: &'a dyn Webhooks,
    pub post: &'a dyn Post,
    pub world: &'a dyn World,
    /// Opens the secrets.
    pub safe: &'a Safe,
    /// This relay's name.
    pub audience: &'a str,
}

impl Driver<'_> {
    /// Takes what is due, tries it and writes back. `false` if nothing was due.
    ///
    /// # Errors
    /// The store's; the lease then ends by itself, and the same is sent again under the same id.
    pub async fn step(&self) -> Result<bool, StoreError> {
        let (now, token) = (self.world.now(), self.world.random().to_string());
        let Some(notice) = self.store.acquire_notice(token, now, now + LEASE).await? else { return Ok(false) };
        let status = tracing::field::Empty;
        let (webhook, message, attempts) = (&notice.webhook, &notice.change.id, notice.attempts);
        let span = tracing::debug_span!("webhook.post", webhook, message, attempts, status);
        let tried = self.attempt(&notice, now).instrument(trace::below(span, notice.trace)).await;
        self.store.settle_notice(&notice, tried, self.world.now()).await?;
        Ok(true)
    }

    async fn attempt(&self, notice: &Notice, now: Timestamp) -> Tried {
        let Some(secrets) = self.secrets(notice) else {
            tracing::error!(
                webhook = notice.webhook,
                "a webhook's secret cannot be opened; give the webhook a new one"
            );
            let attempt = WebhookAttempt { at: now, status: None, trouble: Some(WebhookTrouble::Secret), ms: 0 };
            return Tried { attempt, outcome: self.later(notice, None) };
        };
        let body = event::body(notice, &event::source(self.audience));
        let (id, seconds) = (notice.event_id.clone(), now.as_second());
        let signature = sign(&secrets, &id, seconds, &body);
        let begun = Instant::now();
        let posting = Posting { address: notice.address.clone(), id, seconds, signature, body };
        let answer = self.post.post(posting).await;
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = answer.as_ref().ok().map(|answer| answer.status);
        if let Some(status) = status {
            tracing::Span::current().record("status", status);
        }
        let outcome = match answer {
            Ok(answer) if (200..300).contains(&answer.status) => Outcome::Delivered,
            Ok(answer) if answer.status == 410 => Outcome::Gone,
            Ok(answer) => self.later(notice, answer.retry_after),
            Err(_) => self.later(notice, None),
        };
        if outcome != Outcome::Delivered {
            let attempts = notice.attempts;
            tracing::info!(webhook = notice.webhook, attempts, status, "a webhook was not taken");
        }
        Tried { attempt: WebhookAttempt { at: now, status, trouble: answer.err(), ms }, outcome }
    }

    /// The present secret, and the one before if that counts and opens, too. Nothing is told without the present one.
    fn secrets(&self, notice: &Notice) -> Option<Vec<Secret>> {
        let (present, former) = notice.secrets.split_first()?;
        let open = |kept| self.safe.open(&notice.webhook, kept);
        Some(std::iter::once(open(present)?).chain(former.iter().filter_map(open)).collect())
    }

    fn later(&self, notice: &Notice, asked: Option<Duration>) -> Outcome {
        let chance = self.world.random().as_bytes()[0];
        let wait = backoff::wait(notice.attempts, asked, chance);
        let wait = wait.and_then(|wait| SignedDuration::try_from(wait).ok());
        wait.and_then(|wait| self.world.now().checked_add(wait).ok()).map_or(Outcome::Dead, Outcome::Later)
    }
}

/// One worker's life.
pub async fn work(app: Arc<App>) {
    let (store, audience) = (&*app.store, &app.trust.audience);
    let driver = Driver { store, post: &app.webhooks, world: &Machine, safe: &app.safe, audience };
    loop {
        match driver.step().await {
            Ok(true) => {}
            // Whichever comes first; a missed wake-up costs one rest.
            Ok(false) => drop(tokio::time::timeout(REST, app.wake_webhooks.notified()).await),
            Err(error) => {
                tracing::error!(%error, "webhooks cannot be read or written back");
                tokio::time::sleep(TROUBLE).await;
            }
        }
    }
}

/// Queues every event for the endpoints of its organisation, for as long as there are any.
pub async fn spread(app: Arc<App>) {
    let mut live = app.store.subscribe();
    loop {
        match app.store.spread_events(crate::clock::now()).await {
            Ok(0) => {
                // Heard or lagging is the same: there is something in the log. Another relay's events are only seen by
                // looking.
                let _ = tokio::time::timeout(REST, live.recv()).await;
                while live.try_recv().is_ok() {}
            }
            Ok(_) => app.wake_webhooks.notify_waiters(),
            Err(error) => {
                tracing::error!(%error, "events cannot be queued for webhooks");
                tokio::time::sleep(TROUBLE).await;
            }
        }
    }
}
