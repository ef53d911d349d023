//! Opening with a key in this process. What comes out is not yet to be trusted: CBC has no integrity, so nothing of
//! it may be shown or acted on before the container's signature holds.

use aes::cipher::{Block, BlockCipherEncrypt, BlockModeDecrypt, InnerIvInit, KeyInit, KeyIvInit, StreamCipher};
use aes::{Aes128, Aes256};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use subtle::ConstantTimeEq;

use super::read::{SealReader, SealedTail};
use super::suite::{CipherParameters, ContentCipher, ContentKey};
use crate::finding::{Code, Finding};
use crate::limits::Limits;
use crate::pki::SoftKey;

/// Opens a sealed package in memory.
///
/// # Errors
/// The reader's; [`Code::CmsNoRecipient`]; and one [`Code::CmsContentDecryptFailed`], the same for every cause, when
/// the content key or the content does not decrypt.
pub fn open(bytes: &[u8], key: &SoftKey, limits: &Limits) -> Result<Vec<u8>, Finding> {
    if bytes.len() as u64 > limits.package_bytes {
        return Err(Finding::error(Code::LimitExceeded, "the package is larger than is allowed"));
    }
    let mut reader = SealReader::new(limits);
    let mut content = Vec::with_capacity(bytes.len());
    reader.push(bytes, &mut content)?;
    let head = reader.head().cloned();
    let tail = reader.finish()?;
    // A package that ended well had a head.
    let head = head.ok_or_else(|| Finding::error(Code::CmsTruncated, "the package has no head"))?;
    let request = head.key_request(std::slice::from_ref(key.certificate()))?;
    let content_key = key.unwrap(request.transport, &request.encrypted_key)?;
    decrypt(&head.parameters, &content_key, content, &tail)
}

/// Decrypts a whole content. For plain EnvelopedData with GCM the tag ends the content (reference 2.1); for
/// AuthEnvelopedData it comes in the tail.
///
/// # Errors
/// [`Code::CmsContentDecryptFailed`], the same for every cause.
pub fn decrypt(
    parameters: &CipherParameters,
    key: &ContentKey,
    content: Vec<u8>,
    tail: &SealedTail,
) -> Result<Vec<u8>, Finding> {
    let iv = &parameters.iv;
    match parameters.cipher {
        ContentCipher::Aes128Cbc => cbc::<Aes128>(key, iv, content),
        ContentCipher::Aes256Cbc => cbc::<Aes256>(key, iv, content),
        ContentCipher::Aes128Gcm => gcm::<Aes128>(key, parameters, content, tail),
        ContentCipher::Aes256Gcm => gcm::<Aes256>(key, parameters, content, tail),
    }
    .ok_or_else(|| Finding::error(Code::CmsContentDecryptFailed, "the package cannot be opened"))
}

fn cbc<C>(key: &ContentKey, iv: &[u8], mut content: Vec<u8>) -> Option<Vec<u8>>
where
    C: aes::cipher::BlockCipherDecrypt + KeyInit,
    cbc::Decryptor<C>: KeyIvInit + BlockModeDecrypt,
{
    if content.is_empty() || !content.len().is_multiple_of(16) {
        return None;
    }
    let cipher = cbc::Decryptor::<C>::new_from_slices(key.as_bytes(), iv).ok()?;
    let length = cipher.decrypt_padded::<aes::cipher::block_padding::Pkcs7>(&mut content).ok()?.len();
    content.truncate(length);
    Some(content)
}

/// GCM (NIST SP 800-38D) with a 96-bit nonce: the tag is checked before a byte is decrypted.
fn gcm<C>(key: &ContentKey, parameters: &CipherParameters, mut content: Vec<u8>, tail: &SealedTail) -> Option<Vec<u8>>
where
    C: BlockCipherEncrypt + KeyInit + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    let tag = match &tail.tag {
        Some(tag) => tag.clone(),
        None => content.split_off(content.len().checked_sub(parameters.tag_length)?),
    };
    if tag.len() != parameters.tag_length {
        return None;
    }
    let cipher = C::new_from_slice(key.as_bytes()).ok()?;
    let mut hash_key = Block::<C>::default();
    cipher.encrypt_block(&mut hash_key);
    let mut first = [0_u8; 16];
    first.get_mut(..12)?.copy_from_slice(parameters.iv.get(..12)?);
    first[15] = 1;
    let mut mask = Block::<C>::from(first);
    cipher.encrypt_block(&mut mask);

    let mut hash = GHash::new(&hash_key);
    hash.update_padded(&tail.associated);
    hash.update_padded(&content);
    let mut lengths = [0_u8; 16];
    lengths[..8].copy_from_slice(&(tail.associated.len() as u64 * 8).to_be_bytes());
    lengths[8..].copy_from_slice(&(content.len() as u64 * 8).to_be_bytes());
    hash.update(&[lengths.into()]);
    let expected: Vec<u8> = hash.finalize().iter().zip(mask.iter()).map(|(a, b)| a ^ b).collect();
    if !bool::from(expected[..parameters.tag_length].ct_eq(&tag)) {
        return None;
    }
    first[15] = 2;
    let core = ctr::CtrCore::<C, ctr::flavors::Ctr32BE>::inner_iv_init(cipher, &first.into());
    aes::cipher::StreamCipherCoreWrapper::from_core(core).apply_keystream(&mut content);
    Some(content)
}
