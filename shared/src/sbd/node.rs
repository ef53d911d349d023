//! A JSON object with its path, which tells what is missing or of the wrong kind as it is read.

use std::borrow::Cow;
use std::cell::RefCell;

use serde_json::{Map, Value};

use crate::finding::{self, Finding, Place, Rule};

/// Findings in the order they are made, by whichever node.
#[derive(Debug, Default)]
pub(super) struct Findings(RefCell<finding::Findings>);

impl Findings {
    pub(super) fn push(&self, finding: Finding) {
        self.0.borrow_mut().push(finding);
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.0.into_inner().into_vec()
    }
}

/// An object somewhere in the document. JSON `null` counts as absent, as in the reference.
///
/// A lenient node reads values as Jackson does with its defaults: a number or truth value where a string is due, a
/// number or truth value in a string. A strict one (the DPI network, which judges by JSON schema) does not.
#[derive(Clone)]
pub(super) struct Node<'a> {
    object: &'a Map<String, Value>,
    path: String,
    findings: &'a Findings,
    strict: bool,
}

impl<'a> Node<'a> {
    pub(super) fn root(object: &'a Map<String, Value>, findings: &'a Findings) -> Self {
        Self { object, path: "sbd:".to_owned(), findings, strict: false }
    }

    /// The same node, judged by JSON schema.
    #[must_use]
    pub(super) fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }

    pub(super) fn object(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// Says what is wrong with a member, or with the object itself when `name` is empty.
    pub(super) fn refuse(&self, rule: Rule, name: &str, message: impl Into<String>) {
        self.findings.push(Finding::error(rule, message).at(self.place(name)));
    }

    pub(super) fn invalid(&self, name: &str, message: impl Into<String>) {
        self.refuse(Rule::DocumentField, name, message);
    }

    /// Says what is odd about a member and does not refuse.
    pub(super) fn remark(&self, name: &str, message: impl Into<String>) {
        self.findings.push(Finding::warning(Rule::DocumentOddity, message).at(self.place(name)));
    }

    pub(super) fn missing(&self, name: &str) {
        self.refuse(Rule::DocumentValue, name, format!("{name} is missing"));
    }

    fn place(&self, name: &str) -> Place {
        Place::path(if name.is_empty() { self.path.clone() } else { format!("{}/{name}", self.path) })
    }

    /// The member, if it is there.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Whether the member is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A string; when lenient also a number or truth value.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        match self.value(name)? {
            Value::String(text) => Some(Cow::Borrowed(text)),
            value @ (Value::Number(_) | Value::Bool(_)) if !self.strict => Some(Cow::Owned(value.to_string())),
            _ => {
                self.invalid(name, format!("{name} is not a string"));
                None
            }
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.require(name)?;
        self.text(name).filter(|text| {
            let filled = !text.trim().is_empty();
            if !filled {
                self.missing(name);
            }
            filled
        })
    }

    /// A map of names to strings.
    pub(super) fn texts(&self, name: &str) {
        let Some(map) = self.child(name) else { return };
        for key in map.object.keys() {
            map.text(key);
        }
    }

    /// One of a fixed list of words.
    pub(super) fn choice(&self, name: &str, words: &[&str]) -> Option<Cow<'a, str>> {
        self.text(name).filter(|text| {
            let known = words.contains(&text.as_ref());
            if !known {
                self.invalid(name, format!("{name} is not one of {}", words.join(", ")));
            }
            known
        })
    }

    pub(super) fn required_choice(&self, name: &str, words: &[&str]) -> Option<Cow<'a, str>> {
        self.require(name)?;
        self.choice(name, words)
    }

    /// An integer of 32 bits; when lenient also one in a string, and a fraction, which is cut off.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        let value = self.value(name)?;
        let lenient = || match value {
            Value::String(text) => text.trim().parse().ok(),
            // Cut off as Jackson does; the range is checked below.
            #[allow(clippy::cast_possible_truncation, reason = "a saturating cast, held against the range below")]
            Value::Number(number) => number.as_f64().map(|number| number as i64),
            _ => None,
        };
        let number = value.as_i64().or_else(|| if self.strict { None } else { lenient() });
        let number = number.filter(|number| i32::try_from(*number).is_ok());
        if number.is_none() {
            self.invalid(name, format!("{name} is not an integer"));
        }
        number
    }

    pub(super) fn required_integer(&self, name: &str) -> Option<i64> {
        self.require(name)?;
        self.integer(name)
    }

    /// A truth value; when lenient also in a string, and a number, where zero is false.
    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        let lenient = || match value {
            Value::String(text) => match text.trim() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            Value::Number(number) => number.as_i64().map(|number| number != 0),
            _ => None,
        };
        value.as_bool().or_else(|| if self.strict { None } else { lenient() }).or_else(|| {
            self.invalid(name, format!("{name} is not true or false"));
            None
        })
    }

    pub(super) fn required_boolean(&self, name: &str) -> Option<bool> {
        self.require(name)?;
        self.boolean(name)
    }

    pub(super) fn child(&self, name: &str) -> Option<Self> {
        let value = self.value(name)?;
        let Some(object) = value.as_object() else {
            self.invalid(name, format!("{name} is not an object"));
            return None;
        };
        Some(Self { object, path: format!("{}/{name}", self.path), ..self.clone() })
    }

    pub(super) fn required_object(&self, name: &str) -> Option<Self> {
        self.require(name)?;
        self.child(name)
    }

    /// An array of objects; a lone object in its place is not one.
    pub(super) fn array(&self, name: &str) -> Vec<Self> {
        let Some(value) = self.value(name) else { return Vec::new() };
        let Some(items) = value.as_array() else {
            self.invalid(name, format!("{name} is not an array"));
            return Vec::new();
        };
        let mut nodes = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.as_object() {
                Some(object) => {
                    let path = format!("{}/{name}/{index}", self.path);
                    nodes.push(Self { object, path, ..self.clone() });
                }
                None => self.invalid(&format!("{name}/{index}"), format!("an item of {name} is not an object")),
            }
        }
        nodes
    }

    /// Refuses a text of more than `max` characters.
    pub(super) fn at_most(&self, name: &str, max: usize) {
        if self.value(name).and_then(Value::as_str).is_some_and(|text| text.chars().count() > max) {
            self.invalid(name, format!("{name} has more than {max} characters"));
        }
    }

    /// Refuses members that the schema does not know, when judged by schema.
    pub(super) fn only(&self, names: &[&str]) {
        if !self.strict {
            return;
        }
        for name in self.object.keys().filter(|name| !names.contains(&name.as_str())) {
            self.invalid(name, "the schema of the network does not know this member");
        }
    }

    pub(super) fn require(&self, name: &str) -> Option<()> {
        if self.has(name) {
            return Some(());
        }
        self.missing(name);
        None
    }
}
