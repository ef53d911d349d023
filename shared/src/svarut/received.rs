//! What SvarInn says of a shipment that waits, read as leniently as such lists are written, and what it
//! becomes here. Sources: KS SvarInn v1, `hentNyeForsendelser`, and what the reference, integrasjonspunkt,
//! makes of it. A text that SvarInn leaves out or has as `null` is empty.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::Extra;
use crate::archive::{Arkivmelding, Case, CorrespondenceParty, JOURNAL_STATUS, JOURNAL_TYPE, JournalEntry, OwnField};
use crate::finding::{Finding, Rule};
use crate::identifier::{ConversationId, Iso6523, MessageId, OrganisationNumber, Party};
use crate::sbd::{DocumentType, Layer, MessageHead, Sbd, Scope, ScopeKind, compose};

/// Who sent it when SvarInn names no organisation that could be answered, as in the reference. The digits are valid, and
/// nobody has them.
pub const UNKNOWN_SENDER: &str = "999999999";

/// SvarUt has no processes; the reference takes this one.
const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

/// An element of `hentNyeForsendelser`, and how it was downloaded. A person's identity number (`fnr`) is never read.
/// Unknown members are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Received {
    /// The shipment's id.
    pub id: Uuid,
    /// Who sent it: name and address only.
    #[serde(rename = "avsender", deserialize_with = "or_default")]
    pub sender: Postal,
    /// Whom it is for.
    #[serde(rename = "mottaker", deserialize_with = "or_default")]
    pub recipient: Postal,
    /// The public title.
    #[serde(rename = "tittel", deserialize_with = "or_default")]
    pub title: String,
    /// When it was sent, milliseconds since 1970 (UTC); 0 when nobody says.
    #[serde(deserialize_with = "or_default")]
    pub date: i64,
    /// What the sender's archive knows.
    #[serde(rename = "metadataFraAvleverendeSystem", deserialize_with = "or_default")]
    pub metadata: Noark,
    /// What the sender knows of our archive.
    #[serde(rename = "metadataForImport", deserialize_with = "or_default")]
    pub import: Noark,
    /// Security level, `3` or `4`; anything else is taken for 3.
    #[serde(rename = "niva", deserialize_with = "or_default")]
    pub level: String,
    /// The documents inside, in order; the first is taken for the main one. May be empty.
    #[serde(rename = "filmetadata", deserialize_with = "or_default")]
    pub files: Vec<FileMetadata>,
    /// Where answers go, which is also who sent it.
    #[serde(rename = "svarSendesTil", skip_serializing_if = "Option::is_none")]
    pub answers_to: Option<Postal>,
    /// The id of the shipment of ours that this answers.
    #[serde(rename = "svarPaForsendelse", skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Its type, of SvarUt's list.
    #[serde(rename = "forsendelseType", skip_serializing_if = "Option::is_none")]
    pub shipment_type: Option<String>,
    /// The sender's own reference.
    #[serde(rename = "eksternRef", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where it is fetched, an absolute URL. Not kept.
    #[serde(skip_serializing)]
    pub download_url: String,
    /// Media type of what is sealed, as the download's `Content-Type` said: that of the one document, or a zip's.
    #[serde(deserialize_with = "or_default")]
    pub content_type: String,
    /// File name of what is sealed, as its `Content-Disposition` said.
    #[serde(deserialize_with = "or_default")]
    pub file_name: String,
}

/// A name and an address: `avsender`, `mottaker` or `svarSendesTil`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Postal {
    /// The name of an organisation or a person.
    #[serde(rename = "navn", deserialize_with = "or_default")]
    pub name: String,
    /// Organisation number as SvarInn has it, nine digits, if it is an organisation; not checked here.
    #[serde(rename = "orgnr", skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// First line of the address.
    #[serde(rename = "adresse1", alias = "adresselinje1", deserialize_with = "or_default")]
    pub line1: String,
    /// Second line.
    #[serde(rename = "adresse2", alias = "adresselinje2", deserialize_with = "or_default")]
    pub line2: String,
    /// Third line.
    #[serde(rename = "adresse3", alias = "adresselinje3", deserialize_with = "or_default")]
    pub line3: String,
    /// Postal code, four digits in Norway.
    #[serde(rename = "postnr", deserialize_with = "or_default")]
    pub postal_code: String,
    /// The place of the postal code.
    #[serde(rename = "poststed", deserialize_with = "or_default")]
    pub place: String,
}

/// A document inside a shipment: an element of `filmetadata`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileMetadata {
    /// File name, also that of its entry in a zip.
    #[serde(rename = "filnavn", deserialize_with = "or_default")]
    pub name: String,
    /// Its media type.
    #[serde(rename = "mimetype", deserialize_with = "or_default")]
    pub media_type: String,
    /// SHA-256 of the document, 64 hexadecimal digits in either case; not always told.
    #[serde(rename = "sha256hash", skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Size of the document in bytes; not always told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// Noark 5 metadata: `metadataFraAvleverendeSystem` or `metadataForImport`. SvarInn writes zero for what
/// nobody said; dates are milliseconds since 1970 (UTC), of a day that begins in Norway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Noark {
    /// Year of the case, four digits; zero for none.
    #[serde(rename = "saksaar", deserialize_with = "or_default")]
    pub case_year: i64,
    /// The case's number within its year; zero for none.
    #[serde(rename = "sakssekvensnummer", deserialize_with = "or_default")]
    pub case_sequence: i64,
    /// Year of the journal, four digits; zero for none.
    #[serde(rename = "journalaar", deserialize_with = "or_default")]
    pub journal_year: i64,
    /// The entry's number within its year; zero for none.
    #[serde(rename = "journalsekvensnummer", deserialize_with = "or_default")]
    pub journal_sequence: i64,
    /// The entry's number within the case; zero for none.
    #[serde(rename = "journalpostnummer", deserialize_with = "or_default")]
    pub journal_number: i64,
    /// A letter or a word of [`JOURNAL_TYPE`].
    #[serde(rename = "journalposttype", deserialize_with = "or_default")]
    pub journal_type: String,
    /// A letter or a word of [`JOURNAL_STATUS`].
    #[serde(rename = "journalstatus", deserialize_with = "or_default")]
    pub journal_status: String,
    /// Date of the entry, in milliseconds since 1970.
    #[serde(rename = "journaldato", skip_serializing_if = "Option::is_none")]
    pub journal_date: Option<i64>,
    /// Date of the document, in milliseconds since 1970.
    #[serde(rename = "dokumentetsDato", skip_serializing_if = "Option::is_none")]
    pub document_date: Option<i64>,
    /// Title of the entry.
    #[serde(rename = "tittel", deserialize_with = "or_default")]
    pub title: String,
    /// Who handles the case, by name.
    #[serde(rename = "saksBehandler", deserialize_with = "or_default")]
    pub case_worker: String,
    /// The organisation's own fields.
    #[serde(rename = "ekstraMetadata", deserialize_with = "or_default")]
    pub extra: Vec<Extra>,
}

/// `null` is what nobody said.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Received {
    /// Who can be answered, if anybody: the organisation of [`Self::answers_to`], where its number can exist.
    pub fn answerable(&self) -> Option<OrganisationNumber> {
        let number = self.answers_to.as_ref()?.organisation.as_deref()?;
        OrganisationNumber::parse(number).ok()
    }

    /// Nine digits: who sent it, [`UNKNOWN_SENDER`] when nobody says.
    pub fn sender_number(&self) -> String {
        self.answerable().map_or_else(|| UNKNOWN_SENDER.to_owned(), |number| number.to_string())
    }

    /// What the sender is called: the name that answers go to, else that of [`Self::sender`]; may be empty.
    pub fn sender_name(&self) -> &str {
        let to = self.answers_to.as_ref().map(|to| to.name.as_str()).filter(|name| !name.trim().is_empty());
        to.unwrap_or(&self.sender.name)
    }

    /// The document that it is shown as: an `arkivmelding` with the shipment's id as message, conversation and sender's
    /// reference, so that an answer names the shipment.
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when the shipment's id can be no message's; else those of [`compose`].
    pub fn sbd(&self, receiver: OrganisationNumber) -> Result<Sbd, Vec<Finding>> {
        let id = self.id.to_string();
        let invalid = |what: &str| vec![Finding::error(Rule::WriteOrder, what.to_owned())];
        let sender = OrganisationNumber::parse(&self.sender_number()).map_err(|_| invalid("the sender is none"))?;
        let scope = |kind, text: &str| Scope {
            kind,
            instance: Some(text.to_owned()),
            identifier: Some(text.to_owned()),
            expires: None,
        };
        let mut scopes = vec![scope(ScopeKind::SenderRef, &id)];
        scopes.extend(self.reply_to.as_deref().filter(|id| !id.is_empty()).map(|id| scope(ScopeKind::ReceiverRef, id)));
        let mut business = json!({ "sikkerhetsnivaa": if self.level == "4" { 4 } else { 3 } });
        if let Some(main) = self.files.first().filter(|file| !file.name.is_empty()) {
            business["hoveddokument"] = main.name.clone().into();
        }
        if let Some(kind) = self.shipment_type.as_deref().filter(|kind| !kind.is_empty()) {
            business["dpf"] = json!({ "forsendelseType": kind });
        }
        let head = MessageHead {
            sender: Party::Organisation(Iso6523::from(sender)),
            receiver: Some(Party::Organisation(Iso6523::from(receiver))),
            process: PROCESS.to_owned(),
            message_id: MessageId::parse(&id).map_err(|_| invalid("the shipment's id is none"))?,
            conversation_id: ConversationId::parse(&id).map_err(|_| invalid("the shipment's id is none"))?,
            created: jiff::Timestamp::from_millisecond(self.date).unwrap_or_default(),
            expires: None,
            scopes,
        };
        compose(Layer::Plain, head, DocumentType::Arkivmelding, business)
    }

    /// The archive's view of it, as integrasjonspunkt makes it: an incoming entry that is finished where
    /// nobody says what it is, and dates as they are in Norway. Numbers that are not positive are left out.
    pub fn archive(&self) -> Arkivmelding {
        let noark = &self.metadata;
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
        let date = |millis: Option<i64>| {
            let at = jiff::Timestamp::from_millisecond(millis?).ok()?;
            Some(at.to_zoned(jiff::tz::get!("Europe/Oslo")).date())
        };
        let positive = |number: i64| u32::try_from(number).ok().filter(|number| *number > 0);
        let year = |number: i64| u16::try_from(number).ok().filter(|number| *number > 0);
        let title = filled(&noark.title).unwrap_or_else(|| self.title.clone());
        Arkivmelding {
            system: "KS SvarInn".to_owned(),
            message_id: self.id.to_string(),
            created: jiff::Timestamp::from_millisecond(self.date).ok(),
            case: Case {
                number: year(noark.case_year)
                    .zip(positive(noark.case_sequence))
                    .map(|(year, number)| format!("{year}/{number}")),
                year: year(noark.case_year),
                sequence: positive(noark.case_sequence),
                title: self.title.clone(),
                responsible: noark.case_worker.clone(),
                ..Case::default()
            },
            entry: JournalEntry {
                number: positive(noark.journal_number).map(|number| number.to_string()),
                year: year(noark.journal_year),
                sequence: positive(noark.journal_sequence),
                status: JOURNAL_STATUS.read(filled(&noark.journal_status).as_deref().unwrap_or("R")).map(str::to_owned),
                public_title: Some(title.clone()),
                title,
                journal_type: JOURNAL_TYPE
                    .read(filled(&noark.journal_type).as_deref().unwrap_or("I"))
                    .unwrap_or_default()
                    .to_owned(),
                date: date(noark.journal_date),
                document_date: date(noark.document_date),
                parties: vec![CorrespondenceParty {
                    kind: "Avsender".to_owned(),
                    name: self.sender_name().to_owned(),
                    case_worker: filled(&noark.case_worker),
                    ..CorrespondenceParty::default()
                }],
                ..JournalEntry::default()
            },
            own: noark
                .extra
                .iter()
                .map(|extra| OwnField { name: extra.key.clone(), value: extra.value.clone() })
                .collect(),
        }
    }
}
