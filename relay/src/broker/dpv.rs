//! DPV: Altinn 3 Correspondence, the inbox of organisations and people (`/correspondence/api/v1`).
//!
//! Altinn takes letters in the clear. Browsers seal them to this relay's transit key; here, and nowhere else, a letter is
//! opened, in memory and only while it is handed over. Whatever is kept stays sealed.

mod client;
mod map;
mod memory;
mod multipart;
mod open;
mod progress;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use konvolutt_shared::archive;
use konvolutt_shared::container::{VerifiedDocument, VerifyPolicy};
use konvolutt_shared::dpv::{self as shared, DigitalDpv, Options};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::sbd::{DocumentType, Sbd};
use tokio::sync::Semaphore;

use super::{Broker, Dispatch, Failure, Progress, Reply, Signers, Tracker};
use crate::clock::{Machine, World};
use crate::directory::{SecretPem, Tokens};
use client::{Client, Sent};
use map::{About, Form, Message};
use multipart::Multipart;
use open::Letter;

pub use map::Defaults;
pub use open::TransitKeys;

/// The manifest of the reference's containers, which is no document.
const MANIFEST: &str = "manifest.xml";

/// How much plain text there may be in memory at once, in MiB: one of the largest letters and some small ones.
const MEMORY: usize = 320;

/// What must be known of the inbox.
#[derive(Debug)]
pub struct DpvConfig {
    /// `…/correspondence/api/v1`, Altinn's own or the proxy's.
    pub base: String,
    /// What messages do not say.
    pub defaults: Defaults,
    /// The transit key and its certificate, PEM; older ones after it.
    pub keys: Vec<(SecretPem, String)>,
}

/// The inbox.
#[derive(Debug)]
pub struct Dpv {
    client: Client,
    defaults: Defaults,
    keys: Arc<TransitKeys>,
    signers: Signers,
    /// Of those we send for, by number.
    names: HashMap<String, String>,
    world: Arc<dyn World>,
    room: Semaphore,
}

impl Dpv {
    /// Over HTTP. `names` are those of the organisations we send for, by number.
    ///
    /// # Errors
    /// A transit key that cannot be used.
    pub fn new(
        config: DpvConfig,
        signers: Signers,
        names: HashMap<String, String>,
        http: reqwest::Client,
        tokens: Arc<Tokens>,
    ) -> Result<Self, Finding> {
        Ok(Self {
            client: Client::new(config.base, http, tokens),
            defaults: config.defaults,
            keys: Arc::new(TransitKeys::read(&config.keys)?),
            signers,
            names,
            world: Arc::new(Machine),
            room: Semaphore::new(MEMORY),
        })
    }

    /// The transit keys.
    pub fn keys(&self) -> &TransitKeys {
        &self.keys
    }

    /// What browsers seal to, PEM.
    pub fn certificate_pem(&self) -> String {
        self.keys.certificate_pem()
    }

    /// Looks for a letter that never was: whether Altinn takes token and question.
    ///
    /// # Errors
    /// It cannot be asked.
    pub async fn probe(&self) -> Result<(), Failure> {
        self.client.find(&self.defaults.resource, &uuid::Uuid::nil().to_string()).await.map(drop)
    }

    /// Opens, hands over, forgets. The message id is the key that makes it safe to do it again.
    async fn send(&self, dispatch: &Dispatch) -> Result<String, Failure> {
        let sbd = Sbd::parse(dispatch.sbd.as_bytes(), None).map_err(|findings| refused(findings.into_iter().next()))?;
        let reference = sbd.message_id().ok_or_else(|| refused(None))?.to_string();
        let mebibytes = u32::try_from((dispatch.package_size >> 20) + 2).unwrap_or(u32::MAX).min(MEMORY as u32);
        let _room = self.room.acquire_many(mebibytes).await;
        let letter = self.open(dispatch, &sbd).await?;
        let signed = resource(dispatch)?;
        let form = self.form(&sbd, &letter, signed.as_deref()).map_err(Failure::Refused)?;
        let resource = form.fields.iter().find(|(name, _)| name == "Correspondence.ResourceId");
        let resource = resource.map(|(_, value)| value.clone()).unwrap_or_default();
        let boundary = format!("konvolutt-{}", self.world.random().simple());
        let body = Multipart::new(&boundary, &form.fields, contents(&form, &letter));
        drop((form, letter));
        match self.client.upload(&body).await? {
            Sent::New(id) => Ok(id),
            // An earlier try was taken and its answer lost.
            Sent::Before => self.client.find(&resource, &reference).await?.ok_or_else(|| {
                let message = "Altinn has taken the letter before and does not show it yet";
                Failure::Unknown(Finding::warning(Rule::SendingUncertain, message))
            }),
        }
    }

    async fn open(&self, dispatch: &Dispatch, sbd: &Sbd) -> Result<Letter, Failure> {
        let unreadable =
            || Failure::Later { after: None, finding: Finding::error(Rule::Broken, "the package cannot be read") };
        let missing = || Failure::Refused(Finding::error(Rule::TransferPackage, "there is no package"));
        let package = dispatch.package.as_ref().ok_or_else(missing)?;
        let mut reader = package.open().await.map_err(|_| unreadable())?.into_reader();
        let policy = VerifyPolicy {
            path: self.signers.policy(self.world.now()).await,
            // Held against all who may sign for the sender.
            sender: None,
            limits: open::limits(),
        };
        let sender = sbd.sender().and_then(Iso6523::number).map(|number| number.to_string());
        let (keys, signers) = (self.keys.clone(), self.signers.of(sender.ok_or_else(|| refused(None))?));
        let opened = tokio::task::spawn_blocking(move || open::open(&keys, &mut *reader, &policy, &signers)).await;
        opened.map_err(|_| unreadable())?.map_err(|_| unreadable())?.map_err(Failure::Refused)
    }

    fn form(&self, sbd: &Sbd, letter: &Letter, resource: Option<&str>) -> Result<Form, Finding> {
        let sender = sbd.sender().and_then(Iso6523::number).map(|number| number.to_string()).unwrap_or_default();
        let sender_name = self.names.get(&sender).map_or(sender.as_str(), String::as_str);
        let about = About { sbd, sender_name, resource, defaults: &self.defaults, now: self.world.now() };
        let message = message(sbd, letter)?;
        let names = letter.documents.iter().map(VerifiedDocument::name);
        let present: Vec<&str> =
            names.filter(|name| ![MANIFEST, archive::FILE_NAME, shared::FILE_NAME].contains(name)).collect();
        map::form(about, &message, &present)
    }
}

/// The resource that the sender has signed; older envelopes have none.
fn resource(dispatch: &Dispatch) -> Result<Option<String>, Failure> {
    let Some(kept) = dispatch.details.as_deref() else { return Ok(None) };
    let signed = serde_json::from_str::<shared::Signed>(kept);
    let broken = |_| Failure::Refused(Finding::error(Rule::Broken, "what was signed for the inbox cannot be read"));
    Ok(Some(signed.map_err(broken)?.resource))
}

/// What the package says: the archive's metadata, or the message itself.
fn message(sbd: &Sbd, letter: &Letter) -> Result<Message, Finding> {
    let file = |name: &str| {
        let found = letter.documents.iter().find(|one| one.name() == name);
        let missing = || Finding::error(Rule::FilePresent, format!("{name} is not in the package"));
        found.map(|one| letter.contents.whole(&one.range())).ok_or_else(missing)
    };
    match sbd.document_type() {
        DocumentType::Arkivmelding => {
            let (read, _) = archive::read(&file(archive::FILE_NAME)?)?;
            Ok(Message::Archive(Box::new(read), Options::of(sbd.business())?))
        }
        DocumentType::DigitalDpv => Ok(Message::Digital(Box::new(DigitalDpv::read(&file(shared::FILE_NAME)?)?))),
        _ => Err(Finding::error(Rule::DocumentAgrees, "Altinn's inbox does not take this type")),
    }
}

fn contents(form: &Form, letter: &Letter) -> Vec<(String, Vec<Bytes>)> {
    let content = |name: &String| {
        let found = letter.documents.iter().find(|one| one.name() == name);
        (name.clone(), found.map(|one| letter.contents.slices(&one.range())).unwrap_or_default())
    };
    form.files.iter().map(content).collect()
}

fn refused(finding: Option<Finding>) -> Failure {
    let unknown = || Finding::error(Rule::TransferDocument, "the document cannot be read");
    Failure::Refused(finding.unwrap_or_else(unknown))
}

impl Broker for Dpv {
    /// Altinn has no empty transfer: a correspondence is there whole, or not at all.
    fn initialize<'a>(&'a self, dispatch: &'a Dispatch) -> Reply<'a, String> {
        Box::pin(self.send(dispatch))
    }

    fn upload<'a>(&'a self, _transfer: &'a str, _dispatch: &'a Dispatch) -> Reply<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

impl Tracker for Dpv {
    fn progress<'a>(&'a self, _sender: &'a str, transfer: &'a str) -> Reply<'a, Progress> {
        Box::pin(async move {
            let overview = self.client.overview(transfer).await?;
            Ok(progress::progress(overview.as_ref(), self.world.now()))
        })
    }
}
