//! What a person chooses for a letter to another person.

mod extension;
mod field;
mod words;

use jiff::Timestamp;
use konvolutt_shared::address::{AddressFields, PersonKind, PersonWay, Rule, Terms};
use konvolutt_shared::api::Contact;
use konvolutt_shared::dpv::{Options, Transport};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::letter::{LinkChoice, PersonDraft};
use serde::{Deserialize, Serialize};

use super::Choices;

pub use extension::{ExtensionField, ExtensionKind, Typed};
pub use field::{PersonField, PersonSwitch, Postal, Side};
pub(super) use words::mistake_text;
pub use words::{grouped, language_name, reason, sentence, way_name};

/// A way that is offered, as the browser has verified it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What is known of it.
    pub terms: Terms,
    /// Whose certificate it is sealed to, by name.
    pub provider: String,
    /// What is wrong with ways that are not offered for it.
    pub findings: Vec<Finding>,
}

/// Every way to a person, and what explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// In the registry's order.
    pub ways: Vec<Way>,
    /// What the contact register says, if it could be asked.
    pub contact: Option<Contact>,
    /// When the registers were asked, by this browser's clock.
    pub asked: Timestamp,
}

impl Offered {
    /// The one that was chosen.
    pub fn way(&self, chosen: PersonWay) -> Option<&Way> {
        self.ways.iter().find(|way| way.terms.way == chosen)
    }

    /// Whether the person has no mailbox, as the registry says.
    pub fn lacks_mailbox(&self) -> bool {
        self.ways.iter().any(|way| way.terms.reasons.iter().any(|reason| reason.rule == Rule::NoMailbox))
    }
}

/// What was filled in. `chosen` tells whether the way is the person's own choice, `language_chosen` whether the language is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonForm {
    /// As the core knows it.
    pub draft: PersonDraft,
    chosen: bool,
    #[serde(default)]
    language_chosen: bool,
}

/// What a person does to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonAction {
    /// Decision or information.
    Kind(PersonKind),
    /// Chooses among the ways.
    Way(PersonWay),
    /// The registry has answered: what can be filled in is.
    Offered(Vec<Terms>),
    /// Types in a field.
    Text(PersonField, String),
    /// Turns a switch.
    Turn(PersonSwitch, bool),
    /// Chooses a security level, 3 or 4.
    Level(u8),
    /// Chooses what the mailbox shows beside the letter.
    Extension(ExtensionKind),
    /// Chooses how Altinn notifies.
    Transport(Transport),
}

/// Languages to choose among; the recipient's own comes on top.
pub const LANGUAGES: [&str; 4] = ["nb", "nn", "en", "se"];

impl PersonForm {
    /// An empty one; a person without a number gets paper.
    pub(super) fn to(unnumbered: bool) -> Self {
        let way = if unnumbered { PersonWay::Print } else { PersonWay::default() };
        Self { draft: PersonDraft { way, unnumbered, ..PersonDraft::default() }, ..Self::default() }
    }

    /// The form after `action`.
    #[must_use]
    pub fn after(mut self, action: PersonAction) -> Self {
        match action {
            PersonAction::Kind(kind) => (self.draft.kind, self.chosen) = (kind, false),
            PersonAction::Way(way) => (self.draft.way, self.chosen) = (way, true),
            PersonAction::Offered(terms) => self.offered(&terms),
            PersonAction::Text(field, text) => {
                self.language_chosen |= field == PersonField::Language;
                field.set(&mut self.draft, text);
            }
            PersonAction::Turn(switch, on) => switch.set(&mut self.draft, on),
            PersonAction::Level(level) => self.draft.mailbox.security_level = level,
            PersonAction::Extension(kind) => kind.choose(&mut self.draft.mailbox),
            PersonAction::Transport(transport) => {
                self.draft.inbox.options.varsel_transport_type = Some(transport);
            }
        }
        self
    }

    /// Takes the registry's own choice, unless the person has made another that is offered; fills in what is empty.
    fn offered(&mut self, terms: &[Terms]) {
        let Some(first) = terms.first() else { return };
        if !(self.chosen && terms.iter().any(|one| one.way == self.draft.way)) {
            (self.draft.way, self.chosen) = (first.way, false);
        }
        let fill = |fields: &mut AddressFields, known: Option<&AddressFields>| {
            if let Some(known) = known.filter(|_| fields.is_empty()) {
                *fields = known.clone();
            }
        };
        for one in terms {
            let language = one.language.as_deref().filter(|code| LANGUAGES.contains(code) && !self.language_chosen);
            if let Some(language) = language {
                language.clone_into(&mut self.draft.mailbox.language);
            }
            fill(&mut self.draft.print.recipient, one.postal.as_ref());
            fill(&mut self.draft.print.return_address, one.return_postal.as_ref());
        }
    }

    /// What is sent. When and where to answer is typed once for both kinds of inbox.
    pub fn letter(&self, choices: &Choices) -> PersonDraft {
        let mut draft = self.draft.clone();
        let Options { dager_til_svarfrist, tilgjengelig_fra, svarvalg, .. } = choices.inbox(false);
        let own = draft.inbox.options;
        draft.inbox.options = Options { dager_til_svarfrist, tilgjengelig_fra, svarvalg, ..own };
        draft
    }

    /// Whether a link stands outside the letter.
    pub fn link(&self) -> Option<&LinkChoice> {
        self.draft.mailbox.link.as_ref()
    }
}

#[cfg(test)]
mod tests;
