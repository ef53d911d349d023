//! People who write, whatever happens to the relays, and what must be true afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use konvolutt_shared::api::{Change, MessageView, Page, Problem, Status};
use konvolutt_shared::finding::Code;
use konvolutt_tests::client::{Client, SealedLetter};
use reqwest::{Method, StatusCode};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::letters::{Arrived, Letters};

const OURS: &str = "310904007";

/// How many letters one may have under way.
const AHEAD: usize = 4;

/// So many kills are a long run.
pub(crate) const LONG: u64 = 50;

/// People who write at the same time.
const WRITERS: usize = 6;

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
pub(crate) fn random(end: u64) -> u64 {
    (Uuid::new_v4().as_u128() % u128::from(end)) as u64
}

/// The relays that a person may turn to; one that does not answer is left for the next.
#[derive(Clone, Debug)]
struct Relays {
    clients: Arc<[Client]>,
    at: usize,
}

impl Relays {
    fn client(&self) -> &Client {
        &self.clients[self.at]
    }

    fn turn(&mut self) {
        self.at = (self.at + 1) % self.clients.len();
    }
}

/// People at work.
pub(crate) struct Writers {
    clients: Arc<[Client]>,
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Result<Vec<Accepted>>>>,
    start: Instant,
}

impl Writers {
    /// Signs in at every relay and begins to write. A `long` run also has recipients that are slow.
    pub(crate) async fn start(bases: &[String], long: bool) -> Result<Self> {
        let mut clients = Vec::new();
        for base in bases {
            clients.push(Client::sign_in(base, "siri", OURS).await?);
        }
        let letters = Arc::new(Letters::prepare(&clients[0], long).await?);
        let clients: Arc<[Client]> = clients.into();
        let (counts, stop): (Arc<Counts>, Arc<AtomicBool>) = Default::default();
        let tasks = (0..WRITERS).map(|number| {
            let relays = Relays { clients: clients.clone(), at: number % clients.len() };
            tokio::spawn(write(relays, letters.clone(), counts.clone(), stop.clone()))
        });
        Ok(Self { tasks: tasks.collect(), clients, counts, stop, start: Instant::now() })
    }

    /// Lets everybody finish, and looks through the eyes of the first relay: every letter that was accepted is at its
    /// counterpart once, and its status is right. Answers how many there are, and says it in a line.
    pub(crate) async fn finish(self) -> Result<(usize, String)> {
        self.stop.store(true, Relaxed);
        let mut accepted = Vec::new();
        for task in self.tasks {
            accepted.extend(task.await??);
        }
        let client = &self.clients[0];
        // One that was killed for good is not asked.
        let mut first = Relays { clients: self.clients.clone(), at: 0 };
        let (views, events) = settled(&mut first, &accepted).await?;
        at_the_counterpart_once(client, &accepted).await?;
        let all = views.iter().flat_map(|view| &view.events);
        let delays = all.filter(|event| event.status == Status::Annet).count();
        let line = format!(
            "{} letters accepted ({} handed over again, {} of them known), each at its counterpart once; {delays} delayed \
             by faults; {events} events; {:.0} s",
            accepted.len(),
            self.counts.again.load(Relaxed),
            self.counts.known.load(Relaxed),
            self.start.elapsed().as_secs_f64(),
        );
        Ok((accepted.len(), line))
    }
}

/// One person: letter after letter.
async fn write(
    mut relays: Relays,
    letters: Arc<Letters>,
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
) -> Result<Vec<Accepted>> {
    let (mut accepted, mut prompt) = (Vec::<Accepted>::new(), Vec::new());
    while !stop.load(Relaxed) {
        // Nobody runs far ahead of the counterparts' answers, or catching up would take longer than everything else.
        if let Some(Accepted { id, expected, .. }) = prompt.len().checked_sub(AHEAD).map(|at| &accepted[prompt[at]]) {
            reaches(&mut relays, id, *expected).await?;
        }
        let recipient = letters.recipient();
        let (letter, digest) = letters.write(relays.client(), recipient)?;
        Letters::disturb(relays.client(), recipient).await;
        let id = hand_over(&mut relays, &letter, &counts).await?;
        if !recipient.disturbed {
            prompt.push(accepted.len());
        }
        accepted.push(Accepted { id, message_id: letter.message_id, digest, expected: recipient.expected });
        tokio::time::sleep(Duration::from_millis(random(2 * PAUSE))).await;
    }
    Ok(accepted)
}

/// Hands a letter over until an answer has come, as the browser does: the same envelope again can do no harm.
async fn hand_over(relays: &mut Relays, letter: &SealedLetter, counts: &Counts) -> Result<String> {
    let (begin, mut upload, mut tried) = (Instant::now(), None, false);
    while begin.elapsed() < PATIENCE {
        let Some(uploaded) = upload.clone() else {
            upload = relays.client().upload(&letter.package).await.ok();
            if upload.is_none() {
                relays.turn();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            continue;
        };
        counts.again.fetch_add(u64::from(std::mem::replace(&mut tried, true)), Relaxed);
        let Ok(answer) = relays.client().submit(&letter.envelope, &uploaded).await else {
            relays.turn();
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

/// Waits until a message has a status, and has been sent. Of one whose relay died for good between the broker's commit and
/// its own, the other learns that when the lease ends; its receipts come before.
async fn reaches(relays: &mut Relays, id: &str, expected: Status) -> Result<MessageView> {
    let begin = Instant::now();
    loop {
        let view = relays.client().message(id).await;
        if let Ok(view) = &view
            && view.summary.status == expected
            && view.events.iter().any(|event| event.status == Status::Sendt)
        {
            return Ok(view.clone());
        }
        ensure!(begin.elapsed() < PATIENCE, "{id} is not {expected:?}: {view:?}");
        if view.is_err() {
            relays.turn();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Every status is what it should be and stays so, every word is there once, and the log has exactly these events.
async fn settled(relays: &mut Relays, accepted: &[Accepted]) -> Result<(Vec<MessageView>, usize)> {
    for letter in accepted {
        reaches(relays, &letter.id, letter.expected).await?;
    }
    let (mut after, mut log) = (0, BTreeMap::<String, Vec<u64>>::new());
    let mut events = 0;
    loop {
        let path = format!("/api/v1/event-log?after={after}");
        let page: Page<Change> = relays.client().request(Method::GET, &path).send().await?.json().await?;
        let Some(last) = page.items.last() else { break };
        after = last.cursor;
        events += page.items.len();
        page.items.into_iter().for_each(|change| log.entry(change.id).or_default().push(change.cursor));
    }
    let mut views = Vec::new();
    for letter in accepted {
        let view = reaches(relays, &letter.id, letter.expected).await?;
        let words: Vec<_> = view.events.iter().map(|event| (event.status, event.receipt.clone())).collect();
        let distinct: BTreeSet<String> = words.iter().map(|word| format!("{word:?}")).collect();
        ensure!(distinct.len() == words.len(), "a word twice: {words:?}");
        ensure!(words.iter().any(|(status, _)| *status == Status::Opprettet), "it never began: {words:?}");
        // A late word may have come since the log was read.
        let cursors: Vec<u64> =
            view.events.iter().map(|event| event.cursor).filter(|cursor| *cursor <= after).collect();
        let logged = log.get(&view.summary.id);
        ensure!(logged == Some(&cursors), "the log of {} has {logged:?}: {:?}", view.summary.message_id, view.events);
        views.push(view);
    }
    Ok((views, events))
}

/// What counterparts have is what was accepted, each letter once and with its own content.
async fn at_the_counterpart_once(client: &Client, accepted: &[Accepted]) -> Result<()> {
    let mut arrived = Arrived::look(client).await?;
    accepted.iter().try_for_each(|letter| arrived.take(&letter.message_id, &letter.digest))?;
    arrived.nothing_else()
}
