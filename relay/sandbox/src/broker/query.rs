//! The filters of `GET /filetransfer` (Altinn 3 Broker).

use jiff::Timestamp;
use serde::Deserialize;

use super::problem::Problem;
use super::request::plain_resource;

/// The query string as it comes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Query {
    resource_id: Option<String>,
    status: Option<String>,
    recipient_status: Option<String>,
    from: Option<String>,
    to: Option<String>,
    order_ascending: Option<bool>,
    role: Option<String>,
}

/// Which side of a transfer the caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Sender,
    Recipient,
    Either,
}

/// The checked filter.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) resource: String,
    pub(super) status: Option<String>,
    pub(super) recipient_status: Option<String>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) ascending: bool,
    pub(super) role: Role,
}

const STATUSES: &[&str] = &[
    "Initialized",
    "UploadStarted",
    "UploadProcessing",
    "Published",
    "Cancelled",
    "AllConfirmedDownloaded",
    "Purged",
    "Failed",
];
const RECIPIENT_STATUSES: &[&str] = &["Initialized", "DownloadStarted", "DownloadConfirmed"];

impl Query {
    pub(super) fn check(self) -> Result<Filter, Problem> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, text: String| wrong.push((field.to_owned(), text));
        if self.resource_id.as_deref().unwrap_or_default().is_empty() {
            refuse("resourceId", "The resourceId field is required.".to_owned());
        }
        let mut one_of = |field: &str, value: Option<String>, words: &[&str]| {
            // ASP.NET binds enums by name in any case, and says so when it cannot.
            let found = value.as_ref().and_then(|v| words.iter().find(|word| word.eq_ignore_ascii_case(v)));
            if let (Some(value), None) = (&value, found) {
                refuse(field, format!("The value '{value}' is not valid."));
            }
            found.map(|word| (*word).to_owned())
        };
        let status = one_of("status", self.status, STATUSES);
        let recipient_status = one_of("recipientStatus", self.recipient_status, RECIPIENT_STATUSES);
        let role = one_of("role", self.role, &["Sender", "Recipient"]);
        let mut time = |field: &str, value: Option<String>| {
            let parsed = value.as_ref().and_then(|v| v.parse::<Timestamp>().ok());
            if let (Some(value), None) = (&value, parsed) {
                refuse(field, format!("The value '{value}' is not valid."));
            }
            parsed
        };
        let (from, to) = (time("from", self.from), time("to", self.to));
        if !wrong.is_empty() {
            return Err(Problem::Validation(wrong));
        }
        // A recipient status can only be the caller's own.
        let role = match (&recipient_status, role.as_deref()) {
            (Some(_), _) | (None, Some("Recipient")) => Role::Recipient,
            (None, Some("Sender")) => Role::Sender,
            _ => Role::Either,
        };
        Ok(Filter {
            resource: plain_resource(&self.resource_id.unwrap_or_default()).to_owned(),
            status,
            recipient_status,
            from,
            to,
            ascending: self.order_ascending.unwrap_or(false),
            role,
        })
    }
}
