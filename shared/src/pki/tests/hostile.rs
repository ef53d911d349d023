//! Certificates, lists and signatures made to deceive or to exhaust.

use rsa::pkcs8::DecodePrivateKey;
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256};

use super::super::testing::{certificate, key, vectors};
use super::super::{
    Certificate, CertificatePolicies, Crl, Ocsp, Policy, PublicKey, Purpose, SignatureAlgorithm, SoftKey,
    validate_path, verify_with,
};
use crate::finding::Code;
use crate::seal::ber::write::der;

/// sha256WithRSAEncryption with NULL.
const SHA_256_WITH_RSA: &[u8] = &[0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 0x0B, 5, 0];
const AUTHORITY: &[u8] = &[0x30, 15, 6, 3, 0x55, 0x1D, 0x13, 1, 1, 0xFF, 4, 5, 0x30, 3, 1, 1, 0xFF];
const ROOT: &str = "Root";
const MIDDLE: &str = "Middle";

/// The DER of a certificate, before anybody has agreed to it.
struct Forged<'a> {
    serial: u32,
    issuer: &'a str,
    subject: &'a str,
    key: &'a SoftKey,
    algorithm: &'a [u8],
    extensions: &'a [&'a [u8]],
}

fn name(text: &str) -> Vec<u8> {
    der(0x30, &[&der(0x31, &[&der(0x30, &[&[6, 3, 0x55, 4, 3], &der(0x0C, &[text.as_bytes()])])])])
}

fn signed(signer: &SoftKey, body: &[u8], algorithm: &[u8]) -> Vec<u8> {
    let signature = signer.sign(SignatureAlgorithm::RsaPkcs1Sha256, body).unwrap();
    der(0x30, &[body, algorithm, &der(3, &[&[0], &signature])])
}

fn number(serial: u32) -> Vec<u8> {
    der(2, &[&[1], &serial.to_be_bytes()])
}

impl Forged<'_> {
    fn der(&self, signer: &SoftKey) -> Vec<u8> {
        let time = |text: &str| der(0x17, &[text.as_bytes()]);
        let validity = der(0x30, &[&time("250101000000Z"), &time("400101000000Z")]);
        let extensions = der(0xA3, &[&der(0x30, self.extensions)]);
        let body = der(
            0x30,
            &[
                &[0xA0, 3, 2, 1, 2],
                &number(self.serial),
                self.algorithm,
                &name(self.issuer),
                &validity,
                &name(self.subject),
                &self.key.certificate().public_key_der(),
                &if self.extensions.is_empty() { Vec::new() } else { extensions },
            ],
        );
        signed(signer, &body, self.algorithm)
    }

    fn by(&self, signer: &SoftKey) -> Certificate {
        Certificate::from_der(&self.der(signer)).unwrap()
    }
}

fn authority<'a>(serial: u32, issuer: &'a str, subject: &'a str, key: &'a SoftKey) -> Forged<'a> {
    Forged { serial, issuer, subject, key, algorithm: SHA_256_WITH_RSA, extensions: &[AUTHORITY] }
}

fn leaf<'a>(key: &'a SoftKey, extensions: &'a [&'a [u8]]) -> Forged<'a> {
    Forged { serial: 7, issuer: ROOT, subject: "Leaf", key, algorithm: SHA_256_WITH_RSA, extensions }
}

fn policy(anchor: Certificate) -> Policy {
    let at = "2026-12-01T00:00:00Z".parse().unwrap();
    Policy { at, anchors: vec![anchor], purpose: Purpose::Any, ..Policy::default() }
}

fn codes(leaf: &Certificate, extra: &[Certificate], policy: &Policy) -> Vec<Code> {
    validate_path(leaf, extra, policy).findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn an_arc_beyond_32_bits_is_not_a_trusted_algorithm() {
    let Some(a) = key("a") else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    assert!(leaf(&a, &[]).by(&a).is_issued_by(&root), "the honest one holds");
    // The last arc is 11; these are 2^32 + 11, 2^64 + 11, 11 with a needless octet (CVE-2025-66030).
    let arcs: [&[u8]; 3] =
        [&[0x90, 0x80, 0x80, 0x80, 0x0B], &[0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x0B], &[0x80, 0x0B]];
    for arc in arcs {
        let oid = der(6, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1], arc]);
        let algorithm = der(0x30, &[&oid, &[5, 0]]);
        let forged = Forged { algorithm: &algorithm, ..leaf(&a, &[]) }.der(&a);
        let believed = Certificate::from_der(&forged).is_ok_and(|forged| forged.is_issued_by(&root));
        assert!(!believed, "{arc:?}");
        let list = Crl::from_der(&revocations(&a, 1..2, &algorithm));
        assert!(!list.is_ok_and(|list| list.is_by(&root)), "{arc:?}");
    }
}

#[test]
fn an_unknown_critical_extension_refuses_the_path_and_is_named() {
    let Some(a) = key("a") else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    let policy = policy(root);
    // 2.5.29.37, serverAuth
    let purposes = |critical: &[u8]| {
        let value = der(4, &[&der(0x30, &[&[6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1]])]);
        der(0x30, &[&[6, 3, 0x55, 0x1D, 0x25], critical, &value])
    };
    let (critical, plain) = (purposes(&[1, 1, 0xFF]), purposes(&[]));
    assert_eq!(codes(&leaf(&a, &[&plain]).by(&a), &[], &policy), [Code::RevocationNotChecked]);
    let verdict = validate_path(&leaf(&a, &[&critical]).by(&a), &[], &policy);
    assert!(!verdict.is_trusted());
    assert_eq!(verdict.findings[0].code, Code::SignerUntrusted);
    assert!(verdict.findings[0].evidence.as_deref() == Some("2.5.29.37"), "{verdict:?}");

    let middle = Forged { extensions: &[AUTHORITY, &critical], ..authority(2, ROOT, MIDDLE, &a) }.by(&a);
    let below = Forged { issuer: MIDDLE, ..leaf(&a, &[]) }.by(&a);
    let verdict = validate_path(&below, &[middle], &policy);
    assert_eq!(verdict.findings.len(), 1);
    assert!(verdict.findings[0].evidence.as_deref() == Some("2.5.29.37"), "{verdict:?}");
    let middle = Forged { extensions: &[AUTHORITY, &plain], ..authority(2, ROOT, MIDDLE, &a) }.by(&a);
    assert!(validate_path(&below, &[middle], &policy).is_trusted());
}

#[test]
fn policies_are_demanded_of_the_leaf() {
    let Some(a) = key("a") else { return };
    let with = |policies: CertificatePolicies| Policy { policies, ..policy(authority(1, ROOT, ROOT, &a).by(&a)) };
    let carrying = |dotted: &str| {
        let oid = const_oid::ObjectIdentifier::new(dotted).unwrap();
        let value = der(4, &[&der(0x30, &[&der(0x30, &[&der(6, &[oid.as_bytes()])])])]);
        leaf(&a, &[&der(0x30, &[&[6, 3, 0x55, 0x1D, 0x20], &value])]).by(&a)
    };
    let none = leaf(&a, &[]).by(&a);
    let unchecked = [Code::RevocationNotChecked];
    let refused = [Code::SignerPolicy, Code::RevocationNotChecked];
    assert_eq!(codes(&none, &[], &with(CertificatePolicies::Any)), unchecked);
    assert_eq!(codes(&none, &[], &with(CertificatePolicies::Test)), refused);
    let commfides = carrying("2.16.578.1.29.13.210.1.0");
    assert_eq!(codes(&commfides, &[], &with(CertificatePolicies::Production)), unchecked);
    assert_eq!(codes(&commfides, &[], &with(CertificatePolicies::Test)), refused);
    let digdir = carrying("2.16.578.1.1.1.1.100");
    assert_eq!(codes(&digdir, &[], &with(CertificatePolicies::Test)), unchecked);
    assert_eq!(codes(&digdir, &[], &with(CertificatePolicies::Production)), refused);
}

#[test]
fn look_alike_issuers_cost_a_bounded_search() {
    let (Some(a), Some(b)) = (key("a"), key("b")) else { return };
    let policy = policy(authority(1, ROOT, ROOT, &a).by(&a));
    let genuine = authority(2, ROOT, MIDDLE, &a).by(&a);
    let below = Forged { issuer: MIDDLE, ..leaf(&a, &[]) }.by(&a);
    // The same name, another key. One signature suffices for all: nobody looks at it before the leaf's has failed.
    let look_alikes: Vec<_> = (0..60).map(|serial| authority(100 + serial, ROOT, MIDDLE, &b).by(&b)).collect();
    let then_genuine = |count: usize| {
        let mut extra: Vec<_> = look_alikes.iter().cycle().take(count).cloned().collect();
        extra.push(genuine.clone());
        extra
    };
    assert!(validate_path(&below, &then_genuine(60), &policy).is_trusted());
    assert_eq!(codes(&below, &then_genuine(100_000), &policy), [Code::SignerUntrusted]);
    // What is on the policy's own list is tried first, so a sender cannot crowd it out.
    let own = Policy { intermediates: vec![genuine.clone()], ..policy.clone() };
    assert!(validate_path(&below, &then_genuine(1000), &own).is_trusted());
    // One key and one name: each seems to have issued each, so that the paths are as many as their orders.
    let mesh: Vec<_> = (0..30).map(|serial| authority(200 + serial, MIDDLE, MIDDLE, &a).by(&a)).collect();
    assert_eq!(codes(&below, &mesh, &policy), [Code::SignerUntrusted]);
}

/// A list of Root that revokes these serial numbers.
fn revocations(signer: &SoftKey, serials: std::ops::Range<u32>, algorithm: &[u8]) -> Vec<u8> {
    revocations_with(signer, serials, algorithm, &[])
}

/// The same with these extensions of the list.
fn revocations_with(signer: &SoftKey, serials: std::ops::Range<u32>, algorithm: &[u8], extensions: &[u8]) -> Vec<u8> {
    let time = |text: &str| der(0x17, &[text.as_bytes()]);
    let entries: Vec<u8> = serials.flat_map(|serial| der(0x30, &[&number(serial), &time("260101000000Z")])).collect();
    let parts = [&[2, 1, 1][..], algorithm, &name(ROOT), &time("260101000000Z"), &time("300101000000Z")];
    let extensions = if extensions.is_empty() { Vec::new() } else { der(0xA0, &[&der(0x30, &[extensions])]) };
    let body = der(0x30, &[&parts.concat(), &der(0x30, &[&entries]), &extensions]);
    signed(signer, &body, algorithm)
}

/// An extension of the certificate-extensions arc, 2.5.29.
fn extension(arc: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[1, 1, 0xFF] } else { &[] };
    der(0x30, &[&[6, 3, 0x55, 0x1D, arc], flag, &der(4, &[value])])
}

#[test]
fn a_list_means_what_its_extensions_say() {
    let Some(a) = key("a") else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    let (listed, other) = (leaf(&a, &[]).by(&a), Forged { serial: 8, ..leaf(&a, &[]) }.by(&a));
    let verdicts = |extensions: &[u8]| {
        let list = Crl::from_der(&revocations_with(&a, 7..8, SHA_256_WITH_RSA, extensions)).unwrap();
        let policy = Policy { crls: vec![list], ..policy(root.clone()) };
        (codes(&listed, &[], &policy), codes(&other, &[], &policy))
    };
    let (revoked, unchecked) = (vec![Code::SignerRevoked], vec![Code::RevocationNotChecked]);
    let scope = |fields: &[u8]| extension(28, true, &der(0x30, &[fields]));
    let cases = [
        ("none", vec![], &revoked, &vec![]),
        ("a number", extension(20, false, &[2, 1, 1]), &revoked, &vec![]),
        ("an unknown one", extension(99, false, &[5, 0]), &revoked, &vec![]),
        ("an unknown critical one", extension(99, true, &[5, 0]), &revoked, &unchecked),
        ("a delta", extension(27, true, &[2, 1, 1]), &unchecked, &unchecked),
        ("end entities", scope(&[0x81, 1, 0xFF]), &revoked, &vec![]),
        ("authorities", scope(&[0x82, 1, 0xFF]), &revoked, &unchecked),
        ("some reasons", scope(&[0x83, 2, 6, 0x40]), &revoked, &unchecked),
        ("attribute certificates", scope(&[0x85, 1, 0xFF]), &unchecked, &unchecked),
        ("another point", scope(&[0xA0, 7, 0xA0, 5, 0x86, 3, b'u', b':', b'x']), &revoked, &unchecked),
    ];
    for (what, extensions, of_listed, of_other) in cases {
        assert_eq!(verdicts(&extensions), (of_listed.clone(), of_other.clone()), "{what}");
    }
}

/// An answer about serial number 7 of Root, with extensions of the one answer and of the whole.
fn ocsp(signer: &SoftKey, root: &Certificate, status: &[u8], single: &[u8], whole: &[u8]) -> Ocsp {
    let time = der(0x18, &[b"20261130120000Z"]);
    let optional = |extensions: &[u8]| {
        if extensions.is_empty() { Vec::new() } else { der(0xA1, &[&der(0x30, &[extensions])]) }
    };
    let hash = |bytes: &[u8]| der(4, &[&Sha256::digest(bytes)]);
    let sha_256: &[u8] = &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let key = root.key_octets().unwrap();
    let id = der(0x30, &[sha_256, &hash(&name(ROOT)), &hash(&key), &number(7)]);
    let answer = der(0x30, &[&id, status, &time, &optional(single)]);
    let by_name = der(0xA1, &[&name(ROOT)]);
    let body = der(0x30, &[&by_name, &time, &der(0x30, &[&answer]), &optional(whole)]);
    let basic = signed(signer, &body, SHA_256_WITH_RSA);
    let kind: &[u8] = &[6, 9, 0x2B, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let bytes = der(0xA0, &[&der(0x30, &[kind, &der(4, &[&basic])])]);
    Ocsp::from_der(&der(0x30, &[&[0x0A, 1, 0], &bytes])).unwrap()
}

#[test]
fn an_ocsp_answer_with_an_unknown_critical_extension_is_not_used() {
    const GOOD: &[u8] = &[0x80, 0];
    let (Some(a), Some(b)) = (key("a"), key("b")) else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    let certificate = leaf(&a, &[]).by(&a);
    let verdict = |answers: Vec<Ocsp>| codes(&certificate, &[], &Policy { ocsp: answers, ..policy(root.clone()) });
    let (plain, critical) = (extension(99, false, &[5, 0]), extension(99, true, &[5, 0]));
    let revoked = der(0xA1, &[&der(0x18, &[b"20260101000000Z"])]);
    assert_eq!(verdict(vec![ocsp(&a, &root, GOOD, &plain, &plain)]), []);
    assert_eq!(verdict(vec![ocsp(&a, &root, GOOD, &critical, &[])]), [Code::RevocationNotChecked]);
    assert_eq!(verdict(vec![ocsp(&a, &root, GOOD, &[], &critical)]), [Code::RevocationNotChecked]);
    assert_eq!(verdict(vec![ocsp(&a, &root, &revoked, &[], &[])]), [Code::SignerRevoked]);
    // Signed with another key under the root's name, it neither clears nor condemns.
    assert_eq!(verdict(vec![ocsp(&b, &root, GOOD, &[], &[])]), [Code::RevocationNotChecked]);
    assert_eq!(verdict(vec![ocsp(&b, &root, &revoked, &[], &[])]), [Code::RevocationNotChecked]);
    let both = vec![ocsp(&a, &root, GOOD, &[], &[]), ocsp(&a, &root, &revoked, &[], &[])];
    assert_eq!(verdict(both), [Code::SignerRevoked], "one that condemns is enough");
}

#[test]
fn what_is_revoked_later_was_not_revoked_then() {
    let Some(a) = key("a") else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    let certificate = leaf(&a, &[]).by(&a);
    let time = |text: &str| der(0x17, &[text.as_bytes()]);
    let entry = |date: &[u8]| der(0x30, &[&number(7), date]);
    let list = |entries: &[Vec<u8>]| {
        let parts = [&[2, 1, 1][..], SHA_256_WITH_RSA, &name(ROOT), &time("260101000000Z"), &time("300101000000Z")];
        let body = der(0x30, &[&parts.concat(), &der(0x30, &[&entries.concat()])]);
        Crl::from_der(&signed(&a, &body, SHA_256_WITH_RSA)).unwrap()
    };
    let verdict = |list: Crl, ocsp: Vec<Ocsp>, at: &str| {
        let policy = Policy { at: at.parse().unwrap(), crls: vec![list], ocsp, ..policy(root.clone()) };
        codes(&certificate, &[], &policy)
    };
    let (before, then) = ("2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z");
    let december = entry(&time("261201000000Z"));
    assert_eq!(verdict(list(std::slice::from_ref(&december)), Vec::new(), before), []);
    assert_eq!(verdict(list(std::slice::from_ref(&december)), Vec::new(), then), [Code::SignerRevoked]);
    // The earlier of two counts, and a date that cannot be read is the earliest.
    let march = entry(&time("260301000000Z"));
    for entries in [[december.clone(), march.clone()], [march, december.clone()]] {
        assert_eq!(verdict(list(&entries), Vec::new(), before), [Code::SignerRevoked]);
    }
    for date in [der(0x17, &[b"soon"]), der(0x0C, &[b"260301000000Z"])] {
        assert_eq!(verdict(list(&[entry(&date), december.clone()]), Vec::new(), before), [Code::SignerRevoked]);
    }
    // The same by OCSP, whose answer of 30 November is no older than a day.
    let status = |date: &[u8]| der(0xA1, &[date]);
    let answer = |status: &[u8]| vec![ocsp(&a, &root, status, &[], &[])];
    let december = status(&der(0x18, &[b"20261201000000Z"]));
    assert_eq!(verdict(list(&[]), answer(&december), before), []);
    assert_eq!(verdict(list(&[]), answer(&december), then), [Code::SignerRevoked]);
    assert_eq!(verdict(list(&[]), answer(&status(&der(0x18, &[b"soon"]))), before), [Code::SignerRevoked]);
    assert_eq!(verdict(list(&[]), answer(&status(&[])), before), [Code::SignerRevoked]);
}

/// A letter that came in time opens for ever, unless its signer is revoked, whenever that was.
#[test]
fn what_came_in_time_stays_good_when_the_certificate_has_run_out() {
    let Some(a) = key("a") else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    let certificate = leaf(&a, &[]).by(&a);
    let time = |text: &str| der(0x17, &[text.as_bytes()]);
    let list = |revoked: &str| {
        let entry = der(0x30, &[&number(7), &time(revoked)]);
        let parts = [&[2, 1, 1][..], SHA_256_WITH_RSA, &name(ROOT), &time("260101000000Z"), &time("491231235959Z")];
        let body = der(0x30, &[&parts.concat(), &der(0x30, &[&entry])]);
        vec![Crl::from_der(&signed(&a, &body, SHA_256_WITH_RSA)).unwrap()]
    };
    let findings = |crls: Vec<Crl>, since: &str, at: &str| {
        let since = Some(since.parse().unwrap());
        let policy = Policy { at: at.parse().unwrap(), since, crls, ..policy(root.clone()) };
        validate_path(&certificate, &[], &policy).findings
    };
    let verdict = |crls, since: &str, at: &str| -> Vec<Code> {
        findings(crls, since, at).iter().map(|finding| finding.code).collect()
    };
    let (came, now) = ("2026-12-01T00:00:00Z", "2027-06-01T00:00:00Z");
    let later = (certificate.not_after() + jiff::SignedDuration::from_hours(1)).to_string();
    assert_eq!(verdict(Vec::new(), came, &later), [Code::SignerExpiredSince], "nothing is left to check");
    assert!(findings(Vec::new(), came, &later)[0].leaves_open(), "it is told, and not good for certain");
    for revoked in ["261101000000Z", "270101000000Z"] {
        let codes = verdict(list(revoked), came, &later);
        assert_eq!(codes, [Code::SignerExpiredSince, Code::SignerRevoked], "{revoked}");
    }
    assert_eq!(verdict(Vec::new(), &later, &later), [Code::SignerExpired, Code::SignerUntrusted]);
    // It helps against nothing else, and nobody comes from the future.
    assert_eq!(verdict(list("270101000000Z"), came, now), [Code::SignerRevoked]);
    assert_eq!(verdict(Vec::new(), &later, now), [Code::RevocationNotChecked]);
    assert_eq!(verdict(Vec::new(), "2024-01-01T00:00:00Z", now), [Code::RevocationNotChecked], "whatever clock it was");
}

/// The reference's validator asks for the extension; RFC 5280, 4.2.1.3 asks authorities for it, and its absence allows all.
#[test]
fn a_signer_says_what_its_key_is_for() {
    let Some(a) = key("a") else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    let verdict = |extensions: &[&[u8]], purpose| {
        codes(&leaf(&a, extensions).by(&a), &[], &Policy { purpose, ..policy(root.clone()) })
    };
    let unchecked = Code::RevocationNotChecked;
    let signing = extension(15, true, &[3, 2, 7, 0x80]);
    assert_eq!(verdict(&[&signing], Purpose::Sign), [unchecked]);
    assert_eq!(verdict(&[], Purpose::Sign), [Code::SignerKeyUsage, unchecked]);
    assert_eq!(verdict(&[], Purpose::Encrypt), [unchecked]);
    assert_eq!(verdict(&[], Purpose::Any), [unchecked]);
}

/// Quadratic work over so many entries would be 10^10 steps and would not end in a test's time.
#[test]
fn a_list_of_a_hundred_thousand_is_read_once_and_looked_up_directly() {
    const COUNT: u32 = 100_000;
    let Some(a) = key("a") else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    let list = Crl::from_der(&revocations(&a, 1000..1000 + COUNT, SHA_256_WITH_RSA)).unwrap();
    assert!(list.is_by(&root));
    let listed = |from: u32| (from..from + COUNT).filter(|serial| list.entry(&number(*serial)[2..]).is_some()).count();
    assert_eq!(listed(1000), COUNT as usize);
    assert_eq!(listed(1000 + COUNT), 0);
    let policy = Policy { crls: vec![list], ..policy(root) };
    let last = Forged { serial: 999 + COUNT, ..leaf(&a, &[]) }.by(&a);
    assert_eq!(codes(&last, &[], &policy), [Code::SignerRevoked]);
    assert_eq!(codes(&leaf(&a, &[]).by(&a), &[], &policy), []);
}

#[test]
fn a_digest_info_is_taken_in_its_one_form_only() {
    let Some(folder) = vectors().map(|folder| folder.join("pki")) else { return };
    let private = RsaPrivateKey::from_pkcs8_pem(&std::fs::read_to_string(folder.join("c.key")).unwrap()).unwrap();
    let key = certificate("c").unwrap().public_key().unwrap();
    let holds = |info: &[u8]| {
        let signature = private.sign(Pkcs1v15Sign::new_unprefixed(), info).unwrap();
        verify_with(&key, SignatureAlgorithm::RsaPkcs1Sha256, b"message", &signature)
    };
    let digest = Sha256::digest(b"message");
    let oid: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let value = der(4, &[&digest]);
    let honest = der(0x30, &[&der(0x30, &[oid, &[5, 0]]), &value]);
    assert!(holds(&honest));
    let huge_arc: &[u8] = &[6, 13, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 0x90, 0x80, 0x80, 0x80, 1];
    let crafted = [
        ("no NULL", der(0x30, &[&der(0x30, &[oid]), &value])),
        ("garbage for NULL", der(0x30, &[&der(0x30, &[oid, &[4, 2, 7, 7]]), &value])),
        ("garbage after NULL", der(0x30, &[&der(0x30, &[oid, &[5, 0, 4, 2, 7, 7]]), &value])),
        ("garbage after the digest", der(0x30, &[&der(0x30, &[oid, &[5, 0]]), &value, &[4, 2, 7, 7]])),
        ("garbage after all", [&honest[..], &[0; 8]].concat()),
        ("a BER length", [&[0x30, 0x81, honest[1]], &honest[2..]].concat()),
        ("an indefinite length", [&[0x30, 0x80], &honest[2..], &[0, 0]].concat()),
        ("a huge arc", der(0x30, &[&der(0x30, &[huge_arc, &[5, 0]]), &value])),
        ("SHA-1 named", der(0x30, &[&[0x30, 9, 6, 5, 0x2B, 0x0E, 3, 2, 0x1A, 5, 0], &value])),
        ("a short digest", der(0x30, &[&der(0x30, &[oid, &[5, 0]]), &der(4, &[&digest[..31]])])),
        ("no DigestInfo", digest.to_vec()),
    ];
    for (what, info) in crafted {
        assert!(!holds(&info), "{what}");
    }
}

/// Schoolbook product of numbers in octets, the lowest first.
fn product(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut out = vec![0_u8; left.len() + right.len()];
    for (i, a) in left.iter().enumerate() {
        let mut carry = 0_u32;
        for (j, b) in right.iter().enumerate() {
            let sum = u32::from(out[i + j]) + u32::from(*a) * u32::from(*b) + carry;
            out[i + j] = sum as u8;
            carry = sum >> 8;
        }
        out[i + right.len()] = carry as u8;
    }
    out
}

/// The root of the largest cube up to `number` (256 octets, the highest first), in 86 octets, the lowest first.
fn cube_root(number: &[u8]) -> Vec<u8> {
    let mut root = vec![0_u8; 86];
    for bit in (0..86 * 8).rev() {
        root[bit / 8] |= 1 << (bit % 8);
        let cube = product(&product(&root, &root), &root);
        let (low, high) = cube.split_at(256);
        if high.iter().any(|octet| *octet != 0) || low.iter().rev().gt(number.iter()) {
            root[bit / 8] &= !(1 << (bit % 8));
        }
    }
    root
}

/// Bleichenbacher's forgery of 2006: with the exponent 3 and no check that the digest ends the block, anybody can
/// sign (CVE-2022-24771 to 24773 and others).
#[test]
fn a_cube_root_is_not_a_signature() {
    let modulus = BoxedUint::from_be_slice_vartime(&[0xFF; 256]);
    let key = PublicKey::Rsa(RsaPublicKey::new(modulus, BoxedUint::from(3_u8)).unwrap());
    let info = [&[0x30, 0x31, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32][..]].concat();
    let start = [&[0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0], &info[..], &Sha256::digest(b"message")];
    let start = start.concat();
    let mut block = start.clone();
    block.resize(256, 0xFF);
    let mut root = cube_root(&block);
    let mut cube = product(&product(&root, &root), &root);
    cube.truncate(256);
    cube.reverse();
    assert!(cube.starts_with(&start), "a careless verifier would be deceived");
    root.resize(256, 0);
    root.reverse();
    assert!(!verify_with(&key, SignatureAlgorithm::RsaPkcs1Sha256, b"message", &root));
}

#[test]
fn what_is_remembered_is_only_that_a_signature_held() {
    let (Some(a), Some(b)) = (key("a"), key("b")) else { return };
    let root = authority(1, ROOT, ROOT, &a).by(&a);
    let memo = super::super::Memo::remembering();
    let policy = Policy { memo: memo.clone(), ..policy(root) };
    let (honest, forged) = (leaf(&a, &[]).by(&a), leaf(&a, &[]).by(&b));
    let unchecked = [Code::RevocationNotChecked];
    for _ in 0..2 {
        assert_eq!(codes(&honest, &[], &policy), unchecked);
        assert_eq!(codes(&forged, &[], &policy), [Code::SignerUntrusted]);
    }
    assert_eq!(memo.len(), 1, "only what held");
    // One byte of the signature, and of the subject.
    for at in [honest.der().len() - 1, honest.der().len() / 3] {
        let mut changed = honest.der().to_vec();
        changed[at] ^= 1;
        let Ok(changed) = Certificate::from_der(&changed) else { continue };
        assert!(!validate_path(&changed, &[], &policy).is_trusted());
    }
    // Time and revocation are judged anew.
    let late = Policy { at: "2060-01-01T00:00:00Z".parse().unwrap(), ..policy.clone() };
    assert!(codes(&honest, &[], &late).contains(&Code::SignerExpired));
    let list = |signer| Crl::from_der(&revocations_with(signer, 7..8, SHA_256_WITH_RSA, &[])).unwrap();
    let with = |list| Policy { crls: vec![list], ..policy.clone() };
    for _ in 0..2 {
        assert_eq!(codes(&honest, &[], &with(list(&b))), unchecked, "somebody else's list");
        assert_eq!(codes(&honest, &[], &with(list(&a))), [Code::SignerRevoked]);
    }
    assert_eq!(memo.len(), 2);
}
