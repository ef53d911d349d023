//! The records of a zip, parsed from bytes whose length was checked.

use super::{FLAG_UTF8, name};
use crate::finding::{Finding, Rule};

/// Lengths of the fixed parts, in bytes (APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16).
pub(super) const LOCAL_SIZE: usize = 30;
pub(super) const CENTRAL_SIZE: usize = 46;
pub(super) const END_SIZE: usize = 22;
pub(super) const END64_SIZE: usize = 56;
pub(super) const LOCATOR_SIZE: usize = 20;

/// Little-endian numbers at fixed offsets of a record whose length was checked.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn half(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.0[at], self.0[at + 1]])
    }

    pub(super) fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }

    pub(super) fn double(&self, at: usize) -> u64 {
        u64::from(self.word(at)) | u64::from(self.word(at + 4)) << 32
    }
}

/// What a local header says.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    pub(super) raw_name: Vec<u8>,
    pub(super) name: String,
}

/// What the directory says of an entry.
#[derive(Debug)]
pub(super) struct Central {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
    pub(super) raw_name: Vec<u8>,
}

/// The whole length of a local header, from its fixed part.
pub(super) fn local_length(fixed: &[u8]) -> usize {
    let fields = Fields(fixed);
    LOCAL_SIZE + usize::from(fields.half(26)) + usize::from(fields.half(28))
}

/// The whole length of a directory header, from its fixed part.
pub(super) fn central_length(fixed: &[u8]) -> usize {
    let fields = Fields(fixed);
    CENTRAL_SIZE + usize::from(fields.half(28)) + usize::from(fields.half(30)) + usize::from(fields.half(32))
}

/// Reads a whole local header.
pub(super) fn local(bytes: &[u8]) -> Result<Local, Finding> {
    let fields = Fields(bytes);
    let flags = fields.half(6);
    check_flags(flags)?;
    let (raw_name, extra) = bytes[LOCAL_SIZE..].split_at(usize::from(fields.half(26)));
    let told = [fields.word(22), fields.word(18)];
    let extra = Extra::read(extra, raw_name)?;
    let [size, compressed] = extra.widen(told)?;
    let name = name::decode(raw_name, flags & FLAG_UTF8 != 0);
    if extra.unicode_name.is_some_and(|other| other != name.as_bytes()) {
        return Err(Rule::ZipSecondName.broken());
    }
    let method = fields.half(8);
    Ok(Local { flags, method, crc: fields.word(14), compressed, size, raw_name: raw_name.to_vec(), name })
}

/// Reads a whole directory header.
pub(super) fn central(bytes: &[u8]) -> Result<Central, Finding> {
    let fields = Fields(bytes);
    let flags = fields.half(8);
    check_flags(flags)?;
    let (raw_name, rest) = bytes[CENTRAL_SIZE..].split_at(usize::from(fields.half(28)));
    let extra = Extra::read(&rest[..usize::from(fields.half(30))], raw_name)?;
    let [size, compressed, offset] = extra.widen([fields.word(24), fields.word(20), fields.word(42)])?;
    if fields.half(34) != 0 {
        return Err(Rule::ZipDisks.broken());
    }
    // The upper half of the external attributes is the mode, whatever system the writer says it is.
    check_mode(fields.half(40))?;
    Ok(Central {
        flags,
        method: fields.half(10),
        crc: fields.word(16),
        compressed,
        size,
        offset,
        raw_name: raw_name.to_vec(),
    })
}

/// Bits 0, 6 and 13: encryption of content, strong encryption, masked headers.
fn check_flags(flags: u16) -> Result<(), Finding> {
    if flags & (1 | 1 << 6 | 1 << 13) == 0 { Ok(()) } else { Err(Rule::ZipEncrypted.broken()) }
}

/// Only files and folders: the kind in a Unix mode (POSIX, sys/stat.h), 0 where a writer gives none.
fn check_mode(mode: u16) -> Result<(), Finding> {
    match mode & 0xF000 {
        0 | 0x4000 | 0x8000 => Ok(()),
        kind => Err(Rule::ZipKind.broken().seen(format!("mode {kind:o}"))),
    }
}

/// The extra fields that change what a header says.
#[derive(Default)]
struct Extra<'a> {
    zip64: Option<&'a [u8]>,
    unicode_name: Option<&'a [u8]>,
}

impl<'a> Extra<'a> {
    fn read(mut extra: &'a [u8], raw_name: &[u8]) -> Result<Self, Finding> {
        let mut found = Self::default();
        while let [a, b, c, d, rest @ ..] = extra {
            let length = usize::from(u16::from_le_bytes([*c, *d]));
            let Some(data) = rest.get(..length) else { return Err(Rule::ZipExtra.broken()) };
            match u16::from_le_bytes([*a, *b]) {
                0x0001 if found.zip64.is_some() => return Err(Rule::Zip64.broken()),
                0x0001 => found.zip64 = Some(data),
                0x7075 => found.unicode_name = Some(unicode_name(data, raw_name)?),
                // ASi's Unix field: checksum, mode (APPNOTE 4.6.1 lists it; Info-ZIP, extrafld.txt).
                0x756E => check_mode(data.get(4..6).map_or(0, |mode| u16::from_le_bytes([mode[0], mode[1]])))?,
                0x9901 => return Err(Rule::ZipEncrypted.broken()),
                _ => {}
            }
            extra = &rest[length..];
        }
        // Android and some older writers pad with up to three zero bytes.
        if extra.iter().all(|byte| *byte == 0) { Ok(found) } else { Err(Rule::ZipExtra.broken()) }
    }

    /// The numbers that did not fit their 32 bits, in the order of APPNOTE 4.5.3.
    fn widen<const N: usize>(&self, told: [u32; N]) -> Result<[u64; N], Finding> {
        let mut wide = self.zip64.unwrap_or_default();
        let mut numbers = [0; N];
        for (number, told) in numbers.iter_mut().zip(told) {
            *number = match (told, wide.split_first_chunk::<8>()) {
                (u32::MAX, Some((first, rest))) => {
                    wide = rest;
                    u64::from_le_bytes(*first)
                }
                (u32::MAX, None) => return Err(Rule::Zip64.broken()),
                (told, _) => u64::from(told),
            };
        }
        Ok(numbers)
    }
}

/// Info-ZIP's Unicode Path: version, checksum of the plain name, name in UTF-8 (APPNOTE 4.6.9).
fn unicode_name<'a>(data: &'a [u8], raw_name: &[u8]) -> Result<&'a [u8], Finding> {
    match data {
        [1, crc @ ..] if crc.len() >= 4 && crc[..4] == crc32fast::hash(raw_name).to_le_bytes() => Ok(&crc[4..]),
        _ => Err(Rule::ZipSecondName.broken()),
    }
}
