//! Altinn's inbox in the configuration.

use std::path::PathBuf;

use serde::Deserialize;

use super::{ConfigError, text};
use crate::broker::dpv::{Defaults, DpvConfig};

/// Altinn Correspondence and the transit key. Without an address it is off.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    address: Option<String>,
    resource: String,
    confidential_resource: String,
    transit_key_file: Option<PathBuf>,
    transit_certificate_file: Option<PathBuf>,
    due_days: u32,
    notification_subject: String,
    notification_text: String,
    confidential_notification_text: String,
}

/// A transit key of before, for letters that were sealed to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Older {
    key_file: PathBuf,
    certificate_file: PathBuf,
}

/// The inbox, if anything is said of it.
pub(super) fn config(section: Section, older: Vec<Older>) -> Result<Option<DpvConfig>, ConfigError> {
    let (address, key, certificate) =
        match (section.address, section.transit_key_file, section.transit_certificate_file) {
            (None, None, None) => return Ok(None),
            (Some(address), Some(key), Some(certificate)) => (address, key, certificate),
            _ => return Err(ConfigError::HalfOfDpv),
        };
    let mut keys = vec![(text(&key)?.into(), text(&certificate)?)];
    for one in older {
        keys.push((text(&one.key_file)?.into(), text(&one.certificate_file)?));
    }
    let defaults = Defaults {
        resource: section.resource,
        confidential_resource: section.confidential_resource,
        due_days: section.due_days,
        notification_subject: section.notification_subject,
        notification_text: section.notification_text,
        confidential_notification_text: section.confidential_notification_text,
    };
    Ok(Some(DpvConfig { base: address, defaults, keys }))
}
