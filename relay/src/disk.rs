//! How much room a disk has.

use std::path::Path;

/// Bytes that a program without special rights may still write where `path` lies.
///
/// # Errors
/// The path does not exist, or the system does not say.
pub fn free(path: &Path) -> std::io::Result<u64> {
    let told = rustix::fs::statvfs(path)?;
    Ok(told.f_bavail.saturating_mul(told.f_frsize))
}
