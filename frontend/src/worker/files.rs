//! Reading files in pieces, and putting pieces together again.

use js_sys::{Array, Uint8Array};
use konvolutt_shared::finding::{Code, Finding};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag};

use super::Outcome;

/// How much of a file is in memory at once, in bytes.
pub(super) const PIECE: u64 = 1024 * 1024;

/// The bytes of a whole blob.
pub(super) async fn read(blob: &Blob) -> Outcome<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|_| unreadable())?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// The bytes from `from`, at most [`PIECE`] of them.
pub(super) async fn piece(blob: &Blob, from: u64) -> Outcome<Vec<u8>> {
    let to = (from + PIECE) as f64;
    let slice = blob.slice_with_f64_and_f64(from as f64, to.min(blob.size())).map_err(|_| unreadable())?;
    read(&slice).await
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
    pub(super) fn into_blob(self, media_type: &str) -> Outcome<Blob> {
        let options = BlobPropertyBag::new();
        options.set_type(media_type);
        Blob::new_with_blob_sequence_and_options(&self.parts, &options).map_err(|_| unreadable())
    }
}

/// A blob of some bytes.
pub(super) fn blob(bytes: &[u8], media_type: &str) -> Outcome<Blob> {
    let parts = Parts::default();
    parts.take(&mut bytes.to_vec());
    parts.into_blob(media_type)
}

fn unreadable() -> Vec<Finding> {
    vec![Finding::error(Code::DocumentDamaged, "the browser cannot read the file any more")]
}
