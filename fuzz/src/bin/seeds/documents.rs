//! What is not signed: business documents, receipts, `arkivmelding.xml`, and odds and ends for the inspector.

use konvolutt_shared::api::Status;
use konvolutt_shared::archive::{self, Arkivmelding};
use konvolutt_shared::sbd::{self, ArkivmeldingHead, DocumentType, ReceiptMessage, Sbd};
use serde_json::{Value, json};

use crate::{Folder, NOW, Outcome, RECEIVER, SENDER};

/// The letter that receipts and envelopes are about.
pub(crate) fn letter() -> Outcome<Sbd> {
    Ok(sbd::arkivmelding(ArkivmeldingHead {
        sender: format!("0192:{SENDER}").parse()?,
        receiver: format!("0192:{RECEIVER}").parse()?,
        process: "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned(),
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse()?,
        conversation_id: "2c93858d-36c9-4fa2-924a-603a23f80401".parse()?,
        created: NOW.parse()?,
        expires: "2026-12-02T00:00:00Z".parse()?,
        sender_ref: Some("2026/17-3".to_owned()),
        receiver_ref: None,
        main_document: Some("Søknad – vedlegg æøå.pdf".to_owned()),
        security_level: 3,
        dpv: None,
    }))
}

pub(crate) fn make(out: &Folder) -> Outcome<()> {
    let letter = letter()?;
    out.seed("sbd", "letter", letter.text().as_bytes())?;
    for (name, document_type, message) in others() {
        out.seed("sbd", name, changed(&letter, document_type, message)?.as_bytes())?;
    }
    out.seed("sbd", "network", network(&letter)?.as_bytes())?;
    out.seed("sbd", "xml", XML.as_bytes())?;
    out.seed("manifest", "whole", MANIFEST.as_bytes())?;
    let refused = |_| "our own letter has no route";
    for (name, status) in [("mottatt", Status::Mottatt), ("levert", Status::Levert)] {
        let receipt = sbd::status(&letter, status, NOW.parse()?).map_err(refused)?;
        out.seed("receipts", name, receipt.text().as_bytes())?;
    }
    let lines = [ReceiptMessage { code: "12".to_owned(), text: "Ukjent sak".to_owned() }];
    let id = "1111aaaa-0000-4000-8000-000000000001".parse()?;
    for kind in ["OK", "ERROR"] {
        let receipt = sbd::kvittering(&letter, kind, &lines, id, NOW.parse()?).map_err(refused)?;
        out.seed("receipts", &kind.to_lowercase(), receipt.text().as_bytes())?;
    }
    out.seed("arkivmelding", "ours", &archive::write(&arkivmelding()?))?;
    out.seed("arkivmelding", "foreign", FOREIGN.as_bytes())?;
    out.seed("inspect", "pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")?;
    out.seed("inspect", "xml", b"<?xml version=\"1.0\"?><a b='c'><d>e</d><f/>&amp;<!-- g --></a>")?;
    out.seed("inspect", "jwe", b"eyJhbGciOiJSU0EtT0FFUCJ9.AA.AA.AA.AA")
}

/// The same header over another business message.
fn changed(letter: &Sbd, document_type: DocumentType, message: Value) -> Outcome<String> {
    let mut document: Value = serde_json::from_str(letter.text())?;
    let header = "standardBusinessDocumentHeader";
    document[header]["documentIdentification"]["type"] = document_type.as_str().into();
    document[header]["documentIdentification"]["standard"] = standard(document_type).into();
    let object = document.as_object_mut().ok_or("our own letter is no object")?;
    object.remove("arkivmelding");
    object.insert(document_type.as_str().to_owned(), message);
    Ok(document.to_string())
}

/// The form of the DPI network: wrapped, and with a person at the other end.
fn network(letter: &Sbd) -> Outcome<String> {
    let message = json!({
        "avsender": { "virksomhetsidentifikator": { "authority": "iso6523-actorid-upis", "value": format!("0192:{SENDER}") } },
        "mottaker": { "postkasseadresse": "fuzzing#1" },
        "dokumentpakkefingeravtrykk": { "digestMethod": "http://www.w3.org/2001/04/xmlenc#sha256",
            "digestValue": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
        "maskinportentoken": "x.y.z", "sikkerhetsnivaa": 3, "aapningskvittering": false,
        "ikkesensitivtittel": "Brev", "spraak": "NO",
        "varsler": { "epostvarsel": { "epostadresse": "a@example.test", "varslingstekst": "x", "repetisjoner": [0] } },
    });
    let mut document: Value = serde_json::from_str(&changed(letter, DocumentType::Digital, message)?)?;
    document["standardBusinessDocumentHeader"]["documentIdentification"]["standard"] =
        "urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##urn:fdc:digdir.no:2020:innbyggerpost:schema:digital::1.0".into();
    Ok(json!({ "standardBusinessDocument": document }).to_string())
}

/// The document type URN; for types that we do not write, one of the same form.
fn standard(document_type: DocumentType) -> String {
    document_type.standard().map_or_else(|| format!("urn:no:difi:fuzzing:xsd::{document_type}"), str::to_owned)
}

fn others() -> Vec<(&'static str, DocumentType, Value)> {
    vec![
        (
            "avtalt",
            DocumentType::Avtalt,
            json!({ "sikkerhetsnivaa": 3, "identifier": "x", "content": { "a": [1, null] } }),
        ),
        (
            "digital",
            DocumentType::Digital,
            json!({ "sikkerhetsnivaa": 3, "tittel": "Brev", "spraak": "NO", "digitalPostInfo":
            { "virkningsdato": "2026-12-01", "aapningskvittering": false }, "varsler": { "epostTekst": "x" } }),
        ),
        (
            "print",
            DocumentType::Print,
            json!({ "mottaker": { "navn": "x", "adresselinje1": "y" }, "utskriftsfarge": "SORT_HVIT" }),
        ),
        ("innsynskrav", DocumentType::Innsynskrav, json!({ "orgnr": SENDER, "epost": "a@example.test" })),
    ]
}

fn arkivmelding() -> Outcome<Arkivmelding> {
    Ok(serde_json::from_value(json!({
        "system": "Konvolutt", "messageId": "d5c9f24d-4ce5-4d70-97a3-d0e3294210af", "created": NOW,
        "case": { "number": "2026/17", "title": "Søknad <om> \"vei\" & bru", "date": "2026-11-01", "unit": "Teknisk" },
        "entry": {
            "title": "Svar", "journalType": "Utgående dokument", "accessRestriction": "offl. § 13", "number": "3",
            "parties": [{ "kind": "Mottaker", "name": "Svaretaten", "caseWorker": "Person Prøve" }],
            "documents": [{ "title": "Brev", "file": "brev.pdf", "main": true }, { "title": "V", "file": "v.docx" }],
        },
    }))?)
}

/// As other systems write it: prefixes, character data sections, odd dates, several entries.
const FOREIGN: &str = "<a:arkivmelding xmlns:a='x'><a:antallFiler>0</a:antallFiler><a:tidspunkt>2026-11-01T10:00:00+01:00\
</a:tidspunkt><a:mappe><a:basisregistrering><a:dokumentbeskrivelse><a:dokumentobjekt><a:referanseDokumentfil>a&amp;b.pdf\
</a:referanseDokumentfil></a:dokumentobjekt></a:dokumentbeskrivelse><a:tittel><![CDATA[Svar & <vedlegg>]]></a:tittel>\
<a:journaldato>2026-11-01+01:00</a:journaldato></a:basisregistrering><a:journalpost/></a:mappe></a:arkivmelding>";

/// The older form of a document.
const XML: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<StandardBusinessDocument \
xmlns='http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader'><StandardBusinessDocumentHeader>\
<HeaderVersion>1.0</HeaderVersion><Sender><Identifier Authority='iso6523-actorid-upis'>0192:310452106</Identifier></Sender>\
<Receiver><Identifier Authority='iso6523-actorid-upis'>0192:310452114</Identifier></Receiver><DocumentIdentification>\
<Standard>urn:no:difi:arkivmelding:xsd::arkivmelding</Standard><TypeVersion>2.0</TypeVersion><InstanceIdentifier>\
d5c9f24d-4ce5-4d70-97a3-d0e3294210af</InstanceIdentifier><Type>arkivmelding</Type><CreationDateAndTime>\
2026-11-30T12:00:00+01:00</CreationDateAndTime></DocumentIdentification><BusinessScope><Scope><Type>ConversationId</Type>\
<InstanceIdentifier>2c93858d-36c9-4fa2-924a-603a23f80401</InstanceIdentifier><Identifier>\
urn:no:difi:profile:arkivmelding:administrasjon:ver1.0</Identifier><ScopeInformation><ExpectedResponseDateTime>\
2026-12-05T12:00:00+01:00</ExpectedResponseDateTime></ScopeInformation></Scope></BusinessScope>\
</StandardBusinessDocumentHeader><n:arkivmelding xmlns:n='urn:no:difi:meldingsutveksling:2.0'><sikkerhetsnivaa>3\
</sikkerhetsnivaa><hoveddokument>brev.pdf</hoveddokument></n:arkivmelding></StandardBusinessDocument>";

/// Everything that the business manifest of digital mail can hold.
const MANIFEST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><manifest \
xmlns=\"http://begrep.difi.no/sdp/schema_v10\"><mottaker><person><personidentifikator>06068700602</personidentifikator>\
<postkasseadresse>fuzzing#1</postkasseadresse></person></mottaker><avsender><organisasjon \
authority=\"iso6523-actorid-upis\">0192:310452106</organisasjon><avsenderidentifikator>a</avsenderidentifikator>\
<fakturaReferanse>b</fakturaReferanse></avsender><hoveddokument href=\"brev.pdf\" mime=\"application/pdf\"><tittel \
lang=\"NO\">Brev</tittel><data href=\"brev.xml\" mime=\"text/xml\"/></hoveddokument><vedlegg href=\"v.pdf\" \
mime=\"application/pdf\"/><lenke><url>https://example.test/</url><beskrivelse lang=\"NO\">x</beskrivelse><knappTekst \
lang=\"NO\">y</knappTekst><frist>2026-12-05T12:00:00+01:00</frist></lenke></manifest>";
