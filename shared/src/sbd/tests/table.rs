//! One row per rule: a good document of each type, one change, and the code it must get.

use serde_json::{Value, json};

use super::{Finding, Sbd, now, validate};
use crate::finding::Code;

/// The good documents, by type.
fn good(kind: &str) -> Value {
    let organisation = |number: &str| json!({ "identifier": { "authority": "iso6523-actorid-upis", "value": number } });
    let health = |id: &str| json!({ "identifier": { "authority": "nhn-actorid", "value": id } });
    let post = json!({ "navn": "Prøve Person", "adresselinje1": "Prøveveien 1", "postnummer": "0001",
        "poststed": "Oslo", "land": "Norge" });
    let dpv = json!({ "varselType": "VarselDPVMedRevarsel", "varselTransportType": "EpostOgSMS",
        "varselTekst": "Ny post", "taushetsbelagtVarselTekst": "Ny post", "dagerTilSvarfrist": 0 });
    let (standard, process, business) = match kind {
        "arkivmelding" => (
            "arkivmelding:xsd::arkivmelding",
            "arkivmelding:administrasjon",
            json!({ "sikkerhetsnivaa": 3, "hoveddokument": "brev.pdf", "dpv": dpv,
                "dpf": { "forsendelseType": "Byggesøknad" } }),
        ),
        "arkivmelding_kvittering" => (
            "arkivmelding:xsd::arkivmelding_kvittering",
            "arkivmelding:response",
            json!({ "receiptType": "OK", "relatedToMessageId": "d5c9f24d-4ce5-4d70-97a3-d0e3294210af",
                "messages": [{ "code": "1", "text": "Arkivert" }] }),
        ),
        "avtalt" => ("avtalt:xsd::avtalt", "avtalt:avtalt", json!({ "identifier": "x", "content": { "a": 1 } })),
        "digital" => (
            "digitalpost:xsd:digital::digital",
            "digitalpost:info",
            json!({ "sikkerhetsnivaa": 4, "hoveddokument": "brev.pdf", "avsenderId": "avd", "fakturaReferanse": "F",
                "tittel": "Vedtak", "spraak": "nb",
                "digitalPostInfo": { "virkningsdato": "2026-12-02", "aapningskvittering": true },
                "varsler": { "epostTekst": "Ny post", "smsTekst": "Ny post" },
                "metadataFiler": { "brev.pdf": "lenke.xml" } }),
        ),
        "digital_dpv" => (
            "digitalpost:xsd:digital::digital_dpv",
            "digitalpost:vedtak",
            json!({ "tittel": "t", "sammendrag": "s", "innhold": "i", "dpv": dpv }),
        ),
        "print" => (
            "digitalpost:xsd:fysisk::print",
            "digitalpost:vedtak",
            json!({ "hoveddokument": "brev.pdf", "mottaker": post, "utskriftsfarge": "FARGE",
                "posttype": "A_PRIORITERT", "printinstruksjoner": { "a": "b" },
                "retur": { "mottaker": post, "returhaandtering": "DIREKTE_RETUR" } }),
        ),
        "innsynskrav" => (
            "einnsyn:xsd::innsynskrav",
            "einnsyn:innsynskrav",
            json!({ "orgnr": "310900117", "epost": "a@example.test" }),
        ),
        "publisering" => ("einnsyn:xsd::publisering", "einnsyn:journalpost", json!({ "orgnr": "310900117" })),
        "einnsyn_kvittering" => (
            "einnsyn:xsd::einnsyn_kvittering",
            "einnsyn:response",
            json!({ "dokumentId": "1", "status": "{}", "referanseType": "publisering" }),
        ),
        "dialogmelding" => (
            "helse:xsd:schema::dialogmelding",
            "helse:helse",
            json!({ "hoveddokument": "a.xml",
                "pasient": { "fnr": "14837121133", "fornavn": "Prøve", "mellomnavn": "P", "etternavn": "Person" },
                "metadataFiler": { "a.pdf": { "issueDate": "2026-11-01T00:00:00Z", "description": "b" } } }),
        ),
        "dialogmelding_kvittering" => (
            "helse:xsd::dialogmelding_kvittering",
            "helse:response",
            json!({ "relatedToMessageId": "x", "status": "OK_ERROR_IN_MESSAGE_PART",
                "messages": [{ "code": "1", "text": "t" }], "rawReceipt": "<x/>" }),
        ),
        "status" => ("eformidling:xsd::status", "arkivmelding:response", json!({ "status": "LEVERT" })),
        other => panic!("{other}"),
    };
    let healthy = kind.starts_with("dialog");
    let (sender, receiver) = if healthy {
        (health("her-id:1001"), health("fastlege-for:14837121133"))
    } else if kind.starts_with("digital") {
        (organisation("0192:310900117"), organisation("14837121133"))
    } else {
        (organisation("0192:310900117"), organisation("0192:310900419"))
    };
    json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0", "sender": [sender], "receiver": [receiver],
            "documentIdentification": {
                "standard": format!("urn:no:difi:{standard}"), "typeVersion": "2.0", "type": kind,
                "instanceIdentifier": "d5c9f24d-4ce5-4d70-97a3-d0e3294210af",
                "multipleType": false, "creationDateAndTime": "2026-11-30T12:00:00+01:00"
            },
            "manifest": { "numberOfItems": 1, "manifestItem": [
                { "mimeTypeQualifierCode": "application/pdf", "uniformResourceIdentifier": "x" }] },
            "businessScope": { "scope": [
                { "type": "ConversationId", "instanceIdentifier": "2c93858d-36c9-4fa2-924a-603a23f80401",
                  "identifier": format!("urn:no:difi:profile:{process}:ver1.0"),
                  "scopeInformation": [{ "expectedResponseDateTime": "2026-12-05T12:00:00+01:00" }] },
                { "type": "SenderRef", "instanceIdentifier": "vår ref" }
            ] }
        },
        kind: business
    })
}

const KINDS: [&str; 12] = [
    "arkivmelding",
    "arkivmelding_kvittering",
    "avtalt",
    "digital",
    "digital_dpv",
    "print",
    "innsynskrav",
    "publisering",
    "einnsyn_kvittering",
    "dialogmelding",
    "dialogmelding_kvittering",
    "status",
];

/// Sets the value at a JSON pointer (RFC 6901), or takes it away.
pub(super) fn change(document: &mut Value, pointer: &str, new: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("no {pointer}"));
    match (parent, new) {
        (Value::Object(members), Some(new)) => drop(members.insert(name.to_owned(), new)),
        (Value::Object(members), None) => drop(members.remove(name).unwrap_or_else(|| panic!("no {pointer}"))),
        (Value::Array(items), Some(new)) => items[name.parse::<usize>().unwrap()] = new,
        (Value::Array(items), None) => drop(items.remove(name.parse().unwrap())),
        _ => panic!("no {pointer}"),
    }
}

pub(super) fn refusals(document: &Value) -> Vec<Code> {
    let findings = validate(document.to_string().as_bytes(), Some(now()));
    findings.into_iter().filter(Finding::refuses).map(|finding| finding.code).collect()
}

#[test]
fn each_type_has_a_good_document() {
    for kind in KINDS {
        let document = good(kind);
        assert_eq!(validate(document.to_string().as_bytes(), Some(now())), [], "{kind}");
    }
}

#[test]
fn what_is_required_cannot_be_left_out() {
    let header = [
        "/standardBusinessDocumentHeader/headerVersion",
        "/standardBusinessDocumentHeader/sender/0/identifier",
        "/standardBusinessDocumentHeader/sender/0/identifier/value",
        "/standardBusinessDocumentHeader/sender/0/identifier/authority",
        "/standardBusinessDocumentHeader/documentIdentification",
        "/standardBusinessDocumentHeader/documentIdentification/standard",
        "/standardBusinessDocumentHeader/documentIdentification/typeVersion",
        "/standardBusinessDocumentHeader/documentIdentification/type",
        "/standardBusinessDocumentHeader/businessScope",
        "/standardBusinessDocumentHeader/businessScope/scope",
        "/standardBusinessDocumentHeader/businessScope/scope/0",
        "/standardBusinessDocumentHeader/businessScope/scope/0/type",
        "/standardBusinessDocumentHeader/businessScope/scope/0/identifier",
        "/standardBusinessDocumentHeader/manifest/manifestItem/0/mimeTypeQualifierCode",
        "/standardBusinessDocumentHeader/manifest/manifestItem/0/uniformResourceIdentifier",
    ];
    let business = [
        "/arkivmelding_kvittering/receiptType",
        "/arkivmelding_kvittering/relatedToMessageId",
        "/avtalt/identifier",
        "/avtalt/content",
        "/digital/sikkerhetsnivaa",
        "/digital/hoveddokument",
        "/digital/tittel",
        "/digital/spraak",
        "/digital/digitalPostInfo",
        "/digital/digitalPostInfo/virkningsdato",
        "/digital/digitalPostInfo/aapningskvittering",
        "/digital_dpv/tittel",
        "/digital_dpv/sammendrag",
        "/digital_dpv/innhold",
        "/print/hoveddokument",
        "/print/mottaker",
        "/print/mottaker/navn",
        "/print/mottaker/adresselinje1",
        "/print/mottaker/postnummer",
        "/print/mottaker/poststed",
        "/print/mottaker/land",
        "/print/retur",
        "/print/retur/mottaker",
        "/print/retur/mottaker/postnummer",
        "/innsynskrav/orgnr",
        "/innsynskrav/epost",
        "/publisering/orgnr",
        "/einnsyn_kvittering/dokumentId",
        "/einnsyn_kvittering/status",
        "/einnsyn_kvittering/referanseType",
        "/dialogmelding/hoveddokument",
        "/dialogmelding/pasient",
        "/dialogmelding/pasient/fnr",
        "/dialogmelding/pasient/fornavn",
        "/dialogmelding/pasient/etternavn",
        "/status/status",
    ];
    let rows = header.into_iter().map(|pointer| ("arkivmelding", pointer));
    let rows = rows.chain(business.into_iter().map(|pointer| (pointer.split('/').nth(1).unwrap(), pointer)));
    for (kind, pointer) in rows {
        for new in [None, Some(Value::Null)] {
            let mut document = good(kind);
            if new.is_some() && pointer.ends_with("/0") {
                continue;
            }
            change(&mut document, pointer, new);
            let codes = refusals(&document);
            assert!(
                !codes.is_empty() && codes.iter().all(|code| *code == Code::SbdFieldMissing),
                "{pointer}: {codes:?}"
            );
        }
    }
}

#[test]
fn what_is_optional_can_be_left_out() {
    let rows = [
        ("arkivmelding", "/standardBusinessDocumentHeader/sender"),
        ("arkivmelding", "/standardBusinessDocumentHeader/manifest"),
        ("arkivmelding", "/standardBusinessDocumentHeader/documentIdentification/instanceIdentifier"),
        ("arkivmelding", "/standardBusinessDocumentHeader/documentIdentification/multipleType"),
        ("arkivmelding", "/standardBusinessDocumentHeader/documentIdentification/creationDateAndTime"),
        ("arkivmelding", "/standardBusinessDocumentHeader/businessScope/scope/0/instanceIdentifier"),
        ("arkivmelding", "/standardBusinessDocumentHeader/businessScope/scope/0/scopeInformation"),
        ("arkivmelding", "/standardBusinessDocumentHeader/businessScope/scope/1"),
        ("arkivmelding", "/arkivmelding/sikkerhetsnivaa"),
        ("arkivmelding", "/arkivmelding/hoveddokument"),
        ("arkivmelding", "/arkivmelding/dpv"),
        ("arkivmelding", "/arkivmelding/dpf"),
        ("arkivmelding_kvittering", "/arkivmelding_kvittering/messages"),
        ("digital", "/digital/avsenderId"),
        ("digital", "/digital/fakturaReferanse"),
        ("digital", "/digital/varsler"),
        ("digital", "/digital/metadataFiler"),
        ("digital_dpv", "/digital_dpv/dpv"),
        ("print", "/standardBusinessDocumentHeader/receiver"),
        ("print", "/print/utskriftsfarge"),
        ("print", "/print/posttype"),
        ("print", "/print/retur/returhaandtering"),
        ("print", "/print/printinstruksjoner"),
        ("dialogmelding", "/dialogmelding/pasient/mellomnavn"),
        ("dialogmelding", "/dialogmelding/metadataFiler"),
        ("dialogmelding_kvittering", "/dialogmelding_kvittering/relatedToMessageId"),
        ("dialogmelding_kvittering", "/dialogmelding_kvittering/status"),
    ];
    for (kind, pointer) in rows {
        for new in [None, Some(Value::Null)] {
            let mut document = good(kind);
            if new.is_some() && pointer.ends_with("/1") {
                continue;
            }
            change(&mut document, pointer, new);
            assert_eq!(refusals(&document), [], "{pointer}");
        }
    }
}

#[test]
fn wrong_values_are_refused() {
    use Code::{OrgnrInvalid, PersonIdInvalid, SbdExpired, SbdFieldInvalid, SbdFieldMissing, SbdTypeMismatch};
    let scope = "/standardBusinessDocumentHeader/businessScope/scope/0";
    let identification = "/standardBusinessDocumentHeader/documentIdentification";
    let rows: Vec<(&str, String, Value, Code)> = vec![
        ("arkivmelding", format!("{identification}/instanceIdentifier"), json!("x"), SbdFieldInvalid),
        ("arkivmelding", format!("{identification}/multipleType"), json!("ja"), SbdFieldInvalid),
        ("arkivmelding", format!("{identification}/creationDateAndTime"), json!("2026-11-30"), SbdFieldInvalid),
        ("arkivmelding", format!("{identification}/standard"), json!("a::b::arkivmelding2"), SbdTypeMismatch),
        ("arkivmelding", format!("{identification}/standard"), json!("arkivmelding"), SbdTypeMismatch),
        ("arkivmelding", format!("{identification}/type"), json!("feil"), Code::SbdTypeUnknown),
        ("arkivmelding", format!("{identification}/type"), json!("avtalt"), SbdTypeMismatch),
        ("arkivmelding", format!("{scope}/instanceIdentifier"), json!("samtale 1"), SbdFieldInvalid),
        ("arkivmelding", scope.replace("/0", "/1/type"), json!("senderref"), Code::SbdScopeUnknown),
        ("arkivmelding", format!("{scope}/scopeInformation"), json!({}), SbdFieldInvalid),
        ("arkivmelding", format!("{scope}/scopeInformation/0"), json!("x"), SbdFieldInvalid),
        (
            "arkivmelding",
            format!("{scope}/scopeInformation/0/expectedResponseDateTime"),
            json!("snart"),
            SbdFieldInvalid,
        ),
        (
            "arkivmelding",
            format!("{scope}/scopeInformation/0/expectedResponseDateTime"),
            json!("2026-12-01T01:00:00+01:00"),
            SbdExpired,
        ),
        (
            "arkivmelding",
            "/standardBusinessDocumentHeader/businessScope/scope/1".to_owned(),
            json!({ "type": "MessageChannel", "identifier": "kanal med mellomrom" }),
            SbdFieldInvalid,
        ),
        (
            "arkivmelding",
            "/standardBusinessDocumentHeader/businessScope/scope/1".to_owned(),
            json!({ "type": "MessageChannel", "identifier": "abcdefghijklmnopqrstuvwxyz" }),
            SbdFieldInvalid,
        ),
        ("arkivmelding", "/standardBusinessDocumentHeader/receiver".to_owned(), json!([]), SbdFieldMissing),
        (
            "arkivmelding",
            "/standardBusinessDocumentHeader/receiver/0/identifier/value".to_owned(),
            json!("9908:310900419"),
            SbdFieldInvalid,
        ),
        (
            "arkivmelding",
            "/standardBusinessDocumentHeader/receiver/0/identifier/value".to_owned(),
            json!("0192:310900418"),
            OrgnrInvalid,
        ),
        (
            "arkivmelding",
            "/standardBusinessDocumentHeader/receiver/0/identifier/authority".to_owned(),
            json!("iso3166-1-alfa2"),
            SbdFieldInvalid,
        ),
        (
            "arkivmelding",
            "/standardBusinessDocumentHeader/sender/0/contactInformation".to_owned(),
            json!([{ "emailAddress": "a@example.test" }]),
            SbdFieldMissing,
        ),
        ("arkivmelding", "/arkivmelding/sikkerhetsnivaa".to_owned(), json!(2), SbdFieldInvalid),
        ("arkivmelding", "/arkivmelding/sikkerhetsnivaa".to_owned(), json!("høyt"), SbdFieldInvalid),
        ("arkivmelding", "/arkivmelding/dpv".to_owned(), json!("x"), SbdFieldInvalid),
        ("arkivmelding", "/arkivmelding/dpv/varselType".to_owned(), json!("varseldpvmedrevarsel"), SbdFieldInvalid),
        ("arkivmelding", "/arkivmelding/dpv/varselTransportType".to_owned(), json!("Brevdue"), SbdFieldInvalid),
        ("arkivmelding", "/arkivmelding/dpv/dagerTilSvarfrist".to_owned(), json!(true), SbdFieldInvalid),
        ("arkivmelding", "/arkivmelding/dpf/forsendelseType".to_owned(), json!({}), SbdFieldInvalid),
        ("arkivmelding_kvittering", "/arkivmelding_kvittering/receiptType".to_owned(), json!("ok"), SbdFieldInvalid),
        ("arkivmelding_kvittering", "/arkivmelding_kvittering/messages".to_owned(), json!({}), SbdFieldInvalid),
        ("avtalt", "/avtalt/content".to_owned(), json!("tekst"), SbdFieldInvalid),
        ("digital", "/digital/sikkerhetsnivaa".to_owned(), json!(5), SbdFieldInvalid),
        ("digital", "/digital/tittel".to_owned(), json!("x".repeat(256)), SbdFieldInvalid),
        ("digital", "/digital/tittel".to_owned(), json!(" "), SbdFieldMissing),
        ("digital", "/digital/spraak".to_owned(), json!("nob"), SbdFieldInvalid),
        ("digital", "/digital/fakturaReferanse".to_owned(), json!("x".repeat(41)), SbdFieldInvalid),
        ("digital", "/digital/digitalPostInfo/virkningsdato".to_owned(), json!("2026-02-30"), SbdFieldInvalid),
        ("digital", "/digital/digitalPostInfo/virkningsdato".to_owned(), json!("01.12.2026"), SbdFieldInvalid),
        ("digital", "/digital/digitalPostInfo/aapningskvittering".to_owned(), json!("ja"), SbdFieldInvalid),
        ("digital", "/digital/varsler/smsTekst".to_owned(), json!("x".repeat(161)), SbdFieldInvalid),
        ("digital", "/digital/varsler/epostTekst".to_owned(), json!("x".repeat(501)), SbdFieldInvalid),
        ("digital", "/digital/metadataFiler".to_owned(), json!(["brev.pdf"]), SbdFieldInvalid),
        (
            "digital",
            "/standardBusinessDocumentHeader/receiver/0/identifier/value".to_owned(),
            json!("14837121134"),
            PersonIdInvalid,
        ),
        ("print", "/print/utskriftsfarge".to_owned(), json!("GUL"), SbdFieldInvalid),
        ("print", "/print/posttype".to_owned(), json!("A"), SbdFieldInvalid),
        ("print", "/print/retur/returhaandtering".to_owned(), json!("KAST"), SbdFieldInvalid),
        ("print", "/print/mottaker/postnummer".to_owned(), json!(""), SbdFieldMissing),
        ("innsynskrav", "/innsynskrav/orgnr".to_owned(), json!("310900118"), OrgnrInvalid),
        ("innsynskrav", "/innsynskrav/epost".to_owned(), json!("a.example.test"), SbdFieldInvalid),
        ("publisering", "/publisering/orgnr".to_owned(), json!("0192:310900117"), OrgnrInvalid),
        ("einnsyn_kvittering", "/einnsyn_kvittering/referanseType".to_owned(), json!("annet"), SbdFieldInvalid),
        ("einnsyn_kvittering", "/einnsyn_kvittering/status".to_owned(), json!({}), SbdFieldInvalid),
        ("dialogmelding", "/dialogmelding/pasient/fnr".to_owned(), json!("14837121134"), PersonIdInvalid),
        ("dialogmelding", "/dialogmelding/metadataFiler".to_owned(), json!({ "a.pdf": "x" }), SbdFieldInvalid),
        (
            "dialogmelding",
            "/standardBusinessDocumentHeader/sender/0/identifier".to_owned(),
            json!({ "authority": "iso6523-actorid-upis", "value": "0192:310900117" }),
            SbdFieldInvalid,
        ),
        (
            "dialogmelding",
            "/standardBusinessDocumentHeader/sender/0/identifier/value".to_owned(),
            json!("her-id:-1"),
            SbdFieldInvalid,
        ),
        ("dialogmelding_kvittering", "/dialogmelding_kvittering/status".to_owned(), json!("ok"), SbdFieldInvalid),
        ("status", "/status/status".to_owned(), json!("levert"), SbdFieldInvalid),
    ];
    for (kind, pointer, new, code) in rows {
        let mut document = good(kind);
        change(&mut document, &pointer, Some(new.clone()));
        let mut codes = refusals(&document);
        codes.dedup();
        assert_eq!(codes, [code], "{pointer} = {new}");
    }
}

#[test]
fn what_the_reference_reads_is_read() {
    let identification = "/standardBusinessDocumentHeader/documentIdentification";
    let scope = "/standardBusinessDocumentHeader/businessScope/scope";
    let rows: Vec<(&str, String, Value)> = vec![
        // Names of types are compared without regard to case; the member's name is not.
        ("arkivmelding", format!("{identification}/type"), json!("ArkivMelding")),
        ("arkivmelding", format!("{identification}/standard"), json!("noe helt annet::arkivmelding")),
        ("arkivmelding", format!("{identification}/typeVersion"), json!("17")),
        ("arkivmelding", format!("{identification}/typeVersion"), json!(2.0)),
        ("arkivmelding", format!("{identification}/instanceIdentifier"), json!("1-1-1-1-1")),
        ("arkivmelding", format!("{identification}/instanceIdentifier"), json!("D5C9F24D-4CE5-4D70-97A3-D0E3294210AF")),
        ("arkivmelding", format!("{identification}/multipleType"), json!("true")),
        ("arkivmelding", format!("{identification}/creationDateAndTime"), json!("2026-11-30T12:00:00")),
        ("arkivmelding", format!("{identification}/creationDateAndTime"), json!("2026-11-30T12:00:00.123456789Z")),
        ("arkivmelding", format!("{identification}/creationDateAndTime"), json!("2026-11-30T12:00")),
        ("arkivmelding", "/standardBusinessDocumentHeader/sender".to_owned(), json!([])),
        ("arkivmelding", "/standardBusinessDocumentHeader/ukjent".to_owned(), json!(1)),
        ("arkivmelding", "/arkivmelding/ukjent".to_owned(), json!({ "a": [] })),
        ("arkivmelding", "/arkivmelding/sikkerhetsnivaa".to_owned(), json!("4")),
        ("arkivmelding", "/arkivmelding/sikkerhetsnivaa".to_owned(), json!(3.0)),
        ("arkivmelding", "/arkivmelding/hoveddokument".to_owned(), json!(2026)),
        ("arkivmelding", format!("{scope}/1"), json!({ "type": "SenderRef" })),
        ("arkivmelding", format!("{scope}/1"), json!({ "type": "ReceiverRef", "identifier": "x" })),
        ("arkivmelding", format!("{scope}/1"), json!({ "type": "MessageChannel", "identifier": "kanal-1_A" })),
        ("arkivmelding", format!("{scope}/1"), json!({ "type": "JournalpostId", "instanceIdentifier": "1" })),
        ("arkivmelding", format!("{scope}/1"), json!({ "type": "ParentId", "instanceIdentifier": "1" })),
        (
            "arkivmelding",
            format!("{scope}/0/scopeInformation/0/expectedResponseDateTime"),
            json!("2026-12-01T01:00:01"),
        ),
        ("arkivmelding", "/standardBusinessDocumentHeader/receiver/0/identifier/value".to_owned(), json!("310900419")),
        (
            "arkivmelding",
            "/standardBusinessDocumentHeader/receiver/0/identifier/value".to_owned(),
            json!("0192:310900419:310900117:1"),
        ),
        (
            "arkivmelding",
            "/standardBusinessDocumentHeader/receiver/0/identifier/value".to_owned(),
            json!("0007:5560000001"),
        ),
        (
            "digital_dpv",
            "/standardBusinessDocumentHeader/receiver/0/identifier/value".to_owned(),
            json!("0192:17912099997"),
        ),
        ("digital", "/digital/digitalPostInfo/aapningskvittering".to_owned(), json!("false")),
        ("digital", "/digital/sikkerhetsnivaa".to_owned(), json!("3")),
        (
            "print",
            "/print/mottaker".to_owned(),
            json!({ "navn": "a", "adresselinje1": "b", "postnummer": "",
            "poststed": "", "land": "Sverige" }),
        ),
        ("status", "/status/status".to_owned(), json!("LEVETID_UTLOPT")),
        ("dialogmelding", "/standardBusinessDocumentHeader/receiver/0/identifier/value".to_owned(), json!("her-id:7")),
    ];
    for (kind, pointer, new) in rows {
        let mut document = good(kind);
        change(&mut document, &pointer, Some(new.clone()));
        assert_eq!(refusals(&document), [], "{pointer} = {new}");
    }
    let mut swapped = good("arkivmelding").to_string();
    let header = swapped.find(",\"standardBusinessDocumentHeader\"").map(|at| swapped.split_off(at)).unwrap();
    let turned = format!("{{{},{}}}", &header[1..header.len() - 1], &swapped[1..]);
    assert!(Sbd::parse(turned.as_bytes(), Some(now())).is_ok(), "{turned}");
}
