//! The reference's vectors: 32 containers and 30 Standard Business Documents, each with the verdict it must get.
//!
//! They lie beside the repository, in `../shared/vectors`; without them these tests say so and pass.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use konvolutt_shared::container::{Verified, VerifyPolicy, verify::verify as verify_container};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, Crl, Policy, Purpose, SoftKey};
use konvolutt_shared::{sbd, seal};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn vectors() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: no vectors at {}", path.display());
    None
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn policy(root: &Path, index: &Value, sender: Option<&str>) -> VerifyPolicy {
    let policy = &index["policy"];
    let certificates = |list: &Value| -> Vec<Certificate> {
        texts(list)
            .flat_map(|file| Certificate::chain_from_pem(&std::fs::read_to_string(root.join(file)).unwrap()).unwrap())
            .collect()
    };
    VerifyPolicy {
        path: Policy {
            at: policy["clock"].as_str().unwrap().parse().unwrap(),
            anchors: certificates(&policy["trustAnchors"]),
            intermediates: certificates(&policy["intermediates"]),
            crls: texts(&policy["crls"])
                .map(|file| Crl::from_bytes(&std::fs::read(root.join(file)).unwrap()).unwrap())
                .collect(),
            purpose: Purpose::Sign,
            ..Policy::default()
        },
        sender: sender.map(ToOwned::to_owned),
        limits: Limits::default(),
    }
}

fn decrypt(root: &Path, artefact: &Value) -> Result<Vec<u8>, Finding> {
    let bytes = std::fs::read(root.join(artefact["file"].as_str().unwrap())).unwrap();
    if artefact["kind"] == "asice" {
        return Ok(bytes);
    }
    let with = &artefact["openWith"];
    let p12 = std::fs::read(root.join(with["p12"].as_str().unwrap())).unwrap();
    let key = SoftKey::from_pkcs12(&p12, with["password"].as_str().unwrap())?;
    seal::open(&bytes, &key, &Limits::default())
}

fn verify(plain: &[u8], policy: &VerifyPolicy) -> Result<Verified, Vec<Finding>> {
    verify_container(plain, policy).0.good().map_err(|refusal| refusal.findings)
}

fn expected_codes(expected: &Value) -> BTreeSet<&str> {
    expected["error"].as_str().into_iter().chain(texts(&expected["alsoOk"])).collect()
}

#[test]
fn containers() {
    let Some(root) = vectors() else { return };
    let index = json(&root.join("index.json"));
    let artefacts = index["artefacts"].as_array().unwrap();
    assert_eq!(artefacts.len(), 32);
    let mut problems = Vec::new();
    for artefact in artefacts {
        let id = artefact["id"].as_str().unwrap();
        let expected = &artefact["expected"];
        let result = decrypt(&root, artefact).map_err(|finding| vec![finding]);
        if artefact["kind"] == "cms-raw" {
            let sha256: String = Sha256::digest(result.unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(artefact["plaintext"]["sha256"], sha256, "{id}");
            continue;
        }
        let policy = policy(&root, &index, artefact["sender"].as_str());
        match (result.and_then(|plain| verify(&plain, &policy)), expected["outcome"].as_str().unwrap()) {
            (Ok(verified), "accept") => {
                let told = artefact["documents"].as_array().unwrap();
                let told: Vec<_> =
                    told.iter().map(|d| (d["name"].as_str().unwrap(), d["sha256"].as_str().unwrap())).collect();
                let got: Vec<_> = verified.documents().iter().map(|d| (d.name(), d.sha256_hex())).collect();
                if got != told {
                    problems.push(format!("{id}: documents differ: {got:?}"));
                }
            }
            (Err(findings), "reject") => {
                let code = findings[0].code.as_str();
                if !expected_codes(expected).contains(code) {
                    problems.push(format!("{id}: {findings:?}, expected {expected}"));
                }
            }
            (_, "either") => {}
            (Ok(_), _) => problems.push(format!("{id}: accepted, expected {expected}")),
            (Err(findings), _) => problems.push(format!("{id}: refused: {findings:?}")),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn standard_business_documents() {
    let Some(root) = vectors() else { return };
    let index = json(&root.join("sbd-index.json"));
    let samples = index["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 30);
    let clock = "2026-12-01T00:00:00Z".parse().unwrap();
    let mut problems = Vec::new();
    for sample in samples {
        let file = sample["file"].as_str().unwrap();
        let findings = sbd::validate(&std::fs::read(root.join(file)).unwrap(), Some(clock));
        let valid = !findings.iter().any(Finding::refuses);
        if sample["expected"]["valid"] != valid {
            problems.push(format!("{file}: {findings:?}, expected {}", sample["expected"]));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The program over every container: exit code, verdict, code, and `--out` only when all holds.
#[test]
fn program() {
    let Some(root) = vectors() else { return };
    let index = json(&root.join("index.json"));
    for artefact in index["artefacts"].as_array().unwrap() {
        let id = artefact["id"].as_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let mut command = Command::new(env!("CARGO_BIN_EXE_envelope"));
        command.current_dir(&root).arg("open").arg(artefact["file"].as_str().unwrap()).arg("--json");
        for (option, list) in [("--trust", "trustAnchors"), ("--intermediate", "intermediates"), ("--crl", "crls")] {
            for file in texts(&index["policy"][list]) {
                command.args([option, file]);
            }
        }
        command.args(["--at", index["policy"]["clock"].as_str().unwrap(), "--out"]).arg(&out);
        if let Some(sender) = artefact["sender"].as_str() {
            command.args(["--sender", sender]);
        }
        if let Some(p12) = artefact["openWith"]["p12"].as_str() {
            command.args(["--key", p12, "--password", artefact["openWith"]["password"].as_str().unwrap()]);
        }
        if artefact["kind"] == "cms-raw" {
            command.arg("--raw");
        }
        let output = command.output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let accept = artefact["expected"]["outcome"] == "accept";
        assert_eq!(output.status.code(), Some(i32::from(!accept)), "{id}: {answer}");
        assert_eq!(answer["verdict"], if accept { "ok" } else { "refused" }, "{id}");
        assert_eq!(out.exists(), accept, "{id}");
        if accept {
            let count = answer["documents"].as_array().unwrap().len();
            let told = artefact["documents"].as_array().map_or(1, Vec::len);
            assert_eq!(count, told, "{id}");
        } else {
            let code = answer["findings"][0]["code"].as_str().unwrap();
            assert!(expected_codes(&artefact["expected"]).contains(code), "{id}: {answer}");
        }
    }
}
