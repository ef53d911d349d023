//! A zip in memory.

use super::stream::{EntrySink, ZipReader};
use crate::finding::{Finding, Place, Rule};
use crate::limits::Limits;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name, with `/` between folders: decoded from UTF-8, or from code page 437 where it is not UTF-8
    /// (APPNOTE, D).
    pub name: String,
    /// Where its local header begins, in bytes from the archive's beginning.
    pub offset: u64,
    /// Where its data begins, in bytes from the archive's beginning.
    pub data: u64,
    /// Size of its data in the archive, in bytes.
    pub compressed: u64,
    /// Size after inflation, in bytes.
    pub size: u64,
    /// Whether it is stored, not deflated (APPNOTE 4.4.5).
    pub stored: bool,
    pub(super) crc: u32,
}

impl Entry {
    /// Where it begins, for a finding about data whose end is not known.
    pub(super) fn header_place(&self) -> Place {
        Place::bytes(format!("asic:/{}", self.name), self.offset, self.data - self.offset)
    }

    /// Where it is, for a finding: header and data, in bytes of the archive, without a data descriptor.
    pub fn place(&self) -> Place {
        Place::bytes(format!("asic:/{}", self.name), self.offset, self.data - self.offset + self.compressed)
    }
}

/// A zip in memory whose directories agree.
#[derive(Clone, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    findings: Vec<Finding>,
}

impl Archive<'_> {
    /// The files in the order they lie in the archive. Entries for folders are left out.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is odd but not refused: [`Rule::ZipNameAlike`].
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The file of this exact name, byte for byte.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The uncompressed content of a file of this archive. Its sizes and checksum were checked when the archive
    /// was read.
    ///
    /// # Errors
    /// [`Rule::ZipCut`] or [`Rule::ZipData`] for an entry of another archive, where that shows; it need not.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, Finding> {
        let end = usize::try_from(entry.data + entry.compressed).map_err(|_| Rule::ZipCut.broken())?;
        let data = self.bytes.get(entry.data as usize..end).ok_or_else(|| Rule::ZipCut.broken())?;
        if entry.stored {
            return Ok(data.to_vec());
        }
        let mut content = Vec::with_capacity(entry.size as usize + 1);
        let broken = || Rule::ZipData.broken().at(entry.place());
        let status = flate2::Decompress::new(false).decompress_vec(data, &mut content, flate2::FlushDecompress::Finish);
        match status {
            Ok(flate2::Status::StreamEnd) if content.len() as u64 == entry.size => Ok(content),
            _ => Err(broken()),
        }
    }
}

/// Reads an archive, structure and checksums, within the budgets.
///
/// # Errors
/// Everything that is wrong with the names ([`Rule::ZipName`], [`Rule::ZipNameRepeated`]), or the first thing
/// that is wrong with the structure: another of the rules `Z01` ([`Rule::ZipStart`]) to `Z24`.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Archive<'a>, Vec<Finding>> {
    read_into(bytes, limits, &mut ())
}

/// The same, and hands the contents to `sink` as they are read.
///
/// # Errors
/// As [`read`], and the sink's own.
pub fn read_into<'a>(bytes: &'a [u8], limits: &Limits, sink: &mut impl EntrySink) -> Result<Archive<'a>, Vec<Finding>> {
    let mut reader = ZipReader::new(limits);
    reader.push(bytes, sink).map_err(|finding| vec![finding])?;
    let listing = reader.finish()?;
    Ok(Archive { bytes, entries: listing.entries, findings: listing.findings })
}

#[cfg(test)]
mod tests;
