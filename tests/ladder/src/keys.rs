//! Keys go in and not out.

/// A [`ContentKey`](konvolutt_shared::seal::ContentKey) is wiped when it is dropped; its octets are lent, not given.
///
/// ```
/// # use konvolutt_shared::seal::ContentKey;
/// fn octets(key: ContentKey) -> usize {
///     key.as_bytes().len()
/// }
/// fn made(octets: Vec<u8>) -> ContentKey {
///     ContentKey::new(octets)
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use konvolutt_shared::seal::ContentKey;
/// fn octets(key: ContentKey) -> usize {
///     key.0.len()
/// }
/// ```
///
/// ```compile_fail,E0423
/// # use konvolutt_shared::seal::ContentKey;
/// fn made(octets: Vec<u8>) -> ContentKey {
///     ContentKey(octets)
/// }
/// ```
///
/// Nor does it write itself anywhere.
///
/// ```
/// # use konvolutt_shared::seal::ContentKey;
/// fn told(key: &ContentKey) -> String {
///     format!("{key:?}")
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use konvolutt_shared::seal::ContentKey;
/// fn told(key: &ContentKey) -> String {
///     format!("{key}")
/// }
/// ```
pub mod content_key {}

/// A [`SoftKey`](konvolutt_shared::pki::SoftKey) signs and unwraps; it cannot be copied out, nor given another's
/// certificate.
///
/// ```
/// # use konvolutt_shared::{finding::Finding, pki::{Certificate, SignatureAlgorithm, SoftKey}};
/// fn signature(key: &SoftKey) -> Result<Vec<u8>, Finding> {
///     key.sign(SignatureAlgorithm::RsaPkcs1Sha256, b"message")
/// }
/// fn chain(key: SoftKey, chain: Vec<Certificate>) -> SoftKey {
///     key.clone()
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use konvolutt_shared::{finding::Finding, pki::{Certificate, SignatureAlgorithm, SoftKey}};
/// fn signature(key: &SoftKey) -> Result<Vec<u8>, Finding> {
///     let _ = &key.key;
///     key.sign(SignatureAlgorithm::RsaPkcs1Sha256, b"message")
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use konvolutt_shared::{finding::Finding, pki::{Certificate, SignatureAlgorithm, SoftKey}};
/// fn chain(key: SoftKey, chain: Vec<Certificate>) -> SoftKey {
///     SoftKey { chain, ..key }
/// }
/// ```
pub mod soft_key {}

/// A sealed package begins with its head: [`Sealing`](konvolutt_shared::seal::Sealing) is made by `begin`, which encrypts
/// the key to a certificate, or by whoever says that another has written the head.
///
/// ```
/// # use konvolutt_shared::seal::Sealing;
/// fn sealing() -> Sealing {
///     Sealing::after_head()
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use konvolutt_shared::seal::Sealing;
/// fn sealing() -> Sealing {
///     Sealing { pending: Vec::new() }
/// }
/// ```
pub mod sealing {}
