//! Letters to Altinn's inbox (DPV): what a sender decides, and the business message that travels sealed.
//!
//! Altinn reads what it carries, so the relay opens such a letter while it hands it over, and keeps it sealed
//! until then. A `digital_dpv` therefore has its texts, and a person's identity number, in [`FILE_NAME`]
//! inside the package; the SBD outside says only that it is so ([`sealed_business`]). That is ours. Sources
//! of the rest: eFormidling's document types `digital_dpv` and `arkivmelding`; Altinn Correspondence 3,
//! `InitializeCorrespondencesExt` and its numbered errors.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::finding::{Finding, Findings, Place, Rule};
use crate::identifier::{OrganisationNumber, Party, PersonNumber};
use crate::json;

/// The business message's file name in the package: JSON in UTF-8. Ours.
pub const FILE_NAME: &str = "digital_dpv.json";

/// eFormidling's process for what is confidential: at the recipient's only those with a role of its own may
/// open it.
pub const CONFIDENTIAL_PROCESS: &str = "urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0";

/// eFormidling's process for information, not a decision: it goes to people who have reserved themselves, too
/// (`ignoreReservation`).
pub const INFORMATION_PROCESS: &str = "urn:no:difi:profile:digitalpost:info:ver1.0";

/// The greatest number of documents, the main one included (Altinn Correspondence, error 1038).
pub const MAX_DOCUMENTS: usize = 100;
/// The longest text of a notification, in characters: that of `smsBody`, for a text message takes less than a
/// mail.
pub const MAX_NOTICE: usize = 2144;
/// The latest day from which a letter can be read, in days from today: with the longest deadline behind it, thirty days, it is still
/// within the year that letters are kept on their way. Ours.
pub const MAX_AHEAD: i32 = 330;
/// The longest time until an answer is due, in days. Ours.
pub const MAX_DAYS: u32 = 3650;

/// Titles and summaries (errors 1037 and 1042), and links (1035), in characters.
const MAX_LINE: usize = 255;
/// The text (`messageBody`), in characters.
const MAX_BODY: usize = 30_000;
/// The longest text of a link (`linkText`), in characters.
pub const MAX_LINK_TEXT: usize = 50;
/// The greatest number of links to answer at (`replyOptions`).
pub const MAX_LINKS: usize = 10;

/// `digital_dpv`: a letter to Altinn's inbox. Its `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DigitalDpv {
    /// Eleven digits of a person, or nine of an organisation. Ours: the SBD names no person.
    pub mottaker: String,
    /// The title (`messageTitle`), plain text of 1 to 255 characters.
    pub tittel: String,
    /// The summary (`messageSummary`), plain text of at most 255 characters; may be empty.
    pub sammendrag: String,
    /// The text (`messageBody`), Markdown of at most 30 000 characters; may be empty.
    pub innhold: String,
    /// File name of the main document in the package.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hoveddokument: Option<String>,
    /// The documents' titles by their file names. Ours: the reference is told each with its file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub titler: BTreeMap<String, String>,
    /// Notification, due date and places to answer at.
    #[serde(default)]
    pub dpv: Options,
}

impl fmt::Debug for DigitalDpv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigitalDpv(…)")
    }
}

/// The member `dpv` of `arkivmelding` and `digital_dpv`. Texts and due date that are absent are the relay
/// operator's; a reminder and a way to notify that are absent are the reference's: both on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Whether to remind (`sendReminder`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub varsel_type: Option<Reminder>,
    /// How to notify (`notificationChannel`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub varsel_transport_type: Option<Transport>,
    /// The notification's text, of at most [`MAX_NOTICE`] characters. `$reporterName$` becomes the sender's
    /// name, and Altinn fills in `$correspondenceRecipientName$`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub varsel_tekst: Option<String>,
    /// The same for what goes under [`CONFIDENTIAL_PROCESS`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taushetsbelagt_varsel_tekst: Option<String>,
    /// Days until an answer is due (`dueDateTime`), at most [`MAX_DAYS`]; no due date when 0. A number, or
    /// one in a string.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "days")]
    pub dager_til_svarfrist: Option<u32>,
    /// The first day it can be read, `yyyy-mm-dd` in Norway (`requestedPublishTime`); at once when absent.
    /// Ours: the reference always publishes at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tilgjengelig_fra: Option<String>,
    /// Where to answer (`replyOptions`), at most [`MAX_LINKS`]. Ours: the reference has no such field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub svarvalg: Vec<ReplyOption>,
}

/// Whether a reminder follows: eFormidling's `varselType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reminder {
    /// No reminder.
    VarselDPVUtenRevarsel,
    /// After 7 days, in Altinn's test environment after 1, if it has not been read.
    #[default]
    VarselDPVMedRevarsel,
}

/// How people are told that something has come: eFormidling's `varselTransportType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transport {
    /// By mail (`Email`).
    Epost,
    /// By text message (`Sms`).
    #[serde(rename = "SMS")]
    Sms,
    /// By both (`EmailAndSms`).
    #[default]
    #[serde(rename = "EpostOgSMS")]
    EpostOgSms,
}

/// A place to answer at: Altinn's `CorrespondenceReplyOptionExt`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplyOption {
    /// `https://…` with a host and no user name, of at most 255 characters (`linkURL`; error 1035).
    pub url: String,
    /// What the link says (`linkText`), of at most [`MAX_LINK_TEXT`] characters; may be empty.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub tekst: String,
}

impl ReplyOption {
    /// Whether its address is one that Altinn takes: `https://` and a host, without user name, spaces or line breaks.
    fn is_address(&self) -> bool {
        let host = self.url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
        let host = host.unwrap_or_default();
        !host.is_empty()
            && !host.starts_with(['.', ':'])
            && !host.contains('@')
            && !self.url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\')
            && length(&self.url) <= MAX_LINE
    }
}

/// The reference reads numbers in strings, too.
fn days<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Text(String),
    }
    match Option::<Written>::deserialize(from)? {
        None => Ok(None),
        Some(Written::Number(days)) => Ok(Some(days)),
        Some(Written::Text(text)) => text.trim().parse().map(Some).map_err(serde::de::Error::custom),
    }
}

/// What a sender signs for the inbox besides the document; the relay keeps it with the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signed {
    /// [`crate::envelope::Route::resource`].
    pub resource: String,
}

/// The id of an Altinn resource without its prefix; `None` when it has not the form of one (Altinn Correspondence:
/// `resourceId`, 1 to 255 characters). That an id is letters, digits, `-`, `_` and `.` is ours: it goes into a query, too.
pub fn resource_id(text: &str) -> Option<&str> {
    const MAX: usize = 255;
    let id = text.strip_prefix("urn:altinn:resource:").unwrap_or(text);
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!id.is_empty() && length(text) <= MAX && id.chars().all(fits)).then_some(id)
}

/// The business message of an SBD whose `digital_dpv` travels in the package: `forseglet`, with the name of
/// the file. Ours.
pub fn sealed_business() -> Value {
    json!({ "forseglet": FILE_NAME })
}

impl DigitalDpv {
    /// Reads the file of a package.
    ///
    /// # Errors
    /// [`Rule::InboxText`] when it is not JSON of this form, with no member that is unknown; it quotes
    /// nothing of the file.
    pub fn read(bytes: &[u8]) -> Result<Self, Finding> {
        let malformed = || Finding::error(Rule::InboxText, "the business message cannot be read").at(place(""));
        let value = json::parse(bytes).map_err(|_| malformed())?;
        serde_json::from_value(value).map_err(|_| malformed())
    }

    /// The file for a package: JSON in UTF-8.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Who receives it; `None` when the number is neither a person's nor an organisation's with right check
    /// digits.
    pub fn recipient(&self) -> Option<Party> {
        let text = self.mottaker.as_str();
        if text.len() == 11 {
            return PersonNumber::parse(text).ok().map(Party::Person);
        }
        OrganisationNumber::parse(text).ok().map(|number| Party::Organisation(number.into()))
    }

    /// Everything that Altinn would refuse, by the rules `I03` to `I09`, `N01` and `N02`, each at the file
    /// and the member's name. No finding quotes a text.
    pub fn problems(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut refuse = |rule, message: &str, path: &str| findings.push(Finding::error(rule, message).at(place(path)));
        if self.recipient().is_none() {
            let rule = if self.mottaker.len() == 11 { Rule::PersonReal } else { Rule::OrganisationReal };
            refuse(rule, "the recipient is neither a person's number nor an organisation's", "mottaker");
        }
        if self.tittel.trim().is_empty() {
            refuse(Rule::InboxTitle, "there is no title", "tittel");
        }
        if length(&self.tittel) > MAX_LINE {
            refuse(Rule::InboxTitleLength, "the title is longer than 255 characters", "tittel");
        }
        if length(&self.sammendrag) > MAX_LINE {
            refuse(Rule::InboxLength, "the summary is longer than 255 characters", "sammendrag");
        }
        if length(&self.innhold) > MAX_BODY {
            refuse(Rule::InboxLength, "the text is longer than 30 000 characters", "innhold");
        }
        findings.extend(self.dpv.problems().into_iter().map(|problem| {
            let path = problem.place.as_ref().map(|place| place.path.clone()).unwrap_or_default();
            problem.at(place(&path))
        }));
        findings
    }
}

impl Options {
    /// The options of an `arkivmelding` as its business message has them; none when it has no `dpv`.
    ///
    /// # Errors
    /// [`Rule::InboxOptions`] when a member has another kind of value or a word that is not on its list.
    /// Unknown members are passed over.
    pub fn of(business: &Value) -> Result<Self, Finding> {
        match business.get("dpv") {
            None | Some(Value::Null) => Ok(Self::default()),
            Some(value) => serde_json::from_value(value.clone()).map_err(|_| {
                Finding::error(Rule::InboxOptions, "the options for Altinn's inbox cannot be read")
                    .at(Place::path("dpv"))
            }),
        }
    }

    /// When Altinn shall publish: as that day begins in Norway, and never before `now`.
    pub fn published(&self, now: Timestamp) -> Timestamp {
        let begins = || day(self.tilgjengelig_fra.as_deref()?)?.to_zoned(jiff::tz::get!("Europe/Oslo")).ok();
        begins().map_or(now, |begins| begins.timestamp().max(now))
    }

    /// That the day from which it can be read is gone in Norway, or more than [`MAX_AHEAD`] days away: [`Rule::InboxFrom`], at
    /// `dpv/tilgjengeligFra`. Apart from [`problems`](Self::problems), because a letter that waited is not wrong.
    pub fn day_problem(&self, now: Timestamp) -> Option<Finding> {
        let from = day(self.tilgjengelig_fra.as_deref()?)?;
        let today = now.to_zoned(jiff::tz::get!("Europe/Oslo")).date();
        let last = today.checked_add(MAX_AHEAD.days()).unwrap_or(today);
        let wrong = from < today || from > last;
        wrong.then(|| {
            let message = "the day from which it can be read is gone, or more than 330 days away";
            Finding::error(Rule::InboxFrom, message).at(Place::path("dpv/tilgjengeligFra"))
        })
    }

    /// Everything that Altinn would refuse, by the rules `I06` to `I09`, each at `dpv/` and the member's
    /// name. Links are counted from 0.
    pub fn problems(&self) -> Vec<Finding> {
        let mut findings = Findings::default();
        let mut refuse = |wrong: bool, rule, message: &str, path: &str| {
            if wrong {
                let place = Place::path(format!("dpv/{path}"));
                findings.push(Finding::error(rule, message).at(place));
            }
        };
        let long = |text: &Option<String>| text.as_ref().is_some_and(|text| length(text) > MAX_NOTICE);
        refuse(
            long(&self.varsel_tekst),
            Rule::InboxNotice,
            "the notification is longer than 2144 characters",
            "varselTekst",
        );
        refuse(
            long(&self.taushetsbelagt_varsel_tekst),
            Rule::InboxNotice,
            "the notification is longer than 2144 characters",
            "taushetsbelagtVarselTekst",
        );
        let far = self.dager_til_svarfrist.is_some_and(|days| days > MAX_DAYS);
        refuse(far, Rule::InboxDue, "the answer is due in more than ten years", "dagerTilSvarfrist");
        let wrong = self.tilgjengelig_fra.as_ref().is_some_and(|text| day(text).is_none());
        refuse(wrong, Rule::InboxFrom, "the day from which it can be read is not a date", "tilgjengeligFra");
        refuse(self.svarvalg.len() > MAX_LINKS, Rule::InboxLinks, "there are more than ten links", "svarvalg");
        for (index, link) in self.svarvalg.iter().enumerate() {
            let message = "a link to answer at is not https, or longer than 255 characters";
            refuse(!link.is_address(), Rule::InboxLinks, message, &format!("svarvalg/{index}/url"));
            let message = "a link's text is longer than 50 characters";
            refuse(length(&link.tekst) > MAX_LINK_TEXT, Rule::InboxLinks, message, &format!("svarvalg/{index}/tekst"));
        }
        findings.into_vec()
    }
}

fn day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| text.len() == 10)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn place(path: &str) -> Place {
    Place::path(format!("asic:/{FILE_NAME}/{path}"))
}

#[cfg(test)]
mod tests;
