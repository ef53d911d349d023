//! The shared vectors, if this checkout lies beside them.

use std::path::PathBuf;

use super::{Certificate, SoftKey};

/// Where the vectors are; `None`, with a notice, when they are not there.
pub(crate) fn vectors() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: the vectors are not at {}", folder.display());
    None
}

/// A JSON file of the vectors.
pub(crate) fn json(name: &str) -> Option<serde_json::Value> {
    Some(serde_json::from_slice(&std::fs::read(vectors()?.join(name)).unwrap()).unwrap())
}

/// A certificate of the vectors' test authority.
pub(crate) fn certificate(id: &str) -> Option<Certificate> {
    let pem = std::fs::read_to_string(vectors()?.join(format!("pki/{id}.pem"))).unwrap();
    Some(Certificate::from_pem(&pem).unwrap())
}

/// A key of the vectors' test authority, from PEM.
pub(crate) fn key(id: &str) -> Option<SoftKey> {
    let folder = vectors()?.join("pki");
    let key = std::fs::read_to_string(folder.join(format!("{id}.key"))).unwrap();
    let chain = std::fs::read_to_string(folder.join(format!("{id}.pem"))).unwrap();
    Some(SoftKey::from_pem(&key, &chain).unwrap())
}
