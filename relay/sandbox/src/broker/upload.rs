//! Taking the bytes: streamed to a file, counted, digested and scanned on the way.

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use md5::{Digest, Md5};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::problem::Problem;
use super::state::{Refusal, Stored};
use super::store::{Store, remove};
use crate::world::World;

/// As much as eFormidling's client sends (`difi.move.dpo.upload-size-limit`, 1 GB), with room for the envelope.
const MAX_BYTES: u64 = 1_100_000_000;
/// The harmless text that every malware scanner finds (eicar.org), in two pieces so that this source is not found.
pub(crate) const MARKER: [&str; 2] = ["EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!"];

/// What to do with the connection while the bytes come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    None,
    /// Stop when this many bytes have come.
    CutAfter(u64),
}

/// How an upload ended, if nothing was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    Cut,
}

/// Stores the body of an upload that has begun.
pub(super) async fn receive(world: &World, id: Uuid, body: Body, fault: Fault) -> Result<Ending, Problem> {
    let store: &Store = &world.broker;
    let answer = store_bytes(&store.file(id), most(store), body.into_data_stream(), fault).await;
    let now = world.clock.now();
    match answer {
        Ok(Some(stored)) => finish(store, id, &stored, now).map(|()| Ending::Complete),
        // The broker does not know that the client has gone: the transfer stays in UploadStarted.
        Ok(None) => Ok(Ending::Cut),
        Err(problem) => {
            store.change(id, now, |transfer, _| {
                transfer.fail_upload(now);
                Ok(())
            })??;
            remove(&store.file(id))?;
            Err(problem)
        }
    }
}

/// The largest upload, in bytes.
pub(super) fn most(store: &Store) -> u64 {
    store.estate().settings.max_bytes().map_or(MAX_BYTES, |bytes| bytes.min(MAX_BYTES))
}

/// The bytes of an upload that has begun are there. What they should not be is removed.
pub(super) fn finish(store: &Store, id: Uuid, stored: &Stored, now: Timestamp) -> Result<(), Problem> {
    let finished = store.change(id, now, |transfer, timing| transfer.finish_upload(stored, now, timing))?;
    if finished.is_err() {
        remove(&store.file(id))?;
    }
    Ok(finished?)
}

/// `None` when the connection was cut on purpose.
pub(super) async fn store_bytes<E: Into<axum::BoxError>>(
    path: &std::path::Path,
    most: u64,
    chunks: impl Stream<Item = Result<Bytes, E>>,
    fault: Fault,
) -> Result<Option<Stored>, Problem> {
    let mut file = tokio::fs::File::create(path).await?;
    let mut digest = Md5::new();
    let mut scanner = Scanner::default();
    let mut size = 0_u64;
    let mut chunks = std::pin::pin!(chunks);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(std::io::Error::other)?;
        size += chunk.len() as u64;
        if size > most {
            return Err(Refusal::TooBig.into());
        }
        if matches!(fault, Fault::CutAfter(limit) if size >= limit) {
            return Ok(None);
        }
        digest.update(&chunk);
        scanner.push(&chunk);
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    file.sync_data().await?;
    let md5 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(Stored { size, md5, infected: scanner.found }))
}

/// Whether the marker is in it.
pub(crate) fn infected(bytes: &[u8]) -> bool {
    let mut scanner = Scanner::default();
    scanner.push(bytes);
    scanner.found
}

/// Finds the marker even when it lies over two chunks.
#[derive(Default)]
struct Scanner {
    tail: Vec<u8>,
    found: bool,
}

impl Scanner {
    fn push(&mut self, chunk: &[u8]) {
        let marker = MARKER.concat();
        self.tail.extend_from_slice(chunk);
        self.found |= self.tail.windows(marker.len()).any(|window| window == marker.as_bytes());
        let keep = self.tail.len().min(marker.len() - 1);
        self.tail.drain(..self.tail.len() - keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_is_found_over_chunk_borders() {
        let text = format!("before{}after", MARKER.concat());
        for cut in 0..text.len() {
            let mut scanner = Scanner::default();
            scanner.push(&text.as_bytes()[..cut]);
            scanner.push(&text.as_bytes()[cut..]);
            assert!(scanner.found, "cut at {cut}");
        }
        let mut scanner = Scanner::default();
        scanner.push(MARKER[0].as_bytes());
        assert!(!scanner.found);
    }
}
