//! NIST's Public Key Interoperability Test Suite (PKITS 1.0.1, the 2011 certificates) against path building and
//! revocation. `cargo xtask test` fetches the data; each case that does not apply here is in `pkits/skips.json`.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::pki::{Certificate, Crl, PathVerdict, Policy, Purpose, validate_path};
use serde::Deserialize;

/// Fails when somebody "mends" the suite by skipping more: 223 end entities less 56 skips.
const FEWEST_CASES: usize = 167;

/// Cases by the name of the end-entity certificate, without `EE.crt`; `*` at the end stands for anything.
#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    reason: String,
    /// What the suite expects where the name does not say; only in `expected.json`.
    valid: Option<bool>,
}

impl Entry {
    fn fits(&self, case: &str) -> bool {
        self.name.strip_suffix('*').map_or(case == self.name, |start| case.starts_with(start))
    }
}

fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("KONVOLUTT_PKITS").map(PathBuf::from);
    // The test's own binary lies in target/debug/deps.
    let binary = std::env::current_exe().unwrap();
    let beside = binary.ancestors().nth(3).unwrap().join("test-data/pkits");
    let folder = given.unwrap_or(beside);
    if folder.join("certs").is_dir() && folder.join("crls").is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: the PKITS data is not there; «cargo xtask test» fetches it, or set KONVOLUTT_PKITS");
    None
}

fn entries(json: &str) -> Vec<Entry> {
    let all: Vec<Entry> = serde_json::from_str(json).unwrap();
    assert!(all.iter().all(|entry| entry.reason.len() > 20), "every entry has a reason");
    all
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect()
}

/// Everything in one pool, the root alone trusted: the search has to find its way.
fn policy(certificates: &BTreeMap<String, Vec<u8>>, lists: &BTreeMap<String, Vec<u8>>) -> Policy {
    let (root, rest): (Vec<_>, Vec<_>) =
        certificates.iter().partition(|(name, _)| name.as_str() == "TrustAnchorRootCertificate.crt");
    let read = |(_, der): (&String, &Vec<u8>)| Certificate::from_der(der).ok();
    Policy {
        at: "2020-01-01T00:00:00Z".parse().unwrap(),
        anchors: root.into_iter().filter_map(read).collect(),
        intermediates: rest.into_iter().filter_map(read).collect(),
        crls: lists.values().filter_map(|der| Crl::from_der(der).ok()).collect(),
        purpose: Purpose::Any,
        ..Policy::default()
    }
}

/// What we say of a case. `Err` is a certificate that cannot even be read.
fn judge(der: &[u8], policy: &Policy) -> Result<PathVerdict, Finding> {
    Certificate::from_der(der).map(|leaf| validate_path(&leaf, &[], policy))
}

fn is_refused(verdict: &Result<PathVerdict, Finding>) -> bool {
    verdict.as_ref().map_or(true, |verdict| !verdict.is_trusted())
}

fn is_checked(verdict: &Result<PathVerdict, Finding>) -> bool {
    verdict.as_ref().is_ok_and(|verdict| verdict.findings.iter().all(|one| one.code != Code::RevocationNotChecked))
}

fn expectation(case: &str, named: &[Entry]) -> Option<bool> {
    let by_name = case.starts_with("Valid").then_some(true).or(case.starts_with("Invalid").then_some(false));
    by_name.or_else(|| named.iter().find(|entry| entry.fits(case)).and_then(|entry| entry.valid))
}

#[test]
fn every_case_that_applies_comes_out_as_nist_says() {
    let Some(folder) = folder() else { return };
    let skips = entries(include_str!("pkits/skips.json"));
    let unchecked = entries(include_str!("pkits/unchecked.json"));
    let named = entries(include_str!("pkits/expected.json"));
    let certificates = files(&folder.join("certs"));
    let policy = policy(&certificates, &files(&folder.join("crls")));
    let cases: BTreeMap<&str, &Vec<u8>> =
        certificates.iter().filter_map(|(name, der)| Some((name.strip_suffix("EE.crt")?, der))).collect();
    for entry in skips.iter().chain(&unchecked).chain(&named) {
        assert!(cases.keys().any(|case| entry.fits(case)), "{} names no case", entry.name);
    }

    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, der) in &cases {
        let verdict = judge(der, &policy);
        let (refused, checked) = (is_refused(&verdict), is_checked(&verdict));
        // A valid path is trusted and known not to be revoked. An invalid one is refused; only where the suite's point
        // is that no list can be used is it enough that the verdict says so.
        let outcome = match expectation(case, &named) {
            Some(true) if !refused && checked => "valid",
            Some(false) if refused => "refused",
            Some(false) if !checked && unchecked.iter().any(|entry| entry.fits(case)) => "not checked",
            _ => "",
        };
        let skipped = skips.iter().any(|entry| entry.fits(case));
        match (skipped, outcome) {
            (false, "") => wrong.push(format!("{case}: {verdict:?}")),
            (false, outcome) => *counts.entry(outcome).or_default() += 1,
            (true, "") => *counts.entry("skipped").or_default() += 1,
            // A skip that is no longer needed is an error, too.
            (true, _) => wrong.push(format!("{case} passes and need not be skipped")),
        }
    }
    eprintln!("PKITS: {} cases, {counts:?}", cases.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases.len() - counts["skipped"] >= FEWEST_CASES, "{counts:?}");
}

#[test]
fn the_suite_can_tell_a_broken_verifier() {
    let Some(folder) = folder() else { return };
    let certificates = files(&folder.join("certs"));
    let lists = files(&folder.join("crls"));
    let policy = policy(&certificates, &lists);
    let verdict = |name: &str, policy: &Policy| judge(&certificates[name], policy);
    let good = verdict("ValidCertificatePathTest1EE.crt", &policy);
    assert!(!is_refused(&good) && is_checked(&good));
    let late = Policy { at: "2031-01-01T00:00:00Z".parse().unwrap(), ..policy.clone() };
    assert!(is_refused(&verdict("ValidCertificatePathTest1EE.crt", &late)));
    let without = Policy { crls: Vec::new(), ..policy };
    assert!(!is_checked(&verdict("ValidCertificatePathTest1EE.crt", &without)));
    assert!(!is_refused(&verdict("InvalidRevokedEETest3EE.crt", &without)));
}
