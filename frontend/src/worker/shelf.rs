//! A shelf in IndexedDB for what must be kept and must not be readable: each thing is encrypted under a key of its own, whose
//! handle lies beside it and cannot be exported.

use getrandom::SysRng;
use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, Query, TransactionMode};
use js_sys::{Reflect, Uint8Array};
use rand_core::{Rng as _, UnwrapErr};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CryptoKey;

use super::subtle::{self, object};

const DATABASE: &str = "konvolutt-sendings";
const STORE: &str = "sendings";
const VERSION: u32 = 1;

/// What GCM takes best (NIST SP 800-38D, 8.2), in bytes.
const NONCE: usize = 12;

/// Puts something under a name, in place of what was there. `None` if the browser keeps nothing.
pub(super) async fn put(name: &str, plain: &[u8]) -> Option<()> {
    // A fresh key each time: no nonce is ever used twice with one.
    let key = subtle::generate_gcm().await.ok()?;
    let mut nonce = [0; NONCE];
    UnwrapErr(SysRng).fill_bytes(&mut nonce);
    let sealed = subtle::encrypt_gcm(&key, &nonce, name.as_bytes(), plain).await.ok()?;
    let value = object(&[
        ("name", name.into()),
        ("key", key.into()),
        ("nonce", Uint8Array::from(nonce.as_slice()).into()),
        ("sealed", Uint8Array::from(sealed.as_slice()).into()),
    ]);
    let run = async {
        let transaction = open().await?.transaction(&[STORE], TransactionMode::ReadWrite)?;
        transaction.object_store(STORE)?.put(&value, Some(&name.into()))?.await?;
        transaction.commit()?.await
    };
    run.await.ok().map(drop)
}

/// Everything on it, by name; without what cannot be read any more.
pub(super) async fn all() -> Vec<(String, Option<Vec<u8>>)> {
    let run = async {
        let transaction = open().await?.transaction(&[STORE], TransactionMode::ReadOnly)?;
        transaction.object_store(STORE)?.get_all(None, None)?.await
    };
    let mut all = Vec::new();
    for value in run.await.unwrap_or_default() {
        if let Some(name) = member(&value, "name").and_then(|name| name.as_string()) {
            let plain = read(&name, &value).await;
            all.push((name, plain));
        }
    }
    all
}

async fn read(name: &str, value: &JsValue) -> Option<Vec<u8>> {
    let key: CryptoKey = member(value, "key")?.dyn_into().ok()?;
    let bytes = |name| Some(member(value, name)?.dyn_into::<Uint8Array>().ok()?.to_vec());
    subtle::decrypt_gcm(&key, &bytes("nonce")?, name.as_bytes(), &bytes("sealed")?).await.ok()
}

/// Takes something away, with its key.
pub(super) async fn remove(name: &str) {
    let run = async {
        let transaction = open().await?.transaction(&[STORE], TransactionMode::ReadWrite)?;
        transaction.object_store(STORE)?.delete(Query::Key(name.into()))?.await?;
        transaction.commit()?.await
    };
    // Without storage there is nothing to take away.
    let _ = run.await;
}

fn member(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &name.into()).ok().filter(|value| !value.is_undefined())
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
