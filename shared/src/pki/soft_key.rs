//! Private keys in this process: tests, the command line, counterpart organisations of the sandbox, and key
//! files that WebCrypto cannot open. The browser's usual way is a handle that no code here ever sees.
//! Signatures and key transport are those of RFC 8017, sections 7 and 8.

use std::fmt;

use der::pem;
use hmac::{Hmac, KeyInit, Mac};
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::traits::PrivateKeyParts;
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::signature::{PssHash, SignatureAlgorithm};
use crate::finding::{Finding, Rule};
use crate::seal::{ContentCipher, ContentKey, KeyTransport};

/// An RSA private key with its certificate and chain. `rsa` wipes the key's numbers when it is dropped, and what they were
/// read from is wiped here.
#[derive(Clone)]
pub struct SoftKey {
    key: RsaPrivateKey,
    /// Leaf first; never empty.
    chain: Vec<Certificate>,
}

impl SoftKey {
    /// Opens a PKCS#12 file (RFC 7292): PBES2 with AES as Java 17 and OpenSSL 3 write it, and the legacy 3DES and
    /// RC2 forms. Of several keys the first that has a certificate is taken.
    ///
    /// Whatever is decrypted or derived on the way is wiped, whichever form it is. What is not: the state of hash functions
    /// on the stack (see [`pkcs12`](super::pkcs12)), and numbers that `rsa` puts on the stack while it reads and checks the
    /// key. File and password are the caller's to wipe.
    ///
    /// # Errors
    /// Those of [`pkcs12::read`](super::pkcs12::read) and [`Pkcs12Outline::open`](super::pkcs12::Pkcs12Outline::open);
    /// [`Rule::KeyKind`] when no key is for RSA, [`Rule::KeyFits`] when no certificate belongs to the key.
    pub fn from_pkcs12(bytes: &[u8], password: &str) -> Result<Self, Finding> {
        // Refuses what is no such file, and key derivations without end, before any work is done.
        let content = super::pkcs12::read(bytes)?.open(password)?;
        let mut refusal = None;
        for key in &content.keys {
            match RsaPrivateKey::from_pkcs8_der(key) {
                Ok(key) => match Self::assemble(key, &content.certificates) {
                    Ok(key) => return Ok(key),
                    Err(finding) => refusal = Some(finding),
                },
                Err(_) => refusal = refusal.or(Some(Finding::error(Rule::KeyKind, "the private key is not RSA"))),
            }
        }
        Err(refusal.unwrap_or_else(|| Finding::error(Rule::KeyFileKey, "the key file holds no usable key")))
    }

    /// Reads a PEM private key (RFC 7468, section 10, or PKCS#1, not encrypted) and a PEM chain in any order.
    ///
    /// # Errors
    /// [`Rule::KeyText`], [`Rule::CertificateText`], [`Rule::CertificateForm`] when either cannot be read,
    /// [`Rule::KeyFileCertificate`] when there is no certificate, [`Rule::KeyFits`] when no certificate belongs to the key.
    pub fn from_pem(key: &str, chain: &str) -> Result<Self, Finding> {
        let (label, der) = pem::decode_vec(key.trim_start().as_bytes())
            .map_err(|_| Finding::error(Rule::KeyText, "the private key is not PEM"))?;
        let der = Zeroizing::new(der);
        let parsed = match label {
            "PRIVATE KEY" => RsaPrivateKey::from_pkcs8_der(&der).ok(),
            "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(&der).ok(),
            _ => None,
        };
        let key = parsed.ok_or_else(|| Finding::error(Rule::KeyText, "the private key is not an open RSA key"))?;
        let certificates = Certificate::chain_from_pem(chain)?;
        if certificates.is_empty() {
            return Err(Finding::error(Rule::KeyFileCertificate, "there is no certificate for the key"));
        }
        Self::assemble(key, &certificates)
    }

    /// Finds the key's certificate by its public key (names and local key ids may lie) and orders its chain.
    fn assemble(key: RsaPrivateKey, certificates: &[Certificate]) -> Result<Self, Finding> {
        let public = key
            .to_public_key()
            .to_public_key_der()
            .map_err(|_| Finding::error(Rule::KeyKind, "the private key cannot be used"))?;
        let leaf = certificates
            .iter()
            .find(|certificate| certificate.public_key_der() == public.as_bytes())
            .ok_or_else(|| Finding::error(Rule::KeyFits, "no certificate belongs to the private key"))?;
        let mut chain = vec![leaf.clone()];
        while let Some(last) = chain.last()
            && !last.is_self_issued()
            && let Some(issuer) =
                certificates.iter().find(|c| !chain.contains(c) && last.issuer_der() == c.subject_der())
        {
            let issuer = issuer.clone();
            chain.push(issuer);
        }
        Ok(Self { key, chain })
    }

    /// The key's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    /// The certificate and its issuers as far as the file holds them, leaf first; never empty. They are put
    /// in order by their names alone.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Signs a message (not a digest). The signature is as long as the modulus.
    ///
    /// # Errors
    /// [`Rule::KeyKind`] when the algorithm is not for RSA keys; [`Rule::WriteOrder`] when the key fails.
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Finding> {
        match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha1 => self.key.sign(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message)),
            SignatureAlgorithm::RsaPkcs1Sha256 => {
                self.key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message))
            }
            SignatureAlgorithm::RsaPkcs1Sha384 => {
                self.key.sign(Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(message))
            }
            SignatureAlgorithm::RsaPkcs1Sha512 => {
                self.key.sign(Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(message))
            }
            SignatureAlgorithm::RsaPss { hash, salt } => {
                let salt = usize::from(salt);
                match hash {
                    PssHash::Sha256 => self.key.sign(Pss::<Sha256>::new_with_salt(salt), &Sha256::digest(message)),
                    PssHash::Sha384 => self.key.sign(Pss::<Sha384>::new_with_salt(salt), &Sha384::digest(message)),
                    PssHash::Sha512 => self.key.sign(Pss::<Sha512>::new_with_salt(salt), &Sha512::digest(message)),
                }
            }
            SignatureAlgorithm::EcdsaP256Sha256 => {
                return Err(Finding::error(Rule::KeyKind, "an RSA key cannot make an ECDSA signature"));
            }
        }
        .map_err(|_| Finding::error(Rule::WriteOrder, "the key could not sign"))
    }

    /// Decrypts a content key for this cipher. With RSAES-OAEP its length is not checked here.
    ///
    /// With RSAES-PKCS1-v1_5 there is always a key of the cipher's length: where padding or length are wrong it is a
    /// substitute, the same each time for the same package (RFC 3218, 2.3.2). What is wrong with the key then shows
    /// where a wrong content shows, after the same work, and tells Bleichenbacher nothing.
    ///
    /// # Errors
    /// [`Rule::SealOpening`], the same for every cause, with RSAES-OAEP only.
    pub fn unwrap(
        &self,
        transport: KeyTransport,
        cipher: ContentCipher,
        encrypted: &[u8],
    ) -> Result<ContentKey, Finding> {
        let unwrapped = hazmat_unwrap(&self.key, transport, encrypted);
        if transport != KeyTransport::Pkcs1v15 {
            return unwrapped.ok_or_else(|| Rule::SealOpening.broken());
        }
        // Made whether it is needed or not.
        let substitute = self.substitute(cipher, encrypted)?;
        Ok(unwrapped.filter(|key| key.as_bytes().len() == cipher.key_length()).unwrap_or(substitute))
    }

    /// A content key that only the holder of the private key can tell from a real one.
    fn substitute(&self, cipher: ContentCipher, encrypted: &[u8]) -> Result<ContentKey, Finding> {
        let secret = Zeroizing::new(self.key.d().to_be_bytes());
        let mut code = Hmac::<Sha256>::new_from_slice(&secret)
            .map_err(|_| Finding::error(Rule::WriteOrder, "no substitute for a content key"))?;
        code.update(b"substitute content key");
        code.update(encrypted);
        let octets = Zeroizing::new(<[u8; 32]>::from(code.finalize().into_bytes()));
        Ok(ContentKey::new(octets[..cipher.key_length()].to_vec()))
    }
}

/// Decrypts a content key with a key that has no certificate, and so without asking whether a package was sealed to
/// it: the same code as [`SoftKey::unwrap`], for tests with known answers. `None` for every cause.
pub fn hazmat_unwrap(key: &RsaPrivateKey, transport: KeyTransport, encrypted: &[u8]) -> Option<ContentKey> {
    transport.unwrap_with(key, encrypted)
}

impl fmt::Debug for SoftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftKey").field("certificate", self.certificate()).finish_non_exhaustive()
    }
}
