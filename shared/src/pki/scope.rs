//! What a revocation list speaks about: issuingDistributionPoint (RFC 5280, 5.2.5) held against a certificate's
//! distribution points (4.2.1.13), as 6.3.3 (b) and (d) tell.

use super::name::{canonical, canonical_below};
use crate::seal::ber::{BerError, Element, Reader, Tag};

/// ReasonFlags as the octets stand, bit 0 first: keyCompromise (1) to aACompromise (8).
pub(super) const ALL_REASONS: u16 = 0x7F80;

/// What a list covers.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The names of its distribution point; `None` when it is for every one.
    points: Option<Vec<Vec<u8>>>,
    users_only: bool,
    authorities_only: bool,
    attributes_only: bool,
    reasons: u16,
}

/// One distribution point of a certificate.
#[derive(Clone, Debug)]
pub(super) struct DistributionPoint {
    names: Vec<Vec<u8>>,
    reasons: u16,
    /// Names another issuer, so it is about indirect lists.
    other_issuer: bool,
}

impl Scope {
    /// A list without the extension: everything its issuer has issued, every reason.
    pub(super) const EVERYTHING: Self =
        Self { points: None, users_only: false, authorities_only: false, attributes_only: false, reasons: ALL_REASONS };

    /// Reads the extension's value. `issuer` is the list's issuer in its canonical form.
    pub(super) fn read(value: &[u8], issuer: &[u8]) -> Result<Self, BerError> {
        let mut fields = Reader::new(value).expect(Tag::SEQUENCE)?.children();
        let mut scope = Self::EVERYTHING;
        while let Some(field) = fields.next()? {
            let flag = || field.content.first().is_some_and(|octet| *octet != 0);
            match field.tag {
                tag if tag == Tag::context(0) => scope.points = Some(names(&field, issuer)?),
                tag if tag == Tag::context_primitive(1) => scope.users_only = flag(),
                tag if tag == Tag::context_primitive(2) => scope.authorities_only = flag(),
                tag if tag == Tag::context_primitive(3) => scope.reasons = reasons(field.content),
                // indirectCRL: entries of other issuers, if there are any, say so themselves (5.3.3).
                tag if tag == Tag::context_primitive(4) => {}
                tag if tag == Tag::context_primitive(5) => scope.attributes_only = flag(),
                _ => return Err(field.error(crate::seal::ber::BerErrorKind::Unexpected)),
            }
        }
        Ok(scope)
    }

    /// Whether a listed serial number is that of a public-key certificate of the list's issuer.
    pub(super) fn is_about_own_certificates(&self) -> bool {
        !self.attributes_only
    }

    /// The reasons for which absence from the list clears a certificate with these distribution points.
    pub(super) fn covers(&self, is_authority: bool, published: &[DistributionPoint]) -> u16 {
        let other_kind = if is_authority { self.users_only } else { self.authorities_only };
        if other_kind || !self.is_about_own_certificates() {
            return 0;
        }
        let Some(points) = &self.points else { return self.reasons };
        let meant = published
            .iter()
            .filter(|point| !point.other_issuer && point.names.iter().any(|name| points.contains(name)))
            .fold(0, |sum, point| sum | point.reasons);
        self.reasons & meant
    }
}

/// Reads CRLDistributionPoints. `issuer` is the certificate's issuer in its canonical form.
pub(super) fn distribution_points(value: &[u8], issuer: &[u8]) -> Result<Vec<DistributionPoint>, BerError> {
    let mut out = Vec::new();
    let mut points = Reader::new(value).expect(Tag::SEQUENCE)?.children();
    while let Some(point) = points.next()? {
        let mut fields = point.expect(Tag::SEQUENCE)?.children();
        let name = fields.optional(Tag::context(0))?;
        let reasons = fields.optional(Tag::context_primitive(1))?.map_or(ALL_REASONS, |field| reasons(field.content));
        let other_issuer = fields.optional(Tag::context(2))?.is_some();
        let names = name.map(|field| names(&field, issuer)).transpose()?.unwrap_or_default();
        out.push(DistributionPoint { names, reasons, other_issuer });
    }
    Ok(out)
}

/// The names of a DistributionPointName: whole ones, or one relative to the issuer. Directory names are in their
/// canonical form, so that both ways of writing meet; the others keep their octets, tag included.
fn names(point: &Element<'_>, issuer: &[u8]) -> Result<Vec<Vec<u8>>, BerError> {
    let choice = point.children().require()?;
    if choice.tag == Tag::context(1) {
        return Ok(vec![canonical_below(issuer, choice.content)?]);
    }
    let mut out = Vec::new();
    let mut all = choice.expect(Tag::context(0))?.children();
    while let Some(name) = all.next()? {
        out.push(if name.tag == Tag::context(4) { canonical(name.content) } else { name.raw.to_vec() });
    }
    Ok(out)
}

/// The flags of a BIT STRING's content; its first octet counts unused bits.
fn reasons(content: &[u8]) -> u16 {
    let octet = |at: usize| content.get(at).copied().unwrap_or(0);
    u16::from_be_bytes([octet(1), octet(2)]) & ALL_REASONS
}
