//! Enterprise certificates, their keys, their paths and their revocation: RFC 5280 and RFC 6960, the
//! Norwegian profile SEID 2.0 and its forerunner, and RFC 7292 for key files. Every time is an instant in
//! UTC, to the second.

mod certificate;
mod crl;
mod extension;
mod jwk;
mod key;
mod memo;
mod name;
mod ocsp;
mod path;
pub mod pkcs12;
mod policies;
mod revocation;
mod scope;
mod signature;
#[cfg(feature = "soft-keys")]
mod soft_key;

pub use certificate::{Certificate, KeyUse, PublicKey};
pub use crl::Crl;
pub use key::PrivateKey;
pub use memo::Memo;
pub(crate) use name::canonical as canonical_name;
pub use ocsp::{Ocsp, OcspStatus};
pub use path::{PathVerdict, Policy, Purpose, validate, validate_path};
pub use policies::CertificatePolicies;
pub use signature::{PssHash, SignatureAlgorithm, verify, verify_with};
#[cfg(feature = "soft-keys")]
pub use soft_key::{SoftKey, hazmat_unwrap};

#[cfg(all(test, feature = "soft-keys"))]
pub(crate) mod testing;
#[cfg(all(test, feature = "soft-keys"))]
mod tests;
