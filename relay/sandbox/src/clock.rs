//! Time for the sandbox: the scenario's, which can be advanced, and the real one; delays divided by the speed factor.
//!
//! Whatever happens in here by itself follows [`Clock::now`]: states, scans, expiry, purging, reminders, what
//! counterparts do later. Whatever others hold against a clock of their own follows [`Clock::wall`]: tokens and
//! assertions, certificates and revocation lists, the dates that letters and receipts bear.

mod page;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub(crate) use self::page::{routes, section};

use crate::database::Database;
use crate::error::Error;

/// How far ahead the scenario may be. Delays are added to its time, which must not leave the calendar.
const MOST_AHEAD: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// Under which the database keeps how far ahead it is.
const FLAG: &str = "clock-ahead";

/// The one place where the sandbox reads the clock. Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    speed: f64,
    /// By how many nanoseconds the scenario is ahead of the real time.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// `speed` above one makes every delay shorter; nonsense values count as one.
    pub(crate) fn new(speed: f64) -> Self {
        Self { speed: if speed.is_finite() && speed > 0.0 { speed } else { 1.0 }, ahead: Arc::default() }
    }

    /// The scenario's time.
    pub(crate) fn now(&self) -> Timestamp {
        let wall = self.wall();
        wall.checked_add(self.ahead()).unwrap_or(wall)
    }

    /// The real time.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub(crate) fn wall(&self) -> Timestamp {
        Timestamp::now()
    }

    /// By how much the scenario is ahead of the real time.
    pub(crate) fn ahead(&self) -> SignedDuration {
        SignedDuration::from_nanos(self.ahead.load(Ordering::Relaxed))
    }

    /// A delay of the scenario, divided by the speed.
    pub(crate) fn delay(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds / self.speed)
    }

    /// The time when a delay of the scenario that starts now is over.
    pub(crate) fn after(&self, seconds: f64) -> Timestamp {
        let now = self.now();
        now.checked_add(self.delay(seconds)).unwrap_or(now)
    }

    /// Goes on as far ahead as an earlier run was: what is stored bears its times.
    pub(crate) fn resume(&self, database: &Database) -> Result<(), Error> {
        let ahead = database.flag(FLAG)?.and_then(|text| text.parse().ok()).unwrap_or_default();
        self.ahead.store(ahead, Ordering::Relaxed);
        Ok(())
    }

    /// Moves the scenario on, for good: by a delay of the scenario, divided by the speed as every other. `false`: it
    /// would be further ahead than is allowed.
    pub(crate) fn advance(&self, seconds: u32, database: &Database) -> Result<bool, Error> {
        // Who holds the connection is alone here.
        let connection = database.lock();
        let step = SignedDuration::try_from(self.delay(f64::from(seconds))).unwrap_or(SignedDuration::MAX);
        let Some(ahead) = self.ahead().checked_add(step).filter(|ahead| *ahead <= MOST_AHEAD) else { return Ok(false) };
        let Ok(ahead) = i64::try_from(ahead.as_nanos()) else { return Ok(false) };
        let sql =
            "INSERT INTO flag (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        connection.execute(sql, [FLAG, &ahead.to_string()])?;
        self.ahead.store(ahead, Ordering::Relaxed);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_scenario_goes_ahead_by_its_own_seconds_and_stays_there() {
        let (clock, database) = (Clock::new(20.0), Database::open(Path::new(":memory:")).unwrap());
        let same = clock.clone();
        assert!(clock.advance(86_400, &database).unwrap());
        assert_eq!(same.ahead(), SignedDuration::from_secs(86_400 / 20));
        assert!(same.now().duration_since(same.wall()) > SignedDuration::from_mins(71));
        let later = Clock::new(20.0);
        later.resume(&database).unwrap();
        assert_eq!(later.ahead(), clock.ahead(), "after a restart");
    }

    #[test]
    fn it_does_not_leave_the_calendar() {
        let (clock, database) = (Clock::new(1.0), Database::open(Path::new(":memory:")).unwrap());
        let step = 366 * 86_400;
        for _ in 0..10 {
            assert!(clock.advance(step, &database).unwrap());
        }
        assert!(!clock.advance(1, &database).unwrap());
        assert_eq!(clock.ahead(), MOST_AHEAD);
    }
}
