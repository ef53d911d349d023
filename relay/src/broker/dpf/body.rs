//! The multipart body: the metadata first, then each sealed part in order.

use konvolutt_shared::envelope::PartClaim;

use crate::broker::streamed::Streamed;

/// Metadata and parts. `boundary` is random: it must not occur in any part.
pub(super) fn body(forsendelse: &serde_json::Value, parts: &[PartClaim], boundary: String) -> Streamed {
    let head = "Content-Disposition: form-data; name=\"forsendelse\"\r\nContent-Type: application/json";
    let metadata = Streamed::new(boundary).text(head, &forsendelse.to_string());
    parts.iter().enumerate().fold(metadata, |body, (number, part)| {
        // SvarUt holds the names against the metadata. What would break the header no shipment's name has.
        let name: String = part.name.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect();
        let media_type: String = part.media_type.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
        let head = format!(
            "Content-Disposition: form-data; name=\"filer_{number}\"; filename=\"{name}\"\r\n\
             Content-Type: {media_type}"
        );
        body.sealed(&head, part.size)
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::body::Bytes;
    use futures_util::{TryStreamExt, stream};
    use serde_json::json;

    use super::*;
    use crate::packages::Content;

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
            let body = body(&json!({}), &[part("é.pdf", 3), part("b.pdf", 7)], "x".to_owned());
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
        let body = body(&json!({}), &[part("a.pdf", 11)], "x".to_owned());
        let end: Result<Vec<Bytes>, _> = body.stream(package(b"abcdefghij", 4)).try_collect().await;
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
