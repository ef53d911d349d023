//! Cutting a failing history down to what it needs.

use crate::operation::Op;
use crate::run_safely;

/// Drops operations for as long as it still fails: halves first, then ever smaller pieces.
pub(crate) fn shrink(operations: &[Op]) -> Vec<Op> {
    let mut least = operations.to_vec();
    let mut size = least.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < least.len() {
            let mut fewer = least.clone();
            fewer.drain(at..(at + size).min(least.len()));
            if run_safely(&fewer).wrong.is_empty() {
                at += size;
            } else {
                least = fewer;
            }
        }
        // The last size is tried until nothing goes any more.
        size = if size > 1 { size / 2 } else { 0 };
    }
    least
}

/// What is wrong, and a test that shows it.
pub(crate) fn report(seed: u64, operations: &[Op]) -> String {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut least = shrink(operations);
    loop {
        let again = shrink(&least);
        if again.len() == least.len() {
            break;
        }
        least = again;
    }
    let wrong = run_safely(&least).wrong.join("\n  ");
    std::panic::set_hook(hook);
    let lines: String = least.iter().map(|op| format!("        {},\n", code(op))).collect();
    format!(
        "seed {seed}, {} operations, {} are enough:\n  {wrong}\n\n#[test]\nfn reproduction() {{\n    holds(&[\n{lines}    ]);\n}}\n",
        operations.len(),
        least.len()
    )
}

/// An operation as it is written in a test.
fn code(op: &Op) -> String {
    match op {
        Op::Fault(fault) => format!("Op::Fault(Fault::{fault:?})"),
        Op::Receipt(letter, word, by) => format!("Op::Receipt({letter}, Word::{word:?}, By::{by:?})"),
        other => format!("Op::{other:?}"),
    }
}
