//! SvarInn's list of what waits, element by element.

use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::svarut::Received;
use serde_json::Value;
use uuid::Uuid;

use super::super::{Fetched, Waiting};

/// What ends the transfer of a shipment that cannot be read.
const UNREADABLE: &str = ".unreadable";

/// The id that KS knows a transfer by.
pub(super) fn id_of(transfer: &str) -> &str {
    transfer.strip_suffix(UNREADABLE).unwrap_or(transfer)
}

/// A shipment that waits.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// What the list says of it; of one that cannot be read, its id and its sender's name.
    pub(super) received: Received,
    /// Whether it cannot be read, and therefore not be fetched either.
    pub(super) broken: bool,
}

impl Listed {
    /// `None` for one without an id: neither KS nor a person can be told which it is, so it is logged alone.
    pub(super) fn read(item: Value) -> Option<Self> {
        let Some(id) = item["id"].as_str().and_then(|id| id.parse().ok()).filter(|id: &Uuid| !id.is_nil()) else {
            let code = Rule::TransferDocument.code();
            tracing::warn!(%code, "a shipment that waits at KS SvarInn has no id and stays there");
            return None;
        };
        let sender = item["avsender"]["navn"].as_str().unwrap_or_default().to_owned();
        match serde_json::from_value(item) {
            Ok(received) => Some(Self { received, broken: false }),
            Err(_) => {
                let mut received = Received { id, ..Received::default() };
                received.sender.name = sender;
                Some(Self { received, broken: true })
            }
        }
    }

    /// The shipment's id. Of one that cannot be read with a mark: it is another transfer once it can.
    pub(super) fn transfer(&self) -> String {
        let mark = if self.broken { UNREADABLE } else { "" };
        format!("{}{mark}", self.received.id)
    }

    /// As lists show it.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting {
            transfer: self.transfer(),
            sender: self.received.sender_number(),
            reference: self.received.reference.clone().unwrap_or_default(),
            created: jiff::Timestamp::from_millisecond(self.received.date).unwrap_or_default(),
        }
    }

    /// Who sent it, where that is told.
    pub(super) fn party_name(&self) -> Option<String> {
        Some(self.received.sender_name().to_owned()).filter(|name| !name.trim().is_empty())
    }

    /// One that cannot be read is shown once, so that somebody asks for it, and left at KS, which is told so.
    pub(super) fn unreadable(&self) -> Fetched {
        let message = "what KS SvarInn tells of the shipment cannot be read, and the shipment is left at KS";
        let findings = vec![Finding::error(Rule::TransferDocument, message)];
        Fetched { findings, party_name: self.party_name(), left: true, ..Fetched::default() }
    }
}
