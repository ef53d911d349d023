//! A sender or receiver as an SBD names it: an authority and a value (eFormidling, StandardBusinessDocument:
//! `identifier`).

use std::fmt;

use uuid::Uuid;

use super::{IdentifierError, Iso6523, PersonNumber};

/// Who gave the identifier out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// `iso6523-actorid-upis`: organisations, people and FIKS accounts.
    Iso6523,
    /// `nhn-actorid`: health.
    Nhn,
}

impl Authority {
    /// As the SBD writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iso6523 => "iso6523-actorid-upis",
            Self::Nhn => "nhn-actorid",
        }
    }

    /// Reads the exact text.
    ///
    /// # Errors
    /// [`IdentifierError::Authority`] for any other.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        [Self::Iso6523, Self::Nhn]
            .into_iter()
            .find(|authority| authority.as_str() == text)
            .ok_or(IdentifierError::Authority)
    }
}

/// One end of a message. `Debug` hides people.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Party {
    /// An organisation.
    Organisation(Iso6523),
    /// A person, either bare or behind `0192:`.
    Person(PersonNumber),
    /// A FIKS IO account, 36 characters on the wire.
    Account(Uuid),
    /// A health service, `her-id:` and 1 to 11 digits; more than 0.
    Health(u64),
    /// The regular general practitioner of a person, `fastlege-for:` and the identity number.
    PractitionerOf(PersonNumber),
}

impl Party {
    /// Reads a value by its authority.
    ///
    /// # Errors
    /// What is wrong with it; never holds the value. [`IdentifierError::Person`] for eleven digits that are
    /// no identity number, a practitioner's patient among them, [`IdentifierError::Uuid`] for 36 characters
    /// that are no UUID, [`IdentifierError::Health`] in health, and the errors of [`Iso6523::parse`] for all
    /// else.
    pub fn parse(authority: Authority, value: &str) -> Result<Self, IdentifierError> {
        match authority {
            Authority::Nhn => parse_health(value),
            Authority::Iso6523 => {
                let bare = value.strip_prefix("0192:").unwrap_or(value);
                if bare.len() == 11 && bare.bytes().all(|byte| byte.is_ascii_digit()) {
                    return PersonNumber::parse(bare).map(Self::Person);
                }
                if value.len() == 36 && !value.contains(':') {
                    return Uuid::try_parse(value).map(Self::Account).map_err(|_| IdentifierError::Uuid);
                }
                Iso6523::parse(value).map(Self::Organisation)
            }
        }
    }

    /// The authority that goes with it.
    pub fn authority(&self) -> Authority {
        match self {
            Self::Organisation(_) | Self::Person(_) | Self::Account(_) => Authority::Iso6523,
            Self::Health(_) | Self::PractitionerOf(_) => Authority::Nhn,
        }
    }

    /// The organisation, if it is one.
    pub fn organisation(&self) -> Option<&Iso6523> {
        match self {
            Self::Organisation(organisation) => Some(organisation),
            _ => None,
        }
    }

    /// The value for the wire, a person without `0192:`. May be an identity number: not for logs.
    pub fn expose(&self) -> String {
        match self {
            Self::Organisation(organisation) => organisation.to_string(),
            Self::Person(person) => person.expose(),
            Self::Account(account) => account.to_string(),
            Self::Health(id) => format!("her-id:{id}"),
            Self::PractitionerOf(person) => format!("fastlege-for:{}", person.expose()),
        }
    }
}

fn parse_health(value: &str) -> Result<Party, IdentifierError> {
    if let Some(id) = value.strip_prefix("her-id:") {
        let plain = (1..=11).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
        let id = id.parse().ok().filter(|id| plain && *id > 0).ok_or(IdentifierError::Health)?;
        return Ok(Party::Health(id));
    }
    let person = value.strip_prefix("fastlege-for:").ok_or(IdentifierError::Health)?;
    PersonNumber::parse(person).map(Party::PractitionerOf)
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation(organisation) => fmt::Debug::fmt(organisation, f),
            Self::Person(person) => fmt::Debug::fmt(person, f),
            Self::Account(account) => write!(f, "{account}"),
            Self::Health(id) => write!(f, "her-id:{id}"),
            Self::PractitionerOf(_) => f.write_str("fastlege-for:redacted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_kinds_apart() {
        let iso = |value| Party::parse(Authority::Iso6523, value);
        assert!(matches!(iso("0192:310900117"), Ok(Party::Organisation(_))));
        assert!(matches!(iso("14837121133"), Ok(Party::Person(_))));
        assert!(matches!(iso("0192:14837121133"), Ok(Party::Person(_))));
        assert!(matches!(iso("dec3775a-96f7-489c-b05c-ea1d5a939139"), Ok(Party::Account(_))));
        assert_eq!(iso("14837121134"), Err(IdentifierError::Person));
        assert_eq!(Party::parse(Authority::Nhn, "her-id:1001"), Ok(Party::Health(1001)));
        assert!(matches!(Party::parse(Authority::Nhn, "fastlege-for:14837121133"), Ok(Party::PractitionerOf(_))));
        for value in ["her-id:0", "her-id:", "her-id:+1", "lege:1", "1001"] {
            assert_eq!(Party::parse(Authority::Nhn, value), Err(IdentifierError::Health), "{value}");
        }
    }

    #[test]
    fn hides_people() {
        let person = Party::parse(Authority::Iso6523, "14837121133").unwrap();
        assert!(!format!("{person:?}").contains("14837"));
    }
}
