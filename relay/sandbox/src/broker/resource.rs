//! What a service owner decides of its resource, and Altinn of it (Altinn 3 Broker, `ResourceExt`): a pure state
//! machine.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Span};
use serde::{Deserialize, Serialize};

use super::state::Refusal;
use crate::seed;

/// The most that is scanned for malware, in bytes: more is for resources that are approved to go without.
pub(super) const MAX_SCANNED: i64 = 50 * 1024 * 1024 * 1024;
/// The most that Altinn stores in one piece, in bytes: 32 parts of 50 000 MiB.
pub(super) const MAX_TRIED: i64 = 32 * 50_000 * 1024 * 1024;
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);
const LONGEST_GRACE: SignedDuration = SignedDuration::from_hours(24);
const DEFAULT_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
const DEFAULT_GRACE: SignedDuration = SignedDuration::from_hours(2);

/// The service owners that are known, and what they have decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Estate {
    /// Name by organisation number.
    owners: BTreeMap<String, String>,
    pub(super) settings: Settings,
    /// Whether Altinn lets transfers of the resource go unscanned. The owner cannot decide that.
    pub(super) unscanned: bool,
}

/// What is decided of the resource; nothing: Altinn's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Settings {
    /// Bytes.
    pub(super) max_file_transfer_size: Option<i64>,
    /// ISO 8601.
    pub(super) file_transfer_time_to_live: Option<String>,
    pub(super) purge_file_transfer_after_all_recipients_confirmed: Option<bool>,
    /// ISO 8601.
    pub(super) purge_file_transfer_grace_period: Option<String>,
}

impl Default for Estate {
    /// Whoever runs the service registry owns eFormidling's resource.
    fn default() -> Self {
        let owners = BTreeMap::from([(seed::REGISTRY.to_owned(), seed::REGISTRY_NAME.to_owned())]);
        Self { owners, settings: Settings::default(), unscanned: false }
    }
}

impl Estate {
    /// A service owner's name.
    pub(super) fn owner(&self, organisation: &str) -> Option<&str> {
        self.owners.get(organisation).map(String::as_str)
    }

    /// A new service owner. `false`: it was known.
    pub(super) fn enter(&mut self, organisation: &str, name: String) -> bool {
        let new = self.owner(organisation).is_none();
        if new {
            self.owners.insert(organisation.to_owned(), name);
        }
        new
    }

    /// The owner changes what it names, and nothing if any of it is wrong.
    pub(super) fn configure(&mut self, by: &str, change: Settings) -> Result<(), Refusal> {
        self.see(by)?;
        change.max_file_transfer_size.map_or(Ok(()), |size| self.check_size(size))?;
        let life = (Refusal::LifeFormat, Refusal::LifeTooLong);
        within(change.file_transfer_time_to_live.as_deref(), LONGEST_LIFE, life)?;
        let grace = (Refusal::GraceFormat, Refusal::GraceTooLong);
        within(change.purge_file_transfer_grace_period.as_deref(), LONGEST_GRACE, grace)?;
        let old = std::mem::take(&mut self.settings);
        self.settings = Settings {
            max_file_transfer_size: change.max_file_transfer_size.or(old.max_file_transfer_size),
            file_transfer_time_to_live: change.file_transfer_time_to_live.or(old.file_transfer_time_to_live),
            purge_file_transfer_after_all_recipients_confirmed: change
                .purge_file_transfer_after_all_recipients_confirmed
                .or(old.purge_file_transfer_after_all_recipients_confirmed),
            purge_file_transfer_grace_period: change
                .purge_file_transfer_grace_period
                .or(old.purge_file_transfer_grace_period),
        };
        Ok(())
    }

    /// That the resource is this organisation's.
    pub(super) fn see(&self, by: &str) -> Result<(), Refusal> {
        if by != seed::REGISTRY {
            return Err(Refusal::NoAccess);
        }
        self.owner(by).map(drop).ok_or(Refusal::OwnerUnknown)
    }

    fn check_size(&self, size: i64) -> Result<(), Refusal> {
        match size {
            ..0 => Err(Refusal::SizeNegative),
            0 => Err(Refusal::SizeZero),
            _ if size > MAX_SCANNED && !self.unscanned => Err(Refusal::SizeScanned),
            _ if size > MAX_TRIED => Err(Refusal::SizeUntried),
            _ => Ok(()),
        }
    }

    /// Whether a transfer may go without the scan, if it asks for that.
    pub(super) fn scans(&self, wanted: bool) -> Result<(), Refusal> {
        if wanted || self.unscanned { Ok(()) } else { Err(Refusal::Unscanned) }
    }
}

impl Settings {
    /// From initialize to purge.
    pub(super) fn life(&self) -> SignedDuration {
        self.file_transfer_time_to_live.as_deref().and_then(duration).unwrap_or(DEFAULT_LIFE)
    }

    /// From full confirmation to purge; `None`: it stays until its time is over.
    pub(super) fn grace(&self) -> Option<SignedDuration> {
        let purges = self.purge_file_transfer_after_all_recipients_confirmed.unwrap_or(true);
        let grace = self.purge_file_transfer_grace_period.as_deref().and_then(duration).unwrap_or(DEFAULT_GRACE);
        purges.then_some(grace)
    }

    /// The largest upload, in bytes, if it is the owner who decides.
    pub(super) fn max_bytes(&self) -> Option<u64> {
        self.max_file_transfer_size.and_then(|size| u64::try_from(size).ok())
    }
}

fn within(text: Option<&str>, most: SignedDuration, (format, long): (Refusal, Refusal)) -> Result<(), Refusal> {
    let Some(text) = text else { return Ok(()) };
    if duration(text).ok_or(format)? > most { Err(long) } else { Ok(()) }
}

/// A duration of XML Schema, read as .NET does: years of 365 days and months of 30.
fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    let days = i64::from(span.get_years()) * 365 + i64::from(span.get_months()) * 30 + i64::from(span.get_days());
    let hours = i64::from(span.get_hours()) * 3600;
    let minutes = span.get_minutes().checked_mul(60)?;
    let total = days.checked_mul(86_400)?.checked_add(hours)?.checked_add(minutes)?.checked_add(span.get_seconds())?;
    // Neither weeks, the other way round, nor words for people.
    let plain = text.starts_with('P') && span.get_weeks() == 0;
    plain.then(|| SignedDuration::from_secs(total))
}

#[cfg(test)]
mod tests;
