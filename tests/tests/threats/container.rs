//! The container: zip, manifests, what they cover, and what comes out.

use std::process::Command;

use konvolutt_shared::container::Profile;
use konvolutt_shared::container::verify::verify;
use konvolutt_shared::finding::Rule;
use konvolutt_shared::pki::Certificate;
use konvolutt_shared::seal::ber::Reader;
use konvolutt_shared::seal::ber::write::der;

use super::world::{World, assemble, entries, packed_with, with_entry};
use super::{Case, container, signature, zip};

const MANIFEST: &str = "META-INF/ASiCManifest.xml";

/// Whatever breaks one of these rules is refused, and there is something for each of them.
fn assert_refused(cases: &[Case], rules: &[Rule]) {
    for rule in rules {
        let mut found = cases.iter().filter(|(broken, _)| broken == rule).peekable();
        assert!(found.peek().is_some(), "nothing breaks {rule:?}");
        for (_, findings) in found {
            assert!(findings.iter().any(|one| one.rule == *rule && one.refuses()), "{rule:?}: {findings:?}");
        }
    }
}

/// CVE-2022-24771 and -24772, CVE-2025-47934: what is signed says of itself what it is, once, and completely.
#[test]
fn signed_attributes_cannot_be_left_out_doubled_or_confused() {
    let world = World::new();
    let rules = [
        Rule::AttributeOnce,
        Rule::AttributeContentType,
        Rule::AttributeDigest,
        Rule::AttributeProtection,
        Rule::AttributeCertificate,
        Rule::SignatureDetached,
        Rule::SignatureSigner,
    ];
    assert_refused(&signature::cases(&world), &rules);
}

/// Zip Slip, CVE-2025-29787, names that turn round, headers that lie, files over one another, bombs,
/// symbolic links (RUSTSEC-2026-0368 and -0546).
#[test]
fn zip_tricks_are_refused() {
    let rules = [
        Rule::ZipName,
        Rule::ZipNameRepeated,
        Rule::ZipSecondName,
        Rule::ZipHeaders,
        Rule::ZipStart,
        Rule::ZipGap,
        Rule::ZipEncrypted,
        Rule::ZipSizes,
        Rule::ZipChecksum,
        Rule::ZipRatio,
        Rule::ZipEntries,
        Rule::ZipKind,
    ];
    assert_refused(&zip::cases(), &rules);
}

/// Zip64: numbers of 64 bits that say something else than those of 32, records that are absent, double or elsewhere.
#[test]
fn zip64_lies_are_refused() {
    let cases = zip::zip64();
    assert!(cases.iter().filter(|(rule, _)| *rule == Rule::Zip64).count() >= 9);
    for (rule, findings) in &cases {
        let found: Vec<_> = findings.iter().filter(|one| one.refuses()).map(|one| one.rule).collect();
        assert_eq!(found, [*rule]);
    }
}

/// The rules that refuse, in the order they are told.
fn refusing(world: &World, container: &[u8]) -> Vec<Rule> {
    world.verify(container).findings().iter().filter(|one| one.refuses()).map(|one| one.rule).collect()
}

/// The container with another manifest, properly signed by the sender, so that nothing but the manifest's own rules
/// can refuse it.
fn with_signed_manifest(world: &World, change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let manifest = entries(&world.cades).into_iter().find(|(name, _)| name == MANIFEST).unwrap().1;
    let text = String::from_utf8(manifest).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text);
    let signed = signature::signed_over(world, changed.as_bytes());
    let container = with_entry(&world.cades, MANIFEST, |_| changed.into_bytes());
    with_entry(&container, ".p7s", |_| signed)
}

/// An extra file that nobody signed, beside those that are signed; and a type that does not come first.
#[test]
fn an_unsigned_file_in_a_signed_container_is_refused() {
    let world = World::new();
    let mut all = entries(&world.cades);
    all.insert(1, ("faktura.pdf".to_owned(), b"%PDF-1.7".to_vec()));
    assert_eq!(refusing(&world, &assemble(&all)), [Rule::FileCovered]);
    let mut all = entries(&world.xades);
    all.push(("faktura.pdf".to_owned(), b"%PDF-1.7".to_vec()));
    assert_eq!(refusing(&world, &assemble(&all)), [Rule::FileCovered]);
    assert_refused(&container::cases(&world), &[Rule::Mimetype]);
}

/// DSS's `removedReference` and `brokenReference`: a reference taken out or renamed leaves a file that nobody signed,
/// even where the signature over the manifest holds.
#[test]
fn dss_removed_and_broken_references_are_refused() {
    let world = World::new();
    let without_last = |text: &str| {
        let (start, end) = (text.rfind("    <DataObjectReference").unwrap(), text.find("</ASiCManifest>").unwrap());
        format!("{}{}", &text[..start], &text[end..])
    };
    let removed = with_signed_manifest(&world, without_last);
    assert_eq!(refusing(&world, &removed), [Rule::FileCovered]);
    let broken = with_signed_manifest(&world, |text| text.replace("URI=\"vedlegg.txt\"", "URI=\"vedlegg2.txt\""));
    assert_eq!(refusing(&world, &broken), [Rule::FilePresent, Rule::FileCovered]);
    // By somebody who cannot sign.
    let removed = with_entry(&world.cades, MANIFEST, |text| without_last(&String::from_utf8(text).unwrap()).into());
    assert_eq!(refusing(&world, &removed), [Rule::FileCovered, Rule::AttributeDigest]);
}

/// DSS's `nonConformantManifest`: a manifest that is signed, and not what ETSI EN 319 162-1, A.4 says.
#[test]
fn dss_non_conformant_manifest_is_refused() {
    let world = World::new();
    type Change = fn(&str) -> String;
    let changes: [(&str, Change); 8] = [
        ("another root", |text| text.replace("ASiCManifest ", "Manifest ").replace("</ASiCManifest", "</Manifest")),
        ("another namespace", |text| text.replace("02918/v1.2.1#", "02918/v9.9.9#")),
        ("two signatures", |text| {
            text.replace("    <DataObjectReference", "<SigReference URI=\"x\"/><DataObjectReference")
        }),
        ("no URI", |text| text.replacen("<DataObjectReference URI=", "<DataObjectReference Uri=", 1)),
        ("no method", |text| text.replacen("<ns2:DigestMethod ", "<ns2:DigestMetod ", 1)),
        ("two methods", |text| {
            text.replacen("<ns2:DigestValue>", "<ns2:DigestMethod Algorithm=\"\"/><ns2:DigestValue>", 1)
        }),
        ("no value", |text| text.replace("ns2:DigestValue>", "ns2:Value>")),
        ("a value that is not base64", |text| text.replacen("<ns2:DigestValue>", "<ns2:DigestValue>#", 1)),
    ];
    for (what, change) in changes {
        let found = refusing(&world, &with_signed_manifest(&world, change));
        assert_eq!(found, [Rule::ManifestStructure], "{what}");
    }
}

/// CVE-2025-12816, CVE-2025-66030 (forge): an object identifier whose arc passes 2^32 is not the one it wraps round to.
/// Everything but the arc is as it must be: the certificate names its algorithm inside as outside, and the root signed it.
#[test]
fn object_identifiers_do_not_wrap_round() {
    let world = World::new();
    // sha256WithRSAEncryption ends in the arc 11; 2^32 + 11 is another.
    let oid = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
    let wrapped = [0x06, 0x0D, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x90, 0x80, 0x80, 0x80, 0x0B];
    let root = &world.policy.path.anchors[0];
    let counts =
        |oid: &[u8]| Certificate::from_der(&issued_with(&world, oid)).is_ok_and(|leaf| leaf.is_issued_by(root));
    assert!(counts(&oid), "the base is good");
    assert!(!counts(&wrapped));
    // The same for rsaEncryption, which ends in the arc 1, in a signature.
    let oid = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
    let wrapped = [0x06, 0x0D, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x90, 0x80, 0x80, 0x80, 0x01];
    let all = entries(&world.cades);
    let (_, manifest) = all.iter().find(|(name, _)| name.ends_with("ASiCManifest.xml")).unwrap();
    let with = |oid: &[u8]| with_entry(&world.cades, ".p7s", |_| signature::signed_with(&world, manifest, oid));
    assert_eq!(refusing(&world, &with(&oid)), [], "the base is good");
    assert_ne!(refusing(&world, &with(&wrapped)), []);
}

/// The good certificate, issued anew under this algorithm's identifier.
fn issued_with(world: &World, oid: &[u8]) -> Vec<u8> {
    let mut fields = Reader::new(world.key.certificate().der()).require().unwrap().children();
    let mut inside = fields.require().unwrap().children();
    let algorithm = der(0x30, &[oid, &[5, 0]]);
    let mut parts = Vec::new();
    while let Ok(part) = inside.require() {
        // Version, serial number, algorithm (RFC 5280, 4.1).
        parts.push(if parts.len() == 2 { algorithm.as_slice() } else { part.raw });
    }
    let tbs = der(0x30, &parts);
    let file = world.authority.path("tbs");
    std::fs::write(&file, &tbs).unwrap();
    let key = world.authority.path("root.key");
    let signed = Command::new("openssl").args(["dgst", "-sha256", "-sign"]).args([&key, &file]).output().unwrap();
    assert!(signed.status.success());
    der(0x30, &[&tbs, &algorithm, &der(0x03, &[&[0], &signed.stdout])])
}

/// CVE-2025-47934 (OpenPGP.js): what is given out is what was verified, by bytes. A file is what its digest says, its
/// bytes are found by the verified document alone, and by none of another container.
#[test]
fn what_comes_out_is_what_was_signed() {
    let world = World::new();
    let other = packed_with(&world.key, Profile::Cades, &[("brev.txt", b"BREV.TXT"), ("vedlegg.txt", b"VEDLEGG.TXT")]);
    let (verdict, content) = verify(&world.cades, &world.policy);
    let verified = verdict.good().map_err(|refusal| refusal.findings).unwrap();
    let (other_verdict, other_content) = verify(&other, &world.policy);
    let other_verified = other_verdict.good().map_err(|refusal| refusal.findings).unwrap();
    let inside = entries(&world.cades);
    for (document, foreign) in verified.documents().iter().zip(other_verified.documents()) {
        let (_, bytes) = inside.iter().find(|(name, _)| name == document.name()).unwrap();
        assert!(content.content(document) == bytes, "{}", document.name());
        assert_eq!(konvolutt_tests::sha256(content.content(document)), document.sha256_hex());
        assert_eq!(document.range(), foreign.range(), "{}", document.name());
        if document.name().ends_with(".txt") {
            assert!(content.content(foreign).is_empty() && other_content.content(document).is_empty());
        }
    }
    // The same names around each other's bytes, and one file for the other.
    for container in [&world.cades, &world.xades] {
        let swapped = with_entry(container, "brev.txt", |_| b"BREV.TXT".to_vec());
        assert_eq!(refusing(&world, &swapped), [Rule::FileDigest]);
        assert!(verify(&swapped, &world.policy).0.accept_unchecked().is_err());
    }
    let exchanged = with_entry(&world.cades, "vedlegg.txt", |_| b"brev.txt".to_vec());
    assert_eq!(refusing(&world, &exchanged), [Rule::FileDigest]);
}
