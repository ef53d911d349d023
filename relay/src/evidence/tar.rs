//! A tar archive (POSIX.1-1988, ustar) of a few small files and one that is streamed.

/// What is written before a file's bytes, and what ends the whole.
#[derive(Clone, Copy, Debug)]
pub struct Archive {
    /// Seconds since 1970 that every file is given.
    pub time: u64,
}

/// Everything is a multiple of this, in bytes.
const BLOCK: usize = 512;

impl Archive {
    /// The header of a file. Names are ours and have less than 100 bytes; sizes below 8 GiB fit in eleven octal digits.
    pub fn header(self, name: &str, size: u64) -> [u8; BLOCK] {
        let mut header = [0; BLOCK];
        let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, name);
        put(100, "0000644\0");
        put(108, "0000000\0");
        put(116, "0000000\0");
        put(124, &format!("{size:011o}\0"));
        put(136, &format!("{:011o}\0", self.time));
        // Spaces while the sum is made.
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }

    /// What fills up the last block of a file of this size.
    pub fn padding(size: u64) -> Vec<u8> {
        vec![0; (BLOCK - (size % BLOCK as u64) as usize) % BLOCK]
    }

    /// Two empty blocks.
    pub fn end() -> Vec<u8> {
        vec![0; 2 * BLOCK]
    }

    /// A small file, whole.
    pub fn file(self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let size = bytes.len() as u64;
        [&self.header(name, size)[..], bytes, &Self::padding(size)].concat()
    }
}
