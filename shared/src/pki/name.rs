//! Names in one form, so that they can be compared as RFC 5280, 7.1 demands.

use unicode_normalization::UnicodeNormalization;

use crate::seal::ber::write::{der, der_tlv};
use crate::seal::ber::{BerError, Reader, Tag};

const UTF8_STRING: Tag = Tag(0x0C);
const PRINTABLE_STRING: Tag = Tag(0x13);
const IA5_STRING: Tag = Tag(0x16);

/// A DER name with its text values compatibility-composed, in small letters and with single spaces; UTF8String and
/// PrintableString become one. Two names are the same when these bytes are. Values of other types keep their
/// octets, and so does a name that cannot be read: it then equals only itself.
pub(crate) fn canonical(name: &[u8]) -> Vec<u8> {
    fold_name(name).unwrap_or_else(|_| name.to_vec())
}

/// The form of one RelativeDistinguishedName (the content of its SET) under the name `parent`, already in its form: what
/// `nameRelativeToCRLIssuer` stands for (RFC 5280, 4.2.1.13).
pub(super) fn canonical_below(parent: &[u8], relative: &[u8]) -> Result<Vec<u8>, BerError> {
    Ok([parent, &der(Tag::SET.0, &[&fold_relative(relative)?])].concat())
}

fn fold_name(name: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut out = Vec::with_capacity(name.len());
    let mut parts = Reader::new(name).expect(Tag::SEQUENCE)?.children();
    while let Some(part) = parts.next()? {
        der_tlv(Tag::SET.0, &fold_relative(part.expect(Tag::SET)?.content)?, &mut out);
    }
    Ok(out)
}

/// The attributes of one set, in the order of their octets.
fn fold_relative(content: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut attributes = Vec::new();
    let mut reader = Reader::new(content);
    while let Some(attribute) = reader.next()? {
        let mut fields = attribute.expect(Tag::SEQUENCE)?.children();
        let kind = fields.expect(Tag::OID)?;
        let value = fields.require()?;
        fields.end()?;
        let value = match (value.tag, std::str::from_utf8(value.content)) {
            (UTF8_STRING | PRINTABLE_STRING, Ok(text)) => der(UTF8_STRING.0, &[fold(text).as_bytes()]),
            (IA5_STRING, Ok(text)) => der(IA5_STRING.0, &[fold(text).as_bytes()]),
            _ => value.raw.to_vec(),
        };
        attributes.push(der(Tag::SEQUENCE.0, &[kind.raw, &value]));
    }
    attributes.sort_unstable();
    Ok(attributes.concat())
}

fn fold(text: &str) -> String {
    let small: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    small.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(values: &[(u8, &str)]) -> Vec<u8> {
        let parts = values
            .iter()
            .map(|(tag, text)| der(0x31, &[&der(0x30, &[&[0x06, 3, 0x55, 4, 3], &der(*tag, &[text.as_bytes()])])]));
        der(0x30, &[&parts.collect::<Vec<_>>().concat()])
    }

    #[test]
    fn letters_spaces_and_string_types_do_not_tell_names_apart() {
        let plain = canonical(&name(&[(0x13, "Good CA")]));
        assert_eq!(canonical(&name(&[(0x0C, "  gOOD   ca ")])), plain);
        assert_ne!(canonical(&name(&[(0x0C, "GoodCA")])), plain);
        assert_ne!(canonical(&name(&[(0x16, "Good CA")])), plain);
        assert_ne!(canonical(&name(&[(0x14, "Good CA")])), plain);
        assert_eq!(canonical(&name(&[(0x0C, "ÅS")])), canonical(&name(&[(0x0C, "A\u{30A}s")])));
    }

    #[test]
    fn the_order_of_parts_and_their_borders_count() {
        let ab = canonical(&name(&[(0x13, "a"), (0x13, "b")]));
        assert_ne!(canonical(&name(&[(0x13, "b"), (0x13, "a")])), ab);
        assert_ne!(canonical(&name(&[(0x13, "a b")])), ab);
        assert_ne!(canonical(&name(&[(0x13, "a")])), ab);
        assert_eq!(canonical(b"no name"), b"no name");
    }

    #[test]
    fn a_relative_name_completes_its_parent() {
        let whole = name(&[(0x13, "a"), (0x0C, "B")]);
        let parent = canonical(&name(&[(0x13, "a")]));
        let last = der(0x30, &[&[0x06, 3, 0x55, 4, 3], &der(0x13, &[b"b"])]);
        assert_eq!(canonical_below(&parent, &last).unwrap(), canonical(&whole));
    }
}
