//! `cargo xtask test`: every check and test there is, and one line at the end that says how it went.

mod tally;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::build::{self, Mode};
use crate::shell::{cargo, has, run, target_dir};
use crate::{check, fuzz, setup};
use tally::Tally;

pub(crate) fn test(root: &Path) -> Result<()> {
    setup::wasm_target()?;
    setup::node_packages(root)?;
    setup::test_programs()?;
    setup::pkits(root);
    setup::judge_packages(root);

    let mut tally = Tally::default();
    tally.step("Formatting", || run(cargo(root).args(["fmt", "--all", "--check"])));
    tally.step("House rules and architecture", || check::check(root));
    tally.step("Licences, sources and bans of everything that is built in", || {
        setup::cargo_deny()?;
        // Those for other systems, too, which nothing here would fetch.
        run(cargo(root).args(["fetch", "--quiet", "--locked"]))?;
        run(cargo(root).args(["deny", "--offline", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
    });
    advisories(root, &mut tally);
    bill_of_materials(root, &mut tally);
    tally.step("Lints", || clippy(root, &["--workspace", "--all-targets"]));
    tally.step("Lints of the front end as WebAssembly", || {
        clippy(root, &["--package", "konvolutt-frontend", "--lib", "--bins", "--target", "wasm32-unknown-unknown"])
    });
    tally.step("Building what the tests start", || {
        run(cargo(root).args(["build", "--quiet", "--locked", "--package", "konvolutt-relay", "--bin", "konvolutt"]))?;
        run(cargo(root).args(["build", "--quiet", "--locked", "--package", "konvolutt-shared", "--bin", "envelope"]))
    });
    tally.runner("Unit, interop and simulation tests", |tally| native(root, tally));
    tally.runner("What asks a running relay, on PostgreSQL and S3", |tally| on_shared_stores(root, tally));
    tally.step("The conformance suite as WebAssembly", || build::conformance(root).map(drop));
    tally.runner("Conformance in WebAssembly under Node", |tally| {
        node(root, "conformance-tests.tap", vec![root.join("tests/conformance/node.test.mjs")], tally)
    });
    tally.step("The fuzz targets: corpus, and a short run of each", || fuzz::briefly(root));
    if tally.step("The front end, as it is delivered", || build::frontend(root, Mode::Release)) {
        tally.runner("Browser tests", |tally| node(root, "browser-tests.tap", browser_files(root)?, tally));
    }

    println!("{tally}");
    if tally.failed > 0 {
        bail!("Not everything passed.");
    }
    Ok(())
}

/// Known holes in what is built in. Their list changes without us, so it is fetched each time.
fn advisories(root: &Path, tally: &mut Tally) {
    const NAME: &str = "Advisories about everything that is built in";
    // Also where cargo-deny itself cannot be had; the step before has failed then.
    match run(cargo(root).args(["deny", "--log-level", "error", "fetch", "db"])) {
        Ok(()) => drop(tally.step(NAME, || {
            run(cargo(root).args(["deny", "--offline", "check", "--hide-inclusion-graph", "advisories"]))
        })),
        Err(error) => tally.skip(&format!("{NAME}: their list cannot be fetched here ({error:#})"), io::stdout()),
    }
}

/// What a release is made of can be written down.
fn bill_of_materials(root: &Path, tally: &mut Tally) {
    const NAME: &str = "The bill of materials";
    if !has("cargo-cyclonedx") {
        return tally.skip(&format!("{NAME}: cargo-cyclonedx is not installed"), io::stdout());
    }
    tally.step(NAME, || {
        let file = target_dir(root).join("sbom.json");
        run(Command::new("sh").arg("relay/deploy/sbom.sh").arg(&file).current_dir(root))?;
        let text = fs::read_to_string(&file)?;
        if !text.contains("\"CycloneDX\"") || !text.contains("\"rustls\"") {
            bail!("{} is none.", file.display());
        }
        Ok(())
    });
}

/// What `cargo test` cannot run of the conformance suite: the places the product runs in.
pub(crate) fn conformance(root: &Path) -> Result<()> {
    setup::wasm_target()?;
    setup::node_packages(root)?;
    setup::test_programs()?;
    build::conformance(root)?;
    let browser = root.join(setup::NODE_FOLDER).join("conformance.test.mjs");
    let files = vec![root.join("tests/conformance/node.test.mjs"), browser];
    node(root, "conformance-tests.tap", files, &mut Tally::default())
}

fn clippy(root: &Path, what: &[&str]) -> Result<()> {
    run(cargo(root).args(["clippy", "--quiet", "--locked"]).args(what).args(["--", "--deny", "warnings"]))
}

fn native(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut command = cargo(root);
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    counted(command, tally)
}

/// Tests that start a relay on whatever store is chosen.
const ON_ANY_STORE: [&str; 16] = [
    "api", "audit", "dpi", "dpo", "envelope", "events", "faults", "inbox", "locked", "magic", "main_job", "sign_in",
    "svarut", "tenants", "uploads", "webhooks",
];

/// The same tests once more on the stores that several relays share.
fn on_shared_stores(root: &Path, tally: &mut Tally) -> Result<()> {
    let mut command = cargo(root);
    command.args(["test", "--locked", "--no-fail-fast", "--package", "konvolutt-tests"]);
    command.args(ON_ANY_STORE.iter().flat_map(|test| ["--test", test]));
    command.env("KONVOLUTT_TEST_STORE", "shared");
    counted(command, tally)
}

/// Runs `cargo test`. Without the last argument cargo keeps what a test that passed has said to itself, skips included.
fn counted(mut command: Command, tally: &mut Tally) -> Result<()> {
    command.args(["--", "--show-output"]);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cargo test could not be started.")?;
    let stdout = child.stdout.take().context("cargo test has no output.")?;
    tally.cargo(stdout, io::stdout())?;
    finished(child.wait()?.success())
}

/// Runs test files with Node; `report` is the file for what it counts.
fn node(root: &Path, report: &str, files: Vec<PathBuf>, tally: &mut Tally) -> Result<()> {
    let report = target_dir(root).join(report);
    let status = Command::new("node")
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec", "--test-reporter-destination=stdout"])
        .args(["--test-reporter=tap", "--test-reporter-destination"])
        .arg(&report)
        .args(files)
        .env("KONVOLUTT_BIN", binary(root, "konvolutt"))
        .env("KONVOLUTT_ENVELOPE", binary(root, "envelope"))
        .env("KONVOLUTT_CONFORMANCE", target_dir(root).join("conformance"))
        .current_dir(root)
        .status()
        .context("node could not be started.")?;
    tally.tap(&fs::read(&report)?[..])?;
    finished(status.success())
}

fn browser_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(setup::NODE_FOLDER))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("There are no browser tests.");
    }
    Ok(files)
}

fn binary(root: &Path, name: &str) -> PathBuf {
    target_dir(root).join("debug").join(name)
}

fn finished(success: bool) -> Result<()> {
    if success { Ok(()) } else { bail!("The runner ended with an error.") }
}
