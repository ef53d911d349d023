//! Hears of events, ours and other relays', and tells those who listen here.
//!
//! A notification only says that the log has grown; what is told is read from the log. So a connection that was lost
//! loses nothing, and everybody hears everything in the order of the cursors.

use std::time::Duration;

use deadpool_postgres::Pool;
use konvolutt_shared::api::Change;
use tokio::sync::broadcast;

use super::connect::Connector;
use super::{StoreError, event, message};

/// How long to rest when there is no connection.
const TROUBLE: Duration = Duration::from_secs(1);

/// The log is read this often even when nobody says anything, for a connection may be dead without a word.
const SILENCE: Duration = Duration::from_secs(15);

pub(super) async fn listen(connector: Connector, pool: Pool, mut last: u64, changes: broadcast::Sender<Change>) {
    loop {
        if let Err(error) = follow(&connector, &pool, &mut last, &changes).await {
            tracing::warn!(%error, "other relays are not heard for a moment");
        }
        tokio::time::sleep(TROUBLE).await;
    }
}

/// Tells what is new for as long as the connection lives.
async fn follow(
    connector: &Connector,
    pool: &Pool,
    last: &mut u64,
    changes: &broadcast::Sender<Change>,
) -> Result<(), StoreError> {
    let mut ear = connector.listen(event::CHANNEL).await?;
    loop {
        // Read after the listening began, so that nothing falls between the two.
        tell(pool, last, changes).await?;
        if let Ok(heard) = tokio::time::timeout(SILENCE, ear.heard()).await {
            heard?;
        } else {
            ear.is_alive().await?;
        }
    }
}

async fn tell(pool: &Pool, last: &mut u64, changes: &broadcast::Sender<Change>) -> Result<(), StoreError> {
    let client = pool.get().await?;
    loop {
        let new = message::grown(&client, *last).await?;
        if new.is_empty() {
            return Ok(());
        }
        for change in new {
            *last = change.cursor;
            // Nobody may be listening.
            let _ = changes.send(change);
        }
    }
}
