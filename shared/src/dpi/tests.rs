use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::api::Status;
use crate::finding::{Code, Finding, Rule};
use crate::identifier::{ConversationId, MessageId, OrganisationNumber, Party};
use crate::jws::Algorithm;
use crate::pki::{Policy, Purpose, SoftKey, testing};
use crate::sbd::{self, DocumentType, Layer, MessageHead, Sbd};

const CONVERSATION: &str = "2c93858d-36c9-4fa2-924a-603a23f80401";
const SENDER: &str = "0192:310452106";
const PROVIDER: &str = "0192:310452114";

fn now() -> jiff::Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

fn head() -> Head {
    Head {
        sender: SENDER.parse().unwrap(),
        on_behalf_of: None,
        receiver: PROVIDER.parse().unwrap(),
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: CONVERSATION.parse().unwrap(),
        process: process(DocumentType::Digital),
        created: now(),
        expires: "2026-12-02T00:00:00Z".parse().unwrap(),
        sender_unit: Some("avd-7".to_owned()),
        invoice_reference: Some("F-1".to_owned()),
        package_digest: package_digest(b"sealed"),
        token: "the token".to_owned(),
    }
}

fn digital() -> DigitalPost {
    let notice = |address: &str| Notice { address: address.to_owned(), text: "Ny post".to_owned(), days: vec![0, 7] };
    DigitalPost {
        mailbox: "prove.person#4F2A".to_owned(),
        security_level: 4,
        effective: Some(Effective::Date("2026-12-02".parse().unwrap())),
        opening_receipt: true,
        title: "Vedtak".to_owned(),
        language: "nb".to_owned(),
        mail_notice: Some(notice("prove@example.test")),
        text_notice: Some(notice("+4740000000")),
    }
}

fn print() -> PrintPost {
    let address = PostalAddress {
        name: "Prøve Person".to_owned(),
        lines: vec!["Prøveveien 1".to_owned(), "H0101".to_owned()],
        postal_code: Some("0001".to_owned()),
        town: Some("Oslo".to_owned()),
        ..PostalAddress::default()
    };
    PrintPost {
        recipient: address.clone(),
        colour: PrintColour::BlackAndWhite,
        class: Some(PostClass::Economy),
        return_address: address,
        return_handling: ReturnHandling::DestroyAndTell,
    }
}

fn expected<'a>() -> Option<Expected<'a>> {
    let policy = Policy {
        at: now(),
        anchors: vec![testing::certificate("root")?],
        intermediates: vec![testing::certificate("issuing")?],
        purpose: Purpose::Sign,
        ..Policy::default()
    };
    Some(Expected { policy, package: None, token: None })
}

fn sign(sbd: &Sbd, key: &SoftKey) -> String {
    let unsigned = prepare(sbd, key.certificate()).unwrap();
    let signature = key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes()).unwrap();
    unsigned.finish(&signature)
}

#[test]
fn a_message_by_any_algorithm_with_rsa_is_read_as_the_reference_reads_it() {
    let (Some(key), Some(expected)) = (testing::key("a"), expected()) else { return };
    let sbd = document(head(), &Body::Digital(Box::new(digital()))).unwrap();
    for algorithm in Algorithm::RSA {
        let chain = vec![key.certificate().der().to_vec()];
        let header = crate::jws::Header { algorithm: *algorithm, kind: None, key_id: None, chain };
        let unsigned = crate::jws::prepare(&header, sbd.to_json().as_bytes());
        let signature = key.sign(algorithm.signature_algorithm(), unsigned.bytes()).unwrap();
        assert_eq!(codes(&unsigned.finish(&signature), &expected), [], "{algorithm:?}");
    }
    let header =
        crate::jws::Header { algorithm: Algorithm::Es256, kind: None, key_id: None, chain: vec![vec![0x30, 0]] };
    let other = crate::jws::prepare(&header, b"{}").finish(&[0; 64]);
    assert_eq!(verify(&other, &expected).unwrap_err()[0].rule, Rule::MailText);
}

fn codes(text: &str, expected: &Expected<'_>) -> Vec<Code> {
    let findings = verify(text, expected).err().unwrap_or_default();
    findings.into_iter().filter(Finding::refuses).map(|finding| finding.code).collect()
}

#[test]
fn the_message_has_the_networks_form() {
    let sbd = document(head(), &Body::Digital(Box::new(digital()))).unwrap();
    assert_eq!((sbd.layer(), sbd.document_type()), (Layer::Dpi, DocumentType::Digital));
    let business = json!({
        "avsender": {
            "virksomhetsidentifikator": { "authority": "iso6523-actorid-upis", "value": SENDER },
            "avsenderidentifikator": "avd-7", "fakturaReferanse": "F-1"
        },
        "mottaker": { "postkasseadresse": "prove.person#4F2A" },
        "dokumentpakkefingeravtrykk": {
            "digestMethod": "http://www.w3.org/2001/04/xmlenc#sha256",
            // printf sealed | openssl dgst -sha256 -binary | base64
            "digestValue": "ydADa+1nRLzfaS/JgNhxfX5fWk9Ogma0qEmCYC+xzQk="
        },
        "maskinportentoken": "the token", "sikkerhetsnivaa": 4, "virkningsdato": "2026-12-02",
        "aapningskvittering": true, "ikkesensitivtittel": "Vedtak", "spraak": "nb",
        "varsler": {
            "epostvarsel": { "epostadresse": "prove@example.test", "varslingstekst": "Ny post", "repetisjoner": [0, 7] },
            "smsvarsel": { "mobiltelefonnummer": "+4740000000", "varslingstekst": "Ny post", "repetisjoner": [0, 7] }
        }
    });
    assert_eq!(sbd.business(), &business);
    let text: Value = serde_json::from_str(sbd.text()).unwrap();
    let header = &text["standardBusinessDocument"]["standardBusinessDocumentHeader"];
    assert_eq!(header["documentIdentification"]["typeVersion"], "1.0");
    assert_eq!(
        header["documentIdentification"]["standard"],
        "urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##urn:fdc:digdir.no:2020:innbyggerpost:schema:\
         digital::1.0"
    );
    assert_eq!(sbd.process(), "urn:fdc:digdir.no:2020:profile:egovernment:innbyggerpost:digital:ver1.0");
}

#[test]
fn print_is_written_and_what_the_schema_refuses_is_not() {
    let sbd = document(head(), &Body::Print(Box::new(print()))).unwrap();
    assert_eq!(sbd.business()["retur"]["returposthaandtering"], "MAKULERING_MED_MELDING");
    assert_eq!(sbd.business()["mottaker"]["adresselinje2"], "H0101");
    assert_eq!((&sbd.business()["posttype"], &sbd.business()["utskriftstype"]), (&json!("B"), &json!("SORT_HVIT")));
    let mut long = print();
    long.recipient.lines = vec!["x".to_owned(); 5];
    let mut nowhere = print();
    nowhere.return_address.town = None;
    let levelled = DigitalPost { security_level: 2, ..digital() };
    let titled = DigitalPost { title: String::new(), ..digital() };
    for body in [
        Body::Print(Box::new(long)),
        Body::Print(Box::new(nowhere)),
        Body::Digital(Box::new(levelled)),
        Body::Digital(Box::new(titled)),
    ] {
        assert!(document(head(), &body).is_err(), "{body:?}");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let shown = format!("{:?} {:?} {:?}", head(), Body::Digital(Box::new(digital())), Body::Print(Box::new(print())));
    assert!(!shown.contains("token\"") && !shown.contains("person") && !shown.contains("Prøve"), "{shown}");
}

#[test]
fn what_is_signed_verifies_and_has_the_exact_header() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let sbd = document(head(), &Body::Digital(Box::new(digital()))).unwrap();
    let text = sign(&sbd, &key);
    let header = URL_SAFE_NO_PAD.decode(text.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    let leaf = base64::engine::general_purpose::STANDARD.encode(key.certificate().der());
    assert_eq!(header, json!({ "x5c": [leaf], "alg": "RS256" }));
    let all = Expected { package: Some(package_digest(b"sealed")), token: Some("the token"), ..expected };
    let verified = verify(&text, &all).unwrap();
    assert_eq!(verified.sbd, sbd);
    assert_eq!(verified.signer.organisation().as_deref(), Some("310452106"));
}

#[test]
fn everything_else_is_refused() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let text = sign(&document(head(), &Body::Digital(Box::new(digital()))).unwrap(), &key);
    assert_eq!(codes(&text, &expected), []);
    let with = |change: fn(&mut Expected<'static>)| {
        let mut other = self::expected().unwrap();
        change(&mut other);
        codes(&text, &other)
    };
    assert_eq!(with(|e| e.package = Some(package_digest(b"other"))), [Code::DigestMismatch]);
    assert_eq!(with(|e| e.token = Some("another")), [Code::SbdFieldInvalid]);
    assert_eq!(with(|e| e.policy.anchors.clear()), [Code::SignerUntrusted]);
    assert_eq!(with(|e| e.policy.at = "2026-12-03T00:00:00Z".parse().unwrap()), [Code::SbdExpired]);
    let (front, _) = text.rsplit_once('.').unwrap();
    assert_eq!(codes(&format!("{front}.AAAA"), &expected), [Code::SignatureInvalid]);
    assert_eq!(codes("a.b", &expected), [Code::SbdMalformed]);
    let other = Head { sender: PROVIDER.parse().unwrap(), ..head() };
    let foreign = sign(&document(other.clone(), &Body::Digital(Box::new(digital()))).unwrap(), &key);
    assert_eq!(codes(&foreign, &expected), [Code::SignerOrgMismatch]);
    let behalf = Head { on_behalf_of: Some(SENDER.parse().unwrap()), ..other };
    let behalf = sign(&document(behalf, &Body::Digital(Box::new(digital()))).unwrap(), &key);
    assert_eq!(codes(&behalf, &expected), []);
    // A good signature of the right signer over another document, and without a certificate.
    let plain = sbd::tests::letter();
    assert_eq!(prepare(&plain, key.certificate()).unwrap_err().code, Code::SbdMalformed);
    let header = crate::jws::Header { algorithm: Algorithm::Rs256, kind: None, key_id: None, chain: Vec::new() };
    let bare = crate::jws::prepare(&header, b"{}").finish(&[0; 384]);
    assert_eq!(codes(&bare, &expected), [Code::SbdMalformed]);
}

fn receipt(kind: DocumentType, more: &Value) -> Result<Sbd, Vec<Finding>> {
    let id =
        |number: &str| json!({ "virksomhetsidentifikator": { "authority": "iso6523-actorid-upis", "value": number } });
    let mut business =
        json!({ "avsender": id(SENDER), "mottaker": id(PROVIDER), "tidspunkt": "2026-12-01T01:00:00+01:00" });
    for (name, value) in more.as_object().unwrap() {
        business[name] = value.clone();
    }
    let head = MessageHead {
        sender: Party::Organisation(PROVIDER.parse().unwrap()),
        receiver: Some(Party::Organisation(SENDER.parse().unwrap())),
        process: process(kind),
        message_id: "1111aaaa-0000-4000-8000-000000000001".parse().unwrap(),
        conversation_id: CONVERSATION.parse().unwrap(),
        created: now(),
        expires: None,
        scopes: Vec::new(),
    };
    sbd::compose(Layer::Dpi, head, kind, business)
}

#[test]
fn each_receipt_comes_to_its_status() {
    use DocumentType as Kind;
    let rows = [
        (Kind::Leveringskvittering, json!({}), Status::Levert),
        (Kind::Mottakskvittering, json!({}), Status::Levert),
        (Kind::Aapningskvittering, json!({}), Status::Lest),
        (Kind::Returpostkvittering, json!({}), Status::Feil),
        (
            Kind::Varslingfeiletkvittering,
            json!({ "varslingskanal": "sms", "beskrivelse": "Ukjent nummer" }),
            Status::Feil,
        ),
        (Kind::Feil, json!({ "feiltype": "KLIENT", "detaljer": "Feil nøkkel" }), Status::Feil),
    ];
    for (kind, more, status) in rows {
        let sbd = receipt(kind, &more).unwrap();
        let read = read_receipt(&sbd).unwrap();
        assert_eq!((read.kind, read.status, read.at), (kind, status, now()));
        assert_eq!(read.id, MessageId::parse("1111aaaa-0000-4000-8000-000000000001").unwrap());
        assert_eq!(read.fault, (kind == Kind::Feil).then_some(Fault::Client));
        assert_eq!(read.channel, (kind == Kind::Varslingfeiletkvittering).then_some(NoticeChannel::Text));
        let words = more.get("beskrivelse").or(more.get("detaljer")).and_then(Value::as_str);
        assert_eq!(read.description.as_deref(), words);
    }
    assert_eq!(read_receipt(&document(head(), &Body::Digital(Box::new(digital()))).unwrap()), None);
    let words = ["OPPRETTET", "SENDT", "FEILET", "sendt", "NYTT"].map(transport_status);
    assert_eq!(words, [Status::Sendt, Status::Mottatt, Status::Feil, Status::Mottatt, Status::Annet]);
}

#[test]
fn only_the_providers_receipts_count() {
    let read = read_receipt(&receipt(DocumentType::Leveringskvittering, &json!({})).unwrap()).unwrap();
    let conversation = ConversationId::parse(CONVERSATION).unwrap();
    let other = ConversationId::parse("1111aaaa-0000-4000-8000-000000000001").unwrap();
    let number = |text: &str| OrganisationNumber::parse(&text[5..]).unwrap();
    let (sender, provider) = (number(SENDER), number(PROVIDER));
    assert_eq!(read.matches(conversation, sender, provider), Ok(()));
    for result in [
        read.matches(other, sender, provider),
        read.matches(conversation, provider, provider),
        read.matches(conversation, sender, sender),
    ] {
        assert_eq!(result.unwrap_err().code, Code::ReceiptForeign);
    }
}

#[test]
fn a_receipt_is_verified_however_late_it_comes() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let text = sign(&document(head(), &Body::Digital(Box::new(digital()))).unwrap(), &key);
    let late = Policy { at: "2026-12-03T00:00:00Z".parse().unwrap(), ..expected.policy };
    assert_eq!(codes(&text, &Expected { policy: late.clone(), package: None, token: None }), [Code::SbdExpired]);
    assert_eq!(verify_receipt(&text, late.clone()).unwrap().signer.organisation().as_deref(), Some("310452106"));
    let (front, _) = text.rsplit_once('.').unwrap();
    assert_eq!(verify_receipt(&format!("{front}.AAAA"), late).unwrap_err()[0].code, Code::SignatureInvalid);
}

#[test]
fn what_is_kept_says_everything_but_the_token() {
    let body = Body::Digital(Box::new(digital()));
    let make = |head: Head, body: &Body| document(head, body).unwrap();
    let (kept, message) = (make(Head { token: WITHHELD.to_owned(), ..head() }, &body), make(head(), &body));
    assert_eq!(binds(&kept, &message), Ok(()));
    assert!(is_withheld(&kept) && !is_withheld(&message) && !is_withheld(&sbd::tests::letter()));
    assert_eq!((token(&message), token(&kept)), (Some("the token"), Some(WITHHELD)));
    // Spelled otherwise it is the same document.
    let value: Value = serde_json::from_str(message.text()).unwrap();
    let spelled = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(binds(&kept, &Sbd::parse(spelled.as_bytes(), None).unwrap()), Ok(()));

    let refused = |kept: &Sbd, message: &Sbd| {
        let finding = binds(kept, message).unwrap_err();
        assert_eq!(finding.code, Code::SbdFieldInvalid);
        assert!(
            !format!("{finding:?}").contains("the token") && !format!("{finding:?}").contains("Annet"),
            "{finding:?}"
        );
        finding.place.unwrap().path
    };
    let member = "sbd:/digital/maskinportentoken";
    assert_eq!([refused(&message, &message), refused(&kept, &kept), refused(&message, &kept)], [member; 3]);
    let titled = make(head(), &Body::Digital(Box::new(DigitalPost { title: "Annet".to_owned(), ..digital() })));
    assert_eq!(refused(&kept, &titled), "sbd:/standardBusinessDocument/digital/ikkesensitivtittel");
    let longer = make(Head { expires: "2026-12-03T00:00:00Z".parse().unwrap(), ..head() }, &body);
    assert!(refused(&kept, &longer).starts_with("sbd:/standardBusinessDocument/standardBusinessDocumentHeader/"));
    // A member more, on either side.
    let silent = make(head(), &Body::Digital(Box::new(DigitalPost { text_notice: None, ..digital() })));
    assert_eq!(refused(&kept, &silent), "sbd:/standardBusinessDocument/digital/varsler");
    let kept_silent = Body::Digital(Box::new(DigitalPost { text_notice: None, ..digital() }));
    let kept_silent = make(Head { token: WITHHELD.to_owned(), ..head() }, &kept_silent);
    assert_eq!(refused(&kept_silent, &message), "sbd:/standardBusinessDocument/digital/varsler");
    assert_eq!(refused(&kept, &make(head(), &Body::Print(Box::new(print())))), "sbd:/standardBusinessDocument");
}

#[test]
fn a_mailboxs_receipt_finds_its_letter_by_the_conversation() {
    let more = json!({ "feiltype": "KLIENT", "detaljer": "Feil nøkkel" });
    let receipt = crate::receipt::read(&receipt(DocumentType::Feil, &more).unwrap()).unwrap();
    assert_eq!(receipt.message_id, MessageId::parse(CONVERSATION).unwrap());
    assert_eq!((receipt.status, receipt.kind.as_deref()), (Status::Feil, Some("feil")));
    assert_eq!((receipt.description.as_deref(), receipt.at), (Some("KLIENT: Feil nøkkel"), Some(now())));
    let number = |text: &str| OrganisationNumber::parse(&text[5..]).unwrap();
    let sent = crate::receipt::SentMessage {
        message_id: MessageId::parse(CONVERSATION).unwrap(),
        conversation_id: ConversationId::parse(CONVERSATION).unwrap(),
        sender: number(SENDER),
        recipient: number(PROVIDER),
    };
    assert_eq!(receipt.matches(&sent, Some(&PROVIDER[5..])), Ok(()));
    assert_eq!(receipt.matches(&sent, Some(&SENDER[5..])).unwrap_err().code, Code::ReceiptForeign);
}
