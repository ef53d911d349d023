//! Making `META-INF/signatures.xml` as the DPI profile wants it (Digdir, Digital postkasse), in the layout of
//! `commons-asic`. The signing certificate is named by its SHA-1, as the reference does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{ASIC, C14N_10, DSIG, RSA_SHA256, SIGNED_PROPERTIES_TYPE, XADES};
use crate::container::c14n::{Method, canonicalize};
use crate::container::digest::DigestAlgorithm;
use crate::container::dom::{Document, Id};
use crate::finding::{Finding, Rule};
use crate::pki::Certificate;

/// A file to be covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedFile {
    /// Name in the container, of `[A-Za-z0-9._-]`, which is its URI too.
    pub name: String,
    /// Media type, written as it is.
    pub media_type: String,
    /// SHA-256 of the uncompressed content, octets.
    pub sha256: [u8; 32],
}

/// A signature that lacks its value: all of the document around it.
#[derive(Debug)]
pub struct Prepared {
    canonical: Vec<u8>,
    before: String,
    after: String,
}

/// Prepares the signature of some files (DPI profile: inclusive C14N 1.0, RSA with SHA-256). `chain` is leaf
/// first and all of it goes into `KeyInfo`; `signing_time` is written in UTC with milliseconds.
///
/// # Errors
/// [`Rule::WriteName`] for a name that the channel's readers cannot match with its URI: they compare the two
/// as written, so only `[A-Za-z0-9._-]` is safe. [`Rule::WriteSignature`] without a certificate.
/// [`Rule::ManifestXml`] for a media type or issuer's name with characters that XML cannot hold (XML 1.0, 2.2).
pub fn prepare(files: &[SignedFile], chain: &[Certificate], signing_time: Timestamp) -> Result<Prepared, Finding> {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if let Some(file) = files.iter().find(|file| file.name.is_empty() || !file.name.chars().all(safe)) {
        let message = "a name outside [A-Za-z0-9._-] cannot be referenced from an XML signature";
        return Err(Finding::error(Rule::WriteName, message).with("navn", file.name.as_str()));
    }
    let Some(leaf) = chain.first() else {
        return Err(Finding::error(Rule::WriteSignature, "no certificate to sign with"));
    };
    let object = object(files, leaf, signing_time);
    // The properties are digested in their place, so that the namespaces in scope are those of the document.
    let draft = assemble(&format!("<SignedInfo/>{object}"));
    let properties =
        digest_of(&draft, &[(DSIG, "Object"), (XADES, "QualifyingProperties"), (XADES, "SignedProperties")])?;
    let signed_info = signed_info(files, &properties);
    let complete = assemble(&format!("{signed_info}{object}"));
    let canonical = canonical_at(&complete, &[(DSIG, "SignedInfo")])?;
    let certificates: String =
        chain.iter().map(|c| format!("<X509Certificate>{}</X509Certificate>", wrapped(c.der()))).collect();
    let key_info = format!("<KeyInfo><X509Data>{certificates}</X509Data></KeyInfo>");
    let (before, after) =
        split(&assemble(&format!("{signed_info}<SignatureValue>|</SignatureValue>{key_info}{object}")));
    Ok(Prepared { canonical, before, after })
}

impl Prepared {
    /// What the key must sign with RSASSA-PKCS1-v1_5 and SHA-256: `SignedInfo` in canonical XML.
    pub fn bytes(&self) -> &[u8] {
        &self.canonical
    }

    /// The document, UTF-8, with this signature value: octets, as many as the modulus has. It is not checked
    /// here.
    pub fn finish(self, signature: &[u8]) -> Vec<u8> {
        format!("{}{}{}", self.before, wrapped(signature), self.after).into_bytes()
    }
}

fn split(document: &str) -> (String, String) {
    let (before, after) = document.split_once('|').unwrap_or((document, ""));
    (before.to_owned(), after.to_owned())
}

fn assemble(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><XAdESSignatures xmlns=\"{ASIC}\">\
         <Signature xmlns=\"{DSIG}\" Id=\"Signature\">{inside}</Signature></XAdESSignatures>"
    )
}

fn signed_info(files: &[SignedFile], properties: &[u8]) -> String {
    let sha256 = DigestAlgorithm::Sha256.uri();
    let mut references = String::new();
    for (number, file) in files.iter().enumerate() {
        references += &format!(
            "<Reference Id=\"ID_{number}\" URI=\"{}\"><DigestMethod Algorithm=\"{sha256}\"/>\
             <DigestValue>{}</DigestValue></Reference>",
            file.name,
            STANDARD.encode(file.sha256)
        );
    }
    format!(
        "<SignedInfo><CanonicalizationMethod Algorithm=\"{C14N_10}\"/><SignatureMethod Algorithm=\"{RSA_SHA256}\"/>\
         {references}<Reference Type=\"{SIGNED_PROPERTIES_TYPE}\" URI=\"#SignedProperties\"><Transforms>\
         <Transform Algorithm=\"{C14N_10}\"/></Transforms><DigestMethod Algorithm=\"{sha256}\"/>\
         <DigestValue>{}</DigestValue></Reference></SignedInfo>",
        STANDARD.encode(properties)
    )
}

fn object(files: &[SignedFile], leaf: &Certificate, signing_time: Timestamp) -> String {
    let mut formats = String::new();
    for (number, file) in files.iter().enumerate() {
        formats += &format!(
            "<DataObjectFormat ObjectReference=\"#ID_{number}\"><MimeType>{}</MimeType></DataObjectFormat>",
            escaped(&file.media_type)
        );
    }
    let time = signing_time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
    format!(
        "<Object><QualifyingProperties xmlns=\"{XADES}\" xmlns:ns2=\"{DSIG}\" Target=\"#Signature\">\
         <SignedProperties Id=\"SignedProperties\"><SignedSignatureProperties><SigningTime>{time}</SigningTime>\
         <SigningCertificate><Cert><CertDigest><ns2:DigestMethod Algorithm=\"{}\"/>\
         <ns2:DigestValue>{}</ns2:DigestValue></CertDigest><IssuerSerial><ns2:X509IssuerName>{}</ns2:X509IssuerName>\
         <ns2:X509SerialNumber>{}</ns2:X509SerialNumber></IssuerSerial></Cert></SigningCertificate>\
         </SignedSignatureProperties><SignedDataObjectProperties>{formats}</SignedDataObjectProperties>\
         </SignedProperties></QualifyingProperties></Object>",
        DigestAlgorithm::Sha1.uri(),
        STANDARD.encode(Sha1::digest(leaf.der())),
        escaped(&leaf.issuer_text()),
        decimal(leaf.serial()),
    )
}

fn canonical_at(document: &str, path: &[(&str, &str)]) -> Result<Vec<u8>, Finding> {
    let document = Document::parse(document.as_bytes(), "META-INF/signatures.xml")?;
    let mut at: Option<Id> = document.only(document.root(), DSIG, "Signature");
    for (namespace, name) in path {
        at = at.and_then(|id| document.only(id, namespace, name));
    }
    let missing = || Finding::error(Rule::WriteOrder, "the signature's own structure is not as written");
    at.map(|id| canonicalize(&document, id, &Method::Inclusive10)).ok_or_else(missing)
}

fn digest_of(document: &str, path: &[(&str, &str)]) -> Result<Vec<u8>, Finding> {
    Ok(Sha256::digest(canonical_at(document, path)?).to_vec())
}

/// base64 in lines of 76 characters (RFC 2045, 6.8), ended by LF.
fn wrapped(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap_or("")).collect();
    lines.join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;")
}

/// A serial number as `xs:integer`: unsigned big-endian octets to decimal digits.
fn decimal(octets: &[u8]) -> String {
    let mut digits = vec![0_u8];
    for &octet in octets {
        let mut carry = u32::from(octet);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}
