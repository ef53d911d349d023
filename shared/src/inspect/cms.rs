//! CMS: what it was sealed or signed with, and for whom.

use super::{Node, Seen, asn1};
use crate::finding::{Finding, Rule};
use crate::limits::Limits;
use crate::pki::Certificate;
use crate::seal::ber::{Element, Reader, Tag};
use crate::seal::{RecipientInfo, SealReader};

pub(super) fn enveloped(bytes: &[u8], limits: &Limits) -> Seen {
    let mut seen = match asn1::tree(bytes, 0) {
        Ok(tree) => Seen { tree, unchecked: true, ..Seen::default() },
        Err(_) => Seen { unchecked: true, ..Seen::default() },
    };
    // The verdict is the reader's that opens messages, not the tree's: it knows truncation and trailing bytes.
    if let Err(finding) = read(bytes, limits, &mut seen) {
        seen.findings.push(finding);
        seen.broken = seen.tree.is_empty();
    }
    seen
}

fn read(bytes: &[u8], limits: &Limits, seen: &mut Seen) -> Result<(), Finding> {
    let mut reader = SealReader::new(limits);
    let mut ciphertext = Vec::new();
    let pushed = reader.push(bytes, &mut ciphertext);
    if let Some(head) = reader.head() {
        seen.tree.insert(0, Node::fact("content encryption", format!("{:?}", head.parameters.cipher)));
        for recipient in head.recipients.iter().rev() {
            seen.tree.insert(0, Node::fact("recipient", recipient_text(recipient)));
        }
        seen.tree.insert(0, Node::fact("encrypted content", format!("{} bytes", ciphertext.len())));
    }
    pushed?;
    reader.finish().map(|_| ())
}

/// Who it is for, and how the key travels.
fn recipient_text(recipient: &RecipientInfo) -> String {
    match &recipient.transport {
        Ok(transport) => format!("{}, by {transport:?}", recipient.id),
        Err(what) => format!("{}, in a way that is not read: {what}", recipient.id),
    }
}

pub(super) fn signed(bytes: &[u8]) -> Seen {
    let tree = match asn1::tree(bytes, 0) {
        Ok(tree) => tree,
        Err(error) => return Seen::broken(asn1::malformed(error)),
    };
    let mut seen = Seen { tree, unchecked: true, ..Seen::default() };
    let certificates = certificates(bytes);
    if certificates.is_empty() {
        seen.findings.push(Finding::warning(Rule::StructureCertificate, "the structure holds no certificate"));
    }
    for certificate in certificates.iter().rev() {
        seen.tree.insert(0, Node::fact("certificate", certificate.subject_text()));
    }
    seen
}

/// The certificates of a SignedData (RFC 5652, 5.1): the `[0]` of its content.
fn certificates(bytes: &[u8]) -> Vec<Certificate> {
    let walk = || -> Option<Vec<Certificate>> {
        let info = Reader::new(bytes).next().ok()??;
        let content = child(&info, Tag::context(0))?;
        let data = content.children().next().ok()??;
        let set = child(&data, Tag::context(0))?;
        let mut found = Vec::new();
        let mut members = set.children();
        while let Ok(Some(member)) = members.next() {
            found.extend(member.to_der().ok().and_then(|der| Certificate::from_der(&der).ok()));
        }
        Some(found)
    };
    walk().unwrap_or_default()
}

fn child<'a>(parent: &Element<'a>, tag: Tag) -> Option<Element<'a>> {
    let mut children = parent.children();
    while let Ok(Some(child)) = children.next() {
        if child.tag == tag {
            return Some(child);
        }
    }
    None
}
