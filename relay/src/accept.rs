//! The one decision: may this envelope enter?

use jiff::Timestamp;
use konvolutt_shared::api::{Direction, OrganisationAccess, Submission};
use konvolutt_shared::envelope::{self, VerifiedEnvelope, VerifyEnvelope};
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::sbd::DocumentType;
use uuid::Uuid;

use crate::identity::Caller;
use crate::message::{self, NewMessage};
use crate::outbox::{self, Kind, NewDelivery};
use crate::problem::Refusal;
use crate::store::{Store, StoreError, Write};
use crate::upload::{self, Upload};

/// How an envelope came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is committed, and queued.
    New(String),
    /// The same envelope had come before; nothing was done again.
    Again(String),
}

/// Verifies an envelope and its package and commits both. When this answers, they are on disk.
///
/// # Errors
/// Every clause of the signed envelope that does not hold, each with its own code.
pub async fn accept(
    store: &Store,
    caller: &Caller,
    submission: &Submission,
    expected: &VerifyEnvelope,
    party_name: impl AsyncFnOnce(&str) -> String,
) -> Result<Accepted, Refusal> {
    let verified = envelope::verify(&submission.envelope, expected)?;
    let parties = parties(&verified)?;
    caller.may_act_for(&parties.sender)?;
    if let Some(before) = replay(store, &verified, &parties.sender).await? {
        return Ok(Accepted::Again(before));
    }
    let upload = upload::find(store, caller.owner(), &submission.upload).await?;
    if !upload.is_complete() {
        return Err(Refusal::code(Code::UploadIncomplete, "the upload is not complete"));
    }
    let digest = upload::digest(&upload).await?;
    verified.claims.package.matches(upload.length, &digest)?;
    let package = upload::move_to_packages(store, &upload).await?;
    let party = OrganisationAccess { name: party_name(&parties.recipient).await, orgnr: parties.recipient.clone() };
    let accepted = commit(store, verified, submission, &parties, party, package, &upload, expected.now).await?;
    upload::remove(store, &upload).await?;
    Ok(accepted)
}

struct Parties {
    sender: String,
    recipient: String,
    message_id: String,
    conversation_id: String,
}

fn parties(verified: &VerifiedEnvelope) -> Result<Parties, Refusal> {
    let sbd = &verified.sbd;
    let number = |party: Option<&Iso6523>| party.and_then(Iso6523::number).map(|number| number.to_string());
    let missing =
        || Refusal::code(Code::SbdFieldMissing, "the document must name sender, receiver, message and conversation");
    if sbd.document_type() != DocumentType::Arkivmelding || verified.claims.route.channel != "DPO" {
        return Err(Refusal::code(Code::ServiceOff, "only arkivmelding over DPO is set up"));
    }
    Ok(Parties {
        sender: number(sbd.sender()).ok_or_else(missing)?,
        recipient: number(sbd.receiver()).ok_or_else(missing)?,
        message_id: sbd.message_id().ok_or_else(missing)?.to_string(),
        conversation_id: sbd.conversation_id().ok_or_else(missing)?.to_string(),
    })
}

/// The message that the same envelope made before.
async fn replay(store: &Store, verified: &VerifiedEnvelope, sender: &str) -> Result<Option<String>, Refusal> {
    let (sender, kind) = (sender.to_owned(), verified.sbd.document_type().as_str().to_owned());
    let Some(id) = verified.sbd.message_id().map(|id| id.to_string()) else { return Ok(None) };
    let known = store.read(move |connection| message::known(connection, Direction::Out, &sender, &id, &kind)).await?;
    match known {
        None => Ok(None),
        Some(known) if known.digest.as_deref() == Some(&verified.claims.package.sha256) => Ok(Some(known.id)),
        Some(_) => Err(conflict()),
    }
}

fn conflict() -> Refusal {
    Finding::error(Code::EnvelopeConflict, "the message id was used for another package").into()
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row, gathered once")]
async fn commit(
    store: &Store,
    verified: VerifiedEnvelope,
    submission: &Submission,
    parties: &Parties,
    party: OrganisationAccess,
    package: String,
    upload: &Upload,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let digest = verified.claims.package.sha256.clone();
    let message = NewMessage {
        id: Uuid::now_v7().to_string(),
        message_id: parties.message_id.clone(),
        conversation_id: parties.conversation_id.clone(),
        direction: Direction::Out,
        organisation: parties.sender.clone(),
        party,
        document_type: verified.sbd.document_type().as_str().to_owned(),
        process: verified.sbd.process().to_owned(),
        created: now,
        expires: verified.sbd.expires(),
        size: upload.length,
        sbd: verified.claims.sbd,
        envelope: Some(submission.envelope.clone()),
        digest: Some(digest.clone()),
        broker_sender: None,
        package: Some(package.clone()),
        findings: verified.findings,
    };
    let delivery = NewDelivery {
        message: message.id.clone(),
        kind: Kind::Letter,
        sender: parties.sender.clone(),
        recipient: parties.recipient.clone(),
        sbd: message.sbd.clone(),
        package: Some(package),
        package_size: upload.length,
        reference: Uuid::new_v4().to_string(),
        expires: message.expires,
    };
    let accepted = store.write(move |write| enter(write, &message, &delivery, &digest, now)).await?;
    accepted.ok_or_else(conflict)
}

/// Two submissions of the same envelope may race to here: the second finds the first.
fn enter(
    write: &mut Write<'_>,
    message: &NewMessage,
    delivery: &NewDelivery,
    digest: &str,
    now: Timestamp,
) -> Result<Option<Accepted>, StoreError> {
    let (organisation, id, kind) = (&message.organisation, &message.message_id, &message.document_type);
    if let Some(known) = message::known(write, Direction::Out, organisation, id, kind)? {
        return Ok((known.digest.as_deref() == Some(digest)).then_some(Accepted::Again(known.id)));
    }
    message::insert(write, message)?;
    outbox::enqueue(write, delivery, now)?;
    Ok(Some(Accepted::New(message.id.clone())))
}
