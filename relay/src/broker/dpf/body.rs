//! The multipart body (RFC 7578): the metadata first, then each sealed part in order, cut out of the package while it is
//! read. It never exists as a whole, and its length is known before the first byte.

use std::collections::VecDeque;
use std::io;

use axum::body::Bytes;
use futures_util::stream::{self, BoxStream, Stream};
use futures_util::{StreamExt, TryStreamExt};
use konvolutt_shared::envelope::PartClaim;

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
pub(super) struct Body {
    pieces: VecDeque<Piece>,
    boundary: String,
}

impl Body {
    /// Metadata and parts. `boundary` is random: it must not occur in any part.
    pub(super) fn new(forsendelse: &serde_json::Value, parts: &[PartClaim], boundary: String) -> Self {
        let mut pieces = VecDeque::new();
        let mut text = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"forsendelse\"\r\n\
             Content-Type: application/json\r\n\r\n{forsendelse}"
        );
        for (number, part) in parts.iter().enumerate() {
            // SvarUt holds the names against the metadata. What would break the header no shipment's name has.
            let name: String = part.name.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect();
            let media_type: String = part.media_type.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
            text.push_str(&format!(
                "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"filer_{number}\"; filename=\"{name}\"\r\n\
                 Content-Type: {media_type}\r\n\r\n"
            ));
            pieces.push_back(Piece::Text(std::mem::take(&mut text).into()));
            pieces.push_back(Piece::Sealed(part.size));
        }
        text.push_str(&format!("\r\n--{boundary}--\r\n"));
        pieces.push_back(Piece::Text(text.into()));
        Self { pieces, boundary }
    }

    /// Of the whole, in bytes.
    pub(super) fn length(&self) -> u64 {
        let length = |piece: &Piece| match piece {
            Piece::Text(text) => text.len() as u64,
            Piece::Sealed(size) => *size,
        };
        self.pieces.iter().map(length).sum()
    }

    /// `Content-Type` of the request.
    pub(super) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The bytes. A package that is shorter than the parts breaks the body off, and SvarUt sees a request that did not end.
    pub(super) fn stream(self, package: Content) -> impl Stream<Item = io::Result<Bytes>> + Send {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(name: &str, size: u64) -> PartClaim {
        let media_type = "application/pdf".to_owned();
        PartClaim { name: name.to_owned(), media_type, size, sha256: String::new() }
    }

    /// A package that comes in pieces of a length.
    fn package(bytes: &[u8], piece: usize) -> Content {
        let pieces: Vec<io::Result<Bytes>> =
            bytes.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        Content::Stream(Box::pin(stream::iter(pieces)))
    }

    #[tokio::test]
    async fn the_package_is_cut_at_the_parts_wherever_its_pieces_end() {
        let sealed = b"abcdefghij";
        for piece in [1, 2, 3, 7, 10] {
            let body = Body::new(&json!({}), &[part("é.pdf", 3), part("b.pdf", 7)], "x".to_owned());
            let length = body.length();
            let bytes: Vec<Bytes> = body.stream(package(sealed, piece)).try_collect().await.unwrap();
            let whole = String::from_utf8(bytes.concat()).unwrap();
            let head = |number: u8, name: &str| {
                format!(
                    "--x\r\nContent-Disposition: form-data; name=\"filer_{number}\"; filename=\"{name}\"\r\n\
                     Content-Type: application/pdf\r\n\r\n"
                )
            };
            let expected = format!(
                "--x\r\nContent-Disposition: form-data; name=\"forsendelse\"\r\nContent-Type: application/json\r\n\r\n\
                 {{}}\r\n{}abc\r\n{}defghij\r\n--x--\r\n",
                head(0, "é.pdf"),
                head(1, "b.pdf")
            );
            assert_eq!(whole, expected);
            assert_eq!(length, whole.len() as u64);
        }
    }

    #[tokio::test]
    async fn a_package_that_is_too_short_breaks_the_body_off() {
        let body = Body::new(&json!({}), &[part("a.pdf", 11)], "x".to_owned());
        let end: Result<Vec<Bytes>, _> = body.stream(package(b"abcdefghij", 4)).try_collect().await;
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
