//! The older form, XML.

use super::{DocumentType, Finding, Sbd, ScopeKind, now, validate};
use crate::finding::Code;

const HEADER: &str = "xmlns='http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader'";
const MESSAGES: &str = "urn:no:difi:meldingsutveksling:2.0";

fn document(kind: &str, standard: &str, business: &str) -> String {
    let party = |name: &str, number: &str| {
        format!(
            "<{name}><Identifier Authority='iso6523-actorid-upis'>{number}</Identifier><ContactInformation>\
             <Contact>Arkivet</Contact></ContactInformation></{name}>"
        )
    };
    format!(
        "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<StandardBusinessDocument {HEADER}>\
         <StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion>{}{}<DocumentIdentification>\
         <Standard>{standard}</Standard><TypeVersion>2.0</TypeVersion>\
         <InstanceIdentifier>d5c9f24d-4ce5-4d70-97a3-d0e3294210af</InstanceIdentifier><Type>{kind}</Type>\
         <MultipleType>false</MultipleType>\
         <CreationDateAndTime>2026-11-30T12:00:00+01:00</CreationDateAndTime></DocumentIdentification>\
         <BusinessScope><Scope><Type>ConversationId</Type>\
         <InstanceIdentifier>2c93858d-36c9-4fa2-924a-603a23f80401</InstanceIdentifier>\
         <Identifier>urn:no:difi:profile:arkivmelding:administrasjon:ver1.0</Identifier><ScopeInformation>\
         <ExpectedResponseDateTime>2026-12-05T12:00:00+01:00</ExpectedResponseDateTime></ScopeInformation></Scope>\
         <Scope><Type>SenderRef</Type><InstanceIdentifier>Vår &amp; deres</InstanceIdentifier></Scope></BusinessScope>\
         </StandardBusinessDocumentHeader>{business}</StandardBusinessDocument>",
        party("Sender", "0192:310900117"),
        party("Receiver", "0192:310900419"),
    )
}

fn letter() -> String {
    document(
        "arkivmelding",
        "urn:no:difi:arkivmelding:xsd::arkivmelding",
        &format!(
            "<n:arkivmelding xmlns:n='{MESSAGES}'><sikkerhetsnivaa>3</sikkerhetsnivaa>\
             <hoveddokument>brev.pdf</hoveddokument></n:arkivmelding>"
        ),
    )
}

fn codes(text: &str) -> Vec<Code> {
    let findings = validate(text.as_bytes(), Some(now()));
    findings.into_iter().filter(Finding::refuses).map(|finding| finding.code).collect()
}

proptest::proptest! {
    /// Whatever happens to a document on its way, reading it ends with an answer, and what is taken can be told as JSON
    /// that is taken too.
    #[test]
    fn any_change_of_bytes_gets_an_answer(at in 0..1900_usize, byte: u8, cut in 0..1900_usize) {
        let mut bytes = letter().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if cut % 3 == 0 {
            bytes.truncate(cut);
        }
        if let Ok(sbd) = Sbd::parse(&bytes, Some(now())) {
            let json = Sbd::parse(sbd.to_json().as_bytes(), Some(now())).unwrap();
            proptest::prop_assert_eq!(json.business(), sbd.business());
        }
    }
}

#[test]
fn a_letter_is_read_as_its_json_is() {
    let sbd = Sbd::parse(letter().as_bytes(), Some(now())).unwrap();
    assert_eq!(sbd.document_type(), DocumentType::Arkivmelding);
    assert_eq!(sbd.routing().unwrap().sender.to_string(), "0192:310900117");
    assert_eq!(sbd.sender_reference(), Some("Vår & deres"));
    assert_eq!(sbd.expires(), Some("2026-12-05T11:00:00Z".parse().unwrap()));
    assert_eq!(
        sbd.scopes().iter().map(|scope| scope.kind).collect::<Vec<_>>(),
        [ScopeKind::ConversationId, ScopeKind::SenderRef]
    );
    assert!(sbd.text().starts_with("<?xml"));
    let json = Sbd::parse(sbd.to_json().as_bytes(), Some(now())).unwrap();
    assert_eq!((json.routing(), json.business()), (sbd.routing(), sbd.business()));
}

#[test]
fn lists_maps_and_other_types_are_read() {
    let receipt = document(
        "arkivmelding_kvittering",
        "urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering",
        &format!(
            "<arkivmelding_kvittering xmlns='{MESSAGES}'><receiptType>OK</receiptType>\
             <relatedToMessageId>d5c9f24d-4ce5-4d70-97a3-d0e3294210af</relatedToMessageId>\
             <messages><code>1</code><text>Arkivert</text></messages></arkivmelding_kvittering>"
        ),
    );
    let sbd = Sbd::parse(receipt.as_bytes(), Some(now())).unwrap();
    assert_eq!(sbd.business()["messages"][0]["text"], "Arkivert");
    let digital = |namespace: &str| {
        document(
            "digital",
            "urn:no:difi:digitalpost:xsd:digital::digital",
            &format!(
                "<d:digital xmlns:d='{namespace}'><sikkerhetsnivaa>4</sikkerhetsnivaa>\
                 <hoveddokument>a.pdf</hoveddokument><tittel>T</tittel><spraak>nb</spraak><digitalPostInfo>\
                 <virkningsdato>2026-12-02</virkningsdato><aapningskvittering>true</aapningskvittering>\
                 </digitalPostInfo><metadataFiler><entry><key>a.pdf</key><value>a.xml</value></entry></metadataFiler>\
                 </d:digital>"
            ),
        )
    };
    let sbd = Sbd::parse(digital("urn:no:difi:profile:digitalpost:ver1.0").as_bytes(), Some(now())).unwrap();
    assert_eq!(sbd.business()["metadataFiler"]["a.pdf"], "a.xml");
    assert_eq!(codes(&digital(MESSAGES)), [Code::SbdMalformed]);
}

#[test]
fn broken_and_hostile_documents_are_refused() {
    let letter = letter();
    assert_eq!(codes(&letter), []);
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    let twice = "<HeaderVersion>1.0</HeaderVersion><HeaderVersion>1.0</HeaderVersion>";
    let rows = [
        (
            letter.replace("<StandardBusinessDocument ", "<!DOCTYPE x [<!ENTITY e 'v'>]><StandardBusinessDocument "),
            Code::SbdMalformed,
        ),
        (letter.replace("cefact", "annet"), Code::SbdMalformed),
        (letter.replace(MESSAGES, "urn:annet"), Code::SbdMalformed),
        (letter.replace("brev.pdf", &deep), Code::SbdMalformed),
        (letter.replace("brev.pdf", "&x;"), Code::SbdMalformed),
        (
            letter.replace(
                "</n:arkivmelding>",
                "</n:arkivmelding><n:avtalt xmlns:n='urn:no:difi:meldingsutveksling:2.0'/>",
            ),
            Code::SbdMalformed,
        ),
        (letter.replace("<sikkerhetsnivaa>3", "<sikkerhetsnivaa>9"), Code::SbdFieldInvalid),
        (letter.replace("<HeaderVersion>1.0</HeaderVersion>", ""), Code::SbdFieldMissing),
        (letter.replace("<HeaderVersion>1.0</HeaderVersion>", twice), Code::SbdFieldInvalid),
        (letter.replace("310900419", "310900418"), Code::OrgnrInvalid),
        (letter.replace("n:arkivmelding", "n:avtalt"), Code::SbdTypeMismatch),
        (letter.replace("<Type>SenderRef", "<Type>Annet"), Code::SbdScopeUnknown),
    ];
    for (text, code) in rows {
        assert_eq!(codes(&text), [code], "{text}");
    }
    assert_eq!(codes(&letter[..letter.len() - 5]), [Code::SbdMalformed]);
}
