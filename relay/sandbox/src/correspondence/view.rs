//! Correspondences as JSON (Altinn Correspondence, `CorrespondenceOverviewExt` and `CorrespondenceDetailsExt`).

use serde_json::{Value, json};

use super::request::Texts;
use super::state::{Correspondence, Notice, Recipient, Status};

fn urn(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Organisation(number) => format!("urn:altinn:organization:identifier-no:{number}"),
        Recipient::Person(number) => format!("urn:altinn:person:identifier-no:{number}"),
    }
}

fn status_of(notice: &Notice) -> &'static str {
    match (notice.sent, notice.cancelled) {
        (Some(_), _) => "Completed",
        (None, true) => "Cancelled",
        (None, false) => "Registered",
    }
}

/// The answer to initialize.
pub(super) fn made(all: &[Correspondence]) -> Value {
    let notification = |one: &Notice| json!({ "orderId": one.id, "isReminder": one.is_reminder, "status": "Success" });
    let correspondence = |one: &Correspondence| {
        json!({
            "correspondenceId": one.id,
            "status": one.status().0.name(),
            "recipient": urn(&one.recipient),
            "notifications": one.notices.iter().map(notification).collect::<Vec<_>>(),
        })
    };
    let attachments: Vec<_> = all.first().into_iter().flat_map(|one| &one.attachments).map(|one| one.id).collect();
    json!({ "correspondences": all.iter().map(correspondence).collect::<Vec<_>>(), "attachmentIds": attachments })
}

/// `GET /correspondence/{id}`. The content is the recipient's.
pub(super) fn overview(one: &Correspondence, texts: Option<&Texts>, is_recipient: bool) -> Value {
    let (status, changed) = one.status();
    let notices = one.notices.iter();
    let notices = notices.map(|notice| {
        json!({
            "orderId": notice.id, "isReminder": notice.is_reminder, "notificationChannel": notice.channel,
            "status": status_of(notice), "requestedSendTime": notice.due, "sent": notice.sent,
        })
    });
    let mut view = json!({
        "correspondenceId": one.id,
        "resourceId": one.resource,
        "sender": format!("urn:altinn:organization:identifier-no:{}", one.owner),
        "sendersReference": one.senders_reference,
        "recipient": urn(&one.recipient),
        "created": one.created,
        "requestedPublishTime": one.requested_publish,
        "dueDateTime": one.due_date,
        "isConfirmationNeeded": one.confirmation_needed,
        "isConfidential": one.confidential,
        "status": status.name(),
        "statusText": status.name(),
        "statusChanged": changed,
        "published": one.when(Status::Published),
        "read": one.when(Status::Read),
        "notifications": notices.collect::<Vec<_>>(),
    });
    if let Some(texts) = texts {
        view["messageSender"] = json!(texts.message_sender);
        let reply = |(link, text): &(String, String)| json!({ "linkURL": link, "linkText": text });
        view["replyOptions"] = json!(texts.replies.iter().map(reply).collect::<Vec<_>>());
        if is_recipient {
            view["content"] = content(one, texts);
        }
    }
    view
}

/// `GET /correspondence/{id}/details`: the overview with the history.
pub(super) fn details(one: &Correspondence, texts: Option<&Texts>, is_recipient: bool) -> Value {
    let mut view = overview(one, texts, is_recipient);
    let history = one
        .history
        .iter()
        .map(|(status, at)| json!({ "status": status.name(), "statusText": status.name(), "statusChanged": at }));
    view["statusHistory"] = json!(history.collect::<Vec<_>>());
    view
}

/// `GET /correspondence/{id}/content`.
pub(super) fn content(one: &Correspondence, texts: &Texts) -> Value {
    let attachments = one.attachments.iter().zip(&texts.files).map(|(attachment, (name, shown, _))| {
        json!({
            "id": attachment.id, "fileName": name, "displayName": shown, "isEncrypted": false,
            "status": if one.when(Status::Published).is_some() { "Published" } else { "UploadProcessing" },
        })
    });
    json!({
        "language": texts.language,
        "messageTitle": texts.title,
        "messageSummary": texts.summary,
        "messageBody": texts.body,
        "attachments": attachments.collect::<Vec<_>>(),
    })
}

/// What has come, for the sandbox's own page: texts as far as they are still in memory.
pub(super) fn seen(one: &Correspondence, texts: Option<&Texts>) -> Value {
    let mut view = details(one, texts, true);
    let files = one.attachments.iter().enumerate().map(|(index, attachment)| {
        let name = texts.and_then(|texts| texts.files.get(index)).map(|(name, _, _)| name.as_str());
        json!({ "name": name, "size": attachment.size, "sha256": attachment.sha256 })
    });
    view["documents"] = json!(files.collect::<Vec<_>>());
    view["recipient"] = json!(one.recipient.number());
    view
}

/// The notifications that have been sent: `at`, `to`, `channel`, `subject`, `text`.
pub(super) fn sent(one: &Correspondence, texts: Option<&Texts>) -> Vec<Value> {
    let none = Texts::default();
    let texts = texts.unwrap_or(&none);
    let named =
        |text: &str| text.replace("$correspondenceRecipientName$", &format!("mottaker {}", one.recipient.number()));
    let mut all = Vec::new();
    for notice in one.notices.iter().filter(|notice| notice.sent.is_some()) {
        let (subject, email, sms) = if notice.is_reminder {
            (&texts.reminder_email_subject, &texts.reminder_email, &texts.reminder_sms)
        } else {
            (&texts.email_subject, &texts.email, &texts.sms)
        };
        let mut send = |kind: &str, subject: Option<&str>, text: &str| {
            all.push(json!({
                "at": notice.sent, "to": one.recipient.number(), "kind": kind, "isReminder": notice.is_reminder,
                "subject": subject.map(named), "text": named(text), "correspondence": one.id,
            }));
        };
        let channel = notice.channel.as_str();
        if matches!(channel, "Email" | "EmailPreferred" | "EmailAndSms") {
            send("email", Some(subject), email);
        }
        if matches!(channel, "Sms" | "SmsPreferred" | "EmailAndSms") {
            send("sms", None, sms);
        }
    }
    all
}
