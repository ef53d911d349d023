//! Takes what is due from the outbox and hands it to the broker.

mod backoff;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{Source, Status, StatusEvent};
use konvolutt_shared::finding::{Code, Finding};

use crate::app::App;
use crate::broker::{Dispatch, Failure};
use crate::message;
use crate::outbox::{self, Kind, Lease, Outcome};
use crate::store::StoreError;

/// How long to rest when nothing is due. New rows wake the worker at once.
const REST: Duration = Duration::from_millis(500);

/// How many deliveries run at the same time.
pub const WORKERS: usize = 4;

/// One worker's life.
pub async fn work(app: Arc<App>) {
    loop {
        let now = crate::clock::now();
        match outbox::acquire(&app.store, now).await {
            Ok(Some(lease)) => {
                if let Err(error) = step(&app, &lease).await {
                    tracing::error!(%error, message = lease.message, "a delivery could not be written back");
                }
            }
            Ok(None) => {
                // Whichever comes first; a missed wake-up costs one rest.
                let _ = tokio::time::timeout(REST, app.wake.notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
}

async fn step(app: &App, lease: &Lease) -> Result<(), StoreError> {
    let now = crate::clock::now();
    if lease.kind == Kind::Letter && lease.expires.is_some_and(|expires| expires < now) {
        let event = message::event(now, Status::LevetidUtlopt, Source::Relay);
        return settle(app, lease, Outcome::Dead("deadline".to_owned()), Some(event)).await;
    }
    match send(app, lease).await? {
        Ok(()) => {
            let event = message::event(crate::clock::now(), Status::Sendt, Source::Altinn);
            settle(app, lease, Outcome::Sent, Some(event)).await
        }
        Err(failure) => after(app, lease, failure).await,
    }
}

/// Sends through a transfer whose id is kept before the first byte of the package leaves, so that a lost answer or a
/// restart goes on with the same transfer instead of making a second one.
async fn send(app: &App, lease: &Lease) -> Result<Result<(), Failure>, StoreError> {
    let mut dispatch = dispatch(lease);
    let transfer = match &lease.transfer {
        Some(transfer) => transfer.clone(),
        None => match transfer(app, lease, &dispatch).await {
            Err(failure) => return Ok(Err(failure)),
            Ok(transfer) => {
                if !outbox::keep_transfer(&app.store, lease, Some(transfer.clone())).await? {
                    return Ok(Err(taken_over()));
                }
                transfer
            }
        },
    };
    match app.dpo.upload(&transfer, &dispatch).await {
        Err(Failure::Abandoned(_)) => {}
        result => return Ok(result),
    }
    // The broker takes no second upload into a transfer that broke, and after the patience of `DpoConfig` it will not
    // publish the first one any more: a new transfer cannot make the message arrive twice.
    dispatch.reference = outbox::new_reference(&app.store, lease).await?;
    let transfer = match app.dpo.initialize(&dispatch).await {
        Ok(transfer) => transfer,
        Err(failure) => return Ok(Err(failure)),
    };
    if !outbox::keep_transfer(&app.store, lease, Some(transfer.clone())).await? {
        return Ok(Err(taken_over()));
    }
    Ok(app.dpo.upload(&transfer, &dispatch).await)
}

/// The transfer of this row: the one that an earlier try made, if its answer was lost, else a new one.
async fn transfer(app: &App, lease: &Lease, dispatch: &Dispatch) -> Result<String, Failure> {
    if lease.attempts > 0
        && let Some(found) = app.dpo.find(dispatch).await?
    {
        return Ok(found);
    }
    app.dpo.initialize(dispatch).await
}

fn dispatch(lease: &Lease) -> Dispatch {
    Dispatch {
        reference: lease.reference.clone(),
        created: lease.created,
        sender: lease.sender.clone(),
        recipient: lease.recipient.clone(),
        sbd: lease.sbd.clone(),
        package: lease.package.clone(),
        package_size: lease.package_size,
    }
}

fn taken_over() -> Failure {
    Failure::Unknown(Finding::warning(Code::SendingUncertain, "another worker has taken this delivery over"))
}

async fn after(app: &App, lease: &Lease, failure: Failure) -> Result<(), StoreError> {
    let now = crate::clock::now();
    let (outcome, status) = match &failure {
        Failure::Refused(finding) => (Outcome::Dead(finding.code.to_string()), Status::Feil),
        Failure::Later { after, finding } => {
            (Outcome::Later(due(now, lease.attempts, *after), finding.code.to_string()), Status::Annet)
        }
        Failure::Unknown(finding) | Failure::Abandoned(finding) => {
            (Outcome::Later(due(now, lease.attempts, None), finding.code.to_string()), Status::Annet)
        }
    };
    let finding = failure.into_finding();
    tracing::warn!(message = lease.message, code = %finding.code, attempts = lease.attempts, "a delivery failed");
    let (source, attempts) = (Source::Altinn, lease.attempts);
    // A delay is worth one line in the history, not one per try; a refusal always is.
    let tell = status == Status::Feil || attempts == 0;
    let finding = if status == Status::Feil {
        finding
    } else {
        Finding { severity: konvolutt_shared::finding::Severity::Warning, ..finding }
    };
    let event = StatusEvent {
        description: Some(finding.message.clone()),
        finding: counted(status, finding),
        ..message::event(now, status, source)
    };
    settle(app, lease, outcome, tell.then_some(event)).await
}

/// A finding that refuses marks an event as not counted; a failure of our own delivery does count.
fn counted(status: Status, finding: Finding) -> Option<Finding> {
    use konvolutt_shared::finding::Severity;
    let severity = if status == Status::Feil { Severity::Warning } else { finding.severity };
    Some(Finding { severity, ..finding })
}

fn due(now: Timestamp, attempts: u32, after: Option<Duration>) -> Timestamp {
    let wait = after.unwrap_or_else(|| backoff::wait(attempts));
    now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1))
}

async fn settle(app: &App, lease: &Lease, outcome: Outcome, event: Option<StatusEvent>) -> Result<(), StoreError> {
    let lease = lease.clone();
    app.store
        .write(move |write| {
            let ours = outbox::settle(write, &lease, &outcome)?;
            // Our own status messages to senders are not events of the letter.
            if let (true, Kind::Letter, Some(event)) = (ours, lease.kind, event) {
                message::add_event(write, &lease.message, event)?;
            }
            Ok(())
        })
        .await
}

/// Marks letters whose deadline passed without a delivery.
pub async fn expire(app: &App, now: Timestamp) -> Result<(), StoreError> {
    let ids = app.store.read(move |connection| message::expired(connection, now)).await?;
    for id in ids {
        app.store
            .write(move |write| {
                outbox::expire(write, &id)?;
                message::add_event(write, &id, message::event(now, Status::LevetidUtlopt, Source::Relay))?;
                Ok(())
            })
            .await?;
    }
    Ok(())
}
