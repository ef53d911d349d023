//! Asks brokers that do not tell by themselves how it went with what they took.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::broker::{Failure, Progress, Tracker};
use crate::channel::Channel;
use crate::clock::{Machine, World};
use crate::outbox::{Acquire, Followed};
use crate::store::{Outbox, StoreError};

/// How long after a letter has left it is asked about first.
pub const FIRST: SignedDuration = SignedDuration::from_secs(2);

/// The longest between two questions about the same letter.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// A letter that nothing is heard of for so long is not asked about any more: a person who reads it then is no news.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24 * 90);

/// How long a worker has before another may take its row: as long as a broker may take to answer, and some.
const LEASE: SignedDuration = SignedDuration::from_mins(3);

/// How long to rest when nothing is due.
const REST: Duration = Duration::from_millis(500);

/// A store that fails is left alone for so long.
const TROUBLE: Duration = Duration::from_secs(5);

/// What following needs.
#[derive(Clone, Copy, Debug)]
pub struct Follower<'a> {
    pub store: &'a dyn Outbox,
    pub tracker: &'a dyn Tracker,
    /// The channel's code on rows.
    pub channel: &'a str,
    pub world: &'a dyn World,
}

/// The worker's life with one broker.
pub async fn work(app: Arc<App>, channel: Arc<Channel>) {
    let Some(tracker) = &channel.tracker else { return };
    let follower = Follower { store: &*app.store, tracker: &**tracker, channel: channel.name, world: &Machine };
    loop {
        match follower.step().await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(REST).await,
            Err(error) => {
                tracing::error!(%error, "what is followed cannot be read or written");
                tokio::time::sleep(TROUBLE).await;
            }
        }
    }
}

impl Follower<'_> {
    /// Asks about the letter that has been due longest, and writes down what is new. `false` if none is due.
    ///
    /// # Errors
    /// The store's; the lease then ends by itself.
    pub async fn step(&self) -> Result<bool, StoreError> {
        let now = self.world.now();
        let (channel, token) = (self.channel.to_owned(), self.world.random().to_string());
        let ask = Acquire { channel, token, now, until: now + LEASE, probe: false };
        let Some(followed) = self.store.acquire_followed(ask).await? else { return Ok(false) };
        let told = self.tracker.progress(&followed.sender, &followed.transfer).await;
        let now = self.world.now();
        let (events, next) = match told {
            Ok(Progress { events, finished }) => (events, next(&followed, now, None).filter(|_| !finished)),
            Err(failure) => {
                let (code, after) = (failure.code(), asked(&failure));
                tracing::warn!(message = followed.message, %code, "it cannot be asked how a letter fares");
                (Vec::new(), next(&followed, now, after))
            }
        };
        self.store.followed(&followed, events, next, now).await?;
        Ok(true)
    }
}

fn asked(failure: &Failure) -> Option<Duration> {
    match failure {
        Failure::Later { after, .. } => *after,
        _ => None,
    }
}

/// When to ask again: the longer it has been gone, the more seldom, for what was not read for a week will not be read this
/// minute. `None` when it is given up.
fn next(followed: &Followed, now: Timestamp, asked: Option<Duration>) -> Option<Timestamp> {
    let age = now.duration_since(followed.created);
    if age > PATIENCE {
        return None;
    }
    let wait = (age / 10).clamp(FIRST, LONGEST);
    let asked = asked.and_then(|asked| SignedDuration::try_from(asked).ok()).unwrap_or_default();
    now.checked_add(wait.max(asked)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_become_rarer_and_end() {
        let created = Timestamp::from_second(1_800_000_000).unwrap();
        let text = || "x".to_owned();
        let followed =
            Followed { id: text(), token: text(), message: text(), sender: text(), transfer: text(), created };
        let wait = |age: i64, asked| {
            let now = created + SignedDuration::from_secs(age);
            next(&followed, now, asked).map(|next| next.duration_since(now).as_secs())
        };
        assert_eq!(wait(0, None), Some(2));
        assert_eq!(wait(600, None), Some(60));
        assert_eq!(wait(600, Some(Duration::from_secs(300))), Some(300), "the broker asked for it");
        assert_eq!(wait(86_400, None), Some(3600));
        assert_eq!(wait(90 * 86_400 + 1, None), None);
    }
}
