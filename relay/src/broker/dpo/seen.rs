//! What polls have found out and the next ones need not ask again: the broker's limits are narrow (10 lists and 120
//! overviews a minute: altinn-broker, `test-rate-limit.js`), and transfers of other installations wait beside ours for
//! as long as those let them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Overview;

/// How many transfers of an organisation are remembered. More are asked about again.
const MOST: usize = 10_000;

/// A list is read from its beginning this often: a transfer enters the list of those whose download was begun at the place of
/// its publishing, which may have been passed.
const ROUND: SignedDuration = SignedDuration::from_mins(10);

/// By organisation.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<HashMap<String, Organisation>>);

#[derive(Debug, Default)]
struct Organisation {
    /// A published transfer's size, checksum, parties and reference stay as they are.
    overviews: HashMap<String, Overview>,
    windows: HashMap<&'static str, Window>,
    not_before: Option<Timestamp>,
}

/// Where only what is not ours has been passed.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: Timestamp,
    /// When the list was last read from its beginning.
    begun: Timestamp,
}

impl Seen {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Organisation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn overview(&self, organisation: &str, transfer: &str) -> Option<Overview> {
        self.all().get(organisation)?.overviews.get(transfer).cloned()
    }

    pub(super) fn keep(&self, organisation: &str, transfer: &str, overview: &Overview) {
        let mut all = self.all();
        let known = &mut all.entry(organisation.to_owned()).or_default().overviews;
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(transfer.to_owned(), overview.clone());
    }

    /// Where to begin with a list; `None` for its beginning.
    pub(super) fn window(&self, organisation: &str, state: &str, now: Timestamp) -> Option<Timestamp> {
        let window = *self.all().get(organisation)?.windows.get(state)?;
        (now.duration_since(window.begun) < ROUND).then_some(window.from)
    }

    /// Nothing of ours is before this place of a list.
    pub(super) fn pass(&self, organisation: &str, state: &'static str, from: Timestamp, now: Timestamp) {
        let mut all = self.all();
        let windows = &mut all.entry(organisation.to_owned()).or_default().windows;
        let window = windows.entry(state).or_insert(Window { from, begun: now });
        if now.duration_since(window.begun) >= ROUND {
            window.begun = now;
        }
        window.from = from;
    }

    /// How long the broker has asked to be left alone from now on, if it has.
    pub(super) fn pause(&self, organisation: &str, now: Timestamp) -> Option<SignedDuration> {
        let until = self.all().get(organisation)?.not_before?;
        (now < until).then(|| until.duration_since(now))
    }

    pub(super) fn leave_alone(&self, organisation: &str, until: Timestamp) {
        self.all().entry(organisation.to_owned()).or_default().not_before = Some(until);
    }
}
