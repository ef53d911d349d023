//! `arkivmelding.xml`: the archive's view of a letter (Noark 5), written strictly and read leniently.
//!
//! The sender must send one case with one journal entry, valid under the schema; the recipient must not
//! reject an invalid one, since conversions from other systems lose mandatory data (eFormidling,
//! `arkivmelding`). Element order and words: `arkivmelding.xsd` and `metadatakatalog.xsd`, as eFormidling's
//! documentation and the integrasjonspunkt each have them. As JSON the values have times in UTC (RFC 3339)
//! and dates as `yyyy-mm-dd`.

mod codes;
pub(crate) mod encoding;
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

/// The file's name in every package; capitals count.
pub const FILE_NAME: &str = "arkivmelding.xml";

/// The namespace of the schema (`arkivmelding.xsd`); written, and not asked for when reading.
pub const NAMESPACE: &str = "http://www.arkivverket.no/standarder/noark5/arkivmelding";

/// The parts of an `arkivmelding` that we write and show. What a file that was read lacks is empty, none or
/// nil.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Arkivmelding {
    /// Name of the system that made it (`system`).
    pub system: String,
    /// The message id (`meldingId`): a UUID when we write it, any text when read.
    pub message_id: String,
    /// When it was made (`tidspunkt`).
    pub created: Option<Timestamp>,
    /// The case (`saksmappe`).
    pub case: Case,
    /// The journal entry (`journalpost`).
    pub entry: JournalEntry,
    /// The organisation's own fields (`virksomhetsspesifikkeMetadata`), those of the case first. Read, never written.
    pub own: Vec<OwnField>,
}

/// A field that only the organisation knows, one element of `virksomhetsspesifikkeMetadata`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnField {
    /// The element's name, without prefix.
    pub name: String,
    /// The text directly in it, without the white space around.
    pub value: String,
}

/// A case (`saksmappe`). Names in parentheses are its elements.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Case {
    /// Its id in the archive (`systemID`); nil when read from a file with none, or one that is no UUID.
    pub system_id: Uuid,
    /// Case number as people write it, `2026/17` (`mappeID`).
    pub number: Option<String>,
    /// The year it was made in (`saksaar`). Read, and told to SvarUt; not written, since the documentation's schema has
    /// no place for it.
    pub year: Option<u16>,
    /// Its number within the year (`sakssekvensnummer`). As [`Self::year`].
    pub sequence: Option<u32>,
    /// Title (`tittel`).
    pub title: String,
    /// Title for the public journal (`offentligTittel`).
    pub public_title: Option<String>,
    /// When the case began (`saksdato`).
    pub date: Option<Date>,
    /// The unit that answers for it, by name (`administrativEnhet`).
    pub unit: String,
    /// The person who answers for it, by name (`saksansvarlig`).
    pub responsible: String,
}

/// A journal entry (`journalpost`). Names in parentheses are its elements.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JournalEntry {
    /// Its id in the archive (`systemID`), as [`Case::system_id`].
    pub system_id: Uuid,
    /// Number in the sender's journal (`journalpostnummer`); written only when it is a whole number of 32 bits.
    pub number: Option<String>,
    /// The journal's year (`journalaar`).
    pub year: Option<u16>,
    /// The number within that year (`journalsekvensnummer`).
    pub sequence: Option<u32>,
    /// One of the words of [`JOURNAL_STATUS`] (`journalstatus`); another text when read from a lenient sender.
    pub status: Option<String>,
    /// Title (`tittel`).
    pub title: String,
    /// Title for the public journal (`offentligTittel`).
    pub public_title: Option<String>,
    /// Kind, one of [`JOURNAL_TYPES`] (`journalposttype`); another text when read from a lenient sender.
    pub journal_type: String,
    /// Date of the entry (`journaldato`).
    pub date: Option<Date>,
    /// Date of the document (`dokumentetsDato`).
    pub document_date: Option<Date>,
    /// Ground for withholding from the public (`skjerming/skjermingshjemmel`).
    pub access_restriction: Option<String>,
    /// Sender and recipients, in the file's order.
    pub parties: Vec<CorrespondenceParty>,
    /// The documents in the order of `dokumentnummer`, which counts them from 1 in what we write.
    pub documents: Vec<ArchivedDocument>,
}

/// A sender or recipient (`korrespondansepart`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CorrespondenceParty {
    /// One of [`PARTY_TYPES`] (`korrespondanseparttype`); another text when read from a lenient sender.
    pub kind: String,
    /// Name (`korrespondansepartNavn`).
    pub name: String,
    /// The unit within it, by name (`administrativEnhet`).
    pub unit: Option<String>,
    /// The case worker, by name (`saksbehandler`).
    pub case_worker: Option<String>,
}

/// A document: a `dokumentbeskrivelse` with one `dokumentobjekt`. Where a file that is read has several, each
/// gives a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ArchivedDocument {
    /// The description's id in the archive (`systemID`), as [`Case::system_id`].
    pub system_id: Uuid,
    /// Title (`tittel`).
    pub title: String,
    /// File name in the package (`referanseDokumentfil`); empty when there is no file.
    pub file: String,
    /// Whether it is the main document (`tilknyttetRegistreringSom`: `Hoveddokument`).
    pub main: bool,
}

/// The kinds of journal entries (`journalposttype`), the words of [`JOURNAL_TYPE`] in their order.
pub const JOURNAL_TYPES: &[&str] = &[
    "Inngående dokument",
    "Utgående dokument",
    "Organinternt dokument for oppfølging",
    "Organinternt dokument uten oppfølging",
    "Saksframlegg",
];

/// The state of a journal entry that is sent (`journalstatus`), a word of [`JOURNAL_STATUS`].
pub const SENT: &str = "Ekspedert";

#[cfg(test)]
mod tests;
