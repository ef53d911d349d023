//! The real store, with faults before and after every commit, and with an eye on who has what in hands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use konvolutt_relay::approval::{Decided, Decision};
use konvolutt_relay::audit::Record;
use konvolutt_relay::clock::World;
use konvolutt_relay::inbox::{Taken, Taking};
use konvolutt_relay::message::{Known, NewMessage, NotStored};
use konvolutt_relay::outbox::{Acquire, Backlog, DeadLetter, Followed, Lease, NewDelivery, Outcome};
use konvolutt_relay::store::{Answer, Inbox, Outbox, Store, StoreError};
use konvolutt_shared::api::StatusEvent;

use crate::clock::Clock;
use crate::edge::pause;
use crate::operation::Fault;
use crate::shared;

/// The store under test.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) real: Arc<dyn Store>,
    clock: Arc<Clock>,
    eye: Arc<Mutex<Eye>>,
}

#[derive(Debug, Default)]
struct Eye {
    armed: Vec<Fault>,
    struck: u64,
    /// Token and end, by row.
    hands: HashMap<String, (String, Timestamp)>,
    wrong: Vec<String>,
}

impl Watched {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        Self { real: shared::store(), clock, eye: Arc::default() }
    }

    pub(crate) fn arm(&self, fault: Fault) {
        self.eye.lock().unwrap().armed.push(fault);
    }

    pub(crate) fn calm(&self) {
        self.eye.lock().unwrap().armed.clear();
    }

    pub(crate) fn struck(&self) -> u64 {
        self.eye.lock().unwrap().struck
    }

    /// The workers are gone.
    pub(crate) fn forget_hands(&self) {
        self.eye.lock().unwrap().hands.clear();
    }

    /// What was seen that must never be.
    pub(crate) fn wrong(&self) -> Vec<String> {
        self.eye.lock().unwrap().wrong.clone()
    }

    /// Does a transaction, unless a fault stands before it or behind it.
    fn write<'a, T: Send + 'a>(
        &'a self,
        call: Answer<'a, T>,
        seen: impl FnOnce(&mut Eye, &T) + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            pause().await;
            let fault = {
                let mut eye = self.eye.lock().unwrap();
                let fault = eye.armed.pop();
                eye.struck += u64::from(fault.is_some());
                fault
            };
            if fault == Some(Fault::StoreRefuses) {
                return Err(StoreError::Closed);
            }
            let value = call.await?;
            seen(&mut self.eye.lock().unwrap(), &value);
            pause().await;
            if fault.is_some() { Err(StoreError::Closed) } else { Ok(value) }
        })
    }

    fn read<'a, T: Send + 'a>(&'a self, call: Answer<'a, T>) -> Answer<'a, T> {
        Box::pin(async move {
            pause().await;
            call.await
        })
    }
}

impl Eye {
    fn taken(&mut self, lease: &Lease, until: Timestamp, now: Timestamp) {
        let before = self.hands.insert(lease.id.clone(), (lease.token.clone(), until));
        if before.is_some_and(|(_, until)| now < until) {
            self.wrong.push(format!("row {} is in two hands", lease.id));
        }
    }

    /// What was written must have been written by whoever had it in hands last.
    fn written(&mut self, lease: &Lease, what: &str) {
        if self.hands.get(&lease.id).is_none_or(|(token, _)| *token != lease.token) {
            self.wrong.push(format!("{what} of row {} by one who does not hold it", lease.id));
        }
    }
}

impl Outbox for Watched {
    fn outgoing(&self, organisation: &str, message_id: &str) -> Answer<'_, Option<Known>> {
        self.read(self.real.outgoing(organisation, message_id))
    }

    fn accept(
        &self,
        message: NewMessage,
        delivery: NewDelivery,
        record: Option<Record>,
    ) -> Answer<'_, Option<NotStored>> {
        self.write(self.real.accept(message, delivery, record), |_, _| {})
    }

    fn acquire(&self, ask: Acquire) -> Answer<'_, Option<Lease>> {
        let (now, until) = (ask.now, ask.until);
        self.write(self.real.acquire(ask), move |eye, lease| {
            if let Some(lease) = lease {
                eye.taken(lease, until, now);
            }
        })
    }

    fn renew(&self, lease: &Lease, until: Timestamp) -> Answer<'_, bool> {
        let held = lease.clone();
        self.write(self.real.renew(lease, until), move |eye, ours| {
            if *ours {
                eye.written(&held, "a renewal");
                eye.hands.insert(held.id, (held.token, until));
            }
        })
    }

    fn keep_transfer(&self, lease: &Lease, transfer: &str) -> Answer<'_, bool> {
        let held = lease.clone();
        self.write(self.real.keep_transfer(lease, transfer), move |eye, ours| {
            if *ours {
                eye.written(&held, "a transfer");
            }
        })
    }

    fn settle(&self, lease: &Lease, outcome: Outcome, event: Option<StatusEvent>, now: Timestamp) -> Answer<'_, bool> {
        let held = lease.clone();
        self.write(self.real.settle(lease, outcome, event, now), move |eye, ours| {
            if *ours {
                eye.written(&held, "an outcome");
                eye.hands.remove(&held.id);
            }
        })
    }

    // The simulated broker's letters are not followed: their recipients answer.
    fn acquire_followed(&self, ask: Acquire) -> Answer<'_, Option<Followed>> {
        self.write(self.real.acquire_followed(ask), |_, _| {})
    }

    fn followed(
        &self,
        followed: &Followed,
        events: Vec<StatusEvent>,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Answer<'_, bool> {
        self.write(self.real.followed(followed, events, next, now), |_, _| {})
    }

    fn release_all(&self) -> Answer<'_, usize> {
        self.real.release_all()
    }

    fn overdue(&self, now: Timestamp) -> Answer<'_, Vec<String>> {
        self.read(self.real.overdue(now))
    }

    fn expire(&self, id: &str, event: StatusEvent, now: Timestamp) -> Answer<'_, ()> {
        self.write(self.real.expire(id, event, now), |_, ()| {})
    }

    fn backlog(&self, channel: &str) -> Answer<'_, Backlog> {
        self.real.backlog(channel)
    }

    fn dead_letters(&self) -> Answer<'_, Vec<DeadLetter>> {
        self.real.dead_letters()
    }

    fn revive(&self, id: &str, now: Timestamp, record: Option<Record>) -> Answer<'_, bool> {
        self.write(self.real.revive(id, now, record), |_, _| {})
    }
}

impl Inbox for Watched {
    fn taken(&self, organisation: &str, transfer: &str) -> Answer<'_, Option<Taken>> {
        self.read(self.real.taken(organisation, transfer))
    }

    fn take_in(&self, taking: Taking) -> Answer<'_, bool> {
        self.write(self.real.take_in(taking), |_, _| {})
    }

    fn confirmed(&self, organisation: &str, transfer: &str, now: Timestamp) -> Answer<'_, ()> {
        self.write(self.real.confirmed(organisation, transfer, now), |_, ()| {})
    }

    fn acknowledge(
        &self,
        id: &str,
        event: StatusEvent,
        answer: Option<NewDelivery>,
        now: Timestamp,
        record: Option<Record>,
    ) -> Answer<'_, bool> {
        self.write(self.real.acknowledge(id, event, answer, now, record), |_, _| {})
    }
}

impl Watched {
    pub(crate) fn decide(&self, decision: Decision) -> Answer<'_, Decided> {
        self.write(self.real.decide(decision), |_, _| {})
    }

    /// The present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
