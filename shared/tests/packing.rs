//! What we pack, judged by others: OpenSSL over the CMS signature, xmlsec1 over XAdES, and our own reader by bytes.

#![allow(clippy::unwrap_used)]

#[path = "support/certificates.rs"]
mod certificates;

use std::path::Path;
use std::process::Command;

use konvolutt_shared::container::verify::verify;
use konvolutt_shared::container::zip;
use konvolutt_shared::container::{DocumentHead, Profile, SignatureDigest, VerifyPolicy};
use konvolutt_shared::finding::{Code, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pack::{PackDocument, PackHead, Packer, pack};
use konvolutt_shared::pki::{Certificate, Policy, Purpose, SoftKey};

use certificates::pki;

const SENDER: &str = "310452106";

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

fn signer(pki: &Path) -> SoftKey {
    SoftKey::from_pkcs12(&std::fs::read(pki.join("a.p12")).unwrap(), "testpass-public").unwrap()
}

fn head(profile: Profile, digest: SignatureDigest) -> PackHead<'static> {
    PackHead {
        profile,
        sender: SENDER,
        receiver: "310452114",
        digest,
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        signature_id: uuid::Uuid::from_u128(7),
    }
}

fn packed(pki: &Path, profile: Profile, digest: SignatureDigest) -> Vec<u8> {
    pack(head(profile, digest), &documents(), &signer(pki)).unwrap()
}

#[test]
fn a_container_without_all_its_documents_is_not_signed() {
    let Some(pki) = pki() else { return };
    let heads: Vec<_> = ["brev.txt", "vedlegg.txt"]
        .map(|name| DocumentHead { name: name.to_owned(), media_type: "text/plain".to_owned() })
        .into();
    let with = |count: usize| {
        let mut out = Vec::new();
        let mut packer = Packer::begin(head(Profile::Cades, SignatureDigest::Sha256), &heads, &mut out).unwrap();
        for _ in 0..count {
            packer.next_document(&mut out).unwrap();
            packer.end_document(&mut out).unwrap();
        }
        packer.finish(&signer(&pki), &mut out).map_err(|finding| finding.rule)
    };
    assert_eq!([0, 1, 2].map(with), [Err(Rule::WriteOrder), Err(Rule::WriteOrder), Ok(())]);
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

/// Whoever digests elsewhere writes and reads the same as whoever digests here, and cannot forget it.
#[test]
fn digests_may_be_made_elsewhere() {
    use konvolutt_shared::container::{ContainerReader, ContainerWriter, DocumentHead};
    use sha2::{Digest as _, Sha256};
    let Some(pki) = pki() else { return };
    let key = SoftKey::from_pkcs12(&std::fs::read(pki.join("a.p12")).unwrap(), "testpass-public").unwrap();
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let write = |elsewhere: bool| {
        let (mut out, mut writer) = (Vec::new(), ContainerWriter::new(Profile::Cades, now));
        for document in documents() {
            let head = DocumentHead { name: document.name, media_type: document.media_type };
            if elsewhere {
                writer.begin_digested_elsewhere(&head, &mut out).unwrap();
                writer.write(&document.content, &mut out).unwrap();
                writer.end_with_digest(Sha256::digest(&document.content).into(), &mut out).unwrap();
            } else {
                writer.add(&head, &document.content, &mut out).unwrap();
            }
        }
        let unsigned = writer.prepare(key.chain(), SignatureDigest::Sha256, now, uuid::Uuid::from_u128(1), &mut out);
        let unsigned = unsigned.unwrap();
        let signature = key.sign(unsigned.algorithm(), unsigned.bytes()).unwrap();
        unsigned.finish(&signature, &mut out).unwrap();
        out
    };
    let container = write(true);
    assert!(container == write(false), "the containers differ");

    let mut writer = ContainerWriter::new(Profile::Cades, now);
    let head = DocumentHead { name: "a.txt".to_owned(), media_type: "text/plain".to_owned() };
    let mut out = Vec::new();
    writer.begin_digested_elsewhere(&head, &mut out).unwrap();
    assert_eq!(writer.end(&mut out).unwrap_err().code, Code::Internal);

    let read = |digest: fn(&[u8]) -> Option<Vec<u8>>| {
        let (mut reader, mut given) = (ContainerReader::digested_elsewhere(&Limits::default()), Vec::new());
        for piece in container.chunks(70_001) {
            reader.push(piece, &mut given).unwrap();
        }
        let ends: Vec<u64> = reader.ends().collect();
        let mut opened = reader.finish().unwrap();
        let missing = opened.undigested();
        assert!(missing.iter().map(|one| one.range.end).eq(ends));
        assert_eq!(missing.len(), documents().len());
        for one in missing {
            if let Some(digest) = digest(&given[one.range.start as usize..one.range.end as usize]) {
                opened.supply(&one, digest);
            }
        }
        assert!(documents().iter().flat_map(|document| &document.content).eq(&given));
        opened.verify(&policy(&pki)).as_str()
    };
    assert_eq!(read(|bytes| Some(Sha256::digest(bytes).to_vec())), "undetermined");
    assert_eq!(read(|_| Some(Sha256::digest(b"other").to_vec())), "refused");
    assert_eq!(read(|_| None), "refused");
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
