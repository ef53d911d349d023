//! The one decision: may this envelope enter?

mod mail;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{ApprovalRule, Direction, OrganisationAccess, Right, Submission};
use konvolutt_shared::dpv;
use konvolutt_shared::envelope::{self, VerifiedEnvelope, VerifyEnvelope};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::{Iso6523, MessageChannel};
use konvolutt_shared::sbd::{DocumentType, Sbd};
use konvolutt_shared::svarut::Signed;

use crate::approval;
use crate::audit::{Action, Digest, ObjectKind, Record};
use crate::broker::dpi::Dpi;
use crate::channel;
use crate::clock::World;
use crate::files::Files;
use crate::identity::Caller;
use crate::message::{Known, NewMessage, NotStored};
use crate::observe::trace;
use crate::outbox::{Kind, NewDelivery};
use crate::packages::Packages;
use crate::problem::Refusal;
use crate::realm::Realm;
use crate::store::{Outbox, Store};
use crate::upload::{self, Upload};

/// Where the relay keeps things, and the world it lives in.
#[derive(Clone, Copy, Debug)]
pub struct Keeping<'a> {
    pub store: &'a dyn Store,
    pub files: &'a Files,
    pub packages: &'a dyn Packages,
    pub world: &'a dyn World,
    /// Whose numbers recipients may have.
    pub realm: Realm,
    /// Digital mailboxes, if letters go that way.
    pub mail: Option<&'a Dpi>,
    /// Which letters wait for approval.
    pub approvals: &'a [ApprovalRule],
    /// By organisation number, its own message channel.
    pub message_channels: &'a HashMap<String, MessageChannel>,
}

/// How an envelope came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is committed, and queued.
    New(String),
    /// The same envelope had come before; nothing was done again.
    Again(String),
}

/// Verifies an envelope and its package and commits both. When this answers, they are on disk, and the upload is
/// forgotten.
///
/// # Errors
/// Every clause of the signed envelope that does not hold, each with its own code.
pub async fn accept(
    keeping: Keeping<'_>,
    caller: &Caller,
    submission: &Submission,
    expected: &VerifyEnvelope,
    party_name: impl AsyncFnOnce(&str) -> String,
) -> Result<Accepted, Refusal> {
    let Keeping { store, files, packages, world, realm, mail, approvals, message_channels } = keeping;
    let verified = envelope::verify(&submission.envelope, expected)?;
    let parties = parties(&verified)?;
    caller.may(Right::Send, &parties.sender)?;
    // Empty where a person is the recipient, whose number is in the sealed package alone.
    if !parties.recipient.is_empty() {
        realm.has_organisation(&parties.recipient)?;
    }
    ends(verified.sbd.expires(), expected.now)?;
    let business = mail::business(submission, &verified)?;
    if let Some(before) = replay(store, &verified, &parties).await? {
        return Ok(before);
    }
    answered_here(&verified.sbd, &verified.claims.route.channel, message_channels.get(&parties.sender))?;
    let from = (parties.sender.as_str(), verified.claims.route.channel.as_str());
    let hold = approval::hold(approvals, caller, from, submission.approval_key.as_deref())?;
    let upload = match upload::find(store, files, caller.owner(), &submission.upload).await {
        Ok(upload) => upload,
        // The same envelope may have entered in between, and taken it.
        Err(unknown) => return replay(store, &verified, &parties).await?.ok_or(unknown),
    };
    if !upload.is_complete() {
        return Err(Refusal::rule(Rule::UploadIncomplete, "the upload is not complete"));
    }
    let claim = &verified.claims.package;
    let (digest, parts) = upload::digests(&upload, claim.parts.iter().map(|part| part.size).collect()).await?;
    claim.matches(upload.length, &digest)?;
    claim.parts_match(&parts)?;
    let sealed = match business {
        Some(message) => Some(mail::sealed(mail, message, upload::sha256(&upload).await?, &verified, expected)?),
        None => None,
    };
    let package = upload::move_to_packages(packages, &upload).await?;
    let name = if parties.recipient.is_empty() { PERSON.to_owned() } else { party_name(&parties.recipient).await };
    let party = OrganisationAccess { name, orgnr: parties.recipient.clone() };
    let message =
        new_message(verified, submission, parties, party, package, &upload, world.id().to_string(), expected.now);
    let message = NewMessage { hold, ..message };
    let behalf = Some(message.organisation.as_str());
    let mut record = caller.record(Action::MessageSubmitted, behalf, ObjectKind::Message, &message.id)?;
    record.event.object.digest = Some(Digest::of(submission.envelope.as_bytes()));
    let accepted = enter(store, world, message, sealed, Some(record)).await?;
    if matches!(accepted, Accepted::New(_)) {
        upload::discard(upload);
    }
    Ok(accepted)
}

/// What each channel carries.
const CARRIED: [(&str, DocumentType); 7] = [
    (channel::DPO, DocumentType::Arkivmelding),
    (channel::DPO, DocumentType::Avtalt),
    (channel::DPF, DocumentType::Arkivmelding),
    (channel::DPV, DocumentType::Arkivmelding),
    (channel::DPV, DocumentType::DigitalDpv),
    (channel::DPI, DocumentType::Digital),
    (channel::DPI, DocumentType::Utskrift),
];

/// The longest that a letter may be under way: Altinn 3 Broker keeps no transfer longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(365 * 24);

/// That a letter comes to an end: one without a deadline would be tried for ever, and nobody told.
fn ends(deadline: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    let missing = || Refusal::rule(Rule::DocumentValue, "the document must name a deadline (expectedResponseDateTime)");
    if deadline.ok_or_else(missing)?.duration_since(now) > LONGEST {
        let message = "the deadline (expectedResponseDateTime) must be within a year";
        return Err(Refusal::rule(Rule::DocumentField, message));
    }
    Ok(())
}

/// That the answers to a letter find the way back here: an organisation with a message channel of its own takes nothing
/// in that does not name it, and the reference refuses what names another (integrasjonspunkt, `NextMoveValidator`:
/// `MessageChannelInvalidException`). The reference adds a name that is missing, which what is signed does not allow.
fn answered_here(sbd: &Sbd, channel: &str, own: Option<&MessageChannel>) -> Result<(), Refusal> {
    let Some(own) = own.filter(|_| channel == channel::DPO) else { return Ok(()) };
    let (rule, wrong) = match sbd.message_channel() {
        Some(named) if named == own.as_str() => return Ok(()),
        Some(_) => (Rule::DocumentField, "another message channel than that of its sender"),
        None => (Rule::DocumentValue, "no message channel"),
    };
    let message = format!("the document names {wrong}: its scope MessageChannel must be {own}");
    Err(Finding::error(rule, message).into())
}

/// What stands for a person as the other party: the number is in the sealed package alone.
const PERSON: &str = "Privatperson";

struct Parties {
    sender: String,
    recipient: String,
    message_id: String,
    conversation_id: String,
}

fn parties(verified: &VerifiedEnvelope) -> Result<Parties, Refusal> {
    let sbd = &verified.sbd;
    // One who acts for another names that organisation as a part: it is the one whose message it is, whose system user the
    // broker knows, and for which the person must be allowed to send.
    let number = |party: Option<&Iso6523>| party.and_then(Iso6523::principal).map(|number| number.to_string());
    let missing =
        || Refusal::rule(Rule::DocumentValue, "the document must name sender, receiver, message and conversation");
    if !CARRIED.contains(&(verified.claims.route.channel.as_str(), sbd.document_type())) {
        return Err(Refusal::rule(Rule::ChannelOn, "the channel does not carry this document type here"));
    }
    Ok(Parties {
        sender: number(sbd.sender()).ok_or_else(missing)?,
        // Verified envelopes leave the receiver out only when it is a person.
        recipient: match sbd.document_type() {
            DocumentType::DigitalDpv => number(sbd.receiver()).unwrap_or_default(),
            _ => number(sbd.receiver()).ok_or_else(missing)?,
        },
        message_id: sbd.message_id().ok_or_else(missing)?.to_string(),
        conversation_id: sbd.conversation_id().ok_or_else(missing)?.to_string(),
    })
}

/// The message that the same envelope made before.
async fn replay(
    store: &dyn Outbox,
    verified: &VerifiedEnvelope,
    parties: &Parties,
) -> Result<Option<Accepted>, Refusal> {
    let known = store.outgoing(&parties.sender, &parties.message_id).await?;
    let (digest, sbd) = (&verified.claims.package.pieces_sha256, &verified.claims.sbd);
    known.map(|known| again(&known, Some(digest), sbd)).transpose()
}

/// The same id with the same document and package is the same message; with others it is refused.
fn again(known: &Known, digest: Option<&str>, sbd: &str) -> Result<Accepted, Refusal> {
    if known.digest.as_deref() == digest && known.sbd == sbd {
        return Ok(Accepted::Again(known.id.clone()));
    }
    Err(Finding::error(Rule::EnvelopeOnce, "the message id was used for another document or package").into())
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row, gathered once")]
fn new_message(
    verified: VerifiedEnvelope,
    submission: &Submission,
    parties: Parties,
    party: OrganisationAccess,
    package: String,
    upload: &Upload,
    id: String,
    now: Timestamp,
) -> NewMessage {
    let details = details(&verified);
    NewMessage {
        id,
        message_id: parties.message_id,
        conversation_id: parties.conversation_id,
        direction: Direction::Out,
        channel: verified.claims.route.channel,
        organisation: parties.sender,
        party,
        document_type: verified.sbd.document_type().as_str().to_owned(),
        process: verified.sbd.process().to_owned(),
        created: now,
        expires: verified.sbd.expires(),
        size: upload.length,
        sbd: verified.claims.sbd,
        envelope: Some(submission.envelope.clone()),
        digest: Some(verified.claims.package.pieces_sha256),
        broker_sender: None,
        package: Some(package),
        findings: verified.findings,
        about: None,
        details,
        trace: trace::current(),
        upload: Some(upload.id.clone()),
        hold: None,
    }
}

/// What was signed beside the SBD and the channel needs: JSON of its own type.
fn details(verified: &VerifiedEnvelope) -> Option<String> {
    if let Some(resource) = verified.claims.route.resource.clone() {
        return serde_json::to_string(&dpv::Signed { resource }).ok();
    }
    let shipment = verified.claims.svarut.clone()?;
    let signed = Signed { shipment, parts: verified.claims.package.parts.clone() };
    serde_json::to_string(&signed).ok()
}

/// Commits a message and its delivery. Two submissions of the same envelope may race to here: the second finds the
/// first. `sealed` is what the queue alone has, where a message must not be kept in the clear.
///
/// # Errors
/// Its id was used for another document or package, its upload is gone, or the store's.
pub async fn enter(
    store: &dyn Outbox,
    world: &dyn World,
    message: NewMessage,
    sealed: Option<String>,
    record: Option<Record>,
) -> Result<Accepted, Refusal> {
    let delivery = NewDelivery {
        id: world.id().to_string(),
        message: message.id.clone(),
        kind: Kind::Letter,
        channel: message.channel.clone(),
        sender: message.organisation.clone(),
        recipient: message.party.orgnr.clone(),
        sbd: message.sbd.clone(),
        package: message.package.clone(),
        package_size: message.size,
        reference: world.random().to_string(),
        details: sealed.or_else(|| message.details.clone()),
        created: message.created,
        expires: message.expires,
    };
    let (id, digest, sbd) = (message.id.clone(), message.digest.clone(), message.sbd.clone());
    match store.accept(message, delivery, record).await? {
        None => Ok(Accepted::New(id)),
        Some(NotStored::Known(known)) => again(&known, digest.as_deref(), &sbd),
        Some(NotStored::UploadGone) => Err(upload::unknown()),
    }
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::identifier::Party;
    use konvolutt_shared::sbd::{self, Layer, MessageHead, Scope};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_letter_has_a_deadline_within_a_year() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let after = |hours| Some(now + SignedDuration::from_hours(hours));
        assert!(ends(after(24), now).is_ok() && ends(after(365 * 24), now).is_ok());
        assert!(ends(None, now).is_err());
        assert!(ends(after(366 * 24), now).is_err());
        assert!(ends(Some(Timestamp::MAX), now).is_err(), "year 9999");
    }

    #[test]
    fn a_letter_over_the_broker_names_the_channel_of_its_sender() {
        let own = MessageChannel::parse("konvolutt").unwrap();
        let letter = |channel: Option<&str>| {
            let scope = |name| Scope::message_channel(&MessageChannel::parse(name).unwrap(), Uuid::nil());
            let number = |text| Some(Party::Organisation(Iso6523::parse(text).unwrap()));
            let head = MessageHead {
                sender: number("310904007").unwrap(),
                receiver: number("310904015"),
                process: "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned(),
                message_id: Uuid::nil().into(),
                conversation_id: Uuid::nil().into(),
                created: Timestamp::UNIX_EPOCH,
                expires: None,
                scopes: channel.map(scope).into_iter().collect(),
            };
            let business = serde_json::json!({ "sikkerhetsnivaa": 3, "hoveddokument": "brev.pdf" });
            sbd::compose(Layer::Plain, head, DocumentType::Arkivmelding, business).unwrap()
        };
        for (named, by, own, enters) in [
            (Some("konvolutt"), channel::DPO, Some(&own), true),
            (Some("Konvolutt"), channel::DPO, Some(&own), false),
            (None, channel::DPO, Some(&own), false),
            (None, channel::DPF, Some(&own), true),
            (Some("konvolutt"), channel::DPO, None, true),
            (None, channel::DPO, None, true),
        ] {
            assert_eq!(answered_here(&letter(named), by, own).is_ok(), enters, "{named:?} {by} {own:?}");
        }
    }
}
