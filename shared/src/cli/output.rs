//! What all commands share: reading files, and findings as JSON or text.

use std::path::Path;

use konvolutt_shared::finding::{Finding, Rule, Severity};
use serde_json::{Value, json};

/// What ends the program with exit code 2: a file that cannot be read or written, an argument that means
/// nothing. In English, for standard error.
pub(crate) struct Failure(pub(crate) String);

/// The whole file, in memory.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure(format!("{}: {error}", path.display())))
}

/// Whether the file begins with these bytes.
pub(crate) fn starts_with(path: &Path, start: &[u8]) -> Result<bool, Failure> {
    use std::io::Read;
    let failure = |error| Failure(format!("{}: {error}", path.display()));
    let mut head = Vec::new();
    let file = std::fs::File::open(path).map_err(failure)?;
    file.take(start.len() as u64).read_to_end(&mut head).map_err(failure)?;
    Ok(head == start)
}

/// The whole file, which must be UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| Failure(format!("{}: not text", path.display())))
}

/// Findings with the place as one text, `asic:/manifest.xml@412`.
pub(crate) fn findings(findings: &[Finding]) -> Value {
    let one = |finding: &Finding| {
        json!({
            "code": finding.code,
            "rule": finding.rule,
            "severity": finding.severity,
            "place": finding.place.as_ref().map(|place| format!("{place}")),
            "message": finding.message,
            "spec": finding.spec,
            "evidence": finding.evidence,
            "advice": finding.advice,
        })
    };
    findings.iter().map(one).collect()
}

/// Each finding on a line, and its advice and the clause that decides on another.
pub(crate) fn print_findings(findings: &[Finding]) {
    for finding in findings {
        let spec = finding.spec.as_deref().unwrap_or_else(|| finding.rule.spec());
        println!("{finding}\n  {} ({spec})", finding.advice);
    }
}

/// Every rule by its subject: number, rank, code, what is wrong when it is broken, and the clause that decides; as JSON also
/// what to do about it.
pub(crate) fn print_rules(as_json: bool) {
    let text = if as_json {
        format!("{}\n", json!({ "rules": Rule::ALL.iter().map(rule_value).collect::<Value>() }))
    } else {
        let lines = Rule::ALL.iter().enumerate().map(|(index, rule)| {
            let begins = index == 0 || Rule::ALL[index - 1].subject() != rule.subject();
            format!("{}{}", if begins { heading(*rule, index == 0) } else { String::new() }, rule_line(*rule))
        });
        lines.collect()
    };
    // Whoever reads may stop early (`| head`); that is no error.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
}

fn rule_value(rule: &Rule) -> Value {
    json!({
        "rule": rule,
        "subject": rule.subject(),
        "rank": rule.rank(),
        "code": rule.code(),
        "breach": rule.breach(),
        "spec": rule.spec(),
        "advice": rule.advice(),
    })
}

fn heading(rule: Rule, first: bool) -> String {
    format!("{}{}: {}\n", if first { "" } else { "\n" }, &rule.number()[..1], rule.subject())
}

fn rule_line(rule: Rule) -> String {
    let rank = if rule.rank() == Severity::Error { "refuses" } else { "tells" };
    format!("{rule}  {rank:<7}  {:<28}  {}  ({})\n", rule.code().as_str(), rule.breach(), rule.spec())
}

/// The one place where this program reads the clock.
#[expect(clippy::disallowed_methods, reason = "a program has to start from the real time; the core never does")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
