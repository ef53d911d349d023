//! The corpus without a fuzzer, on any toolchain: what once was found stays found.

use std::fs;
use std::path::{Path, PathBuf};

use konvolutt_fuzz::check::{cms, container, documents, headers, inspect, jose, pki, signature};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::sbd;

type Check = fn(&[u8]);

const TARGETS: [(&str, Check); 20] = [
    ("address", jose::address),
    ("arkivmelding", documents::arkivmelding),
    ("asic_manifest", signature::asic_manifest),
    ("ber", cms::ber),
    ("cades", signature::cades),
    ("certificate", pki::certificate),
    ("cms", cms::cms),
    ("container", container::container),
    ("crl", pki::crl),
    ("envelope", jose::envelope),
    ("headers", headers::headers),
    ("inspect", inspect::inspect),
    ("jws", jose::jws),
    ("manifest", documents::manifest),
    ("ocsp", pki::ocsp),
    ("pkcs12", pki::pkcs12),
    ("receipts", documents::receipts),
    ("sbd", documents::sbd),
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
