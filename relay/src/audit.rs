//! The audit log's chain: who did what, when, on whose behalf. Pure: `crate::store::Audit` keeps it.
//!
//! A line is `DIGEST JSON`: the SHA-256 of the JSON's bytes in hexadecimal digits, a space, the JSON. The JSON is an
//! object whose members stand in alphabetical order without spaces, as RFC 8785 has it; one of them is the digest of the
//! line before. So a line can be checked with public tools, and a change breaks the chain at a place that can be named:
//!
//! ```text
//! cut -d ' ' -f 2- line | tr -d '\n' | sha256sum
//! ```
//!
//! Somebody who may write the whole log can write a whole new one. Against that helps only a [`Head`] that was told to
//! somebody else; [`Verifier`] holds the log against as many of those as there are.

mod event;
mod kept;
mod operator;
mod verify;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

pub use event::{Action, Digest, Event, Id, IdError, Object, ObjectKind, Outcome, Who};
pub use kept::{export, verify_kept};
pub use operator::operator;
pub use verify::{Break, Unverified, Verifier, Wrong, verify, verify_export};

/// The end of a chain: enough to go on, and to prove later that nothing up to here was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many entries there are; the first has number 1.
    pub sequence: u64,
    /// Of the last entry, 64 hexadecimal digits in lower case.
    pub digest: String,
}

impl Head {
    /// Where the chain of a relay of this name begins. A chain cannot pass for another relay's.
    pub fn beginning(audience: &str) -> Self {
        Self { sequence: 0, digest: digest(format!("konvolutt audit 1\n{audience}").as_bytes()) }
    }

    /// The next line, without a line's end, and the head after it.
    pub fn append(&self, at: Timestamp, event: &Event) -> (String, Self) {
        let entry = Entry { at, event: event.clone(), previous: self.digest.clone(), sequence: self.sequence + 1 };
        let json = entry.json();
        let digest = digest(json.as_bytes());
        (format!("{digest} {json}"), Self { sequence: entry.sequence, digest })
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.sequence, self.digest)
    }
}

/// A head is written `NUMBER:DIGEST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a head is written NUMBER:DIGEST, the digest in 64 hexadecimal digits")]
pub struct HeadError;

impl std::str::FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let (sequence, digest) = text.split_once(':').ok_or(HeadError)?;
        let digest = digest.to_ascii_lowercase();
        if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(HeadError);
        }
        Ok(Self { sequence: sequence.parse().map_err(|_| HeadError)?, digest })
    }
}

/// What is about to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub at: Timestamp,
    pub event: Event,
}

impl Record {
    /// That somebody did something now, on nobody's behalf.
    pub fn done(who: Who, action: Action, kind: ObjectKind, id: Id) -> Self {
        let event = Event { who, behalf: None, action, object: Object::new(kind, id), outcome: Outcome::Done };
        Self { at: crate::clock::now(), event }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    pub event: Event,
    /// Digest of the entry before.
    pub previous: String,
    pub sequence: u64,
}

/// The members in the order of the alphabet. `behalf` is left out when there is none.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    action: Action,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    behalf: Option<Id>,
    object: Object,
    outcome: Outcome,
    previous: String,
    sequence: u64,
    who: Who,
}

impl Entry {
    /// The canonical text.
    fn json(&self) -> String {
        let Event { who, behalf, action, object, outcome } = self.event.clone();
        let Self { at, previous, sequence, .. } = self.clone();
        let members = Members { action, at, behalf, object, outcome, previous, sequence, who };
        // Enums, checked ids and numbers always serialise; an empty text would be found by every verification.
        serde_json::to_string(&members).unwrap_or_default()
    }

    /// Reads the canonical text and nothing else.
    fn parse(json: &str) -> Option<Self> {
        let Members { action, at, behalf, object, outcome, previous, sequence, who } =
            serde_json::from_str(json).ok()?;
        let entry = Self { at, event: Event { who, behalf, action, object, outcome }, previous, sequence };
        (entry.json() == json).then_some(entry)
    }
}

fn digest(bytes: &[u8]) -> String {
    <Sha256 as sha2::Digest>::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
