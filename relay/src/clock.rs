//! The one place that reads the system clock.

use std::fmt::Debug;

use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// The present time.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Time and randomness for those who must also work in a simulated world.
pub trait World: Debug + Send + Sync {
    /// The present time.
    fn now(&self) -> Timestamp;

    /// Random (RFC 9562, version 4): for tokens and references.
    fn random(&self) -> Uuid;

    /// A new id that sorts by time (RFC 9562, version 7).
    fn id(&self) -> Uuid {
        let (millis, random) = (self.now().as_millisecond(), self.random());
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random.as_bytes()[..10]);
        Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or_default(), &bytes).into_uuid()
    }
}

/// This machine's clock and random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl World for Machine {
    fn now(&self) -> Timestamp {
        now()
    }

    fn random(&self) -> Uuid {
        Uuid::new_v4()
    }
}
