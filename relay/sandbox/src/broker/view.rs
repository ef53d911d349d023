//! Transfers as JSON (Altinn 3 Broker, `FileTransferOverviewExt` and `FileTransferStatusDetailsExt`).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::state::Transfer;

fn party(organisation: &str) -> String {
    format!("0192:{organisation}")
}

fn time(at: Timestamp) -> String {
    at.to_string()
}

/// `GET /filetransfer/{id}`.
pub(super) fn overview(transfer: &Transfer) -> Value {
    let recipients: Vec<Value> = transfer
        .recipients
        .iter()
        .map(|one| {
            json!({
                "recipient": party(&one.organisation),
                "currentRecipientFileTransferStatusCode": one.status.name(),
                "currentRecipientFileTransferStatusText": one.status.text(),
                "currentRecipientFileTransferStatusChanged": time(one.changed),
            })
        })
        .collect();
    json!({
        "fileTransferId": transfer.id,
        "resourceId": transfer.resource,
        "fileName": transfer.file_name,
        "sendersFileTransferReference": transfer.senders_reference,
        "checksum": transfer.checksum,
        "useVirusScan": transfer.virus_scan,
        "fileTransferSize": transfer.size,
        "fileTransferStatus": transfer.status.name(),
        "fileTransferStatusText": transfer.status.text(),
        "fileTransferStatusChanged": time(transfer.changed),
        "created": time(transfer.created),
        "expirationTime": time(transfer.expires),
        "published": transfer.published.map(time),
        "sender": party(&transfer.sender),
        "recipients": recipients,
        "propertyList": transfer.properties,
    })
}

/// `GET /filetransfer/{id}/details`: the overview without `published`, with both histories.
pub(super) fn details(transfer: &Transfer) -> Value {
    let mut view = overview(transfer);
    let history: Vec<Value> = transfer
        .history
        .iter()
        .map(|(status, at)| {
            json!({
                "fileTransferStatus": status.name(),
                "fileTransferStatusText": status.text(),
                "fileTransferStatusChanged": time(*at),
            })
        })
        .collect();
    let recipients: Vec<Value> = transfer
        .recipient_history
        .iter()
        .map(|(organisation, status, at)| {
            json!({
                "recipient": party(organisation),
                "recipientFileTransferStatusCode": status.name(),
                "recipientFileTransferStatusText": status.text(),
                "recipientFileTransferStatusChanged": time(*at),
            })
        })
        .collect();
    if let Some(view) = view.as_object_mut() {
        view.remove("published");
        view.insert("fileTransferStatusHistory".to_owned(), json!(history));
        view.insert("recipientFileTransferStatusHistory".to_owned(), json!(recipients));
    }
    view
}
