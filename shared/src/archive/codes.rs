//! The words of Noark 5 (`metadatakatalog.xsd`) and the letters that SvarUt, SvarInn and BEST/EDU use for
//! them, as the integrasjonspunkt's mappers for `arkivmelding` have them.

/// Words and letters of one element, in the order of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeList {
    /// Word and letter.
    words: &'static [(&'static str, &'static str)],
    /// Letters that are read, beside those above, and the word they mean.
    also: &'static [(&'static str, &'static str)],
}

impl CodeList {
    /// All words, in the order of the schema.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().map(|(word, _)| *word)
    }

    /// Whether the schema has the word; capitals count.
    pub fn has(&self, word: &str) -> bool {
        self.words().any(|known| known == word)
    }

    /// The letter of a word; `None` when the schema has no such word.
    pub fn letter(&self, word: &str) -> Option<&'static str> {
        self.words.iter().find(|(known, _)| *known == word).map(|(_, letter)| *letter)
    }

    /// The word of a letter (or two: `KU`), in either case; `None` when it is none of them.
    pub fn word(&self, letter: &str) -> Option<&'static str> {
        let by_letter = |&&(_, known): &&(&str, &'static str)| known.eq_ignore_ascii_case(letter);
        let word = self.words.iter().find(by_letter).map(|(word, _)| *word);
        word.or_else(|| self.also.iter().find(|(known, _)| known.eq_ignore_ascii_case(letter)).map(|(_, word)| *word))
    }

    /// The word itself, or the word of a letter; `None` for anything else.
    pub fn read(&self, text: &str) -> Option<&'static str> {
        self.words().find(|word| *word == text).or_else(|| self.word(text))
    }
}

/// `journalposttype`: what kind of document is entered in the journal.
pub const JOURNAL_TYPE: CodeList = CodeList {
    words: &[
        ("Inngående dokument", "I"),
        ("Utgående dokument", "U"),
        ("Organinternt dokument for oppfølging", "N"),
        ("Organinternt dokument uten oppfølging", "X"),
        ("Saksframlegg", "S"),
    ],
    also: &[],
};

/// `journalstatus`: how far a journal entry has come.
pub const JOURNAL_STATUS: CodeList = CodeList {
    words: &[
        ("Journalført", "J"),
        ("Ferdigstilt fra saksbehandler", "R"),
        ("Godkjent av leder", "F"),
        ("Ekspedert", "E"),
        ("Arkivert", "A"),
        ("Utgår", "U"),
    ],
    also: &[],
};

/// `saksstatus`: how far a case has come. Incoming, R and X mean that the case is open, and KU that it is
/// closed.
pub const CASE_STATUS: CodeList = CodeList {
    words: &[("Under behandling", "B"), ("Avsluttet", "A"), ("Utgår", "U")],
    also: &[("R", "Under behandling"), ("X", "Under behandling"), ("KU", "Avsluttet")],
};

/// `tilknyttetRegistreringSom`: main document or attachment.
pub const ATTACHED_AS: CodeList = CodeList { words: &[("Hoveddokument", "H"), ("Vedlegg", "V")], also: &[] };

/// `variantformat`: the form a file is kept in.
pub const VARIANT: CodeList = CodeList {
    words: &[("Produksjonsformat", "P"), ("Arkivformat", "A"), ("Dokument hvor deler av innholdet er skjermet", "O")],
    also: &[],
};

/// `korrespondanseparttype`: what a party is to a letter. There are no letters for it.
pub const PARTY_TYPES: &[&str] =
    &["Avsender", "Mottaker", "Kopimottaker", "Gruppemottaker", "Intern avsender", "Intern mottaker"];

/// `dokumentstatus`: how far a document has come. There are no letters for it.
pub const DOCUMENT_STATUSES: &[&str] = &["Dokumentet er under redigering", "Dokumentet er ferdigstilt"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_words_as_the_reference_has_them() {
        let rows: &[(CodeList, &[(&str, &str)])] = &[
            (
                JOURNAL_TYPE,
                &[
                    ("I", "Inngående dokument"),
                    ("U", "Utgående dokument"),
                    ("N", "Organinternt dokument for oppfølging"),
                    ("X", "Organinternt dokument uten oppfølging"),
                    ("S", "Saksframlegg"),
                ],
            ),
            (
                JOURNAL_STATUS,
                &[
                    ("J", "Journalført"),
                    ("R", "Ferdigstilt fra saksbehandler"),
                    ("F", "Godkjent av leder"),
                    ("E", "Ekspedert"),
                    ("A", "Arkivert"),
                    ("U", "Utgår"),
                ],
            ),
            (CASE_STATUS, &[("B", "Under behandling"), ("A", "Avsluttet"), ("U", "Utgår")]),
            (ATTACHED_AS, &[("H", "Hoveddokument"), ("V", "Vedlegg")]),
            (
                VARIANT,
                &[
                    ("P", "Produksjonsformat"),
                    ("A", "Arkivformat"),
                    ("O", "Dokument hvor deler av innholdet er skjermet"),
                ],
            ),
        ];
        for (list, pairs) in rows {
            assert_eq!(list.words().count(), pairs.len());
            for (letter, word) in *pairs {
                assert_eq!((list.word(letter), list.letter(word)), (Some(*word), Some(*letter)));
                assert_eq!((list.read(word), list.read(letter)), (Some(*word), Some(*word)));
            }
            assert_eq!((list.word("?"), list.letter("?"), list.read("")), (None, None, None));
        }
        for (letter, word) in [("R", "Under behandling"), ("x", "Under behandling"), ("KU", "Avsluttet")] {
            assert_eq!(CASE_STATUS.word(letter), Some(word));
        }
    }
}
