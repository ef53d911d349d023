use serde_json::json;

use super::*;
use crate::finding::Code;
use crate::jws::{Algorithm, Header};
use crate::pki::{Policy, Purpose, SoftKey, testing};

const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
const STANDARD: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";

fn policy() -> Option<Policy> {
    Some(Policy {
        at: "2026-12-01T00:00:00Z".parse().unwrap(),
        anchors: vec![testing::certificate("root")?],
        intermediates: vec![testing::certificate("issuing")?],
        crls: Vec::new(),
        purpose: Purpose::Encrypt,
        ..Policy::default()
    })
}

fn pem(id: &str) -> String {
    std::fs::read_to_string(testing::vectors().unwrap().join(format!("pki/{id}.pem"))).unwrap()
}

fn record(service: &str, orgnr: &str, pem: &str) -> Value {
    json!({
        "organisationNumber": orgnr, "pemCertificate": pem, "process": PROCESS, "documentTypes": [STANDARD],
        "service": { "identifier": service, "endpointUrl": "https://example.test", "securityLevel": null },
    })
}

fn answer(record: &Value) -> RegistryAnswer {
    let info = json!({ "identifier": record["organisationNumber"], "organizationName": "Prøve" });
    serde_json::from_value(json!({ "infoRecord": info, "serviceRecords": [record] })).unwrap()
}

/// The public half of a key as the operator pins it.
fn jwk(key: &SoftKey, kid: &str) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use rsa::traits::PublicKeyParts as _;
    let public = key.certificate().rsa_public_key().unwrap();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({
        "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256",
        "n": number(&public.n().to_be_bytes_trimmed_vartime()), "e": number(&public.e().to_be_bytes_trimmed_vartime()),
    })
}

fn signed(key: &SoftKey, kid: Option<&str>, algorithm: Algorithm, payload: &str) -> String {
    let header = Header { algorithm, kind: None, key_id: kid.map(str::to_owned), chain: Vec::new() };
    let unsigned = jws::prepare(&header, payload.as_bytes());
    let signature = key.sign(algorithm.signature_algorithm(), unsigned.bytes()).unwrap();
    unsigned.finish(&signature)
}

#[test]
fn only_the_registrys_own_answer_is_read() {
    let (Some(key), Some(other)) = (testing::key("d"), testing::key("b")) else { return };
    let payload = json!({ "serviceRecords": [record("DPO", "310452114", "x")] }).to_string();
    let keys = [jwk(&other, "k2"), jwk(&key, "k1")];
    let good = signed(&key, Some("k1"), Algorithm::Rs256, &payload);
    assert_eq!(verify_registry_answer(&good, &keys).unwrap().records.len(), 1);
    let altered = {
        let mut parts: Vec<&str> = good.split('.').collect();
        let payload = payload.replace("310452114", "310452106");
        let unsigned = jws::prepare(
            &Header { algorithm: Algorithm::Rs256, kind: None, key_id: Some("k1".to_owned()), chain: Vec::new() },
            payload.as_bytes(),
        );
        let input = String::from_utf8(unsigned.bytes().to_vec()).unwrap();
        let signature = parts.pop().unwrap();
        format!("{input}.{signature}")
    };
    for bad in [
        altered,
        signed(&key, None, Algorithm::Rs256, &payload),
        signed(&key, Some("k2"), Algorithm::Rs256, &payload),
        signed(&key, Some("k3"), Algorithm::Rs256, &payload),
        signed(&key, Some("k1"), Algorithm::Ps256, &payload),
        signed(&key, Some("k1"), Algorithm::Rs256, "[]"),
        format!("{good}\n"),
        String::new(),
    ] {
        assert_eq!(verify_registry_answer(&bad, &keys).unwrap_err().code, Code::RegistryUnsigned);
    }
    assert!(verify_registry_answer(&good, &[]).is_err());
}

#[test]
fn a_dpo_record_gives_certificate_and_reasons() {
    let Some(policy) = policy() else { return };
    for text in [pem("b"), pem("b").lines().filter(|line| !line.starts_with("-----")).collect()] {
        let mut known = record("DPO", "310452114", &text);
        known["service"]["resource"] = "en-ressurs".into();
        let addressed = choose(&answer(&known), PROCESS, STANDARD, &policy, Ways::default()).unwrap();
        assert_eq!((addressed.channel, addressed.resource), (Channel::Dpo, None), "the broker's own is configured");
        assert_eq!(addressed.certificate.organisation().as_deref(), Some("310452114"));
        assert_eq!((addressed.capability.max_bytes, addressed.capability.can_reply), (1_000_000_000, true));
        assert_eq!(addressed.reasons[1].params["prosess"], PROCESS);
    }
    let mut small = record("DPO", "310452114", &pem("b"));
    small["service"]["maxBytes"] = 1_000_000.into();
    let addressed = choose(&answer(&small), PROCESS, STANDARD, &policy, Ways::default()).unwrap();
    assert_eq!(addressed.capability.max_bytes, 1_000_000);
}

#[test]
fn every_refusal_has_its_code() {
    let Some(policy) = policy() else { return };
    let code = |record: &Value, process: &str, standard: &str| {
        choose(&answer(record), process, standard, &policy, Ways::default()).unwrap_err()[0].code
    };
    let good = record("DPO", "310452114", &pem("b"));
    assert_eq!(code(&good, "urn:annen", STANDARD), Code::RecipientNoProcess);
    assert_eq!(code(&good, PROCESS, "urn:annen"), Code::RecipientNoDocumentType);
    assert_eq!(code(&record("DPV", "310452114", ""), PROCESS, STANDARD), Code::ServiceOff);
    for unsupported in ["DPE", "DPH", "DPI", "DPFIO"] {
        let record = record(unsupported, "310452114", &pem("b"));
        assert_eq!(code(&record, PROCESS, STANDARD), Code::ServiceUnsupported, "{unsupported}");
        assert_eq!(code(&record, "urn:annen", STANDARD), Code::ServiceUnsupported, "{unsupported}, nothing else");
    }
    let refused = |records: Value| {
        let answer: RegistryAnswer = serde_json::from_value(json!({ "serviceRecords": records })).unwrap();
        choose(&answer, "urn:annen", STANDARD, &policy, Ways::default()).unwrap_err()[0].code
    };
    let insight = record("DPE", "310452114", "");
    assert_eq!(refused(json!([insight, good])), Code::RecipientNoProcess, "another process would do");
    assert_eq!(code(&record("DPO", "310452114", "x"), PROCESS, STANDARD), Code::RecipientCertificate);
    assert_eq!(code(&record("DPO", "310452106", &pem("b")), PROCESS, STANDARD), Code::RecipientCertificate);
    assert_eq!(code(&record("DPO", "310452106", &pem("a-expired")), PROCESS, STANDARD), Code::RecipientCertificate);
    let empty: RegistryAnswer = serde_json::from_str("{}").unwrap();
    assert_eq!(
        choose(&empty, PROCESS, STANDARD, &policy, Ways::default()).unwrap_err()[0].code,
        Code::RecipientNoProcess
    );
}

#[test]
fn a_carrier_that_opens_is_said_to() {
    let Some(policy) = policy() else { return };
    let ways = Ways { svarut: true, ..Ways::default() };
    let addressed = choose(&answer(&record("DPF", "310452106", &pem("b"))), PROCESS, STANDARD, &policy, ways).unwrap();
    assert_eq!((addressed.channel, addressed.reader), (Channel::Dpf, Reader::SvarUt));
    assert_eq!(addressed.reasons[3].rule, Rule::CarrierOpens);
    assert_eq!(addressed.reasons[3].params["orgnr"], "310452114");
    let expired = record("DPF", "310452106", &pem("a-expired"));
    let refused = choose(&answer(&expired), PROCESS, STANDARD, &policy, ways).unwrap_err();
    assert_eq!(refused[0].code, Code::RecipientCertificate);
    let not_set_up =
        choose(&answer(&record("DPF", "310452106", &pem("b"))), PROCESS, STANDARD, &policy, Ways::default());
    assert_eq!(not_set_up.unwrap_err()[0].code, Code::ServiceOff);
}

#[test]
fn paper_by_ks_goes_where_the_registry_says_if_that_is_an_address() {
    let Some(policy) = policy() else { return };
    let ways = Ways { svarut: true, ..Ways::default() };
    let paper = |record: &Value, postal: Value| {
        let info = json!({ "identifier": record["organisationNumber"], "postadresse": postal });
        let answer = serde_json::from_value(json!({ "infoRecord": info, "serviceRecords": [record] })).unwrap();
        choose(&answer, PROCESS, STANDARD, &policy, ways).unwrap().capability.paper
    };
    let good =
        json!({ "adresse": " Postboks 1;Rådhuset ", "postnummer": "0001", "poststed": "SOLVIK", "land": "Norge" });
    let (by_ks, by_broker) = (record("DPF", "310452106", &pem("b")), record("DPO", "310452114", &pem("b")));
    let found = paper(&by_ks, good.clone()).unwrap();
    assert_eq!(found.lines, ["Postboks 1", "Rådhuset"]);
    let rest = (found.postal_code.as_str(), found.place.as_str(), found.country.as_str());
    assert_eq!(rest, ("0001", "SOLVIK", ""));
    assert_eq!(paper(&by_broker, good.clone()), None, "no other channel prints it");
    for none in [Value::Null, json!("Postboks 1")] {
        assert_eq!(paper(&by_ks, none), None);
    }
    for (name, value) in [
        ("adresse", Value::Null),
        ("adresse", json!(["Postboks 1"])),
        ("adresse", "x".repeat(71).into()),
        ("postnummer", "1".into()),
        ("poststed", "".into()),
        ("land", "SVERIGE".into()),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(paper(&by_ks, bad), None, "{name}");
    }
    let shown = format!("{:?}", serde_json::from_value::<InfoAddress>(good).unwrap());
    assert!(!shown.contains("Postboks"), "{shown}");
}

#[test]
fn the_inbox_is_reached_through_the_relays_own_certificate() {
    let Some(policy) = policy() else { return };
    let mut known = record("DPV", "310452106", "");
    known["service"]["resource"] = "en-ressurs".into();
    let answer = answer(&known);
    let transit = testing::certificate("b").unwrap();
    let addressed =
        choose(&answer, PROCESS, STANDARD, &policy, Ways { transit: Some(&transit), ..Ways::default() }).unwrap();
    assert_eq!((addressed.channel, addressed.reader), (Channel::Dpv, Reader::Altinn));
    assert_eq!(addressed.resource.as_deref(), Some("en-ressurs"));
    assert_eq!((addressed.capability.max_bytes, addressed.capability.can_reply), (250_000_000, false));
    assert_eq!(addressed.reasons[3].rule, Rule::RelayOpens);
    let old = testing::certificate("a-expired").unwrap();
    assert_eq!(
        choose(&answer, PROCESS, STANDARD, &policy, Ways { transit: Some(&old), ..Ways::default() }).unwrap_err()[0]
            .code,
        Code::ServiceOff
    );
}
