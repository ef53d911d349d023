//! How often somebody may ask: per person, per organisation, and per address that tries to sign in.
//!
//! The generic cell rate algorithm: a limit of 60 a minute lets 60 requests pass at once and then one more each second,
//! so nobody gets a second quota by waiting for a minute to turn. `governor` keeps it, one number a key.

mod streams;

use std::fmt::Debug;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use serde::Deserialize;

pub use streams::{Open, Streams};

/// What every limit counts in.
const WINDOW: Duration = Duration::from_secs(60);

/// How many pass in a minute; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Requests of a person, or of a key.
    pub person: u32,
    /// Requests of everybody who acts for an organisation, together.
    pub organisation: u32,
    /// Attempts to sign in from an address.
    pub sign_in: u32,
}

/// Time since something, never going back.
pub trait Ticks: Debug + Send + Sync {
    /// How long it has been.
    fn elapsed(&self) -> Duration;
}

impl Ticks for std::time::Instant {
    fn elapsed(&self) -> Duration {
        Self::elapsed(self)
    }
}

#[derive(Clone, Debug)]
struct Clock(Arc<dyn Ticks>);

impl governor::clock::Clock for Clock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Where somebody stands with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The limit's name in headers.
    pub name: &'static str,
    /// How many pass in [`Self::window`].
    pub quota: u32,
    /// How many would pass now.
    pub left: u32,
    /// Seconds until the whole quota is there again.
    pub whole: u64,
}

impl Standing {
    /// The item of `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10, section 4.1; RFC 9651, section 3.3).
    pub fn field(&self) -> String {
        let Self { name, left, whole, .. } = self;
        format!("\"{name}\";r={left};t={whole}")
    }

    /// The item of `RateLimit-Policy` (the same, section 3.1).
    pub fn policy(&self) -> String {
        format!("\"{}\";q={};w={}", self.name, self.quota, WINDOW.as_secs())
    }
}

/// It was once too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    pub standing: Standing,
    /// Seconds after which one more passes.
    pub after: u64,
}

type Keyed = RateLimiter<String, HashMapStateStore<String>, Clock, StateInformationMiddleware>;

#[derive(Debug)]
struct Limit {
    name: &'static str,
    quota: NonZeroU32,
    keyed: Keyed,
    clock: Clock,
}

impl Limit {
    fn new(name: &'static str, quota: u32, clock: &Clock) -> Option<Self> {
        let quota = NonZeroU32::new(quota)?;
        let rate = Quota::with_period(WINDOW / quota.get())?.allow_burst(quota);
        let keyed = RateLimiter::new(rate, HashMapStateStore::default(), clock.clone());
        Some(Self { name, quota, keyed, clock: clock.clone() })
    }

    fn standing(&self, left: u32) -> Standing {
        let missing = u64::from(self.quota.get().saturating_sub(left));
        let whole = (missing * WINDOW.as_secs()).div_ceil(u64::from(self.quota.get()));
        Standing { name: self.name, quota: self.quota.get(), left, whole }
    }

    fn take(&self, key: &str) -> Result<Standing, Exceeded> {
        match self.keyed.check_key(&key.to_owned()) {
            Ok(snapshot) => Ok(self.standing(StateSnapshot::remaining_burst_capacity(&snapshot))),
            Err(until) => {
                let wait = until.wait_time_from(self.clock.0.elapsed());
                let after = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Err(Exceeded { standing: self.standing(0), after: after.max(1) })
            }
        }
    }

    /// Drops the keys whose whole quota is there: they stand as if they had never come.
    fn forget(&self) {
        self.keyed.retain_recent();
        self.keyed.shrink_to_fit();
    }
}

/// Every limit there is.
#[derive(Debug)]
pub struct Limits {
    person: Option<Limit>,
    organisation: Option<Limit>,
    sign_in: Option<Limit>,
}

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(rates: Rates, ticks: Arc<dyn Ticks>) -> Self {
        let clock = Clock(ticks);
        Self {
            person: Limit::new("person", rates.person, &clock),
            organisation: Limit::new("organisation", rates.organisation, &clock),
            sign_in: Limit::new("sign-in", rates.sign_in, &clock),
        }
    }

    /// No limit at all.
    pub fn none() -> Self {
        Self { person: None, organisation: None, sign_in: None }
    }

    /// A request of a person who may act for these organisations. It counts for the person, and for each of the
    /// organisations that has room left; when none has, it is refused. Answers where they stand: the person, and the
    /// organisation with the most room.
    ///
    /// # Errors
    /// Which limit was exceeded.
    pub fn request(&self, person: &str, organisations: &[String]) -> Result<Vec<Standing>, Exceeded> {
        let mut standings: Vec<Standing> =
            self.person.iter().map(|limit| limit.take(person)).collect::<Result<_, _>>()?;
        if let Some(limit) = self.organisation.as_ref().filter(|_| !organisations.is_empty()) {
            let taken: Vec<_> = organisations.iter().map(|one| limit.take(one)).collect();
            match taken.iter().filter_map(|one| one.ok()).max_by_key(|standing| standing.left) {
                Some(standing) => standings.push(standing),
                None => taken
                    .into_iter()
                    .min_by_key(|one| one.map_or_else(|exceeded| exceeded.after, |_| 0))
                    .transpose()
                    .map(drop)?,
            }
        }
        Ok(standings)
    }

    /// An attempt to sign in.
    ///
    /// # Errors
    /// The address has tried too often.
    pub fn sign_in(&self, address: IpAddr) -> Result<Option<Standing>, Exceeded> {
        self.sign_in.as_ref().map(|limit| limit.take(&network(address))).transpose()
    }

    /// Forgets who has not asked lately. To be called now and then: addresses are many.
    pub fn forget(&self) {
        [&self.person, &self.organisation, &self.sign_in].into_iter().flatten().for_each(Limit::forget);
    }
}

/// Who is behind an address: one of IPv4, or the half of IPv6 that a provider hands out (RFC 6177).
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
    }
}

#[cfg(test)]
mod tests;
