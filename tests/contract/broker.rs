//! Altinn 3 Broker: a transfer from one of our organisations to another.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::broker::{Failure, Waiting};
use konvolutt_relay::channel::DPO;
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
use konvolutt_shared::sbd::{self, ArkivmeldingHead, Sbd};
use konvolutt_tests::sha256;
use uuid::Uuid;

use crate::Asked;
use crate::place::{Place, failed};
use crate::registers::LETTERS;

/// A letter's document.
fn letter(place: &Place) -> Result<Sbd> {
    let (id, now) = (Uuid::new_v4().to_string(), Timestamp::now());
    Ok(sbd::arkivmelding(ArkivmeldingHead {
        sender: Iso6523::parse(&place.sender)?,
        receiver: Iso6523::parse(&place.recipient)?,
        process: LETTERS.0.to_owned(),
        message_id: MessageId::parse(&id)?,
        conversation_id: ConversationId::parse(&id)?,
        created: now,
        expires: now + SignedDuration::from_hours(1),
        sender_ref: None,
        receiver_ref: None,
        main_document: None,
        security_level: 3,
        dpv: None,
    }))
}

/// Empty it is seen by nobody; uploaded it comes once, as it was; everything can be done twice; confirmed it is gone.
pub(crate) async fn holds(place: &Place) -> Result<Asked> {
    let channel = place.channel(DPO).context("the relay cannot do without it")?;
    let mailbox = channel.mailbox.clone().context("the broker brings letters, too")?;
    // It opens for nobody, and the broker does not look into it.
    let package: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let sbd = letter(place)?;
    let dispatch = place.dispatch(&place.recipient, sbd.to_json(), &package).await?;
    let transfer = channel.broker.initialize(&dispatch).await.map_err(failed("initialize"))?;
    let find = async |transfer: &str| -> Result<Option<Waiting>> {
        let waiting = mailbox.waiting(&place.recipient).await.map_err(failed("the list"))?;
        Ok(waiting.into_iter().find(|one| one.transfer == transfer))
    };
    ensure!(find(&transfer).await?.is_none(), "an empty transfer is seen by its recipient");
    channel.broker.upload(&transfer, &dispatch).await.map_err(failed("upload"))?;
    channel.broker.upload(&transfer, &dispatch).await.map_err(failed("the same upload again"))?;
    let waiting = place.until("the transfer", async || find(&transfer).await).await?;
    let told = (waiting.sender.as_str(), waiting.reference.as_str());
    ensure!(told == (&*place.sender, &*dispatch.reference), "the broker tells {told:?}");
    let fetch = mailbox.fetch(&place.recipient, &transfer, place.incoming()).await;
    let fetched = fetch.map_err(failed("the download"))?;
    let came = fetched.package.context("there is no package in it")?;
    ensure!((came.size, &came.sha256) == (package.len() as u64, &sha256(&package)), "other bytes came");
    ensure!(fetched.sbd.as_deref() == Some(sbd.to_json().as_bytes()), "another document came");
    mailbox.confirm(&place.recipient, &transfer).await.map_err(failed("to confirm"))?;
    mailbox.confirm(&place.recipient, &transfer).await.map_err(failed("to confirm again"))?;
    let gone = async || Ok(find(&transfer).await?.is_none().then_some(()));
    place.until("the end of the confirmed transfer", gone).await?;
    match mailbox.fetch(&place.recipient, &Uuid::new_v4().to_string(), place.incoming()).await {
        // It may be too new to be found: nothing is given up for it.
        Err(Failure::Later { .. }) => Ok(Asked::Holds),
        other => anyhow::bail!("a transfer that never was: {other:?}"),
    }
}
