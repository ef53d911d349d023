//! The audit log of a relay that serves: who did what is there, nothing that must not be, and a change is found.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

use anyhow::{Result, ensure};
use konvolutt_shared::api::Status;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::server::How;
use konvolutt_tests::{Server, binary};
use reqwest::{Method, StatusCode};

const OURS: &str = "310904007";

fn audit(server: &Server, arguments: &[&str]) -> Result<Output> {
    Ok(server.command(&[&["audit"], arguments].concat())?.output()?)
}

/// What a program said that must end well.
fn told(output: Output) -> Result<String> {
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// What a program complained of that must fail.
fn complaint(output: Output) -> Result<String> {
    let said = String::from_utf8(output.stderr)?;
    ensure!(!output.status.success(), "it took it: {said}");
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_what_is_told_while_the_relay_serves_and_after() -> Result<()> {
    let mut server = Server::start_on_files()?;
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
    // How a message stands is no part of it.
    let other = client.seal("310900117", &[document("hemmelig-tittel.txt", "Hei igjen")]).await?;
    let other = client.send(&other).await?.summary.id;
    let path = format!("/api/v1/messages/{other}/status");
    let standing: serde_json::Value = client.request(Method::GET, &path).send().await?.json().await?;
    ensure!(standing["id"] == *other && standing["events"][0]["status"] == "OPPRETTET", "{standing}");
    ensure!(standing.get("sbd").is_none() && standing.get("envelope").is_none(), "{standing}");
    ensure!(client.request(Method::DELETE, "/api/v1/session").send().await?.status() == StatusCode::OK);
    let text = told(audit(&server, &["export"])?)?;
    let count = |action: &str, object: &str| {
        let parts = [format!("\"action\":\"{action}\""), object.to_owned()];
        text.lines().filter(|line| parts.iter().all(|part| line.contains(part))).count()
    };
    let any = |action: &str| count(action, "");
    ensure!(count("message_submitted", &id) == 1, "{text}");
    let read = &incoming.summary.id;
    ensure!(count("confidential_message_read", read) == 0 && count("message_listed", OURS) >= 1, "{text}");
    ensure!(count("message_read", &other) == 0 && count("message_listed", &other) == 1, "{text}");
    ensure!(count("message_read", read) >= 1 && count("package_fetched", read) == 1, "{text}");
    ensure!(count("message_opened", read) == 1 && count("message_acknowledged", read) == 1, "{text}");
    ensure!(any("sign_in") == 1 && any("sign_out") == 1, "{text}");
    let entry = |index: usize| -> Result<serde_json::Value> {
        Ok(serde_json::from_str(text.lines().nth(index).unwrap().split_once(' ').unwrap().1)?)
    };
    let (first, second, last) = (entry(0)?, entry(1)?, entry(text.lines().count() - 1)?);
    ensure!(first["who"]["kind"] == "relay" && first["action"] == "relay_started", "{first}");
    ensure!(second["who"]["name"] == "siri" && second["action"] == "sign_in", "{second}");
    ensure!(last["who"]["kind"] == "operator" && last["action"] == "audit_exported", "{last}");
    ensure!(!text.contains("hemmelig") && !text.contains("Siri"), "only ids");
    told(audit(&server, &["verify"])?)?;
    server.stop()?;
    let text = told(audit(&server, &["export"])?)?;
    let before = text.lines().rev().nth(1).unwrap();
    ensure!(before.contains("relay_stopped"), "{before}");
    // Somebody with the file in hand takes the guard away and changes one entry.
    let database = server.data().join("relay/relay.sqlite");
    let change =
        "DROP TRIGGER audit_unchanged; UPDATE audit SET line = replace(line, 'siri', 'ola') WHERE sequence = 2";
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
    let python = Command::new("python3").args(["-c", script]).arg(&database).arg(change).status()?;
    ensure!(python.success(), "python3");
    let said = complaint(audit(&server, &["verify"])?)?;
    ensure!(said.contains("entry 2"), "{said}");
    Ok(())
}

/// Exports, verifies them, and verifies them again after one line was changed.
async fn an_export_holds_until_a_line_is_changed(how: How) -> Result<()> {
    let server = Server::start_as(how)?;
    for _ in 0..6 {
        Client::sign_in(&server.base(), "siri", OURS).await?;
    }
    let folder = tempfile::tempdir()?;
    let file = |name: &str, content: &str| -> Result<String> {
        let path = folder.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path.to_string_lossy().into_owned())
    };
    let whole = told(audit(&server, &["export"])?)?;
    let count = whole.lines().count();
    ensure!(count == 8, "a start, six who signed in, and the export: {whole}");
    let path = file("whole", &whole)?;
    let from_file = |path: &str, more: &[&str]| -> Result<Output> {
        // Of an export nothing but the file counts.
        let arguments = [&["audit", "verify", path], more].concat();
        Ok(Command::new(binary("konvolutt")?).args(arguments).current_dir(folder.path()).output()?)
    };
    let named = ["--audience", "konvolutt-sandkasse"];
    let head = told(from_file(&path, &named)?)?;
    let head = head.trim().rsplit(' ').next().unwrap().to_owned();
    ensure!(head.starts_with("8:"), "{head}");

    let changed: Vec<String> = whole.lines().map(str::to_owned).collect();
    let changed: Vec<String> = changed
        .iter()
        .enumerate()
        .map(|(index, line)| if index == 4 { line.replace("sign_in", "sign_out") } else { line.clone() })
        .collect();
    let said = complaint(from_file(&file("changed", &(changed.join("\n") + "\n"))?, &named)?)?;
    ensure!(said.contains("line 5: entry 5: the digest is not the text's"), "{said}");

    // What came after goes on from the head that was said of what came before, and from no other.
    Client::sign_in(&server.base(), "siri", OURS).await?;
    let rest = told(audit(&server, &["export", "--after", "8"])?)?;
    ensure!(rest.lines().count() == 2, "{rest}");
    let path = file("rest", &rest)?;
    let told_of = told(from_file(&path, &["--from", &head])?)?;
    ensure!(told_of.contains("the head is 10:"), "{told_of}");
    ensure!(complaint(from_file(&path, &named)?)?.contains("line 1: entry 1: the entry has number 9"));
    let other = format!("8:{}", "0".repeat(64));
    ensure!(complaint(from_file(&path, &["--from", &other])?)?.contains("line 1: entry 9: the entry does not follow"));
    complaint(from_file(&path, &[])?)?;
    complaint(from_file(&path, &["--from", &head, "--audience", "konvolutt-sandkasse"])?)?;
    // Numbers that no entry can have.
    for number in ["9223372036854775808", "18446744073709551615", "-1"] {
        let said = complaint(audit(&server, &["export", &format!("--after={number}")])?)?;
        ensure!(said.contains("--after"), "{said}");
    }
    ensure!(told(audit(&server, &["export", "--after", "9223372036854775807"])?)?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_verified_on_sqlite() -> Result<()> {
    an_export_holds_until_a_line_is_changed(How::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_verified_on_postgresql() -> Result<()> {
    let Some(how) = How::on_postgresql() else { return Ok(()) };
    an_export_holds_until_a_line_is_changed(how).await
}

/// Runs a statement on a relay's own database.
fn change(server: &Server, statement: &str) -> Result<String> {
    let script =
        "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nprint(c.execute(sys.argv[2]).fetchone())\nc.commit()";
    let database = server.data().join("relay/relay.sqlite");
    told(Command::new("python3").args(["-c", script]).arg(database).arg(statement).output()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_another_version_is_not_changed_by_looking_at_its_log() -> Result<()> {
    let mut server = Server::start_on_files()?;
    server.stop()?;
    let version = "PRAGMA user_version";
    let known = change(&server, version)?;
    for (other, advice) in [("3", "konvolutt migrate"), ("99", "use the newer program")] {
        change(&server, &format!("PRAGMA user_version = {other}"))?;
        for command in [&["export"][..], &["verify"]] {
            let said = complaint(audit(&server, command)?)?;
            ensure!(said.contains(advice), "{said}");
        }
        ensure!(change(&server, version)? == format!("({other},)\n"), "it was changed");
    }
    ensure!(known != "(3,)\n", "{known}");
    // Where there is nothing, nothing is made.
    std::fs::remove_dir_all(server.data())?;
    for command in [&["export"][..], &["verify"]] {
        complaint(audit(&server, command)?)?;
    }
    ensure!(!server.data().exists(), "a store was made");
    Ok(())
}
