//! The log as a store keeps it: written out, and held against itself.

use std::io::Write;

use super::{Action, Head, Id, ObjectKind, Record, Unverified, Verifier, Who};
use crate::store::Audit;

/// Writes every entry after that number, one a line, and as the last that they were written. Answers how many there
/// were.
///
/// # Errors
/// No log, the store's, or those of who is written to.
pub async fn export(store: &dyn Audit, who: Who, after: u64, out: &mut (dyn Write + Send)) -> Result<u64, Unverified> {
    store.log_head().await?.ok_or(Unverified::None)?;
    store.record(Record::done(who, Action::AuditExported, ObjectKind::Log, Id::of_entry(after))).await?;
    let (mut last, mut count) = (after, 0);
    loop {
        let lines = store.log_lines(last, None).await?;
        let Some((newest, _)) = lines.last() else { return Ok(count) };
        last = *newest;
        count += lines.len() as u64;
        for (_, line) in &lines {
            writeln!(out, "{line}")?;
        }
    }
}

/// Verifies the log up to its end, which the store keeps beside it, and against heads that are known from elsewhere.
/// Answers under which name it was begun. Entries that are added meanwhile are verified, too.
///
/// # Errors
/// The first place where it does not hold, or why it cannot be read.
pub async fn verify_kept(store: &dyn Audit, known: &[Head]) -> Result<(String, Head), Unverified> {
    let (audience, end) = store.log_head().await?.ok_or(Unverified::None)?;
    let known: Vec<Head> = known.iter().cloned().chain([end]).collect();
    let (mut verifier, mut last) = (Verifier::new(Head::beginning(&audience), &known), 0);
    loop {
        let lines = store.log_lines(last, None).await?;
        let Some((newest, _)) = lines.last() else { return Ok((audience, verifier.finish()?)) };
        last = *newest;
        for (_, line) in &lines {
            verifier.push(line)?;
        }
    }
}
