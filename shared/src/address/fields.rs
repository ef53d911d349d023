//! What each channel, and each way to a person, asks a sender to fill in, and what of a letter it does not carry, as data.
//!
//! What is lost follows from how integrasjonspunkt makes a shipment of KS SvarUt or a correspondence of
//! Altinn's out of an `arkivmelding`, as do [`crate::svarut::shipment()`], [`crate::letter::PersonLetter`] and
//! the relay's `broker/dpv/map.rs`; tests hold the tables against that code, and those of people against
//! [`crate::letter::check_person()`]. What a form asks for, and what fills itself in, is ours.

use serde::{Deserialize, Serialize};

use super::{Channel, PersonWay};

/// Something of a letter that a person fills in or sees. In brackets what it becomes in `arkivmelding.xml`
/// (Noark 5), or the channel that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterField {
    /// Subject area: the process, for example administration.
    Process,
    /// Decision or information, to a person: the process.
    Kind,
    /// Title of the letter (`journalpost/tittel`).
    Title,
    /// Documents, one of them the main one.
    Documents,
    /// The documents' titles (`dokumentbeskrivelse/tittel`).
    DocumentTitles,
    /// Summary (`messageSummary` of Altinn Correspondence).
    Summary,
    /// Text of the message (`messageBody`).
    Body,
    /// Case number (`mappeID`).
    CaseNumber,
    /// Case title (`saksmappe/tittel`).
    CaseTitle,
    /// Date of the document (`dokumentetsDato`).
    DocumentDate,
    /// The sender's reference: scope `SenderRef` of the SBD.
    OurReference,
    /// The recipient's reference: scope `ReceiverRef` of the SBD.
    TheirReference,
    /// Case worker (`saksbehandler`).
    CaseWorker,
    /// Ground for withholding from the public (`skjerming`).
    AccessRestriction,
    /// How surely a reader must be known, 3 or 4 (SvarUt, `sikkerhetsniva`).
    SecurityLevel,
    /// Language of the letter (DPI, `spraak`).
    Language,
    /// The first day it can be opened (DPI, `virkningsdato`; Altinn's inbox, `requestedPublishTime`).
    AvailableFrom,
    /// Whether the recipient must confirm before it opens (DPI, `aapningskvittering`).
    OpeningReceipt,
    /// How the recipient is told, and whether there is a reminder.
    Notification,
    /// What the notification says (Altinn's inbox).
    NotificationText,
    /// When an answer is due (Altinn's inbox, `dueDateTime`).
    ReplyDeadline,
    /// Where to answer (Altinn's inbox, `replyOptions`).
    ReplyLinks,
    /// A unit within the sender (DPI, `avsenderId`).
    SenderUnit,
    /// For the invoice (DPI, `fakturaReferanse`).
    InvoiceReference,
    /// A link out of the letter (DPI, `lenke`).
    OutsideLink,
    /// An event or a proof that a mailbox shows beside the letter (DPI, `arrangement`, `bevis`).
    Extension,
    /// SvarUt's type of shipment (`forsendelsestype`).
    ShipmentType,
    /// Never printed (SvarUt, `kunDigitalLevering`).
    DigitalOnly,
    /// Where paper goes (SvarUt, `mottaker/adresse`).
    PaperAddress,
    /// Printed in colour (DPI, `utskriftsfarge`).
    Colour,
    /// A or B post (DPI, `posttype`).
    Postage,
    /// What happens to paper that is not delivered (DPI, `returhaandtering`).
    ReturnHandling,
    /// Where it comes back to (DPI, `retur/mottaker`).
    ReturnAddress,
    /// Latest time for delivery: `expectedResponseDateTime` of the SBD.
    Deadline,
}

/// Whether a field must be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// It must.
    Required,
    /// It may.
    Optional,
    /// It is filled in by itself, and can be changed.
    Automatic,
}

/// A field as a channel has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldUse {
    /// Which field.
    pub field: LetterField,
    /// Whether it must be filled in.
    pub need: Need,
}

/// Whom a letter is to, and how it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Organisation(Channel),
    Person(PersonWay),
}

/// What a letter has that goes so.
struct Row {
    to: To,
    /// The greatest number of documents, the main one included.
    documents: usize,
    fields: &'static [FieldUse],
    loses: &'static [LetterField],
}

const fn required(field: LetterField) -> FieldUse {
    FieldUse { field, need: Need::Required }
}

const fn optional(field: LetterField) -> FieldUse {
    FieldUse { field, need: Need::Optional }
}

const fn automatic(field: LetterField) -> FieldUse {
    FieldUse { field, need: Need::Automatic }
}

use LetterField::{
    AccessRestriction, AvailableFrom, Body, CaseNumber, CaseTitle, CaseWorker, Colour, Deadline, DigitalOnly,
    DocumentDate, DocumentTitles, Documents, Extension, InvoiceReference, Kind, Language, Notification,
    NotificationText, OpeningReceipt, OurReference, OutsideLink, PaperAddress, Postage, Process, ReplyDeadline,
    ReplyLinks, ReturnAddress, ReturnHandling, SecurityLevel, SenderUnit, ShipmentType, Summary, TheirReference, Title,
};

/// What a letter to an organisation has by every channel.
macro_rules! letter_fields {
    ($($more:expr),*) => {
        &[
            required(Title),
            required(Documents),
            required(DocumentTitles),
            optional(CaseNumber),
            automatic(CaseTitle),
            automatic(DocumentDate),
            optional(OurReference),
            automatic(TheirReference),
            automatic(CaseWorker),
            optional(AccessRestriction),
            automatic(Deadline),
            $($more),*
        ]
    };
}

const ROWS: &[Row] = &[
    Row {
        to: To::Organisation(Channel::Dpo),
        documents: crate::letter::MAX_DOCUMENTS,
        fields: letter_fields!(required(Process)),
        loses: &[],
    },
    // SvarUt has no processes; it takes a case by its number and a document by its file name.
    Row {
        to: To::Organisation(Channel::Dpf),
        documents: crate::svarut::MAX_DOCUMENTS,
        fields: letter_fields!(
            automatic(SecurityLevel),
            optional(ShipmentType),
            optional(DigitalOnly),
            optional(PaperAddress)
        ),
        loses: &[Process, DocumentTitles, CaseTitle, OurReference, AccessRestriction],
    },
    // The archive's file is not handed over, only its titles and the files it names.
    Row {
        to: To::Organisation(Channel::Dpv),
        documents: crate::dpv::MAX_DOCUMENTS,
        fields: letter_fields!(
            required(Process),
            automatic(Notification),
            optional(NotificationText),
            automatic(ReplyDeadline),
            optional(ReplyLinks),
            optional(AvailableFrom)
        ),
        loses: &[
            Process,
            CaseNumber,
            CaseTitle,
            DocumentDate,
            OurReference,
            TheirReference,
            CaseWorker,
            AccessRestriction,
        ],
    },
    // What kind of letter it is decides how it may go, and is told nobody.
    Row {
        to: To::Person(PersonWay::Mailbox),
        documents: crate::dpi::MAX_DOCUMENTS,
        fields: &[
            required(Kind),
            required(Title),
            required(Documents),
            optional(DocumentTitles),
            required(SecurityLevel),
            required(Language),
            automatic(AvailableFrom),
            automatic(OpeningReceipt),
            optional(Notification),
            optional(NotificationText),
            optional(SenderUnit),
            optional(InvoiceReference),
            optional(OutsideLink),
            optional(Extension),
            automatic(Deadline),
        ],
        loses: &[Kind],
    },
    // The title stands in the sender's own list. Where undelivered paper goes nobody else can say.
    Row {
        to: To::Person(PersonWay::Print),
        documents: crate::dpi::MAX_DOCUMENTS,
        fields: &[
            required(Kind),
            optional(Title),
            required(Documents),
            automatic(PaperAddress),
            optional(Colour),
            optional(Postage),
            optional(ReturnHandling),
            required(ReturnAddress),
            optional(SenderUnit),
            optional(InvoiceReference),
            automatic(Deadline),
        ],
        loses: &[Kind, Title],
    },
    // A document without a title is shown by its file name, and a letter without a summary by its title.
    Row {
        to: To::Person(PersonWay::Inbox),
        documents: crate::dpv::MAX_DOCUMENTS,
        fields: &[
            required(Kind),
            required(Title),
            automatic(Summary),
            required(Body),
            required(Documents),
            optional(DocumentTitles),
            automatic(Notification),
            optional(NotificationText),
            automatic(ReplyDeadline),
            optional(ReplyLinks),
            optional(AvailableFrom),
            automatic(Deadline),
        ],
        loses: &[Kind],
    },
];

impl To {
    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.to == self)
    }

    fn fields(self) -> &'static [FieldUse] {
        self.row().map_or(&[], |row| row.fields)
    }

    fn loses(self) -> &'static [LetterField] {
        self.row().map_or(&[], |row| row.loses)
    }

    fn max_documents(self) -> usize {
        self.row().map_or(crate::letter::MAX_DOCUMENTS, |row| row.documents)
    }
}

impl Channel {
    /// What a sender fills in, in the form's order; empty for channels without letters to organisations.
    pub fn fields(self) -> &'static [FieldUse] {
        To::Organisation(self).fields()
    }

    /// What of a letter to an organisation does not reach the recipient; empty for channels without such
    /// letters.
    pub fn loses(self) -> &'static [LetterField] {
        To::Organisation(self).loses()
    }

    /// The greatest number of documents, the main one included, inclusive. Where there are no letters to
    /// organisations it is what a container takes; letters to people have limits of their own.
    pub fn max_documents(self) -> usize {
        To::Organisation(self).max_documents()
    }
}

impl PersonWay {
    /// What a sender fills in.
    pub fn fields(self) -> &'static [FieldUse] {
        To::Person(self).fields()
    }

    /// What of a letter to a person does not reach them.
    pub fn loses(self) -> &'static [LetterField] {
        To::Person(self).loses()
    }

    /// The greatest number of documents, the main one included.
    pub fn max_documents(self) -> usize {
        To::Person(self).max_documents()
    }

    /// Whether a sender must fill this in.
    pub fn requires(self, field: LetterField) -> bool {
        self.fields().contains(&required(field))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_channel_stands_once_with_each_field_once_and_loses_only_what_a_letter_has() {
        for row in ROWS {
            assert_eq!(ROWS.iter().filter(|other| other.to == row.to).count(), 1);
            let fields: HashSet<_> = row.fields.iter().map(|one| one.field).collect();
            assert_eq!(fields.len(), row.fields.len(), "{:?}", row.to);
            let lost: HashSet<_> = row.loses.iter().collect();
            assert_eq!(lost.len(), row.loses.len(), "{:?}", row.to);
            let known = |field: &&LetterField| **field == Process || fields.contains(*field);
            assert!(row.loses.iter().all(|field| known(&field)), "{:?}", row.to);
        }
        assert_eq!((Channel::Dpv.max_documents(), Channel::Dpo.loses()), (100, [].as_slice()));
        for way in PersonWay::ALL {
            assert!(To::Person(way).row().is_some(), "{way:?}");
        }
    }
}
