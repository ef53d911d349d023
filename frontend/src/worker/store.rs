//! Keys in IndexedDB: opaque handles beside their certificates. A handle cannot be exported, only used, and only on
//! this origin.

use std::cell::RefCell;

use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, Query, TransactionMode};
use js_sys::{Array, Reflect, Uint8Array};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::pki::{Certificate, PrivateKey, SignatureAlgorithm};
use konvolutt_shared::seal::{CipherParameters, KeyRequest, KeyTransport, OaepHash};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CryptoKey;

use super::Outcome;
use super::subtle::{self, object};

const DATABASE: &str = "konvolutt";
const STORE: &str = "keys";
const VERSION: u32 = 1;

/// One kept key: one handle for each thing it does.
#[derive(Clone, Debug)]
pub(super) struct StoredKey {
    /// SHA-256 of the certificate, hexadecimal.
    pub(super) id: String,
    /// Signer first.
    pub(super) chain: Vec<Certificate>,
    /// Whether it came from a file with old encryption.
    pub(super) legacy: bool,
    pub(super) sign_sha256: CryptoKey,
    pub(super) sign_sha1: CryptoKey,
    pub(super) unwrap_sha256: CryptoKey,
    pub(super) unwrap_sha1: CryptoKey,
}

impl StoredKey {
    fn to_value(&self) -> JsValue {
        let chain: Array = self.chain.iter().map(|certificate| Uint8Array::from(certificate.der())).collect();
        object(&[
            ("id", self.id.as_str().into()),
            ("chain", chain.into()),
            ("legacy", self.legacy.into()),
            ("signSha256", self.sign_sha256.clone().into()),
            ("signSha1", self.sign_sha1.clone().into()),
            ("unwrapSha256", self.unwrap_sha256.clone().into()),
            ("unwrapSha1", self.unwrap_sha1.clone().into()),
        ])
    }

    fn from_value(value: &JsValue) -> Option<Self> {
        let get = |name: &str| Reflect::get(value, &name.into()).ok().filter(|value| !value.is_undefined());
        let key = |name: &str| get(name)?.dyn_into::<CryptoKey>().ok();
        let chain = Array::from(&get("chain")?);
        let chain = chain.iter().map(|der| Certificate::from_der(&Uint8Array::new(&der).to_vec()).ok());
        Some(Self {
            id: get("id")?.as_string()?,
            chain: chain.collect::<Option<_>>()?,
            legacy: get("legacy")?.is_truthy(),
            sign_sha256: key("signSha256")?,
            sign_sha1: key("signSha1")?,
            unwrap_sha256: key("unwrapSha256")?,
            unwrap_sha1: key("unwrapSha1")?,
        })
    }
}

/// A key that cannot be exported. WebCrypto binds a handle to one algorithm and hash and knows nothing else.
impl PrivateKey for StoredKey {
    type ContentKey = CryptoKey;

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    async fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Finding> {
        let handle = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => &self.sign_sha256,
            SignatureAlgorithm::RsaPkcs1Sha1 => &self.sign_sha1,
            _ => return Err(Finding::error(Rule::WriteSigner, "the browser keeps no handle for this signature")),
        };
        let cannot = |_| Finding::error(Rule::WriteSigner, "the browser cannot use the key");
        subtle::sign(handle, message).await.map_err(cannot)
    }

    async fn unwrap(&self, request: &KeyRequest, parameters: &CipherParameters) -> Result<CryptoKey, Finding> {
        let handle = match request.transport {
            KeyTransport::Oaep { hash: OaepHash::Sha256, mask: OaepHash::Sha256 } => &self.unwrap_sha256,
            KeyTransport::Oaep { hash: OaepHash::Sha1, mask: OaepHash::Sha1 } => &self.unwrap_sha1,
            other => {
                let message = "the browser cannot use a kept key for this key transport";
                return Err(Finding::error(Rule::KeyTransportHere, message).seen(format!("{other:?}")));
            }
        };
        let key = subtle::unwrap_content_key(&request.encrypted_key, handle, parameters.cipher.is_gcm()).await;
        // One error for every failure: nobody must learn which step it was.
        key.map_err(|_| Rule::SealOpening.broken())
    }
}

thread_local! {
    /// Where the browser gives no storage, as in a frame on another site: keys live as long as the frame.
    static MEMORY: RefCell<Vec<StoredKey>> = const { RefCell::new(Vec::new()) };
}

pub(super) async fn all() -> Vec<StoredKey> {
    let mut keys = MEMORY.with_borrow(Clone::clone);
    keys.extend(stored().await.unwrap_or_default());
    keys
}

async fn stored() -> Result<Vec<StoredKey>, idb::Error> {
    let database = open().await?;
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly)?;
    let values = transaction.object_store(STORE)?.get_all(None, None)?.await?;
    Ok(values.iter().filter_map(StoredKey::from_value).collect())
}

/// Keeps a key: in the browser's storage, else in memory.
pub(super) async fn put(key: &StoredKey) {
    let run = async {
        let database = open().await?;
        let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
        transaction.object_store(STORE)?.put(&key.to_value(), Some(&key.id.as_str().into()))?.await?;
        transaction.commit()?.await?;
        Ok::<_, idb::Error>(())
    };
    if run.await.is_err() {
        MEMORY.with_borrow_mut(|keys| {
            keys.retain(|kept| kept.id != key.id);
            keys.push(key.clone());
        });
    }
}

pub(super) async fn remove(id: &str) -> Outcome<()> {
    let before = MEMORY.with_borrow(Vec::len);
    MEMORY.with_borrow_mut(|keys| keys.retain(|kept| kept.id != id));
    let run = async {
        let database = open().await?;
        let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
        transaction.object_store(STORE)?.delete(Query::Key(id.into()))?.await?;
        transaction.commit()?.await?;
        Ok::<_, idb::Error>(())
    };
    // Without storage there is nothing else to forget.
    let forgotten = MEMORY.with_borrow(Vec::len) < before;
    run.await.or_else(|_| if forgotten { Ok(()) } else { Err(unusable()) })
}

async fn open() -> Result<Database, idb::Error> {
    let mut request = Factory::new()?.open(DATABASE, Some(VERSION))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            // If the store cannot be made, every later use says so.
            let _ = database.create_object_store(STORE, ObjectStoreParams::new());
        }
    });
    request.await
}

fn unusable() -> Vec<Finding> {
    vec![Finding::error(Rule::Broken, "the browser's storage cannot be used; private windows may forbid it")]
}
