//! Whether a document's first bytes are what its name says.

use super::DraftDocument;

/// The extensions that are judged, and how such files begin.
const BEGINNINGS: &[(&[&str], &[&[u8]])] = &[
    (&["png"], &[b"\x89PNG\r\n\x1a\n"]),
    (&["jpg", "jpeg"], &[b"\xff\xd8\xff"]),
    (&["gif"], &[b"GIF87a", b"GIF89a"]),
    (&["tif", "tiff"], &[b"II*\0", b"MM\0*"]),
    (&["zip", "docx", "xlsx", "pptx", "odt", "ods", "odp"], &[b"PK\x03\x04", b"PK\x05\x06"]),
    // Word, Excel and PowerPoint before 2007; encrypted new ones have this beginning too.
    (&["doc", "xls", "ppt", "msg"], &[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
    (&["rtf"], &[b"{\\rtf"]),
];

/// Adobe, PDF Reference 1.7, appendix H: readers look for the header in the first 1024 bytes.
const PDF_HEADER_WITHIN: usize = 1024;

pub(super) fn extension(name: &str) -> Option<String> {
    name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase())
}

/// Whether the content is something else than the extension says. Unknown extensions, and documents whose first
/// bytes are not at hand, are not judged.
pub(super) fn is_something_else(document: &DraftDocument) -> bool {
    let Some(extension) = extension(&document.name) else { return false };
    if document.head.is_empty() {
        return false;
    }
    if extension == "pdf" {
        return !contains(&document.head[..document.head.len().min(PDF_HEADER_WITHIN)], b"%PDF-");
    }
    let known = BEGINNINGS.iter().find(|(extensions, _)| extensions.contains(&extension.as_str()));
    known.is_some_and(|(_, beginnings)| !beginnings.iter().any(|beginning| document.head.starts_with(beginning)))
}

/// Whether it is a PDF whose trailer (at the end, or at the start of a linearised file) says that it is encrypted.
pub(super) fn is_locked(document: &DraftDocument) -> bool {
    let is_pdf = contains(&document.head[..document.head.len().min(PDF_HEADER_WITHIN)], b"%PDF-");
    is_pdf && (says_encrypted(&document.head) || says_encrypted(&document.tail))
}

/// `/Encrypt` as a whole name; `/EncryptMetadata` is another.
fn says_encrypted(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"/Encrypt";
    bytes.windows(NAME.len() + 1).any(|window| window.starts_with(NAME) && !window[NAME.len()].is_ascii_alphanumeric())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
