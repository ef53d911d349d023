//! Who can receive what, by which channel, and why.
//!
//! eFormidling's service registry (adressetjenesten) signs its answers. They pass through the relay untouched
//! and are verified here, in the browser, against keys pinned by the operator, so that a hostile relay cannot
//! put another certificate in the recipient's place. Sources: the registry's `GET /identifier/{id}` with
//! `Accept: application/jose` (a JWS, RFC 7515), and how integrasjonspunkt picks a service record and what it
//! takes over each channel.

mod capability;
mod choose;
mod fields;
mod person;
mod record;

use serde_json::Value;

pub use capability::{Capability, Channel};
pub use choose::{Addressed, Reader, Reason, Rule, Ways, choose};
pub use fields::{FieldUse, LetterField, Need};
pub use person::{AddressFields, Offer, PersonKind, PersonWay, Terms, offers, print_offer};
pub use record::{InfoAddress, InfoRecord, PersonRecord, PostalRecord, RegistryAnswer, Service, ServiceRecord};

use crate::finding::{self, Finding, Place};
use crate::{json, jws};

/// Verifies and reads a registry answer, a compact JWS (RFC 7515). RS256 only; the key is the one of `keys`
/// (JWK, RFC 7517, RSA) whose `kid` the answer names. It holds no time: an old answer verifies, too, so ask
/// anew.
///
/// # Errors
/// [`finding::Rule::RegistrySigned`], whatever is wrong: an answer that is not the registry's own is worth nothing.
pub fn verify_registry_answer(answer: &str, keys: &[Value]) -> Result<RegistryAnswer, Finding> {
    let refuse = |message: String| Finding::error(finding::Rule::RegistrySigned, message).at(Place::path("registry:/"));
    let parsed = jws::parse(answer).map_err(|error| refuse(error.to_string()))?;
    if parsed.header.algorithm != jws::Algorithm::Rs256 {
        return Err(refuse("the answer is not signed with RS256".to_owned()));
    }
    let named = parsed.header.key_id.as_deref().ok_or_else(|| refuse("the answer names no key".to_owned()))?;
    let key = keys
        .iter()
        .find(|key| key.get("kid").and_then(Value::as_str) == Some(named))
        .ok_or_else(|| refuse("the answer names a key that is not pinned".to_owned()))?;
    if !parsed.verify_with_jwk(key) {
        return Err(refuse("the signature does not hold".to_owned()));
    }
    let value = json::parse(&parsed.payload).map_err(|error| refuse(error.to_string()))?;
    // serde would also read an array as the members in order.
    let object =
        Some(value).filter(Value::is_object).ok_or_else(|| refuse("the answer is not an object".to_owned()))?;
    serde_json::from_value(object).map_err(|_| refuse("the answer cannot be read".to_owned()))
}

#[cfg(all(test, feature = "soft-keys"))]
mod tests;
