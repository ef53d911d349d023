//! What a recipient can take over a channel. The channels are integrasjonspunkt's service identifiers, which
//! the service registry writes in `service.identifier`.

use serde::{Deserialize, Serialize};

use super::{FieldUse, LetterField, PersonWay};
use crate::svarut::Address;

/// A way to deliver. Those of KS's older FIKS IO (`DPFIO`) and whatever else the registry may name are none
/// of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Channel {
    /// From archive to archive of public bodies, over Altinn 3 Broker.
    Dpo,
    /// Altinn's inbox, of organisations and people: Altinn 3 Correspondence.
    Dpv,
    /// To municipalities by KS SvarUt; what comes back is fetched from SvarInn.
    Dpf,
    /// To people: a digital mailbox, or printed and posted.
    Dpi,
    /// eInnsyn, the portal of public records. Known and not spoken.
    Dpe,
    /// The health network. Known and not spoken.
    Dph,
}

impl Channel {
    /// As the registry writes it: three capital letters.
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

    /// Reads the registry's word, capitals only; `None` for any other.
    pub fn find(text: &str) -> Option<Self> {
        [Self::Dpo, Self::Dpv, Self::Dpf, Self::Dpi, Self::Dpe, Self::Dph]
            .into_iter()
            .find(|channel| channel.as_str() == text)
    }

    /// The largest sum of a message's files as they are before packing, in bytes, inclusive. The defaults of
    /// integrasjonspunkt's `upload-size-limit` (`difi.move.dpo`, `.fiks.ut`, `.dpv`, `.dpi`, `.dph`,
    /// `.nextmove.service-bus`), in decimal megabytes.
    pub const fn max_bytes(self) -> u64 {
        match self {
            Self::Dpo | Self::Dpf => 1_000_000_000,
            Self::Dpv => 250_000_000,
            Self::Dpi => 50_000_000,
            Self::Dph => 18_000_000,
            Self::Dpe => 2_000_000,
        }
    }

    /// Whether the recipient can answer in the same conversation. Nobody can from Altinn's inbox, a mailbox
    /// or paper.
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
    /// The largest sum of a message's files, in bytes, inclusive: [`Channel::max_bytes`], or less if the
    /// registry says so.
    pub max_bytes: u64,
    /// Whether the recipient can answer in the same conversation.
    pub can_reply: bool,
    /// Process URNs of every record of the recipient's with this channel, for example
    /// `urn:no:difi:profile:arkivmelding:administrasjon:ver1.0`.
    pub processes: Vec<String>,
    /// Document type URNs for the chosen process, for example `urn:no:difi:arkivmelding:xsd::arkivmelding`.
    pub document_types: Vec<String>,
    /// 3 or 4: how surely the recipient's readers are known, where the channel has levels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub security_level: Option<u8>,
    /// Where paper goes by [`Channel::Dpf`] when the sender gives no address: the registry's (`postadresse`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paper: Option<Address>,
    /// The greatest number of documents, the main one included, as [`Channel::max_documents`].
    pub max_documents: usize,
    /// What a sender fills in, as [`Channel::fields`].
    pub fields: Vec<FieldUse>,
    /// What of a letter the channel does not carry, as [`Channel::loses`].
    pub loses: Vec<LetterField>,
}

impl Capability {
    /// What a channel offers an organisation by itself, whichever it is: no processes, document types or level.
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

    /// What a way to a person offers by itself, whoever the person is: no processes, document types or level.
    pub fn of_way(way: PersonWay) -> Self {
        Self {
            max_documents: way.max_documents(),
            fields: way.fields().to_vec(),
            loses: way.loses().to_vec(),
            ..Self::of(way.channel())
        }
    }

    /// Whether [`Self::fields`] has the field: a sender fills it in, or may.
    pub fn has(&self, field: LetterField) -> bool {
        self.fields.iter().any(|one| one.field == field)
    }
}
