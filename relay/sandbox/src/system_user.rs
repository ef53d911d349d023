//! Altinn's requests for system users (`/systemuser/request/vendor`): a vendor asks that its system may act for an
//! organisation, somebody there answers on a page, and Maskinporten gives tokens as that system user from then on.
//!
//! The system register itself is not played: one system stands in it. Paths, words and codes are those of Altinn's
//! published source; how long a request waits for an answer is a guess.

mod http;
mod page;
mod problem;
mod request;
pub mod state;
mod store;

pub(crate) use self::http::routes;
pub(crate) use self::page::routes as page_routes;
pub(crate) use self::store::Store;

use crate::broker::RESOURCE;
use crate::seed;

/// A system of the register.
#[derive(Debug)]
pub(crate) struct System {
    pub(crate) id: &'static str,
    /// Nine digits.
    pub(crate) vendor: &'static str,
    pub(crate) name: &'static str,
    /// Resources that it may ask for.
    pub(crate) rights: &'static [&'static str],
    /// Access packages that it may ask for.
    pub(crate) packages: &'static [&'static str],
}

/// The relay's.
pub(crate) const KONVOLUTT: System = System {
    id: "310904023_konvolutt",
    vendor: seed::VENDOR,
    name: "Konvolutt",
    rights: &[RESOURCE],
    packages: &["urn:altinn:accesspackage:informasjon-og-kommunikasjon"],
};

/// A system of this vendor's; others learn nothing of it.
pub(crate) fn system(id: &str, vendor: &str) -> Option<&'static System> {
    (id == KONVOLUTT.id && vendor == KONVOLUTT.vendor).then_some(&KONVOLUTT)
}

/// The name of a system user, `externalRef`, unless somebody chose another.
pub(crate) fn usual_reference(organisation: &str) -> String {
    format!("{organisation}_integrasjonspunkt_systembruker")
}
