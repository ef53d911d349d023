//! The one place that reads the system clock.

use jiff::Timestamp;

/// The present time.
pub fn now() -> Timestamp {
    Timestamp::now()
}
