//! Letters to Altinn's inbox, sealed to the relay's transit key, with keys in memory.

use anyhow::{Context, Result};
use getrandom::SysRng;
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::archive::{self, ArchivedDocument, Arkivmelding, JournalEntry};
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::envelope::{EnvelopeClaims, PackageClaim};
use konvolutt_shared::identifier::{Authority, ConversationId, MessageId, Party};
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::sbd::{DocumentType, Layer, MessageHead, Sbd, compose};
use konvolutt_shared::seal;
use rand_core::UnwrapErr;
use serde_json::Value;
use uuid::Uuid;

use crate::client::{Client, SealedLetter};

/// The document's header; without a recipient for a person.
pub fn sbd(from: &str, to: Option<&str>, process: &str, kind: DocumentType, business: Value) -> Result<Sbd> {
    let party = |number: &str| Party::parse(Authority::Iso6523, &format!("0192:{number}"));
    let now = Timestamp::now();
    let head = MessageHead {
        sender: party(from)?,
        receiver: to.map(party).transpose()?,
        process: process.to_owned(),
        message_id: MessageId::parse(&Uuid::new_v4().to_string())?,
        conversation_id: ConversationId::parse(&Uuid::new_v4().to_string())?,
        created: now - SignedDuration::from_secs(5),
        expires: Some(now + SignedDuration::from_hours(1)),
        scopes: Vec::new(),
    };
    compose(Layer::Plain, head, kind, business).map_err(|findings| anyhow::anyhow!("{findings:?}"))
}

/// A container, signed by one key.
pub fn container(client: &Client, files: &[PackDocument], key: &SoftKey) -> Result<Vec<u8>> {
    let head = PackHead {
        profile: Profile::Cades,
        sender: &client.organisation,
        receiver: &client.organisation,
        digest: SignatureDigest::Sha256,
        now: Timestamp::now(),
        signature_id: Uuid::new_v4(),
    };
    Ok(pack(head, files, key)?)
}

/// A sealed package in an envelope that the client signs.
pub fn enveloped(client: &Client, sbd: &Sbd, package: Vec<u8>) -> Result<SealedLetter> {
    enveloped_over(client, sbd, None, package)
}

/// The same, over the resource that the registry is said to have named.
pub fn enveloped_over(client: &Client, sbd: &Sbd, resource: Option<&str>, package: Vec<u8>) -> Result<SealedLetter> {
    let claim = PackageClaim::of("application/pkcs7-mime", &package);
    let mut claims = EnvelopeClaims::new(&client.trust.audience, Timestamp::now(), 600, sbd, "DPV", claim);
    claims.route.resource = resource.map(str::to_owned);
    let message_id = sbd.message_id().context("a message id")?.to_string();
    Ok(SealedLetter { message_id, envelope: client.sign(&claims)?, package })
}

/// Signed by one key, sealed to a certificate, put into an envelope by the client.
pub fn sealed(
    client: &Client,
    sbd: &Sbd,
    files: &[PackDocument],
    key: &SoftKey,
    to: &Certificate,
) -> Result<SealedLetter> {
    let package = seal::seal(to, &container(client, files, key)?, &mut UnwrapErr(SysRng))?;
    enveloped(client, sbd, package)
}

/// What letters are sealed to.
pub fn transit(client: &Client) -> Result<Certificate> {
    Ok(Certificate::from_pem(client.trust.transit.as_deref().context("a transit certificate")?)?)
}

/// The files of a letter: attachments, the archive's metadata, which has them after the main document, and that.
pub fn letter_files(title: &str, main: &PackDocument, attachments: &[PackDocument]) -> Vec<PackDocument> {
    let archived = |file: &PackDocument, main| ArchivedDocument {
        file: file.name.clone(),
        title: format!("Om {}", file.name),
        main,
        ..ArchivedDocument::default()
    };
    let mut documents = vec![archived(main, true)];
    documents.extend(attachments.iter().map(|one| archived(one, false)));
    let entry = JournalEntry { title: title.to_owned(), documents, ..JournalEntry::default() };
    let xml = archive::write(&Arkivmelding { entry, ..Arkivmelding::default() });
    let metadata =
        PackDocument { name: archive::FILE_NAME.to_owned(), media_type: "application/xml".to_owned(), content: xml };
    attachments.iter().cloned().chain([metadata, main.clone()]).collect()
}
