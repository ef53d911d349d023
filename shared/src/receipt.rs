//! What an incoming `status`, `arkivmelding_kvittering` (eFormidling, over DPO) or receipt of a mailbox (DPI)
//! says about which of our messages. The words are integrasjonspunkt's; that a receipt must come from whom
//! the message went to is ours.

use jiff::Timestamp;

use crate::api::{Source, Status};
use crate::dpi::{self, DpiReceipt, Fault, NoticeChannel};
use crate::finding::{Finding, Rule};
use crate::identifier::{ConversationId, Iso6523, MessageId, OrganisationNumber, read_uuid};
use crate::sbd::{DocumentType, Layer, Sbd};
use crate::status::words;

/// A receipt, not yet held against the message it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The message of ours that it is about: of a `status` its own `instanceIdentifier`, of an
    /// `arkivmelding_kvittering` `relatedToMessageId`, of a mailbox's receipt its conversation.
    pub message_id: MessageId,
    /// What it comes to, by the tables of [`words`] and [`dpi::STATUSES`].
    pub status: Status,
    /// `OK`, `WARNING`, `ERROR` or `NOTSUPPORTED`, or whatever else stands there, of an
    /// `arkivmelding_kvittering`; of a mailbox's receipt its document type; none of a `status`.
    pub kind: Option<String>,
    /// The archive's `messages`, a line of `code: text` each; what a mailbox says.
    pub description: Option<String>,
    /// When it happened, where the receipt says so: those of mailboxes do (`tidspunkt`).
    pub at: Option<Timestamp>,
    /// Who says so: the recipient, or the mailbox.
    pub source: Source,
    from: Option<OrganisationNumber>,
    to: Option<OrganisationNumber>,
    conversation: Option<ConversationId>,
}

/// The message of ours that a receipt is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// Its id, `documentIdentification/instanceIdentifier` of its SBD.
    pub message_id: MessageId,
    /// Its conversation, the scope `ConversationId`.
    pub conversation_id: ConversationId,
    /// Who sent it: where somebody signs for another, that other.
    pub sender: OrganisationNumber,
    /// Whom it was sent to, likewise.
    pub recipient: OrganisationNumber,
}

/// Reads a receipt; `None` when the document is not one, or lacks its word or the id it is about. An unknown
/// `status` comes to ANNET, an unknown `receiptType` to LEST, as in integrasjonspunkt. Those of mailboxes are
/// signed: whoever counts one must have verified it with [`dpi::verify_receipt`].
pub fn read(sbd: &Sbd) -> Option<Receipt> {
    if sbd.layer() == Layer::Dpi {
        return dpi::read_receipt(sbd).map(|receipt| of_mailbox(sbd, &receipt));
    }
    let text = |name: &str| sbd.business().get(name)?.as_str().map(str::to_owned);
    let (message_id, status, kind, description) = match sbd.document_type() {
        DocumentType::Status => {
            // Anything else is an oddity to show, never a delivery.
            let status = words::find(words::EFORMIDLING, &text("status")?).map_or(Status::Annet, |row| row.status);
            (sbd.message_id()?, status, None, None)
        }
        DocumentType::ArkivmeldingKvittering => {
            let kind = text("receiptType")?;
            let status = words::find(words::RECEIPTS, &kind).map_or(Status::Lest, |row| row.status);
            (MessageId::from(read_uuid(&text("relatedToMessageId")?)?), status, Some(kind), lines(sbd))
        }
        _ => return None,
    };
    Some(Receipt {
        message_id,
        status,
        kind,
        description,
        at: None,
        source: Source::Recipient,
        from: sbd.sender().and_then(Iso6523::principal),
        to: sbd.receiver().and_then(Iso6523::principal),
        conversation: sbd.conversation_id(),
    })
}

/// A mailbox names the conversation only. Of our letters it is the message's own id.
fn of_mailbox(sbd: &Sbd, receipt: &DpiReceipt) -> Receipt {
    let fault = receipt.fault.map(|fault| match fault {
        Fault::Client => "KLIENT",
        Fault::Server => "SERVER",
    });
    let notice = receipt.channel.map(|channel| match channel {
        NoticeChannel::Mail => "epost",
        NoticeChannel::Text => "sms",
    });
    let words = [fault, notice, receipt.description.as_deref()];
    let words: Vec<&str> = words.into_iter().flatten().filter(|text| !text.trim().is_empty()).collect();
    Receipt {
        message_id: MessageId::from(receipt.conversation_id.uuid()),
        status: receipt.status,
        kind: Some(receipt.kind.as_str().to_owned()),
        description: (!words.is_empty()).then(|| words.join(": ")),
        at: Some(receipt.at),
        source: Source::Mailbox,
        from: sbd.sender().and_then(Iso6523::number),
        to: sbd.receiver().and_then(Iso6523::number),
        conversation: Some(receipt.conversation_id),
    }
}

fn lines(sbd: &Sbd) -> Option<String> {
    let messages = sbd.business().get("messages")?.as_array()?;
    let text = |message: &serde_json::Value, name: &str| message.get(name)?.as_str().map(str::to_owned);
    let lines: Vec<String> = messages
        .iter()
        .map(|message| {
            [text(message, "code"), text(message, "text")].into_iter().flatten().collect::<Vec<_>>().join(": ")
        })
        .filter(|line| !line.is_empty())
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

impl Receipt {
    /// Whether it may be counted for a message: same ids, sent by the organisation the message went to, and,
    /// where the broker says who sent it, by the same. `broker_sender` is nine digits, with `0192:` before
    /// them or not (ISO 6523). integrasjonspunkt compares the message id only.
    ///
    /// # Errors
    /// [`Rule::ReceiptMessage`], [`Rule::ReceiptConversation`], [`Rule::ReceiptAddressee`],
    /// [`Rule::ReceiptSender`]: the event is kept with this finding and not counted.
    pub fn matches(&self, message: &SentMessage, broker_sender: Option<&str>) -> Result<(), Finding> {
        let refuse = |rule, what: &str| Err(Finding::error(rule, what));
        if self.message_id != message.message_id {
            return refuse(Rule::ReceiptMessage, "the receipt names another message");
        }
        if self.conversation != Some(message.conversation_id) {
            return refuse(Rule::ReceiptConversation, "the receipt is of another conversation");
        }
        if self.to != Some(message.sender) {
            return refuse(Rule::ReceiptAddressee, "the receipt is addressed to another organisation than the sender");
        }
        let broker =
            broker_sender.map(|text| OrganisationNumber::parse(text.rsplit(':').next().unwrap_or_default()).ok());
        if self.from != Some(message.recipient) || broker.is_some_and(|broker| broker != Some(message.recipient)) {
            return refuse(Rule::ReceiptSender, "the receipt comes from another organisation than the recipient");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;
    use crate::sbd::tests::letter;
    use crate::sbd::{ReceiptMessage, kvittering, status};

    fn sent() -> SentMessage {
        let sbd = letter();
        let routing = sbd.routing().unwrap();
        SentMessage {
            message_id: routing.message_id,
            conversation_id: routing.conversation_id,
            sender: routing.sender.principal().unwrap(),
            recipient: routing.receiver.principal().unwrap(),
        }
    }

    #[test]
    fn receipts_to_a_supplier_are_those_of_whom_it_acts_for() {
        let text = letter().text().replace("0192:310900117", "0192:310900214:310900117");
        let sbd = Sbd::parse(text.as_bytes(), None).unwrap();
        let receipt = read(&status(&sbd, Status::Levert, now()).unwrap()).unwrap();
        assert_eq!(receipt.matches(&sent(), Some("0192:310900419")), Ok(()));
    }

    fn now() -> Timestamp {
        "2026-12-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_recipients_own_receipts_count() {
        let levert = read(&status(&letter(), Status::Levert, now()).unwrap()).unwrap();
        assert_eq!(levert.status, Status::Levert);
        assert_eq!(levert.matches(&sent(), Some("0192:310900419")), Ok(()));
        let id = MessageId::parse("1111aaaa-0000-4000-8000-000000000001").unwrap();
        let lines = [ReceiptMessage { code: "12".to_owned(), text: "Ukjent sak".to_owned() }];
        for (kind, expected) in [("OK", Status::Lest), ("WARNING", Status::Lest), ("ERROR", Status::Feil)] {
            let receipt = read(&kvittering(&letter(), kind, &lines, id, now()).unwrap()).unwrap();
            assert_eq!((receipt.status, receipt.kind.as_deref()), (expected, Some(kind)));
            assert_eq!(receipt.description.as_deref(), Some("12: Ukjent sak"));
            assert_eq!(receipt.matches(&sent(), None), Ok(()));
        }
        assert_eq!(read(&letter()), None);
    }

    #[test]
    fn everybody_elses_do_not() {
        let receipt = read(&status(&letter(), Status::Levert, now()).unwrap()).unwrap();
        let other = OrganisationNumber::parse("310900214").unwrap();
        let conversation = ConversationId::parse("1111aaaa-0000-4000-8000-000000000001").unwrap();
        let id = MessageId::parse("1111aaaa-0000-4000-8000-000000000001").unwrap();
        for message in [
            SentMessage { recipient: other, ..sent() },
            SentMessage { sender: other, ..sent() },
            SentMessage { conversation_id: conversation, ..sent() },
            SentMessage { message_id: id, ..sent() },
        ] {
            assert_eq!(receipt.matches(&message, None).unwrap_err().code, Code::ReceiptForeign);
        }
        assert_eq!(receipt.matches(&sent(), Some("0192:310900214")).unwrap_err().code, Code::ReceiptForeign);
        assert!(receipt.matches(&sent(), Some("?")).is_err());
    }
}
