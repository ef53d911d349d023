//! Plain text, for as long as it takes to hand it over. It lies in chunks of a fixed size, so that nothing is left behind
//! where a growing buffer was, and each chunk is wiped when the last who reads it lets go.

use std::ops::Range;

use axum::body::Bytes;
use zeroize::Zeroizing;

/// In bytes.
const CHUNK: usize = 1 << 20;

/// What is being filled. Its `Debug` shows nothing of it.
pub(super) struct Memory {
    full: Vec<Bytes>,
    last: Zeroizing<Vec<u8>>,
    most: u64,
}

/// What has been filled.
#[derive(Clone)]
pub(super) struct Contents(Vec<Bytes>);

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory(…)")
    }
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contents(…)")
    }
}

fn chunk() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(CHUNK))
}

impl Memory {
    /// Takes at most so many bytes.
    pub(super) fn of(most: u64) -> Self {
        Self { full: Vec::new(), last: chunk(), most }
    }

    /// Adds bytes. `false` if they are too many.
    pub(super) fn append(&mut self, mut bytes: &[u8]) -> bool {
        let length = (self.full.len() * CHUNK + self.last.len() + bytes.len()) as u64;
        if length > self.most {
            return false;
        }
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.last.len()));
            self.last.extend_from_slice(now);
            bytes = later;
            if self.last.len() == CHUNK {
                self.full.push(Bytes::from_owner(std::mem::replace(&mut self.last, chunk())));
            }
        }
        true
    }

    /// All of it.
    pub(super) fn finish(self) -> Contents {
        let mut chunks = self.full;
        chunks.push(Bytes::from_owner(self.last));
        Contents(chunks)
    }
}

impl Contents {
    /// A part, without a copy.
    pub(super) fn slices(&self, range: &Range<u64>) -> Vec<Bytes> {
        let mut slices = Vec::new();
        let (mut at, end) = (range.start as usize, range.end as usize);
        while at < end {
            let Some(chunk) = self.0.get(at / CHUNK) else { break };
            let (from, to) = (at % CHUNK, chunk.len().min(at % CHUNK + end - at));
            if from >= to {
                break;
            }
            slices.push(chunk.slice(from..to));
            at += to - from;
        }
        slices
    }

    /// A part in one piece: for what must be read here.
    pub(super) fn whole(&self, range: &Range<u64>) -> Zeroizing<Vec<u8>> {
        let mut whole = Zeroizing::new(Vec::with_capacity((range.end - range.start) as usize));
        for slice in self.slices(range) {
            whole.extend_from_slice(&slice);
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_over_chunk_borders() {
        let content: Vec<u8> = (0..3 * CHUNK + 17).map(|n| (n.wrapping_mul(2_654_435_761) >> 7) as u8).collect();
        let mut memory = Memory::of(content.len() as u64);
        for piece in content.chunks(70_001) {
            assert!(memory.append(piece));
        }
        assert!(!memory.append(b"x"), "not a byte more");
        let contents = memory.finish();
        let (one, end) = (CHUNK as u64, content.len() as u64);
        for range in [0..0, 0..1, 5..one, one - 1..one + 1, 0..end, 2 * one..end, end - 1..end] {
            let wanted = &content[range.start as usize..range.end as usize];
            assert_eq!(contents.whole(&range).as_slice(), wanted, "{range:?}");
        }
    }

    #[test]
    fn nothing_is_shown() {
        let mut memory = Memory::of(100);
        memory.append(b"hemmelig");
        let while_filled = format!("{memory:?}");
        assert!(!format!("{while_filled}{:?}", memory.finish()).contains("hemm"));
    }
}
