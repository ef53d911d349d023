//! The real thing: the server killed at random moments under load, with counterparts that misbehave, and started again
//! on the same data. Relay and sandbox are one process and die together, as in a power cut; both keep their state on
//! disk. Afterwards every letter that was accepted is at its counterpart exactly once, and its status is right.
//!
//! `KONVOLUTT_KILLS` says how often it is killed.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use konvolutt_shared::api::{Change, MessageView, Page, Problem, Status};
use konvolutt_shared::finding::Code;
use konvolutt_shared::pki::Certificate;
use konvolutt_tests::client::{Client, SealedLetter, document};
use konvolutt_tests::{Server, sha256};
use reqwest::{Method, StatusCode};
use uuid::Uuid;

const OURS: &str = "310904007";

/// Whom letters go to, and what becomes of them. One says 429 three times; two answer in a wrong order and twice.
const RECIPIENTS: [(&str, Status); 7] = [
    ("310900117", Status::Levert),
    ("310900419", Status::Lest),
    ("310900516", Status::Lest),
    ("310900710", Status::Feil),
    ("310902519", Status::Lest),
    ("310902616", Status::Levert),
    ("310902217", Status::Levert),
];

/// In a long run also those who break every other upload off and who are down for a while: after a few failures a
/// letter waits for minutes.
const SLOW: [(&str, Status); 2] = [("310902411", Status::Levert), ("310902314", Status::Levert)];

/// Whom the broker disturbs. A restart makes it begin with that again, so these may come through only at the end.
const DISTURBED: [&str; 3] = ["310902217", "310902411", "310902314"];

/// How many letters one may have under way.
const AHEAD: usize = 4;

/// So many kills are a long run, and one letter of so many is to a slow recipient.
const LONG: (u64, u64) = (50, 12);

/// People who write at the same time.
const WRITERS: usize = 6;

/// How long the server lives at most, in milliseconds. Much less, and counterparts hardly ever come to answer.
const LIFE: u64 = 2_500;

/// How long one rests between two letters, in milliseconds, on average.
const PAUSE: u64 = 700;

/// Only decides when a letter counts as lost.
const PATIENCE: Duration = Duration::from_secs(1_500);

/// A letter that the relay has accepted.
#[derive(Debug)]
struct Accepted {
    id: String,
    message_id: String,
    /// SHA-256 of its document.
    digest: String,
    expected: Status,
}

#[derive(Debug, Default)]
struct Counts {
    /// Handed over again because no answer had come.
    again: AtomicU64,
    /// Answered as known.
    known: AtomicU64,
}

/// Less than `end`.
fn random(end: u64) -> u64 {
    (Uuid::new_v4().as_u128() % u128::from(end)) as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_it_loses_and_doubles_nothing() -> Result<()> {
    let kills: u64 = std::env::var("KONVOLUTT_KILLS").ok().map_or(Ok(10), |text| text.parse())?;
    let mut server = Server::start()?;
    let client = Arc::new(Client::sign_in(&server.base(), "siri", OURS).await?);
    let mut certificates = BTreeMap::new();
    for (recipient, _) in RECIPIENTS.into_iter().chain(SLOW) {
        certificates.insert(recipient, client.address(recipient).await?.certificate);
    }
    let (certificates, counts, stop) = (Arc::new(certificates), Arc::new(Counts::default()), Arc::default());
    let start = Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            tokio::spawn(write(
                client.clone(),
                certificates.clone(),
                counts.clone(),
                kills >= LONG.0,
                Arc::clone(&stop),
            ))
        })
        .collect();
    let mut starting = Duration::ZERO;
    for _ in 0..kills {
        // Sometimes hardly up, sometimes in the middle of everything.
        tokio::time::sleep(Duration::from_millis(random(LIFE))).await;
        let killed = Instant::now();
        tokio::task::block_in_place(|| server.cut_power_and_start_again())?;
        starting += killed.elapsed();
    }
    stop.store(true, Relaxed);
    let mut accepted = Vec::new();
    for writer in writers {
        accepted.extend(writer.await??);
    }
    let (views, events) = settled(&client, &accepted).await?;
    at_the_counterpart_once(&client, &accepted).await?;
    let delays = views.iter().flat_map(|view| &view.events).filter(|event| event.status == Status::Annet).count();
    println!(
        "{kills} kills; {} letters accepted ({} handed over again, {} of them known), each at its counterpart once; \
         {delays} delayed by faults; {events} events; {:.0} s, of them {:.1} s a start",
        accepted.len(),
        counts.again.load(Relaxed),
        counts.known.load(Relaxed),
        start.elapsed().as_secs_f64(),
        starting.as_secs_f64() / kills.max(1) as f64,
    );
    ensure!(accepted.len() as u64 >= kills / 2, "too little was sent to mean anything");
    Ok(())
}

/// One person: letter after letter.
async fn write(
    client: Arc<Client>,
    certificates: Arc<BTreeMap<&'static str, Certificate>>,
    counts: Arc<Counts>,
    long: bool,
    stop: Arc<AtomicBool>,
) -> Result<Vec<Accepted>> {
    let (mut accepted, mut prompt) = (Vec::<Accepted>::new(), Vec::new());
    while !stop.load(Relaxed) {
        // Nobody runs far ahead of the counterparts' answers, or catching up would take longer than everything else.
        if let Some(Accepted { id, expected, .. }) = prompt.len().checked_sub(AHEAD).map(|at| &accepted[prompt[at]]) {
            reaches(&client, id, *expected).await?;
        }
        let among = if long && random(LONG.1) == 0 { SLOW.as_slice() } else { &RECIPIENTS };
        let (recipient, expected) = among[random(among.len() as u64) as usize];
        let (message_id, content) = (Uuid::new_v4().to_string(), format!("{} ", Uuid::new_v4()).repeat(40));
        let documents = [document("brev.txt", &content)];
        let letter = client.seal_as(&message_id, recipient, &documents, &certificates[recipient])?;
        let id = hand_over(&client, &letter, &counts).await?;
        if !DISTURBED.contains(&recipient) {
            prompt.push(accepted.len());
        }
        accepted.push(Accepted { id, message_id, digest: sha256(content.as_bytes()), expected });
        tokio::time::sleep(Duration::from_millis(random(2 * PAUSE))).await;
    }
    Ok(accepted)
}

/// Hands a letter over until an answer has come, as the browser does: the same envelope again can do no harm.
async fn hand_over(client: &Client, letter: &SealedLetter, counts: &Counts) -> Result<String> {
    let (begin, mut upload, mut tried) = (Instant::now(), None, false);
    while begin.elapsed() < PATIENCE {
        let Some(uploaded) = upload.clone() else {
            upload = client.upload(&letter.package).await.ok();
            if upload.is_none() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            continue;
        };
        counts.again.fetch_add(u64::from(std::mem::replace(&mut tried, true)), Relaxed);
        let Ok(answer) = client.submit(&letter.envelope, &uploaded).await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        match answer.status() {
            status @ (StatusCode::CREATED | StatusCode::OK) => {
                counts.known.fetch_add(u64::from(status == StatusCode::OK), Relaxed);
                // The body may be cut off by the next kill; who asks again gets it again.
                if let Ok(view) = answer.json::<MessageView>().await {
                    return Ok(view.summary.id);
                }
            }
            status if status.is_server_error() => {}
            status => match answer.json::<Problem>().await {
                Ok(problem) if problem.code == Code::UploadUnknown => upload = None,
                Ok(problem) => bail!("{status}: {problem:?}"),
                Err(_) => {}
            },
        }
    }
    bail!("never accepted: {}", letter.message_id)
}

/// Waits until a message has a status.
async fn reaches(client: &Client, id: &str, expected: Status) -> Result<MessageView> {
    let begin = Instant::now();
    loop {
        let view = client.message(id).await;
        if let Ok(view) = &view
            && view.summary.status == expected
        {
            return Ok(view.clone());
        }
        ensure!(begin.elapsed() < PATIENCE, "{id} is not {expected:?}: {view:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Every status is still what it should be, every word is there once, and the log has exactly these events.
async fn settled(client: &Client, accepted: &[Accepted]) -> Result<(Vec<MessageView>, usize)> {
    let mut views = Vec::new();
    for letter in accepted {
        let view = reaches(client, &letter.id, letter.expected).await?;
        let words: Vec<_> = view.events.iter().map(|event| (event.status, event.receipt.clone())).collect();
        let distinct: BTreeSet<String> = words.iter().map(|word| format!("{word:?}")).collect();
        ensure!(distinct.len() == words.len(), "a word twice: {words:?}");
        for word in [Status::Opprettet, Status::Sendt] {
            ensure!(words.iter().any(|(status, _)| *status == word), "no {word:?}: {words:?}");
        }
        views.push(view);
    }
    let (mut after, mut log) = (0, BTreeMap::<String, Vec<u64>>::new());
    let mut events = 0;
    loop {
        let path = format!("/api/v1/event-log?after={after}");
        let page: Page<Change> = client.request(Method::GET, &path).send().await?.json().await?;
        let Some(last) = page.items.last() else { break };
        after = last.cursor;
        events += page.items.len();
        page.items.into_iter().for_each(|change| log.entry(change.id).or_default().push(change.cursor));
    }
    for view in &views {
        let cursors: Vec<u64> = view.events.iter().map(|event| event.cursor).collect();
        ensure!(log.get(&view.summary.id) == Some(&cursors), "the log differs for {}", view.summary.message_id);
    }
    Ok((views, events))
}

/// What counterparts have is what was accepted, each letter once and with its own content.
async fn at_the_counterpart_once(client: &Client, accepted: &[Accepted]) -> Result<()> {
    let mailbox = client.mailbox().await?;
    let items = mailbox["items"].as_array().context("no mailbox")?;
    let mut arrived = BTreeMap::<&str, Vec<&serde_json::Value>>::new();
    for item in items.iter().filter(|item| item["documentType"] == "arkivmelding" && item["sender"] == OURS) {
        arrived.entry(item["messageId"].as_str().context("no id")?).or_default().push(item);
    }
    for letter in accepted {
        let copies = arrived.remove(letter.message_id.as_str()).unwrap_or_default();
        ensure!(copies.len() == 1, "{} is there {} times", letter.message_id, copies.len());
        ensure!(copies[0].to_string().contains(&letter.digest), "{} has other content", letter.message_id);
    }
    ensure!(arrived.is_empty(), "never accepted, and there: {:?}", arrived.keys());
    Ok(())
}
