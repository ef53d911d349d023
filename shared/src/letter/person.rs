//! A letter to a person: by a digital mailbox, on paper, or to Altinn's inbox.
//!
//! ```text
//! Draft ── check_person(offer) ──► PersonLetter ── packing ──► what the container holds
//!                                               ── sbd, message ──► what goes beside it, once it is sealed
//! ```
//!
//! Sources: eFormidling's document types `digital`, `print` and `digital_dpv`; Digdir, Digital postkasse: its
//! JSON schemas and `sdp-manifest.xsd`; for the inbox Altinn Correspondence `InitializeCorrespondencesExt`.
//! The rules are L26 to L33 of [`crate::finding::Rule`]. Limits in characters count Unicode scalar values and
//! include the limit itself.

mod check;
mod extension;
mod write;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use check::{active_html, check_person, person_problems};
pub use extension::{EventChoice, Extension, ProofChoice, extension_kind};
pub use write::{Packing, PersonSending};

use super::{Draft, DraftDocument};
use crate::address::{AddressFields, PersonKind, PersonWay};
use crate::dpv;
use crate::identifier::{OrganisationNumber, PersonNumber};

/// What is decided of a letter to a person. Choices for other ways than the chosen one are kept, and count for
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersonDraft {
    /// Decision or information: the process, and whether a reservation counts.
    pub kind: PersonKind,
    /// How it goes; must be the offered one.
    pub way: PersonWay,
    /// The person is known by name and address alone, and gets it on paper: the draft names no recipient.
    pub unnumbered: bool,
    /// For [`PersonWay::Mailbox`].
    pub mailbox: MailboxChoices,
    /// For [`PersonWay::Print`].
    pub print: PrintChoices,
    /// For [`PersonWay::Inbox`].
    pub inbox: InboxChoices,
}

/// What is decided of a letter to a mailbox (Digital postkasse: `digital`). `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MailboxChoices {
    /// How surely the reader must be known: 3 or 4 (`sikkerhetsnivaa`).
    pub security_level: u8,
    /// Of title and notice, two small letters of ISO 639-1 (`spraak`); `nb` by default.
    pub language: String,
    /// The first day it can be read, `yyyy-mm-dd` (`virkningsdato`); at once when empty.
    pub available_from: String,
    /// Whether the person must confirm before the letter opens (`aapningskvittering`).
    pub opening_receipt: bool,
    /// Why, needed with [`Self::opening_receipt`]; asked so that it is thought of, and not sent.
    pub opening_reason: String,
    /// Text message, at most 160 characters, without links and identity numbers (`smsvarsel`); none when empty.
    pub sms: String,
    /// Mail, at most 500 characters, without identity numbers (`epostvarsel`); none when empty.
    pub email: String,
    /// Days after which to notify, at most ten of 0 to 25 (`repetisjoner`); at once when empty.
    pub reminder_days: Vec<u8>,
    /// A unit within the sender, at most 100 characters (`avsenderidentifikator`); none when empty.
    pub sender_unit: String,
    /// For the invoice, at most 40 characters (`fakturaReferanse`); none when empty.
    pub invoice_reference: String,
    /// A link out of the letter (`lenke`).
    pub link: Option<LinkChoice>,
    /// What the mailbox shows beside the main document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
}

impl Default for MailboxChoices {
    fn default() -> Self {
        Self {
            security_level: 3,
            language: "nb".to_owned(),
            available_from: String::new(),
            opening_receipt: false,
            opening_reason: String::new(),
            sms: String::new(),
            email: String::new(),
            reminder_days: Vec::new(),
            sender_unit: String::new(),
            invoice_reference: String::new(),
            link: None,
            extension: None,
        }
    }
}

/// A link out of a letter (`sdp-manifest.xsd`: `lenke`). `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkChoice {
    /// `https://` or `http://`, and something after it without white space.
    pub url: String,
    /// What it leads to, 1 to 70 characters.
    pub text: String,
    /// What the button says, 1 to 30 characters.
    pub button: String,
    /// The last day it works, `yyyy-mm-dd`, until 23:59:59 in Norway (`frist`); no such day when empty.
    pub deadline: String,
}

/// What is decided of a letter on paper (Digital postkasse: `utskrift`). `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PrintChoices {
    /// Where to (`mottaker`); the registry's address when empty.
    pub recipient: AddressFields,
    /// Where it goes when it is not delivered (`retur`). The registry's is the relay's operator's, so that it
    /// must be filled in.
    pub return_address: AddressFields,
    /// In colour (`FARGE`); black and white otherwise (`SORT_HVIT`).
    pub colour: bool,
    /// A post; B post otherwise (`posttype`).
    pub priority: bool,
    /// Destroyed when it is not delivered, and the sender told (`MAKULERING_MED_MELDING`), rather than returned
    /// (`DIREKTE_RETUR`).
    pub destroy: bool,
    /// A unit within the sender, at most 100 characters.
    pub sender_unit: String,
    /// For the invoice, at most 40 characters.
    pub invoice_reference: String,
}

/// What is decided of a letter to Altinn's inbox (eFormidling: `digital_dpv`). `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InboxChoices {
    /// Summary, at most 255 characters (`messageSummary`); the title when empty.
    pub summary: String,
    /// The text, Markdown, 1 to 30 000 characters (`messageBody`).
    pub body: String,
    /// Notification, due date and answers.
    pub options: dpv::Options,
}

/// A letter to a person that has passed every rule; only [`check_person`] makes one. `Debug` shows the way
/// alone.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonLetter {
    draft: Draft,
    person: PersonDraft,
    sender: OrganisationNumber,
    /// None of one who is known by name and address alone.
    recipient: Option<PersonNumber>,
    main: usize,
    provider: Option<OrganisationNumber>,
    mailbox: String,
    mobile: String,
    email: String,
}

impl PersonLetter {
    /// How it goes: the way that was offered.
    pub fn way(&self) -> PersonWay {
        self.person.way
    }

    /// The organisation that sends and signs.
    pub fn sender(&self) -> OrganisationNumber {
        self.sender
    }

    /// The person; `None` of one who is known by name and address alone.
    pub fn recipient(&self) -> Option<PersonNumber> {
        self.recipient
    }

    /// When it can be delivered: later than `now` where Altinn's inbox shall publish it later.
    pub fn delivered_from(&self, now: Timestamp) -> Timestamp {
        if self.way() == PersonWay::Inbox { self.person.inbox.options.published(now) } else { now }
    }

    /// The documents in the draft's order, at least one; file names are NFC-normalised, usable and distinct.
    pub fn documents(&self) -> &[DraftDocument] {
        &self.draft.documents
    }
}

/// The address to print: what was filled in, else what the registry has.
fn address<'a>(filled: &'a AddressFields, known: Option<&'a AddressFields>) -> &'a AddressFields {
    if filled.is_empty() { known.unwrap_or(filled) } else { filled }
}

macro_rules! hidden {
    ($($name:ident),*) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        })*
    };
}

hidden!(MailboxChoices, LinkChoice, PrintChoices, InboxChoices, EventChoice, ProofChoice);

impl fmt::Debug for PersonLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonLetter").field("way", &self.person.way).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "soft-keys"))]
mod tests;
