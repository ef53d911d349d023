//! Independent readers over whole packages as we make them: Python's asn1crypto and cryptography open, unpack and verify
//! them, OpenSSL opens them, and we open what OpenSSL seals, for every suite.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use getrandom::SysRng;
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal::{self, Suite};
use konvolutt_tests::openssl::{Authority, Identity, PASSWORD};
use konvolutt_tests::sha256;
use rand_core::UnwrapErr;

const SENDER: &str = "310900117";
const RECEIVER: &str = "310900419";

const SUITES: [(Suite, &str); 3] =
    [(Suite::OaepCbc, "aes256_cbc"), (Suite::OaepGcm, "aes256_gcm"), (Suite::Pkcs1Cbc, "aes256_cbc")];

struct World {
    authority: Authority,
    signer: SoftKey,
    recipient: Identity,
}

impl World {
    fn new() -> Self {
        let authority = Authority::new().unwrap();
        let signer = authority.issue(SENDER, "digitalSignature").unwrap();
        let recipient = authority.issue(RECEIVER, "keyEncipherment").unwrap();
        let signer = SoftKey::from_pkcs12(&fs::read(&signer.keystore).unwrap(), PASSWORD).unwrap();
        Self { authority, signer, recipient }
    }

    fn package(&self, suite: Suite, digest: SignatureDigest) -> Vec<u8> {
        let head = PackHead {
            profile: Profile::Cades,
            sender: SENDER,
            receiver: RECEIVER,
            digest,
            now: jiff::Timestamp::now(),
            signature_id: uuid::Uuid::from_u128(7),
        };
        let container = pack(head, &documents(), &self.signer).unwrap();
        let certificate = Certificate::from_pem(&fs::read_to_string(&self.recipient.certificate).unwrap()).unwrap();
        seal::seal_as(suite, &certificate, &container, &mut UnwrapErr(SysRng)).unwrap()
    }

    fn judge(&self, judge: &Judge, sealed: &[u8]) -> Output {
        let file = self.authority.path("package.cms");
        fs::write(&file, sealed).unwrap();
        let mut python = Command::new("python3");
        python.env("PYTHONPATH", &judge.packages).arg(&judge.program).arg(file);
        python.args([&self.recipient.key, &self.authority.root()]).output().unwrap()
    }
}

fn documents() -> Vec<PackDocument> {
    let document = |name: &str, content: &[u8]| PackDocument {
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        content: content.to_vec(),
    };
    vec![
        document("Søknad & vedlegg æøå.txt", &b"brev ".repeat(9000)),
        document("to + to.txt", b"hei <hei>"),
        document("tom.txt", b""),
    ]
}

/// The program, and the folder into which `cargo xtask test` puts the packages it needs.
struct Judge {
    program: PathBuf,
    packages: PathBuf,
}

impl Judge {
    /// `None`, with a notice, where the packages are not there.
    fn find() -> Option<Self> {
        let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("judges/envelope.py");
        let packages = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("test-data/python");
        if packages.join("asn1crypto").is_dir() {
            return Some(Self { program, packages });
        }
        eprintln!("SKIPPED: Python's asn1crypto and cryptography are not in {}", packages.display());
        None
    }
}

#[test]
fn python_opens_and_verifies_what_we_make() {
    let Some(judge) = Judge::find() else { return };
    let world = World::new();
    for (suite, cipher) in SUITES {
        for (digest, name) in [(SignatureDigest::Sha256, "sha256"), (SignatureDigest::Sha1, "sha1")] {
            let output = world.judge(&judge, &world.package(suite, digest));
            assert!(output.status.success(), "{suite:?}: {}", String::from_utf8_lossy(&output.stderr));
            let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!((found["cipher"].as_str(), found["digest"].as_str()), (Some(cipher), Some(name)));
            assert_eq!(found["signer"], format!("NTRNO-{SENDER}"));
            for document in documents() {
                assert_eq!(found["documents"][&document.name], sha256(&document.content), "{}", document.name);
            }
        }
    }
}

/// A judge that says yes to everything would be none.
#[test]
fn python_refuses_what_was_changed() {
    let Some(judge) = Judge::find() else { return };
    let world = World::new();
    for (suite, _) in SUITES {
        let mut sealed = world.package(suite, SignatureDigest::Sha256);
        let middle = sealed.len() / 2;
        sealed[middle] ^= 1;
        assert!(!world.judge(&judge, &sealed).status.success(), "{suite:?}");
    }
}

#[test]
fn openssl_opens_every_suite_it_knows() {
    let world = World::new();
    for suite in [Suite::OaepCbc, Suite::Pkcs1Cbc] {
        let sealed = world.package(suite, SignatureDigest::Sha256);
        let container = world.authority.open(&sealed, &world.recipient).unwrap();
        let key = SoftKey::from_pkcs12(&fs::read(&world.recipient.keystore).unwrap(), PASSWORD).unwrap();
        assert_eq!(seal::open(&sealed, &key, &Limits::default()).unwrap(), container, "{suite:?}");
    }
}

#[test]
fn we_open_every_suite_that_openssl_seals() {
    let world = World::new();
    let key = SoftKey::from_pkcs12(&fs::read(&world.recipient.keystore).unwrap(), PASSWORD).unwrap();
    let plain: Vec<u8> = (0..3001_u32).map(|at| (at * 31 % 251) as u8).collect();
    let oaep = |hash: &str, mask: &str| {
        ["rsa_padding_mode:oaep".to_owned(), format!("rsa_oaep_md:{hash}"), format!("rsa_mgf1_md:{mask}")].to_vec()
    };
    let hashes = ["sha1", "sha256", "sha384", "sha512"];
    let mut transports: Vec<Vec<String>> = hashes.iter().flat_map(|hash| hashes.map(|mask| oaep(hash, mask))).collect();
    transports.push(Vec::new());
    for (at, transport) in transports.iter().enumerate() {
        // Every transport with a cipher, every cipher with several transports.
        let cipher = ["-aes-256-cbc", "-aes-128-cbc", "-aes-256-gcm", "-aes-128-gcm"][at % 4];
        for form in [&[][..], &["-stream"], &["-keyid"]] {
            let sealed = world.authority.seal_with(&plain, &world.recipient, &[&[cipher], form].concat(), transport);
            let opened = seal::open(&sealed.unwrap(), &key, &Limits::default());
            assert_eq!(opened.as_ref(), Ok(&plain), "{cipher} {form:?} {transport:?}");
        }
    }
}
