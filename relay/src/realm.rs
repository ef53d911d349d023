//! Which world a relay belongs to, and what must never pass from one to another.

use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::PersonNumber;
use konvolutt_shared::pki::CertificatePolicies;
use serde::Deserialize;

/// A world. What a relay keeps belongs to the one in which it first started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Realm {
    /// The sandbox plays it: nobody and nothing in it is real.
    Sandbox,
    /// The services' own test environments, where people are made up and organisations have real certificates for tests.
    Test,
    Production,
}

/// Organisations that Digdir's published mocks (efm-mocks) play, although their numbers look real.
const PLAYED: [&str; 2] = ["810074582", "910075918"];

/// The same of a person. It may be somebody's, so production has it, too; nobody's post goes anywhere from the others.
const PLAYED_PERSON: &str = "06068700602";

impl Realm {
    /// As the store keeps it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Test => "test",
            Self::Production => "production",
        }
    }

    /// The policies of which a signer's certificate carries one in this world. The sandbox's older certificates have none.
    pub const fn policies(self) -> CertificatePolicies {
        match self {
            Self::Sandbox => CertificatePolicies::Any,
            Self::Test => CertificatePolicies::Test,
            Self::Production => CertificatePolicies::Production,
        }
    }

    /// That an organisation of this number can be in this world. Real units have numbers from 8 and 9, made-up ones from
    /// 2 and 3.
    ///
    /// # Errors
    /// [`Rule::RecipientInWorld`].
    pub fn has_organisation(self, orgnr: &str) -> Result<(), Finding> {
        let real = orgnr.starts_with(['8', '9']);
        let here = match self {
            Self::Sandbox => !real || PLAYED.contains(&orgnr),
            Self::Test => true,
            Self::Production => real,
        };
        if here { Ok(()) } else { Err(self.elsewhere()) }
    }

    /// That a person of this number can be in this world.
    ///
    /// # Errors
    /// [`Rule::RecipientInWorld`].
    pub fn has_person(self, number: &PersonNumber) -> Result<(), Finding> {
        let tests = self != Self::Production;
        let here = number.is_synthetic() == tests || (tests && number.expose() == PLAYED_PERSON);
        if here { Ok(()) } else { Err(self.elsewhere()) }
    }

    fn elsewhere(self) -> Finding {
        let message = match self {
            Self::Production => "the number is one of test data, and this is production",
            Self::Test | Self::Sandbox => "the number is real, and this is a test",
        };
        Finding::error(Rule::RecipientInWorld, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_numbers_are_for_production_and_made_up_ones_for_tests() {
        for (orgnr, sandbox, test, production) in [
            ("310900117", true, true, false),
            ("213162522", true, true, false),
            ("974760673", false, true, true),
            ("810074582", true, true, true),
        ] {
            let has =
                [Realm::Sandbox, Realm::Test, Realm::Production].map(|realm| realm.has_organisation(orgnr).is_ok());
            assert_eq!(has, [sandbox, test, production], "{orgnr}");
        }
        // Some number of the ordinary form: nobody's in particular.
        let numbers = (0..100_000).map(|last| PersonNumber::parse(&format!("311287{last:05}")));
        let ordinary = numbers.into_iter().find_map(Result::ok).unwrap();
        for (number, synthetic) in [(PersonNumber::parse("01817010136").unwrap(), true), (ordinary, false)] {
            let has = [Realm::Sandbox, Realm::Test, Realm::Production].map(|realm| realm.has_person(&number).is_ok());
            assert_eq!(has, [synthetic, synthetic, !synthetic]);
        }
        for (number, production) in [(PLAYED_PERSON, true), ("10068700602", false)] {
            let number = PersonNumber::parse(number).unwrap();
            let has = [Realm::Sandbox, Realm::Test, Realm::Production].map(|realm| realm.has_person(&number).is_ok());
            assert_eq!(has, [true, true, production]);
        }
    }
}
