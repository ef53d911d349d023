//! `forsendelse` (OrganisasjonForsendelse, REST v3): written from what the sender signed, and from nothing else.

use jiff::civil::Date;
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::svarut::{Address, Correspondent, ImportMetadata, Metadata, Signed};
use serde_json::{Map, Value, json};

/// What is not PDF cannot be printed.
const PRINTABLE: &str = "application/pdf";

/// SvarUt's JSON. The reference is the message's id, and the conversation's groups shipments.
pub(super) fn write(signed: &Signed, sbd: &Sbd) -> Value {
    let Signed { shipment, parts } = signed;
    let documents = parts.iter().map(|part| {
        let printed = shipment.digital_only || part.media_type == PRINTABLE;
        json!({ "filnavn": part.name, "mimeType": part.media_type, "skalEkskluderesFraUtskrift": !printed })
    });
    let mut answers_to = correspondent(&shipment.answers_to);
    answers_to["type"] = "ORGANISASJON".into();
    without_nothing(json!({
        "tittel": shipment.title,
        "mottaker": correspondent(&shipment.recipient),
        "avgivendeSystem": "Konvolutt",
        "kunDigitalLevering": shipment.digital_only,
        "kryptert": true,
        "sikkerhetsniva": shipment.security_level.as_str(),
        "metadataFraAvleverendeSystem": metadata(&shipment.metadata),
        "metadataForImport": shipment.import.as_ref().map(import),
        "svarSendesTil": answers_to,
        "svarPaForsendelseId": shipment.reply_to,
        "dokumenter": documents.collect::<Vec<_>>(),
        "forsendelsestype": shipment.shipment_type,
        "eksternReferanse": sbd.message_id(),
        "korrelasjonsid": sbd.conversation_id(),
        "taushetsbelagtPost": shipment.confidential,
    }))
}

fn correspondent(party: &Correspondent) -> Value {
    without_nothing(json!({
        "navn": party.name,
        "digitalId": party.organisation,
        "adresse": party.address.as_ref().map(address),
    }))
}

fn address(address: &Address) -> Value {
    let line = |number: usize| address.lines.get(number).filter(|line| !line.is_empty());
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    without_nothing(json!({
        "adresselinje1": line(0),
        "adresselinje2": line(1),
        "adresselinje3": line(2),
        "postnummer": filled(&address.postal_code),
        "poststed": filled(&address.place),
        "landkode": filled(&address.country),
    }))
}

fn metadata(metadata: &Metadata) -> Value {
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    without_nothing(json!({
        "saksaar": metadata.case_year,
        "sakssekvensnummer": metadata.case_sequence,
        "journalaar": metadata.journal_year,
        "journalsekvensnummer": metadata.journal_sequence,
        "journalpostnummer": metadata.journal_number,
        "journalposttype": filled(&metadata.journal_type),
        "journalstatus": filled(&metadata.journal_status),
        "journaldato": metadata.journal_date.map(time),
        "dokumentetsDato": metadata.document_date.map(time),
        "tittel": filled(&metadata.title),
        "saksbehandler": metadata.case_worker,
        "ekstraMetadata": Some(&metadata.extra).filter(|extra| !extra.is_empty()),
    }))
}

fn import(import: &ImportMetadata) -> Value {
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    without_nothing(json!({
        "saksaar": import.case_year,
        "sakssekvensnummer": import.case_sequence,
        "journalposttype": filled(&import.journal_type),
        "journalstatus": filled(&import.journal_status),
        "dokumentetsDato": import.document_date.map(time),
        "tittel": filled(&import.title),
    }))
}

/// SvarUt wants a time; a day begins at midnight in Norway.
fn time(date: Date) -> Option<String> {
    let start = date.to_zoned(jiff::tz::get!("Europe/Oslo")).ok()?;
    Some(start.timestamp().to_string())
}

/// SvarUt has no `null`.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::envelope::PartClaim;
    use konvolutt_shared::svarut::{Extra, Level, Shipment};

    use super::super::tests::{MESSAGE, letter};
    use super::*;

    fn part(name: &str, media_type: &str) -> PartClaim {
        PartClaim { name: name.to_owned(), media_type: media_type.to_owned(), size: 1, sha256: "00".repeat(32) }
    }

    #[test]
    fn every_field_has_its_place() {
        let reply_to = "6e5c0d1e-0f3a-4a8b-9f0e-0c4f6a1d2b3c";
        let signed = Signed {
            shipment: Shipment {
                title: "Svar".to_owned(),
                recipient: Correspondent {
                    name: "Solvik kommune".to_owned(),
                    organisation: "310900214".to_owned(),
                    address: Some(Address {
                        lines: vec!["Rådhusgata 1".to_owned(), "Postboks 2".to_owned()],
                        postal_code: "0001".to_owned(),
                        place: "Solvik".to_owned(),
                        country: String::new(),
                    }),
                },
                answers_to: Correspondent {
                    name: "Oss".to_owned(),
                    organisation: "310904007".to_owned(),
                    address: None,
                },
                security_level: Level::High,
                shipment_type: Some("Byggesøknad".to_owned()),
                digital_only: false,
                confidential: true,
                reply_to: Some(reply_to.parse().unwrap()),
                metadata: Metadata {
                    case_year: Some(2026),
                    case_sequence: Some(17),
                    journal_type: "U".to_owned(),
                    document_date: Some(jiff::civil::date(2026, 7, 1)),
                    case_worker: Some("Prøve Person".to_owned()),
                    extra: vec![Extra { key: "a".to_owned(), value: "b".to_owned() }],
                    ..Metadata::default()
                },
                import: Some(ImportMetadata {
                    case_year: Some(2025),
                    case_sequence: Some(9),
                    ..ImportMetadata::default()
                }),
            },
            parts: vec![part("brev.pdf", PRINTABLE), part("tall.csv", "text/csv")],
        };
        let sbd = Sbd::parse(letter().as_bytes(), None).unwrap();
        let expected = json!({
            "tittel": "Svar", "avgivendeSystem": "Konvolutt", "kryptert": true, "kunDigitalLevering": false,
            "sikkerhetsniva": "HOYESTE", "taushetsbelagtPost": true, "forsendelsestype": "Byggesøknad",
            "svarPaForsendelseId": reply_to, "eksternReferanse": MESSAGE,
            "korrelasjonsid": sbd.conversation_id().unwrap(),
            "mottaker": {
                "navn": "Solvik kommune", "digitalId": "310900214",
                "adresse": {
                    "adresselinje1": "Rådhusgata 1", "adresselinje2": "Postboks 2", "postnummer": "0001",
                    "poststed": "Solvik",
                },
            },
            "svarSendesTil": { "navn": "Oss", "digitalId": "310904007", "type": "ORGANISASJON" },
            "metadataFraAvleverendeSystem": {
                "saksaar": 2026, "sakssekvensnummer": 17, "journalposttype": "U",
                "dokumentetsDato": "2026-06-30T22:00:00Z", "saksbehandler": "Prøve Person",
                "ekstraMetadata": [{ "key": "a", "value": "b" }],
            },
            "metadataForImport": { "saksaar": 2025, "sakssekvensnummer": 9 },
            "dokumenter": [
                { "filnavn": "brev.pdf", "mimeType": "application/pdf", "skalEkskluderesFraUtskrift": false },
                { "filnavn": "tall.csv", "mimeType": "text/csv", "skalEkskluderesFraUtskrift": true },
            ],
        });
        assert_eq!(write(&signed, &sbd), expected);
    }
}
