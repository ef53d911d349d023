//! National identity numbers, D-numbers and the synthetic kinds.

use std::fmt;

use super::{IdentifierError, check_digit, digits};

const FIRST: [u8; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const SECOND: [u8; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/// What is added to the month of a synthetic person: Skatteetaten, NHN, NAV, Digdir.
const SYNTHETIC_OFFSETS: [u8; 4] = [80, 65, 40, 20];

/// Eleven digits with a possible date and two right check digits.
///
/// `Debug` and `Display` show nothing of it; [`PersonNumber::expose`] is the one way to the digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PersonNumber([u8; 11]);

impl PersonNumber {
    /// Reads exactly eleven digits.
    ///
    /// # Errors
    /// [`IdentifierError::Person`] when it is something else, the date cannot be, or a check digit is wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = digits::<11>(text).ok_or(IdentifierError::Person)?;
        let right = check_digit(&digits[..9], &FIRST) == Some(digits[9])
            && check_digit(&digits[..10], &SECOND) == Some(digits[10]);
        if right && plausible_date(&digits) { Ok(Self(digits)) } else { Err(IdentifierError::Person) }
    }

    /// The digits, for the one place on the wire that needs them.
    pub fn expose(&self) -> String {
        self.0.iter().map(|digit| char::from(b'0' + digit)).collect()
    }

    /// Whether it belongs to a made-up person (`integrasjonspunkt.md` 2.3). H-numbers share NAV's offset and count.
    pub fn is_synthetic(&self) -> bool {
        month(&self.0) > 12
    }
}

fn month(digits: &[u8; 11]) -> u8 {
    digits[2] * 10 + digits[3]
}

fn plausible_date(digits: &[u8; 11]) -> bool {
    let day = digits[0] * 10 + digits[1];
    // A D-number has 40 added to its day.
    let day = if day > 40 { day - 40 } else { day };
    let written = month(digits);
    let offset = SYNTHETIC_OFFSETS.into_iter().find(|offset| written > *offset).unwrap_or(0);
    (1..=31).contains(&day) && (1..=12).contains(&(written - offset))
}

impl fmt::Debug for PersonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonNumber(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_synthetic_people() {
        for text in ["01817010136", "12817011282", "14837121133", "06068700602"] {
            assert_eq!(PersonNumber::parse(text).unwrap().expose(), text);
        }
        assert!(PersonNumber::parse("01817010136").unwrap().is_synthetic());
    }

    #[test]
    fn refuses_wrong_check_digits_and_impossible_dates() {
        for text in ["01817010137", "01817010146", "10068700602", "0181701013", "00000000000"] {
            assert_eq!(PersonNumber::parse(text), Err(IdentifierError::Person), "{text}");
        }
    }

    #[test]
    fn shows_nothing_in_debug() {
        let shown = format!("{:?}", PersonNumber::parse("01817010136").unwrap());
        assert!(!shown.chars().any(|c| c.is_ascii_digit()), "{shown}");
    }
}
