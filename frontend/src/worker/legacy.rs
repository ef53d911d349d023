//! Key files with old encryption (3DES, RC2), which WebCrypto cannot open. The key is decoded here, handed to WebCrypto
//! and wiped. The decoder's own copies are freed, not wiped: hence the advice to export the file anew.

use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::pki::{Certificate, SoftKey};
use p12_keystore::Pkcs12Archive;
use zeroize::Zeroizing;

/// A decoded file.
pub(super) struct Decoded {
    /// The private keys, PKCS#8. Which one belongs to the certificate is told by a trial signature.
    pub(super) keys: Vec<Zeroizing<Vec<u8>>>,
    /// The key's certificate first.
    pub(super) chain: Vec<Certificate>,
}

/// Opens a file in memory.
///
/// # Errors
/// As [`SoftKey::from_pkcs12`], which also sets the limits.
pub(super) fn decode(file: &[u8], password: &str) -> Result<Decoded, Finding> {
    let chain = SoftKey::from_pkcs12(file, password)?.chain().to_vec();
    let archive = Pkcs12Archive::from_pkcs12(file, password)
        .map_err(|_| Finding::error(Code::KeyFile, "the key file cannot be read"))?;
    let keys = archive.keys.iter().map(|bag| Zeroizing::new(bag.key.as_der().to_vec())).collect();
    Ok(Decoded { keys, chain })
}
