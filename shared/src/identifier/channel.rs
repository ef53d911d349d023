//! Message channels: what tells installations of one organisation apart (eFormidling, scope `MessageChannel`).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::IdentifierError;

/// The longest name, in bytes.
const LONGEST: usize = 25;

/// Whether a text can be a channel's name: at most 25 of A-Z, a-z, 0-9, `-` and `_`, the empty one among
/// them, as the integrasjonspunkt's pattern has it. A UUID, which every other reference at the broker is, has
/// 36 characters.
pub fn is_channel_name(text: &str) -> bool {
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// A message channel of DPO: 1 to 25 of A-Z, a-z, 0-9, `-` and `_`. What is sent on it names it, its answers come back
/// under it, and capitals count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageChannel(String);

impl MessageChannel {
    /// Reads a name.
    ///
    /// # Errors
    /// [`IdentifierError::Channel`] for one that is empty, too long, or has other characters.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let name = Some(text).filter(|text| !text.is_empty() && is_channel_name(text));
        name.map(|name| Self(name.to_owned())).ok_or(IdentifierError::Channel)
    }

    /// Its name, 1 to 25 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MessageChannel {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<MessageChannel> for String {
    fn from(channel: MessageChannel) -> Self {
        channel.0
    }
}

impl fmt::Display for MessageChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_one_to_twenty_five_plain_characters() {
        for text in ["a", "Fagsystem_1-test", &"x".repeat(25)] {
            assert_eq!(MessageChannel::parse(text).unwrap().as_str(), text);
        }
        for text in ["", &"x".repeat(26), "a b", "a.b", "blåbær", "a\n"] {
            assert_eq!(MessageChannel::parse(text), Err(IdentifierError::Channel), "{text}");
        }
        assert!(serde_json::from_str::<MessageChannel>("\"a b\"").is_err());
    }

    #[test]
    fn no_uuid_is_a_channels_name_and_the_empty_one_is() {
        assert!(!is_channel_name("d5c9f24d-4ce5-4d70-97a3-d0e3294210af") && is_channel_name(""));
    }
}
