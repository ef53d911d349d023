//! Certificates, revocation lists and key files.

use konvolutt_shared::pki::pkcs12::{self, Pkcs12Key};
use konvolutt_shared::pki::{Certificate, Crl, Ocsp, OcspStatus, Policy, SoftKey, validate};
use konvolutt_shared::seal::ber::{Reader, Tag};

use crate::material::{self, CERTIFICATES, POLICY};

/// The most rounds of key derivation that a target spends time on.
const ROUNDS: u64 = 4096;

/// A certificate, DER or PEM: kept byte for byte, every question has an answer, and only what the test authority
/// issued is taken for issued or trusted.
pub fn certificate(data: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(data) {
        assert_eq!(certificate.der(), data, "a certificate is not kept as it was");
        look(&certificate);
    } else if let Ok(text) = std::str::from_utf8(data) {
        let chain = Certificate::chain_from_pem(text).unwrap_or_default();
        chain.iter().for_each(look);
        assert_eq!(Certificate::from_pem(text).ok(), chain.into_iter().next().filter(|_| !data.is_empty()));
    }
}

fn look(certificate: &Certificate) {
    let der = certificate.der();
    assert_eq!(Certificate::from_der(der).as_ref(), Ok(certificate));
    let inside = |part: &[u8]| der.windows(part.len().max(1)).any(|window| window == part);
    assert!(inside(certificate.issuer_der()) && inside(certificate.subject_der()), "a name that does not stand there");
    assert!(
        certificate.organisation().is_none_or(|number| number.len() == 9),
        "an organisation number of other length"
    );
    let _ =
        (certificate.subject_text(), certificate.issuer_text(), certificate.serial_hex(), format!("{certificate:?}"));
    let _ = (certificate.not_before(), certificate.not_after(), certificate.key_usage(), certificate.authority());
    let _ = (certificate.key_identifier(), certificate.public_key(), certificate.common_name());
    let known = CERTIFICATES.contains(certificate);
    for issuer in &CERTIFICATES[..2] {
        assert!(known || !certificate.is_issued_by(issuer), "a certificate that nobody issued");
    }
    let verdict = validate(certificate, &[], &POLICY);
    assert!(known || !verdict.is_trusted(), "a certificate that nobody issued is trusted");
    let signer = &CERTIFICATES[2];
    assert!(validate(signer, std::slice::from_ref(certificate), &POLICY).is_trusted(), "company spoils a good signer");
}

/// A revocation list, DER or PEM: only the test authority's own counts as its own.
pub fn crl(data: &[u8]) {
    let Ok(list) = Crl::from_bytes(data) else { return };
    for (issuer, own) in CERTIFICATES.iter().zip([material::ROOT_CRL, material::ISSUING_CRL]) {
        if list.is_by(issuer) {
            assert!(data.first() != Some(&0x30) || data == own, "a list that the authority did not sign");
        }
    }
    for certificate in CERTIFICATES.iter() {
        let _ = list.lists(certificate);
    }
    let _ = (list.is_current(POLICY.at), format!("{list:?}"));
    let mut policy = POLICY.clone();
    policy.crls.push(list);
    assert!(validate(&CERTIFICATES[2], &[], &policy).is_trusted(), "a foreign list condemns a good certificate");
    assert!(!validate(&CERTIFICATES[5], &[], &policy).is_trusted(), "a foreign list clears a revoked certificate");
}

/// An OCSP answer: nobody but the issuing authority says anything about its certificates.
pub fn ocsp(data: &[u8]) {
    let Ok(answer) = Ocsp::from_der(data) else { return };
    let [issuing, signer, revoked] = [1, 2, 5].map(|at: usize| &CERTIFICATES[at]);
    if answer.signer(issuing, POLICY.at).is_some() {
        assert_eq!(answer.status(signer, issuing, POLICY.at), Some(OcspStatus::Good), "another status than was signed");
        assert_eq!(answer.status(revoked, issuing, POLICY.at), None, "a status that nobody signed");
    }
    let _ = (answer.is_about(signer, issuing), format!("{answer:?}"));
    let alone = Policy { crls: Vec::new(), ocsp: vec![answer.clone()], ..POLICY.clone() };
    let _ = validate(signer, &[], &alone);
    let policy = Policy { ocsp: vec![answer], ..POLICY.clone() };
    assert!(validate(signer, &[], &policy).is_trusted(), "a foreign answer condemns a good certificate");
    assert!(!validate(revoked, &[], &policy).is_trusted(), "a foreign answer clears a revoked certificate");
}

/// A PKCS#12 file: outline, integrity code and certificates, then the whole file, its keys too.
pub fn pkcs12(data: &[u8]) {
    let outline = pkcs12::read(data);
    if largest_integer(&mut Reader::new(data)) > ROUNDS {
        return;
    }
    let opened = SoftKey::from_pkcs12(data, material::PASSWORD);
    let Ok(outline) = outline else {
        assert!(opened.is_err(), "a key file without an outline was opened");
        return;
    };
    if let Pkcs12Key::Shrouded(key) = &outline.key {
        assert!(matches!(key.kdf.key_length, 16 | 24 | 32) && key.kdf.iterations > 0);
    }
    let _ = format!("{outline:?}");
    let holds = outline.verify_mac(material::PASSWORD);
    if holds == Some(true) {
        assert_eq!(outline.verify_mac("another"), Some(false), "two passwords for one code");
    }
    if let Ok(certificates) = outline.certificates(material::PASSWORD) {
        assert!(!certificates.is_empty());
        for certificate in certificates {
            assert!(Certificate::from_der(certificate.der()).is_ok());
        }
    }
}

/// The largest INTEGER of an encoding, encodings in OCTET STRINGs included: among them are the rounds of every key
/// derivation. Larger files are read, but nothing is derived.
fn largest_integer(reader: &mut Reader<'_>) -> u64 {
    let mut largest = 0;
    while let Ok(Some(element)) = reader.next() {
        largest = largest.max(match element.tag {
            Tag::INTEGER => {
                element.unsigned().unwrap_or(u64::MAX).min(if element.content.len() > 8 { 0 } else { u64::MAX })
            }
            Tag::OCTET_STRING_CONSTRUCTED => match element.octets() {
                Ok(octets) => largest_integer(&mut Reader::new(&octets)),
                Err(_) => 0,
            },
            tag if tag.is_constructed() || tag == Tag::OCTET_STRING => largest_integer(&mut element.children()),
            _ => 0,
        });
    }
    largest
}
