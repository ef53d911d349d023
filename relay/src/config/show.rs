//! The configuration that counts, with the origin of every value. Secrets are files, so only their paths are shown;
//! the query of an address, where keys may hide, is not.

use std::fmt::Write as _;

use toml::Value;

use super::keys::{KEYS, Kind};
use super::layers::Layers;

/// TOML that can be read again but for what was left out; each value's origin stands behind it.
pub(super) fn show(layers: &Layers) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in KEYS {
        let (of, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if of != section {
            section = of;
            if !of.is_empty() {
                let _ = writeln!(text, "\n[{of}]");
            }
        }
        let Some(given) = layers.get(key.path) else {
            let _ = writeln!(text, "# {name} is not set");
            continue;
        };
        let origin = &given.origin;
        match (&given.value, key.kind) {
            (Value::Array(tables), Kind::Tables(_)) if !tables.is_empty() => {
                for table in tables {
                    let _ = write!(text, "\n[[{name}]]  # {origin}\n{}", toml::to_string(table).unwrap_or_default());
                }
            }
            // An empty list at the top would fall into the section above it.
            (_, Kind::Tables(_)) => drop(writeln!(text, "\n# {name} is empty  # {origin}")),
            (value, kind) => drop(writeln!(text, "{name} = {}  # {origin}", redacted(kind, value))),
        }
    }
    text.trim_start().to_owned()
}

fn redacted(kind: Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Address, Value::String(text)) => {
            let shown = text.split_once('?').map_or_else(|| text.clone(), |(before, _)| format!("{before}?…"));
            Value::String(shown)
        }
        (Kind::Many(one), Value::Array(all)) => Value::Array(all.iter().map(|value| redacted(*one, value)).collect()),
        _ => value.clone(),
    }
}
