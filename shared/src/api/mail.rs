//! Letters to people: the access token that a letter to a mailbox holds (`maskinportentoken` of Digdir's DPI
//! message), and what the contact register says (KRR, `POST /rest/v2/personer`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Body of `POST /api/v1/mail-tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMailToken {
    /// Nine digits: the organisation that sends the letter.
    pub sender: String,
}

/// Answer to [`NewMailToken`]. Who signs a letter to a mailbox puts it into the message; nobody keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MailToken {
    /// Maskinporten's access token for the DPI network, a JWT with scope `digitalpostinnbygger:send`, as the
    /// consumer that was asked for.
    pub token: String,
    /// Until when the letter must have been handed over: about two minutes from now.
    pub expires: Timestamp,
}

impl std::fmt::Debug for MailToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailToken").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// Body of `POST /api/v1/recipients/contact`. A number never stands in a URL.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactLookup {
    /// The person's identity number, eleven digits.
    pub identifier: String,
    /// The answer must be younger than this, in seconds; the register is asked anew if that is left out or 0.
    /// Answers are kept for 300 seconds at most.
    #[serde(default)]
    pub max_age: u32,
}

impl std::fmt::Debug for ContactLookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContactLookup(redacted)")
    }
}

/// What the contact register says of a person, without number, address or telephone: enough to explain why a letter goes
/// the way it does. In brackets the register's own names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Whether the person wants no digital post from public bodies (`reservasjon`).
    pub reserved: bool,
    /// What the register knows of the person (`status`).
    pub status: ContactStatus,
    /// Whether the person can be notified (`varslingsstatus`).
    pub notifiable: bool,
    /// Language that the person has chosen (`spraak`), two letters of ISO 639-1 in lower case.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// Whether the person has a digital mailbox (`digital_post`).
    pub mailbox: bool,
    /// The e-mail address, if one is registered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<ContactPoint>,
    /// The mobile number, if one is registered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mobile: Option<ContactPoint>,
    /// How many seconds ago the register said so; 0 if it was asked just now.
    #[serde(default)]
    pub age: u32,
}

/// What the register knows of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContactStatus {
    /// `AKTIV`.
    Active,
    /// `SLETTET`.
    Deleted,
    /// `IKKE_REGISTRERT`, and persons that the register does not know.
    NotRegistered,
}

/// That an address or a number is there, and how old it is. Not what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContactPoint {
    /// When the person last changed or confirmed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub updated: Option<Timestamp>,
    /// Whether that is more than 18 months ago, or unknown: then it must not be used, as the register's terms
    /// say.
    pub outdated: bool,
}
