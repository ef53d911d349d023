//! Shipments of KS SvarUt: what goes beside the sealed documents of a letter to a municipality, and what comes with
//! those from SvarInn.
//!
//! SvarUt takes each document sealed by itself, to a certificate of its own, and metadata in the clear. The
//! sender signs a [`Shipment`] with the envelope, and the relay writes SvarUt's JSON from it and from nothing
//! else. [`shipment()`] makes it of a letter and its archive. Sources: the OpenAPI text of KS SvarUt REST v3,
//! schema `OrganisasjonForsendelse`; KS SvarInn v1, `hentNyeForsendelser`; and the reference,
//! integrasjonspunkt, for what an `arkivmelding` becomes. SOAP v9 closes during 2026 and is left out on
//! purpose. The names in brackets are SvarUt's own.

mod check;
mod contents;
mod map;
mod received;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::address::Capability;

pub use check::{MAX_DOCUMENTS, MAX_FILE_NAME, MAX_PRINTED, MAX_TITLE, address_problems, document_problems};
pub use contents::{ShipmentDocument, documents};
pub use map::shipment;
pub use received::{FileMetadata, Noark, Postal, Received, UNKNOWN_SENDER};

/// Everything about a shipment but its documents, as the sender signs it. The documents' names and media types are
/// those of the envelope's parts, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shipment {
    /// The public title (`tittel`), 1 to 1000 characters: people see it in lists and notifications.
    pub title: String,
    /// Who receives it (`mottaker`): the SBD's receiver.
    pub recipient: Correspondent,
    /// Where answers go (`svarSendesTil`): the SBD's sender.
    pub answers_to: Correspondent,
    /// How surely a reader must be known (`sikkerhetsniva`).
    pub security_level: Level,
    /// One of SvarUt's list (`forsendelsestype`), 1 to 100 characters; it may decide which of the recipient's
    /// systems gets it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipment_type: Option<String>,
    /// Never printed (`kunDigitalLevering`); then SvarUt gives no promise that it arrives.
    #[serde(default)]
    pub digital_only: bool,
    /// Goes to Altinn's service for confidential post if it goes to Altinn (`taushetsbelagtPost`).
    #[serde(default)]
    pub confidential: bool,
    /// The id of the shipment that this answers (`svarPaForsendelseId`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reply_to: Option<Uuid>,
    /// What the sender's archive knows (`metadataFraAvleverendeSystem`).
    #[serde(default)]
    pub metadata: Metadata,
    /// What the recipient's archive knows (`metadataForImport`), to find the right case there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub import: Option<ImportMetadata>,
}

/// An organisation and its address (`Mottaker`, `SvarSendesTil`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Correspondent {
    /// Its name (`navn`), 1 to 1000 characters; the bound is ours.
    pub name: String,
    /// Its number (`digitalId`): nine digits with a right check digit.
    pub organisation: String,
    /// Where paper goes (`adresse`). Without one the shipment cannot be printed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<Address>,
}

/// A postal address (`Adresse`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// At most three, none longer than 70 characters (`adresselinje1` to `3`).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lines: Vec<String>,
    /// `postnummer`: four digits in Norway, elsewhere at most 20 characters (ours); may be empty.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub postal_code: String,
    /// `poststed`, at most 70 characters; may be empty.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub place: String,
    /// `landkode`: two capital letters (ISO 3166-1); Norway when empty.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub country: String,
}

/// How surely a reader must be known: SvarUt's `Sikkerhetsniva`, eFormidling's `sikkerhetsnivaa`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Level 3.
    #[default]
    #[serde(rename = "BETYDELIG")]
    Substantial,
    /// Level 4. SvarUt then takes encrypted documents only.
    #[serde(rename = "HOYESTE")]
    High,
}

impl Level {
    /// 3 or 4, as the SBD and the registry write it.
    pub const fn number(self) -> u8 {
        match self {
            Self::Substantial => 3,
            Self::High => 4,
        }
    }

    /// `BETYDELIG` or `HOYESTE`, as SvarUt writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Substantial => "BETYDELIG",
            Self::High => "HOYESTE",
        }
    }

    /// The level of the recipient's system, as the registry tells it: 3, or 4. A letter gets the level of the system that it
    /// goes to; the registry, asked for another level, names another way.
    pub const fn of(recipient: Option<u8>) -> Self {
        match recipient {
            Some(4) => Self::High,
            _ => Self::Substantial,
        }
    }

    /// Reads 3 or 4; `None` for any other number.
    pub const fn find(number: u64) -> Option<Self> {
        match number {
            3 => Some(Self::Substantial),
            4 => Some(Self::High),
            _ => None,
        }
    }
}

/// What the sender's archive knows of the letter (`NoarkMetadataFraAvleverendeSakssystem`, Noark 5). Texts
/// have at most 1000 characters, a bound of ours, and an empty one is not sent; a date is sent as its first
/// instant in Norway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Metadata {
    /// `saksaar`, a year from 1800 to 2999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_year: Option<u16>,
    /// `sakssekvensnummer`: the case's number within its year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_sequence: Option<u32>,
    /// `journalaar`, a year from 1800 to 2999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_year: Option<u16>,
    /// `journalsekvensnummer`: the entry's number within its year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_sequence: Option<u32>,
    /// `journalpostnummer`: the entry's number within the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_number: Option<u32>,
    /// `journalposttype`: a letter of [`crate::archive::JOURNAL_TYPE`]; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal_type: String,
    /// `journalstatus`: a letter of [`crate::archive::JOURNAL_STATUS`]; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal_status: String,
    /// `journaldato`: when the entry was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_date: Option<Date>,
    /// `dokumentetsDato`: the date that the document bears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_date: Option<Date>,
    /// `tittel` of the entry.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// `saksbehandler`: the case worker's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_worker: Option<String>,
    /// `ekstraMetadata`: the organisation's own, distinct, at most 100 (ours).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<Extra>,
}

/// What the recipient's archive knows of the case (`NoarkMetadataForImport`, Noark 5), as far as the sender
/// knows it. Texts and dates are as in [`Metadata`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ImportMetadata {
    /// `saksaar`, a year from 1800 to 2999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_year: Option<u16>,
    /// `sakssekvensnummer`: the case's number within its year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_sequence: Option<u32>,
    /// `journalposttype`: a letter of [`crate::archive::JOURNAL_TYPE`]; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal_type: String,
    /// `journalstatus`: a letter of [`crate::archive::JOURNAL_STATUS`]; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal_status: String,
    /// `dokumentetsDato`: the date that the document bears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_date: Option<Date>,
    /// `tittel` of the entry.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
}

/// A field of the organisation's own: a name and a value (`Metadata` of `ekstraMetadata`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extra {
    /// `key`: its name, 1 to 1000 characters; the bound is ours.
    pub key: String,
    /// `value`, at most 1000 characters (ours); may be empty.
    pub value: String,
}

/// What the relay keeps with a letter to SvarUt and needs to send it: what was signed of it besides the SBD.
/// Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signed {
    /// What SvarUt is told.
    pub shipment: Shipment,
    /// The sealed documents, one after the other in the package.
    pub parts: Vec<crate::envelope::PartClaim>,
}

/// What a person chooses for a shipment, beside the letter. Ours; it becomes a [`Shipment`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Choices {
    /// How surely a reader must be known.
    pub security_level: Level,
    /// One of SvarUt's list, at most 100 characters; empty for none.
    pub shipment_type: String,
    /// Never printed: [`Shipment::digital_only`].
    pub digital_only: bool,
    /// Confidential: [`Shipment::confidential`].
    pub confidential: bool,
    /// Where paper goes, if nobody fetches the shipment.
    pub recipient_address: Option<Address>,
    /// Where answers on paper go.
    pub sender_address: Option<Address>,
}

impl Choices {
    /// Completes them with what the registry knows of the recipient: the level of its system, if that is higher, and where
    /// paper goes, unless an address was filled in or nothing is to be printed.
    pub fn complete(&mut self, known: &Capability) {
        self.security_level = self.security_level.max(Level::of(known.security_level));
        if self.recipient_address.is_none() && !self.digital_only {
            self.recipient_address.clone_from(&known.paper);
        }
    }
}

#[cfg(test)]
mod tests;
