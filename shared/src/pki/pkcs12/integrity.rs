//! A file's integrity code: PKCS#12's own (RFC 7292, 4 and B.4), or PBMAC1 (RFC 8018, A.5; RFC 9579).

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::encryption::{self, Purpose, derive};
use super::{Hash, Pbkdf2, iterations};
use crate::seal::ber::{BerError, Element, Tag};

const PBMAC1: &str = "1.2.840.113549.1.5.14";
/// The lengths in bytes of a key that PBMAC1 may derive: not so short that a code can be guessed without the password, and not
/// longer than the longest hash. The bounds are ours; RFC 9579 demands that one is given.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// A file's integrity code.
#[derive(Clone)]
pub(super) struct MacData {
    scheme: Scheme,
    value: Vec<u8>,
}

/// How the code's key comes from the password, and with which hash the code is made.
#[derive(Clone)]
enum Scheme {
    Own { hash: Hash, salt: Vec<u8>, iterations: u32 },
    Pbmac1 { derivation: Pbkdf2, hash: Hash },
}

/// MacData; `None` for a code of another kind.
pub(super) fn read(element: &Element<'_>) -> Result<Option<MacData>, BerError> {
    let mut fields = element.expect(Tag::SEQUENCE)?.children();
    let mut digest = fields.expect(Tag::SEQUENCE)?.children();
    let mut algorithm = digest.expect(Tag::SEQUENCE)?.children();
    let name = algorithm.require()?.oid()?.to_string();
    let value = digest.expect(Tag::OCTET_STRING)?.content.to_vec();
    let scheme = if name == PBMAC1 {
        // Salt and rounds that stand beside it mean nothing (RFC 9579, 4).
        pbmac1(&algorithm.expect(Tag::SEQUENCE)?)?
    } else {
        let salt = fields.expect(Tag::OCTET_STRING)?.content.to_vec();
        let iterations = fields.next()?.map_or(Ok(1), |rounds| iterations(&rounds))?;
        digest_of(&name).map(|hash| Scheme::Own { hash, salt, iterations })
    };
    Ok(scheme.map(|scheme| MacData { scheme, value }))
}

fn digest_of(name: &str) -> Option<Hash> {
    match name {
        "1.3.14.3.2.26" => Some(Hash::Sha1),
        "2.16.840.1.101.3.4.2.1" => Some(Hash::Sha256),
        "2.16.840.1.101.3.4.2.2" => Some(Hash::Sha384),
        "2.16.840.1.101.3.4.2.3" => Some(Hash::Sha512),
        _ => None,
    }
}

/// PBMAC1-params: PBKDF2 with a key length, and HMAC.
fn pbmac1(parameters: &Element<'_>) -> Result<Option<Scheme>, BerError> {
    let mut schemes = parameters.children();
    let (derivation, code) = (schemes.expect(Tag::SEQUENCE)?, schemes.expect(Tag::SEQUENCE)?);
    let hash = encryption::hmac_of(&code)?;
    let derivation = encryption::pbkdf2(&derivation)?.filter(|made| KEY_LENGTHS.contains(&made.key_length));
    Ok(derivation.zip(hash).map(|(derivation, hash)| Scheme::Pbmac1 { derivation, hash }))
}

impl MacData {
    /// Whether it holds for the password.
    pub(super) fn holds(&self, password: &str, text: &[u8]) -> bool {
        let (key, hash) = match &self.scheme {
            Scheme::Own { hash, salt, iterations } => (own_key(*hash, password, salt, *iterations), *hash),
            Scheme::Pbmac1 { derivation, hash } => (derivation.derive(password), *hash),
        };
        macro_rules! holds {
            ($hash:ty) => {
                Hmac::<$hash>::new_from_slice(&key).is_ok_and(|mut code| {
                    code.update(text);
                    code.finalize().into_bytes().as_slice().ct_eq(&self.value).into()
                })
            };
        }
        match hash {
            Hash::Sha1 => holds!(Sha1),
            Hash::Sha256 => holds!(Sha256),
            Hash::Sha384 => holds!(Sha384),
            Hash::Sha512 => holds!(Sha512),
        }
    }
}

/// A key of the hash's own length (RFC 7292, B.4).
fn own_key(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Zeroizing<Vec<u8>> {
    let purpose = Purpose::Integrity;
    match hash {
        Hash::Sha1 => derive::<Sha1>(purpose, password, salt, iterations, 64, 20),
        Hash::Sha256 => derive::<Sha256>(purpose, password, salt, iterations, 64, 32),
        Hash::Sha384 => derive::<Sha384>(purpose, password, salt, iterations, 128, 48),
        Hash::Sha512 => derive::<Sha512>(purpose, password, salt, iterations, 128, 64),
    }
}
