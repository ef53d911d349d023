//! The directory at an archive's end, held against the entries that were read.

use std::collections::HashSet;

use super::{End64, Listing, ZipReader};
use crate::container::zip::header::{END64_SIZE, Fields, central, central_length};
use crate::container::zip::name;
use crate::finding::{Finding, Rule};

impl ZipReader {
    /// A directory header.
    pub(super) fn listed(&mut self) -> Result<(), Finding> {
        let length = central_length(&self.buffer);
        let place = self.place(length as u64);
        self.count_header(length)?;
        self.directory_start.get_or_insert(self.position);
        if self.directory.len() == self.entries.len() {
            return Err(Rule::ZipDirectory.broken().seen("more headers than entries").at(place));
        }
        let header = central(&self.take(length)).map_err(|finding| finding.at(place))?;
        self.directory.push(header);
        Ok(())
    }

    /// The zip64 end record (APPNOTE 4.3.14).
    pub(super) fn end64(&mut self) -> Result<(), Finding> {
        let at = self.position;
        let place = self.place(END64_SIZE as u64);
        let record = self.take(END64_SIZE);
        let fields = Fields(&record);
        // The length leaves out itself and the signature; more than the fixed part is version 2, which nobody writes.
        if fields.double(4) != END64_SIZE as u64 - 12 {
            return Err(Rule::Zip64.broken().at(place));
        }
        if fields.word(16) != 0 || fields.word(20) != 0 {
            return Err(Rule::ZipDisks.broken().at(place));
        }
        self.directory_start.get_or_insert(at);
        self.end64 = Some(End64 {
            at,
            counts: [fields.double(24), fields.double(32)],
            size: fields.double(40),
            start: fields.double(48),
            located: false,
        });
        Ok(())
    }

    /// The zip64 locator (APPNOTE 4.3.15).
    pub(super) fn locator(&mut self) -> Result<(), Finding> {
        let place = self.place(20);
        let record = self.take(20);
        let fields = Fields(&record);
        let Some(end64) = self.end64.as_mut().filter(|end64| !end64.located && fields.double(8) == end64.at) else {
            return Err(Rule::Zip64.broken().at(place));
        };
        if fields.word(4) != 0 || fields.word(16) != 1 {
            return Err(Rule::ZipDisks.broken().at(place));
        }
        end64.located = true;
        Ok(())
    }

    /// The end record: what it says must be what was seen.
    pub(super) fn end(&mut self) -> Result<(), Finding> {
        let length = self.buffer.len();
        let place = self.place(length as u64);
        let start = self.directory_start.unwrap_or(self.position);
        let end = self.end64.map_or(self.position, |end64| end64.at);
        let record = self.take(length);
        let fields = Fields(&record);
        if [fields.half(4), fields.half(6)].iter().any(|&disk| disk != 0 && disk != u16::MAX) {
            return Err(Rule::ZipDisks.broken().at(place));
        }
        let seen = self.directory.len() as u64;
        let halves = [fields.half(8), fields.half(10)];
        let words = [fields.word(12), fields.word(16)];
        let (counts, sizes) = match self.end64 {
            Some(End64 { located: false, .. }) => return Err(Rule::Zip64.broken().at(place)),
            // Either the number itself or the mark that it stands in the wide record.
            Some(end64) => {
                let counts_agree = halves.iter().all(|&half| half == u16::MAX || u64::from(half) == seen);
                let wide = [end64.size, end64.start];
                let sizes_agree =
                    words.iter().zip(wide).all(|(&word, wide)| word == u32::MAX || u64::from(word) == wide);
                if !counts_agree || !sizes_agree {
                    return Err(Rule::Zip64.broken().at(place));
                }
                (end64.counts, wide)
            }
            None => (halves.map(u64::from), words.map(u64::from)),
        };
        if counts != [seen; 2] || sizes != [end - start, start] {
            let evidence = format!("{} headers at byte {start}, told {} at byte {}", seen, counts[1], sizes[1]);
            return Err(Rule::ZipEnd.broken().seen(evidence).at(place));
        }
        self.agree()
    }

    /// Every entry stands in the directory, once and with the same words.
    fn agree(&mut self) -> Result<(), Finding> {
        let mut directory = std::mem::take(&mut self.directory);
        directory.sort_by_key(|header| header.offset);
        if directory.len() != self.entries.len() {
            let evidence = format!("{} entries, {} headers", self.entries.len(), directory.len());
            return Err(Rule::ZipDirectory.broken().seen(evidence));
        }
        for ((entry, local), told) in self.entries.iter().zip(&self.headers).zip(&directory) {
            if entry.offset != told.offset {
                return Err(Rule::ZipDirectory.broken().at(entry.place()));
            }
            let same = local.raw_name == told.raw_name
                && (local.flags, local.method) == (told.flags, told.method)
                && (entry.crc, entry.compressed, entry.size) == (told.crc, told.compressed, told.size);
            if !same {
                return Err(Rule::ZipHeaders.broken().at(entry.place()));
            }
        }
        Ok(())
    }

    /// Checks that the archive is complete.
    ///
    /// # Errors
    /// [`Rule::ZipStart`] when there was nothing, [`Rule::ZipCut`] when it is cut off, [`Rule::ZipName`] and
    /// [`Rule::ZipNameRepeated`] for every name that is unsafe or repeated.
    pub fn finish(mut self) -> Result<Listing, Vec<Finding>> {
        if !matches!(self.state, super::State::Done) {
            let length = self.buffer.len() as u64;
            let rule = if self.position + length == 0 { Rule::ZipStart } else { Rule::ZipCut };
            return Err(vec![rule.broken().at(self.place(length))]);
        }
        self.alike();
        if self.findings.refuse() {
            return Err(self.findings.into_vec());
        }
        self.entries.retain(|entry| !(entry.name.ends_with('/') && entry.size == 0));
        Ok(Listing { entries: self.entries, findings: self.findings.into_vec() })
    }

    fn alike(&mut self) {
        let mut keys = HashSet::with_capacity(self.entries.len());
        let mut exact = HashSet::with_capacity(self.entries.len());
        for entry in &self.entries {
            if exact.insert(&entry.name) && !keys.insert(name::same_name_key(&entry.name)) {
                self.findings.push(Rule::ZipNameAlike.noted().at(entry.place()));
            }
        }
    }
}
