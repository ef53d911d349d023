//! A letter to a person: sealed to the mailbox or print provider, or to the relay for Altinn's inbox.
//!
//! The DPI network's message holds an access token that lives for two minutes, so it is asked for when everything else is
//! done. What is kept, the envelope, says the same without the token.

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::address::{Offer, PersonWay};
use konvolutt_shared::dpi;
use konvolutt_shared::finding::{Finding, Place, Rule};
use konvolutt_shared::identifier::MessageId;
use konvolutt_shared::letter::{PersonLetter, PersonSending, active_html, check_person};
use konvolutt_shared::pki::{PrivateKey as _, SignatureAlgorithm};
use web_sys::Blob;

use super::outlet::Outlet;
use super::pack::{Contents, pack};
use super::sealer::Sealer;
use super::send::{Told, approval_key, claim, envelope, key, one, own_certificate};
use super::store::StoredKey;
use super::{Outcome, address, files};
use crate::protocol::{SealedView, SendRequest};

/// Time for delivery: what the integrasjonspunkt gives a letter that names none (`default-ttl-hours`).
const DEADLINE: SignedDuration = SignedDuration::from_hours(24);

/// Extensions of web pages.
const PAGES: [&str; 2] = [".html", ".htm"];

/// Seals a letter whose documents have been looked into.
pub(super) async fn send(
    request: &SendRequest,
    blobs: &[Blob],
    now: Timestamp,
    step: impl Fn(u64, u64),
    outlet: &Outlet,
) -> Outcome<SealedView> {
    let offer = offer(request, now)?;
    let letter = check_person(&request.draft, &offer)?;
    if request.address.recipient != letter.recipient().map(|person| person.expose()).unwrap_or_default() {
        return Err(one(Finding::error(Rule::RecipientUnknown, "the address is another person's")));
    }
    if letter.way() == PersonWay::Mailbox {
        read_pages(&letter, blobs).await?;
    }
    let key = key(&request.key, letter.sender(), now).await?;
    let message_id = MessageId::parse(&request.message_id);
    let message_id = message_id.map_err(|_| one(Finding::error(Rule::DocumentField, "an id is not a UUID")))?;
    let own = own_certificate(request, letter.way().channel()).await;
    let sealer = Sealer::hashed(&offer.certificate, own.as_ref(), outlet).await?;
    let mut package = pack(contents(&letter, blobs), &key, sealer, now, step).await?;
    outlet.end().await?;
    let package_digest = package.sha256.unwrap_or_default();
    let approval_key = approval_key(&mut package);
    let package = claim(package);

    // Sealing may have taken a while, and from here on it goes quickly.
    let now = super::now();
    let from = letter.delivered_from(now);
    let expires = from.checked_add(DEADLINE).unwrap_or(from);
    let sending = PersonSending { message_id, now, expires, package_digest };
    let (business_message, expires) = match letter.way() {
        PersonWay::Inbox => (None, None),
        PersonWay::Mailbox | PersonWay::Print => {
            let token = outlet.token(&letter.sender().to_string()).await?;
            (Some(message(&letter, &sending, &token.token, &key).await?), Some(token.expires))
        }
    };
    let sbd = letter.sbd(&sending)?;
    let size = package.size;
    let channel = letter.way().channel();
    let told = Told { resource: offer.resource, ..Told::default() };
    let envelope = envelope(&request.address.trust.audience, now, &sbd, channel, package, told, &key).await?;
    Ok(SealedView { envelope, size, business_message, expires, approval_key })
}

/// The offer of the way that was chosen, made of the answer anew.
fn offer(request: &SendRequest, now: Timestamp) -> Outcome<Offer> {
    let chosen = request.draft.person.clone().unwrap_or_default();
    let offers = address::offers(&request.address, chosen.kind, now)?;
    let found = offers.into_iter().find(|offer| offer.terms.way == chosen.way);
    found.ok_or_else(|| one(Finding::error(Rule::RecipientType, "the person is not reached this way any more")))
}

/// Mailboxes show web pages; one that runs or fetches something is refused before it is sealed.
async fn read_pages(letter: &PersonLetter, blobs: &[Blob]) -> Outcome<()> {
    let mut findings = Vec::new();
    for (index, (document, blob)) in letter.documents().iter().zip(blobs).enumerate() {
        let name = document.name.to_lowercase();
        if PAGES.iter().any(|end| name.ends_with(end)) && active_html(&files::read(blob).await?) {
            let finding = Finding::error(Rule::PagePassive, "the page does more than show text");
            let place = Place::path(format!("documents/{index}"));
            findings.push(finding.at(place).with("navn", document.name.clone()));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn contents<'a>(letter: &PersonLetter, blobs: &'a [Blob]) -> Contents<'a> {
    let packing = letter.packing();
    let documents = packing.files.into_iter().filter_map(|(index, head)| Some((head, blobs.get(index)?)));
    Contents {
        profile: packing.profile,
        manifest: packing.manifest,
        documents: documents.collect(),
        last: packing.last,
    }
}

/// The network's message, signed.
async fn message(letter: &PersonLetter, sending: &PersonSending, token: &str, key: &StoredKey) -> Outcome<String> {
    let message = letter.message(sending, token)?;
    let unsigned = dpi::prepare(&message, &key.chain[0]).map_err(one)?;
    let signature = key.sign(SignatureAlgorithm::RsaPkcs1Sha256, unsigned.bytes()).await.map_err(one)?;
    Ok(unsigned.finish(&signature))
}
