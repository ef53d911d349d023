//! What a mailbox shows beside a letter: an event or a proof.

use konvolutt_shared::letter::{EventChoice, Extension, MailboxChoices, ProofChoice};

use crate::text::PersonText;

/// Which of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExtensionKind {
    /// None.
    #[default]
    None,
    /// An event.
    Event,
    /// A proof.
    Proof,
}

/// A field of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionField {
    /// What the event is.
    EventTitle,
    /// When it begins.
    EventFrom,
    /// When it ends.
    EventUntil,
    /// How to meet.
    EventMeeting,
    /// Where.
    EventPlace,
    /// Street of the place.
    EventStreet,
    /// Its postal code.
    EventPostalCode,
    /// Its town.
    EventTown,
    /// What is proved.
    ProofTitle,
    /// The holder's first name.
    ProofFirstName,
    /// The holder's family name.
    ProofLastName,
    /// Who has issued it.
    ProofIssuer,
    /// First day.
    ProofFrom,
    /// Last day.
    ProofUntil,
    /// What its number is called.
    ProofIdName,
    /// Its number.
    ProofId,
}

impl ExtensionKind {
    /// All, in the order of the list.
    pub const ALL: [Self; 3] = [Self::None, Self::Event, Self::Proof];

    /// Its name.
    pub const fn name(self, text: &PersonText) -> &'static str {
        match self {
            Self::None => text.extension_none,
            Self::Event => text.extension_event,
            Self::Proof => text.extension_proof,
        }
    }

    /// Which one is chosen.
    pub const fn of(mailbox: &MailboxChoices) -> Self {
        match &mailbox.extension {
            None => Self::None,
            Some(Extension::Event(_)) => Self::Event,
            Some(Extension::Proof(_)) => Self::Proof,
        }
    }

    /// Its fields, in the order of the page.
    pub fn fields(self) -> &'static [ExtensionField] {
        match self {
            Self::None => &[],
            Self::Event => &ExtensionField::ALL[..8],
            Self::Proof => &ExtensionField::ALL[8..],
        }
    }

    /// Chooses it. What was typed in another is gone, as it would not be sent.
    pub(super) fn choose(self, mailbox: &mut MailboxChoices) {
        if self == Self::of(mailbox) {
            return;
        }
        mailbox.extension = match self {
            Self::None => None,
            Self::Event => Some(Extension::Event(Box::default())),
            Self::Proof => Some(Extension::Proof(Box::default())),
        };
    }
}

/// How a field is typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A line.
    Line,
    /// Several lines.
    Area,
    /// A date.
    Date,
    /// A date and a time.
    Moment,
}

impl ExtensionField {
    /// All, in the order of the page.
    pub const ALL: [Self; 16] = [
        Self::EventTitle,
        Self::EventFrom,
        Self::EventUntil,
        Self::EventPlace,
        Self::EventStreet,
        Self::EventPostalCode,
        Self::EventTown,
        Self::EventMeeting,
        Self::ProofTitle,
        Self::ProofFirstName,
        Self::ProofLastName,
        Self::ProofIssuer,
        Self::ProofFrom,
        Self::ProofUntil,
        Self::ProofIdName,
        Self::ProofId,
    ];

    /// The last part of its path under `mailbox/extension/`.
    const fn path(self) -> &'static str {
        match self {
            Self::EventTitle => "event/title",
            Self::EventFrom => "event/from",
            Self::EventUntil => "event/until",
            Self::EventMeeting => "event/meeting",
            Self::EventPlace => "event/place",
            Self::EventStreet => "event/street",
            Self::EventPostalCode => "event/postalCode",
            Self::EventTown => "event/town",
            Self::ProofTitle => "proof/title",
            Self::ProofFirstName => "proof/firstName",
            Self::ProofLastName => "proof/lastName",
            Self::ProofIssuer => "proof/issuer",
            Self::ProofFrom => "proof/from",
            Self::ProofUntil => "proof/until",
            Self::ProofIdName => "proof/idName",
            Self::ProofId => "proof/id",
        }
    }

    /// The element's id.
    pub fn element_id(self) -> String {
        self.path().replace('/', "-")
    }

    pub(super) fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.path() == path)
    }

    /// How it is typed in.
    pub const fn typed(self) -> Typed {
        match self {
            Self::EventFrom | Self::EventUntil => Typed::Moment,
            Self::ProofFrom | Self::ProofUntil => Typed::Date,
            Self::EventMeeting => Typed::Area,
            _ => Typed::Line,
        }
    }

    /// Its label.
    pub const fn label(self, text: &PersonText) -> &'static str {
        match self {
            Self::EventTitle => text.event_title,
            Self::EventFrom => text.event_from,
            Self::EventUntil => text.event_until,
            Self::EventMeeting => text.event_meeting,
            Self::EventPlace => text.event_place,
            Self::EventStreet => text.event_street,
            Self::EventPostalCode => text.event_postal_code,
            Self::EventTown => text.event_town,
            Self::ProofTitle => text.proof_title,
            Self::ProofFirstName => text.proof_first_name,
            Self::ProofLastName => text.proof_last_name,
            Self::ProofIssuer => text.proof_issuer,
            Self::ProofFrom => text.proof_from,
            Self::ProofUntil => text.proof_until,
            Self::ProofIdName => text.proof_id_name,
            Self::ProofId => text.proof_id,
        }
    }

    pub(super) fn get(self, mailbox: &MailboxChoices) -> String {
        let mut extension = mailbox.extension.clone();
        extension.as_mut().and_then(|extension| self.slot(extension)).map(|text| text.clone()).unwrap_or_default()
    }

    pub(super) fn set(self, mailbox: &mut MailboxChoices, text: String) {
        if let Some(slot) = mailbox.extension.as_mut().and_then(|extension| self.slot(extension)) {
            *slot = text;
        }
    }

    fn slot(self, extension: &mut Extension) -> Option<&mut String> {
        match extension {
            Extension::Event(event) => self.of_event(event),
            Extension::Proof(proof) => self.of_proof(proof),
        }
    }

    fn of_event(self, event: &mut EventChoice) -> Option<&mut String> {
        Some(match self {
            Self::EventTitle => &mut event.title,
            Self::EventFrom => &mut event.from,
            Self::EventUntil => &mut event.until,
            Self::EventMeeting => &mut event.meeting,
            Self::EventPlace => &mut event.place,
            Self::EventStreet => &mut event.street,
            Self::EventPostalCode => &mut event.postal_code,
            Self::EventTown => &mut event.town,
            _ => return None,
        })
    }

    fn of_proof(self, proof: &mut ProofChoice) -> Option<&mut String> {
        Some(match self {
            Self::ProofTitle => &mut proof.title,
            Self::ProofFirstName => &mut proof.first_name,
            Self::ProofLastName => &mut proof.last_name,
            Self::ProofIssuer => &mut proof.issuer,
            Self::ProofFrom => &mut proof.from,
            Self::ProofUntil => &mut proof.until,
            Self::ProofIdName => &mut proof.id_name,
            Self::ProofId => &mut proof.id,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_keeps_its_own_text_in_the_one_that_is_chosen() {
        let mut mailbox = MailboxChoices::default();
        ExtensionField::EventTitle.set(&mut mailbox, "nowhere".to_owned());
        assert_eq!(mailbox, MailboxChoices::default(), "nothing is chosen");
        for kind in [ExtensionKind::Event, ExtensionKind::Proof] {
            kind.choose(&mut mailbox);
            for field in kind.fields() {
                field.set(&mut mailbox, field.path().to_owned());
            }
            kind.choose(&mut mailbox);
            for field in ExtensionField::ALL {
                let kept = if kind.fields().contains(&field) { field.path() } else { "" };
                assert_eq!(field.get(&mailbox), kept);
                assert_eq!(ExtensionField::from_path(field.path()), Some(field));
            }
        }
        ExtensionKind::None.choose(&mut mailbox);
        assert_eq!(mailbox.extension, None);
    }
}
