//! What a verification ends in, in the three kinds of ETSI EN 319 102-1, 5.1.3. Only through it are documents
//! reached.

use std::ops::Range;

use jiff::Timestamp;

use crate::finding::Finding;
use crate::pki::{Certificate, SignatureAlgorithm};

/// Who signed a container: what the certificate says, and the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The organisation number in the certificate, nine digits ([`Certificate::organisation`]); its check digit
    /// is judged with the certificate.
    pub organisation: Option<String>,
    /// The common name in the certificate; empty if it has none.
    pub name: String,
    /// The certificate's serial number, upper-case hexadecimal without a leading zero octet.
    pub serial: String,
    /// The certificate's issuer, as text (RFC 4514).
    pub issuer: String,
    /// How it was signed.
    pub algorithm: SignatureAlgorithm,
    /// When the signer says it signed, which nobody else confirms; `None` where it says nothing readable.
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

    /// The media type that the signer's manifest gives, as written, if any; the first where several do.
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// Size of the content in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// SHA-256 of the content, 64 digits of lower-case hexadecimal; empty where it was left to others
    /// ([`Opened::undigested`](super::Opened::undigested)) and another digest held.
    pub fn sha256_hex(&self) -> &str {
        &self.sha256_hex
    }

    /// Where its bytes lie in what the reader gave out, in bytes from its beginning, the end not included.
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
    /// Who signed: the sender, where the policy names it, else whose signature comes first. Signatures of its
    /// organisation cover every document.
    pub fn signer(&self) -> &Signer {
        &self.signers.first
    }

    /// Who signed besides, in the order of their signatures; one who signed twice stands here too. Theirs may
    /// cover fewer documents.
    pub fn other_signers(&self) -> &[Signer] {
        &self.signers.others
    }

    /// The documents in container order, the business `manifest.xml` among them.
    pub fn documents(&self) -> &[VerifiedDocument] {
        &self.documents
    }

    /// What is worth knowing, no refusals: weak digests, names alike, what was not checked where somebody
    /// accepted that.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// A container with which nothing is wrong, but something that decides could not be checked: revocation.
#[derive(Debug)]
pub struct Undetermined(pub(super) Verified);

impl Undetermined {
    /// Who signed, if what could not be checked is well.
    pub fn signer(&self) -> &Signer {
        self.0.signer()
    }

    /// What could not be checked ([`Finding::leaves_open`]), among others; no refusals.
    pub fn findings(&self) -> &[Finding] {
        &self.0.findings
    }

    /// Takes the documents all the same. Whoever calls this has decided, or asked a person, what the missing check
    /// is worth; the findings go along and must be shown.
    pub fn accept_unchecked(self) -> Verified {
        self.0
    }
}

/// Why a container is not accepted. Nothing leads from here to a document.
#[derive(Debug)]
pub struct Refusal {
    /// What is wrong, or could not be checked, gravest first.
    pub findings: Vec<Finding>,
    /// Who signed, if a signature held: as [`Verified::signer`], else whose came first. Perhaps not trusted.
    pub signer: Option<Signer>,
}

/// What a verification ends in: TOTAL-PASSED, INDETERMINATE or TOTAL-FAILED of ETSI EN 319 102-1, 5.1.3.
#[derive(Debug)]
#[must_use]
pub enum Verdict {
    /// Everything holds; there may be warnings.
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

    /// Who signed, if a signature held. In a refusal perhaps not trusted.
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
    /// What is wrong, or what could not be checked, as a refusal.
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
