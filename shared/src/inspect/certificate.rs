//! Certificates: whose they are, for how long, for what, and whether they lead to a trusted root.

use super::{Node, Options, Seen, asn1};
use crate::finding::{Finding, Rule};
use crate::pki::{self, Certificate};

pub(super) fn certificates(bytes: &[u8], options: &Options) -> Seen {
    let chain = match chain(bytes) {
        Ok(chain) => chain,
        Err(finding) => return Seen { tree: asn1::tree(bytes, 0).unwrap_or_default(), ..Seen::broken(finding) },
    };
    let mut seen = Seen { unchecked: options.policy.is_none(), ..Seen::default() };
    for certificate in &chain {
        seen.tree.push(node(certificate));
    }
    if let (Some(policy), Some((leaf, extra))) = (&options.policy, chain.split_first()) {
        seen.findings.extend(pki::validate(leaf, extra, &policy.path).findings);
    }
    seen
}

fn chain(bytes: &[u8]) -> Result<Vec<Certificate>, Finding> {
    if bytes.first() == Some(&0x30) {
        return Certificate::from_der(bytes).map(|certificate| vec![certificate]);
    }
    Certificate::chain_from_pem(&String::from_utf8_lossy(bytes))
}

fn node(certificate: &Certificate) -> Node {
    let mut node = Node::new(certificate.subject_text(), 0, 0);
    node.children = vec![
        Node::fact("organisation", certificate.organisation().unwrap_or_else(|| "none".to_owned())),
        Node::fact("serial number", certificate.serial_hex()),
        Node::fact("valid from", certificate.not_before().to_string()),
        Node::fact("valid to", certificate.not_after().to_string()),
        Node::fact("SHA-256", certificate.fingerprint_sha256()),
    ];
    let structure = asn1::tree(certificate.der(), 0).unwrap_or_default();
    node.children.push(Node { label: "structure".to_owned(), children: structure, ..Node::default() });
    node
}

/// A private key is recognised and not drawn: nobody needs to see it.
pub(super) fn private_key() -> Seen {
    let mut seen = Seen { unchecked: true, ..Seen::default() };
    seen.findings.push(Finding::warning(Rule::KeyExposed, "a private key in the clear; its content is not shown"));
    seen
}
