//! The corpus without a fuzzer, on any toolchain: what once was found stays found.

use std::fs;
use std::path::{Path, PathBuf};

use konvolutt_fuzz::check::{channels, cms, container, documents, headers, inspect, jose, pki, signature};
use konvolutt_shared::dpv::{self, DigitalDpv};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::PublicKey;
use konvolutt_shared::sbd::{self, Sbd};
use konvolutt_shared::{dpi, svarut};
use serde_json::Value;

type Check = fn(&[u8]);

const TARGETS: [(&str, Check); 24] = [
    ("address", jose::address),
    ("arkivmelding", documents::arkivmelding),
    ("asic_manifest", signature::asic_manifest),
    ("ber", cms::ber),
    ("cades", signature::cades),
    ("certificate", pki::certificate),
    ("cms", cms::cms),
    ("container", container::container),
    ("crl", pki::crl),
    ("dpi", channels::dpi),
    ("dpv", channels::dpv),
    ("envelope", jose::envelope),
    ("headers", headers::headers),
    ("inspect", inspect::inspect),
    ("jwk", jose::jwk),
    ("jws", jose::jws),
    ("manifest", documents::manifest),
    ("ocsp", pki::ocsp),
    ("pkcs12", pki::pkcs12),
    ("receipts", documents::receipts),
    ("sbd", documents::sbd),
    ("svarut", channels::svarut),
    ("xades", signature::xades),
    ("zip", container::zip),
];

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
    files.sort();
    files
}

#[test]
fn every_input_of_the_corpus_passes() {
    for (target, check) in TARGETS {
        let inputs = files(&format!("corpus/{target}"));
        assert!(!inputs.is_empty(), "{target} has no corpus");
        for input in inputs {
            let bytes = fs::read(&input).expect("a file");
            let outcome = std::panic::catch_unwind(|| check(&bytes));
            assert!(outcome.is_ok(), "{}", input.display());
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_a_file() {
    let names = |folder: &str| {
        files(folder).iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect::<Vec<_>>()
    };
    let known: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), known);
    assert_eq!(names("corpus"), known);
}

/// A target whose inputs are all refused at the door looks at nothing.
#[test]
fn the_documents_of_the_corpus_are_accepted() {
    let documents = files("corpus/sbd").into_iter().chain(files("corpus/receipts"));
    let accepted = |path: &PathBuf| !sbd::validate(&fs::read(path).expect("a file"), None).iter().any(Finding::refuses);
    assert!(documents.filter(accepted).count() >= 8);
}

#[test]
fn what_came_over_the_other_channels_is_accepted() {
    let read = |path: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(path)).expect("a file");
    let receipt = Sbd::parse(&read("dpi/receipt")[1..], None).expect("a document");
    assert!(dpi::read_receipt(&receipt).is_some());
    assert_eq!(DigitalDpv::read(&read("dpv/letter")[1..]).expect("a letter").problems(), []);
    let business: Value = serde_json::from_slice(&read("dpv/options")[1..]).expect("JSON");
    assert_eq!(dpv::Options::of(&business).expect("options").svarvalg.len(), 1);
    for key in ["jwk/rsa", "jwk/p256"] {
        let jwk: Value = serde_json::from_slice(&read(key)).expect("JSON");
        assert!(PublicKey::from_jwk(&jwk).is_ok(), "{key}");
    }
    for (shipment, count) in [("svarut/one", 1), ("svarut/several", 2)] {
        let bytes = read(shipment);
        let end = bytes.iter().position(|byte| *byte == b'\n').expect("a line");
        let received = serde_json::from_slice(&bytes[..end]).expect("a shipment");
        let documents = svarut::documents(&bytes[end + 1..], &received, &Limits::default()).expect("documents");
        assert_eq!(documents.len(), count, "{shipment}");
    }
}
