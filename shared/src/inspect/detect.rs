//! Recognises an artefact by its content; names and media types lie.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};

use crate::seal::ber::{Reader, Tag};

const ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
const AUTH_ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.23");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// How far into a text its kind must have shown itself, in bytes.
const HEAD: usize = 4096;

/// What an artefact is, told by its first bytes or members. In JSON in camel case, such as `sbdJson`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Kind {
    /// Standard Business Document, JSON (eFormidling, `standardBusinessDocument`).
    SbdJson,
    /// Standard Business Document, XML (UN/CEFACT SBDH 1.3).
    SbdXml,
    /// ASiC container (ETSI EN 319 162-1): a zip that begins with a stored `mimetype` of ASiC, ASiC-S among them.
    AsicE,
    /// Other zip (APPNOTE 6.3). It is judged as a container all the same.
    Zip,
    /// CMS EnvelopedData (RFC 5652, 6.1) or AuthEnvelopedData (RFC 5083, 2.1): a sealed package.
    EnvelopedData,
    /// CMS SignedData (RFC 5652, 5.1).
    SignedData,
    /// Compact JWS or JWT (RFC 7515, 7.1).
    Jws,
    /// Compact JWE (RFC 7516, 7.1).
    Jwe,
    /// X.509 certificate, DER (RFC 5280, 4.1).
    Certificate,
    /// X.509 certificates, PEM (RFC 7468, 5). What holds one structure of another kind is shown as that.
    CertificatePem,
    /// Certificate revocation list, DER (RFC 5280, 5.1).
    RevocationList,
    /// PKCS#12 key store (RFC 7292, 4).
    Pkcs12,
    /// Private key, DER: PKCS#8 (RFC 5958, 2), PKCS#1 (RFC 8017, A.1.2) or SEC 1 (RFC 5915, 3).
    PrivateKey,
    /// Private key, PEM, encrypted or not (RFC 7468, 10 and 11). Its content is not shown.
    PrivateKeyPem,
    /// Noark 5 `arkivmelding.xml`.
    Arkivmelding,
    /// `META-INF/ASiCManifest.xml` (ETSI EN 319 162-1, A.4).
    AsicManifest,
    /// `META-INF/signatures.xml` (ETSI EN 319 162-1, A.5).
    XadesSignatures,
    /// XML with the root `manifest`: the sender's `manifest.xml`, or the OpenDocument one in `META-INF`.
    Manifest,
    /// Other XML, by its first `<`.
    Xml,
    /// Other JSON (RFC 8259), by its first brace or bracket.
    Json,
    /// PDF document (ISO 32000-1, 7.5.2), which is not looked into.
    Pdf,
    /// Other ASN.1, BER or DER (ITU-T X.690), that begins with a SEQUENCE.
    Asn1,
    /// Not recognised.
    Unknown,
}

pub(super) fn detect(bytes: &[u8]) -> Kind {
    if bytes.starts_with(b"%PDF-") {
        return Kind::Pdf;
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        let named = b"mimetypeapplication/vnd.etsi.asic";
        return if bytes.get(30..30 + named.len()) == Some(named) { Kind::AsicE } else { Kind::Zip };
    }
    if bytes.first() == Some(&0x30) {
        return asn1(bytes);
    }
    text(bytes)
}

/// The DER of a PEM (RFC 7468) that holds one structure of another kind than certificates and keys, such as a
/// revocation list.
pub(super) fn from_pem(bytes: &[u8]) -> Option<Vec<u8>> {
    let (label, der) = der::pem::decode_vec(bytes.trim_ascii()).ok()?;
    (label != "CERTIFICATE" && !label.contains("PRIVATE KEY")).then_some(der)
}

fn text(bytes: &[u8]) -> Kind {
    let head = &bytes[..bytes.len().min(HEAD)];
    let head = match head {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(head),
    };
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with("-----BEGIN") {
        return if head.contains("PRIVATE KEY") { Kind::PrivateKeyPem } else { Kind::CertificatePem };
    }
    if head.starts_with('<') {
        return xml(head);
    }
    if head.starts_with('{') || head.starts_with('[') {
        let sbd = contains(bytes, b"\"standardBusinessDocumentHeader\"");
        return if sbd { Kind::SbdJson } else { Kind::Json };
    }
    compact(bytes)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn xml(head: &str) -> Kind {
    let root = head.split('<').find(|part| part.starts_with(|c: char| c.is_alphabetic())).unwrap_or_default();
    let name = root.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    match name.rsplit(':').next().unwrap_or_default() {
        "StandardBusinessDocument" => Kind::SbdXml,
        "arkivmelding" => Kind::Arkivmelding,
        "ASiCManifest" => Kind::AsicManifest,
        "XAdESSignatures" => Kind::XadesSignatures,
        "manifest" => Kind::Manifest,
        _ => Kind::Xml,
    }
}

fn compact(bytes: &[u8]) -> Kind {
    let text = bytes.trim_ascii();
    let alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !text.starts_with(b"ey") || !text.iter().all(alphabet) {
        return Kind::Unknown;
    }
    match text.iter().filter(|&&b| b == b'.').count() {
        2 => Kind::Jws,
        4 => Kind::Jwe,
        _ => Kind::Unknown,
    }
}

/// Tells ASN.1 structures apart by their first members; a cut-off one is still recognised.
fn asn1(bytes: &[u8]) -> Kind {
    let inside = match bytes.get(1) {
        Some(0x80) => 2,
        Some(&n @ 0x81..=0x88) => 2 + usize::from(n & 0x7F),
        Some(0x00..=0x7F) => 2,
        _ => return Kind::Unknown,
    };
    let Some(content) = bytes.get(inside..) else { return Kind::Unknown };
    if let Ok(Some(first)) = Reader::new(content).next() {
        return by_first(&first, content);
    }
    Kind::Asn1
}

fn by_first(first: &crate::seal::ber::Element<'_>, content: &[u8]) -> Kind {
    match first.tag {
        Tag::OID => match first.oid() {
            Ok(ENVELOPED_DATA | AUTH_ENVELOPED_DATA) => Kind::EnvelopedData,
            Ok(SIGNED_DATA) => Kind::SignedData,
            _ => Kind::Asn1,
        },
        Tag::INTEGER if first.content == [3] => Kind::Pkcs12,
        Tag::INTEGER if is_private_key(first, content) => Kind::PrivateKey,
        Tag::SEQUENCE => signed_structure(first),
        _ => Kind::Asn1,
    }
}

/// A private key begins with its version: an algorithm follows (RFC 5958, section 2), a bit string of a curve's key (RFC 5915,
/// section 3), or the eight numbers of an RSA key (RFC 8017, A.1.2).
fn is_private_key(version: &crate::seal::ber::Element<'_>, content: &[u8]) -> bool {
    let mut members = Reader::new(content);
    let tags: Vec<Tag> = std::iter::from_fn(|| members.next().ok().flatten()).take(9).map(|one| one.tag).collect();
    let rest = tags.get(1..).unwrap_or_default();
    let [number] = version.content else { return false };
    match rest {
        [Tag::SEQUENCE, ..] => true,
        [Tag::OCTET_STRING, ..] => *number == 1,
        _ => *number <= 1 && rest.len() == 8 && rest.iter().all(|tag| *tag == Tag::INTEGER),
    }
}

/// A certificate has an explicit version or a serial number and then an algorithm, a list a version and an algorithm.
fn signed_structure(body: &crate::seal::ber::Element<'_>) -> Kind {
    let mut members = body.children();
    let tags: Vec<Tag> =
        std::iter::from_fn(|| members.next().ok().flatten()).take(5).map(|member| member.tag).collect();
    match tags.as_slice() {
        [Tag(0xA0), Tag::INTEGER, Tag::SEQUENCE, ..] => Kind::Certificate,
        [Tag::INTEGER, Tag::SEQUENCE, Tag::SEQUENCE, Tag::UTC_TIME | Tag::GENERALIZED_TIME, ..] => Kind::RevocationList,
        [Tag::SEQUENCE, Tag::SEQUENCE, Tag::UTC_TIME | Tag::GENERALIZED_TIME, ..] => Kind::RevocationList,
        [Tag::INTEGER, Tag::SEQUENCE, Tag::SEQUENCE, Tag::SEQUENCE, ..] => Kind::Certificate,
        _ => Kind::Asn1,
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
