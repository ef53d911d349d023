//! The core of Konvolutt: eFormidling messages and envelopes, as pure functions over bytes.
//!
//! Nothing here does I/O, reads a clock or makes randomness: bytes, time and randomness come in as arguments, and
//! bytes and [findings](finding::Finding) go out. The same code runs in the browser, in the relay and in tests.
//!
//! # The ladder
//!
//! A message climbs a ladder of types. Each rung is made only from the one before, so no step can be left out.
//!
//! Out, from what a person wrote to what a broker carries:
//!
//! ```text
//! letter::Draft ── letter::check ──► letter::Letter ── address::choose ──► address::Addressed
//!   container::ContainerWriter ── prepare ──► container::ToBeSigned ── the key signs ──► finish
//!     seal::Sealing (the key of address::Addressed's certificate) ──► the sealed package
//!       envelope::prepare ── the key signs ──► envelope: what the relay checks and keeps
//! ```
//!
//! In, from foreign bytes to documents:
//!
//! ```text
//! seal::SealReader ──► seal::SealedHead ── key_request ──► the key unwraps ──► seal::ContentDecryptor
//!   container::ContainerReader ──► container::Opened (no way to a document)
//!     Opened::verify ──► container::Verdict ──► container::Verified ──► its documents
//! ```
//!
//! Signing, unwrapping and bulk encryption are two halves each: the core says what the key must do and takes the
//! result, so that WebCrypto, a key file or an HSM fit alike. [`pki::SoftKey`] is the key in this process.
//!
//! Every refusal, of a package, a document, a key or a letter, names one of the [rules](finding::Rule).

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod address;
pub mod api;
pub mod archive;
pub mod container;
pub mod dpi;
pub mod dpv;
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
pub mod svarut;
