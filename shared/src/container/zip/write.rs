//! A forward-only zip writer with the reference's bytes, those of `java.util.zip.ZipOutputStream`.
//!
//! The `zip` crate's streaming writer gives a stored `mimetype` a data descriptor, which the reference refuses. Here
//! a stored entry has its sizes in the local header, and every other entry is deflate with a descriptor. Where 32 bits
//! are too few, zip64 is written as `java.util.zip` reads it.

mod headers;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use flate2::{Compress, FlushCompress, Status};

use self::headers::{Directory, Written};
use super::{DEFLATED, FLAG_DESCRIPTOR, FLAG_UTF8, STORED, name};
use crate::finding::{Finding, Rule};

/// Room for one round of deflate, in bytes.
const CHUNK: usize = 32 * 1024;
/// The most that a stored block of deflate holds, in bytes (RFC 1951, 3.2.4).
const STORED_BLOCK: usize = 65_535;

/// From so many bytes of all files on, no more than so many come from one of the archive: readers refuse what inflates
/// more, DSS 100 to 1 from a megabyte on, and so does [`Limits::ratio`](crate::limits::Limits::ratio) here.
const RATIO_FREE: u64 = 1_000_000;
const RATIO: u64 = 90;

/// A DOS date and time (APPNOTE 4.4.6): no time zone, two-second steps, 1980 to 2107.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DosTime {
    date: u16,
    time: u16,
}

impl DosTime {
    /// The UTC wall time of an instant, rounded down; a year outside the range becomes its first or last. The
    /// reference writes local time; nothing reads it.
    pub fn from_timestamp(at: jiff::Timestamp) -> Self {
        let at = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let year = (i32::from(at.year()) - 1980).clamp(0, 127) as u16;
        Self {
            date: year << 9 | (at.month() as u16) << 5 | at.day() as u16,
            time: (at.hour() as u16) << 11 | (at.minute() as u16) << 5 | ((at.second() as u16) / 2),
        }
    }
}

/// How hard to deflate. The method in the headers is deflate either way, since only that may have a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Level 6, as the reference.
    Normal,
    /// Deflate's stored blocks (RFC 1951, 3.2.4), for content that is compressed already.
    None,
}

/// Writes entries one after the other; all bytes go to the end of each call's `out`.
#[derive(Debug)]
pub struct ZipWriter {
    modified: DosTime,
    position: u64,
    /// Bytes of all files so far.
    plain: u64,
    entries: Vec<Written>,
    names: HashSet<String>,
    open: Option<OpenEntry>,
}

struct OpenEntry {
    name: String,
    offset: u64,
    /// `None` writes stored blocks (RFC 1951, 3.2.4).
    deflate: Option<Box<Compress>>,
    crc: crc32fast::Hasher,
    size: u64,
    compressed: u64,
}

impl std::fmt::Debug for OpenEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenEntry").field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl ZipWriter {
    /// A writer at the start of a container; every entry gets this time.
    pub fn new(modified: DosTime) -> Self {
        Self { modified, position: 0, plain: 0, entries: Vec::new(), names: HashSet::new(), open: None }
    }

    /// How many bytes have been written so far, over all calls.
    pub fn position(&self) -> u64 {
        self.position
    }

    fn claim(&mut self, entry: &str) -> Result<u64, Finding> {
        if self.open.is_some() {
            return Err(Finding::error(Rule::WriteOrder, "an entry is still open"));
        }
        if let Some(problem) = name::problem(entry) {
            return Err(Finding::error(Rule::WriteName, problem).with("navn", entry));
        }
        if entry.len() > usize::from(u16::MAX) {
            return Err(Finding::error(Rule::WriteName, "the name is too long").with("tegn", "65535"));
        }
        if !self.names.insert(entry.to_owned()) {
            return Err(Finding::error(Rule::WriteNameOnce, "two entries with the same name").with("navn", entry));
        }
        Ok(self.position)
    }

    /// Writes a stored entry whose bytes are known, with a comment in the central directory (may be empty). It
    /// is meant for `mimetype`: content from 4 GiB and comments of more than 65 535 bytes would be told
    /// wrongly.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn stored(&mut self, entry: &str, comment: &str, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
        let offset = self.claim(entry)?;
        let size = bytes.len() as u64;
        let written = Written {
            name: entry.to_owned(),
            comment: comment.to_owned(),
            method: STORED,
            flags: FLAG_UTF8,
            crc: crc32fast::hash(bytes),
            compressed: size,
            size,
            offset,
        };
        let before = out.len();
        headers::local(&written, self.modified, out);
        out.extend_from_slice(bytes);
        self.position += (out.len() - before) as u64;
        self.entries.push(written);
        Ok(())
    }

    /// Begins a deflated entry. Its name is written in UTF-8 (APPNOTE 4.4.4, bit 11).
    ///
    /// # Errors
    /// [`Rule::WriteName`] for a name that is unsafe or longer than 65 535 bytes, [`Rule::WriteNameOnce`] for a
    /// repeated one, [`Rule::WriteOrder`] when another entry is still open.
    pub fn begin(&mut self, entry: &str, compression: Compression, out: &mut Vec<u8>) -> Result<(), Finding> {
        let offset = self.claim(entry)?;
        let deflate = match compression {
            Compression::Normal => Some(Box::new(Compress::new(flate2::Compression::new(6), false))),
            Compression::None => None,
        };
        let before = out.len();
        let header = Written {
            name: entry.to_owned(),
            comment: String::new(),
            method: DEFLATED,
            flags: FLAG_UTF8 | FLAG_DESCRIPTOR,
            crc: 0,
            compressed: 0,
            size: 0,
            offset,
        };
        headers::local(&header, self.modified, out);
        self.position += (out.len() - before) as u64;
        self.open = Some(OpenEntry {
            name: header.name,
            offset,
            deflate,
            crc: crc32fast::Hasher::new(),
            size: 0,
            compressed: 0,
        });
        Ok(())
    }

    /// Appends to the open entry.
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when no entry is open.
    pub fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
        let entry = self.open.as_mut().ok_or_else(|| Finding::error(Rule::WriteOrder, "no entry is open"))?;
        entry.crc.update(bytes);
        for block in bytes.chunks(STORED_BLOCK) {
            let before = out.len();
            self.plain += block.len() as u64;
            match &mut entry.deflate {
                Some(compress) if self.plain > RATIO_FREE && self.plain / RATIO > self.position => {
                    // What deflate still holds goes first, and what comes after must not look back behind this.
                    deflate(compress, &[], FlushCompress::Sync, out)?;
                    compress.reset();
                    stored_block(block, false, out);
                }
                Some(compress) => deflate(compress, block, FlushCompress::None, out)?,
                None => stored_block(block, false, out),
            }
            entry.compressed += (out.len() - before) as u64;
            self.position += (out.len() - before) as u64;
        }
        entry.size += bytes.len() as u64;
        Ok(())
    }

    /// Ends the open entry with its data descriptor (APPNOTE 4.3.9).
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when no entry is open.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Finding> {
        let mut entry = self.open.take().ok_or_else(|| Finding::error(Rule::WriteOrder, "no entry is open"))?;
        let before = out.len();
        match &mut entry.deflate {
            Some(compress) => deflate(compress, &[], FlushCompress::Finish, out)?,
            None => stored_block(&[], true, out),
        }
        entry.compressed += (out.len() - before) as u64;
        let written = Written {
            name: entry.name,
            comment: String::new(),
            method: DEFLATED,
            flags: FLAG_UTF8 | FLAG_DESCRIPTOR,
            crc: entry.crc.finalize(),
            compressed: entry.compressed,
            size: entry.size,
            offset: entry.offset,
        };
        headers::descriptor(&written, out);
        self.position += (out.len() - before) as u64;
        self.entries.push(written);
        Ok(())
    }

    /// A whole deflated entry at once.
    ///
    /// # Errors
    /// As [`begin`](Self::begin) and [`end`](Self::end).
    pub fn add(&mut self, entry: &str, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
        self.begin(entry, Compression::Normal, out)?;
        self.write(bytes, out)?;
        self.end(out)
    }

    /// Writes the central directory and the archive comment, which has at most 65 535 bytes; that is not checked.
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when an entry is still open.
    pub fn finish(self, comment: &str, out: &mut Vec<u8>) -> Result<(), Finding> {
        if self.open.is_some() {
            return Err(Finding::error(Rule::WriteOrder, "an entry is still open"));
        }
        let before = out.len();
        for entry in &self.entries {
            headers::central(entry, self.modified, out);
        }
        let directory =
            Directory { count: self.entries.len() as u64, size: (out.len() - before) as u64, start: self.position };
        headers::end(directory, comment, out);
        Ok(())
    }
}

/// One block as it is (RFC 1951, 3.2.4): the last-block bit, the length and its complement.
fn stored_block(bytes: &[u8], last: bool, out: &mut Vec<u8>) {
    // Blocks come in pieces of STORED_BLOCK at most.
    let length = bytes.len() as u16;
    out.push(u8::from(last));
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn deflate(deflate: &mut Compress, bytes: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> Result<(), Finding> {
    let start = deflate.total_in();
    loop {
        let consumed = (deflate.total_in() - start) as usize;
        let written = deflate.total_out();
        let length = out.len();
        out.resize(length + CHUNK, 0);
        let status = deflate
            .compress(&bytes[consumed..], &mut out[length..], flush)
            .map_err(|_| Finding::error(Rule::WriteOrder, "deflate failed"))?;
        let fresh = (deflate.total_out() - written) as usize;
        out.truncate(length + fresh);
        let all_in = (deflate.total_in() - start) as usize == bytes.len();
        let done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            _ => all_in && fresh < CHUNK,
        };
        if done {
            return Ok(());
        }
    }
}
