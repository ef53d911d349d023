//! A mailbox or print provider: fetches letters from the network, opens and verifies them with its own key, and answers
//! with signed receipts, as the person's row says (`seed/resident.rs`).

mod plan;
mod reading;
mod receipt;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konvolutt_shared::finding::Finding;
use konvolutt_shared::pki::SoftKey;
use konvolutt_shared::sbd::Sbd;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use self::plan::Answer;
pub(crate) use self::receipt::{Back, Spoilt};

use self::reading::{Reading, Refused};
use super::Trust;
use super::client::{CallError, Client, Letter};
use super::task::{self, Due};
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;
use crate::mailbox::Entry;
use crate::seed::{Habit, Provider, Resident};

/// Seconds between two looks at the network.
const POLL_SECONDS: f64 = 0.5;

/// A finding's place in the mailbox list when the provider itself failed.
const OWN_FAILURE: &str = "provider_failure";

/// A provider with everything it owns.
#[derive(Debug)]
pub(super) struct PostOffice {
    pub(super) provider: &'static Provider,
    pub(super) clock: Clock,
    pub(super) database: Arc<Database>,
    pub(super) trust: Trust,
    pub(super) key: SoftKey,
    pub(super) client: Client,
}

/// A receipt that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    /// The receipt's own id, made once, so that trying again sends no second one.
    id: Uuid,
    back: Back,
    answer: Answer,
    spoilt: Spoilt,
}

impl Receipt {
    pub(crate) fn new(back: Back, answer: Answer, spoilt: Spoilt) -> Self {
        Self { id: Uuid::new_v4(), back, answer, spoilt }
    }
}

/// Why a piece of work was not finished. It stays and is tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Own(#[from] Error),
    #[error("{0}")]
    Receipt(#[from] Finding),
}

impl super::Counterpart for PostOffice {
    type Error = WorkError;

    fn pause(&self) -> Duration {
        self.clock.delay(POLL_SECONDS)
    }

    fn number(&self) -> &'static str {
        self.provider.number
    }

    async fn turn(&self) -> Result<(), WorkError> {
        self.answer().await?;
        self.collect().await
    }
}

impl PostOffice {
    async fn collect(&self) -> Result<(), WorkError> {
        for letter in self.client.letters().await? {
            let Some(sbd) = unverified(&letter.message) else { continue };
            let Some(id) = sbd.message_id().map(|id| id.to_string()) else { continue };
            if !Entry::is_kept(&self.database, &id)? {
                self.take(&id, &sbd, &letter).await?;
            }
            self.client.read_letter(&id).await?;
        }
        Ok(())
    }

    /// Keeps what came, together with what is to be answered.
    async fn take(&self, id: &str, sbd: &Sbd, letter: &Letter) -> Result<(), WorkError> {
        let package = match &letter.package {
            Some(url) => self.client.package(url).await?,
            None => Vec::new(),
        };
        let keys = self.client.token_keys().await?;
        let policy = self.trust.policy(self.clock.wall(), self.client.revocation_lists().await?);
        let mut reading = Reading::of(sbd);
        let read = reading.read(self.provider, &self.key, (&letter.message, &package), policy, &keys);
        let refused = match read {
            Ok(()) => self.failure(&reading)?,
            Err(refused) => Some(refused),
        };
        let entry = Entry {
            at: self.clock.now(),
            transfer: id.to_owned(),
            sender: reading.owner.clone(),
            recipient: self.provider.number.to_owned(),
            message_id: id.to_owned(),
            conversation_id: reading.conversation.clone(),
            document_type: sbd.document_type().as_str().to_owned(),
            documents: reading.documents.clone(),
            verdict: if refused.is_none() { "ok" } else { "refused" }.to_owned(),
            findings: refused.as_ref().map(|one| one.codes.clone()).unwrap_or_default(),
            signer: reading.signer.clone(),
            message_channel: None,
            person: reading.person.map(|one| one.name.to_owned()),
            shown: if refused.is_none() {
                reading.shown.iter().map(|&kind| kind.to_owned()).collect()
            } else {
                Vec::new()
            },
            notices: if refused.is_none() { reading.notices(self.provider) } else { Vec::new() },
        };
        let back = Back { conversation: reading.conversation.clone(), to: reading.owner.clone() };
        let mut receipts = Vec::new();
        for (seconds, answer) in plan::plan(self.provider.trade, &reading, refused) {
            let receipt = Receipt::new(back.clone(), answer, Spoilt::No);
            receipts.push((serde_json::to_string(&receipt).map_err(Error::from)?, self.clock.after(seconds)));
        }
        entry.keep(&self.database, &receipts)?;
        Ok(())
    }

    /// What this provider does wrong itself: every other letter of a sender to some people.
    fn failure(&self, reading: &Reading) -> Result<Option<Refused>, Error> {
        let fails = |one: &&Resident| one.habit == Habit::FailsOnce && reading.is_digital;
        let Some(person) = reading.person.filter(fails) else { return Ok(None) };
        let last = Entry::newest(&self.database, &reading.owner, person.name)?;
        let failed = last.is_some_and(|one| one.findings.iter().any(|code| code == OWN_FAILURE));
        let failure = || Refused::server(OWN_FAILURE, "Postkassen er ikke tilgjengelig nå. Prøv igjen.");
        Ok((!failed).then(failure))
    }

    async fn answer(&self) -> Result<(), WorkError> {
        for Due { number, task } in task::due::<Receipt>(&self.database, self.provider.number, self.clock.now())? {
            let jws = receipt::write(self.provider, &self.key, &task, self.clock.wall())?;
            self.client.receipt(&task.id.to_string(), &jws).await?;
            task::done(&self.database, number)?;
        }
        Ok(())
    }
}

/// The document inside a message whose signature nobody has looked at yet.
fn unverified(message: &str) -> Option<Sbd> {
    let payload = URL_SAFE_NO_PAD.decode(message.split('.').nth(1)?).ok()?;
    Sbd::parse(&payload, None).ok()
}
