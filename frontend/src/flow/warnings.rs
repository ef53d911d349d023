//! What went wrong with something sent, kept until a person has seen it: the portal's frame shows it wherever in the portal
//! the person is. Also what happened while nobody looked.
//!
//! Digdir's requirements for integrations with eFormidling (docs.digdir.no, *Krav og testbeskrivelser*, a draft) ask
//! for it: refused at once, failed later, ran out of time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use konvolutt_shared::api::{
    Attention, Change, Direction, MessageStatus, MessageSummary, MessageView, Source, Status, StatusEvent,
};
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::status::{Conflict, conflicts, held, is_denied};

use super::inbox::{failed, is_to_mailbox, is_to_person, party_name};
use super::timeline::Tone;
use crate::text::{Lang, WarningText, fill, problem};

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was never taken: nothing left. The synchronous failure.
    Refused(Code),
    /// It has not left: whoever carries it refuses our own access. We try again.
    Held,
    /// It could not be delivered. The asynchronous failure.
    Failed,
    /// Whoever was to approve it returned it.
    Returned,
    /// The recipient's case system has turned it down.
    Rejected,
    /// The letter is in the mailbox, but the notification did not arrive.
    NotNotified,
    /// The letter on paper came back.
    CameBack,
    /// It was reported delivered, then as failed, by whomever.
    FailedAfterDelivery,
    /// Nobody fetched it in time.
    Expired,
    /// It was reported delivered, and as expired or failed.
    Contradictory,
    /// It was fetched after its deadline.
    DeliveredLate,
    /// Somebody else than the recipient sent a receipt, or another event was not counted.
    Disputed,
}

impl Kind {
    /// What is wrong with an outgoing message; `None` when nobody need look. The newest that went wrong decides.
    pub fn of(message: &MessageSummary, events: &[StatusEvent]) -> Option<Self> {
        if message.direction != Direction::Out || !failed(message) {
            return None;
        }
        if held(events).is_some() {
            return Some(Self::Held);
        }
        let conflicts = conflicts(events);
        let newest = events.iter().zip(&conflicts).rev().find_map(|(event, conflict)| {
            let disputed = event.finding.as_ref().is_some_and(Finding::refuses);
            match (event.status, conflict) {
                _ if disputed => Some(Self::Disputed),
                (Status::Feil, _) if event.receipt.as_deref() == Some("varslingfeiletkvittering") => {
                    Some(Self::NotNotified)
                }
                (Status::Feil, _) if event.receipt.as_deref() == Some("returpostkvittering") => Some(Self::CameBack),
                (_, Some(Conflict::FailedAfterDelivery)) => Some(Self::FailedAfterDelivery),
                (_, Some(Conflict::ExpiredAfterDelivery)) => Some(Self::Contradictory),
                (_, Some(Conflict::DeliveredAfterFailure)) => Some(Self::Contradictory),
                (_, Some(Conflict::DeliveredLate)) => Some(Self::DeliveredLate),
                (Status::Feil, _) if event.approval.is_some() => Some(Self::Returned),
                (Status::Feil, _) if event.source == Source::Mailbox => Some(Self::Failed),
                (Status::Feil, _) if event.receipt.is_some() => Some(Self::Rejected),
                (Status::Feil, _) => Some(Self::Failed),
                (Status::LevetidUtlopt, _) => Some(Self::Expired),
                _ => None,
            }
        });
        Some(newest.unwrap_or(Self::Failed))
    }

    /// How it feels.
    pub const fn tone(self) -> Tone {
        match self {
            Self::Refused(_)
            | Self::Failed
            | Self::Rejected
            | Self::CameBack
            | Self::FailedAfterDelivery
            | Self::Expired => Tone::Danger,
            Self::Held
            | Self::NotNotified
            | Self::Contradictory
            | Self::DeliveredLate
            | Self::Disputed
            | Self::Returned => Tone::Warning,
        }
    }

    /// Whether it is over with this message, though its status says that it may be sent again.
    pub fn is_final(self, view: &MessageView) -> bool {
        matches!(self, Self::Failed | Self::Rejected) && !view.retryable && !is_to_mailbox(&view.summary)
    }

    /// Whether the advice is to write a new message.
    pub fn wants_new(self, view: &MessageView) -> bool {
        self == Self::Returned || self.is_final(view)
    }

    /// Whether the recipient has not got it, for certain. What nobody fetched in time they may have all the same.
    const fn is_undelivered(self) -> bool {
        matches!(self, Self::Refused(_) | Self::Held | Self::Failed | Self::Returned | Self::Rejected | Self::CameBack)
    }

    /// What happened to `{mottaker}`'s message, and what to do.
    pub const fn text(self, text: &WarningText) -> (&'static str, &'static str) {
        match self {
            Self::Refused(_) => (text.refused, text.refused_now),
            Self::Held => (text.held, text.held_now),
            Self::Failed => (text.failed, text.failed_now),
            Self::Returned => (text.returned, text.returned_now),
            Self::Rejected => (text.rejected, text.rejected_now),
            Self::NotNotified => (text.not_notified, text.not_notified_now),
            Self::CameBack => (text.came_back, text.came_back_now),
            Self::FailedAfterDelivery => (text.failed_after, text.failed_after_now),
            Self::Expired => (text.expired, text.expired_now),
            Self::Contradictory => (text.contradictory, text.contradictory_now),
            Self::DeliveredLate => (text.late, text.late_now),
            Self::Disputed => (text.disputed, text.disputed_now),
        }
    }

    /// Both sentences, with a reason where the code gives one. A person has no name here.
    pub fn sentences(self, recipient: &str, lang: Lang) -> (String, String) {
        let recipient = if recipient.is_empty() { lang.text().person.private } else { recipient };
        let (happened, now) = self.text(&lang.text().warning);
        let reason = match self {
            Self::Refused(code) => format!("{}. ", problem(code, lang).heading),
            _ => String::new(),
        };
        (fill(happened, &[("mottaker", recipient)]), format!("{reason}{now}"))
    }
}

/// Where a warning leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A message, by the relay's id.
    Message(String),
    /// A draft that could not be sent, by its id.
    Draft(String),
}

/// Something a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub about: About,
    /// What went wrong.
    pub kind: Kind,
    /// The recipient's name.
    pub recipient: String,
    /// When the message changed to this; `None` of a draft.
    changed: Option<Timestamp>,
}

/// What is said: of one message what happened to it, of several how many they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Card<'a> {
    /// One message or draft.
    One(&'a Warning),
    /// Several messages.
    Many {
        /// How many.
        count: usize,
        /// As the worst of them feels.
        tone: Tone,
        /// Whether none of them has arrived.
        undelivered: bool,
    },
}

/// All warnings, and how many messages need somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    shown: Vec<Warning>,
    /// The messages that need somebody, of those that were looked at.
    urgent: BTreeSet<String>,
    /// How many there are in all, as the relay has counted them.
    counted: Option<Attention>,
    /// Messages that are being asked about.
    waiting: BTreeSet<String>,
    /// Messages whose warning a person has closed, with the change that it told of.
    closed: BTreeMap<String, Timestamp>,
    /// All that needs somebody is being asked for, and has not been told.
    opening: bool,
    /// Messages that were heard of since.
    heard: BTreeSet<String>,
    /// The newest change that was heard of.
    newest: Option<Timestamp>,
}

/// What happens to them.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// All that needs somebody is being asked for.
    Opening,
    /// All that was sent and needs somebody, when the portal is opened or shown again, and until when a person had seen
    /// everything then. Without that nobody has used this browser before, and nothing is news.
    Opened(Vec<MessageStatus>, Option<Timestamp>),
    /// A message that has changed.
    Changed(Box<MessageStatus>),
    /// A message is being asked about.
    Asking(String),
    /// It is none of this organisation's, or cannot be seen.
    Elsewhere(String),
    /// The relay has counted.
    Counted(Attention),
    /// A draft could not be sent, and its page is not there to say so.
    Refused {
        /// The draft's id.
        draft: String,
        /// The recipient's name.
        recipient: String,
        /// Why.
        code: Code,
    },
    /// A person has seen it.
    Close(About),
    /// A person has seen that there are several messages.
    CloseMessages,
}

impl Warnings {
    /// The newest first.
    pub fn shown(&self) -> &[Warning] {
        &self.shown
    }

    /// One card for all messages from two on, so that they do not push the page away. A draft has its own.
    pub fn cards(&self) -> Vec<Card<'_>> {
        let (messages, drafts): (Vec<_>, Vec<_>) =
            self.shown.iter().partition(|warning| matches!(warning.about, About::Message(_)));
        if messages.len() < 2 {
            return self.shown.iter().map(Card::One).collect();
        }
        let is_bad = messages.iter().any(|warning| warning.kind.tone() == Tone::Danger);
        let many = Card::Many {
            count: messages.len(),
            tone: if is_bad { Tone::Danger } else { Tone::Warning },
            undelivered: messages.iter().all(|warning| warning.kind.is_undelivered()),
        };
        std::iter::once(many).chain(drafts.into_iter().map(Card::One)).collect()
    }

    /// Messages that need somebody; among the newest until the relay has counted all of them.
    pub fn count(&self) -> u64 {
        self.counted.map_or(self.urgent.len() as u64, |counted| counted.sent)
    }

    /// The same with what came in, once the relay has counted.
    pub fn all(&self) -> Option<u64> {
        self.counted.map(|counted| counted.sent + counted.received)
    }

    /// Up to when everything has been seen, once nothing is shown any more.
    pub fn seen_until(&self) -> Option<Timestamp> {
        self.newest.filter(|_| self.shown.is_empty() && self.waiting.is_empty() && !self.opening)
    }

    /// The messages whose warning is shown.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.shown.iter().filter_map(|warning| match &warning.about {
            About::Message(id) => Some(id.as_str()),
            About::Draft(_) => None,
        })
    }

    /// Whether a message must be asked about because of a change: it went wrong, or it had gone wrong before.
    pub fn concerns(&self, change: &Change) -> bool {
        let wrong = matches!(change.event.status, Status::Feil | Status::LevetidUtlopt);
        let disputed = change.event.finding.as_ref().is_some_and(Finding::refuses);
        let wrong = wrong || disputed || is_denied(&change.event);
        change.direction == Direction::Out && (wrong || self.urgent.contains(&change.id))
    }

    /// The warnings after `news`.
    #[must_use]
    pub fn after(mut self, news: News) -> Self {
        match news {
            News::Opening => {
                self.opening = true;
                self.heard.clear();
            }
            News::Opened(messages, seen) => self.open(messages, seen),
            News::Changed(message) => {
                self.waiting.remove(&message.summary.id);
                self.heard.insert(message.summary.id.clone());
                if message.summary.direction == Direction::Out {
                    self.count_in(&message.summary);
                    self.put_message(&message);
                }
            }
            News::Asking(id) => drop(self.waiting.insert(id)),
            News::Elsewhere(id) => drop(self.waiting.remove(&id)),
            News::Counted(all) => self.counted = Some(all),
            News::Refused { draft, recipient, code } => {
                let warning =
                    Warning { about: About::Draft(draft), kind: Kind::Refused(code), recipient, changed: None };
                self.put(warning);
            }
            News::CloseMessages => self.close(|about| matches!(about, About::Message(_))),
            News::Close(about) => self.close(|other| *other == about),
        }
        self
    }

    /// Another organisation is chosen: what was told of drafts stays.
    #[must_use]
    pub fn for_another(self) -> Self {
        let shown = self.shown.into_iter().filter(|warning| matches!(warning.about, About::Draft(_))).collect();
        Self { shown, ..Self::default() }
    }

    /// What needs somebody and has changed since a person last saw everything, the newest on top.
    fn open(&mut self, mut messages: Vec<MessageStatus>, seen: Option<Timestamp>) {
        self.opening = false;
        // Where nothing has been sent yet, everything that goes wrong is news.
        self.newest = self.newest.max(Some(Timestamp::UNIX_EPOCH));
        // What could not be asked about is among these.
        self.waiting.clear();
        messages.sort_by_key(|message| message.summary.changed);
        // What was heard of meanwhile is newer.
        for message in messages.iter().filter(|message| !self.heard.contains(&message.summary.id)).collect::<Vec<_>>() {
            self.count_in(&message.summary);
            let is_shown = self.messages().any(|id| id == message.summary.id);
            if is_shown || seen.is_some_and(|seen| message.summary.changed > seen) {
                self.put_message(message);
            }
        }
    }

    fn close(&mut self, is_seen: impl Fn(&About) -> bool) {
        let (seen, left): (Vec<_>, Vec<_>) = self.shown.drain(..).partition(|warning| is_seen(&warning.about));
        self.shown = left;
        for warning in seen {
            if let (About::Message(id), Some(changed)) = (warning.about, warning.changed) {
                self.closed.insert(id, changed);
            }
        }
    }

    fn count_in(&mut self, message: &MessageSummary) {
        self.newest = self.newest.max(Some(message.changed));
        if message.direction == Direction::Out && message.attention {
            self.urgent.insert(message.id.clone());
        } else {
            self.urgent.remove(&message.id);
        }
    }

    /// Warns of a message, unless somebody has dealt with it or closed this very warning.
    fn put_message(&mut self, MessageStatus { summary, events }: &MessageStatus) {
        let about = About::Message(summary.id.clone());
        let Some(kind) = Kind::of(summary, events).filter(|_| summary.attention) else {
            self.shown.retain(|warning| warning.about != about);
            return;
        };
        if self.closed.get(&summary.id).is_some_and(|&closed| summary.changed <= closed) {
            return;
        }
        let recipient = if is_to_person(summary) { String::new() } else { party_name(summary, Lang::default()) };
        self.put(Warning { about, kind, recipient, changed: Some(summary.changed) });
    }

    /// One warning for a thing: what it says now replaces what it said. The same said again does not come back up.
    fn put(&mut self, warning: Warning) {
        match self.shown.iter_mut().find(|old| old.about == warning.about) {
            Some(old) => *old = warning,
            None => self.shown.insert(0, warning),
        }
    }
}

#[cfg(test)]
mod tests;
