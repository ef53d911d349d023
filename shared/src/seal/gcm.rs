//! GCM (NIST SP 800-38D) over content that comes in pieces, which no crate offers: the counter mode and GHASH are theirs.

use std::fmt;

use aes::cipher::consts::U16;
use aes::cipher::{
    Block, BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper,
};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::suite::ContentKey;
use crate::finding::{Finding, Rule};

const BLOCK: usize = 16;
/// The only nonce length there is here, in bytes.
const NONCE: usize = 12;

/// What is done to the bytes of a piece, in place.
pub(super) type Transform = Box<dyn FnMut(&mut [u8]) + Send>;

/// One content under one key and nonce. All pieces but the last must be whole blocks.
pub(super) struct Gcm {
    keystream: Transform,
    authenticator: GcmAuthenticator,
}

impl Gcm {
    /// `None` when key or nonce have a wrong length.
    pub(super) fn new<C>(key: &ContentKey, nonce: &[u8]) -> Option<Self>
    where
        C: BlockCipherEncrypt + KeyInit + Send + BlockSizeUser<BlockSize = U16> + 'static,
    {
        let nonce: &[u8; NONCE] = nonce.try_into().ok()?;
        let cipher = C::new_from_slice(key.as_bytes()).ok()?;
        let mut hash_key = Block::<C>::default();
        cipher.encrypt_block(&mut hash_key);
        let mut counter = [0_u8; BLOCK];
        counter[..NONCE].copy_from_slice(nonce);
        counter[15] = 1;
        let mut mask = Block::<C>::from(counter);
        cipher.encrypt_block(&mut mask);
        counter[15] = 2;
        let core = ctr::CtrCore::<C, ctr::flavors::Ctr32BE>::inner_iv_init(cipher, &counter.into());
        let mut stream = StreamCipherCoreWrapper::from_core(core);
        Some(Self {
            keystream: Box::new(move |bytes| stream.apply_keystream(bytes)),
            authenticator: GcmAuthenticator::new(hash_key.into(), mask.into()),
        })
    }

    pub(super) fn encrypt(&mut self, bytes: &mut [u8]) {
        (self.keystream)(bytes);
        self.authenticator.absorb(bytes);
    }

    pub(super) fn decrypt(&mut self, bytes: &mut [u8]) {
        self.authenticator.absorb(bytes);
        (self.keystream)(bytes);
    }

    pub(super) fn tag(self, associated: &[u8]) -> [u8; BLOCK] {
        self.authenticator.tag(associated)
    }

    /// Whether this is the tag over what went through.
    ///
    /// # Errors
    /// [`Rule::SealOpening`].
    pub(super) fn verify(self, tag: &[u8], associated: &[u8]) -> Result<(), Finding> {
        self.authenticator.verify(tag, associated)
    }
}

/// The half of GCM that authenticates, for those who have the other half elsewhere: WebCrypto has GCM for a whole in
/// memory only, but its counter mode goes in pieces.
#[derive(Clone)]
pub struct GcmAuthenticator {
    hash: GHash,
    hash_key: [u8; BLOCK],
    mask: [u8; BLOCK],
    length: u64,
}

impl fmt::Debug for GcmAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GcmAuthenticator(…)")
    }
}

impl Drop for GcmAuthenticator {
    fn drop(&mut self) {
        self.hash_key.zeroize();
        self.mask.zeroize();
    }
}

impl GcmAuthenticator {
    /// `hash_key` is the encryption of a block of zeros, `mask` that of the first counter: the nonce of 12
    /// bytes and 1 in 4 bytes, big-endian (NIST SP 800-38D, 7.1, steps 1, 2 and 6).
    pub fn new(hash_key: [u8; BLOCK], mask: [u8; BLOCK]) -> Self {
        Self { hash: GHash::new(&hash_key.into()), hash_key, mask, length: 0 }
    }

    /// The next ciphertext. All pieces but the last must be whole blocks of 16 bytes; this is not checked,
    /// and otherwise no tag fits.
    pub fn absorb(&mut self, ciphertext: &[u8]) {
        self.hash.update_padded(ciphertext);
        self.length += ciphertext.len() as u64;
    }

    /// Whether this is the tag, 16 bytes, over what was absorbed and the associated data (NIST SP 800-38D,
    /// 7.2), compared in constant time.
    ///
    /// # Errors
    /// [`Rule::SealOpening`] when it is not.
    pub fn verify(self, tag: &[u8], associated: &[u8]) -> Result<(), Finding> {
        if self.tag(associated).ct_eq(tag).into() { Ok(()) } else { Err(Rule::SealOpening.broken()) }
    }

    /// The tag (section 7.1). The associated data stands after the content in CMS but is hashed before it; since GHASH is
    /// linear, it is hashed by itself over as many zero blocks and added.
    fn tag(&self, associated: &[u8]) -> [u8; BLOCK] {
        let mut lengths = [0_u8; BLOCK];
        lengths[..8].copy_from_slice(&(associated.len() as u64 * 8).to_be_bytes());
        lengths[8..].copy_from_slice(&(self.length * 8).to_be_bytes());
        let mut hash = self.hash.clone();
        hash.update(&[lengths.into()]);
        let mut sum: [u8; BLOCK] = hash.finalize().into();
        if !associated.is_empty() {
            let mut before = GHash::new(&self.hash_key.into());
            before.update_padded(associated);
            for _ in 0..=self.length.div_ceil(BLOCK as u64) {
                before.update(&[[0; BLOCK].into()]);
            }
            add(&mut sum, before.finalize().into());
        }
        add(&mut sum, self.mask);
        sum
    }
}

fn add(sum: &mut [u8; BLOCK], other: [u8; BLOCK]) {
    sum.iter_mut().zip(other).for_each(|(octet, other)| *octet ^= other);
}
