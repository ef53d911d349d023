//! What a verification ends in. The documents can only be reached through it.

use std::ops::Range;

use jiff::Timestamp;

use crate::finding::Finding;
use crate::pki::{Certificate, SignatureAlgorithm};

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

impl Signer {
    pub(super) fn new(
        certificate: &Certificate,
        algorithm: SignatureAlgorithm,
        signing_time: Option<Timestamp>,
    ) -> Self {
        Self {
            organisation: certificate.organisation(),
            name: certificate.common_name().unwrap_or_default(),
            serial: certificate.serial_hex(),
            issuer: certificate.issuer_text(),
            algorithm,
            signing_time,
        }
    }
}

/// A document whose signature holds. Its bytes lie in the [`Quarantine`](super::Quarantine), or wherever the streaming
/// reader's output was put. Only a verification makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedDocument {
    pub(super) name: String,
    pub(super) media_type: Option<String>,
    pub(super) size: u64,
    pub(super) sha256_hex: String,
    pub(super) range: Range<u64>,
}

impl VerifiedDocument {
    /// The entry name, with `/` between folders.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type that the signer gave, if any.
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256, lower-case hexadecimal.
    pub fn sha256_hex(&self) -> &str {
        &self.sha256_hex
    }

    /// Where its bytes lie in what the reader gave out, in bytes from its beginning.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }
}

impl std::fmt::Debug for VerifiedDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedDocument").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Everybody who signed a container.
#[derive(Debug)]
pub(super) struct Signers {
    /// The one whose documents these are: the sender, where it is known, else whose signature comes first.
    pub(super) first: Signer,
    /// The others, in the order of their signatures.
    pub(super) others: Vec<Signer>,
}

/// A container whose signatures hold.
#[derive(Debug)]
pub struct Verified {
    pub(super) signers: Signers,
    pub(super) documents: Vec<VerifiedDocument>,
    pub(super) findings: Vec<Finding>,
}

impl Verified {
    /// Who signed: the sender, where the policy names it, else whose signature comes first. Its signatures cover every
    /// document.
    pub fn signer(&self) -> &Signer {
        &self.signers.first
    }

    /// Who signed besides, in the order of their signatures. Theirs may cover fewer documents.
    pub fn other_signers(&self) -> &[Signer] {
        &self.signers.others
    }

    /// The documents in container order, the business `manifest.xml` among them.
    pub fn documents(&self) -> &[VerifiedDocument] {
        &self.documents
    }

    /// What is worth knowing: weak digests, names alike.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Nothing is wrong with the container, but something that decides could not be checked.
#[derive(Debug)]
pub struct Undetermined(pub(super) Verified);

impl Undetermined {
    /// Who signed, if what could not be checked is well.
    pub fn signer(&self) -> &Signer {
        self.0.signer()
    }

    /// What could not be checked, among others.
    pub fn findings(&self) -> &[Finding] {
        &self.0.findings
    }

    /// Takes the documents all the same. Whoever calls this has decided, or asked a person, what the missing check
    /// is worth; the findings go along and must be shown.
    pub fn accept_unchecked(self) -> Verified {
        self.0
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

/// What a verification ends in.
#[derive(Debug)]
#[must_use]
pub enum Verdict {
    /// Everything holds.
    Good(Verified),
    /// Nothing is wrong, but not everything could be checked.
    Undetermined(Undetermined),
    /// Something is wrong.
    Bad(Refusal),
}

impl Verdict {
    pub(super) fn new(signers: Option<Signers>, documents: Vec<VerifiedDocument>, mut findings: Vec<Finding>) -> Self {
        // Stable: the order of the checks stays, refusals first.
        findings.sort_by_key(|finding| finding.severity);
        match signers {
            Some(signers) if !findings.iter().any(Finding::refuses) => {
                let open = findings.iter().any(Finding::leaves_open);
                let verified = Verified { signers, documents, findings };
                if open { Self::Undetermined(Undetermined(verified)) } else { Self::Good(verified) }
            }
            signers => Self::Bad(Refusal { findings, signer: signers.map(|signers| signers.first) }),
        }
    }

    /// The word for it: `ok`, `undetermined` or `refused`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Good(_) => "ok",
            Self::Undetermined(_) => "undetermined",
            Self::Bad(_) => "refused",
        }
    }

    /// Everything that was found, gravest first.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Good(verified) => &verified.findings,
            Self::Undetermined(open) => open.findings(),
            Self::Bad(refusal) => &refusal.findings,
        }
    }

    /// Who signed, if a signature held.
    pub fn signer(&self) -> Option<&Signer> {
        match self {
            Self::Good(verified) => Some(verified.signer()),
            Self::Undetermined(open) => Some(open.signer()),
            Self::Bad(refusal) => refusal.signer.as_ref(),
        }
    }

    /// The container, only when everything holds.
    ///
    /// # Errors
    /// What is wrong, or what could not be checked.
    pub fn good(self) -> Result<Verified, Refusal> {
        match self {
            Self::Good(verified) => Ok(verified),
            Self::Undetermined(Undetermined(Verified { signers, findings, .. })) => {
                Err(Refusal { findings, signer: Some(signers.first) })
            }
            Self::Bad(refusal) => Err(refusal),
        }
    }

    /// The container when nothing is wrong, even if not everything could be checked; the findings tell.
    ///
    /// # Errors
    /// What is wrong.
    pub fn accept_unchecked(self) -> Result<Verified, Refusal> {
        match self {
            Self::Good(verified) => Ok(verified),
            Self::Undetermined(open) => Ok(open.accept_unchecked()),
            Self::Bad(refusal) => Err(refusal),
        }
    }
}
