//! Enterprise certificates (SEID), their keys, their paths and their revocation.

mod certificate;
mod crl;
mod path;
pub mod pkcs12;
mod signature;
#[cfg(feature = "soft-keys")]
mod soft_key;

pub use certificate::{Certificate, KeyUse, PublicKey};
pub use crl::Crl;
pub use path::{PathVerdict, Policy, Purpose, validate};
pub use signature::{SignatureAlgorithm, verify, verify_with};
#[cfg(feature = "soft-keys")]
pub use soft_key::{SoftKey, hazmat_unwrap};

#[cfg(all(test, feature = "soft-keys"))]
pub(crate) mod testing;
#[cfg(all(test, feature = "soft-keys"))]
mod tests;
