//! A JSON object with its path, which tells what is missing or of the wrong kind as it is read.

use std::cell::RefCell;

use serde_json::{Map, Value};

use crate::finding::{Code, Finding, Place};

/// Findings in the order they are made.
#[derive(Debug, Default)]
pub(super) struct Findings(RefCell<Vec<Finding>>);

impl Findings {
    pub(super) fn push(&self, finding: Finding) {
        self.0.borrow_mut().push(finding);
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.0.into_inner()
    }
}

/// An object somewhere in the document. JSON `null` counts as absent, as in the reference.
#[derive(Clone)]
pub(super) struct Node<'a> {
    object: &'a Map<String, Value>,
    path: String,
    findings: &'a Findings,
}

impl<'a> Node<'a> {
    pub(super) fn root(object: &'a Map<String, Value>, findings: &'a Findings) -> Self {
        Self { object, path: "sbd:".to_owned(), findings }
    }

    pub(super) fn object(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// Says what is wrong with a member, or with the object itself when `name` is empty.
    pub(super) fn refuse(&self, code: Code, name: &str, message: impl Into<String>) {
        self.findings.push(Finding::error(code, message).at(self.place(name)));
    }

    pub(super) fn invalid(&self, name: &str, message: impl Into<String>) {
        self.refuse(Code::SbdFieldInvalid, name, message);
    }

    fn missing(&self, name: &str) {
        self.refuse(Code::SbdFieldMissing, name, format!("{name} is missing"));
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

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        let value = self.value(name)?;
        value.as_str().or_else(|| {
            self.invalid(name, format!("{name} is not a string"));
            None
        })
    }

    pub(super) fn required_text(&self, name: &str) -> Option<&'a str> {
        self.require(name)?;
        self.text(name).filter(|text| {
            let filled = !text.trim().is_empty();
            if !filled {
                self.missing(name);
            }
            filled
        })
    }

    /// One of a fixed list of words.
    pub(super) fn choice(&self, name: &str, words: &[&str]) -> Option<&'a str> {
        self.text(name).filter(|text| {
            let known = words.contains(text);
            if !known {
                self.invalid(name, format!("{name} is not one of {}", words.join(", ")));
            }
            known
        })
    }

    pub(super) fn required_choice(&self, name: &str, words: &[&str]) -> Option<&'a str> {
        self.require(name)?;
        self.choice(name, words)
    }

    /// An integer; like the reference also one in a string.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        let value = self.value(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok()).or_else(|| {
            self.invalid(name, format!("{name} is not an integer"));
            None
        })
    }

    pub(super) fn required_integer(&self, name: &str) -> Option<i64> {
        self.require(name)?;
        self.integer(name)
    }

    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        value.as_bool().or_else(|| {
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
        Some(Self { object, path: format!("{}/{name}", self.path), findings: self.findings })
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
                    nodes.push(Self { object, path, findings: self.findings });
                }
                None => self.invalid(&format!("{name}/{index}"), format!("an item of {name} is not an object")),
            }
        }
        nodes
    }

    /// The text, when it has at most `max` characters.
    pub(super) fn at_most(&self, name: &str, max: usize) {
        if self.value(name).and_then(Value::as_str).is_some_and(|text| text.chars().count() > max) {
            self.invalid(name, format!("{name} has more than {max} characters"));
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
