//! Trees of XML with byte ranges. A document type declaration is a finding, never followed.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{MAX_DEPTH, MAX_NODES, Node, Seen};
use crate::finding::{Finding, Place, Rule};
use crate::limits::Limits;
use crate::{archive, sbd};

pub(super) fn arkivmelding(bytes: &[u8]) -> Seen {
    let mut seen = plain(bytes);
    match archive::read(bytes) {
        Ok((_, findings)) => seen.findings.extend(findings),
        Err(finding) if !seen.broken => seen.findings.push(finding),
        Err(_) => {}
    }
    seen
}

pub(super) fn sbd(bytes: &[u8], limits: &Limits) -> Seen {
    if bytes.len() as u64 > limits.metadata_bytes {
        return Seen::broken(Finding::error(Rule::DocumentSize, "the document is larger than an SBD may be"));
    }
    let mut seen = plain(bytes);
    if !seen.broken {
        // Time does not enter: an inspected document may be old.
        seen.findings.extend(sbd::validate(bytes, None));
    }
    seen
}

/// XML in any encoding that archive systems write.
pub(super) fn plain(bytes: &[u8]) -> Seen {
    let text = archive::encoding::text(bytes);
    let Some(decoded) = &text else {
        return Seen::broken(Finding::error(Rule::ManifestXml, "the text is not in an encoding that is read"));
    };
    let mut seen = drawn(decoded);
    place(&mut seen, |offset| archive::encoding::place(bytes, text.as_ref(), offset));
    seen
}

/// XML that is read as UTF-8 alone: what stands in META-INF.
pub(super) fn utf8(bytes: &[u8]) -> Seen {
    match std::str::from_utf8(bytes) {
        Ok(text) => drawn(text),
        Err(error) => Seen::broken(malformed("not UTF-8", error.valid_up_to() as u64)),
    }
}

fn drawn(text: &str) -> Seen {
    match Drawing::new(text).draw() {
        Ok(tree) => Seen { tree, ..Seen::default() },
        Err(finding) => Seen::broken(finding),
    }
}

/// Turns places in the text into those in the file; what has none there has no range.
fn place(seen: &mut Seen, to: impl Fn(u64) -> Option<u64>) {
    fn all(nodes: &mut [Node], to: &impl Fn(u64) -> Option<u64>) {
        for node in nodes {
            match to(node.offset) {
                // A fact has no range.
                _ if node.length == 0 => {}
                Some(offset) => node.offset = offset,
                None => (node.offset, node.length) = (0, 0),
            }
            all(&mut node.children, to);
        }
    }
    all(&mut seen.tree, &to);
    for place in seen.findings.iter_mut().filter_map(|finding| finding.place.as_mut()) {
        place.offset = place.offset.and_then(&to);
        place.length = place.length.filter(|_| place.offset.is_some());
    }
}

struct Drawing<'a> {
    reader: Reader<&'a [u8]>,
    open: Vec<Node>,
    roots: Vec<Node>,
    /// How many were begun, attributes among them.
    nodes: usize,
}

impl<'a> Drawing<'a> {
    fn new(text: &'a str) -> Self {
        Self { reader: Reader::from_str(text), open: Vec::new(), roots: Vec::new(), nodes: 0 }
    }

    fn draw(mut self) -> Result<Vec<Node>, Finding> {
        loop {
            let start = self.reader.buffer_position();
            let event = self.reader.read_event().map_err(|_| malformed("not well-formed", start))?;
            let end = self.reader.buffer_position();
            match event {
                Event::Start(element) => {
                    if self.open.len() >= MAX_DEPTH * 4 {
                        return Err(malformed("nested too deep", start));
                    }
                    let node = self.node(&element, start, end);
                    self.open.push(node);
                }
                Event::Empty(element) => {
                    let node = self.node(&element, start, end);
                    self.close(node);
                }
                Event::End(_) => {
                    let Some(mut node) = self.open.pop() else { return Err(malformed("not well-formed", start)) };
                    node.length = end - node.offset;
                    self.close(node);
                }
                Event::Text(text) => self.text(&text),
                Event::GeneralRef(_) => self.text("&…;"),
                Event::DocType(_) => return Err(malformed("a document type declaration is not allowed", start)),
                Event::Eof => break,
                _ => {}
            }
        }
        if self.open.is_empty() && !self.roots.is_empty() {
            Ok(self.roots)
        } else {
            Err(malformed("the document ends inside an element", self.reader.buffer_position()))
        }
    }

    fn text(&mut self, text: &str) {
        let text = text.trim();
        if let (Some(node), false) = (self.open.last_mut(), text.is_empty()) {
            let joined = node.value.take().unwrap_or_default() + text;
            node.value = Some(super::shorten(&joined));
        }
    }

    /// What was begun beyond the budget is left out, and only that: what lies around it is drawn.
    fn close(&mut self, node: Node) {
        let Some(node) = Some(node).filter(|node| !node.label.is_empty()) else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.roots.push(node),
        }
    }

    /// A part with its attributes; one without a name beyond the budget, which [`close`](Self::close) leaves out.
    fn node(&mut self, element: &BytesStart<'_>, start: u64, end: u64) -> Node {
        if self.nodes >= MAX_NODES {
            return Node::default();
        }
        let mut node = Node::new(element.name().as_ref(), start, end - start);
        for attribute in element.attributes().flatten().take(MAX_NODES - self.nodes) {
            let name = format!("@{}", attribute.key.as_ref());
            node.children.push(Node::leaf(name, &attribute.value, start, end - start));
        }
        self.nodes += 1 + node.children.len();
        if self.nodes >= MAX_NODES {
            node.children.push(Node::fact("…", "not drawn: too many parts"));
        }
        node
    }
}

fn malformed(message: &str, offset: u64) -> Finding {
    Finding::error(Rule::ManifestXml, message).at(Place::bytes("xml:/", offset, 0)).by("W3C XML 1.0, 2.1")
}
