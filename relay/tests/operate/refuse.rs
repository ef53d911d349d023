//! A person decides that a shipment will not be taken in, and its sender is told.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{Place, WORLD};

const OURS: &str = "310904007";

#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_is_sent_back_for_good() {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let base = &WORLD.sandbox.base;
    let order = json!({ "from": "310900214", "to": OURS, "kind": "short" });
    let asked = http.post(format!("{base}/sandbox/control/write")).json(&order).send().await.unwrap();
    assert!(asked.status().is_success());
    let shipments = async || -> Vec<Value> {
        http.get(format!("{base}/sandbox/control/shipments")).send().await.unwrap().json().await.unwrap()
    };
    let waiting = async |status: &str| {
        for _ in 0..600 {
            if let Some(one) = shipments().await.into_iter().find(|one| one["status"] == status) {
                return one;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no shipment is {status}: {:?}", shipments().await);
    };
    let id = waiting("KLAR_FOR_MOTTAK").await["id"].as_str().unwrap().to_owned();
    let place = Place::with_svarut();
    let refuse = |organisation: &str| {
        let mut run = Command::new(env!("CARGO_BIN_EXE_konvolutt"));
        run.args(["refuse", "--config"]).arg(place.file()).args(["--organisation", organisation]);
        run.args(["--reason", "Ikke vårt ansvar"]).arg(&id).output().unwrap()
    };
    let other = refuse("310904015");
    assert!(!other.status.success(), "an organisation without a receiving system");
    let done = refuse(OURS);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let back = waiting("IKKE_LEVERT").await;
    assert_eq!((&back["id"], &back["complaints"]), (&id.as_str().into(), &json!(["Ikke vårt ansvar"])));
    let again = refuse(OURS);
    assert!(!again.status.success(), "it does not wait any more");
}
