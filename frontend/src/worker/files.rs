//! Reading files in pieces, and putting pieces together again.

use std::ops::Range;

use js_sys::{Array, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use konvolutt_shared::finding::{Finding, Rule};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, ReadableStreamGetReaderOptions, ReadableStreamReaderMode};

use super::Outcome;
use super::digester::Digester;
use super::subtle::object;

/// How much of a file is in memory at once, in bytes; less than Chromium has ready while one is worked on.
const PIECE: u64 = 256 * 1024;

/// The bytes of a whole blob.
pub(super) async fn read(blob: &Blob) -> Outcome<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|_| unreadable())?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Reads a blob from its start to its end; the next piece is fetched while the last one is worked on.
///
/// The bytes come through a byte stream into one buffer that goes back and forth: several times as fast as slices of the
/// blob, and nothing is left for the garbage collector. Browsers without byte streams read slices.
pub(super) struct Pieces<'a> {
    source: Source,
    size: f64,
    at: f64,
    next: Option<Promise>,
    piece: Vec<u8>,
    digester: Option<&'a Digester>,
}

enum Source {
    Stream(ByteReader),
    Slices(Blob),
}

#[wasm_bindgen]
extern "C" {
    /// `ReadableStreamBYOBReader`, with the option `min` that web-sys does not know (Streams, 4.5.3).
    type ByteReader;

    #[wasm_bindgen(method)]
    fn read(this: &ByteReader, into: &Uint8Array, options: &JsValue) -> Promise;

    /// What a read ends in.
    type Filled;

    #[wasm_bindgen(method, getter)]
    fn value(this: &Filled) -> Option<Uint8Array>;
}

impl Source {
    fn of(blob: &Blob) -> Self {
        let options = ReadableStreamGetReaderOptions::new();
        options.set_mode(ReadableStreamReaderMode::Byob);
        // Not every browser's blobs make byte streams, and then asking for such a reader throws.
        let stream = blob.stream();
        let reader = Reflect::get(&stream, &"getReader".into())
            .and_then(|get_reader| get_reader.unchecked_into::<Function>().call1(&stream, &options));
        reader.map_or_else(|_| Self::Slices(blob.clone()), |reader| Self::Stream(reader.unchecked_into()))
    }
}

impl<'a> Pieces<'a> {
    /// At the blob's first byte.
    pub(super) fn of(blob: &Blob) -> Self {
        Self::digested(blob, None)
    }

    /// The same; the digester gets every piece, too.
    pub(super) fn digested(blob: &Blob, digester: Option<&'a Digester>) -> Self {
        let (source, size) = (Source::of(blob), blob.size());
        let mut pieces = Self { source, size, at: 0.0, next: None, piece: Vec::new(), digester };
        pieces.fetch(None);
        pieces
    }

    /// Asks for the next piece, into the buffer of one that has been copied out.
    fn fetch(&mut self, used: Option<ArrayBuffer>) {
        let length = (self.size - self.at).min(PIECE as f64);
        if length <= 0.0 {
            return;
        }
        self.next = match &self.source {
            Source::Stream(reader) => {
                let buffer = used.unwrap_or_else(|| ArrayBuffer::new(PIECE as u32));
                let view = Uint8Array::new_with_byte_offset_and_length(&buffer, 0, length as u32);
                Some(reader.read(&view, &object(&[("min", length.into())])))
            }
            Source::Slices(blob) => {
                blob.slice_with_f64_and_f64(self.at, self.at + length).ok().map(|slice| slice.array_buffer())
            }
        };
    }

    /// The next piece; `None` at the end.
    pub(super) async fn next(&mut self) -> Outcome<Option<&[u8]>> {
        let Some(next) = self.next.take() else {
            return if self.at < self.size { Err(unreadable()) } else { Ok(None) };
        };
        let answer = JsFuture::from(next).await.map_err(|_| unreadable())?;
        let piece = match self.source {
            Source::Stream(_) => answer.unchecked_into::<Filled>().value().ok_or_else(unreadable)?,
            Source::Slices(_) => Uint8Array::new(&answer),
        };
        if piece.length() == 0 {
            return Err(unreadable());
        }
        self.at += f64::from(piece.length());
        self.piece.resize(piece.length() as usize, 0);
        piece.copy_to(&mut self.piece);
        let used = match self.digester {
            Some(digester) => digester.exchange(&piece).await,
            None => Some(piece.buffer()),
        };
        self.fetch(used);
        Ok(Some(&self.piece))
    }
}

/// A part of a blob, named as this type.
pub(super) fn slice(blob: &Blob, range: &Range<u64>, media_type: &str) -> Outcome<Blob> {
    let part = blob.slice_with_f64_and_f64_and_content_type(range.start as f64, range.end as f64, media_type);
    part.map_err(|_| unreadable())
}

#[wasm_bindgen]
extern "C" {
    /// `Array.of`, lent these bytes where they lie: whoever gets the array must copy them before it returns.
    #[wasm_bindgen(js_namespace = Array, js_name = of)]
    fn lent(bytes: &[u8]) -> Array;
}

/// Collects output; the browser keeps it outside this worker's memory.
#[derive(Debug, Default)]
pub(super) struct Parts {
    parts: Array,
}

impl Parts {
    /// Moves bytes out, leaving the buffer empty.
    pub(super) fn take(&self, bytes: &mut Vec<u8>) {
        if !bytes.is_empty() {
            // A new blob copies what it is made of.
            if let Ok(part) = Blob::new_with_u8_array_sequence(&lent(bytes)) {
                self.parts.push(&part);
            }
            bytes.clear();
        }
    }

    /// All of it.
    pub(super) fn blob(&self, media_type: &str) -> Outcome<Blob> {
        Blob::new_with_blob_sequence_and_options(&self.parts, &typed(media_type)).map_err(|_| unreadable())
    }
}

/// A blob of some bytes.
pub(super) fn blob(bytes: &[u8], media_type: &str) -> Outcome<Blob> {
    Blob::new_with_u8_array_sequence_and_options(&lent(bytes), &typed(media_type)).map_err(|_| unreadable())
}

fn typed(media_type: &str) -> BlobPropertyBag {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    options
}

fn unreadable() -> Vec<Finding> {
    vec![Finding::error(Rule::FileReadable, "the browser cannot read the file any more")]
}
