//! Norwegian organisation numbers (Brønnøysundregistrene, Enhetsregisteret).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{IdentifierError, check_digit, digits};

const WEIGHTS: [u8; 8] = [3, 2, 7, 6, 5, 4, 3, 2];

/// Nine digits whose last is a modulus 11 check digit with the weights 3 2 7 6 5 4 3 2. The first digit is
/// not judged: real units have 8 or 9 there, synthetic ones 2 or 3. JSON has the nine digits as a string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationNumber([u8; 9]);

impl OrganisationNumber {
    /// Reads exactly nine ASCII digits, nothing around or between them.
    ///
    /// # Errors
    /// [`IdentifierError::Organisation`] when it is something else or the check digit is wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = digits::<9>(text).ok_or(IdentifierError::Organisation)?;
        match check_digit(&digits[..8], &WEIGHTS) {
            Some(check) if check == digits[8] => Ok(Self(digits)),
            _ => Err(IdentifierError::Organisation),
        }
    }

    /// In groups of three, as people read it: `310 900 117`, with no-break spaces.
    pub fn grouped(&self) -> String {
        let text = self.to_string();
        format!("{}\u{a0}{}\u{a0}{}", &text[..3], &text[3..6], &text[6..])
    }

    /// With the code of the Norwegian register in front: `0192:310900117`.
    pub fn qualified(&self) -> String {
        format!("0192:{self}")
    }
}

impl fmt::Display for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{digit}"))
    }
}

impl fmt::Debug for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for OrganisationNumber {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for OrganisationNumber {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<OrganisationNumber> for String {
    fn from(number: OrganisationNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_synthetic_numbers_and_groups_them() {
        for text in ["310900117", "310900214", "310900915", "310452106"] {
            assert_eq!(OrganisationNumber::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(OrganisationNumber::parse("310900117").unwrap().grouped(), "310\u{a0}900\u{a0}117");
    }

    #[test]
    fn refuses_a_change_of_any_one_digit() {
        let good = "310900117";
        for place in 0..9 {
            for digit in b'0'..=b'9' {
                let mut bytes = good.as_bytes().to_vec();
                if bytes[place] == digit {
                    continue;
                }
                bytes[place] = digit;
                let text = String::from_utf8(bytes).unwrap();
                assert_eq!(OrganisationNumber::parse(&text), Err(IdentifierError::Organisation), "{text}");
            }
        }
    }

    #[test]
    fn refuses_other_forms() {
        for text in ["", "31090011", "3109001170", "310 900 117", "NO310900117", "３１０９００１１７"] {
            assert!(OrganisationNumber::parse(text).is_err(), "{text}");
        }
    }
}
