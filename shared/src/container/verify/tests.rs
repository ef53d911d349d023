//! What can be told of a container without a signature that holds.

use super::*;
use crate::container::digest::DigestAlgorithm;
use crate::container::zip::{DosTime, ZipWriter};
use crate::finding::Severity;

fn assemble(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut zip, mut out) = (ZipWriter::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH)), Vec::new());
    for (name, content) in entries {
        if *name == "mimetype" || name.ends_with('/') {
            zip.stored(name, "", content, &mut out).unwrap();
        } else {
            zip.add(name, content, &mut out).unwrap();
        }
    }
    zip.finish("", &mut out).unwrap();
    out
}

fn found(container: &[u8]) -> Vec<Finding> {
    let policy = VerifyPolicy { path: pki::Policy::default(), sender: None, limits: Limits::default() };
    verify(container, &policy).0.findings().to_vec()
}

const MIMETYPE: (&str, &[u8]) = ("mimetype", ASIC_E.as_bytes());

/// An ASiCManifest of references to these, each with the SHA-256 of its content.
fn manifest(files: &[(&str, &[u8])]) -> Vec<u8> {
    let reference = |(name, content): &(&str, &[u8])| {
        let head = crate::container::DocumentHead { name: (*name).to_owned(), media_type: String::new() };
        (head, DigestAlgorithm::Sha256.digest(content).try_into().unwrap())
    };
    asic_manifest::write("META-INF/signature.p7s", &files.iter().map(reference).collect::<Vec<_>>())
}

#[test]
fn a_folder_may_stand_anywhere_but_before_the_mimetype() {
    let folder: (&str, &[u8]) = ("vedlegg/", b"");
    let rules = |entries: &[(&str, &[u8])]| {
        let findings = found(&assemble(entries));
        findings.into_iter().filter(|one| one.rule == Rule::Mimetype).map(|one| one.evidence).collect::<Vec<_>>()
    };
    assert_eq!(rules(&[MIMETYPE, folder, ("vedlegg/a.txt", b"hei")]), []);
    let before = Some("a folder stands before it".to_owned());
    assert_eq!(rules(&[folder, MIMETYPE, ("vedlegg/a.txt", b"hei")]), std::slice::from_ref(&before));
    assert_eq!(rules(&[("META-INF/", b""), MIMETYPE]), [before]);
    assert_eq!(rules(&[("a.txt", b"hei"), MIMETYPE]), [None]);
}

#[test]
fn what_decrypts_to_no_zip_was_not_decrypted() {
    let rule = |plain: &[u8], sealed: bool| {
        let reader = ContainerReader::new(&Limits::default());
        let mut reader = if sealed { reader.sealed() } else { reader };
        let mut pieces = plain.chunks(3);
        let pushed = pieces.try_for_each(|piece| reader.push(piece, &mut Vec::new())).map_err(|finding| vec![finding]);
        pushed.and_then(|()| reader.finish().map(|_| ())).map_err(|findings| findings[0].rule)
    };
    let whole = assemble(&[MIMETYPE]);
    for garbage in [&b""[..], b"PK", b"%PDF-1.7 brev", b"PK\x01\x02 brev", b"brev", &[0; 5000]] {
        assert_eq!(rule(garbage, true), Err(Rule::SealOpening), "{garbage:?}");
        assert_ne!(rule(garbage, false), Err(Rule::SealOpening), "{garbage:?}");
    }
    // A zip that is broken later is one.
    assert_eq!(rule(&whole, true), Ok(()));
    assert_eq!(rule(&whole[..whole.len() - 1], true), Err(Rule::ZipCut));
    assert_eq!(rule(&assemble(&[]), true), Ok(()));
    assert_eq!(rule(b"PK\x03\x04 and then something else, which is as long as a header", true), Err(Rule::ZipCut));
}

/// 150 KB of container must not become gigabytes of findings.
#[test]
fn many_references_from_a_long_path_stay_small() {
    let missing: Vec<(String, Vec<u8>)> = (0..5_000).map(|number| (format!("{number}"), Vec::new())).collect();
    let missing: Vec<(&str, &[u8])> = missing.iter().map(|(name, content)| (name.as_str(), &content[..])).collect();
    let path = format!("META-INF/ASiCManifest{}.xml", "a".repeat(60_000));
    let findings = found(&assemble(&[MIMETYPE, (&path, &manifest(&missing))]));
    assert!(findings.len() < 2 * Findings::MAX, "{}", findings.len());
    assert!(findings.iter().any(|one| one.rule == Rule::FilePresent && one.refuses()));
    assert!(findings.iter().any(|one| one.severity == Severity::Info && one.params.contains_key("antall")));
    assert!(serde_json::to_string(&findings).unwrap().len() < 500_000);
}

#[test]
fn what_is_signed_besides_the_documents_is_compared_and_no_document() {
    let other: (&str, &[u8]) = ("META-INF/signature-1.p7s", b"somebody else's");
    let rules = |files: &[(&str, &[u8])]| {
        let manifest = manifest(files);
        let findings = found(&assemble(&[MIMETYPE, other, ("META-INF/ASiCManifest2.xml", &manifest)]));
        let told = findings.iter().map(|one| one.rule);
        told.filter(|rule| !matches!(rule, Rule::ManifestSignature | Rule::SignatureUsed)).collect::<Vec<_>>()
    };
    assert_eq!(rules(&[MIMETYPE, other]), [Rule::DocumentPresent]);
    assert_eq!(rules(&[("mimetype", b"another"), other]), [Rule::FileDigest, Rule::DocumentPresent]);
    assert_eq!(rules(&[MIMETYPE, (other.0, b"another")]), [Rule::FileDigest, Rule::DocumentPresent]);
    assert_eq!(rules(&[MIMETYPE, MIMETYPE]), [Rule::ReferenceOnce, Rule::DocumentPresent]);
    assert_eq!(rules(&[("META-INF/signature-9.p7s", b"")]), [Rule::FilePresent, Rule::DocumentPresent]);
}
