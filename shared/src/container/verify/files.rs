//! Comparing the files of a container with what its manifests say.

use std::collections::{HashMap, HashSet};

use super::reader::Streamed;
use super::{Opened, VerifiedDocument};
use crate::container::xades::{Reference, candidates};
use crate::finding::{Finding, Place, Rule};

/// Which files are covered by a manifest, and whether their digests hold.
pub(super) struct Coverage<'a> {
    by_name: HashMap<&'a str, &'a Streamed>,
    documents: &'a [Streamed],
    /// Of the files that are covered: by which manifests, and the media types that they give.
    covered: HashMap<&'a str, Vec<(usize, Option<String>)>>,
    /// How many manifests were added.
    pub(super) manifests: usize,
}

impl<'a> Coverage<'a> {
    pub(super) fn new(opened: &'a Opened) -> Self {
        let by_name = opened.documents.iter().map(|document| (document.entry.name.as_str(), document)).collect();
        Self { by_name, documents: &opened.documents, covered: HashMap::new(), manifests: 0 }
    }

    /// The file that a reference means. The reference writes XAdES URIs form-urlencoded and CAdES URIs raw.
    fn resolve(&self, uri: &str) -> Option<&'a Streamed> {
        candidates(uri).iter().find_map(|name| self.by_name.get(name.as_str()).copied())
    }

    /// Compares the files of one manifest, and answers its number. Several manifests may cover the same file, one may not
    /// twice.
    pub(super) fn add(&mut self, references: &[Reference], manifest: &Place, findings: &mut Vec<Finding>) -> usize {
        let mut seen = HashSet::new();
        let number = self.manifests;
        self.manifests += 1;
        if references.is_empty() {
            findings.push(Rule::ManifestEmpty.broken().at(manifest.clone()));
        }
        for reference in references {
            let Some(file) = self.resolve(&reference.uri) else {
                let offset = Some(reference.offset);
                let place = Place { path: manifest.path.clone(), offset, length: None };
                findings.push(Rule::FilePresent.broken().seen(shortened(&reference.uri)).at(place));
                continue;
            };
            if !seen.insert(file.entry.name.as_str()) {
                findings.push(Rule::ReferenceOnce.broken().at(file.entry.place()));
                continue;
            }
            findings.extend(compare(file, reference));
            self.covered.entry(&file.entry.name).or_default().push((number, reference.media_type.clone()));
        }
        number
    }

    /// Every file outside META-INF must be covered by one of the manifests that count; gives those files in container
    /// order. Whoever adds a signature of its own to somebody else's container must not get files of its own in by it.
    pub(super) fn finish(
        mut self,
        complete: bool,
        counts: impl Fn(usize) -> bool,
        findings: &mut Vec<Finding>,
    ) -> Vec<VerifiedDocument> {
        let mut documents = Vec::new();
        for file in self.documents {
            let mut by = self.covered.remove(file.entry.name.as_str()).unwrap_or_default();
            by.retain(|(manifest, _)| counts(*manifest));
            if !by.is_empty() {
                documents.push(VerifiedDocument {
                    name: file.entry.name.clone(),
                    media_type: by.into_iter().find_map(|(_, media_type)| media_type),
                    size: file.entry.size,
                    sha256_hex: file.sha256_hex(),
                    range: file.range.clone(),
                });
            } else if complete {
                findings.push(Rule::FileCovered.broken().at(file.entry.place()));
            }
        }
        if documents.is_empty() && complete {
            findings.push(Rule::DocumentPresent.broken().at(Place::path("asic:/")));
        }
        documents
    }
}

/// A name as evidence: what a manifest says may be of any length.
fn shortened(name: &str) -> String {
    const SHOWN: usize = 255;
    name.chars().take(SHOWN).collect()
}

fn compare(file: &Streamed, reference: &Reference) -> Option<Finding> {
    let seen = file.digest(reference.digest);
    if seen == Some(reference.value.as_slice()) {
        return None;
    }
    let seen = seen.map_or("not computed".to_owned(), hexadecimal);
    let evidence = format!("{:?} {seen}, told {}", reference.digest, hexadecimal(&reference.value));
    Some(Rule::FileDigest.broken().seen(evidence).at(file.entry.place()))
}

/// Lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
