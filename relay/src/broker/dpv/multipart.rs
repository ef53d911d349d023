//! `multipart/form-data` (RFC 7578) out of memory: fields, then files in parts named `attachments`. Nothing is copied, and
//! the length is known before the first byte.

use std::convert::Infallible;

use axum::body::Bytes;
use futures_util::stream;

/// A body that can be made again.
#[derive(Clone)]
pub(super) struct Multipart {
    pub(super) content_type: String,
    pieces: Vec<Bytes>,
}

impl std::fmt::Debug for Multipart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Multipart({} bytes)", self.length())
    }
}

/// A file: its name, and its bytes in pieces.
pub(super) type File = (String, Vec<Bytes>);

impl Multipart {
    /// `boundary` must be random, so that it occurs in no content.
    pub(super) fn new(boundary: &str, fields: &[(String, String)], files: Vec<File>) -> Self {
        let mut pieces = Vec::new();
        let mut head = |text: String| pieces.push(Bytes::from(text));
        for (name, value) in fields {
            let name = quoted(name);
            head(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
        }
        for (name, content) in files {
            let name = quoted(&name);
            pieces.push(Bytes::from(format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )));
            pieces.extend(content);
            pieces.push(Bytes::from_static(b"\r\n"));
        }
        pieces.push(Bytes::from(format!("--{boundary}--\r\n")));
        Self { content_type: format!("multipart/form-data; boundary={boundary}"), pieces }
    }

    /// In bytes.
    pub(super) fn length(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len() as u64).sum()
    }

    pub(super) fn body(&self) -> reqwest::Body {
        reqwest::Body::wrap_stream(stream::iter(self.pieces.clone().into_iter().map(Ok::<_, Infallible>)))
    }
}

/// RFC 7578, 2, with the escapes that browsers use (WHATWG HTML, 4.10.21.8).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_as_it_should() {
        let fields = [("A.B[0]".to_owned(), "æ\"".to_owned())];
        let content = vec![Bytes::from_static(b"ab"), Bytes::from_static(b"c")];
        let one = Multipart::new("x", &fields, vec![("å\"\r\n.pdf".to_owned(), content)]);
        let all: Vec<u8> = one.pieces.iter().flat_map(|piece| piece.to_vec()).collect();
        let wanted = "--x\r\nContent-Disposition: form-data; name=\"A.B[0]\"\r\n\r\næ\"\r\n\
            --x\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"å%22%0D%0A.pdf\"\r\n\
            Content-Type: application/octet-stream\r\n\r\nabc\r\n--x--\r\n";
        assert_eq!(String::from_utf8(all).unwrap(), wanted);
        assert_eq!(one.length(), wanted.len() as u64);
    }
}
