//! The closed list of suites: what the reference writes (efm-common's `CreateCMSDocument`), and what other
//! senders are known to write. What is not here is refused with
//! [`Code::CmsUnsupported`](crate::finding::Code::CmsUnsupported); 3DES is left out on purpose. Ciphers: RFC
//! 3565 (CBC) and RFC 5084 (GCM). Key transport: RFC 8017, section 7, and RFC 4055, section 4.

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_AES_128_CBC, ID_AES_128_GCM, ID_AES_256_CBC, ID_AES_256_GCM};
use const_oid::db::rfc5912::{
    ID_MGF_1, ID_P_SPECIFIED, ID_RSAES_OAEP, ID_SHA_1, ID_SHA_256, ID_SHA_384, ID_SHA_512, RSA_ENCRYPTION,
};
use rand_core::CryptoRng;
use rsa::{Oaep, Pkcs1v15Encrypt, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::ber::{BerError, Element, Tag, write};

/// What is emitted: the closed list of pairs. What is read is the longer list of [`KeyTransport`] and [`ContentCipher`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Suite {
    /// RSAES-OAEP with SHA-256 and AES-256-CBC: DPO, DPI, SvarUt.
    #[default]
    OaepCbc,
    /// RSAES-OAEP with SHA-256 and AES-256-GCM inside EnvelopedData, the tag ending the content: DPH.
    OaepGcm,
    /// RSAES-PKCS1-v1_5 and AES-256-CBC: eInnsyn (DPE), and recipients whose Windows key store knows nothing else.
    Pkcs1Cbc,
}

impl Suite {
    /// How the content key travels.
    pub const fn transport(self) -> KeyTransport {
        match self {
            Self::OaepCbc | Self::OaepGcm => KeyTransport::OAEP_SHA256,
            Self::Pkcs1Cbc => KeyTransport::Pkcs1v15,
        }
    }

    /// How the content is encrypted.
    pub const fn cipher(self) -> ContentCipher {
        match self {
            Self::OaepCbc | Self::Pkcs1Cbc => ContentCipher::Aes256Cbc,
            Self::OaepGcm => ContentCipher::Aes256Gcm,
        }
    }
}

/// A hash inside RSAES-OAEP (RFC 8017, A.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OaepHash {
    /// SHA-1, the standard's default. Not weak in this place: OAEP needs no collision resistance.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl OaepHash {
    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => ID_SHA_1,
            Self::Sha256 => ID_SHA_256,
            Self::Sha384 => ID_SHA_384,
            Self::Sha512 => ID_SHA_512,
        }
    }

    fn from_oid(oid: ObjectIdentifier) -> Result<Self, SuiteError> {
        let known = Self::ALL.into_iter().find(|hash| hash.oid() == oid);
        known.ok_or_else(|| SuiteError::Unsupported(format!("OAEP with {oid}")))
    }
}

/// How the content key travels: keyEncryptionAlgorithm (RFC 5652, 6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyTransport {
    /// RSAES-OAEP (RFC 8017, 7.1) with an empty label.
    Oaep {
        /// The hash of the label.
        hash: OaepHash,
        /// The hash in the mask generation, MGF1 (RFC 8017, B.2.1). Older Java writes SHA-1 here beside SHA-256;
        /// WebCrypto opens only equal hashes.
        mask: OaepHash,
    },
    /// RSAES-PKCS1-v1_5 (RFC 8017, 7.2): eInnsyn and Windows key stores. WebCrypto cannot open it.
    Pkcs1v15,
}

/// How the content is encrypted: contentEncryptionAlgorithm (RFC 5652, 6.1). CBC has an initialisation vector
/// of 16 bytes and PKCS#7 padding (RFC 5652, 6.3), GCM a nonce of 12 bytes and a tag of 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentCipher {
    /// AES-128-CBC. Only read.
    Aes128Cbc,
    /// AES-256-CBC: what is emitted for all but DPH.
    Aes256Cbc,
    /// AES-128-GCM. Only read.
    Aes128Gcm,
    /// AES-256-GCM: DPH only.
    Aes256Gcm,
}

/// A content key (RFC 5652, 6.3): as many bytes as [`ContentCipher::key_length`] tells, where it is one for
/// that cipher. Wiped when dropped, never shown.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ContentKey(Vec<u8>);

impl ContentKey {
    /// Takes the octets of a key. Their number is checked where the key is used.
    pub fn new(octets: Vec<u8>) -> Self {
        Self(octets)
    }

    /// A fresh key for this cipher, all of it from `rng`.
    pub fn generate(cipher: ContentCipher, rng: &mut impl CryptoRng) -> Self {
        let mut octets = vec![0; cipher.key_length()];
        rng.fill_bytes(&mut octets);
        Self(octets)
    }

    /// The octets, as they were given or made.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

impl ContentCipher {
    /// The key's length in bytes: 16 or 32.
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
        }
    }

    /// The length in bytes of the initialisation vector (16) or nonce (12), the only one that is written or read.
    pub const fn iv_length(self) -> usize {
        if self.is_gcm() { 12 } else { 16 }
    }

    /// Whether it authenticates, with a tag of 16 bytes.
    pub const fn is_gcm(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes256Gcm)
    }

    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Aes128Cbc => ID_AES_128_CBC,
            Self::Aes256Cbc => ID_AES_256_CBC,
            Self::Aes128Gcm => ID_AES_128_GCM,
            Self::Aes256Gcm => ID_AES_256_GCM,
        }
    }

    /// The contentEncryptionAlgorithm, DER: its parameters are the initialisation vector (RFC 3565, 4.1), or
    /// GCMParameters (RFC 5084, 3.2) with the nonce and always a tag of 16 bytes. The length of `iv` is not
    /// checked.
    pub fn identifier(self, iv: &[u8]) -> Vec<u8> {
        let iv = write::der(Tag::OCTET_STRING.0, &[iv]);
        let parameters = if self.is_gcm() { write::der(Tag::SEQUENCE.0, &[&iv, &[0x02, 0x01, 0x10]]) } else { iv };
        write::der(Tag::SEQUENCE.0, &[&write::oid(self.oid()), &parameters])
    }
}

/// The cipher with what the message says about it (RFC 3565, 4.1; RFC 5084, 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherParameters {
    /// Which cipher.
    pub cipher: ContentCipher,
    /// Initialisation vector (16 bytes) or nonce (12 bytes).
    pub iv: Vec<u8>,
    /// The authentication tag's length in bytes: 16 for GCM, 0 for CBC.
    pub tag_length: usize,
}

/// What a reader of an AlgorithmIdentifier can find.
#[derive(Debug)]
pub(super) enum SuiteError {
    Ber(BerError),
    /// Outside the list; the object identifier as text.
    Unsupported(String),
}

impl From<BerError> for SuiteError {
    fn from(error: BerError) -> Self {
        Self::Ber(error)
    }
}

/// Reads a contentEncryptionAlgorithm.
pub(super) fn read_cipher(algorithm: &Element<'_>) -> Result<CipherParameters, SuiteError> {
    let mut fields = algorithm.expect(Tag::SEQUENCE)?.children();
    let oid = fields.require()?.oid()?;
    let cipher = match oid {
        ID_AES_128_CBC => ContentCipher::Aes128Cbc,
        ID_AES_256_CBC => ContentCipher::Aes256Cbc,
        ID_AES_128_GCM => ContentCipher::Aes128Gcm,
        ID_AES_256_GCM => ContentCipher::Aes256Gcm,
        other => return Err(SuiteError::Unsupported(other.to_string())),
    };
    let parameters = fields.require()?;
    fields.end()?;
    if !cipher.is_gcm() {
        let iv = parameters.octet_string()?.into_owned();
        if iv.len() != 16 {
            return Err(SuiteError::Unsupported(format!("an initialisation vector of {} bytes", iv.len())));
        }
        return Ok(CipherParameters { cipher, iv, tag_length: 0 });
    }
    let mut gcm = parameters.expect(Tag::SEQUENCE)?.children();
    let iv = gcm.require()?.octet_string()?.into_owned();
    // RFC 5084, 3.2: the default is 12.
    let tag_length = match gcm.next()? {
        Some(length) => length.unsigned()?,
        None => 12,
    };
    gcm.end()?;
    // Only the full tag: a shorter one can be forged with fewer tries, and nobody in the field writes one.
    if iv.len() != 12 || tag_length != 16 {
        return Err(SuiteError::Unsupported(format!(
            "GCM with a nonce of {} and a tag of {tag_length} bytes",
            iv.len()
        )));
    }
    Ok(CipherParameters { cipher, iv, tag_length: tag_length as usize })
}

/// Runs an expression with the padding of two hashes. The types differ, so this cannot be a function.
macro_rules! with_oaep {
    ($hash:expr, $mask:expr, |$padding:ident| $run:expr) => {
        with_oaep!(@hash $hash, $mask, $padding, $run, Sha1, Sha256, Sha384, Sha512)
    };
    (@hash $hash:expr, $mask:expr, $padding:ident, $run:expr, $($kind:ident),*) => {
        match $hash {
            $(OaepHash::$kind => with_oaep!(@mask $mask, $padding, $run, $kind),)*
        }
    };
    (@mask $mask:expr, $padding:ident, $run:expr, $kind:ident) => {
        match $mask {
            OaepHash::Sha1 => { let $padding = Oaep::<$kind, Sha1>::new_with_mgf_hash(); $run }
            OaepHash::Sha256 => { let $padding = Oaep::<$kind, Sha256>::new_with_mgf_hash(); $run }
            OaepHash::Sha384 => { let $padding = Oaep::<$kind, Sha384>::new_with_mgf_hash(); $run }
            OaepHash::Sha512 => { let $padding = Oaep::<$kind, Sha512>::new_with_mgf_hash(); $run }
        }
    };
}

impl KeyTransport {
    /// RSAES-OAEP with SHA-256 for both hashes: the only one that is emitted.
    pub const OAEP_SHA256: Self = Self::Oaep { hash: OaepHash::Sha256, mask: OaepHash::Sha256 };

    /// The whole list: OAEP with each of the sixteen pairs of hashes, and PKCS#1 v1.5.
    pub fn all() -> impl Iterator<Item = Self> {
        let pairs = OaepHash::ALL.into_iter().flat_map(|hash| OaepHash::ALL.into_iter().map(move |mask| (hash, mask)));
        pairs.map(|(hash, mask)| Self::Oaep { hash, mask }).chain([Self::Pkcs1v15])
    }

    /// The keyEncryptionAlgorithm, DER (RFC 8017, A.2.1; RFC 4055, 4.1), as the reference writes it: hashes
    /// with NULL, pSource left out; for PKCS#1 v1.5 rsaEncryption with NULL.
    pub fn identifier(self) -> Vec<u8> {
        const NULL: [u8; 2] = [0x05, 0x00];
        let sequence = |parts: &[&[u8]]| write::der(Tag::SEQUENCE.0, parts);
        let (hash, mask) = match self {
            Self::Pkcs1v15 => return sequence(&[&write::oid(RSA_ENCRYPTION), &NULL]),
            // DER leaves defaults out (X.690, 11.5).
            Self::Oaep { hash: OaepHash::Sha1, mask: OaepHash::Sha1 } => {
                return sequence(&[&write::oid(ID_RSAES_OAEP), &sequence(&[])]);
            }
            Self::Oaep { hash, mask } => (hash, mask),
        };
        let named = |hash: OaepHash| sequence(&[&write::oid(hash.oid()), &NULL]);
        let field = |tag, hash: OaepHash, value: &[u8]| match hash {
            OaepHash::Sha1 => Vec::new(),
            _ => write::der(tag, &[value]),
        };
        let hash_field = field(0xA0, hash, &named(hash));
        let mask_field = field(0xA1, mask, &sequence(&[&write::oid(ID_MGF_1), &named(mask)]));
        sequence(&[&write::oid(ID_RSAES_OAEP), &sequence(&[&hash_field, &mask_field])])
    }

    /// Encrypts a content key to a public key. `None` when the key is too small for it.
    pub(super) fn wrap(self, to: &RsaPublicKey, key: &ContentKey, rng: &mut impl CryptoRng) -> Option<Vec<u8>> {
        let key = key.as_bytes();
        match self {
            Self::Oaep { hash, mask } => with_oaep!(hash, mask, |padding| to.encrypt(rng, padding, key)),
            Self::Pkcs1v15 => to.encrypt(rng, Pkcs1v15Encrypt, key),
        }
        .ok()
    }

    /// Decrypts a content key. PKCS#1 v1.5 answers pseudo-random octets of a pseudo-random length when the padding is
    /// wrong; [`SoftKey::unwrap`](crate::pki::SoftKey::unwrap) makes a key of them that fits.
    #[cfg(feature = "soft-keys")]
    pub(crate) fn unwrap_with(self, key: &rsa::RsaPrivateKey, encrypted: &[u8]) -> Option<ContentKey> {
        match self {
            Self::Oaep { hash, mask } => with_oaep!(hash, mask, |padding| key.decrypt(padding, encrypted)),
            Self::Pkcs1v15 => key.decrypt(Pkcs1v15Encrypt, encrypted),
        }
        .ok()
        .map(ContentKey::new)
    }
}

/// Reads a keyEncryptionAlgorithm (RFC 8017, A.2.1; RFC 4055, 4.1).
pub(super) fn read_transport(algorithm: &Element<'_>) -> Result<KeyTransport, SuiteError> {
    let mut fields = algorithm.expect(Tag::SEQUENCE)?.children();
    let oid = fields.require()?.oid()?;
    let parameters = fields.next()?;
    fields.end()?;
    match oid {
        RSA_ENCRYPTION => return Ok(KeyTransport::Pkcs1v15),
        ID_RSAES_OAEP => {}
        other => return Err(SuiteError::Unsupported(other.to_string())),
    }
    let default = KeyTransport::Oaep { hash: OaepHash::Sha1, mask: OaepHash::Sha1 };
    let Some(parameters) = parameters else { return Ok(default) };
    let mut fields = parameters.expect(Tag::SEQUENCE)?.children();
    let hash = match fields.optional(Tag::context(0))? {
        Some(hash) => hash.children().expect(Tag::SEQUENCE)?.children().require()?.oid()?,
        None => ID_SHA_1,
    };
    let mask_hash = match fields.optional(Tag::context(1))? {
        Some(mask) => {
            let mut mask = mask.children().expect(Tag::SEQUENCE)?.children();
            let generator = mask.require()?.oid()?;
            if generator != ID_MGF_1 {
                return Err(SuiteError::Unsupported(generator.to_string()));
            }
            mask.expect(Tag::SEQUENCE)?.children().require()?.oid()?
        }
        None => ID_SHA_1,
    };
    if let Some(source) = fields.optional(Tag::context(2))? {
        let mut source = source.children().expect(Tag::SEQUENCE)?.children();
        let empty = source.require()?.oid()? == ID_P_SPECIFIED && source.require()?.content.is_empty();
        if !empty {
            return Err(SuiteError::Unsupported("OAEP with a label".to_owned()));
        }
    }
    fields.end()?;
    Ok(KeyTransport::Oaep { hash: OaepHash::from_oid(hash)?, mask: OaepHash::from_oid(mask_hash)? })
}
