//! The text of an XML file that may not be UTF-8: archive systems have written Latin-1 for decades.

use std::borrow::Cow;

/// How far into a file its declaration is looked for, in bytes.
const DECLARATION: usize = 200;

/// White space (W3C XML 1.0, 2.3).
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The text without byte order mark: UTF-8, UTF-16 that begins with its mark, or ISO 8859-1 where the XML declaration says
/// so (W3C XML 1.0, 4.3.3 and appendix F). `None` for any other, and for bytes that are not what they say. The declaration
/// itself stays, and tells nothing any more.
pub(crate) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Every byte is the number of its character.
        _ if is_latin(bytes) => Some(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into()),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

/// Where in the file a place in its [`text`] is; `None` where every character may stand elsewhere.
pub(crate) fn place(bytes: &[u8], text: Option<&Cow<'_, str>>, offset: u64) -> Option<u64> {
    match text {
        Some(Cow::Owned(_)) => None,
        Some(Cow::Borrowed(text)) => Some(offset + (bytes.len() - text.len()) as u64),
        None => Some(offset),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Cow<'_, str>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    rest.is_empty().then(|| char::decode_utf16(units).collect::<Result<String, _>>().ok())?.map(Cow::Owned)
}

fn is_latin(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(bytes.get(..DECLARATION).unwrap_or(bytes)).to_ascii_lowercase();
    let declaration = head.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map(|(inside, _)| inside);
    let named = declaration.filter(|inside| inside.starts_with(WHITE)).and_then(|inside| inside.split_once("encoding"));
    let named = named.filter(|(before, _)| before.ends_with(WHITE));
    let value = named.and_then(|(_, rest)| rest.trim_start().strip_prefix('=')).map(str::trim_start);
    value.is_some_and(|value| value.get(1..).is_some_and(|name| name.starts_with("iso-8859-1") && !more(name)))
}

/// Whether the name goes on: ISO-8859-15 is another.
fn more(name: &str) -> bool {
    name["iso-8859-1".len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_and_utf_16_are_read_and_nothing_is_guessed() {
        let file = |encoding: &str| format!("<?xml version=\"1.0\" encoding={encoding}?><a>blåbær</a>");
        let latin = |text: &str| text.chars().map(|c| c as u8).collect::<Vec<u8>>();
        for encoding in ["\"ISO-8859-1\"", "'iso-8859-1'", "  \"Iso-8859-1\""] {
            let whole = file(encoding);
            assert_eq!(text(&latin(&whole)).as_deref(), Some(whole.as_str()));
        }
        // Another instruction than the declaration, and another attribute than the encoding.
        for other in ["<?xml-stylesheet encoding=\"ISO-8859-1\"?><a>å</a>", "<?xml noencoding=\"ISO-8859-1\"?><a>å</a>"]
        {
            assert_eq!(text(other.as_bytes()).as_deref(), Some(other));
        }
        for other in ["\"ISO-8859-15\"", "\"windows-1252\"", "\"UTF-8\""] {
            assert_eq!(text(&latin(&file(other))), None, "{other}");
        }
        let plain = file("\"UTF-8\"");
        let marked = [b"\xEF\xBB\xBF", plain.as_bytes()].concat();
        assert_eq!(text(plain.as_bytes()).as_deref(), Some(plain.as_str()));
        assert_eq!(text(&marked).as_deref(), Some(plain.as_str()));
        let little: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = plain.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(text(&[&[0xFF, 0xFE], &little[..]].concat()).as_deref(), Some(plain.as_str()));
        assert_eq!(text(&[&[0xFE, 0xFF], &big[..]].concat()).as_deref(), Some(plain.as_str()));
        assert_eq!(text(&[&[0xFE, 0xFF], &big[..big.len() - 1]].concat()), None);
        let at = |bytes: &[u8]| place(bytes, text(bytes).as_ref(), 7);
        assert_eq!([at(plain.as_bytes()), at(&marked), at(&latin(&file("'iso-8859-1'")))], [Some(7), Some(10), None]);
    }
}
