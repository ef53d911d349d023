//! A letter of ours that waits for approval: whoever approves it sees exactly what its envelope signed, or nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use konvolutt_shared::envelope::{self, Delegation, EnvelopeClaims, PackageDigest, VerifyEnvelope};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::jws;
use konvolutt_shared::pki::Policy;
use konvolutt_shared::seal::RecipientInfo;
use web_sys::Blob;

use super::Outcome;
use super::files::Pieces;
use super::send::one;
use crate::protocol::{OpenMessage, Outgoing};

/// Holds package and SBD against the envelope, and answers for whom the content key came beside them.
pub(super) async fn check(
    outgoing: &Outgoing,
    message: &OpenMessage,
    policy: &Policy,
    package: &Blob,
) -> Outcome<RecipientInfo> {
    let sender = message.broker_sender.clone().unwrap_or_default();
    let delegation = |signer: &String| Delegation { signer: signer.clone(), sender: sender.clone() };
    let expected = VerifyEnvelope {
        delegations: outgoing.suppliers.iter().map(delegation).collect(),
        // It was to be handed over soon after it was signed, and was; the certificate must hold today.
        ..VerifyEnvelope::new(&message.trust.audience, signed(&outgoing.envelope)?, policy.clone())
    };
    let verified = envelope::verify(&outgoing.envelope, &expected)?;
    if verified.claims.sbd != message.sbd {
        return Err(one(Finding::error(Rule::EnvelopeUploaded, "the document is not the signed one")));
    }
    let (size, digest) = digest(package).await?;
    verified.claims.package.matches(size, &digest).map_err(one)?;
    let key = STANDARD.decode(&outgoing.key).map_err(|_| one(Rule::SealEncoding.broken()))?;
    RecipientInfo::read(&key).map_err(one)
}

/// When an envelope says that it was signed.
fn signed(envelope: &str) -> Outcome<Timestamp> {
    let malformed = || one(Finding::error(Rule::EnvelopeText, "the envelope cannot be read"));
    let payload = jws::parse(envelope).map_err(|_| malformed())?.payload;
    let claims: EnvelopeClaims = serde_json::from_slice(&payload).map_err(|_| malformed())?;
    Timestamp::from_second(claims.iat).map_err(|_| malformed())
}

/// A package's size and digest, as the envelope has it.
async fn digest(package: &Blob) -> Outcome<(u64, String)> {
    let mut digest = PackageDigest::new();
    let mut pieces = Pieces::of(package);
    while let Some(piece) = pieces.next().await? {
        digest.update(piece);
    }
    Ok((package.size() as u64, digest.finish()))
}
