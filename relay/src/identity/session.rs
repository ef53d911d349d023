//! Sessions as the store keeps them.

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{Person, Right};
use serde::{Deserialize, Serialize};

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Without a request.
    pub idle: SignedDuration,
    /// Whatever happens.
    pub whole: SignedDuration,
}

impl Default for Lifetimes {
    /// The configuration's defaults.
    fn default() -> Self {
        Self { idle: SignedDuration::from_mins(30), whole: SignedDuration::from_hours(10) }
    }
}

impl Lifetimes {
    /// When a session that was used now ends, if it ends at that time at the latest.
    pub fn end(&self, now: Timestamp, latest: Timestamp) -> Timestamp {
        latest.min(now + self.idle)
    }

    /// The new end of a session that is used now, if it is worth writing down: once a minute is enough, or ten times
    /// within the idle time where that is shorter.
    pub fn renewal(&self, now: Timestamp, expires: Timestamp, latest: Timestamp) -> Option<Timestamp> {
        let step = (self.idle / 10).min(SignedDuration::from_mins(1));
        let end = self.end(now, latest);
        (expires < end - step).then_some(end)
    }
}

/// A session that is about to be kept.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of its token, in hexadecimal digits.
    pub digest: String,
    pub person: Person,
    /// Ends then if nothing happens.
    pub expires: Timestamp,
    /// Ends then whatever happens.
    pub latest: Timestamp,
    /// The provider's id of its own session (`sid`), by which it may end ours.
    pub provider: Option<String>,
    /// What the provider calls the person, as a digest; by it, too, it may end ours.
    pub subject: Option<String>,
    /// Unless it is a person's in the portal.
    pub bounds: Option<Bounds>,
}

/// A session that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub person: Person,
    pub expires: Timestamp,
    pub latest: Timestamp,
    pub bounds: Option<Bounds>,
}

/// What an embed session is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    pub stage: Stage,
    /// The only origin that may embed it.
    pub origin: String,
    /// All that may be done with it.
    pub scope: Vec<Right>,
    /// Id of the API key that it was made with; none in the sandbox's test mode.
    pub key: Option<String>,
}

/// How far an embed session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Made for a page. The frame can exchange it once; nothing else can be done with it.
    Ticket,
    /// In the frame's hands.
    Frame,
}

/// Which sessions end together.
#[derive(Clone, PartialEq, Eq)]
pub enum Ending {
    /// All of a person, by [`Person::id`].
    Person(String),
    /// Those that hang on one of the provider's.
    Provider(String),
    /// Those of whom the provider calls so.
    Subject(String),
    /// Every session there is.
    All,
}

impl Ending {
    /// Whether it is somebody outside who asks, who may ask for sessions that there never were.
    pub fn is_told_from_outside(&self) -> bool {
        matches!(self, Self::Provider(_) | Self::Subject(_))
    }
}

impl std::fmt::Debug for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Person(_) => "Person(…)",
            Self::Provider(_) => "Provider(…)",
            Self::Subject(_) => "Subject(…)",
            Self::All => "All",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetimes(idle: i64) -> Lifetimes {
        Lifetimes { idle: SignedDuration::from_mins(idle), whole: SignedDuration::from_hours(10) }
    }

    #[test]
    fn a_session_that_is_used_goes_on_however_short_its_idle_time() {
        for idle in [1, 2, 30] {
            let lifetimes = lifetimes(idle);
            let latest = Timestamp::UNIX_EPOCH + lifetimes.whole;
            let mut now = Timestamp::UNIX_EPOCH;
            let mut expires = lifetimes.end(now, latest);
            for _ in 0..100 {
                now += SignedDuration::from_secs(50);
                assert!(now < expires, "idle {idle}: ended at {expires} while in use at {now}");
                expires = lifetimes.renewal(now, expires, latest).unwrap_or(expires);
            }
        }
    }

    #[test]
    fn it_is_written_down_once_a_minute_and_never_beyond_the_last_end() {
        let lifetimes = lifetimes(30);
        let start = Timestamp::UNIX_EPOCH;
        let latest = start + lifetimes.whole;
        let expires = lifetimes.end(start, latest);
        assert_eq!(lifetimes.renewal(start + SignedDuration::from_secs(59), expires, latest), None);
        let later = start + SignedDuration::from_secs(61);
        assert_eq!(lifetimes.renewal(later, expires, latest), Some(later + lifetimes.idle));
        let near = latest - SignedDuration::from_mins(5);
        assert_eq!(lifetimes.renewal(near, near, latest), Some(latest));
        assert_eq!(lifetimes.renewal(near, latest, latest), None);
    }
}
