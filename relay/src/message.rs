//! A message that is about to be stored, and its events.

use jiff::Timestamp;
use konvolutt_shared::api::header::TraceParent;
use konvolutt_shared::api::{Approval, ApprovalStep, Direction, OrganisationAccess, Source, Status, StatusEvent};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::sbd;

use crate::approval::Hold;

/// A message that is about to be stored. Its first event is stored with it.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: String,
    pub message_id: String,
    pub conversation_id: String,
    pub direction: Direction,
    /// Its code, [`crate::channel`].
    pub channel: String,
    pub organisation: String,
    pub party: OrganisationAccess,
    pub document_type: String,
    pub process: String,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
    pub size: u64,
    pub sbd: String,
    pub envelope: Option<String>,
    pub digest: Option<String>,
    pub broker_sender: Option<String>,
    pub package: Option<String>,
    pub findings: Vec<Finding>,
    /// The SBD's id of the message that this is a receipt for, if we do not have that message.
    pub about: Option<String>,
    /// What else the channel was told of it, or told us: JSON of its own type.
    pub details: Option<String>,
    /// The span in which it was accepted.
    pub trace: Option<TraceParent>,
    /// The upload that it came as, which is forgotten with the commit.
    pub upload: Option<String>,
    /// What is kept of it until somebody has approved it, if somebody must.
    pub hold: Option<Hold>,
}

/// What is known of a stored message when it comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub id: String,
    /// Of its package.
    pub digest: Option<String>,
    pub sbd: String,
}

/// Why a message was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotStored {
    /// It is there already, or another one with its id.
    Known(Known),
    /// The upload that it came as has been removed, has expired, or came as another message.
    UploadGone,
}

/// An event without its place in the log.
pub fn event(at: Timestamp, status: Status, source: Source) -> StatusEvent {
    StatusEvent {
        cursor: 0,
        at,
        status,
        source,
        description: None,
        receipt: None,
        finding: None,
        handled_by: None,
        approval: None,
    }
}

/// A person has had what was given up queued once more.
pub fn queued_anew(at: Timestamp) -> StatusEvent {
    event(at, Status::Opprettet, Source::Person)
}

impl NewMessage {
    /// The event that its history begins with.
    pub fn first_event(&self) -> StatusEvent {
        let status = match self.direction {
            Direction::Out => Status::Opprettet,
            Direction::In => Status::InnkommendeMottatt,
        };
        let asked = |hold: &Hold| Approval { step: ApprovalStep::Asked, by: hold.sent_by.clone() };
        StatusEvent { approval: self.hold.as_ref().map(asked), ..event(self.created, status, Source::Relay) }
    }
}

/// From this security level on a letter is confidential: «høyt». The other one is 3, «betydelig».
const CONFIDENTIAL: u64 = 4;

/// Whether the business message of an SBD names a security level that is more than the ordinary one. An SBD that cannot
/// be read names none.
pub fn is_confidential(sbd: &str) -> bool {
    let (sbd, _) = sbd::read(sbd.as_bytes(), None);
    let level = sbd.as_ref().and_then(|sbd| sbd.business().get("sikkerhetsnivaa"));
    let number = level.and_then(|level| level.as_u64().or_else(|| level.as_str()?.trim().parse().ok()));
    number.is_some_and(|number| number >= CONFIDENTIAL)
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
    use konvolutt_shared::sbd::ArkivmeldingHead;

    use super::*;

    fn letter(level: u8) -> String {
        let id = "0192f0a1-7c3e-7a55-8f00-0123456789ab";
        let head = ArkivmeldingHead {
            sender: Iso6523::parse("310904007").unwrap(),
            receiver: Iso6523::parse("310900117").unwrap(),
            process: "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned(),
            message_id: MessageId::parse(id).unwrap(),
            conversation_id: ConversationId::parse(id).unwrap(),
            created: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
            sender_ref: None,
            receiver_ref: None,
            main_document: None,
            security_level: level,
            dpv: None,
        };
        sbd::arkivmelding(head).to_json()
    }

    #[test]
    fn only_a_letter_above_the_ordinary_level_is_confidential() {
        for (level, confidential) in [(3, false), (4, true)] {
            assert_eq!(is_confidential(&letter(level)), confidential, "{level}");
        }
        for text in ["", "{}", "{\"sikkerhetsnivaa\":4}", "<a/>"] {
            assert!(!is_confidential(text), "{text}");
        }
    }
}
