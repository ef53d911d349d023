//! The core of Konvolutt: eFormidling messages and envelopes, as pure functions over bytes.
//!
//! Nothing here does I/O, reads a clock or makes randomness: bytes, time and randomness come in as arguments, and
//! bytes and [findings](finding::Finding) go out. The same code runs in the browser, in the relay and in tests.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod address;
pub mod api;
pub mod archive;
pub mod container;
pub mod envelope;
pub mod finding;
pub mod identifier;
pub mod inspect;
mod json;
pub mod jws;
pub mod letter;
pub mod limits;
#[cfg(feature = "soft-keys")]
pub mod pack;
pub mod pki;
pub mod receipt;
pub mod sbd;
pub mod seal;
pub mod status;
