//! Four eyes: letters that a rule covers are committed and wait, and no worker can take one before somebody else than its
//! sender has approved it. Its delivery is kept beside the queue and enters it with the approval.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvolutt_shared::api::{Approval, ApprovalRule, ApprovalStep, MessageSummary, Source, Status, StatusEvent};
use konvolutt_shared::finding::Rule;
use konvolutt_shared::seal::RecipientInfo;
use konvolutt_shared::status;

use crate::audit::Record;
use crate::channel;
use crate::clock::World;
use crate::identity::Caller;
use crate::message;
use crate::problem::Refusal;

/// The largest [`konvolutt_shared::api::Submission::approval_key`], in characters of base64: one of RSA-8192 under a long
/// issuer's name.
const MOST_KEY: usize = 8 * 1024;

/// What is kept of a letter that is to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Who sends it: [`Caller::owner`].
    pub sender: String,
    /// The same, as others read it.
    pub sent_by: String,
    /// The content key for the sender's own organisation: base64 DER.
    pub key: Option<String>,
}

/// A letter that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLetter {
    pub summary: MessageSummary,
    pub hold: Hold,
}

/// What somebody decides about a letter that waits.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The relay's id of the message.
    pub message: String,
    /// [`ApprovalStep::Approved`] or [`ApprovalStep::Returned`].
    pub step: ApprovalStep,
    /// What the history tells.
    pub event: StatusEvent,
    pub record: Record,
}

impl Decision {
    /// A decision by this caller. The note is for the sender.
    pub fn of(caller: &Caller, message: &str, note: Option<String>, world: &dyn World, record: Record) -> Self {
        let (step, status) = match note {
            None => (ApprovalStep::Approved, Status::Annet),
            Some(_) => (ApprovalStep::Returned, Status::Feil),
        };
        let approval = Some(Approval { step, by: caller.shown_as().to_owned() });
        let event = StatusEvent { approval, description: note, ..message::event(world.now(), status, Source::Person) };
        Self { message: message.to_owned(), step, event, record }
    }
}

/// What came of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is written, and an approved letter is queued.
    Now,
    /// The same had been decided before; nothing was done again.
    Again,
    /// The opposite had been decided before, or the letter does not wait for another reason.
    Otherwise,
}

impl Decided {
    /// What is told about a letter that does not wait any more, by its history.
    pub fn before(events: &[StatusEvent], step: ApprovalStep) -> Self {
        if status::decided(events) == Some(step) { Self::Again } else { Self::Otherwise }
    }
}

/// What is to be kept of a letter that is about to enter, if a rule covers it.
///
/// # Errors
/// [`Rule::ApprovalImpossible`] for a letter that cannot wait, [`Rule::RequestInvalid`] for a key that is none, or that no
/// rule asks for.
pub fn hold(
    rules: &[ApprovalRule],
    caller: &Caller,
    (organisation, channel): (&str, &str),
    key: Option<&str>,
) -> Result<Option<Hold>, Refusal> {
    if !rules.iter().any(|rule| rule.covers(organisation, channel)) {
        return match key {
            None => Ok(None),
            Some(_) => Err(Refusal::rule(Rule::RequestInvalid, "no rule asks for an approvalKey")),
        };
    }
    if channel == channel::DPI {
        let message = "the access token in a letter to a mailbox expires long before somebody can approve it";
        return Err(Refusal::rule(Rule::ApprovalImpossible, message));
    }
    if !key.is_none_or(is_key) {
        return Err(Refusal::rule(Rule::RequestInvalid, "the approvalKey is no RecipientInfo in base64"));
    }
    let (sender, sent_by) = (caller.owner().to_owned(), caller.shown_as().to_owned());
    Ok(Some(Hold { sender, sent_by, key: key.map(str::to_owned) }))
}

fn is_key(text: &str) -> bool {
    text.len() <= MOST_KEY && STANDARD.decode(text).is_ok_and(|der| RecipientInfo::read(&der).is_ok())
}

/// That somebody else than its sender decides about a letter.
///
/// # Errors
/// [`Rule::ApprovalOwn`].
pub fn by_another(caller: &Caller, hold: &Hold) -> Result<(), Refusal> {
    if caller.owner() == hold.sender {
        return Err(Refusal::rule(Rule::ApprovalOwn, "nobody approves what they sent themselves"));
    }
    Ok(())
}
