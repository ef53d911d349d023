//! Verifying a container (ETSI EN 319 162-1, 4.4.3.2 and 4.4.4.2). This is the only way from opened bytes to a
//! document.
//!
//! Stricter than the reference, which trusts any certificate: here every file outside `META-INF` must be
//! covered, every signature hold and every signer be trusted. The types are ours.
//!
//! ```text
//! decrypted bytes ── ContainerReader ──► Opened ── verify ──► Verdict ──► Verified ──► documents
//!                          └──► the documents' bytes, in quarantine
//! ```

mod files;
mod held;
mod reader;
mod verdict;

use std::collections::{HashMap, HashSet};

use super::zip::Entry;
use super::{ASIC_E, asic_manifest, cades, xades};
use crate::container::digest::DigestAlgorithm;
use crate::finding::{Finding, Findings, Place, Rule};
use crate::limits::Limits;
use crate::pki;
use files::Coverage;
use held::Held;
use reader::Streamed;
use verdict::Signers;

pub use reader::ContainerReader;
pub use verdict::{Refusal, Signer, Undetermined, Verdict, Verified, VerifiedDocument};

/// What a receiver demands.
#[derive(Clone, Debug)]
pub struct VerifyPolicy {
    /// Clock, anchors and revocation, by which each signer's certificate is judged ([`pki::validate`]).
    pub path: pki::Policy,
    /// The organisation number, nine digits, that must stand in a signer's certificate; `None` takes any
    /// trusted signer.
    pub sender: Option<String>,
    /// Budgets for hostile input.
    pub limits: Limits,
}

/// A decrypted container, read to its end. There is no way from here to a document but [`verify`](Self::verify).
#[derive(Debug)]
pub struct Opened {
    entries: Vec<Entry>,
    findings: Vec<Finding>,
    documents: Vec<Streamed>,
    /// The files in META-INF.
    metadata: Vec<(String, Vec<u8>)>,
    mimetype: Option<Vec<u8>>,
}

/// A digest that a manifest wants and the one pass over the bytes did not make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingDigest {
    /// Of which file: an index from 0 among the documents in container order, for [`Opened::supply`].
    pub file: usize,
    /// Where its bytes lie in what the reader gave out, in bytes from its beginning, the end not included.
    pub range: std::ops::Range<u64>,
    /// The digest that is wanted of them.
    pub algorithm: DigestAlgorithm,
}

/// The documents' bytes in memory. Only a [`VerifiedDocument`] finds its own.
#[derive(Default)]
pub struct Quarantine {
    bytes: Vec<u8>,
    /// Where each file lies, and its SHA-256 (lower-case hexadecimal), made as the bytes were put here.
    files: Vec<(std::ops::Range<u64>, String)>,
}

impl std::fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quarantine({} bytes)", self.bytes.len())
    }
}

impl Quarantine {
    /// The bytes of a document that was verified; empty for another container's, unless the very same bytes lie at the
    /// same place here (CVE-2025-47934: what is given out is what was verified).
    pub fn content(&self, document: &VerifiedDocument) -> &[u8] {
        let is_here = |(range, digest): &(_, String)| *range == document.range && *digest == document.sha256_hex;
        if self.files.iter().any(is_here) { self.slice(&document.range) } else { &[] }
    }

    fn slice(&self, range: &std::ops::Range<u64>) -> &[u8] {
        self.bytes.get(range.start as usize..range.end as usize).unwrap_or_default()
    }
}

/// Reads and verifies a whole container in memory, with all digests that are wanted. Never fails: what is wrong
/// is the verdict's. The quarantine is empty when the structure is broken.
pub fn verify(container: &[u8], policy: &VerifyPolicy) -> (Verdict, Quarantine) {
    let mut quarantine = Quarantine::default();
    let mut reader = ContainerReader::new(&policy.limits);
    let opened = reader.push(container, &mut quarantine.bytes).map_err(|finding| vec![finding]);
    match opened.and_then(|()| reader.finish()) {
        Err(findings) => (Verdict::Bad(Refusal { findings, signer: None }), Quarantine::default()),
        Ok(mut opened) => {
            for missing in opened.missing_digests(&policy.limits) {
                let digest = missing.algorithm.digest(quarantine.slice(&missing.range));
                opened.supply(&missing, digest);
            }
            let files = opened.documents.iter().map(|file| (file.range.clone(), file.sha256_hex()));
            quarantine.files = files.collect();
            (opened.verify(policy), quarantine)
        }
    }
}

impl Opened {
    /// Digests that manifests want and that are not there, each once: by other algorithms than SHA-256, and
    /// SHA-256 too where [`undigested`](Self::undigested) still asks for it. Supply them before
    /// [`verify`](Self::verify), or the files they belong to do not hold. At most [`Limits::signatures`]
    /// manifests are looked at; broken ones want nothing.
    pub fn missing_digests(&self, limits: &Limits) -> Vec<MissingDigest> {
        let mut missing = Vec::new();
        let mut asked = HashSet::new();
        let names = self.documents.iter().enumerate().map(|(at, file)| (file.entry.name.as_str(), at));
        let places: HashMap<&str, usize> = names.collect();
        let most = limits.signatures;
        let signatures = self
            .metadata
            .iter()
            .filter(|(name, _)| matches!(Metadata::of(name), Metadata::AsicManifest | Metadata::Xades));
        for (name, bytes) in signatures.take(most) {
            let references = match Metadata::of(name) {
                Metadata::AsicManifest => asic_manifest::read(bytes, name).map(|manifest| manifest.references).ok(),
                Metadata::Xades => xades::verify(bytes, name, limits)
                    .map(|signatures| signatures.into_iter().flat_map(|signature| signature.references).collect())
                    .ok(),
                _ => None,
            };
            for reference in references.into_iter().flatten() {
                let names = xades::candidates(&reference.uri);
                let found = names.iter().find_map(|name| places.get(name.as_str()).copied());
                let Some(file) = found.filter(|&at| self.documents[at].digest(reference.digest).is_none()) else {
                    continue;
                };
                if asked.insert((file, reference.digest)) {
                    let range = self.documents[file].range.clone();
                    missing.push(MissingDigest { file, range, algorithm: reference.digest });
                }
            }
        }
        missing
    }

    /// SHA-256 of each document, in their order, where [`ContainerReader::digested_elsewhere`] left it to others. Supply
    /// them first.
    pub fn undigested(&self) -> Vec<MissingDigest> {
        let algorithm = DigestAlgorithm::Sha256;
        let missing = self.documents.iter().enumerate().filter(|(_, file)| file.digest(algorithm).is_none());
        missing.map(|(file, document)| MissingDigest { file, range: document.range.clone(), algorithm }).collect()
    }

    /// Takes a digest that was missing: octets, as many as the algorithm makes. It is not checked here; a wrong
    /// one makes the file not hold. What is there already stays.
    pub fn supply(&mut self, missing: &MissingDigest, digest: Vec<u8>) {
        if let Some(file) = self.documents.get_mut(missing.file) {
            file.digests.push((missing.algorithm, digest));
        }
    }

    /// Checks manifests, digests, signatures and signers, as far as each can be checked whatever the others
    /// are. Findings stand refusals first, else in the order of the checks: structure, files, then signatures
    /// and signers.
    pub fn verify(self, policy: &VerifyPolicy) -> Verdict {
        let mut check = Check { opened: &self, policy, findings: self.findings.iter().cloned().collect() };
        check.mimetype();
        let (signers, documents) = check.run();
        Verdict::new(signers, documents, check.findings.into_vec())
    }

    /// The entries in archive order without folders, `META-INF` included, for those who look without opening.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn place(&self, name: &str) -> Place {
        let entry = self.entries.iter().find(|entry| entry.name == name);
        entry.map_or_else(|| Place::path(format!("asic:/{name}")), Entry::place)
    }
}

struct Check<'a> {
    opened: &'a Opened,
    policy: &'a VerifyPolicy,
    findings: Findings,
}

/// Signatures, or why there are none; in the order of their files.
type Outcomes = Vec<Result<Held, Vec<Finding>>>;

impl Check<'_> {
    /// ETSI EN 319 162-1, A.1: first in the archive, stored, and exactly the type. That it must be there is ours.
    fn mimetype(&mut self) {
        let broken = || Rule::Mimetype.broken().at(Place::path("asic:/mimetype"));
        let entry = self.opened.entries.first().filter(|entry| entry.name == "mimetype" && entry.stored);
        match entry {
            // Only an entry for a folder, which is no file, may stand before the first one.
            Some(entry) if entry.offset > 0 => self.findings.push(broken().seen("a folder stands before it")),
            Some(_) if self.opened.mimetype.as_deref() == Some(ASIC_E.as_bytes()) => {}
            _ => self.findings.push(broken()),
        }
    }

    fn run(&mut self) -> (Option<Signers>, Vec<VerifiedDocument>) {
        let opened = self.opened;
        let of = |kind: fn(&Metadata) -> bool| {
            opened.metadata.iter().filter(move |(name, _)| kind(&Metadata::of(name))).collect::<Vec<_>>()
        };
        for (name, _) in of(|kind| matches!(kind, Metadata::Unknown)) {
            self.findings.push(Rule::MetadataKnown.broken().at(opened.place(name)));
        }
        let (manifests, signatures) =
            (of(|kind| matches!(kind, Metadata::AsicManifest)), of(|kind| matches!(kind, Metadata::Xades)));
        let p7s = of(|kind| matches!(kind, Metadata::Cms));
        if manifests.is_empty() && signatures.is_empty() {
            self.findings.push(Rule::ManifestPresent.broken().at(Place::path("asic:/META-INF")));
            if p7s.is_empty() {
                self.findings.push(Rule::SignaturePresent.broken().at(Place::path("asic:/META-INF")));
            }
            return (None, Vec::new());
        }
        if manifests.len() + signatures.len() > self.policy.limits.signatures {
            let evidence = format!("{} of them", manifests.len() + signatures.len());
            self.findings.push(Rule::SignatureCount.broken().seen(evidence).at(Place::path("asic:/META-INF")));
            return (None, Vec::new());
        }
        let mut coverage = Coverage::new(opened);
        let mut used = Vec::new();
        let (outcomes, complete) = self.outcomes(&manifests, &signatures, &mut coverage, &mut used);
        let principal = self.principal(&outcomes);
        let counts = |manifest| match &principal {
            Some(principal) => outcomes.iter().flatten().any(|held| held.is_by(principal) && held.manifest == manifest),
            None => true,
        };
        let documents = coverage.finish(complete, counts, &mut self.findings);
        let signers = self.judge(outcomes, principal.as_ref());
        if complete {
            let idle = p7s.iter().filter(|(name, _)| !used.contains(name));
            self.findings.extend(idle.map(|(name, _)| Rule::SignatureUsed.noted().at(opened.place(name))));
        }
        (signers, documents)
    }

    /// What became of each signature; and whether everything that says what they cover could be read. A manifest that could
    /// not covers files that are not known, which are not to be called unlisted as well.
    fn outcomes(
        &mut self,
        manifests: &[&(String, Vec<u8>)],
        signatures: &[&(String, Vec<u8>)],
        coverage: &mut Coverage<'_>,
        used: &mut Vec<String>,
    ) -> (Outcomes, bool) {
        let (mut outcomes, mut complete) = (Outcomes::new(), true);
        for (name, bytes) in manifests {
            let known = coverage.manifests;
            match self.asic_manifest(name, bytes, &self.left(&outcomes), coverage, used) {
                Ok(held) => outcomes.extend(held.into_iter().map(Ok)),
                Err(finding) => outcomes.push(Err(vec![finding])),
            }
            complete &= coverage.manifests > known;
        }
        for (name, bytes) in signatures {
            match xades::verify(bytes, name, &self.left(&outcomes)) {
                Ok(signatures) => outcomes.extend(signatures.into_iter().map(|one| self.xades(name, one, coverage))),
                Err(findings) => {
                    outcomes.push(Err(findings));
                    complete = false;
                }
            }
        }
        (outcomes, complete)
    }

    /// The limits for the next file: its signatures may be as many as those before it have left.
    fn left(&self, outcomes: &Outcomes) -> Limits {
        let left = self.policy.limits.signatures.saturating_sub(outcomes.len());
        Limits { signatures: left, ..self.policy.limits.clone() }
    }

    /// Whose container it is: the sender's, if it has signed; where no sender is known, that of whoever signed first.
    fn principal(&self, outcomes: &Outcomes) -> Option<Signer> {
        let mut signers = outcomes.iter().flatten().map(|held| &held.signer);
        match &self.policy.sender {
            Some(sender) => signers.find(|signer| signer.organisation.as_ref() == Some(sender)),
            None => signers.next(),
        }
        .cloned()
    }

    fn asic_manifest(
        &mut self,
        name: &str,
        bytes: &[u8],
        limits: &Limits,
        coverage: &mut Coverage<'_>,
        used: &mut Vec<String>,
    ) -> Result<Vec<Held>, Finding> {
        let place = self.opened.place(name);
        let manifest = asic_manifest::read(bytes, name)?;
        let number = coverage.add(&manifest.references, &place, &mut self.findings);
        let named = xades::candidates(&manifest.signature);
        let signature = self.opened.metadata.iter().find(|(name, _)| named.contains(name));
        let Some((p7s, signature)) = signature else { return Err(Rule::ManifestSignature.broken().at(place)) };
        used.push(p7s.clone());
        let place = self.opened.place(p7s);
        let signatures = cades::read(signature, bytes, limits).map_err(|finding| finding.at(place.clone()))?;
        if signatures.iter().any(|signature| signature.weak) {
            self.findings.push(Rule::SignatureStrength.noted().at(place));
        }
        let held = |signature: cades::CmsSignature| Held {
            manifest: number,
            signer: Signer::new(&signature.signer, signature.algorithm, signature.signing_time),
            certificate: signature.signer,
            certificates: signature.certificates,
        };
        Ok(signatures.into_iter().map(held).collect())
    }

    fn xades(
        &mut self,
        name: &str,
        signature: xades::Verified,
        coverage: &mut Coverage<'_>,
    ) -> Result<Held, Vec<Finding>> {
        let manifest = coverage.add(&signature.references, &self.opened.place(name), &mut self.findings);
        self.findings.extend(signature.findings);
        let certificate = signature.chain.first().cloned().ok_or_else(|| vec![Rule::XmlCertificate.broken()])?;
        Ok(Held {
            manifest,
            signer: Signer::new(&certificate, signature.algorithm, signature.signing_time),
            certificate,
            certificates: signature.chain,
        })
    }

    /// Every signer's certificate must be trusted, and one of them be the sender's.
    fn judge(&mut self, outcomes: Outcomes, principal: Option<&Signer>) -> Option<Signers> {
        let mut signers = Vec::new();
        for outcome in outcomes {
            match outcome {
                Ok(held) => {
                    let verdict = pki::validate(&held.certificate, &held.certificates, &self.policy.path);
                    self.findings.extend(verdict.findings);
                    self.findings.extend(held.untimely());
                    signers.push(held.signer);
                }
                Err(findings) => self.findings.extend(findings),
            }
        }
        let at = principal.and_then(|principal| signers.iter().position(|signer| signer == principal));
        if let (None, Some(sender), Some(signer)) = (at, &self.policy.sender, signers.first()) {
            let seen = signer.organisation.as_deref().unwrap_or("none");
            self.findings.push(Rule::SignerSender.broken().seen(format!("signed by {seen}, sent by {sender}")));
        }
        let first = if signers.is_empty() { None } else { Some(signers.remove(at.unwrap_or_default())) };
        first.map(|first| Signers { first, others: signers })
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

#[cfg(test)]
mod tests;
