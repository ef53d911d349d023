//! `skips.json`: which cases are not simply run, and why.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::cases::{Parameters, Skipped};

/// The parts of the file that concern the core.
#[derive(Debug, Deserialize)]
pub(crate) struct Skips {
    /// Left out.
    pub(crate) core: Vec<Entry>,
    /// Run, and to be refused.
    pub(crate) refused: Vec<Entry>,
}

/// One reason, and what it holds for.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    set: String,
    #[serde(default, rename = "where")]
    among: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    unless: BTreeMap<String, Vec<String>>,
    reason: String,
    #[serde(skip)]
    pub(crate) count: usize,
}

impl Entry {
    fn applies(&self, set: &str, parameters: &Parameters, id: &str) -> bool {
        let all = |wanted: &BTreeMap<String, Vec<String>>| {
            wanted.iter().all(|(name, values)| {
                let value = if name == "id" { Some(id) } else { parameters.get(name).map(String::as_str) };
                value.is_some_and(|value| values.iter().any(|one| one == value))
            })
        };
        self.set == set && all(&self.among) && (self.unless.is_empty() || !all(&self.unless))
    }
}

/// Whether one of the entries applies; the first is counted.
pub(crate) fn count(entries: &mut [Entry], set: &str, parameters: &Parameters, id: &str) -> bool {
    let entry = entries.iter_mut().find(|entry| entry.applies(set, parameters, id));
    if let Some(entry) = &entry {
        assert!(!entry.reason.is_empty(), "an entry of {set} has no reason");
    }
    entry.map(|entry| entry.count += 1).is_some()
}

/// The entries of one set with their counts.
pub(crate) fn counted(entries: &[Entry], set: &str) -> Vec<Skipped> {
    let own = entries.iter().filter(|entry| entry.set == set);
    own.map(|entry| Skipped { reason: entry.reason.clone(), count: entry.count }).collect()
}
