//! KS SvarUt (REST v3) and SvarInn (v1).

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use konvolutt_relay::broker::{Dispatch, Waiting};
use konvolutt_relay::channel::{Channel, DPF};
use konvolutt_shared::api::Status;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::pki::SoftKey;
use konvolutt_shared::seal;
use konvolutt_shared::svarut::Choices;
use konvolutt_tests::shipment::shipped;

use crate::Asked;
use crate::place::{Place, failed};
use crate::registers;

/// A shipment to somebody; it is sealed to whom municipalities are reached through.
async fn shipment(place: &Place, municipality: &str, to: &str, choices: Choices) -> Result<Dispatch> {
    let addressed = registers::addressed(place, municipality).await?;
    let document = PackDocument {
        name: "kontrakt.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        content: b"%PDF-1.4\nKontrakt\n%%EOF\n".to_vec(),
    };
    let shipped = shipped(&place.sender, to, &addressed, &[document], choices, "")?;
    let mut dispatch = place.dispatch(to, shipped.sbd.to_json(), &shipped.package).await?;
    dispatch.details = Some(serde_json::to_string(&shipped.signed)?);
    Ok(dispatch)
}

/// Types can be chosen from; the same shipment twice is one, whose fate is told.
pub(crate) async fn svarut(place: &Place) -> Result<Asked> {
    let (Some(channel), Some(municipality)) = (place.channel(DPF), &place.municipality) else {
        return Ok(Asked::NotSetUp);
    };
    let types = place.app.svarut.as_ref().context("SvarUt is not there to be asked")?;
    ensure!(!types.types().await.map_err(failed("the types"))?.is_empty(), "there are no types");
    let dispatch = shipment(place, municipality, municipality, Choices::default()).await?;
    let first = channel.broker.initialize(&dispatch).await.map_err(failed("to send"))?;
    let again = channel.broker.initialize(&dispatch).await.map_err(failed("to send again"))?;
    ensure!(again == first, "the same letter became another shipment");
    let tracker = channel.tracker.clone().context("SvarUt has to be asked how it went")?;
    let told = async || {
        let progress = tracker.progress(&place.sender, &first).await.map_err(failed("how it went"))?;
        Ok(progress.events.iter().any(|event| event.status == Status::Levert).then_some(()))
    };
    place.until("the delivery", told).await?;
    Ok(Asked::Holds)
}

/// What was sent to us waits until it is acknowledged, is sealed to us, and is gone then.
pub(crate) async fn svarinn(place: &Place) -> Result<Asked> {
    let (Some(channel), Some(municipality)) = (place.channel(DPF), &place.municipality) else {
        return Ok(Asked::NotSetUp);
    };
    let dispatch = shipment(place, municipality, &place.sender, Choices::default()).await?;
    let sent = channel.broker.initialize(&dispatch).await.map_err(failed("to send to ourselves"))?;
    comes(place, &channel, &sent).await?;
    Ok(Asked::Holds)
}

/// What we cannot take in for now still waits; what we never can does not, and its sender is told. It is digital only, so that
/// nobody prints it.
pub(crate) async fn sent_back(place: &Place) -> Result<Asked> {
    let (Some(channel), Some(municipality)) = (place.channel(DPF), &place.municipality) else {
        return Ok(Asked::NotSetUp);
    };
    let digital = Choices { digital_only: true, ..Choices::default() };
    let dispatch = shipment(place, municipality, &place.sender, digital).await?;
    let sent = channel.broker.initialize(&dispatch).await.map_err(failed("to send to ourselves"))?;
    let mailbox = channel.mailbox.clone().context("SvarInn brings letters")?;
    let waits = async || -> Result<bool> {
        let waiting = mailbox.waiting(&place.sender).await.map_err(failed("the list"))?;
        Ok(waiting.iter().any(|one| one.transfer == sent))
    };
    place.until("the shipment", async || Ok(waits().await?.then_some(()))).await?;
    let complain = |permanent| mailbox.reject(&place.sender, &sent, "Kontrakt: prøve", permanent);
    complain(false).await.map_err(failed("to complain"))?;
    ensure!(waits().await?, "it is gone after a complaint that is not for good");
    complain(true).await.map_err(failed("to send back"))?;
    place.until("the end of what was sent back", async || Ok((!waits().await?).then_some(()))).await?;
    let tracker = channel.tracker.clone().context("SvarUt has to be asked how it went")?;
    let told = async || {
        let progress = tracker.progress(&place.sender, &sent).await.map_err(failed("how it went"))?;
        Ok(progress.events.iter().any(|event| event.status == Status::Feil).then_some(()))
    };
    place.until("the failure at its sender's", told).await?;
    Ok(Asked::Holds)
}

async fn comes(place: &Place, channel: &Arc<Channel>, sent: &str) -> Result<()> {
    let mailbox = channel.mailbox.clone().context("SvarInn brings letters")?;
    let find = async || -> Result<Option<Waiting>> {
        let waiting = mailbox.waiting(&place.sender).await.map_err(failed("the list"))?;
        Ok(waiting.into_iter().find(|one| one.transfer == sent))
    };
    place.until("the shipment", find).await?;
    let fetched = mailbox.fetch(&place.sender, sent, place.incoming()).await.map_err(failed("the download"))?;
    let package = fetched.package.context("there is no package in it")?;
    let plain = open(&place.key, &std::fs::read(&package.path)?)?;
    ensure!(plain.windows(8).any(|bytes| bytes == b"Kontrakt"), "another document came");
    mailbox.confirm(&place.sender, sent).await.map_err(failed("to acknowledge"))?;
    let gone = async || Ok(find().await?.is_none().then_some(()));
    place.until("the end of the acknowledged shipment", gone).await
}

fn open(key: &SoftKey, sealed: &[u8]) -> Result<Vec<u8>> {
    Ok(seal::open(sealed, key, &Limits::default())?)
}
