//! What `relay/EVIDENCE.md` says is run as it stands there, on an export of the built server, with OpenSSL. It passes, and
//! fails once any byte that is said to be protected is changed.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::jws::Algorithm;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::server::How;
use reqwest::{Method, StatusCode};

const OURS: &str = "310904007";

/// The commands of the guide: all that are for everybody or for this algorithm.
fn documented(guide: &str, algorithm: &str) -> String {
    let mut script = "set -eu -o pipefail\n".to_owned();
    let mut taken = None;
    for line in guide.lines() {
        match line.strip_prefix("```") {
            Some("") => taken = None,
            Some(kind) => taken = Some(kind == "sh" || kind == format!("sh {algorithm}")),
            None if taken == Some(true) => script += &format!("{line}\n"),
            None => {}
        }
    }
    script
}

/// Runs them in a copy of the folder, after a change.
fn holds(folder: &Path, script: &str, change: Option<(&str, usize)>) -> Result<(bool, String)> {
    let copy = tempfile::tempdir()?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let mut bytes = std::fs::read(entry.path())?;
        if let Some((name, at)) = change
            && entry.file_name() == name
        {
            bytes[at] ^= 1;
        }
        std::fs::write(copy.path().join(entry.file_name()), bytes)?;
    }
    let output = Command::new("bash").args(["-c", script]).current_dir(copy.path()).output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_commands_prove_it_and_fail_after_any_change() -> Result<()> {
    proves(&Server::start_on_files()?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn they_prove_it_too_where_messages_are_in_postgresql_and_packages_in_a_bucket() -> Result<()> {
    let Some(shared) = How::shared()? else { return Ok(()) };
    proves(&Server::start_as(shared)?).await
}

/// The folder that the operator's command writes.
fn exported(server: &Server, id: &str, to: &Path, more: &[&str]) -> Result<()> {
    let output = server.command(&[&["evidence", id], more].concat())?.arg("--to").arg(to).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

async fn proves(server: &Server) -> Result<()> {
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let mut before: Option<String> = None;
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
        let letter = client.seal("310900117", &[document("brev.txt", "Hei")]).await?;
        let letter = client.sign_anew(letter, algorithm)?;
        let id = client.send(&letter).await?.summary.id;
        let folder = tempfile::tempdir()?;
        let to = folder.path().join("evidence");
        exported(server, &id, &to, &[])?;
        ensure!(std::fs::read(to.join("package.p7m"))? == letter.package, "the package");
        ensure!(std::fs::read_to_string(to.join("envelope.jws"))? == letter.envelope, "the envelope");
        // Over the network it is the same, as an archive that anybody's tar takes apart.
        let answer = client.request(Method::GET, &format!("/api/v1/messages/{id}/evidence")).send().await?;
        ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        let archive = folder.path().join("evidence.tar");
        std::fs::write(&archive, answer.bytes().await?)?;
        let unpacked = folder.path().join("unpacked");
        std::fs::create_dir(&unpacked)?;
        ensure!(Command::new("tar").arg("xf").arg(&archive).arg("-C").arg(&unpacked).status()?.success(), "tar");
        for entry in std::fs::read_dir(&to)? {
            let name = entry?.file_name();
            // More may have happened to the letter meanwhile.
            if name != "events.json" {
                ensure!(std::fs::read(to.join(&name))? == std::fs::read(unpacked.join(&name))?, "{name:?} differs");
            }
        }
        std::fs::write(to.join("root.pem"), client.trust.anchors.concat())?;
        let script = documented(&std::fs::read_to_string(to.join("EVIDENCE.md"))?, algorithm.as_str());
        let (good, said) = holds(&to, &script, None)?;
        ensure!(good, "{said}\n{script}");
        ensure!(said.contains("Verified OK") && said.contains("signer.pem: OK") && said.contains(OURS), "{said}");
        let names =
            ["envelope.jws", "header.json", "payload.json", "sbd.json", "package.p7m", "signer.pem", "audit.txt"];
        for name in names {
            any_change_is_noticed(&to, &script, name)?;
        }
        let findings: Vec<Finding> = serde_json::from_slice(&std::fs::read(to.join("findings.json"))?)?;
        ensure!(findings == client.message(&id).await?.findings, "{findings:?}");
        let own = std::fs::read_to_string(to.join("audit.txt"))?;
        ensure!(own.lines().count() == 1 && own.contains("\"siri\"") && own.contains(&id), "{own}");
        let another = before.replace(own.clone());
        if let Some(another) = another {
            std::fs::write(to.join("audit.txt"), another)?;
            ensure!(!holds(&to, &script, None)?.0, "another letter's line in the log was taken for this one's");
        }
        the_chain_goes_on(server, &client, &id, &own, &script)?;
    }
    let none = server.data().join("none");
    let output = server.command(&["evidence", "1"])?.arg("--to").arg(&none).output()?;
    ensure!(!output.status.success() && !none.exists(), "{output:?}");
    ensure!(String::from_utf8_lossy(&output.stderr).contains("there is no message 1"), "{output:?}");
    let stranger = Client::sign_in(&server.base(), "jon", "310904015").await?;
    let mine = client.list(konvolutt_shared::api::Direction::Out).await?;
    let foreign = stranger.request(Method::GET, &format!("/api/v1/messages/{}/evidence", mine[0].id)).send().await?;
    ensure!(foreign.status() == StatusCode::NOT_FOUND, "{}", foreign.status());
    Ok(())
}

fn any_change_is_noticed(folder: &Path, script: &str, name: &str) -> Result<()> {
    let size = std::fs::metadata(folder.join(name))?.len() as usize;
    for at in [size / 4, size / 2, size - size / 4] {
        let (good, _) = holds(folder, script, Some((name, at)))?;
        ensure!(!good, "{name} was changed at {at}, and nothing noticed");
    }
    Ok(())
}

/// The operator's export with the audit log's lines to its end: the guide holds them against each other, and the program itself
/// goes on from the line before.
fn the_chain_goes_on(server: &Server, client: &Client, id: &str, own: &str, script: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let to = folder.path().join("evidence");
    exported(server, id, &to, &["--chain"])?;
    std::fs::write(to.join("root.pem"), client.trust.anchors.concat())?;
    let chain = std::fs::read_to_string(to.join("audit.txt"))?;
    ensure!(chain.starts_with(own) && chain.lines().count() > 2, "{chain}");
    ensure!(chain.lines().last().is_some_and(|line| line.contains("audit_exported")), "who exported it: {chain}");
    let (good, said) = holds(&to, script, None)?;
    ensure!(good, "{said}");
    any_change_is_noticed(&to, script, "audit.txt")?;
    let first: serde_json::Value = serde_json::from_str(own.split_once(' ').context("a line")?.1)?;
    let number = first["sequence"].as_u64().context("a number")? - 1;
    let from = format!("{number}:{}", first["previous"].as_str().context("a digest")?);
    let head = said.lines().rev().find_map(|line| line.strip_prefix("head ")).context("no head was told")?;
    let mut verify = server.command(&["audit", "verify"])?;
    let output = verify.arg(to.join("audit.txt")).args(["--from", &from, "--head", head]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The sandbox has no keys on a curve, so these are OpenSSL's own: the guide's three commands for ES256 on a signature of
/// 64 bytes, as an envelope has it.
#[test]
fn the_commands_for_es256_hold_too() -> Result<()> {
    let guide = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../relay/EVIDENCE.md"))?;
    let whole = documented(&guide, "ES256");
    let only: Vec<&str> = guide.split("```sh ES256\n").nth(1).unwrap().split("```").next().unwrap().lines().collect();
    ensure!(only.iter().all(|line| whole.contains(line)) && only.len() == 3, "{only:?}");
    let make = "set -eu -o pipefail
        openssl ecparam -name prime256v1 -genkey -noout -out key.pem
        openssl ec -in key.pem -pubout -out signer.pub
        printf 'header.payload' > signed.txt
        for wanted in 1 2 3 4 5 6 7 8; do
            openssl dgst -sha256 -sign key.pem -out made.der signed.txt
            openssl asn1parse -inform DER -in made.der | awk -F: '/INTEGER/ { printf \"%64s\", $4 }' | tr ' ' 0 > hex
            python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(open(\"hex\").read()))' > signature.bin
            test \"$(wc -c < signature.bin)\" = 64
    ";
    let folder = tempfile::tempdir()?;
    let run = |script: &str| -> Result<bool> {
        let output = Command::new("bash").args(["-c", script]).current_dir(folder.path()).output()?;
        Ok(output.status.success())
    };
    ensure!(run(&format!("{make}\n{}\ndone", only.join("\n")))?, "a good signature was refused");
    ensure!(
        !run(&format!("set -e\nprintf 'header.Payload' > signed.txt\n{}", only.join("\n")))?,
        "a changed one holds"
    );
    Ok(())
}
