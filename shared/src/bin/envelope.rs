//! `envelope`: the command-line face of the core. It reads files, the clock and randomness, and never the
//! network.

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
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::inspect::{self, Verdict};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::sbd;

use output::Failure;

/// What `envelope --help` begins with.
const LADDER: &str = "Open, verify, pack and inspect eFormidling packages.

eFormidling is how Norwegian public bodies send each other letters, and send them to people and companies. This program
makes and opens what is sent. It works on files alone: it asks nobody and sends nothing.

What is what:
  document   A file of the letter, for example brev.pdf.
  container  The documents in one zip, with a signature that covers every file (ASiC-E, ETSI EN 319 162-1).
  package    The container, sealed: encrypted so that one organisation's key alone opens it (CMS, RFC 5652).
  SBD        Standard Business Document, JSON: who sends what kind of message to whom. It travels beside the package, in the
             clear. It is not made here, only checked.
  key        The organisation's enterprise certificate (virksomhetssertifikat, from Buypass or Commfides) with its private
             key, a PKCS#12 file: .p12 or .pfx. The sender signs with its own; the recipient opens with its own.

The ladder, out (pack) and in (open):
  documents -> container -> signed with the sender's key -> sealed to the recipient's certificate -> package
  package -> opened with the recipient's key -> container -> verified -> documents
No step can be left out. What cannot be verified gives no documents, since what is only decrypted may have been changed on
the way; open --raw shows it for all that, as one piece that nobody has vouched for.

Verdict of open:
  ok            The container is sound, every file is signed, every signature holds, and the signer's certificate leads to
                a trusted root and is known not to be revoked.
  undetermined  Nothing is wrong, but of the signer's certificate, or of an authority's above it, no current revocation list
                (or OCSP answer) was given. The documents are listed, and not written.
  refused       A rule is broken. Each finding says which rule, where, what was seen, and what to do.

Exit code:
  0  Good: ok, packed, valid; for inspect that nothing is wrong, though something may be left unchecked.
  1  Refused, undetermined or not valid; the findings say why.
  2  Wrong usage, or a file that cannot be read or written: a line on standard error, and nothing on standard output.

Sizes and offsets are in bytes, digests SHA-256 in hexadecimal, times RFC 3339 with their zone (2026-12-01T00:00:00Z),
organisation numbers nine digits. With --json one JSON object goes to standard output, on one line.";

/// What `inspect --help` ends with.
const INSPECT_EXAMPLES: &str = "Examples:
  See what came, before there is a key for it:
    envelope inspect pakke.cms
  The same for a program; .verdict is passed, unclear or failed:
    envelope inspect pakke.cms --json";

/// What `rules --help` ends with.
const RULES_EXAMPLES: &str = "Examples:
  Every rule, a line each:
    envelope rules
  For a program: .rules[] with rule, subject, rank, code, breach, spec and advice:
    envelope rules --json";

/// What `sbd --help` ends with.
const SBD_EXAMPLES: &str = "Examples:
  Is the document valid, and had its deadline passed at that time?
    envelope sbd sbd.json --at 2026-12-01T00:00:00Z
  The same for a program, without the deadline; .valid is true or false:
    envelope sbd sbd.json --json";

/// Open, verify, pack and inspect eFormidling packages.
#[derive(Parser)]
#[command(
    name = "envelope",
    version,
    long_about = LADDER,
    after_help = "Examples:
  Open a sealed package and save its documents, if everything holds:
    envelope open pakke.cms --key mottaker.p12 --password-file passord.txt --trust root.pem --intermediate issuing.pem --crl root.crl --crl issuing.crl --sender 310452106 --out ut --json
  Verify a bare container (no key needed):
    envelope open pakke.asice --trust root.pem --intermediate issuing.pem --crl root.crl --crl issuing.crl
  Pack, sign and seal a letter:
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
    ///
    /// The package is opened with the recipient's key; every file in the container must be signed and
    /// unchanged; the signer's certificate must lead to a root that you trust (--trust, with --intermediate
    /// for the authority between), and neither it nor the authority's may be revoked (--crl or --ocsp for
    /// each). All of this comes from files: nothing is fetched. The issuers, Buypass and Commfides, publish
    /// roots, authorities' certificates and revocation lists.
    ///
    /// Output: the verdict (ok, undetermined or refused), who signed with organisation number, a line for
    /// each document (size in bytes, SHA-256, name; manifest.xml among them), and the findings, each with
    /// advice and the clause that decides. With --json: verdict, findings, signer (organisation, name,
    /// serial) and documents (name, mediaType, size, sha256).
    ///
    /// Exit code: 0 ok, 1 refused or undetermined, 2 wrong usage or a file that cannot be read or written. A
    /// package of more than 2 GiB, or with more than 1000 files, is refused.
    #[command(after_help = open::EXAMPLES)]
    Open(open::Open),
    /// Pack documents in a container, sign it and seal it to a recipient.
    ///
    /// Makes the whole ladder in one go: a container with manifest.xml and the documents, signed with the
    /// sender's key, sealed so that the key of the recipient's certificate alone opens it. The file at --out
    /// is written when all went well, and else left as it was.
    ///
    /// What it does not do: it makes no SBD, and no arkivmelding.xml, which a letter to an archive must have
    /// among its documents. And it looks nothing up: the recipient's certificate (pemCertificate of
    /// eFormidling's service registry) is taken as it is, and the organisation numbers are only written into
    /// the manifest.
    ///
    /// Output: nothing when all went well, else the findings. With --json: verdict (ok or refused) and
    /// findings.
    ///
    /// Exit code: 0 packed, 1 refused (a wrong password, a file name that is unsafe or comes twice, a
    /// certificate that nothing can be sealed to), 2 wrong usage or a file that cannot be read or written.
    #[command(after_help = pack::EXAMPLES)]
    Pack(pack::Pack),
    /// Tell what a file is, its structure and its findings. Needs no key and takes anything.
    ///
    /// Takes a package, a container, an SBD, a JWS, a certificate, a revocation list, a key file, XML, or
    /// whatever a broker has given. A package stays closed: what can be seen is to whom it is sealed and how.
    ///
    /// Output: the kind, size in bytes, SHA-256 and verdict; a tree of the parts, each with its first byte
    /// and number of bytes (120+785); and the findings. Passed: all was checked and holds. Unclear: something
    /// could not be checked, because it is sealed or nobody is trusted here. Failed: something is wrong.
    ///
    /// Exit code: 0 passed or unclear, 1 failed, 2 wrong usage or a file that cannot be read.
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect {
        /// The file, of any kind. It is read into memory as a whole.
        file: PathBuf,
        /// One JSON object on standard output: kind, confidence, size, sha256, tree, findings, verdict.
        #[arg(long)]
        json: bool,
    },
    /// List the rules that packages are held against. Findings name them by number.
    ///
    /// A line each, by subject: the number, whether a breach refuses or is only told, the code (the same in
    /// API and pages), what is wrong when the rule is broken, and the clause of the standard that decides.
    /// Limits::name is a budget of this program.
    ///
    /// Exit code: 0.
    #[command(after_help = RULES_EXAMPLES)]
    Rules {
        /// One JSON object on standard output, with the advice for each rule.
        #[arg(long)]
        json: bool,
    },
    /// Check a Standard Business Document.
    ///
    /// The SBD is the address on a message: sender, receiver, process, document type, ids and deadline, and
    /// the business message (arkivmelding, digital, print and so on) with what its type demands. It is
    /// checked as integrasjonspunkt would, and everything that is wrong is told at once.
    ///
    /// Output: valid or not valid, and the findings; a valid document may have warnings. With --json: valid
    /// (true or false) and findings.
    ///
    /// Exit code: 0 valid, 1 not valid, 2 wrong usage or a file that cannot be read.
    #[command(after_help = SBD_EXAMPLES)]
    Sbd {
        /// The document: JSON (sbd.json), or the older XML (content.xml).
        file: PathBuf,
        /// The time to judge the deadline (expectedResponseDateTime) at, RFC 3339 with its zone, for example
        /// 2026-12-01T00:00:00Z. Without it the deadline is not judged.
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
        /// One JSON object on standard output: valid, findings.
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
    let bytes = output::read(file)?;
    let findings = if bytes.len() as u64 > Limits::default().metadata_bytes {
        vec![Finding::error(Rule::DocumentSize, "the document is larger than an SBD may be")]
    } else {
        sbd::validate(&bytes, at)
    };
    let valid = !findings.iter().any(Finding::refuses);
    if json {
        println!("{}", serde_json::json!({ "valid": valid, "findings": output::findings(&findings) }));
    } else {
        println!("{}", if valid { "valid" } else { "not valid" });
        output::print_findings(&findings);
    }
    Ok(valid)
}
