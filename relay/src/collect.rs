//! Brings in what others have sent: download, commit, confirm; then answer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{Direction, OrganisationAccess, Status};
use konvolutt_shared::envelope;
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
use konvolutt_shared::receipt;
use konvolutt_shared::sbd::{self, Layer, Sbd};
use tracing::Instrument as _;

use crate::answer;
use crate::app::App;
use crate::broker::{Failure, Fetched, Mailbox, StoredPackage, Waiting};
use crate::channel::{Channel, carries_answers, verifies_receipts};
use crate::clock::{Machine, World};
use crate::inbox::{Incoming, Taken, Taking, Way};
use crate::message::NewMessage;
use crate::observe::trace;
use crate::packages::Packages;
use crate::store::{Inbox, StoreError};

/// What organisations are called.
pub trait Names: std::fmt::Debug + Send + Sync {
    /// An organisation's name, or its number if the name cannot be had.
    fn name_of<'a>(&'a self, orgnr: &'a str) -> std::pin::Pin<Box<dyn Future<Output = String> + Send + 'a>>;
}

/// What collecting needs.
#[derive(Clone, Copy, Debug)]
pub struct Collector<'a> {
    pub store: &'a dyn Inbox,
    pub mailbox: &'a dyn Mailbox,
    /// The broker's name on rows.
    pub channel: &'a str,
    pub names: &'a dyn Names,
    pub world: &'a dyn World,
    /// Sealed packages.
    pub packages: &'a dyn Packages,
    /// The folder for what is being downloaded.
    pub incoming: &'a Path,
}

/// What came of asking once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polled {
    /// Whether something came in.
    pub came: bool,
    /// How long the broker asked to be left alone.
    pub after: Option<Duration>,
}

/// Polls a broker for an organisation for ever.
pub async fn work(app: Arc<App>, channel: Arc<Channel>, organisation: String, every: Duration) {
    let Some(mailbox) = &channel.mailbox else { return };
    let collector = Collector {
        store: &*app.store,
        mailbox: &**mailbox,
        channel: channel.name,
        names: &*app,
        world: &Machine,
        packages: &*app.packages,
        incoming: app.files.incoming(),
    };
    loop {
        let mut rest = every;
        if collector.turn(&organisation, every).await {
            let polled = collector.poll(&organisation).await;
            if polled.came {
                app.wake.notify_one();
            }
            rest = rest.max(polled.after.unwrap_or_default());
        }
        tokio::time::sleep(rest).await;
    }
}

impl Collector<'_> {
    /// Whether to ask now: of several relays one does, for the broker counts all of them together.
    async fn turn(&self, organisation: &str, every: Duration) -> bool {
        let now = self.world.now();
        let until = SignedDuration::try_from(every).map_or(now, |every| now + every);
        self.store.turn(&format!("{} {organisation}", self.channel), now, until).await.unwrap_or_else(|error| {
            tracing::error!(%error, "it cannot be said whose turn it is to poll");
            false
        })
    }

    /// Takes in everything that waits. What fails is tried by the next poll.
    pub async fn poll(&self, organisation: &str) -> Polled {
        let waiting = match self.mailbox.waiting(organisation).await {
            Ok(waiting) => waiting,
            Err(failure) => {
                tracing::warn!(code = %failure.code(), "the broker cannot be polled");
                let after = if let Failure::Later { after, .. } = failure { after } else { None };
                return Polled { came: false, after };
            }
        };
        let mut came = false;
        for transfer in waiting {
            match self.take(organisation, &transfer).await {
                Ok(new) => came |= new,
                Err(error) => {
                    tracing::error!(%error, transfer = transfer.transfer, "an incoming transfer could not be taken in");
                }
            }
        }
        Polled { came, after: None }
    }

    /// One transfer: stored first, confirmed after, answered through the outbox. Answers whether it was new.
    async fn take(&self, organisation: &str, waiting: &Waiting) -> Result<bool, StoreError> {
        let mut new = false;
        match self.store.taken(organisation, &waiting.transfer).await? {
            Some(Taken::Kept) => {}
            // Somebody has been told. Confirmed, the broker would throw away what nobody has.
            Some(Taken::Left) => return Ok(false),
            None => match self.bring(organisation, waiting).await? {
                Brought::Kept(kept) => new = kept,
                Brought::Left(told) => return Ok(told),
            },
        }
        match self.mailbox.confirm(organisation, &waiting.transfer).await {
            Ok(()) => self.store.confirmed(organisation, &waiting.transfer, self.world.now()).await?,
            Err(failure) => tracing::warn!(code = %failure.into_finding().code, "a transfer is not confirmed yet"),
        }
        Ok(new)
    }

    /// Fetches a transfer and stores it. What cannot be kept is told to the broker, where that wants to know.
    async fn bring(&self, organisation: &str, waiting: &Waiting) -> Result<Brought, StoreError> {
        let fetched = match self.mailbox.fetch(organisation, &waiting.transfer, self.incoming).await {
            Ok(fetched) => fetched,
            Err(failure) => {
                self.complain(organisation, &waiting.transfer, failure).await;
                return Ok(Brought::Left(false));
            }
        };
        let refusal = fetched.findings.iter().find(|finding| fetched.left && finding.refuses()).cloned();
        match (self.keep(organisation, waiting, fetched).await, refusal) {
            (Ok(new), None) => Ok(Brought::Kept(new)),
            (Ok(told), Some(finding)) => {
                self.complain(organisation, &waiting.transfer, Failure::Later { after: None, finding }).await;
                Ok(Brought::Left(told))
            }
            (Err(error), _) => {
                self.complain(organisation, &waiting.transfer, Failure::ours(&error)).await;
                Err(error)
            }
        }
    }

    /// Tells the broker that a transfer could not be taken in: for good if it is for nobody here.
    async fn complain(&self, organisation: &str, transfer: &str, failure: Failure) {
        let permanent = matches!(failure, Failure::Refused(_));
        let finding = failure.into_finding();
        tracing::warn!(code = %finding.code, transfer, "a transfer could not be taken in");
        // A broker that does not answer cannot be told so.
        if matches!(finding.code, Code::ServiceDown | Code::ServiceBusy) {
            return;
        }
        let reason = format!("{}: {}", finding.code, finding.message);
        if let Err(failure) = self.mailbox.reject(organisation, transfer, &reason, permanent).await {
            tracing::warn!(code = %failure.into_finding().code, transfer, "the broker could not be told of it");
        }
    }

    /// The conversation of the letter of ours that a transfer answers, where the channel names that by its transfer.
    async fn answered(&self, fetched: &Fetched) -> Result<Option<String>, StoreError> {
        if carries_answers(self.channel) {
            return Ok(None);
        }
        let sbd = fetched.sbd.as_deref().and_then(|text| Sbd::parse(text, None).ok());
        match sbd.as_ref().and_then(Sbd::receiver_reference) {
            Some(transfer) => self.store.conversation_of(transfer).await,
            None => Ok(None),
        }
    }

    async fn keep(&self, organisation: &str, waiting: &Waiting, fetched: Fetched) -> Result<bool, StoreError> {
        if let Some(package) = &fetched.package {
            self.packages.adopt(&kept_name(&waiting.transfer, package), &package.path).await?;
        }
        let broker_name = match &fetched.party_name {
            Some(name) => name.clone(),
            None => self.names.name_of(&waiting.sender).await,
        };
        let answered = self.answered(&fetched).await?;
        let (details, kept) = (fetched.details.clone(), !fetched.left);
        let (channel, world, now) = (self.channel, self.world, self.world.now());
        let arrival = Arrival { organisation, waiting, broker_name, channel, world, now, details, answered };
        let what = sort(&arrival, fetched);
        let span = match &what {
            Incoming::Receipt { receipt, .. } => {
                let about = receipt.message_id.to_string();
                let trace = self.store.trace_of_sent(organisation, &about).await?;
                trace::below(tracing::debug_span!("message.receipt", transfer = waiting.transfer), trace)
            }
            Incoming::Letter { .. } => tracing::Span::none(),
        };
        let (transfer, organisation) = (waiting.transfer.clone(), organisation.to_owned());
        self.store.take_in(Taking { transfer, organisation, what, kept, now }).instrument(span).await
    }
}

/// What became of a transfer; whether that is new.
enum Brought {
    /// It is here.
    Kept(bool),
    /// It still waits at the broker.
    Left(bool),
}

/// A transfer that has come.
struct Arrival<'a> {
    /// Ours: nine digits.
    organisation: &'a str,
    waiting: &'a Waiting,
    /// Who the broker says sent it.
    broker_name: String,
    channel: &'a str,
    world: &'a dyn World,
    now: Timestamp,
    /// What else the broker told.
    details: Option<String>,
    /// The conversation of the letter of ours that it answers, where the channel names that by its transfer.
    answered: Option<String>,
}

fn sort(arrival: &Arrival<'_>, fetched: Fetched) -> Incoming {
    let Fetched { sbd: text, package, mut findings, .. } = fetched;
    // Times are not judged here: a late receipt counts, and an expired letter is kept with a finding.
    let parsed = text.as_deref().map(|text| Sbd::parse(text, None));
    let text = String::from_utf8_lossy(text.as_deref().unwrap_or_default()).into_owned();
    let sbd = match parsed {
        Some(Ok(sbd)) => sbd,
        other => {
            let wrong = other.and_then(Result::err).unwrap_or_default();
            findings.extend(wrong.into_iter().filter(|one| !findings.contains(one)).collect::<Vec<_>>());
            if findings.is_empty() {
                findings.push(Finding::error(Rule::TransferDocument, "the transfer holds no document"));
            }
            let message = Box::new(aside(arrival, "ukjent", text, package.as_ref(), findings));
            return Incoming::Letter { message, answer: None };
        }
    };
    if let Some(receipt) = receipt::read(&sbd) {
        if !proves(arrival.channel, &sbd, &findings) {
            findings.extend(unproven(&findings));
            let kind = sbd.document_type().as_str();
            let message = Box::new(aside(arrival, kind, text, package.as_ref(), findings));
            return Incoming::Letter { message, answer: None };
        }
        let stray = Finding::warning(Rule::ReceiptUnasked, "a receipt for a message that we did not send");
        let kept = aside(arrival, sbd.document_type().as_str(), text, package.as_ref(), vec![stray]);
        let kept = Box::new(NewMessage { about: Some(receipt.message_id.to_string()), ..kept });
        let way = Way { channel: arrival.channel.to_owned(), broker_sender: arrival.waiting.sender.clone() };
        return Incoming::Receipt { receipt: Box::new(receipt), way, kept };
    }
    letter(arrival, &sbd, package.as_ref(), findings)
}

/// Whether a receipt may be counted at all. A mailbox's is signed, and worth nothing by any other way than the one that
/// verifies it; whatever refuses then says that the signature, or the signer, does not hold.
fn proves(channel: &str, sbd: &Sbd, findings: &[Finding]) -> bool {
    let signed = sbd.layer() == Layer::Dpi;
    signed == verifies_receipts(channel) && !(signed && findings.iter().any(Finding::refuses))
}

/// Said of a receipt that came by a way where it could not be verified.
fn unproven(findings: &[Finding]) -> Option<Finding> {
    let silent = !findings.iter().any(Finding::refuses);
    silent.then(|| Finding::error(Rule::ReceiptSilent, "the receipt is not one of this channel, and proves nothing"))
}

/// Kept and shown as what it is; the reference throws such a transfer away.
fn aside(
    arrival: &Arrival<'_>,
    kind: &str,
    sbd: String,
    package: Option<&StoredPackage>,
    findings: Vec<Finding>,
) -> NewMessage {
    let waiting = arrival.waiting;
    NewMessage {
        id: arrival.world.id().to_string(),
        message_id: waiting.transfer.clone(),
        conversation_id: waiting.transfer.clone(),
        direction: Direction::In,
        organisation: arrival.organisation.to_owned(),
        party: OrganisationAccess { name: arrival.broker_name.clone(), orgnr: waiting.sender.clone() },
        document_type: kind.to_owned(),
        process: String::new(),
        created: arrival.now,
        expires: None,
        size: package.map_or(0, |package| package.size),
        sbd,
        envelope: None,
        digest: package.map(|package| package.sha256.clone()),
        channel: arrival.channel.to_owned(),
        broker_sender: Some(waiting.sender.clone()),
        package: package.map(|package| kept_name(&waiting.transfer, package)),
        findings,
        about: None,
        details: arrival.details.clone(),
        trace: None,
        upload: None,
        hold: None,
    }
}

fn letter(arrival: &Arrival<'_>, sbd: &Sbd, package: Option<&StoredPackage>, mut findings: Vec<Finding>) -> Incoming {
    let Arrival { organisation, waiting, now, .. } = *arrival;
    let number = |party: Option<&Iso6523>| party.and_then(Iso6523::principal).map(|number| number.to_string());
    let party = number(sbd.sender()).unwrap_or_else(|| waiting.sender.clone());
    findings.extend(sbd.remarks().iter().cloned());
    // The broker knows who sent it; the document only says so.
    findings.extend(envelope::compare_carriers(&waiting.sender, sbd));
    if number(sbd.receiver()).as_deref() != Some(organisation) {
        findings.push(Finding::error(Rule::TransferAddressee, "the document is addressed to another organisation"));
    }
    if sbd.expires().is_some_and(|expires| expires < now) {
        findings.push(Finding::warning(Rule::DocumentDeadline, "the deadline had passed when it came"));
    }
    if package.is_none() && sbd.document_type().needs_package() {
        findings.push(Finding::error(Rule::TransferPackage, "the transfer holds no package"));
    }
    let refused = findings.iter().any(Finding::refuses);
    let known_name = party == waiting.sender;
    let base = aside(arrival, sbd.document_type().as_str(), sbd.text().to_owned(), package, findings);
    let name = if known_name { base.party.name.clone() } else { party.clone() };
    let message = NewMessage {
        message_id: sbd.message_id().map_or(base.message_id, |id: MessageId| id.to_string()),
        conversation_id: match &arrival.answered {
            Some(conversation) => conversation.clone(),
            None => sbd.conversation_id().map_or(base.conversation_id, |id: ConversationId| id.to_string()),
        },
        party: OrganisationAccess { name, orgnr: party },
        process: sbd.process().to_owned(),
        expires: sbd.expires(),
        ..base
    };
    let status = if refused { None } else { sbd::status(sbd, Status::Mottatt, now).ok() };
    let answer = status.filter(|_| carries_answers(arrival.channel)).map(|status| {
        Box::new(answer::reply(arrival.world, arrival.channel, (&message.id, organisation, &waiting.sender), &status))
    });
    Incoming::Letter { message: Box::new(message), answer }
}

/// A package's name says what is in it: who keeps it again, be it another relay, keeps the same.
fn kept_name(transfer: &str, package: &StoredPackage) -> String {
    let transfer: String = transfer.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    format!("in-{transfer}-{}", package.sha256.get(..16).unwrap_or(&package.sha256))
}

#[cfg(test)]
mod tests;
