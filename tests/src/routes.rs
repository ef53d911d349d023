//! What the relay says that it serves.

use std::collections::BTreeSet;

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
