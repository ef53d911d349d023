//! National identity numbers, D-numbers and the synthetic kinds (Folkeregisteret, fødselsnummer and D-nummer;
//! weights and offsets as efm-common has them).

use std::fmt;

use super::{IdentifierError, check_digit, digits};

const FIRST: [u8; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const SECOND: [u8; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/// What is added to the month of a synthetic person: Skatteetaten, NHN, NAV, Digdir.
const SYNTHETIC_OFFSETS: [u8; 4] = [80, 65, 40, 20];

/// A person of Digitaliseringsdirektoratet's published mocks (efm-mocks), whose check digits are wrong and
/// who therefore is nobody. Whoever runs in production refuses the number as that of a made-up person.
const PUBLISHED: &str = "10068700602";

/// Eleven digits with a possible date and two right check digits, or the published mocks' one that has none.
/// The date is a day of 1 to 31 (D-numbers: plus 40) and a month of 1 to 12 (synthetic: plus 20, 40, 65 or
/// 80); no year, no calendar.
///
/// `Debug` shows nothing of it, and there is no `Display`; [`PersonNumber::expose`] is the one way to the
/// digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PersonNumber([u8; 11]);

impl PersonNumber {
    /// Reads exactly eleven ASCII digits, nothing around or between them.
    ///
    /// # Errors
    /// [`IdentifierError::Person`] when it is something else, the date cannot be, or a check digit is wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = digits::<11>(text).ok_or(IdentifierError::Person)?;
        let right = check_digit(&digits[..9], &FIRST) == Some(digits[9])
            && check_digit(&digits[..10], &SECOND) == Some(digits[10]);
        let right = right || text == PUBLISHED;
        if right && plausible_date(&digits) { Ok(Self(digits)) } else { Err(IdentifierError::Person) }
    }

    /// The eleven digits, for the one place on the wire that needs them.
    pub fn expose(&self) -> String {
        self.0.iter().map(|digit| char::from(b'0' + digit)).collect()
    }

    /// Whether it belongs to a made-up person: its month is above 12, or it is the mocks' own. H-numbers
    /// share NAV's offset and count.
    pub fn is_synthetic(&self) -> bool {
        month(&self.0) > 12 || self.expose() == PUBLISHED
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
    fn the_published_mocks_are_known_and_the_one_that_nobody_can_be_is_made_up() {
        let made_up = ["10068700602", "06068700602"].map(|text| PersonNumber::parse(text).unwrap().is_synthetic());
        assert_eq!(made_up, [true, false]);
    }

    /// Every kind, its check digits counted here by the rule's own words: the weighted sum of all digits so far,
    /// check digit included, divides by eleven.
    #[test]
    fn takes_every_kind_of_number() {
        let number = |day: u8, month: u8| {
            let free = (0..1000).map(|serial| format!("{day:02}{month:02}87{serial:03}"));
            let weighted = |digits: &str, weights: &[u32]| -> u32 {
                digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum()
            };
            let complete = |front: String| {
                let first = (0..10).map(|digit| format!("{front}{digit}"));
                let first = first.into_iter().find(|text| weighted(text, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 == 0)?;
                let second = (0..10).map(|digit| format!("{first}{digit}"));
                second.into_iter().find(|text| weighted(text, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0)
            };
            free.filter_map(complete).next().unwrap()
        };
        for (day, month, synthetic) in [
            (31, 12, false), // an ordinary one
            (71, 12, false), // a D-number
            (1, 81, true),   // Skatteetaten
            (1, 66, true),   // NHN
            (1, 41, true),   // NAV, and H-numbers
            (1, 21, true),   // Digdir
            (41, 92, true),  // a D-number of Skatteetaten
        ] {
            let parsed = PersonNumber::parse(&number(day, month)).unwrap();
            assert_eq!(parsed.is_synthetic(), synthetic, "{day} {month}");
        }
        for (day, month) in [(0, 1), (32, 1), (72, 1), (1, 0), (1, 13), (1, 20), (1, 53), (1, 93)] {
            assert!(PersonNumber::parse(&number(day, month)).is_err(), "{day} {month}");
        }
    }

    #[test]
    fn refuses_wrong_check_digits_and_impossible_dates() {
        for text in ["01817010137", "01817010146", "10068700603", "11068700602", "0181701013", "00000000000"] {
            assert_eq!(PersonNumber::parse(text), Err(IdentifierError::Person), "{text}");
        }
    }

    #[test]
    fn shows_nothing_in_debug() {
        let shown = format!("{:?}", PersonNumber::parse("01817010136").unwrap());
        assert!(!shown.chars().any(|c| c.is_ascii_digit()), "{shown}");
    }
}
