use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::finding::Code;
use crate::pki::{Purpose, testing};

const PROVIDER: &str = "310452114";
const PERSON: &str = "01817010136";

fn policy() -> Option<Policy> {
    Some(Policy {
        at: "2026-12-01T00:00:00Z".parse::<Timestamp>().unwrap(),
        anchors: vec![testing::certificate("root")?],
        intermediates: vec![testing::certificate("issuing")?],
        purpose: Purpose::Encrypt,
        ..Policy::default()
    })
}

fn pem(id: &str) -> String {
    std::fs::read_to_string(testing::vectors().unwrap().join(format!("pki/{id}.pem"))).unwrap()
}

fn mailbox(kind: PersonKind) -> Value {
    json!({
        "organisationNumber": PERSON, "pemCertificate": pem("b"), "process": kind.process(),
        "documentTypes": ["urn:no:difi:digitalpost:xsd:digital::digital"],
        "service": { "identifier": "DPI", "endpointUrl": "https://dpi.example", "securityLevel": null },
        "orgnrPostkasse": PROVIDER, "postkasseAdresse": "prove.person#4F2A", "mobilnummer": "+4740000000",
        "epostAdresse": "prove@example.test", "kanVarsles": true, "spraak": "nn",
    })
}

fn print(kind: PersonKind) -> Value {
    json!({
        "organisationNumber": PERSON, "pemCertificate": pem("b"), "process": kind.process(),
        "documentTypes": ["urn:no:difi:digitalpost:xsd:fysisk::print"],
        "service": { "identifier": "DPI" }, "orgnrPostkasse": PROVIDER, "fysiskPost": true,
        "postAddress": {
            "name": "Prøve Person", "street": "Prøveveien 1;H0101", "postalCode": "0001", "postalArea": "OSLO",
            "country": "Norway"
        },
        "returnAddress": {
            "name": "Solvik fylkeskommune", "street": "Postboks 1", "postalCode": "4321", "postalArea": "SOLVIK",
            "country": "NO"
        },
    })
}

fn inbox(kind: PersonKind) -> Value {
    json!({
        "organisationNumber": PERSON, "process": kind.process(),
        "documentTypes": ["urn:no:difi:digitalpost:xsd:digital::digital_dpv"], "service": { "identifier": "DPV" },
    })
}

#[test]
fn without_a_number_only_the_pinned_printers_certificate_will_do() {
    let Some(policy) = policy() else { return };
    let ways = Ways { dpi: true, ..Ways::default() };
    let offer = print_offer(&pem("b"), Some(PROVIDER), &policy, ways).unwrap();
    assert_eq!((offer.terms.way, offer.provider.unwrap().to_string().as_str()), (PersonWay::Print, PROVIDER));
    let rules: Vec<Rule> = offer.terms.reasons.iter().map(|reason| reason.rule).collect();
    assert_eq!(rules, [Rule::PrinterPinned, Rule::PrinterOpens]);
    let refused =
        |text: &str, printer, policy: &Policy, ways| print_offer(text, printer, policy, ways).unwrap_err()[0].code;
    assert_eq!(refused(&pem("b"), None, &policy, ways), Code::ServiceOff, "nobody is pinned");
    assert_eq!(refused(&pem("b"), Some(PROVIDER), &policy, Ways::default()), Code::ServiceOff, "print is off");
    assert_eq!(refused(&pem("b"), Some("310452106"), &policy, ways), Code::RecipientCertificate, "another's");
    assert_eq!(refused("x", Some(PROVIDER), &policy, ways), Code::RecipientCertificate, "none");
    let nowhere = Policy { anchors: Vec::new(), ..policy.clone() };
    assert_eq!(refused(&pem("b"), Some(PROVIDER), &nowhere, ways), Code::RecipientCertificate, "no pinned root");
    let late = Policy { at: "2126-12-01T00:00:00Z".parse().unwrap(), ..policy };
    assert_eq!(refused(&pem("b"), Some(PROVIDER), &late, ways), Code::RecipientCertificate, "expired");
}

fn answer(records: &[Value]) -> RegistryAnswer {
    let info = json!({ "identifier": PERSON, "entityType": { "name": "citizen" } });
    serde_json::from_value(json!({ "infoRecord": info, "serviceRecords": records })).unwrap()
}

fn rules(offer: &Offer) -> Vec<Rule> {
    offer.terms.reasons.iter().map(|reason| reason.rule).collect()
}

const DECISION: PersonKind = PersonKind::Decision;

#[test]
fn a_mailbox_is_offered_with_its_reasons() {
    let Some(policy) = policy() else { return };
    let transit = testing::certificate("b").unwrap();
    let ways = Ways { transit: Some(&transit), dpi: true, ..Ways::default() };
    let all = offers(&answer(&[mailbox(DECISION), print(DECISION)]), DECISION, &policy, ways).unwrap();
    let [first, second] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((first.terms.way, first.terms.reader), (PersonWay::Mailbox, Reader::Mailbox));
    assert_eq!(first.provider, OrganisationNumber::parse(PROVIDER).ok());
    assert_eq!(first.mailbox.as_deref(), Some("prove.person#4F2A"));
    assert_eq!((first.terms.mobile, first.terms.email, first.terms.notifiable), (true, true, true));
    assert_eq!(first.terms.language.as_deref(), Some("nn"));
    assert_eq!((first.terms.capability.max_bytes, first.terms.capability.can_reply), (50_000_000, false));
    let expected =
        [Rule::RegistrySigned, Rule::Registered, Rule::MailboxActive, Rule::SenderMayChoose, Rule::MailboxOpens];
    assert_eq!(rules(first), expected);
    assert_eq!(first.terms.reasons[4].params["orgnr"], PROVIDER);
    assert_eq!((second.terms.way, second.mailbox.as_deref()), (PersonWay::Print, None));
}

#[test]
fn paper_comes_with_its_addresses() {
    let Some(policy) = policy() else { return };
    let ways = Ways { dpi: true, ..Ways::default() };
    let all = offers(&answer(&[print(DECISION)]), DECISION, &policy, ways).unwrap();
    assert_eq!(rules(&all[0])[2..], [Rule::PaperOnly, Rule::PrinterOpens]);
    let to = all[0].terms.postal.clone().unwrap();
    assert_eq!((to.name.as_str(), to.country.as_str()), ("Prøve Person", ""));
    assert_eq!(to.lines, ["Prøveveien 1", "H0101"]);
    assert_eq!((to.postal_code.as_str(), to.town.as_str()), ("0001", "OSLO"));
    assert_eq!(all[0].terms.return_postal.clone().unwrap().country, "");
}

#[test]
fn without_a_mailbox_the_sender_chooses() {
    let Some(policy) = policy() else { return };
    let transit = testing::certificate("b").unwrap();
    let mut named = inbox(DECISION);
    named["service"]["resource"] = "en-ressurs".into();
    let both = answer(&[named, print(DECISION)]);
    let ways = Ways { transit: Some(&transit), dpi: true, ..Ways::default() };
    let all = offers(&both, DECISION, &policy, ways).unwrap();
    assert_eq!(all.iter().map(|offer| offer.terms.way).collect::<Vec<_>>(), [PersonWay::Inbox, PersonWay::Print]);
    assert_eq!(rules(&all[0])[2..], [Rule::NoMailbox, Rule::SenderMayChoose, Rule::RelayOpens]);
    assert_eq!((all[0].provider, all[0].resource.as_deref()), (None, Some("en-ressurs")));
    // What is not set up is not offered, and is said.
    let alone = offers(&both, DECISION, &policy, Ways { transit: Some(&transit), ..Ways::default() }).unwrap();
    assert_eq!(rules(&alone[0])[2..], [Rule::NoMailbox, Rule::RelayOpens]);
    assert_eq!((alone[0].findings[0].code, alone[0].findings[0].refuses()), (Code::ServiceOff, false));
}

#[test]
fn every_refusal_has_its_code() {
    let Some(policy) = policy() else { return };
    let ways = Ways { dpi: true, ..Ways::default() };
    let code = |records: &[Value]| offers(&answer(records), DECISION, &policy, ways).unwrap_err()[0].code;
    assert_eq!(code(&[]), Code::RecipientNoProcess);
    assert_eq!(code(&[mailbox(PersonKind::Information)]), Code::RecipientNoProcess);
    assert_eq!(code(&[inbox(DECISION)]), Code::ServiceOff);
    let with = |name: &str, value: Value| {
        let mut record = mailbox(DECISION);
        record[name] = value;
        record
    };
    assert_eq!(code(&[with("documentTypes", json!(["urn:annen"]))]), Code::RecipientNoDocumentType);
    assert_eq!(code(&[with("postkasseAdresse", json!(null))]), Code::RecipientNoDocumentType);
    for (name, value) in [
        ("orgnrPostkasse", json!("310452106")),
        ("orgnrPostkasse", json!(null)),
        ("pemCertificate", json!("x")),
        ("pemCertificate", json!(pem("a-expired"))),
    ] {
        assert_eq!(code(&[with(name, value)]), Code::RecipientCertificate, "{name}");
    }
    // A broken mailbox leaves paper, and the warning with it.
    let rest = offers(&answer(&[with("pemCertificate", json!("x")), print(DECISION)]), DECISION, &policy, ways);
    let rest = rest.unwrap();
    assert_eq!((rest.len(), rest[0].terms.way), (1, PersonWay::Print));
    let warned = |finding: &Finding| finding.code == Code::RecipientCertificate && !finding.refuses();
    assert!(rest[0].findings.iter().any(warned));
}

#[test]
fn nothing_of_a_person_is_shown() {
    let Some(policy) = policy() else { return };
    let answer = answer(&[mailbox(DECISION), print(DECISION)]);
    let all = offers(&answer, DECISION, &policy, Ways { dpi: true, ..Ways::default() }).unwrap();
    let shown = format!("{answer:?} {all:?} {:?} {:?}", all[0].terms, all[1].terms.postal);
    for secret in [PERSON, "4F2A", "4740000000", "example.test", "Prøve"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
