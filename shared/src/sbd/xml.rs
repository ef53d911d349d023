//! The older form of a document, XML (`content.xml`), turned into the JSON that means the same.
//!
//! Only read, never written (UN/CEFACT SBDH 1.3, its XML schema; namespaces as the integrasjonspunkt binds
//! them). The rules are then those of the JSON form.

use serde_json::{Map, Value};

use super::{DocumentType, HEADER};
use crate::container::dom::{Child, Document, Id};
use crate::finding::{Finding, Place, Rule};

const NAMESPACE: &str = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
const MESSAGES: &str = "urn:no:difi:meldingsutveksling:2.0";
const DIGITAL_POST: &str = "urn:no:difi:profile:digitalpost:ver1.0";

/// The header's elements of which there may be several, by their names in JSON.
const LISTS: &[&str] = &["sender", "receiver", "contactInformation", "manifestItem", "scope", "scopeInformation"];

/// Whether the text is XML rather than JSON.
pub(super) fn is_xml(text: &[u8]) -> bool {
    text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// The document as JSON: `{"standardBusinessDocumentHeader":{…},"<type>":{…}}`. All values are strings.
///
/// # Errors
/// [`Rule::DocumentText`]: not well-formed, a document type declaration, too deep; [`Rule::DocumentShape`]: another root,
/// or not a header and one business message of a namespace that belongs to it.
pub(super) fn to_json(text: &[u8]) -> Result<Value, Finding> {
    let document = Document::parse(text.trim_ascii_start(), "content.xml").map_err(|finding| {
        let offset = finding.place.and_then(|place| place.offset);
        let place = Place { path: "sbd:/".to_owned(), offset, length: None };
        Finding::error(Rule::DocumentText, finding.message).at(place).by("W3C XML 1.0")
    })?;
    let root = document.root();
    if !document.is(root, NAMESPACE, "StandardBusinessDocument") {
        return Err(malformed(&document, root, "the root is not a StandardBusinessDocument of UN/CEFACT"));
    }
    let mut members = Map::new();
    for child in elements(&document, root) {
        let element = document.get(child);
        let (name, value) = if document.is(child, NAMESPACE, "StandardBusinessDocumentHeader") {
            (HEADER.to_owned(), header(&document, child))
        } else {
            if !belongs(element.local(), &element.namespace) {
                return Err(malformed(&document, child, "the business message has another namespace than its type"));
            }
            (element.local().to_owned(), object(message(&document, child)))
        };
        if members.insert(name, value).is_some() {
            return Err(malformed(&document, child, "an element stands twice"));
        }
    }
    Ok(Value::Object(members))
}

fn malformed(document: &Document, at: Id, message: &str) -> Finding {
    let place = Place { path: "sbd:/".to_owned(), offset: Some(document.get(at).offset), length: None };
    Finding::error(Rule::DocumentShape, message).at(place)
}

/// Whether the namespace is that of the type. An unknown type is judged later, by name.
fn belongs(name: &str, namespace: &str) -> bool {
    match DocumentType::find(DocumentType::PLAIN, name) {
        None => true,
        Some(DocumentType::Digital | DocumentType::DigitalDpv | DocumentType::Print) => namespace == DIGITAL_POST,
        Some(_) => namespace == MESSAGES,
    }
}

fn elements(document: &Document, of: Id) -> impl Iterator<Item = Id> + '_ {
    document.get(of).children.iter().filter_map(|child| if let Child::Element(id) = child { Some(*id) } else { None })
}

fn text(document: &Document, of: Id) -> Value {
    Value::String(document.text(of).trim().to_owned())
}

/// An element of the header. Names begin with a small letter in JSON.
fn header(document: &Document, of: Id) -> Value {
    let mut members = Map::new();
    let mut plain = true;
    for child in elements(document, of) {
        plain = false;
        let element = document.get(child);
        let name = match element.local() {
            // The name of the type that takes the place of the abstract ScopeInformation.
            "CorrelationInformation" => "scopeInformation".to_owned(),
            local => lower_first(local),
        };
        let value = match element.attribute("Authority") {
            Some(authority) if name == "identifier" => Value::Object(Map::from_iter([
                ("authority".to_owned(), authority.into()),
                ("value".to_owned(), text(document, child)),
            ])),
            _ => header(document, child),
        };
        add(&mut members, name.as_str(), value, LISTS);
    }
    if plain { text(document, of) } else { Value::Object(members) }
}

/// A value of the business message: a string, an object, or `null` when it is empty.
fn message(document: &Document, of: Id) -> Value {
    let mut members = Map::new();
    for child in elements(document, of) {
        add(&mut members, document.get(child).local(), message(document, child), &["messages"]);
    }
    if members.is_empty() {
        return match text(document, of) {
            Value::String(text) if text.is_empty() => Value::Null,
            text => text,
        };
    }
    match entries(&members) {
        Some(map) => Value::Object(map),
        None => Value::Object(members),
    }
}

/// Adds a member. One that stands twice becomes a list, which no rule takes where one value is due.
fn add(members: &mut Map<String, Value>, name: &str, value: Value, lists: &[&str]) {
    match members.get_mut(name) {
        None if lists.contains(&name) => {
            members.insert(name.to_owned(), Value::Array(vec![value]));
        }
        None => {
            members.insert(name.to_owned(), value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// A map as Java's binding writes it: `<entry><key/><value/></entry>`, any number of times.
fn entries(members: &Map<String, Value>) -> Option<Map<String, Value>> {
    let entry = members.get("entry").filter(|_| members.len() == 1)?;
    let items = entry.as_array().map_or(std::slice::from_ref(entry), Vec::as_slice);
    items
        .iter()
        .map(|item| Some((item.get("key")?.as_str()?.to_owned(), item.get("value").cloned().unwrap_or_default())))
        .collect()
}

fn object(value: Value) -> Value {
    if value.is_null() { Value::Object(Map::new()) } else { value }
}

fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + characters.as_str())
}
