//! Inflating one entry within its declared size.

use flate2::{Decompress, FlushDecompress, Status};

use crate::finding::{Code, Finding};

/// Inflates exactly `size` bytes from exactly `data`. The caller has checked `size` against the budgets, so memory is
/// bounded before the first byte comes out.
pub(super) fn inflate(data: &[u8], size: usize) -> Result<Vec<u8>, Finding> {
    let damaged = |message: &str| Finding::error(Code::ZipMalformed, message).by("RFC 1951");
    let mut out = Vec::with_capacity(size);
    let mut inflater = Decompress::new(false);
    // One byte more than declared: enough to notice an entry that is longer than it says.
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let consumed = usize::try_from(inflater.total_in()).map_err(|_| damaged("the entry is too long"))?;
        let before = inflater.total_out();
        let status = inflater
            .decompress(&data[consumed..], &mut chunk, FlushDecompress::None)
            .map_err(|_| damaged("the compressed data is broken"))?;
        let fresh = (inflater.total_out() - before) as usize;
        if out.len() + fresh > size {
            return Err(Finding::error(Code::ZipInconsistent, "an entry is longer than its header says"));
        }
        out.extend_from_slice(&chunk[..fresh]);
        if status == Status::StreamEnd {
            break;
        }
        if fresh == 0 && inflater.total_in() as usize == consumed {
            return Err(damaged("the compressed data ends too early"));
        }
    }
    if out.len() != size {
        return Err(Finding::error(Code::ZipInconsistent, "an entry is shorter than its header says"));
    }
    if inflater.total_in() != data.len() as u64 {
        return Err(Finding::error(Code::ZipInconsistent, "bytes after the end of an entry's compressed data"));
    }
    Ok(out)
}
