//! Canonical XML of one element and what is in it, without comments.
//!
//! Inclusive 1.0 (REC-xml-c14n-20010315), inclusive 1.1 (REC-xml-c14n11-20080502) and exclusive 1.0
//! (REC-xml-exc-c14n-20020718). The reference writes the first; readers must take all three.

use super::dom::{Attribute, Child, Document, Element, Id, XML_NAMESPACE};

/// A canonicalisation method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Inclusive10,
    Inclusive11,
    /// With the `InclusiveNamespaces/@PrefixList`.
    Exclusive(Vec<String>),
}

impl Method {
    /// The method an `Algorithm` attribute names. The variants with comments are outside our list.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        match uri {
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => Some(Self::Inclusive10),
            "http://www.w3.org/2006/12/xml-c14n11" => Some(Self::Inclusive11),
            "http://www.w3.org/2001/10/xml-exc-c14n#" => Some(Self::Exclusive(Vec::new())),
            _ => None,
        }
    }
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
                    self.out.push_str(content.trim_end());
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
    /// The declarations to write on this element, sorted by prefix.
    fn declarations(self, id: Id, element: &Element, rendered: &Rendered) -> Vec<(String, String)> {
        let mut prefixes: Vec<&str> = match self.method {
            Method::Exclusive(listed) => {
                let mut used = utilized(element);
                used.extend(listed.iter().map(String::as_str));
                used
            }
            _ if id == self.apex => self.in_scope(id),
            _ => element.declarations.iter().map(|(prefix, _)| prefix.as_str()).collect(),
        };
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
        let mut prefixes = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            let element = self.document.get(id);
            prefixes.extend(element.declarations.iter().map(|(prefix, _)| prefix.as_str()));
            next = element.parent;
        }
        prefixes
    }

    /// The attributes in order of namespace name and local name, with the inherited `xml:` ones on the apex.
    fn attributes(self, id: Id, element: &'a Element) -> Vec<&'a Attribute> {
        let mut attributes: Vec<&Attribute> = element.attributes.iter().collect();
        if id == self.apex {
            let mut next = element.parent;
            while let Some(ancestor) = next {
                let ancestor = self.document.get(ancestor);
                for attribute in ancestor.attributes.iter().filter(|attribute| self.inherits(attribute)) {
                    if attributes.iter().all(|own| own.name != attribute.name) {
                        attributes.push(attribute);
                    }
                }
                next = ancestor.parent;
            }
        }
        attributes.sort_by_key(|attribute| (attribute.namespace.as_str(), local(&attribute.name)));
        attributes
    }

    /// C14N 1.0 hands all `xml:` attributes down to the apex, 1.1 only `lang` and `space`, exclusive none.
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
        assert_eq!(canonical(xml, &[0], &Method::Exclusive(Vec::new())), exclusive);
        let listed = "<b:x xmlns:b=\"u:b\" xmlns:c=\"u:c\"><b:y></b:y></b:x>";
        assert_eq!(canonical(xml, &[0], &Method::Exclusive(vec!["c".to_owned()])), listed);
    }
}
