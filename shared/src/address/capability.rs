//! What a recipient can take over a channel.

use serde::{Deserialize, Serialize};

use super::{FieldUse, LetterField};
use crate::svarut::Address;

/// A way to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Channel {
    /// Organisation to public body over Altinn's broker.
    Dpo,
    /// Altinn's inbox.
    Dpv,
    /// KS SvarUt.
    Dpf,
    /// Digital mailbox or print.
    Dpi,
    /// eInnsyn.
    Dpe,
    /// Health.
    Dph,
}

impl Channel {
    /// As the registry writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dpo => "DPO",
            Self::Dpv => "DPV",
            Self::Dpf => "DPF",
            Self::Dpi => "DPI",
            Self::Dpe => "DPE",
            Self::Dph => "DPH",
        }
    }

    /// Reads the registry's word.
    pub fn find(text: &str) -> Option<Self> {
        [Self::Dpo, Self::Dpv, Self::Dpf, Self::Dpi, Self::Dpe, Self::Dph]
            .into_iter()
            .find(|channel| channel.as_str() == text)
    }

    /// The largest sum of a message's files, in bytes (`integrasjonspunkt.md` 1.1, defaults of the reference).
    pub const fn max_bytes(self) -> u64 {
        match self {
            Self::Dpo | Self::Dpf => 1_000_000_000,
            Self::Dpv => 250_000_000,
            Self::Dpi => 50_000_000,
            Self::Dph => 18_000_000,
            Self::Dpe => 2_000_000,
        }
    }

    /// Whether the recipient can answer in the same conversation.
    pub const fn can_reply(self) -> bool {
        matches!(self, Self::Dpo | Self::Dpf | Self::Dph)
    }
}

/// What a recipient can take over one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capability {
    /// The channel.
    pub channel: Channel,
    /// The largest sum of a message's files, in bytes.
    pub max_bytes: u64,
    /// Whether the recipient can answer in the same conversation.
    pub can_reply: bool,
    /// Process URNs.
    pub processes: Vec<String>,
    /// Document type URNs for the chosen process.
    pub document_types: Vec<String>,
    /// 3 or 4: how surely the recipient's readers are known, where the channel has levels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub security_level: Option<u8>,
    /// Where paper goes by [`Channel::Dpf`] when the sender gives no address: the registry's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paper: Option<Address>,
    /// The greatest number of documents, the main one included.
    pub max_documents: usize,
    /// What a sender fills in.
    pub fields: Vec<FieldUse>,
    /// What of a letter the channel does not carry.
    pub loses: Vec<LetterField>,
}

impl Capability {
    /// What a channel offers by itself, whoever the recipient is.
    pub fn of(channel: Channel) -> Self {
        Self {
            channel,
            max_bytes: channel.max_bytes(),
            can_reply: channel.can_reply(),
            processes: Vec::new(),
            document_types: Vec::new(),
            security_level: None,
            paper: None,
            max_documents: channel.max_documents(),
            fields: channel.fields().to_vec(),
            loses: channel.loses().to_vec(),
        }
    }

    /// Whether a sender fills this in.
    pub fn has(&self, field: LetterField) -> bool {
        self.fields.iter().any(|one| one.field == field)
    }
}
