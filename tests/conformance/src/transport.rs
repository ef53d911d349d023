//! Key transport, through what `SoftKey::unwrap` does.

use konvolutt_shared::pki::hazmat_unwrap;
use konvolutt_shared::seal::{KeyTransport, OaepHash};
use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;

use crate::cases::{Case, Group, Outcome};
use crate::report::Answer;

/// What becomes of a group's OAEP ciphertexts. A key that is not read decrypts nothing.
pub(crate) fn oaep(group: &Group) -> Vec<Answer> {
    let hash = |name: &str| match group.parameters.get(name).map(String::as_str) {
        Some("SHA-1") => Some(OaepHash::Sha1),
        Some("SHA-256") => Some(OaepHash::Sha256),
        Some("SHA-384") => Some(OaepHash::Sha384),
        Some("SHA-512") => Some(OaepHash::Sha512),
        _ => None,
    };
    let Some((hash, mask)) = hash("hash").zip(hash("mgfHash")) else {
        return vec![Answer::Wrong("no key transport"); group.cases.len()];
    };
    let transport = KeyTransport::Oaep { hash, mask };
    let key = RsaPrivateKey::from_pkcs8_der(&group.key).ok();
    let cases = group.cases.iter();
    cases
        .map(|case| match key.as_ref().and_then(|key| hazmat_unwrap(key, transport, &case.input)) {
            Some(content_key) if content_key.as_bytes() == case.message => Answer::Taken,
            Some(_) => Answer::Wrong("another plaintext"),
            None => Answer::Refused,
        })
        .collect()
}

/// What becomes of a group's PKCS#1 v1.5 ciphertexts.
pub(crate) fn pkcs1(group: &Group) -> Vec<Answer> {
    let Ok(key) = RsaPrivateKey::from_pkcs8_der(&group.key) else {
        return vec![Answer::Wrong("the key is not read"); group.cases.len()];
    };
    group.cases.iter().map(|case| rejected_implicitly(&key, case)).collect()
}

/// Implicit rejection: a wrong padding gives some other key, always the same, and no error. Only a ciphertext that is
/// not a number below the modulus in as many bytes as the modulus may be refused outright: that much everybody sees.
fn rejected_implicitly(key: &RsaPrivateKey, case: &Case) -> Answer {
    let unwrap = || hazmat_unwrap(key, KeyTransport::Pkcs1v15, &case.input).map(|key| key.as_bytes().to_vec());
    let first = unwrap();
    if case.outcome == Outcome::Valid {
        return if first.as_ref() == Some(&case.message) { Answer::Taken } else { Answer::Refused };
    }
    match first {
        Some(_) if first != unwrap() => Answer::Wrong("a substitute that changes"),
        Some(ref substitute) if !case.message.is_empty() && *substitute == case.message => Answer::Taken,
        None if is_a_ciphertext(key, &case.input) => Answer::Wrong("an error tells that the padding is wrong"),
        _ => Answer::Refused,
    }
}

fn is_a_ciphertext(key: &RsaPrivateKey, input: &[u8]) -> bool {
    use rsa::traits::PublicKeyParts as _;
    // Of equal length, so the bytes' order is the numbers'.
    let modulus = key.n_bytes();
    input.len() == modulus.len() && *input < *modulus
}
