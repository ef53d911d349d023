//! Receipts from mailbox and print providers, and what they come to.

use jiff::Timestamp;

use crate::api::Status;
use crate::finding::{Finding, Rule};
use crate::identifier::{ConversationId, Iso6523, MessageId, OrganisationNumber};
use crate::sbd::{DocumentType, Sbd, parse_time};

/// What each receipt comes to, as the integrasjonspunkt maps them to `ReceiptStatus`. `flyttet`, whose
/// mapping is ours, goes between providers; a sender that sees it learns that something else happened.
pub const STATUSES: &[(DocumentType, Status)] = &[
    (DocumentType::Leveringskvittering, Status::Levert),
    (DocumentType::Mottakskvittering, Status::Levert),
    (DocumentType::Aapningskvittering, Status::Lest),
    (DocumentType::Varslingfeiletkvittering, Status::Feil),
    (DocumentType::Returpostkvittering, Status::Feil),
    (DocumentType::Feil, Status::Feil),
    (DocumentType::Flyttet, Status::Annet),
];

/// What the access point's own words about the transport come to (corner 2, `statuses`), as the
/// integrasjonspunkt maps them.
pub const TRANSPORT_STATUSES: &[(&str, Status)] =
    &[("OPPRETTET", Status::Sendt), ("SENDT", Status::Mottatt), ("FEILET", Status::Feil)];

/// What a word about the transport comes to, capitals or not; [`Status::Annet`] for one that is not in
/// [`TRANSPORT_STATUSES`].
pub fn transport_status(word: &str) -> Status {
    let found = TRANSPORT_STATUSES.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    found.map_or(Status::Annet, |(_, status)| *status)
}

/// Who must mend a `feil` (`feiltype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `KLIENT`: the sender.
    Client,
    /// `SERVER`: the provider or the network.
    Server,
}

/// Which notice failed (`varslingskanal`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeChannel {
    /// `epost`.
    Mail,
    /// `sms`.
    Text,
}

/// A receipt, not yet held against the message it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpiReceipt {
    /// Which kind, one of [`STATUSES`].
    pub kind: DocumentType,
    /// Its own id (`instanceIdentifier`), by which the access point is told that it was read.
    pub id: MessageId,
    /// The conversation of the letter: the only link to it.
    pub conversation_id: ConversationId,
    /// When it happened, as the provider says (`tidspunkt`).
    pub at: Timestamp,
    /// What it comes to, by [`STATUSES`].
    pub status: Status,
    /// Whose fault, of a `feil`.
    pub fault: Option<Fault>,
    /// Which notice, of a `varslingfeiletkvittering`.
    pub channel: Option<NoticeChannel>,
    /// The provider's words (`beskrivelse`, or `detaljer` of a `feil`), of any length.
    pub description: Option<String>,
    from: Option<OrganisationNumber>,
    to: Option<OrganisationNumber>,
}

/// Reads a receipt; `None` when the document is none of [`STATUSES`], or lacks an id, the conversation's or
/// its time.
pub fn read_receipt(sbd: &Sbd) -> Option<DpiReceipt> {
    let kind = sbd.document_type();
    let (_, status) = STATUSES.iter().find(|(known, _)| *known == kind)?;
    let text = |name: &str| sbd.business().get(name).and_then(|value| value.as_str());
    Some(DpiReceipt {
        kind,
        id: sbd.message_id()?,
        conversation_id: sbd.conversation_id()?,
        at: parse_time(text("tidspunkt")?)?,
        status: *status,
        fault: match text("feiltype") {
            Some("KLIENT") => Some(Fault::Client),
            Some("SERVER") => Some(Fault::Server),
            _ => None,
        },
        channel: match text("varslingskanal") {
            Some("epost") => Some(NoticeChannel::Mail),
            Some("sms") => Some(NoticeChannel::Text),
            _ => None,
        },
        description: text("beskrivelse").or_else(|| text("detaljer")).map(str::to_owned),
        from: sbd.sender().and_then(Iso6523::number),
        to: sbd.receiver().and_then(Iso6523::number),
    })
}

impl DpiReceipt {
    /// Whether it may be counted for a letter of this conversation: sent by the provider the letter went to,
    /// and to the organisation that sent it. The reference compares the conversation only; the rest is ours.
    ///
    /// # Errors
    /// [`Rule::ReceiptConversation`], [`Rule::ReceiptAddressee`], [`Rule::ReceiptSender`], the first that
    /// applies: the event is kept with this finding and not counted.
    pub fn matches(
        &self,
        conversation: ConversationId,
        sender: OrganisationNumber,
        provider: OrganisationNumber,
    ) -> Result<(), Finding> {
        let refuse = |rule, what: &str| Err(Finding::error(rule, what));
        if self.conversation_id != conversation {
            return refuse(Rule::ReceiptConversation, "the receipt is of another conversation");
        }
        if self.to != Some(sender) {
            return refuse(Rule::ReceiptAddressee, "the receipt is addressed to another organisation than the sender");
        }
        if self.from != Some(provider) {
            return refuse(Rule::ReceiptSender, "the receipt comes from another organisation than the provider");
        }
        Ok(())
    }
}
