//! The rules that things are held against, each with a number, the code it refuses with and the clause that
//! decides. List and numbers are ours.
//!
//! A code says what to do about a refusal and is shared by several rules; a rule says exactly what was broken. There is no
//! [`Finding`] without one. Numbers never change meaning. Their letters tell the subject, [`Rule::subject`] in words.

use std::fmt;

use super::{Code, Finding, Severity};

macro_rules! rules {
    ($($variant:ident = $number:literal, $code:ident, $spec:literal, $broken:literal;)*) => {
        /// A rule: what is asked of a package, a document, a key or a letter, and of those who handle them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $broken] #[serde(rename = $number)] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its number, a capital letter and two digits from 01, for example `Z04`.
            pub const fn number(self) -> &'static str {
                match self { $(Self::$variant => $number,)* }
            }

            /// The code it refuses with.
            pub const fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)* }
            }

            /// The clause that decides: a standard with its section, a field or document type of an
            /// interface, or something of our own, such as one of [`Limits`](crate::limits::Limits).
            pub const fn spec(self) -> &'static str {
                match self { $(Self::$variant => $spec,)* }
            }

            /// What is wrong when it is broken: a clause in English, without a full stop.
            pub const fn breach(self) -> &'static str {
                match self { $(Self::$variant => $broken,)* }
            }
        }
    };
}

mod list;

pub use list::Rule;

/// What the letters of the numbers stand for, in the order of the list.
const SUBJECTS: &[(char, &str)] = &[
    ('C', "the seal (CMS)"),
    ('Z', "the zip"),
    ('A', "the container (ASiC-E)"),
    ('S', "the signature in CMS (CAdES)"),
    ('X', "the signature in XML (XAdES)"),
    ('P', "the signer and its certificate path"),
    ('D', "the Standard Business Document"),
    ('E', "the signed envelope, and the names around a message"),
    ('R', "receipts"),
    ('J', "the archive message, arkivmelding.xml"),
    ('M', "mail to people, by the network of digital mailboxes"),
    ('I', "letters to Altinn's inbox"),
    ('F', "shipments of KS SvarUt and SvarInn"),
    ('L', "letters as they are written"),
    ('N', "numbers and identifiers"),
    ('B', "who can be reached, and how"),
    ('K', "key files, certificates and revocation lists"),
    ('T', "structures that are only looked at"),
    ('W', "what is written here"),
    ('Y', "what a relay holds against its own books"),
    ('Q', "what a program or a service could not or would not do"),
];

impl Rule {
    /// The finding that refuses because this rule is broken, with [`Self::breach`] for its message.
    pub fn broken(self) -> Finding {
        Finding::error(self, self.breach())
    }

    /// The finding that tells without refusing: the same as a warning.
    pub fn noted(self) -> Finding {
        Finding::warning(self, self.breach())
    }

    /// The first rule of the list that refuses with the code: for those who know a code alone, such as the page that has
    /// a relay's answer without findings. Every code has one.
    pub fn of(code: Code) -> Self {
        let first = Self::ALL.iter().copied().find(|rule| rule.code() == code);
        // A test holds that every code has one.
        first.unwrap_or(Self::Broken)
    }

    /// What its letter stands for, in English.
    pub fn subject(self) -> &'static str {
        let letter = self.number().chars().next();
        SUBJECTS.iter().find(|(known, _)| Some(*known) == letter).map_or("", |(_, subject)| subject)
    }

    /// The gravest that a finding of it may be. Most refuse; the others tell of what is allowed and worth knowing.
    pub const fn rank(self) -> Severity {
        match self {
            Self::SignatureStrength
            | Self::SignerStatusKnown
            | Self::SignerClaimEarly
            | Self::SignerClaimLate
            | Self::SignerPastSince
            | Self::DocumentRaw
            | Self::DocumentOddity
            | Self::ArchiveOddity
            | Self::ShipmentPaper
            | Self::ShipmentPrinted
            | Self::LetterTitleCut
            | Self::KeyExposed
            | Self::StructureCertificate
            | Self::ReceiptUnasked
            | Self::SendingUncertain => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// What to do about it, in English: the advice of its code, where that fits.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::SignerClaimEarly | Self::SignerClaimLate => {
                "Nobody but the signer confirms the time, so it decides nothing here. The reference (Bouncy Castle) refuses such \
                 a signature: tell the sender to set the clock, or to renew the certificate, and sign again."
            }
            _ => self.code().advice(),
        }
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Rule {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let words = Self::ALL.iter().map(|one| one.number());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Rule {}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_are_distinct_and_in_order_and_a_block_is_a_subject() {
        let numbers: Vec<_> = Rule::ALL.iter().map(|rule| rule.number()).collect();
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
        for pair in numbers.windows(2).filter(|pair| pair[0][..1] == pair[1][..1]) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        let mut letters: Vec<_> = numbers.iter().filter_map(|number| number.chars().next()).collect();
        letters.dedup();
        assert_eq!(letters, SUBJECTS.iter().map(|(letter, _)| *letter).collect::<Vec<_>>());
        assert!(Rule::ALL.iter().all(|rule| !rule.subject().is_empty()));
        assert_eq!(serde_json::to_string(&Rule::ZipHeaders).unwrap(), r#""Z04""#);
    }

    #[test]
    fn every_code_has_a_rule() {
        for code in Code::ALL {
            assert_eq!(Rule::of(*code).code(), *code);
        }
    }
}
