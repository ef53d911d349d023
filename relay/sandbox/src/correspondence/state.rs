//! The life of a correspondence (Altinn Correspondence, `CorrespondenceStatusExt`), as a pure state machine: time comes
//! in, nothing is read or written.
//!
//! There is no text in it. Altinn reads what it carries; here titles, texts and attachments are only in memory
//! ([`super::store`]), so that whatever is found on the disk of a sandbox run, plain text of a letter is not among it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The statuses with Altinn's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Status {
    Initialized = 0,
    ReadyForPublish = 1,
    Published = 2,
    Fetched = 3,
    Read = 4,
    Replied = 5,
    Confirmed = 6,
    PurgedByRecipient = 7,
    PurgedByAltinn = 8,
    Archived = 9,
    Reserved = 10,
    Failed = 11,
    AttachmentsDownloaded = 12,
    Forwarded = 13,
}

/// Delays, already divided by the sandbox's speed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// From the last byte to the malware scan's verdict.
    pub(crate) scan: SignedDuration,
    /// From the scan to publishing, when nothing later was asked for.
    pub(crate) publish: SignedDuration,
    /// From publishing to the notification.
    pub(crate) notify: SignedDuration,
    /// From the notification to the reminder.
    pub(crate) remind: SignedDuration,
}

/// Who receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Recipient {
    /// Nine digits.
    Organisation(String),
    /// Eleven digits.
    Person(String),
}

impl Recipient {
    /// The bare number.
    pub(crate) fn number(&self) -> &str {
        match self {
            Self::Organisation(number) | Self::Person(number) => number,
        }
    }
}

/// What a recipient does by itself, counted from publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Habit {
    /// Opens it after this long.
    pub(crate) reads_after: Option<SignedDuration>,
    /// Deletes it after this long.
    pub(crate) purges_after: Option<SignedDuration>,
}

/// A file of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) id: Uuid,
    pub(crate) size: u64,
    /// Hexadecimal.
    pub sha256: String,
    pub(crate) infected: bool,
}

/// A notification that was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) id: Uuid,
    pub(crate) is_reminder: bool,
    /// `Email`, `Sms`, …, as it was ordered.
    pub(crate) channel: String,
    /// When it goes out; known once the correspondence is published.
    pub(crate) due: Option<Timestamp>,
    pub(crate) sent: Option<Timestamp>,
    /// A reminder of what has been read is not sent.
    pub(crate) cancelled: bool,
}

/// What the sender asked for, without its texts.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) resource: String,
    /// Who called: the token's organisation.
    pub(crate) owner: String,
    pub(crate) recipient: Recipient,
    pub(crate) senders_reference: String,
    pub(crate) requested_publish: Option<Timestamp>,
    pub(crate) due: Option<Timestamp>,
    pub(crate) confidential: bool,
    pub(crate) confirmation_needed: bool,
    pub(crate) attachments: Vec<Attachment>,
    /// Channel of the notification, and whether it is repeated.
    pub(crate) notification: Option<(String, bool)>,
    pub(crate) habit: Habit,
    /// The scan finds something whatever the bytes are.
    pub(crate) fails: bool,
}

/// A correspondence with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Correspondence {
    pub(crate) id: Uuid,
    pub(crate) resource: String,
    pub(crate) owner: String,
    pub(crate) recipient: Recipient,
    pub(crate) senders_reference: String,
    pub(crate) requested_publish: Option<Timestamp>,
    pub(crate) due_date: Option<Timestamp>,
    pub(crate) confidential: bool,
    pub(crate) confirmation_needed: bool,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) created: Timestamp,
    pub(crate) history: Vec<(Status, Timestamp)>,
    habit: Habit,
    infected: bool,
}

/// Why Altinn refuses: the numbers of altinn-correspondence's `CorrespondenceErrors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 1001.
    NotFound,
    /// 1024.
    ReadBeforeFetched,
    /// 1025.
    ConfirmBeforeFetched,
    /// A published one is no longer the sender's to remove.
    PurgeAfterPublished,
    /// It is gone already.
    Purged,
}

impl Correspondence {
    /// A new one. The scan begins at once.
    pub(crate) fn initialize(id: Uuid, order: Order, now: Timestamp) -> Self {
        let notice = |is_reminder: bool, channel: &str| Notice {
            id: Uuid::new_v4(),
            is_reminder,
            channel: channel.to_owned(),
            due: None,
            sent: None,
            cancelled: false,
        };
        let notices = order.notification.iter().flat_map(|(channel, again)| {
            [Some(notice(false, channel)), again.then(|| notice(true, channel))].into_iter().flatten()
        });
        Self {
            id,
            notices: notices.collect(),
            infected: order.fails || order.attachments.iter().any(|one| one.infected),
            resource: order.resource,
            owner: order.owner,
            recipient: order.recipient,
            senders_reference: order.senders_reference,
            requested_publish: order.requested_publish,
            due_date: order.due,
            confidential: order.confidential,
            confirmation_needed: order.confirmation_needed,
            attachments: order.attachments,
            created: now,
            history: vec![(Status::Initialized, now)],
            habit: order.habit,
        }
    }

    /// When it got a status first.
    pub(crate) fn when(&self, status: Status) -> Option<Timestamp> {
        self.history.iter().find(|(known, _)| *known == status).map(|(_, at)| *at)
    }

    /// What the overview says: the highest that was reached, except that it was fetched.
    pub(crate) fn status(&self) -> (Status, Timestamp) {
        let shown = self.history.iter().filter(|(status, _)| *status != Status::Fetched);
        shown.max_by_key(|(status, _)| *status).copied().unwrap_or((Status::Initialized, self.created))
    }

    /// Whether nobody has it any more.
    pub(crate) fn is_purged(&self) -> bool {
        self.when(Status::PurgedByRecipient).or_else(|| self.when(Status::PurgedByAltinn)).is_some()
    }

    /// Whether a recipient sees it.
    pub(crate) fn is_open(&self) -> bool {
        self.when(Status::Published).is_some() && !self.is_purged()
    }

    fn enter(&mut self, status: Status, at: Timestamp) {
        self.history.push((status, at));
    }

    /// When time acts next, and what it does.
    fn next(&self, timing: &Timing) -> Option<(Timestamp, Event)> {
        if self.when(Status::Failed).is_some() || self.is_purged() {
            return None;
        }
        let Some(published) = self.when(Status::Published) else {
            return Some(match self.when(Status::ReadyForPublish) {
                None => (self.created + timing.scan, Event::Scanned),
                Some(ready) => {
                    let own = ready + timing.publish;
                    (self.requested_publish.map_or(own, |asked| asked.max(own)), Event::Published)
                }
            });
        };
        let read = self.habit.reads_after.filter(|_| self.when(Status::Read).is_none());
        let events = [
            self.notices
                .iter()
                .filter(|one| one.sent.is_none() && !one.cancelled)
                .filter_map(|one| one.due)
                .min()
                .map(|at| (at, Event::Notified)),
            read.map(|wait| (published + wait, Event::Read)),
            self.habit.purges_after.map(|wait| (published + wait, Event::Purged)),
        ];
        events.into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// When time acts next.
    pub(crate) fn due(&self, timing: &Timing) -> Option<Timestamp> {
        self.next(timing).map(|(at, _)| at)
    }

    /// Lets time act. Returns whether anything changed.
    pub(crate) fn advance(&mut self, now: Timestamp, timing: &Timing) -> bool {
        let mut changed = false;
        while let Some((at, event)) = self.next(timing).filter(|(at, _)| *at <= now) {
            changed = true;
            match event {
                Event::Scanned if self.infected => self.enter(Status::Failed, at),
                Event::Scanned => self.enter(Status::ReadyForPublish, at),
                Event::Published => {
                    self.enter(Status::Published, at);
                    for one in &mut self.notices {
                        one.due = Some(
                            at + timing.notify + if one.is_reminder { timing.remind } else { SignedDuration::ZERO },
                        );
                    }
                }
                Event::Notified => self.notify(at),
                Event::Read => {
                    self.enter(Status::Fetched, at);
                    self.enter(Status::Read, at);
                    self.stop_reminding();
                }
                Event::Purged => self.enter(Status::PurgedByRecipient, at),
            }
        }
        changed
    }

    fn notify(&mut self, at: Timestamp) {
        for one in self.notices.iter_mut().filter(|one| one.sent.is_none() && !one.cancelled) {
            if one.due.is_some_and(|due| due <= at) {
                one.sent = Some(at);
            }
        }
    }

    fn stop_reminding(&mut self) {
        for one in self.notices.iter_mut().filter(|one| one.is_reminder && one.sent.is_none()) {
            one.cancelled = true;
        }
    }

    fn open_to(&self, recipient: &str) -> Result<(), Refusal> {
        if self.recipient.number() == recipient && self.is_open() { Ok(()) } else { Err(Refusal::NotFound) }
    }

    /// The recipient looks at it: overview, details or content.
    pub(crate) fn fetch(&mut self, by: &str, now: Timestamp) -> Result<(), Refusal> {
        self.open_to(by)?;
        self.enter(Status::Fetched, now);
        Ok(())
    }

    /// The recipient says that it has read it.
    pub(crate) fn mark_as_read(&mut self, by: &str, now: Timestamp) -> Result<(), Refusal> {
        self.open_to(by)?;
        self.when(Status::Fetched).ok_or(Refusal::ReadBeforeFetched)?;
        if self.when(Status::Read).is_none() {
            self.enter(Status::Read, now);
            self.stop_reminding();
        }
        Ok(())
    }

    /// The recipient confirms it, which a sender may ask for.
    pub(crate) fn confirm(&mut self, by: &str, now: Timestamp) -> Result<(), Refusal> {
        self.open_to(by)?;
        self.when(Status::Fetched).ok_or(Refusal::ConfirmBeforeFetched)?;
        if self.when(Status::Confirmed).is_none() {
            self.enter(Status::Confirmed, now);
        }
        Ok(())
    }

    /// The recipient takes an attachment.
    pub(crate) fn download(&mut self, by: &str, now: Timestamp) -> Result<(), Refusal> {
        self.open_to(by)?;
        self.enter(Status::AttachmentsDownloaded, now);
        Ok(())
    }

    /// Either side removes it: the sender as long as it is not published, the recipient after.
    pub(crate) fn purge(&mut self, by: &str, now: Timestamp) -> Result<(), Refusal> {
        if self.is_purged() {
            return Err(if self.owner == by { Refusal::Purged } else { Refusal::NotFound });
        }
        if self.recipient.number() == by && self.is_open() {
            self.enter(Status::PurgedByRecipient, now);
            return Ok(());
        }
        if self.owner != by {
            return Err(Refusal::NotFound);
        }
        if self.when(Status::Published).is_some() {
            return Err(Refusal::PurgeAfterPublished);
        }
        self.enter(Status::PurgedByAltinn, now);
        Ok(())
    }
}

/// What time does.
#[derive(Clone, Copy, Debug)]
enum Event {
    Scanned,
    Published,
    Notified,
    Read,
    Purged,
}

impl Status {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::ReadyForPublish => "ReadyForPublish",
            Self::Published => "Published",
            Self::Fetched => "Fetched",
            Self::Read => "Read",
            Self::Replied => "Replied",
            Self::Confirmed => "Confirmed",
            Self::PurgedByRecipient => "PurgedByRecipient",
            Self::PurgedByAltinn => "PurgedByAltinn",
            Self::Archived => "Archived",
            Self::Reserved => "Reserved",
            Self::Failed => "Failed",
            Self::AttachmentsDownloaded => "AttachmentsDownloaded",
            Self::Forwarded => "Forwarded",
        }
    }

    /// By name in any case, or by number.
    pub(crate) fn find(text: &str) -> Option<Self> {
        const ALL: [Status; 14] = [
            Status::Initialized,
            Status::ReadyForPublish,
            Status::Published,
            Status::Fetched,
            Status::Read,
            Status::Replied,
            Status::Confirmed,
            Status::PurgedByRecipient,
            Status::PurgedByAltinn,
            Status::Archived,
            Status::Reserved,
            Status::Failed,
            Status::AttachmentsDownloaded,
            Status::Forwarded,
        ];
        ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(text) || (*one as u8).to_string() == text)
    }
}

#[cfg(test)]
mod tests;
