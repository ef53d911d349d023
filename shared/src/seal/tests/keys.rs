//! One test for every kind of private key.

use crate::finding::Code;
use crate::pki::testing::vectors;
use crate::pki::{PrivateKey, SignatureAlgorithm, SoftKey, verify};
use crate::seal::{CipherParameters, ContentCipher, ContentKey, KeyRequest, KeyTransport, OaepHash};

/// What every private key must do, whatever it is made of.
fn assert_signs_and_unwraps<K>(key: &K, bytes: fn(&K::ContentKey) -> Vec<u8>)
where
    K: PrivateKey,
{
    let leaf = &key.chain()[0];
    for algorithm in [SignatureAlgorithm::RsaPkcs1Sha256, SignatureAlgorithm::RsaPkcs1Sha1] {
        let signature = ready(key.sign(algorithm, b"a message")).unwrap();
        assert!(verify(leaf, algorithm, b"a message", &signature));
        assert!(!verify(leaf, algorithm, b"a massage", &signature));
    }
    let parameters = CipherParameters { cipher: ContentCipher::Aes256Cbc, iv: vec![0; 16], tag_length: 0 };
    let mut rng = super::rng();
    let content_key = ContentKey::generate(parameters.cipher, &mut rng);
    let public = leaf.rsa_public_key().unwrap();
    for hash in [OaepHash::Sha1, OaepHash::Sha256] {
        let transport = KeyTransport::Oaep { hash, mask: hash };
        let encrypted_key = transport.wrap(&public, &content_key, &mut rng).unwrap();
        let mut request = KeyRequest { certificate: 0, transport, encrypted_key };
        let unwrapped = ready(key.unwrap(&request, &parameters)).unwrap();
        assert_eq!(bytes(&unwrapped), content_key.as_bytes());
        request.encrypted_key[9] ^= 1;
        let finding = ready(key.unwrap(&request, &parameters)).err().unwrap();
        assert_eq!(finding.code, Code::CmsContentDecryptFailed);
    }
    let transport = KeyTransport::Pkcs1v15;
    let encrypted_key = transport.wrap(&public, &content_key, &mut rng).unwrap();
    let mut request = KeyRequest { certificate: 0, transport, encrypted_key };
    assert_eq!(bytes(&ready(key.unwrap(&request, &parameters)).unwrap()), content_key.as_bytes());
    request.encrypted_key[9] ^= 1;
    let substitute = bytes(&ready(key.unwrap(&request, &parameters)).unwrap());
    assert!(substitute.len() == 32 && substitute != content_key.as_bytes());
}

/// The answer of a key in memory.
fn ready<T>(answer: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(answer).poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("a key in memory lets wait"),
    }
}

#[test]
fn keys_in_memory_do_what_a_private_key_does() {
    let Some(pki) = vectors() else { return };
    let pki = pki.join("pki");
    let read = |name: &str| std::fs::read(pki.join(name)).unwrap();
    let text = |name: &str| String::from_utf8(read(name)).unwrap();
    let keys = [
        SoftKey::from_pkcs12(&read("a.p12"), "testpass-public").unwrap(),
        SoftKey::from_pem(&text("a.key"), &text("a.pem")).unwrap(),
    ];
    for key in &keys {
        assert_signs_and_unwraps(key, |content_key| content_key.as_bytes().to_vec());
    }
}
