//! Wycheproof and the interop vectors against the core, for every place it runs in: the tests of this crate natively,
//! `node.test.mjs` in WebAssembly under Node, and a browser test in WebAssembly and WebCrypto in Chromium.
//!
//! Nothing depends on this crate.

pub mod cases;
mod content;
mod report;
mod signatures;
mod transport;
pub mod vector;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use report::{Report, run};

use cases::Set;

/// The sets, as the build script chose them.
///
/// # Errors
/// When the file in this crate is not what this crate reads.
pub fn sets() -> Result<Vec<Set>, serde_json::Error> {
    serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/cases.json")))
}
