//! Numbers and names that identify organisations, people, messages and conversations.
//!
//! A value of one of these types has passed its check digits, so the rest of the code need not ask again.
//! Sources: Brønnøysundregistrene and Folkeregisteret for numbers and check digits, ISO/IEC 6523-1 and RFC
//! 9562; the forms on the wire are those of efm-common's identifiers, which the integrasjonspunkt reads by.

mod channel;
mod iso6523;
mod message;
mod organisation;
mod party;
mod person;

pub use channel::{MessageChannel, is_channel_name};
pub use iso6523::Iso6523;
pub use message::{ConversationId, MessageId, read_uuid};
pub use organisation::OrganisationNumber;
pub use party::{Authority, Party};
pub use person::PersonNumber;

use crate::finding::Rule;

/// Why a text is not an identifier. Never holds the text: it may be a national identity number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// Not nine digits with a right check digit ([`OrganisationNumber`]).
    #[error("not an organisation number: nine digits, the last one a modulus 11 check digit")]
    Organisation,
    /// Not eleven digits with a possible date and right check digits ([`PersonNumber`]).
    #[error("not an identity number: eleven digits, the last two modulus 11 check digits")]
    Person,
    /// Not the form `icd:organisation[:part[:index]]` ([`Iso6523`]).
    #[error("not an ISO 6523 identifier: four digits, a colon and the organisation")]
    Iso6523,
    /// Not the form of RFC 9562, section 4.
    #[error("not a UUID of 36 characters")]
    Uuid,
    /// Neither `her-id:` and 1 to 11 digits that are not all zero, nor `fastlege-for:`.
    #[error("not a health party: her-id:<number> or fastlege-for:<identity number>")]
    Health,
    /// Not the name of a message channel ([`MessageChannel`]).
    #[error("not a message channel: 1 to 25 of A-Z, a-z, 0-9, - and _")]
    Channel,
    /// An authority that eFormidling does not use ([`Authority`]).
    #[error("unknown authority: use iso6523-actorid-upis or nhn-actorid")]
    Authority,
}

impl IdentifierError {
    /// The rule of a finding about it: one of N01 to N03.
    pub fn rule(self) -> Rule {
        match self {
            Self::Organisation => Rule::OrganisationReal,
            Self::Person => Rule::PersonReal,
            Self::Iso6523 | Self::Uuid | Self::Health | Self::Authority | Self::Channel => Rule::IdentifierForm,
        }
    }
}

/// The digits of a text that is nothing but `N` ASCII digits.
fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then(|| bytes.map(|byte| byte - b'0'))
}

/// The modulus 11 check digit of `digits` under `weights`; `None` where the rule gives ten, which no number has.
fn check_digit(digits: &[u8], weights: &[u8]) -> Option<u8> {
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * u32::from(*weight)).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        rest => u8::try_from(rest).ok(),
    }
}
