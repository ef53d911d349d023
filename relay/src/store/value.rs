//! Between our types and those of a database.

use jiff::Timestamp;
use konvolutt_shared::api::header::TraceParent;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

pub(super) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Row(error.to_string()))
}

pub(super) fn unjson<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Row(error.to_string()))
}

/// An enum's word, as serde writes it.
pub(super) fn word(value: &impl Serialize) -> Result<String, StoreError> {
    json(value).map(|word| word.trim_matches('"').to_owned())
}

pub(super) fn unword<T: DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    unjson(&format!("\"{word}\""))
}

/// What was stored as a `traceparent`. One that cannot be read is none: nothing depends on it.
pub(super) fn trace(text: Option<String>) -> Option<TraceParent> {
    TraceParent::parse(&text?)
}

/// Milliseconds since 1970.
pub(super) fn instant(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| StoreError::Row(error.to_string()))
}
