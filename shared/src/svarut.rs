//! Shipments of KS SvarUt: what goes beside the sealed documents of a letter to a municipality, and what comes with
//! those from SvarInn.
//!
//! SvarUt takes each document sealed by itself, to a certificate of its own, and metadata in the clear. The sender
//! signs a [`Shipment`] with the envelope, and the relay writes SvarUt's JSON from it and from nothing else.
//! [`shipment()`] makes it of a letter and its archive. Sources: KS SvarUt REST v3 (OpenAPI); `brokers.md` 3.2 and
//! 3.3, `integrasjonspunkt.md` 5. SOAP v9 closes during 2026 and is left out on purpose.

mod check;
mod contents;
mod map;
mod received;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use check::{MAX_DOCUMENTS, MAX_FILE_NAME, MAX_PRINTED, MAX_TITLE, address_problems, document_problems};
pub use contents::{ShipmentDocument, documents};
pub use map::shipment;
pub use received::{FileMetadata, Noark, Postal, Received, UNKNOWN_SENDER};

/// Everything about a shipment but its documents, as the sender signs it. The documents' names and media types are
/// those of the envelope's parts, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shipment {
    /// The public title (`tittel`): people see it in lists and notifications.
    pub title: String,
    /// Who receives it (`mottaker`): the SBD's receiver.
    pub recipient: Correspondent,
    /// Where answers go (`svarSendesTil`): the SBD's sender.
    pub answers_to: Correspondent,
    /// How surely a reader must be known (`sikkerhetsniva`).
    pub security_level: Level,
    /// One of SvarUt's list (`forsendelsestype`); it may decide which of the recipient's systems gets it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipment_type: Option<String>,
    /// Never printed (`kunDigitalLevering`); then SvarUt gives no promise that it arrives.
    #[serde(default)]
    pub digital_only: bool,
    /// Goes to Altinn's service for confidential post if it goes to Altinn (`taushetsbelagtPost`).
    #[serde(default)]
    pub confidential: bool,
    /// The shipment that this answers (`svarPaForsendelseId`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reply_to: Option<Uuid>,
    /// What the sender's archive knows (`metadataFraAvleverendeSystem`).
    #[serde(default)]
    pub metadata: Metadata,
    /// What the recipient's archive knows (`metadataForImport`), to find the right case there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub import: Option<ImportMetadata>,
}

/// An organisation and its address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Correspondent {
    /// Its name (`navn`).
    pub name: String,
    /// Nine digits (`digitalId`).
    pub organisation: String,
    /// Where paper goes (`adresse`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<Address>,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// At most three, none longer than 70 characters (`adresselinje1` to `3`).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lines: Vec<String>,
    /// `postnummer`: four digits in Norway.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub postal_code: String,
    /// `poststed`.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub place: String,
    /// `landkode`: two capital letters (ISO 3166-1); Norway when empty.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub country: String,
}

/// How surely a reader must be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Level 3.
    #[default]
    #[serde(rename = "BETYDELIG")]
    Substantial,
    /// Level 4.
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

    /// As SvarUt writes it.
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

    /// Reads 3 or 4.
    pub const fn find(number: u64) -> Option<Self> {
        match number {
            3 => Some(Self::Substantial),
            4 => Some(Self::High),
            _ => None,
        }
    }
}

/// What the sender's archive knows of the letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Metadata {
    /// `saksaar`, a year from 1800 to 2999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_year: Option<u16>,
    /// `sakssekvensnummer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_sequence: Option<u32>,
    /// `journalaar`, a year from 1800 to 2999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_year: Option<u16>,
    /// `journalsekvensnummer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_sequence: Option<u32>,
    /// `journalpostnummer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_number: Option<u32>,
    /// `journalposttype`: a letter of [`crate::archive::JOURNAL_TYPE`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal_type: String,
    /// `journalstatus`: a letter of [`crate::archive::JOURNAL_STATUS`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal_status: String,
    /// `journaldato`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_date: Option<Date>,
    /// `dokumentetsDato`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_date: Option<Date>,
    /// `tittel`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// `saksbehandler`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_worker: Option<String>,
    /// `ekstraMetadata`: the organisation's own, distinct.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<Extra>,
}

/// What the recipient's archive knows of the case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ImportMetadata {
    /// `saksaar`, a year from 1800 to 2999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_year: Option<u16>,
    /// `sakssekvensnummer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_sequence: Option<u32>,
    /// `journalposttype`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal_type: String,
    /// `journalstatus`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub journal_status: String,
    /// `dokumentetsDato`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_date: Option<Date>,
    /// `tittel`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
}

/// A name and a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extra {
    /// `key`.
    pub key: String,
    /// `value`.
    pub value: String,
}

/// What the relay keeps with a letter to SvarUt and needs to send it: what was signed of it besides the SBD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signed {
    /// What SvarUt is told.
    pub shipment: Shipment,
    /// The sealed documents, one after the other in the package.
    pub parts: Vec<crate::envelope::PartClaim>,
}

/// What a person chooses for a shipment, beside the letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Choices {
    /// How surely a reader must be known.
    pub security_level: Level,
    /// One of SvarUt's list; empty for none.
    pub shipment_type: String,
    /// Never printed.
    pub digital_only: bool,
    /// Confidential.
    pub confidential: bool,
    /// Where paper goes.
    pub recipient_address: Option<Address>,
    /// Where answers on paper go.
    pub sender_address: Option<Address>,
}

#[cfg(test)]
mod tests;
