//! Trees of JSON with byte ranges, and Standard Business Documents.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{MAX_DEPTH, MAX_NODES, Node, Seen};
use crate::finding::{Finding, Place, Rule};
use crate::limits::Limits;
use crate::sbd;

pub(super) fn sbd(bytes: &[u8], limits: &Limits) -> Seen {
    if bytes.len() as u64 > limits.metadata_bytes {
        return Seen::broken(Finding::error(Rule::DocumentSize, "the document is larger than an SBD may be"));
    }
    let mut seen = plain(bytes);
    // Time does not enter: an inspected document may be old.
    seen.findings.extend(sbd::validate(bytes, None));
    seen
}

pub(super) fn plain(bytes: &[u8]) -> Seen {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Seen::broken(Finding::error(Rule::DocumentText, "the text is not UTF-8"));
    };
    let text = text.trim_start_matches('\u{feff}');
    match tree(text, (bytes.len() - text.len()) as u64) {
        Ok(tree) => Seen { tree, ..Seen::default() },
        Err(error) => {
            let place = Place { path: format!("json:/ line {}", error.line()), offset: None, length: None };
            Seen::broken(Finding::error(Rule::DocumentText, "not well-formed JSON").at(place).by("RFC 8259"))
        }
    }
}

/// The members of a JSON text that begins at byte `base` of the artefact.
pub(super) fn tree(text: &str, base: u64) -> Result<Vec<Node>, serde_json::Error> {
    let root: &RawValue = serde_json::from_str(text)?;
    let source = Source { start: text.as_ptr() as usize, base };
    let mut budget = MAX_NODES;
    Ok(source.node(String::new(), root, 0, &mut budget)?.children)
}

/// Where the text lies; a raw value is a slice of it, so its place is known.
struct Source {
    start: usize,
    base: u64,
}

impl Source {
    fn offset(&self, raw: &RawValue) -> u64 {
        (raw.get().as_ptr() as usize - self.start) as u64 + self.base
    }

    fn node(&self, label: String, raw: &RawValue, depth: usize, budget: &mut usize) -> Result<Node, serde_json::Error> {
        let mut node = Node::new(label, self.offset(raw), raw.get().len() as u64);
        *budget = budget.saturating_sub(1);
        let members = match raw.get().as_bytes().first() {
            Some(b'{') if depth < MAX_DEPTH => serde_json::from_str::<Members<'_>>(raw.get())?.0,
            Some(b'[') if depth < MAX_DEPTH => serde_json::from_str::<Items<'_>>(raw.get())?.0,
            _ => {
                let text = serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
                node.value = Some(super::shorten(&text));
                return Ok(node);
            }
        };
        for (name, value) in members {
            if *budget == 0 {
                break;
            }
            node.children.push(self.node(name, value, depth + 1, budget)?);
        }
        Ok(node)
    }
}

/// An object's members in the order of the text.
struct Members<'a>(Vec<(String, &'a RawValue)>);

/// An array's items, named by position.
struct Items<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
                    members.push((name.into_owned(), value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(value) = seq.next_element::<&'de RawValue>()? {
                    items.push((format!("[{}]", items.len()), value));
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Collect)
    }
}
