//! KS in the configuration.

use std::path::PathBuf;

use serde::Deserialize;

use super::{ConfigError, UPLOAD_PATIENCE, text};
use crate::broker::dpf::{self as broker, DpfConfig};

/// KS SvarUt and SvarInn. All or nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    address: Option<String>,
    svarinn: Option<String>,
    integration: Option<String>,
    password_file: Option<PathBuf>,
    /// Organisations whose letters are never printed unless a person says otherwise.
    digital_only: Vec<String>,
}

/// What an organisation has at KS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    orgnr: String,
    account: String,
    receiver: String,
    password_file: PathBuf,
}

impl Section {
    /// Whether letters go and come this way.
    pub(super) fn is_set_up(&self) -> bool {
        self.address.is_some()
    }

    /// Nine digits each.
    pub(super) fn digital_only(&self) -> &[String] {
        &self.digital_only
    }
}

/// KS, if anything is said of it.
pub(super) fn config(section: Section, accounts: Vec<Account>) -> Result<Option<DpfConfig>, ConfigError> {
    let Section { address, svarinn, integration, password_file, .. } = section;
    let (address, svarinn, integration, password) = match (address, svarinn, integration, password_file) {
        (None, None, None, None) => return Ok(None),
        (Some(address), Some(svarinn), Some(integration), Some(file)) => (address, svarinn, integration, text(&file)?),
        _ => return Err(ConfigError::HalfOfDpf),
    };
    let accounts = accounts.into_iter().map(|one| {
        let Account { orgnr: organisation, account, receiver, password_file } = one;
        Ok(broker::Account { organisation, account, receiver, password: text(&password_file)?.into() })
    });
    let accounts = accounts.collect::<Result<Vec<_>, ConfigError>>()?;
    let patience = UPLOAD_PATIENCE;
    Ok(Some(DpfConfig { address, svarinn, integration, password: password.into(), patience, accounts }))
}
