//! The files in `relay/deploy` hand over every secret that the configuration can name.

use super::keys::{KEYS, Key, Kind, SECRETS};

const EXAMPLE: &str = include_str!("../../konvolutt.example.toml");
const UNIT: &str = include_str!("../../deploy/konvolutt.service");
const COMPOSE: &str = include_str!("../../deploy/compose.yaml");

/// Files that are no secrets, though their keys end like those of secrets.
const PUBLIC: [&str; 4] =
    ["store.ca_file", "registry.key_file", "dpv.transit_certificate_file", "dpv_older.certificate_file"];

/// Every key that names a file, those in lists of tables with the list's name.
fn files() -> Vec<String> {
    let inner = |key: &Key| match key.kind {
        Kind::Tables(inner) => {
            let files = inner.iter().filter(|(_, kind)| *kind == Kind::Path);
            files.map(|(name, _)| format!("{}.{name}", key.path)).collect()
        }
        Kind::Path => vec![key.path.to_owned()],
        _ => Vec::new(),
    };
    KEYS.iter().flat_map(inner).filter(|path| path.ends_with("_file")).collect()
}

fn is_in_a_list(path: &str) -> bool {
    !KEYS.iter().any(|key| key.path == path)
}

/// What stands between two texts in a line of a file.
fn between<'a>(file: &'a str, before: &str, after: &str) -> Option<&'a str> {
    file.lines().find_map(|line| line.split_once(before)?.1.split(after).next()).map(str::trim)
}

#[test]
fn every_file_is_a_secret_or_public() {
    for path in files() {
        let secret = SECRETS.iter().any(|(_, file)| *file == path) || is_in_a_list(&path);
        let public = PUBLIC.contains(&path.as_str());
        assert!(secret || public, "{path} is neither among the secrets nor public");
    }
}

#[test]
fn every_secret_is_handed_over_by_unit_and_compose_file() {
    let secrets: Vec<String> = files().into_iter().filter(|path| !PUBLIC.contains(&path.as_str())).collect();
    assert!(secrets.len() >= 9, "{secrets:?}");
    for path in secrets {
        let variable = format!("KONVOLUTT_{}", path.replace('.', "__").to_uppercase());
        let (in_unit, in_compose) = if is_in_a_list(&path) {
            let unit = between(UNIT, &format!("{path} = \"/run/credentials/konvolutt.service/"), "\"");
            (unit, between(COMPOSE, &format!("{path} = \"/run/secrets/"), "\""))
        } else {
            let unit = between(UNIT, &format!("Environment={variable}=%d/"), "\n");
            (unit, between(COMPOSE, &format!("{variable}: /run/secrets/"), " "))
        };
        let in_unit = in_unit.unwrap_or_else(|| panic!("{path} is not in the unit"));
        let loaded = format!("LoadCredential={in_unit}:/etc/konvolutt/{in_unit}");
        assert!(UNIT.lines().any(|line| line.trim_start_matches('#') == loaded), "{loaded} is not in the unit");
        let in_compose = in_compose.unwrap_or_else(|| panic!("{path} is not in the compose file"));
        for line in [format!("- {in_compose}"), format!("{in_compose}:"), format!("file: ./{in_compose}")] {
            let there = COMPOSE.lines().any(|one| one.trim_start_matches(['#', ' ']) == line);
            assert!(there, "{path}: the compose file has no line {line}");
        }
        assert!(EXAMPLE.contains(&format!("/etc/konvolutt/{in_unit}\"")), "{in_unit} is not in the example");
        let name = path.rsplit('.').next().unwrap();
        let line = |line: &str| line.trim_start_matches("#: ").starts_with(&format!("{name} = "));
        assert!(EXAMPLE.lines().any(line), "{path} is not in the example");
    }
}
