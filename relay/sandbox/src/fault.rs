//! Recipients that behave badly on purpose: how the broker treats messages to them.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use crate::clock::Clock;
use crate::seed;

/// What the broker does instead of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disturbance {
    /// 503 without a body.
    Down,
    /// 429; seconds in `Retry-After`.
    Busy { retry_after: u64 },
    /// The connection is cut when half of the bytes have come.
    Cut,
    /// All is done, and the answer does not come.
    Lost,
}

/// Remembers whom it has disturbed. Lost on restart: a fault may then come once more.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// Uploads refused so far.
    refused: HashMap<Uuid, u8>,
    /// When the downtime that a sender has met ends.
    down_until: HashMap<String, Timestamp>,
    /// Senders whose next upload to [`seed::CUT`] passes.
    cut: HashSet<String>,
    /// Senders whose next shipment to [`seed::SVARUT_LOST`] is answered.
    lost: HashSet<String>,
    /// Who has looked [`seed::RENEWED`] up.
    looked_up: HashSet<String>,
    /// Shipments that were fetched broken, and those whose receipt was not taken.
    broken: HashSet<Uuid>,
    unheard: HashSet<Uuid>,
}

const REFUSALS: u8 = 3;
const RETRY_AFTER_SECONDS: f64 = 5.0;
const DOWN_SECONDS: f64 = 20.0;
const SLOW_SECONDS: f64 = 60.0;

impl Faults {
    /// Down for 20 seconds from a sender's first attempt; then one transfer passes, and the next meets it again.
    /// Likewise for a minute, but busy, before a transfer to [`seed::VERY_SLOW`].
    pub(crate) fn on_initialize(&self, sender: &str, recipients: &[String], clock: &Clock) -> Option<Disturbance> {
        let is_to = |number: &str| recipients.iter().any(|one| one == number);
        let (key, seconds) = if is_to(seed::DOWN) {
            (sender.to_owned(), DOWN_SECONDS)
        } else if is_to(seed::VERY_SLOW) {
            (format!("slow {sender}"), SLOW_SECONDS)
        } else {
            return None;
        };
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        let end = *memory.down_until.entry(key.clone()).or_insert_with(|| clock.after(seconds));
        if now < end {
            let retry_after = u64::try_from(end.duration_since(now).as_secs()).unwrap_or_default() + 1;
            return Some(if is_to(seed::DOWN) { Disturbance::Down } else { Disturbance::Busy { retry_after } });
        }
        memory.down_until.remove(&key);
        None
    }

    /// Whether a look-up of [`seed::RENEWED`] still gives the old certificate: the first one by each caller does.
    pub(crate) fn on_look_up(&self, caller: &str, organisation: &str) -> bool {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        organisation == seed::RENEWED && memory.looked_up.insert(caller.to_owned())
    }

    /// Every other answer lost, or down as [`Faults::on_initialize`] tells it.
    pub(crate) fn on_shipment(&self, sender: &str, recipient: &str, clock: &Clock) -> Option<Disturbance> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match recipient {
            seed::SVARUT_LOST if !memory.lost.remove(sender) => {
                memory.lost.insert(sender.to_owned());
                Some(Disturbance::Lost)
            }
            seed::SVARUT_DOWN => {
                let key = format!("svarut {sender}");
                let end = *memory.down_until.entry(key.clone()).or_insert_with(|| clock.after(DOWN_SECONDS));
                if clock.now() < end {
                    return Some(Disturbance::Down);
                }
                memory.down_until.remove(&key);
                None
            }
            _ => None,
        }
    }

    /// Whether a shipment is cut off: the first time it is fetched, if it is from [`seed::SVARUT_BROKEN`].
    pub(crate) fn on_fetch(&self, sender: &str, shipment: Uuid) -> bool {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sender == seed::SVARUT_BROKEN && memory.broken.insert(shipment)
    }

    /// The first receipt for a shipment from [`seed::SVARUT_REPEATS`] is not taken, so that it comes again.
    pub(crate) fn on_acknowledge(&self, sender: &str, shipment: Uuid) -> Option<Disturbance> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (sender == seed::SVARUT_REPEATS && memory.unheard.insert(shipment)).then_some(Disturbance::Down)
    }

    /// Three refusals a transfer, or every other upload cut.
    pub(crate) fn on_upload(
        &self,
        id: Uuid,
        sender: &str,
        recipients: &[String],
        clock: &Clock,
    ) -> Option<Disturbance> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recipients.iter().any(|one| one == seed::RATE_LIMITED) {
            let refused = memory.refused.entry(id).or_default();
            if *refused < REFUSALS {
                *refused += 1;
                let retry_after = clock.delay(RETRY_AFTER_SECONDS).as_secs().max(1);
                return Some(Disturbance::Busy { retry_after });
            }
            memory.refused.remove(&id);
        }
        // A client must start a new transfer after a cut, so the sender is remembered and not the transfer.
        if recipients.iter().any(|one| one == seed::CUT) && !memory.cut.remove(sender) {
            memory.cut.insert(sender.to_owned());
            return Some(Disturbance::Cut);
        }
        None
    }
}
