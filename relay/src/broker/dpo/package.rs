//! `sbd.zip`, made while it is uploaded: `sbd.json` deflated, `asic.zip` (the sealed package, in spite of its name)
//! as it is. It never exists on disk, and its length is known before the first byte.

use std::io::{self, Read};

use konvolutt_shared::container::zip::{Compression, DosTime, ZipWriter};
use konvolutt_shared::finding::Finding;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::super::Dispatch;
use crate::store::StoreError;

/// Counting and sending cut the package at the same places, and so does deflate.
const PIECE: usize = 64 * 1024;

/// Pieces that may wait for the network.
const AHEAD: usize = 4;

/// Why the stream cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackageError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the package cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("the zip: {0}")]
    Zip(#[from] Finding),
}

/// The exact length and the body. If the package is shorter than the dispatch says, the body breaks off, and
/// the broker sees an upload that did not end.
pub(super) async fn stream(dispatch: &Dispatch) -> Result<(u64, reqwest::Body), PackageError> {
    let dispatch = dispatch.clone();
    // An unreadable package is told before the broker hears of the upload.
    let mut package = match &dispatch.package {
        None => None,
        Some(package) => Some(package.open().await?.into_reader()),
    };
    tokio::task::spawn_blocking(move || {
        let length = length(&dispatch)?;
        let (pieces, stream) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let source = package.as_mut().map(|reader| reader as &mut dyn Read);
            if let Err(error) = write(&dispatch, source, &mut |piece| pieces.blocking_send(Ok(piece)).is_ok()) {
                // The request is gone if nobody listens.
                let _ = pieces.blocking_send(Err(error));
            }
        });
        Ok((length, reqwest::Body::wrap_stream(ReceiverStream::new(stream))))
    })
    .await
    .map_err(io::Error::other)?
}

/// The zip's length. The package itself is not read: without compression, what deflate adds depends on lengths alone.
fn length(dispatch: &Dispatch) -> Result<u64, PackageError> {
    let (mut zeros, mut total) = (io::repeat(0), 0);
    let source = dispatch.package.as_ref().map(|_| &mut zeros as &mut dyn Read);
    write(dispatch, source, &mut |piece| {
        total += piece.len() as u64;
        true
    })?;
    Ok(total)
}

/// Writes the zip piece by piece; `take` says whether anybody wants more.
fn write(
    dispatch: &Dispatch,
    source: Option<&mut dyn Read>,
    take: &mut dyn FnMut(Vec<u8>) -> bool,
) -> Result<(), PackageError> {
    let mut zip = ZipWriter::new(DosTime::from_timestamp(dispatch.created));
    let mut out = Vec::new();
    zip.add("sbd.json", dispatch.sbd.as_bytes(), &mut out)?;
    if let Some(source) = source {
        let (mut left, mut piece) = (dispatch.package_size, vec![0; PIECE]);
        zip.begin("asic.zip", Compression::None, &mut out)?;
        while left > 0 {
            let size = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            source.read_exact(&mut piece[..size])?;
            left -= size as u64;
            zip.write(&piece[..size], &mut out)?;
            if !take(std::mem::take(&mut out)) {
                return Ok(());
            }
        }
        zip.end(&mut out)?;
    }
    zip.finish("", &mut out)?;
    take(out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::packages::{Folder, Package};

    #[test]
    fn the_length_is_exact() {
        let folder = tempfile::tempdir().unwrap();
        let among = std::sync::Arc::new(Folder::open(folder.path()).unwrap());
        for size in [0_usize, 1, 65_534, 65_535, 65_536, 65_537, 200_003, 1_000_000] {
            let content: Vec<u8> = (0..size).map(|n| (n.wrapping_mul(2_654_435_761) >> 7) as u8).collect();
            let dispatch = Dispatch {
                reference: String::new(),
                created: Timestamp::UNIX_EPOCH,
                sender: String::new(),
                recipient: String::new(),
                sbd: "{}".repeat(20_000),
                package: Some(Package { name: "out".to_owned(), among: among.clone() }),
                package_size: size as u64,
                details: None,
                doubtful: false,
            };
            let mut zip = Vec::new();
            let mut source = content.as_slice();
            write(&dispatch, Some(&mut source), &mut |piece| {
                zip.extend(piece);
                true
            })
            .unwrap();
            assert_eq!(length(&dispatch).unwrap(), zip.len() as u64, "{size}");
        }
    }
}
