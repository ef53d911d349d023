//! Takes what is due from the outbox and hands it to the broker.
//!
//! [`Driver`] holds the steps, over traits, so that they can be driven by a simulated world; [`work`] is the loop that
//! drives them here.

mod backoff;
mod breaker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{Source, Status, StatusEvent};
use konvolutt_shared::finding::{Code, Finding, Rule, Severity};
use tracing::Instrument as _;

use crate::app::App;
use crate::broker::{Broker, Dispatch, Failure};
use crate::channel::{Channel, source};
use crate::clock::{Machine, World};
use crate::follow;
use crate::message;
use crate::observe::trace;
use crate::outbox::{Acquire, Kind, Lease, Outcome};
use crate::packages::{Package, Packages};
use crate::store::{Outbox, StoreError};

pub use breaker::{Breaker, Permit, Verdict};

/// How long to rest when nothing is due. New rows wake the worker at once.
const REST: Duration = Duration::from_millis(500);

/// How many deliveries to one broker run at the same time. Each broker has workers of its own, so that one that does
/// not answer holds up nobody else.
pub const WORKERS: usize = 4;

/// How long a worker has before another may take its row. A worker that lives renews it.
pub const LEASE: SignedDuration = SignedDuration::from_mins(3);

/// How often a worker says that it lives.
const RENEW: Duration = Duration::from_secs(30);

/// How long the store may take for that.
const STORE: Duration = Duration::from_secs(5);

/// So long before a lease ends nothing more is sent under it: more than one renewal and its answer take.
const MARGIN: SignedDuration = SignedDuration::from_secs(40);

/// A lease whose end cannot be written back is waited out; meanwhile this rests.
const TROUBLE: Duration = Duration::from_secs(5);

/// What a delivery needs.
#[derive(Clone, Copy, Debug)]
pub struct Driver<'a> {
    pub store: &'a dyn Outbox,
    pub broker: &'a dyn Broker,
    /// The broker's name on rows.
    pub channel: &'a str,
    pub breaker: &'a Mutex<Breaker>,
    pub world: &'a dyn World,
    /// Sealed packages.
    pub packages: &'a Arc<dyn Packages>,
    /// How long after a letter has left the broker is first asked how it went, if it has to be asked.
    pub follow: Option<SignedDuration>,
}

/// One worker's life with one broker.
pub async fn work(app: Arc<App>, channel: Arc<Channel>) {
    let driver = Driver {
        store: &*app.store,
        broker: &*channel.broker,
        channel: channel.name,
        breaker: &channel.breaker,
        world: &Machine,
        packages: &app.packages,
        follow: channel.tracker.as_ref().map(|_| follow::FIRST),
    };
    loop {
        match driver.take().await {
            Ok(Some(lease)) => tokio::select! {
                result = driver.step(&lease).instrument(span(&lease)) => if let Err(error) = result {
                    tracing::error!(%error, message = lease.message, "a delivery could not be written back");
                },
                () = driver.keep(&lease) => {
                    tracing::warn!(message = lease.message, "a delivery is no longer in this worker's hands");
                }
            },
            Ok(None) => {
                // Whichever comes first; a missed wake-up costs one rest.
                let _ = tokio::time::timeout(REST, app.wake.notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                tokio::time::sleep(TROUBLE).await;
            }
        }
    }
}

/// One try, below the span in which the message was accepted.
fn span(lease: &Lease) -> tracing::Span {
    let code = tracing::field::Empty;
    let span = tracing::debug_span!("message.deliver", message = lease.message, attempts = lease.attempts, code);
    trace::below(span, lease.trace)
}

impl Driver<'_> {
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the row that is due, unless the broker is being left alone.
    ///
    /// # Errors
    /// The store's.
    pub async fn take(&self) -> Result<Option<Lease>, StoreError> {
        let now = self.world.now();
        let permit = self.breaker().permit(now);
        if permit == Permit::No {
            return Ok(None);
        }
        let (channel, token) = (self.channel.to_owned(), self.world.random().to_string());
        let probe = permit == Permit::Probe;
        let lease = self.store.acquire(Acquire { channel, token, now, until: now + LEASE, probe }).await;
        if !matches!(lease, Ok(Some(_))) {
            self.breaker().unused();
        }
        lease
    }

    /// Renews a lease for as long as it can be renewed. Ends when another worker has taken the row, or may soon: nothing must
    /// be sent under a lease that has ended.
    async fn keep(&self, lease: &Lease) {
        let mut until = self.world.now() + LEASE;
        loop {
            tokio::time::sleep(RENEW).await;
            let now = self.world.now();
            match tokio::time::timeout(STORE, self.renew(lease)).await {
                Ok(Ok(true)) => until = now + LEASE,
                Ok(Ok(false)) => return,
                Ok(Err(error)) => tracing::error!(%error, "a lease cannot be renewed"),
                Err(_) => tracing::error!("the store does not say whether a lease is renewed"),
            }
            if ends_soon(until, self.world.now()) {
                return;
            }
        }
    }

    /// Makes a lease last anew. `false` if the row is in other hands.
    ///
    /// # Errors
    /// The store's.
    pub async fn renew(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.store.renew(lease, self.world.now() + LEASE).await
    }

    /// One try of a row in our hands, written back.
    ///
    /// # Errors
    /// The store's; the lease then ends by itself.
    pub async fn step(&self, lease: &Lease) -> Result<(), StoreError> {
        let now = self.world.now();
        if lease.kind == Kind::Letter && lease.expires.is_some_and(|expires| expires < now) {
            self.breaker().unused();
            let event = message::event(now, Status::LevetidUtlopt, Source::Relay);
            return self.settle(lease, Outcome::Dead("deadline".to_owned()), Some(event)).await;
        }
        let result = self.send(lease).await?;
        let now = self.world.now();
        self.breaker().record(now, Verdict::of(&result));
        match result {
            Ok(()) => {
                let event = message::event(now, Status::Sendt, source(self.channel));
                // Nobody waits for what becomes of our own status messages.
                let follow = self.follow.filter(|_| lease.kind == Kind::Letter).map(|wait| now + wait);
                self.settle(lease, Outcome::Sent { follow }, Some(event)).await
            }
            Err(failure) => {
                let (code, attempts) = (failure.code(), lease.attempts);
                tracing::warn!(message = lease.message, %code, attempts, "a delivery failed");
                tracing::Span::current().record("code", code.as_str());
                let (outcome, event) = after(lease, failure, now, source(self.channel));
                self.settle(lease, outcome, event).await
            }
        }
    }

    /// Sends through a transfer whose id is kept before the first byte of the package leaves, so that a lost answer or
    /// a restart goes on with the same transfer instead of making a second one.
    async fn send(&self, lease: &Lease) -> Result<Result<(), Failure>, StoreError> {
        let dispatch = dispatch(lease, self.packages);
        let transfer = match &lease.transfer {
            Some(transfer) => transfer.clone(),
            // One whose answer was lost before is left behind: it is empty, and nobody hears of it. Looking for it
            // would take a call for every transfer of ours, and the broker's limits are narrow.
            None => match self.broker.initialize(&dispatch).await {
                Err(failure) => return Ok(Err(failure)),
                Ok(transfer) => {
                    if !self.store.keep_transfer(lease, &transfer).await? {
                        return Ok(Err(taken_over()));
                    }
                    transfer
                }
            },
        };
        match self.broker.upload(&transfer, &dispatch).await {
            Err(Failure::Abandoned(_)) => {}
            result => return Ok(result),
        }
        // The broker takes no second upload into a transfer that broke, and after the patience of `DpoConfig` it will
        // not publish the first one any more: a new transfer cannot make the message arrive twice.
        let transfer = match self.broker.initialize(&dispatch).await {
            Ok(transfer) => transfer,
            Err(failure) => return Ok(Err(failure)),
        };
        if !self.store.keep_transfer(lease, &transfer).await? {
            return Ok(Err(taken_over()));
        }
        Ok(self.broker.upload(&transfer, &dispatch).await)
    }

    async fn settle(&self, lease: &Lease, outcome: Outcome, event: Option<StatusEvent>) -> Result<(), StoreError> {
        // Our own status messages to senders are not events of the letter.
        let event = event.filter(|_| lease.kind == Kind::Letter);
        self.store.settle(lease, outcome, event, self.world.now()).await.map(drop)
    }
}

fn dispatch(lease: &Lease, packages: &Arc<dyn Packages>) -> Dispatch {
    Dispatch {
        reference: lease.reference.clone(),
        created: lease.created,
        sender: lease.sender.clone(),
        recipient: lease.recipient.clone(),
        sbd: lease.sbd.clone(),
        package: lease.package.as_ref().map(|name| Package { name: name.clone(), among: packages.clone() }),
        package_size: lease.package_size,
        details: lease.details.clone(),
        doubtful: lease.doubtful,
    }
}

/// Whether a lease that ends at that time is no longer one to send under.
fn ends_soon(until: Timestamp, now: Timestamp) -> bool {
    until.duration_since(now) <= MARGIN
}

fn taken_over() -> Failure {
    Failure::Unknown(Finding::warning(Rule::SendingUncertain, "another worker has taken this delivery over"))
}

/// What a failure means for the row, and what the message's history tells of it.
fn after(lease: &Lease, failure: Failure, now: Timestamp, source: Source) -> (Outcome, Option<StatusEvent>) {
    let next = |asked| Some(backoff::next(now, lease.attempts, asked, lease.expires));
    let next = match &failure {
        Failure::Refused(_) => None,
        Failure::Later { after, .. } => next(*after),
        Failure::Unknown(_) | Failure::Abandoned(_) => next(None),
    };
    // A finding that refuses marks an event as not counted; a failure of our own delivery does count.
    let finding = Finding { severity: Severity::Warning, ..failure.into_finding() };
    let why = finding.code.to_string();
    let (outcome, status) = match next {
        None => (Outcome::Dead(why), Status::Feil),
        Some(next) => (Outcome::Later(next, why), Status::Annet),
    };
    // A delay is worth one line in the history, not one per try; a refusal always is. That the carrier lets us not in is one
    // only when the next try meets it, too: a gateway may say so in passing, and a person is alarmed by it.
    let tell = match finding.code {
        _ if status == Status::Feil => true,
        Code::CarrierDenied => lease.attempts > 0,
        _ => lease.attempts <= 1,
    };
    let event = StatusEvent {
        description: Some(finding.message.clone()),
        finding: Some(finding),
        ..message::event(now, status, source)
    };
    (outcome, tell.then_some(event))
}

/// Marks letters whose deadline passed without a delivery. One that cannot be marked does not hold up the others.
///
/// # Errors
/// The store cannot be asked which.
pub async fn expire(store: &dyn Outbox, now: Timestamp) -> Result<(), StoreError> {
    for id in store.overdue(now).await? {
        let event = message::event(now, Status::LevetidUtlopt, Source::Relay);
        if let Err(error) = store.expire(&id, event, now).await {
            tracing::error!(%error, message = id, "a deadline could not be written down");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_under_a_lease_that_could_not_be_renewed_in_time() {
        let begun = Timestamp::from_second(1_800_000_000).unwrap();
        let (until, round) = (begun + LEASE, RENEW + STORE);
        assert!(MARGIN > SignedDuration::try_from(round).unwrap(), "the next look comes before the end");
        assert!(!ends_soon(until, begun));
        // Looked at after every renewal that failed.
        let stops = (1..).map(|rounds| begun + SignedDuration::try_from(round * rounds).unwrap());
        let stopped = stops.into_iter().find(|now| ends_soon(until, *now)).unwrap();
        assert!(stopped < until, "{stopped}");
    }
}
