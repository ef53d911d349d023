//! The scenario's clock: what is reached by advancing it, and what keeps the real time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use konvolutt_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::common::{COUNTY, Relay};

const SOLVIK: &str = "310900117";
const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// By how many seconds the scenario is ahead.
pub(crate) async fn ahead(world: &Sandbox, relay: &Relay) -> i64 {
    let url = format!("{}/sandbox/control/clock", world.base);
    let told: Value = relay.http.get(url).send().await.unwrap().json().await.unwrap();
    told["aheadSeconds"].as_i64().unwrap()
}

async fn advance(world: &Sandbox, relay: &Relay, seconds: u32) {
    let url = format!("{}/sandbox/control/clock", world.base);
    let answer = relay.http.post(url).json(&json!({ "seconds": seconds })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

async fn status(relay: &Relay, id: &str) -> String {
    let overview: Value = relay.get(&format!("/{id}")).send().await.unwrap().json().await.unwrap();
    overview["fileTransferStatus"].as_str().unwrap().to_owned()
}

/// A letter that Testetaten Solvik has opened, verified and answered; its transfer.
async fn delivered(world: &Sandbox, relay: &Relay) -> String {
    let key = relay.keystore(world, COUNTY).await;
    let (sbd, bytes) = relay.letter(&key, SOLVIK).await;
    let id = relay.initialize(SOLVIK).await.unwrap();
    assert_eq!(relay.upload(&id, bytes).await.unwrap().status(), 200);
    let conversation = sbd.conversation_id().unwrap().to_string();
    let says = |sbd: &Value| sbd.to_string().contains(&conversation) && sbd["status"]["status"] == "LEVERT";
    let all = relay.collect_until(|all| all.iter().any(|(sbd, _)| says(sbd))).await;
    let (answer, _) = all.iter().find(|(sbd, _)| says(sbd)).unwrap();
    let written = &answer["standardBusinessDocumentHeader"]["documentIdentification"]["creationDateAndTime"];
    let written: Timestamp = written.as_str().unwrap().parse().unwrap();
    assert!(written <= Timestamp::now(), "letters bear the real date: {written}");
    id
}

fn claim(token: &str, name: &str) -> i64 {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&payload).unwrap()[name].as_i64().unwrap()
}

pub(crate) async fn moves_what_waits_and_no_token(world: &Sandbox, relay: &Relay) {
    nonsense_is_refused(world, relay).await;
    let (idle, done) = (relay.initialize(SOLVIK).await.unwrap(), delivered(world, relay).await);
    assert_eq!(status(relay, &idle).await, "Initialized");
    assert_eq!(status(relay, &done).await, "AllConfirmedDownloaded");
    advance(world, relay, 2 * HOUR).await;
    assert_eq!(status(relay, &idle).await, "Initialized");
    assert_eq!(status(relay, &done).await, "Purged", "its grace is over");
    advance(world, relay, 30 * DAY).await;
    // With the token of before: half an hour has not passed.
    assert_eq!(status(relay, &idle).await, "Purged", "its life is over");
    let fresh = Relay::sign_in(world).await;
    for (token, life) in [(&fresh.maskinporten, 120), (&fresh.altinn, 1800)] {
        let (issued, now) = (claim(token, "iat"), Timestamp::now().as_second());
        assert!((now - 60..=now).contains(&issued), "{issued} {now}");
        assert_eq!(claim(token, "exp") - issued, life);
    }
    delivered(world, &fresh).await;
    people_advance_it_on_a_page(world, relay).await;
}

async fn nonsense_is_refused(world: &Sandbox, relay: &Relay) {
    let url = format!("{}/sandbox/control/clock", world.base);
    let before = ahead(world, relay).await;
    for order in [
        json!({}),
        json!({ "seconds": 0 }),
        json!({ "seconds": -1 }),
        json!({ "seconds": 1.5 }),
        json!({ "seconds": 366 * DAY + 1 }),
        json!({ "seconds": 100, "minutes": 1 }),
    ] {
        let answer = relay.http.post(&url).json(&order).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{order}");
    }
    assert_eq!(ahead(world, relay).await, before);
}

async fn people_advance_it_on_a_page(world: &Sandbox, relay: &Relay) {
    let before = ahead(world, relay).await;
    // Divided by the speed of 20.
    let form = [("seconds", "2000")];
    let page = relay.http.post(format!("{}/sandbox/clock", world.base)).form(&form).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self'"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(page.contains(&format!("{} seconds ahead", before + 100)), "{page}");
    assert!(page.contains("action=\"/sandbox/clock\""), "{page}");
}
