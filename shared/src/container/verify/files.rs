//! Comparing the files of a container with what its manifests say.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::VerifiedDocument;
use crate::container::is_metadata;
use crate::container::xades::{Reference, candidates};
use crate::container::zip::{Archive, Entry};
use crate::finding::{Code, Finding, Place};

/// The entry that a reference means. The reference writes XAdES URIs form-urlencoded and CAdES URIs raw.
pub(super) fn resolve<'a>(archive: &'a Archive<'_>, uri: &str) -> Option<&'a Entry> {
    candidates(uri).iter().find_map(|name| archive.find(name))
}

/// Which files are covered by a manifest, and whether their digests hold.
pub(super) struct Coverage<'a> {
    archive: &'a Archive<'a>,
    contents: HashMap<&'a str, Option<Vec<u8>>>,
    media_types: HashMap<&'a str, Option<String>>,
    /// How many manifests were added.
    pub(super) manifests: usize,
}

impl<'a> Coverage<'a> {
    pub(super) fn new(archive: &'a Archive<'a>) -> Self {
        Self { archive, contents: HashMap::new(), media_types: HashMap::new(), manifests: 0 }
    }

    /// Compares the files of one manifest. Several manifests may cover the same file, one may not twice.
    pub(super) fn add(&mut self, references: &[Reference], manifest: &Entry, findings: &mut Vec<Finding>) {
        let mut seen = HashSet::new();
        self.manifests += 1;
        if references.is_empty() {
            findings.push(Finding::error(Code::ManifestMalformed, "the manifest covers nothing").at(manifest.place()));
        }
        for reference in references {
            let Some(entry) = resolve(self.archive, &reference.uri) else {
                let message = "a signed file is not in the container";
                findings.push(Finding::error(Code::EntryMissing, message).at(manifest.place()));
                continue;
            };
            if !seen.insert(entry.name.as_str()) {
                let message = "the manifest lists a file more than once";
                findings.push(Finding::error(Code::ManifestDuplicateReference, message).at(entry.place()));
                continue;
            }
            let archive = self.archive;
            let content = self.contents.entry(&entry.name).or_insert_with(|| match archive.read(entry) {
                Ok(content) => Some(content),
                Err(finding) => {
                    findings.push(finding);
                    None
                }
            });
            if content.as_deref().is_some_and(|content| reference.digest.digest(content) != reference.value) {
                let message = "a file differs from its digest in the manifest";
                findings.push(Finding::error(Code::DigestMismatch, message).at(entry.place()));
            }
            let known = self.media_types.entry(&entry.name).or_default();
            *known = known.take().or_else(|| reference.media_type.clone());
        }
    }

    /// Every file outside META-INF must be covered; gives the covered ones in container order.
    pub(super) fn finish(mut self, complete: bool, findings: &mut Vec<Finding>) -> Vec<VerifiedDocument> {
        let mut documents = Vec::new();
        for entry in self.archive.entries() {
            if is_metadata(&entry.name) || entry.name == "mimetype" {
                continue;
            }
            match self.contents.remove(entry.name.as_str()) {
                Some(Some(content)) => documents.push(VerifiedDocument {
                    name: entry.name.clone(),
                    media_type: self.media_types.remove(entry.name.as_str()).flatten(),
                    size: content.len() as u64,
                    sha256_hex: hexadecimal(&Sha256::digest(&content)),
                    content,
                }),
                // Broken: already a finding.
                Some(None) => {}
                None if !complete => {}
                None => {
                    let message = "a file is covered by no signature";
                    findings.push(Finding::error(Code::EntryUnlisted, message).at(entry.place()));
                }
            }
        }
        if documents.is_empty() && complete {
            findings
                .push(Finding::error(Code::EntryMissing, "the container has no document").at(Place::path("asic:/")));
        }
        documents
    }
}

/// Lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
