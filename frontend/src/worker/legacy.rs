//! Key files with old encryption (3DES, RC2), which WebCrypto cannot open. The key is decoded here, handed to WebCrypto
//! and wiped.

use konvolutt_shared::finding::Finding;
use konvolutt_shared::pki::{Certificate, SoftKey, pkcs12};
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
    let keys = pkcs12::read(file)?.open(password)?.keys;
    Ok(Decoded { keys, chain })
}

#[cfg(test)]
mod tests {
    use super::*;
    use konvolutt_shared::finding::Code;

    /// The vectors lie beside the repository; without them this says so and checks nothing.
    #[test]
    fn old_files_give_their_key_and_chain() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/pki");
        if !folder.is_dir() {
            eprintln!("SKIPPED: no vectors beside the repository");
            return;
        }
        let expected = SoftKey::from_pkcs12(&std::fs::read(folder.join("a.p12")).unwrap(), "testpass-public").unwrap();
        for name in ["a-legacy3des.p12", "a-legacyrc2.p12"] {
            let file = std::fs::read(folder.join(name)).unwrap();
            let decoded = decode(&file, "testpass-public").unwrap();
            assert_eq!(decoded.chain[0].serial_hex(), expected.certificate().serial_hex(), "{name}");
            assert_eq!(decoded.keys.len(), 1, "{name}");
            assert_eq!(decode(&file, "feil").err().map(|finding| finding.code), Some(Code::KeyPassword), "{name}");
        }
    }
}
