//! XML and JSON cut at their punctuation: pieces are moved, doubled, dropped and replaced.

use super::{Dice, Raw, raw_change};

/// Words that the parsers know, or that parsers stumble over.
const WORDS: &[&str] = &[
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "9223372036854775807",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\u{feff}",
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x y?>",
    "<!DOCTYPE a>",
    "&amp;",
    "&#10;",
    "&#x0;",
    "&#xD800;",
    "&x;",
    " xmlns=\"\"",
    " xmlns:a=\"b\"",
    " a:b=\"c\"",
    " xml:lang=\"nb\"",
    " Id=\"ID_0\"",
    "\r\n",
    "\t",
    "%20",
    "%2e",
    "+",
    "0192:310452106",
    "0192:310452114",
    "2026-12-01T00:00:00Z",
    "2026-12-01T00:00:00.000+01:00",
    "+999999-12-31T23:59:59Z",
    "-009999-01-01",
    "LEVERT",
    "MOTTATT",
    "arkivmelding_kvittering",
    "standardBusinessDocument",
    "relatedToMessageId",
    "receiptType",
    "messages",
];

/// The most copies made at once.
const COPIES: usize = 300;

pub(super) fn change(bytes: &[u8], dice: &mut Dice, raw: Raw) -> Option<Vec<u8>> {
    let mut pieces = pieces(bytes);
    if pieces.is_empty() {
        return None;
    }
    for _ in 0..=dice.roll(3) {
        let (at, length) = (dice.roll(pieces.len()), 1 + dice.roll(8));
        let end = (at + length).min(pieces.len());
        match dice.roll(12) {
            0 => drop(pieces.drain(at..end)),
            1 => insert(&mut pieces, at, end, 1, dice),
            2 if dice.roll(8) == 0 => {
                let copies = dice.roll(COPIES);
                insert(&mut pieces, at, end, copies, dice);
            }
            3 => {
                let other = dice.roll(pieces.len());
                pieces.swap(at, other);
            }
            4 | 5 => pieces.insert(at, dice.pick(WORDS)?.as_bytes().to_vec()),
            6 | 7 => pieces[at] = dice.pick(WORDS)?.as_bytes().to_vec(),
            8 => {
                let other = dice.roll(pieces.len());
                pieces[at] = pieces[other].clone();
            }
            _ => raw_change(&mut pieces[at], raw),
        }
        if pieces.is_empty() {
            return None;
        }
    }
    Some(pieces.concat())
}

/// Puts copies of some pieces behind them or anywhere else.
fn insert(pieces: &mut Vec<Vec<u8>>, at: usize, end: usize, copies: usize, dice: &mut Dice) {
    let taken: Vec<Vec<u8>> = pieces[at..end].to_vec();
    let place = if dice.roll(2) == 0 { end } else { dice.roll(pieces.len() + 1) };
    pieces.splice(place..place, std::iter::repeat_n(taken, copies).flatten());
}

/// A mark opens a piece, except the ones that close a tag, which end it.
fn pieces(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    for &byte in bytes {
        let opens = matches!(byte, b'<' | b'{' | b'}' | b'[' | b']' | b',' | b':' | b' ' | b'=' | b'&');
        let ends = matches!(byte, b'>' | b';' | b'\n');
        if opens && pieces.last().is_some_and(|piece| !piece.is_empty()) {
            pieces.push(Vec::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(byte);
        }
        if ends {
            pieces.push(Vec::new());
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}
