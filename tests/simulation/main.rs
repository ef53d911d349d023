//! Random histories of a relay in a simulated world: the real store, driver and collector, the sandbox's broker, an
//! injected clock, and a fault at every edge. A history is a list of operations that is run without any chance, so one
//! that fails can be cut down and printed as a test.
//!
//! `KONVOLUTT_HISTORIES` says how many are tried, `KONVOLUTT_SEED` where they begin.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod altinn;
mod approve;
mod chance;
mod clock;
mod edge;
mod operation;
mod post;
mod relay;
mod reproductions;
mod shared;
mod shrink;
mod store;
mod truth;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use operation::Op;
use relay::Relay;

/// What a history came to.
#[derive(Clone, Debug, Default)]
struct Outcome {
    wrong: Vec<String>,
    faults: u64,
    delivered: u64,
    expired: u64,
    events: u64,
}

/// Runs a history, lets it come to rest, and looks.
fn run(operations: &[Op]) -> Outcome {
    let mut relay = Relay::new();
    operations.iter().for_each(|op| relay.apply(*op));
    relay.drain();
    relay.hear_all();
    let mut outcome = Outcome {
        wrong: truth::check(&relay),
        faults: relay.altinn.struck() + relay.store.struck(),
        events: relay.changes.len() as u64,
        ..Outcome::default()
    };
    for change in &relay.changes {
        use konvolutt_shared::api::Status;
        outcome.delivered += u64::from(change.event.status == Status::Sendt);
        outcome.expired += u64::from(change.event.status == Status::LevetidUtlopt);
    }
    outcome
}

/// The same, and a panic is wrong, too.
fn run_safely(operations: &[Op]) -> Outcome {
    std::panic::catch_unwind(|| run(operations)).unwrap_or_else(|panic| {
        let text =
            panic.downcast_ref::<String>().cloned().or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Outcome { wrong: vec![format!("panic: {}", text.unwrap_or_default())], ..Outcome::default() }
    })
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[derive(Default)]
struct Sums {
    histories: AtomicU64,
    operations: AtomicU64,
    faults: AtomicU64,
    delivered: AtomicU64,
    expired: AtomicU64,
    events: AtomicU64,
}

#[test]
fn random_histories() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    try_out(number("KONVOLUTT_HISTORIES", 2_000), threads, |work| work());
}

/// The same on PostgreSQL; `KONVOLUTT_HISTORIES_SHARED` says how many.
#[test]
fn random_histories_on_postgres() {
    try_out(number("KONVOLUTT_HISTORIES_SHARED", 25), 1, |work| {
        // Where there is none, it has said so.
        let _ = shared::on_postgres(work);
    });
}

fn try_out(count: u64, threads: usize, wherever: impl Fn(&dyn Fn()) + Sync) {
    let first = number("KONVOLUTT_SEED", 0);
    let (next, stop, sums) = (AtomicU64::new(first), AtomicBool::new(false), Sums::default());
    let failed: Mutex<Option<(u64, Vec<Op>)>> = Mutex::default();
    let start = Instant::now();
    let try_all = || {
        while !stop.load(Relaxed) {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= first + count {
                return;
            }
            let operations = operation::history(seed);
            let outcome = run_safely(&operations);
            sums.histories.fetch_add(1, Relaxed);
            sums.operations.fetch_add(operations.len() as u64, Relaxed);
            sums.faults.fetch_add(outcome.faults, Relaxed);
            sums.delivered.fetch_add(outcome.delivered, Relaxed);
            sums.expired.fetch_add(outcome.expired, Relaxed);
            sums.events.fetch_add(outcome.events, Relaxed);
            if !outcome.wrong.is_empty() && !stop.swap(true, Relaxed) {
                *failed.lock().unwrap() = Some((seed, operations));
            }
        }
    };
    std::thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(|| wherever(&try_all))));
    });
    if sums.histories.load(Relaxed) == 0 {
        return println!("SKIPPED: no histories were asked for");
    }
    println!(
        "{} histories, {} operations, {} faults that struck; {} letters sent, {} expired, {} events; {:.1} s",
        sums.histories.load(Relaxed),
        sums.operations.load(Relaxed),
        sums.faults.load(Relaxed),
        sums.delivered.load(Relaxed),
        sums.expired.load(Relaxed),
        sums.events.load(Relaxed),
        start.elapsed().as_secs_f64(),
    );
    if let Some((seed, operations)) = failed.into_inner().unwrap() {
        wherever(&|| panic!("{}", shrink::report(seed, &operations)));
    }
    // A simulation in which nothing happens proves nothing.
    assert!(sums.faults.load(Relaxed) > count / 2 && sums.delivered.load(Relaxed) > count / 2);
}
