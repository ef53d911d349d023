//! The signature in CMS, built by hand over the good container's manifest.

use konvolutt_shared::container::cades::{SignatureDigest, signed_attributes};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::SignatureAlgorithm;
use konvolutt_shared::seal::ber::write::der;
use sha2::{Digest, Sha256};

use super::world::{World, entries, retyped, with_entry};
use crate::Case;

const SIGNED_DATA: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2];
const DATA: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
const SHA256: &[u8] = &[0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const MD5: &[u8] = &[0x06, 8, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 5];
const RSA: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const CONTENT_TYPE: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4];
const PROTECTION: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 52];
const SIGNING_CERTIFICATE_2: &[u8] = &[0x06, 11, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 16, 2, 47];
/// Of a kind that nobody knows.
const SURPLUS: &[u8] = &[0x04, 3, b'x', b'y', b'z'];

/// Everything a signature is made of.
struct Parts {
    kind: Vec<u8>,
    encapsulated: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    digest: Vec<u8>,
    algorithm: Vec<u8>,
    attributes: Vec<Vec<u8>>,
    /// The attributes in another encoding than the one that is signed.
    sent: Option<Vec<Vec<u8>>>,
    signer: Vec<u8>,
    signers: usize,
    /// What stands behind the last element of SignerInfo, SignedData, its wrapper and ContentInfo.
    behind: [&'static [u8]; 4],
    spoil: bool,
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

fn attribute(kind: &[u8], values: &[&[u8]]) -> Vec<u8> {
    sequence(&[kind, &der(0x31, values)])
}

fn by_issuer(issuer: &[u8], serial: &[u8]) -> Vec<u8> {
    sequence(&[issuer, &der(0x02, &[serial])])
}

/// Names the signer's certificate by this hash, an OCTET STRING, and by issuer and serial number.
fn naming(world: &World, hash: &[u8], serial: &[u8]) -> Vec<u8> {
    let leaf = world.key.certificate();
    let place = sequence(&[&sequence(&[&der(0xA4, &[&retyped(leaf.issuer_der())])]), &der(0x02, &[serial])]);
    sequence(&[&sequence(&[&sequence(&[hash, &place])])])
}

impl Parts {
    fn good(world: &World, manifest: &[u8]) -> Self {
        let leaf = world.key.certificate();
        Self {
            kind: SIGNED_DATA.to_vec(),
            encapsulated: sequence(&[DATA]),
            certificates: vec![leaf.der().to_vec()],
            digest: SHA256.to_vec(),
            algorithm: RSA.to_vec(),
            attributes: vec![
                attribute(CONTENT_TYPE, &[DATA]),
                attribute(MESSAGE_DIGEST, &[&der(0x04, &[&Sha256::digest(manifest)])]),
            ],
            sent: None,
            signer: by_issuer(leaf.issuer_der(), leaf.serial()),
            signers: 1,
            behind: [&[]; 4],
            spoil: false,
        }
    }

    fn build(self, world: &World) -> Vec<u8> {
        let attributes = self.attributes.concat();
        let mut value = world.key.sign(SignatureAlgorithm::RsaPkcs1Sha256, &der(0x31, &[&attributes])).unwrap();
        value[0] ^= u8::from(self.spoil);
        let [in_signer, in_data, in_wrapper, in_info] = self.behind;
        let signer = sequence(&[
            &[2, 1, 1],
            &self.signer,
            &sequence(&[&self.digest]),
            &der(0xA0, &[&self.sent.map_or(attributes, |sent| sent.concat())]),
            &sequence(&[&self.algorithm]),
            &der(0x04, &[&value]),
            in_signer,
        ]);
        let signers = vec![signer.as_slice(); self.signers];
        let certificates: Vec<&[u8]> = self.certificates.iter().map(Vec::as_slice).collect();
        let data = sequence(&[
            &[2, 1, 1],
            &der(0x31, &[&sequence(&[&self.digest])]),
            &self.encapsulated,
            &der(0xA0, &certificates),
            &der(0x31, &signers),
            in_data,
        ]);
        sequence(&[&self.kind, &der(0xA0, &[&data, in_wrapper]), in_info])
    }
}

/// A good signature of the good key over this manifest.
pub(crate) fn signed_over(world: &World, manifest: &[u8]) -> Vec<u8> {
    Parts::good(world, manifest).build(world)
}

#[allow(dead_code, reason = "for the rules of what is only looked at")]
/// One that brings no certificate along.
pub(crate) fn without_certificates(world: &World) -> Vec<u8> {
    Parts { certificates: Vec::new(), ..Parts::good(world, b"x") }.build(world)
}

/// The same, with another identifier of its algorithm.
#[allow(dead_code, reason = "for the threats' tests")]
pub(crate) fn signed_with(world: &World, manifest: &[u8], algorithm: &[u8]) -> Vec<u8> {
    Parts { algorithm: algorithm.to_vec(), ..Parts::good(world, manifest) }.build(world)
}

/// What other writers make, and what says the same in another way.
fn variants(world: &World, manifest: &[u8]) -> Vec<(&'static str, Parts)> {
    let leaf = world.key.certificate();
    let (good, key) = (|| Parts::good(world, manifest), leaf.key_identifier().unwrap());
    let with_attribute = |value: &[u8]| {
        let mut attributes = good().attributes;
        attributes.push(attribute(SIGNING_CERTIFICATE_2, &[value]));
        attributes
    };
    let hash = Sha256::digest(leaf.der());
    let whole = naming(world, &der(0x04, &[&hash]), leaf.serial());
    let segments = naming(world, &der(0x24, &[&der(0x04, &[&hash[..9]]), &der(0x04, &[&hash[9..]])]), leaf.serial());
    let key_segments = der(0xA0, &[&der(0x04, &[&key[..7]]), &der(0x04, &[&key[7..]])]);
    vec![
        (
            "the issuer in another string type",
            Parts { signer: by_issuer(&retyped(leaf.issuer_der()), leaf.serial()), ..good() },
        ),
        ("a key identifier", Parts { signer: der(0x80, &[&key]), ..good() }),
        ("a key identifier in segments", Parts { signer: key_segments, ..good() }),
        ("the certificate named", Parts { attributes: with_attribute(&whole), ..good() }),
        (
            "its digest in segments",
            Parts { attributes: with_attribute(&whole), sent: Some(with_attribute(&segments)), ..good() },
        ),
        ("unsigned attributes", Parts { behind: [&[0xA1, 2, 0x30, 0], &[], &[], &[]], ..good() }),
        ("several signers", Parts { signers: 2, ..good() }),
    ]
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let all = entries(&world.cades);
    let manifest = all.iter().find(|(name, _)| name.ends_with("ASiCManifest.xml")).unwrap().1.clone();
    let signed = |p7s: Vec<u8>| with_entry(&world.cades, ".p7s", |_| p7s);
    let found = |p7s: Vec<u8>| world.found(&signed(p7s));
    let with = |change: &dyn Fn(&mut Parts)| {
        let mut parts = Parts::good(world, &manifest);
        change(&mut parts);
        found(parts.build(world))
    };
    assert_eq!(found(signed_over(world, &manifest)), [], "the base is good");
    let leaf = world.key.certificate();
    for (what, parts) in variants(world, &manifest) {
        assert_eq!(found(parts.build(world)), [], "{what}");
    }
    let hash = der(0x04, &[&Sha256::digest(leaf.der())]);
    let own = naming(world, &hash, leaf.serial());
    let elsewhere = naming(world, &hash, &[leaf.serial(), &[1]].concat());
    let leaf = leaf.der().to_vec();
    let protection = sequence(&[&sequence(&[MD5]), &der(0xA1, &[RSA])]);
    let other = sequence(&[&sequence(&[&sequence(&[&der(0x04, &[&[7; 32]])])])]);
    let few = |policy: &mut konvolutt_shared::container::VerifyPolicy| {
        policy.limits = Limits { certificates: 1, ..Limits::default() };
    };
    let mut many = Parts::good(world, &manifest);
    many.certificates.push(leaf);
    vec![
        (Rule::SignatureEncoding, found(vec![0x30, 0x03, 0x02])),
        // Bytes that a reader passes over are bytes that two readers may read differently.
        (Rule::SignatureEncoding, with(&|parts| parts.behind[0] = SURPLUS)),
        (Rule::SignatureEncoding, with(&|parts| parts.behind[1] = SURPLUS)),
        (Rule::SignatureEncoding, with(&|parts| parts.behind[2] = SURPLUS)),
        (Rule::SignatureEncoding, with(&|parts| parts.behind[3] = SURPLUS)),
        (Rule::SignatureEncoding, with(&|parts| parts.algorithm.extend([5, 0, 5, 0]))),
        (
            Rule::SignatureEncoding,
            with(&|parts| parts.attributes[0] = sequence(&[CONTENT_TYPE, &der(0x31, &[DATA]), SURPLUS])),
        ),
        (Rule::SignatureKind, with(&|parts| parts.kind = DATA.to_vec())),
        (Rule::SignatureDetached, with(&|parts| parts.encapsulated = sequence(&[DATA, &der(0xA0, &[&[4, 0]])]))),
        (Rule::SignatureSigner, with(&|parts| parts.signers = 0)),
        (Rule::SignatureCount, with(&|parts| parts.signers = 17)),
        (Rule::SignatureCertificate, with(&|parts| parts.certificates.push(sequence(&[&[5, 0]])))),
        (Rule::SignatureCertificates, world.found_by(&signed(many.build(world)), few)),
        (Rule::SignatureDigest, with(&|parts| parts.digest = MD5.to_vec())),
        (Rule::SignatureAlgorithm, with(&|parts| parts.algorithm = MD5.to_vec())),
        (Rule::SignerFound, with(&|parts| *parts.signer.last_mut().unwrap() ^= 0x40)),
        (Rule::AttributeOnce, with(&|parts| parts.attributes.push(parts.attributes[1].clone()))),
        (
            Rule::AttributeOnce,
            with(&|parts| {
                let digest = der(0x04, &[&Sha256::digest(&manifest)]);
                parts.attributes[1] = attribute(MESSAGE_DIGEST, &[&digest, &der(0x04, &[&[0; 32]])]);
            }),
        ),
        (Rule::AttributeOnce, with(&|parts| parts.attributes.push(attribute(SIGNING_CERTIFICATE_2, &[&own, &other])))),
        (Rule::AttributeContentType, with(&|parts| parts.attributes[0] = attribute(CONTENT_TYPE, &[SIGNED_DATA]))),
        (Rule::AttributeContentType, with(&|parts| drop(parts.attributes.remove(0)))),
        (Rule::AttributeDigest, with(&|parts| drop(parts.attributes.remove(1)))),
        (
            Rule::AttributeDigest,
            with(&|parts| parts.attributes[1] = attribute(MESSAGE_DIGEST, &[&der(0x04, &[&[0; 32]])])),
        ),
        (Rule::AttributeProtection, with(&|parts| parts.attributes.push(attribute(PROTECTION, &[&protection])))),
        (Rule::AttributeCertificate, with(&|parts| parts.attributes.push(attribute(SIGNING_CERTIFICATE_2, &[&other])))),
        (
            Rule::AttributeCertificate,
            with(&|parts| parts.attributes.push(attribute(SIGNING_CERTIFICATE_2, &[&elsewhere]))),
        ),
        (Rule::SignatureValue, with(&|parts| parts.spoil = true)),
        (Rule::SignatureStrength, weak(world, &manifest)),
    ]
}

/// A signature with SHA-1, as the reference makes it: told, not refused.
fn weak(world: &World, manifest: &[u8]) -> Vec<Finding> {
    let now = jiff::Timestamp::now();
    let attributes = signed_attributes(manifest, SignatureDigest::Sha1, now);
    let value = world.key.sign(SignatureAlgorithm::RsaPkcs1Sha1, &attributes).unwrap();
    let chain = world.key.chain();
    let p7s = konvolutt_shared::container::cades::signed_data(chain, SignatureDigest::Sha1, &attributes, &value);
    let findings = world.found(&with_entry(&world.cades, ".p7s", |_| p7s));
    assert!(!findings.iter().any(Finding::refuses), "{findings:?}");
    findings
}
