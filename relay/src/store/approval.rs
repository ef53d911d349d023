//! What a store keeps of letters that wait for approval.

use std::fmt::Debug;

use super::Answer;
use crate::approval::{Decided, Decision, HeldLetter};

/// Letters waiting for approval that are told of at once.
pub const HELD: usize = 100;

/// What waits until somebody has approved it. [`super::Outbox::accept`] keeps it so, and [`super::Outbox::expire`] ends it.
pub trait Approvals: Debug + Send + Sync {
    /// An organisation's letters that wait, oldest first, at most [`HELD`].
    fn waiting(&self, organisation: &str) -> Answer<'_, Vec<HeldLetter>>;

    /// A letter that waits.
    fn held(&self, id: &str) -> Answer<'_, Option<HeldLetter>>;

    /// Writes a decision down, once: the event, the entry in the audit log and, if the letter is approved, its row in the
    /// queue. What was kept for it meanwhile is gone afterwards.
    fn decide(&self, decision: Decision) -> Answer<'_, Decided>;
}
