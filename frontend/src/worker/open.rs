//! Opening a sealed package. Nothing of it leaves here before its signature has been verified: CBC has no integrity
//! of its own.

use jiff::Timestamp;
use konvolutt_shared::archive;
use konvolutt_shared::container::{Opened, Verified, VerifyPolicy};
use konvolutt_shared::envelope::compare_names;
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, Purpose};
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::seal::{KeyRequest, KeyTransport, SealReader, SealedHead, SealedTail};
use sha2::{Digest, Sha256};
use web_sys::{Blob, CryptoKey};

use super::{Outcome, address, files, store, subtle};
use crate::protocol::{DocumentView, LetterView, OpenMessage};

pub(super) async fn open(message: &OpenMessage, package: &Blob, now: Timestamp) -> Outcome<(LetterView, Vec<Blob>)> {
    let sbd = Sbd::parse(message.sbd.as_bytes(), None)?;
    // Without a sender there is nothing to hold the signer against, and then nothing is opened.
    let sbd_sender = sbd.sender().and_then(Iso6523::number).map(|number| number.to_string());
    let sbd_sender = sbd_sender.ok_or_else(|| {
        vec![Finding::error(Code::SenderMismatch, "the SBD does not name a Norwegian organisation as sender")]
    })?;
    let policy = VerifyPolicy {
        path: address::policy(&message.trust, message.revocation.as_ref(), Purpose::Sign, now)?,
        sender: Some(sbd_sender.clone()),
        limits: Limits::default(),
    };
    let content = decrypt(package).await?;
    let verified = Opened::new(content).verify(&policy).map_err(|refusal| refusal.findings)?;
    let mut findings = verified.findings().to_vec();
    // A broker's name that the relay leaves out is a mismatch too.
    let broker = message.broker_sender.as_deref().unwrap_or_default();
    findings.extend(compare_names(broker, &sbd, verified.signer().organisation.as_deref()));
    letter(verified, Some(sbd_sender), findings)
}

/// The content of a package that is sealed to one of the kept keys.
async fn decrypt(package: &Blob) -> Outcome<Vec<u8>> {
    let (head, tail, ciphertext) = read(package).await?;
    let keys = store::all().await;
    let leaves: Vec<Certificate> = keys.iter().map(|key| key.chain[0].clone()).collect();
    let request = head.key_request(&leaves).map_err(|finding| vec![finding])?;
    let key = &keys[request.certificate];
    let handle = match request.transport {
        KeyTransport::OaepSha256 => &key.unwrap_sha256,
        KeyTransport::OaepSha1 => &key.unwrap_sha1,
        _ => {
            let message = "the browser cannot use a kept key for this key transport";
            return Err(vec![Finding::error(Code::CmsUnsupported, message)]);
        }
    };
    decipher(&head, &tail, &request, handle, ciphertext).await
}

async fn read(package: &Blob) -> Outcome<(SealedHead, SealedTail, Vec<u8>)> {
    let refused = |finding| vec![finding];
    let limits = Limits::default();
    if package.size() > limits.package_bytes as f64 {
        return Err(vec![Finding::error(Code::LimitExceeded, "the package is larger than is allowed")]);
    }
    let mut reader = SealReader::new(&limits);
    let mut ciphertext = Vec::with_capacity(package.size() as usize);
    let (mut at, size) = (0, package.size() as u64);
    while at < size {
        let piece = files::piece(package, at).await?;
        reader.push(&piece, &mut ciphertext).map_err(refused)?;
        at += piece.len().max(1) as u64;
    }
    let head = reader.head().cloned();
    let tail = reader.finish().map_err(refused)?;
    let head = head.ok_or_else(|| vec![Finding::error(Code::CmsTruncated, "the package has no head")])?;
    Ok((head, tail, ciphertext))
}

/// One error for every failure: the network must not learn which step failed.
async fn decipher(
    head: &SealedHead,
    tail: &SealedTail,
    request: &KeyRequest,
    handle: &CryptoKey,
    mut ciphertext: Vec<u8>,
) -> Outcome<Vec<u8>> {
    let parameters = &head.parameters;
    let gcm = parameters.cipher.is_gcm();
    let plain = async {
        let key = subtle::unwrap_content_key(&request.encrypted_key, handle, gcm).await?;
        if gcm {
            ciphertext.extend(tail.tag.iter().flatten());
            subtle::decrypt_gcm(&key, &parameters.iv, &tail.associated, parameters.tag_length, &ciphertext).await
        } else {
            subtle::decrypt_cbc(&key, &parameters.iv, &ciphertext).await
        }
    };
    let failed = |_| vec![Finding::error(Code::CmsContentDecryptFailed, "the package cannot be opened")];
    plain.await.map_err(failed)
}

fn letter(
    verified: Verified,
    sbd_sender: Option<String>,
    mut findings: Vec<Finding>,
) -> Outcome<(LetterView, Vec<Blob>)> {
    let signer = verified.signer().clone();
    let documents = verified.into_documents();
    let archived = documents.iter().find(|document| document.name == "arkivmelding.xml");
    let archived = match archived.map(|document| archive::read(document.content())) {
        Some(Ok((archived, remarks))) => {
            findings.extend(remarks);
            Some(archived)
        }
        Some(Err(finding)) => {
            findings.push(finding);
            None
        }
        None => None,
    };
    let described = |name: &str| archived.as_ref().and_then(|a| a.entry.documents.iter().find(|d| d.file == name));
    let mut views = Vec::new();
    for document in documents.iter().filter(|document| document.name != "manifest.xml") {
        let description = described(&document.name);
        let media_type = document.media_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned());
        let view = DocumentView {
            name: document.name.clone(),
            title: description.map(|description| description.title.clone()),
            size: document.size,
            sha256: hex(&Sha256::digest(document.content())),
            main: description.is_some_and(|description| description.main),
            media_type: media_type.clone(),
        };
        views.push((view, files::blob(document.content(), &media_type)?));
    }
    // The main document first, what the archive system reads last.
    views.sort_by_key(|(view, _)| (!view.main, view.name == "arkivmelding.xml"));
    let (documents, blobs) = views.into_iter().unzip();
    let title = archived.as_ref().map(|archived| archived.entry.title.clone()).filter(|title| !title.is_empty());
    let view = LetterView {
        title,
        signer_name: signer.name,
        signer_organisation: signer.organisation,
        sbd_sender,
        documents,
        findings,
    };
    Ok((view, blobs))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
