//! Holding a log against itself, and against heads that others know.

use std::io::BufRead;

use super::{Entry, Head, digest};
use crate::store::StoreError;

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Wrong {
    /// The line's digest is not its text's: one of them was changed.
    #[error("the digest is not the text's: the line was changed")]
    Changed,
    /// The digest fits, but the text is no entry as this program writes it.
    #[error("the line is no entry of this log")]
    Form,
    /// Another number than the next one.
    #[error("the entry has number {0}: entries were removed, inserted or moved")]
    Sequence(u64),
    /// It does not name the digest of the entry before.
    #[error("the entry does not follow from the one before: that one was replaced, or this one is another log's")]
    Previous,
    /// A head that is known elsewhere has another digest.
    #[error("the entry is not the one that was known to stand here: it, or something before it, was written anew")]
    Head,
    /// The log ends before a head that is known elsewhere.
    #[error("the log is cut off: it is known to have had {0} entries")]
    CutOff(u64),
}

/// Where a log stops being trustworthy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {at}: {wrong}")]
pub struct Break {
    /// Counted from 1: everything before it holds together.
    pub at: u64,
    pub wrong: Wrong,
}

/// Takes a log line by line; holds one line at a time.
#[derive(Clone, Debug)]
pub struct Verifier {
    head: Head,
    /// By number, the smallest last.
    known: Vec<Head>,
}

impl Verifier {
    /// Begins after `start`, which is the beginning or a head that is trusted. `known` are heads told elsewhere.
    pub fn new(start: Head, known: &[Head]) -> Self {
        let mut known: Vec<Head> = known.iter().filter(|head| head.sequence > start.sequence).cloned().collect();
        known.sort_by_key(|head| std::cmp::Reverse(head.sequence));
        Self { head: start, known }
    }

    /// Takes the next line, without its line's end.
    ///
    /// # Errors
    /// What is wrong with it; nothing after it is worth asking.
    pub fn push(&mut self, line: &str) -> Result<Entry, Break> {
        let at = self.head.sequence + 1;
        let wrong = |wrong| Break { at, wrong };
        let (stated, json) = line.split_once(' ').ok_or_else(|| wrong(Wrong::Form))?;
        if digest(json.as_bytes()) != stated {
            return Err(wrong(Wrong::Changed));
        }
        let entry = Entry::parse(json).ok_or_else(|| wrong(Wrong::Form))?;
        if entry.sequence != at {
            return Err(wrong(Wrong::Sequence(entry.sequence)));
        }
        if entry.previous != self.head.digest {
            return Err(wrong(Wrong::Previous));
        }
        while let Some(known) = self.known.pop_if(|known| known.sequence == at) {
            if known.digest != stated {
                return Err(wrong(Wrong::Head));
            }
        }
        self.head = Head { sequence: at, digest: stated.to_owned() };
        Ok(entry)
    }

    /// There are no more lines.
    ///
    /// # Errors
    /// There should have been.
    pub fn finish(self) -> Result<Head, Break> {
        match self.known.first() {
            None => Ok(self.head),
            Some(known) => Err(Break { at: self.head.sequence + 1, wrong: Wrong::CutOff(known.sequence) }),
        }
    }
}

/// Verifies a whole log.
///
/// # Errors
/// The first place where it does not hold.
pub fn verify<'a>(lines: impl IntoIterator<Item = &'a str>, start: Head, known: &[Head]) -> Result<Head, Break> {
    let mut verifier = Verifier::new(start, known);
    for line in lines {
        verifier.push(line)?;
    }
    verifier.finish()
}

/// Why an export cannot be said to hold.
#[derive(Debug, thiserror::Error)]
pub enum Unverified {
    /// It does not.
    #[error(transparent)]
    Break(#[from] Break),
    /// It does not, in this line of the file.
    #[error("line {0}: {1}")]
    Line(u64, Break),
    /// It cannot be read to its end.
    #[error("the log cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// A store's log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The relay has never served with this store.
    #[error("there is no audit log here")]
    None,
}

/// Verifies an export, a line for each entry, holding one line at a time.
///
/// # Errors
/// The first place where it does not hold.
pub fn verify_export(mut export: impl BufRead, start: Head, known: &[Head]) -> Result<Head, Unverified> {
    let (mut verifier, mut line, mut number) = (Verifier::new(start, known), Vec::new(), 0);
    loop {
        number += 1;
        line.clear();
        if export.read_until(b'\n', &mut line)? == 0 {
            return Ok(verifier.finish()?);
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        // What is no Unicode fits no digest of ours, and neither does the sign that stands for it.
        verifier.push(&String::from_utf8_lossy(text)).map_err(|found| Unverified::Line(number, found))?;
    }
}
