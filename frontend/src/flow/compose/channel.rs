//! What a person decides about the channel itself: notification and due date at Altinn, how KS SvarUt treats the letter,
//! and how long it may take. Kept whichever channel the recipient has, so that nothing typed is lost.

use konvolutt_shared::address::{Capability, LetterField};
use konvolutt_shared::dpv::{Options, Reminder, Transport};
use konvolutt_shared::svarut::{self, Address, Level};
use serde::{Deserialize, Deserializer, Serialize};

use super::links::{ADD_LINK, LinkChange, Links};
use crate::text::{ChannelText, Lang, fill};

/// A choice that a mistake can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoiceField {
    /// The notification's text.
    Notice,
    /// The same for what is confidential.
    ConfidentialNotice,
    /// Days until an answer is due.
    Days,
    /// SvarUt's type of shipment.
    ShipmentType,
    /// How surely a reader must be known.
    Level,
    /// Street or box of the address for paper.
    Line,
    /// Its postal code.
    PostalCode,
    /// Its place.
    Place,
    /// The first day that Altinn shows it.
    From,
}

impl ChoiceField {
    /// All, in the order of the page.
    pub const ALL: [Self; 9] = [
        Self::Notice,
        Self::ConfidentialNotice,
        Self::Days,
        Self::ShipmentType,
        Self::Level,
        Self::Line,
        Self::PostalCode,
        Self::Place,
        Self::From,
    ];

    /// The address for paper.
    pub const ADDRESS: [Self; 3] = [Self::Line, Self::PostalCode, Self::Place];

    /// The element's id.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::ConfidentialNotice => "confidential-notice",
            Self::Days => "days-to-reply",
            Self::ShipmentType => "shipment-type",
            Self::Level => "security-level",
            Self::Line => "paper-line",
            Self::PostalCode => "paper-postal-code",
            Self::Place => "paper-place",
            Self::From => "published-from",
        }
    }

    /// Of a finding's path: `dpv/…` or `svarut…`.
    pub(super) fn from_path(path: &str) -> Option<Self> {
        if !path.starts_with("dpv/") && !path.starts_with("svarut") {
            return None;
        }
        Some(match path.rsplit('/').next()? {
            "varselTekst" => Self::Notice,
            "taushetsbelagtVarselTekst" => Self::ConfidentialNotice,
            "dagerTilSvarfrist" => Self::Days,
            "shipmentType" => Self::ShipmentType,
            "securityLevel" => Self::Level,
            "lines" => Self::Line,
            "postalCode" => Self::PostalCode,
            "place" => Self::Place,
            "tilgjengeligFra" => Self::From,
            _ => return None,
        })
    }

    /// What is wrong with it, and what to do.
    pub(super) fn mistake(self, lang: Lang) -> String {
        let text = &lang.text().channel;
        let max = |template: &str, max: String| fill(template, &[("max", &max)]);
        match self {
            Self::Notice | Self::ConfidentialNotice => {
                max(text.notice_long, konvolutt_shared::dpv::MAX_NOTICE.to_string())
            }
            Self::Days => max(text.days_wrong, konvolutt_shared::dpv::MAX_DAYS.to_string()),
            Self::ShipmentType => text.shipment_type_wrong.to_owned(),
            Self::Level => text.level_wrong.to_owned(),
            Self::Line => text.line_wrong.to_owned(),
            Self::PostalCode => text.postal_code_wrong.to_owned(),
            Self::Place => text.place_wrong.to_owned(),
            Self::From => max(text.from_wrong, konvolutt_shared::dpv::MAX_AHEAD.to_string()),
        }
    }
}

/// How long a letter may take. The reference's default is a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deadline {
    /// An hour.
    Hour,
    /// A day.
    #[default]
    Day,
    /// Three days.
    ThreeDays,
    /// A week.
    Week,
    /// Two weeks.
    Fortnight,
}

impl Deadline {
    /// All, the shortest first.
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::ThreeDays, Self::Week, Self::Fortnight];

    /// In seconds.
    pub const fn seconds(self) -> u32 {
        let hours = match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::ThreeDays => 3 * 24,
            Self::Week => 7 * 24,
            Self::Fortnight => 14 * 24,
        };
        hours * 3600
    }

    /// Its name.
    pub const fn name(self, text: &ChannelText) -> &'static str {
        match self {
            Self::Hour => text.deadline_hour,
            Self::Day => text.deadline_day,
            Self::ThreeDays => text.deadline_three_days,
            Self::Week => text.deadline_week,
            Self::Fortnight => text.deadline_fortnight,
        }
    }
}

/// Ways to notify, in the order of the list.
pub const TRANSPORTS: [Transport; 3] = [Transport::EpostOgSms, Transport::Epost, Transport::Sms];

/// The name of a way to notify.
pub const fn transport_name(transport: Transport, text: &ChannelText) -> &'static str {
    match transport {
        Transport::EpostOgSms => text.transport_both,
        Transport::Epost => text.transport_mail,
        Transport::Sms => text.transport_sms,
    }
}

/// A security level in words.
pub const fn level_name(level: Level, text: &ChannelText) -> &'static str {
    match level {
        Level::Substantial => text.level_substantial,
        Level::High => text.level_high,
    }
}

/// Everything decided. `Debug` shows nothing typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    #[serde(deserialize_with = "typed")]
    typed: [String; ChoiceField::ALL.len()],
    /// How the recipient is notified.
    pub transport: Transport,
    /// Whether it is reminded.
    pub reminder: Reminder,
    /// The security level that the person has chosen, if any. Else the letter gets that of the recipient's system.
    level_chosen: Option<Level>,
    /// Whether the letter may be printed, where the person has said it.
    digital_chosen: Option<bool>,
    /// What the organisation has chosen for all its letters.
    pub digital_usual: bool,
    /// How long the letter may take.
    pub deadline: Deadline,
    /// Where a recipient of Altinn's inbox may answer.
    pub links: Links,
}

/// What a person decides.
#[derive(Clone, PartialEq, Eq)]
pub enum Choice {
    /// Types, or chooses from a list of texts.
    Text(ChoiceField, String),
    /// Chooses how to notify.
    Transport(Transport),
    /// Turns the reminder on or off.
    Reminder(Reminder),
    /// Chooses a security level.
    Level(Level),
    /// Turns printing off or on.
    DigitalOnly(bool),
    /// Chooses a deadline.
    Deadline(Deadline),
    /// Adds, removes or types in a link to answer at.
    Link(LinkChange),
}

impl Choices {
    /// What was typed.
    pub fn get(&self, field: ChoiceField) -> &str {
        self.typed.get(field as usize).map_or("", String::as_str)
    }

    pub(super) fn choose(&mut self, choice: Choice) {
        match choice {
            Choice::Text(field, value) => {
                if let Some(slot) = self.typed.get_mut(field as usize) {
                    *slot = value;
                }
            }
            Choice::Transport(transport) => self.transport = transport,
            Choice::Reminder(reminder) => self.reminder = reminder,
            Choice::Level(level) => self.level_chosen = Some(level),
            Choice::DigitalOnly(on) => self.digital_chosen = Some(on),
            Choice::Deadline(deadline) => self.deadline = deadline,
            Choice::Link(change) => self.links.change(change),
        }
    }

    fn filled(&self, field: ChoiceField) -> Option<String> {
        Some(self.get(field).trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// What was typed, as the preview shows it: `usual` when nothing was.
    pub fn shown(&self, field: ChoiceField, usual: &str) -> String {
        self.filled(field).unwrap_or_else(|| usual.to_owned())
    }

    /// For Altinn's inbox. Only the text that will be used goes along; days that are no number are more than there may be.
    pub fn inbox(&self, confidential: bool) -> Options {
        Options {
            varsel_type: Some(self.reminder),
            varsel_transport_type: Some(self.transport),
            varsel_tekst: self.filled(ChoiceField::Notice).filter(|_| !confidential),
            taushetsbelagt_varsel_tekst: self.filled(ChoiceField::ConfidentialNotice).filter(|_| confidential),
            dager_til_svarfrist: self.filled(ChoiceField::Days).map(|days| days.parse().unwrap_or(u32::MAX)),
            tilgjengelig_fra: self.filled(ChoiceField::From),
            svarvalg: self.links.typed(),
        }
    }

    /// Whether the letter is never printed: as the person says, else as the organisation does.
    pub fn digital_only(&self) -> bool {
        self.digital_chosen.unwrap_or(self.digital_usual)
    }

    /// For KS SvarUt, to a system of level `recipient`.
    pub fn shipment(&self, confidential: bool, recipient: Option<u8>) -> svarut::Choices {
        let has_address = ChoiceField::ADDRESS.into_iter().any(|field| self.filled(field).is_some());
        let text = |field| self.filled(field).unwrap_or_default();
        let address = Address {
            lines: vec![text(ChoiceField::Line)],
            postal_code: text(ChoiceField::PostalCode),
            place: text(ChoiceField::Place),
            country: String::new(),
        };
        svarut::Choices {
            security_level: self.level_of(confidential, recipient),
            shipment_type: text(ChoiceField::ShipmentType),
            digital_only: self.digital_only(),
            confidential,
            recipient_address: has_address.then_some(address),
            sender_address: None,
        }
    }

    /// The level that a letter gets: the one chosen, else that of the recipient's system. What is confidential gets the
    /// system's whatever was chosen.
    pub fn level_of(&self, confidential: bool, recipient: Option<u8>) -> Level {
        self.level_chosen(confidential).unwrap_or(Level::of(recipient))
    }

    /// The level that was chosen, where it counts.
    pub fn level_chosen(&self, confidential: bool) -> Option<Level> {
        self.level_chosen.filter(|_| !confidential)
    }

    /// What was decided with one recipient in mind: the next may have no way of that level, and lives elsewhere.
    pub(super) fn forget_recipient(&mut self) {
        self.level_chosen = None;
        ChoiceField::ADDRESS.into_iter().for_each(|field| self.choose(Choice::Text(field, String::new())));
    }
}

/// A draft that was kept before there was a field has none of it.
fn typed<'de, D: Deserializer<'de>>(from: D) -> Result<[String; ChoiceField::ALL.len()], D::Error> {
    let mut kept = Vec::<String>::deserialize(from)?.into_iter();
    Ok(std::array::from_fn(|_| kept.next().unwrap_or_default()))
}

/// An address as it is told in a sentence.
pub fn one_line(Address { lines, postal_code, place, country }: &Address) -> String {
    let town = format!("{postal_code} {place}");
    let parts = lines.iter().map(String::as_str).chain([town.trim(), country.as_str()]);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A line of the preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// What was decided.
    pub value: String,
    /// Id of the element that changes it.
    pub element: &'static str,
}

/// What was decided about the channel, as the preview shows it.
pub fn facts(choices: &Choices, confidential: bool, known: &Capability, lang: Lang) -> Vec<Fact> {
    let text = &lang.text().channel;
    let has = |field| known.has(field);
    let (notice, notice_name) = if confidential {
        (ChoiceField::ConfidentialNotice, text.notice_confidential)
    } else {
        (ChoiceField::Notice, text.notice)
    };
    let mut facts = Vec::new();
    let mut say = |name, value: String, element| facts.push(Fact { name, value, element });
    if has(LetterField::Notification) {
        let reminder = match choices.reminder {
            Reminder::VarselDPVMedRevarsel => text.with_reminder,
            Reminder::VarselDPVUtenRevarsel => text.without_reminder,
        };
        let how = transport_name(choices.transport, text);
        say(text.notification, format!("{how}, {reminder}"), "transport");
        say(notice_name, choices.shown(notice, text.usual), notice.slug());
        say(text.days, choices.shown(ChoiceField::Days, text.usual), ChoiceField::Days.slug());
        if let Some(from) = choices.filled(ChoiceField::From) {
            say(text.from, from, ChoiceField::From.slug());
        }
        if choices.links.count() > 0 {
            say(text.links, choices.links.to_string(), ADD_LINK);
        }
    }
    if has(LetterField::ShipmentType) {
        let level = choices.level_of(confidential, known.security_level);
        let paper: Vec<_> = ChoiceField::ADDRESS.into_iter().filter_map(|field| choices.filled(field)).collect();
        let registered = known.paper.as_ref().map(|paper| fill(text.paper_found, &[("adresse", &one_line(paper))]));
        let (printed, element) = match (choices.digital_only(), paper.is_empty()) {
            (true, _) => (text.digital_only.to_owned(), "digital-only"),
            (false, true) => (registered.unwrap_or_else(|| text.paper_none.to_owned()), ChoiceField::Line.slug()),
            (false, false) => (paper.join(", "), ChoiceField::Line.slug()),
        };
        let kind = ChoiceField::ShipmentType;
        say(text.shipment_type, choices.shown(kind, text.shipment_type_none), kind.slug());
        say(text.level, level_name(level, text).to_owned(), ChoiceField::Level.slug());
        say(text.paper, printed, element);
    }
    if has(LetterField::Deadline) {
        say(text.deadline, choices.deadline.name(text).to_owned(), "deadline");
    }
    facts
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for Choices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Choices").finish_non_exhaustive()
    }
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Choice")
    }
}

#[cfg(test)]
mod tests;
