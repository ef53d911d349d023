//! Comparing the files of a container with what its manifests say.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::reader::Streamed;
use super::{Opened, VerifiedDocument};
use crate::container::digest::DigestAlgorithm;
use crate::container::xades::{Reference, candidates};
use crate::finding::{Finding, Findings, Place, Rule};

/// Which files are covered by a manifest, and whether their digests hold.
pub(super) struct Coverage<'a> {
    by_name: HashMap<&'a str, File<'a>>,
    opened: &'a Opened,
    /// Of the documents that are covered: by which manifests, and the media types that they give.
    covered: HashMap<&'a str, Vec<(usize, Option<String>)>>,
    /// How many manifests were added.
    pub(super) manifests: usize,
}

/// A file that a manifest may name.
#[derive(Clone, Copy)]
enum File<'a> {
    Document(&'a Streamed),
    /// A manifest or signature of somebody else's, or the mimetype: it may be signed too, and is no document.
    Beside(&'a str, &'a [u8]),
}

impl<'a> File<'a> {
    fn name(self) -> &'a str {
        match self {
            Self::Document(document) => &document.entry.name,
            Self::Beside(name, _) => name,
        }
    }

    /// The digest of its content; `None` where nobody made it.
    fn digest(self, algorithm: DigestAlgorithm) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Document(document) => document.digest(algorithm).map(Cow::Borrowed),
            Self::Beside(_, content) => Some(Cow::Owned(algorithm.digest(content))),
        }
    }
}

impl<'a> Coverage<'a> {
    pub(super) fn new(opened: &'a Opened) -> Self {
        let documents = opened.documents.iter().map(File::Document);
        let metadata = opened.metadata.iter().map(|(name, content)| File::Beside(name, content));
        let mimetype = opened.mimetype.iter().map(|content| File::Beside("mimetype", content));
        let by_name = documents.chain(metadata).chain(mimetype).map(|file| (file.name(), file)).collect();
        Self { by_name, opened, covered: HashMap::new(), manifests: 0 }
    }

    /// The file that a reference means. The reference writes XAdES URIs form-urlencoded and CAdES URIs raw.
    fn resolve(&self, uri: &str) -> Option<File<'a>> {
        candidates(uri).iter().find_map(|name| self.by_name.get(name.as_str()).copied())
    }

    /// Compares the files of one manifest, and answers its number. Several manifests may cover the same file, one may not
    /// twice.
    pub(super) fn add(&mut self, references: &[Reference], manifest: &Place, findings: &mut Findings) -> usize {
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
                findings.push(Rule::FilePresent.broken().seen(reference.uri.as_str()).at(place));
                continue;
            };
            // Before the digest is made: so each file is digested once for a manifest, however often it is named.
            if !seen.insert(file.name()) {
                findings.push(Rule::ReferenceOnce.broken().at(self.place(file)));
                continue;
            }
            findings.extend(self.compare(file, reference));
            if let File::Document(document) = file {
                self.covered.entry(&document.entry.name).or_default().push((number, reference.media_type.clone()));
            }
        }
        number
    }

    fn compare(&self, file: File<'_>, reference: &Reference) -> Option<Finding> {
        let seen = file.digest(reference.digest);
        if seen.as_deref() == Some(reference.value.as_slice()) {
            return None;
        }
        let seen = seen.as_deref().map_or("not computed".to_owned(), hexadecimal);
        let evidence = format!("{:?} {seen}, told {}", reference.digest, hexadecimal(&reference.value));
        Some(Rule::FileDigest.broken().seen(evidence).at(self.place(file)))
    }

    /// Documents know their place; what lies beside them is few, and looked for.
    fn place(&self, file: File<'_>) -> Place {
        match file {
            File::Document(document) => document.entry.place(),
            File::Beside(name, _) => self.opened.place(name),
        }
    }

    /// Every file outside META-INF must be covered by one of the manifests that count; gives those files in container
    /// order. Whoever adds a signature of its own to somebody else's container must not get files of its own in by it.
    pub(super) fn finish(
        mut self,
        complete: bool,
        counts: impl Fn(usize) -> bool,
        findings: &mut Findings,
    ) -> Vec<VerifiedDocument> {
        let mut documents = Vec::new();
        for file in &self.opened.documents {
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

/// Lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
