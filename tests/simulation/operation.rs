//! What can happen, as data: a history is a list of these and nothing else, so that it can be cut down and run again.

use konvolutt_shared::api::ApprovalStep;

use crate::chance::Chance;
use crate::post::{INCOMING, LETTERS};

/// Workers that deliver.
pub(crate) const WORKERS: usize = 3;

/// Something that happens. Numbers name letters of [`crate::post`] and workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// A person hands a letter over, for the first time or again.
    Accept(usize),
    /// The same id with another package.
    AcceptOther(usize),
    /// A worker does one thing up to its next wait; an idle one begins a delivery.
    Step(usize),
    /// A worker goes on until its delivery is done.
    Run(usize),
    /// A worker tells that it lives.
    Renew(usize),
    /// The poller does one thing.
    Poll,
    /// The poller goes through everything that waits.
    PollAll,
    /// The process dies and starts again.
    Crash,
    /// Time passes, in seconds.
    Tick(i64),
    /// Deadlines are looked at.
    Expire,
    /// A person tries again what was given up.
    Retry(usize),
    /// The same for an answer to an incoming message.
    RetryAnswer(usize),
    /// A person decides about a letter that waits for approval, be it that it does or not.
    Decide(usize, ApprovalStep),
    /// A person takes an incoming message over.
    Acknowledge(usize),
    /// A counterpart answers a letter, be it there or not.
    Receipt(usize, Word, By),
    /// A counterpart writes: letter, content.
    Incoming(usize, usize),
    /// Something goes wrong.
    Fault(Fault),
}

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    Mottatt,
    Levert,
    Ok,
    Error,
}

/// Who sends a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Recipient,
    /// Another organisation, under its own name.
    Stranger,
    /// Another organisation; the document names the recipient.
    Impostor,
}

/// What goes wrong, at the next call that it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The store fails before it commits.
    StoreRefuses,
    /// The store commits, and its answer is lost.
    StoreForgets,
    /// The broker does it, and its answer is lost.
    AnswerLost,
    /// The client gives up; the request comes through so many seconds later.
    Late(i64),
    /// The upload breaks off for the client; the broker is done with it so many seconds later.
    Slow(i64),
    /// The upload breaks off and never ends.
    Cut,
    /// 429 with `Retry-After` in seconds.
    Busy(u64),
    /// 400.
    Refused,
    /// 503 to everything for so many seconds.
    Down(i64),
    /// 429 (or else 503) to everything for one recipient, for so many seconds.
    Sick(i64, bool),
}

/// How long what is late or slow may take, in seconds: less than the relay's patience.
pub(crate) const LATEST: i64 = 90;

/// A random history.
pub(crate) fn history(seed: u64) -> Vec<Op> {
    let mut chance = Chance::new(seed);
    let length = 8 + chance.below(100);
    // Some histories are calm, so that what comes after a fault is seen, too.
    let trouble = chance.pick(&[0, 5, 12, 25]);
    (0..length)
        .map(|_| if chance.below(100) < trouble { Op::Fault(fault(&mut chance)) } else { op(&mut chance) })
        .collect()
}

fn op(chance: &mut Chance) -> Op {
    let worker = chance.below(WORKERS);
    let letter = chance.below(LETTERS);
    match chance.below(100) {
        0..10 => Op::Accept(letter),
        10..12 => Op::AcceptOther(letter),
        12..37 => Op::Step(worker),
        37..40 => Op::Decide(letter, step(chance)),
        40..54 => Op::Run(worker),
        54..57 => Op::Renew(worker),
        57..65 => Op::Poll,
        65..71 => Op::PollAll,
        71..74 => Op::Crash,
        74..83 => Op::Tick(chance.pick(&[1, 2, 5, 20, 60, 60, 200, 200, 700, 4_000, 90_000, 2_800_000])),
        83..86 => Op::Expire,
        86..88 => Op::Retry(letter),
        88 => Op::RetryAnswer(chance.below(6)),
        89..91 => Op::Acknowledge(chance.below(6)),
        91..96 => Op::Receipt(letter, word(chance), by(chance)),
        _ => Op::Incoming(chance.below(INCOMING), chance.pick(&[0, 0, 1])),
    }
}

fn step(chance: &mut Chance) -> ApprovalStep {
    chance.pick(&[ApprovalStep::Approved, ApprovalStep::Approved, ApprovalStep::Returned])
}

fn word(chance: &mut Chance) -> Word {
    chance.pick(&[Word::Mottatt, Word::Levert, Word::Ok, Word::Error])
}

fn by(chance: &mut Chance) -> By {
    chance.pick(&[By::Recipient, By::Recipient, By::Recipient, By::Stranger, By::Impostor])
}

fn fault(chance: &mut Chance) -> Fault {
    match chance.below(20) {
        0..3 => Fault::StoreRefuses,
        3..6 => Fault::StoreForgets,
        6..10 => Fault::AnswerLost,
        10..12 => Fault::Late(chance.pick(&[1, 3, 20, LATEST])),
        12..14 => Fault::Slow(chance.pick(&[1, 3, 20, LATEST])),
        14..16 => Fault::Cut,
        16..17 => Fault::Busy(chance.pick(&[1, 30, 300])),
        17..18 => Fault::Refused,
        18..19 => Fault::Sick(chance.pick(&[10, 600]), chance.below(2) == 0),
        _ => Fault::Down(chance.pick(&[1, 10, 100, 2_000])),
    }
}
