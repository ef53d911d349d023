//! What is inside a shipment once it is decrypted (KS SvarInn v1, `downloadUrl`): one document as it is, or
//! several in a zip.
//!
//! Nobody signed it: that it came from SvarInn is the carrier's word, and so are the digests in its list. Where the list
//! gives them they are compared, so that damage is seen.

use std::cell::OnceCell;
use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{FileMetadata, Received};
use crate::container::zip;
use crate::finding::{Finding, Findings, Place, Rule};
use crate::limits::Limits;

/// A document of a shipment. Its `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct ShipmentDocument {
    /// File name: the zip entry's, else the list's or the download's.
    pub name: String,
    /// Media type, as the list or the download says; empty when neither does.
    pub media_type: String,
    /// The document's bytes.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for ShipmentDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShipmentDocument").field("size", &self.content.len()).finish_non_exhaustive()
    }
}

/// Takes what was decrypted apart. A single document is known by its digest or by the download's media type, for the
/// one document may itself be a zip; the carrier also puts a single document into a zip at times.
///
/// # Errors
/// The rules of the zip when it cannot be read; [`Rule::ShipmentFile`] for each document that the list names
/// and that is not there, [`Rule::ShipmentFileSame`] for each whose size or SHA-256 is another. Documents
/// that the list does not name are given, too.
pub fn documents(plain: &[u8], received: &Received, limits: &Limits) -> Result<Vec<ShipmentDocument>, Vec<Finding>> {
    let listed = |name: &str| received.files.iter().find(|file| file.name == name);
    let found = if is_zip(plain, received) {
        let archive = zip::read(plain, limits)?;
        let mut found = Vec::new();
        for entry in archive.entries().iter().filter(|entry| !entry.name.ends_with('/')) {
            let content = archive.read(entry).map_err(|finding| vec![finding])?;
            let media_type = listed(&entry.name).map(|file| file.media_type.clone()).unwrap_or_default();
            found.push(ShipmentDocument { name: entry.name.clone(), media_type, content });
        }
        found
    } else {
        let file = received.files.first().cloned().unwrap_or_else(|| FileMetadata {
            name: received.file_name.clone(),
            media_type: received.content_type.clone(),
            ..FileMetadata::default()
        });
        vec![ShipmentDocument { name: file.name, media_type: file.media_type, content: plain.to_vec() }]
    };
    let findings = differences(&received.files, &found);
    if findings.is_empty() { Ok(found) } else { Err(findings) }
}

fn is_zip(plain: &[u8], received: &Received) -> bool {
    if let [only] = received.files.as_slice()
        && only.sha256.as_deref().is_some_and(|told| told.eq_ignore_ascii_case(&digest(plain)))
    {
        return false;
    }
    let kind = received.content_type.split(';').next().unwrap_or_default().trim();
    let told = matches!(kind, "application/zip" | "application/x-zip-compressed")
        || received.file_name.to_lowercase().ends_with(".zip");
    zip::begins(plain) && (told || received.files.len() > 1)
}

/// Where the documents are not those of the list. Each is digested once, however often the list names it.
fn differences(files: &[FileMetadata], found: &[ShipmentDocument]) -> Vec<Finding> {
    let mut by_name: HashMap<&str, (&ShipmentDocument, OnceCell<String>)> = HashMap::new();
    for document in found {
        by_name.entry(&document.name).or_insert((document, OnceCell::new()));
    }
    let difference = |file: &FileMetadata| {
        let finding = |rule, message: &str| {
            let place = Place::path(format!("svarinn:/{}", file.name));
            Some(Finding::error(rule, message).at(place).with("navn", file.name.clone()))
        };
        let Some((document, seen)) = by_name.get(file.name.as_str()) else {
            return finding(Rule::ShipmentFile, "a document that the shipment's list names is not in it");
        };
        let same = |told: &str| told.eq_ignore_ascii_case(seen.get_or_init(|| digest(&document.content)));
        if file.size.is_some_and(|size| size != document.content.len() as u64)
            || file.sha256.as_deref().is_some_and(|told| !told.is_empty() && !same(told))
        {
            return finding(Rule::ShipmentFileSame, "a document is not the one that the shipment's list tells of");
        }
        None
    };
    files.iter().filter_map(difference).collect::<Findings>().into_vec()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
