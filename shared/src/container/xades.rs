//! XAdES signatures of a container (DPI): `META-INF/signatures.xml` (ETSI EN 319 162-1, 4.4.3.2 and A.5;
//! ETSI EN 319 132-1).
//!
//! The reference compares file digests only and never verifies the signature value; here a signature counts when its
//! value, its signed properties and its signing certificate all hold.

mod verify;
mod write;

use jiff::Timestamp;

use super::digest::DigestAlgorithm;
use crate::finding::Finding;
use crate::pki::{Certificate, SignatureAlgorithm};

pub use verify::verify;
pub use write::{Prepared, SignedFile, prepare};

pub(super) const ASIC: &str = super::asic_manifest::NAMESPACE;
pub(super) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
pub(super) const C14N_10: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(super) const SIGNED_PROPERTIES_TYPE: &str = "http://uri.etsi.org/01903#SignedProperties";

/// A signature that holds. Whose it is, and whether that certificate is to be trusted, is for the caller to judge.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The files it covers, in the order of `SignedInfo`; there may be none. Their digests are not compared yet.
    pub references: Vec<Reference>,
    /// The certificates of `KeyInfo`, at most [`Limits::certificates`](crate::limits::Limits::certificates):
    /// the signer's first, the others as they stand. None of them is checked.
    pub chain: Vec<Certificate>,
    /// How it was made: `SignatureMethod`, RSASSA-PKCS1-v1_5 with SHA-1 or SHA-2 (W3C XML Signature 1.1, 6.4).
    pub algorithm: SignatureAlgorithm,
    /// When the signer says it was made, `SigningTime`; `None` where it is absent or has no offset.
    pub signing_time: Option<Timestamp>,
    /// Warnings: a signature with SHA-1.
    pub findings: Vec<Finding>,
}

/// A file that a signature covers: a `Reference` of XML Signature (4.4.3), or a `DataObjectReference` of
/// `ASiCManifest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its `URI` as written; see [`candidates`].
    pub uri: String,
    /// The media type as written, if given: `DataObjectFormat/MimeType`, or `DataObjectReference/@MimeType`.
    pub media_type: Option<String>,
    /// The digest's algorithm, never SHA-1.
    pub digest: DigestAlgorithm,
    /// The digest, decoded from base64. Its length is not checked; one of another length never holds.
    pub value: Vec<u8>,
    /// Where the reference stands: the first byte of its start tag, counted from the beginning of the XML
    /// document.
    pub offset: u64,
}

/// The names a reference may mean, in the order to try: as written, percent-decoded (RFC 3986, 2.1), and
/// form-decoded with `+` as space, which is what the reference writes (`java.net.URLEncoder`). What is not
/// decodable stays as it is.
pub fn candidates(uri: &str) -> [String; 3] {
    let percent = percent_decoded(uri);
    let form = percent_decoded(&uri.replace('+', " "));
    [uri.to_owned(), percent, form]
}

/// RFC 3986, 2.1. What is not decodable stays as it is.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(&byte) = bytes.get(position) {
        let escaped = bytes.get(position + 1..position + 3).filter(|_| byte == b'%').and_then(|digits| {
            // `from_str_radix` takes a sign.
            let digits = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_hexdigit))?;
            u8::from_str_radix(digits, 16).ok()
        });
        decoded.push(escaped.unwrap_or(byte));
        position += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests;
