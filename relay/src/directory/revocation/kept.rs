//! What was had from an address, and when it is asked again. Pure.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::pki::Crl;

use crate::broker::Failure;

/// The reference keeps lists 15 minutes (efm-common, `BusinessCertificateValidator`).
const KEPT: Duration = Duration::from_secs(15 * 60);

/// After a failure it is asked again no sooner than this.
const CALM: Duration = Duration::from_secs(60);

/// How far ahead of ours an issuer's clock may go.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A list that could be read.
#[derive(Clone, Debug)]
pub(super) struct Good {
    pub(super) der: Vec<u8>,
    pub(super) list: Crl,
    /// Whether an issuer whom we know has signed it.
    pub(super) vouched: bool,
}

/// What is known of an address.
#[derive(Debug, Default)]
pub(super) struct Kept {
    good: Option<Good>,
    failure: Option<Failure>,
    /// Not before then.
    due: Option<Instant>,
    /// Somebody is asking.
    asking: bool,
}

impl Kept {
    pub(super) fn good(&self) -> Option<&Good> {
        self.good.as_ref()
    }

    /// Why the last time brought nothing.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.clone()
    }

    /// Whether it is time to ask, and nobody does. Then somebody must, and tell with [`Self::end`].
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let begins = !self.asking && self.due.is_none_or(|due| due <= now);
        self.asking |= begins;
        begins
    }

    /// What came of asking. A list never gives way to one that says less of what is revoked: one that is older, is not of
    /// our time, or that nobody vouches for.
    pub(super) fn end(&mut self, fetched: Result<Good, Failure>, at: Timestamp, now: Instant) {
        self.asking = false;
        self.failure = fetched.as_ref().err().cloned();
        self.due = Some(now + if fetched.is_ok() { KEPT } else { CALM });
        let Ok(new) = fetched else { return };
        let old = self.good.as_ref().map(|old| (old.vouched, old.list.this_update()));
        if new.list.this_update() <= at + SKEW && old.is_none_or(|old| old <= (new.vouched, new.list.this_update())) {
            self.good = Some(new);
        }
    }
}
