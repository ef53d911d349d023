//! Bad behaviour on request: `POST /sandbox/control/correspondence`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

/// What happens to an upload instead of, or after, its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Fault {
    /// 503 without a body; nothing is made.
    Down,
    /// 429 with `Retry-After`; nothing is made.
    Busy,
    /// The connection is cut before anything is made.
    Cut,
    /// Everything is made, and then the connection is cut.
    Lost,
    /// The gateway's 502 after everything is made.
    Gateway,
}

/// Which faults the next uploads meet.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<VecDeque<Fault>>);

impl Faults {
    /// The next `times` uploads meet it.
    pub(crate) fn order(&self, fault: Fault, times: usize) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.extend(std::iter::repeat_n(fault, times.min(100)));
    }

    /// What this upload meets.
    pub(super) fn next(&self) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
