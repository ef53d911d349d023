//! Time for the sandbox: real timestamps, delays divided by the speed factor.

use std::time::Duration;

use jiff::Timestamp;

/// The one place where the sandbox reads the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    speed: f64,
}

impl Clock {
    /// `speed` above one makes every delay shorter; nonsense values count as one.
    pub(crate) fn new(speed: f64) -> Self {
        Self { speed: if speed.is_finite() && speed > 0.0 { speed } else { 1.0 } }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now()
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
}
