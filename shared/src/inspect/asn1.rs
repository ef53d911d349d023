//! A tree of any BER or DER.

use const_oid::ObjectIdentifier;
use const_oid::db::DB;

use super::{MAX_DEPTH, MAX_NODES, Node, Seen, hex};
use crate::finding::{Finding, Place, Rule};
use crate::seal::ber::{BerError, Element, Reader, Tag};

/// Names that the object identifier database lacks.
const NAMES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.9.52", "id-aa-CMSAlgorithmProtection"),
    ("2.5.4.97", "organizationIdentifier"),
    ("1.2.840.113549.1.9.16.1.23", "id-ct-authEnvelopedData"),
];

pub(super) fn plain(bytes: &[u8]) -> Seen {
    match tree(bytes, 0) {
        Ok(tree) => Seen { tree, unchecked: true, ..Seen::default() },
        Err(error) => Seen::broken(malformed(error)),
    }
}

/// The elements of an encoding that begins at `base`.
pub(super) fn tree(bytes: &[u8], base: u64) -> Result<Vec<Node>, BerError> {
    let mut budget = MAX_NODES;
    nodes(&mut Reader::at(bytes, base), 0, &mut budget)
}

pub(super) fn malformed(error: BerError) -> Finding {
    Finding::error(Rule::StructureForm, error.to_string()).at(Place::bytes("asn1:/", error.offset, 0)).by("ITU-T X.690")
}

fn nodes(reader: &mut Reader<'_>, depth: usize, budget: &mut usize) -> Result<Vec<Node>, BerError> {
    let mut nodes = Vec::new();
    while let Some(element) = reader.next()? {
        if *budget == 0 {
            nodes.push(Node::leaf("…", "not drawn: too many parts", element.offset, 0));
            break;
        }
        *budget -= 1;
        nodes.push(node(&element, depth, budget)?);
    }
    Ok(nodes)
}

fn node(element: &Element<'_>, depth: usize, budget: &mut usize) -> Result<Node, BerError> {
    let mut node = Node::new(label(element.tag), element.offset, element.raw.len() as u64);
    if element.tag == Tag::OCTET_STRING_CONSTRUCTED || (element.tag == Tag(0xA0) && is_segmented(element)) {
        let octets = element.octets()?;
        node.value = Some(format!("{} bytes in segments", octets.len()));
    } else if element.tag.is_constructed() && depth < MAX_DEPTH {
        node.children = nodes(&mut element.children(), depth + 1, budget)?;
        node.value = Some(format!("{} parts", node.children.len()));
    } else {
        node.value = Some(value(element));
    }
    Ok(node)
}

/// Whether this is `[0] IMPLICIT OCTET STRING` in segments, as sealed content is.
fn is_segmented(element: &Element<'_>) -> bool {
    element.content.len() > 64
        && element.children().next().ok().flatten().is_some_and(|first| first.tag == Tag::OCTET_STRING)
}

fn label(tag: Tag) -> String {
    match tag.0 {
        0x01 => "BOOLEAN".to_owned(),
        0x02 => "INTEGER".to_owned(),
        0x03 => "BIT STRING".to_owned(),
        0x04 | 0x24 => "OCTET STRING".to_owned(),
        0x05 => "NULL".to_owned(),
        0x06 => "OBJECT IDENTIFIER".to_owned(),
        0x0C => "UTF8String".to_owned(),
        0x13 => "PrintableString".to_owned(),
        0x14 => "TeletexString".to_owned(),
        0x16 => "IA5String".to_owned(),
        0x17 => "UTCTime".to_owned(),
        0x18 => "GeneralizedTime".to_owned(),
        0x1E => "BMPString".to_owned(),
        0x30 => "SEQUENCE".to_owned(),
        0x31 => "SET".to_owned(),
        other if other & 0xC0 == 0x80 => format!("[{}]", other & 0x1F),
        other => format!("tag {other:#04x}"),
    }
}

fn value(element: &Element<'_>) -> String {
    match element.tag {
        Tag::OID => element.oid().map_or_else(|_| hex(element.content), name),
        Tag::INTEGER => element.unsigned().map_or_else(|_| hex(element.content), |number| number.to_string()),
        Tag::BOOLEAN => (element.content != [0]).to_string(),
        Tag::NULL => String::new(),
        Tag(0x0C | 0x13 | 0x14 | 0x16 | 0x17 | 0x18) => super::shorten(&String::from_utf8_lossy(element.content)),
        _ => {
            let head = &element.content[..element.content.len().min(24)];
            let more = if element.content.len() > head.len() { "…" } else { "" };
            format!("{} bytes: {}{more}", element.content.len(), hex(head))
        }
    }
}

/// The name of an object identifier, with its dotted form.
pub(super) fn name(oid: ObjectIdentifier) -> String {
    let dotted = oid.to_string();
    let known = NAMES.iter().find(|(known, _)| *known == dotted).map(|(_, name)| *name);
    match known.or_else(|| DB.by_oid(&oid)) {
        Some(name) => format!("{name} ({dotted})"),
        None => dotted,
    }
}
