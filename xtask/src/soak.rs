//! `cargo xtask soak`: what shows that nothing is lost, for as long as one likes. The tests do a little of it each time.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::shell::{cargo, run, say};

/// How much of each.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Amounts {
    /// Random histories in a simulated world.
    #[arg(long, default_value_t = 100_000)]
    histories: u64,
    /// Where the histories begin: another number, other histories.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often a real server is killed.
    #[arg(long, default_value_t = 500)]
    kills: u64,
}

/// Runs both and prints what each has counted.
pub(crate) fn soak(root: &Path, Amounts { histories, seed, kills }: Amounts) -> Result<()> {
    if histories > 0 {
        say("Random histories of the relay in a simulated world");
        let mut command = test(root, "konvolutt-relay", "simulation", "random_histories");
        run(command.env("KONVOLUTT_HISTORIES", histories.to_string()).env("KONVOLUTT_SEED", seed.to_string()))?;
    }
    if kills > 0 {
        say("A server killed at random moments under load");
        run(cargo(root).args(["build", "--release", "--package", "konvolutt-relay", "--bin", "konvolutt"]))?;
        let mut command =
            test(root, "konvolutt-tests", "kill", "killed_at_random_moments_it_loses_and_doubles_nothing");
        run(command.env("KONVOLUTT_KILLS", kills.to_string()))?;
    }
    Ok(())
}

/// One test by its whole name, and what it prints.
fn test(root: &Path, package: &str, suite: &str, name: &str) -> Command {
    let mut command = cargo(root);
    command.args(["test", "--release", "--package", package, "--test", suite, name, "--", "--exact", "--nocapture"]);
    command
}
