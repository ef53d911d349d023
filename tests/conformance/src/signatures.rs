//! Signatures, through `pki::verify_with`.

use konvolutt_shared::pki::{PssHash, PublicKey, SignatureAlgorithm, verify_with};
use p256::ecdsa::VerifyingKey;
use rsa::RsaPublicKey;
use rsa::pkcs8::DecodePublicKey;

use crate::cases::Group;
use crate::report::Answer;

/// What becomes of a group's signatures. A key that is not read verifies nothing.
pub(crate) fn answers(set: &str, group: &Group) -> Vec<Answer> {
    let Some(algorithm) = algorithm(set, group) else { return vec![Answer::Wrong("no algorithm"); group.cases.len()] };
    let key = if set.starts_with("rsa") {
        RsaPublicKey::from_public_key_der(&group.key).ok().map(PublicKey::Rsa)
    } else {
        VerifyingKey::from_public_key_der(&group.key).ok().map(PublicKey::P256)
    };
    let cases = group.cases.iter();
    cases
        .map(|case| match &key {
            Some(key) if verify_with(key, algorithm, &case.message, &case.input) => Answer::Taken,
            _ => Answer::Refused,
        })
        .collect()
}

fn algorithm(set: &str, group: &Group) -> Option<SignatureAlgorithm> {
    Some(match (set, group.parameters.get("hash")?.as_str()) {
        ("rsa-pkcs1-signature", "SHA-1") => SignatureAlgorithm::RsaPkcs1Sha1,
        ("rsa-pkcs1-signature", "SHA-256") => SignatureAlgorithm::RsaPkcs1Sha256,
        ("rsa-pkcs1-signature", "SHA-384") => SignatureAlgorithm::RsaPkcs1Sha384,
        ("rsa-pkcs1-signature", "SHA-512") => SignatureAlgorithm::RsaPkcs1Sha512,
        ("rsa-pss", hash) => {
            let hash = match hash {
                "SHA-256" => PssHash::Sha256,
                "SHA-384" => PssHash::Sha384,
                "SHA-512" => PssHash::Sha512,
                _ => return None,
            };
            SignatureAlgorithm::RsaPss { hash, salt: group.parameters.get("salt")?.parse().ok()? }
        }
        ("ecdsa-der" | "ecdsa-p1363", "SHA-256") => SignatureAlgorithm::EcdsaP256Sha256,
        _ => return None,
    })
}
