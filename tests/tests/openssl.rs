//! OpenSSL as an independent judge: it opens what we seal, and we open what it seals.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;

use getrandom::SysRng;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal;
use konvolutt_tests::openssl::{Authority, PASSWORD};
use rand_core::UnwrapErr;

/// Around the length of a cipher block, of an octet string segment, and of nothing at all.
const LENGTHS: [usize; 7] = [0, 1, 15, 16, 1000, 1001, 300_000];

fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

#[test]
fn openssl_opens_what_we_seal() {
    let authority = Authority::new().unwrap();
    let recipient = authority.issue("310900419", "keyEncipherment").unwrap();
    let certificate = Certificate::from_pem(&fs::read_to_string(&recipient.certificate).unwrap()).unwrap();
    for length in LENGTHS {
        let sealed = seal::seal(&certificate, &plain(length), &mut UnwrapErr(SysRng)).unwrap();
        assert_eq!(authority.open(&sealed, &recipient).unwrap(), plain(length), "{length} bytes");
    }
}

#[test]
fn we_open_what_openssl_seals() {
    let authority = Authority::new().unwrap();
    let recipient = authority.issue("310900117", "keyEncipherment").unwrap();
    let key = SoftKey::from_pkcs12(&fs::read(&recipient.keystore).unwrap(), PASSWORD).unwrap();
    for length in LENGTHS {
        let sealed = authority.seal(&plain(length), &recipient).unwrap();
        assert_eq!(seal::open(&sealed, &key, &Limits::default()).unwrap(), plain(length), "{length} bytes");
    }
}
