//! The fields of a letter to a person: where each is kept, and what its element is called.

use konvolutt_shared::dpv::Reminder;
use konvolutt_shared::letter::{LinkChoice, PersonDraft};

use super::extension::ExtensionField;

/// Which address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where the letter goes.
    Recipient,
    /// Where it comes back to.
    Return,
}

/// A part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Postal {
    /// Name.
    Name,
    /// One of three lines, from 0.
    Line(u8),
    /// Postal code.
    Code,
    /// Town.
    Town,
    /// Country.
    Country,
}

impl Postal {
    /// In the order of the page.
    pub const ALL: [Self; 7] =
        [Self::Name, Self::Line(0), Self::Line(1), Self::Line(2), Self::Code, Self::Town, Self::Country];
}

/// A field that a person types in, or chooses a value of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonField {
    /// The radio buttons of the ways.
    Way,
    /// Security level.
    Level,
    /// Language.
    Language,
    /// First day.
    AvailableFrom,
    /// Why an opening receipt is needed.
    OpeningReason,
    /// Text message.
    Sms,
    /// Mail.
    Email,
    /// The sender's unit.
    SenderUnit,
    /// Invoice reference.
    Invoice,
    /// Address of the link.
    LinkUrl,
    /// Text of the link.
    LinkText,
    /// Its button.
    LinkButton,
    /// Its last day.
    LinkDeadline,
    /// What the mailbox shows beside the letter.
    Extension(ExtensionField),
    /// A part of an address.
    Address(Side, Postal),
    /// The sender's unit, of a letter on paper.
    PrintUnit,
    /// Invoice reference, of a letter on paper.
    PrintInvoice,
    /// Summary.
    Summary,
    /// Message text.
    Body,
    /// Altinn's notification.
    InboxNotice,
}

/// Those that are no address, in the order of the page, with the last part of their paths and the ids of their elements.
const NAMED: [(PersonField, &str, &str); 18] = [
    (PersonField::Way, "way", "person-way"),
    (PersonField::Level, "mailbox/securityLevel", "security-level"),
    (PersonField::Language, "mailbox/language", "letter-language"),
    (PersonField::AvailableFrom, "mailbox/availableFrom", "available-from"),
    (PersonField::OpeningReason, "mailbox/openingReason", "opening-reason"),
    (PersonField::Sms, "mailbox/sms", "sms"),
    (PersonField::Email, "mailbox/email", "email"),
    (PersonField::SenderUnit, "mailbox/senderUnit", "sender-unit"),
    (PersonField::Invoice, "mailbox/invoiceReference", "invoice-reference"),
    (PersonField::LinkUrl, "mailbox/link/url", "link-url"),
    (PersonField::LinkText, "mailbox/link/text", "link-text"),
    (PersonField::LinkButton, "mailbox/link/button", "link-button"),
    (PersonField::LinkDeadline, "mailbox/link/deadline", "link-deadline"),
    (PersonField::Summary, "inbox/summary", "summary"),
    (PersonField::Body, "inbox/body", "message-body"),
    (PersonField::InboxNotice, "inbox/notice", "inbox-notice"),
    (PersonField::PrintUnit, "print/senderUnit", "print-sender-unit"),
    (PersonField::PrintInvoice, "print/invoiceReference", "print-invoice-reference"),
];

/// Where the addresses come among those: after all but the two that stand below them.
const FIRST_ADDRESS: usize = NAMED.len() - 2;

impl PersonField {
    /// The element's id.
    pub fn element_id(self) -> String {
        if let Self::Extension(field) = self {
            return field.element_id();
        }
        let Self::Address(side, part) = self else {
            let named = NAMED.iter().find(|(field, ..)| *field == self);
            return named.map(|(_, _, id)| (*id).to_owned()).unwrap_or_default();
        };
        let side = match side {
            Side::Recipient => "to",
            Side::Return => "back",
        };
        match part {
            Postal::Name => format!("{side}-name"),
            Postal::Line(index) => format!("{side}-line-{}", index + 1),
            Postal::Code => format!("{side}-postal-code"),
            Postal::Town => format!("{side}-town"),
            Postal::Country => format!("{side}-country"),
        }
    }

    /// Of a finding's path, `person/print/recipient/town`.
    pub fn from_path(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("person/")?;
        if let Some((field, ..)) = NAMED.iter().find(|(_, named, _)| *named == rest) {
            return Some(*field);
        }
        if let Some(part) = rest.strip_prefix("mailbox/extension/") {
            return ExtensionField::from_path(part).map(Self::Extension);
        }
        let (side, part) = rest.strip_prefix("print/")?.split_once('/')?;
        let side = match side {
            "recipient" => Side::Recipient,
            "returnAddress" => Side::Return,
            _ => return None,
        };
        let part = match part {
            "name" => Postal::Name,
            "lines" => Postal::Line(0),
            "postalCode" => Postal::Code,
            "town" => Postal::Town,
            "country" => Postal::Country,
            _ => return None,
        };
        Some(Self::Address(side, part))
    }

    /// Position on the page among its kind.
    pub fn rank(self) -> usize {
        let named = || NAMED.iter().position(|(field, ..)| *field == self).unwrap_or_default();
        match self {
            // They stand below both addresses.
            Self::PrintUnit | Self::PrintInvoice => 2 * Postal::ALL.len() + named(),
            Self::Address(side, part) => {
                let part = Postal::ALL.iter().position(|other| *other == part).unwrap_or_default();
                FIRST_ADDRESS + usize::from(side == Side::Return) * Postal::ALL.len() + part
            }
            Self::Extension(field) => {
                let place = ExtensionField::ALL.into_iter().position(|other| other == field).unwrap_or_default();
                NAMED.len() + 2 * Postal::ALL.len() + place
            }
            _ => named(),
        }
    }

    /// The value.
    pub fn get(self, draft: &PersonDraft) -> String {
        let (mailbox, inbox) = (&draft.mailbox, &draft.inbox);
        let link = |part: fn(&LinkChoice) -> &String| mailbox.link.as_ref().map(part).cloned().unwrap_or_default();
        match self {
            Self::Way => String::new(),
            Self::Level => mailbox.security_level.to_string(),
            Self::Language => mailbox.language.clone(),
            Self::AvailableFrom => mailbox.available_from.clone(),
            Self::OpeningReason => mailbox.opening_reason.clone(),
            Self::Sms => mailbox.sms.clone(),
            Self::Email => mailbox.email.clone(),
            Self::SenderUnit => mailbox.sender_unit.clone(),
            Self::PrintUnit => draft.print.sender_unit.clone(),
            Self::PrintInvoice => draft.print.invoice_reference.clone(),
            Self::Invoice => mailbox.invoice_reference.clone(),
            Self::LinkUrl => link(|link| &link.url),
            Self::LinkText => link(|link| &link.text),
            Self::LinkButton => link(|link| &link.button),
            Self::LinkDeadline => link(|link| &link.deadline),
            Self::Extension(field) => field.get(mailbox),
            Self::Summary => inbox.summary.clone(),
            Self::Body => inbox.body.clone(),
            Self::InboxNotice => inbox.options.varsel_tekst.clone().unwrap_or_default(),
            Self::Address(side, part) => {
                let address = match side {
                    Side::Recipient => &draft.print.recipient,
                    Side::Return => &draft.print.return_address,
                };
                match part {
                    Postal::Name => address.name.clone(),
                    Postal::Line(index) => address.lines.get(usize::from(index)).cloned().unwrap_or_default(),
                    Postal::Code => address.postal_code.clone(),
                    Postal::Town => address.town.clone(),
                    Postal::Country => address.country.clone(),
                }
            }
        }
    }

    pub(super) fn set(self, draft: &mut PersonDraft, text: String) {
        let (mailbox, inbox) = (&mut draft.mailbox, &mut draft.inbox);
        let slot = match self {
            Self::Way | Self::Level => return,
            Self::Extension(field) => return field.set(mailbox, text),
            Self::Language => &mut mailbox.language,
            Self::AvailableFrom => &mut mailbox.available_from,
            Self::OpeningReason => &mut mailbox.opening_reason,
            Self::Sms => &mut mailbox.sms,
            Self::Email => &mut mailbox.email,
            Self::SenderUnit => &mut mailbox.sender_unit,
            Self::PrintUnit => &mut draft.print.sender_unit,
            Self::PrintInvoice => &mut draft.print.invoice_reference,
            Self::Invoice => &mut mailbox.invoice_reference,
            Self::LinkUrl => &mut mailbox.link.get_or_insert_default().url,
            Self::LinkText => &mut mailbox.link.get_or_insert_default().text,
            Self::LinkButton => &mut mailbox.link.get_or_insert_default().button,
            Self::LinkDeadline => &mut mailbox.link.get_or_insert_default().deadline,
            Self::Summary => &mut inbox.summary,
            Self::Body => &mut inbox.body,
            Self::InboxNotice => {
                inbox.options.varsel_tekst = Some(text).filter(|text| !text.trim().is_empty());
                return;
            }
            Self::Address(side, part) => {
                let address = match side {
                    Side::Recipient => &mut draft.print.recipient,
                    Side::Return => &mut draft.print.return_address,
                };
                match part {
                    Postal::Name => &mut address.name,
                    Postal::Line(index) => {
                        let index = usize::from(index);
                        let length = address.lines.len().max(index + 1);
                        address.lines.resize(length, String::new());
                        &mut address.lines[index]
                    }
                    Postal::Code => &mut address.postal_code,
                    Postal::Town => &mut address.town,
                    Postal::Country => &mut address.country,
                }
            }
        };
        *slot = text;
    }
}

/// Something that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonSwitch {
    /// Opening receipt.
    OpeningReceipt,
    /// Notify again after a week.
    Reminder,
    /// A link outside the letter.
    Link,
    /// Colour.
    Colour,
    /// A post.
    Priority,
    /// Destroy what is not delivered.
    Destroy,
    /// A reminder by Altinn.
    InboxReminder,
}

impl PersonSwitch {
    /// Whether it is on.
    pub fn get(self, draft: &PersonDraft) -> bool {
        match self {
            Self::OpeningReceipt => draft.mailbox.opening_receipt,
            Self::Reminder => draft.mailbox.reminder_days.len() > 1,
            Self::Link => draft.mailbox.link.is_some(),
            Self::Colour => draft.print.colour,
            Self::Priority => draft.print.priority,
            Self::Destroy => draft.print.destroy,
            Self::InboxReminder => {
                draft.inbox.options.varsel_type.unwrap_or_default() == Reminder::VarselDPVMedRevarsel
            }
        }
    }

    pub(super) fn set(self, draft: &mut PersonDraft, on: bool) {
        match self {
            Self::OpeningReceipt => draft.mailbox.opening_receipt = on,
            Self::Reminder => draft.mailbox.reminder_days = if on { vec![0, 7] } else { Vec::new() },
            Self::Link => draft.mailbox.link = on.then(LinkChoice::default),
            Self::Colour => draft.print.colour = on,
            Self::Priority => draft.print.priority = on,
            Self::Destroy => draft.print.destroy = on,
            Self::InboxReminder => {
                draft.inbox.options.varsel_type =
                    Some(if on { Reminder::VarselDPVMedRevarsel } else { Reminder::VarselDPVUtenRevarsel });
            }
        }
    }
}
