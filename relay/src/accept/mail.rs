//! Letters to digital mailboxes and print: the message for the network comes along, signed by itself, and is held against
//! the envelope and the package.

use konvolutt_shared::api::Submission;
use konvolutt_shared::dpi::{self, Expected};
use konvolutt_shared::envelope::{VerifiedEnvelope, VerifyEnvelope};
use konvolutt_shared::finding::{Finding, Place, Rule};

use crate::broker::dpi::{Dpi, expiry};
use crate::channel;
use crate::problem::Refusal;

/// The message for the network: there with a letter to a mailbox, and with nothing else.
pub(super) fn business<'a>(
    submission: &'a Submission,
    verified: &VerifiedEnvelope,
) -> Result<Option<&'a str>, Refusal> {
    let wanted = verified.claims.route.channel == channel::DPI;
    match submission.business_message.as_deref() {
        Some(message) if wanted => Ok(Some(message)),
        None if !wanted => Ok(None),
        Some(_) => Err(Refusal::rule(Rule::RequestInvalid, "only letters to mailboxes have a businessMessage")),
        None => Err(Refusal::rule(Rule::RequestInvalid, "a letter to a mailbox needs its businessMessage")),
    }
}

/// The message as it may wait in the queue, once it is found to be the envelope's: of the same signer, about the package
/// that was uploaded, whose SHA-256 is given, and, but for the token, the document that the envelope keeps.
pub(super) fn sealed(
    mail: Option<&Dpi>,
    message: &str,
    package: [u8; 32],
    verified: &VerifiedEnvelope,
    expected: &VerifyEnvelope,
) -> Result<String, Refusal> {
    let off = || Refusal::rule(Rule::ChannelOn, "digital mailboxes are not set up here");
    let mail = mail.ok_or_else(off)?;
    let against = Expected { policy: expected.policy.clone(), package: Some(package), token: None };
    let message_of = dpi::verify(message, &against).map_err(|findings| {
        let place = |finding: Finding| match &finding.place {
            Some(_) => finding,
            None => finding.at(Place::path("businessMessage:/")),
        };
        findings.into_iter().map(place).collect::<Vec<_>>()
    })?;
    dpi::binds(&verified.sbd, &message_of.sbd)?;
    if message_of.signer.organisation() != verified.signer.organisation() {
        let message = "the message for the network is signed by another organisation than the envelope";
        return Err(Finding::error(Rule::MailSigner, message).at(Place::path("businessMessage:/header/x5c")).into());
    }
    if dpi::token(&message_of.sbd).and_then(expiry).is_some_and(|expires| expires <= expected.now) {
        return Err(Refusal::rule(Rule::MailboxToken, "the access token in the message has expired"));
    }
    let id = verified.sbd.message_id().map(|id| id.to_string()).unwrap_or_default();
    mail.seal(&id, message).ok_or_else(|| Refusal::rule(Rule::Broken, "the message cannot be sealed"))
}
