//! OCSP answers (RFC 6960) as an input. Like revocation lists they come through the relay, or stapled to a message,
//! and count only once their signature holds; nothing is asked for here.

use std::fmt;

use const_oid::ObjectIdentifier;
use jiff::{SignedDuration, Timestamp};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::certificate::Certificate;
use super::crl::{bits, time};
use super::name::canonical;
use super::signature::{SignatureAlgorithm, verify};
use crate::finding::{Finding, Rule};
use crate::limits::Limits;
use crate::seal::ber::{BerError, BerErrorKind, Element, Reader, Tag};

const BASIC_RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const ID_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const ID_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// How long an answer without nextUpdate is taken for current. RFC 6960, 2.4 only says that a newer one can then be
/// had at any time; a day is less than the shortest time between lists of the issuers in use.
const LIFE_WITHOUT_NEXT_UPDATE: SignedDuration = SignedDuration::from_hours(24);

/// What a responder says of a certificate (RFC 6960, 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspStatus {
    /// Not known to be revoked.
    Good,
    /// Revoked, for good or on hold.
    Revoked,
    /// The responder does not know it.
    Unknown,
}

/// A parsed BasicOCSPResponse (RFC 6960, 4.2.1), which may speak of several certificates. Not yet verified: see
/// [`Ocsp::signer`].
#[derive(Clone)]
pub struct Ocsp {
    responder: Responder,
    answers: Vec<Answer>,
    /// A critical extension about the whole: none is processed (RFC 6960, 4.4), so the answer is not used.
    critical: bool,
    algorithm: Option<SignatureAlgorithm>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
}

/// Who says that it signed (ResponderID).
#[derive(Clone)]
enum Responder {
    /// A name in the form in which names are compared.
    Name(Vec<u8>),
    /// SHA-1 of the public key's octets.
    Key(Vec<u8>),
}

/// SingleResponse.
#[derive(Clone)]
struct Answer {
    id: CertId,
    status: OcspStatus,
    /// When it was revoked, where the status is that and the time can be read; else it always was.
    revoked: Option<Timestamp>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    critical: bool,
}

/// CertID: which certificate is meant.
#[derive(Clone)]
struct CertId {
    /// `None` is an algorithm that is not on the list; such an identifier matches nothing.
    hash: Option<Hash>,
    issuer_name: Vec<u8>,
    issuer_key: Vec<u8>,
    serial: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }
}

impl CertId {
    /// The hashes are over the issuer name as the certificate has it, and over the issuer's key (RFC 6960, 4.1.1).
    fn names(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.serial == certificate.serial()
            && self.hash.is_some_and(|hash| {
                self.issuer_name == hash.digest(certificate.issuer_der())
                    && issuer.key_octets().is_some_and(|key| self.issuer_key == hash.digest(&key))
            })
    }
}

impl Answer {
    fn is_current(&self, at: Timestamp) -> bool {
        let end = self.next_update.or_else(|| self.this_update.checked_add(LIFE_WITHOUT_NEXT_UPDATE).ok());
        self.this_update <= at && end.is_none_or(|end| at <= end)
    }

    /// Its status for a time: what is revoked later is good until then.
    fn status(&self, at: Timestamp) -> OcspStatus {
        let later = self.revoked.is_some_and(|revoked| revoked > at);
        if later { OcspStatus::Good } else { self.status }
    }
}

impl Ocsp {
    /// Reads an OCSPResponse, DER, of the type id-pkix-ocsp-basic.
    ///
    /// # Errors
    /// [`Rule::StatusForm`] when it is not one, [`Rule::StatusGiven`] when the responder gave an error
    /// instead of an answer, [`Rule::StatusCertificates`] when it brings more than 32 certificates
    /// ([`Limits::certificates`]).
    pub fn from_der(der: &[u8]) -> Result<Self, Finding> {
        let broken = |error: BerError| {
            Finding::error(Rule::StatusForm, format!("not an OCSP answer: {error}")).by("RFC 6960, 4.2.1")
        };
        match basic(der).map_err(broken)? {
            Ok(basic) => read(basic),
            Err(status) => {
                let message = format!("the OCSP responder gave no answer ({})", refusal(status));
                Err(Finding::error(Rule::StatusGiven, message).by("RFC 6960, 4.2.1"))
            }
        }
    }

    /// Whether one of its answers is about this certificate of this issuer (CertID with SHA-1 or SHA-256; RFC
    /// 6960, 4.1.1).
    pub fn is_about(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.answers.iter().any(|answer| answer.id.names(certificate, issuer))
    }

    /// Whose key made the signature: the issuer's own, or that of a responder which the issuer itself certified for
    /// this purpose and which is valid at the time (RFC 6960, 4.2.2.2). `None` when it is anybody else's, when the
    /// signature does not hold, or when there is a critical extension.
    pub fn signer<'a>(&'a self, issuer: &'a Certificate, at: Timestamp) -> Option<&'a Certificate> {
        let algorithm = self.algorithm.filter(|_| !self.critical)?;
        let signed = |one: &Certificate| self.is_named(one) && verify(one, algorithm, &self.tbs, &self.signature);
        if signed(issuer) {
            return Some(issuer);
        }
        self.certificates.iter().find(|one| {
            one.may_sign_ocsp()
                && one.not_before() <= at
                && at <= one.not_after()
                && signed(one)
                && one.is_issued_by(issuer)
        })
    }

    fn is_named(&self, signer: &Certificate) -> bool {
        match &self.responder {
            Responder::Name(name) => name == signer.subject_name(),
            Responder::Key(hash) => signer.key_octets().is_some_and(|key| *hash == Sha1::digest(key).to_vec()),
        }
    }

    /// What it says of a certificate at this time: revoked if any of its answers says so, however old, unless
    /// revocationTime is later; else what a current one says; `None` when it has none. Current is from thisUpdate
    /// to nextUpdate, themselves included, or for 24 hours where there is no nextUpdate. Only to be believed when
    /// [`Self::signer`] gives one.
    pub fn status(&self, certificate: &Certificate, issuer: &Certificate, at: Timestamp) -> Option<OcspStatus> {
        let about = |one: &&Answer| !one.critical && one.id.names(certificate, issuer);
        let answers = || self.answers.iter().filter(about);
        if answers().any(|one| one.status(at) == OcspStatus::Revoked) {
            return Some(OcspStatus::Revoked);
        }
        let mut current = answers().filter(|one| one.is_current(at));
        // Two that disagree leave it unknown.
        let first = current.next()?.status(at);
        Some(if current.all(|one| one.status(at) == first) { first } else { OcspStatus::Unknown })
    }
}

impl fmt::Debug for Ocsp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ocsp").field("answers", &self.answers.len()).finish_non_exhaustive()
    }
}

/// OCSPResponseStatus in words (RFC 6960, 4.2.1).
fn refusal(status: u8) -> &'static str {
    match status {
        1 => "malformedRequest",
        2 => "internalError",
        3 => "tryLater",
        5 => "sigRequired",
        6 => "unauthorized",
        _ => "unknown status",
    }
}

/// OCSPResponse: the BasicOCSPResponse inside, or the status that stands instead of one.
fn basic(der: &[u8]) -> Result<Result<&[u8], u8>, BerError> {
    const ENUMERATED: Tag = Tag(0x0A);
    let mut outer = Reader::new(der);
    let response = outer.expect(Tag::SEQUENCE)?;
    outer.end()?;
    let mut fields = response.children();
    let status = fields.expect(ENUMERATED)?;
    match status.content {
        [0] => {}
        [refused] => return Ok(Err(*refused)),
        _ => return Err(status.error(BerErrorKind::Value)),
    }
    let mut bytes = fields.expect(Tag::context(0))?.children().expect(Tag::SEQUENCE)?.children();
    fields.end()?;
    let kind = bytes.expect(Tag::OID)?;
    if kind.content != BASIC_RESPONSE.as_bytes() {
        return Err(kind.error(BerErrorKind::Unexpected));
    }
    let inside = bytes.expect(Tag::OCTET_STRING)?.content;
    bytes.end()?;
    Ok(Ok(inside))
}

fn read(basic: &[u8]) -> Result<Ocsp, Finding> {
    let broken = |error: BerError| {
        Finding::error(Rule::StatusForm, format!("not an OCSP answer: {error}")).by("RFC 6960, 4.2.1")
    };
    let (mut answer, encoded) = read_basic(basic).map_err(broken)?;
    if encoded.len() > Limits::default().certificates {
        return Err(Finding::error(Rule::StatusCertificates, "the OCSP answer brings too many certificates"));
    }
    // One that cannot be read is one that did not sign.
    answer.certificates = encoded.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    Ok(answer)
}

/// BasicOCSPResponse, and the certificates in it as they stand.
fn read_basic(basic: &[u8]) -> Result<(Ocsp, Vec<&[u8]>), BerError> {
    let mut outer = Reader::new(basic);
    let response = outer.expect(Tag::SEQUENCE)?;
    outer.end()?;
    let mut parts = response.children();
    let tbs = parts.expect(Tag::SEQUENCE)?;
    let algorithm = SignatureAlgorithm::from_element(&parts.expect(Tag::SEQUENCE)?).ok().flatten();
    let signature = bits(&parts.expect(Tag::BIT_STRING)?)?.to_vec();
    let mut encoded = Vec::new();
    if let Some(field) = parts.optional(Tag::context(0))? {
        let mut certificates = field.children().expect(Tag::SEQUENCE)?.children();
        while let Some(certificate) = certificates.next()? {
            encoded.push(certificate.raw);
        }
    }
    parts.end()?;

    let mut fields = tbs.children();
    if let Some(version) = fields.optional(Tag::context(0))?
        && version.children().require()?.unsigned()? != 0
    {
        return Err(version.error(BerErrorKind::Value));
    }
    let responder = read_responder(&fields.require()?)?;
    // producedAt says nothing that thisUpdate does not say for each answer.
    time(&fields.expect(Tag::GENERALIZED_TIME)?)?;
    let mut answers = Vec::new();
    let mut singles = fields.expect(Tag::SEQUENCE)?.children();
    while let Some(single) = singles.next()? {
        answers.push(read_answer(&single.expect(Tag::SEQUENCE)?)?);
    }
    let critical = has_critical(fields.optional(Tag::context(1))?)?;
    fields.end()?;
    let tbs = tbs.raw.to_vec();
    Ok((Ocsp { responder, answers, critical, algorithm, tbs, signature, certificates: Vec::new() }, encoded))
}

fn read_responder(element: &Element<'_>) -> Result<Responder, BerError> {
    match element.tag {
        tag if tag == Tag::context(1) => Ok(Responder::Name(canonical(element.children().expect(Tag::SEQUENCE)?.raw))),
        tag if tag == Tag::context(2) => {
            Ok(Responder::Key(element.children().expect(Tag::OCTET_STRING)?.content.to_vec()))
        }
        _ => Err(element.error(BerErrorKind::Unexpected)),
    }
}

fn read_answer(single: &Element<'_>) -> Result<Answer, BerError> {
    let mut fields = single.children();
    let id = read_id(&fields.expect(Tag::SEQUENCE)?)?;
    let state = fields.require()?;
    let status = match state.tag {
        tag if tag == Tag::context_primitive(0) => OcspStatus::Good,
        tag if tag == Tag::context(1) => OcspStatus::Revoked,
        tag if tag == Tag::context_primitive(2) => OcspStatus::Unknown,
        _ => return Err(state.error(BerErrorKind::Unexpected)),
    };
    // RevokedInfo: revocationTime, and perhaps a reason.
    let revoked = match status {
        OcspStatus::Revoked => state.children().require().and_then(|element| time(&element)).ok(),
        OcspStatus::Good | OcspStatus::Unknown => None,
    };
    let this_update = time(&fields.expect(Tag::GENERALIZED_TIME)?)?;
    let next_update = match fields.optional(Tag::context(0))? {
        Some(field) => Some(time(&field.children().expect(Tag::GENERALIZED_TIME)?)?),
        None => None,
    };
    let critical = has_critical(fields.optional(Tag::context(1))?)?;
    fields.end()?;
    Ok(Answer { id, status, revoked, this_update, next_update, critical })
}

fn read_id(element: &Element<'_>) -> Result<CertId, BerError> {
    let mut fields = element.children();
    let algorithm = fields.expect(Tag::SEQUENCE)?.children().expect(Tag::OID)?.content;
    let hash = match algorithm {
        oid if oid == ID_SHA_1.as_bytes() => Some(Hash::Sha1),
        oid if oid == ID_SHA_256.as_bytes() => Some(Hash::Sha256),
        _ => None,
    };
    let issuer_name = fields.expect(Tag::OCTET_STRING)?.content.to_vec();
    let issuer_key = fields.expect(Tag::OCTET_STRING)?.content.to_vec();
    let serial = fields.expect(Tag::INTEGER)?.content.to_vec();
    fields.end()?;
    Ok(CertId { hash, issuer_name, issuer_key, serial })
}

/// Whether explicitly tagged Extensions hold a critical one.
fn has_critical(field: Option<Element<'_>>) -> Result<bool, BerError> {
    let Some(field) = field else { return Ok(false) };
    let mut critical = false;
    let mut all = field.children().expect(Tag::SEQUENCE)?.children();
    while let Some(extension) = all.next()? {
        let mut parts = extension.expect(Tag::SEQUENCE)?.children();
        parts.expect(Tag::OID)?;
        critical |= parts.optional(Tag::BOOLEAN)?.is_some_and(|flag| flag.content != [0]);
    }
    Ok(critical)
}

#[cfg(test)]
mod tests;
