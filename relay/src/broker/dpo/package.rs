//! `sbd.zip`, made while it is uploaded: `sbd.json` deflated, `asic.zip` (the sealed package, in spite of its name)
//! as it is.

use konvolutt_shared::container::zip::{Compression, DosTime, ZipWriter};
use konvolutt_shared::finding::Finding;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::super::Dispatch;

/// How much of the package is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Pieces that may wait for the network.
const AHEAD: usize = 4;

/// Why the stream cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackageError {
    #[error("the package on disk: {0}")]
    Disk(#[from] std::io::Error),
    #[error("the zip: {0}")]
    Zip(#[from] Finding),
}

/// The exact length and the body. The broker wants the length beforehand; deflate's stored blocks make it a sum, but
/// counting a dry run keeps it right whatever the writer does.
pub(super) async fn stream(dispatch: &Dispatch) -> Result<(u64, reqwest::Body), PackageError> {
    let mut count = Sink::Count(0);
    write(dispatch, &mut count).await?;
    let Sink::Count(length) = count else { return Ok((0, reqwest::Body::default())) };
    let (pieces, stream) = mpsc::channel(AHEAD);
    let dispatch = dispatch.clone();
    tokio::spawn(async move {
        if let Err(error) = write(&dispatch, &mut Sink::Send(pieces.clone())).await {
            // The request is gone if nobody listens.
            let _ = pieces.send(Err(error)).await;
        }
    });
    Ok((length, reqwest::Body::wrap_stream(ReceiverStream::new(stream))))
}

/// Where pieces go.
enum Sink {
    /// Only their length matters.
    Count(u64),
    /// To the network.
    Send(mpsc::Sender<Result<Vec<u8>, PackageError>>),
}

impl Sink {
    /// Takes a piece; `false` when nobody wants more.
    async fn put(&mut self, piece: Vec<u8>) -> bool {
        match self {
            Self::Count(length) => {
                *length += piece.len() as u64;
                true
            }
            Self::Send(pieces) => pieces.send(Ok(piece)).await.is_ok(),
        }
    }
}

/// Writes the zip piece by piece.
async fn write(dispatch: &Dispatch, sink: &mut Sink) -> Result<(), PackageError> {
    let mut zip = ZipWriter::new(DosTime::from_timestamp(dispatch.created));
    let mut out = Vec::new();
    zip.begin("sbd.json", Compression::Normal, &mut out)?;
    zip.write(dispatch.sbd.as_bytes(), &mut out)?;
    zip.end(&mut out)?;
    if let Some(package) = &dispatch.package {
        let mut file = File::open(package).await?;
        let mut buffer = vec![0; PIECE];
        zip.begin("asic.zip", Compression::None, &mut out)?;
        loop {
            let read = file.read(&mut buffer).await?;
            if read == 0 {
                break;
            }
            zip.write(&buffer[..read], &mut out)?;
            if !sink.put(std::mem::take(&mut out)).await {
                return Ok(());
            }
        }
        zip.end(&mut out)?;
    }
    zip.finish("", &mut out)?;
    sink.put(out).await;
    Ok(())
}
