//! The signatures in containers and what they cover.

use std::sync::LazyLock;

use konvolutt_shared::container::digest::DigestAlgorithm;
use konvolutt_shared::container::xades::{self, Reference};
use konvolutt_shared::container::{DocumentHead, asic_manifest, cades};

use konvolutt_shared::pki::validate;

use crate::material::{CONTAINERS, POLICY, SIGNER, file_in, limits};

const MANIFEST: &str = "META-INF/ASiCManifest";
const SIGNATURES: &str = "META-INF/signatures.xml";

/// Manifests with their own signatures.
static SIGNED: LazyLock<Vec<(Vec<u8>, cades::CmsSignature)>> = LazyLock::new(|| {
    let parts = |container: &&[u8]| (file_in(container, MANIFEST, ".xml"), file_in(container, "META-INF/", ".p7s"));
    CONTAINERS[..3]
        .iter()
        .map(parts)
        .map(|(manifest, p7s)| {
            let mut signatures = cades::read(&p7s, &manifest, &limits()).expect("our own signature");
            (manifest, signatures.remove(0))
        })
        .collect()
});

/// A CMS signature over a manifest that the first byte chooses: when it holds, it is the one that was made.
pub fn cades(data: &[u8]) {
    let Some((choice, p7s)) = data.split_first() else { return };
    let (manifest, own) = &SIGNED[usize::from(*choice) % SIGNED.len()];
    let Ok(signatures) = cades::read(p7s, manifest, &limits()) else { return };
    signatures.iter().for_each(|signature| is_own(signature, own));
    let altered = [manifest.as_slice(), b" "].concat();
    assert!(cades::read(p7s, &altered, &limits()).is_err(), "the signature holds over another manifest");
}

fn is_own(signature: &cades::CmsSignature, own: &cades::CmsSignature) {
    // Nothing that the reference signs binds the certificate; that it is genuine is its path's to say.
    assert_eq!(signature.signer.public_key_der(), own.signer.public_key_der(), "somebody else signed");
    assert!(
        signature.signer.der() == SIGNER || !validate(&signature.signer, &[], &POLICY).is_trusted(),
        "forged signer"
    );
    assert_eq!((signature.algorithm, signature.weak), (own.algorithm, own.weak), "another algorithm");
    assert_eq!(signature.signing_time, own.signing_time, "another time");
}

/// What a reference says, without its place.
fn told(references: &[Reference]) -> Vec<(&str, Option<&str>, DigestAlgorithm, &[u8])> {
    references.iter().map(|r| (r.uri.as_str(), r.media_type.as_deref(), r.digest, r.value.as_slice())).collect()
}

static XADES: LazyLock<xades::Verified> = LazyLock::new(|| {
    let all = xades::verify(&file_in(CONTAINERS[3], SIGNATURES, ""), SIGNATURES, &limits()).expect("our own signature");
    all.into_iter().next().expect("there is one")
});

/// An XML signature: when it holds, it covers what was signed, however it was wrapped.
pub fn xades(data: &[u8]) {
    for verified in xades::verify(data, SIGNATURES, &limits()).into_iter().flatten() {
        assert_eq!(verified.chain[0].der(), SIGNER, "somebody else signed");
        assert_eq!(told(&verified.references), told(&XADES.references), "it covers something else");
        assert_eq!((verified.algorithm, verified.signing_time), (XADES.algorithm, XADES.signing_time));
    }
}

/// A manifest: what is read can be written and read again.
pub fn asic_manifest(data: &[u8]) {
    let Ok(manifest) = asic_manifest::read(data, "META-INF/ASiCManifest.xml") else { return };
    let mut files = Vec::new();
    for reference in &manifest.references {
        assert!(reference.offset < data.len() as u64, "a reference behind the end");
        assert_ne!(reference.digest, DigestAlgorithm::Sha1, "a weak digest");
        let media_type = reference.media_type.clone().unwrap_or_default();
        let texts = [reference.uri.as_str(), media_type.as_str(), manifest.signature.as_str()];
        let Ok(value) = <[u8; 32]>::try_from(reference.value.as_slice()) else { return };
        if reference.digest != DigestAlgorithm::Sha256 || texts.iter().any(|text| text.chars().any(char::is_control)) {
            return;
        }
        files.push((DocumentHead { name: reference.uri.clone(), media_type }, value));
    }
    let again =
        asic_manifest::read(&asic_manifest::write(&manifest.signature, &files), "again").expect("our own manifest");
    let expected: Vec<_> =
        files.iter().map(|(head, value)| (head.name.as_str(), head.media_type.as_str(), &value[..])).collect();
    let read: Vec<_> =
        told(&again.references).into_iter().map(|(uri, kind, _, value)| (uri, kind.unwrap_or(""), value)).collect();
    assert_eq!((again.signature, read), (manifest.signature, expected));
}
