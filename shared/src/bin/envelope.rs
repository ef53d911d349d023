//! `envelope`: the command-line face of the core.

#![allow(clippy::print_stdout, reason = "standard output is this program's interface")]

// Beside the root they would be taken for programs of their own.
#[path = "../cli/open.rs"]
mod open;
#[path = "../cli/output.rs"]
mod output;
#[path = "../cli/pack.rs"]
mod pack;
#[path = "../cli/password.rs"]
mod password;
#[path = "../cli/save.rs"]
mod save;
#[path = "../cli/stream.rs"]
mod stream;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use konvolutt_shared::inspect::{self, Verdict};
use konvolutt_shared::sbd;

use output::Failure;

/// Open, verify, pack and inspect eFormidling packages.
///
/// Exit code: 0 good, 1 refused or undetermined, 2 wrong usage. With --json one JSON object goes to standard output.
///
/// A package is good when its container is sound, every file is signed, every signature holds and the signer's
/// certificate leads to a trusted root and is known not to be revoked. When nothing is wrong but a revocation list is
/// missing, the verdict is undetermined: the documents are listed, and not written.
#[derive(Parser)]
#[command(
    name = "envelope",
    version,
    after_help = "Examples:
  Open a sealed package and save its documents, if everything holds:
    envelope open pakke.cms --key mottaker.p12 --password-file passord.txt --trust root.pem --intermediate issuing.pem --crl issuing.crl --sender 310452106 --out ut --json
  Verify a bare container (no key needed):
    envelope open pakke.asice --trust root.pem --intermediate issuing.pem --crl issuing.crl
  Pack, sign and seal:
    envelope pack --key avsender.p12 --password-file passord.txt --recipient mottaker.pem --profile dpo --sender 310452106 --receiver 310452114 --out pakke.cms brev.pdf
  See what a file is:
    envelope inspect pakke.cms
  Check a Standard Business Document:
    envelope sbd sbd.json --at 2026-12-01T00:00:00Z
  See every rule a package is held against, with its number and the clause that decides:
    envelope rules"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Decrypt a package (or take a bare container), verify it, and list its documents.
    #[command(after_help = open::EXAMPLES)]
    Open(open::Open),
    /// Pack documents in a container, sign it and seal it to a recipient.
    #[command(after_help = pack::EXAMPLES)]
    Pack(pack::Pack),
    /// Tell what a file is, its structure and its findings. Needs no key and takes anything.
    Inspect {
        /// The file.
        file: PathBuf,
        /// One JSON object on standard output.
        #[arg(long)]
        json: bool,
    },
    /// List the rules that packages are held against. Findings name them by number.
    Rules {
        /// One JSON object on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Check a Standard Business Document.
    Sbd {
        /// The document, JSON.
        file: PathBuf,
        /// The time to judge at; without it deadlines are not judged.
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
        /// One JSON object on standard output.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    // clap itself answers wrong usage with 2 and --help with 0.
    let result = match Arguments::parse().command {
        Command::Open(arguments) => open::run(&arguments),
        Command::Pack(arguments) => pack::run(&arguments),
        Command::Inspect { file, json } => inspect(&file, json),
        Command::Rules { json } => {
            output::print_rules(json);
            Ok(true)
        }
        Command::Sbd { file, at, json } => check_sbd(&file, at, json),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(Failure(message)) => {
            eprintln!("envelope: {message}");
            ExitCode::from(2)
        }
    }
}

fn inspect(file: &std::path::Path, json: bool) -> Result<bool, Failure> {
    let report = inspect::inspect(&output::read(file)?, &inspect::Options::default());
    if json {
        println!("{}", serde_json::to_string(&report).map_err(|error| Failure(error.to_string()))?);
    } else {
        println!("{:?}, {} bytes, SHA-256 {}: {:?}", report.kind, report.size, report.sha256, report.verdict);
        print_tree(&report.tree, 1);
        output::print_findings(&report.findings);
    }
    Ok(report.verdict != Verdict::Failed)
}

fn print_tree(nodes: &[inspect::Node], depth: usize) {
    for node in nodes {
        let range = if node.length > 0 { format!("{:>8}+{}", node.offset, node.length) } else { String::new() };
        println!(
            "{range:<20}{:indent$}{} {}",
            "",
            node.label,
            node.value.as_deref().unwrap_or_default(),
            indent = depth * 2
        );
        print_tree(&node.children, depth + 1);
    }
}

fn check_sbd(file: &std::path::Path, at: Option<Timestamp>, json: bool) -> Result<bool, Failure> {
    let findings = sbd::validate(&output::read(file)?, at);
    let valid = !findings.iter().any(konvolutt_shared::finding::Finding::refuses);
    if json {
        println!("{}", serde_json::json!({ "valid": valid, "findings": output::findings(&findings) }));
    } else {
        println!("{}", if valid { "valid" } else { "not valid" });
        output::print_findings(&findings);
    }
    Ok(valid)
}
