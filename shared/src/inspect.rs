//! Looks at any artefact without a key: what it is, a tree of it with byte ranges, and findings.
//!
//! The parsers are those that open messages for real; here they report everything they see instead of stopping.
//! Ours: no standard but that of each kind, which stands at [`Kind`].

mod asic;
mod asn1;
mod certificate;
mod cms;
mod detect;
mod json;
mod jws;
mod xml;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::container::VerifyPolicy;
use crate::finding::{Code, Finding, Severity};
use crate::limits::Limits;

pub use detect::Kind;

/// How deep trees of ASN.1 and JSON are drawn; what is deeper is summed up in its parent. XML may be four times
/// as deep and is refused beyond.
const MAX_DEPTH: usize = 24;

/// How many nodes a tree may have; a display, not a dump.
const MAX_NODES: usize = 4_000;

/// The longest value shown, in characters.
const MAX_VALUE: usize = 240;

/// What to check against.
#[derive(Debug, Default)]
pub struct Options {
    /// Budgets for hostile input: containers, sealed packages and SBD. The artefact itself is in memory already.
    pub limits: Limits,
    /// Trusted roots, revocation lists and time, for containers and certificates. Without them a good signature
    /// is [`Verdict::Unclear`]; that of a bare CMS or JWS always is.
    pub policy: Option<VerifyPolicy>,
}

/// Everything seen in one artefact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What it is, by its content.
    pub kind: Kind,
    /// How sure that is.
    pub confidence: Confidence,
    /// Size of the whole in bytes.
    pub size: u64,
    /// SHA-256 of the whole, 64 digits of lower-case hexadecimal.
    pub sha256: String,
    /// What it consists of, outermost first. A display: long or deep structures are not drawn whole.
    pub tree: Vec<Node>,
    /// What is wrong or worth knowing, gravest first.
    pub findings: Vec<Finding>,
    /// The sum of the findings and of what could not be checked.
    pub verdict: Verdict,
}

/// How sure the recognition is. In JSON `certain`, `likely` or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Recognised, and not found broken as a whole.
    Certain,
    /// The first bytes say so, but the structure is broken.
    Likely,
    /// Nothing was recognised.
    None,
}

/// The verdict of an inspection (ETSI EN 319 102-1, 5.1.3: TOTAL-PASSED, INDETERMINATE, TOTAL-FAILED). In JSON
/// `passed`, `unclear` or `failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything that belongs to this kind was checked and holds.
    Passed,
    /// Something could not be checked: encrypted, no trusted root, no revocation list, a kind that is only
    /// drawn or unknown.
    Unclear,
    /// Something is wrong: the structure is broken, or a finding is an error.
    Failed,
}

/// One part of an artefact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Name or type.
    pub label: String,
    /// Its value for display: text is cut at 240 characters, with `…`, and its control characters stand as `·`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// Its first byte, counted from 0 in the artefact; in a certificate's structure, and in what came as PEM, in
    /// its DER.
    pub offset: u64,
    /// Number of bytes; 0 where the part is no contiguous range. What is encoded in a text carries the range of
    /// that text.
    pub length: u64,
    /// Its parts, in order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub children: Vec<Node>,
}

impl Node {
    fn new(label: impl Into<String>, offset: u64, length: u64) -> Self {
        Self { label: label.into(), value: None, offset, length, children: Vec::new() }
    }

    fn leaf(label: impl Into<String>, value: impl AsRef<str>, offset: u64, length: u64) -> Self {
        Self { value: Some(shorten(value.as_ref())), ..Self::new(label, offset, length) }
    }

    /// A fact about the whole, without a byte range.
    fn fact(label: impl Into<String>, value: impl AsRef<str>) -> Self {
        Self::leaf(label, value, 0, 0)
    }
}

/// What one parser saw.
#[derive(Debug, Default)]
struct Seen {
    tree: Vec<Node>,
    findings: Vec<Finding>,
    /// Something that belongs to this kind was not checked.
    unchecked: bool,
    /// The structure could not be parsed.
    broken: bool,
}

impl Seen {
    fn broken(finding: Finding) -> Self {
        Self { findings: vec![finding], broken: true, ..Self::default() }
    }

    /// What it says was not held against anything.
    fn only_drawn(self) -> Self {
        Self { unchecked: true, ..self }
    }
}

/// Inspects bytes of any kind, whole in memory. Never fails: what cannot be read is a finding.
pub fn inspect(bytes: &[u8], options: &Options) -> Report {
    let armoured = detect::from_pem(bytes);
    let inside = armoured.as_deref().unwrap_or(bytes);
    let kind = detect::detect(inside);
    let mut seen = look(kind, inside, options);
    seen.findings.sort_by_key(|finding| finding.severity);
    Report {
        kind,
        confidence: match (kind, seen.broken) {
            (Kind::Unknown, _) => Confidence::None,
            (_, true) => Confidence::Likely,
            (_, false) => Confidence::Certain,
        },
        size: bytes.len() as u64,
        sha256: hex(&Sha256::digest(bytes)),
        verdict: verdict(kind, &seen),
        tree: seen.tree,
        findings: seen.findings,
    }
}

fn look(kind: Kind, bytes: &[u8], options: &Options) -> Seen {
    match kind {
        Kind::SbdJson => json::sbd(bytes, &options.limits),
        Kind::Json => json::plain(bytes).only_drawn(),
        Kind::Arkivmelding => xml::arkivmelding(bytes),
        Kind::SbdXml => xml::sbd(bytes, &options.limits),
        Kind::AsicManifest | Kind::XadesSignatures | Kind::Manifest => xml::utf8(bytes).only_drawn(),
        Kind::Xml => xml::plain(bytes).only_drawn(),
        Kind::AsicE | Kind::Zip => asic::container(bytes, options),
        Kind::EnvelopedData => cms::enveloped(bytes, &options.limits),
        Kind::SignedData => cms::signed(bytes),
        Kind::Jws | Kind::Jwe => jws::compact(bytes),
        Kind::Certificate | Kind::CertificatePem => certificate::certificates(bytes, options),
        Kind::RevocationList | Kind::Pkcs12 | Kind::Asn1 => asn1::plain(bytes),
        Kind::PrivateKey | Kind::PrivateKeyPem => certificate::private_key(),
        Kind::Pdf | Kind::Unknown => Seen { unchecked: true, ..Seen::default() },
    }
}

fn verdict(kind: Kind, seen: &Seen) -> Verdict {
    let unchecked = seen.unchecked || seen.findings.iter().any(|finding| finding.code == Code::RevocationNotChecked);
    if seen.broken || seen.findings.iter().any(|finding| finding.severity == Severity::Error) {
        Verdict::Failed
    } else if unchecked || kind == Kind::Unknown {
        Verdict::Unclear
    } else {
        Verdict::Passed
    }
}

/// Cuts a value to what a person reads, on a character boundary, and makes control characters visible.
fn shorten(value: &str) -> String {
    let mut short: String = value.chars().take(MAX_VALUE).map(|c| if c.is_control() { '·' } else { c }).collect();
    if value.chars().nth(MAX_VALUE).is_some() {
        short.push('…');
    }
    short
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
