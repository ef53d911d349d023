//! Altinn 3 Correspondence: letters to the inboxes of organisations and people.

use anyhow::{Context, Result, ensure};
use getrandom::SysRng;
use jiff::Timestamp;
use konvolutt_relay::channel::DPV;
use konvolutt_shared::api::Status;
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::dpv::{self, DigitalDpv};
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::Certificate;
use konvolutt_shared::sbd::{DocumentType, Sbd};
use konvolutt_shared::seal;
use konvolutt_tests::client::document;
use konvolutt_tests::inbox::{letter_files, sbd};
use konvolutt_tests::mail::DECISION;
use rand_core::UnwrapErr;
use serde_json::json;
use uuid::Uuid;

use crate::Asked;
use crate::place::{Place, failed};
use crate::registers::LETTERS;

/// A message of `digital_dpv` to an organisation's inbox.
pub(crate) async fn organisation(place: &Place) -> Result<Asked> {
    let Some(recipient) = &place.inbox else { return Ok(Asked::NotSetUp) };
    let kind = DocumentType::DigitalDpv;
    let sbd = sbd(&place.sender, Some(recipient), LETTERS.0, kind, dpv::sealed_business())?;
    published(place, recipient, &sbd, &message(recipient)).await
}

/// An `arkivmelding` to an organisation's inbox: its documents follow the archive's order.
pub(crate) async fn archive(place: &Place) -> Result<Asked> {
    let Some(recipient) = &place.inbox else { return Ok(Asked::NotSetUp) };
    let business = json!({ "sikkerhetsnivaa": 3 });
    let sbd = sbd(&place.sender, Some(recipient), LETTERS.0, DocumentType::Arkivmelding, business)?;
    let attachments = [document("vedlegg.txt", "Vedlegg")];
    let files = letter_files("Kontrakt: arkivmelding", &document("brev.txt", "Dette er en prøve."), &attachments);
    published(place, recipient, &sbd, &files).await
}

/// A message to a person, whose number stands nowhere but in what is sealed.
pub(crate) async fn person(place: &Place) -> Result<Asked> {
    let Some(person) = &place.inbox_person else { return Ok(Asked::NotSetUp) };
    let sbd = sbd(&place.sender, None, DECISION, DocumentType::DigitalDpv, dpv::sealed_business())?;
    ensure!(!sbd.to_json().contains(person), "the document names the person");
    published(place, "", &sbd, &message(person)).await
}

fn message(recipient: &str) -> Vec<PackDocument> {
    let message = DigitalDpv {
        mottaker: recipient.to_owned(),
        tittel: "Kontrakt: brev til innboksen".to_owned(),
        sammendrag: "Prøve".to_owned(),
        innhold: "Dette brevet er en prøve.".to_owned(),
        ..DigitalDpv::default()
    };
    let own = PackDocument {
        name: dpv::FILE_NAME.to_owned(),
        media_type: "application/json".to_owned(),
        content: message.write(),
    };
    vec![document("brev.txt", "Dette er en prøve."), own]
}

/// The same letter twice is one correspondence, which is published; one that never was is not waited for.
async fn published(place: &Place, recipient: &str, sbd: &Sbd, files: &[PackDocument]) -> Result<Asked> {
    let Some(channel) = place.channel(DPV) else { return Ok(Asked::NotSetUp) };
    let tracker = channel.tracker.clone().context("the inbox has to be asked how it went")?;
    let transit = place.app.trust.transit.as_deref().context("there is no transit certificate")?;
    let head = PackHead {
        profile: Profile::Cades,
        sender: &place.sender,
        receiver: if recipient.is_empty() { &place.sender } else { recipient },
        digest: SignatureDigest::Sha256,
        now: Timestamp::now(),
        signature_id: Uuid::new_v4(),
    };
    let container = pack(head, files, &place.key)?;
    let package = seal::seal(&Certificate::from_pem(transit)?, &container, &mut UnwrapErr(SysRng))?;
    let dispatch = place.dispatch(recipient, sbd.to_json(), &package).await?;
    let first = channel.broker.initialize(&dispatch).await.map_err(failed("to send"))?;
    let again =
        place.until("the letter that was sent before", async || Ok(channel.broker.initialize(&dispatch).await.ok()));
    ensure!(again.await? == first, "the same letter became another correspondence");
    let published = async || {
        let progress = tracker.progress(&place.sender, &first).await.map_err(failed("how it went"))?;
        Ok(progress.events.iter().any(|event| event.status == Status::Levert).then_some(()))
    };
    place.until("the publication", published).await?;
    let stranger = tracker.progress(&place.sender, &Uuid::new_v4().to_string()).await.map_err(failed("a stranger"))?;
    ensure!(stranger.finished, "a correspondence that never was is waited for: {stranger:?}");
    Ok(Asked::Holds)
}
