//! A zip taken apart into its files and put together anew, with checksums and directories that agree, or with one lie.

use flate2::{Compress, FlushCompress};
use konvolutt_shared::container::zip;
use konvolutt_shared::limits::Limits;

use super::{Dice, Raw, ber, raw_change, text};
use crate::material;

/// General purpose bits: sizes follow the data; the name is UTF-8.
const STREAMED: u16 = 1 << 3;
const UTF8: u16 = 1 << 11;

/// One file to be written.
#[derive(Clone)]
struct File {
    name: Vec<u8>,
    content: Vec<u8>,
    stored: bool,
    streamed: bool,
    extra: Vec<u8>,
    comment: Vec<u8>,
    lie: Option<Lie>,
}

/// What a header says that is not so.
#[derive(Clone, Copy)]
struct Lie {
    /// Local header or directory.
    local: bool,
    /// Offset of a two-byte field, counted from the field after "version needed".
    field: usize,
    value: u16,
}

pub(super) fn change(bytes: &[u8], dice: &mut Dice, raw: Raw) -> Option<Vec<u8>> {
    let mut files = take_apart(bytes).or_else(|| take_apart(dice.pick(&material::CONTAINERS)?))?;
    for _ in 0..=dice.roll(2) {
        alter(&mut files, dice, raw)?;
    }
    Some(put_together(&files, dice))
}

fn take_apart(bytes: &[u8]) -> Option<Vec<File>> {
    let archive = zip::read(bytes, &Limits { package_bytes: 1 << 20, ..Limits::default() }).ok()?;
    let file = |entry: &zip::Entry| {
        Some(File {
            name: entry.name.clone().into_bytes(),
            content: archive.read(entry).ok()?,
            stored: entry.stored,
            streamed: !entry.stored,
            extra: Vec::new(),
            comment: Vec::new(),
            lie: None,
        })
    };
    archive.entries().iter().map(file).collect()
}

fn alter(files: &mut Vec<File>, dice: &mut Dice, raw: Raw) -> Option<()> {
    let at = dice.roll(files.len());
    files.get(at)?;
    match dice.roll(16) {
        0 => drop(files.remove(at)),
        1 => files.insert(at, files[at].clone()),
        2 => {
            let other = dice.roll(files.len());
            files.swap(at, other);
        }
        3 => raw_change(&mut files[at].name, raw),
        4 => files[at].name = files[dice.roll(files.len())].name.clone(),
        5 => files[at].name.make_ascii_uppercase(),
        6 => files[at].stored = !files[at].stored,
        7 => files[at].streamed = !files[at].streamed,
        8 => files[at].extra = vec![[1, 0x75, 0x0A][dice.roll(3)], [0, 0x70][dice.roll(2)], 1, 0, dice.roll(256) as u8],
        9 => {
            let (local, field) = (dice.roll(2) == 0, 2 * dice.roll(14));
            files[at].lie = Some(Lie { local, field, value: dice.roll(1 << 16) as u16 });
        }
        10 => {
            // A file of another signed container.
            let others = take_apart(dice.pick(&material::CONTAINERS)?)?;
            let other = dice.pick(&others)?.clone();
            files.insert(dice.roll(files.len() + 1), other);
        }
        11 => {
            let others = take_apart(dice.pick(&material::CONTAINERS)?)?;
            files.extend(others);
        }
        _ => alter_content(&mut files[at], dice, raw),
    }
    (!files.is_empty()).then_some(())
}

fn alter_content(file: &mut File, dice: &mut Dice, raw: Raw) {
    let changed = match file.name.rsplit(|&byte| byte == b'.').next() {
        Some(b"xml") => text::change(&file.content, dice, raw),
        Some(b"p7s") => ber::change(&file.content, dice, raw),
        _ => None,
    };
    match changed {
        Some(changed) => file.content = changed,
        None => raw_change(&mut file.content, raw),
    }
}

fn put_together(files: &[File], dice: &mut Dice) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let offset = out.len() as u32;
        let data = if file.stored { file.content.clone() } else { deflated(&file.content) };
        let sizes = [crc32fast::hash(&file.content), data.len() as u32, file.content.len() as u32];
        let streamed = file.streamed && !file.stored;
        let mut local = file.fields(if streamed { [0; 3] } else { sizes }, streamed);
        let mut central = file.fields(sizes, streamed);
        central.extend_from_slice(&(file.comment.len() as u16).to_le_bytes());
        central.extend_from_slice(&[0; 8]);
        central.extend_from_slice(&offset.to_le_bytes());
        if let Some(lie) = file.lie {
            let fields = if lie.local { &mut local } else { &mut central };
            if let Some(place) = fields.get_mut(lie.field..lie.field + 2) {
                place.copy_from_slice(&lie.value.to_le_bytes());
            }
        }
        out.extend_from_slice(b"PK\x03\x04\x14\x00");
        out.extend_from_slice(&[&local[..], &file.name, &file.extra, &data].concat());
        if streamed {
            out.extend_from_slice(b"PK\x07\x08");
            sizes.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        }
        directory.extend_from_slice(b"PK\x01\x02\x14\x00\x14\x00");
        directory.extend_from_slice(&[&central[..], &file.name, &file.extra, &file.comment].concat());
    }
    let (start, count) = (out.len() as u32, files.len() as u16);
    if dice.roll(32) == 0 {
        out.extend_from_slice(b"bytes that belong to no file");
    }
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend_from_slice(&[count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

impl File {
    /// The fields that both headers have, from flags to the length of the extra field (APPNOTE 4.3.7, 4.3.12).
    fn fields(&self, sizes: [u32; 3], streamed: bool) -> Vec<u8> {
        let flags = UTF8 | if streamed { STREAMED } else { 0 };
        let method = if self.stored { 0_u16 } else { 8 };
        let mut out = Vec::with_capacity(40);
        for half in [flags, method, 0, 0x5C21] {
            out.extend_from_slice(&half.to_le_bytes());
        }
        for word in sizes {
            out.extend_from_slice(&word.to_le_bytes());
        }
        for length in [self.name.len(), self.extra.len()] {
            out.extend_from_slice(&(length as u16).to_le_bytes());
        }
        out
    }
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + content.len() / 100 + 64);
    // The room is enough for any content; if not, the entry is cut off, which is a case worth reading too.
    let _ = Compress::new(flate2::Compression::new(6), false).compress_vec(content, &mut out, FlushCompress::Finish);
    out
}
