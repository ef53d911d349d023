//! `cargo xtask`: everything one does with this repository, set-up included.
#![allow(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

mod bench;
mod build;
mod check;
mod fuzz;
mod run;
mod setup;
mod shell;
mod soak;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Set up, run, build, test and check Konvolutt.", disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Do the set-up, build everything and start Konvolutt with its sandbox.
    Run {
        /// Where the front end and the interface listen.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// Where messages, keys of the sandbox and the database are kept.
        #[arg(long, default_value = "data")]
        data: String,
        /// A quick, unoptimised build.
        #[arg(long)]
        dev: bool,
    },
    /// Build the front end into `dist/`.
    Build {
        /// A quick, unoptimised build without compressed copies.
        #[arg(long)]
        dev: bool,
    },
    /// Do the set-up for the tests and run every check and test there is.
    Test,
    /// Run Wycheproof and the vectors in WebAssembly under Node and in Chromium, and through WebCrypto.
    Conformance,
    /// Measure sealing and opening against OpenSSL, PKI.js and WebCrypto, or the relay against its own store and nginx,
    /// and print the ratios.
    Bench {
        #[arg(value_enum, default_value_t)]
        what: bench::What,
    },
    /// Feed every parser with changed and invented input (needs a nightly toolchain).
    Fuzz {
        /// Seconds for each target.
        #[arg(long, default_value_t = 600)]
        seconds: u32,
        /// Add inputs that reached new code to the corpus.
        #[arg(long)]
        keep: bool,
        /// Targets; all when none is given.
        targets: Vec<String>,
    },
    /// Try for long that nothing is lost: random histories in a simulated world, and a real server that is killed.
    Soak {
        #[command(flatten)]
        amounts: soak::Amounts,
    },
    /// Hold the tree against ARCHITECTURE.md and the house rules.
    Check,
}

fn main() -> ExitCode {
    match obey() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Causes in one line, and no backtrace: what went wrong is on somebody's machine, seldom in xtask.
            println!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey() -> Result<()> {
    let root = shell::root()?;
    match Arguments::parse().command {
        Command::Run { listen, data, dev } => run::run(&root, &listen, &data, dev),
        Command::Build { dev } => {
            setup::wasm_target()?;
            setup::node_packages(&root)?;
            build::frontend(&root, build::Mode::from_dev_flag(dev))
        }
        Command::Test => test::test(&root),
        Command::Conformance => test::conformance(&root),
        Command::Bench { what } => bench::bench(&root, what),
        Command::Fuzz { seconds, keep, targets } => fuzz::fuzz(&root, seconds, &targets, keep),
        Command::Soak { amounts } => soak::soak(&root, amounts),
        Command::Check => check::check(&root),
    }
}
