//! The simulated world's time and randomness.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::clock::World;
use uuid::Uuid;

use crate::chance::Chance;

/// Every history begins then, in seconds since 1970.
pub(crate) const START: i64 = 1_800_000_000;

/// Moves when it is told to.
#[derive(Debug)]
pub(crate) struct Clock {
    millis: AtomicI64,
    drawn: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { millis: AtomicI64::new(START * 1000), drawn: AtomicU64::new(0) }
    }
}

impl Clock {
    pub(crate) fn pass(&self, time: SignedDuration) {
        self.millis.fetch_add(time.as_millis() as i64, Relaxed);
    }
}

impl World for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis.load(Relaxed)).unwrap()
    }

    fn random(&self) -> Uuid {
        let mut chance = Chance::new(self.drawn.fetch_add(1, Relaxed));
        let (high, low) = (chance.next(), chance.next());
        uuid::Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes()).into_uuid()
    }
}
