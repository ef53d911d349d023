//! What JavaScript calls. Everything goes in and out as JSON text, bytes as bytes.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::cases::Set;
use crate::{report, vector};

fn text(value: &impl Serialize) -> Result<String, JsError> {
    Ok(serde_json::to_string(value)?)
}

fn find(name: &str) -> Result<Set, JsError> {
    crate::sets()?.into_iter().find(|set| set.name == name).ok_or_else(|| JsError::new("There is no such set."))
}

/// The names of the sets.
///
/// # Errors
/// As [`crate::sets`].
#[wasm_bindgen]
pub fn sets() -> Result<String, JsError> {
    text(&crate::sets()?.into_iter().map(|set| set.name).collect::<Vec<_>>())
}

/// A set with its cases, to be tried elsewhere.
///
/// # Errors
/// When there is no such set.
#[wasm_bindgen]
pub fn cases(name: &str) -> Result<String, JsError> {
    text(&find(name)?)
}

/// Runs a set.
///
/// # Errors
/// When there is no such set.
#[wasm_bindgen]
pub fn run(name: &str) -> Result<String, JsError> {
    text(&report::run(&find(name)?))
}

/// Opens and verifies a package; `question` is a [`vector::Question`].
///
/// # Errors
/// When the question cannot be read. A refusal is an answer.
#[wasm_bindgen]
pub fn open(artefact: &[u8], key_file: &[u8], question: &str) -> Result<String, JsError> {
    text(&vector::open(artefact, key_file, &serde_json::from_str(question)?))
}
