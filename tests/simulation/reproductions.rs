//! Histories that once failed.

use crate::operation::{By, Fault, Op, Word};
use crate::run;

fn holds(operations: &[Op]) {
    assert_eq!(run(operations).wrong, Vec::<String>::new());
}

#[test]
fn a_calm_day() {
    let history = [
        Op::Accept(2),
        Op::Run(0),
        Op::Tick(5),
        Op::Receipt(2, Word::Mottatt, By::Recipient),
        Op::Incoming(0, 0),
        Op::Tick(5),
        Op::PollAll,
        Op::Acknowledge(0),
        Op::Fault(Fault::AnswerLost),
    ];
    holds(&history);
    let outcome = run(&history);
    assert_eq!((outcome.delivered, outcome.expired), (1, 0));
}

/// The broker had purged a transfer that nothing was ever uploaded to, and that passed for sent.
#[test]
fn a_purged_transfer_was_not_sent_unless_it_was_published() {
    holds(&[Op::Accept(4), Op::Fault(Fault::Late(20)), Op::Run(1), Op::Tick(2_800_000)]);
}

/// A status whose first transfer broke was sent anew under a random reference, where its recipient never looked.
#[test]
fn a_new_transfer_keeps_the_channel() {
    holds(&[Op::Incoming(1, 0), Op::Tick(700), Op::PollAll, Op::Fault(Fault::Cut), Op::Run(1)]);
}

/// Two workers with one row, the first of them too slow: the second's upload met 409, took the transfer for broken and
/// made another, and both were published.
#[test]
fn an_upload_that_came_second_breaks_nothing() {
    let mut history = vec![Op::Accept(3)];
    history.extend([Op::Step(0); 4]);
    history.extend([Op::Tick(200), Op::Step(0), Op::Step(1), Op::Step(0), Op::Step(1), Op::Step(1), Op::Step(1)]);
    holds(&history);
}
