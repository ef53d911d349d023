//! The signed envelope: what a sender asks the relay to send, signed by the sender. The format is ours, a
//! compact JWS (RFC 7515, 7.1) whose claims bear the names of RFC 7519, 4.1, where it has them.
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

/// `typ` of the protected header (RFC 7515, 4.1.9): no other signed thing has it.
pub const TYPE: &str = "konvolutt-envelope+jws";

/// `ns` of the payload, the same said in the claims (RFC 8725, 3.11).
pub const NAMESPACE: &str = "urn:konvolutt:envelope:1";

/// The payload: an object of JSON with these members and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvelopeClaims {
    /// Always [`NAMESPACE`].
    pub ns: String,
    /// The relay it is meant for (RFC 7519, 4.1.3), letter by letter [`crate::api::Trust::audience`].
    pub aud: String,
    /// When it was signed, seconds since 1970 (RFC 7519, NumericDate).
    pub iat: i64,
    /// When it is no longer to be accepted, that second included, in the same unit; at most 86 400 (a day)
    /// after `iat`.
    pub exp: i64,
    /// The SBD, its exact text; that of a letter to a mailbox without its access token.
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
    /// The channel's code, as [`crate::address::Channel::as_str`] has it, for example `DPO`.
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
    /// Claims for a relay, valid from `now`, cut to whole seconds, for `seconds`: 0 to 86 400, which is not
    /// checked here. `channel` is a code as in [`Route`]; process and document type are those of the SBD.
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
    /// What the sender's key signs: header and payload in base64url, with a dot between (RFC 7515, 5.1).
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// The whole. ECDSA signatures are 64 bytes, as WebCrypto gives them (RFC 7518, 3.4). The signature is
    /// not verified.
    #[must_use]
    pub fn finish(self, signature: &[u8]) -> OutgoingEnvelope {
        OutgoingEnvelope(self.0.finish(signature))
    }
}

/// A signed envelope on its way out: a compact JWS (RFC 7515, 7.1). Only [`Unsigned::finish`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutgoingEnvelope(pub String);

/// Writes an envelope for signing by the key of the first certificate of `chain`, whose issuers follow it;
/// all of them stand in `x5c` (RFC 7515, 4.1.6). What the claims say is not judged.
///
/// # Errors
/// [`Rule::WriteSigner`] when the chain is empty; [`Rule::WriteOrder`] when the claims cannot be written as JSON.
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
