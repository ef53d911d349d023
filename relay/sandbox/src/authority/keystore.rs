//! PKCS#12 files as people get them from an issuer: PBES2 with PBKDF2 and AES-256-CBC.

use p12_keystore::{Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rsa::pkcs8::EncodePrivateKey;

use super::identity::Identity;
use crate::error::Error;

/// The password of every key store the sandbox hands out. It protects nothing, and is meant to be known.
pub(crate) const PASSWORD: &str = "test1234";

/// Key and chain under one alias.
pub(super) fn write(identity: &Identity, alias: &str) -> Result<Vec<u8>, Error> {
    let key = identity.key().to_pkcs8_der().map_err(Error::authority)?;
    let key = PrivateKey::from_der(key.as_bytes()).map_err(Error::authority)?;
    let chain = identity.chain().iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>();
    let entry = PrivateKeyChain::new(identity.kid(), key, chain.map_err(Error::authority)?);
    let mut store = KeyStore::new();
    store.add_entry(alias, KeyStoreEntry::PrivateKeyChain(entry));
    store
        .writer(PASSWORD)
        .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
        .write()
        .map_err(Error::authority)
}
