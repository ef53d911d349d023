//! A zip reader that compares everything that is said twice.
//!
//! Readers disagree on whether local headers or the central directory count; the reference reads only the former,
//! most others only the latter. A container in which the two differ says different things to different readers, so it
//! is refused, and so are bytes that belong to no entry.

use std::collections::HashMap;

use super::inflate::inflate;
use super::{CENTRAL, DEFLATED, DESCRIPTOR, END, FLAG_DESCRIPTOR, FLAG_UTF8, LOCAL, STORED, name};
use crate::finding::{Code, Finding, Place};
use crate::limits::Limits;

/// The least an end record takes, and the most its comment.
const END_SIZE: usize = 22;
const LOCAL_SIZE: usize = 30;
const CENTRAL_SIZE: usize = 46;
/// Below this a high ratio harms nobody: a page of spaces is honest.
const RATIO_FREE: u64 = 1 << 20;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, with `/` between folders.
    pub name: String,
    /// Where its local header begins.
    pub offset: u64,
    /// Where its data begins.
    pub data: u64,
    /// Size of its data in the archive.
    pub compressed: u64,
    /// Size after inflation.
    pub size: u64,
    /// Whether it is stored, not deflated.
    pub stored: bool,
    crc: u32,
}

impl Entry {
    /// Where it is, for a finding.
    pub fn place(&self) -> Place {
        Place::bytes(format!("asic:/{}", self.name), self.offset, self.data - self.offset + self.compressed)
    }
}

/// A zip whose directories agree.
#[derive(Clone, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    findings: Vec<Finding>,
}

impl<'a> Archive<'a> {
    /// The files in the order they lie in the archive. Directory entries are left out.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is odd but not refused.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The file of this exact name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The content of a file, checked against its size and checksum.
    ///
    /// # Errors
    /// Broken data: [`Code::ZipMalformed`], [`Code::ZipInconsistent`].
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, Finding> {
        let data = slice(self.bytes, entry.data, entry.compressed).ok_or_else(|| malformed("an entry is cut off"))?;
        let content = if entry.stored {
            data.to_vec()
        } else {
            let size = usize::try_from(entry.size)
                .map_err(|_| Finding::error(Code::LimitExceeded, "an entry is too large for this machine"))?;
            inflate(data, size).map_err(|finding| finding.at(entry.place()))?
        };
        if crc32fast::hash(&content) != entry.crc {
            return Err(malformed("an entry's checksum does not hold").at(entry.place()));
        }
        Ok(content)
    }
}

fn malformed(message: &str) -> Finding {
    Finding::error(Code::ZipMalformed, message).by("APPNOTE 6.3, 4.3")
}

fn inconsistent(message: &str) -> Finding {
    Finding::error(Code::ZipInconsistent, message).by("APPNOTE 6.3, 4.3.7 and 4.3.12")
}

fn slice(bytes: &[u8], start: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
}

/// Little-endian numbers at fixed offsets of a header whose length was checked.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn half(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.0[at], self.0[at + 1]])
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }
}

/// What the central directory says of an entry.
struct Central<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    compressed: u64,
    size: u64,
    offset: u64,
    name: &'a [u8],
}

/// Reads the structure of a zip. No content is inflated yet, but all budgets on declared sizes are applied.
///
/// # Errors
/// Everything that is wrong with the structure or the names.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Archive<'a>, Vec<Finding>> {
    let one = |finding| vec![finding];
    if bytes.len() as u64 > limits.package_bytes {
        return Err(one(Finding::error(Code::LimitExceeded, "the container is too large")));
    }
    let mut central = directory(bytes, limits).map_err(one)?;
    central.sort_by_key(|entry| entry.offset);
    let start_of_directory = central_start(bytes).ok_or_else(|| one(malformed("no end record")))?;
    let mut expected = 0;
    let mut entries = Vec::with_capacity(central.len());
    let mut findings = Vec::new();
    for header in &central {
        if header.offset != expected {
            let message =
                if header.offset < expected { "two entries overlap" } else { "bytes that belong to no entry" };
            return Err(one(inconsistent(message).at(Place::bytes("asic:", expected, 0))));
        }
        let (entry, end) = local(bytes, header, start_of_directory).map_err(one)?;
        expected = end;
        if let Some(problem) = name::problem(&entry.name) {
            findings.push(Finding::error(Code::EntryNameUnsafe, problem).at(Place::bytes("asic:", entry.offset, 0)));
        }
        if entry.size > limits.document_bytes
            || (entry.size > RATIO_FREE && entry.size / limits.ratio.max(1) > entry.compressed)
        {
            findings.push(Finding::error(Code::LimitExceeded, "an entry inflates too much").at(entry.place()));
        }
        entries.push(entry);
    }
    if expected != start_of_directory {
        return Err(one(inconsistent("bytes between the last entry and the directory")));
    }
    if entries.iter().map(|entry| entry.size).sum::<u64>() > limits.package_bytes {
        findings.push(Finding::error(Code::LimitExceeded, "the container inflates too much"));
    }
    duplicates(&entries, &mut findings);
    if findings.iter().any(Finding::refuses) {
        return Err(findings);
    }
    entries.retain(|entry| !(entry.name.ends_with('/') && entry.size == 0));
    Ok(Archive { bytes, entries, findings })
}

/// Where the end record begins: the last place from which the comment reaches exactly to the end.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let lowest = bytes.len().saturating_sub(END_SIZE + usize::from(u16::MAX));
    (lowest..=bytes.len().checked_sub(END_SIZE)?).rev().find(|&at| {
        bytes[at..].starts_with(&END.to_le_bytes())
            && at + END_SIZE + usize::from(Fields(&bytes[at..]).half(20)) == bytes.len()
    })
}

fn central_start(bytes: &[u8]) -> Option<u64> {
    end_record(bytes).map(|at| u64::from(Fields(&bytes[at..]).word(16)))
}

fn directory<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Vec<Central<'a>>, Finding> {
    let at = end_record(bytes).ok_or_else(|| malformed("no end record"))?;
    let end = Fields(&bytes[at..at + END_SIZE]);
    let (count, total) = (end.half(10), end.half(8));
    if end.half(4) != 0 || end.half(6) != 0 || count != total {
        return Err(Finding::error(Code::ZipUnsupported, "an archive over several disks"));
    }
    if count == u16::MAX || end.word(12) == u32::MAX || end.word(16) == u32::MAX {
        return Err(Finding::error(Code::ZipUnsupported, "a zip64 archive"));
    }
    if usize::from(count) > limits.entries {
        return Err(Finding::error(Code::LimitExceeded, "too many entries").with("max", limits.entries.to_string()));
    }
    let (size, start) = (u64::from(end.word(12)), u64::from(end.word(16)));
    if start + size != at as u64 {
        return Err(inconsistent("the directory does not end where the end record begins"));
    }
    let mut rest = slice(bytes, start, size).ok_or_else(|| malformed("the directory is cut off"))?;
    let mut entries = Vec::with_capacity(usize::from(count));
    while !rest.is_empty() {
        let (entry, length) = central(rest)?;
        entries.push(entry);
        rest = &rest[length..];
        if entries.len() > usize::from(count) {
            break;
        }
    }
    if entries.len() != usize::from(count) {
        return Err(inconsistent("the directory has another number of entries than the end record says"));
    }
    Ok(entries)
}

fn central(bytes: &[u8]) -> Result<(Central<'_>, usize), Finding> {
    let cut = || malformed("a directory header is cut off");
    let fields = Fields(bytes.get(..CENTRAL_SIZE).ok_or_else(cut)?);
    if fields.word(0) != CENTRAL {
        return Err(malformed("not a directory header"));
    }
    let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(fields.half(at)));
    let length = CENTRAL_SIZE + name + extra + comment;
    if bytes.len() < length {
        return Err(cut());
    }
    check_extra(&bytes[CENTRAL_SIZE + name..CENTRAL_SIZE + name + extra])?;
    let entry = Central {
        flags: fields.half(8),
        method: fields.half(10),
        crc: fields.word(16),
        compressed: u64::from(fields.word(20)),
        size: u64::from(fields.word(24)),
        offset: u64::from(fields.word(42)),
        name: &bytes[CENTRAL_SIZE..CENTRAL_SIZE + name],
    };
    // Bits 0, 6 and 13: encryption of content, strong encryption, masked headers.
    if entry.flags & (1 | 1 << 6 | 1 << 13) != 0 {
        return Err(Finding::error(Code::ZipUnsupported, "an encrypted entry"));
    }
    if !matches!(entry.method, STORED | DEFLATED) {
        return Err(Finding::error(Code::ZipUnsupported, "a compression method other than stored and deflate"));
    }
    if entry.method == STORED && entry.compressed != entry.size {
        return Err(inconsistent("a stored entry with two sizes"));
    }
    Ok((entry, length))
}

/// Extra fields that would give the entry a second name or other sizes.
fn check_extra(mut extra: &[u8]) -> Result<(), Finding> {
    while let [a, b, c, d, rest @ ..] = extra {
        match u16::from_le_bytes([*a, *b]) {
            0x0001 => return Err(Finding::error(Code::ZipUnsupported, "a zip64 entry")),
            0x7075 => return Err(inconsistent("an entry with a second name in an extra field")),
            0x9901 => return Err(Finding::error(Code::ZipUnsupported, "an encrypted entry")),
            _ => {}
        }
        extra = rest.get(usize::from(u16::from_le_bytes([*c, *d]))..).unwrap_or_default();
    }
    Ok(())
}

/// Checks the local header against the directory; gives the entry and where its bytes end.
fn local(bytes: &[u8], central: &Central<'_>, limit: u64) -> Result<(Entry, u64), Finding> {
    let header = slice(bytes, central.offset, LOCAL_SIZE as u64).ok_or_else(|| malformed("a header is cut off"))?;
    let fields = Fields(header);
    if fields.word(0) != LOCAL {
        return Err(inconsistent("the directory points at something that is not an entry"));
    }
    let (name_length, extra_length) = (u64::from(fields.half(26)), u64::from(fields.half(28)));
    let name_start = central.offset + LOCAL_SIZE as u64;
    let name = slice(bytes, name_start, name_length).ok_or_else(|| malformed("a name is cut off"))?;
    let extra = slice(bytes, name_start + name_length, extra_length).ok_or_else(|| malformed("a header is cut off"))?;
    check_extra(extra)?;
    let flags = fields.half(6);
    let same = name == central.name && flags == central.flags && fields.half(8) == central.method;
    let sizes = [fields.word(14), fields.word(18), fields.word(22)];
    let told = [u64::from(central.crc), central.compressed, central.size];
    let streamed = flags & FLAG_DESCRIPTOR != 0;
    let sizes_agree = sizes.map(u64::from) == told || (streamed && sizes == [0; 3]);
    if !same || !sizes_agree {
        return Err(inconsistent("a local header and the directory disagree").at(Place::bytes(
            "asic:",
            central.offset,
            0,
        )));
    }
    if streamed && central.method == STORED {
        return Err(Finding::error(Code::ZipUnsupported, "a stored entry with a data descriptor"));
    }
    let data = name_start + name_length + extra_length;
    let mut end = data + central.compressed;
    if streamed {
        end += descriptor(bytes, end, told)?;
    }
    if end > limit {
        return Err(inconsistent("an entry reaches into the directory"));
    }
    let entry = Entry {
        name: text(name, flags)?,
        offset: central.offset,
        data,
        compressed: central.compressed,
        size: central.size,
        stored: central.method == STORED,
        crc: central.crc,
    };
    Ok((entry, end))
}

/// The length of the data descriptor, with or without its signature, if it says the same as the directory.
fn descriptor(bytes: &[u8], at: u64, told: [u64; 3]) -> Result<u64, Finding> {
    let words = |start: u64| {
        let fields = Fields(slice(bytes, start, 12)?);
        Some([fields.word(0), fields.word(4), fields.word(8)].map(u64::from))
    };
    let signed = slice(bytes, at, 4) == Some(&DESCRIPTOR.to_le_bytes()[..]);
    if signed && words(at + 4) == Some(told) {
        Ok(16)
    } else if words(at) == Some(told) {
        Ok(12)
    } else {
        Err(inconsistent("a data descriptor and the directory disagree").at(Place::bytes("asic:", at, 16)))
    }
}

fn text(name: &[u8], flags: u16) -> Result<String, Finding> {
    match std::str::from_utf8(name) {
        Ok(text) if flags & FLAG_UTF8 != 0 || text.is_ascii() => Ok(text.to_owned()),
        // Some writers forget the flag; bytes that are UTF-8 and not ASCII are hardly ever anything else.
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Finding::error(Code::EntryNameUnsafe, "a name that is not UTF-8")),
    }
}

fn duplicates(entries: &[Entry], findings: &mut Vec<Finding>) {
    let mut exact = HashMap::with_capacity(entries.len());
    let mut alike = HashMap::with_capacity(entries.len());
    for entry in entries {
        if exact.insert(entry.name.as_str(), ()).is_some() {
            findings.push(Finding::error(Code::EntryDuplicate, "two entries with the same name").at(entry.place()));
        } else if alike.insert(name::same_name_key(&entry.name), ()).is_some() {
            let message = "two names that many file systems take for the same";
            findings.push(Finding::warning(Code::EntryDuplicate, message).at(entry.place()));
        }
    }
}

#[cfg(test)]
mod tests;
