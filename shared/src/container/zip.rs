//! Zip (PKWARE APPNOTE 6.3; ETSI EN 319 162-1, 4.2), written and read forward only, with both directories
//! compared.

mod header;
mod name;
mod read;
mod stream;
mod write;

pub use name::{problem as name_problem, same_name_key};
pub use read::{Archive, Entry, read, read_into};
pub use stream::{EntrySink, Listing, ZipReader};
pub use write::{Compression, DosTime, ZipWriter};

/// Signature of a local file header (APPNOTE 4.3.7).
const LOCAL: u32 = 0x0403_4B50;
/// Signature of a data descriptor (APPNOTE 4.3.9).
const DESCRIPTOR: u32 = 0x0807_4B50;
/// Signature of a central directory header (APPNOTE 4.3.12).
const CENTRAL: u32 = 0x0201_4B50;
/// Signature of the end of the central directory (APPNOTE 4.3.16).
const END: u32 = 0x0605_4B50;

/// Signature of the zip64 end record (APPNOTE 4.3.14).
const END64: u32 = 0x0606_4B50;
/// Signature of the zip64 locator (APPNOTE 4.3.15).
const LOCATOR: u32 = 0x0706_4B50;

/// General purpose bit 3: sizes and checksum follow the data.
const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// General purpose bit 11: the name is UTF-8.
const FLAG_UTF8: u16 = 1 << 11;

/// Compression methods (APPNOTE 4.4.5).
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Whether bytes begin as a zip does: with an entry, or, if there is none, with the end record (APPNOTE 4.3.7 and 4.3.16).
pub(crate) fn begins(bytes: &[u8]) -> bool {
    [LOCAL, END].iter().any(|signature| bytes.starts_with(&signature.to_le_bytes()))
}
