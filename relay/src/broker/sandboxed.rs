//! For tests: a sandbox of one's own, and tokens of it.

use std::collections::HashMap;
use std::sync::Arc;

use konvolutt_sandbox::{Options, Sandbox};
use tempfile::TempDir;

use crate::directory::{MaskinportenConfig, Tokens};

pub(crate) struct Sandboxed {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) folder: TempDir,
}

pub(crate) async fn sandboxed(speed: f64) -> Sandboxed {
    let folder = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options { data: folder.path().to_owned(), listen, speed };
    let sandbox = konvolutt_sandbox::start(options).await.unwrap();
    let (endpoints, client) = (sandbox.endpoints(), sandbox.maskinporten_client().unwrap());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let config = MaskinportenConfig {
        token_url: endpoints.maskinporten_token,
        audience: endpoints.maskinporten_audience,
        client_id: client.client_id,
        owner: None,
        kid: client.kid,
        key_pem: client.key_pem.into(),
        system_users: HashMap::new(),
    };
    let tokens = Arc::new(Tokens::new(config, endpoints.altinn_exchange, http.clone()).unwrap());
    Sandboxed { sandbox, http, tokens, folder }
}

/// The next so many calls to a service that fit meet a fault.
pub(crate) async fn disturb(sandbox: &Sandbox, service: &str, call: (&str, &str), fault: &str, times: u32) {
    let (method, path) = call;
    let broker = reqwest::Url::parse(&sandbox.endpoints().broker).unwrap();
    let order = serde_json::json!({
        "service": service, "method": method, "path": path, "fault": fault, "times": times,
    });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.put(broker.join("/sandbox/control/faults").unwrap()).json(&order).send().await.unwrap();
    assert_eq!(answer.status(), reqwest::StatusCode::CREATED);
}
