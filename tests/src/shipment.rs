//! What the browser does with KS SvarUt and SvarInn, with keys in memory.

use anyhow::{Context, Result, ensure};
use getrandom::SysRng;
use jiff::Timestamp;
use konvolutt_shared::address::Addressed;
use konvolutt_shared::api::MessageView;
use konvolutt_shared::envelope::{EnvelopeClaims, PackageClaim, PartClaim};
use konvolutt_shared::letter::{self, CaseFields, Draft, DraftDocument, LetterIds};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::seal;
use konvolutt_shared::svarut::{self, Choices, ShipmentDocument, Signed};
use rand_core::UnwrapErr;
use reqwest::Method;
use uuid::Uuid;

use crate::client::{Client, PROCESS, SealedLetter};
use crate::sha256;

impl Client {
    /// Seals each document by itself and signs what SvarUt is told. `reference` is the other side's.
    pub async fn seal_shipment(
        &self,
        recipient: &str,
        documents: &[PackDocument],
        choices: Choices,
        reference: &str,
    ) -> Result<SealedLetter> {
        let claims = self.shipment_claims(recipient, documents, choices, reference).await?;
        let (claims, package, message_id) = claims;
        Ok(SealedLetter { message_id, envelope: self.sign(&claims)?, package })
    }

    /// The same, digital only, with a title.
    pub async fn seal_titled(&self, recipient: &str, title: &str, documents: &[PackDocument]) -> Result<SealedLetter> {
        let choices = Choices { digital_only: true, ..Choices::default() };
        let (mut claims, package, message_id) = self.shipment_claims(recipient, documents, choices, "").await?;
        title.clone_into(&mut claims.svarut.as_mut().context("a shipment")?.title);
        Ok(SealedLetter { message_id, envelope: self.sign(&claims)?, package })
    }

    /// The claims, the package and the message's id, to be signed or spoilt.
    pub async fn shipment_claims(
        &self,
        recipient: &str,
        documents: &[PackDocument],
        choices: Choices,
        reference: &str,
    ) -> Result<(EnvelopeClaims, Vec<u8>, String)> {
        self.shipment_to(recipient, &self.address(recipient).await?, documents, choices, reference)
    }

    /// The same, of a recipient whose certificate is known.
    pub fn shipment_to(
        &self,
        recipient: &str,
        addressed: &Addressed,
        documents: &[PackDocument],
        choices: Choices,
        reference: &str,
    ) -> Result<(EnvelopeClaims, Vec<u8>, String)> {
        let shipped = shipped(&self.organisation, recipient, addressed, documents, choices, reference)?;
        let Shipped { sbd, signed, package } = shipped;
        let claim = PackageClaim::of_parts("application/pkcs7-mime", signed.parts);
        let mut claims = EnvelopeClaims::new(&self.trust.audience, Timestamp::now(), 600, &sbd, "DPF", claim);
        claims.svarut = Some(signed.shipment);
        let id = sbd.message_id().context("a document without an id")?;
        Ok((claims, package, id.to_string()))
    }

    /// Opens what came with SvarInn.
    pub async fn open_shipment(&self, view: &MessageView) -> Result<Vec<ShipmentDocument>> {
        let path = format!("/api/v1/messages/{}/package", view.summary.id);
        let sealed = self.request(Method::GET, &path).send().await?.bytes().await?;
        let plain = seal::open(&sealed, &self.key, &Limits::default())?;
        let Some(received) = view.received() else { anyhow::bail!("it did not come with SvarInn: {view:?}") };
        ensure!(!received.content_type.is_empty() && !received.file_name.is_empty(), "{received:?}");
        svarut::documents(&plain, &received, &Limits::default()).map_err(|findings| anyhow::anyhow!("{findings:?}"))
    }
}

/// A shipment before anything is signed of it.
#[derive(Debug)]
pub struct Shipped {
    /// The document.
    pub sbd: Sbd,
    /// What SvarUt is told, and the parts.
    pub signed: Signed,
    /// The parts, one after the other.
    pub package: Vec<u8>,
}

/// Seals each document by itself to whom a recipient is reached through. `reference` is the other side's.
pub fn shipped(
    sender: &str,
    recipient: &str,
    addressed: &Addressed,
    documents: &[PackDocument],
    choices: Choices,
    reference: &str,
) -> Result<Shipped> {
    let mut draft = draft(sender, recipient, documents, choices, reference);
    draft.svarut.complete(&addressed.capability);
    let letter = letter::check(&draft, &addressed.capability).map_err(|findings| anyhow::anyhow!("{findings:?}"))?;
    let ids = LetterIds {
        message_id: Uuid::new_v4().to_string().parse()?,
        conversation_id: Uuid::new_v4().to_string().parse()?,
        case: Uuid::new_v4(),
        entry: Uuid::new_v4(),
        documents: documents.iter().map(|_| Uuid::new_v4()).collect(),
    };
    let now = Timestamp::now();
    let shipment = svarut::shipment(&letter, &letter.archive(now, &ids));
    let shipment = shipment.map_err(|findings| anyhow::anyhow!("{findings:?}"))?;
    let sbd = letter.sbd(now, now + jiff::SignedDuration::from_hours(1), &ids);
    let (mut package, mut parts) = (Vec::new(), Vec::new());
    for document in documents {
        let sealed = seal::seal(&addressed.certificate, &document.content, &mut UnwrapErr(SysRng))?;
        parts.push(PartClaim {
            name: document.name.clone(),
            media_type: document.media_type.clone(),
            size: sealed.len() as u64,
            sha256: sha256(&sealed),
        });
        package.extend_from_slice(&sealed);
    }
    Ok(Shipped { sbd, signed: Signed { shipment, parts }, package })
}

fn draft(sender: &str, recipient: &str, documents: &[PackDocument], choices: Choices, reference: &str) -> Draft {
    let documents = documents.iter().enumerate().map(|(index, document)| DraftDocument {
        id: index.to_string(),
        name: document.name.clone(),
        title: document.name.clone(),
        media_type: document.media_type.clone(),
        size: document.content.len() as u64,
        main: index == 0,
        ..DraftDocument::default()
    });
    Draft {
        sender: sender.to_owned(),
        sender_name: "Solvik fylkeskommune".to_owned(),
        recipient: recipient.to_owned(),
        recipient_name: "Mottaker".to_owned(),
        title: "Brev til kommunen".to_owned(),
        process: PROCESS.to_owned(),
        documents: documents.collect(),
        case: CaseFields {
            case_number: "2026/17".to_owned(),
            their_reference: reference.to_owned(),
            ..CaseFields::default()
        },
        svarut: choices,
        ..Draft::default()
    }
}
