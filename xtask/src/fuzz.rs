//! `cargo xtask fuzz`: each parser for a while under libFuzzer, with a count of what was tried.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, has, run, say, target_dir};

/// The workspace of the fuzz targets; only they need a nightly toolchain.
const FOLDER: &str = "fuzz";

/// Memory that one target may use, in MiB. The budgets of the parsers are far below it.
const MEMORY: u32 = 2048;

/// The longest input that libFuzzer makes, in bytes.
const LONGEST: u32 = 64 << 10;

/// Seconds after which one input counts as a hang.
const HANG: u32 = 20;

/// Whether there is a nightly toolchain to fuzz with.
pub(crate) fn possible() -> bool {
    has("rustup")
        && Command::new("rustup")
            .args(["run", "nightly", "rustc", "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

/// Runs targets, all of them when none is named, for some seconds each. With `keep` the inputs that reached new code are
/// added to the corpus, as few of them as reach it all.
pub(crate) fn fuzz(root: &Path, seconds: u32, names: &[String], keep: bool) -> Result<()> {
    if !possible() {
        bail!("Fuzzing needs a nightly toolchain: rustup toolchain install nightly --profile minimal");
    }
    if !has("cargo-fuzz") {
        say("Installing cargo-fuzz");
        run(Command::new("cargo").args(["install", "cargo-fuzz", "--version", "0.13.2", "--locked", "--quiet"]))?;
    }
    let known = targets(root)?;
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        bail!("There is no fuzz target {unknown}. There are: {}.", known.join(", "));
    }
    let build_dir = target_dir(root).join("fuzz");
    say("Building the fuzz targets with the nightly toolchain");
    run(&mut cargo_fuzz(root, "build", &build_dir))?;
    let mut broken = Vec::new();
    for name in known.iter().filter(|name| names.is_empty() || names.contains(name)) {
        let found = target_dir(root).join("fuzz-found").join(name);
        fs::create_dir_all(&found)?;
        match one(root, &build_dir, name, seconds, &found) {
            Ok(tried) => println!("{name}: {tried}"),
            Err(error) => broken.push(format!("{name}: {error:#}")),
        }
        if keep {
            let corpus = root.join(FOLDER).join("corpus").join(name);
            run(cargo_fuzz(root, "run", &build_dir).arg(name).args([&corpus, &found]).args(["--", "-merge=1"]))?;
        }
    }
    if broken.is_empty() { Ok(()) } else { bail!("Something was found. {}", broken.join("; ")) }
}

fn targets(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir(root.join(FOLDER).join("fuzz_targets"))? {
        let path = file?.path();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn cargo_fuzz(root: &Path, verb: &str, build_dir: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.args(["+nightly", "fuzz", verb, "--fuzz-dir", FOLDER, "--target-dir"]).arg(build_dir).current_dir(root);
    // Set for us by `cargo run`; they name the other toolchain and package.
    for name in ["CARGO", "CARGO_MANIFEST_DIR", "RUSTUP_TOOLCHAIN", "CARGO_TARGET_DIR"] {
        command.env_remove(name);
    }
    command
}

/// Runs one target and answers what it says of itself at the end.
fn one(root: &Path, build_dir: &Path, name: &str, seconds: u32, found: &Path) -> Result<String> {
    let mut command = cargo_fuzz(root, "run", build_dir);
    command.arg(name).arg(found).arg(corpus(root, name)).arg("--");
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-rss_limit_mb={MEMORY}"));
    command.arg(format!("-max_len={LONGEST}")).arg(format!("-timeout={HANG}")).arg("-print_final_stats=1");
    let mut child = command.stderr(Stdio::piped()).spawn().context("cargo fuzz could not be started.")?;
    let mut last = Vec::new();
    let (mut tried, mut covered) = (None, None);
    for line in BufReader::new(child.stderr.take().context("no output")?).lines() {
        let line = line?;
        if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
            tried = Some(count.trim().to_owned());
        }
        if let Some((_, rest)) = line.split_once(" cov: ") {
            covered = rest.split(' ').next().map(str::to_owned);
        }
        last.push(line);
        if last.len() > 40 {
            last.remove(0);
        }
    }
    if !child.wait()?.success() {
        bail!("an input that must not be:\n{}", last.join("\n"));
    }
    let tried = tried.context("the fuzzer does not say how many inputs it tried.")?;
    Ok(format!("{tried} inputs, {} edges covered", covered.unwrap_or_else(|| "?".to_owned())))
}

fn corpus(root: &Path, name: &str) -> PathBuf {
    root.join(FOLDER).join("corpus").join(name)
}

/// Lints, and the corpus on the stable toolchain, without a fuzzer: what was found once stays found.
fn corpus_only(root: &Path) -> Result<()> {
    let manifest = root.join(FOLDER).join("Cargo.toml");
    let all = ["--all-targets", "--all-features", "--", "--deny", "warnings"];
    // Away from the workspace's own programs: one target has the name of one of them.
    let build_dir = target_dir(root).join("fuzz");
    let cargo = |verb: &str| {
        let mut command = cargo(root);
        command
            .args([verb, "--quiet", "--locked", "--target-dir"])
            .arg(&build_dir)
            .arg("--manifest-path")
            .arg(&manifest);
        command
    };
    run(cargo("clippy").args(all))?;
    run(&mut cargo("test"))
}

/// Seconds for each target in `cargo xtask test`.
const BRIEFLY: u32 = 5;

/// A short run of every target, or where that is impossible the corpus alone, said so.
pub(crate) fn briefly(root: &Path) -> Result<()> {
    corpus_only(root)?;
    if possible() {
        return fuzz(root, BRIEFLY, &[], false);
    }
    println!("SKIPPED fuzzing: there is no nightly toolchain. The corpus was read.");
    Ok(())
}
