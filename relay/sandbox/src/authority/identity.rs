//! A private key with its certificate chain, kept as two PEM files.

use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use der::pem::LineEnding;
use rand_core::UnwrapErr;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rsa::sha2::{Digest, Sha256};
use rsa::signature::{SignatureEncoding, Signer};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};

use crate::error::Error;

/// The system's random source. A machine that has none cannot make keys at all.
pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// A private key and its chain: own certificate first, root last. Its `Debug` shows nothing of the key.
pub(crate) struct Identity {
    signer: SigningKey<Sha256>,
    /// DER certificates.
    chain: Vec<Vec<u8>>,
    kid: String,
}

impl Identity {
    pub(super) fn new(key: RsaPrivateKey, chain: Vec<Vec<u8>>) -> Self {
        let kid = thumbprint(&key.to_public_key());
        Self { signer: SigningKey::new(key), chain, kid }
    }

    /// Loads `name` if it has been made.
    pub(super) fn load(folder: &Path, name: &str) -> Result<Option<Self>, Error> {
        let (key, chain) = (folder.join(format!("{name}.key.pem")), folder.join(format!("{name}.chain.pem")));
        if !chain.exists() {
            return Ok(None);
        }
        let key = RsaPrivateKey::from_pkcs8_pem(&std::fs::read_to_string(key)?).map_err(Error::authority)?;
        let chain = x509_cert::Certificate::load_pem_chain(&std::fs::read(chain)?)
            .and_then(|chain| chain.iter().map(der::Encode::to_der).collect::<Result<Vec<_>, _>>())
            .map_err(Error::authority)?;
        Ok(Some(Self::new(key, chain)))
    }

    /// Keeps it. The chain is written last: it says that the key is complete.
    pub(super) fn store(&self, folder: &Path, name: &str) -> Result<(), Error> {
        write_private(&folder.join(format!("{name}.key.pem")), self.key_pem()?.as_bytes())?;
        write_private(&folder.join(format!("{name}.chain.pem")), self.chain_pem().as_bytes())
    }

    pub(crate) fn key(&self) -> &RsaPrivateKey {
        self.signer.as_ref()
    }

    pub(super) fn signer(&self) -> &SigningKey<Sha256> {
        &self.signer
    }

    pub(crate) fn public_key(&self) -> RsaPublicKey {
        self.key().to_public_key()
    }

    /// The private key as PKCS#8 PEM.
    pub(crate) fn key_pem(&self) -> Result<String, Error> {
        let pem = self.key().to_pkcs8_pem(LineEnding::LF).map_err(Error::authority)?;
        Ok(pem.to_string())
    }

    /// DER certificates, own first, root last.
    pub(crate) fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// The own certificate as PEM.
    pub(crate) fn certificate_pem(&self) -> String {
        self.chain.first().map(|der| pem(der)).unwrap_or_default()
    }

    /// The whole chain as PEM.
    pub(crate) fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| pem(der)).collect()
    }

    /// RFC 7638 thumbprint of the public key.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as JWK (RFC 7517).
    pub(crate) fn jwk(&self) -> Value {
        let public = self.public_key();
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": modulus(&public), "e": exponent(&public) })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.signer.sign(message).to_vec()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn modulus(key: &RsaPublicKey) -> String {
    URL_SAFE_NO_PAD.encode(key.n().to_be_bytes_trimmed_vartime())
}

fn exponent(key: &RsaPublicKey) -> String {
    URL_SAFE_NO_PAD.encode(key.e().to_be_bytes_trimmed_vartime())
}

/// RFC 7638: SHA-256 over the required members in lexical order.
fn thumbprint(key: &RsaPublicKey) -> String {
    let members = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, exponent(key), modulus(key));
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str("-----END CERTIFICATE-----\n");
    out
}

/// Writes a file that only its owner may read, in one step.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let new = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(std::fs::rename(new, path)?)
}
