//! The letter as a person fills it in. Files themselves stay with the page; this knows only what they are called,
//! how large they are and how they begin.

mod agreed;
mod channel;
mod document;
mod field;
mod landing;
mod links;
mod person;
mod process;
mod progress;
mod remark;

pub use agreed::{AgreedField, AgreedForm};
pub use channel::{
    Choice, ChoiceField, Choices, Deadline, Fact, TRANSPORTS, facts, level_name, one_line, transport_name,
};
pub use document::{Document, NewDocument};
pub use field::{CaseField, Field, Fix, Mistake, mistakes};
pub use landing::{UNDO_ID, delete_id, down_id, up_id};
pub use links::{ADD_LINK, LinkChange, LinkPart, Links};
pub use person::{
    ExtensionField, ExtensionKind, LANGUAGES, Offered, PersonAction, PersonField, PersonForm, PersonSwitch, Postal,
    Side, Typed, Way, grouped, language_name, reason as person_reason, sentence as person_sentence, way_name,
};
pub use process::Process;
pub use progress::{Line, Phase, Progress};
pub use remark::remarks;

use jiff::Timestamp;
use konvolutt_shared::address::{PersonWay, Reader};
use konvolutt_shared::identifier::PersonNumber;
use konvolutt_shared::letter::AGREED_PROCESS;
use konvolutt_shared::svarut::Level;
use serde::{Deserialize, Serialize};

/// Longest title, in characters.
pub const TITLE_MAX: usize = konvolutt_shared::letter::MAX_TITLE;

/// The chosen recipient. `Debug` shows nothing of it: it may be a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Nine digits of an organisation, or eleven of a person; empty of a person without a number.
    pub orgnr: String,
    /// Registered name.
    pub name: String,
    /// Whether the register says that it is bankrupt.
    #[serde(default)]
    pub bankrupt: bool,
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recipient(redacted)")
    }
}

impl Recipient {
    /// A person of whom there is no number: name and address on the letter say who it is.
    pub fn unnumbered() -> Self {
        Self { orgnr: String::new(), name: String::new(), bankrupt: false }
    }

    /// Whether it is a person without a number.
    pub fn is_unnumbered(&self) -> bool {
        self.orgnr.is_empty()
    }

    /// Whether it is a person.
    pub fn is_person(&self) -> bool {
        self.is_unnumbered() || PersonNumber::parse(&self.orgnr).is_ok()
    }
}

/// How the letter will travel, as the browser has verified it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Channel code, `DPO`.
    pub channel: String,
    /// Who can open what is sealed.
    pub reader: Reader,
    /// Most bytes the recipient takes in all.
    pub max_bytes: u64,
    /// Whether the recipient can answer here.
    pub can_reply: bool,
    /// Why this way, one sentence each.
    pub reasons: Vec<String>,
    /// When the registry was asked, by this browser's clock.
    pub asked: Timestamp,
}

/// What a reply inherits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// Conversation to go on with.
    pub conversation_id: String,
}

/// Values of the archive fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseValues([String; CaseField::ALL.len()]);

impl CaseValues {
    /// The value of a field.
    pub fn get(&self, field: CaseField) -> &str {
        self.0.get(field as usize).map_or("", String::as_str)
    }

    fn set(&mut self, field: CaseField, value: String) {
        if let Some(slot) = self.0.get_mut(field as usize) {
            *slot = value;
        }
    }
}

/// Everything a person has filled in. Where it is kept (only sealed: it is content), the documents are not kept with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Becomes the SBD's id; one per draft, so that sending twice is sending once.
    pub message_id: String,
    /// To whom.
    pub recipient: Option<Recipient>,
    /// Set in a reply; the recipient is locked then.
    pub reply: Option<ReplyTo>,
    /// Title of the letter.
    pub title: String,
    /// Subject area.
    pub process: Process,
    /// Uses the confidential subject area instead.
    pub confidential: bool,
    /// In the order they are sent.
    #[serde(skip)]
    pub documents: Vec<Document>,
    /// The one deleted last, with its place, until something else is done to the list.
    #[serde(skip)]
    pub removed: Option<(usize, Document)>,
    /// Archive fields.
    pub case: CaseValues,
    /// What was decided about the channel.
    pub choices: Choices,
    /// What was agreed upon, where that is sent instead of a letter.
    pub agreed: AgreedForm,
    /// What is chosen for a letter to a person.
    pub person: PersonForm,
}

/// What a person does to the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Chooses a recipient, or none.
    Recipient(Option<Recipient>),
    /// Types a title.
    Title(String),
    /// Chooses a subject area.
    Process(Process),
    /// Turns the confidential switch.
    Confidential(bool),
    /// Adds files.
    Add(Vec<NewDocument>),
    /// Types a document's title.
    DocumentTitle(u32, String),
    /// Gives a document another file name.
    Rename(u32, String),
    /// Makes a document the main one.
    Main(u32),
    /// Moves a document one place up.
    Up(u32),
    /// Moves a document one place down.
    Down(u32),
    /// Deletes a document.
    Remove(u32),
    /// Takes the last deletion back.
    UndoRemove,
    /// Types in an archive field.
    Case(CaseField, String),
    /// Decides something about the channel.
    Choose(Choice),
    /// Sends what was agreed upon, or a letter.
    Agreed(bool),
    /// Types in a field of what was agreed.
    AgreedText(AgreedField, String),
    /// Chooses something for a letter to a person.
    Person(PersonAction),
}

impl Form {
    /// An empty letter.
    pub fn new(message_id: String) -> Self {
        Self { message_id, ..Self::default() }
    }

    /// URN of the subject area.
    pub fn process_urn(&self) -> String {
        if self.is_to_person() {
            return self.person.draft.kind.process().to_owned();
        }
        if self.agreed.on {
            return AGREED_PROCESS.to_owned();
        }
        let name = if self.confidential { "taushetsbelagt" } else { self.process.name() };
        format!("urn:no:difi:profile:arkivmelding:{name}:ver1.0")
    }

    /// Whether the letter goes to a person.
    pub fn is_to_person(&self) -> bool {
        self.recipient.as_ref().is_some_and(Recipient::is_person)
    }

    /// The security level that the registry is asked to find a way for: the letter's. One to an organisation has none until
    /// somebody chooses; the registry then answers with the way that there is, and the letter gets the level of that. Of the
    /// ways to a person a digital mailbox alone has one.
    pub fn level(&self) -> Option<u8> {
        if self.is_to_person() {
            let draft = &self.person.draft;
            return (draft.way == PersonWay::Mailbox).then_some(draft.mailbox.security_level);
        }
        self.choices.level_chosen(self.confidential).map(Level::number)
    }

    /// Bytes of all documents together.
    pub fn total_size(&self) -> u64 {
        self.documents.iter().map(|document| document.size).fold(0, u64::saturating_add)
    }

    /// Characters left of the title; negative if it is too long.
    pub fn title_left(&self) -> i64 {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        count(TITLE_MAX) - count(self.title.chars().count())
    }

    /// Whether anything has been filled in that would be a loss: more than a subject area, and than what is filled in for
    /// every letter.
    pub fn has_content(&self) -> bool {
        let mut empty = Self { process: self.process, ..Self::new(self.message_id.clone()) };
        empty.choices.digital_usual = self.choices.digital_usual;
        for field in [CaseField::Date, CaseField::CaseWorker] {
            empty.case.set(field, self.case.get(field).to_owned());
        }
        if self.title.trim().is_empty() {
            empty.title.clone_from(&self.title);
        }
        *self != empty
    }

    /// The form after `action`.
    #[must_use]
    pub fn after(mut self, action: Action) -> Self {
        match action {
            Action::Recipient(_) if self.reply.is_some() => {}
            Action::Recipient(recipient) => {
                self.person = PersonForm::to(recipient.as_ref().is_some_and(Recipient::is_unnumbered));
                self.recipient = recipient;
                // Another recipient may not take it.
                self.agreed.on = false;
                self.choices.forget_recipient();
            }
            Action::Title(title) => self.title = title,
            Action::Process(process) => self.process = process,
            Action::Confidential(on) => self.confidential = on,
            Action::Case(field, value) => self.case.set(field, value),
            Action::Agreed(on) => self.agreed.on = on,
            Action::AgreedText(field, value) => self.agreed.set(field, value),
            Action::Choose(choice) => self.choices.choose(choice),
            Action::Person(action) => self.person = self.person.after(action),
            action => self.change_documents(action),
        }
        self
    }

    fn change_documents(&mut self, action: Action) {
        if !matches!(action, Action::UndoRemove | Action::DocumentTitle(..)) {
            self.removed = None;
        }
        match action {
            Action::Add(files) => files.into_iter().for_each(|file| self.add(file)),
            Action::DocumentTitle(id, title) => self.with(id, |document| document.title = title),
            Action::Rename(id, name) => self.with(id, |document| document.name = name),
            Action::Main(id) => self.documents.iter_mut().for_each(|document| document.main = document.id == id),
            Action::Up(id) => self.shift(id, -1),
            Action::Down(id) => self.shift(id, 1),
            Action::Remove(id) => self.remove(id),
            Action::UndoRemove => self.undo_remove(),
            _ => {}
        }
    }

    fn add(&mut self, file: NewDocument) {
        let main = !self.documents.iter().any(|document| document.main);
        self.documents.push(Document::new(file, main));
    }

    fn with(&mut self, id: u32, change: impl FnOnce(&mut Document)) {
        if let Some(document) = self.documents.iter_mut().find(|document| document.id == id) {
            change(document);
        }
    }

    fn place(&self, id: u32) -> Option<usize> {
        self.documents.iter().position(|document| document.id == id)
    }

    fn shift(&mut self, id: u32, by: isize) {
        let Some(from) = self.place(id) else { return };
        match from.checked_add_signed(by) {
            Some(to) if to < self.documents.len() => self.documents.swap(from, to),
            _ => {}
        }
    }

    fn remove(&mut self, id: u32) {
        let Some(place) = self.place(id) else { return };
        let document = self.documents.remove(place);
        // A letter always has a main document while it has any.
        if document.main
            && let Some(first) = self.documents.first_mut()
        {
            first.main = true;
        }
        self.removed = Some((place, document));
    }

    fn undo_remove(&mut self) {
        let Some((place, document)) = self.removed.take() else { return };
        if document.main {
            self.documents.iter_mut().for_each(|other| other.main = false);
        }
        self.documents.insert(place.min(self.documents.len()), document);
    }
}

#[cfg(test)]
mod tests;
