//! The DPI network's form: one row per rule of its schemas.

use serde_json::{Value, json};

use super::table::{change, refusals};
use crate::finding::Code;

fn good(kind: &str) -> Value {
    let sender = json!({ "virksomhetsidentifikator":
        { "authority": "iso6523-actorid-upis", "value": "0192:310900117" }, "fakturaReferanse": "F" });
    let digest = json!({ "digestMethod": "http://www.w3.org/2001/04/xmlenc#sha256",
        "digestValue": "KYURRVXG1quZ034L6eP1bwe1EzIgGsVVVnJ4k5d0cV0=" });
    let post = json!({ "navn": "a", "adresselinje1": "b", "postnummer": "0001", "poststed": "Oslo" });
    let days = json!([0, 7]);
    let business = match kind {
        "digital" => json!({ "avsender": sender, "mottaker": { "postkasseadresse": "a.b#1234" },
            "dokumentpakkefingeravtrykk": digest, "maskinportentoken": "t", "sikkerhetsnivaa": 4,
            "virkningstidspunkt": "2026-12-02T08:00:00Z", "aapningskvittering": false, "ikkesensitivtittel": "V",
            "spraak": "nb", "varsler": {
                "epostvarsel": { "epostadresse": "a@example.test", "varslingstekst": "x", "repetisjoner": days },
                "smsvarsel": { "mobiltelefonnummer": "+47 40000000", "varslingstekst": "x", "repetisjoner": days } } }),
        "utskrift" => json!({ "avsender": sender, "mottaker": post, "dokumentpakkefingeravtrykk": digest,
            "maskinportentoken": "t", "utskriftstype": "FARGE", "posttype": "A",
            "retur": { "mottaker": post, "returposthaandtering": "DIREKTE_RETUR" } }),
        _ => {
            let mut receipt = json!({ "avsender": sender, "mottaker": sender, "tidspunkt": "2026-12-01T00:00:00Z" });
            receipt["mottaker"] = json!({ "virksomhetsidentifikator": sender["virksomhetsidentifikator"] });
            match kind {
                "feil" => receipt["feiltype"] = "SERVER".into(),
                "varslingfeiletkvittering" => receipt["varslingskanal"] = "sms".into(),
                _ => {}
            }
            receipt
        }
    };
    let party = |number: &str| json!([{ "identifier": { "authority": "iso6523-actorid-upis", "value": number } }]);
    json!({ "standardBusinessDocument": {
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0", "sender": party("0192:310900117"), "receiver": party("0192:310900419"),
            "documentIdentification": {
                "standard": format!("urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##\
                    urn:fdc:digdir.no:2020:innbyggerpost:schema:{kind}::1.0"),
                "typeVersion": "1.0", "type": kind, "instanceIdentifier": "d5c9f24d-4ce5-4d70-97a3-d0e3294210af",
                "creationDateAndTime": "2026-11-30T12:00:00+01:00" },
            "businessScope": { "scope": [{ "type": "ConversationId",
                "instanceIdentifier": "2c93858d-36c9-4fa2-924a-603a23f80401", "identifier": "urn:x" }] } },
        kind: business } })
}

const KINDS: [&str; 8] = [
    "digital",
    "utskrift",
    "leveringskvittering",
    "aapningskvittering",
    "mottakskvittering",
    "varslingfeiletkvittering",
    "returpostkvittering",
    "feil",
];

#[test]
fn each_type_has_a_good_document_and_takes_no_other_member() {
    for kind in KINDS {
        assert_eq!(refusals(&good(kind)), [], "{kind}");
        for place in [format!("{kind}/ukjent"), "standardBusinessDocumentHeader/ukjent".to_owned()] {
            let mut document = good(kind);
            change(&mut document, &format!("/standardBusinessDocument/{place}"), Some(json!("x")));
            assert_eq!(refusals(&document), [Code::SbdFieldInvalid], "{place}");
        }
    }
}

#[test]
fn what_is_required_cannot_be_left_out() {
    let rows = [
        "digital/avsender",
        "digital/avsender/virksomhetsidentifikator",
        "digital/mottaker",
        "digital/mottaker/postkasseadresse",
        "digital/dokumentpakkefingeravtrykk",
        "digital/dokumentpakkefingeravtrykk/digestMethod",
        "digital/dokumentpakkefingeravtrykk/digestValue",
        "digital/maskinportentoken",
        "digital/sikkerhetsnivaa",
        "digital/ikkesensitivtittel",
        "digital/spraak",
        "digital/varsler/epostvarsel/epostadresse",
        "digital/varsler/epostvarsel/varslingstekst",
        "digital/varsler/epostvarsel/repetisjoner",
        "digital/varsler/smsvarsel/mobiltelefonnummer",
        "utskrift/mottaker",
        "utskrift/mottaker/navn",
        "utskrift/mottaker/adresselinje1",
        "utskrift/mottaker/postnummer",
        "utskrift/utskriftstype",
        "utskrift/retur",
        "utskrift/retur/mottaker",
        "utskrift/retur/returposthaandtering",
        "leveringskvittering/avsender",
        "leveringskvittering/mottaker",
        "leveringskvittering/tidspunkt",
        "varslingfeiletkvittering/varslingskanal",
        "feil/feiltype",
        "feil/tidspunkt",
    ];
    for pointer in rows {
        let mut document = good(pointer.split('/').next().unwrap());
        change(&mut document, &format!("/standardBusinessDocument/{pointer}"), None);
        assert_eq!(refusals(&document), [Code::SbdFieldMissing], "{pointer}");
    }
    for pointer in ["sender", "receiver", "documentIdentification/instanceIdentifier"] {
        let mut document = good("digital");
        let pointer = format!("/standardBusinessDocument/standardBusinessDocumentHeader/{pointer}");
        change(&mut document, &pointer, None);
        assert_eq!(refusals(&document), [Code::SbdFieldMissing], "{pointer}");
    }
}

#[test]
fn wrong_values_are_refused() {
    let rows = [
        ("digital/sikkerhetsnivaa", json!(2)),
        ("digital/sikkerhetsnivaa", json!("4")),
        ("digital/aapningskvittering", json!("true")),
        ("digital/virkningstidspunkt", json!("2026-12-02")),
        ("digital/virkningsdato", json!("2026-12-02T00:00:00Z")),
        ("digital/ikkesensitivtittel", json!("x".repeat(256))),
        ("digital/ikkesensitivtittel", json!({ "tittel": "x", "spraak": "nb" })),
        ("digital/spraak", json!("n")),
        ("digital/dokumentpakkefingeravtrykk/digestMethod", json!("http://www.w3.org/2000/09/xmldsig#sha1")),
        ("digital/dokumentpakkefingeravtrykk/digestValue", json!("2jmj7l5rSw0yVb/vlWAYkK/YBwk=")),
        ("digital/avsender/fakturaReferanse", json!("x".repeat(41))),
        ("digital/avsender/avsenderidentifikator", json!("x".repeat(101))),
        ("digital/varsler/epostvarsel/epostadresse", json!("example.test")),
        ("digital/varsler/epostvarsel/repetisjoner", json!([])),
        ("digital/varsler/epostvarsel/repetisjoner", json!([26])),
        ("digital/varsler/smsvarsel/repetisjoner", json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])),
        ("digital/varsler/smsvarsel/mobiltelefonnummer", json!("4000000")),
        ("digital/varsler/smsvarsel/varslingstekst", json!("x".repeat(161))),
        ("utskrift/mottaker/postnummer", json!("001")),
        ("utskrift/mottaker/land", json!("Norge")),
        ("utskrift/mottaker/adresselinje2", json!("x".repeat(101))),
        ("utskrift/utskriftstype", json!("GUL")),
        ("utskrift/posttype", json!("A_PRIORITERT")),
        ("utskrift/retur/returposthaandtering", json!("KAST")),
        ("digital/virkningstidspunkt", json!("2026-12-02T08:00:00")),
        ("leveringskvittering/tidspunkt", json!("2026-12-01T00:00:00")),
        ("leveringskvittering/tidspunkt", json!("nå")),
        ("varslingfeiletkvittering/varslingskanal", json!("SMS")),
        ("feil/feiltype", json!("server")),
    ];
    for (pointer, new) in rows {
        let mut document = good(pointer.split('/').next().unwrap());
        change(&mut document, &format!("/standardBusinessDocument/{pointer}"), Some(new.clone()));
        assert_eq!(refusals(&document), [Code::SbdFieldInvalid], "{pointer} = {new}");
    }
}

#[test]
fn a_foreign_address_has_a_country_or_its_code() {
    for (land, good_one) in [
        (json!({ "land": "Sverige" }), true),
        (json!({ "landkode": "SE" }), true),
        (json!({ "landkode": "SWE" }), false),
        (json!({ "land": "Sverige", "landkode": "SE" }), false),
    ] {
        let mut address = land.clone();
        address["navn"] = "a".into();
        address["adresselinje1"] = "b".into();
        let mut document = good("utskrift");
        change(&mut document, "/standardBusinessDocument/utskrift/mottaker", Some(address));
        assert_eq!(refusals(&document).is_empty(), good_one, "{land}");
    }
}
