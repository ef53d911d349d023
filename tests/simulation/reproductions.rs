//! Histories that once failed.

use konvolutt_shared::api::{ApprovalStep, Status};

use crate::operation::{By, Fault, Op, WORKERS, Word};
use crate::relay::Relay;
use crate::{run, shared};

fn holds(operations: &[Op]) {
    assert_eq!(run(operations).wrong, Vec::<String>::new());
    shared::on_postgres(|| assert_eq!(run(operations).wrong, Vec::<String>::new()));
}

#[test]
fn what_has_not_left_is_not_answered() {
    holds(&[Op::Accept(7), Op::Receipt(7, Word::Error, By::Recipient)]);
    let late = [Op::Decide(7, ApprovalStep::Approved), Op::Run(0), Op::Receipt(7, Word::Levert, By::Recipient)];
    holds(&[[Op::Accept(7), Op::Receipt(7, Word::Levert, By::Recipient), Op::PollAll].as_slice(), &late].concat());
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
    let mut history = vec![Op::Accept(4)];
    // Up to the transfer's id being kept.
    history.extend([Op::Step(0); 6]);
    history.extend([Op::Crash, Op::Tick(2_800_000)]);
    holds(&history);
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

/// The broker's answer that an upload was under way was a minute on its way. Meanwhile the upload ended well, but by the
/// clock at the answer's arrival it passed for broken, and a second one was made.
#[test]
fn an_answer_is_as_old_as_its_question() {
    let mut history = vec![Op::Incoming(0, 1), Op::Fault(Fault::AnswerLost), Op::Accept(3), Op::Run(0), Op::Tick(700)];
    history.extend([Op::PollAll, Op::Fault(Fault::Slow(90)), Op::Run(2), Op::Accept(5), Op::Tick(60)]);
    history.extend([Op::Run(1), Op::Run(0), Op::Step(0), Op::Step(0), Op::Step(0), Op::Step(0), Op::Tick(60)]);
    holds(&history);
}

/// Letters to one recipient that the broker refused for a time were due longest, so that each of them in turn was the
/// probe, and everybody else's mail waited for minutes.
#[test]
fn one_sick_recipient_holds_up_nobody_else() {
    for busy in [true, false] {
        let mut relay = Relay::new();
        relay.apply(Op::Fault(Fault::Sick(4_000, busy)));
        [0, 2].into_iter().for_each(|sick| relay.apply(Op::Incoming(sick, 0)));
        relay.apply(Op::Tick(5));
        relay.apply(Op::PollAll);
        [2, 4].into_iter().for_each(|sick| relay.apply(Op::Accept(sick)));
        let second = |relay: &mut Relay| {
            (0..WORKERS).for_each(|worker| relay.apply(Op::Run(worker)));
            relay.apply(Op::Tick(1));
        };
        (0..60).for_each(|_| second(&mut relay));
        [3, 5].into_iter().for_each(|well| relay.apply(Op::Accept(well)));
        // Longer than one pause, much shorter than one for each who is sick.
        (0..65).for_each(|_| second(&mut relay));
        for (letter, sent) in [(2, false), (3, true), (4, false), (5, true)] {
            let view = relay.view(&relay.id_of(letter).unwrap());
            assert_eq!(Relay::has(&view, Status::Sendt), sent, "letter {letter}, {busy}");
        }
    }
}
