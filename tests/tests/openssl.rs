//! OpenSSL as an independent judge: it opens what we seal, and we open what it seals.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;

use getrandom::SysRng;
use konvolutt_shared::container::cades;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, PssHash, SignatureAlgorithm, SoftKey};
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

#[test]
fn we_verify_what_openssl_signs() {
    let authority = Authority::new().unwrap();
    let signer = authority.issue("310900117", "digitalSignature").unwrap();
    let pss = |md: &'static str, salt: &'static str| {
        [&["-md", md][..], &["-keyopt", "rsa_padding_mode:pss", "-keyopt", salt]].concat()
    };
    let own: Vec<(Vec<&str>, SignatureAlgorithm)> = vec![
        (vec!["-md", "sha1"], SignatureAlgorithm::RsaPkcs1Sha1),
        (vec!["-md", "sha384"], SignatureAlgorithm::RsaPkcs1Sha384),
        (pss("sha256", "rsa_pss_saltlen:32"), SignatureAlgorithm::pss(PssHash::Sha256)),
        (pss("sha256", "rsa_pss_saltlen:20"), SignatureAlgorithm::RsaPss { hash: PssHash::Sha256, salt: 20 }),
        (pss("sha384", "rsa_pss_saltlen:48"), SignatureAlgorithm::pss(PssHash::Sha384)),
        (pss("sha512", "rsa_pss_saltlen:0"), SignatureAlgorithm::RsaPss { hash: PssHash::Sha512, salt: 0 }),
        (pss("sha512", "rsa_pss_saltlen:64"), SignatureAlgorithm::pss(PssHash::Sha512)),
    ];
    for (own, algorithm) in &own {
        for options in [&[][..], &["-cades"], &["-keyid"], &["-noattr"], &["-nocerts", "-certfile"]] {
            let certificate = signer.certificate.to_str().unwrap();
            let options = if options.len() == 2 { [options, &[certificate]].concat() } else { options.to_vec() };
            let p7s = authority.sign(b"<manifest/>", &[(&signer, own)], &options).unwrap();
            let read = cades::read(&p7s, b"<manifest/>", &Limits::default());
            let read = read.unwrap_or_else(|finding| unreachable!("{own:?} {options:?}: {finding:?}"));
            assert_eq!(read.iter().map(|one| one.algorithm).collect::<Vec<_>>(), [*algorithm], "{options:?}");
            assert!(cades::read(&p7s, b"<other/>", &Limits::default()).is_err(), "{own:?} {options:?}");
        }
    }
}
