//! Digital mailboxes in the configuration.

use konvolutt_shared::identifier::OrganisationNumber;
use serde::Deserialize;

use super::ConfigError;
use crate::broker::dpi::DpiConfig;

/// The network's access point. Without an address it is off.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    address: Option<String>,
    channel: String,
    printer: Option<String>,
}

impl Section {
    /// The print provider that is pinned: nine digits.
    pub(super) fn printer(&self) -> Option<String> {
        self.printer.clone()
    }
}

/// The access point, if there is one.
pub(super) fn config(section: Section) -> Result<Option<DpiConfig>, ConfigError> {
    let Section { address, channel, printer } = section;
    if printer.is_some_and(|number| OrganisationNumber::parse(&number).is_err()) {
        return Err(ConfigError::Printer);
    }
    let config = address.map(|base| DpiConfig { base, channel });
    match config {
        Some(config) if !config.has_channel() => Err(ConfigError::DpiChannel),
        config => Ok(config),
    }
}
