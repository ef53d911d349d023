//! Containers with several signatures: whose documents they are, and whose signatures must hold.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(dead_code, reason = "the world is shared with the rules' tests")]

#[path = "rules/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::process::Command;

use konvolutt_shared::container::cades::{signed_attributes, signed_data};
use konvolutt_shared::container::verify::{Verified, VerifyPolicy, verify};
use konvolutt_shared::container::{DocumentHead, Profile, SignatureDigest, asic_manifest};
use konvolutt_shared::finding::Rule;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{SignatureAlgorithm, SoftKey};
use konvolutt_tests::openssl::{Authority, Identity};
use sha2::{Digest as _, Sha256};
use world::{SENDER, World, assemble, entries, packed, soft_key};

/// Another organisation, which signs besides.
const OTHER: &str = "310904007";

type Entries = Vec<(String, Vec<u8>)>;

fn other(world: &World) -> (Identity, SoftKey) {
    let identity = world.authority.issue(OTHER, "digitalSignature").unwrap();
    let key = soft_key(&identity);
    (identity, key)
}

/// A manifest of its own over some of the files, and its signature.
fn second_manifest(all: &Entries, names: &[&str], media_type: &str, key: &SoftKey) -> Entries {
    let digested = |name: &&str| {
        let (_, content) = all.iter().find(|(entry, _)| entry == name).unwrap();
        let head = DocumentHead { name: (*name).to_owned(), media_type: media_type.to_owned() };
        (head, Sha256::digest(content).into())
    };
    let signature = "META-INF/signature2.p7s";
    let manifest = asic_manifest::write(signature, &names.iter().map(digested).collect::<Vec<_>>());
    let attributes = signed_attributes(&manifest, SignatureDigest::Sha256, jiff::Timestamp::now());
    let value = key.sign(SignatureAlgorithm::RsaPkcs1Sha256, &attributes).unwrap();
    let p7s = signed_data(key.chain(), SignatureDigest::Sha256, &attributes, &value);
    vec![("META-INF/ASiCManifest2.xml".to_owned(), manifest), (signature.to_owned(), p7s)]
}

/// Puts more files into a container, before its own signature.
fn with_more(mut all: Entries, more: Entries) -> Vec<u8> {
    let at = all.iter().position(|(name, _)| name.starts_with("META-INF/")).unwrap();
    all.splice(at..at, more);
    assemble(&all)
}

fn accepted(world: &World, container: &[u8]) -> Verified {
    verify(container, &world.policy).0.good().map_err(|refusal| refusal.findings).unwrap()
}

fn rules(world: &World, container: &[u8]) -> BTreeSet<Rule> {
    let (verdict, _) = verify(container, &world.policy);
    assert_eq!(verdict.as_str(), "refused");
    verdict.findings().iter().map(|finding| finding.rule).collect()
}

fn organisations(verified: &Verified) -> (Option<&str>, Vec<Option<&str>>) {
    let others = verified.other_signers().iter().map(|signer| signer.organisation.as_deref()).collect();
    (verified.signer().organisation.as_deref(), others)
}

#[test]
fn two_manifests_of_the_sender_may_share_the_documents() {
    let world = World::new();
    let mut all = entries(&world.cades);
    all.push(("notat.txt".to_owned(), b"notat".to_vec()));
    let more = second_manifest(&all, &["notat.txt", "brev.txt"], "text/plain", &world.key);
    let verified = accepted(&world, &with_more(all, more));
    assert_eq!(organisations(&verified), (Some(SENDER), vec![Some(SENDER)]));
    assert!(verified.documents().iter().any(|document| document.name() == "notat.txt"));
}

#[test]
fn another_organisation_may_sign_besides() {
    let world = World::new();
    let (_, key) = other(&world);
    let all = entries(&world.cades);
    let more = second_manifest(&all, &["brev.txt"], "text/html", &key);
    let container = with_more(all, more);
    let verified = accepted(&world, &container);
    assert_eq!(organisations(&verified), (Some(SENDER), vec![Some(OTHER)]));
    let letter = verified.documents().iter().find(|document| document.name() == "brev.txt").unwrap();
    assert_eq!(letter.media_type(), Some("text/plain"), "what the sender says of its own document counts");
    // Without a known sender it is whoever signed first, and this one has not signed every document.
    let policy = VerifyPolicy { sender: None, ..world.policy };
    let (verdict, _) = verify(&container, &policy);
    assert_eq!(verdict.signer().unwrap().organisation.as_deref(), Some(OTHER));
    assert_eq!(verdict.as_str(), "refused");
    assert!(verdict.findings().iter().all(|finding| finding.rule == Rule::FileCovered), "{:?}", verdict.findings());
}

/// Signing somebody else's container again must not bring a document in under the sender's name.
#[test]
fn who_signs_besides_adds_no_document() {
    let world = World::new();
    let (_, key) = other(&world);
    let mut all = entries(&world.cades);
    all.push(("vedtak.txt".to_owned(), b"innvilget".to_vec()));
    let more = second_manifest(&all, &["vedtak.txt", "brev.txt"], "text/plain", &key);
    assert_eq!(rules(&world, &with_more(all, more)), BTreeSet::from([Rule::FileCovered]));
}

#[test]
fn every_signer_must_be_trusted_and_every_signature_hold() {
    let world = World::new();
    let elsewhere = Authority::new().unwrap();
    let stranger = elsewhere.issue(OTHER, "digitalSignature").unwrap();
    let all = entries(&world.cades);
    let more = second_manifest(&all, &["brev.txt"], "text/plain", &soft_key(&stranger));
    assert!(rules(&world, &with_more(all.clone(), more)).contains(&Rule::SignerPath));
    let (_, key) = other(&world);
    let mut more = second_manifest(&all, &["brev.txt"], "text/plain", &key);
    let at = more[1].1.len() - 40;
    more[1].1[at] ^= 1;
    assert_eq!(rules(&world, &with_more(all, more)), BTreeSet::from([Rule::SignatureValue]));
}

/// RFC 5652, 5.1: one file may be signed by several. OpenSSL makes it.
#[test]
fn one_file_of_two_signers_is_read() {
    let world = World::new();
    let elsewhere = Authority::new().unwrap();
    let stranger = elsewhere.issue(OTHER, "digitalSignature").unwrap();
    let (besides, _) = other(&world);
    let all = entries(&world.cades);
    let manifest = &all.iter().find(|(name, _)| name == "META-INF/ASiCManifest.xml").unwrap().1;
    let with = |p7s: Vec<u8>| {
        let mut all = all.clone();
        all.iter_mut().find(|(name, _)| name.ends_with(".p7s")).unwrap().1 = p7s;
        assemble(&all)
    };
    let signed_by = |second: &Identity| {
        let signers = [(&world.identity, &[][..]), (second, &[])];
        world.authority.sign(manifest, &signers, &["-md", "sha256", "-nosmimecap"]).unwrap()
    };
    let both = signed_by(&besides);
    assert_eq!(organisations(&accepted(&world, &with(both.clone()))), (Some(SENDER), vec![Some(OTHER)]));
    // Each must be trusted, and each must hold: the last bytes are the value of one.
    assert_eq!(rules(&world, &with(signed_by(&stranger))), BTreeSet::from([Rule::SignerPath]));
    let mut spoilt = both.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    assert_eq!(rules(&world, &with(spoilt)), BTreeSet::from([Rule::SignatureValue]));
    let policy = VerifyPolicy { limits: Limits { signatures: 1, ..Limits::default() }, ..world.policy };
    assert_eq!(verify(&with(both), &policy).0.findings()[0].rule, Rule::SignatureCount);
}

#[test]
fn two_files_of_xml_signatures_are_read() {
    let world = World::new();
    let (_, key) = other(&world);
    let theirs = entries(&packed(&key, Profile::Xades));
    let all = entries(&world.xades);
    // The manifest names its sender, so theirs is another.
    let same = theirs.iter().filter(|(name, content)| all.iter().any(|(n, c)| n == name && c == content)).count();
    assert!(same >= 3, "mimetype and the documents");
    let signature = theirs.into_iter().find(|(name, _)| name == "META-INF/signatures.xml").unwrap().1;
    let container = with_more(all, vec![("META-INF/signatures2.xml".to_owned(), signature)]);
    assert_eq!(organisations(&accepted(&world, &container)), (Some(SENDER), vec![Some(OTHER)]));
}

/// ETSI EN 319 162-1, A.5: one file may hold several signatures. xmlsec1 makes the second.
#[test]
fn one_file_of_two_xml_signatures_is_read() {
    let world = World::new();
    let (identity, key) = other(&world);
    let all = entries(&world.xades);
    let own = text_of(&all, "META-INF/signatures.xml");
    let theirs = text_of(&entries(&packed(&key, Profile::Xades)), "META-INF/signatures.xml");
    let end = "</XAdESSignatures>";
    let both = own.replace(end, &format!("{}{end}", template(&theirs)));
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in all.iter().filter(|(name, _)| !name.contains('/')) {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    std::fs::write(folder.path().join("both.xml"), both).unwrap();
    let keys = format!("{},{}", identity.key.display(), identity.certificate.display());
    let signed = Command::new("xmlsec1")
        .current_dir(folder.path())
        .args(["--sign", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"])
        .args(["--privkey-pem", &keys, "--node-xpath", "/*/*[2]", "--output", "signed.xml", "both.xml"])
        .output()
        .unwrap();
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    let signed = std::fs::read(folder.path().join("signed.xml")).unwrap();
    let with = |signatures: Vec<u8>| {
        let mut all = all.clone();
        all.iter_mut().find(|(name, _)| name == "META-INF/signatures.xml").unwrap().1 = signatures;
        assemble(&all)
    };
    assert_eq!(organisations(&accepted(&world, &with(signed.clone()))), (Some(SENDER), vec![Some(OTHER)]));
    // One that does not hold spoils the other.
    let spoilt = String::from_utf8(signed.clone()).unwrap();
    let at = spoilt.rfind("<SignatureValue>").unwrap() + "<SignatureValue>".len();
    let spoilt = format!("{}AAAA{}", &spoilt[..at], &spoilt[at..].trim_start()[4..]);
    assert_eq!(rules(&world, &with(spoilt.into_bytes())), BTreeSet::from([Rule::XmlValue]));
    // And there may not be any number of them, in one file or in several.
    let more =
        with_more(entries(&with(signed.clone())), vec![("META-INF/signatures2.xml".to_owned(), theirs.into_bytes())]);
    let found = |signatures: usize| {
        let policy = VerifyPolicy { limits: Limits { signatures, ..Limits::default() }, ..world.policy.clone() };
        verify(&more, &policy).0.findings().iter().any(|finding| finding.rule == Rule::SignatureCount)
    };
    assert_eq!((found(2), found(3)), (true, false));
    let policy = VerifyPolicy { limits: Limits { signatures: 1, ..Limits::default() }, ..world.policy };
    let (verdict, _) = verify(&with(signed), &policy);
    assert_eq!(verdict.findings()[0].rule, Rule::SignatureCount);
}

fn text_of(all: &Entries, name: &str) -> String {
    let (_, content) = all.iter().find(|(entry, _)| entry == name).unwrap();
    String::from_utf8(content.clone()).unwrap()
}

/// A signature as xmlsec1 wants it to fill in: under Ids of its own, without digests, value and certificates.
fn template(document: &str) -> String {
    let (start, end) = (document.find("<Signature ").unwrap(), document.find("</XAdESSignatures>").unwrap());
    let renamed = document[start..end]
        .replace("Id=\"Signature\"", "Id=\"Signature2\"")
        .replace("#Signature\"", "#Signature2\"")
        .replace("SignedProperties\"", "SignedProperties2\"")
        .replace("01903#SignedProperties2\"", "01903#SignedProperties\"")
        .replace("ID_", "SECOND_");
    let without_value = emptied(&renamed, "SignatureValue");
    let (signed_info, rest) = without_value.split_once("</SignedInfo>").unwrap();
    let signed_info: String = signed_info
        .split("</DigestValue>")
        .map(|part| {
            part.split_once("<DigestValue>")
                .map_or(part.to_owned(), |(before, _)| format!("{before}<DigestValue></DigestValue>"))
        })
        .collect();
    format!("{signed_info}</SignedInfo>{rest}")
}

fn emptied(text: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let (start, end) = (text.find(&open).unwrap() + open.len(), text.find(&close).unwrap());
    format!("{}{}", &text[..start], &text[end..])
}
