//! The body of initialize (Altinn Correspondence, `InitializeCorrespondencesExt`), checked field by field.

use jiff::Timestamp;
use konvolutt_shared::identifier::{OrganisationNumber, PersonNumber};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::form::{File, Form};
use super::problem::{
    FILE_REFUSED, FILES_DIFFER, KEY_FOR_SEVERAL, KEY_INVALID, MAY_NOT_BE_CONFIDENTIAL, MUST_BE_CONFIDENTIAL, NO_ACCESS,
    Problem,
};
use super::state::{Attachment, Recipient};
use super::{CONFIDENTIAL, RESOURCES};

const MAX_FILES: usize = 100;
const MAX_RECIPIENTS: usize = 500;
const EXTENSIONS: &[&str] = &[
    "doc", "xls", "docx", "xlsx", "ppt", "pps", "zip", "pdf", "html", "txt", "xml", "jpg", "jpeg", "gif", "bmp", "png",
    "json", "csv", "dcm", "dicom",
];
const TRANSPORTS: &[&str] = &["Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms"];
/// The harmless text that every malware scanner finds (eicar.org), in two pieces so that this source is not found.
const MARKER: [&str; 2] = ["EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!"];

/// A checked body.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) resource: String,
    pub(super) senders_reference: String,
    pub(super) recipients: Vec<Recipient>,
    pub(super) key: Option<Uuid>,
    pub(super) requested_publish: Option<Timestamp>,
    pub(super) due: Option<Timestamp>,
    pub(super) confidential: bool,
    pub(super) confirmation_needed: bool,
    pub(super) ignore_reservation: bool,
    pub(super) notification: Option<(String, bool)>,
    /// `senderOrgNumber` of the property list.
    pub(super) sender: Option<String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) texts: Texts,
}

/// What only memory keeps. Its `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub(super) struct Texts {
    pub(super) message_sender: String,
    pub(super) language: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) body: String,
    /// Address and text.
    pub(super) replies: Vec<(String, String)>,
    pub(super) email_subject: String,
    pub(super) email: String,
    pub(super) sms: String,
    pub(super) reminder_email_subject: String,
    pub(super) reminder_email: String,
    pub(super) reminder_sms: String,
    /// Name, shown name and bytes, in the order of the attachments.
    pub(super) files: Vec<(String, String, axum::body::Bytes)>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Texts({} files)", self.files.len())
    }
}

impl Request {
    /// The order, or everything that is wrong with it.
    pub(super) fn check(mut form: Form, now: Timestamp) -> Result<Self, Problem> {
        let resource = form.bounded("Correspondence.ResourceId", true, 255);
        let senders_reference = form.bounded("Correspondence.SendersReference", true, 4096);
        let recipients = recipients(&mut form);
        let due = form.time("Correspondence.DueDateTime");
        if due.is_some_and(|due| due <= now) {
            form.refuse("Correspondence.DueDateTime", "DueDateTime cannot be prior to today");
        }
        let requested_publish = form.time("Correspondence.RequestedPublishTime");
        if due.zip(requested_publish).is_some_and(|(due, publish)| due < publish) {
            form.refuse("Correspondence.DueDateTime", "DueDateTime cannot be prior to RequestedPublishTime");
        }
        let confirmation_needed = form.boolean("Correspondence.IsConfirmationNeeded");
        if confirmation_needed && due.is_none() {
            form.refuse("Correspondence.DueDateTime", "DueDateTime is required when confirmation is needed");
        }
        let confidential = form.boolean("Correspondence.IsConfidential");
        let ignore_reservation = form.boolean("Correspondence.IgnoreReservation");
        let sender = properties(&mut form);
        let notification = notification(&mut form);
        let mut texts = texts(&mut form, notification.as_ref().is_some_and(|(_, again)| *again));
        form.verdict()?;
        let resource = resource.strip_prefix("urn:altinn:resource:").unwrap_or(&resource).to_owned();
        if !RESOURCES.contains(&resource.as_str()) {
            return Err(NO_ACCESS);
        }
        match (resource == CONFIDENTIAL, confidential) {
            (true, false) => return Err(MUST_BE_CONFIDENTIAL),
            (false, true) => return Err(MAY_NOT_BE_CONFIDENTIAL),
            _ => {}
        }
        let key = key(&form, recipients.len())?;
        let attachments = attachments(&mut form, &mut texts)?;
        Ok(Self {
            resource,
            senders_reference,
            recipients,
            key,
            requested_publish,
            due,
            confidential,
            confirmation_needed,
            ignore_reservation,
            notification,
            sender,
            attachments,
            texts,
        })
    }
}

fn recipients(form: &mut Form) -> Vec<Recipient> {
    let count = form.count("Recipients");
    if count == 0 || count > MAX_RECIPIENTS {
        form.refuse("Recipients", format!("The field Recipients must have 1 to {MAX_RECIPIENTS} elements."));
    }
    let mut found = Vec::new();
    for index in 0..count.min(MAX_RECIPIENTS) {
        match form.text(&format!("Recipients[{index}]")).and_then(recipient) {
            Some(one) => found.push(one),
            None => form.refuse(
                "Recipients",
                "Recipients should be on the form urn:altinn:organization:identifier-no: or urn:altinn:person:identifier-no:",
            ),
        }
    }
    found
}

/// The forms of `recipients`: URN, ISO 6523 or a bare person's number; check digits are held.
fn recipient(text: &str) -> Option<Recipient> {
    let person = |number: &str| PersonNumber::parse(number).ok().map(|_| Recipient::Person(number.to_owned()));
    let organisation =
        |number: &str| OrganisationNumber::parse(number).ok().map(|_| Recipient::Organisation(number.to_owned()));
    if let Some(number) = text.strip_prefix("urn:altinn:person:identifier-no:") {
        return person(number);
    }
    let prefixed = text.strip_prefix("urn:altinn:organization:identifier-no:").or_else(|| text.strip_prefix("0192:"));
    match prefixed {
        Some(number) => organisation(number),
        None if text.len() == 11 => person(text),
        None => None,
    }
}

fn properties(form: &mut Form) -> Option<String> {
    const NAME: &str = "Correspondence.PropertyList";
    let properties = form.dictionary(NAME);
    let fits = |(key, value): (&String, &String)| key.chars().count() <= 50 && value.chars().count() <= 300;
    if properties.len() > 10 || !properties.iter().all(fits) {
        form.refuse(NAME, "PropertyList can contain at most 10 properties, keys of 50 and values of 300 characters");
    }
    properties.get("senderorgnumber").cloned()
}

fn notification(form: &mut Form) -> Option<(String, bool)> {
    let at = |name: &str| format!("Correspondence.Notification.{name}");
    let template = form.word(&at("NotificationTemplate"), &["CustomMessage", "GenericAltinnMessage"])?;
    let channel = form.word(&at("NotificationChannel"), TRANSPORTS).unwrap_or("EmailPreferred");
    let again = form.boolean(&at("SendReminder"));
    if template == "CustomMessage" {
        let mut demand = |name: &str| {
            let name = at(name);
            if form.text(&name).is_none() {
                form.refuse(&name, format!("{name} is required for the template CustomMessage"));
            }
        };
        if channel != "Sms" {
            demand("EmailSubject");
            demand("EmailBody");
        }
        if channel != "Email" {
            demand("SmsBody");
        }
    }
    Some((channel.to_owned(), again))
}

fn texts(form: &mut Form, again: bool) -> Texts {
    let content = |name: &str| format!("Correspondence.Content.{name}");
    let notice = |name: &str| format!("Correspondence.Notification.{name}");
    let language = form.word(&content("Language"), &["nb", "nn", "en"]).unwrap_or("nb").to_owned();
    let title = form.bounded(&content("MessageTitle"), true, 255);
    let summary = form.bounded(&content("MessageSummary"), false, 255);
    for (name, text) in [("MessageTitle", &title), ("MessageSummary", &summary)] {
        // Plain text is checked for HTML alone.
        if text.contains('<') && text.contains('>') {
            form.refuse(&content(name), format!("{name} is not plain text"));
        }
    }
    let (email_subject, email, sms) = (
        form.bounded(&notice("EmailSubject"), false, 512),
        form.bounded(&notice("EmailBody"), false, 10_000),
        form.bounded(&notice("SmsBody"), false, 2144),
    );
    // A reminder without a text of its own repeats the first.
    let mut repeated = |name: &str, first: &str, max: usize| {
        let own = form.bounded(&notice(name), false, max);
        if again && own.is_empty() { first.to_owned() } else { own }
    };
    Texts {
        reminder_email_subject: repeated("ReminderEmailSubject", &email_subject, 512),
        reminder_email: repeated("ReminderEmailBody", &email, 10_000),
        reminder_sms: repeated("ReminderSmsBody", &sms, 2144),
        message_sender: form.bounded("Correspondence.MessageSender", false, 255),
        body: form.bounded(&content("MessageBody"), true, 30_000),
        replies: replies(form),
        language,
        title,
        summary,
        email_subject,
        email,
        sms,
        files: Vec::new(),
    }
}

fn replies(form: &mut Form) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for index in 0..form.count("Correspondence.ReplyOptions") {
        let at = |name: &str| format!("Correspondence.ReplyOptions[{index}].{name}");
        let link = form.text(&at("LinkURL")).unwrap_or_default().to_owned();
        if !link.starts_with("https://") || link.len() > 255 {
            form.refuse(&at("LinkURL"), "Reply options must be well-formed URIs and use HTTPS");
        }
        found.push((link, form.bounded(&at("LinkText"), false, 50)));
    }
    found
}

fn key(form: &Form, recipients: usize) -> Result<Option<Uuid>, Problem> {
    let Some(text) = form.text("IdempotentKey") else { return Ok(None) };
    let key = Uuid::parse_str(text).ok().filter(|key| !key.is_nil()).ok_or(KEY_INVALID)?;
    if recipients > 1 { Err(KEY_FOR_SEVERAL) } else { Ok(Some(key)) }
}

/// Files are matched to their metadata by a name that only one has, else by position.
fn attachments(form: &mut Form, texts: &mut Texts) -> Result<Vec<Attachment>, Problem> {
    const NAME: &str = "Correspondence.Content.Attachments";
    let count = form.count(NAME);
    let files = std::mem::take(&mut form.files);
    if count != files.len() || count > MAX_FILES {
        return Err(FILES_DIFFER);
    }
    let names: Vec<String> = (0..count)
        .map(|index| form.text(&format!("{NAME}[{index}].FileName")).unwrap_or_default().to_owned())
        .collect();
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let mut same = files.iter().filter(|file| file.name == *name);
        let file: &File = match (same.next(), same.next()) {
            (Some(one), None) => one,
            _ => files.get(index).filter(|file| file.name == *name).ok_or(FILES_DIFFER)?,
        };
        if !is_allowed(name) || file.content.is_empty() {
            return Err(FILE_REFUSED);
        }
        let shown = form.text(&format!("{NAME}[{index}].DisplayName")).unwrap_or(name).to_owned();
        let marker = MARKER.concat();
        found.push(Attachment {
            id: Uuid::new_v4(),
            size: file.content.len() as u64,
            sha256: Sha256::digest(&file.content).iter().map(|byte| format!("{byte:02x}")).collect(),
            infected: file.content.windows(marker.len()).any(|window| window == marker.as_bytes()),
        });
        texts.files.push((name.clone(), shown, file.content.clone()));
    }
    Ok(found)
}

/// Windows' rules for file names, and the list of extensions.
fn is_allowed(name: &str) -> bool {
    const DEVICES: &[&str] = &["CON", "PRN", "AUX", "NUL"];
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let first = stem.split('.').next().unwrap_or_default().to_uppercase();
    let numbered = (first.starts_with("COM") || first.starts_with("LPT"))
        && first.len() == 4
        && first.ends_with(|c: char| c.is_ascii_digit());
    !stem.trim().is_empty()
        && name.chars().count() <= 255
        && !name.contains(|c: char| c.is_control() || r#"<>:"/\|?*"#.contains(c))
        && !name.ends_with([' ', '.'])
        && !DEVICES.contains(&first.as_str())
        && !numbered
        && EXTENSIONS.contains(&extension.to_lowercase().as_str())
}

#[cfg(test)]
mod tests;
