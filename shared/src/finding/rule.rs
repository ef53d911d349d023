//! The rules a package is held against, each with a number, the code it refuses with and the clause that decides.
//!
//! A code says what to do about a refusal and is shared by several rules; a rule says exactly what was broken. Numbers
//! never change meaning: `C` the seal (CMS), `Z` the zip, `A` the container (ASiC), `S` the signature in CMS, `X` the
//! signature in XML, `P` the signer and its certificate path.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Code, Finding};

macro_rules! rules {
    ($($variant:ident = $number:literal, $code:ident, $spec:literal, $broken:literal;)*) => {
        /// A rule of the verification, from the outermost byte to the signer's certificate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $broken] #[serde(rename = $number)] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its number, for example `Z04`.
            pub const fn number(self) -> &'static str {
                match self { $(Self::$variant => $number,)* }
            }

            /// The code it refuses with.
            pub const fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)* }
            }

            /// The clause that decides.
            pub const fn spec(self) -> &'static str {
                match self { $(Self::$variant => $spec,)* }
            }

            /// What is wrong when it is broken.
            pub const fn breach(self) -> &'static str {
                match self { $(Self::$variant => $broken,)* }
            }
        }
    };
}

impl Rule {
    /// The finding that refuses because this rule is broken.
    pub fn broken(self) -> Finding {
        let finding = Finding::error(self.code(), self.breach()).by(self.spec());
        Finding { rule: Some(self), ..finding }
    }

    /// The finding that tells without refusing.
    pub fn noted(self) -> Finding {
        Finding { severity: super::Severity::Warning, ..self.broken() }
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Rule {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let words = Self::ALL.iter().map(|one| one.number());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Rule {}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

rules! {
    SealEncoding = "C01", CmsMalformed, "ITU-T X.690; RFC 5652, 6.1", "the sealed package is not what its structure demands";
    SealCut = "C02", CmsTruncated, "RFC 5652, 6.1", "the package ends before its outermost structure does";
    SealTrailing = "C03", CmsTrailingData, "RFC 5652, 3", "bytes follow the end of the package";
    SealKind = "C04", CmsUnsupported, "RFC 5652, 6.1; RFC 5083, 2.1", "the package is CMS, but not EnvelopedData or AuthEnvelopedData";
    SealCipher = "C05", CmsUnsupported, "RFC 3565; RFC 5084", "the content is encrypted in a way that is not on the list of suites";
    SealAuthenticity = "C06", CmsUnsupported, "RFC 5083, 2.1", "AuthEnvelopedData with a cipher that authenticates nothing";
    SealTransport = "C07", CmsUnsupported, "RFC 8017, 7; RFC 4055, 4", "the content key travels in a way that is not on the list of suites";
    SealRecipients = "C08", LimitExceeded, "Limits::recipients", "the package has too many recipients";
    SealHeadSize = "C09", LimitExceeded, "Limits::head_bytes", "what stands around the content is larger than is allowed";
    SealNesting = "C10", LimitExceeded, "Limits::nesting", "segments of the content are nested too deep";
    SealSize = "C11", LimitExceeded, "Limits::package_bytes", "the package is larger than is allowed";
    SealRecipient = "C12", CmsNoRecipient, "RFC 5652, 6.2.1", "the package is sealed to other certificates";
    SealOpening = "C13", CmsContentDecryptFailed, "RFC 5652, 6.3", "the package cannot be opened";

    ZipStart = "Z01", ZipMalformed, "APPNOTE 6.3, 4.3.6", "the container does not begin with an entry";
    ZipCut = "Z02", ZipMalformed, "APPNOTE 6.3, 4.3.6", "the container is cut off";
    ZipGap = "Z03", ZipInconsistent, "APPNOTE 6.3, 4.3.6", "bytes that belong to no entry";
    ZipHeaders = "Z04", ZipInconsistent, "APPNOTE 6.3, 4.3.7 and 4.3.12", "a local header and the directory disagree";
    ZipDescriptor = "Z05", ZipInconsistent, "APPNOTE 6.3, 4.3.9", "a data descriptor does not say what its entry holds";
    ZipEnd = "Z06", ZipInconsistent, "APPNOTE 6.3, 4.3.16", "the end record and the directory disagree";
    ZipDirectory = "Z07", ZipInconsistent, "APPNOTE 6.3, 4.3.12", "the directory does not list exactly the entries that are there";
    ZipSizes = "Z08", ZipInconsistent, "APPNOTE 6.3, 4.4.8 and 4.4.9", "an entry is longer or shorter than its header says";
    ZipData = "Z09", ZipMalformed, "RFC 1951", "an entry's compressed data is broken";
    ZipChecksum = "Z10", ZipMalformed, "APPNOTE 6.3, 4.4.7", "an entry's checksum does not hold";
    ZipMethod = "Z11", ZipUnsupported, "APPNOTE 6.3, 4.4.5", "a compression method other than stored and deflate";
    ZipEncrypted = "Z12", ZipUnsupported, "APPNOTE 6.3, 4.4.4", "an encrypted entry";
    ZipDisks = "Z13", ZipUnsupported, "APPNOTE 6.3, 4.4.19", "an archive over several disks";
    ZipStoredStream = "Z14", ZipUnsupported, "APPNOTE 6.3, 4.3.9", "a stored entry with a data descriptor, whose end nothing tells";
    ZipSecondName = "Z15", ZipInconsistent, "APPNOTE 6.3, 4.6.9", "an entry with another name in an extra field";
    ZipName = "Z16", EntryNameUnsafe, "OWASP ASVS 5.0, 5.3.2", "a name that is not safe";
    ZipNameRepeated = "Z17", EntryDuplicate, "ETSI EN 319 162-1, A.1", "two entries with the same name";
    ZipNameAlike = "Z18", EntryDuplicate, "UAX #15; UTS #39", "two names that many file systems take for the same";
    ZipEntries = "Z19", LimitExceeded, "Limits::entries", "too many entries";
    ZipRatio = "Z20", LimitExceeded, "Limits::ratio", "an entry inflates too much";
    ZipSize = "Z21", LimitExceeded, "Limits::package_bytes, Limits::document_bytes", "the container is larger than is allowed";
    Zip64 = "Z22", ZipInconsistent, "APPNOTE 6.3, 4.3.14 and 4.5.3", "the zip64 records say something else than the others";
    ZipExtra = "Z23", ZipMalformed, "APPNOTE 6.3, 4.5.1", "an extra field reaches over its end";
    ZipKind = "Z24", ZipUnsupported, "APPNOTE 6.3, 4.4.15", "an entry that is a link or a device, neither file nor folder";

    Mimetype = "A01", MimetypeInvalid, "ETSI EN 319 162-1, A.1", "the first entry is not a stored mimetype of an ASiC-E container";
    MetadataKnown = "A02", MetadataUnknown, "ETSI EN 319 162-1, 4.4.2", "an unknown file in META-INF";
    ManifestPresent = "A03", ManifestMissing, "ETSI EN 319 162-1, 4.4.3", "no ASiCManifest.xml and no signatures.xml";
    SignaturePresent = "A04", SignatureMissing, "ETSI EN 319 162-1, 4.4.3", "no signature";
    ManifestSignature = "A05", SignatureMissing, "ETSI EN 319 162-1, A.4", "the manifest's signature is absent";
    ManifestXml = "A06", ManifestMalformed, "W3C XML 1.0, 2.1", "not well-formed XML within the budgets, or with a document type declaration";
    ManifestStructure = "A07", ManifestMalformed, "ETSI EN 319 162-1, A.4", "the manifest lacks what it must have";
    ManifestEmpty = "A08", ManifestMalformed, "ETSI EN 319 162-1, A.4", "the manifest covers nothing";
    FilePresent = "A09", EntryMissing, "ETSI EN 319 162-1, A.4", "a signed file is not in the container";
    ReferenceOnce = "A10", ManifestDuplicateReference, "ETSI EN 319 162-1, A.4", "the manifest lists a file more than once";
    FileDigest = "A11", DigestMismatch, "ETSI EN 319 162-1, A.4", "a file differs from its digest in the manifest";
    FileCovered = "A12", EntryUnlisted, "ETSI EN 319 162-1, 4.4.3", "a file is covered by no signature, or by none of the sender's";
    DocumentPresent = "A13", EntryMissing, "ETSI EN 319 162-1, 4.4.2", "the container has no document";
    FileDigestAlgorithm = "A14", DigestAlgorithmUnsupported, "ETSI TS 119 312, 5", "a file's digest algorithm is not on the list";
    MetadataSize = "A15", LimitExceeded, "Limits::metadata_bytes", "a file in META-INF is too large";
    SignatureUsed = "A16", MetadataUnknown, "ETSI EN 319 162-1, A.4", "a signature that belongs to no manifest";
    SignatureCount = "A17", LimitExceeded, "Limits::signatures", "the container has too many signatures";

    SignatureEncoding = "S01", SignatureInvalid, "RFC 5652, 5.1", "the signature cannot be read";
    SignatureKind = "S02", SignatureInvalid, "RFC 5652, 5.1", "the signature is not CMS SignedData";
    SignatureDetached = "S03", SignatureInvalid, "RFC 5652, 5.2", "the signature is not detached over data";
    SignatureSigner = "S04", SignatureInvalid, "RFC 5652, 5.1", "the signature does not have exactly one signer";
    SignatureCertificate = "S05", SignatureInvalid, "RFC 5652, 10.2.3", "a certificate in the signature is unreadable";
    SignatureCertificates = "S06", LimitExceeded, "Limits::certificates", "the signature carries too many certificates";
    SignatureDigest = "S07", DigestAlgorithmUnsupported, "RFC 5754, 2", "the signature uses another digest than SHA-1 or SHA-2";
    SignatureAlgorithm = "S08", DigestAlgorithmUnsupported, "RFC 5754, 3", "the signature algorithm is not on the list, or does not fit the digest";
    SignerFound = "S09", SignatureInvalid, "RFC 5652, 5.3", "the signer's certificate is not in the signature";
    AttributeOnce = "S10", SignatureInvalid, "RFC 5652, 5.3", "a signed attribute does not occur exactly once with one value";
    AttributeContentType = "S11", SignatureInvalid, "RFC 5652, 11.1", "the signed content type is absent or another";
    AttributeDigest = "S12", SignatureInvalid, "RFC 5652, 11.2", "the signed digest is absent or not the manifest's";
    AttributeProtection = "S13", SignatureInvalid, "RFC 6211, 2", "the algorithms are not those that were signed";
    AttributeCertificate = "S14", SignatureInvalid, "RFC 5035, 3", "the signed attribute names another certificate";
    SignatureValue = "S15", SignatureInvalid, "RFC 5652, 5.6", "the signature value does not hold";
    SignatureStrength = "S16", DigestWeak, "ETSI TS 119 312, 5", "the signature uses SHA-1";

    XmlIds = "X01", SignatureInvalid, "W3C XML Signature 1.1, 4.4.3.2", "two elements have the same Id";
    XmlRoot = "X02", ManifestMalformed, "ETSI EN 319 162-1, A.6", "the root element is not XAdESSignatures";
    XmlSignature = "X03", SignatureMissing, "ETSI EN 319 162-1, A.6", "there is no Signature in the file";
    XmlStructure = "X04", SignatureInvalid, "W3C XML Signature 1.1, 4", "the signature lacks an element, or has it twice";
    XmlCanonicalization = "X05", SignatureInvalid, "W3C XML Signature 1.1, 6.5", "the canonicalisation is not on the list";
    XmlAlgorithm = "X06", SignatureInvalid, "RFC 9231, 2.3", "the signature algorithm is not on the list";
    XmlBase64 = "X07", SignatureInvalid, "W3C XML Signature 1.1, 4.1", "a value is not base64";
    XmlCertificate = "X08", SignatureInvalid, "W3C XML Signature 1.1, 4.5.4", "a certificate is absent or cannot be read";
    XmlCertificates = "X09", LimitExceeded, "Limits::certificates", "the signature carries too many certificates";
    XmlProperties = "X10", SignatureInvalid, "ETSI EN 319 132-1, 4.4", "there is not exactly one QualifyingProperties that belongs to the signature";
    XmlSigner = "X11", SignatureInvalid, "ETSI EN 319 132-1, 5.2.2", "SigningCertificate names none of the certificates in KeyInfo";
    XmlDigest = "X12", DigestAlgorithmUnsupported, "RFC 9231, 2.1", "a digest algorithm is not on the list";
    XmlPropertiesCovered = "X13", SignatureInvalid, "ETSI EN 319 132-1, 4.4.2", "the signed properties are not covered by exactly one reference";
    XmlTransforms = "X14", SignatureInvalid, "ETSI EN 319 162-1, A.6", "a reference has transforms that are not allowed";
    XmlPropertiesDigest = "X15", SignatureInvalid, "W3C XML Signature 1.1, 3.2.1", "the signed properties were changed after signing";
    XmlValue = "X16", SignatureInvalid, "W3C XML Signature 1.1, 3.2.2", "the signature value does not hold over SignedInfo";
    XmlReference = "X17", SignatureInvalid, "W3C XML Signature 1.1, 4.4.3", "a reference without URI";

    SignerNotYet = "P01", SignerNotYetValid, "RFC 5280, 4.1.2.5", "the certificate is not valid yet";
    SignerPast = "P02", SignerExpired, "RFC 5280, 4.1.2.5", "the certificate has expired";
    SignerUsage = "P03", SignerKeyUsage, "RFC 5280, 4.2.1.3", "the certificate's key usage does not allow what it is used for";
    SignerNumber = "P04", SignerOrgnrInvalid, "ETSI EN 319 412-1, 5.1.4", "the certificate names no organisation number that can exist";
    SignerPath = "P05", SignerUntrusted, "RFC 5280, 6.1", "no path from the certificate to a trusted root";
    SignerStatus = "P06", SignerRevoked, "RFC 5280, 6.3; RFC 6960, 2.2", "the certificate, or one of its issuers, is revoked";
    SignerStatusKnown = "P07", RevocationNotChecked, "RFC 5280, 6.3; RFC 6960, 3.2", "no current revocation list or answer for the whole path";
    SignerSender = "P08", SignerOrgMismatch, "Altinn Broker and SBD: sender", "no signature is the sender's: its certificate names another organisation";
    SignerPolicies = "P09", SignerPolicy, "RFC 5280, 4.2.1.4", "the certificate carries none of the policies for enterprise certificates";
    SignerExtension = "P10", SignerUntrusted, "RFC 5280, 4.2", "a certificate of the path has a critical extension that is not processed";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_are_distinct_and_in_order() {
        let numbers: Vec<_> = Rule::ALL.iter().map(|rule| rule.number()).collect();
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
        for pair in numbers.windows(2).filter(|pair| pair[0][..1] == pair[1][..1]) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        assert_eq!(serde_json::to_string(&Rule::ZipHeaders).unwrap(), r#""Z04""#);
    }
}
