//! A disk that is full, that cannot be written, or that has lost a row: a clear error, nothing lost, and it goes on when
//! the disk does. The relay's part of the data folder is a file system of its own, of a few megabytes; without the right
//! to mount one these tests say that they are skipped.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use konvolutt_shared::api::{Change, Direction, Page, Problem, Sent, Status};
use konvolutt_shared::finding::Code;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::{Server, binary, sha256};
use reqwest::{Method, StatusCode};

const OURS: &str = "310904007";
const THEIRS: &str = "310900117";

/// A small disk, until it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> Result<Option<Self>> {
        std::fs::create_dir_all(at)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(at).stderr(Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Ok(Some(Self(at.to_owned())));
        }
        println!("SKIPPED: a disk cannot be mounted here");
        Ok(None)
    }

    fn remount(&self, how: &str) -> Result<()> {
        let mounted = Command::new("mount").args(["-o", how]).arg(&self.0).status()?;
        ensure!(mounted.success(), "{how}: {mounted}");
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a server may still be going down.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Two megabytes that stay two megabytes when packed.
fn incompressible() -> String {
    (0..60_000_u32).fold(String::new(), |text, number| text + &sha256(&number.to_be_bytes())[..32])
}

/// Takes all the room there is.
fn fill(disk: &Disk) -> Result<PathBuf> {
    use std::io::Write as _;
    let path = disk.0.join("ballast");
    let mut file = std::fs::File::create(&path)?;
    for size in [1 << 16, 1 << 10, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
    Ok(path)
}

async fn refused_as_full(answer: reqwest::Response) -> Result<()> {
    ensure!(answer.status() == StatusCode::INSUFFICIENT_STORAGE, "{}: {}", answer.status(), answer.text().await?);
    ensure!(answer.headers().contains_key("retry-after"), "no Retry-After");
    let problem: Problem = answer.json().await?;
    ensure!(problem.code == Code::DiskFull && problem.retryable && problem.sent == Sent::No, "{problem:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_says_so_loses_nothing_and_goes_on_when_there_is_room() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(disk) = Disk::mount(&folder.path().join("data/relay"))? else { return Ok(()) };
    let server = Server::start_in(folder, &[("KONVOLUTT_SERVER__MIN_FREE_MIB", "1")])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let before = client.send(&client.seal(THEIRS, &[document("brev.txt", "Før")]).await?).await?;
    client.wait_for(&before.summary.id, Status::Levert).await?;
    // Half of it is uploaded, and a whole one not submitted, when the room runs out.
    let half = client.seal(THEIRS, &[document("brev.txt", &incompressible())]).await?;
    let whole = client.seal(THEIRS, &[document("brev.txt", "Helt")]).await?;
    let (whole_upload, half_upload) =
        (client.upload(&whole.package).await?, client.begin_upload(half.package.len()).await?);
    let middle = half.package.len() / 2;
    client.append(&half_upload, 0, &half.package[..middle]).await?;
    let ballast = fill(&disk)?;
    refused_as_full(client.append(&half_upload, middle, &half.package[middle..]).await?).await?;
    refused_as_full(client.submit(&whole.envelope, &whole_upload).await?).await?;
    let ready = client.anonymous(Method::GET, "/health/ready").send().await?;
    ensure!(ready.status() == StatusCode::SERVICE_UNAVAILABLE, "{}", ready.status());
    // Who reads what is written down first, and that needs room, too.
    let read = format!("/api/v1/messages/{}", before.summary.id);
    refused_as_full(client.request(Method::GET, &read).send().await?).await?;
    let list = format!("/api/v1/messages?direction=out&organisation={OURS}");
    refused_as_full(client.request(Method::GET, &list).send().await?).await?;
    std::fs::remove_file(ballast)?;
    let begun = Instant::now();
    let taken = loop {
        let answer = client.submit(&whole.envelope, &whole_upload).await?;
        if answer.status() == StatusCode::CREATED {
            break answer.json::<konvolutt_shared::api::MessageView>().await?;
        }
        ensure!(begun.elapsed() < Duration::from_secs(20), "{}", answer.text().await?);
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    ensure!(client.message(&before.summary.id).await?.summary.status == Status::Levert, "what was there is there");
    let offset = client.offset(&half_upload).await?;
    ensure!(offset >= middle, "{offset} of {middle}");
    let rest = client.append(&half_upload, offset, &half.package[offset..]).await?;
    ensure!(rest.status() == StatusCode::NO_CONTENT, "{}", rest.text().await?);
    let answer = client.submit(&half.envelope, &half_upload).await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.text().await?);
    let second: konvolutt_shared::api::MessageView = answer.json().await?;
    for id in [&taken.summary.id, &second.summary.id] {
        client.wait_for(id, Status::Levert).await?;
    }
    let mailbox = client.mailbox().await?;
    for letter in [&whole, &half] {
        let items = mailbox["items"].as_array().context("no mailbox")?;
        let copies = items.iter().filter(|one| one["messageId"] == letter.message_id.as_str());
        let letters = copies.filter(|one| one["documentType"] == "arkivmelding").count();
        ensure!(letters == 1, "{letters} copies");
    }
    Ok(())
}

/// What a start says that must fail.
fn fails_to_start(data: &Path) -> Result<String> {
    let mut serve = Command::new(binary("konvolutt")?);
    serve.args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    let output = serve.output()?;
    ensure!(!output.status.success(), "it started");
    Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_be_written_stops_the_start_and_harms_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(disk) = Disk::mount(&folder.path().join("data/relay"))? else { return Ok(()) };
    let mut server = Server::start_in(folder, &[])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let sent = client.send(&client.seal(THEIRS, &[document("brev.txt", "Hei")]).await?).await?;
    server.kill()?;
    disk.remount("remount,ro")?;
    let said = fails_to_start(&server.data())?;
    ensure!(said.to_lowercase().contains("read-only") || said.contains("readonly"), "{said}");
    ensure!(!said.contains("panicked"), "{said}");
    disk.remount("remount,rw")?;
    tokio::task::block_in_place(|| server.cut_power_and_start_again())?;
    client.wait_for(&sent.summary.id, Status::Levert).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_row_is_an_error_of_its_own_and_holds_up_nothing_else() -> Result<()> {
    let mut server = Server::start_on_files()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let mut ids = Vec::new();
    for text in ["En", "To"] {
        let letter = client.seal(THEIRS, &[document("brev.txt", text)]).await?;
        let id = client.send(&letter).await?.summary.id;
        client.wait_for(&id, Status::Levert).await?;
        ids.push(id);
    }
    server.kill()?;
    let spoil = "import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute('UPDATE event SET body = substr(body, 1, 9) WHERE message = ?', (sys.argv[2],))
database.commit()";
    let path = server.data().join("relay/relay.sqlite");
    let spoiled = Command::new("python3").args(["-c", spoil]).arg(path).arg(&ids[0]).status()?;
    ensure!(spoiled.success(), "{spoiled}");
    tokio::task::block_in_place(|| server.cut_power_and_start_again())?;
    let damaged = client.request(Method::GET, &format!("/api/v1/messages/{}", ids[0])).send().await?;
    ensure!(damaged.status() == StatusCode::INTERNAL_SERVER_ERROR, "{}", damaged.status());
    let problem: Problem = damaged.json().await?;
    ensure!(problem.code == Code::Internal, "{problem:?}");
    let log = server.log()?;
    ensure!(log.contains(&problem.trace_id) && log.contains("a row cannot be read"), "{log}");
    ensure!(client.message(&ids[1]).await?.summary.status == Status::Levert, "the other letter");
    ensure!(client.list(Direction::Out).await?.len() == 2, "both are on the list");
    let events: Page<Change> = client.request(Method::GET, "/api/v1/event-log?after=0").send().await?.json().await?;
    ensure!(events.items.iter().any(|one| one.id == ids[1]), "{events:?}");
    let letter = client.seal(THEIRS, &[document("brev.txt", "Tre")]).await?;
    let id = client.send(&letter).await?.summary.id;
    client.wait_for(&id, Status::Levert).await?;
    Ok(())
}
