//! What stands around the entries: headers, descriptors, the central directory and its end (APPNOTE 4.3.7 to 4.3.16).

use super::super::{CENTRAL, DESCRIPTOR, END, END64, LOCAL, LOCATOR, STORED};
use super::DosTime;

/// Tag of the extra field with the numbers that did not fit (APPNOTE 4.5.3).
const WIDE: u16 = 0x0001;
/// The version of zip that knows zip64 (APPNOTE 4.4.3).
const VERSION_WIDE: u16 = 45;
/// The zip64 end record without its signature and its length field, in bytes.
const END64_REST: u64 = 44;

/// An entry that has been written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) name: String,
    pub(super) comment: String,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

/// What the end says of the central directory; sizes in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directory {
    pub(super) count: u64,
    pub(super) size: u64,
    pub(super) start: u64,
}

fn halves(numbers: &[u16], out: &mut Vec<u8>) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

fn words(numbers: &[u32], out: &mut Vec<u8>) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

fn doubles(numbers: &[u64], out: &mut Vec<u8>) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

/// The number, or the mark that it stands elsewhere in 64 bits.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Whether 32 bits cannot say it: too large, or it would look like the mark.
fn is_wide(number: u64) -> bool {
    number >= u64::from(u32::MAX)
}

const fn version(method: u16) -> u16 {
    if method == STORED { 10 } else { 20 }
}

/// Before an entry. One with a descriptor says no sizes here, so it cannot say either that they will be wide;
/// `java.util.zip` does not expect it to.
pub(super) fn local(entry: &Written, modified: DosTime, out: &mut Vec<u8>) {
    words(&[LOCAL], out);
    halves(&[version(entry.method), entry.flags, entry.method, modified.time, modified.date], out);
    words(&[entry.crc, narrow(entry.compressed), narrow(entry.size)], out);
    halves(&[entry.name.len() as u16, 0], out);
    out.extend_from_slice(entry.name.as_bytes());
}

/// Behind an entry; 64 bits when it passed 4 GiB, which readers of streams find out by counting.
pub(super) fn descriptor(entry: &Written, out: &mut Vec<u8>) {
    words(&[DESCRIPTOR, entry.crc], out);
    match (u32::try_from(entry.compressed), u32::try_from(entry.size)) {
        (Ok(compressed), Ok(size)) => words(&[compressed, size], out),
        _ => doubles(&[entry.compressed, entry.size], out),
    }
}

/// An entry in the central directory.
pub(super) fn central(entry: &Written, modified: DosTime, out: &mut Vec<u8>) {
    let wide: Vec<u64> =
        [entry.size, entry.compressed, entry.offset].into_iter().filter(|&number| is_wide(number)).collect();
    let version = if wide.is_empty() { version(entry.method) } else { VERSION_WIDE };
    words(&[CENTRAL], out);
    // Made by the same version, host FAT.
    halves(&[version, version, entry.flags, entry.method, modified.time, modified.date], out);
    words(&[entry.crc, narrow(entry.compressed), narrow(entry.size)], out);
    let extra = if wide.is_empty() { 0 } else { 4 + wide.len() * 8 };
    // Disk number, internal and external attributes are zero.
    halves(&[entry.name.len() as u16, extra as u16, entry.comment.len() as u16, 0, 0, 0, 0], out);
    words(&[narrow(entry.offset)], out);
    out.extend_from_slice(entry.name.as_bytes());
    if !wide.is_empty() {
        halves(&[WIDE, extra as u16 - 4], out);
        doubles(&wide, out);
    }
    out.extend_from_slice(entry.comment.as_bytes());
}

/// Behind the central directory: the zip64 records where they are needed, the end record, the archive comment.
pub(super) fn end(directory: Directory, comment: &str, out: &mut Vec<u8>) {
    let Directory { count, size, start } = directory;
    let short = u16::try_from(count).unwrap_or(u16::MAX);
    if short == u16::MAX || is_wide(size) || is_wide(start) {
        words(&[END64], out);
        doubles(&[END64_REST], out);
        halves(&[VERSION_WIDE; 2], out);
        // This disk, and the one that the directory begins on.
        words(&[0; 2], out);
        doubles(&[count, count, size, start], out);
        words(&[LOCATOR, 0], out);
        doubles(&[start + size], out);
        words(&[1], out);
    }
    words(&[END], out);
    halves(&[0, 0, short, short], out);
    words(&[narrow(size), narrow(start)], out);
    halves(&[comment.len() as u16], out);
    out.extend_from_slice(comment.as_bytes());
}
