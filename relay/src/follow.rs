//! Asks brokers that do not tell by themselves how it went with what they took.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::StatusEvent;

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

/// For so long after it has left, a letter may not be found yet where it went.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

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
            Ok(progress) => heard(progress, &followed, now),
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

/// What an answer tells, and when to ask again. That a broker does not know what it has just taken tells nothing.
fn heard(progress: Progress, followed: &Followed, now: Timestamp) -> (Vec<StatusEvent>, Option<Timestamp>) {
    let next = next(followed, now, None);
    if progress.unknown && now.duration_since(followed.left) < FRESH {
        return (Vec::new(), next);
    }
    (progress.events, next.filter(|_| !progress.finished))
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
    use konvolutt_shared::api::{Source, Status};

    use super::*;
    use crate::message;

    #[test]
    fn what_is_not_found_at_once_is_asked_for_again() {
        let created = Timestamp::from_second(1_800_000_000).unwrap();
        // It waited for a day before it left.
        let left = created + SignedDuration::from_hours(24);
        let text = || "x".to_owned();
        let followed =
            Followed { id: text(), token: text(), message: text(), sender: text(), transfer: text(), created, left };
        let gone = |unknown| {
            let event = message::event(left, Status::Feil, Source::SvarUt);
            Progress { events: vec![event], finished: true, unknown }
        };
        let heard = |unknown, minutes| {
            let (events, next) = heard(gone(unknown), &followed, left + SignedDuration::from_mins(minutes));
            (events.len(), next.is_some())
        };
        assert_eq!(heard(true, 0), (0, true));
        assert_eq!(heard(true, 9), (0, true));
        assert_eq!(heard(true, 11), (1, false), "it will not be found any more");
        assert_eq!(heard(false, 0), (1, false), "what it says of what it knows counts");
    }

    #[test]
    fn questions_become_rarer_and_end() {
        let created = Timestamp::from_second(1_800_000_000).unwrap();
        let text = || "x".to_owned();
        let followed = Followed {
            id: text(),
            token: text(),
            message: text(),
            sender: text(),
            transfer: text(),
            created,
            left: created,
        };
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
