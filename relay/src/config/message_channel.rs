//! Message channels in the configuration: what tells installations of one organisation apart.

use std::collections::HashMap;

use konvolutt_shared::api::OrganisationAccess;
use konvolutt_shared::identifier::MessageChannel;
use serde::Deserialize;

use super::ConfigError;

/// The channel of an organisation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    orgnr: String,
    name: MessageChannel,
}

/// By organisation number. An organisation that is not served is a slip: the one that was meant would have no channel, and its
/// answers would go astray.
pub(super) fn by_organisation(
    rows: &[Row],
    organisations: &[OrganisationAccess],
) -> Result<HashMap<String, MessageChannel>, ConfigError> {
    let mut channels = HashMap::new();
    for Row { orgnr, name } in rows {
        let wrong = |why| Err(ConfigError::MessageChannel(orgnr.clone(), why));
        if !organisations.iter().any(|one| one.orgnr == *orgnr) {
            return wrong("which is not among the organisations of this relay");
        }
        if channels.insert(orgnr.clone(), name.clone()).is_some() {
            return wrong("twice");
        }
    }
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_of_an_organisation_that_is_served_and_the_only_one_of_it() {
        let row = |orgnr: &str, name: &str| Row { orgnr: orgnr.to_owned(), name: MessageChannel::parse(name).unwrap() };
        let served = ["310904007", "310904015"];
        let served = served.map(|orgnr| OrganisationAccess { orgnr: orgnr.to_owned(), name: String::new() });
        let read = |rows: &[Row]| by_organisation(rows, &served).map_err(|error| error.to_string());
        let both = read(&[row("310904007", "a"), row("310904015", "a")]).unwrap();
        assert_eq!(both["310904015"].as_str(), "a");
        let said = read(&[row("310904007", "a"), row("310904007", "b")]).unwrap_err();
        assert_eq!(said, "[[message_channels]] names 310904007 twice");
        assert!(read(&[row("310900117", "a")]).unwrap_err().contains("310900117 which is not among"));
    }
}
