//! Fault switches: what any service does wrong on request, for whom, how often, in an order that a seed
//! repeats. This file decides; [`layer`] does it, [`page`] lets people set it.

mod layer;
mod page;
mod quota;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use self::layer::{COUNTERPART, EndlessScan, Skew, disturb};
pub(crate) use self::page::routes;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The answer comes so many seconds later.
    Latency,
    /// 400 with the broker's own code: it will never take it.
    BadRequest,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404, as for what is too new to be found: with `seconds`, of each id for so long from when it is first asked for.
    NotFound,
    /// 409.
    Conflict,
    /// 429 with `Retry-After`.
    Busy,
    /// The same, for whoever asks more often than Altinn's gateway lets them: of the broker alone.
    Quota,
    /// 500.
    InternalError,
    /// 502.
    BadGateway,
    /// 503.
    Unavailable,
    /// Everything is read, and no answer ever comes.
    Hang,
    /// The connection is cut before anything is read.
    CutBefore,
    /// The connection is cut in the middle of the body: of the request, if it has one, else of the answer.
    CutMidway,
    /// All is done, and the connection is cut before the answer.
    CutAfter,
    /// Lists hold everything twice.
    Duplicate,
    /// Lists are turned round.
    Reorder,
    /// Half of the answer, as if it were all.
    Truncate,
    /// The answer is shorter than its `Content-Length`.
    WrongLength,
    /// One byte of the answer is another.
    Corrupt,
    /// The answer comes as a JSON string of itself, as Altinn's exchange sometimes sends its token.
    Quoted,
    /// A scanner finds malware in what is uploaded.
    Malware,
    /// The scan of what is uploaded never ends.
    EndlessScan,
    /// What has been listed is gone when it is fetched.
    Expired,
    /// The registry's answer holds another certificate than was signed.
    SwappedCertificate,
    /// The service's clock is five minutes ahead.
    ClockSkew,
}

/// Every kind, in the order of the page.
pub(crate) const KINDS: &[Kind] = &[
    Kind::Latency,
    Kind::BadRequest,
    Kind::Unauthorized,
    Kind::Forbidden,
    Kind::NotFound,
    Kind::Conflict,
    Kind::Busy,
    Kind::Quota,
    Kind::InternalError,
    Kind::BadGateway,
    Kind::Unavailable,
    Kind::Hang,
    Kind::CutBefore,
    Kind::CutMidway,
    Kind::CutAfter,
    Kind::Duplicate,
    Kind::Reorder,
    Kind::Truncate,
    Kind::WrongLength,
    Kind::Corrupt,
    Kind::Quoted,
    Kind::Malware,
    Kind::EndlessScan,
    Kind::Expired,
    Kind::SwappedCertificate,
    Kind::ClockSkew,
];

/// Services by the name that switches use, and where they are.
pub(crate) const SERVICES: &[(&str, &str)] = &[
    ("maskinporten", "/sandbox/maskinporten/"),
    ("system-users", "/sandbox/altinn/authentication/api/v1/systemuser/"),
    ("exchange", "/sandbox/altinn/authentication/"),
    ("broker", "/sandbox/altinn/broker/"),
    ("correspondence", "/sandbox/altinn/correspondence/"),
    ("correspondence", "/sandbox/altinn-proxy/correspondence/"),
    ("svarut", "/sandbox/svarut/api/"),
    ("svarinn", "/sandbox/svarut/tjenester/svarinn/"),
    ("dpi", "/sandbox/dpi/"),
    ("registry", "/sandbox/sr/"),
    ("kontaktregister", "/sandbox/krr/"),
    ("enhetsregister", "/sandbox/brreg/"),
    ("openid", "/sandbox/openid/"),
    ("authority", "/sandbox/ca/"),
];

/// The service that a path belongs to.
pub(crate) fn service_of(path: &str) -> Option<&'static str> {
    SERVICES.iter().find(|(_, prefix)| path.starts_with(prefix)).map(|(name, _)| *name)
}

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Order {
    /// A name of [`SERVICES`].
    pub(crate) service: String,
    pub(crate) fault: Kind,
    /// Nine digits: only for this organisation. Else for everybody but the counterparts that the sandbox plays.
    #[serde(default)]
    pub(crate) tenant: Option<String>,
    /// `GET`, `POST` and so on; else all.
    #[serde(default)]
    pub(crate) method: Option<String>,
    /// How the path ends or, with a `/` at both ends, what it holds; else every path.
    #[serde(default)]
    pub(crate) path: Option<String>,
    /// How often; else until it is put out.
    #[serde(default)]
    pub(crate) times: Option<u32>,
    /// Of a hundred calls, how many meet it; else all.
    #[serde(default)]
    pub(crate) percent: Option<u8>,
    /// What decides which they are: the same seed, the same calls.
    #[serde(default)]
    pub(crate) seed: u64,
    /// Of the latency, of `Retry-After`, or how long each id is not found; divided by the sandbox's speed.
    #[serde(default)]
    pub(crate) seconds: Option<u16>,
    /// Whether `Retry-After` is a date.
    #[serde(default)]
    pub(crate) dated: bool,
    /// Whether there is no `Retry-After` at all.
    #[serde(default)]
    pub(crate) bare: bool,
    /// Of quotas: at most so many calls a minute and operation, instead of the gateway's own number.
    #[serde(default)]
    pub(crate) limit: Option<usize>,
}

/// How many calls a switch remembers.
const SEEN: usize = 100;

/// How many ids a switch remembers; it lets later ones pass.
const MAX_FRESH: usize = 10_000;

/// A switch that is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Switch {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) order: Order,
    /// How many calls have met it.
    pub(crate) met: u32,
    /// The first [`SEEN`] of them.
    pub(crate) calls: Vec<Seen>,
    #[serde(skip)]
    state: u64,
    /// When it first heard of an id, where that decides.
    #[serde(skip)]
    fresh: HashMap<String, Timestamp>,
    #[serde(skip)]
    window: quota::Window,
}

/// What a call meets.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    pub(crate) order: Order,
    /// How long there are too many calls, where they are counted.
    pub(crate) wait: Option<SignedDuration>,
}

/// A call that has met a switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    pub(crate) at: Timestamp,
    pub(crate) path: String,
}

/// A call, as far as a switch looks at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Nine digits, if the call says who makes it.
    pub(crate) tenant: Option<&'a str>,
    /// Whether the sandbox itself plays whoever calls.
    pub(crate) played: bool,
}

/// All switches.
#[derive(Debug)]
pub(crate) struct Switches {
    panel: Mutex<Panel>,
    /// How long a minute is, at the sandbox's speed.
    minute: SignedDuration,
}

#[derive(Debug, Default)]
struct Panel {
    last: u64,
    on: Vec<Switch>,
}

impl Switches {
    pub(crate) fn new(minute: SignedDuration) -> Self {
        Self { panel: Mutex::default(), minute }
    }

    /// Puts one on; its id.
    pub(crate) fn put(&self, order: Order) -> u64 {
        let mut panel = self.panel.lock().unwrap_or_else(PoisonError::into_inner);
        panel.last += 1;
        let (id, state) = (panel.last, order.seed);
        let (calls, fresh, window) = (Vec::new(), HashMap::new(), quota::Window::default());
        panel.on.push(Switch { id, order, met: 0, calls, state, fresh, window });
        id
    }

    /// Puts one out, or all. Answers whether there was any.
    pub(crate) fn remove(&self, id: Option<u64>) -> bool {
        let mut panel = self.panel.lock().unwrap_or_else(PoisonError::into_inner);
        let before = panel.on.len();
        panel.on.retain(|one| id.is_some_and(|id| one.id != id));
        panel.on.len() != before
    }

    /// Those that are on, oldest first.
    pub(crate) fn all(&self) -> Vec<Switch> {
        self.panel.lock().unwrap_or_else(PoisonError::into_inner).on.clone()
    }

    /// What this call meets: of the oldest switch that fits and strikes.
    pub(crate) fn meet(&self, call: Call<'_>, now: Timestamp) -> Option<Met> {
        let mut panel = self.panel.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = self.minute;
        let strike = |(at, one): (usize, &mut Switch)| {
            let wait = one.order.fits(call).then(|| one.strikes(call, now, minute)).flatten()?;
            Some((at, wait))
        };
        let (at, wait) = panel.on.iter_mut().enumerate().find_map(strike)?;
        let one = panel.on.get_mut(at)?;
        one.met += 1;
        if one.calls.len() < SEEN {
            one.calls.push(Seen { at: now, path: call.path.to_owned() });
        }
        let order = one.order.clone();
        if order.times.is_some_and(|times| one.met >= times) {
            panel.on.remove(at);
        }
        Some(Met { order, wait })
    }
}

impl Order {
    fn fits(&self, call: Call<'_>) -> bool {
        let tenant = match &self.tenant {
            Some(wanted) => call.tenant == Some(wanted.as_str()),
            None => !call.played,
        };
        let path = self.path.as_deref().is_none_or(|wanted| {
            let call = call.path.trim_end_matches('/');
            if wanted.len() > 1 && wanted.ends_with('/') { call.contains(wanted) } else { call.ends_with(wanted) }
        });
        let method = self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(call.method));
        self.service == call.service && tenant && path && method
    }
}

impl Switch {
    /// Whether a call that fits meets it and, if it counts calls, for how long.
    fn strikes(&mut self, call: Call<'_>, now: Timestamp, minute: SignedDuration) -> Option<Option<SignedDuration>> {
        if self.order.fault == Kind::NotFound
            && let Some(seconds) = self.order.seconds
            && !self.is_fresh(call.path, now, minute * i32::from(seconds) / 60)
        {
            return None;
        }
        if self.order.fault != Kind::Quota {
            return self.draws().then_some(None);
        }
        let (operation, own) = quota::operation(call.method, call.path)?;
        let most = self.order.limit.unwrap_or(own);
        self.window.take(call.tenant.unwrap_or_default(), (operation, most), now, minute).err().map(Some)
    }

    /// Whether what a path names, by its id if it has one, was first asked for less than so long ago.
    fn is_fresh(&mut self, path: &str, now: Timestamp, time: SignedDuration) -> bool {
        let name = path.split('/').find(|part| Uuid::parse_str(part).is_ok()).unwrap_or(path);
        if self.fresh.len() >= MAX_FRESH && !self.fresh.contains_key(name) {
            return false;
        }
        let since = *self.fresh.entry(name.to_owned()).or_insert(now);
        now.duration_since(since) < time
    }

    /// Draws the next number (SplitMix64).
    fn draws(&mut self) -> bool {
        let Some(percent) = self.order.percent else { return true };
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % 100 < u64::from(percent)
    }
}

#[cfg(test)]
mod tests;
