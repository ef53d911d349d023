//! Revocation lists (RFC 5280, section 5). They come through the relay, which cannot forge them: each is verified
//! with its issuer's key before it counts.

use std::collections::HashSet;
use std::fmt;

use der::{Decode, Encode};
use jiff::Timestamp;
use x509_cert::crl::CertificateList;

use super::certificate::{Certificate, timestamp};
use super::signature::{SignatureAlgorithm, verify};
use crate::finding::{Code, Finding};
use crate::seal::ber::{BerError, Reader, Tag};

/// A parsed list. Not yet verified: see [`Crl::is_by`].
#[derive(Clone)]
pub struct Crl {
    issuer: Vec<u8>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// Serial numbers' octets. A set, for real lists hold tens of thousands.
    revoked: HashSet<Vec<u8>>,
    critical_extension: bool,
    algorithm: Option<SignatureAlgorithm>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
}

impl Crl {
    /// Reads one DER list.
    ///
    /// # Errors
    /// [`Code::KeyFile`] when it is not a revocation list.
    pub fn from_der(der: &[u8]) -> Result<Self, Finding> {
        let broken = || Finding::error(Code::KeyFile, "not a revocation list").by("RFC 5280, 5.1");
        let list: CertificateList = CertificateList::from_der(der).map_err(|_| broken())?;
        let (tbs, issuer) = places(der).map_err(|_| broken())?;
        let body = &list.tbs_cert_list;
        let parameters = list.signature_algorithm.parameters.as_ref().and_then(|p| p.to_der().ok());
        let algorithm = (list.signature_algorithm == body.signature)
            .then(|| SignatureAlgorithm::from_identifier(list.signature_algorithm.oid, parameters.as_deref()))
            .flatten();
        let entries = body.revoked_certificates.iter().flatten();
        // Critical extensions change what the list means (partial lists, lists for others): such a list is not used.
        let critical = body.crl_extensions.iter().flatten().any(|extension| extension.critical)
            || entries.clone().any(|entry| entry.crl_entry_extensions.iter().flatten().any(|e| e.critical));
        Ok(Self {
            issuer: issuer.to_vec(),
            this_update: timestamp(body.this_update),
            next_update: body.next_update.map(timestamp),
            revoked: entries.map(|entry| entry.serial_number.as_bytes().to_vec()).collect(),
            critical_extension: critical,
            algorithm,
            tbs: tbs.to_vec(),
            signature: list.signature.as_bytes().ok_or_else(broken)?.to_vec(),
        })
    }

    /// Reads DER or PEM (`X509 CRL`).
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Finding> {
        match der::pem::decode_vec(bytes) {
            Ok(("X509 CRL", der)) => Self::from_der(&der),
            _ => Self::from_der(bytes),
        }
    }

    /// Whether this authority issued it: name, key usage and signature.
    pub fn is_by(&self, issuer: &Certificate) -> bool {
        self.issuer == issuer.subject_der()
            && issuer.key_usage().sign_revocation_lists
            && self.algorithm.is_some_and(|algorithm| verify(issuer, algorithm, &self.tbs, &self.signature))
    }

    /// Whether it can be relied on at this time: begun, not past its next update, and without extensions that narrow it.
    pub fn is_current(&self, at: Timestamp) -> bool {
        !self.critical_extension && self.this_update <= at && self.next_update.is_none_or(|next| at <= next)
    }

    /// Whether it lists this certificate's serial number.
    pub fn lists(&self, certificate: &Certificate) -> bool {
        self.revoked.contains(certificate.serial())
    }

    /// The issuer's name, DER.
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl").field("this_update", &self.this_update).field("entries", &self.revoked.len()).finish()
    }
}

/// The signed part and the issuer's name, as they stand in the encoding.
fn places(der: &[u8]) -> Result<(&[u8], &[u8]), BerError> {
    let tbs = Reader::new(der).require()?.children().require()?;
    let mut fields = tbs.children();
    fields.optional(Tag::INTEGER)?;
    fields.expect(Tag::SEQUENCE)?;
    Ok((tbs.raw, fields.expect(Tag::SEQUENCE)?.raw))
}
