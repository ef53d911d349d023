//! Canonical XML of one element and what is in it, without comments.
//!
//! Inclusive 1.0 (REC-xml-c14n-20010315), inclusive 1.1 (REC-xml-c14n11-20080502) and exclusive 1.0
//! (REC-xml-exc-c14n-20020718). The reference writes the first; readers must take all three.

use std::collections::BTreeSet;

use super::dom::{Attribute, Child, Document, Element, Id, XML_NAMESPACE};

/// A canonicalisation method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Inclusive10,
    Inclusive11,
    /// With the `InclusiveNamespaces/@PrefixList`, each prefix once; its length is for the caller to bound.
    Exclusive(BTreeSet<String>),
}

impl Method {
    /// The method an `Algorithm` attribute names. The variants with comments are outside our list.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        match uri {
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => Some(Self::Inclusive10),
            "http://www.w3.org/2006/12/xml-c14n11" => Some(Self::Inclusive11),
            "http://www.w3.org/2001/10/xml-exc-c14n#" => Some(Self::Exclusive(BTreeSet::new())),
            _ => None,
        }
    }
}

/// Whether an `xml:base` above the apex would have to be joined with the apex's own (C14N 1.1, 2.4). That is not done
/// here, so what it would give is not known.
pub(crate) fn inherits_base(document: &Document, apex: Id, method: &Method) -> bool {
    let is_base = |attribute: &Attribute| attribute.namespace == XML_NAMESPACE && local(&attribute.name) == "base";
    *method == Method::Inclusive11 && document.above(apex).any(|ancestor| ancestor.attributes.iter().any(is_base))
}

/// The octets that are digested or signed for an element.
pub(crate) fn canonicalize(document: &Document, apex: Id, method: &Method) -> Vec<u8> {
    let mut writer = Writer { scope: Scope { document, method, apex }, out: String::new() };
    writer.element(apex, &mut Vec::new());
    writer.out.into_bytes()
}

/// A namespace declaration that stands in the output above the current element.
type Rendered = Vec<(String, String)>;

struct Writer<'a> {
    scope: Scope<'a>,
    out: String,
}

/// What is canonicalised, and how.
#[derive(Clone, Copy)]
struct Scope<'a> {
    document: &'a Document,
    method: &'a Method,
    apex: Id,
}

impl Writer<'_> {
    fn element(&mut self, id: Id, rendered: &mut Rendered) {
        let scope = self.scope;
        let element = scope.document.get(id);
        let above = rendered.len();
        let declarations = scope.declarations(id, element, rendered);
        self.out.push('<');
        self.out.push_str(&element.name);
        for (prefix, uri) in declarations {
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(&prefix);
            self.attribute_value(&uri);
            rendered.push((prefix, uri));
        }
        for attribute in scope.attributes(id, element) {
            self.out.push(' ');
            self.out.push_str(&attribute.name);
            self.attribute_value(&attribute.value);
        }
        self.out.push('>');
        for child in &element.children {
            match child {
                Child::Element(child) => self.element(*child, rendered),
                Child::Text(text) => self.text(text),
                Child::Instruction(content) => {
                    self.out.push_str("<?");
                    self.out.push_str(content);
                    self.out.push_str("?>");
                }
            }
        }
        self.out.push_str("</");
        self.out.push_str(&element.name);
        self.out.push('>');
        rendered.truncate(above);
    }

    fn attribute_value(&mut self, value: &str) {
        self.out.push_str("=\"");
        for c in value.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' => self.out.push_str("&#x9;"),
                '\n' => self.out.push_str("&#xA;"),
                '\r' => self.out.push_str("&#xD;"),
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '\r' => self.out.push_str("&#xD;"),
                c => self.out.push(c),
            }
        }
    }
}

impl<'a> Scope<'a> {
    /// The declarations to write on this element, sorted by prefix. Of those that do not depend on what the element
    /// uses, the apex has all that are in scope; below it only what the element itself declares can differ.
    fn declarations(self, id: Id, element: &Element, rendered: &Rendered) -> Vec<(String, String)> {
        let own = element.declarations.iter().map(|(prefix, _)| prefix.as_str());
        let mut prefixes: Vec<&str> = match self.method {
            Method::Exclusive(listed) if id == self.apex => listed.iter().map(String::as_str).collect(),
            Method::Exclusive(listed) => own.filter(|prefix| listed.contains(*prefix)).collect(),
            _ if id == self.apex => self.in_scope(id),
            _ => own.collect(),
        };
        if let Method::Exclusive(_) = self.method {
            prefixes.extend(utilized(element));
        }
        prefixes.sort_unstable();
        prefixes.dedup();
        let mut declarations = Vec::new();
        for prefix in prefixes {
            let Some(uri) = self.document.resolve(id, prefix) else { continue };
            let standing = rendered.iter().rev().find(|(known, _)| known == prefix).map(|(_, uri)| uri.as_str());
            let unchanged = standing.map_or(prefix.is_empty() && uri.is_empty(), |standing| standing == uri);
            // `xml` is always declared and never written.
            if unchanged || prefix == "xml" {
                continue;
            }
            declarations.push((prefix.to_owned(), uri.to_owned()));
        }
        declarations
    }

    fn in_scope(self, id: Id) -> Vec<&'a str> {
        let around = std::iter::once(self.document.get(id)).chain(self.document.above(id));
        around.flat_map(|element| &element.declarations).map(|(prefix, _)| prefix.as_str()).collect()
    }

    /// The attributes in order of namespace name and local name, with the inherited `xml:` ones on the apex.
    fn attributes(self, id: Id, element: &'a Element) -> Vec<&'a Attribute> {
        let mut attributes: Vec<&Attribute> = element.attributes.iter().collect();
        if id == self.apex {
            for ancestor in self.document.above(id) {
                for attribute in ancestor.attributes.iter().filter(|attribute| self.inherits(attribute)) {
                    if attributes.iter().all(|own| own.name != attribute.name) {
                        attributes.push(attribute);
                    }
                }
            }
        }
        attributes.sort_by_key(|attribute| (attribute.namespace.as_str(), local(&attribute.name)));
        attributes
    }

    /// C14N 1.0 hands all `xml:` attributes down to the apex, 1.1 only `lang` and `space` (for `base` see
    /// [`inherits_base`]), exclusive none.
    fn inherits(self, attribute: &Attribute) -> bool {
        attribute.namespace == XML_NAMESPACE
            && match self.method {
                Method::Inclusive10 => true,
                Method::Inclusive11 => matches!(local(&attribute.name), "lang" | "space"),
                Method::Exclusive(_) => false,
            }
    }
}

/// The prefixes an element and its attributes visibly use (Exclusive XML Canonicalization, 1.1).
fn utilized(element: &Element) -> Vec<&str> {
    let of_attributes = element.attributes.iter().filter_map(|attribute| attribute.name.split_once(':'));
    let mut prefixes: Vec<&str> = of_attributes.map(|(prefix, _)| prefix).collect();
    prefixes.push(element.name.split_once(':').map_or("", |(prefix, _)| prefix));
    prefixes
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(xml: &str, path: &[usize], method: &Method) -> String {
        let document = Document::parse(xml.as_bytes(), "t.xml").unwrap();
        let apex = path.iter().fold(document.root(), |id, &step| {
            let elements = document.get(id).children.iter().filter_map(|child| match child {
                Child::Element(id) => Some(*id),
                _ => None,
            });
            elements.clone().nth(step).unwrap()
        });
        String::from_utf8(canonicalize(&document, apex, method)).unwrap()
    }

    #[test]
    fn start_tags_as_in_the_recommendation() {
        // Canonical XML 1.0, section 3.3, without the document type and its default attribute.
        let xml = "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n   \
                   <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      \
                   xmlns:b=\"http://www.ietf.org\"\n      xmlns:a=\"http://www.w3.org\"\n      \
                   xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n       \
                   <e7 xmlns=\"http://www.ietf.org\">\n           <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\"/>\n       \
                   </e7>\n   </e6>\n</doc>";
        let expected = "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   \
                        <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" \
                        attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>\n   \
                        <e6 xmlns:a=\"http://www.w3.org\">\n       <e7 xmlns=\"http://www.ietf.org\">\n           \
                        <e8 xmlns=\"\"></e8>\n       </e7>\n   </e6>\n</doc>";
        assert_eq!(canonical(xml, &[], &Method::Inclusive10), expected);
    }

    #[test]
    fn characters_as_in_the_recommendation() {
        // Canonical XML 1.0, section 3.4.
        let xml = "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value>\
                   <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\
                   <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\
                   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/></doc>";
        let expected = "<doc><text>First line&#xD;\nSecond line</text><value>2</value>\
                        <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\
                        <compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute>\
                        <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm></doc>";
        assert_eq!(canonical(xml, &[], &Method::Inclusive10), expected);
    }

    #[test]
    fn the_apex_takes_what_is_in_scope() {
        let xml = "<a xmlns=\"u:a\" xmlns:b=\"u:b\" xmlns:c=\"u:c\" xml:lang=\"nb\" xml:id=\"i\"><b:x><b:y/></b:x></a>";
        let inclusive =
            "<b:x xmlns=\"u:a\" xmlns:b=\"u:b\" xmlns:c=\"u:c\" xml:id=\"i\" xml:lang=\"nb\"><b:y></b:y></b:x>";
        assert_eq!(canonical(xml, &[0], &Method::Inclusive10), inclusive);
        let newer = "<b:x xmlns=\"u:a\" xmlns:b=\"u:b\" xmlns:c=\"u:c\" xml:lang=\"nb\"><b:y></b:y></b:x>";
        assert_eq!(canonical(xml, &[0], &Method::Inclusive11), newer);
        let exclusive = "<b:x xmlns:b=\"u:b\"><b:y></b:y></b:x>";
        assert_eq!(canonical(xml, &[0], &Method::Exclusive(BTreeSet::new())), exclusive);
        let listed = "<b:x xmlns:b=\"u:b\" xmlns:c=\"u:c\"><b:y></b:y></b:x>";
        assert_eq!(canonical(xml, &[0], &exclusive_with(&["c"])), listed);
    }

    fn exclusive_with(prefixes: &[&str]) -> Method {
        Method::Exclusive(prefixes.iter().map(|prefix| (*prefix).to_owned()).collect())
    }

    #[test]
    fn listed_prefixes_are_written_where_they_change() {
        // Exclusive XML Canonicalization, 2.1: a listed prefix is treated as Canonical XML does.
        let xml = "<a xmlns='u:a' xmlns:b='u:b' xmlns:c='u:c'><x><y xmlns='' xmlns:b='u:d' xmlns:c='u:c' xmlns:e='u:e'>\
                   <z xmlns='u:a' xmlns:b='u:b'/></y><b:w/></x></a>";
        let expected = "<x xmlns=\"u:a\" xmlns:b=\"u:b\"><y xmlns=\"\" xmlns:b=\"u:d\">\
                        <z xmlns=\"u:a\" xmlns:b=\"u:b\"></z></y><b:w></b:w></x>";
        assert_eq!(canonical(xml, &[0], &exclusive_with(&["", "b", "none"])), expected);
    }

    #[test]
    fn instructions_keep_their_data() {
        // XML 1.0, 2.6: white space after the target is no data, all after that is; 2.11 for the ends of lines.
        let xml = "<a><?p   x  y  ?><?q   ?><?r?><?s\r\nx\r\n\ry?></a>";
        assert_eq!(canonical(xml, &[], &Method::Inclusive10), "<a><?p x  y  ?><?q?><?r?><?s x\n\ny?></a>");
    }

    #[test]
    fn an_inherited_base_is_seen() {
        let seen = |xml: &str, method: &Method| {
            let document = Document::parse(xml.as_bytes(), "t.xml").unwrap();
            let apex = document.ids().last().unwrap();
            inherits_base(&document, apex, method)
        };
        let above = "<a xml:base='http://x.example/'><b><c/></b></a>";
        assert!(seen(above, &Method::Inclusive11));
        assert!(!seen(above, &Method::Inclusive10));
        assert!(!seen("<a base='x'><b><c xml:base='y'/></b></a>", &Method::Inclusive11));
    }
}
