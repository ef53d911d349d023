//! A counterpart that receives and sends with KS: SvarInn and SvarUt, over the wire and with its own key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use konvolutt_shared::container::zip;
use konvolutt_shared::finding::Finding;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal;
use rsa::sha2::{Digest, Sha256};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{CallError, Client};
use super::pdf;
use super::task::{self, Due};
use crate::authority::rng;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;
use crate::mailbox::{Document, Entry};
use crate::seed::{self, Behaviour, Organisation};
use crate::wishes::Wishes;

/// Seconds between two looks at SvarInn.
const POLL_SECONDS: f64 = 0.5;

/// A municipality with everything it owns.
#[derive(Debug)]
pub(super) struct Municipality {
    pub(super) organisation: &'static Organisation,
    pub(super) clock: Clock,
    pub(super) database: Arc<Database>,
    pub(super) key: SoftKey,
    pub(super) client: Client,
}

/// What a municipality has to do later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Errand {
    /// Says that it has a shipment: somebody has read it.
    Acknowledge { shipment: String },
    /// Says that it will never take a shipment.
    Refuse {
        shipment: String,
        #[serde(default = "unused")]
        reason: String,
    },
    /// Sends documents.
    Ship { to: String, answers: Option<String>, documents: usize },
}

/// An item of SvarInn's list, as far as it is used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) ekstern_ref: Option<String>,
    #[serde(default)]
    pub(super) tittel: String,
    pub(super) svar_sendes_til: Option<Answers>,
    pub(super) filmetadata: Vec<Listing>,
    pub(super) download_url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answers {
    pub(super) orgnr: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    pub(super) filnavn: String,
    pub(super) mimetype: String,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Own(#[from] Error),
    #[error("{0}")]
    Letter(#[from] Finding),
}

impl super::Counterpart for Municipality {
    type Error = WorkError;

    fn pause(&self) -> Duration {
        self.clock.delay(POLL_SECONDS)
    }

    fn number(&self) -> &'static str {
        self.organisation.number
    }

    async fn turn(&self) -> Result<(), WorkError> {
        self.errands().await?;
        self.collect().await
    }
}

impl Municipality {
    async fn collect(&self) -> Result<(), WorkError> {
        for listed in self.client.shipments(self.organisation.number).await? {
            if Entry::is_kept(&self.database, &listed.id)? {
                continue;
            }
            let (bytes, is_zip) = self.client.shipment(self.organisation.number, &listed.download_url).await?;
            let opened = self.open(&listed, &bytes, is_zip);
            self.keep(&listed, opened)?;
        }
        Ok(())
    }

    fn open(&self, listed: &Listed, sealed: &[u8], is_zip: bool) -> Result<Vec<Document>, Vec<Finding>> {
        let plain = seal::open(sealed, &self.key, &Limits::default()).map_err(|finding| vec![finding])?;
        let media: BTreeMap<&str, &str> =
            listed.filmetadata.iter().map(|one| (one.filnavn.as_str(), one.mimetype.as_str())).collect();
        let document = |name: &str, content: &[u8]| Document {
            name: name.to_owned(),
            media_type: media.get(name).copied().unwrap_or_default().to_owned(),
            size: content.len() as u64,
            sha256: Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        if !is_zip {
            let name = listed.filmetadata.first().map_or("", |one| one.filnavn.as_str());
            return Ok(vec![document(name, &plain)]);
        }
        let archive = zip::read(&plain, &Limits::default())?;
        let entries = archive.entries().iter();
        entries.map(|entry| Ok(document(&entry.name, &archive.read(entry).map_err(|finding| vec![finding])?))).collect()
    }

    /// Keeps what came, together with what is to be done about it.
    fn keep(&self, listed: &Listed, opened: Result<Vec<Document>, Vec<Finding>>) -> Result<(), WorkError> {
        let sender = listed.svar_sendes_til.as_ref().and_then(|to| to.orgnr.clone()).unwrap_or_default();
        let findings: Vec<String> =
            opened.as_ref().err().into_iter().flatten().map(|finding| finding.code.as_str().to_owned()).collect();
        let verdict = if opened.is_ok() { "ok" } else { "refused" };
        let entry = Entry {
            at: self.clock.now(),
            transfer: listed.id.clone(),
            sender: sender.clone(),
            recipient: self.organisation.number.to_owned(),
            message_id: listed.ekstern_ref.clone().unwrap_or_default(),
            conversation_id: listed.id.clone(),
            document_type: "forsendelse".to_owned(),
            documents: opened.unwrap_or_default(),
            verdict: verdict.to_owned(),
            findings,
            signer: None,
            message_channel: None,
            person: None,
            shown: Vec::new(),
            notices: Vec::new(),
        };
        let mut errands = Vec::new();
        for (seconds, errand) in plan(self.organisation, &listed.id, &sender, &Wishes::of(&listed.tittel)) {
            errands.push((serde_json::to_string(&errand).map_err(Error::from)?, self.clock.after(seconds)));
        }
        entry.keep(&self.database, &errands)?;
        Ok(())
    }

    async fn errands(&self) -> Result<(), WorkError> {
        let due = task::due::<Errand>(&self.database, self.organisation.number, self.clock.now())?;
        for Due { number, task } in due {
            self.perform(task).await?;
            task::done(&self.database, number)?;
        }
        Ok(())
    }

    async fn perform(&self, errand: Errand) -> Result<(), WorkError> {
        let own = self.organisation.number;
        match errand {
            Errand::Acknowledge { shipment } => Ok(self.client.acknowledge_shipment(own, &shipment).await?),
            Errand::Refuse { shipment, reason } => Ok(self.client.refuse_shipment(own, &shipment, &reason).await?),
            Errand::Ship { to, answers, documents } => self.ship(&to, answers.as_deref(), documents).await,
        }
    }

    async fn ship(&self, to: &str, answers: Option<&str>, count: usize) -> Result<(), WorkError> {
        let certificate: Certificate = self.client.svarut_certificate(self.organisation.number).await?;
        let title = if answers.is_some() { "Svar på henvendelse" } else { "Brev fra kommunen" };
        let lines = &["Vi viser til saken.", "Dette er en prøveforsendelse fra sandkassen."];
        let mut documents = Vec::new();
        for number in 0..count {
            let name = if number == 0 { "Svar fra kommunen.pdf".to_owned() } else { format!("Vedlegg {number}.pdf") };
            let plain = pdf::write(title, self.organisation.name, lines);
            documents.push((name, seal::seal(&certificate, &plain, &mut rng())?));
        }
        let own = self.organisation;
        let forsendelse = json!({
            "tittel": title,
            "mottaker": { "navn": seed::organisation(to).map_or("", |one| one.name), "digitalId": to },
            "svarSendesTil": { "navn": own.name, "type": "ORGANISASJON", "digitalId": own.number },
            "svarPaForsendelseId": answers,
            "sikkerhetsniva": "BETYDELIG",
            "kryptert": true,
            "kunDigitalLevering": true,
            "avgivendeSystem": "Sandkassearkiv",
            "eksternReferanse": Uuid::new_v4(),
            "metadataFraAvleverendeSystem": {
                "saksaar": 2026, "sakssekvensnummer": 42, "journalposttype": "U", "journalstatus": "J", "tittel": title,
                "saksbehandler": "Saksbehandler i kommunen",
            },
            "dokumenter": documents
                .iter()
                .map(|(name, _)| json!({ "filnavn": name, "mimeType": pdf::MEDIA_TYPE }))
                .collect::<Vec<Value>>(),
        });
        Ok(self.client.ship(own.number, &forsendelse, &documents).await?)
    }
}

/// What a municipality says that has left SvarInn.
fn unused() -> String {
    "Mottakeren bruker ikke SvarInn lenger".to_owned()
}

/// What becomes of a shipment, in seconds after it was fetched, five after it was sent.
fn plan(organisation: &Organisation, shipment: &str, sender: &str, wishes: &Wishes) -> Vec<(f64, Errand)> {
    let late = |mut plan: Vec<(f64, Errand)>| {
        plan.iter_mut().for_each(|(seconds, _)| *seconds += wishes.delay);
        plan
    };
    let shipment = shipment.to_owned();
    let answer = |documents| Errand::Ship { to: sender.to_owned(), answers: Some(shipment.clone()), documents };
    let read = Errand::Acknowledge { shipment: shipment.clone() };
    late(match organisation.behaviour {
        Behaviour::NeverTakes => vec![(1.0, Errand::Refuse { shipment, reason: unused() })],
        _ if let Some((_, reason)) = wishes.refusal() => {
            vec![(1.0, Errand::Refuse { shipment, reason: reason.to_owned() })]
        }
        Behaviour::Replies => vec![(3.0, read), (5.0, answer(2))],
        Behaviour::RepliesShort => vec![(3.0, read), (5.0, answer(1))],
        _ if wishes.reply => vec![(3.0, read), (5.0, answer(1))],
        _ => vec![(10.0, read)],
    })
}
