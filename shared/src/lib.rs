//! The core of Konvolutt: eFormidling messages and envelopes, as pure functions over bytes.
//!
//! Nothing here does I/O, reads a clock or makes randomness: bytes, time and randomness come in as arguments, and
//! bytes and [findings](finding::Finding) go out. The same code runs in the browser, in the relay and in tests.
//!
//! # The ladder
//!
//! A message climbs a ladder of types: each step is one function, and what stands to the right of an arrow
//! comes from that step. Where a step judges, nothing else makes its result, so that it cannot be left out:
//! no [`Letter`](letter::Letter) without [`letter::check()`], no [`Addressed`](address::Addressed) without
//! [`address::choose()`], no [`OutgoingEnvelope`](envelope::OutgoingEnvelope) without a signature, no
//! document without [`Opened::verify`](container::Opened::verify).
//!
//! Out, from what a person wrote to what a broker carries:
//!
//! ```text
//! address::verify_registry_answer ──► address::RegistryAnswer ── address::choose ──► address::Addressed
//!   letter::Draft ── letter::check, with what Addressed can take ──► letter::Letter ──► its SBD and arkivmelding.xml
//!     container::ContainerWriter ── prepare ──► container::ToBeSigned ── the key signs ── finish ──► the container (ASiC-E)
//!       seal::Sealing, to the certificate of Addressed ──► the sealed package (CMS)
//!         envelope::prepare ──► envelope::Unsigned ── the key signs ── finish ──► envelope::OutgoingEnvelope
//! ```
//!
//! The relay takes the last of them with the package, and lets in only what [`envelope::verify()`] has made
//! an [`envelope::VerifiedEnvelope`] of. Letters to people start at [`address::offers()`] and
//! [`letter::check_person()`].
//!
//! In, from foreign bytes to documents:
//!
//! ```text
//! seal::SealReader ──► seal::SealedHead ── key_request ──► the key unwraps ──► seal::ContentDecryptor
//!   container::ContainerReader ──► container::Opened (no way to a document)
//!     Opened::verify ──► container::Verdict ──► container::Verified ──► its documents
//! ```
//!
//! `envelope --help` shows the same ladder from the outside, for a shell.
//!
//! # What holds everywhere
//!
//! Signing, unwrapping and bulk encryption are two halves each: the core says what the key must do and takes the
//! result, so that WebCrypto, a key file or an HSM fit alike. [`pki::SoftKey`] is the key in this process.
//!
//! Every refusal, of a package, a document, a key or a letter, names one of the [rules](finding::Rule), with
//! the clause of the standard that decides. Where an item does not say otherwise, sizes and offsets are bytes
//! in `u64`, instants are UTC, digests SHA-256 in lower-case hexadecimal, organisation numbers nine digits.
//! «The reference» is Digdir's integrasjonspunkt 4 with its libraries.

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
