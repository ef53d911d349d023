//! People who decide about letters that wait for approval.

use std::collections::BTreeMap;

use konvolutt_relay::approval::{Decided, Decision, Hold};
use konvolutt_relay::audit::{Action, Id, ObjectKind, Record, Who};
use konvolutt_relay::clock::World as _;
use konvolutt_relay::message;
use konvolutt_shared::api::{Approval, ApprovalStep, MessageView, Source, Status, StatusEvent};
use konvolutt_shared::status::decided;

use crate::edge::finish;
use crate::post::POST;
use crate::relay::Relay;

/// What those who decided were told, by letter.
pub(crate) type Decisions = BTreeMap<usize, ApprovalStep>;

/// What is kept of a letter that must be approved.
pub(crate) fn hold(letter: usize) -> Option<Hold> {
    let sender = || "siri".to_owned();
    POST[letter].held.then(|| Hold { sender: sender(), sent_by: sender(), key: None })
}

impl Relay {
    /// Somebody approves a letter, or sends it back; perhaps after somebody else, or one that does not wait.
    pub(crate) fn decide(&mut self, letter: usize, step: ApprovalStep) {
        let Some(id) = self.id_of(letter) else { return };
        let status = if step == ApprovalStep::Approved { Status::Annet } else { Status::Feil };
        let event = StatusEvent {
            approval: Some(Approval { step, by: "Gro".to_owned() }),
            ..message::event(self.clock.now(), status, Source::Person)
        };
        let who = Who::Person(Id::new("gro").unwrap());
        let record = Record::done(who, Action::MessageApproved, ObjectKind::Message, Id::new(&id).unwrap());
        let answer = finish(self.store.decide(Decision { message: id, step, event, record }));
        let before = self.decisions.get(&letter).copied();
        let wrong = match answer {
            Ok(Decided::Now) => before.is_some() || !POST[letter].held,
            Ok(Decided::Again) => before.is_some_and(|before| before != step),
            Ok(Decided::Otherwise) => before == Some(step),
            // It may have been written all the same.
            Err(_) => false,
        };
        if wrong {
            self.wrong.push(format!("letter {letter} is {answer:?} about {step:?} after {before:?}"));
        }
        if matches!(answer, Ok(Decided::Now | Decided::Again)) {
            self.decisions.insert(letter, step);
        }
    }
}

/// What is wrong with a letter as far as its approval goes.
pub(crate) fn check(relay: &Relay, letter: usize, view: &MessageView, arrived: usize) -> Option<&'static str> {
    let (asked, told) = (decided(&view.events), relay.decisions.get(&letter).copied());
    if POST[letter].held && asked != Some(ApprovalStep::Approved) && arrived > 0 {
        return Some("left without approval");
    }
    if told.is_some() && told != asked {
        return Some("was decided about otherwise than was told");
    }
    let left = view.events.iter().position(|event| step_of(event) == Some(ApprovalStep::Approved));
    let before = &view.events[..left.unwrap_or(view.events.len())];
    let counts = |event: &StatusEvent| event.source == Source::Recipient && event.finding.is_none();
    if POST[letter].held && before.iter().any(counts) {
        return Some("was answered before it left, and that counts");
    }
    let waits = POST[letter].held && asked.is_none() && !Relay::has(view, Status::LevetidUtlopt);
    (view.summary.awaits_approval != waits).then_some("waits and does not say so, or the other way round")
}

fn step_of(event: &StatusEvent) -> Option<ApprovalStep> {
    event.approval.as_ref().map(|approval| approval.step)
}

/// That somebody still has to decide, or has sent it back.
pub(crate) fn is_kept_back(view: &MessageView) -> bool {
    view.summary.awaits_approval || decided(&view.events) == Some(ApprovalStep::Returned)
}
