//! A small tree of an XML document that keeps prefixes, as canonicalisation needs and most tree crates do not.
//!
//! Entities beyond the five predefined ones cannot occur, because a document type declaration is refused. Comments
//! are dropped: every canonicalisation we accept omits them.

use quick_xml::events::attributes::Attribute as RawAttribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::finding::{Finding, Place, Rule};

/// The namespace that `xml:` always means.
pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

const MAX_DEPTH: usize = 64;
const MAX_ELEMENTS: usize = 100_000;
const MAX_ATTRIBUTES: usize = 256;
/// Namespace declarations that hold at one place; each name with a prefix is looked up among them.
const MAX_DECLARATIONS: usize = 256;

/// Index of an element in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(usize);

/// A parsed document.
#[derive(Debug)]
pub(crate) struct Document {
    elements: Vec<Element>,
}

/// One element.
#[derive(Debug)]
pub(crate) struct Element {
    /// Prefix and local name as written.
    pub(crate) name: String,
    /// Namespace name; empty if none.
    pub(crate) namespace: String,
    pub(crate) attributes: Vec<Attribute>,
    /// Declarations on this very element: prefix (empty for the default) and namespace name.
    pub(crate) declarations: Vec<(String, String)>,
    pub(crate) parent: Option<Id>,
    pub(crate) children: Vec<Child>,
    /// First byte of its start tag.
    pub(crate) offset: u64,
}

/// An attribute that is no namespace declaration.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) value: String,
}

/// What an element holds, in order.
#[derive(Debug)]
pub(crate) enum Child {
    Element(Id),
    Text(String),
    /// A processing instruction as it is written canonically: the target, and its data behind one space.
    Instruction(String),
}

impl Element {
    /// The name without prefix.
    pub(crate) fn local(&self) -> &str {
        local(&self.name)
    }

    /// The value of an attribute without namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.as_str())
    }
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

impl Document {
    /// Parses UTF-8 text. `path` names the document in findings.
    ///
    /// # Errors
    /// [`Rule::ManifestXml`]: not well-formed, a document type declaration, or beyond the budgets.
    pub(crate) fn parse(bytes: &[u8], path: &str) -> Result<Self, Finding> {
        let malformed = |message: &str, offset: u64| {
            Rule::ManifestXml.broken().seen(message).at(Place::bytes(format!("asic:/{path}"), offset, 0))
        };
        let text = std::str::from_utf8(bytes).map_err(|error| malformed("not UTF-8", error.valid_up_to() as u64))?;
        let mut builder = Builder { reader: Reader::from_str(text), elements: Vec::new(), open: Vec::new() };
        builder.run().map_err(|(message, offset)| malformed(message, offset))?;
        Ok(Self { elements: builder.elements })
    }

    pub(crate) fn root(&self) -> Id {
        Id(0)
    }

    pub(crate) fn get(&self, id: Id) -> &Element {
        &self.elements[id.0]
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.elements.len()).map(Id)
    }

    /// The child elements with this local name in this namespace.
    pub(crate) fn children<'a>(&'a self, of: Id, namespace: &'a str, name: &'a str) -> impl Iterator<Item = Id> + 'a {
        self.get(of).children.iter().filter_map(move |child| match child {
            Child::Element(id) if self.is(*id, namespace, name) => Some(*id),
            _ => None,
        })
    }

    /// The only child with this name; `None` if there is none or more than one.
    pub(crate) fn only(&self, of: Id, namespace: &str, name: &str) -> Option<Id> {
        let mut found = self.children(of, namespace, name);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    pub(crate) fn is(&self, id: Id, namespace: &str, name: &str) -> bool {
        let element = self.get(id);
        element.local() == name && element.namespace == namespace
    }

    /// The text directly inside.
    pub(crate) fn text(&self, id: Id) -> String {
        self.get(id)
            .children
            .iter()
            .filter_map(|child| if let Child::Text(text) = child { Some(text.as_str()) } else { None })
            .collect()
    }

    /// What an element lies in, the innermost first.
    pub(crate) fn above(&self, id: Id) -> impl Iterator<Item = &Element> {
        std::iter::successors(self.get(id).parent, |id| self.get(*id).parent).map(move |id| self.get(id))
    }

    /// The namespace a prefix means at an element.
    pub(crate) fn resolve(&self, at: Id, prefix: &str) -> Option<&str> {
        resolve(&self.elements, Some(at), prefix)
    }
}

fn resolve<'a>(elements: &'a [Element], at: Option<Id>, prefix: &str) -> Option<&'a str> {
    if prefix == "xml" {
        return Some(XML_NAMESPACE);
    }
    let mut next = at;
    while let Some(id) = next {
        let element = &elements[id.0];
        if let Some((_, uri)) = element.declarations.iter().find(|(declared, _)| declared == prefix) {
            return Some(uri);
        }
        next = element.parent;
    }
    prefix.is_empty().then_some("")
}

struct Builder<'a> {
    reader: Reader<&'a [u8]>,
    elements: Vec<Element>,
    open: Vec<Id>,
}

type Trouble = (&'static str, u64);

impl Builder<'_> {
    fn run(&mut self) -> Result<(), Trouble> {
        loop {
            let offset = self.reader.buffer_position();
            let event = self.reader.read_event().map_err(|_| ("not well-formed", offset))?;
            match event {
                Event::Start(start) => self.start(&start, offset).map(|id| self.open.push(id))?,
                Event::Empty(start) => self.start(&start, offset).map(|_| ())?,
                Event::End(_) => self.open.pop().map(|_| ()).ok_or(("not well-formed", offset))?,
                Event::Text(text) => self.text(&text.xml10_content(), offset)?,
                Event::CData(text) => self.text(&text.xml10_content(), offset)?,
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref() {
                        Ok(Some(character)) if is_xml_char(character) => character.to_string(),
                        Ok(None) => predefined(&reference).ok_or(("an undeclared entity", offset))?.to_owned(),
                        _ => return Err(("a character that XML does not allow", offset)),
                    };
                    self.text(&character, offset)?;
                }
                Event::PI(instruction) => {
                    let content = instruction_text(&instruction, offset)?;
                    if let Some(open) = self.open.last() {
                        self.elements[open.0].children.push(Child::Instruction(content));
                    }
                }
                Event::DocType(_) => return Err(("a document type declaration is not allowed", offset)),
                Event::Comment(_) | Event::Decl(_) => {}
                Event::Eof => break,
            }
        }
        if self.open.is_empty() && !self.elements.is_empty() {
            Ok(())
        } else {
            Err(("the document ends inside an element", self.reader.buffer_position()))
        }
    }

    fn text(&mut self, text: &str, offset: u64) -> Result<(), Trouble> {
        if !text.chars().all(is_xml_char) {
            return Err(("a character that XML does not allow", offset));
        }
        let Some(open) = self.open.last() else {
            return if text.trim().is_empty() { Ok(()) } else { Err(("text outside the root element", offset)) };
        };
        let children = &mut self.elements[open.0].children;
        match children.last_mut() {
            Some(Child::Text(before)) => before.push_str(text),
            _ => children.push(Child::Text(text.to_owned())),
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>, offset: u64) -> Result<Id, Trouble> {
        if self.open.len() >= MAX_DEPTH || self.elements.len() >= MAX_ELEMENTS {
            return Err(("nested too deep or too many elements", offset));
        }
        let parent = self.open.last().copied();
        if parent.is_none() && !self.elements.is_empty() {
            return Err(("more than one root element", offset));
        }
        let id = Id(self.elements.len());
        let (declarations, attributes) = attributes(start, offset)?;
        let around: usize = self.open.iter().map(|id| self.elements[id.0].declarations.len()).sum();
        if around + declarations.len() > MAX_DECLARATIONS {
            return Err(("too many namespaces", offset));
        }
        self.elements.push(Element {
            name: start.name().as_ref().to_owned(),
            namespace: String::new(),
            attributes,
            declarations,
            parent,
            children: Vec::new(),
            offset,
        });
        self.qualify(id).ok_or(("a prefix without a namespace, or an attribute twice", offset))?;
        if let Some(parent) = parent {
            self.elements[parent.0].children.push(Child::Element(id));
        }
        Ok(id)
    }

    /// Sets the namespace names of a new element and its attributes, which must then differ (Namespaces in XML, 6.3).
    fn qualify(&mut self, id: Id) -> Option<()> {
        let namespace = resolve(&self.elements, Some(id), prefix(&self.elements[id.0].name))?.to_owned();
        let mut namespaces = Vec::new();
        for attribute in &self.elements[id.0].attributes {
            let prefix = prefix(&attribute.name);
            namespaces.push(if prefix.is_empty() { "" } else { resolve(&self.elements, Some(id), prefix)? }.to_owned());
        }
        let element = &mut self.elements[id.0];
        element.namespace = namespace;
        for (attribute, namespace) in element.attributes.iter_mut().zip(namespaces) {
            attribute.namespace = namespace;
        }
        let mut names: Vec<_> = element.attributes.iter().map(|a| (a.namespace.as_str(), local(&a.name))).collect();
        names.sort_unstable();
        names.windows(2).all(|pair| pair[0] != pair[1]).then_some(())
    }
}

/// XML 1.0, 2.6 and 2.11: what stands between target and data is no data, and lines end in one way.
fn instruction_text(content: &str, offset: u64) -> Result<String, Trouble> {
    if !content.chars().all(is_xml_char) {
        return Err(("a character that XML does not allow", offset));
    }
    let space = [' ', '\t', '\r', '\n'];
    let content = content.replace("\r\n", "\n").replace('\r', "\n");
    let (target, data) = content.split_once(space).unwrap_or((&content, ""));
    let data = data.trim_start_matches(space);
    Ok(if data.is_empty() { target.to_owned() } else { format!("{target} {data}") })
}

type Attributes = (Vec<(String, String)>, Vec<Attribute>);

fn attributes(start: &BytesStart<'_>, offset: u64) -> Result<Attributes, Trouble> {
    let (mut declarations, mut attributes) = (Vec::new(), Vec::new());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| ("a malformed attribute", offset))?;
        let value = value(&attribute).ok_or(("a malformed attribute value", offset))?;
        let name = attribute.key.as_ref().to_owned();
        match name.strip_prefix("xmlns") {
            Some("") => declarations.push((String::new(), value)),
            Some(declared) if declared.starts_with(':') => {
                if value.is_empty() {
                    return Err(("a prefix without a namespace", offset));
                }
                declarations.push((declared[1..].to_owned(), value));
            }
            _ => attributes.push(Attribute { name, namespace: String::new(), value }),
        }
        if attributes.len() + declarations.len() > MAX_ATTRIBUTES {
            return Err(("too many attributes", offset));
        }
    }
    Ok((declarations, attributes))
}

fn value(attribute: &RawAttribute<'_>) -> Option<String> {
    if attribute.value.contains('<') {
        return None;
    }
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
    value.chars().all(is_xml_char).then(|| value.into_owned())
}

fn predefined(name: &str) -> Option<&'static str> {
    match name {
        "lt" => Some("<"),
        "gt" => Some(">"),
        "amp" => Some("&"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        _ => None,
    }
}

/// `Char` of XML 1.0, 2.2.
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
