//! Helpers for the tests that look at Konvolutt from outside: they start the built server as anyone would.
//!
//! Nothing depends on this crate.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod client;
pub mod inbox;
pub mod mail;
pub mod openssl;
pub mod postgres;
pub mod routes;
pub mod s3;
pub mod server;
pub mod shipment;
pub mod sign_in;

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

pub use server::Server;

/// A program of this workspace, as cargo put it beside the test's folder.
///
/// # Errors
///
/// If it has not been built: cargo builds no other package's programs for a test. `cargo xtask test` builds them first.
pub fn binary(name: &str) -> Result<PathBuf> {
    let test = env::current_exe()?;
    match test.ancestors().nth(2).map(|folder| folder.join(name)) {
        Some(path) if path.is_file() => Ok(path),
        _ => bail!("Build {name} first: cargo build --workspace --bins"),
    }
}

/// The files below a folder that hold some text or bytes. Those that a running server takes away meanwhile are passed over.
///
/// # Errors
/// What is there cannot be read.
pub fn holding(folder: &Path, what: impl AsRef<[u8]>) -> Result<Vec<PathBuf>> {
    let bytes = what.as_ref();
    let there = |error: std::io::Error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return Ok(there(error).map(|()| Vec::new())?),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(holding(&path, bytes)?);
            continue;
        }
        match std::fs::read(&path) {
            Ok(all) if all.windows(bytes.len()).any(|window| window == bytes) => found.push(path),
            Ok(_) => {}
            Err(error) => there(error)?,
        }
    }
    Ok(found)
}

/// SHA-256, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
