//! Takes from Wycheproof what the core can be asked, so that the WebAssembly module does not carry the rest, and counts
//! what is left out.

#![allow(clippy::print_stdout, reason = "a build script talks to cargo on standard output")]

#[allow(unreachable_pub, reason = "public in the library")]
#[path = "../src/cases.rs"]
mod cases;
mod skips;
mod wycheproof_sets;

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};

use cases::{Case, Group, Parameters, Set};
use skips::Skips;

/// Sorts cases into sets and groups.
struct Collector {
    sets: Vec<Set>,
    skips: Skips,
}

impl Collector {
    /// The set that the next cases belong to.
    fn begin(&mut self, name: &str) {
        if self.sets.iter().all(|set| set.name != name) {
            self.sets.push(Set { name: name.to_owned(), groups: Vec::new(), skipped: Vec::new(), refused: Vec::new() });
        }
    }

    /// Takes a case, or counts why not.
    fn add(&mut self, set: &str, parameters: &Parameters, key: &[u8], mut case: Case) {
        self.begin(set);
        if skips::count(&mut self.skips.core, set, parameters, &case.id) {
            return;
        }
        case.refused = skips::count(&mut self.skips.refused, set, parameters, &case.id);
        let Some(set) = self.sets.iter_mut().find(|one| one.name == set) else { return };
        match set.groups.last_mut() {
            Some(group) if group.parameters == *parameters && group.key == key => group.cases.push(case),
            _ => set.groups.push(Group { parameters: parameters.clone(), key: key.to_vec(), cases: vec![case] }),
        }
    }
}

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=skips.json");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/cases.rs");
    let skips = serde_json::from_str(&fs::read_to_string("skips.json")?).context("skips.json cannot be read.")?;
    let mut collector = Collector { sets: Vec::new(), skips };
    wycheproof_sets::collect(&mut collector)?;
    let Collector { mut sets, skips } = collector;
    // Also one that names a set that is not there.
    if let Some(idle) = skips.core.iter().chain(&skips.refused).find(|entry| entry.count == 0) {
        bail!("An entry of skips.json never applies: {idle:?}");
    }
    for set in &mut sets {
        ensure!(!set.groups.is_empty(), "Nothing of {} is run.", set.name);
        set.skipped = skips::counted(&skips.core, &set.name);
        set.refused = skips::counted(&skips.refused, &set.name);
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").context("Cargo says where to write.")?).join("cases.json");
    fs::write(out, serde_json::to_vec(&sets)?)?;
    Ok(())
}
