//! Defaults, file, environment and command line laid over each other: the later wins, and each value keeps where it
//! came from. Everything that is wrong is found at once.

use std::collections::BTreeMap;
use std::path::Path;

use konvolutt_shared::identifier::MessageChannel;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::keys::{self, Absent, KEYS, Key, Kind, PREFIX, SECRETS};
use super::mistake::{Mistake, What};
use crate::store::postgres;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of the file, counted from 1.
    File(usize),
    /// A variable.
    Environment(String),
    /// An option of the command line.
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(line) => write!(f, "file, line {line}"),
            Self::Environment(name) => write!(f, "environment, {name}"),
            Self::Flag(name) => write!(f, "command line, {name}"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    pub value: Value,
    pub origin: Origin,
}

/// The values of every key that has one.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    given: BTreeMap<&'static str, Given>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Layers {
    /// What holds when nobody says anything.
    pub fn defaults() -> Self {
        let mut layers = Self::default();
        for key in KEYS {
            if let Absent::Default(text) = key.absent
                && let Some(value) = literal(text)
            {
                layers.set(key, value, Origin::Default);
            }
        }
        layers
    }

    /// Lays a file's text over it. Paths in it are relative to `folder`.
    pub fn file(&mut self, text: &str, folder: &Path) {
        let spans = match DeTable::parse(text) {
            Ok(spans) => spans,
            Err(error) => {
                // Only the message: the error itself quotes the line, which may hold what must not be shown.
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                return self.wrong(Origin::File(line), What::Syntax(error.message().to_owned()));
            }
        };
        let values: Table = toml::from_str(text).unwrap_or_default();
        for (name, value) in spans.get_ref() {
            let at = |name: &Spanned<_>| Origin::File(line_of(text, name.span().start));
            let (section, whole) = (name.get_ref().as_ref(), values.get(name.get_ref().as_ref()));
            match value.get_ref() {
                // With nothing in it there is no key to complain about.
                DeValue::Table(table) if table.is_empty() && keys::nearest_section(section) != section => {
                    let nearest = format!("[{}]", keys::nearest_section(section));
                    self.wrong(at(name), What::Unknown { key: format!("[{section}]"), nearest });
                }
                DeValue::Table(table) if keys::find(section).is_none() => {
                    for inner in table.keys() {
                        let path = format!("{section}.{}", inner.get_ref());
                        let value = whole.and_then(|whole| whole.get(inner.get_ref().as_ref())).cloned();
                        self.take(&path, value, at(inner), Some(folder));
                    }
                }
                other => {
                    if let DeValue::Array(tables) = other {
                        let tables = tables.iter().filter_map(|one| one.get_ref().as_table());
                        let inner = tables.flat_map(|table| table.keys());
                        self.inside(section, inner.map(|name| (name.get_ref().as_ref(), at(name))));
                    }
                    self.take(section, whole.cloned(), at(name), Some(folder));
                }
            }
        }
    }

    /// Lays variables over it. Those of others that only begin like ours are left alone: Kubernetes sets
    /// `KONVOLUTT_PORT` and the like for a service of that name, but none with two underscores.
    pub fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let origin = Origin::Environment(name.clone());
            let path = rest.to_lowercase().replace("__", ".");
            if let Some(key) = keys::find(&path) {
                let Some(value) = parsed(key.kind, &text) else {
                    self.wrong(origin, What::Kind { key: path, expected: expected(key.kind) });
                    continue;
                };
                if let Value::Array(tables) = &value {
                    let names: Vec<String> =
                        tables.iter().filter_map(Value::as_table).flat_map(|table| table.keys().cloned()).collect();
                    self.inside(&path, names.iter().map(|name| (name.as_str(), origin.clone())));
                }
                self.take(&path, Some(value), origin, None);
            } else if rest.contains("__") || KEYS.iter().any(|key| key.path.replace('.', "_") == path) {
                self.take(&path, None, origin, None);
            }
        }
    }

    /// Lays an option of the command line over it.
    pub fn flag(&mut self, path: &'static str, flag: &'static str, value: Option<String>) {
        if let (Some(key), Some(value)) = (keys::find(path), value) {
            self.set(key, Value::String(value), Origin::Flag(flag));
        }
    }

    /// Notes what the real world needs and nobody gave.
    pub fn demand_everything(&mut self) {
        let missing = KEYS.iter().filter(|key| key.absent == Absent::Missing);
        for key in missing {
            if self.get(key.path).is_none() {
                self.wrong(Origin::Default, What::Missing { key: key.path, variable: key.variable() });
            }
        }
    }

    /// The value of a key.
    pub fn get(&self, path: &str) -> Option<&Given> {
        self.given.get(path)
    }

    /// Everything as tables, as a file would have it.
    pub(super) fn tables(&self) -> Table {
        let mut all = Table::new();
        for (path, given) in &self.given {
            match path.split_once('.') {
                None => drop(all.insert((*path).to_owned(), given.value.clone())),
                Some((section, name)) => {
                    let section = all.entry(section).or_insert_with(|| Value::Table(Table::new()));
                    if let Value::Table(table) = section {
                        table.insert(name.to_owned(), given.value.clone());
                    }
                }
            }
        }
        all
    }

    fn take(&mut self, path: &str, value: Option<Value>, origin: Origin, folder: Option<&Path>) {
        if let Some((_, file)) = SECRETS.iter().find(|(inline, _)| *inline == path) {
            return self.wrong(origin, What::InlineSecret { key: path.to_owned(), file });
        }
        let (Some(key), Some(value)) = (keys::find(path), value) else {
            return self.wrong(origin, What::Unknown { key: path.to_owned(), nearest: keys::nearest(path).to_owned() });
        };
        if key.kind == Kind::Path && value.as_str().is_some_and(|text| text.contains("-----BEGIN")) {
            return self.wrong(origin, What::InlineSecret { key: path.to_owned(), file: key.path });
        }
        if !fits(key.kind, &value) {
            return self.wrong(origin, What::Kind { key: path.to_owned(), expected: expected(key.kind) });
        }
        self.set(key, folder.map_or_else(|| value.clone(), |folder| placed(key.kind, &value, folder)), origin);
    }

    /// Checks the names inside a list of tables.
    fn inside<'a>(&mut self, path: &str, names: impl Iterator<Item = (&'a str, Origin)>) {
        let Some(Key { kind: Kind::Tables(known), .. }) = keys::find(path) else { return };
        for (name, origin) in names.filter(|(name, _)| !known.iter().any(|(known, _)| known == name)) {
            let nearest = known.iter().max_by_key(|(known, _)| (strsim::jaro_winkler(known, name) * 1e6) as u32);
            let nearest = nearest.map_or_else(String::new, |(nearest, _)| format!("{path}.{nearest}"));
            self.wrong(origin, What::Unknown { key: format!("{path}.{name}"), nearest });
        }
    }

    fn set(&mut self, key: &'static Key, value: Value, origin: Origin) {
        self.given.insert(key.path, Given { value, origin });
    }

    pub(super) fn wrong(&mut self, origin: Origin, what: What) {
        self.mistakes.push(Mistake { origin, what });
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn literal(text: &str) -> Option<Value> {
    toml::from_str::<Table>(&format!("value = {text}")).ok()?.remove("value")
}

/// A variable's text as a value.
fn parsed(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Number => text.parse().ok().map(Value::Integer),
        Kind::Tables(_) => literal(text),
        Kind::Many(_) if text.trim_start().starts_with('[') => literal(text),
        Kind::Many(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()))
        }
        _ => Some(Value::String(text.to_owned())),
    }
}

fn fits(kind: Kind, value: &Value) -> bool {
    let text = value.as_str();
    match kind {
        Kind::Text => text.is_some_and(|text| !text.is_empty()),
        Kind::Word(words) => text.is_some_and(|text| words.contains(&text)),
        Kind::Address => text.and_then(|text| reqwest::Url::parse(text).ok()).is_some_and(|url| is_address(&url)),
        Kind::Database => text.is_some_and(postgres::is_url),
        Kind::Ip => text.is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok()),
        Kind::Listen => text.is_some_and(|text| text.parse::<std::net::SocketAddr>().is_ok()),
        Kind::Path => text.is_some_and(|text| !text.is_empty() && !text.contains(['\n', '\0'])),
        Kind::Number => value.as_integer().is_some_and(|number| number >= 0),
        Kind::Day => text.is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()),
        Kind::MessageChannel => text.is_some_and(|text| MessageChannel::parse(text).is_ok()),
        Kind::Many(one) => value.as_array().is_some_and(|all| all.iter().all(|value| fits(*one, value))),
        Kind::Maybe(one) => fits(*one, value),
        Kind::Tables(known) => value.as_array().is_some_and(|all| {
            all.iter().all(|one| {
                known.iter().all(|(name, kind)| {
                    one.get(name).map_or(matches!(kind, Kind::Maybe(_)), |value| fits(*kind, value))
                })
            })
        }),
    }
}

/// A user's name or password in an address would be a secret written down.
fn is_address(url: &reqwest::Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
}

fn expected(kind: Kind) -> String {
    match kind {
        Kind::Text => "a text".to_owned(),
        Kind::Word(words) => format!("one of {}", words.join(", ")),
        Kind::Address => "an address, https://… or http://…, without user and password".to_owned(),
        Kind::Database => "postgres://USER@HOST/DATABASE, without a password".to_owned(),
        Kind::Ip => "an IP address".to_owned(),
        Kind::Listen => "an address to listen on, IP:PORT".to_owned(),
        Kind::Path => "a path".to_owned(),
        Kind::Number => "a whole number, not negative".to_owned(),
        Kind::Day => "a day in quotes, YYYY-MM-DD".to_owned(),
        Kind::MessageChannel => "1 to 25 of A-Z, a-z, 0-9, - and _".to_owned(),
        Kind::Many(one) => format!("a list, each {}", expected(*one)),
        Kind::Maybe(one) => expected(*one),
        Kind::Tables(known) => {
            let needed = known.iter().filter(|(_, kind)| !matches!(kind, Kind::Maybe(_)));
            let told = |(name, kind): &(&str, Kind)| match kind {
                Kind::Text | Kind::Path => (*name).to_owned(),
                kind => format!("{name} ({})", expected(*kind)),
            };
            let names: Vec<String> = needed.map(told).collect();
            format!("a list of tables with {}", names.join(" and "))
        }
    }
}

fn placed(kind: Kind, value: &Value, folder: &Path) -> Value {
    match (kind, value) {
        (Kind::Path, Value::String(text)) => Value::String(folder.join(text).to_string_lossy().into_owned()),
        (Kind::Many(one), Value::Array(all)) => {
            Value::Array(all.iter().map(|value| placed(*one, value, folder)).collect())
        }
        (Kind::Tables(known), Value::Array(all)) => Value::Array(
            all.iter()
                .map(|one| {
                    let mut one = one.clone();
                    for (name, kind) in known {
                        if let Some(value) = one.get_mut(name) {
                            *value = placed(*kind, value, folder);
                        }
                    }
                    one
                })
                .collect(),
        ),
        _ => value.clone(),
    }
}
