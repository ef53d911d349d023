//! A multipart body (RFC 7578) with sealed parts, cut out of a package while it is read. It never exists as a whole, and
//! its length is known before the first byte.

use std::collections::VecDeque;
use std::io;

use axum::body::Bytes;
use futures_util::stream::{self, BoxStream, Stream};
use futures_util::{StreamExt, TryStreamExt};

use crate::packages::Content;

/// What comes next.
#[derive(Debug)]
enum Piece {
    /// Written here.
    Text(Bytes),
    /// So many bytes of the package.
    Sealed(u64),
}

/// A body that can be sent once.
pub(super) struct Streamed {
    pieces: VecDeque<Piece>,
    boundary: String,
}

impl Streamed {
    /// A body without parts. `boundary` is random: it must not occur in any part.
    pub(super) fn new(boundary: String) -> Self {
        Self { pieces: VecDeque::new(), boundary }
    }

    /// Adds a part that is written here. `head` is its header lines.
    #[must_use]
    pub(super) fn text(mut self, head: &str, content: &str) -> Self {
        self.begin(head, content);
        self
    }

    /// Adds the next bytes of the package as a part.
    #[must_use]
    pub(super) fn sealed(mut self, head: &str, size: u64) -> Self {
        self.begin(head, "");
        self.pieces.push_back(Piece::Sealed(size));
        self
    }

    fn begin(&mut self, head: &str, content: &str) {
        let before = if self.pieces.is_empty() { "" } else { "\r\n" };
        let text = format!("{before}--{}\r\n{head}\r\n\r\n{content}", self.boundary);
        self.pieces.push_back(Piece::Text(text.into()));
    }

    fn end(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary)
    }

    /// Of the whole, in bytes.
    pub(super) fn length(&self) -> u64 {
        let length = |piece: &Piece| match piece {
            Piece::Text(text) => text.len() as u64,
            Piece::Sealed(size) => *size,
        };
        self.pieces.iter().map(length).sum::<u64>() + self.end().len() as u64
    }

    /// `Content-Type` of the request.
    pub(super) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The bytes. A package that is shorter than the parts breaks the body off, and who is sent it sees a request that did
    /// not end.
    pub(super) fn stream(mut self, package: Content) -> impl Stream<Item = io::Result<Bytes>> + Send {
        self.pieces.push_back(Piece::Text(self.end().into()));
        let state = (self.pieces, package.into_stream(), Bytes::new());
        stream::try_unfold(state, |(mut pieces, mut source, mut rest)| async move {
            match pieces.pop_front() {
                None => Ok(None),
                Some(Piece::Text(text)) => Ok(Some((text, (pieces, source, rest)))),
                Some(Piece::Sealed(0)) => Ok(Some((Bytes::new(), (pieces, source, rest)))),
                Some(Piece::Sealed(left)) => {
                    if rest.is_empty() {
                        rest = next(&mut source).await?;
                    }
                    let take = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
                    let bytes = rest.split_to(take);
                    let left = left - take as u64;
                    if left > 0 {
                        pieces.push_front(Piece::Sealed(left));
                    }
                    Ok(Some((bytes, (pieces, source, rest))))
                }
            }
        })
        .try_filter(|bytes| std::future::ready(!bytes.is_empty()))
    }
}

async fn next(source: &mut BoxStream<'static, io::Result<Bytes>>) -> io::Result<Bytes> {
    loop {
        match source.next().await {
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(bytes) => {
                let bytes = bytes?;
                if !bytes.is_empty() {
                    return Ok(bytes);
                }
            }
        }
    }
}
