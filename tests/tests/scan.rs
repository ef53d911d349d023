//! Outside judges of the API: its description is held against the specification, and schemathesis asks a running relay
//! everything that the description allows and much that it does not.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use konvolutt_tests::Server;
use konvolutt_tests::client::Client;

const OURS: &str = "310904007";

/// Left out: what ends the session that the scanner asks with, and an answer that never ends.
const NOT_ASKED: [&str; 3] = ["signOut", "signOutEverywhere", "streamEvents"];

/// Where `cargo xtask test` keeps Python's packages; `None`, said aloud, where they are not.
fn scanner() -> Result<Option<PathBuf>> {
    let test = std::env::current_exe()?;
    let target = test.ancestors().nth(3).context("no target folder")?;
    let folder = target.join("test-data/scanner");
    if folder.join("schemathesis").is_dir() && folder.join("openapi_spec_validator").is_dir() {
        return Ok(Some(folder));
    }
    eprintln!("SKIPPED: schemathesis is not there; `cargo xtask test` fetches it");
    Ok(None)
}

fn python(packages: &PathBuf, module: &str) -> Command {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", packages).args(["-m", module]);
    python
}

#[test]
fn the_description_is_one() -> Result<()> {
    let Some(packages) = scanner()? else { return Ok(()) };
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../relay/openapi.json");
    let told = python(&packages, "openapi_spec_validator").arg(kept).output()?;
    ensure!(
        told.status.success(),
        "{}{}",
        String::from_utf8_lossy(&told.stdout),
        String::from_utf8_lossy(&told.stderr)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanner_finds_nothing() -> Result<()> {
    let Some(packages) = scanner()? else { return Ok(()) };
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let folder = tempfile::tempdir()?;
    let mut scan = python(&packages, "schemathesis.cli");
    let hooks = concat!(env!("CARGO_MANIFEST_DIR"), "/judges/scanner.py");
    scan.current_dir(&folder)
        .env("NO_COLOR", "1")
        .env("SCHEMATHESIS_HOOKS", hooks)
        .arg("run")
        .arg(format!("{}/api/v1/openapi.json", server.base()));
    scan.args(["-H", &format!("Cookie: {}", client.cookie())]);
    for operation in NOT_ASKED {
        scan.args(["--exclude-operation-id", operation]);
    }
    scan.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "4711", "--max-time", "60"]);
    scan.args(["--checks", CHECKS, "--continue-on-failure", "--generation-database", "none"]);
    scan.args(["--suppress-health-check", "all", "--request-timeout", "30", "--warnings", "off"]);
    let told = tokio::task::spawn_blocking(move || scan.output()).await??;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    ensure!(told.status.success(), "{text}{}", String::from_utf8_lossy(&told.stderr));
    ensure!(text.contains("passed") || text.contains("Test cases"), "it asked nothing: {text}");
    Ok(())
}

/// No answer of 500 and more, and every answer as described.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
