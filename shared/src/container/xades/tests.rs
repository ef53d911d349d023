use super::*;
use crate::finding::Code;
use crate::limits::Limits;
use crate::pki::SoftKey;
use sha2::{Digest, Sha256};

/// The vectors' key of a, or `None` in a clone without them.
fn key() -> Option<SoftKey> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors/pki");
    let Ok(bytes) = std::fs::read(format!("{folder}/a.p12")) else {
        eprintln!("SKIPPED: no vectors beside this clone");
        return None;
    };
    Some(SoftKey::from_pkcs12(&bytes, "testpass-public").unwrap())
}

fn signed(key: &SoftKey) -> Vec<u8> {
    let file = |name: &str, content: &[u8]| SignedFile {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        sha256: Sha256::digest(content).into(),
    };
    let files = [file("manifest.xml", b"m"), file("brev.txt", b"hei")];
    let prepared = prepare(&files, key.chain(), "2026-11-23T10:00:00Z".parse().unwrap()).unwrap();
    let signature = key.sign(SignatureAlgorithm::RsaPkcs1Sha256, prepared.bytes()).unwrap();
    prepared.finish(&signature)
}

#[test]
fn what_we_sign_verifies() {
    let Some(key) = key() else { return };
    let all = verify(&signed(&key), "META-INF/signatures.xml", &Limits::default()).unwrap();
    let [verified] = all.as_slice() else { unreachable!("one signature") };
    let uris: Vec<_> = verified.references.iter().map(|r| (r.uri.as_str(), r.media_type.as_deref())).collect();
    assert_eq!(uris, [("manifest.xml", Some("text/plain")), ("brev.txt", Some("text/plain"))]);
    assert_eq!(verified.chain[0].der(), key.certificate().der());
    assert_eq!(verified.signing_time, Some("2026-11-23T10:00:00Z".parse().unwrap()));
}

#[test]
fn every_change_is_refused() {
    let Some(key) = key() else { return };
    let text = String::from_utf8(signed(&key)).unwrap();
    let changes: [(&str, &str); 8] = [
        ("brev.txt", "brep.txt"),
        ("10:00:00", "10:00:01"),
        ("<SignatureValue>", "<SignatureValue>AAAA"),
        ("Target=\"#Signature\"", "Target=\"#Other\""),
        ("Id=\"SignedProperties\"", "Id=\"ID_0\""),
        ("URI=\"#SignedProperties\"", "URI=\"\""),
        ("text/plain", "text/html"),
        ("rsa-sha256", "rsa-md5"),
    ];
    for (from, to) in changes {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is not there");
        let findings = verify(changed.as_bytes(), "META-INF/signatures.xml", &Limits::default()).unwrap_err();
        assert_eq!(findings[0].code, Code::SignatureInvalid, "{from}");
    }
    let declared = text.replacen("<XAdESSignatures", "<!DOCTYPE x><XAdESSignatures", 1);
    assert_eq!(verify(declared.as_bytes(), "s", &Limits::default()).unwrap_err()[0].code, Code::ManifestMalformed);
}

#[test]
fn the_oldest_namespace_is_read() {
    let Some(key) = key() else { return };
    let text = String::from_utf8(signed(&key)).unwrap();
    for namespace in ["http://uri.etsi.org/02918/v1.1.1#", "http://uri.etsi.org/2918/v1.2.1#"] {
        let old = text.replacen("http://uri.etsi.org/02918/v1.2.1#", namespace, 1);
        assert!(old != text && verify(old.as_bytes(), "s", &Limits::default()).is_ok(), "{namespace}");
    }
}

#[test]
fn only_two_digits_escape_a_byte() {
    assert_eq!(candidates("%2F%2f"), ["%2F%2f", "//", "//"]);
    for signed in ["%+f", "%-1", "%f", "%", "%%"] {
        assert_eq!(candidates(signed)[1], signed);
    }
}

#[test]
fn names_outside_the_safe_set_are_refused() {
    let Some(key) = key() else { return };
    let file = SignedFile { name: "søknad.pdf".to_owned(), media_type: String::new(), sha256: [0; 32] };
    let refused = prepare(&[file], key.chain(), Timestamp::UNIX_EPOCH).unwrap_err();
    assert_eq!(refused.code, Code::EntryNameUnsafe);
}

#[test]
fn a_reference_may_be_encoded_in_three_ways() {
    assert_eq!(candidates("m%C3%B8te+a.pdf"), ["m%C3%B8te+a.pdf", "møte+a.pdf", "møte a.pdf"]);
    assert_eq!(candidates("100%.pdf")[1], "100%.pdf");
}
