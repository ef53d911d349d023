//! Walking through structures that are still arriving.

use super::{SealedTail, TAG};
use crate::finding::{Finding, Place, Rule};
use crate::seal::ber::{BerError, BerErrorKind, Element, Header, Reader, Tag};

/// Why a piece cannot be read now.
pub(super) enum Stop {
    More(usize),
    Refused(Box<Finding>),
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Refused(Box::new(finding))
    }
}

pub(super) fn malformed(error: &BerError) -> Finding {
    let place = Place { path: "cms:".to_owned(), offset: Some(error.offset), length: None };
    Rule::SealEncoding.broken().seen(error.kind.to_string()).at(place)
}

/// Reads structures whose end has not arrived yet.
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    /// Offset of the first of `bytes` in the package.
    pub(super) base: u64,
    pub(super) position: usize,
    /// Ends relative to `bytes`.
    pub(super) open: Vec<Option<u64>>,
}

impl<'a> Cursor<'a> {
    /// Offset of the next byte in the package.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.position as u64
    }

    pub(super) fn header(&self) -> Result<Header, Stop> {
        let rest = &self.bytes[self.position..];
        Header::read(rest, self.offset()).map_err(|error| malformed(&error))?.ok_or(Stop::More(self.bytes.len() + 1))
    }

    pub(super) fn unexpected(&self) -> Stop {
        malformed(&BerError { kind: BerErrorKind::Unexpected, offset: self.offset() }).into()
    }

    /// Checks that something of this length, header included, fits where it stands.
    pub(super) fn fits(&self, header: &Header) -> Result<Option<u64>, Stop> {
        let end = header.length.map(|length| length.saturating_add((self.position + header.size) as u64));
        let outer = self.open.iter().rev().flatten().next();
        match (end, outer) {
            (Some(end), Some(&outer)) if end > outer => {
                Err(malformed(&BerError { kind: BerErrorKind::Length, offset: self.offset() }).into())
            }
            _ => Ok(end),
        }
    }

    pub(super) fn enter(&mut self, tag: Tag) -> Result<(), Stop> {
        let header = self.header()?;
        if header.tag != tag {
            return Err(self.unexpected());
        }
        let end = self.fits(&header)?;
        self.open.push(end);
        self.position += header.size;
        Ok(())
    }

    /// A whole element.
    pub(super) fn element(&mut self) -> Result<Element<'a>, Stop> {
        let header = self.header()?;
        if let Some(end) = self.fits(&header)?
            && end > self.bytes.len() as u64
        {
            return Err(Stop::More(usize::try_from(end).unwrap_or(usize::MAX)));
        }
        let mut reader = Reader::at(&self.bytes[self.position..], self.offset());
        match reader.require() {
            Ok(element) => {
                self.position += element.raw.len();
                Ok(element)
            }
            Err(BerError { kind: BerErrorKind::Truncated, .. }) if header.length.is_none() => {
                Err(Stop::More(self.bytes.len() + 1))
            }
            Err(error) => Err(malformed(&error).into()),
        }
    }

    pub(super) fn peek(&self) -> Result<Tag, Stop> {
        self.bytes.get(self.position).map(|&octet| Tag(octet)).ok_or(Stop::More(self.position + 1))
    }

    /// Whether the innermost open structure ends here.
    pub(super) fn at_end(&self) -> Result<bool, Stop> {
        match self.open.last() {
            Some(Some(end)) => Ok(*end == self.position as u64),
            Some(None) => Ok(self.peek()? == Tag(0)),
            None => Ok(true),
        }
    }

    pub(super) fn leave(&mut self) -> Result<(), Stop> {
        if !self.at_end()? {
            let ended = self.position == self.bytes.len();
            return Err(if ended { Stop::More(self.position + 1) } else { self.unexpected() });
        }
        if self.open.pop() == Some(None) {
            if !self.header()?.is_end_of_contents() {
                return Err(self.unexpected());
            }
            self.position += 2;
        }
        Ok(())
    }

    pub(super) fn read_tail(&mut self, authenticated: bool, tail: &mut SealedTail) -> Result<(), Stop> {
        // EncryptedContentInfo ends with its content.
        self.leave()?;
        if authenticated {
            if self.peek()? == Tag::context(1) {
                let mut attributes = self.element()?.to_der().map_err(|error| malformed(&error))?;
                attributes[0] = Tag::SET.0;
                tail.associated = attributes;
            }
            let element = self.element()?;
            let tag = element.octet_string().map_err(|error| malformed(&error))?;
            // As in the head: only the whole tag (CVE-2026-12802).
            if tag.len() != TAG {
                let place = Place::bytes("cms:", element.offset, element.raw.len() as u64);
                return Err(Rule::SealCipher.broken().seen(format!("a tag of {} bytes", tag.len())).at(place).into());
            }
            tail.tag = Some(tag.into_owned());
        }
        let unprotected = Tag::context(if authenticated { 2 } else { 1 });
        if !self.at_end()? && self.peek()? == unprotected {
            self.element()?;
        }
        while !self.open.is_empty() {
            self.leave()?;
        }
        Ok(())
    }
}
