//! What a letter to an organisation is about, in the areas that registries know.

use serde::{Deserialize, Serialize};

use crate::text::ComposeText;

/// Subject areas of `arkivmelding`, each a process of eFormidling: `urn:no:difi:profile:arkivmelding:…:ver1.0`. The
/// confidential one is a switch, not an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Process {
    /// `administrasjon`
    #[default]
    Administration,
    /// `helseSosialOgOmsorg`
    Health,
    /// `kulturIdrettOgFritid`
    Culture,
    /// `naturOgMiljoe`
    Nature,
    /// `naeringsutvikling`
    Business,
    /// `oppvekstOgUtdanning`
    Education,
    /// `planByggOgGeodata`
    Planning,
    /// `skatterOgAvgifter`
    Tax,
    /// `tekniskeTjenester`
    Technical,
    /// `trafikkReiserOgSamferdsel`
    Transport,
}

impl Process {
    /// All, in the order of the list.
    pub const ALL: [Self; 10] = [
        Self::Administration,
        Self::Health,
        Self::Culture,
        Self::Nature,
        Self::Business,
        Self::Education,
        Self::Planning,
        Self::Tax,
        Self::Technical,
        Self::Transport,
    ];

    /// The name inside the URN.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administration => "administrasjon",
            Self::Health => "helseSosialOgOmsorg",
            Self::Culture => "kulturIdrettOgFritid",
            Self::Nature => "naturOgMiljoe",
            Self::Business => "naeringsutvikling",
            Self::Education => "oppvekstOgUtdanning",
            Self::Planning => "planByggOgGeodata",
            Self::Tax => "skatterOgAvgifter",
            Self::Technical => "tekniskeTjenester",
            Self::Transport => "trafikkReiserOgSamferdsel",
        }
    }

    /// What it is called on the page.
    pub const fn label(self, text: &ComposeText) -> &'static str {
        match self {
            Self::Administration => text.process_administration,
            Self::Health => text.process_health,
            Self::Culture => text.process_culture,
            Self::Nature => text.process_nature,
            Self::Business => text.process_business,
            Self::Education => text.process_education,
            Self::Planning => text.process_planning,
            Self::Tax => text.process_tax,
            Self::Technical => text.process_technical,
            Self::Transport => text.process_transport,
        }
    }
}
