//! Importing, listing and forgetting keys.

use jiff::Timestamp;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::pki::pkcs12::{self, Pkcs12Key};
use konvolutt_shared::pki::{Certificate, SignatureAlgorithm, verify};

use super::Outcome;
use super::legacy::{self, Decoded};
use super::store::{self, StoredKey};
use super::subtle::{self, Duty, Hash};
use crate::protocol::KeyView;

/// What is signed to see that key and certificate belong together.
const PROBE: &[u8] = b"urn:konvolutt:key-probe:1";

pub(super) async fn list() -> Outcome<Vec<KeyView>> {
    Ok(store::all().await.iter().map(view).collect())
}

pub(super) async fn remove(id: &str) -> Outcome<()> {
    store::remove(id).await
}

/// Keeps the key of a PKCS#12 file. A modern file's key goes from its encrypted bag straight into a WebCrypto handle;
/// an old file's key must be decoded here, and is wiped.
pub(super) async fn import(file: &[u8], password: &str, organisations: &[String], now: Timestamp) -> Outcome<KeyView> {
    let outline = pkcs12::read(file).map_err(|finding| vec![finding])?;
    let (handles, certificates) = match &outline.key {
        Pkcs12Key::Shrouded(_) => {
            let certificates = outline.certificates(password).map_err(|finding| vec![finding])?;
            (unwrap(&outline, password).await?, certificates)
        }
        Pkcs12Key::Legacy => {
            let decoded = legacy::decode(file, password).map_err(|finding| vec![finding])?;
            (import_decoded(&decoded).await?, decoded.chain)
        }
    };
    let chain = own_first(&handles, certificates).await?;
    let leaf = &chain[0];
    check(leaf, organisations, now)?;
    let [sign_sha256, sign_sha1, unwrap_sha256, unwrap_sha1] = handles;
    let key = StoredKey {
        id: leaf.fingerprint_sha256(),
        legacy: matches!(outline.key, Pkcs12Key::Legacy),
        chain,
        sign_sha256,
        sign_sha1,
        unwrap_sha256,
        unwrap_sha1,
    };
    store::put(&key).await;
    Ok(view(&key))
}

type Handles = [web_sys::CryptoKey; 4];

const DUTIES: [Duty; 4] =
    [Duty::Sign(Hash::Sha256), Duty::Sign(Hash::Sha1), Duty::Unwrap(Hash::Sha256), Duty::Unwrap(Hash::Sha1)];

async fn unwrap(outline: &pkcs12::Pkcs12Outline, password: &str) -> Outcome<Handles> {
    let Pkcs12Key::Shrouded(bag) = &outline.key else {
        return Err(vec![Finding::error(Rule::KeyFileForm, "no key bag")]);
    };
    let hash = match bag.kdf.hash {
        pkcs12::Hash::Sha1 => Hash::Sha1,
        pkcs12::Hash::Sha256 => Hash::Sha256,
        pkcs12::Hash::Sha384 => Hash::Sha384,
        pkcs12::Hash::Sha512 => Hash::Sha512,
    };
    let wrong = |_| vec![Finding::error(Rule::KeyFilePassword, "the key does not open with this password")];
    let with =
        subtle::derive(password, &bag.kdf.salt, bag.kdf.iterations, hash, bag.kdf.key_length).await.map_err(wrong)?;
    let mut handles = Vec::with_capacity(DUTIES.len());
    for duty in DUTIES {
        handles.push(subtle::unwrap_private(&bag.encrypted, &with, &bag.iv, duty).await.map_err(wrong)?);
    }
    array(handles)
}

/// Handles of the key that belongs to the file's first certificate.
async fn import_decoded(decoded: &Decoded) -> Outcome<Handles> {
    let refused = |_| vec![Finding::error(Rule::KeyFileForm, "the browser does not take this kind of key")];
    for pkcs8 in &decoded.keys {
        let Ok(trial) = subtle::import_private(pkcs8, DUTIES[0]).await else { continue };
        let signature = subtle::sign(&trial, PROBE).await.map_err(refused)?;
        if !decoded.chain.iter().any(|c| belongs(c, &signature)) {
            continue;
        }
        let mut handles = Vec::with_capacity(DUTIES.len());
        for duty in DUTIES {
            handles.push(subtle::import_private(pkcs8, duty).await.map_err(refused)?);
        }
        return array(handles);
    }
    Err(vec![Finding::error(Rule::KeyFits, "no private key in the file belongs to its certificate")])
}

/// Whether a trial signature was made with the key of this certificate.
fn belongs(certificate: &Certificate, signature: &[u8]) -> bool {
    verify(certificate, SignatureAlgorithm::RsaPkcs1Sha256, PROBE, signature)
}

fn array(handles: Vec<web_sys::CryptoKey>) -> Outcome<Handles> {
    handles.try_into().map_err(|_| vec![Finding::error(Rule::Broken, "a key handle is missing")])
}

/// The certificates with the key's own first, which a trial signature finds out.
async fn own_first(handles: &Handles, mut certificates: Vec<Certificate>) -> Outcome<Vec<Certificate>> {
    let mismatch = || vec![Finding::error(Rule::KeyFits, "no certificate in the file belongs to the key")];
    let signature = subtle::sign(&handles[0], PROBE).await.map_err(|_| mismatch())?;
    let position = certificates.iter().position(|c| belongs(c, &signature)).ok_or_else(mismatch)?;
    let own = certificates.remove(position);
    let mut chain = vec![own];
    // Issuer after issuer, as verifiers expect the chain.
    while let Some(next) = certificates.iter().position(|c| chain.last().is_some_and(|last| last.is_issued_by(c))) {
        chain.push(certificates.remove(next));
    }
    Ok(chain)
}

fn check(leaf: &Certificate, organisations: &[String], now: Timestamp) -> Outcome<()> {
    let mut findings = Vec::new();
    let found = leaf.organisation();
    if !found.as_ref().is_some_and(|found| organisations.contains(found)) {
        findings.push(
            Finding::error(Rule::KeyOwner, "the certificate belongs to another organisation")
                .with("a", found.unwrap_or_else(|| leaf.subject_text()))
                .with("b", organisations.first().cloned().unwrap_or_default()),
        );
    }
    if leaf.not_after() < now {
        let date = leaf.not_after().to_string();
        findings.push(Finding::error(Rule::KeyInTime, "the certificate has expired").with("dato", date));
    }
    if leaf.not_before() > now {
        let date = leaf.not_before().to_string();
        findings.push(Finding::error(Rule::KeyBegun, "the certificate is not valid yet").with("dato", date));
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn view(key: &StoredKey) -> KeyView {
    let leaf = &key.chain[0];
    let advice = || Finding::warning(Rule::KeyFileOld, "the file's encryption is old");
    KeyView {
        id: key.id.clone(),
        organisation: leaf.organisation(),
        name: leaf.organisation_name().or_else(|| leaf.common_name()).unwrap_or_else(|| leaf.subject_text()),
        serial: leaf.serial_hex(),
        not_before: leaf.not_before(),
        not_after: leaf.not_after(),
        findings: key.legacy.then(advice).into_iter().collect(),
    }
}
