//! Test certificates and things signed with them, made by `seeds`. The private keys do not exist any more.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use konvolutt_shared::container::{Quarantine, VerifiedDocument, VerifyPolicy, verify};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, Crl, Policy, Purpose};
use konvolutt_shared::seal::ber::{Reader, Tag};
use serde_json::{Value, json};

/// The test authority's root.
pub const ROOT: &[u8] = include_bytes!("../material/root.der");
/// Its issuing authority.
pub const ISSUING: &[u8] = include_bytes!("../material/issuing.der");
/// The organisation that signed everything here; RSA.
pub const SIGNER: &[u8] = include_bytes!("../material/signer.der");
/// The organisation to which packages are sealed; RSA.
pub const RECIPIENT: &[u8] = include_bytes!("../material/recipient.der");
/// The signer's other certificate; P-256.
pub const P256: &[u8] = include_bytes!("../material/p256.der");
/// A certificate that [`ISSUING_CRL`] lists.
pub const REVOKED: &[u8] = include_bytes!("../material/revoked.der");
/// The root's revocation list.
pub const ROOT_CRL: &[u8] = include_bytes!("../material/root.crl");
/// The issuing authority's revocation list.
pub const ISSUING_CRL: &[u8] = include_bytes!("../material/issuing.crl");

/// The issuing authority's OCSP answer that [`SIGNER`] is not revoked, valid for many years.
pub const OCSP: &[u8] = include_bytes!("../material/signer.ocsp");

/// Signed containers: CAdES with SHA-256, CAdES with SHA-1, another message of the same sender, XAdES.
pub const CONTAINERS: [&[u8]; 4] = [
    include_bytes!("../material/cades.asice"),
    include_bytes!("../material/cades-sha1.asice"),
    include_bytes!("../material/cades-other.asice"),
    include_bytes!("../material/xades.asice"),
];

/// Signed JWS: an envelope, a registry answer, and one of each other algorithm (PS256, ES256).
pub const JWS: [&str; 4] = [
    include_str!("../material/envelope.jws"),
    include_str!("../material/registry.jws"),
    include_str!("../material/ps256.jws"),
    include_str!("../material/es256.jws"),
];

/// The signer's organisation number.
pub const SENDER: &str = "310452106";
/// The recipient's.
pub const RECEIVER: &str = "310452114";
/// The password of the key files in the corpus, whose keys were overwritten.
pub const PASSWORD: &str = "fuzzing";
/// Which key signed the registry's answer.
pub const KEY_ID: &str = "fuzzing";

/// The time at which everything is judged.
pub fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().expect("a time")
}

/// One of our own certificates.
pub fn certificate(der: &[u8]) -> Certificate {
    Certificate::from_der(der).expect("our own certificate")
}

/// Everything that the test authority issued, itself included.
pub static CERTIFICATES: LazyLock<Vec<Certificate>> =
    LazyLock::new(|| [ROOT, ISSUING, SIGNER, RECIPIENT, P256, REVOKED].map(certificate).to_vec());

/// Trusts the test authority.
pub static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy {
    at: now(),
    anchors: vec![certificate(ROOT)],
    intermediates: vec![certificate(ISSUING)],
    crls: [ROOT_CRL, ISSUING_CRL].map(|der| Crl::from_der(der).expect("our own list")).to_vec(),
    purpose: Purpose::Sign,
    ..Policy::default()
});

/// Small budgets, so that what is allowed stays far below the memory that a run may use.
pub fn limits() -> Limits {
    Limits { package_bytes: 64 << 20, document_bytes: 32 << 20, ..Limits::default() }
}

/// What a receiver demands of a container from the signer.
pub static CONTAINER_POLICY: LazyLock<VerifyPolicy> =
    LazyLock::new(|| VerifyPolicy { path: POLICY.clone(), sender: Some(SENDER.to_owned()), limits: limits() });

/// The documents of each of [`CONTAINERS`], and their bytes.
pub static DOCUMENTS: LazyLock<Vec<(Vec<VerifiedDocument>, Quarantine)>> = LazyLock::new(|| {
    let open = |bytes: &&[u8]| {
        let (verdict, quarantine) = verify::verify(bytes, &CONTAINER_POLICY);
        (verdict.good().expect("our own container").documents().to_vec(), quarantine)
    };
    CONTAINERS.iter().map(open).collect()
});

/// A file in one of [`CONTAINERS`], by the beginning and the end of its name.
pub fn file_in(container: &[u8], begin: &str, end: &str) -> Vec<u8> {
    let archive = konvolutt_shared::container::zip::read(container, &limits()).expect("our own container");
    let entry = archive.entries().iter().find(|entry| entry.name.starts_with(begin) && entry.name.ends_with(end));
    archive.read(entry.expect("a file of our own container")).expect("our own container")
}

/// The key that an operator pins for the registry: the signer's, as a JWK (RFC 7518, 6.3.1).
pub static REGISTRY_KEY: LazyLock<Value> = LazyLock::new(|| {
    let info = certificate(SIGNER).public_key_der();
    let number = |index: usize| {
        let mut fields = Reader::new(&info).require()?.children();
        fields.require()?;
        let key = fields.expect(Tag::BIT_STRING)?;
        let mut numbers = Reader::new(&key.content[1..]).require()?.children();
        let mut number = numbers.require()?;
        if index == 1 {
            number = numbers.require()?;
        }
        Ok::<_, konvolutt_shared::seal::ber::BerError>(
            URL_SAFE_NO_PAD.encode(number.content.strip_prefix(&[0]).unwrap_or(number.content)),
        )
    };
    json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
        "n": number(0).expect("a modulus"), "e": number(1).expect("an exponent"),
    })
});
