//! What the registers say of people: the ways to them, and how they can be notified.
#![allow(clippy::unwrap_used)]

use konvolutt_sandbox::Sandbox;
use konvolutt_shared::pki::Certificate;
use serde_json::{Value, json};

use crate::common::{Relay, token};

const DECISION: &str = "urn:no:difi:profile:digitalpost:vedtak:ver1.0";
const INFORMATION: &str = "urn:no:difi:profile:digitalpost:info:ver1.0";
const DIGITAL: &str = "urn:no:difi:digitalpost:xsd:digital::digital";
const PAPER: &str = "urn:no:difi:digitalpost:xsd:fysisk::print";
const INBOX: &str = "urn:no:difi:digitalpost:xsd:digital::digital_dpv";

pub(crate) async fn registers_tell_how_people_are_reached(sandbox: &Sandbox, relay: &Relay) {
    service_registry(sandbox, relay).await;
    contact_register(sandbox, relay).await;
}

async fn service_registry(sandbox: &Sandbox, relay: &Relay) {
    let registry = &relay.endpoints.service_registry;
    let people = sandbox.people_scopes().join(" ");
    let bearer = token(sandbox, &relay.http, &format!("eformidling:dpi {people}"), None).await;
    let ask_with = async |bearer: &str, number: &str, process: &str| -> (u16, Value) {
        let url = format!("{registry}/identifier/{number}/process/{process}");
        let answer = relay.http.get(url).bearer_auth(bearer).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    };
    let ask = async |number: &str, process: &str| ask_with(&bearer, number, process).await;
    // Each register that is asked in the sender's name has its scope; whoever has no digital mailboxes needs none of them.
    for (scopes, status) in [
        ("eformidling:dpi".to_owned(), 401),
        (format!("eformidling:dpi {}", people.replace("global/navn.read", "")), 401),
        ("eformidling:dpv".to_owned(), 200),
    ] {
        let bearer = token(sandbox, &relay.http, &scopes, None).await;
        assert_eq!(ask_with(&bearer, "04817010496", DECISION).await.0, status, "{scopes}");
    }
    let records = async |number: &str, process: &str| -> Vec<Value> {
        let (status, answer) = ask(number, process).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["infoRecord"], json!({ "identifier": number, "entityType": { "name": "citizen" } }));
        answer["serviceRecords"].as_array().unwrap().clone()
    };
    for (number, process, types) in [
        ("01817010136", DECISION, vec![DIGITAL, PAPER]),
        ("03817010376", DECISION, vec![PAPER]),
        ("03817010376", INFORMATION, vec![INBOX, PAPER]),
        ("04817010496", DECISION, vec![INBOX, PAPER]),
        ("05817010506", DECISION, vec![PAPER]),
        ("05817010506", INFORMATION, vec![DIGITAL, PAPER]),
        ("11817011162", INFORMATION, vec![PAPER]),
        ("12817011282", DECISION, vec![DIGITAL]),
    ] {
        let found = records(number, process).await;
        let told: Vec<&str> = found.iter().map(|one| one["documentTypes"][0].as_str().unwrap()).collect();
        assert_eq!(told, types, "{number} {process}");
    }
    assert_eq!(ask("10817011042", DECISION).await.0, 404, "dead or unknown");
    assert_eq!(ask("04817010496", "urn:annet").await.0, 404);

    let records_of = records("01817010136", DECISION).await;
    let (mailbox, paper) = (&records_of[0], &records_of[1]);
    for (record, provider) in [(mailbox, "310904082"), (paper, "310904104")] {
        assert_eq!((&record["service"]["identifier"], &record["orgnrPostkasse"]), (&json!("DPI"), &json!(provider)));
        let certificate = Certificate::from_pem(record["pemCertificate"].as_str().unwrap()).unwrap();
        assert_eq!(certificate.organisation().as_deref(), Some(provider));
    }
    assert_eq!(
        (&mailbox["postkasseAdresse"], &mailbox["kanVarsles"], &mailbox["spraak"], &mailbox["mobilnummer"]),
        (&json!("prove.en#01DP"), &json!(true), &json!("nb"), &json!("+4740000001"))
    );
    assert_eq!((&paper["fysiskPost"], &paper["postAddress"]["postalCode"]), (&json!(true), &json!("0001")));
    assert!(paper["returnAddress"]["name"].is_string());
    let unnotified = &records("05817010506", INFORMATION).await[0];
    assert_eq!((&unnotified["kanVarsles"], &unnotified["epostAdresse"]), (&json!(false), &Value::Null));
    for (number, language) in [("16817011652", "nn"), ("17817011772", "se")] {
        assert_eq!(records(number, INFORMATION).await[0]["spraak"], language);
    }
    let (_, blocked) = ask("12817011282", INFORMATION).await;
    for hidden in ["postAddress", "adressesperre", "Prøveveien"] {
        assert!(!blocked.to_string().contains(hidden), "{blocked}");
    }
    let url = format!("{registry}/identifier/01817010136/process/{DECISION}?print=false");
    let answer: Value = relay.http.get(url).bearer_auth(&bearer).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["serviceRecords"].as_array().unwrap().len(), 1);
}

async fn contact_register(sandbox: &Sandbox, relay: &Relay) {
    const CONTACT: &str = "krr:global/kontaktinformasjon.read";
    const MAILBOX: &str = "krr:global/digitalpost.read";
    let base = format!("{}/rest/v2", relay.endpoints.kontaktregister);
    let all = token(sandbox, &relay.http, &format!("{CONTACT} {MAILBOX}"), None).await;
    let contact = token(sandbox, &relay.http, CONTACT, None).await;
    let other = token(sandbox, &relay.http, "eformidling:dpi", None).await;
    let ask = async |token: &str, body: Value| -> (u16, Value) {
        let request = relay.http.post(format!("{base}/personer")).bearer_auth(token).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    };
    let numbers = |numbers: &[&str]| json!({ "personidentifikatorer": numbers });
    assert_eq!(ask("ugyldig", numbers(&["01817010136"])).await.0, 401);
    assert_eq!(ask(&other, numbers(&["01817010136"])).await.0, 403, "unknown scope");
    for wrong in [numbers(&[]), numbers(&["01817010137"]), json!({}), numbers(&["04817010496"; 1001])] {
        assert_eq!(ask(&all, wrong).await.0, 400);
    }
    let wanted = ["01817010136", "03817010376", "05817010506", "10817011042", "11817011162", "12817011282"];
    let (status, answer) = ask(&all, numbers(&wanted)).await;
    assert_eq!(status, 200, "{answer}");
    let told = |at: usize, name: &str| answer["personer"][at][name].clone();
    let order: Vec<Value> = (0..wanted.len()).map(|at| told(at, "personidentifikator")).collect();
    assert_eq!(json!(order), json!(wanted));
    for (at, status, reserved, notifiable) in [
        (0, "AKTIV", json!("NEI"), json!("KAN_VARSLES")),
        (1, "AKTIV", json!("JA"), json!("KAN_VARSLES")),
        (2, "AKTIV", json!("NEI"), json!("KAN_IKKE_VARSLES")),
        (3, "SLETTET", json!("NEI"), json!("KAN_IKKE_VARSLES")),
        (4, "IKKE_REGISTRERT", Value::Null, Value::Null),
        (5, "AKTIV", json!("NEI"), json!("KAN_VARSLES")),
    ] {
        assert_eq!(told(at, "status"), status, "{}", wanted[at]);
        assert_eq!((told(at, "reservasjon"), told(at, "varslingsstatus")), (reserved, notifiable), "{}", wanted[at]);
    }
    assert_eq!(told(0, "digital_post")["postkasseleverandoeradresse"], "310904082");
    assert!(Certificate::from_pem(told(0, "sertifikat").as_str().unwrap()).is_ok());
    assert_eq!(told(0, "kontaktinformasjon")["mobiltelefonnummer"], "+4740000001");
    let (_, narrow) = ask(&contact, numbers(&["01817010136"])).await;
    let narrow = &narrow["personer"][0];
    assert!(narrow["kontaktinformasjon"].is_object() && narrow["digital_post"].is_null(), "{narrow}");

    let print = |token: &str| relay.http.get(format!("{base}/printSertifikat")).bearer_auth(token).send();
    assert_eq!(print(&contact).await.unwrap().status(), 403);
    let print: Value = print(&all).await.unwrap().json().await.unwrap();
    assert_eq!(print["postkasseleverandoerAdresse"], "310904104");
    let by_address = relay.http.get(format!("{base}/personer/01817010136")).bearer_auth(&all).send().await.unwrap();
    assert_eq!(by_address.status(), 404, "numbers stand in bodies only");
}
