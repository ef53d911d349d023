//! How things in a PKCS#12 file are encrypted, and decrypting them: PBES2 with AES and 3DES (RFC 8018, A.4), and the older
//! schemes of PKCS#12 with 3DES and RC2 (RFC 7292, C).
//!
//! Everything that is decrypted or derived here lies in buffers that are wiped when they are dropped, and is decrypted in
//! place, so that there is one of each. What cannot be reached: the state of a hash function while it works, where the
//! crates `sha1`, `sha2`, `hmac` and `pbkdf2` keep it, on the stack and never on the heap. The ciphers wipe their keys.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use aes::{Aes128, Aes192, Aes256};
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::{Zeroize, Zeroizing};

use super::{Hash, Pbkdf2, ShroudedKey, iterations};
use crate::seal::ber::{BerError, BerErrorKind, Element, Tag};

const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const DES_EDE3_CBC: &str = "1.2.840.113549.3.7";
const PBE_3DES: &str = "1.2.840.113549.1.12.1.3";
const PBE_RC2_128: &str = "1.2.840.113549.1.12.1.5";
const PBE_RC2_40: &str = "1.2.840.113549.1.12.1.6";

/// Something encrypted, and how.
#[derive(Clone)]
pub(super) enum Encrypted {
    /// PBES2 with AES, which WebCrypto decrypts too.
    Aes(ShroudedKey),
    /// PBES2 with 3DES; the key length in it counts for nothing.
    TripleDes(ShroudedKey),
    /// The older schemes.
    Old { cipher: OldCipher, salt: Vec<u8>, iterations: u32, encrypted: Vec<u8> },
    /// In a way that is not supported.
    Unknown,
}

/// The ciphers of the older schemes.
#[derive(Clone, Copy)]
pub(super) enum OldCipher {
    TripleDes,
    Rc2 { key_length: usize },
}

/// Reads an AlgorithmIdentifier.
pub(super) fn read(algorithm: &Element<'_>, encrypted: Vec<u8>) -> Result<Encrypted, BerError> {
    let mut fields = algorithm.expect(Tag::SEQUENCE)?.children();
    let cipher = match fields.require()?.oid()?.to_string().as_str() {
        PBES2 => return pbes2(&fields.expect(Tag::SEQUENCE)?, encrypted),
        PBE_3DES => OldCipher::TripleDes,
        PBE_RC2_128 => OldCipher::Rc2 { key_length: 16 },
        PBE_RC2_40 => OldCipher::Rc2 { key_length: 5 },
        _ => return Ok(Encrypted::Unknown),
    };
    let mut parameters = fields.expect(Tag::SEQUENCE)?.children();
    let salt = parameters.expect(Tag::OCTET_STRING)?.content.to_vec();
    let iterations = iterations(&parameters.require()?)?;
    Ok(Encrypted::Old { cipher, salt, iterations, encrypted })
}

/// PBES2-params (RFC 8018, A.4).
fn pbes2(parameters: &Element<'_>, encrypted: Vec<u8>) -> Result<Encrypted, BerError> {
    let mut schemes = parameters.children();
    let derivation = schemes.expect(Tag::SEQUENCE)?;
    let mut cipher = schemes.expect(Tag::SEQUENCE)?.children();
    let Some(derivation) = pbkdf2(&derivation)? else { return Ok(Encrypted::Unknown) };
    let name = cipher.require()?.oid()?.to_string();
    // The cipher's; one that the derivation gives counts for nothing.
    let key_length = match name.as_str() {
        "2.16.840.1.101.3.4.1.2" => 16,
        "2.16.840.1.101.3.4.1.22" | DES_EDE3_CBC => 24,
        "2.16.840.1.101.3.4.1.42" => 32,
        _ => return Ok(Encrypted::Unknown),
    };
    let iv = cipher.expect(Tag::OCTET_STRING)?;
    // Told as what it is: decryption would blame the password.
    if iv.content.len() != if name == DES_EDE3_CBC { 8 } else { 16 } {
        return Err(BerError { kind: BerErrorKind::Unexpected, offset: iv.offset });
    }
    let made = ShroudedKey { kdf: Pbkdf2 { key_length, ..derivation }, iv: iv.content.to_vec(), encrypted };
    Ok(if name == DES_EDE3_CBC { Encrypted::TripleDes(made) } else { Encrypted::Aes(made) })
}

/// PBKDF2 as an AlgorithmIdentifier (RFC 8018, A.2), with a key length of 0 where it gives none; `None` for another
/// derivation or hash.
pub(super) fn pbkdf2(algorithm: &Element<'_>) -> Result<Option<Pbkdf2>, BerError> {
    let mut fields = algorithm.children();
    if fields.require()?.oid()?.to_string() != PBKDF2 {
        return Ok(None);
    }
    let mut parameters = fields.expect(Tag::SEQUENCE)?.children();
    let salt = parameters.expect(Tag::OCTET_STRING)?.content.to_vec();
    let iterations = iterations(&parameters.require()?)?;
    let key_length = parameters.optional(Tag::INTEGER)?.and_then(|length| length.unsigned().ok()).unwrap_or_default();
    let hash = parameters.optional(Tag::SEQUENCE)?.map_or(Ok(Some(Hash::Sha1)), |function| hmac_of(&function))?;
    let key_length = usize::try_from(key_length).unwrap_or(usize::MAX);
    Ok(hash.map(|hash| Pbkdf2 { salt, iterations, hash, key_length }))
}

/// The hash of an HMAC that an AlgorithmIdentifier names (RFC 8018, B.1.1 and B.1.2).
pub(super) fn hmac_of(algorithm: &Element<'_>) -> Result<Option<Hash>, BerError> {
    Ok(match algorithm.children().require()?.oid()?.to_string().as_str() {
        "1.2.840.113549.2.7" => Some(Hash::Sha1),
        "1.2.840.113549.2.9" => Some(Hash::Sha256),
        "1.2.840.113549.2.10" => Some(Hash::Sha384),
        "1.2.840.113549.2.11" => Some(Hash::Sha512),
        _ => None,
    })
}

impl Encrypted {
    /// The plaintext, wiped when it is dropped; `None` when the password does not fit, or the scheme is not supported.
    pub(super) fn decrypt(&self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Aes(made) => made.decrypt(password),
            Self::TripleDes(made) => {
                cbc_in_place::<des::TdesEde3>(&made.kdf.derive(password), &made.iv, &made.encrypted)
            }
            Self::Old { cipher, salt, iterations, encrypted } => {
                let length = match cipher {
                    OldCipher::TripleDes => 24,
                    OldCipher::Rc2 { key_length } => *key_length,
                };
                let derived = |purpose, length| derive::<Sha1>(purpose, password, salt, *iterations, 64, length);
                let (key, iv) = (derived(Purpose::Key, length), derived(Purpose::Iv, 8));
                match cipher {
                    OldCipher::TripleDes => cbc_in_place::<des::TdesEde3>(&key, &iv, encrypted),
                    OldCipher::Rc2 { .. } => cbc_in_place::<rc2::Rc2>(&key, &iv, encrypted),
                }
            }
            Self::Unknown => None,
        }
    }
}

impl Pbkdf2 {
    /// The key that the password (UTF-8) gives, wiped when it is dropped.
    pub(super) fn derive(&self, password: &str) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; self.key_length]);
        let (password, salt, rounds) = (password.as_bytes(), &self.salt, self.iterations);
        match self.hash {
            Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut key),
            Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut key),
            Hash::Sha384 => pbkdf2::pbkdf2_hmac::<Sha384>(password, salt, rounds, &mut key),
            Hash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, rounds, &mut key),
        }
        key
    }
}

impl ShroudedKey {
    /// The plaintext, wiped when it is dropped.
    fn decrypt(&self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        let key = self.kdf.derive(password);
        match self.kdf.key_length {
            16 => cbc_in_place::<Aes128>(&key, &self.iv, &self.encrypted),
            24 => cbc_in_place::<Aes192>(&key, &self.iv, &self.encrypted),
            _ => cbc_in_place::<Aes256>(&key, &self.iv, &self.encrypted),
        }
    }
}

/// Decrypts in the buffer that is given back, so that there is no other; it is wiped when the padding is wrong, too.
fn cbc_in_place<C>(key: &[u8], iv: &[u8], encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt + KeyInit,
{
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let length = cbc::Decryptor::<C>::new_from_slices(key, iv).ok()?.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    // Wiping a vector wipes its whole capacity.
    buffer.truncate(length);
    Some(buffer)
}

/// What a key of PKCS#12's own derivation is for (RFC 7292, B.3).
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Integrity = 3,
}

/// The key derivation of PKCS#12 (RFC 7292, B.2) to `length` bytes, with a hash function whose block has `block` bytes. The
/// password goes in as big-endian UTF-16 with a closing zero. All that is secret is wiped.
pub(super) fn derive<D: Digest>(
    purpose: Purpose,
    password: &str,
    salt: &[u8],
    iterations: u32,
    block: usize,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let password = utf16(password);
    let mut input = filled(salt, &password, block);
    let step = <D as Digest>::output_size();
    let mut key = Zeroizing::new(Vec::with_capacity(length + step));
    let mut digest = Zeroizing::new(vec![0; step]);
    while key.len() < length {
        let mut hash = D::new();
        hash.update(vec![purpose as u8; block]);
        hash.update(&*input);
        take(hash, &mut digest);
        for _ in 1..iterations {
            take(D::new_with_prefix(&*digest), &mut digest);
        }
        key.extend_from_slice(&digest);
        let addend: Zeroizing<Vec<u8>> = Zeroizing::new(digest.iter().copied().cycle().take(block).collect());
        input.chunks_exact_mut(block).for_each(|chunk| add(chunk, &addend));
    }
    key.truncate(length);
    key
}

/// The digest into a buffer of ours; what the crate gave is wiped.
fn take<D: Digest>(hash: D, into: &mut [u8]) {
    let mut made = hash.finalize();
    into.copy_from_slice(&made);
    made.as_mut_slice().zeroize();
}

/// `chunk` + `addend` + 1 as big-endian numbers, without what does not fit.
fn add(chunk: &mut [u8], addend: &[u8]) {
    let mut carry = 1_u16;
    for (byte, other) in chunk.iter_mut().zip(addend).rev() {
        let sum = u16::from(*byte) + u16::from(*other) + carry;
        [_, *byte] = sum.to_be_bytes();
        carry = sum >> 8;
    }
}

/// Salt and password, each repeated to whole blocks.
fn filled(salt: &[u8], password: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let whole = |part: &[u8]| part.len().div_ceil(block) * block;
    let mut input = Zeroizing::new(Vec::with_capacity(whole(salt) + whole(password)));
    for part in [salt, password] {
        input.extend(part.iter().copied().cycle().take(whole(part)));
    }
    input
}

/// The password as the derivation takes it. The buffer never grows: one that does leaves its old place behind unwiped.
fn utf16(password: &str) -> Zeroizing<Vec<u8>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
    for unit in password.encode_utf16().chain([0]) {
        octets.extend_from_slice(&unit.to_be_bytes());
    }
    octets
}
