//! Names of entries: how they are written, which are safe, and which a file system would take for the same.

/// The upper half of IBM code page 437 (APPNOTE, D.1).
const CP437: [&str; 2] = [
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ",
];

/// The name in a header: UTF-8 where the flag says so, else code page 437. Some writers forget the flag, and bytes that
/// are UTF-8 and not ASCII are hardly ever anything else.
pub(super) fn decode(raw: &[u8], utf8: bool) -> String {
    match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        // Not what the flag promises; the replacement characters make it an unsafe name.
        Err(_) if utf8 => String::from_utf8_lossy(raw).into_owned(),
        Err(_) => raw.iter().map(|&byte| cp437(byte)).collect(),
    }
}

fn cp437(byte: u8) -> char {
    let high = usize::from(byte).checked_sub(128);
    let found = high.and_then(|at| CP437[at / 64].chars().nth(at % 64));
    found.unwrap_or(char::from(byte))
}

/// Why a name is not safe to use (OWASP ASVS 5.0, 5.3.2), in English for a finding's evidence, or `None`.
/// Empty, absolute or climbing, with a backslash, a drive letter, a control character, one that turns the
/// direction of text, U+FFFD, or U+FFFE and U+FFFF, which no manifest can name (XML 1.0, 2.2). Sub-folders are legal: the field sends them. Length is not judged.
pub fn problem(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("the name is empty");
    }
    if name.contains('\\') {
        return Some("the name has a backslash");
    }
    if name.chars().any(char::is_control) {
        return Some("the name has a control character");
    }
    if name.contains([
        '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
        '\u{FFFD}', '\u{FFFE}', '\u{FFFF}',
    ]) {
        return Some("the name has a character that turns the direction of text, or one that cannot be read");
    }
    if name.starts_with('/') {
        return Some("the name is absolute");
    }
    if name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic() {
        return Some("the name begins with a drive letter");
    }
    // A directory entry ends in one slash; its parts are judged like any other's.
    let path = name.strip_suffix('/').unwrap_or(name);
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("the name climbs out of its folder or has an empty part");
    }
    None
}

/// A key that is equal for names that common file systems take for the same: case does not count, nor whether a
/// letter of Latin-1, or č, š, ž, is written composed (NFC) or with a combining mark (NFD, UAX #15, as macOS
/// does). For comparing only; other letters with marks are not composed.
pub fn same_name_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        match key.pop() {
            Some(base) => match compose(base, character) {
                Some(composed) => key.push(composed),
                None => key.extend([base, character]),
            },
            None => key.push(character),
        }
    }
    key
}

/// The composed lower-case letter of a base and a combining mark: Latin-1, which is what the field's names use.
fn compose(base: char, mark: char) -> Option<char> {
    let (bases, composed) = match mark {
        '\u{300}' => ("aeiou", "àèìòù"),
        '\u{301}' => ("aeiouy", "áéíóúý"),
        '\u{302}' => ("aeiou", "âêîôû"),
        '\u{303}' => ("ano", "ãñõ"),
        '\u{308}' => ("aeiouy", "äëïöüÿ"),
        '\u{30A}' => ("a", "å"),
        '\u{30C}' => ("csz", "čšž"),
        '\u{327}' => ("c", "ç"),
        _ => return None,
    };
    bases.chars().zip(composed.chars()).find(|&(letter, _)| letter == base).map(|(_, letter)| letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_names() {
        for name in [
            "",
            "/etc/x",
            "a/../b",
            "..",
            "a\\b",
            "a\0b",
            "a\nb",
            "C:x",
            "a//b",
            "./a",
            "a/..",
            "a\u{FFFE}",
            "\u{FFFF}b",
        ] {
            assert!(problem(name).is_some(), "{name:?}");
        }
        for name in ["Søknad – vedlegg æøå.pdf", "vedlegg/undermappe/kart.png", "a..b", "100% + mer;.txt", "mappe/"]
        {
            assert_eq!(problem(name), None, "{name:?}");
        }
    }

    #[test]
    fn file_systems_take_these_for_the_same() {
        assert_eq!(same_name_key("BREV.pdf"), same_name_key("brev.PDF"));
        assert_eq!(same_name_key("måte.pdf"), same_name_key("ma\u{30A}te.pdf"));
        assert_ne!(same_name_key("måte.pdf"), same_name_key("mate.pdf"));
    }
}
