//! Verifying signatures: the closed list of algorithms, of RFC 8017, section 8, and FIPS 186-5, section 6.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ID_MGF_1, ID_RSASSA_PSS, ID_SHA_256, ID_SHA_384, ID_SHA_512, SHA_1_WITH_RSA_ENCRYPTION,
    SHA_256_WITH_RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
};
use p256::ecdsa::signature::Verifier;
use rsa::{Pkcs1v15Sign, Pss};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::certificate::{Certificate, PublicKey};
use crate::seal::ber::{BerError, Element, Reader, Tag};

/// How a signature was, or is to be, made. Nothing outside this list is ever verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-1: what the reference makes for CAdES. Weak; read with a warning.
    RsaPkcs1Sha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (JWS RS256).
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512 (the issuing authorities).
    RsaPkcs1Sha512,
    /// RSASSA-PSS.
    RsaPss {
        /// The hash of the message, and that of MGF1.
        hash: PssHash,
        /// The length of the salt in bytes, at most that of the hash. A signature with another one does not hold.
        salt: u8,
    },
    /// ECDSA on P-256 with SHA-256 (JWS ES256).
    EcdsaP256Sha256,
}

/// A hash of RSASSA-PSS (RFC 8017, A.2.3); with SHA-1 it is not on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PssHash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl PssHash {
    /// Its length in bytes: 32, 48 or 64.
    pub const fn length(self) -> u8 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            ID_SHA_256 => Some(Self::Sha256),
            ID_SHA_384 => Some(Self::Sha384),
            ID_SHA_512 => Some(Self::Sha512),
            _ => None,
        }
    }
}

impl SignatureAlgorithm {
    /// RSASSA-PSS with a salt as long as the hash, as JWS has it (RFC 7518, 3.5).
    pub const fn pss(hash: PssHash) -> Self {
        Self::RsaPss { hash, salt: hash.length() }
    }

    /// The algorithm that an X.509 or CMS AlgorithmIdentifier names (RFC 4055; RFC 5754, 3; RFC 5758, 3.2);
    /// `None` when it is not on the list. `parameters` is their DER, if present; only those of RSASSA-PSS are
    /// looked at.
    pub fn from_identifier(oid: ObjectIdentifier, parameters: Option<&[u8]>) -> Option<Self> {
        match oid {
            SHA_1_WITH_RSA_ENCRYPTION => Some(Self::RsaPkcs1Sha1),
            SHA_256_WITH_RSA_ENCRYPTION => Some(Self::RsaPkcs1Sha256),
            SHA_384_WITH_RSA_ENCRYPTION => Some(Self::RsaPkcs1Sha384),
            SHA_512_WITH_RSA_ENCRYPTION => Some(Self::RsaPkcs1Sha512),
            ID_RSASSA_PSS => read_pss(parameters?).ok().flatten(),
            ECDSA_WITH_SHA_256 => Some(Self::EcdsaP256Sha256),
            _ => None,
        }
    }
}

impl SignatureAlgorithm {
    /// The same from an AlgorithmIdentifier as it stands; an identifier with arcs of 2^32 and more names none.
    pub(super) fn from_element(identifier: &Element<'_>) -> Result<Option<Self>, BerError> {
        let mut fields = identifier.children();
        let oid = fields.require()?.oid()?;
        let parameters = fields.next()?;
        fields.end()?;
        Ok(Self::from_identifier(oid, parameters.map(|parameters| parameters.raw)))
    }
}

/// RSASSA-PSS-params (RFC 4055, 3.1) with one hash for both and a salt of at most its length.
fn read_pss(parameters: &[u8]) -> Result<Option<SignatureAlgorithm>, BerError> {
    let mut fields = Reader::new(parameters).expect(Tag::SEQUENCE)?.children();
    let (Some(hash), Some(mask)) = (fields.optional(Tag::context(0))?, fields.optional(Tag::context(1))?) else {
        // A default stands for SHA-1.
        return Ok(None);
    };
    let hash = hash.children().expect(Tag::SEQUENCE)?.children().require()?.oid()?;
    let mut mask = mask.children().expect(Tag::SEQUENCE)?.children();
    let generator = mask.require()?.oid()?;
    let mask_hash = mask.expect(Tag::SEQUENCE)?.children().require()?.oid()?;
    let salt = match fields.optional(Tag::context(2))? {
        Some(salt) => salt.children().require()?.unsigned()?,
        None => 20,
    };
    // RFC 4055, 3.1: the only trailer there is has the number 1.
    let trailer = match fields.optional(Tag::context(3))? {
        Some(trailer) => trailer.children().require()?.unsigned()?,
        None => 1,
    };
    fields.end()?;
    let known = PssHash::from_oid(hash).filter(|_| generator == ID_MGF_1 && mask_hash == hash && trailer == 1);
    Ok(known.and_then(|hash| {
        let salt = u8::try_from(salt).ok().filter(|salt| *salt <= hash.length())?;
        Some(SignatureAlgorithm::RsaPss { hash, salt })
    }))
}

/// Whether the certificate's key made this signature over the message (not its digest). A key of another kind
/// than the algorithm's verifies nothing. RSA signatures are as long as the modulus; ECDSA signatures are
/// taken as DER (X.509, CMS; RFC 3279, 2.2.3) or as 64 bytes `r ‖ s` (JWS; RFC 7518, 3.4).
pub fn verify(public_key_of: &Certificate, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
    public_key_of.public_key().is_some_and(|key| verify_with(&key, algorithm, message, signature))
}

/// [`verify`] with a bare public key, as a JWK gives it.
pub fn verify_with(key: &PublicKey, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
    match (key, algorithm) {
        (PublicKey::Rsa(key), SignatureAlgorithm::RsaPkcs1Sha1) => {
            key.verify(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message), signature).is_ok()
        }
        (PublicKey::Rsa(key), SignatureAlgorithm::RsaPkcs1Sha256) => {
            key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature).is_ok()
        }
        (PublicKey::Rsa(key), SignatureAlgorithm::RsaPkcs1Sha384) => {
            key.verify(Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message), signature).is_ok()
        }
        (PublicKey::Rsa(key), SignatureAlgorithm::RsaPkcs1Sha512) => {
            key.verify(Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message), signature).is_ok()
        }
        (PublicKey::Rsa(key), SignatureAlgorithm::RsaPss { hash, salt }) if salt <= hash.length() => {
            let salt = usize::from(salt);
            match hash {
                PssHash::Sha256 => key.verify(Pss::<Sha256>::new_with_salt(salt), &Sha256::digest(message), signature),
                PssHash::Sha384 => key.verify(Pss::<Sha384>::new_with_salt(salt), &Sha384::digest(message), signature),
                PssHash::Sha512 => key.verify(Pss::<Sha512>::new_with_salt(salt), &Sha512::digest(message), signature),
            }
            .is_ok()
        }
        (PublicKey::P256(key), SignatureAlgorithm::EcdsaP256Sha256) => {
            let parsed = if signature.len() == 64 {
                p256::ecdsa::Signature::from_slice(signature)
            } else {
                p256::ecdsa::Signature::from_der(signature)
            };
            parsed.is_ok_and(|parsed| key.verify(message, &parsed).is_ok())
        }
        _ => false,
    }
}
