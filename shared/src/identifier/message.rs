//! Ids of messages and conversations: UUIDs (RFC 9562), written in lower case with hyphens, 36 characters, in
//! JSON too.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};
use uuid::Uuid;

use super::IdentifierError;

macro_rules! uuid_newtype {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Reads the form of 36 characters (RFC 9562, section 4), in either case.
            ///
            /// # Errors
            /// [`IdentifierError::Uuid`] for anything else, short groups and braces included.
            pub fn parse(text: &str) -> Result<Self, IdentifierError> {
                parse_uuid(text).map(Self)
            }

            /// The id as a UUID, of whatever version.
            pub fn uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

uuid_newtype!(MessageId, "A message: `instanceIdentifier` of the SBD's document identification.");
uuid_newtype!(ConversationId, "A conversation: `instanceIdentifier` of the scope `ConversationId`.");

/// Only the hyphenated form: other spellings of one UUID would make two ids out of one.
fn parse_uuid(text: &str) -> Result<Uuid, IdentifierError> {
    if text.len() != 36 {
        return Err(IdentifierError::Uuid);
    }
    Uuid::try_parse(text).map_err(|_| IdentifierError::Uuid)
}

/// Reads a UUID as Java's `UUID.fromString` does, which the reference uses: five groups of hexadecimal digits
/// that may leave out leading zeros. What it gives is the one UUID they all mean, so that two spellings never
/// make two ids. `None` for anything else, groups of more than 8, 4, 4, 4 and 12 digits among it.
pub fn read_uuid(text: &str) -> Option<Uuid> {
    const DIGITS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    let mut bits = 0_u128;
    for (group, digits) in groups.iter().zip(DIGITS) {
        let plain = (1..=digits).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_hexdigit());
        bits = (bits << (4 * digits)) | u128::from_str_radix(group, 16).ok().filter(|_| plain)?;
    }
    (groups.len() == DIGITS.len()).then(|| Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_one_spelling_too() {
        let id = "0192f0a1-7c3e-7a55-8f00-0123456789ab";
        let read = |text: &str| serde_json::from_value::<MessageId>(text.into()).map(|id| id.to_string()).ok();
        assert_eq!(read(id).as_deref(), Some(id));
        for other in [id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}")] {
            assert_eq!(read(&other), None, "{other}");
        }
    }

    #[test]
    fn reads_short_groups_as_the_uuid_they_mean() {
        let text = "d5c9f24d-4ce5-4d70-97a3-d0e3294210af";
        assert_eq!(read_uuid(text).unwrap().to_string(), text);
        assert_eq!(read_uuid("1-1-1-1-1").unwrap().to_string(), "00000001-0001-0001-0001-000000000001");
        for other in ["", "1-1-1-1", "1-1-1-1-1-1", "1-1-1-1-", "g-1-1-1-1", "1-12345-1-1-1", "+1-1-1-1-1"] {
            assert_eq!(read_uuid(other), None, "{other}");
        }
    }

    #[test]
    fn reads_only_the_long_form() {
        let text = "d5c9f24d-4ce5-4d70-97a3-d0e3294210af";
        assert_eq!(MessageId::parse(text).unwrap().to_string(), text);
        assert_eq!(MessageId::parse(&text.to_uppercase()), MessageId::parse(text));
        for other in ["1-1-1-1-1", "d5c9f24d4ce54d7097a3d0e3294210af", "{d5c9f24d-4ce5-4d70-97a3-d0e3294210af}", ""] {
            assert_eq!(ConversationId::parse(other), Err(IdentifierError::Uuid), "{other}");
        }
    }
}
