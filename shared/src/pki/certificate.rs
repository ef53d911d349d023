//! X.509 certificates (RFC 5280, section 4) as Buypass and Commfides issue them to organisations (SEID 1 and
//! SEID 2.0).

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use const_oid::ObjectIdentifier;
use der::asn1::{PrintableStringRef, TeletexStringRef, Utf8StringRef};
use der::{Decode, Encode};
use jiff::Timestamp;
use p256::pkcs8::DecodePublicKey;
use rsa::RsaPublicKey;
use sha2::{Digest, Sha256};
use x509_cert::attr::AttributeValue;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, SubjectKeyIdentifier};

use super::name::canonical;
use super::signature::{self, SignatureAlgorithm};
use crate::finding::{Finding, Rule};
use crate::seal::ber::{BerError, Reader, Tag};

const ORGANISATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A parsed certificate with the bytes it came from. Cheap to clone; two are equal when their bytes are. That
/// it was read says nothing of whom to trust: see [`validate`](super::validate).
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
    places: Places,
    /// Both names in the form in which names are compared.
    issuer_name: Vec<u8>,
    subject_name: Vec<u8>,
}

/// Where parts lie in the encoding. Names are compared and signatures verified over the original bytes, never over
/// a second encoding of what was parsed.
struct Places {
    tbs: Range<usize>,
    serial: Range<usize>,
    issuer: Range<usize>,
    subject: Range<usize>,
}

/// What a certificate's key may do (RFC 5280, 4.2.1.3). Without the extension it may do everything; with a
/// broken one, or two, nothing. Of a signer more is asked: see [`Purpose::Sign`](super::Purpose::Sign).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Sign messages: digitalSignature or nonRepudiation is set.
    pub sign: bool,
    /// Receive content keys: keyEncipherment or dataEncipherment is set, for the reference seals to either.
    pub encrypt: bool,
    /// Sign certificates: keyCertSign is set.
    pub sign_certificates: bool,
    /// Sign revocation lists: cRLSign is set.
    pub sign_revocation_lists: bool,
}

/// The public keys that can verify here (RFC 5280, 4.1.2.7; RFC 7518, 6).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PublicKey {
    /// RSA with a modulus of 1024 to 8192 bits: signs and receives.
    Rsa(RsaPublicKey),
    /// ECDSA on P-256: signs only.
    P256(p256::ecdsa::VerifyingKey),
}

impl Certificate {
    /// Reads one DER certificate and nothing after it.
    ///
    /// # Errors
    /// [`Rule::CertificateForm`] when it is not a certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, Finding> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|error| {
            Finding::error(Rule::CertificateForm, format!("not an X.509 certificate: {}", error.kind()))
                .by("RFC 5280, 4.1")
        })?;
        let places = places(der).map_err(|error| {
            Finding::error(Rule::CertificateForm, format!("not an X.509 certificate: {error}")).by("RFC 5280, 4.1")
        })?;
        let (issuer_name, subject_name) =
            (canonical(&der[places.issuer.clone()]), canonical(&der[places.subject.clone()]));
        Ok(Self(Arc::new(Inner { der: der.to_vec(), parsed, places, issuer_name, subject_name })))
    }

    /// Reads the first certificate of a PEM text (RFC 7468, section 5). Those after it must be sound, too.
    ///
    /// # Errors
    /// As [`Self::chain_from_pem`]; [`Rule::CertificateText`] when there is none.
    pub fn from_pem(pem: &str) -> Result<Self, Finding> {
        Ok(Self::bundle_from_pem(pem)?.swap_remove(0))
    }

    /// Reads every certificate of a PEM text (RFC 7468, section 5) that an operator names for the certificates in it: at least
    /// one.
    ///
    /// # Errors
    /// As [`Self::chain_from_pem`]; [`Rule::CertificateText`] when there is none.
    pub fn bundle_from_pem(pem: &str) -> Result<Vec<Self>, Finding> {
        let none = || Finding::error(Rule::CertificateText, "the PEM text holds no certificate");
        Some(Self::chain_from_pem(pem)?).filter(|bundle| !bundle.is_empty()).ok_or_else(none)
    }

    /// Reads every certificate of a PEM text (RFC 7468, section 5), in its order; there may be none. Other
    /// blocks and text between them are passed over.
    ///
    /// # Errors
    /// [`Rule::CertificateText`] when a block has no end or is not base64, [`Rule::CertificateForm`] when it
    /// holds no certificate.
    pub fn chain_from_pem(pem: &str) -> Result<Vec<Self>, Finding> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        const END: &str = "-----END CERTIFICATE-----";
        let mut chain = Vec::new();
        let mut rest = pem;
        while let Some(start) = rest.find(BEGIN) {
            let block = &rest[start..];
            let end = block.find(END).ok_or_else(|| Finding::error(Rule::CertificateText, "a PEM block has no end"))?;
            let (_, der) = der::pem::decode_vec(&block.as_bytes()[..end + END.len()])
                .map_err(|_| Finding::error(Rule::CertificateText, "a PEM block is not base64"))?;
            chain.push(Self::from_der(&der)?);
            rest = &block[end + END.len()..];
        }
        Ok(chain)
    }

    /// The bytes it was read from, DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The parsed form, for what has no function here.
    pub fn parsed(&self) -> &x509_cert::Certificate {
        &self.0.parsed
    }

    /// The content octets of the serial number's INTEGER (RFC 5280, 4.1.2.2), big-endian; a leading zero is kept.
    pub fn serial(&self) -> &[u8] {
        &self.0.der[self.0.places.serial.clone()]
    }

    /// The serial number as upper-case hexadecimal, two digits for each octet, without a leading zero octet.
    pub fn serial_hex(&self) -> String {
        let serial = self.serial();
        hex(serial.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(serial), true)
    }

    /// The issuer's name, DER, as the certificate has it.
    pub fn issuer_der(&self) -> &[u8] {
        &self.0.der[self.0.places.issuer.clone()]
    }

    /// The subject's name, DER, as the certificate has it.
    pub fn subject_der(&self) -> &[u8] {
        &self.0.der[self.0.places.subject.clone()]
    }

    /// Whether this name is its issuer's: compared as RFC 5280, 7.1 demands, so that letters and string types do not tell
    /// them apart. Lengths may be BER's.
    pub fn has_issuer(&self, issuer: &[u8]) -> bool {
        issuer == self.issuer_der() || canonical(issuer) == self.issuer_name()
    }

    /// The issuer's name in the form in which names are compared (RFC 5280, 7.1).
    pub(crate) fn issuer_name(&self) -> &[u8] {
        &self.0.issuer_name
    }

    /// The subject's name in the form in which names are compared.
    pub(super) fn subject_name(&self) -> &[u8] {
        &self.0.subject_name
    }

    /// The subject as text (RFC 4514).
    pub fn subject_text(&self) -> String {
        self.0.parsed.tbs_certificate().subject().to_string()
    }

    /// The issuer as text (RFC 4514).
    pub fn issuer_text(&self) -> String {
        self.0.parsed.tbs_certificate().issuer().to_string()
    }

    /// The nine digits that name the organisation, not yet checked for their check digit: SEID 2.0's
    /// organizationIdentifier `NTRNO-…` (ETSI EN 319 412-1, 5.1.4), else SEID 1's serialNumber, else the
    /// digits that end O (Buypass' own style). `None` when there are not nine; an organizationIdentifier of
    /// another form is not looked past.
    pub fn organisation(&self) -> Option<String> {
        let nine = |text: &str| (text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned());
        if let Some(identifier) = self.subject_value(ORGANISATION_IDENTIFIER) {
            return identifier.strip_prefix("NTRNO-").and_then(nine);
        }
        if let Some(found) = self.subject_value(SERIAL_NUMBER).as_deref().and_then(nine) {
            return Some(found);
        }
        let organisation = self.subject_value(ORGANISATION)?;
        let digits = organisation.bytes().rev().take_while(u8::is_ascii_digit).count();
        nine(&organisation[organisation.len() - digits..])
    }

    /// The subject's first O (2.5.4.10); `None` without one, or when it is no UTF8String, PrintableString or
    /// TeletexString.
    pub fn organisation_name(&self) -> Option<String> {
        self.subject_value(ORGANISATION)
    }

    /// The subject's first CN (2.5.4.3); `None` as for [`Self::organisation_name`].
    pub fn common_name(&self) -> Option<String> {
        self.subject_value(COMMON_NAME)
    }

    fn subject_value(&self, oid: ObjectIdentifier) -> Option<String> {
        self.0
            .parsed
            .tbs_certificate()
            .subject()
            .iter()
            .find(|attribute| attribute.oid == oid)
            .and_then(|a| text(&a.value))
    }

    /// The first instant at which it holds (RFC 5280, 4.1.2.5).
    pub fn not_before(&self) -> Timestamp {
        timestamp(self.0.parsed.tbs_certificate().validity().not_before)
    }

    /// The last instant at which it holds, itself included.
    pub fn not_after(&self) -> Timestamp {
        timestamp(self.0.parsed.tbs_certificate().validity().not_after)
    }

    /// What the key may do, by its extension keyUsage.
    pub fn key_usage(&self) -> KeyUse {
        match self.0.parsed.tbs_certificate().get_extension::<KeyUsage>() {
            Ok(Some((_, usage))) => KeyUse {
                sign: usage.digital_signature() || usage.non_repudiation(),
                encrypt: usage.key_encipherment() || usage.data_encipherment(),
                sign_certificates: usage.key_cert_sign(),
                sign_revocation_lists: usage.crl_sign(),
            },
            Ok(None) => KeyUse { sign: true, encrypt: true, sign_certificates: true, sign_revocation_lists: true },
            // Twice or broken: it may do nothing.
            Err(_) => KeyUse { sign: false, encrypt: false, sign_certificates: false, sign_revocation_lists: false },
        }
    }

    /// Whether it has the extension keyUsage, sound or not.
    pub(super) fn has_key_usage(&self) -> bool {
        !matches!(self.0.parsed.tbs_certificate().get_extension::<KeyUsage>(), Ok(None))
    }

    /// Whether it may issue certificates, and how many authorities may follow below it (RFC 5280, 4.2.1.9):
    /// `None` when it may not, `Some(None)` when any number may.
    pub fn authority(&self) -> Option<Option<u8>> {
        match self.0.parsed.tbs_certificate().get_extension::<BasicConstraints>() {
            Ok(Some((_, constraints))) if constraints.ca => Some(constraints.path_len_constraint),
            _ => None,
        }
    }

    /// The octets of the subject key identifier (RFC 5280, 4.2.1.2), if it has one.
    pub fn key_identifier(&self) -> Option<Vec<u8>> {
        match self.0.parsed.tbs_certificate().get_extension::<SubjectKeyIdentifier>() {
            Ok(Some((_, identifier))) => Some(identifier.0.as_bytes().to_vec()),
            _ => None,
        }
    }

    /// The subject public key info (RFC 5280, 4.1.2.7), DER.
    pub fn public_key_der(&self) -> Vec<u8> {
        // Cannot fail: it was decoded from DER. An empty answer matches nothing.
        self.0.parsed.tbs_certificate().subject_public_key_info().to_der().unwrap_or_default()
    }

    /// The octets of the public key's BIT STRING, over which key hashes are made (RFC 6960, 4.1.1).
    pub(super) fn key_octets(&self) -> Option<Vec<u8>> {
        self.0.parsed.tbs_certificate().subject_public_key_info().subject_public_key.as_bytes().map(<[u8]>::to_vec)
    }

    /// The public key, if it is of a kind and size that is used here.
    pub fn public_key(&self) -> Option<PublicKey> {
        let der = self.public_key_der();
        if let Ok(key) = RsaPublicKey::from_public_key_der(&der) {
            return Some(PublicKey::Rsa(key));
        }
        p256::ecdsa::VerifyingKey::from_public_key_der(&der).ok().map(PublicKey::P256)
    }

    /// The public key, if it is RSA.
    pub fn rsa_public_key(&self) -> Option<RsaPublicKey> {
        match self.public_key() {
            Some(PublicKey::Rsa(key)) => Some(key),
            _ => None,
        }
    }

    /// SHA-256 over the DER, 64 lower-case hexadecimal digits.
    pub fn fingerprint_sha256(&self) -> String {
        hex(&Sha256::digest(self.der()), false)
    }

    /// Whether it names itself as its issuer, by names as RFC 5280, 7.1 compares them. Its signature is not
    /// looked at.
    pub fn is_self_issued(&self) -> bool {
        self.issuer_name() == self.subject_name()
    }

    /// Whether `issuer` is named as the issuer and its key made the signature (RFC 5280, 6.1.3 (a)(1) and (a)(4)).
    pub fn is_issued_by(&self, issuer: &Self) -> bool {
        if self.issuer_name() != issuer.subject_name() {
            return false;
        }
        let algorithm = self.0.parsed.signature_algorithm();
        // RFC 5280, 4.1.1.2: the algorithm outside must be the signed one inside.
        if algorithm != self.0.parsed.tbs_certificate().signature() {
            return false;
        }
        let parameters = algorithm.parameters.as_ref().and_then(|parameters| parameters.to_der().ok());
        let Some(algorithm) = SignatureAlgorithm::from_identifier(algorithm.oid, parameters.as_deref()) else {
            return false;
        };
        let Some(value) = self.0.parsed.signature().as_bytes() else { return false };
        signature::verify(issuer, algorithm, &self.0.der[self.0.places.tbs.clone()], value)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject_text())
            .field("serial", &self.serial_hex())
            .finish()
    }
}

fn places(der: &[u8]) -> Result<Places, BerError> {
    let tbs = Reader::new(der).require()?.children().require()?;
    let range = |element: &crate::seal::ber::Element<'_>| {
        let start = element.offset as usize;
        start..start + element.raw.len()
    };
    let mut fields = tbs.children();
    fields.optional(Tag::context(0))?;
    let serial = fields.expect(Tag::INTEGER)?;
    fields.expect(Tag::SEQUENCE)?;
    let issuer = fields.expect(Tag::SEQUENCE)?;
    fields.expect(Tag::SEQUENCE)?;
    let subject = fields.expect(Tag::SEQUENCE)?;
    let serial = range(&serial).end - serial.content.len()..range(&serial).end;
    Ok(Places { tbs: range(&tbs), serial, issuer: range(&issuer), subject: range(&subject) })
}

/// The text of a DirectoryString of the kinds that occur.
fn text(value: &AttributeValue) -> Option<String> {
    if let Ok(text) = value.decode_as::<Utf8StringRef<'_>>() {
        return Some(text.as_str().to_owned());
    }
    if let Ok(text) = value.decode_as::<PrintableStringRef<'_>>() {
        return Some(text.as_str().to_owned());
    }
    value.decode_as::<TeletexStringRef<'_>>().ok().map(|text| text.as_str().to_owned())
}

pub(super) fn timestamp(time: x509_cert::time::Time) -> Timestamp {
    // X.509 times end in the year 9999, which a timestamp holds.
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

fn hex(bytes: &[u8], upper: bool) -> String {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    bytes.iter().flat_map(|b| [digits[usize::from(b >> 4)] as char, digits[usize::from(b & 15)] as char]).collect()
}
