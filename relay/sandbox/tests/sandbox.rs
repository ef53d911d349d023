//! The sandbox from outside: only HTTP, as the relay meets it. One start serves all, because keys take their time.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "tests from outside use the real time")]

#[path = "sandbox/broker.rs"]
mod broker;
#[path = "sandbox/clock.rs"]
mod clock;
#[path = "sandbox/common.rs"]
mod common;
#[path = "sandbox/correspondence.rs"]
mod correspondence;
#[path = "sandbox/dpi.rs"]
mod dpi;
#[path = "sandbox/people.rs"]
mod people;
#[path = "sandbox/registry.rs"]
mod registry;
#[path = "sandbox/svarut.rs"]
mod svarut;
#[path = "sandbox/system_user.rs"]
mod system_user;

use common::{COUNTY, Relay, assertion, assertion_as, claims, grant, sandbox};
use konvolutt_sandbox::Sandbox;
use konvolutt_shared::container::verify::{VerifyPolicy, verify};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, Policy, Purpose};
use konvolutt_shared::seal;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outside_world() {
    let folder = tempfile::tempdir().unwrap();
    let world = sandbox(folder.path()).await;
    let relay = Relay::sign_in(&world).await;
    tokens_are_checked(&world, &relay).await;
    system_user::is_requested_answered_and_counts(&world, &relay).await;
    registry_and_registers_answer(&world, &relay).await;
    registry::routes_follow_process_and_level(&relay).await;
    registry::every_subject_area_is_known(&relay).await;
    registry::certificates_come_as_they_are_asked_for(&world, &relay).await;
    broker_keeps_tenants_apart(&relay).await;
    broker::a_transfer_is_made_and_filled_in_one_form(&relay).await;
    broker::a_service_owner_decides_of_its_resource(&world, &relay).await;
    a_letter_is_answered_and_its_reply_verifies(&world, &relay).await;
    what_cannot_be_verified_is_not_delivered(&world, &relay).await;
    faults_come_as_promised(&world, &relay).await;
    svarut::svarut_wants_three_headers_and_the_parts_in_order(&world).await;
    svarut::paper_is_printed(&world, &relay).await;
    svarut::receiving_systems_have_a_level(&world, &relay).await;
    correspondence::works_from_both_sides(&world, &relay).await;
    people::registers_tell_how_people_are_reached(&world, &relay).await;
    dpi::works_from_both_sides(&world, &relay).await;
    clock::moves_what_waits_and_no_token(&world, &relay).await;
    let (trust, ahead) = (world.trust(), clock::ahead(&world, &relay).await);
    world.stop().await;
    no_plain_text_is_left(folder.path());
    let again = sandbox(folder.path()).await;
    assert_eq!(again.trust().anchors, trust.anchors, "the same world after a restart");
    assert_eq!(again.trust().registry_keys, trust.registry_keys);
    let relay = Relay::sign_in(&again).await;
    assert_eq!(clock::ahead(&again, &relay).await, ahead);
    dpi::what_waited_still_waits(&again, &relay).await;
    system_user::counts(&again, &relay).await;
    again.stop().await;
}

async fn tokens_are_checked(world: &Sandbox, relay: &Relay) {
    let client = world.maskinporten_client().unwrap();
    let (good, kid) = (claims(world), client.kid.clone());
    let used = assertion(&client, &kid, &good);
    assert_eq!(grant(&relay.http, &relay.endpoints, &used).await.0, 200);
    let (status, answer) = grant(&relay.http, &relay.endpoints, &used).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")), "an assertion works once");
    type Change = fn(&mut Value);
    let cases: &[(&str, &str, Change)] = &[
        ("invalid_grant", "audience without slash", |c| {
            c["aud"] = json!(c["aud"].as_str().unwrap().trim_end_matches('/'));
        }),
        ("invalid_grant", "too long", |c| c["exp"] = json!(c["iat"].as_i64().unwrap() + 121)),
        ("invalid_grant", "from the future", |c| c["iat"] = json!(c["iat"].as_i64().unwrap() + 30)),
        ("invalid_grant", "expired", |c| c["exp"] = json!(c["iat"].as_i64().unwrap() - 1)),
        ("invalid_grant", "unknown claim", |c| c["extra"] = json!(1)),
        ("invalid_grant", "no jti", |c| c["jti"] = json!("")),
        ("invalid_altinn_customer_configuration", "somebody else's system user", |c| {
            c["authorization_details"][0]["systemuser_org"]["ID"] = json!("0192:310900117");
        }),
        ("invalid_grant", "acting for two at once", |c| c["consumer_org"] = json!(COUNTY)),
        ("invalid_grant", "acting for somebody who has not said so", |c| {
            c.as_object_mut().unwrap().remove("authorization_details");
            c["consumer_org"] = json!("310900117");
        }),
        ("invalid_grant", "acting for oneself", |c| {
            c.as_object_mut().unwrap().remove("authorization_details");
            c["consumer_org"] = json!("310904023");
        }),
        ("invalid_scope", "scope not given", |c| c["scope"] = json!("altinn:broker.admin")),
        ("invalid_client", "unknown client", |c| c["iss"] = json!("nobody")),
    ];
    for (error, what, change) in cases {
        let mut claims = claims(world);
        change(&mut claims);
        let (status, answer) = grant(&relay.http, &relay.endpoints, &assertion(&client, &kid, &claims)).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some(*error)), "{what}");
    }
    for (algorithm, expected) in [("RS384", 200), ("RS512", 200), ("PS256", 400), ("none", 400)] {
        let signed = assertion_as(algorithm, &client, &kid, &claims(world));
        assert_eq!(grant(&relay.http, &relay.endpoints, &signed).await.0, expected, "{algorithm}");
    }
    let told = relay.endpoints.maskinporten_token.replace("/token", "/.well-known/oauth-authorization-server");
    let told: Value = relay.http.get(told).send().await.unwrap().json().await.unwrap();
    assert_eq!(told["token_endpoint_auth_signing_alg_values_supported"], json!(["RS256", "RS384", "RS512"]));
    let (_, answer) = grant(&relay.http, &relay.endpoints, &assertion(&client, "other", &claims(world))).await;
    assert_eq!(answer["error"], "invalid_client", "unknown key id");
    let exchanged = relay.http.get(&relay.endpoints.altinn_exchange).bearer_auth(&relay.altinn).send().await.unwrap();
    assert_eq!(exchanged.status(), 401, "only Maskinporten's tokens are exchanged");
}

async fn registry_and_registers_answer(world: &Sandbox, relay: &Relay) {
    let registry = &relay.endpoints.service_registry;
    let ask = |number: &str| relay.http.get(format!("{registry}/identifier/{number}")).bearer_auth(&relay.maskinporten);
    let signed = ask("310900117").header("accept", "application/jose").send().await.unwrap().text().await.unwrap();
    let answer = konvolutt_shared::address::verify_registry_answer(&signed, &world.trust().registry_keys);
    assert!(answer.is_ok(), "{answer:?}");
    let channel = async |number: &str| -> Value {
        ask(number).send().await.unwrap().json::<Value>().await.unwrap()["serviceRecords"][0]["service"]["identifier"]
            .clone()
    };
    assert_eq!(channel("310900117").await, "DPO");
    assert_eq!(channel("310900214").await, "DPF");
    assert_eq!(channel("310900311").await, "DPV");
    assert_eq!(channel("310901415").await, Value::Null);
    assert_eq!(ask("310901318").send().await.unwrap().status(), 404);
    assert_eq!(relay.http.get(format!("{registry}/identifier/310900117")).send().await.unwrap().status(), 401);
    let search = format!("{}/enheter", relay.endpoints.enhetsregister);
    let found: Value =
        relay.http.get(search).query(&[("navn", "svaretaten")]).send().await.unwrap().json().await.unwrap();
    assert_eq!(found["_embedded"]["enheter"][0]["organisasjonsnummer"], "310900419");
}

async fn broker_keeps_tenants_apart(relay: &Relay) {
    let id = relay.initialize("310900117").await.unwrap();
    let overview = relay.get(&format!("/{id}")).send().await.unwrap();
    assert_eq!(overview.status(), 200);
    let html = relay.get(&format!("/{id}")).header("accept", "text/html").send().await.unwrap();
    assert_eq!(html.status(), 406);
    let mut foreign = Relay::initialize_body("310900117");
    foreign["sender"] = json!("0192:310900117");
    let refused = relay.post("").json(&foreign).send().await.unwrap();
    assert_eq!(refused.status(), 401, "error 6 is a 401");
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], "BRO-00006");
    let unknown = relay.get(&format!("/{}", uuid::Uuid::new_v4())).send().await.unwrap();
    assert_eq!(unknown.json::<Value>().await.unwrap()["code"], "BRO-00001");
    let mut wrong = Relay::initialize_body("310900117");
    wrong["recipients"] = json!(["310900117"]);
    let invalid = relay.post("").json(&wrong).send().await.unwrap();
    assert_eq!(invalid.status(), 400);
    assert!(invalid.json::<Value>().await.unwrap()["errors"]["Recipients"].is_array());
}

fn kind(sbd: &Value) -> &str {
    sbd["standardBusinessDocumentHeader"]["documentIdentification"]["type"].as_str().unwrap()
}

fn policy(world: &Sandbox, sender: &str) -> VerifyPolicy {
    let all = |texts: &[String]| texts.iter().map(|pem| Certificate::from_pem(pem).unwrap()).collect();
    let trust = world.trust();
    let path = Policy {
        at: jiff::Timestamp::now(),
        anchors: all(&trust.anchors),
        intermediates: all(&trust.intermediates),
        crls: Vec::new(),
        purpose: Purpose::Sign,
        ..Policy::default()
    };
    VerifyPolicy { path, sender: Some(sender.to_owned()), limits: Limits::default() }
}

async fn a_letter_is_answered_and_its_reply_verifies(world: &Sandbox, relay: &Relay) {
    let svaretaten = "310900419";
    let key = relay.keystore(world, COUNTY).await;
    let (sbd, bytes) = relay.letter(&key, svaretaten).await;
    let id = relay.initialize(svaretaten).await.unwrap();
    assert_eq!(relay.upload(&id, bytes.clone()).await.unwrap().status(), 200);
    assert_eq!(relay.upload(&id, bytes).await.unwrap().status(), 409, "a second upload");
    let conversation = sbd.conversation_id().unwrap().to_string();
    let ours = |sbd: &Value| sbd.to_string().contains(&conversation);
    let all = relay.collect_until(|all| all.iter().any(|(sbd, _)| ours(sbd) && kind(sbd) == "arkivmelding")).await;
    let answers: Vec<&(Value, Option<Vec<u8>>)> = all.iter().filter(|(sbd, _)| ours(sbd)).collect();
    let kinds: Vec<&str> = answers.iter().map(|(sbd, _)| kind(sbd)).collect();
    assert_eq!(kinds, ["status", "status", "arkivmelding_kvittering", "arkivmelding"]);
    assert_eq!(answers[0].0["status"]["status"], "MOTTATT");
    assert_eq!(answers[1].0["status"]["status"], "LEVERT");
    assert_eq!(answers[2].0["arkivmelding_kvittering"]["receiptType"], "OK");
    let package = answers[3].1.as_ref().unwrap();
    let opened = seal::open(package, &key, &Limits::default()).unwrap();
    let (verdict, content) = verify(&opened, &policy(world, svaretaten));
    // The policy here has no revocation lists.
    let verified = verdict.accept_unchecked().unwrap();
    let pdfs = verified.documents().iter().filter(|one| content.content(one).starts_with(b"%PDF-1.4\n"));
    assert_eq!(pdfs.count(), 2);
    assert!(
        all.iter().any(|(sbd, package)| kind(sbd) == "arkivmelding" && !ours(sbd) && package.is_some()),
        "a welcome letter came too"
    );
    let mailbox: Value =
        relay.http.get(format!("{}/sandbox/mailbox.json", world.base)).send().await.unwrap().json().await.unwrap();
    let entry = mailbox["items"].as_array().unwrap().iter().find(|one| one["conversationId"] == conversation).unwrap();
    assert_eq!((entry["verdict"].as_str(), entry["signer"].as_str()), (Some("ok"), Some(COUNTY)));
}

async fn what_cannot_be_verified_is_not_delivered(world: &Sandbox, relay: &Relay) {
    // Signed by another organisation than the envelope names.
    let stranger = relay.keystore(world, "310904015").await;
    let (sbd, bytes) = relay.letter(&stranger, "310900117").await;
    let id = relay.initialize("310900117").await.unwrap();
    relay.upload(&id, bytes).await.unwrap();
    let conversation = sbd.conversation_id().unwrap().to_string();
    let ours = |sbd: &Value| sbd.to_string().contains(&conversation);
    let receipt = |all: &[(Value, _)]| all.iter().any(|(sbd, _)| ours(sbd) && kind(sbd) == "arkivmelding_kvittering");
    let all = relay.collect_until(receipt).await;
    let answers: Vec<&Value> = all.iter().map(|(sbd, _)| sbd).filter(|sbd| ours(sbd)).collect();
    assert!(answers.iter().all(|sbd| sbd["status"]["status"] != "LEVERT"));
    let receipt = answers.iter().find(|sbd| kind(sbd) == "arkivmelding_kvittering").unwrap();
    assert_eq!(receipt["arkivmelding_kvittering"]["receiptType"], "ERROR");
    assert_eq!(receipt["arkivmelding_kvittering"]["messages"][0]["code"], "signer_org_mismatch");

    // Written by the sandbox, with a broken signature.
    let order = json!({ "from": "310900117", "to": COUNTY, "kind": "tampered" });
    let url = format!("{}/sandbox/control/write", world.base);
    assert_eq!(relay.http.post(url).json(&order).send().await.unwrap().status(), 202);
    let letter = |all: &[(Value, _)]| all.iter().any(|(sbd, _)| kind(sbd) == "arkivmelding");
    let all = relay.collect_until(letter).await;
    let package = all.iter().find(|(sbd, _)| kind(sbd) == "arkivmelding").and_then(|(_, package)| package.clone());
    let key = relay.keystore(world, COUNTY).await;
    let opened = seal::open(&package.unwrap(), &key, &Limits::default()).unwrap();
    let refusal = verify(&opened, &policy(world, "310900117")).0.accept_unchecked().unwrap_err();
    assert_eq!(refusal.findings[0].code.as_str(), "signature_invalid");
}

async fn faults_come_as_promised(world: &Sandbox, relay: &Relay) {
    let busy = relay.initialize("310902217").await.unwrap();
    for _ in 0..3 {
        let answer = relay.upload(&busy, vec![1; 10]).await.unwrap();
        assert_eq!(answer.status(), 429);
        assert!(answer.headers().contains_key("retry-after"));
    }
    assert_eq!(relay.upload(&busy, vec![1; 10]).await.unwrap().status(), 200);

    assert_eq!(relay.initialize("310902314").await, Err(503));
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert!(relay.initialize("310902314").await.is_ok(), "up again");

    let cut = relay.initialize("310902411").await.unwrap();
    assert!(relay.upload(&cut, vec![1; 1 << 20]).await.is_err(), "the connection is cut");
    assert_eq!(relay.upload(&cut, vec![1; 10]).await.unwrap().status(), 409, "that transfer is spent");
    let again = relay.initialize("310902411").await.unwrap();
    assert_eq!(relay.upload(&again, vec![1; 1 << 20]).await.unwrap().status(), 200);

    let crl = relay.http.get(&world.endpoints().revocation_lists[1]).send().await.unwrap().bytes().await.unwrap();
    let revoked = relay.certificate("310901911").await;
    assert!(konvolutt_shared::pki::Crl::from_der(&crl).unwrap().lists(&revoked));
    assert!(relay.certificate("310901814").await.not_after() < jiff::Timestamp::now());
}

fn no_plain_text_is_left(folder: &std::path::Path) {
    let marker = b"MERKE-SOM-IKKE-SKAL-FINNES";
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                // A journal may vanish while this looks.
                let Ok(bytes) = std::fs::read(&path) else { continue };
                assert!(!bytes.windows(marker.len()).any(|window| window == marker), "{}", path.display());
            }
        }
    }
}
