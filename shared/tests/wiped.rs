//! What a key file is decrypted to does not stay behind in memory: an allocator that looks at every block as it is freed.
#![cfg(feature = "soft-keys")]
#![allow(unsafe_code, reason = "an allocator")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use konvolutt_shared::pki::{SoftKey, pkcs12};

const PASSWORD: &str = "testpass-public";

/// What must not be found in a freed block.
static SECRETS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();

/// How many freed blocks held one.
static LEFT: AtomicUsize = AtomicUsize::new(0);

struct Watching;

#[global_allocator]
static WATCHING: Watching = Watching;

// SAFETY: all is handed on to the system's allocator. Blocks are zeroed first, so that what is read of them is
// initialised; a block that grows is a new one, by the trait's own `realloc`, and the old one is looked at.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(secrets) = SECRETS.get() {
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            if secrets.iter().any(|secret| bytes.windows(secret.len()).any(|window| window == secret)) {
                LEFT.fetch_add(1, Ordering::Relaxed);
            }
        }
        unsafe { System.dealloc(block, layout) }
    }
}

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/pki");
    folder.is_dir().then_some(folder)
}

/// How many blocks with a secret are freed meanwhile.
fn left_by(work: impl FnOnce()) -> usize {
    let before = LEFT.load(Ordering::Relaxed);
    work();
    LEFT.load(Ordering::Relaxed) - before
}

/// The vectors lie beside the repository; without them this says so and checks nothing. One test, since there is one count.
#[test]
fn no_freed_block_holds_the_key_or_the_password() {
    let Some(folder) = folder() else {
        eprintln!("SKIPPED: no vectors beside the repository");
        return;
    };
    let content = pkcs12::read(&std::fs::read(folder.join("a.p12")).unwrap()).unwrap().open(PASSWORD).unwrap();
    // Two places of the PKCS#8, in the private exponent and in the primes; and half the password as
    // the derivation takes it.
    let key = &content.keys[0];
    let wide: Vec<u8> = PASSWORD[..8].encode_utf16().flat_map(u16::to_be_bytes).collect();
    SECRETS.set(vec![key[400..432].to_vec(), key[key.len() - 700..][..32].to_vec(), wide]).unwrap();
    assert_eq!(left_by(|| drop(key.to_vec())), 1, "a copy that is not wiped is seen");
    assert_eq!(left_by(|| drop(content)), 0, "one that is wiped is not");
    for name in ["a.p12", "a-legacy3des.p12", "a-legacyrc2.p12"] {
        let file = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(left_by(|| drop(SoftKey::from_pkcs12(&file, PASSWORD).unwrap())), 0, "{name}");
        assert_eq!(left_by(|| drop(pkcs12::read(&file).unwrap().open(PASSWORD).unwrap())), 0, "{name}");
        assert_eq!(left_by(|| drop(SoftKey::from_pkcs12(&file, "feil").unwrap_err())), 0, "{name}");
    }
    let pem = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let (key, chain) = (pem("a.key"), pem("a.pem"));
    assert_eq!(left_by(|| drop(SoftKey::from_pem(&key, &chain).unwrap())), 0, "PEM");
}
