//! Containers: entries, manifests and signatures, verified as when a message is opened.

use jiff::Timestamp;

use super::{Node, Options, Seen};
use crate::container::zip::{self, Archive, Entry};
use crate::container::{self, Signer, VerifyPolicy};
use crate::finding::{Code, Finding, Rule};
use crate::pki::{Policy, Purpose};

pub(super) fn container(bytes: &[u8], options: &Options) -> Seen {
    let archive = match zip::read(bytes, &options.limits) {
        Ok(archive) => archive,
        Err(findings) => return Seen { findings, broken: true, ..Seen::default() },
    };
    let mut left = options.limits.metadata_bytes;
    let tree = archive.entries().iter().map(|entry| node(&archive, entry, &mut left)).collect();
    let mut seen = Seen { tree, ..Seen::default() };
    let (findings, signer) = verify(bytes, options);
    seen.findings = findings;
    seen.tree.extend(signer.as_ref().map(signature));
    seen.unchecked = seen.findings.iter().any(Finding::leaves_open);
    if options.policy.is_none() {
        let chain = |finding: &Finding| matches!(finding.code, Code::SignerUntrusted);
        seen.unchecked |= seen.findings.iter().any(chain);
        seen.findings.retain(|finding| !chain(finding));
    }
    seen
}

/// Verifies against the given policy; without one everything but the signer's trust is still judged.
fn verify(bytes: &[u8], options: &Options) -> (Vec<Finding>, Option<Signer>) {
    let none = VerifyPolicy {
        // Validity at signing time is the signer's own claim; with no clock given, none is judged.
        path: Policy {
            at: Timestamp::UNIX_EPOCH,
            anchors: Vec::new(),
            intermediates: Vec::new(),
            crls: Vec::new(),
            purpose: Purpose::Sign,
            ..Policy::default()
        },
        sender: None,
        limits: options.limits.clone(),
    };
    let policy = options.policy.as_ref().unwrap_or(&none);
    let (verdict, _) = container::verify::verify(bytes, policy);
    // Without a policy, no clock was given.
    let clockless =
        |finding: &Finding| options.policy.is_none() && matches!(finding.rule, Rule::SignerNotYet | Rule::SignerPast);
    let findings = verdict.findings().iter().filter(|finding| !clockless(finding)).cloned().collect();
    (findings, verdict.signer().cloned())
}

/// An entry. Of metadata, which is small and says what the container claims, the content is drawn, too, as long as it fits in
/// the bytes that are `left` for that; documents stay closed.
fn node(archive: &Archive<'_>, entry: &Entry, left: &mut u64) -> Node {
    let mut node = Node::new(entry.name.clone(), entry.data, entry.compressed);
    node.value = Some(format!("{} bytes", entry.size));
    let is_text = entry.name.ends_with(".xml") && (entry.name.starts_with("META-INF/") || entry.name == "manifest.xml");
    if !is_text {
        return node;
    }
    // Before it is inflated: an entry of a few KiB may become hundreds of MiB.
    let Some(rest) = left.checked_sub(entry.size) else {
        node.children = vec![Node::fact("…", "not drawn: more metadata than is read")];
        return node;
    };
    *left = rest;
    if let Ok(content) = archive.read(entry) {
        let inner = super::xml::utf8(&content);
        node.children = inner.tree;
        // Offsets inside a compressed entry are no offsets of the container.
        clear(&mut node.children);
    }
    node
}

fn clear(nodes: &mut [Node]) {
    for node in nodes {
        (node.offset, node.length) = (0, 0);
        clear(&mut node.children);
    }
}

fn signature(signer: &Signer) -> Node {
    let mut node = Node::new("signer", 0, 0);
    node.value = Some(signer.name.clone());
    node.children = vec![
        Node::fact("organisation", signer.organisation.as_deref().unwrap_or("none")),
        Node::fact("serial number", &signer.serial),
        Node::fact("issuer", &signer.issuer),
        Node::fact("algorithm", format!("{:?}", signer.algorithm)),
    ];
    node.children.extend(signer.signing_time.map(|time| Node::fact("signing time", time.to_string())));
    node
}
