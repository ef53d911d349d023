//! A disk that is full, that cannot be written, or that has lost a row: a clear error, nothing lost, and it goes on when
//! the disk does. The relay's part of the data folder is a file system of its own, of a few megabytes; without the right
//! to mount one these tests say that they are skipped.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use konvolutt_shared::api::{Change, Direction, MessageSummary, Page, Problem, Sent, Status};
use konvolutt_shared::finding::Code;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::{Server, binary, sha256};
use reqwest::{Method, StatusCode};
use serde_json::json;

const OURS: &str = "310904007";
const THEIRS: &str = "310900117";
const DIRECTORATE: &str = "310904015";

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

    /// A file system whose driver can be told that its disk is broken; it then writes nothing more, as after a real fault.
    fn breakable(image: &Path, at: &Path) -> Result<Option<Self>> {
        std::fs::File::create(image)?.set_len(64 << 20)?;
        let quiet = |program: &str, arguments: &[&str], path: &Path| {
            let mut command = Command::new(program);
            command.args(arguments).arg(path).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        if quiet("mkfs.ext4", &["-q", "-F"], image) && Self::mount_image(image, at)? {
            let disk = Self(at.to_owned());
            if disk.switch()?.exists() {
                return Ok(Some(disk));
            }
        }
        println!("SKIPPED: an ext4 of its own cannot be mounted here, or not be told that it is broken");
        Ok(None)
    }

    fn mount_image(image: &Path, at: &Path) -> Result<bool> {
        std::fs::create_dir_all(at)?;
        let mut mount = Command::new("mount");
        mount.args(["-o", "loop,errors=remount-ro"]).arg(image).arg(at).stderr(Stdio::null());
        Ok(mount.status().is_ok_and(|status| status.success()))
    }

    /// What breaks it.
    fn switch(&self) -> Result<PathBuf> {
        let (mounts, at) = (std::fs::read_to_string("/proc/mounts")?, self.0.display().to_string());
        let device = mounts.lines().find(|line| line.split(' ').nth(1) == Some(&at)).context("not mounted")?;
        let device = device.split(' ').next().and_then(|device| device.rsplit('/').next()).context("no device")?;
        Ok(Path::new("/sys/fs/ext4").join(device).join("trigger_fs_error"))
    }

    fn unmount(&self) -> Result<()> {
        let unmounted = Command::new("umount").arg(&self.0).status()?;
        ensure!(unmounted.success(), "{unmounted}");
        Ok(())
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

async fn until(what: &str, so: impl Fn() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !so()? {
        ensure!(begun.elapsed() < Duration::from_secs(60), "not so: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Asks again until it is so. While the disk is full, listing may fail, too: it is written down who lists.
async fn until_listed(client: &Client, what: &str, fits: impl Fn(&[MessageSummary]) -> bool) -> Result<()> {
    let begun = Instant::now();
    while !client.list(Direction::In).await.is_ok_and(|list| fits(&list)) {
        let list = format!("/api/v1/messages?direction=in&organisation={OURS}");
        let said = client.request(Method::GET, &list).send().await?.text().await?;
        ensure!(begun.elapsed() < Duration::from_secs(60), "{what}: {said}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// A letter that is too large for the room that is left waits at the broker. It holds up no smaller one, though every try
/// to take it fills what is left.
#[tokio::test(flavor = "multi_thread")]
async fn letters_that_come_while_the_disk_is_full_are_taken_in_once_there_is_room() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(disk) = Disk::mount(&folder.path().join("data/relay"))? else { return Ok(()) };
    let server = Server::start_in(folder, &[("KONVOLUTT_SERVER__MIN_FREE_MIB", "1")])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let other = Client::sign_in(&server.base(), "jon", DIRECTORATE).await?;
    let faults = "/sandbox/control/faults";
    let order = json!({ "service": "broker", "method": "GET", "path": "/filetransfer", "fault": "unavailable" });
    let hold = async || client.request(Method::PUT, faults).json(&order).send().await?.error_for_status();
    let let_go = async || client.request(Method::DELETE, faults).send().await?.error_for_status();
    hold().await?;
    let large = other.seal(OURS, &[document("stort.txt", &incompressible())]).await?;
    let sent = other.send(&large).await?.summary.id;
    other.wait_for(&sent, Status::Sendt).await?;
    let ballast = fill(&disk)?;
    let less = std::fs::metadata(&ballast)?.len() - 900_000;
    std::fs::OpenOptions::new().write(true).open(&ballast)?.set_len(less)?;
    let_go().await?;
    until("the log says why", || Ok(server.log()?.contains("tjeneste.full"))).await?;
    hold().await?;
    let incoming = server.data().join("relay/incoming");
    until("nothing is left of what was tried", || Ok(std::fs::read_dir(&incoming)?.next().is_none())).await?;
    let_go().await?;
    client.let_write(THEIRS, "good").await?;
    let is_large = |one: &MessageSummary| one.message_id == large.message_id;
    until_listed(&client, "the small one", |list| list.iter().any(|one| one.party.orgnr == THEIRS)).await?;
    ensure!(!client.list(Direction::In).await.is_ok_and(|list| list.iter().any(is_large)), "there is no room for it");
    let ready = client.anonymous(Method::GET, "/health/ready").send().await?;
    let status = ready.status();
    ensure!(status == StatusCode::SERVICE_UNAVAILABLE && ready.text().await?.contains("full"), "{status}");
    std::fs::remove_file(ballast)?;
    until_listed(&client, "the large one", |list| list.iter().filter(|one| is_large(one)).count() == 1).await?;
    let view = client.wait_for_incoming(is_large).await?;
    let package = client.request(Method::GET, &format!("/api/v1/messages/{}/package", view.summary.id)).send().await?;
    ensure!(package.error_for_status()?.bytes().await? == large.package, "it came in whole");
    Ok(())
}

async fn refused_as_down(answer: reqwest::Response) -> Result<()> {
    ensure!(answer.status() == StatusCode::SERVICE_UNAVAILABLE, "{}: {}", answer.status(), answer.text().await?);
    ensure!(answer.headers().contains_key("retry-after"), "no Retry-After");
    let problem: Problem = answer.json().await?;
    ensure!(problem.code == Code::StoreDown && problem.retryable && problem.sent == Sent::Unknown, "{problem:?}");
    Ok(())
}

/// What a broken disk comes to: Linux writes nothing more to it. The relay says so until somebody mends the disk and starts
/// it again.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_turns_read_only_says_so_and_loses_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (image, at) = (folder.path().join("disk.img"), folder.path().join("data/relay"));
    let Some(disk) = Disk::breakable(&image, &at)? else { return Ok(()) };
    let mut server = Server::start_in(folder, &[("KONVOLUTT_SERVER__MIN_FREE_MIB", "1")])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let before = client.send(&client.seal(THEIRS, &[document("brev.txt", "Før")]).await?).await?;
    client.wait_for(&before.summary.id, Status::Levert).await?;
    let (whole, half) = (
        client.seal(THEIRS, &[document("brev.txt", "Helt")]).await?,
        client.seal(THEIRS, &[document("brev.txt", "Halvt")]).await?,
    );
    let (upload, begun) = (client.upload(&whole.package).await?, client.begin_upload(half.package.len()).await?);
    // What is accepted now has hardly left when the disk breaks, if at all.
    let accepted = client.send(&client.seal(THEIRS, &[document("brev.txt", "Sist")]).await?).await?;
    client.let_write(THEIRS, "good").await?;
    std::fs::write(disk.switch()?, "1")?;
    refused_as_down(client.submit(&whole.envelope, &upload).await?).await?;
    refused_as_down(client.append(&begun, 0, &half.package).await?).await?;
    let create = client.request(Method::POST, "/api/v1/uploads").header("upload-length", 10);
    refused_as_down(create.header("tus-resumable", "1.0.0").send().await?).await?;
    let read = format!("/api/v1/messages/{}", before.summary.id);
    refused_as_down(client.request(Method::GET, &read).send().await?).await?;
    let ready = client.anonymous(Method::GET, "/health/ready").send().await?;
    let (status, said) = (ready.status(), ready.text().await?);
    ensure!(status == StatusCode::SERVICE_UNAVAILABLE && said.contains("cannot be written"), "{status}: {said}");
    let live = client.anonymous(Method::GET, "/health/live").send().await?;
    ensure!(live.status() == StatusCode::OK, "a probe would only start it anew: {}", live.status());
    ensure!(!server.log()?.contains("panicked"), "{}", server.log()?);
    server.kill()?;
    disk.unmount()?;
    ensure!(Disk::mount_image(&image, &at)?, "the disk is not there again");
    tokio::task::block_in_place(|| server.cut_power_and_start_again())?;
    let answer = client.submit(&whole.envelope, &upload).await?;
    ensure!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await?);
    let second: konvolutt_shared::api::MessageView = answer.json().await?;
    for id in [&before.summary.id, &accepted.summary.id, &second.summary.id] {
        client.wait_for(id, Status::Levert).await?;
    }
    client.wait_for_incoming(|one| one.party.orgnr == THEIRS && one.document_type == "arkivmelding").await?;
    let mailbox = client.mailbox().await?;
    let items = mailbox["items"].as_array().context("no mailbox")?;
    let copies = items.iter().filter(|one| one["messageId"] == whole.message_id.as_str());
    let letters = copies.filter(|one| one["documentType"] == "arkivmelding").count();
    ensure!(letters == 1, "{letters} copies");
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
    let mut server = Server::start_in(folder, &[("KONVOLUTT_SERVER__MIN_FREE_MIB", "1")])?;
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
