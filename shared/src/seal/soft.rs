//! Sealing with AES in this process: RSAES-OAEP SHA-256 and AES-256-CBC, the only suite we emit.

use aes::Aes256;
use aes::cipher::{Block, BlockModeEncrypt, KeyIvInit};
use rand_core::CryptoRng;

use super::suite::{ContentCipher, ContentKey, KeyTransport};
use super::write::Sealing;
use crate::finding::{Code, Finding};
use crate::pki::Certificate;

const BLOCK: usize = 16;

/// A package that is encrypted as it is written.
pub struct SoftSealer {
    sealing: Sealing,
    cipher: cbc::Encryptor<Aes256>,
    /// Plaintext that does not yet fill a block; always shorter than one.
    pending: Vec<u8>,
}

impl std::fmt::Debug for SoftSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SoftSealer(…)")
    }
}

impl SoftSealer {
    /// Makes a fresh content key and writes the head.
    ///
    /// # Errors
    /// [`Code::RecipientCertificate`] when nothing can be sealed to this certificate.
    pub fn new(recipient: &Certificate, rng: &mut impl CryptoRng, out: &mut Vec<u8>) -> Result<Self, Finding> {
        let suite = ContentCipher::Aes256Cbc;
        let key = ContentKey::generate(suite, rng);
        let mut iv = [0; BLOCK];
        rng.fill_bytes(&mut iv);
        let cipher = cbc::Encryptor::new_from_slices(key.as_bytes(), &iv)
            .map_err(|_| Finding::error(Code::Internal, "content key of a wrong length"))?;
        let sealing = Sealing::begin(recipient, KeyTransport::OaepSha256, suite, &key, &iv, rng, out)?;
        Ok(Self { sealing, cipher, pending: Vec::with_capacity(BLOCK) })
    }

    /// Encrypts and writes what fills blocks and segments.
    pub fn push(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        let mut joined = std::mem::take(&mut self.pending);
        joined.extend_from_slice(plain);
        let whole = joined.len() - joined.len() % BLOCK;
        self.pending = joined.split_off(whole);
        self.encrypt(&mut joined);
        self.sealing.ciphertext(&joined, out);
    }

    /// Pads (PKCS#7) and closes.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let mut last = std::mem::take(&mut self.pending);
        last.resize(BLOCK, (BLOCK - last.len()) as u8);
        self.encrypt(&mut last);
        self.sealing.ciphertext(&last, out);
        self.sealing.finish(out);
    }

    fn encrypt(&mut self, whole_blocks: &mut [u8]) {
        let (blocks, _) = Block::<Aes256>::slice_as_chunks_mut(whole_blocks);
        self.cipher.encrypt_blocks(blocks);
    }
}

/// Seals in one go.
///
/// # Errors
/// As [`SoftSealer::new`].
pub fn seal(recipient: &Certificate, plain: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Finding> {
    let mut out = Vec::with_capacity(plain.len() + plain.len() / 200 + 2048);
    let mut sealer = SoftSealer::new(recipient, rng, &mut out)?;
    sealer.push(plain, &mut out);
    sealer.finish(&mut out);
    Ok(out)
}
