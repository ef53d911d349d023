//! Where things are and who may ask: Maskinporten, Altinn's token exchange, the service registry, Enhetsregisteret,
//! and revocation lists.

mod altinn;
mod enhetsregister;
mod maskinporten;
mod registry;
mod revocation;

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

pub use altinn::Tokens;
pub use enhetsregister::Enhetsregister;
pub use maskinporten::{KeyError, MaskinportenConfig, SecretPem};
pub use registry::ServiceRegistry;
pub use revocation::Revocation;

/// Seconds of a `Retry-After` (RFC 9110, 10.2.3). The form with a date is not used by those we ask.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
