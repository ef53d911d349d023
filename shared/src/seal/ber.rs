//! BER and DER over a slice (ITU-T X.690).
//!
//! CMS as the reference writes it is BER with indefinite lengths outside and DER inside, which the usual DER
//! crates refuse. This reader takes both, keeps byte offsets for findings, and is bounded to 32 levels. It
//! checks structure, not canonical form: where DER is demanded, parse [`Element::to_der`] or `raw` with a DER
//! reader.

pub mod write;

use std::borrow::Cow;
use std::fmt;

use const_oid::ObjectIdentifier;

/// Nesting that no honest structure reaches; keeps recursion off the stack's end.
const MAX_DEPTH: u8 = 32;

/// An identifier octet (X.690, 8.1.2): class, constructed bit and number. Tag numbers above 30 do not occur
/// in CMS, X.509 or PKCS#12 and are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag(pub u8);

impl Tag {
    /// BOOLEAN.
    pub const BOOLEAN: Self = Self(0x01);
    /// INTEGER.
    pub const INTEGER: Self = Self(0x02);
    /// BIT STRING, primitive.
    pub const BIT_STRING: Self = Self(0x03);
    /// OCTET STRING, primitive.
    pub const OCTET_STRING: Self = Self(0x04);
    /// OCTET STRING in segments (X.690, 8.7.3), BER only.
    pub const OCTET_STRING_CONSTRUCTED: Self = Self(0x24);
    /// NULL.
    pub const NULL: Self = Self(0x05);
    /// OBJECT IDENTIFIER.
    pub const OID: Self = Self(0x06);
    /// UTCTime.
    pub const UTC_TIME: Self = Self(0x17);
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: Self = Self(0x18);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Self = Self(0x30);
    /// SET and SET OF.
    pub const SET: Self = Self(0x31);

    /// `[number]`, constructed: an explicit tag, or an implicit one over a constructed type. The number is 0
    /// to 30, which is not checked.
    pub const fn context(number: u8) -> Self {
        Self(0xA0 | number)
    }

    /// `[number]`, primitive: an implicit tag. The number is 0 to 30, which is not checked.
    pub const fn context_primitive(number: u8) -> Self {
        Self(0x80 | number)
    }

    /// Whether the content is itself elements.
    pub const fn is_constructed(self) -> bool {
        self.0 & 0x20 != 0
    }
}

/// What is wrong with the encoding, and where. Holds no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BerError {
    /// What is wrong.
    pub kind: BerErrorKind,
    /// The byte, from 0, counted as the outermost reader counts: see [`Reader::at`].
    pub offset: u64,
}

/// What can be wrong with an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BerErrorKind {
    /// The bytes end inside an element.
    Truncated,
    /// A tag number above 30.
    Tag,
    /// A length that is reserved (X.690, 8.1.3.5), 2^63 or more, longer than what it lies in, or indefinite
    /// for a primitive element.
    Length,
    /// End-of-contents outside an indefinite length, or missing.
    EndOfContents,
    /// Nested deeper than 32 levels.
    Depth,
    /// Another element than the structure demands.
    Unexpected,
    /// Content that does not fit its type.
    Value,
    /// Bytes after the last element.
    Trailing,
}

impl fmt::Display for BerErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the bytes end inside an element",
            Self::Tag => "a tag number above 30",
            Self::Length => "a length that is not allowed",
            Self::EndOfContents => "a misplaced end-of-contents",
            Self::Depth => "nested too deep",
            Self::Unexpected => "another element than expected",
            Self::Value => "a value that does not fit its type",
            Self::Trailing => "bytes after the last element",
        })
    }
}

impl fmt::Display for BerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl std::error::Error for BerError {}

/// The head of an element (X.690, 8.1.2 and 8.1.3): tag, length and the number of octets they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The identifier octet.
    pub tag: Tag,
    /// The content's length in bytes; `None` is indefinite.
    pub length: Option<u64>,
    /// How many octets the head takes, 2 to 10.
    pub size: usize,
}

impl Header {
    /// Reads a head; `None` when the bytes end before it does. `offset` only serves the error. Lengths need
    /// not be minimal.
    ///
    /// # Errors
    /// [`BerErrorKind::Tag`] for tag numbers above 30; [`BerErrorKind::Length`] for reserved lengths, lengths
    /// of 2^63 and above, and indefinite primitive elements.
    pub fn read(bytes: &[u8], offset: u64) -> Result<Option<Self>, BerError> {
        let error = |kind| Err(BerError { kind, offset });
        let (&[tag, first], rest) = match bytes.split_first_chunk::<2>() {
            Some(split) => split,
            None => return Ok(None),
        };
        if tag & 0x1F == 0x1F {
            return error(BerErrorKind::Tag);
        }
        let tag = Tag(tag);
        match first {
            0..=0x7F => Ok(Some(Self { tag, length: Some(u64::from(first)), size: 2 })),
            0x80 if tag.is_constructed() => Ok(Some(Self { tag, length: None, size: 2 })),
            0x81..=0x88 => {
                let count = usize::from(first & 0x7F);
                let Some(octets) = rest.get(..count) else { return Ok(None) };
                let length = octets.iter().fold(0_u64, |sum, &octet| sum << 8 | u64::from(octet));
                if length > i64::MAX as u64 {
                    return error(BerErrorKind::Length);
                }
                Ok(Some(Self { tag, length: Some(length), size: 2 + count }))
            }
            _ => error(BerErrorKind::Length),
        }
    }

    /// Whether these are the two zero octets that end an indefinite length.
    pub fn is_end_of_contents(&self) -> bool {
        self.tag == Tag(0) && self.length == Some(0)
    }
}

/// One element of an encoding, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The identifier octet.
    pub tag: Tag,
    /// Its first byte, from 0, counted as the outermost reader counts: see [`Reader::at`].
    pub offset: u64,
    /// How many octets tag and length take, 2 to 10.
    pub header: usize,
    /// The content without the end-of-contents octets.
    pub content: &'a [u8],
    /// The whole, from tag to end-of-contents.
    pub raw: &'a [u8],
    depth: u8,
}

impl<'a> Element<'a> {
    /// An error about this element, at its first byte.
    pub fn error(&self, kind: BerErrorKind) -> BerError {
        BerError { kind, offset: self.offset }
    }

    /// A reader over the content, one level deeper. For a primitive OCTET STRING that wraps an encoding, this
    /// reads the wrapped one.
    pub fn children(&self) -> Reader<'a> {
        Reader { bytes: self.content, position: 0, base: self.offset + self.header as u64, depth: self.depth + 1 }
    }

    /// The same element, if it has this tag.
    ///
    /// # Errors
    /// [`BerErrorKind::Unexpected`].
    pub fn expect(self, tag: Tag) -> Result<Self, BerError> {
        if self.tag == tag { Ok(self) } else { Err(self.error(BerErrorKind::Unexpected)) }
    }

    /// The octets of a string: the content, or its segments joined (X.690, 8.7.3). Of the element's own tag
    /// only the constructed bit is looked at, for it may be implicit.
    ///
    /// # Errors
    /// [`BerErrorKind::Unexpected`] for segments of another type; as [`Reader::next`] for broken ones.
    pub fn octets(&self) -> Result<Cow<'a, [u8]>, BerError> {
        if !self.tag.is_constructed() {
            return Ok(Cow::Borrowed(self.content));
        }
        let mut joined = Vec::with_capacity(self.content.len());
        self.join(&mut joined)?;
        Ok(Cow::Owned(joined))
    }

    /// The octets of the OCTET STRING that this is, primitive or in segments.
    ///
    /// # Errors
    /// [`BerErrorKind::Unexpected`] for another tag; else as [`Self::octets`].
    pub fn octet_string(&self) -> Result<Cow<'a, [u8]>, BerError> {
        match self.tag {
            Tag::OCTET_STRING | Tag::OCTET_STRING_CONSTRUCTED => self.octets(),
            _ => Err(self.error(BerErrorKind::Unexpected)),
        }
    }

    fn join(&self, joined: &mut Vec<u8>) -> Result<(), BerError> {
        let mut segments = self.children();
        while let Some(segment) = segments.next()? {
            match segment.tag {
                Tag::OCTET_STRING => joined.extend_from_slice(segment.content),
                Tag::OCTET_STRING_CONSTRUCTED => segment.join(joined)?,
                _ => return Err(segment.error(BerErrorKind::Unexpected)),
            }
        }
        Ok(())
    }

    /// The OBJECT IDENTIFIER that this is (X.690, 8.19).
    ///
    /// # Errors
    /// [`BerErrorKind::Unexpected`] for another tag; [`BerErrorKind::Value`] for octets that are none, or
    /// arcs of 2^32 and above.
    pub fn oid(&self) -> Result<ObjectIdentifier, BerError> {
        self.expect(Tag::OID)?;
        ObjectIdentifier::from_bytes(self.content).map_err(|_| self.error(BerErrorKind::Value))
    }

    /// The INTEGER that this is (X.690, 8.3), if it is not negative and below 2^64.
    ///
    /// # Errors
    /// [`BerErrorKind::Unexpected`] for another tag; [`BerErrorKind::Value`] when it is empty, negative, or
    /// 2^64 and above.
    pub fn unsigned(&self) -> Result<u64, BerError> {
        self.expect(Tag::INTEGER)?;
        let significant = match self.content {
            [] => return Err(self.error(BerErrorKind::Value)),
            [first, ..] if first & 0x80 != 0 => return Err(self.error(BerErrorKind::Value)),
            [0, rest @ ..] => rest,
            all => all,
        };
        if significant.len() > 8 {
            return Err(self.error(BerErrorKind::Value));
        }
        Ok(significant.iter().fold(0, |sum, &octet| sum << 8 | u64::from(octet)))
    }

    /// The same with definite, minimal lengths and joined OCTET STRINGs (X.690, 10.1 and 10.2). SET OF keeps
    /// its order, and a string in segments under an implicit tag stays so.
    ///
    /// # Errors
    /// As [`Self::octets`], for a broken element inside.
    pub fn to_der(&self) -> Result<Vec<u8>, BerError> {
        let mut out = Vec::with_capacity(self.raw.len());
        self.write_der(&mut out)?;
        Ok(out)
    }

    fn write_der(&self, out: &mut Vec<u8>) -> Result<(), BerError> {
        if self.tag == Tag::OCTET_STRING_CONSTRUCTED {
            write::der_tlv(Tag::OCTET_STRING.0, &self.octets()?, out);
        } else if self.tag.is_constructed() {
            let mut content = Vec::with_capacity(self.content.len());
            let mut children = self.children();
            while let Some(child) = children.next()? {
                child.write_der(&mut content)?;
            }
            write::der_tlv(self.tag.0, &content, out);
        } else {
            write::der_tlv(self.tag.0, self.content, out);
        }
        Ok(())
    }
}

/// Reads one element after the other. Clones are cheap and go on from the same place.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    base: u64,
    depth: u8,
}

impl<'a> Reader<'a> {
    /// A reader over a whole encoding; offsets count from its first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// A reader over bytes that begin at `base` of something larger; offsets count from there.
    pub fn at(bytes: &'a [u8], base: u64) -> Self {
        Self { bytes, position: 0, base, depth: 0 }
    }

    /// Whether nothing is left.
    pub fn at_end(&self) -> bool {
        self.position == self.bytes.len()
    }

    /// The offset of the next byte, from where the outermost reader counts.
    pub fn offset(&self) -> u64 {
        self.base + self.position as u64
    }

    fn error(&self, kind: BerErrorKind) -> BerError {
        BerError { kind, offset: self.offset() }
    }

    /// The next element; `None` at the end.
    ///
    /// # Errors
    /// As [`Header::read`]; [`BerErrorKind::Truncated`], [`BerErrorKind::EndOfContents`],
    /// [`BerErrorKind::Depth`].
    #[expect(clippy::should_implement_trait, reason = "a fallible iterator reads better with `?` than `transpose`")]
    pub fn next(&mut self) -> Result<Option<Element<'a>>, BerError> {
        if self.at_end() {
            return Ok(None);
        }
        let start = self.position;
        let offset = self.offset();
        let rest = &self.bytes[start..];
        let Some(header) = Header::read(rest, offset)? else { return Err(self.error(BerErrorKind::Truncated)) };
        if header.tag == Tag(0) {
            return Err(self.error(BerErrorKind::EndOfContents));
        }
        if self.depth >= MAX_DEPTH {
            return Err(self.error(BerErrorKind::Depth));
        }
        let after = &rest[header.size..];
        let (content, total) = match header.length {
            Some(length) => {
                let length = usize::try_from(length).map_err(|_| self.error(BerErrorKind::Truncated))?;
                let content = after.get(..length).ok_or_else(|| self.error(BerErrorKind::Truncated))?;
                (content, header.size + length)
            }
            None => {
                let length = indefinite_length(after, offset + header.size as u64, self.depth + 1)?;
                (&after[..length], header.size + length + 2)
            }
        };
        self.position = start + total;
        Ok(Some(Element {
            tag: header.tag,
            offset,
            header: header.size,
            content,
            raw: &rest[..total],
            depth: self.depth,
        }))
    }

    /// The next element, which must be there.
    ///
    /// # Errors
    /// As [`Self::next`], and [`BerErrorKind::Unexpected`] at the end.
    pub fn require(&mut self) -> Result<Element<'a>, BerError> {
        self.next()?.ok_or_else(|| self.error(BerErrorKind::Unexpected))
    }

    /// The next element, which must be there and have this tag.
    ///
    /// # Errors
    /// As [`Self::require`], and [`BerErrorKind::Unexpected`] for another tag.
    pub fn expect(&mut self, tag: Tag) -> Result<Element<'a>, BerError> {
        self.require()?.expect(tag)
    }

    /// The next element if it has this tag; else nothing is read.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, BerError> {
        if self.bytes.get(self.position) == Some(&tag.0) { self.next() } else { Ok(None) }
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`BerErrorKind::Trailing`].
    pub fn end(&self) -> Result<(), BerError> {
        if self.at_end() { Ok(()) } else { Err(self.error(BerErrorKind::Trailing)) }
    }
}

/// The length of the content before the end-of-contents octets that close it. One pass: nested lengths are walked
/// with a counter instead of being measured anew at every level, which would be exponential work for an attacker.
fn indefinite_length(bytes: &[u8], base: u64, depth: u8) -> Result<usize, BerError> {
    let mut position = 0_usize;
    let mut open = 1_u8;
    loop {
        let error = |kind| BerError { kind, offset: base + position as u64 };
        let header =
            Header::read(&bytes[position..], base + position as u64)?.ok_or_else(|| error(BerErrorKind::Truncated))?;
        if header.is_end_of_contents() {
            open -= 1;
            if open == 0 {
                return Ok(position);
            }
            position += header.size;
            continue;
        }
        if header.tag == Tag(0) {
            return Err(error(BerErrorKind::EndOfContents));
        }
        match header.length {
            None => {
                open += 1;
                if depth + open > MAX_DEPTH {
                    return Err(error(BerErrorKind::Depth));
                }
                position += header.size;
            }
            Some(length) => {
                position = usize::try_from(length)
                    .ok()
                    .and_then(|length| position.checked_add(header.size)?.checked_add(length))
                    .filter(|&end| end <= bytes.len())
                    .ok_or_else(|| error(BerErrorKind::Truncated))?;
            }
        }
    }
}

#[cfg(test)]
mod tests;
