//! The outline of a PKCS#12 file (RFC 7292), so that WebCrypto can decrypt the private key into a handle: key
//! derivation, cipher and encrypted key are read, the key itself is never decrypted here.

use std::fmt;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use aes::{Aes128, Aes192, Aes256};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use crate::finding::{Finding, Rule};
use crate::limits::Limits;
use crate::seal::ber::{BerError, BerErrorKind, Element, Reader, Tag};

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const X509: &str = "1.2.840.113549.1.9.22.1";
const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";

/// A hash function, for key derivation and integrity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// PBKDF2 (RFC 8018, A.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pbkdf2 {
    /// The salt.
    pub salt: Vec<u8>,
    /// Rounds.
    pub iterations: u32,
    /// HMAC's hash.
    pub hash: Hash,
    /// The derived key's length in bytes: 16, 24 or 32, which is AES-128, -192 or -256 in CBC mode.
    pub key_length: usize,
}

/// Something encrypted with PBES2: PBKDF2 and AES-CBC.
#[derive(Clone, PartialEq, Eq)]
pub struct ShroudedKey {
    /// How the key comes from the password (UTF-8).
    pub kdf: Pbkdf2,
    /// The initialisation vector, 16 bytes.
    pub iv: Vec<u8>,
    /// The encrypted PKCS#8 key.
    pub encrypted: Vec<u8>,
}

/// The file's private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pkcs12Key {
    /// WebCrypto can decrypt it.
    Shrouded(ShroudedKey),
    /// Encrypted with 3DES or RC2, not at all, or inside an encrypted safe: only [`SoftKey`](super::SoftKey) opens it.
    Legacy,
}

/// What a file holds, as far as can be told without its password.
#[derive(Clone)]
pub struct Pkcs12Outline {
    /// The first private key.
    pub key: Pkcs12Key,
    open: Vec<Certificate>,
    safes: Vec<Option<ShroudedKey>>,
    authenticated: Vec<u8>,
    mac: Option<MacData>,
}

#[derive(Clone)]
struct MacData {
    hash: Option<Hash>,
    value: Vec<u8>,
    salt: Vec<u8>,
    iterations: u32,
}

impl fmt::Debug for ShroudedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShroudedKey").field("kdf", &self.kdf.hash).finish_non_exhaustive()
    }
}

impl fmt::Debug for Pkcs12Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs12Outline").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Reads the outline.
///
/// # Errors
/// [`Rule::KeyFileForm`] when it is not a PKCS#12 file with a private key.
pub fn read(bytes: &[u8]) -> Result<Pkcs12Outline, Finding> {
    outline(bytes)
        .map_err(|error| broken(&error))?
        .ok_or_else(|| Finding::error(Rule::KeyFileKey, "the key file holds no private key").by("RFC 7292, 4.2"))
}

fn broken(error: &BerError) -> Finding {
    Finding::error(Rule::KeyFileForm, format!("not a PKCS#12 file, or a damaged one: {error}")).by("RFC 7292, 4")
}

fn outline(bytes: &[u8]) -> Result<Option<Pkcs12Outline>, BerError> {
    let mut file = Reader::new(bytes);
    let mut fields = file.expect(Tag::SEQUENCE)?.children();
    file.end()?;
    fields.expect(Tag::INTEGER)?;
    let (kind, authenticated) = content_info(&fields.require()?)?;
    if kind != DATA {
        return Err(BerError { kind: BerErrorKind::Unexpected, offset: 0 });
    }
    let authenticated = authenticated.expect_octets()?;
    let mac = fields.next()?.map(|mac| mac_data(&mac)).transpose()?;
    let mut found = Found::default();
    let mut safes = Reader::new(&authenticated).expect(Tag::SEQUENCE)?.children();
    while let Some(safe) = safes.next()? {
        let (kind, content) = content_info(&safe)?;
        match kind.as_str() {
            DATA => found.bags(&content.expect_octets()?)?,
            ENCRYPTED_DATA => found.safes.push(encrypted_safe(&content)?),
            _ => {}
        }
    }
    // A key may also lie inside an encrypted safe, where it cannot be seen.
    let key = match found.key {
        Some(key) => key,
        None if found.safes.is_empty() => return Ok(None),
        None => Pkcs12Key::Legacy,
    };
    Ok(Some(Pkcs12Outline { key, open: found.certificates, safes: found.safes, authenticated, mac }))
}

#[derive(Default)]
struct Found {
    key: Option<Pkcs12Key>,
    certificates: Vec<Certificate>,
    safes: Vec<Option<ShroudedKey>>,
}

impl Found {
    /// SafeContents (RFC 7292, 4.2).
    fn bags(&mut self, contents: &[u8]) -> Result<(), BerError> {
        let mut bags = Reader::new(contents).expect(Tag::SEQUENCE)?.children();
        while let Some(bag) = bags.next()? {
            let mut fields = bag.expect(Tag::SEQUENCE)?.children();
            let kind = fields.require()?.oid()?.to_string();
            let value = fields.expect(Tag::context(0))?.children().require()?;
            match kind.as_str() {
                SHROUDED_KEY_BAG if self.key.is_none() => {
                    let mut parts = value.expect(Tag::SEQUENCE)?.children();
                    let algorithm = parts.require()?;
                    let encrypted = parts.require()?.expect_octets()?;
                    self.key = Some(pbes2(&algorithm, encrypted)?.map_or(Pkcs12Key::Legacy, Pkcs12Key::Shrouded));
                }
                KEY_BAG if self.key.is_none() => self.key = Some(Pkcs12Key::Legacy),
                CERTIFICATE_BAG => {
                    let mut parts = value.expect(Tag::SEQUENCE)?.children();
                    if parts.require()?.oid()?.to_string() == X509 {
                        let der = parts.expect(Tag::context(0))?.children().require()?.expect_octets()?;
                        self.certificates
                            .push(Certificate::from_der(&der).map_err(|_| value.error(BerErrorKind::Value))?);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

trait Octets {
    fn expect_octets(&self) -> Result<Vec<u8>, BerError>;
}

impl Octets for Element<'_> {
    fn expect_octets(&self) -> Result<Vec<u8>, BerError> {
        match self.tag {
            Tag::OCTET_STRING | Tag::OCTET_STRING_CONSTRUCTED => Ok(self.octets()?.into_owned()),
            _ => Err(self.error(BerErrorKind::Unexpected)),
        }
    }
}

fn content_info<'a>(element: &Element<'a>) -> Result<(String, Element<'a>), BerError> {
    let mut fields = element.expect(Tag::SEQUENCE)?.children();
    let kind = fields.require()?.oid()?.to_string();
    Ok((kind, fields.expect(Tag::context(0))?.children().require()?))
}

fn encrypted_safe(data: &Element<'_>) -> Result<Option<ShroudedKey>, BerError> {
    let mut fields = data.expect(Tag::SEQUENCE)?.children();
    fields.expect(Tag::INTEGER)?;
    let mut info = fields.expect(Tag::SEQUENCE)?.children();
    info.require()?.oid()?;
    let algorithm = info.require()?;
    let content = info.require()?;
    pbes2(&algorithm, content.octets()?.into_owned())
}

/// PBES2-params (RFC 8018, A.4); `None` for another scheme.
fn pbes2(algorithm: &Element<'_>, encrypted: Vec<u8>) -> Result<Option<ShroudedKey>, BerError> {
    let mut fields = algorithm.expect(Tag::SEQUENCE)?.children();
    if fields.require()?.oid()?.to_string() != PBES2 {
        return Ok(None);
    }
    let mut schemes = fields.expect(Tag::SEQUENCE)?.children();
    let mut derivation = schemes.expect(Tag::SEQUENCE)?.children();
    let mut cipher = schemes.expect(Tag::SEQUENCE)?.children();
    if derivation.require()?.oid()?.to_string() != PBKDF2 {
        return Ok(None);
    }
    let mut parameters = derivation.expect(Tag::SEQUENCE)?.children();
    let salt = parameters.expect(Tag::OCTET_STRING)?.content.to_vec();
    let rounds = parameters.require()?;
    let iterations = iterations(&rounds)?;
    parameters.optional(Tag::INTEGER)?;
    let hash = match parameters.optional(Tag::SEQUENCE)? {
        None => Some(Hash::Sha1),
        Some(function) => match function.children().require()?.oid()?.to_string().as_str() {
            "1.2.840.113549.2.7" => Some(Hash::Sha1),
            "1.2.840.113549.2.9" => Some(Hash::Sha256),
            "1.2.840.113549.2.10" => Some(Hash::Sha384),
            "1.2.840.113549.2.11" => Some(Hash::Sha512),
            _ => None,
        },
    };
    let key_length = match cipher.require()?.oid()?.to_string().as_str() {
        "2.16.840.1.101.3.4.1.2" => 16,
        "2.16.840.1.101.3.4.1.22" => 24,
        "2.16.840.1.101.3.4.1.42" => 32,
        _ => return Ok(None),
    };
    let iv = cipher.expect(Tag::OCTET_STRING)?.content.to_vec();
    Ok(hash.map(|hash| ShroudedKey { kdf: Pbkdf2 { salt, iterations, hash, key_length }, iv, encrypted }))
}

/// Rounds within the budget: a hostile file may ask for years of work.
fn iterations(element: &Element<'_>) -> Result<u32, BerError> {
    let rounds = u32::try_from(element.unsigned()?).map_err(|_| element.error(BerErrorKind::Value))?;
    if rounds == 0 || rounds > Limits::default().iterations {
        return Err(element.error(BerErrorKind::Value));
    }
    Ok(rounds)
}

fn mac_data(element: &Element<'_>) -> Result<MacData, BerError> {
    let mut fields = element.expect(Tag::SEQUENCE)?.children();
    let mut digest = fields.expect(Tag::SEQUENCE)?.children();
    let hash = match digest.expect(Tag::SEQUENCE)?.children().require()?.oid()?.to_string().as_str() {
        "1.3.14.3.2.26" => Some(Hash::Sha1),
        "2.16.840.1.101.3.4.2.1" => Some(Hash::Sha256),
        "2.16.840.1.101.3.4.2.2" => Some(Hash::Sha384),
        "2.16.840.1.101.3.4.2.3" => Some(Hash::Sha512),
        _ => None,
    };
    let value = digest.expect(Tag::OCTET_STRING)?.content.to_vec();
    let salt = fields.expect(Tag::OCTET_STRING)?.content.to_vec();
    let iterations = match fields.next()? {
        Some(rounds) => iterations(&rounds)?,
        None => 1,
    };
    Ok(MacData { hash, value, salt, iterations })
}

impl Pkcs12Outline {
    /// Decrypts the certificate bags, and only those, in memory.
    ///
    /// # Errors
    /// [`Rule::KeyFilePassword`] when the password does not fit, [`Rule::KeyFileOld`] when a safe is encrypted in an old
    /// way that only [`SoftKey`](super::SoftKey) reads, [`Rule::KeyFileForm`] when there is none or a bag is broken.
    pub fn certificates(&self, password: &str) -> Result<Vec<Certificate>, Finding> {
        let mut found = Found { certificates: self.open.clone(), ..Found::default() };
        for safe in &self.safes {
            let safe =
                safe.as_ref().ok_or_else(|| Finding::error(Rule::KeyFileOld, "the key file is of an old kind"))?;
            let plain = safe
                .decrypt(password)
                .ok_or_else(|| Finding::error(Rule::KeyFilePassword, "the password does not open the key file"))?;
            // One wrong password in 256 unpads by chance; what comes out is then no structure.
            found
                .bags(&plain)
                .map_err(|_| Finding::error(Rule::KeyFilePassword, "the password does not open the key file"))?;
        }
        match found.certificates.len() {
            0 => Err(Finding::error(Rule::KeyFileCertificate, "the key file holds no certificate")),
            count if count > Limits::default().certificates => {
                Err(Finding::error(Rule::KeyFileCertificates, "the key file holds too many certificates"))
            }
            _ => Ok(found.certificates),
        }
    }

    /// Decrypts the private key (PKCS#8); `None` when it is of an old kind or the password does not fit. Wiped when it is
    /// dropped.
    #[cfg(feature = "soft-keys")]
    pub(super) fn private_key(&self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        match &self.key {
            Pkcs12Key::Shrouded(key) => key.decrypt(password),
            Pkcs12Key::Legacy => None,
        }
    }

    /// Whether the file's integrity code holds for the password; `None` when it has none, or one of another kind.
    pub fn verify_mac(&self, password: &str) -> Option<bool> {
        let mac = self.mac.as_ref()?;
        Some(match mac.hash? {
            Hash::Sha1 => {
                let key = derive::<Sha1>(password, &mac.salt, mac.iterations, 64);
                let mut code = Hmac::<Sha1>::new_from_slice(&key).ok()?;
                code.update(&self.authenticated);
                code.finalize().into_bytes().as_slice().ct_eq(&mac.value).into()
            }
            Hash::Sha256 => {
                let key = derive::<Sha256>(password, &mac.salt, mac.iterations, 64);
                let mut code = Hmac::<Sha256>::new_from_slice(&key).ok()?;
                code.update(&self.authenticated);
                code.finalize().into_bytes().as_slice().ct_eq(&mac.value).into()
            }
            Hash::Sha384 | Hash::Sha512 => return None,
        })
    }
}

impl ShroudedKey {
    /// The plaintext, wiped when it is dropped.
    fn decrypt(&self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut key = Zeroizing::new(vec![0; self.kdf.key_length]);
        let (password, salt, rounds) = (password.as_bytes(), &self.kdf.salt, self.kdf.iterations);
        match self.kdf.hash {
            Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut key),
            Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut key),
            Hash::Sha384 => pbkdf2::pbkdf2_hmac::<Sha384>(password, salt, rounds, &mut key),
            Hash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, rounds, &mut key),
        }
        let content = &self.encrypted;
        match self.kdf.key_length {
            16 => cbc::Decryptor::<Aes128>::new_from_slices(&key, &self.iv).ok()?.decrypt_padded_vec::<Pkcs7>(content),
            24 => cbc::Decryptor::<Aes192>::new_from_slices(&key, &self.iv).ok()?.decrypt_padded_vec::<Pkcs7>(content),
            _ => cbc::Decryptor::<Aes256>::new_from_slices(&key, &self.iv).ok()?.decrypt_padded_vec::<Pkcs7>(content),
        }
        .ok()
        .map(Zeroizing::new)
    }
}

/// The key derivation of PKCS#12 for integrity (RFC 7292, B.2, ID 3). One round gives enough: the key is as long as
/// the hash. The password goes in as big-endian UTF-16 with a closing zero.
fn derive<D: Digest>(password: &str, salt: &[u8], iterations: u32, block: usize) -> Zeroizing<Vec<u8>> {
    let password: Zeroizing<Vec<u8>> =
        Zeroizing::new(password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect());
    let fill =
        |part: &[u8]| -> Vec<u8> { part.iter().copied().cycle().take(part.len().div_ceil(block) * block).collect() };
    let mut hash = D::new();
    hash.update(vec![3_u8; block]);
    hash.update(fill(salt));
    hash.update(Zeroizing::new(fill(&password)));
    let mut key = Zeroizing::new(hash.finalize().to_vec());
    for _ in 1..iterations {
        key = Zeroizing::new(D::digest(key.as_slice()).to_vec());
    }
    key
}
