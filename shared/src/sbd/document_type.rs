//! The types of business messages, their names and URNs.

use std::fmt;

/// A type of business message (eFormidling, document types; integrasjonspunkt `BusinessMessageType`; Digdir,
/// Digital postkasse, for the DPI network).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DocumentType {
    /// A letter between organisations, with its archive entry.
    Arkivmelding,
    /// What the recipient's archive made of it.
    ArkivmeldingKvittering,
    /// What two organisations have agreed upon.
    Avtalt,
    /// A letter to a digital mailbox; the plain and the network's form differ.
    Digital,
    /// A letter to Altinn's inbox.
    DigitalDpv,
    /// A letter on paper, in the plain form.
    Print,
    /// eInnsyn: somebody asks to see documents.
    Innsynskrav,
    /// eInnsyn: what is published.
    Publisering,
    /// eInnsyn: what became of either.
    EinnsynKvittering,
    /// Health: a dialogue about a patient.
    Dialogmelding,
    /// Health: what became of it.
    DialogmeldingKvittering,
    /// How far a message came, told by the other side's system.
    Status,
    /// KS FIKS IO; its body is empty.
    Fiksio,
    /// A letter on paper, on the DPI network.
    Utskrift,
    /// A letter that moves from one mailbox provider to another.
    Flyttet,
    /// A mailbox has the letter.
    Leveringskvittering,
    /// The person has opened it.
    Aapningskvittering,
    /// The print provider has it.
    Mottakskvittering,
    /// A notice could not be sent.
    Varslingfeiletkvittering,
    /// Paper came back.
    Returpostkvittering,
    /// The network or a provider could not go on.
    Feil,
}

impl DocumentType {
    /// Types of [`Layer::Plain`](super::Layer::Plain).
    pub const PLAIN: &[Self] = &[
        Self::Arkivmelding,
        Self::ArkivmeldingKvittering,
        Self::Avtalt,
        Self::Digital,
        Self::DigitalDpv,
        Self::Print,
        Self::Innsynskrav,
        Self::Publisering,
        Self::EinnsynKvittering,
        Self::Dialogmelding,
        Self::DialogmeldingKvittering,
        Self::Status,
        Self::Fiksio,
    ];

    /// Types of [`Layer::Dpi`](super::Layer::Dpi).
    pub const DPI: &[Self] = &[
        Self::Digital,
        Self::Utskrift,
        Self::Flyttet,
        Self::Leveringskvittering,
        Self::Aapningskvittering,
        Self::Mottakskvittering,
        Self::Varslingfeiletkvittering,
        Self::Returpostkvittering,
        Self::Feil,
    ];

    /// The canonical name, which is also the name of the business message's member.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arkivmelding => "arkivmelding",
            Self::ArkivmeldingKvittering => "arkivmelding_kvittering",
            Self::Avtalt => "avtalt",
            Self::Digital => "digital",
            Self::DigitalDpv => "digital_dpv",
            Self::Print => "print",
            Self::Innsynskrav => "innsynskrav",
            Self::Publisering => "publisering",
            Self::EinnsynKvittering => "einnsyn_kvittering",
            Self::Dialogmelding => "dialogmelding",
            Self::DialogmeldingKvittering => "dialogmelding_kvittering",
            Self::Status => "status",
            Self::Fiksio => "fiksio",
            Self::Utskrift => "utskrift",
            Self::Flyttet => "flyttet",
            Self::Leveringskvittering => "leveringskvittering",
            Self::Aapningskvittering => "aapningskvittering",
            Self::Mottakskvittering => "mottakskvittering",
            Self::Varslingfeiletkvittering => "varslingfeiletkvittering",
            Self::Returpostkvittering => "returpostkvittering",
            Self::Feil => "feil",
        }
    }

    /// The document type URN that we write in the plain layer; `None` for the types of the DPI network alone, and for
    /// `fiksio`, whose documents name a message type of FIKS instead.
    pub const fn standard(self) -> Option<&'static str> {
        match self {
            Self::Arkivmelding => Some("urn:no:difi:arkivmelding:xsd::arkivmelding"),
            Self::ArkivmeldingKvittering => Some("urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering"),
            Self::Avtalt => Some("urn:no:difi:avtalt:xsd::avtalt"),
            Self::Digital => Some("urn:no:difi:digitalpost:xsd:digital::digital"),
            Self::DigitalDpv => Some("urn:no:difi:digitalpost:xsd:digital::digital_dpv"),
            Self::Print => Some("urn:no:difi:digitalpost:xsd:fysisk::print"),
            Self::Innsynskrav => Some("urn:no:difi:einnsyn:xsd::innsynskrav"),
            Self::Publisering => Some("urn:no:difi:einnsyn:xsd::publisering"),
            Self::EinnsynKvittering => Some("urn:no:difi:einnsyn:xsd::einnsyn_kvittering"),
            Self::Dialogmelding => Some("urn:no:difi:helse:xsd:schema::dialogmelding"),
            Self::DialogmeldingKvittering => Some("urn:no:difi:helse:xsd::dialogmelding_kvittering"),
            Self::Status => Some("urn:no:difi:eformidling:xsd::status"),
            _ => None,
        }
    }

    /// Finds a type of `among` by name; the reference compares without regard to case.
    pub(crate) fn find(among: &[Self], name: &str) -> Option<Self> {
        among.iter().copied().find(|kind| kind.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether a message of this type must come with a sealed package. What was agreed upon (`avtalt`) may do without.
    pub fn needs_package(self) -> bool {
        self != Self::Avtalt && self.has_package()
    }

    /// Whether a message of this type may come with a sealed package. Receipts and statuses do not.
    pub fn has_package(self) -> bool {
        !matches!(
            self,
            Self::Status
                | Self::ArkivmeldingKvittering
                | Self::EinnsynKvittering
                | Self::DialogmeldingKvittering
                | Self::Leveringskvittering
                | Self::Aapningskvittering
                | Self::Mottakskvittering
                | Self::Varslingfeiletkvittering
                | Self::Returpostkvittering
                | Self::Feil
        )
    }
}

impl fmt::Display for DocumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
