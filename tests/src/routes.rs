//! What the relay says that it serves.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

/// What every route of the API begins with.
pub const API: &str = "/api/v1";

/// Method, in capitals, and route of everything in the API: what is not described there does not exist.
pub fn declared() -> BTreeSet<(String, String)> {
    let document = serde_json::to_value(konvolutt_relay::http::document()).unwrap_or_default();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let methods =
            item.as_object().into_iter().flatten().filter(|(_, operation)| operation["operationId"].is_string());
        found.extend(methods.map(|(method, _)| (method.to_uppercase(), path.clone())));
    }
    found
}

/// Holds a test's own table of methods and routes, these without [`API`], against what is served.
///
/// # Errors
/// One of them has a route that the other has not.
pub fn are_all_in<'a>(table: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<()> {
    let table: BTreeSet<_> =
        table.into_iter().map(|(method, route)| (method.to_owned(), format!("{API}{route}"))).collect();
    let declared = declared();
    let (missing, gone): (Vec<_>, Vec<_>) =
        (declared.difference(&table).collect(), table.difference(&declared).collect());
    ensure!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:?}; not in the relay: {gone:?}");
    Ok(())
}
