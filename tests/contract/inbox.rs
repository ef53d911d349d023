//! Altinn 3 Correspondence: a letter to an organisation's inbox.

use anyhow::{Context, Result, ensure};
use getrandom::SysRng;
use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::channel::DPV;
use konvolutt_shared::api::Status;
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::dpv::{self, DigitalDpv};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId, Party};
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::Certificate;
use konvolutt_shared::sbd::{DocumentType, Layer, MessageHead, compose};
use konvolutt_shared::seal;
use rand_core::UnwrapErr;
use uuid::Uuid;

use crate::Asked;
use crate::place::{Place, failed};
use crate::registers::LETTERS;

/// The same letter twice is one correspondence, which is published.
pub(crate) async fn holds(place: &Place) -> Result<Asked> {
    let (Some(channel), Some(recipient)) = (place.channel(DPV), &place.inbox) else { return Ok(Asked::NotSetUp) };
    let tracker = channel.tracker.clone().context("the inbox has to be asked how it went")?;
    let transit = place.app.trust.transit.as_deref().context("there is no transit certificate")?;
    let message = DigitalDpv {
        mottaker: recipient.clone(),
        tittel: "Kontrakt: brev til innboksen".to_owned(),
        sammendrag: "Prøve".to_owned(),
        innhold: "Dette brevet er en prøve.".to_owned(),
        ..DigitalDpv::default()
    };
    let file = |name: &str, media_type: &str, content: Vec<u8>| PackDocument {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content,
    };
    let files = [
        file("brev.txt", "text/plain", b"Dette er en pr\xC3\xB8ve.".to_vec()),
        file(dpv::FILE_NAME, "application/json", message.write()),
    ];
    let now = Timestamp::now();
    let head = PackHead {
        profile: Profile::Cades,
        sender: &place.sender,
        receiver: recipient,
        digest: SignatureDigest::Sha256,
        now,
        signature_id: Uuid::new_v4(),
    };
    let container = pack(head, &files, &place.key)?;
    let package = seal::seal(&Certificate::from_pem(transit)?, &container, &mut UnwrapErr(SysRng))?;
    let id = Uuid::new_v4().to_string();
    let head = MessageHead {
        sender: Party::Organisation(Iso6523::parse(&place.sender)?),
        receiver: Some(Party::Organisation(Iso6523::parse(recipient)?)),
        process: LETTERS.0.to_owned(),
        message_id: MessageId::parse(&id)?,
        conversation_id: ConversationId::parse(&id)?,
        created: now,
        expires: Some(now + SignedDuration::from_hours(1)),
        scopes: Vec::new(),
    };
    let sbd = compose(Layer::Plain, head, DocumentType::DigitalDpv, dpv::sealed_business());
    let sbd = sbd.map_err(|findings| anyhow::anyhow!("{findings:?}"))?;
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
