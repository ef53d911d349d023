//! Revocation lists (RFC 5280, section 5). They come through the relay, which cannot forge them: each is verified
//! with its issuer's key before it counts.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use const_oid::ObjectIdentifier;
use der::Decode;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use x509_cert::time::Time;

use super::certificate::{Certificate, timestamp};
use super::name::canonical;
use super::scope::Scope;
use super::signature::{SignatureAlgorithm, verify};
use crate::finding::{Finding, Rule};
use crate::seal::ber::{BerError, BerErrorKind, Element, Reader, Tag};

const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.29");

/// A parsed list. Not yet verified: see [`Crl::is_by`].
///
/// It is read in one pass and looked up in constant time, for real lists hold tens of thousands of entries and a
/// crafted one more (compare CVE-2026-121482, quadratic work in another implementation).
#[derive(Clone)]
pub struct Crl(Arc<List>);

struct List {
    /// SHA-256 of the whole.
    digest: [u8; 32],
    issuer: Vec<u8>,
    issuer_name: Vec<u8>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    revoked: Revoked,
    scope: Scope,
    /// A critical extension that is not processed: it may change what the list means, so it clears nobody.
    unknown: bool,
    /// Entries are about other issuers' certificates, or may take a revocation back: it condemns nobody.
    foreign: bool,
    algorithm: Option<SignatureAlgorithm>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
}

/// By the serial number's octets: when it was revoked; `None` for always, where the list does not tell it readably.
type Revoked = HashMap<Vec<u8>, Option<Timestamp>>;

/// What the extensions of a list or of an entry say.
#[derive(Default)]
struct Extensions {
    scope: Option<Scope>,
    unknown: bool,
    foreign: bool,
}

impl Crl {
    /// Reads one DER list.
    ///
    /// # Errors
    /// [`Rule::RevocationListForm`] when it is not a revocation list.
    pub fn from_der(der: &[u8]) -> Result<Self, Finding> {
        read(der).map_err(|error| {
            Finding::error(Rule::RevocationListForm, format!("not a revocation list: {error}")).by("RFC 5280, 5.1")
        })
    }

    /// Reads DER or PEM (`X509 CRL`; RFC 7468, section 6).
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Finding> {
        match der::pem::decode_vec(bytes) {
            Ok(("X509 CRL", der)) => Self::from_der(&der),
            _ => Self::from_der(bytes),
        }
    }

    /// Whether this authority issued it: name, key usage and signature (RFC 5280, 6.3.3 (f) and (g)). Neither
    /// time nor path is looked at.
    pub fn is_by(&self, issuer: &Certificate) -> bool {
        self.0.issuer_name == issuer.subject_name()
            && issuer.key_usage().sign_revocation_lists
            && self.0.algorithm.is_some_and(|algorithm| verify(issuer, algorithm, &self.0.tbs, &self.0.signature))
    }

    /// Whether it can be relied on at this time: thisUpdate and nextUpdate enclose it, themselves included,
    /// and there is no extension whose meaning is not known. One without nextUpdate never ends.
    pub fn is_current(&self, at: Timestamp) -> bool {
        !self.0.unknown && self.0.this_update <= at && self.0.next_update.is_none_or(|next| at <= next)
    }

    /// When it was issued: thisUpdate (RFC 5280, 5.1.2.4).
    pub fn this_update(&self) -> Timestamp {
        self.0.this_update
    }

    /// Whether it lists this certificate's serial number as revoked by the list's own issuer, at whatever time. That this is
    /// the certificate's issuer, and that the list is genuine, is not looked at: see [`Self::is_by`].
    pub fn lists(&self, certificate: &Certificate) -> bool {
        self.entry(certificate.serial()).is_some()
    }

    /// The same for a time: whether revocationDate (RFC 5280, 5.1.2.6) is not after it. An entry whose date cannot be read
    /// has always been revoked.
    pub fn revokes(&self, certificate: &Certificate, at: Timestamp) -> bool {
        self.entry(certificate.serial()).is_some_and(|revoked| revoked.is_none_or(|revoked| revoked <= at))
    }

    pub(super) fn entry(&self, serial: &[u8]) -> Option<Option<Timestamp>> {
        let counts = !self.0.foreign && self.0.scope.is_about_own_certificates();
        self.0.revoked.get(serial).copied().filter(|_| counts)
    }

    /// The reasons for which it clears a certificate that it does not list; see [`super::scope::ALL_REASONS`].
    pub(super) fn covers(&self, certificate: &Certificate) -> u16 {
        self.0.scope.covers(certificate.authority().is_some(), &certificate.distribution_points())
    }

    /// SHA-256 of the whole list.
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.0.digest
    }

    /// The issuer's name, DER, as the list has it.
    pub fn issuer_der(&self) -> &[u8] {
        &self.0.issuer
    }

    /// The issuer's name in the form in which names are compared.
    pub(super) fn issuer_name(&self) -> &[u8] {
        &self.0.issuer_name
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl").field("this_update", &self.0.this_update).field("entries", &self.0.revoked.len()).finish()
    }
}

/// CertificateList and TBSCertList.
fn read(der: &[u8]) -> Result<Crl, BerError> {
    let mut outer = Reader::new(der);
    let list = outer.expect(Tag::SEQUENCE)?;
    outer.end()?;
    let mut parts = list.children();
    let (tbs, outer_algorithm) = (parts.expect(Tag::SEQUENCE)?, parts.expect(Tag::SEQUENCE)?);
    let signature = bits(&parts.expect(Tag::BIT_STRING)?)?;
    parts.end()?;

    let mut fields = tbs.children();
    fields.optional(Tag::INTEGER)?;
    let algorithm = fields.expect(Tag::SEQUENCE)?;
    let issuer = fields.expect(Tag::SEQUENCE)?.raw;
    let issuer_name = canonical(issuer);
    let this_update = time(&fields.require()?)?;
    let next_update = match fields.optional(Tag::UTC_TIME)? {
        Some(found) => Some(found),
        None => fields.optional(Tag::GENERALIZED_TIME)?,
    };
    let entries = fields.optional(Tag::SEQUENCE)?;
    let mut extensions = Extensions::default();
    let mut revoked = Revoked::new();
    if let Some(entries) = entries {
        read_entries(&entries, &mut revoked, &mut extensions)?;
    }
    if let Some(field) = fields.optional(Tag::context(0))? {
        read_extensions(field.children().expect(Tag::SEQUENCE)?, &issuer_name, &mut extensions)?;
    }
    fields.end()?;
    Ok(Crl(Arc::new(List {
        digest: Sha256::digest(der).into(),
        issuer: issuer.to_vec(),
        issuer_name,
        this_update,
        next_update: next_update.map(|element| time(&element)).transpose()?,
        revoked,
        scope: extensions.scope.unwrap_or(Scope::EVERYTHING),
        unknown: extensions.unknown,
        foreign: extensions.foreign,
        // RFC 5280, 5.1.1.2: the algorithm outside must be the signed one inside.
        algorithm: (algorithm.raw == outer_algorithm.raw)
            .then(|| SignatureAlgorithm::from_element(&algorithm).ok().flatten())
            .flatten(),
        tbs: tbs.raw.to_vec(),
        signature: signature.to_vec(),
    })))
}

fn read_entries(entries: &Element<'_>, revoked: &mut Revoked, extensions: &mut Extensions) -> Result<(), BerError> {
    let mut reader = entries.children();
    while let Some(entry) = reader.next()? {
        let mut fields = entry.expect(Tag::SEQUENCE)?.children();
        let serial = fields.expect(Tag::INTEGER)?.content.to_vec();
        let date = time(&fields.require()?).ok();
        // The earlier of two; none is always, and sorts first.
        revoked.entry(serial).and_modify(|known| *known = date.min(*known)).or_insert(date);
        if let Some(own) = fields.optional(Tag::SEQUENCE)? {
            read_extensions(own, &[], extensions)?;
        }
        fields.end()?;
    }
    Ok(())
}

/// Notes what changes the meaning; extensions that are not critical and not known are passed over. A critical one of
/// an entry stands for the whole list (RFC 5280, 5.3).
fn read_extensions(sequence: Element<'_>, issuer: &[u8], into: &mut Extensions) -> Result<(), BerError> {
    let mut all = sequence.children();
    while let Some(extension) = all.next()? {
        let mut fields = extension.expect(Tag::SEQUENCE)?.children();
        let oid = fields.expect(Tag::OID)?.content;
        let critical = fields.optional(Tag::BOOLEAN)?.is_some_and(|flag| flag.content != [0]);
        let value = fields.expect(Tag::OCTET_STRING)?.content;
        if oid == ISSUING_DISTRIBUTION_POINT.as_bytes() && into.scope.is_none() {
            into.scope = Some(Scope::read(value, issuer)?);
        } else if oid == DELTA_CRL_INDICATOR.as_bytes() || oid == CERTIFICATE_ISSUER.as_bytes() {
            into.foreign = true;
            into.unknown = true;
        } else {
            into.unknown |= critical;
        }
    }
    Ok(())
}

/// A UTCTime or GeneralizedTime as X.509 allows them (RFC 5280, 4.1.2.5).
pub(super) fn time(element: &Element<'_>) -> Result<Timestamp, BerError> {
    Time::from_der(element.raw).map(timestamp).map_err(|_| element.error(BerErrorKind::Value))
}

/// The octets of a BIT STRING that is made of whole ones.
pub(super) fn bits<'a>(element: &Element<'a>) -> Result<&'a [u8], BerError> {
    match element.content {
        [0, octets @ ..] => Ok(octets),
        _ => Err(element.error(BerErrorKind::Value)),
    }
}
