//! What the registry answers, as it writes it: the JSON of eFormidling's service registry, `GET
//! /identifier/{id}` and `/identifier/{id}/process/{process}`. Members that are not here are not read.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::svarut;

/// What the registry says about an identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistryAnswer {
    /// Who it is (`infoRecord`).
    #[serde(rename = "infoRecord", skip_serializing_if = "Option::is_none", default)]
    pub info: Option<InfoRecord>,
    /// How it can be reached (`serviceRecords`): one record for each process and channel, the registry's
    /// choice first.
    #[serde(rename = "serviceRecords", default)]
    pub records: Vec<ServiceRecord>,
}

/// Who somebody is. Other members are not read. `Debug` shows none of it: it may be a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InfoRecord {
    /// Nine digits of an organisation, or a person's eleven.
    pub identifier: String,
    /// Registered name (`organizationName`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organization_name: Option<String>,
    /// Where an organisation gets its post; absent, too, where it cannot be read: no letter waits for it.
    #[serde(rename = "postadresse", skip_serializing_if = "Option::is_none", default, deserialize_with = "readable")]
    pub postal: Option<InfoAddress>,
}

/// `postadresse` of an information record. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InfoAddress {
    /// Street or box.
    #[serde(rename = "adresse", skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Postal code.
    #[serde(rename = "postnummer", skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Town.
    #[serde(rename = "poststed", skip_serializing_if = "Option::is_none")]
    pub town: Option<String>,
    /// Country, by name or code.
    #[serde(rename = "land", skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

fn readable<'de, D: Deserializer<'de>>(from: D) -> Result<Option<InfoAddress>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).unwrap_or_default())
}

impl InfoAddress {
    /// As KS SvarUt takes it; `None` of one that it would refuse. A country that is told by name is Norway or none that
    /// SvarUt knows by that name.
    pub fn for_paper(&self) -> Option<svarut::Address> {
        const NORWAY: [&str; 5] = ["", "NO", "NORGE", "NOREG", "NORWAY"];
        let text = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
        let lines = text(&self.street);
        let lines = lines.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty());
        let country = text(&self.country).to_uppercase();
        let address = svarut::Address {
            lines: lines.map(str::to_owned).collect(),
            postal_code: text(&self.postal_code),
            place: text(&self.town),
            country: if NORWAY.contains(&country.as_str()) { String::new() } else { country },
        };
        svarut::address_problems(&address).is_empty().then_some(address)
    }
}

/// One way to reach somebody. `Debug` shows the way alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRecord {
    /// Who receives (`organisationNumber`): nine digits, with `0192:` before them or not, or a person's
    /// eleven.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organisation_number: Option<String>,
    /// The certificate to seal to (`pemCertificate`): PEM, or its base64 alone. The recipient's own for DPO,
    /// SvarUt's for DPF, the mailbox or print provider's for DPI; none for DPV.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pem_certificate: Option<String>,
    /// Process URN, for example `urn:no:difi:profile:arkivmelding:administrasjon:ver1.0`.
    pub process: String,
    /// Document type URNs (`documentTypes`), for example `urn:no:difi:arkivmelding:xsd::arkivmelding`.
    #[serde(default)]
    pub document_types: Vec<String>,
    /// The channel, and what it says of itself.
    pub service: Service,
    /// What there is of people only.
    #[serde(flatten)]
    pub person: PersonRecord,
}

/// The channel of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// `DPO`, `DPF`, `DPV`, `DPI`, `DPE` or `DPH`; what is none of them is kept as it is written.
    pub identifier: String,
    /// How surely readers are known (`securityLevel`): 3 or 4, where the channel has levels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub security_level: Option<u8>,
    /// The Altinn resource: of DPV, the one that letters by this record go over, for example
    /// `eformidling-dpv-taushetsbelagt`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<String>,
    /// The largest sum of a message's files, in bytes, where the registry limits it; also read as
    /// `maxFileTransferSize`, which is what Altinn 3 Broker calls a resource's limit.
    #[serde(skip_serializing_if = "Option::is_none", default, alias = "maxFileTransferSize")]
    pub max_bytes: Option<u64>,
}

/// What a record of channel DPI tells of a person. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersonRecord {
    /// Nine digits of the mailbox or print provider: who receives on the network, and whose the certificate
    /// is.
    #[serde(rename = "orgnrPostkasse", skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The person's address at the mailbox provider.
    #[serde(rename = "postkasseAdresse", skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// Mobile number for text messages, as the contact register has it.
    #[serde(rename = "mobilnummer", skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// Mail address for notices.
    #[serde(rename = "epostAdresse", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the person can be notified; an administrative decision must be.
    #[serde(rename = "kanVarsles", skip_serializing_if = "Option::is_none")]
    pub notifiable: Option<bool>,
    /// Where paper goes (`postAddress`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_address: Option<PostalRecord>,
    /// Where paper that was not delivered goes (`returnAddress`): the sender's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_address: Option<PostalRecord>,
    /// The language that the person has chosen, two letters of ISO 639-1.
    #[serde(rename = "spraak", skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A postal address as the registry writes it: any member may be missing or empty. `Debug` shows nothing of
/// it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PostalRecord {
    /// Who lives there.
    pub name: Option<String>,
    /// Street and number or box; several lines with `;` between them.
    pub street: Option<String>,
    /// Postal code, four digits in Norway (`postalCode`).
    pub postal_code: Option<String>,
    /// Town (`postalArea`).
    pub postal_area: Option<String>,
    /// Country, by name or by two letters of ISO 3166-1.
    pub country: Option<String>,
}

impl fmt::Debug for InfoRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InfoRecord(redacted)")
    }
}

impl fmt::Debug for InfoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InfoAddress(redacted)")
    }
}

impl fmt::Debug for ServiceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process, document_types, service, .. } = self;
        let mut shown = f.debug_struct("ServiceRecord");
        shown.field("process", process).field("document_types", document_types).field("service", service);
        shown.finish_non_exhaustive()
    }
}

impl fmt::Debug for PersonRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonRecord(redacted)")
    }
}

impl fmt::Debug for PostalRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostalRecord(redacted)")
    }
}
