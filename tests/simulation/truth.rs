//! What must be true once everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use konvolutt_relay::clock::World;
use konvolutt_relay::outbox::Kind;
use konvolutt_relay::store::{Hearing, Outbox};
use konvolutt_shared::api::{MessageView, Source, Status};
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::sbd::{DocumentType, Sbd};
use konvolutt_shared::status::is_queued_anew;

use crate::approve;
use crate::edge::finish;
use crate::operation::{By, Word};
use crate::post::{OURS, POST, TO_US};
use crate::relay::Relay;

/// Everything that is wrong.
pub(crate) fn check(relay: &Relay) -> Vec<String> {
    let mut wrong = [relay.wrong.clone(), relay.store.wrong()].concat();
    let there = Counterparts::look(relay);
    (0..POST.len()).for_each(|letter| outgoing(relay, &there, letter, &mut wrong));
    incoming(relay, &there, &mut wrong);
    log(relay, &mut wrong);
    wrong
}

/// What counterparts could fetch of ours.
#[derive(Default)]
struct Counterparts {
    /// Letters, by message id.
    letters: BTreeMap<String, usize>,
    /// Statuses: by message id and word, the references they came under.
    statuses: BTreeMap<(String, String), Vec<String>>,
}

impl Counterparts {
    fn look(relay: &Relay) -> Self {
        let mut there = Self::default();
        relay.altinn.each(|held| {
            if held.transfer.sender != OURS || !held.was_published() {
                return;
            }
            let sbd = Sbd::parse(held.sbd.as_bytes(), None).unwrap();
            let id = sbd.message_id().unwrap().to_string();
            if sbd.document_type() == DocumentType::Status {
                let word = sbd.business()["status"].as_str().unwrap().to_owned();
                there.statuses.entry((id, word)).or_default().push(held.transfer.senders_reference.clone());
            } else {
                *there.letters.entry(id).or_default() += 1;
            }
        });
        there
    }
}

fn outgoing(relay: &Relay, there: &Counterparts, letter: usize, wrong: &mut Vec<String>) {
    let (post, handed) = (&POST[letter], &relay.handed[letter]);
    let arrived = there.letters.get(&post.message_id).copied().unwrap_or(0);
    let mut bad = |what: &str| wrong.push(format!("letter {letter}: {what}"));
    let Some(id) = relay.id_of(letter) else {
        if handed.id.is_some() {
            bad("was accepted and is gone");
        }
        if arrived > 0 {
            bad("is at the counterpart and was never accepted");
        }
        return;
    };
    if handed.id.is_none() && !handed.unsure {
        bad("is here and nobody was told");
    }
    let view = relay.view(&id);
    let has = |status| Relay::has(&view, status);
    let ours = |status| view.events.iter().any(|event| event.status == status && event.source == Source::Altinn);
    if arrived > 1 {
        bad(&format!("is at the counterpart {arrived} times"));
    }
    if arrived == 0 && has(Status::Sendt) {
        bad("is said to be sent and is not there");
    }
    if let Some(wrong) = approve::check(relay, letter, &view, arrived) {
        bad(wrong);
    }
    let over = has(Status::Sendt) || has(Status::LevetidUtlopt) || ours(Status::Feil);
    if !over && !approve::is_kept_back(&view) {
        bad("has no end");
    }
    if has(Status::LevetidUtlopt) && relay.clock.now() <= post.deadline {
        bad("expired before its deadline");
    }
    if ours(Status::Feil) && !relay.altinn.has_refused() {
        bad("failed, and nothing was refused");
    }
    for event in view.events.iter().filter(|event| event.source == Source::Altinn && event.status == Status::Feil) {
        if event.finding.is_none() || event.description.is_none() {
            bad("failed without a reason");
        }
    }
    if view.summary.status != status(&view) {
        bad(&format!("is {:?} and should be {:?}: {:?}", view.summary.status, status(&view), words(&view)));
    }
    // Whether an answer counts to what waited depends on when it came; that is looked at with the approval.
    let common =
        |all: Told| if post.held { all.into_iter().map(|(word, kind, _)| (word, kind, true)).collect() } else { all };
    let (told, expected) = (common(told(&view)), common(expected(relay, letter)));
    if told != expected {
        bad(&format!("was told {told:?} and should have been told {expected:?}"));
    }
    if view.events.first().is_none_or(|event| event.status != Status::Opprettet) {
        bad("does not begin with its beginning");
    }
}

fn words(view: &MessageView) -> Vec<(Status, Source)> {
    view.events.iter().map(|event| (event.status, event.source)).collect()
}

/// What a receipt comes to, and whether it counts.
type Told = BTreeSet<(String, Option<String>, bool)>;

fn told(view: &MessageView) -> Told {
    let told = view.events.iter().filter(|event| event.source == Source::Recipient).map(|event| {
        let foreign = event.finding.as_ref().is_some_and(|finding| finding.code == Code::ReceiptForeign);
        (format!("{:?}", event.status), event.receipt.clone(), foreign)
    });
    told.collect()
}

/// Every receipt that was sent to us is told once, before or after its message, in whatever order.
fn expected(relay: &Relay, letter: usize) -> Told {
    let sent = relay.receipts.get(&letter).into_iter().flatten();
    sent.map(|(word, by)| {
        let (status, kind) = match word {
            Word::Mottatt => (Status::Mottatt, None),
            Word::Levert => (Status::Levert, None),
            Word::Ok => (Status::Lest, Some("OK")),
            Word::Error => (Status::Feil, Some("ERROR")),
        };
        (format!("{status:?}"), kind.map(str::to_owned), *by != By::Recipient)
    })
    .collect()
}

/// The status that a history comes to, told in words: a failure that nobody overcame, else a deadline without a
/// delivery, else the furthest step.
fn status(view: &MessageView) -> Status {
    let counts: Vec<_> =
        view.events.iter().filter(|event| !event.finding.as_ref().is_some_and(Finding::refuses)).collect();
    let last = |status| counts.iter().rposition(|event| event.status == status && event.source != Source::Recipient);
    let has = |status| counts.iter().any(|event| event.status == status);
    let refused_by_them = counts.iter().any(|event| event.status == Status::Feil && event.source == Source::Recipient);
    // Tried once more because somebody asked for it, or left after all.
    let anew = counts.iter().rposition(|event| is_queued_anew(event)).max(last(Status::Sendt));
    let failed_here = last(Status::Feil).is_some_and(|failed| anew.is_none_or(|anew| anew < failed));
    if refused_by_them || failed_here {
        return Status::Feil;
    }
    if has(Status::LevetidUtlopt) && !has(Status::Levert) && !has(Status::Lest) {
        return Status::LevetidUtlopt;
    }
    let ladder = [Status::Lest, Status::Levert, Status::Mottatt, Status::Sendt];
    ladder.into_iter().find(|step| has(*step)).unwrap_or(Status::Opprettet)
}

fn incoming(relay: &Relay, there: &Counterparts, wrong: &mut Vec<String>) {
    let inbox = relay.inbox();
    let dead = finish(relay.store.dead_letters()).unwrap();
    for (number, theirs) in TO_US.iter().enumerate() {
        let sent = relay.arrived.get(&number).cloned().unwrap_or_default();
        let rows: Vec<&MessageView> =
            inbox.iter().filter(|row| row.summary.message_id.starts_with(&theirs.message_id)).collect();
        let mut bad = |what: String| wrong.push(format!("incoming {number}: {what}"));
        let first = rows.iter().find(|row| row.summary.message_id == theirs.message_id);
        let Some(first) = first else {
            if !sent.is_empty() {
                bad("was sent and is not here".to_owned());
            }
            continue;
        };
        let others: Vec<_> = rows.iter().filter(|row| row.summary.id != first.summary.id).collect();
        let told = |row: &MessageView| row.findings.iter().any(|finding| finding.code == Code::EnvelopeConflict);
        if others.iter().any(|row| !told(row)) || told(first) {
            bad("another content under the same id passes for the first".to_owned());
        }
        // Which content came first is the poller's matter; every other one is kept.
        let all: BTreeSet<_> = sent.iter().collect();
        if all.len() > 1 && others.is_empty() || all.len() <= 1 && !others.is_empty() || others.len() >= sent.len() {
            bad(format!("came as {sent:?} and is kept as {} others", others.len()));
        }
        let given_up = |row: &MessageView| dead.iter().filter(|one| one.message == row.summary.id).count();
        let dead_here: usize = rows.iter().map(|row| given_up(row)).sum();
        let sure = rows.iter().filter(|row| relay.acknowledged.contains(&row.summary.id)).count();
        let perhaps = rows.iter().filter(|row| Relay::has(row, Status::InnkommendeLevert)).count();
        if sure > perhaps {
            bad("was taken over and does not say so".to_owned());
        }
        let answers = |word: &str| there.statuses.get(&(theirs.message_id.clone(), word.to_owned()));
        let count = |word: &str| answers(word).map_or(0, Vec::len);
        // What was given up may have arrived all the same: its answer was lost.
        let ended = count("MOTTATT") + count("LEVERT") + dead_here;
        if count("MOTTATT") > 1 || count("LEVERT") > perhaps || ended < 1 + perhaps {
            let (mottatt, levert) = (count("MOTTATT"), count("LEVERT"));
            bad(format!("was answered {mottatt} and {levert} times, {dead_here} given up, {perhaps} taken over"));
        }
        if let Some(channel) = theirs.channel {
            let all = [answers("MOTTATT"), answers("LEVERT")].into_iter().flatten().flatten();
            if all.clone().any(|reference| reference != channel) {
                bad("was answered beside its channel".to_owned());
            }
        }
    }
    if dead.iter().any(|one| one.kind == Kind::Status && one.reason.is_empty()) {
        wrong.push("something was given up without a reason".to_owned());
    }
}

/// The log is what listeners heard: every event once, in order, never changed.
fn log(relay: &Relay, wrong: &mut Vec<String>) {
    let (mut after, mut all) = (0, Vec::new());
    loop {
        let page = finish(relay.store.real.changes(&Hearing::all(&[OURS.to_owned()]), after)).unwrap();
        let Some(last) = page.items.last() else { break };
        after = last.cursor;
        all.extend(page.items);
    }
    if all != relay.changes {
        wrong.push(format!("the log has {} events, and {} were heard", all.len(), relay.changes.len()));
    }
}
