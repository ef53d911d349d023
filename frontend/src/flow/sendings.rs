//! Letters whose sending was broken off by a reload, a crash or a closed tab: whether they can be gone on with, and what a
//! person sees of it.

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::finding::Code;
use serde::{Deserialize, Serialize};

use super::compose::{Form, Progress};
use crate::protocol::KeptSending;
use crate::text::{Lang, fill, problem};

/// How long what was written is kept at most.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a browser keeps of a letter: everything but the documents, of which the names alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The draft's id.
    pub draft: String,
    /// What was filled in.
    pub form: Form,
    /// File names of the documents.
    pub documents: Vec<String>,
}

/// What becomes of something kept when the portal is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is the person's own.
    Own,
    /// It is removed.
    Over,
}

impl Fate {
    /// A computer may be shared: what belongs to another person than the one who is signed in goes at once, unread.
    pub fn of(owner: &str, started: Timestamp, person: &str, now: Timestamp) -> Self {
        if owner == person && now.duration_since(started) < KEPT { Self::Own } else { Self::Over }
    }
}

/// What can be done with a letter that was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is sealed and signed: the rest is uploaded.
    GoOn,
    /// The same, when a person says so.
    Ask,
    /// Nothing more is sent of it.
    End(End),
}

impl Verdict {
    /// Of what was kept.
    pub fn of(kept: &KeptSending, now: Timestamp) -> Self {
        match &kept.sealed {
            _ if kept.stopped => Self::End(End::Stopped),
            None => Self::End(End::Unsealed),
            Some(sealed) if sealed.expires <= now => Self::End(End::Expired),
            Some(_) if kept.held => Self::Ask,
            Some(_) => Self::GoOn,
        }
    }
}

/// Why a letter is not sent. The draft is there in each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was not sealed to its end, and its key is gone.
    Unsealed,
    /// The relay does not take the envelope any more.
    Expired,
    /// The relay has refused it.
    Refused(Code),
    /// A person cancelled.
    Cancelled,
    /// It ended before the portal was opened.
    Stopped,
}

/// Why a letter waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The person has said so.
    Person,
    /// It waited, or had failed, before the portal was opened.
    Before,
    /// Something went wrong that may pass.
    Trouble(Code),
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On its way.
    Going(Progress),
    /// Waiting for a person.
    Paused(Progress, Wait),
    /// With the relay.
    Sent,
    /// Not sent.
    Ended(End),
}

/// A letter that was broken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// UUID of the message.
    pub id: String,
    /// Title of the letter; may be empty.
    pub title: String,
    /// Id of its draft.
    pub draft: String,
    /// Names of the documents, which must be chosen again if it is not sent.
    pub documents: Vec<String>,
    /// The relay's id of the message, once it is sent.
    pub message: Option<String>,
    /// Where it stands.
    pub state: State,
}

impl Sending {
    /// What was kept of a letter, as it begins here.
    pub fn new(id: &str, letter: &Letter, state: State) -> Self {
        Self {
            id: id.to_owned(),
            title: letter.form.title.trim().to_owned(),
            draft: letter.draft.clone(),
            documents: letter.documents.clone(),
            message: None,
            state,
        }
    }

    /// Whether nothing more happens to it.
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Sent | State::Ended(_))
    }

    const fn progress(&self) -> Progress {
        match self.state {
            State::Going(progress) | State::Paused(progress, _) => progress,
            State::Sent | State::Ended(_) => Progress::NONE,
        }
    }
}

impl State {
    /// What happened to the letter with this title.
    pub fn sentence(self, title: &str, lang: Lang) -> String {
        let text = &lang.text().sending;
        let (template, reason) = match self {
            Self::Going(_) => (text.goes_on, ""),
            Self::Paused(_, Wait::Person) => (text.paused, ""),
            Self::Paused(_, Wait::Trouble(Code::ServiceDown)) => (text.no_contact, ""),
            Self::Paused(_, Wait::Before) => (text.waits, ""),
            Self::Paused(_, Wait::Trouble(code)) => (text.waits_for, problem(code, lang).heading),
            Self::Sent => (text.sent, ""),
            Self::Ended(End::Unsealed) => (text.unsealed, ""),
            Self::Ended(End::Expired) => (text.expired, ""),
            Self::Ended(End::Refused(code)) => (text.refused, problem(code, lang).heading),
            Self::Ended(End::Cancelled) => (text.cancelled, ""),
            Self::Ended(End::Stopped) => (text.stopped, ""),
        };
        fill(template, &[("tittel", title), ("grunn", reason)])
    }
}

/// All of them, the first found first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sendings(Vec<Sending>);

/// What happens to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// One was found.
    Found(Box<Sending>),
    /// So far it has come.
    Step(String, Progress),
    /// It waits.
    Paused(String, Wait),
    /// It goes on.
    GoesOn(String),
    /// The relay has taken it, under this id.
    Sent(String, String),
    /// It is not sent.
    Ended(String, End),
    /// A person has seen how it ended.
    Close(String),
}

impl Sendings {
    /// The letters.
    pub fn all(&self) -> &[Sending] {
        &self.0
    }

    /// The letters after `news`. What comes too late, after the end, changes nothing.
    #[must_use]
    pub fn after(mut self, news: News) -> Self {
        match news {
            News::Found(sending) => {
                self.0.retain(|other| other.id != sending.id);
                self.0.push(*sending);
            }
            News::Step(id, progress) => self.change(&id, |sending| {
                // A request that was under way may still tell of itself after a pause.
                if let State::Going(_) = sending.state {
                    sending.state = State::Going(progress);
                }
            }),
            News::Paused(id, why) => {
                self.change(&id, |sending| sending.state = State::Paused(sending.progress(), why));
            }
            News::GoesOn(id) => self.change(&id, |sending| sending.state = State::Going(sending.progress())),
            News::Sent(id, message) => self.change(&id, |sending| {
                (sending.state, sending.message) = (State::Sent, Some(message));
            }),
            News::Ended(id, end) => self.change(&id, |sending| sending.state = State::Ended(end)),
            News::Close(id) => self.0.retain(|sending| sending.id != id || !sending.is_over()),
        }
        self
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut Sending)) {
        if let Some(sending) = self.0.iter_mut().find(|sending| sending.id == id && !sending.is_over()) {
            change(sending);
        }
    }
}

#[cfg(test)]
mod tests;
