//! Sealing with AES in this process: what encrypts for [`Sealing`], which has the format and its sources.

use aes::Aes256;
use aes::cipher::{Block, BlockModeEncrypt, KeyIvInit};
use rand_core::CryptoRng;

use super::gcm::Gcm;
use super::suite::{ContentKey, Suite};
use super::write::Sealing;
use crate::finding::{Finding, Rule};
use crate::pki::Certificate;

const BLOCK: usize = 16;
/// How much is encrypted and framed at once, in bytes: small enough for the cache.
const PIECE: usize = 64 * 1024;

/// A package that is encrypted as it is written: [`SoftSealer::push`] until there is no more, then
/// [`SoftSealer::finish`].
pub struct SoftSealer {
    sealing: Sealing,
    mode: Mode,
    /// Plaintext that does not yet fill a block; always shorter than one.
    pending: Vec<u8>,
    /// Room for one piece.
    piece: Vec<u8>,
}

enum Mode {
    Cbc(Box<cbc::Encryptor<Aes256>>),
    Gcm(Box<Gcm>),
}

impl std::fmt::Debug for SoftSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SoftSealer(…)")
    }
}

impl SoftSealer {
    /// Makes a fresh content key and initialisation vector or nonce from `rng`, and appends the head.
    ///
    /// # Errors
    /// [`Rule::RecipientKey`] when nothing can be sealed to this certificate.
    pub fn new(
        recipient: &Certificate,
        suite: Suite,
        rng: &mut impl CryptoRng,
        out: &mut Vec<u8>,
    ) -> Result<Self, Finding> {
        let cipher = suite.cipher();
        let key = ContentKey::generate(cipher, rng);
        let mut iv = vec![0; cipher.iv_length()];
        rng.fill_bytes(&mut iv);
        let mode = if cipher.is_gcm() {
            Gcm::new::<Aes256>(&key, &iv).map(|gcm| Mode::Gcm(Box::new(gcm)))
        } else {
            cbc(&key, &iv)
        };
        let mode = mode.ok_or_else(|| Finding::error(Rule::WriteOrder, "content key of a wrong length"))?;
        let sealing = Sealing::begin(recipient, suite.transport(), cipher, &key, &iv, rng, out)?;
        Ok(Self { sealing, mode, pending: Vec::with_capacity(BLOCK), piece: Vec::with_capacity(PIECE) })
    }

    /// Encrypts, in pieces of any size, and appends what fills blocks of 16 bytes and segments of
    /// [`SEGMENT`](super::SEGMENT).
    pub fn push(&mut self, mut plain: &[u8], out: &mut Vec<u8>) {
        while self.pending.len() + plain.len() >= BLOCK {
            let mut piece = std::mem::take(&mut self.piece);
            piece.append(&mut self.pending);
            let whole = (piece.len() + plain.len()).min(PIECE) / BLOCK * BLOCK;
            let (now, later) = plain.split_at(whole - piece.len());
            piece.extend_from_slice(now);
            plain = later;
            self.mode.encrypt(&mut piece);
            self.sealing.ciphertext(&piece, out);
            piece.clear();
            self.piece = piece;
        }
        self.pending.extend_from_slice(plain);
    }

    /// Pads (PKCS#7; RFC 5652, 6.3) or authenticates, and appends the end of the package.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let mut last = std::mem::take(&mut self.pending);
        if matches!(self.mode, Mode::Cbc(_)) {
            last.resize(BLOCK, (BLOCK - last.len()) as u8);
        }
        self.mode.encrypt(&mut last);
        self.sealing.ciphertext(&last, out);
        if let Mode::Gcm(gcm) = self.mode {
            self.sealing.ciphertext(&gcm.tag(&[]), out);
        }
        self.sealing.finish(out);
    }
}

fn cbc(key: &ContentKey, iv: &[u8]) -> Option<Mode> {
    cbc::Encryptor::new_from_slices(key.as_bytes(), iv).ok().map(|cipher| Mode::Cbc(Box::new(cipher)))
}

impl Mode {
    fn encrypt(&mut self, bytes: &mut [u8]) {
        match self {
            Self::Cbc(cipher) => cipher.encrypt_blocks(Block::<Aes256>::slice_as_chunks_mut(bytes).0),
            Self::Gcm(gcm) => gcm.encrypt(bytes),
        }
    }
}

/// Seals in one go with [`Suite::OaepCbc`], as DPO does. Answers the whole package, BER.
///
/// # Errors
/// As [`SoftSealer::new`].
pub fn seal(recipient: &Certificate, plain: &[u8], rng: &mut impl CryptoRng) -> Result<Vec<u8>, Finding> {
    seal_as(Suite::default(), recipient, plain, rng)
}

/// Seals in one go with this suite. Answers the whole package, BER.
///
/// # Errors
/// As [`SoftSealer::new`].
pub fn seal_as(
    suite: Suite,
    recipient: &Certificate,
    plain: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Finding> {
    let mut out = Vec::with_capacity(plain.len() + plain.len() / 200 + 2048);
    let mut sealer = SoftSealer::new(recipient, suite, rng, &mut out)?;
    sealer.push(plain, &mut out);
    sealer.finish(&mut out);
    Ok(out)
}
