mod hostile;

use super::testing::{certificate, json, key, vectors};
use super::{Certificate, Crl, Policy, PssHash, Purpose, SignatureAlgorithm, SoftKey, pkcs12, validate, verify};
use crate::finding::{Code, Rule};

#[test]
fn certificates_say_what_the_index_says() {
    let Some(index) = json("pki/index.json") else { return };
    for entry in index["certificates"].as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        let read = certificate(id).unwrap();
        assert_eq!(read.organisation().as_deref(), entry["orgnr"].as_str(), "{id}");
        assert_eq!(read.serial_hex(), entry["serial"].as_str().unwrap(), "{id}");
        assert_eq!(read.fingerprint_sha256(), entry["sha256"].as_str().unwrap(), "{id}");
        assert_eq!(read.common_name().as_deref(), entry["org"].as_str(), "{id}");
        let compact = |at: jiff::Timestamp| at.strftime("%Y%m%d%H%M%SZ").to_string();
        assert_eq!(compact(read.not_before()), entry["notBefore"].as_str().unwrap(), "{id}");
        assert_eq!(compact(read.not_after()), entry["notAfter"].as_str().unwrap(), "{id}");
        let usage = entry["keyUsage"].as_str().unwrap();
        assert_eq!(
            read.key_usage().sign,
            usage.contains("digitalSignature") || usage.contains("nonRepudiation"),
            "{id}"
        );
        assert_eq!(read.key_usage().encrypt, usage.contains("Encipherment"), "{id}");
        assert!(!read.key_usage().sign_certificates, "{id}");
    }
}

#[test]
fn every_key_file_opens_with_its_password_only() {
    let Some(index) = json("pki/index.json") else { return };
    let folder = vectors().unwrap().join("pki");
    let mut seen = 0;
    for entry in index["certificates"].as_array().unwrap() {
        for file in entry["p12"].as_array().into_iter().flatten() {
            let name = file["file"].as_str().unwrap();
            let bytes = std::fs::read(folder.join(name)).unwrap();
            let opened = SoftKey::from_pkcs12(&bytes, file["password"].as_str().unwrap()).unwrap();
            assert_eq!(opened.certificate().fingerprint_sha256(), entry["sha256"].as_str().unwrap(), "{name}");
            assert_eq!(opened.chain().len() > 1, file["chain"].as_bool().unwrap(), "{name}");
            assert!(opened.chain().windows(2).all(|pair| pair[0].is_issued_by(&pair[1])), "{name}");
            assert_eq!(SoftKey::from_pkcs12(&bytes, "wrong").unwrap_err().code, Code::KeyPassword, "{name}");
            assert_eq!(SoftKey::from_pkcs12(&bytes[..bytes.len() / 2], "x").unwrap_err().code, Code::KeyFile, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 10);
}

#[test]
fn a_key_and_a_foreign_certificate_do_not_match() {
    let Some(folder) = vectors().map(|folder| folder.join("pki")) else { return };
    let key = std::fs::read_to_string(folder.join("a.key")).unwrap();
    let chain = std::fs::read_to_string(folder.join("b.pem")).unwrap();
    assert_eq!(SoftKey::from_pem(&key, &chain).unwrap_err().code, Code::KeyMismatch);
}

#[test]
fn a_bundle_gives_all_its_certificates_and_has_one_at_least() {
    let Some(folder) = vectors().map(|folder| folder.join("pki")) else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let bundle =
        Certificate::bundle_from_pem(&format!("{}\nroten:\n{}", read("issuing.pem"), read("root.pem"))).unwrap();
    assert_eq!(bundle.len(), 2);
    assert!(bundle[0].is_issued_by(&bundle[1]));
    assert_eq!(Certificate::bundle_from_pem("").unwrap_err().rule, Rule::CertificateText);
}

#[test]
fn signatures_verify_only_as_they_were_made() {
    let (Some(signer), Some(other)) = (key("c"), certificate("a")) else { return };
    let algorithms = [
        SignatureAlgorithm::RsaPkcs1Sha1,
        SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureAlgorithm::RsaPkcs1Sha384,
        SignatureAlgorithm::RsaPkcs1Sha512,
        SignatureAlgorithm::pss(PssHash::Sha256),
        SignatureAlgorithm::pss(PssHash::Sha384),
        SignatureAlgorithm::pss(PssHash::Sha512),
        SignatureAlgorithm::RsaPss { hash: PssHash::Sha256, salt: 20 },
        SignatureAlgorithm::RsaPss { hash: PssHash::Sha512, salt: 0 },
    ];
    for made in algorithms {
        let signature = signer.sign(made, b"message").unwrap();
        for tried in algorithms {
            assert_eq!(
                verify(signer.certificate(), tried, b"message", &signature),
                made == tried,
                "{made:?} {tried:?}"
            );
        }
        assert!(!verify(signer.certificate(), made, b"massage", &signature));
        assert!(!verify(&other, made, b"message", &signature));
    }
    assert!(signer.sign(SignatureAlgorithm::EcdsaP256Sha256, b"message").is_err());
}

#[test]
fn issuers_are_told_by_signature_and_not_by_name() {
    let (Some(leaf), Some(issuing), Some(root)) = (certificate("a"), certificate("issuing"), certificate("root"))
    else {
        return;
    };
    assert!(leaf.is_issued_by(&issuing) && issuing.is_issued_by(&root) && root.is_issued_by(&root));
    assert!(!leaf.is_issued_by(&root) && !root.is_issued_by(&issuing));
    let mut changed = leaf.der().to_vec();
    *changed.last_mut().unwrap() ^= 1;
    assert!(!Certificate::from_der(&changed).unwrap().is_issued_by(&issuing));
}

#[test]
fn nothing_may_follow_a_certificate() {
    let Some(leaf) = certificate("a") else { return };
    let mut longer = leaf.der().to_vec();
    longer.push(0);
    assert_eq!(Certificate::from_der(&longer).unwrap_err().code, Code::KeyFile);
    for cut in [0, 1, 10, longer.len() / 2, longer.len() - 2] {
        assert!(Certificate::from_der(&longer[..cut]).is_err());
    }
}

fn policy(at: &str) -> Option<Policy> {
    let list = |name: &str| Crl::from_bytes(&std::fs::read(vectors().unwrap().join(name)).unwrap()).unwrap();
    Some(Policy {
        at: at.parse().unwrap(),
        anchors: vec![certificate("root")?],
        intermediates: vec![certificate("issuing")?],
        crls: vec![list("pki/root.crl"), list("pki/issuing.crl")],
        purpose: Purpose::Any,
        ..Policy::default()
    })
}

fn codes(id: &str, policy: &Policy) -> Vec<Code> {
    validate(&certificate(id).unwrap(), &[], policy).findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn each_certificate_gets_the_verdict_it_was_made_for() {
    let Some(policy) = policy("2026-12-01T00:00:00Z") else { return };
    assert_eq!(codes("a", &policy), []);
    assert_eq!(codes("c", &policy), []);
    assert_eq!(codes("a-expired", &policy), [Code::SignerExpired]);
    assert_eq!(codes("a-future", &policy), [Code::SignerNotYetValid]);
    assert_eq!(codes("b-revoked", &policy), [Code::SignerRevoked]);
    assert_eq!(codes("d-untrusted", &policy), [Code::SignerUntrusted]);
    assert_eq!(codes("d-badorgnr", &policy), [Code::SignerOrgnrInvalid]);
    assert_eq!(validate(&certificate("a").unwrap(), &[], &policy).path.len(), 3);
}

#[test]
fn key_usage_is_judged_by_purpose() {
    let Some(policy) = policy("2026-12-01T00:00:00Z") else { return };
    let sign = Policy { purpose: Purpose::Sign, ..policy.clone() };
    let encrypt = Policy { purpose: Purpose::Encrypt, ..policy };
    assert_eq!(codes("a-sign", &sign), []);
    assert_eq!(codes("a-sign", &encrypt), [Code::SignerKeyUsage]);
    assert_eq!(codes("a-enc", &encrypt), []);
    assert_eq!(codes("a-enc", &sign), [Code::SignerKeyUsage]);
}

#[test]
fn what_came_along_helps_but_is_not_trusted() {
    let Some(mut policy) = policy("2026-12-01T00:00:00Z") else { return };
    let extra = [certificate("untrusted-issuing").unwrap(), certificate("untrusted-root").unwrap()];
    assert!(!validate(&certificate("d-untrusted").unwrap(), &extra, &policy).is_trusted());
    policy.intermediates.clear();
    assert_eq!(codes("a", &policy), [Code::SignerUntrusted]);
    assert!(validate(&certificate("a").unwrap(), &[certificate("issuing").unwrap()], &policy).is_trusted());
}

#[test]
fn a_leaf_cannot_issue() {
    let Some(mut policy) = policy("2026-12-01T00:00:00Z") else { return };
    policy.anchors = vec![certificate("issuing").unwrap()];
    assert!(validate(&certificate("a").unwrap(), &[], &policy).is_trusted());
    assert!(certificate("a").unwrap().authority().is_none());
}

#[test]
fn lists_count_only_when_signed_and_clear_only_while_current() {
    let Some(mut policy) = policy("2026-12-01T00:00:00Z") else { return };
    let bytes = std::fs::read(vectors().unwrap().join("pki/issuing.crl")).unwrap();
    let der = der::pem::decode_vec(&bytes).map_or_else(|_| bytes.clone(), |(_, der)| der);
    let mut forged = der.clone();
    *forged.last_mut().unwrap() ^= 1;
    policy.crls[1] = Crl::from_der(&forged).unwrap();
    assert_eq!(codes("b-revoked", &policy), [Code::RevocationNotChecked], "a forged list neither clears nor condemns");
    policy.crls.clear();
    assert_eq!(codes("a", &policy), [Code::RevocationNotChecked]);
    policy.crls = vec![Crl::from_der(&der).unwrap()];
    policy.at = "2044-01-01T00:00:00Z".parse().unwrap();
    let late = codes("b-revoked", &policy);
    assert!(late.contains(&Code::SignerRevoked), "an old list still condemns: {late:?}");
    assert!(Crl::from_der(&der[..der.len() - 1]).is_err());
}

#[test]
fn outlines_serve_webcrypto_and_give_certificates() {
    let Some(index) = json("pki/index.json") else { return };
    let folder = vectors().unwrap().join("pki");
    for entry in index["certificates"].as_array().unwrap() {
        for file in entry["p12"].as_array().into_iter().flatten() {
            let name = file["file"].as_str().unwrap();
            let password = file["password"].as_str().unwrap();
            let bytes = std::fs::read(folder.join(name)).unwrap();
            let outline = pkcs12::read(&bytes).unwrap();
            let legacy = file["kind"].as_str().unwrap().starts_with("legacy");
            assert_eq!(outline.key == pkcs12::Pkcs12Key::Legacy, legacy, "{name}");
            assert_eq!(outline.verify_mac(password), Some(true), "{name}");
            assert_eq!(outline.verify_mac("wrong"), Some(false), "{name}");
            if legacy {
                assert_eq!(outline.certificates(password).unwrap_err().code, Code::KeyLegacy, "{name}");
            } else {
                let found = outline.certificates(password).unwrap();
                let wanted = entry["sha256"].as_str().unwrap();
                assert!(found.iter().any(|certificate| certificate.fingerprint_sha256() == wanted), "{name}");
                assert_eq!(outline.certificates("wrong").unwrap_err().code, Code::KeyPassword, "{name}");
            }
            for cut in (0..bytes.len()).step_by(97) {
                assert!(pkcs12::read(&bytes[..cut]).is_err(), "{name} {cut}");
            }
        }
    }
}

#[test]
fn a_key_file_of_many_encrypted_parts_is_refused_before_anything_is_derived() {
    use crate::seal::ber::write::der;
    let (data, encrypted) =
        ([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1], [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 6]);
    let sequence = |parts: &[&[u8]]| der(0x30, parts);
    // The older scheme with 3DES, and as many rounds as are allowed.
    let rounds = [0x02, 0x04, 0x00, 0x98, 0x96, 0x80];
    let scheme = [0x06, 10, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 1, 3];
    let scheme = sequence(&[&scheme, &sequence(&[&der(0x04, &[&[0; 8]]), &rounds])]);
    let info = sequence(&[&der(0x06, &[&data]), &scheme, &der(0x80, &[&[0; 8]])]);
    let safe = sequence(&[&der(0x06, &[&encrypted]), &der(0xA0, &[&sequence(&[&[2, 1, 0], &info])])]);
    let safes = sequence(&vec![safe.as_slice(); 33]);
    let content = sequence(&[&der(0x06, &[&data]), &der(0xA0, &[&der(0x04, &[&safes])])]);
    let outline = pkcs12::read(&sequence(&[&[2, 1, 3], &content])).unwrap();
    let refused = outline.open("x").unwrap_err();
    assert_eq!((refused.rule, refused.message.contains("too many")), (Rule::KeyFileForm, true));
}

/// A key file whose integrity code is PBMAC1 (RFC 9579), made of one with PKCS#12's own.
fn with_pbmac1(file: &[u8], key_length: &[u8], scheme: &[u8], value: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    use crate::seal::ber::write::der;
    use crate::seal::ber::{Reader, Tag};
    let oid = |last: &[u8]| der(6, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D], last]);
    let mut fields = Reader::new(file).expect(Tag::SEQUENCE).unwrap().children();
    let (version, content) = (fields.require().unwrap(), fields.require().unwrap());
    let mut info = content.children();
    info.require().unwrap();
    let authenticated = info.require().unwrap().children().require().unwrap().octets().unwrap().into_owned();
    let hmac = der(0x30, &[&oid(&[2, 9]), &[5, 0]]);
    let derivation = der(0x30, &[&der(4, &[b"saltsalt"]), &[2, 2, 8, 0], key_length, &hmac]);
    let derivation = der(0x30, &[&oid(&[1, 5, 12]), &derivation]);
    let algorithm = der(0x30, &[&oid(scheme), &der(0x30, &[&derivation, &hmac])]);
    let digest = der(0x30, &[&algorithm, &der(4, &[&value(&authenticated)])]);
    let code = der(0x30, &[&digest, &der(4, &[b"NOT USED"]), &[2, 1, 1]]);
    der(0x30, &[version.raw, content.raw, &code])
}

#[test]
fn pbmac1_is_verified_and_what_cannot_be_is_refused() {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use sha2::Sha256;
    let Some(folder) = vectors().map(|folder| folder.join("pki")) else { return };
    let (file, password) = (std::fs::read(folder.join("a.p12")).unwrap(), "testpass-public");
    let code = |text: &[u8]| {
        let mut key = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), b"saltsalt", 2048, &mut key);
        Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
    };
    let (pbmac1, length): (&[u8], &[u8]) = (&[1, 5, 14], &[2, 1, 32]);
    let good = with_pbmac1(&file, length, pbmac1, code);
    let outline = pkcs12::read(&good).unwrap();
    assert_eq!((outline.verify_mac(password), outline.verify_mac("wrong")), (Some(true), Some(false)));
    assert!(SoftKey::from_pkcs12(&good, password).is_ok());
    // Another content than was protected.
    let changed = with_pbmac1(&file, length, pbmac1, |text| code(&[text, b"x"].concat()));
    assert_eq!(SoftKey::from_pkcs12(&changed, password).unwrap_err().rule, Rule::KeyFilePassword);
    // Without a key length, with one that can be guessed, and a scheme that is not known.
    let refused = [(&[][..], pbmac1), (&[2, 1, 1], pbmac1), (&[2, 2, 1, 0], pbmac1), (length, &[1, 5, 15])];
    for (length, scheme) in refused {
        let file = with_pbmac1(&file, length, scheme, code);
        assert_eq!(
            SoftKey::from_pkcs12(&file, password).unwrap_err().rule,
            Rule::KeyFileSuite,
            "{length:?} {scheme:?}"
        );
    }
}
