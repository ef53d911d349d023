//! The audit log of a relay that serves: who did what is there, nothing that must not be, and a change is found.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Result, ensure};
use konvolutt_shared::api::Status;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::{Server, binary};
use reqwest::{Method, StatusCode};

const OURS: &str = "310904007";

fn audit(arguments: &[&str], data: &Path) -> Result<Output> {
    Ok(Command::new(binary("konvolutt")?).arg("audit").args(arguments).arg("--data").arg(data).output()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_what_is_told_while_the_relay_serves_and_after() -> Result<()> {
    let mut server = Server::start_with(&[])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let letter = client.seal("310900117", &[document("hemmelig-tittel.txt", "Hei")]).await?;
    let id = client.send(&letter).await?.summary.id;
    client.wait_for(&id, Status::Sendt).await?;
    client.let_write("310900117", "good").await?;
    let incoming = client.wait_for_incoming(|message| message.document_type == "arkivmelding").await?;
    client.open(&incoming).await?;
    for step in ["opened", "acknowledge", "acknowledge"] {
        let path = format!("/api/v1/messages/{}/{step}", incoming.summary.id);
        ensure!(client.request(Method::POST, &path).send().await?.status() == StatusCode::NO_CONTENT, "{step}");
    }
    ensure!(client.request(Method::DELETE, "/api/v1/session").send().await?.status() == StatusCode::OK);
    let export = audit(&["export"], &server.data())?;
    let text = String::from_utf8(export.stdout)?;
    let count = |action: &str, object: &str| {
        let parts = [format!("\"action\":\"{action}\""), object.to_owned()];
        text.lines().filter(|line| parts.iter().all(|part| line.contains(part))).count()
    };
    let any = |action: &str| count(action, "");
    ensure!(count("message_submitted", &id) == 1, "{text}");
    let read = &incoming.summary.id;
    ensure!(count("message_read", read) >= 1 && count("package_fetched", read) == 1, "{text}");
    ensure!(count("message_opened", read) == 1 && count("message_acknowledged", read) == 1, "{text}");
    ensure!(any("sign_in") == 1 && any("sign_out") == 1, "{text}");
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap().split_once(' ').unwrap().1)?;
    ensure!(first["who"]["name"] == "siri" && first["action"] == "sign_in", "{first}");
    ensure!(!text.contains("hemmelig") && !text.contains("Siri"), "only ids");
    let verified = audit(&["verify"], &server.data())?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    server.kill()?;
    // Somebody with the file in hand takes the guard away and changes one entry.
    let database = server.data().join("relay/relay.sqlite");
    let change =
        "DROP TRIGGER audit_unchanged; UPDATE audit SET line = replace(line, 'siri', 'ola') WHERE sequence = 2";
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
    let python = Command::new("python3").args(["-c", script]).arg(&database).arg(change).status()?;
    ensure!(python.success(), "python3");
    let verified = audit(&["verify"], &server.data())?;
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    ensure!(!verified.status.success() && said.contains("entry 2"), "{said}");
    Ok(())
}
