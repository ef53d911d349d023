//! Decrypting content as it comes, with a key in this process. What comes out is not yet to be trusted: CBC has no
//! integrity and GCM's tag comes last, so nothing of it may be shown or acted on before the container's signature
//! holds. Sources: RFC 5652, 6.3 (CBC and its padding); RFC 5083 and RFC 5084 (GCM).

use std::fmt;

use aes::cipher::consts::U16;
use aes::cipher::{Block, BlockCipherDecrypt, BlockModeDecrypt, BlockSizeUser, KeyInit, KeyIvInit};
use aes::{Aes128, Aes256};

use super::gcm::{Gcm, Transform};
use super::read::SealedTail;
use super::suite::{CipherParameters, ContentCipher, ContentKey};
use crate::finding::{Finding, Rule};

const BLOCK: usize = 16;

/// Decrypts one content, piece by piece; the pieces may be of any size.
pub struct ContentDecryptor {
    mode: Mode,
    /// Ciphertext that is held back: what does not fill a block, and the end, which may be padding or a tag.
    held: Vec<u8>,
    tag_ends_content: bool,
}

enum Mode {
    Cbc(Transform),
    Gcm(Box<Gcm>),
}

impl fmt::Debug for ContentDecryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentDecryptor(…)")
    }
}

fn failed() -> Finding {
    Rule::SealOpening.broken()
}

impl ContentDecryptor {
    /// A decryptor at a content's first byte. `authenticated` says that GCM's tag comes in the tail (RFC 5083) instead
    /// of ending the content, where Bouncy Castle puts it in EnvelopedData. For CBC it says nothing.
    ///
    /// # Errors
    /// [`Rule::SealOpening`] when the key does not fit the cipher, which a wrong padding of the key also gives.
    pub fn new(parameters: &CipherParameters, key: &ContentKey, authenticated: bool) -> Result<Self, Finding> {
        let iv = &parameters.iv;
        let mode = match parameters.cipher {
            ContentCipher::Aes128Cbc => cbc::<Aes128>(key, iv),
            ContentCipher::Aes256Cbc => cbc::<Aes256>(key, iv),
            ContentCipher::Aes128Gcm => Gcm::new::<Aes128>(key, iv).map(|gcm| Mode::Gcm(Box::new(gcm))),
            ContentCipher::Aes256Gcm => Gcm::new::<Aes256>(key, iv).map(|gcm| Mode::Gcm(Box::new(gcm))),
        };
        let tag_ends_content = parameters.cipher.is_gcm() && !authenticated;
        Ok(Self { mode: mode.ok_or_else(failed)?, held: Vec::new(), tag_ends_content })
    }

    /// Takes ciphertext and appends what can be decrypted of it. Only whole blocks of 16 bytes leave.
    pub fn push(&mut self, ciphertext: &[u8], plain: &mut Vec<u8>) {
        let start = plain.len();
        let available = self.held.len() + ciphertext.len();
        // The end may be padding or a tag.
        let last = if matches!(self.mode, Mode::Cbc(_)) {
            1
        } else if self.tag_ends_content {
            BLOCK
        } else {
            0
        };
        let give = available.saturating_sub(last) / BLOCK * BLOCK;
        let from_held = give.min(self.held.len());
        plain.extend(self.held.drain(..from_held));
        let (now, later) = ciphertext.split_at(give - from_held);
        plain.extend_from_slice(now);
        self.held.extend_from_slice(later);
        self.transform(&mut plain[start..]);
    }

    fn transform(&mut self, bytes: &mut [u8]) {
        match &mut self.mode {
            Mode::Cbc(decrypt) => decrypt(bytes),
            Mode::Gcm(gcm) => gcm.decrypt(bytes),
        }
    }

    /// Checks the padding or the tag, and appends the last plaintext.
    ///
    /// # Errors
    /// [`Rule::SealOpening`], the same for every cause. What came out is then to be thrown away.
    pub fn finish(mut self, tail: &SealedTail, plain: &mut Vec<u8>) -> Result<(), Finding> {
        let held = std::mem::take(&mut self.held);
        match self.mode {
            Mode::Cbc(ref mut decrypt) => {
                let mut last: [u8; BLOCK] = held.try_into().map_err(|_| failed())?;
                decrypt(&mut last);
                plain.extend_from_slice(unpad(&last).ok_or_else(failed)?);
                Ok(())
            }
            Mode::Gcm(_) => {
                let (rest, tag) = if self.tag_ends_content {
                    held.split_at_checked(held.len().wrapping_sub(BLOCK)).ok_or_else(failed)?
                } else {
                    (&held[..], tail.tag.as_deref().ok_or_else(failed)?)
                };
                let start = plain.len();
                plain.extend_from_slice(rest);
                self.transform(&mut plain[start..]);
                let Mode::Gcm(gcm) = self.mode else { return Err(failed()) };
                gcm.verify(tag, &tail.associated)
            }
        }
    }
}

/// PKCS#7 (RFC 5652, 6.3). One answer for every fault; how long it takes tells an attacker at most what the answer
/// does, and the answer is given to the key's owner alone.
fn unpad(block: &[u8; BLOCK]) -> Option<&[u8]> {
    let count = usize::from(block[BLOCK - 1]);
    let start = BLOCK.checked_sub(count).filter(|_| count > 0)?;
    block[start..].iter().all(|&octet| usize::from(octet) == count).then_some(&block[..start])
}

fn cbc<C>(key: &ContentKey, iv: &[u8]) -> Option<Mode>
where
    C: BlockCipherDecrypt + KeyInit + Send + BlockSizeUser<BlockSize = U16> + 'static,
    cbc::Decryptor<C>: KeyIvInit + BlockModeDecrypt + BlockSizeUser<BlockSize = U16> + Send,
{
    let mut cipher = cbc::Decryptor::<C>::new_from_slices(key.as_bytes(), iv).ok()?;
    Some(Mode::Cbc(Box::new(move |bytes| {
        let (blocks, _) = Block::<cbc::Decryptor<C>>::slice_as_chunks_mut(bytes);
        cipher.decrypt_blocks(blocks);
    })))
}

/// Decrypts a whole content. GCM's tag is taken from `tail` where it has one, else from the content's end.
///
/// # Errors
/// [`Rule::SealOpening`], the same for every cause.
pub fn decrypt(
    parameters: &CipherParameters,
    key: &ContentKey,
    content: &[u8],
    tail: &SealedTail,
) -> Result<Vec<u8>, Finding> {
    let mut plain = Vec::with_capacity(content.len());
    let mut decryptor = ContentDecryptor::new(parameters, key, tail.tag.is_some())?;
    decryptor.push(content, &mut plain);
    decryptor.finish(tail, &mut plain)?;
    Ok(plain)
}
