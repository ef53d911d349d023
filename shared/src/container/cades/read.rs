//! Reading and checking the signature over a manifest.

use std::collections::BTreeSet;

use const_oid::ObjectIdentifier;
use jiff::Timestamp;
use sha2::Digest;

use super::{
    ALGORITHM_PROTECTION, CONTENT_TYPE, DATA, MESSAGE_DIGEST, RSA_ENCRYPTION, SHA1, SHA256, SHA384, SHA512,
    SIGNED_DATA, SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2, SIGNING_TIME,
};
use crate::finding::{Finding, Rule};
use crate::limits::Limits;
use crate::pki::{Certificate, PssHash, SignatureAlgorithm, canonical_name, verify};
use crate::seal::ber::{BerError, Element, Reader, Tag};

/// A signature that holds over its manifest. Whether its signer is to be trusted, `pki` judges.
#[derive(Clone, Debug)]
pub struct CmsSignature {
    /// The certificate whose key signed; one of `certificates`.
    pub signer: Certificate,
    /// All X.509 certificates of the signature in its order, at most [`Limits::certificates`]. None of them is
    /// checked.
    pub certificates: Vec<Certificate>,
    /// How it was signed; its digest is that of the signed attributes too.
    pub algorithm: SignatureAlgorithm,
    /// Whether the digest is SHA-1, as the reference's is.
    pub weak: bool,
    /// When the signer says it signed (RFC 5652, 11.3), in whole seconds; `None` where it says nothing readable
    /// in UTC.
    pub signing_time: Option<Timestamp>,
}

fn broken(error: BerError) -> Finding {
    Rule::SignatureEncoding.broken().seen(error.to_string())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DigestKind {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl DigestKind {
    fn from_oid(oid: ObjectIdentifier) -> Result<Self, Finding> {
        match oid {
            SHA1 => Ok(Self::Sha1),
            SHA256 => Ok(Self::Sha256),
            SHA384 => Ok(Self::Sha384),
            SHA512 => Ok(Self::Sha512),
            _ => Err(Rule::SignatureDigest.broken().seen(oid.to_string())),
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        }
    }

    fn with_rsa(self) -> SignatureAlgorithm {
        match self {
            Self::Sha1 => SignatureAlgorithm::RsaPkcs1Sha1,
            Self::Sha256 => SignatureAlgorithm::RsaPkcs1Sha256,
            Self::Sha384 => SignatureAlgorithm::RsaPkcs1Sha384,
            Self::Sha512 => SignatureAlgorithm::RsaPkcs1Sha512,
        }
    }

    fn fits(self, algorithm: SignatureAlgorithm) -> bool {
        match algorithm {
            SignatureAlgorithm::RsaPss { hash: PssHash::Sha256, .. } | SignatureAlgorithm::EcdsaP256Sha256 => {
                self == Self::Sha256
            }
            SignatureAlgorithm::RsaPss { hash: PssHash::Sha384, .. } => self == Self::Sha384,
            SignatureAlgorithm::RsaPss { hash: PssHash::Sha512, .. } => self == Self::Sha512,
            _ => self.with_rsa() == algorithm,
        }
    }
}

/// Reads a `.p7s`, BER or DER, and checks its signatures, each with its signed attributes, over the manifest's bytes as
/// they stand in the container (RFC 5652, 5.4 and 5.6). There is at least one, and at most [`Limits::signatures`].
///
/// # Errors
/// The first that is broken of the rules `S01` ([`Rule::SignatureEncoding`]) to `S15` ([`Rule::SignatureValue`]) by any of
/// them, or [`Rule::SignatureCount`].
pub fn read(p7s: &[u8], manifest: &[u8], limits: &Limits) -> Result<Vec<CmsSignature>, Finding> {
    let mut outer = Reader::new(p7s);
    let mut content_info = outer.expect(Tag::SEQUENCE).map_err(broken)?.children();
    outer.end().map_err(broken)?;
    if content_info.require().and_then(|kind| kind.oid()).map_err(broken)? != SIGNED_DATA {
        return Err(Rule::SignatureKind.broken());
    }
    let mut wrapped = content_info.expect(Tag::context(0)).map_err(broken)?.children();
    content_info.end().map_err(broken)?;
    let mut fields = wrapped.expect(Tag::SEQUENCE).map_err(broken)?.children();
    wrapped.end().map_err(broken)?;
    fields.expect(Tag::INTEGER).map_err(broken)?;
    fields.expect(Tag::SET).map_err(broken)?;
    let mut encapsulated = fields.expect(Tag::SEQUENCE).map_err(broken)?.children();
    let content_type = encapsulated.require().and_then(|kind| kind.oid()).map_err(broken)?;
    if content_type != DATA || !encapsulated.at_end() {
        return Err(Rule::SignatureDetached.broken());
    }
    let certificates = match fields.optional(Tag::context(0)).map_err(broken)? {
        Some(set) => read_certificates(&set, limits)?,
        None => Vec::new(),
    };
    fields.optional(Tag::context(1)).map_err(broken)?;
    let mut signers = fields.expect(Tag::SET).map_err(broken)?.children();
    fields.end().map_err(broken)?;
    let mut signatures = Vec::new();
    while let Some(signer) = signers.next().map_err(broken)? {
        if signatures.len() == limits.signatures {
            return Err(Rule::SignatureCount
                .broken()
                .seen(format!("more than the {} that are left for this file", limits.signatures)));
        }
        signatures.push(check_signer(&signer, &certificates, manifest)?);
    }
    if signatures.is_empty() { Err(Rule::SignatureSigner.broken()) } else { Ok(signatures) }
}

fn read_certificates(set: &Element<'_>, limits: &Limits) -> Result<Vec<Certificate>, Finding> {
    let mut certificates = Vec::new();
    let mut members = set.children();
    while let Some(member) = members.next().map_err(broken)? {
        if certificates.len() >= limits.certificates {
            return Err(Rule::SignatureCertificates.broken());
        }
        // Other choices of CertificateChoices are attribute certificates, which nobody uses.
        if member.tag == Tag::SEQUENCE {
            certificates.push(Certificate::from_der(member.raw).map_err(|_| Rule::SignatureCertificate.broken())?);
        }
    }
    Ok(certificates)
}

fn check_signer(info: &Element<'_>, certificates: &[Certificate], manifest: &[u8]) -> Result<CmsSignature, Finding> {
    let mut fields = info.expect(Tag::SEQUENCE).map_err(broken)?.children();
    fields.expect(Tag::INTEGER).map_err(broken)?;
    let identifier = fields.require().map_err(broken)?;
    let mut digest_algorithm = fields.expect(Tag::SEQUENCE).map_err(broken)?.children();
    let digest_oid = digest_algorithm.require().and_then(|oid| oid.oid()).map_err(broken)?;
    let digest = DigestKind::from_oid(digest_oid)?;
    let attributes = fields.optional(Tag::context(0)).map_err(broken)?;
    let mut signature_algorithm = fields.expect(Tag::SEQUENCE).map_err(broken)?.children();
    let signature_oid = signature_algorithm.require().and_then(|oid| oid.oid()).map_err(broken)?;
    let parameters = signature_algorithm.next().map_err(broken)?;
    signature_algorithm.end().map_err(broken)?;
    let signature = fields.require().and_then(|value| value.octet_string()).map_err(broken)?;
    // Unsigned attributes, which prove nothing here.
    fields.optional(Tag::context(1)).map_err(broken)?;
    fields.end().map_err(broken)?;

    let algorithm = if signature_oid == RSA_ENCRYPTION {
        Some(digest.with_rsa())
    } else {
        SignatureAlgorithm::from_identifier(signature_oid, parameters.map(|p| p.raw))
    };
    let algorithm = algorithm
        .filter(|&algorithm| digest.fits(algorithm))
        .ok_or_else(|| Rule::SignatureAlgorithm.broken().seen(signature_oid.to_string()))?;
    let signer = find_signer(&identifier, certificates)?.clone();
    let mut signing_time = None;
    let message = match attributes {
        None => manifest.to_vec(),
        Some(attributes) => {
            signing_time = check_attributes(&attributes, digest, digest_oid, signature_oid, manifest, &signer)?;
            let mut message = attributes.to_der().map_err(broken)?;
            message[0] = Tag::SET.0;
            message
        }
    };
    if !verify(&signer, algorithm, &message, &signature) {
        return Err(Rule::SignatureValue.broken());
    }
    let certificates = certificates.to_vec();
    Ok(CmsSignature { signer, certificates, algorithm, weak: digest == DigestKind::Sha1, signing_time })
}

fn find_signer<'a>(identifier: &Element<'_>, certificates: &'a [Certificate]) -> Result<&'a Certificate, Finding> {
    let missing = || Rule::SignerFound.broken();
    if identifier.tag == Tag::context_primitive(0) || identifier.tag == Tag::context(0) {
        let key = identifier.octets().map_err(broken)?;
        return certificates.iter().find(|c| c.key_identifier().as_deref() == Some(&key)).ok_or_else(missing);
    }
    let mut fields = identifier.expect(Tag::SEQUENCE).map_err(broken)?.children();
    let issuer = fields.expect(Tag::SEQUENCE).map_err(broken)?;
    let serial = fields.expect(Tag::INTEGER).map_err(broken)?;
    fields.end().map_err(broken)?;
    // Once: it may be as long as the whole file.
    let issuer = canonical_name(issuer.raw);
    certificates.iter().find(|c| c.serial() == serial.content && c.issuer_name() == issuer).ok_or_else(missing)
}

/// The signed attributes that are looked at.
const JUDGED: [ObjectIdentifier; 6] =
    [CONTENT_TYPE, MESSAGE_DIGEST, ALGORITHM_PROTECTION, SIGNING_TIME, SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2];

fn check_attributes(
    attributes: &Element<'_>,
    digest: DigestKind,
    digest_oid: ObjectIdentifier,
    signature_oid: ObjectIdentifier,
    manifest: &[u8],
    signer: &Certificate,
) -> Result<Option<Timestamp>, Finding> {
    let mut seen = BTreeSet::new();
    let mut signing_time = None;
    let mut set = attributes.children();
    while let Some(attribute) = set.next().map_err(broken)? {
        let mut parts = attribute.children();
        let kind = parts.require().and_then(|kind| kind.oid()).map_err(broken)?;
        let values = parts.expect(Tag::SET).map_err(broken)?;
        parts.end().map_err(broken)?;
        if !seen.insert(kind) {
            return Err(Rule::AttributeOnce.broken().seen(kind.to_string()));
        }
        let mut values = values.children();
        let value = values.require().map_err(broken)?;
        // RFC 5652, 11: every attribute that is judged here has one value; a second one would be signed and unseen.
        if JUDGED.contains(&kind) && !values.at_end() {
            return Err(Rule::AttributeOnce.broken().seen(format!("{kind} has two values")));
        }
        let (rule, holds) = match kind {
            CONTENT_TYPE => (Rule::AttributeContentType, value.oid().map_err(broken)? == DATA),
            MESSAGE_DIGEST => {
                (Rule::AttributeDigest, value.octet_string().map_err(broken)?.as_ref() == digest.digest(manifest))
            }
            ALGORITHM_PROTECTION => {
                (Rule::AttributeProtection, protects(&value, digest_oid, signature_oid).map_err(broken)?)
            }
            SIGNING_CERTIFICATE | SIGNING_CERTIFICATE_V2 => {
                (Rule::AttributeCertificate, names_certificate(&value, kind, signer).map_err(broken)?)
            }
            SIGNING_TIME => {
                signing_time = time(&value);
                continue;
            }
            _ => continue,
        };
        if !holds {
            return Err(rule.broken());
        }
    }
    for (kind, rule) in [(CONTENT_TYPE, Rule::AttributeContentType), (MESSAGE_DIGEST, Rule::AttributeDigest)] {
        if !seen.contains(&kind) {
            return Err(rule.broken().seen("absent"));
        }
    }
    Ok(signing_time)
}

/// RFC 6211: the algorithms are those that were signed.
fn protects(value: &Element<'_>, digest: ObjectIdentifier, signature: ObjectIdentifier) -> Result<bool, BerError> {
    let mut fields = value.children();
    let digest_told = fields.expect(Tag::SEQUENCE)?.children().require()?.oid()?;
    let signature_told = match fields.optional(Tag::context(1))? {
        Some(told) => told.children().require()?.oid()?,
        None => return Ok(false),
    };
    Ok(digest_told == digest && signature_told == signature)
}

/// RFC 5035, 3 to 5: the first certificate named is the signer's, by its hash and, if they are given, by issuer and serial
/// number.
fn names_certificate(value: &Element<'_>, kind: ObjectIdentifier, signer: &Certificate) -> Result<bool, BerError> {
    let certificates = value.children().expect(Tag::SEQUENCE)?;
    let mut identifier = certificates.children().expect(Tag::SEQUENCE)?.children();
    let mut digest = if kind == SIGNING_CERTIFICATE { DigestKind::Sha1 } else { DigestKind::Sha256 };
    if let Some(algorithm) = identifier.optional(Tag::SEQUENCE)? {
        match DigestKind::from_oid(algorithm.children().require()?.oid()?) {
            Ok(other) => digest = other,
            Err(_) => return Ok(false),
        }
    }
    let hash = identifier.require()?.octet_string()?;
    let named = match identifier.optional(Tag::SEQUENCE)? {
        Some(place) => names_issuer(&place, signer)?,
        None => true,
    };
    identifier.end()?;
    Ok(named && hash == digest.digest(signer.der()))
}

/// IssuerSerial: the issuer is one directoryName, which is `[4]`.
fn names_issuer(place: &Element<'_>, signer: &Certificate) -> Result<bool, BerError> {
    let mut fields = place.children();
    let mut names = fields.expect(Tag::SEQUENCE)?.children();
    let serial = fields.expect(Tag::INTEGER)?;
    fields.end()?;
    let mut name = names.expect(Tag::context(4))?.children();
    names.end()?;
    let issuer = name.expect(Tag::SEQUENCE)?;
    name.end()?;
    Ok(serial.content == signer.serial() && signer.has_issuer(issuer.raw))
}

/// UTCTime or GeneralizedTime in `Z`; anything else is no time.
fn time(value: &Element<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(value.content).ok()?.strip_suffix('Z')?;
    let text = match value.tag {
        Tag::UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        Tag::UTC_TIME => format!("19{text}"),
        Tag::GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    format!("{year}-{month}-{day}T{}:{}:{}Z", part(8, 10)?, part(10, 12)?, part(12, 14)?).parse().ok()
}
