//! Packing, signing and sealing a letter in one pass: a piece of a file is in memory, never the whole.

use jiff::Timestamp;
use konvolutt_shared::address::Channel;
use konvolutt_shared::archive;
use konvolutt_shared::container::{ContainerWriter, DocumentHead, Profile, SignatureDigest, business_manifest};
use konvolutt_shared::envelope::{self, EnvelopeClaims, PackageClaim};
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::identifier::{ConversationId, MessageId};
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::letter::{self, DraftDocument, Letter, LetterIds};
use konvolutt_shared::pki::{PrivateKey as _, SignatureAlgorithm};
use konvolutt_shared::svarut::{self, Level};
use uuid::Uuid;
use web_sys::Blob;

use super::files::{self, Pieces};
use super::framer::{MEDIA_TYPE, Package};
use super::outlet::Outlet;
use super::parts::seal_parts;
use super::sealer::Sealer;
use super::store::StoredKey;
use super::{Outcome, address, store};
use crate::protocol::{SealedView, SendRequest};

/// How long the relay may take the envelope, in seconds: an upload on a slow line must fit.
const ENVELOPE_SECONDS: i64 = 6 * 3600;

/// Head and tail of a document that the checks look at, in bytes.
const LOOKED_AT: u64 = 4096;

pub(super) async fn send(
    mut request: SendRequest,
    blobs: &[Blob],
    now: Timestamp,
    step: impl Fn(u64, u64),
    outlet: &Outlet,
) -> Outcome<SealedView> {
    let checked = address::check(&request.address, now)?;
    if blobs.len() != request.draft.documents.len() {
        return Err(vec![Finding::error(Code::DocumentDamaged, "files and documents are not as many")]);
    }
    for (document, blob) in request.draft.documents.iter_mut().zip(blobs) {
        look_into(document, blob).await?;
    }
    let choices = &mut request.draft.svarut;
    let least = Level::of(choices.confidential, checked.view.capability.security_level);
    choices.security_level = choices.security_level.max(least);
    let letter = letter::check(&request.draft, &checked.view.capability)?;
    if request.address.recipient != letter.recipient().to_string() {
        return Err(vec![Finding::error(Code::RecipientUnknown, "the address is another organisation's")]);
    }
    let key = key(&request.key, &letter, now).await?;
    let ids = ids(&request, &letter)?;
    let (recipient, channel) = (&checked.addressed.certificate, checked.addressed.channel);
    let (package, svarut) = if channel == Channel::Dpf {
        let shipment = svarut::shipment(&letter, &letter.archive(now, &ids))?;
        (seal_parts(&letter, blobs, recipient, outlet, step).await?, Some(shipment))
    } else {
        let sealer = Sealer::begin(recipient, outlet).await?;
        (claim(pack(&letter, &ids, blobs, &key, sealer, now, step).await?), None)
    };
    let sbd = letter.sbd(now, now + letter.deadline(), &ids);
    let (audience, size) = (&request.address.trust.audience, package.size);
    let claims = EnvelopeClaims::new(audience, now, ENVELOPE_SECONDS, &sbd, channel.as_str(), package);
    let claims = EnvelopeClaims { svarut, ..claims };
    let unsigned = envelope::prepare(&claims, &key.chain, Algorithm::Rs256).map_err(one)?;
    let signature = key.sign(SignatureAlgorithm::RsaPkcs1Sha256, unsigned.bytes()).await.map_err(one)?;
    Ok(SealedView { envelope: unsigned.finish(&signature).0, size })
}

fn claim(Package { size, pieces_sha256, .. }: Package) -> PackageClaim {
    PackageClaim { media_type: MEDIA_TYPE.to_owned(), size, pieces_sha256, parts: Vec::new() }
}

fn one(finding: Finding) -> Vec<Finding> {
    vec![finding]
}

/// The checks look at the bytes, not at what the page said about them.
async fn look_into(document: &mut DraftDocument, blob: &Blob) -> Outcome<()> {
    let size = blob.size() as u64;
    document.size = size;
    document.head = part(blob, 0, LOOKED_AT).await?;
    document.tail = part(blob, size.saturating_sub(LOOKED_AT), size).await?;
    Ok(())
}

async fn part(blob: &Blob, from: u64, to: u64) -> Outcome<Vec<u8>> {
    let slice = blob.slice_with_f64_and_f64(from as f64, (to as f64).min(blob.size()));
    files::read(&slice.map_err(|_| vec![Finding::error(Code::DocumentDamaged, "a file cannot be read")])?).await
}

/// The sender's own, valid key.
async fn key(id: &str, letter: &Letter, now: Timestamp) -> Outcome<StoredKey> {
    let key = store::all().await.into_iter().find(|key| key.id == id);
    let key = key.ok_or_else(|| vec![Finding::error(Code::KeyMissing, "no such key in this browser")])?;
    let (leaf, sender) = (&key.chain[0], letter.sender().to_string());
    if leaf.organisation().as_deref() != Some(sender.as_str()) {
        let finding = Finding::error(Code::KeyOrganisation, "the certificate belongs to another organisation");
        return Err(vec![finding.with("a", leaf.organisation().unwrap_or_default()).with("b", sender)]);
    }
    if leaf.not_after() < now {
        return Err(vec![Finding::error(Code::KeyExpired, "the certificate has expired")]);
    }
    Ok(key)
}

fn ids(request: &SendRequest, letter: &Letter) -> Outcome<LetterIds> {
    let wrong = |_| vec![Finding::error(Code::SbdFieldInvalid, "an id is not a UUID")];
    Ok(LetterIds {
        message_id: MessageId::parse(&request.message_id).map_err(wrong)?,
        conversation_id: ConversationId::parse(&request.conversation_id).map_err(wrong)?,
        case: Uuid::new_v4(),
        entry: Uuid::new_v4(),
        documents: letter.documents().iter().map(|_| Uuid::new_v4()).collect(),
    })
}

async fn pack(
    letter: &Letter,
    ids: &LetterIds,
    blobs: &[Blob],
    key: &StoredKey,
    mut sealer: Sealer<'_>,
    now: Timestamp,
    step: impl Fn(u64, u64),
) -> Outcome<Package> {
    let mut container = ContainerWriter::new(Profile::Cades, now);
    let heads: Vec<DocumentHead> = letter.documents().iter().map(head).collect();
    let order = main_first(letter);
    let (sender, receiver) = (format!("0192:{}", letter.sender()), format!("0192:{}", letter.recipient()));
    let manifest = business_manifest(&sender, &receiver, &heads[order[0]]);
    container.add(&xml("manifest.xml"), &manifest, &mut sealer.plain).map_err(one)?;
    let total = letter.documents().iter().map(|document| document.size).sum();
    let mut done = 0;
    for index in order {
        container.begin(&heads[index], &mut sealer.plain).map_err(one)?;
        let mut pieces = Pieces::of(&blobs[index]);
        while let Some(piece) = pieces.next().await? {
            container.write(piece, &mut sealer.plain).map_err(one)?;
            done += piece.len() as u64;
            sealer.drain().await?;
            step(done, total);
        }
        container.end(&mut sealer.plain).map_err(one)?;
    }
    container.add(&xml(archive::FILE_NAME), &letter.arkivmelding(now, ids), &mut sealer.plain).map_err(one)?;
    let unsigned =
        container.prepare(&key.chain, SignatureDigest::Sha256, now, Uuid::new_v4(), &mut sealer.plain).map_err(one)?;
    let signature = key.sign(SignatureAlgorithm::RsaPkcs1Sha256, unsigned.bytes()).await.map_err(one)?;
    unsigned.finish(&signature, &mut sealer.plain).map_err(one)?;
    sealer.finish().await
}

/// The reference puts the main document first.
pub(super) fn main_first(letter: &Letter) -> Vec<usize> {
    let mut order: Vec<usize> = (0..letter.documents().len()).collect();
    order.sort_by_key(|&index| !letter.documents()[index].main);
    order
}

pub(super) fn head(document: &DraftDocument) -> DocumentHead {
    let media_type = if document.media_type.is_empty() { "application/octet-stream" } else { &document.media_type };
    DocumentHead { name: document.name.clone(), media_type: media_type.to_owned() }
}

fn xml(name: &str) -> DocumentHead {
    DocumentHead { name: name.to_owned(), media_type: "application/xml".to_owned() }
}
