//! Packing, signing and sealing a letter in one pass: a piece of a file is in memory, never the whole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use konvolutt_shared::address::Channel;
use konvolutt_shared::archive;
use konvolutt_shared::container::{DocumentHead, Profile, business_manifest};
use konvolutt_shared::envelope::{self, EnvelopeClaims, PackageClaim, Route};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::{ConversationId, MessageId, OrganisationNumber};
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::letter::{self, DraftDocument, Letter, LetterIds};
use konvolutt_shared::pki::{Certificate, PrivateKey as _, SignatureAlgorithm};
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::svarut::{self, Shipment};
use uuid::Uuid;
use web_sys::Blob;

use super::framer::{MEDIA_TYPE, Package};
use super::outlet::Outlet;
use super::pack::{Contents, pack};
use super::parts::seal_parts;
use super::sealer::Sealer;
use super::store::StoredKey;
use super::{Outcome, address, files, person, store};
use crate::protocol::{SealedView, SendRequest};

/// How long the relay may take the envelope, in seconds: an upload on a slow line must fit.
pub(super) const ENVELOPE_SECONDS: i64 = 6 * 3600;

/// Head and tail of a document that the checks look at, in bytes.
const LOOKED_AT: u64 = 4096;

pub(super) async fn send(
    mut request: SendRequest,
    blobs: &[Blob],
    now: Timestamp,
    step: impl Fn(u64, u64),
    outlet: &Outlet,
) -> Outcome<SealedView> {
    if blobs.len() != request.draft.documents.len() {
        return Err(vec![Finding::error(Rule::FileReadable, "files and documents are not as many")]);
    }
    for (document, blob) in request.draft.documents.iter_mut().zip(blobs) {
        look_into(document, blob).await?;
    }
    if request.draft.person.is_some() {
        return person::send(&request, blobs, now, step, outlet).await;
    }
    let checked = address::check(&request.address, now)?;
    // The registry has answered for the level that was chosen, if one was.
    request.draft.svarut.complete(&checked.view.capability);
    let letter = letter::check(&request.draft, &checked.view.capability)?;
    let letter = match &request.message_channel {
        Some(channel) => letter.answered_on(channel, Uuid::new_v4()),
        None => letter,
    };
    if request.address.recipient != letter.recipient().to_string() {
        return Err(vec![Finding::error(Rule::RecipientUnknown, "the address is another organisation's")]);
    }
    let key = key(&request.key, letter.signer(), now).await?;
    let ids = ids(&request, &letter)?;
    let (recipient, channel) = (&checked.addressed.certificate, checked.addressed.channel);
    let (package, svarut, approval_key) = if channel == Channel::Dpf {
        let shipment = svarut::shipment(&letter, &letter.archive(now, &ids))?;
        (seal_parts(&letter, blobs, recipient, outlet, step).await?, Some(shipment), None)
    } else {
        let own = own_certificate(&request, channel).await;
        let sealer = Sealer::begin(recipient, own.as_ref(), outlet).await?;
        let mut package = pack(contents(&letter, &ids, blobs, now), &key, sealer, now, step).await?;
        let approval_key = approval_key(&mut package);
        (claim(package), None, approval_key)
    };
    outlet.end().await?;
    let sbd = letter.sbd(now, letter.expires(now), &ids);
    let size = package.size;
    let told = Told { svarut, resource: checked.addressed.resource };
    let envelope = envelope(&request.address.trust.audience, now, &sbd, channel, package, told, &key).await?;
    Ok(SealedView { envelope, size, business_message: None, expires: None, approval_key })
}

/// The certificate of the sender's own organisation, if the letter waits for approval and its key is kept here. Who signs may
/// be another.
pub(super) async fn own_certificate(request: &SendRequest, channel: Channel) -> Option<Certificate> {
    let sender = request.draft.sender.as_str();
    if !request.approvals.iter().any(|rule| rule.covers(sender, channel.as_str())) {
        return None;
    }
    let mut leaves = store::all().await.into_iter().filter_map(|key| key.chain.into_iter().next());
    leaves.find(|leaf| leaf.organisation().as_deref() == Some(sender))
}

/// The content key as the relay is given it.
pub(super) fn approval_key(package: &mut Package) -> Option<String> {
    package.own_key.take().map(|der| STANDARD.encode(der))
}

pub(super) fn claim(Package { size, pieces_sha256, .. }: Package) -> PackageClaim {
    PackageClaim { media_type: MEDIA_TYPE.to_owned(), size, pieces_sha256, parts: Vec::new() }
}

pub(super) fn one(finding: Finding) -> Vec<Finding> {
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
    files::read(&slice.map_err(|_| vec![Finding::error(Rule::FileReadable, "a file cannot be read")])?).await
}

/// The valid key of whoever signs.
pub(super) async fn key(id: &str, signer: OrganisationNumber, now: Timestamp) -> Outcome<StoredKey> {
    let key = store::all().await.into_iter().find(|key| key.id == id);
    let key = key.ok_or_else(|| vec![Finding::error(Rule::WriteSigner, "no such key in this browser")])?;
    let (leaf, signer) = (&key.chain[0], signer.to_string());
    if leaf.organisation().as_deref() != Some(signer.as_str()) {
        let finding = Finding::error(Rule::KeyOwner, "the certificate belongs to another organisation");
        return Err(vec![finding.with("a", leaf.organisation().unwrap_or_default()).with("b", signer)]);
    }
    if leaf.not_after() < now {
        return Err(vec![Finding::error(Rule::KeyInTime, "the certificate has expired")]);
    }
    Ok(key)
}

fn ids(request: &SendRequest, letter: &Letter) -> Outcome<LetterIds> {
    let wrong = |_| vec![Finding::error(Rule::DocumentField, "an id is not a UUID")];
    Ok(LetterIds {
        message_id: MessageId::parse(&request.message_id).map_err(wrong)?,
        conversation_id: ConversationId::parse(&request.conversation_id).map_err(wrong)?,
        case: Uuid::new_v4(),
        entry: Uuid::new_v4(),
        documents: letter.documents().iter().map(|_| Uuid::new_v4()).collect(),
    })
}

/// What a letter between organisations is packed of.
fn contents<'a>(letter: &Letter, ids: &LetterIds, blobs: &'a [Blob], now: Timestamp) -> Contents<'a> {
    let heads: Vec<DocumentHead> = letter.documents().iter().map(head).collect();
    let order = main_first(letter);
    let (sender, receiver) = (letter.sender_party().to_string(), letter.recipient().qualified());
    let own = DocumentHead { name: archive::FILE_NAME.to_owned(), media_type: "application/xml".to_owned() };
    Contents {
        profile: Profile::Cades,
        manifest: business_manifest(&sender, &receiver, &heads[order[0]]),
        documents: order.into_iter().map(|index| (heads[index].clone(), &blobs[index])).collect(),
        last: letter.has_archive().then(|| (own, letter.arkivmelding(now, ids))),
    }
}

/// What is signed for the channel besides the document.
#[derive(Default)]
pub(super) struct Told {
    pub(super) svarut: Option<Shipment>,
    /// Altinn's, as the registry named it.
    pub(super) resource: Option<String>,
}

/// The signed envelope: what the relay checks and keeps.
pub(super) async fn envelope(
    audience: &str,
    now: Timestamp,
    sbd: &Sbd,
    channel: Channel,
    package: PackageClaim,
    told: Told,
    key: &StoredKey,
) -> Outcome<String> {
    let claims = EnvelopeClaims::new(audience, now, ENVELOPE_SECONDS, sbd, channel.as_str(), package);
    let route = Route { resource: told.resource, ..claims.route };
    let claims = EnvelopeClaims { svarut: told.svarut, route, ..claims };
    let unsigned = envelope::prepare(&claims, &key.chain, Algorithm::Rs256).map_err(one)?;
    let signature = key.sign(SignatureAlgorithm::RsaPkcs1Sha256, unsigned.bytes()).await.map_err(one)?;
    Ok(unsigned.finish(&signature).0)
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
