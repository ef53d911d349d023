//! The signed envelope: what a sender asks the relay to send, signed by the sender (DESIGN, section 3).
//!
//! The container's own signature lies under the encryption, so the relay cannot see it. This outer one it can check.
//! Outgoing and incoming are different types: only [`verify`] makes a [`VerifiedEnvelope`].

mod names;
mod package;
mod verify;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use names::{compare_carriers, compare_names};
pub use package::{PIECE, PackageClaim, PackageDigest, PartClaim, digest_of};
pub use verify::{Delegation, VerifiedEnvelope, VerifyEnvelope, verify};

use crate::finding::{Finding, Rule};
use crate::jws::{self, Algorithm, Header};
use crate::pki::Certificate;
use crate::svarut::Shipment;

/// `typ` of the protected header: no other signed thing has it.
pub const TYPE: &str = "konvolutt-envelope+jws";

/// `ns` of the payload, the same said inside what is signed.
pub const NAMESPACE: &str = "urn:konvolutt:envelope:1";

/// The payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvelopeClaims {
    /// [`NAMESPACE`].
    pub ns: String,
    /// The relay it is meant for, [`crate::api::Trust::audience`].
    pub aud: String,
    /// When it was signed, seconds since 1970 (RFC 7519, NumericDate).
    pub iat: i64,
    /// When it is no longer to be accepted, in the same unit.
    pub exp: i64,
    /// The SBD, its exact text.
    pub sbd: String,
    /// The sealed package.
    pub package: PackageClaim,
    /// Where it goes.
    pub route: Route,
    /// What KS SvarUt is told; there with channel `DPF`, and only then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub svarut: Option<Shipment>,
}

/// The service that carries the message, and what it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Route {
    /// Channel code, `DPO`.
    pub channel: String,
    /// Process URN, as in the SBD.
    pub process: String,
    /// Document type, as in the SBD: `arkivmelding`.
    pub document_type: String,
    /// With channel `DPV`, the Altinn resource that the registry's answer names for the process. Without it the relay's
    /// operator has decided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<String>,
}

impl EnvelopeClaims {
    /// Claims for a relay, valid from `now` for `seconds`.
    pub fn new(
        aud: &str,
        now: Timestamp,
        seconds: i64,
        sbd: &crate::sbd::Sbd,
        channel: &str,
        package: PackageClaim,
    ) -> Self {
        Self {
            ns: NAMESPACE.to_owned(),
            aud: aud.to_owned(),
            iat: now.as_second(),
            exp: now.as_second() + seconds,
            sbd: sbd.text().to_owned(),
            package,
            route: Route {
                channel: channel.to_owned(),
                process: sbd.process().to_owned(),
                document_type: sbd.document_type().as_str().to_owned(),
                resource: None,
            },
            svarut: None,
        }
    }
}

/// An envelope that lacks its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned(jws::Unsigned);

impl Unsigned {
    /// What the sender's key signs.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// The whole. ECDSA signatures are 64 bytes, as WebCrypto gives them.
    #[must_use]
    pub fn finish(self, signature: &[u8]) -> OutgoingEnvelope {
        OutgoingEnvelope(self.0.finish(signature))
    }
}

/// A signed envelope on its way out: a compact JWS. Only [`Unsigned::finish`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutgoingEnvelope(pub String);

/// Writes an envelope for signing by the key of the first certificate of `chain`.
///
/// # Errors
/// [`Rule::WriteSigner`] when the chain is empty.
pub fn prepare(claims: &EnvelopeClaims, chain: &[Certificate], algorithm: Algorithm) -> Result<Unsigned, Finding> {
    if chain.is_empty() {
        return Err(Finding::error(Rule::WriteSigner, "there is no certificate to sign with"));
    }
    let payload = serde_json::to_vec(claims)
        .map_err(|_| Finding::error(Rule::WriteOrder, "the claims cannot be written as JSON"))?;
    let header = Header {
        algorithm,
        kind: Some(TYPE.to_owned()),
        key_id: None,
        chain: chain.iter().map(|certificate| certificate.der().to_vec()).collect(),
    };
    Ok(Unsigned(jws::prepare(&header, &payload)))
}

#[cfg(all(test, feature = "soft-keys"))]
mod tests;
