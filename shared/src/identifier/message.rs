//! Ids of messages and conversations.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::IdentifierError;

macro_rules! uuid_newtype {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

            /// The id as a UUID.
            pub fn uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
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

#[cfg(test)]
mod tests {
    use super::*;

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
