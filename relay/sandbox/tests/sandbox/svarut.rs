//! KS SvarUt and SvarInn: who may, and what is taken.
#![allow(clippy::unwrap_used)]

use konvolutt_sandbox::Sandbox;
use konvolutt_shared::seal;
use serde_json::{Value, json};

use crate::common::{COUNTY, Relay, assertion, claims, grant, token};

/// A body with metadata and parts (RFC 7578).
fn shipment_body(forsendelse: &Value, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body =
        format!("--x\r\nContent-Disposition: form-data; name=\"forsendelse\"\r\n\r\n{forsendelse}\r\n").into_bytes();
    for (name, content) in parts {
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    body
}

pub(crate) async fn svarut_wants_three_headers_and_the_parts_in_order(sandbox: &Sandbox) {
    let (client, ks) = (sandbox.maskinporten_client().unwrap(), sandbox.svarut_client());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let token = async |scope: &str| {
        let mut claims = claims(sandbox);
        claims["scope"] = scope.into();
        claims.as_object_mut().unwrap().remove("authorization_details");
        let (status, answer) = grant(&http, &sandbox.endpoints(), &assertion(&client, &client.kid, &claims)).await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let (good, other) = (token("ks:fiks").await, token("eformidling:dpf").await);
    let account = &ks.accounts.iter().find(|one| one.organisation == COUNTY).unwrap().account;
    let url = format!("{}/v3/kontoer/{account}/forsendelser/organisasjon", sandbox.endpoints().svarut);
    let forsendelse = |name: &str| {
        json!({
            "tittel": "Brev", "kryptert": true, "eksternReferanse": "r",
            "mottaker": { "navn": "Solvik kommune", "digitalId": "310900214" },
            "dokumenter": [
                { "filnavn": name, "mimeType": "application/pdf" },
                { "filnavn": "b.pdf", "mimeType": "application/pdf" },
            ],
        })
    };
    let send = async |token: &str, id: &str, password: &str, body: Vec<u8>| {
        let request = http.post(&url).bearer_auth(token).header("IntegrasjonId", id);
        let request = request.header("IntegrasjonPassord", password);
        let request = request.header("content-type", "multipart/form-data; boundary=x").body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap_or_default())
    };
    let (a, b) = (("a.pdf", b"1".as_slice()), ("b.pdf", b"2".as_slice()));
    let body = || shipment_body(&forsendelse("a.pdf"), &[a, b]);
    let (id, password) = (ks.integration.as_str(), ks.password.as_str());
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (status, answer) in [
        (401, send("x", id, password, body()).await),
        (403, send(&other, id, password, body()).await),
        (401, send(&good, nobody, password, body()).await),
        (401, send(&good, id, "feil", body()).await),
        (400, send(&good, id, password, shipment_body(&forsendelse("a.pdf"), &[b, a])).await),
        (400, send(&good, id, password, shipment_body(&forsendelse("a.pdf"), &[a])).await),
        (400, send(&good, id, password, shipment_body(&forsendelse("a.pdf"), &[a, b, b])).await),
        (400, send(&good, id, password, shipment_body(&forsendelse("a.pdf"), &[a, ("b.pdf", b"".as_slice())])).await),
        (400, send(&good, id, password, shipment_body(&forsendelse("b.pdf"), &[a, b])).await),
    ] {
        assert_eq!(answer.0, status, "{}", answer.1);
        assert!(answer.1["errorCode"].is_string(), "{}", answer.1);
    }
    let (status, answer) = send(&good, id, password, body()).await;
    assert_eq!(status, 200, "{answer}");
    let find = format!("{}/v2/kontoer/{account}/forsendelser?eksternRef=r", sandbox.endpoints().svarut);
    let found = http.get(find).bearer_auth(&good).header("IntegrasjonId", id).header("IntegrasjonPassord", password);
    let found: Value = found.send().await.unwrap().json().await.unwrap();
    assert_eq!(found["forsendelseIds"], json!([answer["id"]]), "what was refused was not kept");
    // SvarInn wants a receiving system's own name and password.
    let list = format!("{}/mottaker/hentNyeForsendelser", sandbox.endpoints().svarinn);
    let receiver = &ks.accounts[0].receiver;
    for (user, password, status) in [(receiver.as_str(), password, 200), (receiver, "feil", 401), ("x", password, 401)]
    {
        let answer = http.get(&list).basic_auth(user, Some(password)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
}

/// Nobody is looked up, whoever the envelope names: it goes to the printer.
pub(crate) async fn paper_is_printed(sandbox: &Sandbox, relay: &Relay) {
    let ks = sandbox.svarut_client();
    let account = &ks.accounts.iter().find(|one| one.organisation == COUNTY).unwrap().account;
    let base = sandbox.endpoints().svarut;
    let bearer = token(sandbox, &relay.http, "ks:fiks", None).await;
    let call = |request: reqwest::RequestBuilder| {
        let request = request.bearer_auth(&bearer).header("IntegrasjonId", &ks.integration);
        request.header("IntegrasjonPassord", &ks.password).send()
    };
    let letter = json!({
        "tittel": "Brev", "kryptert": true,
        "mottaker": {
            "navn": "Prøve Person",
            "adresse": { "adresselinje1": "Prøveveien 1", "postnummer": "0001", "poststed": "SOLVIK" },
        },
        "dokumenter": [{ "filnavn": "brev.pdf", "mimeType": "application/pdf" }],
    });
    let svarut = relay.certificate("310900214").await;
    let sealed = seal::seal(&svarut, b"%PDF-1.7", &mut rand_core::UnwrapErr(getrandom::SysRng)).unwrap();
    let send = async |route: &str, letter: &Value| {
        let request = relay.http.post(format!("{base}/v3/kontoer/{account}/forsendelser/{route}"));
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        let answer = call(request.body(shipment_body(letter, &[("brev.pdf", &sealed)]))).await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(send("person", &letter).await.1["errorCode"], "IKKE_I_SANDKASSEN");
    let mut numbered = letter.clone();
    numbered["mottaker"]["digitalId"] = json!("310900214");
    let (status, refusal) = send("print", &numbered).await;
    assert_eq!((status, &refusal["errorCode"]), (400, &json!("UGYLDIG_FORSENDELSE")), "{refusal}");
    let (status, answer) = send("print", &letter).await;
    assert_eq!(status, 200, "{answer}");
    let events = format!("{base}/v2/forsendelser/{}/hendelser", answer["id"].as_str().unwrap());
    let mut told: Vec<String> = Vec::new();
    for _ in 0..200 {
        let answer: Value = call(relay.http.get(&events)).await.unwrap().json().await.unwrap();
        let all = answer["hendelser"].as_array().unwrap();
        told = all.iter().map(|one| one["hendelse"].as_str().unwrap().to_owned()).collect();
        if told.last().is_some_and(|last| last == "PRINTET") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(told, ["MOTTATT", "AKSEPTERT", "SENDT_PRINT", "PRINTET"]);
}

/// Who can receive digitally, by level and type.
pub(crate) async fn receiving_systems_have_a_level(sandbox: &Sandbox, relay: &Relay) {
    let ks = sandbox.svarut_client();
    let bearer = token(sandbox, &relay.http, "ks:fiks", None).await;
    let ask = async |query: &[(&str, &str)]| {
        let request = relay.http.get(format!("{}/v2/mottakersystem", sandbox.endpoints().svarut)).query(query);
        let request = request.bearer_auth(&bearer).header("IntegrasjonId", &ks.integration);
        let answer = request.header("IntegrasjonPassord", &ks.password).send().await.unwrap();
        let (status, body) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        (status, body["mottakersystemer"].as_array().map(Vec::len))
    };
    let (who, low, high) = ("organisasjonsnummer", "310900214", "310903256");
    let (one, none) = ((200, Some(1)), (200, Some(0)));
    for (query, wanted) in [
        (&[(who, low)][..], one),
        (&[(who, low), ("niva", "3")], one),
        (&[(who, low), ("niva", "4")], none),
        (&[(who, high), ("niva", "4")], one),
        (&[(who, low), ("niva", "5")], (400, None)),
        (&[(who, low), ("forsendelseType", "Byggesøknad")], one),
        (&[(who, low), ("forsendelseType", "")], one),
        (&[(who, low), ("forsendelseType", "Finnes ikke")], none),
        (&[(who, "310900311")], none),
    ] {
        assert_eq!(ask(query).await, wanted, "{query:?}");
    }
}
