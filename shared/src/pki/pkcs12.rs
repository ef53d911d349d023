//! PKCS#12 files (RFC 7292), modern and old.
//!
//! [`read`] gives the outline of a file, so that WebCrypto can decrypt the private key into a handle: key derivation, cipher
//! and encrypted key are read, nothing is decrypted. [`Pkcs12Outline::open`] decrypts everything in memory, into buffers that
//! are wiped when they are dropped.

mod encryption;
mod integrity;

use std::fmt;

use zeroize::Zeroizing;

use super::certificate::Certificate;
use crate::finding::{Finding, Rule};
use crate::limits::Limits;
use crate::seal::ber::{BerError, BerErrorKind, Element, Reader, Tag};
use encryption::Encrypted;
use integrity::MacData;

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const X509: &str = "1.2.840.113549.1.9.22.1";

/// A hash function (FIPS 180-4), for key derivation and integrity.
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
    /// The salt, as the file has it; of any length.
    pub salt: Vec<u8>,
    /// The rounds, 1 to 10 000 000 ([`Limits::iterations`]).
    pub iterations: u32,
    /// The hash of HMAC, the pseudorandom function (RFC 8018, B.1).
    pub hash: Hash,
    /// The derived key's length in bytes: 16, 24 or 32, which is AES-128, -192 or -256 in CBC mode.
    pub key_length: usize,
}

/// Something encrypted with PBES2 (RFC 8018, A.4): PBKDF2 and AES-CBC.
#[derive(Clone, PartialEq, Eq)]
pub struct ShroudedKey {
    /// How the AES key comes from the password (UTF-8).
    pub kdf: Pbkdf2,
    /// The initialisation vector as the file has it: 16 bytes.
    pub iv: Vec<u8>,
    /// The encrypted PKCS#8 key (RFC 5958, section 3), with PKCS#7 padding.
    pub encrypted: Vec<u8>,
}

/// The file's private key, as far as it can be seen (RFC 7292, 4.2.1 and 4.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pkcs12Key {
    /// Encrypted with PBES2 and AES, which WebCrypto can decrypt.
    Shrouded(ShroudedKey),
    /// Encrypted with 3DES, RC2 or AES-192, not at all, or inside an encrypted safe: only [`Pkcs12Outline::open`] opens it.
    Legacy,
}

/// What a file holds (PFX; RFC 7292, section 4), as far as can be told without its password.
#[derive(Clone)]
pub struct Pkcs12Outline {
    /// The first private key that stands outside the encrypted safes; [`Pkcs12Key::Legacy`] when there is none.
    pub key: Pkcs12Key,
    found: Found,
    safes: Vec<Encrypted>,
    /// It holds the keys of a file that does not encrypt them.
    authenticated: Zeroizing<Vec<u8>>,
    integrity: Integrity,
}

/// How the file's integrity is protected.
#[derive(Clone)]
enum Integrity {
    /// Not at all.
    None,
    Code(MacData),
    /// By something that cannot be verified here.
    Unknown,
}

/// What a file holds. Its keys are wiped when they are dropped.
pub struct Pkcs12Content {
    /// The private keys, PKCS#8 in DER, in the file's order; 1 to 32. Those of encrypted safes stand last.
    pub keys: Vec<Zeroizing<Vec<u8>>>,
    /// The certificates, in the file's order; 1 to 32. Those of encrypted safes stand last.
    pub certificates: Vec<Certificate>,
}

impl fmt::Debug for Pkcs12Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs12Content").field("certificates", &self.certificates.len()).finish_non_exhaustive()
    }
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

/// Reads the outline of a file, BER or DER. Nothing is decrypted, and no integrity is checked.
///
/// # Errors
/// [`Rule::KeyFileForm`] when it is not a PKCS#12 file, a certificate outside the encrypted safes cannot be
/// read, or a key derivation asks for more rounds than are done; [`Rule::KeyFileKey`] when it has no private
/// key and no encrypted safe; [`Rule::KeyFileSuite`] when its integrity code is of a kind that is not verified here, so that
/// nobody takes it for one without: neither PKCS#12's own nor PBMAC1 with PBKDF2, with SHA-1 or SHA-2.
pub fn read(bytes: &[u8]) -> Result<Pkcs12Outline, Finding> {
    let outline = outline(bytes).map_err(|error| broken(&error))?.ok_or_else(no_key)?;
    if matches!(outline.integrity, Integrity::Unknown) {
        return Err(Finding::error(
            Rule::KeyFileSuite,
            "the key file's integrity code is of a kind that is not supported",
        ));
    }
    Ok(outline)
}

fn no_key() -> Finding {
    Finding::error(Rule::KeyFileKey, "the key file holds no private key")
}

fn broken(error: &BerError) -> Finding {
    Finding::error(Rule::KeyFileForm, format!("not a PKCS#12 file, or a damaged one: {error}"))
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
    let integrity = match fields.next()? {
        None => Integrity::None,
        Some(element) => integrity::read(&element)?.map_or(Integrity::Unknown, Integrity::Code),
    };
    let (mut found, mut encrypted) = (Found::default(), Vec::new());
    let mut safes = Reader::new(&authenticated).expect(Tag::SEQUENCE)?.children();
    while let Some(safe) = safes.next()? {
        let (kind, content) = content_info(&safe)?;
        match kind.as_str() {
            DATA => found.bags(&content.expect_octets()?)?,
            ENCRYPTED_DATA => encrypted.push(encrypted_safe(&content)?),
            _ => {}
        }
    }
    let key = match found.keys.first() {
        // Browsers have no AES-192 (Chromium), and would blame the password.
        Some(Key::Shrouded(Encrypted::Aes(key))) if key.kdf.key_length != 24 => Pkcs12Key::Shrouded(key.clone()),
        // A key may also lie inside an encrypted safe, where it cannot be seen.
        None if encrypted.is_empty() => return Ok(None),
        _ => Pkcs12Key::Legacy,
    };
    Ok(Some(Pkcs12Outline { key, found, safes: encrypted, authenticated, integrity }))
}

/// A private key as it lies in a bag.
#[derive(Clone)]
enum Key {
    Shrouded(Encrypted),
    Open(Zeroizing<Vec<u8>>),
}

#[derive(Clone, Default)]
struct Found {
    keys: Vec<Key>,
    certificates: Vec<Certificate>,
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
                SHROUDED_KEY_BAG => {
                    let mut parts = value.expect(Tag::SEQUENCE)?.children();
                    let algorithm = parts.require()?;
                    let encrypted = parts.require()?.expect_octets()?.to_vec();
                    self.keys.push(Key::Shrouded(encryption::read(&algorithm, encrypted)?));
                }
                KEY_BAG => self.keys.push(Key::Open(Zeroizing::new(value.raw.to_vec()))),
                CERTIFICATE_BAG => self.certificates.extend(certificate(&value)?),
                _ => {}
            }
        }
        Ok(())
    }
}

fn certificate(bag: &Element<'_>) -> Result<Option<Certificate>, BerError> {
    let mut parts = bag.expect(Tag::SEQUENCE)?.children();
    if parts.require()?.oid()?.to_string() != X509 {
        return Ok(None);
    }
    let der = parts.expect(Tag::context(0))?.children().require()?.expect_octets()?;
    Certificate::from_der(&der).map(Some).map_err(|_| bag.error(BerErrorKind::Value))
}

trait Octets {
    /// Wiped when they are dropped: they may hold keys.
    fn expect_octets(&self) -> Result<Zeroizing<Vec<u8>>, BerError>;
}

impl Octets for Element<'_> {
    fn expect_octets(&self) -> Result<Zeroizing<Vec<u8>>, BerError> {
        match self.tag {
            Tag::OCTET_STRING | Tag::OCTET_STRING_CONSTRUCTED => Ok(Zeroizing::new(self.octets()?.into_owned())),
            _ => Err(self.error(BerErrorKind::Unexpected)),
        }
    }
}

fn content_info<'a>(element: &Element<'a>) -> Result<(String, Element<'a>), BerError> {
    let mut fields = element.expect(Tag::SEQUENCE)?.children();
    let kind = fields.require()?.oid()?.to_string();
    Ok((kind, fields.expect(Tag::context(0))?.children().require()?))
}

fn encrypted_safe(data: &Element<'_>) -> Result<Encrypted, BerError> {
    let mut fields = data.expect(Tag::SEQUENCE)?.children();
    fields.expect(Tag::INTEGER)?;
    let mut info = fields.expect(Tag::SEQUENCE)?.children();
    info.require()?.oid()?;
    let algorithm = info.require()?;
    let content = info.require()?;
    encryption::read(&algorithm, content.octets()?.into_owned())
}

/// Rounds within the budget: a hostile file may ask for years of work.
fn iterations(element: &Element<'_>) -> Result<u32, BerError> {
    let rounds = u32::try_from(element.unsigned()?).map_err(|_| element.error(BerErrorKind::Value))?;
    if rounds == 0 || rounds > Limits::default().iterations {
        return Err(element.error(BerErrorKind::Value));
    }
    Ok(rounds)
}

impl Pkcs12Outline {
    /// Decrypts the safes, where the certificates lie, in memory, and not the shrouded keys. The password is
    /// UTF-8 (RFC 8018, section 3). The integrity code is not looked at: see [`Self::verify_mac`].
    ///
    /// # Errors
    /// [`Rule::KeyFileOld`] when a safe is encrypted in an old or unknown way, of which [`open`](Self::open)
    /// reads more, [`Rule::KeyFileForm`] when there are more than 32 encrypted safes,
    /// [`Rule::KeyFilePassword`] when the password does not fit, [`Rule::KeyFileCertificate`] when there is
    /// no certificate, [`Rule::KeyFileCertificates`] when there are more than 32 ([`Limits::certificates`]).
    pub fn certificates(&self, password: &str) -> Result<Vec<Certificate>, Finding> {
        if !self.safes.iter().all(|safe| matches!(safe, Encrypted::Aes(_))) {
            return Err(Finding::error(Rule::KeyFileOld, "the key file is of an old kind"));
        }
        few(self.safes.len())?;
        let mut found = Found { keys: Vec::new(), ..self.found.clone() };
        self.safes.iter().try_for_each(|safe| decrypt_into(&mut found, safe, password))?;
        counted(found.certificates)
    }

    /// Decrypts everything in memory: PBES2 with PBKDF2 and AES or 3DES (RFC 8018, A.4), and the older
    /// schemes with 3DES and RC2 (RFC 7292, C). Keys that are not encrypted are given, too. A file without an
    /// integrity code is opened.
    ///
    /// # Errors
    /// [`Rule::KeyFilePassword`] when the password does not fit or the integrity code does not hold,
    /// [`Rule::KeyFileForm`] when there are more than 32 encrypted safes or keys, [`Rule::KeyFileSuite`] when
    /// one is encrypted in another way, [`Rule::KeyFileKey`] and [`Rule::KeyFileCertificate`] when there is
    /// no key or no certificate, [`Rule::KeyFileCertificates`] when there are more than 32 certificates
    /// ([`Limits::certificates`]).
    pub fn open(&self, password: &str) -> Result<Pkcs12Content, Finding> {
        let shrouded = self.found.keys.iter().map(|key| matches!(key, Key::Shrouded(Encrypted::Unknown)));
        if shrouded.chain(self.safes.iter().map(|safe| matches!(safe, Encrypted::Unknown))).any(|unknown| unknown) {
            return Err(Finding::error(Rule::KeyFileSuite, "the key file is encrypted in a way that is not supported"));
        }
        if self.verify_mac(password) == Some(false) {
            return Err(wrong_password());
        }
        let mut found = self.found.clone();
        few(self.safes.len())?;
        self.safes.iter().try_for_each(|safe| decrypt_into(&mut found, safe, password))?;
        let open = |key: Key| match key {
            Key::Open(key) => Ok(key),
            Key::Shrouded(Encrypted::Unknown) => {
                Err(Finding::error(Rule::KeyFileSuite, "a key is encrypted in a way that is not supported"))
            }
            Key::Shrouded(key) => key.decrypt(password).ok_or_else(wrong_password),
        };
        few(found.keys.len())?;
        let keys = found.keys.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(no_key());
        }
        Ok(Pkcs12Content { keys, certificates: counted(found.certificates)? })
    }

    /// Whether the file's integrity code, an HMAC with SHA-1, SHA-256, SHA-384 or SHA-512, holds for the
    /// password: PKCS#12's own (RFC 7292, 4 and B.4) or PBMAC1 (RFC 9579); `None` when it has none.
    pub fn verify_mac(&self, password: &str) -> Option<bool> {
        match &self.integrity {
            Integrity::Code(code) => Some(code.holds(password, &self.authenticated)),
            Integrity::None | Integrity::Unknown => None,
        }
    }
}

/// Each takes a key derivation of its own, and rounds are bounded one by one: so is how many there may be.
fn few(encrypted: usize) -> Result<(), Finding> {
    if encrypted > Limits::default().certificates {
        return Err(Finding::error(Rule::KeyFileForm, "the key file holds too many encrypted parts"));
    }
    Ok(())
}

fn wrong_password() -> Finding {
    Finding::error(Rule::KeyFilePassword, "the password does not open the key file")
}

fn decrypt_into(found: &mut Found, safe: &Encrypted, password: &str) -> Result<(), Finding> {
    let plain = safe.decrypt(password).ok_or_else(wrong_password)?;
    // One wrong password in 256 unpads by chance; what comes out is then no structure.
    found.bags(&plain).map_err(|_| wrong_password())
}

fn counted(certificates: Vec<Certificate>) -> Result<Vec<Certificate>, Finding> {
    match certificates.len() {
        0 => Err(Finding::error(Rule::KeyFileCertificate, "the key file holds no certificate")),
        count if count > Limits::default().certificates => {
            Err(Finding::error(Rule::KeyFileCertificates, "the key file holds too many certificates"))
        }
        _ => Ok(certificates),
    }
}
