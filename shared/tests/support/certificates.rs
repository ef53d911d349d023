//! What several of these tests start from.

use std::path::{Path, PathBuf};

/// The folder of the vectors' certificates; where there is none, the test is skipped and says so.
pub(crate) fn pki() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/pki");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: no test certificates at {}", path.display());
    None
}
