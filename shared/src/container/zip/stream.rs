//! A zip reader that goes forward only and compares everything that is said twice.
//!
//! Readers disagree on whether local headers or the central directory count; the reference reads only the former,
//! most others only the latter. A container in which the two differ says different things to different readers, so it
//! is refused, and so are bytes that belong to no entry. Every content is inflated once, as it comes, within its
//! budgets; what is held is a window and the directory.

mod directory;

use std::collections::HashSet;

use flate2::{Decompress, FlushDecompress, Status};

use super::header::{
    CENTRAL_SIZE, Central, END_SIZE, END64_SIZE, Fields, LOCAL_SIZE, LOCATOR_SIZE, central_length, local, local_length,
};
use super::read::Entry;
use super::{CENTRAL, DEFLATED, DESCRIPTOR, END, END64, FLAG_DESCRIPTOR, LOCAL, LOCATOR, STORED, name};
use crate::finding::{Finding, Findings, Place, Rule};
use crate::limits::Limits;

/// Up to so many bytes of all files together, a high ratio harms nobody: an empty page that was scanned to 300 points an
/// inch in colours, and not compressed, has 26 MB, and the reference deflates it 400 to 1.
const RATIO_FREE: u64 = 32 << 20;
/// How much is inflated at once, in bytes.
const WINDOW: usize = 64 * 1024;
/// The longest data descriptor and the signature that must follow it.
const DESCRIPTOR_ROOM: usize = 28;

/// Takes the contents as they come. Nothing of them has been checked yet, nor have the names.
pub trait EntrySink {
    /// An entry with this name begins; a folder's ends in `/`. The name may be unsafe or repeated:
    /// [`ZipReader::finish`] refuses the archive then.
    ///
    /// # Errors
    /// Whatever ends the reading.
    fn begin(&mut self, name: &str) -> Result<(), Finding>;

    /// The next bytes of its content, inflated; never none, and at most [`Limits::document_bytes`] together.
    ///
    /// # Errors
    /// Whatever ends the reading.
    fn data(&mut self, bytes: &[u8]) -> Result<(), Finding>;

    /// It ended; its sizes and checksum hold.
    ///
    /// # Errors
    /// Whatever ends the reading.
    fn end(&mut self, entry: &Entry) -> Result<(), Finding>;
}

/// Drops the contents, for those who want the structure only.
impl EntrySink for () {
    fn begin(&mut self, _: &str) -> Result<(), Finding> {
        Ok(())
    }

    fn data(&mut self, _: &[u8]) -> Result<(), Finding> {
        Ok(())
    }

    fn end(&mut self, _: &Entry) -> Result<(), Finding> {
        Ok(())
    }
}

/// A push parser. Give it bytes in pieces of any size until there are no more, then [`finish`](Self::finish).
/// It holds a window of 64 KiB and the headers, of which there may be [`Limits::metadata_bytes`].
#[derive(Debug)]
pub struct ZipReader {
    limits: Limits,
    state: State,
    /// Bytes that wait for more: a header or a descriptor.
    buffer: Vec<u8>,
    /// Offset of the buffer's first byte, or of the next byte.
    position: u64,
    window: Vec<u8>,
    entries: Vec<Entry>,
    /// What the local headers of the entries say, in the same order.
    headers: Vec<Header>,
    names: HashSet<String>,
    /// Bytes of all headers.
    header_bytes: u64,
    /// Bytes of all contents.
    total: u64,
    directory: Vec<Central>,
    directory_start: Option<u64>,
    end64: Option<End64>,
    findings: Findings,
}

#[derive(Debug)]
enum State {
    /// At a signature.
    Between,
    Data(Box<Open>),
    Descriptor(Box<Open>),
    /// After the end record.
    Done,
}

/// An entry whose content is being read.
struct Open {
    entry: Entry,
    header: Header,
    /// What the local header says: checksum, compressed and plain size.
    told: [u64; 3],
    inflater: Option<Decompress>,
    crc: crc32fast::Hasher,
}

/// What must stand in the directory too.
#[derive(Debug)]
struct Header {
    raw_name: Vec<u8>,
    flags: u16,
    method: u16,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// The zip64 end record, and where it begins.
#[derive(Clone, Copy, Debug)]
struct End64 {
    at: u64,
    counts: [u64; 2],
    size: u64,
    start: u64,
    located: bool,
}

/// What is in a zip whose directories agree.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The files in the order they lie in the archive. Entries for folders are left out.
    pub entries: Vec<Entry>,
    /// What is odd but not refused: [`Rule::ZipNameAlike`].
    pub findings: Vec<Finding>,
}

impl ZipReader {
    /// A reader at an archive's first byte.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            state: State::Between,
            buffer: Vec::new(),
            position: 0,
            window: vec![0; WINDOW],
            entries: Vec::new(),
            names: HashSet::new(),
            headers: Vec::new(),
            header_bytes: 0,
            total: 0,
            directory: Vec::new(),
            directory_start: None,
            end64: None,
            findings: Findings::default(),
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// The first thing that is wrong with the structure, one of the rules `Z01` ([`Rule::ZipStart`]) to `Z24`,
    /// or the sink's own. After an error the reader is of no use.
    pub fn push(&mut self, mut bytes: &[u8], sink: &mut impl EntrySink) -> Result<(), Finding> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Between => {
                    let complete = self.between(&mut bytes, sink)?;
                    if !complete {
                        self.state = State::Between;
                        return Ok(());
                    }
                }
                State::Data(open) => {
                    if !self.data(open, &mut bytes, sink)? {
                        return Ok(());
                    }
                }
                State::Descriptor(open) => {
                    if !self.fill(&mut bytes, DESCRIPTOR_ROOM) {
                        self.state = State::Descriptor(open);
                        return Ok(());
                    }
                    self.descriptor(&open)?;
                    self.close(*open, sink)?;
                }
                State::Done if bytes.is_empty() => return Ok(()),
                State::Done => return Err(Rule::ZipGap.broken().at(self.place(bytes.len() as u64))),
            }
        }
    }

    fn place(&self, length: u64) -> Place {
        Place::bytes("asic:", self.position, length)
    }

    /// Whether the buffer holds so many bytes, after taking what is missing.
    fn fill(&mut self, bytes: &mut &[u8], wanted: usize) -> bool {
        let take = wanted.saturating_sub(self.buffer.len()).min(bytes.len());
        self.buffer.extend_from_slice(&bytes[..take]);
        *bytes = &bytes[take..];
        self.buffer.len() >= wanted
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(length);
        self.position += length as u64;
        std::mem::replace(&mut self.buffer, rest)
    }

    /// Reads one record; `false` when its end has not arrived.
    fn between(&mut self, bytes: &mut &[u8], sink: &mut impl EntrySink) -> Result<bool, Finding> {
        if !self.fill(bytes, 4) {
            return Ok(false);
        }
        let signature = Fields(&self.buffer).word(0);
        let after_directory = self.end64.is_some();
        match signature {
            LOCAL if self.directory_start.is_none() => {
                if !self.whole(bytes, LOCAL_SIZE, local_length) {
                    return Ok(false);
                }
                self.begin(sink)?;
            }
            CENTRAL if !after_directory => {
                if !self.whole(bytes, CENTRAL_SIZE, central_length) {
                    return Ok(false);
                }
                self.listed()?;
            }
            END64 if !after_directory => {
                if !self.fill(bytes, END64_SIZE) {
                    return Ok(false);
                }
                self.end64()?;
            }
            LOCATOR if after_directory => {
                if !self.fill(bytes, LOCATOR_SIZE) {
                    return Ok(false);
                }
                self.locator()?;
            }
            END => {
                if !self.whole(bytes, END_SIZE, |fixed| END_SIZE + usize::from(Fields(fixed).half(20))) {
                    return Ok(false);
                }
                self.end()?;
                self.state = State::Done;
                return Ok(true);
            }
            _ if self.position == 0 => return Err(Rule::ZipStart.broken().at(self.place(4))),
            _ => return Err(Rule::ZipGap.broken().at(self.place(4))),
        }
        if matches!(self.state, State::Done) {
            self.state = State::Between;
        }
        Ok(true)
    }

    /// Whether a record with a variable part is whole.
    fn whole(&mut self, bytes: &mut &[u8], fixed: usize, length: impl Fn(&[u8]) -> usize) -> bool {
        self.fill(bytes, fixed) && self.fill(bytes, length(&self.buffer))
    }

    /// A local header: an entry begins.
    fn begin(&mut self, sink: &mut impl EntrySink) -> Result<(), Finding> {
        let offset = self.position;
        let length = local_length(&self.buffer);
        let place = self.place(length as u64);
        if self.entries.len() == self.limits.entries {
            return Err(Rule::ZipEntries.broken().seen(format!("more than {}", self.limits.entries)).at(place));
        }
        self.count_header(length)?;
        let header = local(&self.take(length)).map_err(|finding| finding.at(place.clone()))?;
        if !matches!(header.method, STORED | DEFLATED) {
            return Err(Rule::ZipMethod.broken().seen(format!("method {}", header.method)).at(place));
        }
        let streamed = header.flags & FLAG_DESCRIPTOR != 0;
        if streamed && header.method == STORED {
            return Err(Rule::ZipStoredStream.broken().at(place));
        }
        if let Some(problem) = name::problem(&header.name) {
            self.findings.push(Rule::ZipName.broken().seen(problem).at(place.clone()));
        }
        if !self.names.insert(header.name.clone()) {
            self.findings.push(Rule::ZipNameRepeated.broken().at(place));
        }
        sink.begin(&header.name)?;
        self.state = State::Data(Box::new(Open {
            entry: Entry {
                name: header.name,
                offset,
                data: self.position,
                compressed: 0,
                size: 0,
                stored: header.method == STORED,
                crc: 0,
            },
            header: Header { raw_name: header.raw_name, flags: header.flags, method: header.method },
            told: [u64::from(header.crc), header.compressed, header.size],
            inflater: (header.method == DEFLATED).then(|| Decompress::new(false)),
            crc: crc32fast::Hasher::new(),
        }));
        Ok(())
    }

    /// Names and extra fields are budgeted together: a thousand of 128 KiB would be more than the content.
    fn count_header(&mut self, length: usize) -> Result<(), Finding> {
        self.header_bytes += length as u64;
        if self.header_bytes > self.limits.metadata_bytes {
            return Err(Rule::ZipEntries.broken().seen("names and extra fields beyond the budget").at(self.place(0)));
        }
        Ok(())
    }

    /// Content; `false` when all bytes are taken and more must come.
    fn data(&mut self, mut open: Box<Open>, bytes: &mut &[u8], sink: &mut impl EntrySink) -> Result<bool, Finding> {
        let streamed = open.header.flags & FLAG_DESCRIPTOR != 0;
        let ended = if open.inflater.is_none() {
            let left = open.told[1] - open.entry.compressed;
            let take = left.min(bytes.len() as u64) as usize;
            self.plain(&mut open, &bytes[..take], take, sink)?;
            *bytes = &bytes[take..];
            open.entry.compressed == open.told[1]
        } else {
            self.inflate(&mut open, bytes, streamed, sink)?
        };
        if !ended {
            self.state = State::Data(open);
            return Ok(false);
        }
        open.entry.crc = open.crc.clone().finalize();
        if streamed {
            self.state = State::Descriptor(open);
        } else {
            self.compare_told(&open)?;
            self.close(*open, sink)?;
        }
        Ok(true)
    }

    /// Hands plain bytes on, within the budgets. `consumed` bytes of the archive made them.
    fn plain(
        &mut self,
        open: &mut Open,
        plain: &[u8],
        consumed: usize,
        sink: &mut impl EntrySink,
    ) -> Result<(), Finding> {
        let entry = &mut open.entry;
        entry.compressed += consumed as u64;
        entry.size += plain.len() as u64;
        self.position += consumed as u64;
        self.total += plain.len() as u64;
        let limits = &self.limits;
        if self.total > RATIO_FREE && self.total / limits.ratio.max(1) > self.position {
            let evidence = format!("{} bytes from {}", self.total, self.position);
            return Err(Rule::ZipRatio.broken().seen(evidence).at(entry.place()));
        }
        if entry.size > limits.document_bytes || self.total.max(self.position) > limits.package_bytes {
            return Err(Rule::ZipSize.broken().at(entry.place()));
        }
        open.crc.update(plain);
        if plain.is_empty() { Ok(()) } else { sink.data(plain) }
    }

    /// Inflates what is there; `true` at the end of the compressed data.
    fn inflate(
        &mut self,
        open: &mut Open,
        bytes: &mut &[u8],
        streamed: bool,
        sink: &mut impl EntrySink,
    ) -> Result<bool, Finding> {
        let Some(mut inflater) = open.inflater.take() else { return Ok(true) };
        let mut window = std::mem::take(&mut self.window);
        let ended = loop {
            let left = if streamed { u64::MAX } else { open.told[1] - open.entry.compressed };
            let input = &bytes[..left.min(bytes.len() as u64) as usize];
            let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
            let status = inflater.decompress(input, &mut window, FlushDecompress::None);
            let consumed = (inflater.total_in() - before_in) as usize;
            let fresh = (inflater.total_out() - before_out) as usize;
            let status = status.map_err(|_| Rule::ZipData.broken().at(open.entry.header_place()))?;
            self.plain(open, &window[..fresh], consumed, sink)?;
            *bytes = &bytes[consumed..];
            if status == Status::StreamEnd {
                break true;
            }
            if fresh == 0 && consumed == 0 {
                if !streamed && open.entry.compressed == open.told[1] {
                    return Err(Rule::ZipData.broken().seen("it ends too early").at(open.entry.header_place()));
                }
                break false;
            }
        };
        self.window = window;
        if !ended {
            open.inflater = Some(inflater);
        }
        Ok(ended)
    }

    /// The sizes of a local header that gives them.
    fn compare_told(&self, open: &Open) -> Result<(), Finding> {
        let entry = &open.entry;
        if [entry.compressed, entry.size] != open.told[1..] {
            let evidence = format!("{} bytes, the header says {}", entry.size, open.told[2]);
            return Err(Rule::ZipSizes.broken().seen(evidence).at(entry.place()));
        }
        if u64::from(entry.crc) != open.told[0] {
            return Err(Rule::ZipChecksum.broken().at(entry.place()));
        }
        Ok(())
    }

    /// The data descriptor: 32 or 64 bits wide, with or without its signature. It is the form that fits the content and
    /// has another record behind it.
    fn descriptor(&mut self, open: &Open) -> Result<(), Finding> {
        let entry = &open.entry;
        // A local header with a descriptor says nothing, or the same.
        let says = [u64::from(entry.crc), entry.compressed, entry.size];
        if open.told != [0; 3] && open.told != says {
            return Err(Rule::ZipHeaders.broken().at(entry.place()));
        }
        let fields = Fields(&self.buffer);
        let mut checksum_only = false;
        for (start, wide) in [(4, false), (0, false), (4, true), (0, true)] {
            let length = start + if wide { 20 } else { 12 };
            let sizes = if wide {
                [fields.double(start + 4), fields.double(start + 12)]
            } else {
                [u64::from(fields.word(start + 4)), u64::from(fields.word(start + 8))]
            };
            let signed = start == 0 || fields.word(0) == DESCRIPTOR;
            let followed = matches!(fields.word(length), LOCAL | CENTRAL);
            if !signed || !followed || sizes != says[1..] {
                continue;
            }
            if u64::from(fields.word(start)) == says[0] {
                self.take(length);
                return Ok(());
            }
            checksum_only = true;
        }
        let rule = if checksum_only { Rule::ZipChecksum } else { Rule::ZipDescriptor };
        Err(rule.broken().at(Place::bytes(format!("asic:/{}", entry.name), self.position, 16)))
    }

    fn close(&mut self, open: Open, sink: &mut impl EntrySink) -> Result<(), Finding> {
        let Open { entry, header, .. } = open;
        if entry.name.ends_with('/') && entry.size > 0 {
            self.findings.push(Rule::ZipName.broken().seen("a folder with content").at(entry.place()));
        }
        sink.end(&entry)?;
        self.entries.push(entry);
        self.headers.push(header);
        self.state = State::Between;
        Ok(())
    }
}
