//! Every refusal is a value.
//!
//! A [`Finding`] says what is wrong, where, by which rule, what was seen and what to do. Portal, widget, lab,
//! relay (as `application/problem+json`, RFC 9457) and command line show the same value; only the language
//! differs. Findings, their codes and the numbers of the rules are ours: no standard. Where a rule has one,
//! [`Rule::spec`] names it.

mod bounded;
mod code;
mod rule;

pub use bounded::Findings;
pub use code::Code;
pub use rule::Rule;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use bounded::shortened;

/// How much a finding weighs. The order is the rank: the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something that refuses the whole.
    Error,
    /// Allowed, but somebody should know.
    Warning,
    /// An observation; nobody needs to do anything.
    Info,
}

/// Where a finding was made: a path inside the artefact and, if known, a byte range.
///
/// Written `asic:/manifest.xml@412`: layer, path inside it, offset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Layer and path, for example `asic:/META-INF/ASiCManifest.xml` or `sbd:/standardBusinessDocumentHeader/sender`.
    pub path: String,
    /// First byte, counted from 0 at the start of the layer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offset: Option<u64>,
    /// Number of bytes from there; 0 for a point between two.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub length: Option<u64>,
}

impl Place {
    /// A place without a byte range. The path is a layer and a path inside it, as in `asic:/manifest.xml`.
    pub fn path(path: impl Into<String>) -> Self {
        Self { path: shortened(path), offset: None, length: None }
    }

    /// A place with a byte range: the first byte, counted from 0 at the start of the layer, and the number of
    /// bytes.
    pub fn bytes(path: impl Into<String>, offset: u64, length: u64) -> Self {
        Self { path: shortened(path), offset: Some(offset), length: Some(length) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match self.offset {
            Some(offset) => write!(f, "@{offset}"),
            None => Ok(()),
        }
    }
}

/// One thing that is wrong or worth knowing. Whatever text is given to its functions, path included, is cut at 512 characters,
/// with `…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", from = "Kept")]
pub struct Finding {
    /// The stable code, for programs and for texts in the user's language.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// The rule that was broken, by its number, for example `Z04`. One that was kept from before findings had
    /// rules has the first rule of its code.
    pub rule: Rule,
    /// Where it was found, if it is about a place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// The clause that decides, for example `RFC 5652, 6.1`: the rule's, or a nearer one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub spec: Option<String>,
    /// What happened, in English, for developers and logs. Holds no document content and no identity number.
    pub message: String,
    /// What was seen, against what was expected. Never document content.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<String>,
    /// What to do, in English. The user interface has its own texts by code.
    pub advice: String,
    /// Values that a text needs: file name, limit, suggestion. Never document content.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub params: BTreeMap<String, String>,
}

impl Finding {
    /// An error: the rule is broken in this way. `message` is English and holds no document content.
    pub fn error(rule: Rule, message: impl Into<String>) -> Self {
        Self {
            code: rule.code(),
            severity: Severity::Error,
            rule,
            place: None,
            spec: Some(rule.spec().to_owned()),
            message: shortened(message),
            evidence: None,
            advice: rule.advice().to_owned(),
            params: BTreeMap::new(),
        }
    }

    /// The same as a warning, which does not refuse.
    pub fn warning(rule: Rule, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, message) }
    }

    /// The same as an observation, which does not refuse.
    pub fn info(rule: Rule, message: impl Into<String>) -> Self {
        Self { severity: Severity::Info, ..Self::error(rule, message) }
    }

    /// The same finding with a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        // Once more, for a place that was put together by hand.
        self.place = Some(Place { path: shortened(place.path), ..place });
        self
    }

    /// The same finding with what was seen; never document content or an identity number.
    #[must_use]
    pub fn seen(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = Some(shortened(evidence));
        self
    }

    /// The same finding with another clause that decides, nearer than the rule's: a standard and its section.
    #[must_use]
    pub fn by(mut self, spec: &str) -> Self {
        self.spec = Some(spec.to_owned());
        self
    }

    /// The same finding with a value for its text under this key; it takes the place of one that was there.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.params.insert(key.to_owned(), shortened(value));
        self
    }

    /// Whether this refuses the whole.
    pub fn refuses(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Whether this leaves the verdict open: nothing is wrong, but something that decides could not be checked.
    pub fn leaves_open(&self) -> bool {
        matches!(self.code, Code::RevocationNotChecked | Code::SignerExpiredSince) && !self.refuses()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        if let Some(evidence) = &self.evidence {
            write!(f, ": {evidence}")?;
        }
        write!(f, " [{}]", self.rule)?;
        match &self.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Finding {}

/// A finding as it is read: those that were kept before every finding had a rule have none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    code: Code,
    severity: Severity,
    rule: Option<Rule>,
    place: Option<Place>,
    spec: Option<String>,
    message: String,
    evidence: Option<String>,
    advice: String,
    #[serde(default)]
    params: BTreeMap<String, String>,
}

impl From<Kept> for Finding {
    fn from(kept: Kept) -> Self {
        let Kept { code, severity, rule, place, spec, message, evidence, advice, params } = kept;
        let rule = rule.unwrap_or_else(|| Rule::of(code));
        Self { code, severity, rule, place, spec, message, evidence, advice, params }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_without_a_rule_is_read() {
        let finding = Rule::ZipHeaders.broken().at(Place::path("asic:/")).with("a", "b");
        let mut kept = serde_json::to_value(&finding).unwrap();
        assert_eq!(kept["rule"], "Z04");
        assert_eq!(serde_json::from_value::<Finding>(kept.clone()).unwrap(), finding);
        kept.as_object_mut().unwrap().remove("rule");
        let old: Finding = serde_json::from_value(kept).unwrap();
        assert_eq!((old.code, old.rule), (Code::ZipInconsistent, Rule::ZipGap));
    }
}
