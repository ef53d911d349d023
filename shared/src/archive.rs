//! `arkivmelding.xml`: the archive's view of a letter (Noark 5), written strictly and read leniently.
//!
//! The sender must send one case with one journal entry, valid under the schema; the recipient must not reject an
//! invalid one, since conversions from other systems lose mandatory data. Element order and words:
//! `integrasjonspunkt.md` section 5.

mod codes;
mod files;
mod read;
mod write;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use codes::{
    ATTACHED_AS, CASE_STATUS, CodeList, DOCUMENT_STATUSES, JOURNAL_STATUS, JOURNAL_TYPE, PARTY_TYPES, VARIANT,
};
pub use read::read;
pub use write::write;

/// The file's name in every package.
pub const FILE_NAME: &str = "arkivmelding.xml";

/// The namespace of the schema.
pub const NAMESPACE: &str = "http://www.arkivverket.no/standarder/noark5/arkivmelding";

/// The parts of an `arkivmelding` that we write and show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Arkivmelding {
    /// The system that made it.
    pub system: String,
    /// The message id.
    pub message_id: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The case.
    pub case: Case,
    /// The journal entry.
    pub entry: JournalEntry,
    /// The organisation's own fields (`virksomhetsspesifikkeMetadata`), those of the case first. Read, never written.
    pub own: Vec<OwnField>,
}

/// A field that only the organisation knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnField {
    /// The element's name, without prefix.
    pub name: String,
    /// Its text.
    pub value: String,
}

/// A case (`saksmappe`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Case {
    /// Its id in the archive.
    pub system_id: Uuid,
    /// Case number as people write it, `2026/17`.
    pub number: Option<String>,
    /// The year it was made in (`saksaar`). Read, and told to SvarUt; not written, since the documentation's schema has
    /// no place for it.
    pub year: Option<u16>,
    /// Its number within the year (`sakssekvensnummer`). As [`Self::year`].
    pub sequence: Option<u32>,
    /// Title.
    pub title: String,
    /// Title for the public journal.
    pub public_title: Option<String>,
    /// When the case began.
    pub date: Option<Date>,
    /// The unit that answers for it.
    pub unit: String,
    /// The person who answers for it.
    pub responsible: String,
}

/// A journal entry (`journalpost`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JournalEntry {
    /// Its id in the archive.
    pub system_id: Uuid,
    /// Number in the sender's journal.
    pub number: Option<String>,
    /// The journal's year (`journalaar`).
    pub year: Option<u16>,
    /// The number within the journal's year (`journalsekvensnummer`).
    pub sequence: Option<u32>,
    /// One of the words of [`JOURNAL_STATUS`]; another text when read from a lenient sender.
    pub status: Option<String>,
    /// Title.
    pub title: String,
    /// Title for the public journal.
    pub public_title: Option<String>,
    /// Kind, one of [`JOURNAL_TYPES`]; another text when read from a lenient sender.
    pub journal_type: String,
    /// Date of the entry.
    pub date: Option<Date>,
    /// Date of the document.
    pub document_date: Option<Date>,
    /// Ground for withholding from the public.
    pub access_restriction: Option<String>,
    /// Sender and recipients.
    pub parties: Vec<CorrespondenceParty>,
    /// The documents in order.
    pub documents: Vec<ArchivedDocument>,
}

/// A sender or recipient (`korrespondansepart`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CorrespondenceParty {
    /// One of [`PARTY_TYPES`]; another text when read from a lenient sender.
    pub kind: String,
    /// Name.
    pub name: String,
    /// The unit within it.
    pub unit: Option<String>,
    /// The case worker.
    pub case_worker: Option<String>,
}

/// A document (`dokumentbeskrivelse` with its one `dokumentobjekt`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ArchivedDocument {
    /// Its id in the archive.
    pub system_id: Uuid,
    /// Title.
    pub title: String,
    /// File name in the package.
    pub file: String,
    /// Whether it is the main document.
    pub main: bool,
}

/// The kinds of journal entries, the words of [`JOURNAL_TYPE`].
pub const JOURNAL_TYPES: &[&str] = &[
    "Inngående dokument",
    "Utgående dokument",
    "Organinternt dokument for oppfølging",
    "Organinternt dokument uten oppfølging",
    "Saksframlegg",
];

/// The state of a journal entry that is sent.
pub const SENT: &str = "Ekspedert";

#[cfg(test)]
mod tests;
