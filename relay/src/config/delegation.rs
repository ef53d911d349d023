//! Who may sign letters for whom.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

/// An organisation that may sign for another, as a vendor does whose customers have no certificate of their own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// Nine digits: the organisation of the certificate.
    pub signer: String,
    /// Nine digits: the sender that it signs for.
    pub sender: String,
    /// The first day of it, in Norway.
    pub from: Date,
    /// The last day of it, in Norway.
    pub to: Date,
}

impl Delegation {
    /// Whether it holds at that time.
    pub fn holds(&self, at: Timestamp) -> bool {
        let today = at.to_zoned(jiff::tz::get!("Europe/Oslo")).date();
        (self.from..=self.to).contains(&today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_from_the_first_day_to_the_end_of_the_last_in_norway() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let numbers = ("310904015".to_owned(), "310904007".to_owned());
        let one = Delegation { signer: numbers.0, sender: numbers.1, from: day("2026-03-01"), to: day("2026-07-31") };
        for (at, holds) in [
            ("2026-02-28T22:59:59Z", false),
            ("2026-02-28T23:00:00Z", true),
            ("2026-07-31T21:59:59Z", true),
            ("2026-07-31T22:00:00Z", false),
        ] {
            assert_eq!(one.holds(at.parse().unwrap()), holds, "{at}");
        }
    }
}
