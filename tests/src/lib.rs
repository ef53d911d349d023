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
use std::path::PathBuf;

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

/// SHA-256, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
