//! Every rule of a letter to a person, all problems at once.

use jiff::civil::Date;

use super::super::check::{self, MAX_TITLE, error, too_long};
use super::super::{Draft, content, name};
use super::{InboxChoices, LinkChoice, MailboxChoices, PersonDraft, PersonLetter, address};
use crate::address::{AddressFields, Offer, PersonWay, Terms};
use crate::finding::{Finding, Rule};
use crate::identifier::{OrganisationNumber, PersonNumber};

const MAX_SMS: usize = 160;
const MAX_EMAIL: usize = 500;
const MAX_UNIT: usize = 100;
const MAX_INVOICE: usize = 40;
const MAX_LINK_TEXT: usize = 70;
const MAX_LINK_BUTTON: usize = 30;
const MAX_SUMMARY: usize = 255;
const MAX_BODY: usize = 30_000;
/// The notification in Altinn, as [`crate::dpv::Options::problems`] has it.
const MAX_INBOX_NOTICE: usize = 2144;
/// Days a notice may wait, and how many times it may be sent.
const MAX_DAY: u8 = 25;
const MAX_NOTICES: usize = 10;
/// Lines and town of an address.
const MAX_LINE: usize = 100;
const MAX_TOWN: usize = 80;
const MAX_LINES: usize = 4;

/// What a mailbox shows (Digdir, Digital postkasse: dokumentformater).
const MAILBOX_KINDS: &[&str] = &[
    "pdf", "html", "htm", "txt", "odt", "ods", "odp", "gif", "jpg", "jpeg", "png", "doc", "docx", "xls", "xlsx", "ppt",
    "pptx", "zip",
];
/// What is printed.
const PRINT_KINDS: &[&str] = &["pdf"];

/// Ends of addresses that telephones make links of.
const DOMAINS: &[&str] = &["no", "com", "net", "org", "info", "eu", "io", "se", "dk", "app", "me", "ly"];

/// Makes a letter of a draft, for a way that was offered.
///
/// # Errors
/// What [`person_problems`] tells of the draft and the offer's terms, and [`Rule::PersonWayOffered`] when the
/// registry names no provider for a mailbox or paper.
pub fn check_person(draft: &Draft, offer: &Offer) -> Result<PersonLetter, Vec<Finding>> {
    let mut findings = person_problems(draft, Some(&offer.terms));
    let mut person = draft.person.clone().unwrap_or_default();
    if person.way != PersonWay::Inbox && offer.provider.is_none() {
        findings.push(error(Rule::PersonWayOffered, "the registry names no provider", "recipient"));
    }
    let sender = OrganisationNumber::parse(&draft.sender);
    // What is wrong with it has been found above.
    let recipient = PersonNumber::parse(&draft.recipient).ok();
    let main = draft.documents.iter().position(|document| document.main);
    let (Ok(sender), Some(main), false) = (sender, main, findings.iter().any(Finding::refuses)) else {
        return Err(findings);
    };
    person.print.recipient = address(&person.print.recipient, offer.terms.postal.as_ref()).clone();
    let mut draft = draft.clone();
    for document in &mut draft.documents {
        document.name = name::normalised(&document.name);
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(PersonLetter {
        draft,
        person,
        sender,
        recipient,
        main,
        provider: offer.provider,
        mailbox: text(&offer.mailbox),
        mobile: text(&offer.mobile),
        email: text(&offer.email),
    })
}

/// Everything there is to say about a draft to a person; all of it refuses. Rules L01 to L18 of [`Rule`] that
/// are about sender, recipient, title and documents, L26 to L33, [`Rule::OrganisationReal`],
/// [`Rule::PersonReal`], and for Altinn's inbox [`dpv::Options::problems`](crate::dpv::Options::problems).
/// Without terms, what depends on them is left out.
pub fn person_problems(draft: &Draft, terms: Option<&Terms>) -> Vec<Finding> {
    let default = PersonDraft::default();
    let person = draft.person.as_ref().unwrap_or(&default);
    let mut findings = Vec::new();
    check::sender(draft, &mut findings);
    recipient(draft, person, terms, &mut findings);
    title(draft, person.way, &mut findings);
    documents(draft, person.way, &mut findings);
    if let Some(terms) = terms {
        check::size(draft, &terms.capability, &mut findings);
    }
    match person.way {
        PersonWay::Mailbox => mailbox(&person.mailbox, terms, &mut findings),
        PersonWay::Print => {
            let to = address(&person.print.recipient, terms.and_then(|terms| terms.postal.as_ref()));
            postal(to, "person/print/recipient", &mut findings);
            postal(&person.print.return_address, "person/print/returnAddress", &mut findings);
            let mut fields = Fields { path: "person/print", findings: &mut findings };
            invoiced(&mut fields, &person.print.sender_unit, &person.print.invoice_reference);
        }
        PersonWay::Inbox => inbox(&person.inbox, &mut findings),
    }
    findings
}

fn recipient(draft: &Draft, person: &PersonDraft, terms: Option<&Terms>, findings: &mut Vec<Finding>) {
    if draft.recipient.is_empty() && person.unnumbered && person.way == PersonWay::Print {
        // Name and address say who it is.
    } else if draft.recipient.is_empty() {
        findings.push(error(Rule::LetterRecipient, "nobody is chosen", "recipient"));
    } else if let Err(wrong) = PersonNumber::parse(&draft.recipient) {
        findings.push(error(wrong.rule(), &wrong.to_string(), "recipient"));
    }
    if terms.is_some_and(|terms| terms.way != person.way) {
        let message = "the person is not reached this way";
        findings.push(error(Rule::PersonWayOffered, message, "person/way"));
    }
}

fn title(draft: &Draft, way: PersonWay, findings: &mut Vec<Finding>) {
    let length = draft.title.chars().count();
    if length > MAX_TITLE {
        findings.push(too_long(length, "title"));
    } else if draft.title.trim().is_empty() && way != PersonWay::Print {
        findings.push(error(Rule::LetterTitle, "the message has no title", "title"));
    }
}

fn documents(draft: &Draft, way: PersonWay, findings: &mut Vec<Finding>) {
    let kinds = match way {
        PersonWay::Mailbox => MAILBOX_KINDS,
        PersonWay::Print => PRINT_KINDS,
        PersonWay::Inbox => &[],
    };
    check::documents(draft, way.max_documents(), findings);
    check::long_titles(draft, findings);
    check::names(draft, findings);
    for (index, document) in draft.documents.iter().enumerate() {
        let kind = content::extension(&document.name).unwrap_or_default();
        if !kinds.is_empty() && !kinds.contains(&kind.as_str()) {
            let finding =
                error(Rule::PersonFile, "the way does not take this kind of file", format!("documents/{index}"));
            findings.push(finding.with("navn", document.name.clone()).with("type", kind));
        }
    }
}

/// Gathers findings about fields below one path.
pub(super) struct Fields<'a> {
    pub(super) path: &'static str,
    pub(super) findings: &'a mut Vec<Finding>,
}

impl Fields<'_> {
    pub(super) fn refuse(&mut self, wrong: bool, rule: Rule, message: &str, name: &str) {
        if wrong {
            self.findings.push(error(rule, message, format!("{}/{name}", self.path)));
        }
    }

    /// Why a notice cannot be sent: a link (`lenke`), nowhere to send it (`mottaker`), an identity number (`nummer`).
    fn notice(&mut self, wrong: bool, why: &str, message: &str, name: &str) {
        if wrong {
            let finding = error(Rule::PersonNotice, message, format!("{}/{name}", self.path));
            self.findings.push(finding.with("grunn", why));
        }
    }

    pub(super) fn at_most(&mut self, text: &str, max: usize, rule: Rule, name: &str) {
        let length = text.chars().count();
        if length > max {
            let finding = error(rule, "the text is too long", format!("{}/{name}", self.path));
            self.findings.push(finding.with("max", max.to_string()).with("n", (length - max).to_string()));
        }
    }

    pub(super) fn needed(&mut self, text: &str, rule: Rule, name: &str) {
        self.refuse(text.trim().is_empty(), rule, "the field is empty", name);
    }

    pub(super) fn date(&mut self, text: &str, name: &str) {
        let wrong = !text.is_empty() && (text.len() != 10 || text.parse::<Date>().is_err());
        self.refuse(wrong, Rule::PersonField, "the field is not a date", name);
    }
}

fn mailbox(chosen: &MailboxChoices, terms: Option<&Terms>, findings: &mut Vec<Finding>) {
    let mut fields = Fields { path: "person/mailbox", findings };
    let level = (3..=4).contains(&chosen.security_level);
    fields.refuse(!level, Rule::PersonField, "the security level is not 3 or 4", "securityLevel");
    let language = chosen.language.len() == 2 && chosen.language.bytes().all(|byte| byte.is_ascii_lowercase());
    fields.refuse(!language, Rule::PersonField, "the language is not two letters", "language");
    fields.date(&chosen.available_from, "availableFrom");
    let reason = chosen.opening_receipt && chosen.opening_reason.trim().is_empty();
    fields.refuse(reason, Rule::PersonValue, "an opening receipt needs a reason", "openingReason");
    notice(&mut fields, &chosen.sms, MAX_SMS, terms.map(|terms| terms.mobile && terms.notifiable), "sms");
    fields.notice(has_link(&chosen.sms), "lenke", "a text message must have no link", "sms");
    notice(&mut fields, &chosen.email, MAX_EMAIL, terms.map(|terms| terms.email && terms.notifiable), "email");
    let days = &chosen.reminder_days;
    let bad = days.len() > MAX_NOTICES || days.iter().any(|day| *day > MAX_DAY);
    fields.refuse(bad, Rule::PersonField, "a notice is sent at most ten times, within 25 days", "reminderDays");
    invoiced(&mut fields, &chosen.sender_unit, &chosen.invoice_reference);
    if let Some(link) = &chosen.link {
        self::link(&mut fields, link);
    }
    if let Some(extension) = &chosen.extension {
        extension.check(&mut Fields { path: "person/mailbox/extension", findings: fields.findings });
    }
}

fn invoiced(fields: &mut Fields<'_>, unit: &str, reference: &str) {
    fields.at_most(unit, MAX_UNIT, Rule::PersonText, "senderUnit");
    fields.at_most(reference, MAX_INVOICE, Rule::PersonText, "invoiceReference");
}

fn notice(fields: &mut Fields<'_>, text: &str, max: usize, can: Option<bool>, name: &str) {
    if text.trim().is_empty() {
        return;
    }
    fields.notice(can == Some(false), "mottaker", "there is nowhere to send the notice", name);
    fields.at_most(text, max, Rule::PersonNoticeLength, name);
    fields.notice(has_person(text), "nummer", "a notice must hold no identity number", name);
}

/// Whether a telephone would make a link of a word.
fn has_link(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.to_lowercase();
        let host = word.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.trim_matches(|c: char| !c.is_alphanumeric());
        let end = host.rsplit_once('.').filter(|(front, _)| !front.is_empty()).map(|(_, end)| end);
        word.contains("://") || host.starts_with("www.") || end.is_some_and(|end| DOMAINS.contains(&end))
    })
}

/// Whether a text holds an identity number, be it written together or as six and five digits.
fn has_person(text: &str) -> bool {
    let mut runs: Vec<String> = Vec::new();
    for part in text.split(|c: char| !c.is_ascii_digit() && c != ' ') {
        let numbers: Vec<&str> = part.split(' ').filter(|number| !number.is_empty()).collect();
        runs.extend(numbers.iter().map(|number| (*number).to_owned()));
        runs.extend(numbers.windows(2).map(|pair| pair.concat()));
    }
    runs.iter().any(|number| PersonNumber::parse(number).is_ok())
}

fn link(fields: &mut Fields<'_>, link: &LinkChoice) {
    let rest = link.url.strip_prefix("https://").or_else(|| link.url.strip_prefix("http://"));
    let good =
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control()));
    fields.needed(&link.url, Rule::PersonValue, "link/url");
    let wrong = !good && !link.url.trim().is_empty();
    fields.refuse(wrong, Rule::PersonField, "the link is no web address", "link/url");
    fields.needed(&link.text, Rule::PersonValue, "link/text");
    fields.at_most(&link.text, MAX_LINK_TEXT, Rule::PersonText, "link/text");
    fields.needed(&link.button, Rule::PersonValue, "link/button");
    fields.at_most(&link.button, MAX_LINK_BUTTON, Rule::PersonText, "link/button");
    fields.date(&link.deadline, "link/deadline");
}

fn inbox(chosen: &InboxChoices, findings: &mut Vec<Finding>) {
    let mut fields = Fields { path: "person/inbox", findings };
    fields.at_most(&chosen.summary, MAX_SUMMARY, Rule::PersonText, "summary");
    fields.needed(&chosen.body, Rule::PersonValue, "body");
    fields.at_most(&chosen.body, MAX_BODY, Rule::PersonText, "body");
    let notice = chosen.options.varsel_tekst.as_deref().unwrap_or_default();
    fields.at_most(notice, MAX_INBOX_NOTICE, Rule::PersonNoticeLength, "notice");
    fields.notice(has_person(notice), "nummer", "a notice must hold no identity number", "notice");
    let known = |finding: &Finding| finding.place.as_ref().is_none_or(|place| !place.path.ends_with("varselTekst"));
    fields.findings.extend(chosen.options.problems().into_iter().filter(known));
}

/// What the DPI network's schema asks of an address.
fn postal(address: &AddressFields, path: &'static str, findings: &mut Vec<Finding>) {
    let mut fields = Fields { path, findings };
    let lines: Vec<&str> = address.lines.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
    fields.needed(&address.name, Rule::PersonAddress, "name");
    fields.at_most(&address.name, MAX_LINE, Rule::PersonText, "name");
    fields.refuse(lines.is_empty(), Rule::PersonAddress, "there is no line", "lines");
    // A foreign town stands on a line of its own.
    let most = if address.is_norwegian() { MAX_LINES } else { MAX_LINES - 1 };
    fields.refuse(lines.len() > most, Rule::PersonField, "there are too many lines", "lines");
    for line in lines {
        fields.at_most(line, MAX_LINE, Rule::PersonText, "lines");
    }
    let code = address.postal_code.trim();
    if address.is_norwegian() {
        fields.needed(code, Rule::PersonAddress, "postalCode");
        let digits = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit());
        let message = "a Norwegian postal code has four digits";
        fields.refuse(!code.is_empty() && !digits, Rule::PersonField, message, "postalCode");
        fields.needed(&address.town, Rule::PersonAddress, "town");
        fields.at_most(&address.town, MAX_TOWN, Rule::PersonText, "town");
    } else {
        let town = format!("{code} {}", address.town.trim());
        fields.at_most(&town, MAX_LINE, Rule::PersonText, "town");
    }
    fields.at_most(&address.country, MAX_TOWN, Rule::PersonText, "country");
}

/// Whether a web page does more than be read: scripts, handlers, forms, or what is fetched from elsewhere.
/// Mailboxes refuse such (Digdir, Digital postkasse: dokumentformater). `bytes` is the whole file, read as
/// UTF-8; what is doubtful counts.
pub fn active_html(bytes: &[u8]) -> bool {
    const TAGS: &[&str] = &[
        "<script",
        "<form",
        "<iframe",
        "<frame",
        "<object",
        "<embed",
        "<applet",
        "<link",
        "<base",
        "<portal",
        "javascript:",
        "@import",
        "http-equiv",
    ];
    const FETCHED: &[&str] = &["src=", "srcset=", "poster=", "background=", "xlink:href=", "url("];
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let packed: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\0').collect();
    let inert = |rest: &str| rest.trim_start_matches(['"', '\'']).starts_with(['#']) || is_data(rest);
    TAGS.iter().any(|tag| packed.contains(tag))
        || has_handler(&text)
        || FETCHED.iter().any(|word| packed.match_indices(word).any(|(at, _)| !inert(&packed[at + word.len()..])))
}

fn is_data(rest: &str) -> bool {
    rest.trim_start_matches(['"', '\'']).starts_with("data:image/")
}

/// An attribute such as `onclick=`.
fn has_handler(text: &str) -> bool {
    text.match_indices("on").any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let name: String = text[at..].chars().take_while(char::is_ascii_lowercase).collect();
        let after = text[at + name.len()..].trim_start();
        let inside = text[..at].rfind('<') > text[..at].rfind('>');
        before.is_some_and(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '/'))
            && inside
            && name.len() > 3
            && after.starts_with('=')
    })
}
