//! Compact JWS and JWE: header and payload as trees, the signature checked against `x5c` where it is there.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{Node, Seen, json};
use crate::finding::{Finding, Place, Rule};
use crate::jws;
use crate::pki::Certificate;

pub(super) fn compact(bytes: &[u8]) -> Seen {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    let names: &[&str] = if text.matches('.').count() == 4 {
        &["header", "encrypted key", "initialization vector", "ciphertext", "tag"]
    } else {
        &["header", "payload", "signature"]
    };
    let mut seen = Seen { unchecked: true, ..Seen::default() };
    let mut offset = 0;
    for (part, name) in text.split('.').zip(names) {
        seen.tree.push(segment(part, name, offset, &mut seen.findings));
        offset += part.len() as u64 + 1;
    }
    if names.len() == 3 {
        check(text, &mut seen);
    }
    seen
}

fn segment(part: &str, name: &str, offset: u64, findings: &mut Vec<Finding>) -> Node {
    let mut node = Node::new(name, offset, part.len() as u64);
    match URL_SAFE_NO_PAD.decode(part) {
        Ok(decoded) => match std::str::from_utf8(&decoded) {
            Ok(inner) if inner.starts_with('{') => node.children = ranges_of(part, offset, inner),
            Ok(inner) if name == "payload" => node.value = Some(super::shorten(inner)),
            _ => node.value = Some(format!("{} bytes", decoded.len())),
        },
        Err(_) => findings.push(
            Finding::error(Rule::EnvelopeText, format!("the {name} is not base64url"))
                .at(Place::bytes(format!("jws:/{name}"), offset, part.len() as u64))
                .by("RFC 7515, 2"),
        ),
    }
    node
}

/// The members of a decoded segment; their bytes lie in the encoded text, so they carry the segment's range.
fn ranges_of(part: &str, offset: u64, inner: &str) -> Vec<Node> {
    fn place(nodes: &mut [Node], offset: u64, length: u64) {
        for node in nodes {
            (node.offset, node.length) = (offset, length);
            place(&mut node.children, offset, length);
        }
    }
    let mut nodes = json::tree(inner, 0).unwrap_or_default();
    place(&mut nodes, offset, part.len() as u64);
    nodes
}

fn check(text: &str, seen: &mut Seen) {
    let parsed = match jws::parse_among(text, jws::Algorithm::ALL) {
        Ok(parsed) => parsed,
        Err(error) => {
            let finding = Finding::error(Rule::EnvelopeText, error.to_string());
            seen.findings.push(finding.at(Place::path("jws:/header")).by("RFC 7515"));
            return;
        }
    };
    let Some(leaf) = signer(text) else {
        seen.tree.push(Node::fact("signature check", "no certificate in x5c: the key is not known here"));
        return;
    };
    seen.tree.push(Node::fact("signer", leaf.subject_text()));
    if !parsed.verify(&leaf) {
        seen.findings.push(
            Finding::error(Rule::StructureSigned, "the signature does not hold under the certificate in x5c")
                .at(Place::path("jws:/signature"))
                .by("RFC 7515, 5.2"),
        );
    }
}

fn signer(text: &str) -> Option<Certificate> {
    let header = URL_SAFE_NO_PAD.decode(text.split('.').next()?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header).ok()?;
    let leaf = STANDARD.decode(header.get("x5c")?.get(0)?.as_str()?).ok()?;
    Certificate::from_der(&leaf).ok()
}
