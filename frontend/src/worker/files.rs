//! Reading files in pieces, and putting pieces together again.

use std::ops::Range;

use js_sys::{Array, Promise, Uint8Array};
use konvolutt_shared::finding::{Code, Finding};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag};

use super::Outcome;

/// How much of a file is in memory at once, in bytes.
const PIECE: u64 = 1024 * 1024;

/// The bytes of a whole blob.
pub(super) async fn read(blob: &Blob) -> Outcome<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|_| unreadable())?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Reads a blob from its start to its end; the next piece is fetched while the last one is worked on.
pub(super) struct Pieces {
    blob: Blob,
    at: f64,
    next: Option<Promise>,
}

impl Pieces {
    /// At the blob's first byte.
    pub(super) fn of(blob: &Blob) -> Self {
        let mut pieces = Self { blob: blob.clone(), at: 0.0, next: None };
        pieces.fetch();
        pieces
    }

    fn fetch(&mut self) {
        let to = (self.at + PIECE as f64).min(self.blob.size());
        if self.at < to {
            let slice = self.blob.slice_with_f64_and_f64(self.at, to);
            self.next = slice.ok().map(|slice| slice.array_buffer());
        }
    }

    /// The next piece; `None` at the end.
    pub(super) async fn next(&mut self) -> Outcome<Option<Vec<u8>>> {
        let Some(next) = self.next.take() else {
            return if self.at < self.blob.size() { Err(unreadable()) } else { Ok(None) };
        };
        let piece = Uint8Array::new(&JsFuture::from(next).await.map_err(|_| unreadable())?);
        self.at += f64::from(piece.length());
        if piece.length() == 0 {
            return Err(unreadable());
        }
        self.fetch();
        Ok(Some(piece.to_vec()))
    }
}

/// A part of a blob, named as this type.
pub(super) fn slice(blob: &Blob, range: &Range<u64>, media_type: &str) -> Outcome<Blob> {
    let part = blob.slice_with_f64_and_f64_and_content_type(range.start as f64, range.end as f64, media_type);
    part.map_err(|_| unreadable())
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
            let options = Array::of1(&Uint8Array::from(bytes.as_slice()));
            if let Ok(part) = Blob::new_with_u8_array_sequence(&options) {
                self.parts.push(&part);
            }
            bytes.clear();
        }
    }

    /// All of it.
    pub(super) fn blob(&self, media_type: &str) -> Outcome<Blob> {
        let options = BlobPropertyBag::new();
        options.set_type(media_type);
        Blob::new_with_blob_sequence_and_options(&self.parts, &options).map_err(|_| unreadable())
    }
}

/// A blob of some bytes.
pub(super) fn blob(bytes: &[u8], media_type: &str) -> Outcome<Blob> {
    let parts = Parts::default();
    parts.take(&mut bytes.to_vec());
    parts.blob(media_type)
}

fn unreadable() -> Vec<Finding> {
    vec![Finding::error(Code::DocumentDamaged, "the browser cannot read the file any more")]
}
