//! Rules of programs and services: the core breaks none of them, something else does, and a test there sees it.

use std::fs;
use std::path::{Path, PathBuf};

use konvolutt_shared::finding::Rule;

use super::is_of_a_program;

/// Codes that nothing here refuses with: they are kept for what was stored, and for those who read the list.
const UNUSED: &[Rule] = &[Rule::KeyIssuer];

/// Tests see these by the status of the answer, or by the words that a person reads.
const BY_OTHER_SIGNS: &[Rule] = &[
    Rule::KeyInTime,
    Rule::KeyBegun,
    Rule::KeyOwner,
    Rule::PagePassive,
    Rule::SignInFailed,
    Rule::KeyUnknown,
    Rule::UploadOffset,
    Rule::UploadIncomplete,
    Rule::UploadVersion,
    Rule::UploadType,
    Rule::WebhookUnknown,
    Rule::WebhooksMany,
    Rule::HostUnknown,
    Rule::SendingCancelled,
    Rule::DeadlinePassed,
    Rule::FileReadable,
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "node_modules" && name != "rules" {
            files(&path, found);
        } else if name.ends_with(".rs") || name.ends_with(".test.mjs") {
            found.push(path);
        }
    }
}

/// The text of all files below these folders of the repository: what runs, and what tests it.
fn texts(folders: &[&str]) -> (String, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    folders.iter().for_each(|folder| files(&root.join(folder), &mut found));
    let (mut run, mut tests) = (String::new(), String::new());
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let place = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if place.starts_with("tests/") || place.contains("tests") {
            tests.push_str(&text);
        } else {
            let (body, below) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
            // What a comment names is not done there.
            body.lines().filter(|line| !line.trim_start().starts_with("//")).for_each(|line| {
                run.push_str(line);
                run.push('\n');
            });
            tests.push_str(below);
        }
    }
    (run, tests)
}

fn names(text: &str, rule: Rule) -> bool {
    let name = format!("Rule::{rule:?}");
    text.match_indices(&name).any(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric()))
}

#[test]
fn the_core_breaks_no_rule_of_a_program_and_programs_break_each() {
    let (core, _) = texts(&["shared/src"]);
    let (programs, _) = texts(&["relay/src", "frontend/src"]);
    for rule in Rule::ALL.iter().copied().filter(|rule| is_of_a_program(*rule)) {
        // The list of ranks and the fallback of `Rule::of` name them as `Self::`.
        assert!(!names(&core, rule), "{rule:?}");
        assert_eq!(names(&programs, rule) || by_code_alone(rule), !UNUSED.contains(&rule), "{rule:?}");
    }
}

/// What the page says without a finding: it knows the code alone.
fn by_code_alone(rule: Rule) -> bool {
    matches!(rule, Rule::SendingCancelled | Rule::SignInFailed | Rule::ApprovalOwn)
}

#[test]
fn every_rule_of_a_program_is_seen_by_a_test() {
    let (_, tests) = texts(&["relay", "frontend/src", "tests"]);
    let unseen: Vec<_> = Rule::ALL
        .iter()
        .filter(|rule| is_of_a_program(**rule) && !UNUSED.contains(rule) && !BY_OTHER_SIGNS.contains(rule))
        .filter(|rule| {
            let code = rule.code();
            let seen = [format!("Code::{code:?}"), format!("\"{code}\"")].iter().any(|word| tests.contains(word));
            !seen && !names(&tests, **rule)
        })
        .collect();
    assert!(unseen.is_empty(), "no test sees {unseen:?}");
}
