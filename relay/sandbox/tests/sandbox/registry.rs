//! The service registry's routing by process and security level (efm-service-registry, `ServiceRecordService`), and what
//! it refuses.

use konvolutt_sandbox::Sandbox;
use serde_json::Value;

use crate::common::{PROCESS, Relay};

const PLANNING: &str = "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0";
const CONFIDENTIAL: &str = "urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0";
const RESPONSE: &str = "urn:no:difi:profile:arkivmelding:response:ver1.0";
const IN_ELMA: &str = "310900117";
/// For general letters only.
const PARTLY: &str = "310903531";
const MUNICIPALITY: &str = "310900214";
/// Whose receiving system is of level 4.
const HIGH: &str = "310903256";
const BAKERY: &str = "310900311";

async fn ask(relay: &Relay, path: &str) -> (u16, Value) {
    let url = format!("{}/identifier/{path}", relay.endpoints.service_registry);
    let answer = relay.http.get(url).bearer_auth(&relay.maskinporten).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

pub(crate) async fn routes_follow_process_and_level(relay: &Relay) {
    for (number, process, query, wanted) in [
        (IN_ELMA, PROCESS, "", Ok("DPO")),
        (IN_ELMA, PROCESS, "?securityLevel=4", Ok("DPO")),
        // In ELMA, and not for this process.
        (PARTLY, PROCESS, "", Ok("DPO")),
        (PARTLY, RESPONSE, "", Ok("DPO")),
        (PARTLY, PLANNING, "", Ok("DPV")),
        (PARTLY, PLANNING, "?securityLevel=3", Ok("DPV")),
        (PARTLY, PLANNING, "?securityLevel=4", Err(404)),
        (IN_ELMA, CONFIDENTIAL, "", Ok("DPV")),
        (IN_ELMA, CONFIDENTIAL, "?securityLevel=4", Err(404)),
        // Not in ELMA.
        (MUNICIPALITY, CONFIDENTIAL, "", Ok("DPF")),
        (MUNICIPALITY, CONFIDENTIAL, "?securityLevel=4", Err(400)),
        (HIGH, CONFIDENTIAL, "?securityLevel=4", Ok("DPF")),
        (BAKERY, CONFIDENTIAL, "", Ok("DPV")),
        (MUNICIPALITY, PROCESS, "?securityLevel=3", Ok("DPF")),
        (MUNICIPALITY, PROCESS, "?securityLevel=4", Err(400)),
        (HIGH, PROCESS, "?securityLevel=4", Ok("DPF")),
        (HIGH, PROCESS, "", Ok("DPF")),
        (HIGH, PROCESS, "?securityLevel=3", Ok("DPV")),
        (BAKERY, PROCESS, "?securityLevel=3", Ok("DPV")),
        (BAKERY, PROCESS, "?securityLevel=4", Err(400)),
        (IN_ELMA, PROCESS, "?securityLevel=5", Err(400)),
        (IN_ELMA, PROCESS, "?securityLevel=high", Err(400)),
        (IN_ELMA, PROCESS, "?conversationId=1a2b", Err(400)),
        (IN_ELMA, PROCESS, "?conversationId=f4c3f2f5-51a0-4bb5-9d2a-55b50c33d9b6&print=false", Ok("DPO")),
        (IN_ELMA, PROCESS, "?print=perhaps", Err(400)),
    ] {
        let (status, answer) = ask(relay, &format!("{number}/process/{process}{query}")).await;
        let told = if status == 200 { Ok(service(&answer)) } else { Err(status) };
        assert_eq!(told, wanted, "{number} {process} {query}: {answer}");
        if status != 200 {
            let text = answer["error_description"].as_str().unwrap_or_default();
            assert!(answer["error_code"].is_string() && !text.is_empty(), "{answer}");
        }
    }
    let (_, planning) = ask(relay, &format!("{PARTLY}/process/{PLANNING}")).await;
    assert!(planning["serviceRecords"][0].get("pemCertificate").is_none(), "an inbox has none: {planning}");
    let (_, confidential) = ask(relay, &format!("{IN_ELMA}/process/{CONFIDENTIAL}")).await;
    let service = &confidential["serviceRecords"][0]["service"];
    assert_eq!(service["resource"], "eformidling-dpv-taushetsbelagt", "{confidential}");
    let (_, whole) = ask(relay, PARTLY).await;
    let all: Vec<&str> = whole["serviceRecords"].as_array().unwrap().iter().map(channel).collect();
    assert!(all.contains(&"DPO") && all.contains(&"DPV"), "{all:?}");
}

/// Everything that letters to organisations can be about (eFormidling, `arkivmelding`: prosess).
pub(crate) async fn every_subject_area_is_known(relay: &Relay) {
    for name in [
        "administrasjon",
        "helseSosialOgOmsorg",
        "kulturIdrettOgFritid",
        "naturOgMiljoe",
        "naeringsutvikling",
        "oppvekstOgUtdanning",
        "planByggOgGeodata",
        "skatterOgAvgifter",
        "tekniskeTjenester",
        "trafikkReiserOgSamferdsel",
        "taushetsbelagt",
    ] {
        for number in [IN_ELMA, MUNICIPALITY, BAKERY] {
            let process = format!("urn:no:difi:profile:arkivmelding:{name}:ver1.0");
            let (status, answer) = ask(relay, &format!("{number}/process/{process}")).await;
            assert_eq!(status, 200, "{number} {process}: {answer}");
        }
    }
}

/// Certificates come as text and, to those who ask for it, signed.
pub(crate) async fn certificates_come_as_they_are_asked_for(world: &Sandbox, relay: &Relay) {
    let url = format!("{}/virksert/{IN_ELMA}", relay.endpoints.service_registry);
    let ask = |accept: &'static str| relay.http.get(&url).bearer_auth(&relay.maskinporten).header("accept", accept);
    let text = async |accept| ask(accept).send().await.unwrap().text().await.unwrap();
    let (plain, signed) = (text("text/plain").await, text("application/jose").await);
    assert!(plain.starts_with("-----BEGIN CERTIFICATE-----"), "{plain}");
    let parsed = konvolutt_shared::jws::parse(&signed).unwrap();
    assert_eq!(parsed.payload, plain.as_bytes());
    assert!(parsed.verify_with_jwk(&world.trust().registry_keys[0]));
}

fn service(answer: &Value) -> &str {
    channel(&answer["serviceRecords"][0])
}

fn channel(record: &Value) -> &str {
    record["service"]["identifier"].as_str().unwrap_or_default()
}
