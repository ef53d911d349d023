//! What a private key must be able to do, wherever it lives. Ours: no standard.

use super::{Certificate, SignatureAlgorithm};
use crate::finding::Finding;
use crate::seal::{CipherParameters, ContentKey, KeyRequest};

/// A private key. It signs bytes and unwraps content keys; it cannot be copied out.
///
/// The core itself calls neither: every step that needs a key is two halves, *prepare* and *finish*, and between them
/// stands one of these two calls. A key store may take its time (a browser answers later, a card asks a person), so the
/// answers are futures; those of a key in memory are ready at once.
///
/// There are three: [`SoftKey`](super::SoftKey) from a PKCS#12 file and from PEM, whose numbers are wiped when it is
/// dropped, as is what they were decrypted to ([`SoftKey::from_pkcs12`](super::SoftKey::from_pkcs12) says what is not);
/// and the front end's handles of WebCrypto, whose keys cannot be exported. `hazmat_unwrap` is for known answers only.
pub trait PrivateKey {
    /// What an unwrapped content key is here: its bytes, or a handle.
    type ContentKey;

    /// The certificate of this key and its issuers as far as they are known, leaf first; never empty.
    fn chain(&self) -> &[Certificate];

    /// Signs a message (not a digest). An RSA signature is as long as the modulus.
    ///
    /// # Errors
    /// [`Rule::KeyKind`](crate::finding::Rule::KeyKind) or
    /// [`Rule::WriteSigner`](crate::finding::Rule::WriteSigner) when the key cannot make such a signature,
    /// [`Rule::WriteOrder`](crate::finding::Rule::WriteOrder) when one in this process fails.
    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> impl Future<Output = Result<Vec<u8>, Finding>>;

    /// Unwraps the content key (RFC 5652, 6.2.1) of a package that is sealed to this key's certificate.
    ///
    /// # Errors
    /// [`Rule::SealOpening`](crate::finding::Rule::SealOpening), the same for every cause that lies in the
    /// package; [`Rule::KeyTransportHere`](crate::finding::Rule::KeyTransportHere) when this kind of key
    /// store knows no such key transport, with advice on how to go on.
    fn unwrap(
        &self,
        request: &KeyRequest,
        parameters: &CipherParameters,
    ) -> impl Future<Output = Result<Self::ContentKey, Finding>>;
}

#[cfg(feature = "soft-keys")]
impl PrivateKey for super::SoftKey {
    type ContentKey = ContentKey;

    fn chain(&self) -> &[Certificate] {
        Self::chain(self)
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> impl Future<Output = Result<Vec<u8>, Finding>> {
        std::future::ready(Self::sign(self, algorithm, message))
    }

    fn unwrap(
        &self,
        request: &KeyRequest,
        parameters: &CipherParameters,
    ) -> impl Future<Output = Result<ContentKey, Finding>> {
        std::future::ready(Self::unwrap(self, request.transport, parameters.cipher, &request.encrypted_key))
    }
}
