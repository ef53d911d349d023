//! What each channel asks a sender to fill in, and what of a letter it does not carry, as data.
//!
//! What is lost follows from how integrasjonspunkt makes a shipment of KS SvarUt or a correspondence of
//! Altinn's out of an `arkivmelding`, as do [`crate::svarut::shipment()`] and the relay's
//! `broker/dpv/map.rs`; tests hold the tables against that code. What a form asks for, and what fills itself
//! in, is ours.

use serde::{Deserialize, Serialize};

use super::Channel;

/// Something of a letter that a person fills in or sees. In brackets what it becomes in `arkivmelding.xml`
/// (Noark 5), or the channel that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterField {
    /// Subject area: the process, for example administration.
    Process,
    /// Title of the letter (`journalpost/tittel`).
    Title,
    /// Documents, one of them the main one.
    Documents,
    /// The documents' titles (`dokumentbeskrivelse/tittel`).
    DocumentTitles,
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
    /// How the recipient is told, and whether there is a reminder (Altinn's inbox).
    Notification,
    /// What the notification says (Altinn's inbox).
    NotificationText,
    /// When an answer is due (Altinn's inbox, `dueDateTime`).
    ReplyDeadline,
    /// SvarUt's type of shipment (`forsendelsestype`).
    ShipmentType,
    /// Never printed (SvarUt, `kunDigitalLevering`).
    DigitalOnly,
    /// Where paper goes (SvarUt, `mottaker/adresse`).
    PaperAddress,
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

/// A channel's row.
struct Row {
    channel: Channel,
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
    AccessRestriction, CaseNumber, CaseTitle, CaseWorker, Deadline, DigitalOnly, DocumentDate, DocumentTitles,
    Documents, Notification, NotificationText, OurReference, PaperAddress, Process, ReplyDeadline, SecurityLevel,
    ShipmentType, TheirReference, Title,
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
        channel: Channel::Dpo,
        documents: crate::letter::MAX_DOCUMENTS,
        fields: letter_fields!(required(Process)),
        loses: &[],
    },
    // SvarUt has no processes; it takes a case by its number and a document by its file name.
    Row {
        channel: Channel::Dpf,
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
        channel: Channel::Dpv,
        documents: crate::dpv::MAX_DOCUMENTS,
        fields: letter_fields!(
            required(Process),
            automatic(Notification),
            optional(NotificationText),
            automatic(ReplyDeadline)
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
];

fn row(channel: Channel) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.channel == channel)
}

impl Channel {
    /// What a sender fills in, in the form's order; empty for channels without letters to organisations.
    pub fn fields(self) -> &'static [FieldUse] {
        row(self).map_or(&[], |row| row.fields)
    }

    /// What of a letter to an organisation does not reach the recipient; empty for channels without such
    /// letters.
    pub fn loses(self) -> &'static [LetterField] {
        row(self).map_or(&[], |row| row.loses)
    }

    /// The greatest number of documents, the main one included, inclusive. Where there are no letters to
    /// organisations it is what a container takes; letters to people have limits of their own.
    pub fn max_documents(self) -> usize {
        row(self).map_or(crate::letter::MAX_DOCUMENTS, |row| row.documents)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_channel_stands_once_with_each_field_once_and_loses_only_what_a_letter_has() {
        for row in ROWS {
            assert_eq!(ROWS.iter().filter(|other| other.channel == row.channel).count(), 1);
            let fields: HashSet<_> = row.fields.iter().map(|one| one.field).collect();
            assert_eq!(fields.len(), row.fields.len(), "{:?}", row.channel);
            let lost: HashSet<_> = row.loses.iter().collect();
            assert_eq!(lost.len(), row.loses.len(), "{:?}", row.channel);
            let known = |field: &&LetterField| **field == Process || fields.contains(*field);
            assert!(row.loses.iter().all(|field| known(&field)), "{:?}", row.channel);
        }
        assert_eq!((Channel::Dpv.max_documents(), Channel::Dpo.loses()), (100, [].as_slice()));
    }
}
