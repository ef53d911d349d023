//! Letters to people: the DPI network's access point and the contact register (Digdir: Digital postkasse, and Kontakt-
//! og reservasjonsregisteret).

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use konvolutt_relay::broker::Mailbox;
use konvolutt_relay::channel::DPI;
use konvolutt_relay::directory::Question;
use konvolutt_shared::address;
use konvolutt_shared::api::{ContactStatus, Status};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::PersonNumber;
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::receipt;
use konvolutt_shared::sbd::Sbd;
use konvolutt_tests::mail::{DECISION, MAILBOX, Mailing, PAPER, sign_message};

use crate::Asked;
use crate::place::{Place, failed};

/// A synthetic person (month and 80) of whom the sandbox's population knows nothing.
const NOBODY: &str = "28817010050";

/// A letter to a digital mailbox.
pub(crate) async fn digital(place: &Place) -> Result<Asked> {
    let Some(person) = &place.person else { return Ok(Asked::NotSetUp) };
    corner2(place, person, MAILBOX).await
}

/// A letter that is printed.
pub(crate) async fn print(place: &Place) -> Result<Asked> {
    let Some(person) = &place.paper else { return Ok(Asked::NotSetUp) };
    corner2(place, person, PAPER).await
}

/// A letter is taken once, is carried, and its provider's signed receipt waits until it is read.
async fn corner2(place: &Place, person: &str, standard: &str) -> Result<Asked> {
    let (Some(mail), Some(channel)) = (&place.app.mail, place.channel(DPI)) else { return Ok(Asked::NotSetUp) };
    let answer = place.app.registry.lookup(person, Some(Question::about(DECISION)), Duration::ZERO).await;
    let answer = answer.map_err(failed("the registry"))?.answer;
    address::verify_registry_answer(&answer, &place.app.trust.registry_keys)?;
    let to = Mailing::find(&answer, standard, "Kontrakt")?;
    let document = PackDocument {
        name: "kontrakt.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        content: b"%PDF-1.4\nKontrakt\n%%EOF\n".to_vec(),
    };
    let package = to.seal(&place.sender, &[document], &place.key)?;
    let (token, expires) = mail.token(&place.sender).await.map_err(failed("a token"))?;
    ensure!(expires > Timestamp::now(), "the token has expired before it could be used");
    let letter = to.mail(&place.sender, package, token)?;
    let id = letter.head.message_id.to_string();
    let mut dispatch = place.dispatch(&to.provider, letter.kept()?.to_json(), &letter.package).await?;
    dispatch.details = mail.seal(&id, &sign_message(&letter.message()?, &place.key)?);
    let transfer = channel.broker.initialize(&dispatch).await.map_err(failed("initialize"))?;
    channel.broker.upload(&transfer, &dispatch).await.map_err(failed("to hand over"))?;
    channel.broker.upload(&transfer, &dispatch).await.map_err(failed("to hand over again"))?;
    let tracker = channel.tracker.clone().context("the access point has to be asked how it went")?;
    let carried = async || {
        let progress = tracker.progress(&place.sender, &transfer).await.map_err(failed("how it went"))?;
        Ok(progress.events.iter().any(|event| event.status == Status::Mottatt).then_some(()))
    };
    place.until("the provider's taking over", carried).await?;
    let mailbox = channel.mailbox.clone().context("receipts come by this channel")?;
    let receipt = place.until("the receipt", async || delivered(place, &*mailbox, &id).await).await?;
    mailbox.confirm(&place.sender, &receipt).await.map_err(failed("to read"))?;
    mailbox.confirm(&place.sender, &receipt).await.map_err(failed("to read again"))?;
    let gone = async || {
        let waiting = mailbox.waiting(&place.sender).await.map_err(failed("the list"))?;
        Ok(waiting.iter().all(|one| one.transfer != receipt).then_some(()))
    };
    place.until("the end of the receipt that was read", gone).await?;
    Ok(Asked::Holds)
}

/// The receipt that says that a letter is delivered, verified.
async fn delivered(place: &Place, mailbox: &dyn Mailbox, letter: &str) -> Result<Option<String>> {
    for one in mailbox.waiting(&place.sender).await.map_err(failed("the list"))? {
        let fetched =
            mailbox.fetch(&place.sender, &one.transfer, place.incoming()).await.map_err(failed("a receipt"))?;
        let sbd = fetched.sbd.as_deref().and_then(|text| Sbd::parse(text, None).ok());
        let Some(receipt) = sbd.as_ref().and_then(receipt::read) else { continue };
        if receipt.message_id.to_string() == letter && receipt.status == Status::Levert {
            let refuses = fetched.findings.iter().any(Finding::refuses);
            ensure!(!refuses, "the receipt does not verify: {:?}", fetched.findings);
            return Ok(Some(one.transfer));
        }
    }
    Ok(None)
}

/// It knows the person, and says of a number that nobody has that it is not registered.
pub(crate) async fn contact_register(place: &Place) -> Result<Asked> {
    let (Some(register), Some(person)) = (&place.app.contacts, &place.person) else { return Ok(Asked::NotSetUp) };
    let ask = async |number: &str| -> Result<_> {
        let number = PersonNumber::parse(number)?;
        let said = register.contact(&number, Timestamp::now(), Duration::ZERO).await;
        said.map(|said| said.answer).map_err(failed("the register"))
    };
    ensure!(ask(person).await?.status == ContactStatus::Active, "the person is not registered");
    ensure!(ask(NOBODY).await?.status == ContactStatus::NotRegistered, "a number that nobody has is registered");
    Ok(Asked::Holds)
}
