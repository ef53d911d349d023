//! A tree of BER elements: parts are changed, moved, doubled and rewritten in other forms, lengths always fit.

use konvolutt_shared::seal::ber::{Reader, Tag, write};

use super::{Dice, Raw, raw_change};

/// Identifier octets worth trying.
const TAGS: &[u8] =
    &[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x17, 0x18, 0x24, 0x30, 0x31, 0x80, 0x81, 0xA0, 0xA1, 0xA2];

/// The most copies made at once.
const COPIES: usize = 200;

#[derive(Clone)]
struct Node {
    tag: u8,
    indefinite: bool,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Bytes(Vec<u8>),
    /// Elements; of a constructed type, or wrapped in a primitive string.
    Nodes(Vec<Node>),
}

pub(super) fn change(bytes: &[u8], dice: &mut Dice, raw: Raw) -> Option<Vec<u8>> {
    let mut nodes = parse(&mut Reader::new(bytes))?;
    for _ in 0..=dice.roll(2) {
        let donor = pick(&nodes, dice)?.clone();
        let count = count(&nodes);
        let mut chosen = dice.roll(count);
        alter(&mut nodes, &mut chosen, &donor, dice, raw);
    }
    let mut out = Vec::with_capacity(bytes.len() + 64);
    nodes.iter().for_each(|node| node.write(&mut out));
    Some(out)
}

fn parse(reader: &mut Reader<'_>) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    while let Some(element) = reader.next().ok()? {
        let body = if element.tag.is_constructed() {
            Body::Nodes(parse(&mut element.children())?)
        } else if element.tag == Tag::OCTET_STRING && element.content.len() > 2 && element.content[0] & 0x20 != 0 {
            match parse(&mut element.children()) {
                Some(inner) => Body::Nodes(inner),
                None => Body::Bytes(element.content.to_vec()),
            }
        } else {
            Body::Bytes(element.content.to_vec())
        };
        let indefinite = element.raw.len() != element.header + element.content.len();
        nodes.push(Node { tag: element.tag.0, indefinite, body });
    }
    Some(nodes)
}

fn count(nodes: &[Node]) -> usize {
    nodes.iter().map(|node| 1 + if let Body::Nodes(inner) = &node.body { count(inner) } else { 0 }).sum()
}

fn pick<'a>(nodes: &'a [Node], dice: &mut Dice) -> Option<&'a Node> {
    let node = dice.pick(nodes)?;
    match &node.body {
        Body::Nodes(inner) if !inner.is_empty() && dice.roll(4) > 0 => pick(inner, dice),
        _ => Some(node),
    }
}

/// Goes to the node of this number, depth first, and changes it. Whether it was found.
fn alter(nodes: &mut Vec<Node>, chosen: &mut usize, donor: &Node, dice: &mut Dice, raw: Raw) -> bool {
    for at in 0..nodes.len() {
        if *chosen == 0 {
            alter_one(nodes, at, donor, dice, raw);
            return true;
        }
        *chosen -= 1;
        if let Body::Nodes(inner) = &mut nodes[at].body
            && alter(inner, chosen, donor, dice, raw)
        {
            return true;
        }
    }
    false
}

fn alter_one(nodes: &mut Vec<Node>, at: usize, donor: &Node, dice: &mut Dice, raw: Raw) {
    match dice.roll(14) {
        0 => drop(nodes.remove(at)),
        1 => nodes.insert(at, nodes[at].clone()),
        2 => {
            let other = dice.roll(nodes.len());
            nodes.swap(at, other);
        }
        3 => nodes[at].tag = *dice.pick(TAGS).unwrap_or(&0x30),
        4 => nodes[at].indefinite = !nodes[at].indefinite && nodes[at].tag & 0x20 != 0,
        5 => nodes[at].segment(dice),
        6 => nodes[at] = donor.clone(),
        7 => nodes.insert(at, donor.clone()),
        8 => nodes[at] = Node { tag: 0x30, indefinite: dice.roll(2) == 0, body: Body::Nodes(vec![nodes[at].clone()]) },
        9 if dice.roll(8) == 0 => {
            let copies = dice.roll(COPIES);
            let copy = nodes[at].clone();
            nodes.splice(at..at, std::iter::repeat_n(copy, copies));
        }
        _ => nodes[at].raw(raw),
    }
}

impl Node {
    fn raw(&mut self, raw: Raw) {
        let mut bytes = match &mut self.body {
            Body::Bytes(bytes) => std::mem::take(bytes),
            Body::Nodes(_) => {
                let mut out = Vec::new();
                self.content(&mut out);
                out
            }
        };
        raw_change(&mut bytes, raw);
        self.body = Body::Bytes(bytes);
    }

    /// An OCTET STRING becomes one in two segments.
    fn segment(&mut self, dice: &mut Dice) {
        let Body::Bytes(bytes) = &self.body else { return };
        let (first, second) = bytes.split_at(dice.roll(bytes.len() + 1));
        let piece = |bytes: &[u8]| Node { tag: 0x04, indefinite: false, body: Body::Bytes(bytes.to_vec()) };
        *self = Self {
            tag: self.tag | 0x20,
            indefinite: dice.roll(2) == 0,
            body: Body::Nodes(vec![piece(first), piece(second)]),
        };
    }

    fn content(&self, out: &mut Vec<u8>) {
        match &self.body {
            Body::Bytes(bytes) => out.extend_from_slice(bytes),
            Body::Nodes(nodes) => nodes.iter().for_each(|node| node.write(out)),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        if self.indefinite && self.tag & 0x20 != 0 {
            out.extend_from_slice(&[self.tag, 0x80]);
            self.content(out);
            out.extend_from_slice(&write::END_OF_CONTENTS);
        } else {
            let mut content = Vec::new();
            self.content(&mut content);
            write::der_tlv(self.tag, &content, out);
        }
    }
}
