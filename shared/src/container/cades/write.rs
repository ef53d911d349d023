//! Writing the signature in two phases: the attributes to sign, then the structure around them.

use const_oid::ObjectIdentifier;
use jiff::Timestamp;
use sha2::Digest;

use super::{
    ALGORITHM_PROTECTION, CONTENT_TYPE, DATA, MESSAGE_DIGEST, RSA_ENCRYPTION, SHA1, SHA256, SIGNED_DATA, SIGNING_TIME,
};
use crate::pki::{Certificate, SignatureAlgorithm};
use crate::seal::ber::write::{END_OF_CONTENTS, der, oid};

/// The digest (FIPS 180-4) inside the container's signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureDigest {
    /// SHA-256, the default.
    #[default]
    Sha256,
    /// SHA-1, weak, for recipients that read only what the reference makes.
    Sha1,
}

impl SignatureDigest {
    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => SHA256,
            Self::Sha1 => SHA1,
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Self::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        }
    }

    /// What the key has to do: RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) with this digest.
    pub fn algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Sha256 => SignatureAlgorithm::RsaPkcs1Sha256,
            Self::Sha1 => SignatureAlgorithm::RsaPkcs1Sha1,
        }
    }
}

const NULL: &[u8] = &[0x05, 0x00];

fn algorithm(tag: u8, identifier: ObjectIdentifier) -> Vec<u8> {
    der(tag, &[&oid(identifier), NULL])
}

/// RFC 5652, 11.3: UTCTime through 2049, GeneralizedTime after.
fn time(at: Timestamp) -> Vec<u8> {
    let utc = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let rest = format!("{:02}{:02}{:02}{:02}{:02}Z", utc.month(), utc.day(), utc.hour(), utc.minute(), utc.second());
    if (1950..2050).contains(&utc.year()) {
        der(0x17, &[format!("{:02}", utc.year() % 100).as_bytes(), rest.as_bytes()])
    } else {
        der(0x18, &[format!("{:04}", utc.year()).as_bytes(), rest.as_bytes()])
    }
}

/// The signed attributes as DER SET OF: exactly the bytes that the key signs, which its algorithm hashes
/// (RFC 5652, 5.4). They are the reference's four: content type, signing time in whole seconds UTC, the digest of
/// `manifest`, and the algorithms (RFC 6211).
pub fn signed_attributes(manifest: &[u8], digest: SignatureDigest, signing_time: Timestamp) -> Vec<u8> {
    let attribute = |kind: ObjectIdentifier, value: &[u8]| der(0x30, &[&oid(kind), &der(0x31, &[value])]);
    let protection = der(0x30, &[&algorithm(0x30, digest.oid()), &algorithm(0xA1, RSA_ENCRYPTION)]);
    let mut attributes = [
        attribute(CONTENT_TYPE, &oid(DATA)),
        attribute(SIGNING_TIME, &time(signing_time)),
        attribute(MESSAGE_DIGEST, &der(0x04, &[&digest.digest(manifest)])),
        attribute(ALGORITHM_PROTECTION, &protection),
    ];
    // DER orders a SET OF by its encodings.
    attributes.sort();
    der(0x31, &attributes.each_ref().map(Vec::as_slice))
}

/// The whole `.p7s` around signed attributes and their signature. `chain` is leaf first; of an empty one
/// nothing is made. `attributes` and `digest` are those of [`signed_attributes`], `signature` the RSA
/// signature, as long as the modulus.
///
/// # Panics
/// When there is a chain and `attributes` is empty.
pub fn signed_data(chain: &[Certificate], digest: SignatureDigest, attributes: &[u8], signature: &[u8]) -> Vec<u8> {
    let Some(leaf) = chain.first() else { return Vec::new() };
    let signer = der(0x30, &[leaf.issuer_der(), &der(0x02, &[leaf.serial()])]);
    // [0] IMPLICIT over the same SET.
    let mut implicit = attributes.to_vec();
    implicit[0] = 0xA0;
    let signer_info = der(
        0x30,
        &[
            &[0x02, 0x01, 0x01],
            &signer,
            &algorithm(0x30, digest.oid()),
            &implicit,
            &algorithm(0x30, RSA_ENCRYPTION),
            &der(0x04, &[signature]),
        ],
    );
    let mut out = vec![0x30, 0x80];
    out.extend(oid(SIGNED_DATA));
    out.extend([0xA0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x01]);
    out.extend(der(0x31, &[&algorithm(0x30, digest.oid())]));
    out.extend(der(0x30, &[&oid(DATA)]));
    out.extend([0xA0, 0x80]);
    for certificate in chain {
        out.extend_from_slice(certificate.der());
    }
    out.extend(END_OF_CONTENTS);
    out.extend(der(0x31, &[&signer_info]));
    for _ in 0..3 {
        out.extend(END_OF_CONTENTS);
    }
    out
}
