mod keys;

use getrandom::SysRng;
use rand_core::UnwrapErr;
use sha2::{Digest, Sha256};

use super::*;
use crate::finding::Code;
use crate::limits::Limits;
use crate::pki::testing::{json, key, vectors};

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn refusal(bytes: &[u8], key: &crate::pki::SoftKey) -> Code {
    open(bytes, key, &Limits::default()).unwrap_err().code
}

/// The package, given to the reader in pieces of this size.
fn in_pieces(bytes: &[u8], size: usize) -> Result<(SealedHead, Vec<u8>), crate::finding::Finding> {
    let mut reader = SealReader::new(&Limits::default());
    let mut content = Vec::new();
    for piece in bytes.chunks(size) {
        reader.push(piece, &mut content)?;
    }
    let head = reader.head().cloned();
    reader.finish()?;
    Ok((head.unwrap(), content))
}

#[test]
fn vectors_open_to_their_plaintext() {
    let Some(index) = json("index.json") else { return };
    let mut opened = 0;
    for artefact in index["artefacts"].as_array().unwrap() {
        let id = artefact["id"].as_str().unwrap();
        if !artefact["kind"].as_str().unwrap().starts_with("cms") {
            continue;
        }
        let p12 = artefact["openWith"]["p12"].as_str().unwrap();
        let bytes = std::fs::read(vectors().unwrap().join(artefact["file"].as_str().unwrap())).unwrap();
        let file = std::fs::read(vectors().unwrap().join(p12)).unwrap();
        let key = crate::pki::SoftKey::from_pkcs12(&file, artefact["openWith"]["password"].as_str().unwrap()).unwrap();
        let wish = artefact["expected"]["error"].as_str().unwrap_or_default();
        let digest = artefact["plaintext"]["sha256"].as_str();
        match open(&bytes, &key, &Limits::default()) {
            // A changed CBC ciphertext may still unpad; then the container is what refuses.
            Err(finding) => assert_eq!(finding.code.as_str(), wish, "{id}"),
            Ok(plain) => {
                assert!(!wish.starts_with("cms_") || wish == "cms_content_decrypt_failed", "{id}: {wish}");
                let seen: String = Sha256::digest(&plain).iter().map(|b| format!("{b:02x}")).collect();
                if let Some(digest) = digest {
                    assert_eq!(seen, digest, "{id}");
                    opened += 1;
                }
            }
        }
    }
    assert!(opened >= 15, "{opened}");
}

#[test]
fn a_key_beside_the_package_opens_it_for_one_who_is_not_in_it() {
    let (Some(a), Some(b)) = (key("a"), key("b")) else { return };
    let (cipher, transport) = (ContentCipher::Aes256Cbc, KeyTransport::OAEP_SHA256);
    let content_key = ContentKey::generate(cipher, &mut rng());
    let mut package = Vec::new();
    let iv = vec![7; cipher.iv_length()];
    Sealing::begin(a.certificate(), transport, cipher, &content_key, &iv, &mut rng(), &mut package).unwrap();
    Sealing::after_head().finish(&mut package);
    let beside = recipient_info(b.certificate(), transport, &content_key, &mut rng()).unwrap();

    let (mut head, _) = in_pieces(&package, 100).unwrap();
    assert_eq!(head.key_request(&[b.certificate().clone()]).unwrap_err().code, Code::CmsNoRecipient);
    head.recipients.push(RecipientInfo::read(&beside).unwrap());
    let request = head.key_request(&[b.certificate().clone()]).unwrap();
    let unwrapped = b.unwrap(request.transport, cipher, &request.encrypted_key).unwrap();
    assert_eq!(unwrapped.as_bytes(), content_key.as_bytes());
    for broken in [&beside[..beside.len() - 1], &[&beside[..], &[0]].concat(), &[], &[0x30, 0x00]] {
        assert!(RecipientInfo::read(broken).is_err(), "{broken:02x?}");
    }
}

#[test]
fn what_is_sealed_opens_for_its_recipient_only() {
    let (Some(a), Some(b)) = (key("a"), key("b")) else { return };
    for size in [0, 1, 15, 16, 17, 999, 1000, 1001, 4096, 100_000] {
        let plain: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let sealed = seal(a.certificate(), &plain, &mut rng()).unwrap();
        assert_eq!(open(&sealed, &a, &Limits::default()).unwrap(), plain, "{size}");
        assert_eq!(refusal(&sealed, &b), Code::CmsNoRecipient);
    }
}

#[test]
fn pieces_of_any_size_read_alike() {
    let Some(a) = key("a") else { return };
    let sealed = seal(a.certificate(), &[7; 2500], &mut rng()).unwrap();
    let whole = in_pieces(&sealed, sealed.len()).unwrap();
    for size in [1, 2, 3, 7, 100, 999, 1004] {
        assert_eq!(in_pieces(&sealed, size).unwrap(), whole, "{size}");
    }
}

#[test]
fn every_cut_is_a_truncation_and_every_addition_is_seen() {
    let Some(a) = key("a") else { return };
    let sealed = seal(a.certificate(), &[7; 2500], &mut rng()).unwrap();
    for cut in 0..sealed.len() {
        assert_eq!(refusal(&sealed[..cut], &a), Code::CmsTruncated, "{cut}");
    }
    for extra in [&[0_u8, 0][..], b"x", &sealed] {
        assert_eq!(refusal(&[&sealed, extra].concat(), &a), Code::CmsTrailingData);
    }
}

#[test]
fn the_framing_is_the_reference_s() {
    let Some(a) = key("a") else { return };
    let sealed = seal(a.certificate(), &[7; 2500], &mut rng()).unwrap();
    let reference = std::fs::read(vectors().unwrap().join("artefacts/pub-05-dpo-5mb.cms")).unwrap();
    assert_eq!(sealed[..22], reference[..22]);
    assert!(sealed.ends_with(&[0; 10]));
    let segments: Vec<_> = sealed.windows(4).filter(|w| w == &[0x04, 0x82, 0x03, 0xE8]).collect();
    assert!(segments.len() >= 2);
}

/// RSAES-OAEP; what RSAES-PKCS1-v1_5 must do is `bleichenbacher_…` in `tests/tests/threats/seal.rs`.
#[test]
fn damage_to_key_and_content_looks_the_same() {
    let Some(a) = key("a") else { return };
    let good = seal(a.certificate(), &[7; 2500], &mut rng()).unwrap();
    // The content without its last block and a half: no key makes it right.
    let (head, ciphertext) = in_pieces(&good, 500).unwrap();
    let key = a.unwrap(KeyTransport::OAEP_SHA256, head.parameters.cipher, &head.recipients[0].encrypted_key).unwrap();
    let tail = SealedTail::default();
    let content = decrypt(&head.parameters, &key, &ciphertext[..ciphertext.len() - 24], &tail).unwrap_err();
    let encrypted = &head.recipients[0].encrypted_key;
    let place = good.windows(encrypted.len()).position(|window| window == encrypted).unwrap();
    for at in [0, 40, encrypted.len() - 1] {
        let mut damaged = good.clone();
        damaged[place + at] ^= 1;
        assert_eq!(open(&damaged, &a, &Limits::default()).unwrap_err(), content, "byte {at}");
    }
    assert_eq!(content.code, Code::CmsContentDecryptFailed);
}

#[test]
fn other_structures_are_unsupported_or_malformed() {
    let Some(a) = key("a") else { return };
    assert_eq!(refusal(b"PK\x03\x04 and so on, a container without a seal", &a), Code::CmsMalformed);
    // ContentInfo of signedData.
    let signed = [0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02, 0xA0, 0x80];
    assert_eq!(refusal(&signed, &a), Code::CmsUnsupported);
}

/// Runs OpenSSL in a folder of its own; `None`, with a notice, when it is not installed.
fn openssl(folder: &std::path::Path, arguments: &[&str]) -> Option<()> {
    match std::process::Command::new("openssl").current_dir(folder).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(())
        }
        Err(_) => {
            eprintln!("SKIPPED: openssl is not installed");
            None
        }
    }
}

#[test]
fn openssl_opens_what_we_seal() {
    let Some(a) = key("a") else { return };
    let pki = vectors().unwrap().canonicalize().unwrap().join("pki");
    let folder = tempfile::tempdir().unwrap();
    for size in [0, 16, 5000] {
        let plain = vec![0x42; size];
        std::fs::write(folder.path().join("sealed"), seal(a.certificate(), &plain, &mut rng()).unwrap()).unwrap();
        let (certificate, secret) = (pki.join("a.pem"), pki.join("a.key"));
        let arguments = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "sealed", "-out", "plain", "-recip"];
        let files = [certificate.to_str().unwrap(), "-inkey", secret.to_str().unwrap()];
        let Some(()) = openssl(folder.path(), &[&arguments[..], &files].concat()) else { return };
        assert_eq!(std::fs::read(folder.path().join("plain")).unwrap(), plain);
    }
}

#[test]
fn we_open_what_openssl_seals() {
    let Some(a) = key("a") else { return };
    let certificate = vectors().unwrap().canonicalize().unwrap().join("pki/a.pem");
    let certificate = certificate.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plain: Vec<u8> = (0..20_000_u32).map(|i| (i % 253) as u8).collect();
    std::fs::write(folder.path().join("plain"), &plain).unwrap();
    let oaep = ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"];
    let both = [&oaep[..], &["-keyopt", "rsa_mgf1_md:sha256"]].concat();
    let mixed = [&oaep[..], &["-keyopt", "rsa_mgf1_md:sha1"]].concat();
    let variants: [(&str, &[&str]); 7] = [
        ("-aes256", &both),
        ("-aes256", &mixed),
        ("-aes256", &["-keyopt", "rsa_padding_mode:oaep"]),
        ("-aes128", &[]),
        ("-aes256", &["-keyid"]),
        ("-aes-256-gcm", &both),
        ("-aes-128-gcm", &[]),
    ];
    for (cipher, options) in variants {
        for form in [&[][..], &["-stream"]] {
            let (keyid, keyopt): (Vec<&str>, Vec<&str>) = options.iter().partition(|option| **option == "-keyid");
            let start = ["cms", "-encrypt", "-binary", cipher, "-in", "plain", "-outform", "DER", "-out", "sealed"];
            let arguments = [&start[..], &keyid, form, &["-recip", certificate], &keyopt].concat();
            let Some(()) = openssl(folder.path(), &arguments) else { return };
            let sealed = std::fs::read(folder.path().join("sealed")).unwrap();
            assert_eq!(open(&sealed, &a, &Limits::default()).unwrap(), plain, "{arguments:?}");
            assert_eq!(in_pieces(&sealed, 1).unwrap(), in_pieces(&sealed, sealed.len()).unwrap());
            for cut in [1, 30, 200, sealed.len() / 2, sealed.len() - 17, sealed.len() - 1] {
                assert_eq!(refusal(&sealed[..cut], &a), Code::CmsTruncated, "{arguments:?} {cut}");
            }
            assert_eq!(refusal(&[&sealed[..], &[0]].concat(), &a), Code::CmsTrailingData, "{arguments:?}");
        }
    }
}
