//! What goes on beside the requests.

use std::sync::Arc;
use std::time::Duration;

use konvolutt_shared::api::Status;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::task::TaskTracker;

use super::Shared;
use crate::channel::Channel;
use crate::store::StoreError;
use crate::{collect, deliver, follow, observe, upload, webhook};

/// Starts the workers; they end when the token is cancelled.
///
/// # Errors
/// The store's.
pub async fn start_workers(app: &Shared, poll: Duration) -> Result<TaskTracker, StoreError> {
    app.store.begin_log(&app.trust.audience).await?;
    let released = app.store.release_all().await?;
    if released > 0 {
        tracing::info!(released, "deliveries that the last run left go on");
    }
    let sealed = app.safe.seal_all(&*app.store).await?;
    if sealed > 0 {
        tracing::info!(sealed, "secrets of webhooks were sealed");
    }
    let tracker = TaskTracker::new();
    for channel in &app.channels {
        start_channel(&tracker, app, channel, poll);
    }
    for _ in 0..webhook::WORKERS {
        spawn(&tracker, app, webhook::work);
    }
    spawn(&tracker, app, webhook::spread);
    spawn(&tracker, app, housekeeping);
    spawn(&tracker, app, |app| observe::follow(app.store.subscribe(), app.metrics.clone()));
    spawn(&tracker, app, wake_for_others);
    tracker.close();
    Ok(tracker)
}

/// What works for one channel.
fn start_channel(tracker: &TaskTracker, app: &Shared, channel: &Arc<Channel>, poll: Duration) {
    for _ in 0..deliver::WORKERS {
        let channel = channel.clone();
        spawn(tracker, app, move |app| deliver::work(app, channel.clone()));
    }
    for organisation in app.organisations.iter().filter(|_| channel.mailbox.is_some()) {
        let (orgnr, channel) = (organisation.orgnr.clone(), channel.clone());
        spawn(tracker, app, move |app| collect::work(app, channel.clone(), orgnr.clone(), poll));
    }
    if channel.tracker.is_some() {
        let channel = channel.clone();
        spawn(tracker, app, move |app| follow::work(app, channel.clone()));
    }
}

/// Runs a worker until the relay stops; one that panics is started again, for the others would wait for ever.
fn spawn<W>(tracker: &TaskTracker, app: &Shared, work: impl Fn(Shared) -> W + Send + 'static)
where
    W: Future<Output = ()> + Send + 'static,
{
    let app = app.clone();
    tracker.spawn(async move {
        loop {
            let run = tokio::spawn(app.stopping.clone().run_until_cancelled_owned(work(app.clone())));
            match run.await {
                Ok(_) => return,
                Err(error) => tracing::error!(%error, "a worker broke down and is started again"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
}

/// What another relay has accepted may be sent from here, too.
async fn wake_for_others(app: Shared) {
    let mut changes = app.store.subscribe();
    loop {
        match changes.recv().await {
            Ok(change) if change.event.status != Status::Opprettet => {}
            Ok(_) | Err(RecvError::Lagged(_)) => app.wake.notify_one(),
            Err(RecvError::Closed) => return,
        }
    }
}

async fn housekeeping(app: Shared) {
    loop {
        let now = crate::clock::now();
        if let Err(error) = deliver::expire(&*app.store, now).await {
            tracing::error!(%error, "deadlines cannot be checked");
        }
        if let Err(error) = upload::sweep(&*app.store, &app.files, &*app.packages, now).await {
            tracing::error!(%error, "unfinished uploads cannot be swept");
        }
        if let Err(error) = app.store.forget_notices(now - webhook::KEPT).await {
            tracing::error!(%error, "the log of webhooks cannot be swept");
        }
        app.limits.forget();
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}
