//! The Altinn broker as far as the relay calls it: the sandbox's own state machine, without HTTP and disk, and with
//! faults at every call.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::broker::dpo::{Listing, Overview, Recipient, Wire, already_uploaded, lost};
use konvolutt_relay::broker::{Dispatch, Failure, Fetched, Reply, StoredPackage};
use konvolutt_relay::clock::World;
use konvolutt_sandbox::transfer::{Order, RecipientStatus, Refusal, Status, Stored, Timing, Transfer};
use konvolutt_shared::finding::{Finding, Rule};
use uuid::Uuid;

use crate::clock::Clock;
use crate::edge::pause;
use crate::operation::Fault;
use crate::post::THEIRS;

/// Altinn 3 Broker's own times (its scan takes seconds or more), and an upload that it gives up after as long as we do.
fn timing() -> Timing {
    Timing {
        scan: SignedDuration::from_secs(2),
        ttl: SignedDuration::from_hours(30 * 24),
        grace: Some(SignedDuration::from_hours(2)),
        stuck: SignedDuration::from_hours(24),
    }
}

/// A transfer and what was uploaded into it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) transfer: Transfer,
    pub(crate) sbd: String,
    digest: Option<String>,
}

/// What comes through later.
#[derive(Debug)]
enum Later {
    Initialize(Uuid, Box<Dispatch>),
    Upload(Uuid, Box<Dispatch>),
    Finish(Uuid),
}

#[derive(Debug, Default)]
struct State {
    held: BTreeMap<Uuid, Held>,
    later: Vec<(Timestamp, Later)>,
    armed: Vec<Fault>,
    down_until: Option<Timestamp>,
    /// Until when, and whether it is 429.
    sick: Option<(Timestamp, bool)>,
    /// Faults that have struck.
    struck: u64,
    refused: bool,
}

/// The broker.
#[derive(Clone, Debug)]
pub(crate) struct Altinn {
    clock: Arc<Clock>,
    state: Arc<Mutex<State>>,
}

/// What kind of call meets a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Look,
    Initialize,
    Upload,
    Confirm,
}

impl Altinn {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        Self { clock, state: Arc::default() }
    }

    /// The state at the present time.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap();
        state.advance(self.clock.now());
        state
    }

    pub(crate) fn arm(&self, fault: Fault) {
        let (mut state, now) = (self.state(), self.clock.now());
        match fault {
            Fault::Down(seconds) => state.down_until = Some(now + SignedDuration::from_secs(seconds)),
            Fault::Sick(seconds, busy) => state.sick = Some((now + SignedDuration::from_secs(seconds), busy)),
            fault => state.armed.push(fault),
        }
    }

    /// No more faults; what is under way still comes.
    pub(crate) fn calm(&self) {
        let mut state = self.state();
        state.armed.clear();
        state.down_until = None;
        state.sick = None;
    }

    pub(crate) fn struck(&self) -> u64 {
        self.state().struck
    }

    /// Whether anything was ever refused.
    pub(crate) fn has_refused(&self) -> bool {
        self.state().refused
    }

    /// When something is under way that will happen by itself.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let state = self.state();
        let busy = |held: &&Held| held.transfer.status == Status::UploadProcessing;
        let scans = state.held.values().filter(busy).filter_map(|held| held.transfer.due());
        scans.chain(state.later.iter().map(|(at, _)| *at)).min()
    }

    /// Somebody else sends us a transfer, all at once.
    pub(crate) fn arrive(&self, sender: &str, recipient: &str, sbd: &str, digest: Option<String>) {
        let (now, id) = (self.clock.now(), self.clock.random());
        let dispatch = Dispatch {
            reference: self.clock.random().to_string(),
            created: now,
            sender: sender.to_owned(),
            recipient: recipient.to_owned(),
            sbd: sbd.to_owned(),
            package: None,
            package_size: 0,
            details: None,
            doubtful: false,
        };
        let mut state = self.state();
        state.initialize(id, &dispatch, now);
        state.begin(id, &dispatch, now).unwrap();
        let held = state.held.get_mut(&id).unwrap();
        held.digest = digest;
        // What is not fetched for a month is purged by the broker's own rule. That is no fault of the relay.
        held.transfer.expires = now + SignedDuration::from_hours(1_000_000);
        state.finish(id, now);
    }

    /// Looks at every transfer.
    pub(crate) fn each(&self, look: impl FnMut(&Held)) {
        self.state().held.values().for_each(look);
    }

    /// A fault that this call meets. `Ok(None)`: none. `Err`: nothing is done but this is answered.
    fn fault(&self, call: Call) -> Result<Option<Fault>, Failure> {
        let (mut state, now) = (self.state(), self.clock.now());
        if state.down_until.is_some_and(|until| now < until) {
            state.struck += 1;
            return Err(Failure::Later { after: None, finding: Finding::error(Rule::ServiceDown, "503") });
        }
        let fits = |fault: &Fault| match fault {
            Fault::Cut | Fault::Slow(_) => call == Call::Upload,
            Fault::Late(_) => matches!(call, Call::Initialize | Call::Upload),
            Fault::AnswerLost => true,
            // Only what is about a message; a look that is refused would be a bug of the broker.
            Fault::Refused => matches!(call, Call::Initialize | Call::Upload),
            Fault::Busy(_) => true,
            Fault::Down(_) | Fault::Sick(..) | Fault::StoreRefuses | Fault::StoreForgets => false,
        };
        let Some(found) = state.armed.iter().position(fits) else { return Ok(None) };
        state.struck += 1;
        match state.armed.remove(found) {
            Fault::Busy(seconds) => Err(Failure::Later {
                after: Some(Duration::from_secs(seconds)),
                finding: Finding::error(Rule::ServiceBusy, "429"),
            }),
            Fault::Refused => {
                state.refused = true;
                Err(Failure::Refused(Finding::error(Rule::ServiceRefused, "400")))
            }
            // What only looks can be asked again.
            Fault::AnswerLost if call == Call::Look => {
                Err(Failure::Later { after: None, finding: Finding::error(Rule::ServiceDown, "no answer") })
            }
            fault => Ok(Some(fault)),
        }
    }

    /// The first of our counterparts cannot be written to at times.
    fn sick(&self, dispatch: &Dispatch) -> Result<(), Failure> {
        let (mut state, now) = (self.state(), self.clock.now());
        match state.sick {
            Some((until, busy)) if now < until && dispatch.recipient == THEIRS[0] => {
                state.struck += 1;
                let rule = if busy { Rule::ServiceBusy } else { Rule::ServiceDown };
                let after = busy.then_some(Duration::from_secs(1));
                Err(Failure::Later { after, finding: Finding::error(rule, "sick") })
            }
            _ => Ok(()),
        }
    }

    fn later(&self, seconds: i64, what: Later) -> Failure {
        let at = self.clock.now() + SignedDuration::from_secs(seconds);
        self.state().later.push((at, what));
        lost()
    }

    fn initialize_now(&self, dispatch: &Dispatch) -> Result<String, Failure> {
        self.sick(dispatch)?;
        let id = self.clock.random();
        match self.fault(Call::Initialize)? {
            Some(Fault::Late(seconds)) => Err(self.later(seconds, Later::Initialize(id, Box::new(dispatch.clone())))),
            fault => {
                let now = self.clock.now();
                self.state().initialize(id, dispatch, now);
                if fault.is_some() { Err(lost()) } else { Ok(id.to_string()) }
            }
        }
    }

    fn upload_now(&self, transfer: &str, dispatch: &Dispatch) -> Result<(), Failure> {
        let (id, now) = (transfer.parse().unwrap(), self.clock.now());
        let fault = self.fault(Call::Upload)?;
        if let Some(Fault::Late(seconds)) = fault {
            return Err(self.later(seconds, Later::Upload(id, Box::new(dispatch.clone()))));
        }
        self.state().begin(id, dispatch, now).map_err(|refusal| match refusal {
            Refusal::AlreadyUploaded => already_uploaded(),
            other => Failure::Refused(Finding::error(Rule::ServiceRefused, format!("{other:?}"))),
        })?;
        match fault {
            Some(Fault::Cut) => Err(lost()),
            Some(Fault::Slow(seconds)) => Err(self.later(seconds, Later::Finish(id))),
            fault => {
                self.state().finish(id, now);
                if fault.is_some() { Err(lost()) } else { Ok(()) }
            }
        }
    }

    fn look(&self, transfer: &str) -> Result<Overview, Failure> {
        self.fault(Call::Look)?;
        let state = self.state();
        let Some(Held { transfer, .. }) = state.held.get(&transfer.parse().unwrap()) else {
            return Err(Failure::Refused(Finding::error(Rule::ServiceRefused, "404")));
        };
        let recipients = transfer.recipients.iter().map(|one| Recipient {
            recipient: format!("0192:{}", one.organisation),
            current_recipient_file_transfer_status_code: one.status.name().to_owned(),
        });
        Ok(Overview {
            senders_file_transfer_reference: Some(transfer.senders_reference.clone()),
            file_transfer_status: transfer.status.name().to_owned(),
            file_transfer_status_changed: transfer.changed.to_string(),
            created: transfer.created.to_string(),
            published: transfer.published.map(|at| at.to_string()),
            sender: format!("0192:{}", transfer.sender),
            file_transfer_size: Some(transfer.size),
            checksum: transfer.checksum.clone(),
            recipients: recipients.collect(),
        })
    }

    fn ids(&self, organisation: &str, listing: &Listing) -> Result<Vec<String>, Failure> {
        self.fault(Call::Look)?;
        let state = self.state();
        let fits = |transfer: &Transfer| {
            let mine = |one: &konvolutt_sandbox::transfer::Recipient| {
                one.organisation == organisation && one.status.name() == listing.state
            };
            transfer.status == Status::Published && transfer.recipients.iter().any(mine)
        };
        let mut found: Vec<(Timestamp, Uuid)> = state
            .held
            .values()
            .map(|held| &held.transfer)
            .filter(|transfer| fits(transfer) && listing.from.is_none_or(|from| transfer.changed > from))
            .map(|transfer| (transfer.changed, transfer.id))
            .collect();
        found.sort();
        Ok(found.into_iter().take(100).map(|(_, id)| id.to_string()).collect())
    }

    fn download(&self, organisation: &str, transfer: &str) -> Result<Fetched, Failure> {
        self.fault(Call::Look)?;
        let (mut state, now) = (self.state(), self.clock.now());
        let held = state.held.get_mut(&transfer.parse().unwrap()).unwrap();
        held.transfer
            .download(organisation, now)
            .map_err(|refusal| Failure::Refused(Finding::error(Rule::ServiceRefused, format!("{refusal:?}"))))?;
        let package =
            held.digest.clone().map(|sha256| StoredPackage { path: format!("in-{transfer}").into(), size: 1, sha256 });
        Ok(Fetched { sbd: Some(held.sbd.clone().into_bytes()), package, findings: Vec::new(), ..Fetched::default() })
    }

    fn confirm_now(&self, organisation: &str, transfer: &str) -> Result<(), Failure> {
        let fault = self.fault(Call::Confirm)?;
        let (mut state, now) = (self.state(), self.clock.now());
        let held = state.held.get_mut(&transfer.parse().unwrap()).unwrap();
        held.transfer
            .confirm(organisation, now, &timing())
            .map_err(|refusal| Failure::Refused(Finding::error(Rule::ServiceRefused, format!("{refusal:?}"))))?;
        if fault.is_some() { Err(lost()) } else { Ok(()) }
    }
}

impl State {
    /// Lets time act, in its order.
    fn advance(&mut self, now: Timestamp) {
        self.later.sort_by_key(|(at, _)| *at);
        while self.later.first().is_some_and(|(at, _)| *at <= now) {
            match self.later.remove(0) {
                (at, Later::Initialize(id, dispatch)) => self.initialize(id, &dispatch, at),
                (at, Later::Upload(id, dispatch)) => {
                    if self.begin(id, &dispatch, at).is_ok() {
                        self.finish(id, at);
                    }
                }
                (at, Later::Finish(id)) => self.finish(id, at),
            }
        }
        self.held.values_mut().for_each(|held| _ = held.transfer.advance(now));
    }

    fn initialize(&mut self, id: Uuid, dispatch: &Dispatch, now: Timestamp) {
        let order = Order {
            resource: String::new(),
            file_name: "sbd.zip".to_owned(),
            senders_reference: dispatch.reference.clone(),
            sender: dispatch.sender.clone(),
            recipients: vec![dispatch.recipient.clone()],
            properties: BTreeMap::new(),
            checksum: None,
            virus_scan: true,
        };
        let transfer = Transfer::initialize(id, order, now, &timing());
        self.held.insert(id, Held { transfer, sbd: String::new(), digest: None });
    }

    fn begin(&mut self, id: Uuid, dispatch: &Dispatch, now: Timestamp) -> Result<(), Refusal> {
        let held = self.held.get_mut(&id).ok_or(Refusal::NotFound)?;
        held.transfer.advance(now);
        held.transfer.begin_upload(&dispatch.sender, now, &timing())?;
        held.sbd.clone_from(&dispatch.sbd);
        Ok(())
    }

    fn finish(&mut self, id: Uuid, now: Timestamp) {
        let stored = Stored { size: 1, md5: String::new(), infected: false };
        // It may have been given up in the meantime.
        let _ = self.held.get_mut(&id).unwrap().transfer.finish_upload(&stored, now, &timing());
    }
}

impl Held {
    /// Whether its recipient could ever fetch it.
    pub(crate) fn was_published(&self) -> bool {
        self.transfer.published.is_some()
    }

    /// Whether its only recipient has confirmed it.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.transfer.recipients[0].status == RecipientStatus::DownloadConfirmed
    }
}

/// Waits before and after, so that the caller can die in both places.
macro_rules! call {
    ($do:expr) => {
        Box::pin(async move {
            pause().await;
            let result = $do;
            pause().await;
            result
        })
    };
}

impl Wire for Altinn {
    fn initialize<'a>(&'a self, dispatch: &'a Dispatch) -> Reply<'a, String> {
        call!(self.initialize_now(dispatch))
    }

    fn overview<'a>(&'a self, _: &'a str, transfer: &'a str) -> Reply<'a, Overview> {
        call!(self.look(transfer))
    }

    fn list<'a>(&'a self, organisation: &'a str, listing: &'a Listing) -> Reply<'a, Vec<String>> {
        call!(self.ids(organisation, listing))
    }

    fn upload<'a>(&'a self, transfer: &'a str, dispatch: &'a Dispatch) -> Reply<'a, ()> {
        call!(self.upload_now(transfer, dispatch))
    }

    fn fetch<'a>(
        &'a self,
        organisation: &'a str,
        transfer: &'a str,
        _: &'a Overview,
        _: &'a Path,
    ) -> Reply<'a, Fetched> {
        call!(self.download(organisation, transfer))
    }

    fn confirm<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, ()> {
        call!(self.confirm_now(organisation, transfer))
    }
}
