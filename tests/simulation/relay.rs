//! A relay in a simulated world, and what happens to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::accept::{self, Accepted};
use konvolutt_relay::answer;
use konvolutt_relay::broker::dpo::Dpo;
use konvolutt_relay::clock::World;
use konvolutt_relay::collect::{Collector, Names};
use konvolutt_relay::deliver::{self, Breaker, Driver};
use konvolutt_relay::message::NewMessage;
use konvolutt_relay::outbox::Lease;
use konvolutt_relay::packages::{self, Content, Packages};
use konvolutt_relay::problem::Refusal;
use konvolutt_relay::store::{Listing, Outbox as _, StoreError};
use konvolutt_shared::api::{Change, Direction, MessageView, OrganisationAccess, Status};
use konvolutt_shared::finding::Code;
use tokio::sync::broadcast::Receiver;

use crate::altinn::Altinn;
use crate::approve::{self, Decisions};
use crate::clock::Clock;
use crate::edge::{Task, drive, finish, pause};
use crate::operation::{By, Fault, LATEST, Op, WORKERS, Word};
use crate::post::{OURS, POST, STRANGER, TO_US};
use crate::store::Watched;

/// The relay waits longer than any upload is under way.
const PATIENCE: Duration = Duration::from_secs(LATEST as u64 + 10);

const CHANNEL: &str = "DPO";

#[derive(Debug)]
struct Numbers;

impl Names for Numbers {
    fn name_of<'a>(&'a self, orgnr: &'a str) -> std::pin::Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(async move { orgnr.to_owned() })
    }
}

/// Packages of no bytes: what matters here is who is told of them.
#[derive(Debug)]
struct Nowhere;

impl Packages for Nowhere {
    fn keep<'a>(&'a self, _: &'a str, _: &'a Path) -> packages::Answer<'a, ()> {
        Box::pin(pause_well())
    }

    fn adopt<'a>(&'a self, _: &'a str, _: &'a Path) -> packages::Answer<'a, ()> {
        Box::pin(pause_well())
    }

    fn open<'a>(&'a self, _: &'a str) -> packages::Answer<'a, Content> {
        Box::pin(async { Err(StoreError::Closed) })
    }

    fn remove<'a>(&'a self, _: &'a str) -> packages::Answer<'a, ()> {
        Box::pin(pause_well())
    }
}

async fn pause_well() -> Result<(), StoreError> {
    pause().await;
    Ok(())
}

/// What a person was told of a letter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handed {
    /// Relay's id, once it was accepted.
    pub(crate) id: Option<String>,
    /// It was tried, and the answer was an error of ours.
    pub(crate) unsure: bool,
}

/// The relay, its world, and what people and counterparts have done.
pub(crate) struct Relay {
    pub(crate) clock: Arc<Clock>,
    pub(crate) store: Watched,
    pub(crate) altinn: Altinn,
    dpo: Dpo,
    packages: Arc<dyn Packages>,
    breaker: Arc<Mutex<Breaker>>,
    workers: Vec<Option<Task>>,
    leases: Vec<Arc<Mutex<Option<Lease>>>>,
    poller: Option<Task>,
    /// When the broker may be polled again, as the last poll heard it.
    polls: Arc<Mutex<Timestamp>>,
    heard: Receiver<Change>,
    pub(crate) changes: Vec<Change>,
    pub(crate) handed: Vec<Handed>,
    /// Receipts sent to us, by letter.
    pub(crate) receipts: BTreeMap<usize, Vec<(Word, By)>>,
    /// Transfers with letters to us, by letter: their contents' digests.
    pub(crate) arrived: BTreeMap<usize, Vec<String>>,
    /// Incoming messages that were taken over, surely; and perhaps.
    pub(crate) acknowledged: BTreeSet<String>,
    pub(crate) perhaps_acknowledged: BTreeSet<String>,
    pub(crate) decisions: Decisions,
    pub(crate) wrong: Vec<String>,
}

impl Relay {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(Clock::default());
        let (store, altinn) = (Watched::new(clock.clone()), Altinn::new(clock.clone()));
        finish(store.real.begin_log("simulation")).unwrap();
        Self {
            dpo: Dpo::over(Arc::new(altinn.clone()), clock.clone(), PATIENCE),
            heard: store.real.subscribe(),
            packages: Arc::new(Nowhere),
            clock,
            store,
            altinn,
            breaker: Arc::default(),
            workers: (0..WORKERS).map(|_| None).collect(),
            leases: (0..WORKERS).map(|_| Arc::default()).collect(),
            poller: None,
            polls: Arc::new(Mutex::new(Timestamp::UNIX_EPOCH)),
            changes: Vec::new(),
            handed: vec![Handed::default(); POST.len()],
            receipts: BTreeMap::new(),
            arrived: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            perhaps_acknowledged: BTreeSet::new(),
            decisions: Decisions::new(),
            wrong: Vec::new(),
        }
    }

    pub(crate) fn apply(&mut self, op: Op) {
        match op {
            Op::Accept(letter) => self.accept(letter, "a"),
            Op::AcceptOther(letter) => self.accept(letter, "b"),
            Op::Step(worker) => drop(self.step(worker)),
            Op::Run(worker) => while self.step(worker) {},
            Op::Renew(worker) => self.renew(worker),
            Op::Poll => drop(self.poll()),
            Op::PollAll => while self.poll() {},
            Op::Crash => self.crash(),
            Op::Tick(seconds) => self.clock.pass(SignedDuration::from_secs(seconds)),
            Op::Expire => drop(finish(deliver::expire(&self.store, self.clock.now()))),
            Op::Retry(letter) => {
                if let Some(id) = self.id_of(letter) {
                    let _ = finish(self.store.revive(&id, self.clock.now(), None));
                }
            }
            Op::RetryAnswer(number) => {
                if let Some(view) = self.inbox().get(number) {
                    let _ = finish(self.store.revive(&view.summary.id, self.clock.now(), None));
                }
            }
            Op::Decide(letter, step) => self.decide(letter, step),
            Op::Acknowledge(number) => self.acknowledge(number),
            Op::Receipt(letter, word, by) => self.receipt(letter, word, by),
            Op::Incoming(letter, content) => {
                let (theirs, digest) = (&TO_US[letter], format!("digest-{content}"));
                self.altinn.arrive(theirs.sender, OURS, &theirs.sbd, Some(digest.clone()));
                self.arrived.entry(letter).or_default().push(digest);
            }
            Op::Fault(fault @ (Fault::StoreRefuses | Fault::StoreForgets)) => self.store.arm(fault),
            Op::Fault(fault) => self.altinn.arm(fault),
        }
        while let Ok(change) = self.heard.try_recv() {
            self.changes.push(change);
        }
    }

    fn accept(&mut self, letter: usize, digest: &str) {
        let known = self.id_of(letter).map(|id| self.digest_of(&id));
        let letter_of = &POST[letter];
        let message = NewMessage {
            id: self.clock.id().to_string(),
            message_id: letter_of.message_id.clone(),
            conversation_id: letter_of.conversation_id.clone(),
            direction: Direction::Out,
            channel: CHANNEL.to_owned(),
            organisation: OURS.to_owned(),
            party: OrganisationAccess { orgnr: letter_of.recipient.to_owned(), name: letter_of.recipient.to_owned() },
            document_type: "arkivmelding".to_owned(),
            process: String::new(),
            created: self.clock.now(),
            expires: Some(letter_of.deadline),
            size: 1,
            sbd: letter_of.sbd.clone(),
            envelope: None,
            digest: Some(digest.to_owned()),
            broker_sender: None,
            package: Some(format!("out-{letter}")),
            findings: Vec::new(),
            about: None,
            details: None,
            trace: None,
            upload: None,
            hold: approve::hold(letter),
        };
        // An envelope that has expired is not accepted at all.
        if letter_of.deadline <= self.clock.now() && known.is_none() {
            return;
        }
        let result = finish(accept::enter(&self.store, &*self.clock, message, None, None));
        let (handed, fits) = (&mut self.handed[letter], known.as_ref().is_none_or(|known| known == digest));
        match result {
            Ok(Accepted::New(id)) => {
                if known.is_some() || handed.id.is_some() {
                    self.wrong.push(format!("letter {letter} was accepted twice"));
                }
                handed.id = Some(id);
            }
            Ok(Accepted::Again(id)) => {
                if !fits || handed.id.as_ref().is_some_and(|before| *before != id) {
                    self.wrong.push(format!("letter {letter} passed for another"));
                }
                handed.id = Some(id);
            }
            Err(Refusal::Refused(findings)) => {
                if fits || findings[0].code != Code::EnvelopeConflict {
                    self.wrong.push(format!("letter {letter} was refused: {findings:?}"));
                }
            }
            Err(_) => handed.unsure = true,
        }
    }

    /// Relay's id of a letter, whether or not its sender was told.
    pub(crate) fn id_of(&self, letter: usize) -> Option<String> {
        let known = finish(self.store.real.outgoing(OURS, &POST[letter].message_id)).unwrap();
        known.map(|known| known.id)
    }

    fn digest_of(&self, id: &str) -> String {
        let letter = (0..POST.len()).find(|letter| self.id_of(*letter).as_deref() == Some(id)).unwrap();
        let known = finish(self.store.real.outgoing(OURS, &POST[letter].message_id)).unwrap();
        known.unwrap().digest.unwrap()
    }

    /// Drives a worker; answers whether it is in the middle of something.
    fn step(&mut self, worker: usize) -> bool {
        let (store, dpo, breaker, clock) =
            (self.store.clone(), self.dpo.clone(), self.breaker.clone(), self.clock.clone());
        let (held, packages) = (self.leases[worker].clone(), self.packages.clone());
        let task = self.workers[worker].get_or_insert_with(|| {
            Box::pin(async move {
                let driver = Driver {
                    store: &store,
                    broker: &dpo,
                    channel: CHANNEL,
                    breaker: &breaker,
                    world: &*clock,
                    packages: &packages,
                    follow: None,
                };
                if let Ok(Some(lease)) = driver.take().await {
                    *held.lock().unwrap() = Some(lease.clone());
                    // The lease of a row that cannot be written back ends by itself.
                    let _ = driver.step(&lease).await;
                }
            })
        });
        if drive(task) {
            self.workers[worker] = None;
            *self.leases[worker].lock().unwrap() = None;
        }
        self.workers[worker].is_some()
    }

    /// What the loop does beside a delivery: a worker that has lost its row stops.
    fn renew(&mut self, worker: usize) {
        let Some(lease) = self.leases[worker].lock().unwrap().clone() else { return };
        let driver = Driver {
            store: &self.store,
            broker: &self.dpo,
            channel: CHANNEL,
            breaker: &self.breaker,
            world: &*self.clock,
            packages: &self.packages,
            follow: None,
        };
        if matches!(finish(driver.renew(&lease)), Ok(false)) {
            self.workers[worker] = None;
            *self.leases[worker].lock().unwrap() = None;
        }
    }

    fn poll(&mut self) -> bool {
        let (store, dpo, clock) = (self.store.clone(), self.dpo.clone(), self.clock.clone());
        let polls = self.polls.clone();
        let task = self.poller.get_or_insert_with(|| {
            Box::pin(async move {
                let collector = Collector {
                    store: &store,
                    mailbox: &dpo,
                    channel: CHANNEL,
                    names: &Numbers,
                    world: &*clock,
                    packages: &Nowhere,
                    incoming: Path::new(""),
                };
                let after = collector.poll(OURS).await.after.unwrap_or_default();
                *polls.lock().unwrap() = clock.now() + SignedDuration::try_from(after).unwrap();
            })
        });
        if drive(task) {
            self.poller = None;
        }
        self.poller.is_some()
    }

    fn crash(&mut self) {
        self.workers.iter_mut().for_each(|task| *task = None);
        self.leases.iter().for_each(|lease| *lease.lock().unwrap() = None);
        self.poller = None;
        *self.breaker.lock().unwrap() = Breaker::default();
        self.store.forget_hands();
        finish(self.store.release_all()).unwrap();
    }

    /// Letters that have come in, oldest first; receipts that were kept are not among them.
    pub(crate) fn inbox(&self) -> Vec<MessageView> {
        let page = finish(self.store.real.list(&Listing::all(OURS, Some(Direction::In)), None)).unwrap();
        assert!(page.next.is_none(), "more than the simulation looks at");
        let view = |id: &str| finish(self.store.real.message(id, &[OURS.to_owned()])).unwrap().unwrap();
        page.items
            .iter()
            .rev()
            .filter(|one| one.summary.document_type == "arkivmelding")
            .map(|one| view(&one.summary.id))
            .collect()
    }

    fn acknowledge(&mut self, number: usize) {
        let Some(view) = self.inbox().into_iter().nth(number) else { return };
        let id = view.summary.id.clone();
        match finish(answer::acknowledge(&self.store, &*self.clock, &view, None)) {
            Ok(_) => drop(self.acknowledged.insert(id)),
            Err(_) => drop(self.perhaps_acknowledged.insert(id)),
        }
    }

    fn receipt(&mut self, letter: usize, word: Word, by: By) {
        let letter_of = &POST[letter];
        let (sender, document) = match by {
            By::Recipient => (letter_of.recipient, letter_of.receipt(word, false)),
            By::Stranger => (STRANGER, letter_of.receipt(word, true)),
            By::Impostor => (STRANGER, letter_of.receipt(word, false)),
        };
        self.altinn.arrive(sender, OURS, document, None);
        self.receipts.entry(letter).or_default().push((word, by));
    }

    /// Everything that went wrong so far is over; time goes on until nothing is left to do.
    pub(crate) fn drain(&mut self) {
        self.altinn.calm();
        self.store.calm();
        for _ in 0..300 {
            self.apply(Op::Expire);
            (0..WORKERS).for_each(|worker| self.apply(Op::Run(worker)));
            self.apply(Op::PollAll);
            let backlog = finish(self.store.backlog(CHANNEL)).unwrap();
            let unconfirmed = self.unconfirmed();
            let coming = self.altinn.next();
            if backlog.waiting == 0 && coming.is_none() && !unconfirmed && !self.is_overdue() {
                return;
            }
            let now = self.clock.now();
            // Who was asked to wait polls again after that.
            let polls = Some(*self.polls.lock().unwrap()).filter(|polls| *polls > now);
            let next = [backlog.next, coming, polls].into_iter().flatten().min().unwrap_or(now);
            let wait = next.duration_since(now).max(SignedDuration::from_millis(1));
            // What is due already waits for the broker's pause to end.
            let wait = if next <= now && backlog.waiting > 0 { SignedDuration::from_secs(1) } else { wait };
            self.clock.pass(wait);
        }
        self.wrong.push("it never comes to rest".to_owned());
    }

    /// Waits for what the store tells a moment later.
    pub(crate) fn hear_all(&mut self) {
        let newest = finish(self.store.real.newest()).unwrap();
        while self.changes.last().map_or(0, |change| change.cursor) < newest {
            let heard = finish(self.heard.recv()).unwrap();
            self.changes.push(heard);
        }
    }

    fn unconfirmed(&self) -> bool {
        let mut found = false;
        self.altinn.each(|held| {
            let ours = held.transfer.recipients[0].organisation == OURS;
            let there = held.transfer.status.name() == "Published";
            found |= ours && there && !held.is_confirmed();
        });
        found
    }

    fn is_overdue(&self) -> bool {
        !finish(self.store.real.overdue(self.store.now())).unwrap().is_empty()
    }

    /// A message with its history.
    pub(crate) fn view(&self, id: &str) -> MessageView {
        finish(self.store.real.message(id, &[OURS.to_owned()])).unwrap().unwrap()
    }

    /// Whether a message's history has a word.
    pub(crate) fn has(view: &MessageView, status: Status) -> bool {
        view.events.iter().any(|event| event.status == status)
    }
}
