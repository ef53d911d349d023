//! What is said of ways, reasons and mistakes.

use konvolutt_shared::address::{PersonWay, Reason, Rule};
use konvolutt_shared::finding::{Code, Finding};

use super::{Offered, PersonField, Postal, Side, Way};
use crate::text::{Lang, PersonText, day, fill};

/// The name of a way.
pub const fn way_name(way: PersonWay, text: &PersonText) -> &'static str {
    match way {
        PersonWay::Mailbox => text.way_mailbox,
        PersonWay::Print => text.way_print,
        PersonWay::Inbox => text.way_inbox,
    }
}

/// The name of a language that a letter can have.
pub fn language_name(code: &str, text: &PersonText) -> &'static str {
    match code {
        "nn" => text.language_nn,
        "en" => text.language_en,
        "se" => text.language_se,
        _ => text.language_nb,
    }
}

/// An identity number as people write it: six digits and five.
pub fn grouped(number: &str) -> String {
    number.split_at_checked(6).map_or_else(|| number.to_owned(), |(date, rest)| format!("{date} {rest}"))
}

/// How the letter goes, and why, in one sentence.
pub fn sentence(offered: &Offered, way: &Way, lang: Lang) -> String {
    let text = &lang.text().person;
    let only_paper = way.terms.reasons.iter().any(|reason| reason.rule == Rule::PaperOnly);
    match (way.terms.way, &offered.contact) {
        (PersonWay::Mailbox, _) => fill(text.sent_mailbox, &[("leverandør", &way.provider)]),
        (PersonWay::Print, Some(contact)) if only_paper && contact.reserved => text.sent_reserved.to_owned(),
        (PersonWay::Print, Some(contact)) if only_paper && !contact.notifiable => text.sent_unnotified.to_owned(),
        (PersonWay::Print, _) if only_paper => text.sent_print_only.to_owned(),
        (PersonWay::Print, _) => text.sent_print.to_owned(),
        (PersonWay::Inbox, _) => text.sent_inbox.to_owned(),
    }
}

/// A reason in words; empty for what is said elsewhere.
pub fn reason(reason: &Reason, lang: Lang) -> String {
    let (text, compose) = (&lang.text().person, &lang.text().compose);
    let until = || {
        let at = reason.params.get("gyldigTil").and_then(|at| at.parse().ok());
        at.map(|at| day(at, lang)).unwrap_or_default()
    };
    match reason.rule {
        Rule::RegistrySigned => compose.reason_signed.to_owned(),
        Rule::Registered => text.reason_registered.to_owned(),
        Rule::MailboxActive => text.reason_mailbox.to_owned(),
        Rule::PaperOnly => text.reason_paper.to_owned(),
        Rule::NoMailbox => text.reason_no_mailbox.to_owned(),
        Rule::SenderMayChoose => text.reason_choice.to_owned(),
        Rule::MailboxOpens => fill(text.reason_mailbox_opens, &[("dato", &until())]),
        Rule::PrinterOpens => fill(text.reason_printer_opens, &[("dato", &until())]),
        Rule::PrinterPinned => text.reason_printer_pinned.to_owned(),
        Rule::RelayOpens => compose.reason_relay.to_owned(),
        _ => String::new(),
    }
}

impl PersonField {
    /// Its label.
    pub fn label(self, text: &PersonText) -> String {
        match self {
            Self::Way => text.way_choice.to_owned(),
            Self::Level => text.level.to_owned(),
            Self::Language => text.language.to_owned(),
            Self::AvailableFrom => text.available_from.to_owned(),
            Self::OpeningReason => text.opening_reason.to_owned(),
            Self::Sms => text.sms.to_owned(),
            Self::Email => text.email.to_owned(),
            Self::SenderUnit | Self::PrintUnit => text.sender_unit.to_owned(),
            Self::Invoice | Self::PrintInvoice => text.invoice.to_owned(),
            Self::LinkUrl => text.link_url.to_owned(),
            Self::LinkText => text.link_text.to_owned(),
            Self::LinkButton => text.link_button.to_owned(),
            Self::LinkDeadline => text.link_deadline.to_owned(),
            Self::Extension(field) => field.label(text).to_owned(),
            Self::Summary => text.summary.to_owned(),
            Self::Body => text.body.to_owned(),
            Self::InboxNotice => text.inbox_notice.to_owned(),
            Self::Address(_, part) => part.label(text),
        }
    }
}

impl Postal {
    fn label(self, text: &PersonText) -> String {
        match self {
            Self::Name => text.name.to_owned(),
            Self::Line(index) => fill(text.line, &[("n", &(index + 1).to_string())]),
            Self::Code => text.postal_code.to_owned(),
            Self::Town => text.town.to_owned(),
            Self::Country => text.country.to_owned(),
        }
    }
}

/// What is wrong with a field, in words; `None` where the general words do.
pub(in crate::flow::compose) fn mistake_text(finding: &Finding, field: PersonField, lang: Lang) -> Option<String> {
    let text = &lang.text().person;
    let label = field.label(text);
    // Both addresses have the same parts.
    let (address, named) = match field {
        PersonField::Address(Side::Recipient, _) => (text.to_address, format!("{}, {label}", text.to_address)),
        PersonField::Address(Side::Return, _) => (text.back_address, format!("{}, {label}", text.back_address)),
        _ => ("", label.clone()),
    };
    let param = |name: &str| finding.params.get(name).map(String::as_str).unwrap_or_default();
    Some(match finding.code {
        Code::FieldMissing if field == PersonField::OpeningReason => text.opening_missing.to_owned(),
        Code::FieldMissing => fill(text.missing, &[("felt", &named)]),
        Code::AddressMissing => fill(text.address_missing, &[("adresse", address), ("felt", &label.to_lowercase())]),
        Code::FieldInvalid => fill(text.invalid, &[("felt", &named)]),
        Code::TextLong | Code::NoticeLong => {
            fill(text.too_long, &[("felt", &named), ("n", param("n")), ("max", param("max"))])
        }
        Code::NoticeInvalid => match (finding.params.get("grunn").map(String::as_str), field) {
            (Some("lenke"), _) => text.sms_link.to_owned(),
            (Some("mottaker"), PersonField::Sms) => text.no_mobile.to_owned(),
            (Some("mottaker"), _) => text.no_email.to_owned(),
            _ => text.notice_person.to_owned(),
        },
        _ => return None,
    })
}
