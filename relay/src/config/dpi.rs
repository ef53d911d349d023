//! Digital mailboxes in the configuration.

use serde::Deserialize;

use super::ConfigError;
use crate::broker::dpi::DpiConfig;

/// The network's access point. Without an address it is off.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    address: Option<String>,
    channel: String,
}

/// The access point, if there is one.
pub(super) fn config(section: Section) -> Result<Option<DpiConfig>, ConfigError> {
    let Section { address, channel } = section;
    let config = address.map(|base| DpiConfig { base, channel });
    match config {
        Some(config) if !config.has_channel() => Err(ConfigError::DpiChannel),
        config => Ok(config),
    }
}
