//! What a certificate's extensions say beside key usage and authority (RFC 5280, 4.2). Read with our own reader, for
//! an object identifier with arcs of any size must neither stop the reading nor be taken for another one.

use const_oid::ObjectIdentifier;

use super::certificate::Certificate;
use super::scope::{DistributionPoint, distribution_points};
use crate::seal::ber::{BerError, Reader, Tag};

const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
const CERTIFICATE_POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");

impl Certificate {
    /// The first critical extension that is not processed here. As in efm-common's
    /// `BusinessCertificateValidator`, only keyUsage and basicConstraints may be critical; RFC 5280, 4.2
    /// demands refusal for what is not understood.
    pub fn unhandled_critical(&self) -> Option<ObjectIdentifier> {
        self.critical_beside(&[KEY_USAGE, BASIC_CONSTRAINTS])
    }

    fn critical_beside(&self, handled: &[ObjectIdentifier]) -> Option<ObjectIdentifier> {
        let extensions = self.parsed().tbs_certificate().extensions().into_iter().flatten();
        extensions.filter(|one| one.critical && !handled.contains(&one.extn_id)).map(|one| one.extn_id).next()
    }

    /// The value of an extension; `None` when it is missing or there twice.
    fn extension(&self, oid: ObjectIdentifier) -> Option<&[u8]> {
        let extensions = self.parsed().tbs_certificate().extensions().into_iter().flatten();
        let mut found = extensions.filter(|one| one.extn_id == oid).map(|one| one.extn_value.as_bytes());
        found.next().filter(|_| found.next().is_none())
    }

    /// The contents of the OBJECT IDENTIFIERs of its certificate policies; none when the extension is missing or
    /// broken (RFC 5280, 4.2.1.4).
    pub(super) fn policy_identifiers(&self) -> Vec<&[u8]> {
        let read = |value| {
            let mut out = Vec::new();
            let mut policies = Reader::new(value).expect(Tag::SEQUENCE)?.children();
            while let Some(policy) = policies.next()? {
                out.push(policy.expect(Tag::SEQUENCE)?.children().expect(Tag::OID)?.content);
            }
            Ok::<_, BerError>(out)
        };
        self.extension(CERTIFICATE_POLICIES).and_then(|value| read(value).ok()).unwrap_or_default()
    }

    /// Whether its extended key usage allows signing OCSP answers in its issuer's name (RFC 6960, 4.2.2.2), and
    /// nothing critical stands against it. anyExtendedKeyUsage is not enough.
    pub(super) fn may_sign_ocsp(&self) -> bool {
        let read = |value| {
            let mut purposes = Reader::new(value).expect(Tag::SEQUENCE)?.children();
            let mut found = false;
            while let Some(purpose) = purposes.next()? {
                found |= purpose.expect(Tag::OID)?.content == OCSP_SIGNING.as_bytes();
            }
            Ok::<_, BerError>(found)
        };
        self.extension(EXTENDED_KEY_USAGE).is_some_and(|value| read(value).unwrap_or(false))
            && self.key_usage().sign
            && self.critical_beside(&[KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE]).is_none()
    }

    /// Where its revocation is published; none when the extension is missing or broken (RFC 5280, 4.2.1.13).
    pub(super) fn distribution_points(&self) -> Vec<DistributionPoint> {
        self.extension(CRL_DISTRIBUTION_POINTS)
            .and_then(|value| distribution_points(value, self.issuer_name()).ok())
            .unwrap_or_default()
    }
}
