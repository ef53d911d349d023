//! Who can receive what, by which channel, and why.
//!
//! The service registry signs its answers. They pass through the relay untouched and are verified here, in the
//! browser, against keys pinned by the operator, so that a hostile relay cannot put another certificate in the
//! recipient's place. Source: `crypto.md` section 4, `integrasjonspunkt.md` section 6.

mod capability;
mod choose;
mod fields;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use capability::{Capability, Channel};
pub use choose::{Addressed, Reader, Reason, Rule, Ways, choose};
pub use fields::{FieldUse, LetterField, Need};

use crate::finding::{Code, Finding, Place};
use crate::{json, jws};

/// What the registry says about an identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistryAnswer {
    /// Who it is.
    #[serde(rename = "infoRecord", skip_serializing_if = "Option::is_none", default)]
    pub info: Option<InfoRecord>,
    /// How it can be reached: one record for each process and channel.
    #[serde(rename = "serviceRecords", default)]
    pub records: Vec<ServiceRecord>,
}

/// Who somebody is. Other members, such as addresses, are not read in this round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InfoRecord {
    /// Organisation number.
    pub identifier: String,
    /// Registered name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization_name: Option<String>,
}

/// One way to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRecord {
    /// The organisation that receives.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organisation_number: Option<String>,
    /// The certificate to seal to: PEM, or its base64 alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pem_certificate: Option<String>,
    /// Process URN.
    pub process: String,
    /// Document type URNs.
    #[serde(default)]
    pub document_types: Vec<String>,
    /// The channel.
    pub service: Service,
}

/// The channel of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// `DPO`, `DPF`, `DPV`, `DPI`, `DPE` or `DPH`.
    pub identifier: String,
    /// 3 or 4, where the channel has levels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub security_level: Option<u8>,
    /// The Altinn resource.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<String>,
    /// The largest message, in bytes, where the registry limits it.
    #[serde(skip_serializing_if = "Option::is_none", default, alias = "maxFileTransferSize")]
    pub max_bytes: Option<u64>,
}

/// Verifies and reads a registry answer. RS256 only; the key is the pinned one whose `kid` the answer names.
///
/// # Errors
/// [`Code::RegistryUnsigned`], whatever is wrong: an answer that is not the registry's own is worth nothing.
pub fn verify_registry_answer(answer: &str, keys: &[Value]) -> Result<RegistryAnswer, Finding> {
    let refuse = |message: String| {
        Finding::error(Code::RegistryUnsigned, message).at(Place::path("registry:/")).by("RFC 7515, 5.2")
    };
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
