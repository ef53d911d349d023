//! The program `envelope` over packages that are made to trip it.

#![allow(clippy::unwrap_used)]

#[path = "support/certificates.rs"]
mod certificates;

use std::path::Path;
use std::process::Command;

use getrandom::SysRng;
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal;
use rand_core::UnwrapErr;
use serde_json::Value;

use certificates::pki;

const PASSWORD: &str = "testpass-public";

fn container(pki: &Path, names: &[&str]) -> Vec<u8> {
    let head = PackHead {
        profile: Profile::Cades,
        sender: "310452106",
        receiver: "310452114",
        digest: SignatureDigest::Sha256,
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        signature_id: uuid::Uuid::from_u128(7),
    };
    let document = |name: &&str| PackDocument {
        name: (*name).to_owned(),
        media_type: "text/plain".to_owned(),
        content: name.as_bytes().to_vec(),
    };
    let key = SoftKey::from_pkcs12(&std::fs::read(pki.join("a.p12")).unwrap(), PASSWORD).unwrap();
    pack(head, &names.iter().map(document).collect::<Vec<_>>(), &key).unwrap()
}

/// Exit code and answer of `envelope open` with `--out ut` in this folder.
fn open(pki: &Path, folder: &Path, package: &[u8], more: &[&str]) -> (Option<i32>, Value) {
    std::fs::write(folder.join("pakke"), package).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_envelope"));
    command.current_dir(folder).args(["open", "pakke", "--json", "--out", "ut", "--at", "2026-12-01T00:00:00Z"]);
    for (option, file) in [
        ("--key", "b.p12"),
        ("--trust", "root.pem"),
        ("--intermediate", "issuing.pem"),
        ("--crl", "root.crl"),
        ("--crl", "issuing.crl"),
    ] {
        command.arg(option).arg(pki.join(file));
    }
    let output = command.args(["--password", PASSWORD]).args(more).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

#[test]
fn documents_that_cannot_all_be_written_are_refused_before_any_is() {
    let Some(pki) = pki() else { return };
    let long = format!("{}.txt", "å".repeat(126));
    let cases: [(&[&str], &str); 6] = [
        (&["a", "a/b"], "Z18"),
        (&["a/b/c", "A/B"], "Z18"),
        (&["Brev.txt", "brev.TXT"], "Z18"),
        (&["måte.txt", "ma\u{30A}te.txt"], "Z18"),
        (&["brev.txt", &long], "Z16"),
        (&["Manifest.xml"], "Z18"),
    ];
    for (names, rule) in cases {
        let folder = tempfile::tempdir().unwrap();
        let (code, answer) = open(&pki, folder.path(), &container(&pki, names), &[]);
        assert_eq!((code, &answer["verdict"]), (Some(1), &Value::from("refused")), "{names:?}: {answer}");
        let told: Vec<&Value> = answer["findings"].as_array().unwrap().iter().map(|one| &one["rule"]).collect();
        assert_eq!(told, [rule], "{names:?}: {answer}");
        assert_eq!(answer["signer"]["organisation"], "310452106");
        assert!(!folder.path().join("ut").exists(), "{names:?}");
    }
}

#[test]
fn names_that_only_look_alike_are_written_and_old_files_go() {
    let Some(pki) = pki() else { return };
    let folder = tempfile::tempdir().unwrap();
    let names = ["(content)", "content", "a/b", "a.b", "mappe/under/brev.txt"];
    for _ in 0..2 {
        let (code, answer) = open(&pki, folder.path(), &container(&pki, &names), &[]);
        assert_eq!((code, &answer["verdict"]), (Some(0), &Value::from("ok")), "{answer}");
        for name in names {
            let path = folder.path().join("ut").join(name);
            assert_eq!(std::fs::read(&path).unwrap(), name.as_bytes(), "{name}");
            // What another run finds there goes.
            std::fs::write(path, "something much longer, which was there before").unwrap();
        }
    }
}

#[test]
fn what_decrypts_to_no_zip_is_told_as_what_does_not_decrypt() {
    let Some(pki) = pki() else { return };
    let recipient = Certificate::from_pem(&std::fs::read_to_string(pki.join("b.pem")).unwrap()).unwrap();
    let sealed = |plain: &[u8]| seal::seal(&recipient, plain, &mut UnwrapErr(SysRng)).unwrap();
    let whole = container(&pki, &["brev.txt"]);
    let folder = tempfile::tempdir().unwrap();
    let code = |plain: &[u8]| {
        let (code, answer) = open(&pki, folder.path(), &sealed(plain), &[]);
        (code, answer["findings"][0]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(code(&whole), (Some(0), String::new()));
    for garbage in [&b""[..], b"%PDF-1.7", b"PK\x01\x02 and more"] {
        assert_eq!(code(garbage), (Some(1), "cms_content_decrypt_failed".to_owned()), "{garbage:?}");
    }
    assert_eq!(code(&whole[..200]), (Some(1), "zip_malformed".to_owned()));
    // As it is, whatever it is.
    let (code, _) = open(&pki, folder.path(), &sealed(b"%PDF-1.7"), &["--raw"]);
    assert_eq!(code, Some(0));
    assert_eq!(std::fs::read(folder.path().join("ut/content")).unwrap(), b"%PDF-1.7");
}
