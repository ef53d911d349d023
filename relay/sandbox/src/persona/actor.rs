//! One counterpart: collects, opens, verifies, and answers.

use std::sync::Arc;
use std::time::Duration;

use konvolutt_shared::api::Status;
use konvolutt_shared::archive;
use konvolutt_shared::container::verify::{Verified, VerifyPolicy, verify};
use konvolutt_shared::container::zip;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::{Iso6523, MessageId};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Policy, SoftKey};
use konvolutt_shared::sbd::{self, ReceiptMessage, Sbd};
use konvolutt_shared::seal;
use uuid::Uuid;

use super::Trust;
use super::client::{CallError, Client};
use super::letter::{self, Flaw, Letter};
use super::task::{self, Due, Task};
use crate::authority::Authority;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;
use crate::mailbox::{Document, Entry};
use crate::seed::{self, Behaviour, Organisation};
use crate::wishes::Wishes;

/// Seconds between two looks at the broker.
const POLL_SECONDS: f64 = 0.5;

/// A counterpart with everything it owns.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) organisation: &'static Organisation,
    pub(super) clock: Clock,
    pub(super) database: Arc<Database>,
    pub(super) trust: Trust,
    pub(super) key: SoftKey,
    pub(super) client: Client,
    /// Only to let a stranger sign: everything else goes over the wire.
    pub(super) authority: Arc<Authority>,
}

/// Why a piece of work was not finished. It stays and is tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Own(#[from] Error),
    #[error("{0}")]
    Letter(Finding),
}

impl From<Finding> for WorkError {
    fn from(finding: Finding) -> Self {
        Self::Letter(finding)
    }
}

impl From<Vec<Finding>> for WorkError {
    fn from(findings: Vec<Finding>) -> Self {
        let none = || Finding::error(Rule::Broken, "refused without a finding");
        Self::Letter(findings.into_iter().next().unwrap_or_else(none))
    }
}

/// What came in one transfer, read.
struct Received {
    sbd: Option<Sbd>,
    sbd_text: String,
    documents: Vec<Document>,
    /// Of the archive record, if there is one.
    title: String,
    signer: Option<String>,
    verdict: &'static str,
    findings: Vec<String>,
}

impl super::Counterpart for Actor {
    type Error = WorkError;

    fn pause(&self) -> Duration {
        self.clock.delay(POLL_SECONDS)
    }

    fn number(&self) -> &'static str {
        self.organisation.number
    }

    async fn turn(&self) -> Result<(), WorkError> {
        self.answer().await?;
        self.collect().await
    }
}

impl Actor {
    async fn collect(&self) -> Result<(), WorkError> {
        if self.organisation.behaviour == Behaviour::Silent {
            return Ok(());
        }
        for id in self.client.waiting().await? {
            let overview = self.client.overview(&id).await?;
            let bytes = self.client.download(&id).await?;
            let sender = overview.sender.rsplit(':').next().unwrap_or_default();
            self.take(&id, sender, &bytes).await?;
            self.client.confirm(&id).await?;
        }
        Ok(())
    }

    /// Keeps what came, together with what is to be answered.
    async fn take(&self, id: &str, sender: &str, bytes: &[u8]) -> Result<(), WorkError> {
        let policy = self.trust.policy(self.clock.wall(), self.client.revocation_lists().await?);
        let received = self.read(sender, bytes, policy);
        let entry = Entry {
            at: self.clock.now(),
            transfer: id.to_owned(),
            sender: sender.to_owned(),
            recipient: self.organisation.number.to_owned(),
            message_id: text(received.sbd.as_ref().and_then(Sbd::message_id)),
            conversation_id: text(received.sbd.as_ref().and_then(Sbd::conversation_id)),
            document_type: received.sbd.as_ref().map(|sbd| sbd.document_type().as_str().to_owned()).unwrap_or_default(),
            documents: received.documents,
            verdict: received.verdict.to_owned(),
            findings: received.findings.clone(),
            signer: received.signer,
            message_channel: received.sbd.as_ref().and_then(Sbd::message_channel).map(str::to_owned),
            person: None,
            shown: Vec::new(),
            notices: Vec::new(),
        };
        let wants_answer = received.sbd.as_ref().is_some_and(|sbd| sbd.document_type().has_package());
        let plan = match received.verdict {
            "ok" if wants_answer => {
                task::plan(self.organisation.behaviour, &received.sbd_text, &Wishes::of(&received.title))
            }
            "refused" if wants_answer => {
                let code = received.findings.first().map(String::as_str).unwrap_or_default();
                task::plan_refusal(&received.sbd_text, code)
            }
            _ => Vec::new(),
        };
        let mut tasks = Vec::new();
        for (seconds, task) in plan {
            tasks.push((serde_json::to_string(&task).map_err(Error::from)?, self.clock.after(seconds)));
        }
        entry.keep(&self.database, &tasks)?;
        Ok(())
    }

    fn read(&self, sender: &str, bytes: &[u8], policy: Policy) -> Received {
        let mut received = Received {
            sbd: None,
            sbd_text: String::new(),
            documents: Vec::new(),
            title: String::new(),
            signer: None,
            verdict: "refused",
            findings: Vec::new(),
        };
        match self.open(sender, bytes, policy, &mut received) {
            Ok(Some(verified)) => {
                received.verdict = "ok";
                received.signer.clone_from(&verified.signer().organisation);
                received.findings = verified.findings().iter().map(code).collect();
                received.documents = verified
                    .documents()
                    .iter()
                    .map(|one| Document {
                        name: one.name().to_owned(),
                        media_type: one.media_type().unwrap_or_default().to_owned(),
                        size: one.size(),
                        sha256: one.sha256_hex().to_owned(),
                    })
                    .collect();
            }
            Ok(None) => received.verdict = "none",
            Err(findings) => received.findings = findings.iter().map(code).collect(),
        }
        received
    }

    /// The ladder: transfer, SBD, names, sealed package, verified container. `None` if there is no package to open.
    fn open(
        &self,
        sender: &str,
        bytes: &[u8],
        path: Policy,
        received: &mut Received,
    ) -> Result<Option<Verified>, Vec<Finding>> {
        let limits = Limits::default();
        let parts = zip::read(bytes, &limits)?;
        let entry = |name: &str| parts.find(name).map(|entry| parts.read(entry).map_err(|finding| vec![finding]));
        let missing = |what: &str| vec![Finding::error(Rule::TransferDocument, what.to_owned())];
        let text = entry("sbd.json").ok_or_else(|| missing("no sbd.json"))??;
        received.sbd_text = String::from_utf8_lossy(&text).into_owned();
        let sbd = Sbd::parse(&text, None)?;
        let named = sbd.sender().map(organisation_of).unwrap_or_default();
        let receiver = sbd.receiver().map(organisation_of).unwrap_or_default();
        let needs_package = sbd.document_type().needs_package();
        received.sbd = Some(sbd);
        if named != sender || receiver != self.organisation.number {
            return Err(vec![Finding::error(Rule::NamesAgree, "broker and envelope name different parties")]);
        }
        let Some(sealed) = entry("asic.zip") else {
            let refusal = Finding::error(Rule::TransferPackage, "no package");
            return if needs_package { Err(vec![refusal]) } else { Ok(None) };
        };
        let opened = seal::open(&sealed?, &self.key, &limits).map_err(|finding| vec![finding])?;
        // Who acts for another signs itself; the broker shows the other.
        let signer = received.sbd.as_ref().and_then(Sbd::sender).and_then(Iso6523::number);
        let policy = VerifyPolicy { path, sender: signer.map(|number| number.to_string()), limits };
        let (verdict, content) = verify(&opened, &policy);
        let verified = verdict.good().map_err(|refusal| {
            received.signer = refusal.signer.and_then(|signer| signer.organisation);
            refusal.findings
        })?;
        let record = verified.documents().iter().find(|one| one.name() == archive::FILE_NAME);
        let record = record.and_then(|one| archive::read(content.content(one)).ok());
        received.title = record.map(|(record, _)| record.title().to_owned()).unwrap_or_default();
        Ok(Some(verified))
    }

    async fn answer(&self) -> Result<(), WorkError> {
        for Due { number, task } in task::due::<Task>(&self.database, self.organisation.number, self.clock.now())? {
            self.perform(task).await?;
            task::done(&self.database, number)?;
        }
        Ok(())
    }

    async fn perform(&self, task: Task) -> Result<(), WorkError> {
        let now = self.clock.wall();
        match task {
            Task::Status { original, status } => {
                let sbd = sbd::status(&Sbd::parse(original.as_bytes(), None)?, status, now)?;
                let copies = if self.organisation.behaviour == Behaviour::Doubles { 2 } else { 1 };
                self.send(&sbd, &sbd.to_json(), None, copies).await
            }
            Task::Word { original, word } => {
                let sbd = sbd::status(&Sbd::parse(original.as_bytes(), None)?, Status::Levert, now)?;
                let text = sbd.to_json().replace("\"LEVERT\"", &format!("\"{word}\""));
                self.send(&sbd, &text, None, 1).await
            }
            Task::Receipt { original, receipt, code, text } => {
                let messages = if code.is_empty() { Vec::new() } else { vec![ReceiptMessage { code, text }] };
                let original = Sbd::parse(original.as_bytes(), None)?;
                let sbd = sbd::kvittering(&original, &receipt, &messages, new_message_id()?, now)?;
                self.send(&sbd, &sbd.to_json(), None, 1).await
            }
            Task::Reply { original, flaw, copies } => {
                let original = Sbd::parse(original.as_bytes(), None)?;
                let head = sbd::reply_head(&original, new_message_id()?, now, letter::deadline(now))?;
                self.write(Letter::reply(head, self.organisation.name), flaw, copies).await
            }
            Task::Write { to, flaw } => {
                let letter = Letter::first(self.organisation, &to, now)?;
                self.write(letter, flaw, 1).await
            }
            Task::Agreed { to } => {
                let sbd = letter::agreed(self.organisation, &to, now)?;
                self.send(&sbd, &sbd.to_json(), None, 1).await
            }
            Task::Stray { to } => {
                let sbd = letter::stray(self.organisation, &to, now)?;
                self.send(&sbd, &sbd.to_json(), None, 1).await
            }
        }
    }

    async fn write(&self, letter: Letter, flaw: Flaw, copies: u8) -> Result<(), WorkError> {
        let letter = if flaw == Flaw::Expired { letter.aged() } else { letter };
        let recipient = self.client.certificate_of(&organisation_of(&letter.head.receiver)).await?;
        let now = self.clock.wall();
        let stranger;
        let signer = if flaw == Flaw::ForeignSigner {
            let authority = self.authority.clone();
            let made =
                tokio::task::spawn_blocking(move || authority.organisation(seed::STRANGER, "Fremmed signatar", now));
            let identity = made.await.map_err(Error::authority)??;
            stranger = SoftKey::from_pem(&identity.key_pem()?, &identity.chain_pem())?;
            &stranger
        } else {
            &self.key
        };
        let package = letter.package(signer, &recipient, flaw, now)?;
        let sbd = sbd::arkivmelding(letter.into_head());
        let text = if flaw == Flaw::BadSbd { letter::spoil(&sbd) } else { sbd.to_json() };
        self.send(&sbd, &text, Some(package), copies).await
    }

    async fn send(&self, sbd: &Sbd, text: &str, package: Option<Vec<u8>>, copies: u8) -> Result<(), WorkError> {
        let bytes = letter::transfer(text, package.as_deref(), self.clock.wall())?;
        let receiver = sbd.receiver().map(organisation_of).unwrap_or_default();
        // Statuses and receipts go back over the channel that the sender named, if any.
        let channel = sbd.message_channel().filter(|_| package.is_none()).map(str::to_owned);
        for _ in 0..copies {
            let reference = channel.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
            self.client.send(self.organisation.number, &receiver, &reference, bytes.clone()).await?;
        }
        Ok(())
    }
}

fn code(finding: &Finding) -> String {
    finding.code.as_str().to_owned()
}

fn text(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// Nine digits of a party as the broker knows it, or nothing.
fn organisation_of(party: &Iso6523) -> String {
    party.principal().map(|number| number.to_string()).unwrap_or_default()
}

fn new_message_id() -> Result<MessageId, WorkError> {
    letter::new_message_id().map_err(WorkError::from)
}
