//! WebCrypto, typed as far as we use it. Private keys are opaque handles that cannot be exported.

use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;

use super::released::release;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "SubtleCrypto")]
    type Subtle;

    #[wasm_bindgen(method, catch, js_name = importKey)]
    async fn import_key(
        this: &Subtle,
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = generateKey)]
    async fn generate_key(
        this: &Subtle,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deriveKey)]
    async fn derive_key(
        this: &Subtle,
        algorithm: &JsValue,
        base: &CryptoKey,
        derived: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = unwrapKey)]
    async fn unwrap_key(
        this: &Subtle,
        format: &str,
        wrapped: &Uint8Array,
        with: &CryptoKey,
        algorithm: &JsValue,
        unwrapped: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn sign(this: &Subtle, algorithm: &JsValue, key: &CryptoKey, data: &Uint8Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    // The bytes are lent, not copied here: WebCrypto takes its own copy before it returns (WebCrypto, 14.3.1, step 2).
    fn encrypt(this: &Subtle, algorithm: &JsValue, key: &CryptoKey, data: &[u8]) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn digest(this: &Subtle, algorithm: &str, data: &[u8]) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn decrypt(this: &Subtle, algorithm: &JsValue, key: &CryptoKey, data: &[u8]) -> Result<Promise, JsValue>;
}

/// Any failure of WebCrypto. It says nothing of the cause, on purpose: an oracle begins with a distinction.
#[derive(Debug)]
pub(super) struct Failed;

type Result<T, E = Failed> = std::result::Result<T, E>;

/// What a private key may do. WebCrypto binds a handle to one algorithm and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    /// RSASSA-PKCS1-v1_5 with this hash.
    Sign(Hash),
    /// RSAES-OAEP with this hash for both.
    Unwrap(Hash),
}

/// A hash function by WebCrypto's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

impl Duty {
    fn algorithm(self) -> JsValue {
        let (name, hash) = match self {
            Self::Sign(hash) => ("RSASSA-PKCS1-v1_5", hash),
            Self::Unwrap(hash) => ("RSA-OAEP", hash),
        };
        object(&[("name", name.into()), ("hash", hash.name().into())])
    }

    fn usages(self) -> Array {
        Array::of1(&match self {
            Self::Sign(_) => "sign".into(),
            Self::Unwrap(_) => "unwrapKey".into(),
        })
    }
}

/// Derives the key that a PKCS#12 file's key bag is encrypted with (RFC 8018, 6.2: PBES2 with PBKDF2 and AES-CBC).
pub(super) async fn derive(
    password: &str,
    salt: &[u8],
    iterations: u32,
    hash: Hash,
    key_bytes: usize,
) -> Result<CryptoKey> {
    let password = Uint8Array::from(password.as_bytes());
    let base = subtle().import_key("raw", &password, &"PBKDF2".into(), false, &Array::of1(&"deriveKey".into())).await;
    password.fill(0, 0, password.length());
    let algorithm = object(&[
        ("name", "PBKDF2".into()),
        ("salt", Uint8Array::from(salt).into()),
        ("iterations", iterations.into()),
        ("hash", hash.name().into()),
    ]);
    let derived = object(&[("name", "AES-CBC".into()), ("length", ((key_bytes * 8) as u32).into())]);
    let usages = Array::of1(&"unwrapKey".into());
    key(subtle().derive_key(&algorithm, &key(base)?, &derived, false, &usages).await)
}

/// Unwraps an encrypted PKCS#8 key straight into a handle that cannot be exported.
pub(super) async fn unwrap_private(encrypted: &[u8], with: &CryptoKey, iv: &[u8], duty: Duty) -> Result<CryptoKey> {
    let wrapped = Uint8Array::from(encrypted);
    key(subtle().unwrap_key("pkcs8", &wrapped, with, &cbc(iv), &duty.algorithm(), false, &duty.usages()).await)
}

/// Imports a PKCS#8 key that had to be decoded here (old files), as a handle that cannot be exported.
pub(super) async fn import_private(pkcs8: &[u8], duty: Duty) -> Result<CryptoKey> {
    let octets = Uint8Array::from(pkcs8);
    let imported = subtle().import_key("pkcs8", &octets, &duty.algorithm(), false, &duty.usages()).await;
    octets.fill(0, 0, octets.length());
    key(imported)
}

/// Signs. The handle's own hash is applied to the message.
pub(super) async fn sign(with: &CryptoKey, message: &[u8]) -> Result<Vec<u8>> {
    let algorithm = object(&[("name", "RSASSA-PKCS1-v1_5".into())]);
    bytes(subtle().sign(&algorithm, with, &Uint8Array::from(message)).await)
}

/// Unwraps a content key into a handle for CBC, or for the counter mode that GCM is made of.
pub(super) async fn unwrap_content_key(encrypted: &[u8], with: &CryptoKey, gcm: bool) -> Result<CryptoKey> {
    let algorithm = object(&[("name", "RSA-OAEP".into())]);
    // The padding of a CBC chunk in the middle, and GCM's hash key, are made by encrypting, hence both usages.
    let usages = Array::of2(&"decrypt".into(), &"encrypt".into());
    let name = JsValue::from(if gcm { "AES-CTR" } else { "AES-CBC" });
    key(subtle().unwrap_key("raw", &Uint8Array::from(encrypted), with, &algorithm, &name, false, &usages).await)
}

/// Imports a fresh content key for sealing.
pub(super) async fn import_content_key(octets: &[u8]) -> Result<CryptoKey> {
    let raw = Uint8Array::from(octets);
    let imported = subtle().import_key("raw", &raw, &"AES-CBC".into(), false, &Array::of1(&"encrypt".into())).await;
    raw.fill(0, 0, raw.length());
    key(imported)
}

/// Begins AES-CBC with PKCS#7 padding; it goes on while other work is done. See [`settled`].
pub(super) fn start_encrypt_cbc(with: &CryptoKey, iv: &[u8], plain: &[u8]) -> Result<Promise> {
    subtle().encrypt(&cbc(iv), with, plain).map_err(|_| Failed)
}

/// The same for decryption.
pub(super) fn start_decrypt_cbc(with: &CryptoKey, iv: &[u8], ciphertext: &[u8]) -> Result<Promise> {
    subtle().decrypt(&cbc(iv), with, ciphertext).map_err(|_| Failed)
}

/// Begins SHA-256.
pub(super) fn start_sha256(bytes: &[u8]) -> Result<Promise> {
    subtle().digest("SHA-256", bytes).map_err(|_| Failed)
}

/// Begins AES in counter mode, whose last 32 bits count (GCM's way); encryption and decryption are the same.
pub(super) fn start_ctr(with: &CryptoKey, counter: &[u8], bytes: &[u8]) -> Result<Promise> {
    let algorithm =
        object(&[("name", "AES-CTR".into()), ("counter", Uint8Array::from(counter).into()), ("length", 32.into())]);
    subtle().encrypt(&algorithm, with, bytes).map_err(|_| Failed)
}

/// What was begun, still in the browser's memory.
pub(super) async fn settled_buffer(promise: Promise) -> Result<ArrayBuffer> {
    JsFuture::from(promise).await.ok().and_then(|value| value.dyn_into().ok()).ok_or(Failed)
}

/// What was begun.
pub(super) async fn settled(promise: Promise) -> Result<Vec<u8>> {
    bytes(JsFuture::from(promise).await)
}

/// AES-CBC with PKCS#7 padding over a whole.
pub(super) async fn encrypt_cbc(with: &CryptoKey, iv: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    settled(start_encrypt_cbc(with, iv, plain)?).await
}

/// AES-CBC with PKCS#7 padding over a whole.
pub(super) async fn decrypt_cbc(with: &CryptoKey, iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>> {
    settled(start_decrypt_cbc(with, iv, ciphertext)?).await
}

/// A fresh key for AES-GCM over wholes, which cannot be exported.
pub(super) async fn generate_gcm() -> Result<CryptoKey> {
    let algorithm = object(&[("name", "AES-GCM".into()), ("length", 256.into())]);
    key(subtle().generate_key(&algorithm, false, &Array::of2(&"encrypt".into(), &"decrypt".into())).await)
}

/// AES-GCM over a whole, bound to `about`.
pub(super) async fn encrypt_gcm(with: &CryptoKey, nonce: &[u8], about: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    settled(subtle().encrypt(&gcm(nonce, about), with, plain).map_err(|_| Failed)?).await
}

/// The way back.
pub(super) async fn decrypt_gcm(with: &CryptoKey, nonce: &[u8], about: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    settled(subtle().decrypt(&gcm(nonce, about), with, sealed).map_err(|_| Failed)?).await
}

fn gcm(nonce: &[u8], about: &[u8]) -> JsValue {
    let about = Uint8Array::from(about).into();
    object(&[("name", "AES-GCM".into()), ("iv", Uint8Array::from(nonce).into()), ("additionalData", about)])
}

fn cbc(iv: &[u8]) -> JsValue {
    object(&[("name", "AES-CBC".into()), ("iv", Uint8Array::from(iv).into())])
}

fn subtle() -> Subtle {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).unwrap_or_default();
    Reflect::get(&crypto, &"subtle".into()).unwrap_or_default().unchecked_into()
}

/// A JavaScript object of these members.
pub(super) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // Setting a member of a fresh object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

fn key(result: Result<JsValue, JsValue>) -> Result<CryptoKey> {
    result.map(JsCast::unchecked_into).map_err(|_| Failed)
}

fn bytes(result: Result<JsValue, JsValue>) -> Result<Vec<u8>> {
    let buffer: ArrayBuffer = result.map_err(|_| Failed)?.unchecked_into();
    let bytes = Uint8Array::new(&buffer).to_vec();
    release(&buffer);
    Ok(bytes)
}
