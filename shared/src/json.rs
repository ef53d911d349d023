//! JSON (RFC 8259) read strictly: a repeated member name, which section 4 leaves open, is refused, because
//! two readers could then see two documents.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text is not acceptable JSON. Holds a position, never content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (byte {offset})")]
pub(crate) struct JsonError {
    /// First byte that could not be read, counted from 0 at the text's beginning.
    pub(crate) offset: u64,
    /// What is wrong with it, in English.
    pub(crate) reason: String,
}

/// Reads one JSON text (RFC 8259) and nothing after it. Nesting is bounded by the reader (128 levels).
///
/// # Errors
/// Bad syntax, bad UTF-8, a repeated member name, or trailing bytes.
pub(crate) fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    Strict
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| JsonError { offset: offset_of(text, error.line(), error.column()), reason: reason(&error) })
}

/// The text with control characters (below U+0020) inside strings escaped, since integrasjonspunkt reads them
/// raw, against RFC 8259, section 7; `None` when there are none.
pub(crate) fn escape_control_characters(text: &[u8]) -> Option<Vec<u8>> {
    let mut escaped = Vec::new();
    let (mut inside, mut after_backslash, mut copied) = (false, false, 0);
    for (place, byte) in text.iter().enumerate() {
        match byte {
            b'"' if !after_backslash => inside = !inside,
            0x00..=0x1f if inside => {
                escaped.extend_from_slice(&text[copied..place]);
                escaped.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                copied = place + 1;
            }
            _ => {}
        }
        after_backslash = inside && *byte == b'\\' && !after_backslash;
    }
    (copied > 0).then(|| {
        escaped.extend_from_slice(&text[copied..]);
        escaped
    })
}

/// serde_json's own words name no content except for a repeated member, whose name we leave out too.
fn reason(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Eof => "the text ends too early".to_owned(),
        serde_json::error::Category::Data => "a member name is repeated".to_owned(),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "not JSON".to_owned(),
    }
}

fn offset_of(text: &[u8], line: usize, column: usize) -> u64 {
    let before: usize = text.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    (before + column.saturating_sub(1)).min(text.len()) as u64
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated member names")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Strict)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            let value = members.next_value_seed(Strict)?;
            if object.insert(name.into_owned(), value).is_some() {
                return Err(A::Error::custom("repeated member"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_serde_json_reads() {
        let text = r#"{"a":[1,-2,1.5,true,null,"æ\u00e5"],"b":{"c":{}}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn refuses_repeats_trailing_bytes_and_depth() {
        assert_eq!(parse(br#"{"a":1,"a":1}"#).unwrap_err().reason, "a member name is repeated");
        assert_eq!(parse(br#"{"b":{"a":1,"\u0061":2}}"#).unwrap_err().reason, "a member name is repeated");
        assert_eq!(parse(b"{}\n{}").unwrap_err().offset, 3);
        assert!(parse(&b"[".repeat(100_000)).is_err());
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn escapes_control_characters_only_inside_strings() {
        assert_eq!(escape_control_characters(b"{\n\"a\": \"b\"}"), None);
        let escaped = escape_control_characters(b"{\n\"a\\\"\": \"b\nc\"}").unwrap();
        assert_eq!(escaped, b"{\n\"a\\\"\": \"b\\u000ac\"}");
    }
}
