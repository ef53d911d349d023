//! `cargo xtask bench relay`: how fast the relay accepts, and how much memory it needs, against others in the same run.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::build_program;
use crate::setup;
use crate::shell::{run, say, target_dir};

/// The measuring itself is `tests/src/bin/bench_relay/`, which knows the relay's types.
pub(super) fn bench(root: &Path) -> Result<()> {
    setup::bench_programs()?;
    say("Building what is measured");
    for (package, binary) in [("konvolutt-relay", "konvolutt"), ("konvolutt-tests", "bench_relay")] {
        build_program(root, package, binary)?;
    }
    let (built, work) = (target_dir(root).join("release"), target_dir(root).join("bench-relay"));
    run(Command::new(built.join("bench_relay")).arg(built.join("konvolutt")).arg(&work))?;
    Ok(std::fs::remove_dir_all(work)?)
}
