//! The relay's own key, the registry's public key, and the certificates that everything must lead to.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::pki::Certificate;
use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::Value;
use zeroize::Zeroize as _;

use super::{Check, Material};

/// A certificate that ends within this time is worth a warning.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) fn client(material: &Material) -> Check {
    const NAME: &str = "maskinporten.key";
    let text = match &material.text {
        Ok(text) => text,
        Err(error) => return unreadable(NAME, material, error),
    };
    let Ok(key) = RsaPrivateKey::from_pkcs8_pem(text) else {
        let seen = format!("{} is no RSA key in PKCS#8 PEM", material.name);
        return Check::fail(
            NAME,
            seen,
            "openssl pkcs8 -topk8 -nocrypt -in old.pem -out key.pem turns other forms into it",
        );
    };
    let bits = key.n().bits_precision();
    if bits < 2048 {
        return Check::fail(NAME, format!("an RSA key of {bits} bits"), "register a key of at least 2048 bits");
    }
    let seen = format!("an RSA key of {bits} bits");
    match material.path.as_deref().and_then(others_may_read) {
        None => Check::ok(NAME, seen),
        Some(mode) => {
            let seen = format!("{seen}, but everybody on this machine can read its file (mode {mode:o})");
            Check::warn(NAME, seen, "chmod o-rwx the file, and register a new key if somebody may have read it")
        }
    }
}

fn others_may_read(path: &Path) -> Option<u32> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o007 != 0).then_some(mode)
}

pub(super) fn registry(material: &Material) -> Check {
    const NAME: &str = "registry.key";
    let text = match &material.text {
        Ok(text) => text,
        Err(error) => return unreadable(NAME, material, error),
    };
    let advice = "get the registry's public key as a JSON Web Key (RFC 7517)";
    let Ok(mut key) = serde_json::from_str::<Value>(text) else {
        return Check::fail(NAME, format!("{} is no JSON", material.name), advice);
    };
    let has = |name: &str| key.get(name).is_some_and(Value::is_string);
    let (rsa, named, private) = (has("n") && has("e"), has("kid"), has("d") || has("k"));
    if let Some(Value::String(secret)) = key.get_mut("d") {
        secret.zeroize();
    }
    if private {
        return Check::fail(NAME, "a private key; every browser is given this file", "use the public key");
    }
    if key.get("kty").and_then(Value::as_str) != Some("RSA") || !rsa {
        return Check::fail(NAME, format!("{} is no public RSA key in JWK form", material.name), advice);
    }
    if !named {
        return Check::fail(NAME, "the key has no kid, by which answers name it", advice);
    }
    Check::ok(NAME, "a public RSA key with a kid")
}

/// One check for each file, so that the one to mend is named.
pub(super) fn certificates(name: &str, files: &[Material], now: Timestamp) -> Vec<Check> {
    files.iter().flat_map(|material| bundle(name, material, now)).collect()
}

fn bundle(name: &str, material: &Material, now: Timestamp) -> Vec<Check> {
    let text = match &material.text {
        Ok(text) => text,
        Err(error) => return vec![unreadable(name, material, error)],
    };
    let Ok(bundle) = Certificate::bundle_from_pem(text) else {
        let seen = format!("{} holds no certificate in PEM, or one that is broken", material.name);
        return vec![Check::fail(
            name,
            seen,
            "put the certificates, BEGIN CERTIFICATE to END CERTIFICATE, into the file",
        )];
    };
    bundle.iter().map(|certificate| authority(name, certificate, now)).collect()
}

fn authority(name: &str, certificate: &Certificate, now: Timestamp) -> Check {
    let who = certificate.common_name().unwrap_or_else(|| certificate.subject_text());
    let renew = "get the issuer's present certificate";
    if certificate.authority().is_none() {
        let advice = "name the issuers' certificates here, not an organisation's own";
        return Check::fail(name, format!("{who} is no certificate authority"), advice);
    }
    if now < certificate.not_before() {
        return Check::fail(name, format!("{who} is valid only from {}", certificate.not_before()), renew);
    }
    let until = certificate.not_after();
    if until < now {
        return Check::fail(name, format!("{who} expired at {until}"), renew);
    }
    if until < now + SOON {
        return Check::warn(name, format!("{who} expires at {until}"), renew);
    }
    Check::ok(name, format!("{who}, valid until {until}"))
}

fn unreadable(name: &str, material: &Material, error: &str) -> Check {
    let advice = "correct the path, or let the relay's user read the file";
    Check::fail(name, format!("{} cannot be read: {error}", material.name), advice)
}
