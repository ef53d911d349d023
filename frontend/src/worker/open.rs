//! Opening a sealed package. Nothing of it leaves here before its signature has been verified: CBC has no integrity
//! of its own.

use jiff::Timestamp;
use konvolutt_shared::archive::{self, Arkivmelding};
use konvolutt_shared::container::{Verified, VerifiedDocument, VerifyPolicy};
use konvolutt_shared::envelope::compare_names;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Policy, Purpose};
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::svarut::{self, Received};
use sha2::{Digest as _, Sha256};
use web_sys::Blob;

use super::opener::{self, Read};
use super::{Outcome, address, files, outgoing, spool};
use crate::protocol::{DocumentView, LetterView, OpenMessage};

/// Opens, and leaves nothing of a letter that is refused.
pub(super) async fn open(message: &OpenMessage, package: &Blob, now: Timestamp) -> Outcome<(LetterView, Vec<Blob>)> {
    let opened = read(message, package, now).await;
    if opened.is_err() {
        spool::discard().await;
    }
    opened
}

async fn read(message: &OpenMessage, package: &Blob, now: Timestamp) -> Outcome<(LetterView, Vec<Blob>)> {
    if let Some(received) = &message.received {
        return shipment(message, received, package).await;
    }
    let sbd = Sbd::parse(message.sbd.as_bytes(), None)?;
    // Without a sender there is nothing to hold the signer against, and then nothing is opened.
    let sbd_sender = sbd.sender().and_then(Iso6523::number).map(|number| number.to_string());
    let sbd_sender = sbd_sender.ok_or_else(|| {
        vec![Finding::error(Rule::NamesAgree, "the SBD does not name a Norwegian organisation as sender")]
    })?;
    // A letter must open also when its sender's certificate has run out since it came.
    let path = Policy {
        since: message.came,
        ..address::policy(&message.trust, message.revocation.as_ref(), Purpose::Sign, now)?
    };
    let policy = VerifyPolicy { path, sender: Some(sbd_sender.clone()), limits: Limits::default() };
    let beside = match &message.outgoing {
        Some(outgoing) => Some(outgoing::check(outgoing, message, &policy.path, package).await?),
        None => None,
    };
    let Read { opened, documents } = opener::read(package, beside, &policy.limits).await?;
    // A revocation status that could not be fetched is told beside the letter; a person decides what it is worth.
    let verified = opened.verify(&policy).accept_unchecked().map_err(|refusal| refusal.findings)?;
    let mut findings = verified.findings().to_vec();
    // A broker's name that the relay leaves out is a mismatch too.
    let broker = message.broker_sender.as_deref().unwrap_or_default();
    findings.extend(compare_names(broker, &sbd, verified.signer().organisation.as_deref()));
    let on_behalf_of = sbd.sender().and_then(Iso6523::on_behalf_of).map(|number| number.to_string());
    letter(&verified, &documents, (sbd_sender, on_behalf_of), findings).await
}

async fn letter(
    verified: &Verified,
    content: &Blob,
    (sbd_sender, on_behalf_of): (String, Option<String>),
    mut findings: Vec<Finding>,
) -> Outcome<(LetterView, Vec<Blob>)> {
    let documents = verified.documents();
    let archived = match documents.iter().find(|document| document.name() == archive::FILE_NAME) {
        Some(document) => archived(document, content, &mut findings).await?,
        None => None,
    };
    let described = |name: &str| archived.as_ref().and_then(|a| a.entry.documents.iter().find(|d| d.file == name));
    let mut views = Vec::new();
    for document in documents.iter().filter(|document| document.name() != "manifest.xml") {
        let description = described(document.name());
        let media_type = document.media_type().unwrap_or("application/octet-stream").to_owned();
        let view = DocumentView {
            name: document.name().to_owned(),
            title: description.map(|description| description.title.clone()),
            size: document.size(),
            sha256: document.sha256_hex().to_owned(),
            main: description.is_some_and(|description| description.main),
            media_type: media_type.clone(),
        };
        views.push((view, files::slice(content, &document.range(), &media_type)?));
    }
    // The main document first, what the archive system reads last.
    views.sort_by_key(|(view, _)| (!view.main, view.name == archive::FILE_NAME));
    let (documents, blobs) = views.into_iter().unzip();
    let title = archived.as_ref().map(|archived| archived.entry.title.clone()).filter(|title| !title.is_empty());
    let view = LetterView {
        title,
        signer_name: Some(verified.signer().name.clone()),
        signer_organisation: verified.signer().organisation.clone(),
        sbd_sender: Some(sbd_sender),
        on_behalf_of,
        documents,
        findings,
    };
    Ok((view, blobs))
}

/// What came by SvarInn: nobody has signed it, and the carrier's own list of its documents is all that it can be held
/// against (KS SvarInn v1, `hentNyeForsendelser`: `filmetadata`).
async fn shipment(message: &OpenMessage, received: &Received, package: &Blob) -> Outcome<(LetterView, Vec<Blob>)> {
    let limits = Limits::default();
    let plain = opener::read_shipment(package, &limits).await?;
    let found = svarut::documents(&plain, received, &limits)?;
    drop(plain);
    let (mut views, mut blobs) = (Vec::new(), Vec::new());
    for document in &found {
        blobs.push(files::blob(&document.content, &document.media_type)?);
        views.push(DocumentView {
            name: document.name.clone(),
            title: None,
            size: document.content.len() as u64,
            sha256: hex(&Sha256::digest(&document.content)),
            main: views.is_empty(),
            media_type: document.media_type.clone(),
        });
    }
    let view = LetterView {
        title: Some(received.title.clone()).filter(|title| !title.is_empty()),
        signer_name: None,
        signer_organisation: None,
        sbd_sender: message.broker_sender.clone(),
        on_behalf_of: None,
        documents: views,
        findings: Vec::new(),
    };
    Ok((view, blobs))
}

/// The archive data, as far as it can be read.
async fn archived(
    document: &VerifiedDocument,
    content: &Blob,
    findings: &mut Vec<Finding>,
) -> Outcome<Option<Arkivmelding>> {
    if document.size() > Limits::default().metadata_bytes {
        findings.push(Finding::warning(Rule::ArchiveText, "arkivmelding.xml is larger than is read"));
        return Ok(None);
    }
    let xml = files::read(&files::slice(content, &document.range(), "")?).await?;
    Ok(match archive::read(&xml) {
        Ok((archived, remarks)) => {
            findings.extend(remarks);
            Some(archived)
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
