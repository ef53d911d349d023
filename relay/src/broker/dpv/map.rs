//! What Altinn is told of a letter (Correspondence, `InitializeCorrespondencesExt`), as a pure function: the flattened
//! fields of one form.

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::archive::Arkivmelding;
use konvolutt_shared::dpv::{
    CONFIDENTIAL_PROCESS, DigitalDpv, INFORMATION_PROCESS, Options, Reminder, Transport, resource_id,
};
use konvolutt_shared::finding::{Finding, Place, Rule};
use konvolutt_shared::identifier::{Iso6523, Party};
use konvolutt_shared::sbd::Sbd;

/// What the operator has decided.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// Altinn resource of ordinary letters whose envelopes name none.
    pub resource: String,
    /// The one of what is confidential: what goes over it is marked so, whoever has named it.
    pub confidential_resource: String,
    /// Days until an answer is due; none when 0.
    pub due_days: u32,
    /// Subject of mails.
    pub notification_subject: String,
    /// Text of notifications; `$reporterName$` becomes the sender's name.
    pub notification_text: String,
    /// The same for what is confidential.
    pub confidential_notification_text: String,
}

/// What the sender has written.
#[derive(Debug)]
pub(super) enum Message {
    /// `arkivmelding` with the options of its SBD.
    Archive(Box<Arkivmelding>, Options),
    /// `digital_dpv`.
    Digital(Box<DigitalDpv>),
}

/// A form: fields in order, and which of the package's files go along. Its `Debug` shows no value.
#[derive(PartialEq, Eq)]
pub(super) struct Form {
    pub(super) fields: Vec<(String, String)>,
    /// File names, in the order in which they are shown.
    pub(super) files: Vec<String>,
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Form({} fields, {} files)", self.fields.len(), self.files.len())
    }
}

impl Form {
    fn put(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push((format!("Correspondence.{name}"), value.into()));
    }
}

/// What there is to say about a letter besides its message.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub(super) sbd: &'a Sbd,
    /// The sender's name.
    pub(super) sender_name: &'a str,
    /// The registry's, as the sender has signed it.
    pub(super) resource: Option<&'a str>,
    pub(super) defaults: &'a Defaults,
    pub(super) now: Timestamp,
}

/// The form for a letter whose package holds these files.
///
/// # Errors
/// What Altinn would refuse, or a file that is missing.
pub(super) fn form(about: About<'_>, message: &Message, present: &[&str]) -> Result<Form, Finding> {
    let (sbd, defaults) = (about.sbd, about.defaults);
    let missing = |what: &str| Finding::error(Rule::DocumentValue, what).at(Place::path("sbd:/"));
    let id = sbd.message_id().ok_or_else(|| missing("the message has no id"))?.to_string();
    let sender = sbd.sender().and_then(Iso6523::number).ok_or_else(|| missing("the message has no sender"))?;
    let (texts, options, recipient) = match message {
        Message::Archive(archive, options) => {
            let receiver = sbd.receiver().and_then(Iso6523::number).ok_or_else(|| missing("there is no receiver"))?;
            let urn = organisation(&receiver.to_string());
            ((archive.title(), archive.title(), archive.entry.title.as_str()), options, urn)
        }
        Message::Digital(one) => {
            let urn = recipient(sbd, one)?;
            let body = if one.innhold.trim().is_empty() { "Ingen innhold" } else { one.innhold.as_str() };
            ((one.tittel.as_str(), one.sammendrag.as_str(), body), &one.dpv, urn)
        }
    };
    if let Some(problem) = options.problems().into_iter().next() {
        return Err(problem);
    }
    let (resource, confidential) = resource(about);
    let mut form = Form { fields: Vec::new(), files: files(message, present)? };
    form.put("ResourceId", resource);
    form.put("SendersReference", &id);
    form.put("MessageSender", shortened(about.sender_name, 255));
    form.put("Content.Language", "nb");
    form.put("Content.MessageTitle", texts.0);
    form.put("Content.MessageSummary", texts.1);
    form.put("Content.MessageBody", texts.2);
    for (index, name) in form.files.clone().into_iter().enumerate() {
        form.put(&format!("Content.Attachments[{index}].FileName"), name.clone());
        form.put(&format!("Content.Attachments[{index}].DisplayName"), shortened(&shown(message, &name), 255));
        form.put(&format!("Content.Attachments[{index}].IsEncrypted"), "false");
        form.put(&format!("Content.Attachments[{index}].SendersReference"), format!("{id}_{index}"));
        form.put(&format!("Content.Attachments[{index}].DataLocationType"), "NewCorrespondenceAttachment");
    }
    let published = options.published(about.now);
    form.put("RequestedPublishTime", published.to_string());
    let days = options.dager_til_svarfrist.unwrap_or(defaults.due_days);
    if days > 0 {
        let due = published.checked_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(published);
        form.put("DueDateTime", due.to_string());
    }
    form.put("IsConfirmationNeeded", "false");
    form.put("IsConfidential", confidential.to_string());
    let informs = matches!(message, Message::Digital(_)) && sbd.process() == INFORMATION_PROCESS;
    form.put("IgnoreReservation", informs.to_string());
    form.put("PropertyList.senderOrgNumber", sender.to_string());
    for (index, reply) in options.svarvalg.iter().enumerate() {
        form.put(&format!("ReplyOptions[{index}].LinkURL"), reply.url.as_str());
        if !reply.tekst.is_empty() {
            form.put(&format!("ReplyOptions[{index}].LinkText"), reply.tekst.as_str());
        }
    }
    notification(&mut form, about, options, confidential);
    form.fields.push(("Recipients[0]".to_owned(), recipient));
    form.fields.push(("IdempotentKey".to_owned(), id));
    Ok(form)
}

/// Over which resource it goes, and whether as confidential. What was written as confidential is marked so over any resource,
/// and Altinn refuses it where that one is not for it (error 1061): it is never shown to those with ordinary roles.
fn resource(about: About<'_>) -> (&str, bool) {
    let defaults = about.defaults;
    let written = about.sbd.process() == CONFIDENTIAL_PROCESS;
    let usual = if written { &defaults.confidential_resource } else { &defaults.resource };
    // Searches know them without the prefix.
    let id = |text| resource_id(text).unwrap_or(text);
    let resource = id(about.resource.unwrap_or(usual));
    (resource, written || resource == id(defaults.confidential_resource.as_str()))
}

/// The person of the message, or an organisation, which must then be the SBD's.
fn recipient(sbd: &Sbd, one: &DigitalDpv) -> Result<String, Finding> {
    if let Some(problem) = one.problems().into_iter().next() {
        return Err(problem);
    }
    let party = one.recipient();
    if sbd.receiver_party().is_some() && sbd.receiver_party() != party.as_ref() {
        let message = "the message in the package is to somebody else than its SBD";
        return Err(Finding::error(Rule::DocumentField, message));
    }
    match party {
        Some(Party::Person(number)) => Ok(format!("urn:altinn:person:identifier-no:{}", number.expose())),
        _ => Ok(organisation(&one.mottaker)),
    }
}

fn organisation(number: &str) -> String {
    format!("urn:altinn:organization:identifier-no:{number}")
}

/// Only what the archive names goes along, by its numbers; of a `digital_dpv` everything, the main document first.
fn files(message: &Message, present: &[&str]) -> Result<Vec<String>, Finding> {
    match message {
        Message::Archive(archive, _) => match archive.missing_files(present.iter().copied()).into_iter().next() {
            Some(missing) => Err(missing),
            None => Ok(archive.files().into_iter().map(str::to_owned).collect()),
        },
        Message::Digital(one) => {
            let mut files: Vec<String> = present.iter().map(|name| (*name).to_owned()).collect();
            files.sort_by_key(|name| one.hoveddokument.as_ref() != Some(name));
            Ok(files)
        }
    }
}

/// What a file is shown as: its title, in the archive or beside the letter; its name when it has none.
fn shown(message: &Message, name: &str) -> String {
    let title = match message {
        Message::Archive(archive, _) => {
            archive.entry.documents.iter().find(|one| one.file == name).map(|one| one.title.clone())
        }
        Message::Digital(one) => one.titler.get(name).cloned(),
    };
    title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| name.to_owned())
}

fn notification(form: &mut Form, about: About<'_>, options: &Options, confidential: bool) {
    let defaults = about.defaults;
    let text = if confidential {
        options.taushetsbelagt_varsel_tekst.as_ref().unwrap_or(&defaults.confidential_notification_text)
    } else {
        options.varsel_tekst.as_ref().unwrap_or(&defaults.notification_text)
    };
    let named = |text: &str| text.replace("$reporterName$", about.sender_name);
    let (text, subject) = (named(text), named(&defaults.notification_subject));
    let (channel, mail, sms) = match options.varsel_transport_type.unwrap_or_default() {
        Transport::Epost => ("Email", true, false),
        Transport::Sms => ("Sms", false, true),
        Transport::EpostOgSms => ("EmailAndSms", true, true),
    };
    let again = options.varsel_type.unwrap_or_default() == Reminder::VarselDPVMedRevarsel;
    let mut put = |name: &str, value: &str| form.put(&format!("Notification.{name}"), value);
    put("NotificationTemplate", "CustomMessage");
    put("NotificationChannel", channel);
    put("SendReminder", if again { "true" } else { "false" });
    for prefix in if again { ["", "Reminder"].as_slice() } else { &[""] } {
        if mail {
            put(&format!("{prefix}EmailSubject"), &shortened(&subject, 512));
            put(&format!("{prefix}EmailBody"), &text);
            put(&format!("{prefix}EmailContentType"), "Plain");
        }
        if sms {
            put(&format!("{prefix}SmsBody"), &text);
        }
    }
    if again {
        put("ReminderNotificationChannel", channel);
    }
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
#[path = "tests/map.rs"]
mod tests;
