//! What we pack, judged by others: OpenSSL over the CMS signature, xmlsec1 over XAdES, and our own reader by bytes.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use konvolutt_shared::container::verify::verify;
use konvolutt_shared::container::zip;
use konvolutt_shared::container::{Profile, SignatureDigest, VerifyPolicy};
use konvolutt_shared::finding::Code;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, Policy, Purpose, SoftKey};

const SENDER: &str = "310452106";

fn pki() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/pki");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: no test certificates at {}", path.display());
    None
}

/// Whether a judge is there; its absence is told, not hidden.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: {program} is not installed");
    }
    found
}

fn documents() -> Vec<PackDocument> {
    let document = |name: &str, media_type: &str, content: &[u8]| PackDocument {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content: content.to_vec(),
    };
    let noise: Vec<u8> = (0..400_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    vec![
        document("Søknad – vedlegg æøå.pdf", "application/pdf", &noise),
        document("notat & svar.txt", "text/plain", b"hei <hei>"),
        document("tom.txt", "text/plain", b""),
    ]
}

fn packed(pki: &Path, profile: Profile, digest: SignatureDigest) -> Vec<u8> {
    let key = SoftKey::from_pkcs12(&std::fs::read(pki.join("a.p12")).unwrap(), "testpass-public").unwrap();
    let head = PackHead {
        profile,
        sender: SENDER,
        receiver: "310452114",
        digest,
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        signature_id: uuid::Uuid::from_u128(7),
    };
    pack(head, &documents(), &key).unwrap()
}

fn policy(pki: &Path) -> VerifyPolicy {
    let read = |file: &str| vec![Certificate::from_pem(&std::fs::read_to_string(pki.join(file)).unwrap()).unwrap()];
    VerifyPolicy {
        path: Policy {
            at: "2026-12-01T00:00:00Z".parse().unwrap(),
            anchors: read("root.pem"),
            intermediates: read("issuing.pem"),
            crls: Vec::new(),
            purpose: Purpose::Sign,
            ..Policy::default()
        },
        sender: Some(SENDER.to_owned()),
        limits: Limits::default(),
    }
}

fn unpack(container: &[u8], folder: &Path) {
    let archive = zip::read(container, &Limits::default()).unwrap();
    for entry in archive.entries() {
        let path = folder.join(&entry.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, archive.read(entry).unwrap()).unwrap();
    }
}

#[test]
fn what_is_packed_opens_with_the_same_bytes() {
    let Some(pki) = pki() else { return };
    for (profile, digest, weak) in [
        (Profile::Cades, SignatureDigest::Sha256, false),
        (Profile::Cades, SignatureDigest::Sha1, true),
        (Profile::Xades, SignatureDigest::Sha256, false),
    ] {
        let (verdict, content) = verify(&packed(&pki, profile, digest), &policy(&pki));
        assert_eq!(verdict.as_str(), "undetermined", "no revocation list was given");
        let verified = verdict.accept_unchecked().unwrap();
        assert_eq!(verified.signer().organisation.as_deref(), Some(SENDER));
        assert_eq!(verified.findings().iter().any(|f| f.code == Code::DigestWeak), weak);
        let opened = &verified.documents()[1..];
        assert_eq!(opened.len(), 3);
        for (opened, given) in opened.iter().zip(documents()) {
            assert!(content.content(opened) == given.content, "content differs");
            assert_eq!(opened.media_type(), Some(given.media_type.as_str()));
            if profile == Profile::Cades {
                assert_eq!(opened.name(), given.name);
            }
        }
    }
}

#[test]
fn openssl_accepts_the_signature() {
    let Some(pki) = pki() else { return };
    if !has("openssl") {
        return;
    }
    for digest in [SignatureDigest::Sha256, SignatureDigest::Sha1] {
        let folder = tempfile::tempdir().unwrap();
        unpack(&packed(&pki, Profile::Cades, digest), folder.path());
        let p7s = format!("META-INF/signature-{}.p7s", uuid::Uuid::from_u128(7));
        let judge = |content: &str| {
            Command::new("openssl")
                .current_dir(folder.path())
                .args(["cms", "-verify", "-binary", "-inform", "der", "-in", &p7s, "-content", content])
                .args(["-purpose", "any", "-out", "out.bin", "-CAfile"])
                .arg(pki.join("root.pem"))
                .output()
                .unwrap()
        };
        let good = judge("META-INF/ASiCManifest.xml");
        assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
        assert!(!judge("manifest.xml").status.success(), "the judge judges");
    }
}

#[test]
fn xmlsec_accepts_the_signature() {
    let Some(pki) = pki() else { return };
    if !has("xmlsec1") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    unpack(&packed(&pki, Profile::Xades, SignatureDigest::Sha256), folder.path());
    let judge = || {
        Command::new("xmlsec1")
            .current_dir(folder.path())
            .args(["--verify", "--insecure", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"])
            .arg("META-INF/signatures.xml")
            .output()
            .unwrap()
    };
    let good = judge();
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    std::fs::write(folder.path().join("tom.txt"), b"ikke tom").unwrap();
    assert!(!judge().status.success(), "the judge judges");
}

#[test]
fn a_foreign_key_is_noticed_before_anything_leaves() {
    use konvolutt_shared::container::{ContainerWriter, DocumentHead};
    let Some(pki) = pki() else { return };
    let load = |file: &str| SoftKey::from_pkcs12(&std::fs::read(pki.join(file)).unwrap(), "testpass-public").unwrap();
    let (ours, other) = (load("a.p12"), load("b.p12"));
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let mut out = Vec::new();
    let mut writer = ContainerWriter::new(Profile::Cades, now);
    let head = DocumentHead { name: "a.txt".to_owned(), media_type: "text/plain".to_owned() };
    writer.add(&head, b"hei", &mut out).unwrap();
    assert_eq!(writer.begin(&head, &mut out).unwrap_err().code, Code::EntryDuplicate);
    let unsigned =
        writer.prepare(ours.chain(), SignatureDigest::Sha256, now, uuid::Uuid::from_u128(1), &mut out).unwrap();
    let signature = other.sign(unsigned.algorithm(), unsigned.bytes()).unwrap();
    assert_eq!(unsigned.finish(&signature, &mut out).unwrap_err().code, Code::KeyMismatch);
}

/// `pack` then `open` with the program, to another organisation and back, by bytes.
#[test]
fn the_program_opens_what_it_packs() {
    let Some(pki) = pki() else { return };
    for profile in ["dpo", "dpi"] {
        let folder = tempfile::tempdir().unwrap();
        for document in documents() {
            std::fs::write(folder.path().join(&document.name), &document.content).unwrap();
        }
        let program = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_envelope"));
            command.current_dir(folder.path());
            command
        };
        let names: Vec<String> = documents().into_iter().map(|d| d.name).collect();
        let packing = program()
            .args(["pack", "--password", "testpass-public", "--profile", profile, "--out", "pakke.cms"])
            .args(["--sender", SENDER, "--receiver", "310452114", "--key"])
            .arg(pki.join("a.p12"))
            .arg("--recipient")
            .arg(pki.join("b.pem"))
            .args(&names)
            .output()
            .unwrap();
        assert!(packing.status.success(), "{}", String::from_utf8_lossy(&packing.stderr));
        let opening = program()
            .args(["open", "pakke.cms", "--password", "testpass-public", "--sender", SENDER, "--out", "ut", "--json"])
            .arg("--key")
            .arg(pki.join("b.p12"))
            .arg("--trust")
            .arg(pki.join("root.pem"))
            .arg("--crl")
            .arg(pki.join("root.crl"))
            .arg("--crl")
            .arg(pki.join("issuing.crl"))
            .output()
            .unwrap();
        assert!(opening.status.success(), "{}", String::from_utf8_lossy(&opening.stdout));
        let answer: serde_json::Value = serde_json::from_slice(&opening.stdout).unwrap();
        for (entry, given) in answer["documents"].as_array().unwrap()[1..].iter().zip(documents()) {
            let written = std::fs::read(folder.path().join("ut").join(entry["name"].as_str().unwrap())).unwrap();
            assert!(written == given.content, "content differs");
        }
    }
}

#[test]
fn wrong_usage_is_2() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_envelope")).args(arguments).output().unwrap().status.code()
    };
    assert_eq!(run(&["open"]), Some(2));
    assert_eq!(run(&["open", "/does/not/exist"]), Some(2));
    assert_eq!(run(&["--help"]), Some(0));
}
