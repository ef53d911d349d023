//! The zip, written by hand so that every field can lie.

use konvolutt_shared::container::zip;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;

use crate::Case;

/// One entry, stored unless it says otherwise; what local header and directory say can differ.
#[derive(Clone)]
struct Entry {
    name: &'static str,
    flags: u16,
    method: u16,
    content: Vec<u8>,
    crc: u32,
    size: u32,
    extra: Vec<u8>,
    after: Vec<u8>,
    listed_name: &'static str,
    mode: u16,
}

fn entry(name: &'static str, content: &[u8]) -> Entry {
    let (crc, size) = (crc32(content), content.len() as u32);
    let (extra, after) = (Vec::new(), Vec::new());
    Entry {
        name,
        flags: 0x800,
        method: 0,
        content: content.to_vec(),
        crc,
        size,
        extra,
        after,
        listed_name: name,
        mode: 0,
    }
}

/// CRC-32 (ISO-HDLC), bit by bit: not the one that is tested.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

fn halves(out: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
}

fn words(out: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
}

/// The archive; `listed` entries stand in the directory, `end` changes the end record.
fn archive(entries: &[Entry], listed: usize, end: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (index, one) in entries.iter().enumerate() {
        let offset = out.len() as u32;
        words(&mut out, &[0x0403_4B50]);
        halves(&mut out, &[20, one.flags, one.method, 0, 0]);
        let streamed = one.flags & 8 != 0;
        let told = if streamed { [0; 3] } else { [one.crc, one.content.len() as u32, one.size] };
        words(&mut out, &told);
        halves(&mut out, &[one.name.len() as u16, one.extra.len() as u16]);
        out.extend_from_slice(one.name.as_bytes());
        out.extend_from_slice(&one.extra);
        out.extend_from_slice(&one.content);
        out.extend_from_slice(&one.after);
        if index < listed {
            words(&mut directory, &[0x0201_4B50]);
            halves(&mut directory, &[20, 20, one.flags, one.method, 0, 0]);
            words(&mut directory, &[one.crc, one.content.len() as u32, one.size]);
            halves(&mut directory, &[one.listed_name.len() as u16, 0, 0, 0, 0]);
            words(&mut directory, &[u32::from(one.mode) << 16, offset]);
            directory.extend_from_slice(one.listed_name.as_bytes());
        }
    }
    let start = out.len() as u32;
    let mut record = Vec::new();
    words(&mut record, &[0x0605_4B50]);
    halves(&mut record, &[0, 0, listed as u16, listed as u16]);
    words(&mut record, &[directory.len() as u32, start]);
    halves(&mut record, &[0]);
    out.extend(directory);
    end(&mut record);
    out.extend(record);
    out
}

fn one(change: impl FnOnce(&mut Entry)) -> Vec<u8> {
    let mut only = entry("a.txt", b"hei");
    change(&mut only);
    archive(&[only], 1, |_| {})
}

fn plain() -> Vec<u8> {
    one(|_| {})
}

fn found(bytes: &[u8]) -> Vec<Finding> {
    found_within(bytes, &Limits::default())
}

fn found_within(bytes: &[u8], limits: &Limits) -> Vec<Finding> {
    match zip::read(bytes, limits) {
        Ok(archive) => archive.findings().to_vec(),
        Err(findings) => findings,
    }
}

fn extra(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    halves(&mut field, &[kind, data.len() as u16]);
    field.extend_from_slice(data);
    field
}

/// Deflate of one stored block.
fn deflated(content: &[u8]) -> Vec<u8> {
    let length = content.len() as u16;
    let mut out = vec![1];
    halves(&mut out, &[length, !length]);
    out.extend_from_slice(content);
    out
}

fn descriptor(crc: u32, compressed: u32, size: u32) -> Vec<u8> {
    let mut out = Vec::new();
    words(&mut out, &[0x0807_4B50, crc, compressed, size]);
    out
}

fn streamed(change: impl FnOnce(&mut Entry)) -> Vec<u8> {
    one(|entry| {
        entry.flags |= 8;
        entry.method = 8;
        entry.content = deflated(b"hei");
        entry.after = descriptor(entry.crc, entry.content.len() as u32, entry.size);
        change(entry);
    })
}

/// The zip64 end record and its locator, before the end record. `change` gets the three.
fn wide(count: u64, change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>, &mut Vec<u8>)) -> Vec<u8> {
    let plain = plain();
    let (body, end) = plain.split_at(plain.len() - 22);
    let (size, start) = (u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
    let (mut record, mut locator, mut end) = (Vec::new(), Vec::new(), end.to_vec());
    words(&mut record, &[0x0606_4B50, 44, 0, 0x002D_002D, 0, 0]);
    for value in [count, count, size, start] {
        record.extend(value.to_le_bytes());
    }
    words(&mut locator, &[0x0706_4B50, 0, body.len() as u32, 0, 1]);
    end[8..12].fill(0xFF);
    change(&mut record, &mut locator, &mut end);
    [body, &record, &locator, &end].concat()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub(crate) fn cases() -> Vec<Case> {
    for good in [plain(), streamed(|_| {}), wide(1, |_, _, _| {})] {
        assert_eq!(found(&good), [], "the base is good");
    }
    [structure(), zip64(), contents(), kinds(), names(), budgets()].concat()
}

fn structure() -> Vec<Case> {
    let two = [entry("a.txt", b"hei"), entry("b.txt", b"du")];
    let mut gap = plain();
    gap.splice(38..38, *b"gap!");
    vec![
        (Rule::ZipStart, found(b"certainly not a zip")),
        (Rule::ZipStart, found(b"")),
        (Rule::ZipCut, found(&plain()[..plain().len() - 1])),
        (Rule::ZipGap, found(&gap)),
        (Rule::ZipGap, found(&[&plain()[..], b"x"].concat())),
        (Rule::ZipHeaders, found(&one(|entry| entry.listed_name = "b.txt"))),
        (Rule::ZipDescriptor, found(&streamed(|entry| entry.after[12] ^= 1))),
        (Rule::ZipEnd, found(&archive(&two, 2, |record| record[10] = 3))),
        (Rule::ZipDirectory, found(&archive(&two, 1, |_| {}))),
        (Rule::ZipDisks, found(&archive(&two, 2, |record| record[4] = 1))),
        (Rule::ZipExtra, found(&one(|entry| entry.extra = vec![1, 2, 9, 0, 1]))),
    ]
}

/// Numbers of 64 bits that say something else than the others.
pub(crate) fn zip64() -> Vec<Case> {
    let marked = |field: Vec<u8>| {
        one(|entry| {
            entry.size = u32::MAX;
            entry.extra = field;
        })
    };
    vec![
        (Rule::Zip64, found(&one(|entry| entry.extra = extra(1, &[0; 8]).repeat(2)))),
        // A mark that the number stands in the field, and no field, or one that is too short.
        (Rule::Zip64, found(&marked(Vec::new()))),
        (Rule::Zip64, found(&marked(extra(1, &[3, 0, 0, 0])))),
        (Rule::ZipSizes, found(&marked(extra(1, &u64::MAX.to_le_bytes())))),
        (Rule::ZipEnd, found(&wide(2, |_, _, _| {}))),
        (Rule::Zip64, found(&wide(1, |record, _, _| record[48] ^= 1))),
        // The record's own length, the locator that is absent, twice or points elsewhere, the end that disagrees.
        (Rule::Zip64, found(&wide(1, |record, _, _| record[4] ^= 1))),
        (Rule::Zip64, found(&wide(1, |_, locator, _| locator.clear()))),
        (Rule::Zip64, found(&wide(1, |_, locator, _| *locator = locator.repeat(2)))),
        (Rule::Zip64, found(&wide(1, |_, locator, _| locator[8] ^= 1))),
        (Rule::Zip64, found(&wide(1, |_, _, end| end[8..12].fill(5)))),
        (Rule::Zip64, found(&wide(1, |_, _, end| end[12] ^= 1))),
    ]
}

/// What is neither a file nor a folder. Files and folders are, with any rights.
fn kinds() -> Vec<Case> {
    let of_mode = |mode: u16| one(|entry| entry.mode = mode);
    for good in [0o100_644, 0o100_755, 0o040_755, 0o644] {
        assert_eq!(found(&of_mode(good)), [], "{good:o}");
    }
    let asi = [&[0; 4], &0o120_777_u16.to_le_bytes()[..], &[0; 8], b"../a"].concat();
    vec![
        (Rule::ZipKind, found(&of_mode(0o120_777))),
        (Rule::ZipKind, found(&of_mode(0o020_666))),
        (Rule::ZipKind, found(&of_mode(0o010_644))),
        (Rule::ZipKind, found(&one(|entry| entry.extra = extra(0x756E, &asi)))),
    ]
}

fn contents() -> Vec<Case> {
    let deflate = |entry: &mut Entry| {
        entry.method = 8;
        entry.content = deflated(b"hei");
    };
    vec![
        (
            Rule::ZipSizes,
            found(&one(|entry| {
                deflate(entry);
                entry.size = 2;
            })),
        ),
        (
            Rule::ZipData,
            found(&one(|entry| {
                deflate(entry);
                entry.content[0] = 7;
            })),
        ),
        (Rule::ZipChecksum, found(&one(|entry| entry.content[0] ^= 1))),
        (Rule::ZipChecksum, found(&streamed(|entry| entry.content[5] ^= 1))),
        (Rule::ZipMethod, found(&one(|entry| entry.method = 12))),
        (Rule::ZipEncrypted, found(&one(|entry| entry.flags |= 1))),
        (Rule::ZipStoredStream, found(&one(|entry| entry.flags |= 8))),
    ]
}

fn names() -> Vec<Case> {
    let named = |name: &'static str| {
        one(|entry| {
            entry.name = name;
            entry.listed_name = name;
        })
    };
    let mut cases: Vec<Case> = ["../a", "/a", "a\\b", "a\0b", "c:a", "a//b", "inn\u{202E}fdp.exe"]
        .map(|name| (Rule::ZipName, found(&named(name))))
        .to_vec();
    let both = |a, b| archive(&[entry(a, b"1"), entry(b, b"2")], 2, |_| {});
    let second = [&[1], &crc32(b"a.txt").to_le_bytes()[..], b"b.txt"].concat();
    cases.extend([
        (Rule::ZipNameRepeated, found(&both("a.txt", "a.txt"))),
        (Rule::ZipNameAlike, found(&both("Brev.txt", "brev.txt"))),
        (Rule::ZipSecondName, found(&one(|entry| entry.extra = extra(0x7075, &second)))),
    ]);
    cases
}

fn budgets() -> Vec<Case> {
    let few = Limits { entries: 1, ..Limits::default() };
    let small = Limits { document_bytes: 2, ..Limits::default() };
    let flat = Limits { ratio: 20, ..Limits::default() };
    // One byte over and over. Our own writer stops at 90 to 1.
    let mut bomb = Vec::new();
    let mut writer = zip::ZipWriter::new(zip::DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH));
    writer.add("bombe.txt", &vec![0; 33 << 20], &mut bomb).unwrap();
    writer.finish("", &mut bomb).unwrap();
    vec![
        (Rule::ZipEntries, found_within(&archive(&[entry("a.txt", b"1"), entry("b.txt", b"2")], 2, |_| {}), &few)),
        (Rule::ZipRatio, found_within(&bomb, &flat)),
        (Rule::ZipSize, found_within(&plain(), &small)),
    ]
}
