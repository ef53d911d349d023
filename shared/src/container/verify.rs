//! Verifying a container. This is the only way from opened bytes to a document.

mod files;

use jiff::Timestamp;

use super::cades;
use super::zip::{self, Archive, Entry};
use super::{ASIC_E, asic_manifest, is_metadata, xades};
use crate::finding::{Code, Finding, Place};
use crate::limits::Limits;
use crate::pki::{self, Certificate, SignatureAlgorithm};
use files::Coverage;

/// What a receiver demands.
#[derive(Clone, Debug)]
pub struct VerifyPolicy {
    /// Clock, anchors and revocation lists.
    pub path: pki::Policy,
    /// The organisation number that must stand in the signer's certificate, if known.
    pub sender: Option<String>,
    /// Budgets.
    pub limits: Limits,
}

/// A decrypted container. CBC has no integrity (EFAIL), so there is no way from here to a document but [`verify`].
///
/// [`verify`]: Self::verify
pub struct Opened(Vec<u8>);

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({} bytes)", self.0.len())
    }
}

/// Who signed a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The organisation number in the certificate.
    pub organisation: Option<String>,
    /// The common name in the certificate.
    pub name: String,
    /// The certificate's serial number, hexadecimal.
    pub serial: String,
    /// The certificate's issuer.
    pub issuer: String,
    /// How it was signed.
    pub algorithm: SignatureAlgorithm,
    /// When the signer says it signed.
    pub signing_time: Option<Timestamp>,
}

/// A document whose signature holds.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedDocument {
    /// The entry name.
    pub name: String,
    /// The media type that the signer gave, if any.
    pub media_type: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256_hex: String,
    content: Vec<u8>,
}

impl VerifiedDocument {
    /// The bytes.
    pub fn content(&self) -> &[u8] {
        &self.content
    }
}

impl std::fmt::Debug for VerifiedDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedDocument").field("size", &self.size).finish_non_exhaustive()
    }
}

/// A container whose signatures hold.
#[derive(Debug)]
pub struct Verified {
    signer: Signer,
    documents: Vec<VerifiedDocument>,
    findings: Vec<Finding>,
}

impl Verified {
    /// Who signed.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The documents in container order, the business `manifest.xml` among them.
    pub fn documents(&self) -> &[VerifiedDocument] {
        &self.documents
    }

    /// The documents, taken out.
    pub fn into_documents(self) -> Vec<VerifiedDocument> {
        self.documents
    }

    /// What is worth knowing: weak digests, revocation not checked, names alike.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Why a container is not accepted.
#[derive(Debug)]
pub struct Refusal {
    /// What is wrong, the deciding finding first.
    pub findings: Vec<Finding>,
    /// Who signed, if a signature held.
    pub signer: Option<Signer>,
}

/// A signature that holds, of either profile.
struct Held {
    signer: Signer,
    certificate: Certificate,
    certificates: Vec<Certificate>,
}

impl Held {
    fn new(
        certificate: Certificate,
        certificates: Vec<Certificate>,
        algorithm: SignatureAlgorithm,
        signing_time: Option<Timestamp>,
    ) -> Self {
        let signer = Signer {
            organisation: certificate.organisation(),
            name: certificate.common_name().unwrap_or_default(),
            serial: certificate.serial_hex(),
            issuer: certificate.issuer_text(),
            algorithm,
            signing_time,
        };
        Self { signer, certificate, certificates }
    }
}

impl Opened {
    /// Takes decrypted bytes, or a bare container.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Checks structure, manifests, digests, signatures and signers; gives the documents only when all hold.
    ///
    /// # Errors
    /// Everything that was found, in this order: structure, files, signatures, signers.
    pub fn verify(self, policy: &VerifyPolicy) -> Result<Verified, Refusal> {
        let archive = match zip::read(&self.0, &policy.limits) {
            Ok(archive) => archive,
            Err(findings) => return Err(Refusal { findings, signer: None }),
        };
        let mut check = Check { archive: &archive, policy, findings: archive.findings().to_vec(), held: Vec::new() };
        check.mimetype();
        let documents = check.run();
        let Check { mut findings, held, .. } = check;
        // Stable: the order of the checks stays, refusals first.
        findings.sort_by_key(|finding| finding.severity);
        let signer = held.into_iter().next().map(|held| held.signer);
        match signer {
            Some(signer) if !findings.iter().any(Finding::refuses) => Ok(Verified { signer, documents, findings }),
            signer => Err(Refusal { findings, signer }),
        }
    }
}

struct Check<'a> {
    archive: &'a Archive<'a>,
    policy: &'a VerifyPolicy,
    findings: Vec<Finding>,
    held: Vec<Held>,
}

impl Check<'_> {
    fn refuse(&mut self, code: Code, message: &str, place: Place) {
        self.findings.push(Finding::error(code, message).at(place));
    }

    /// ETSI EN 319 162-1, A.1: first, stored, and exactly the type.
    fn mimetype(&mut self) {
        let entry = self.archive.entries().first().filter(|entry| entry.name == "mimetype" && entry.stored);
        let holds = entry.is_some_and(|entry| {
            entry.size == ASIC_E.len() as u64
                && self.archive.read(entry).is_ok_and(|content| content == ASIC_E.as_bytes())
        });
        if !holds {
            let message = "the first entry is not a stored mimetype of an ASiC-E container";
            self.refuse(Code::MimetypeInvalid, message, Place::path("asic:/mimetype"));
        }
    }

    fn run(&mut self) -> Vec<VerifiedDocument> {
        let mut manifests = Vec::new();
        let mut signatures = Vec::new();
        let mut has_p7s = false;
        let archive = self.archive;
        for entry in archive.entries().iter().filter(|entry| is_metadata(&entry.name)) {
            match Metadata::of(&entry.name) {
                Metadata::AsicManifest => manifests.push(entry),
                Metadata::Xades => signatures.push(entry),
                Metadata::Cms => has_p7s = true,
                Metadata::OpenDocument => {}
                Metadata::Unknown => {
                    self.refuse(Code::MetadataUnknown, "an unknown file in META-INF", entry.place());
                }
            }
        }
        if manifests.is_empty() && signatures.is_empty() {
            self.refuse(
                Code::ManifestMissing,
                "no ASiCManifest.xml and no signatures.xml",
                Place::path("asic:/META-INF"),
            );
            if !has_p7s {
                self.refuse(Code::SignatureMissing, "no signature", Place::path("asic:/META-INF"));
            }
            return Vec::new();
        }
        let mut coverage = Coverage::new(archive);
        let mut outcomes = Vec::new();
        for entry in manifests {
            outcomes.push(self.asic_manifest(entry, &mut coverage).map_err(|finding| vec![finding]));
        }
        for entry in signatures {
            outcomes.push(self.xades(entry, &mut coverage));
        }
        // A manifest that could not be read covers files that are not known: do not call them unlisted as well.
        let complete = coverage.manifests == outcomes.len();
        let documents = coverage.finish(complete, &mut self.findings);
        for outcome in outcomes {
            match outcome {
                Ok(held) => self.signer(held),
                Err(findings) => self.findings.extend(findings),
            }
        }
        documents
    }

    fn metadata(&self, entry: &Entry) -> Result<Vec<u8>, Finding> {
        if entry.size > self.policy.limits.metadata_bytes {
            return Err(Finding::error(Code::LimitExceeded, "a file in META-INF is too large").at(entry.place()));
        }
        self.archive.read(entry)
    }

    fn asic_manifest(&mut self, entry: &Entry, coverage: &mut Coverage<'_>) -> Result<Held, Finding> {
        let bytes = self.metadata(entry)?;
        let manifest = asic_manifest::read(&bytes, &entry.name).map_err(|finding| finding.at(entry.place()))?;
        coverage.add(&manifest.references, entry, &mut self.findings);
        let p7s =
            files::resolve(self.archive, &manifest.signature).filter(|entry| is_metadata(&entry.name)).ok_or_else(
                || Finding::error(Code::SignatureMissing, "the manifest's signature is absent").at(entry.place()),
            )?;
        let signature = cades::read(&self.metadata(p7s)?, &bytes, &self.policy.limits)
            .map_err(|finding| finding.at(p7s.place()))?;
        if signature.weak {
            self.findings.push(Finding::warning(Code::DigestWeak, "the signature uses SHA-1").at(p7s.place()));
        }
        Ok(Held::new(signature.signer, signature.certificates, signature.algorithm, signature.signing_time))
    }

    fn xades(&mut self, entry: &Entry, coverage: &mut Coverage<'_>) -> Result<Held, Vec<Finding>> {
        let bytes = self.metadata(entry).map_err(|finding| vec![finding])?;
        let signature = xades::verify(&bytes, &entry.name)?;
        coverage.add(&signature.references, entry, &mut self.findings);
        self.findings.extend(signature.findings);
        let certificate = signature.chain.first().cloned();
        let certificate = certificate.ok_or_else(|| vec![Finding::error(Code::SignatureInvalid, "no certificate")])?;
        Ok(Held::new(certificate, signature.chain, signature.algorithm, signature.signing_time))
    }

    fn signer(&mut self, held: Held) {
        let verdict = pki::validate(&held.certificate, &held.certificates, &self.policy.path);
        self.findings.extend(verdict.findings);
        if let Some(sender) = &self.policy.sender
            && held.signer.organisation.as_ref() != Some(sender)
        {
            let message = "the organisation in the signer's certificate is not the sender";
            self.findings.push(Finding::error(Code::SignerOrgMismatch, message));
        }
        self.held.push(held);
    }
}

/// What a file in META-INF is, by its name, in any case.
enum Metadata {
    AsicManifest,
    Cms,
    Xades,
    OpenDocument,
    Unknown,
}

impl Metadata {
    fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let name = name.strip_prefix("meta-inf/").unwrap_or(&name);
        if name.starts_with("asicmanifest") && name.ends_with(".xml") {
            Self::AsicManifest
        } else if name.starts_with("signatures") && name.ends_with(".xml") {
            Self::Xades
        } else if name.starts_with("signature") && name.ends_with(".p7s") {
            Self::Cms
        } else if name == "manifest.xml" {
            Self::OpenDocument
        } else {
            Self::Unknown
        }
    }
}
