//! File names that survive every recipient's file system: what Windows, macOS and POSIX refuse between them,
//! what could mislead a reader, and the names that the package itself uses. eFormidling only asks that
//! such characters be avoided; the list is ours, and rules L15 to L17 of [`Rule`] name its sources.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

use crate::finding::Rule;

/// What most file systems hold in one name, in bytes of UTF-8.
pub(super) const MAX_BYTES: usize = 255;

/// Names of Windows devices; with any extension they cannot be files there.
const DEVICES: &[&str] = &["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Names that the package itself uses.
const OWN: &[&str] = &["manifest.xml", "mimetype", "arkivmelding.xml", "digital_dpv.json", "meta-inf"];

/// The composed form (NFC): macOS gives `å` in two characters, which others show as two or fail to find.
pub(super) fn normalised(name: &str) -> String {
    name.nfc().collect()
}

/// What makes two names the same file somewhere.
pub(super) fn folded(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).nfc().collect()
}

/// What is wrong with a name, once it is NFC-normalised; `None` when it can be used.
/// [`Rule::LetterNameLength`]: more than 255 bytes of UTF-8. [`Rule::LetterName`]: all else, with the
/// characters that do not work, space between them, those that cannot be seen as `U+200B`; empty when no
/// single character is at fault.
pub fn file_name_problem(name: &str) -> Option<(Rule, String)> {
    let name = normalised(name);
    if name.len() > MAX_BYTES {
        return Some((Rule::LetterNameLength, String::new()));
    }
    let forbidden: BTreeSet<char> = name.chars().filter(|character| is_forbidden(*character)).collect();
    let edges = name.trim().is_empty() || name != name.trim() || name.ends_with('.') || name.starts_with('.');
    if forbidden.is_empty() && !edges && !is_device(&name) && !is_own(&name) {
        return None;
    }
    Some((Rule::LetterName, forbidden.into_iter().map(shown).collect::<Vec<_>>().join(" ")))
}

/// The nearest name that can be used: NFC-normalised, at most 255 bytes, `dokument` when nothing is left of
/// it. It may be another document's ([`unique_name`]).
pub fn safe_name(name: &str) -> String {
    let name = normalised(name);
    let replaced: String = name
        .chars()
        .filter(|character| !is_invisible(*character))
        .map(|character| if is_forbidden(character) { '-' } else { character })
        .collect();
    let trimmed = replaced.trim_matches(|character: char| character.is_whitespace() || character == '.');
    let name = if trimmed.is_empty() { "dokument" } else { trimmed };
    let name = if is_device(name) || is_own(name) { format!("dokument-{name}") } else { name.to_owned() };
    shortened(&name, "")
}

/// The name itself, or the first of `name (2).ext`, `name (3).ext`, … that no other file has; those are at
/// most 255 bytes. Names are the same when they are so in lower case and NFKC (Unicode UAX #15), as some file
/// systems compare them.
pub fn unique_name<'a>(name: &str, others: impl IntoIterator<Item = &'a str>) -> String {
    let taken: BTreeSet<String> = others.into_iter().map(folded).collect();
    let mut candidate = name.to_owned();
    let mut number = 2_u32;
    while taken.contains(&folded(&candidate)) {
        candidate = shortened(name, &format!(" ({number})"));
        number += 1;
    }
    candidate
}

/// The name with `suffix` before the extension, cut in front of it to fit.
fn shortened(name: &str, suffix: &str) -> String {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let mut end = stem.len().min(MAX_BYTES.saturating_sub(suffix.len() + extension.len()));
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}{extension}", stem[..end].trim_end_matches(|c: char| c.is_whitespace() || c == '.'))
}

fn is_forbidden(character: char) -> bool {
    matches!(character, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
        || character.is_control()
        || is_invisible(character)
        // What a character was lost in, and what XML cannot name.
        || matches!(character, '\u{fffd}'..='\u{ffff}')
}

/// Characters that hide or turn others around, so that `fdp.exe` can look like `exe.pdf`.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!((rest.next(), rest.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    DEVICES.contains(&stem.as_str()) || numbered("COM") || numbered("LPT")
}

fn is_own(name: &str) -> bool {
    let name = folded(name);
    OWN.contains(&name.as_str()) || name.starts_with("meta-inf/")
}

fn shown(character: char) -> String {
    if character.is_control() || is_invisible(character) {
        format!("U+{:04X}", u32::from(character))
    } else {
        character.to_string()
    }
}
