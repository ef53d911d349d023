//! Reading a sealed package as it arrives: EnvelopedData (RFC 5652, 6.1) and AuthEnvelopedData (RFC 5083,
//! 2.1), BER or DER (ITU-T X.690), in pieces of any size. Ciphertext goes out as it comes in; nothing is held
//! but head and tail.

mod cursor;

use super::ber::{BerError, BerErrorKind, Header, Tag};
use super::head::{SealedHead, read_recipient};
use super::suite::{SuiteError, read_cipher};
use crate::finding::{Finding, Place, Rule};
use crate::limits::Limits;
use cursor::{Cursor, Stop, malformed};

const ENVELOPED_DATA: &str = "1.2.840.113549.1.7.3";
const AUTHENTICATED: &str = "1.2.840.113549.1.9.16.1.23";
/// The only length of an authentication tag, in bytes.
const TAG: usize = 16;

/// A push parser for one package. Give it bytes until there are no more, then [`finish`](Self::finish).
#[derive(Debug)]
pub struct SealReader {
    limits: Limits,
    state: State,
    /// Bytes that wait for more: the head, a segment's header, or the tail.
    buffer: Vec<u8>,
    /// Offset of the buffer's first byte in the package.
    base: u64,
    /// The buffer is worth parsing again when it has this length.
    retry: usize,
    /// Open structures: their absolute end, or `None` for an indefinite length.
    open: Vec<Option<u64>>,
    /// How many structures are open outside the content.
    outside: usize,
    head: Option<SealedHead>,
    ciphertext: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    /// Between segments.
    Segments,
    /// Inside a string with so many bytes left.
    Octets(u64),
    Tail,
}

/// What stands after the content: of AuthEnvelopedData authAttrs and mac (RFC 5083, 2.1). Unprotected
/// attributes are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedTail {
    /// AuthEnvelopedData's tag, 16 bytes; `None` for EnvelopedData, where a tag ends the ciphertext.
    pub tag: Option<Vec<u8>>,
    /// AuthEnvelopedData's authenticated attributes as the cipher takes them (DER, SET OF; RFC 5083, 2.2);
    /// empty when absent.
    pub associated: Vec<u8>,
    /// How many bytes of ciphertext there were, padding and a tag that ends the content included.
    pub ciphertext: u64,
}

impl SealReader {
    /// A reader at a package's first byte. Of the limits `package_bytes` bounds the ciphertext, `head_bytes`
    /// what stands before it and what stands after it, `recipients` and `nesting` what they say.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            state: State::Head,
            buffer: Vec::new(),
            base: 0,
            retry: 2,
            open: Vec::new(),
            outside: 0,
            head: None,
            ciphertext: 0,
        }
    }

    /// The head, as soon as all of it has arrived; `None` until then.
    pub fn head(&self) -> Option<&SealedHead> {
        self.head.as_ref()
    }

    /// Takes the next bytes and appends the ciphertext among them.
    ///
    /// # Errors
    /// The rules `C01` and `C04` to `C11`; `C03` too, once more than [`Limits::head_bytes`] follow
    /// the content. After an error the reader is of no use.
    pub fn push(&mut self, mut bytes: &[u8], ciphertext: &mut Vec<u8>) -> Result<(), Finding> {
        loop {
            match self.state {
                State::Head | State::Tail => {
                    self.buffer.extend_from_slice(bytes);
                    if self.state == State::Tail {
                        return self.bound_tail();
                    }
                    // What the head leaves over is read as content.
                    match self.try_head()? {
                        Some(rest) => return self.push(&rest, ciphertext),
                        None => return Ok(()),
                    }
                }
                State::Octets(left) => {
                    let take = left.min(bytes.len() as u64) as usize;
                    ciphertext.extend_from_slice(&bytes[..take]);
                    bytes = &bytes[take..];
                    self.base += take as u64;
                    self.ciphertext += take as u64;
                    if self.ciphertext > self.limits.package_bytes {
                        return Err(Rule::SealSize.broken().at(Place::bytes("cms:", self.base, 0)));
                    }
                    if left > take as u64 {
                        self.state = State::Octets(left - take as u64);
                        return Ok(());
                    }
                    self.state = State::Segments;
                }
                State::Segments => {
                    if self.close_definite() {
                        continue;
                    }
                    let Some((&first, rest)) = bytes.split_first() else { return Ok(()) };
                    self.buffer.push(first);
                    bytes = rest;
                    self.segment_header()?;
                }
            }
        }
    }

    /// Closes structures of the content that end here. Whether one was closed.
    fn close_definite(&mut self) -> bool {
        if self.open.len() > self.outside && self.open.last() == Some(&Some(self.base)) && self.buffer.is_empty() {
            self.open.pop();
        } else if self.open.len() > self.outside {
            return false;
        }
        if self.open.len() == self.outside {
            self.state = State::Tail;
        }
        true
    }

    /// Reads the buffered header of a segment if it is whole.
    fn segment_header(&mut self) -> Result<(), Finding> {
        let Some(header) = Header::read(&self.buffer, self.base).map_err(|error| malformed(&error))? else {
            return Ok(());
        };
        let start = self.base;
        self.base += header.size as u64;
        self.buffer.clear();
        if header.is_end_of_contents() && self.open.last() == Some(&None) {
            self.open.pop();
            if self.open.len() == self.outside {
                self.state = State::Tail;
            }
            return Ok(());
        }
        let end = self.end_of(&header, start)?;
        match (header.tag, header.length) {
            (Tag::OCTET_STRING, Some(length)) => self.state = State::Octets(length),
            (Tag::OCTET_STRING_CONSTRUCTED, _) => {
                if self.open.len() >= self.limits.nesting {
                    return Err(Rule::SealNesting.broken().at(Place::bytes("cms:", start, 0)));
                }
                self.open.push(end);
            }
            _ => return Err(malformed(&BerError { kind: BerErrorKind::Unexpected, offset: start })),
        }
        Ok(())
    }

    /// The absolute end of a structure whose header ends at `base`; refused when it outlasts what it lies in.
    fn end_of(&self, header: &Header, start: u64) -> Result<Option<u64>, Finding> {
        let Some(length) = header.length else { return Ok(None) };
        let end = self.base.saturating_add(length);
        match self.open.iter().rev().flatten().next() {
            Some(&outer) if end > outer => Err(malformed(&BerError { kind: BerErrorKind::Length, offset: start })),
            _ => Ok(Some(end)),
        }
    }

    /// Parses the head if it is whole; answers the bytes after it.
    fn try_head(&mut self) -> Result<Option<Vec<u8>>, Finding> {
        if self.buffer.len() < self.retry {
            return Ok(None);
        }
        let mut cursor = Cursor { bytes: &self.buffer, base: 0, position: 0, open: Vec::new() };
        match read_head(&mut cursor, &self.limits) {
            Ok((head, content)) => {
                let position = cursor.position;
                if position as u64 > self.limits.head_bytes {
                    return Err(Rule::SealHeadSize.broken());
                }
                self.open = cursor.open;
                self.outside = self.open.len();
                let rest = self.buffer.split_off(position);
                self.buffer.clear();
                self.base = position as u64;
                self.head = Some(head);
                if content.tag.is_constructed() {
                    let end = self.end_of(&content, position as u64)?;
                    self.open.push(end);
                    self.state = State::Segments;
                } else {
                    self.end_of(&content, position as u64)?;
                    self.state = State::Octets(content.length.unwrap_or(0));
                }
                Ok(Some(rest))
            }
            Err(Stop::Refused(finding)) => Err(*finding),
            Err(Stop::More(_)) if self.buffer.len() as u64 > self.limits.head_bytes => Err(Rule::SealHeadSize.broken()),
            Err(Stop::More(needed)) => {
                self.retry = needed;
                Ok(None)
            }
        }
    }

    fn bound_tail(&self) -> Result<(), Finding> {
        if self.buffer.len() as u64 <= self.limits.head_bytes {
            return Ok(());
        }
        match self.read_tail() {
            // What is cut may go on.
            Err(finding) if finding.rule != Rule::SealCut => Err(finding),
            _ => Err(Rule::SealHeadSize.broken().at(Place::bytes("cms:", self.base, 0))),
        }
    }

    /// Checks that the package is complete and that nothing follows it.
    ///
    /// # Errors
    /// [`Rule::SealCut`], [`Rule::SealTrailing`], [`Rule::SealEncoding`], [`Rule::SealCipher`] for a tag that is cut.
    pub fn finish(self) -> Result<SealedTail, Finding> {
        if self.state == State::Tail { self.read_tail() } else { Err(truncated(self.base + self.buffer.len() as u64)) }
    }

    fn read_tail(&self) -> Result<SealedTail, Finding> {
        let mut tail = SealedTail { ciphertext: self.ciphertext, ..SealedTail::default() };
        let open = self.open.iter().map(|end| end.map(|end| end.saturating_sub(self.base))).collect();
        let mut cursor = Cursor { bytes: &self.buffer, base: self.base, position: 0, open };
        let authenticated = self.head.as_ref().is_some_and(|head| head.authenticated);
        match cursor.read_tail(authenticated, &mut tail) {
            Ok(()) if cursor.position == self.buffer.len() => Ok(tail),
            Ok(()) => {
                let place = Place::bytes(
                    "cms:",
                    self.base + cursor.position as u64,
                    (self.buffer.len() - cursor.position) as u64,
                );
                Err(Rule::SealTrailing.broken().at(place))
            }
            Err(Stop::More(_)) => Err(truncated(self.base + self.buffer.len() as u64)),
            Err(Stop::Refused(finding)) => Err(*finding),
        }
    }
}

fn truncated(length: u64) -> Finding {
    Rule::SealCut.broken().at(Place::bytes("cms:", length, 0))
}

/// Reads everything before the content, and the content's own header.
fn read_head(cursor: &mut Cursor<'_>, limits: &Limits) -> Result<(SealedHead, Header), Stop> {
    let ber = |error: BerError| Stop::from(malformed(&error));
    cursor.enter(Tag::SEQUENCE)?;
    let kind = cursor.element()?.oid().map_err(ber)?.to_string();
    let authenticated = match kind.as_str() {
        ENVELOPED_DATA => false,
        AUTHENTICATED => true,
        other => return Err(Rule::SealKind.broken().seen(other).into()),
    };
    cursor.enter(Tag::context(0))?;
    cursor.enter(Tag::SEQUENCE)?;
    cursor.element()?.unsigned().map_err(ber)?;
    if cursor.peek()? == Tag::context(0) {
        cursor.element()?;
    }
    let set = cursor.element()?.expect(Tag::SET).map_err(ber)?;
    let mut recipients = Vec::new();
    let mut infos = set.children();
    while let Some(info) = infos.next().map_err(ber)? {
        if recipients.len() == limits.recipients {
            return Err(Rule::SealRecipients.broken().into());
        }
        recipients.push(read_recipient(&info).map_err(ber)?);
    }
    cursor.enter(Tag::SEQUENCE)?;
    cursor.element()?.oid().map_err(ber)?;
    let parameters = read_cipher(&cursor.element()?).map_err(|error| match error {
        SuiteError::Ber(error) => ber(error),
        SuiteError::Unsupported(what) => Rule::SealCipher.broken().seen(what).into(),
    })?;
    if authenticated && !parameters.cipher.is_gcm() {
        return Err(Rule::SealAuthenticity.broken().into());
    }
    let content = cursor.header()?;
    if content.tag != Tag::context(0) && content.tag != Tag::context_primitive(0) {
        return Err(cursor.unexpected());
    }
    cursor.fits(&content)?;
    cursor.position += content.size;
    Ok((SealedHead { recipients, parameters, authenticated }, content))
}
