//! The history of a message as rows a person can read. Late and contradictory events are kept and named.

use jiff::Timestamp;
use konvolutt_shared::address::Channel;
use konvolutt_shared::api::{Approval, ApprovalStep, MessageStatus, Status, StatusEvent};
use konvolutt_shared::finding::Code;
use konvolutt_shared::status::{Conflict, conflicts, held, is_denied, is_queued_anew};

use crate::text::{Lang, carrier, conflict, fill, is_posted, mailbox, problem, receipt, said_by, status_on};

/// How a status feels. Shown with a word and a sign too, never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Waits.
    Neutral,
    /// On its way.
    Info,
    /// Arrived.
    Success,
    /// Look here.
    Warning,
    /// Failed.
    Danger,
}

impl Tone {
    /// Designsystemet's `data-color`.
    pub const fn color(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }

    /// A sign that carries the same meaning without colour.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Neutral => "○",
            Self::Info => "→",
            Self::Success => "✓",
            Self::Warning => "!",
            Self::Danger => "✕",
        }
    }
}

/// One row of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Key: position in the event log.
    pub cursor: u64,
    /// When.
    pub at: Timestamp,
    /// Who says so, by name.
    pub source: &'static str,
    /// How it feels.
    pub tone: Tone,
    /// The word.
    pub label: &'static str,
    /// What it means.
    pub explanation: &'static str,
    /// What comes next; may be empty.
    pub next: &'static str,
    /// What the source wrote.
    pub quote: Option<String>,
    /// Why the event is not counted, if it is not.
    pub note: Option<&'static str>,
    /// Who of ours did it, where that is kept.
    pub by: Option<String>,
}

/// The tone of a status by itself.
pub const fn tone(status: Status) -> Tone {
    match status {
        Status::Opprettet | Status::Annet => Tone::Neutral,
        Status::Sendt | Status::Mottatt | Status::InnkommendeMottatt => Tone::Info,
        Status::Levert | Status::Lest | Status::InnkommendeLevert => Tone::Success,
        Status::Feil | Status::LevetidUtlopt => Tone::Danger,
    }
}

/// All events as rows, in the order given (oldest first), in the words of the channel.
pub fn rows(events: &[StatusEvent], channel: Option<Channel>, lang: Lang) -> Vec<Row> {
    let conflicts = conflicts(events);
    events.iter().zip(conflicts).map(|(event, found)| row(event, found, channel, lang)).collect()
}

fn row(event: &StatusEvent, found: Option<Conflict>, channel: Option<Channel>, lang: Lang) -> Row {
    if event.handled_by.is_some() {
        return handled(event, lang);
    }
    if let Some(approval) = &event.approval {
        return approved(event, approval, lang);
    }
    if is_queued_anew(event) {
        return queued_anew(event, lang);
    }
    if is_denied(event) {
        return denied(event, lang);
    }
    let plain = carrier(event, lang).unwrap_or_else(|| status_on(event.status, channel, lang));
    let text = found.map_or(plain, |found| conflict(found, plain, lang));
    let tone = match (event.receipt.as_deref(), found) {
        _ if event.finding.as_ref().is_some_and(|finding| finding.code == Code::ReceiptForeign) => Tone::Warning,
        (Some("OK"), _) => Tone::Success,
        (Some("WARNING" | "varslingfeiletkvittering"), _) => Tone::Warning,
        (Some("ERROR" | "NOTSUPPORTED"), _) => Tone::Danger,
        // A mailbox's receipt is what its status says.
        (_, Some(found)) => tone_of(found),
        (_, None) => tone(event.status),
    };
    // What a mailbox says has words of its own, also when it says so late.
    let text = mailbox(event, lang).unwrap_or(text);
    let answer = event.receipt.as_deref().and_then(|kind| receipt(kind, lang));
    Row {
        cursor: event.cursor,
        at: event.at,
        source: said_by(event, lang),
        tone,
        label: text.label,
        explanation: text.explanation,
        next: text.next,
        quote: event.description.clone().filter(|text| !text.trim().is_empty()),
        note: event.finding.as_ref().map(|finding| problem(finding.code, lang).heading).or(answer),
        by: None,
    }
}

/// A person has dealt with what went wrong: no status, and no carrier says it.
fn handled(event: &StatusEvent, lang: Lang) -> Row {
    let text = &lang.text().warning;
    let by = event.handled_by.as_ref().map(|name| fill(text.handled_by, &[("navn", name)]));
    Row { by, ..plain_row(event, text.handled_label, text.handled_text, lang) }
}

/// A person has had the relay try once more.
fn queued_anew(event: &StatusEvent, lang: Lang) -> Row {
    let text = &lang.text().warning;
    plain_row(event, text.anew_label, text.anew_text, lang)
}

/// The carrier refuses our own access.
fn denied(event: &StatusEvent, lang: Lang) -> Row {
    let text = &lang.text().warning;
    let plain = plain_row(event, text.held_label, text.held_text, lang);
    Row { tone: Tone::Warning, next: text.held_next, quote: event.description.clone(), ..plain }
}

fn plain_row(event: &StatusEvent, label: &'static str, explanation: &'static str, lang: Lang) -> Row {
    Row {
        cursor: event.cursor,
        at: event.at,
        source: said_by(event, lang),
        tone: Tone::Neutral,
        label,
        explanation,
        next: "",
        quote: None,
        note: None,
        by: None,
    }
}

/// A step of an approval, which no carrier tells of.
fn approved(event: &StatusEvent, approval: &Approval, lang: Lang) -> Row {
    let text = &lang.text().approval;
    let (tone, label, explanation, next) = match approval.step {
        ApprovalStep::Asked => (Tone::Neutral, text.asked, text.asked_text, text.asked_next),
        ApprovalStep::Approved => (Tone::Info, text.approved, text.approved_text, ""),
        ApprovalStep::Returned => (Tone::Warning, text.returned, text.returned_text, text.returned_next),
    };
    Row {
        cursor: event.cursor,
        at: event.at,
        source: said_by(event, lang),
        tone,
        label,
        explanation,
        next,
        quote: event.description.clone(),
        note: None,
        by: Some(fill(lang.text().warning.handled_by, &[("navn", &approval.by)])),
    }
}

const fn tone_of(found: Conflict) -> Tone {
    match found {
        Conflict::FailedAfterDelivery => Tone::Danger,
        Conflict::ExpiredAfterDelivery | Conflict::DeliveredLate | Conflict::DeliveredAfterFailure => Tone::Warning,
        Conflict::SentAfterFailure => Tone::Info,
        Conflict::OutOfOrder => Tone::Neutral,
    }
}

/// The row that tells where the message stands: a contradiction that no later event has settled, else that the carrier lets us
/// not in, else the newest that says the counted status or, where nobody has read it, what a carrier has done with it since;
/// else the newest of all.
pub fn headline(rows: &[Row], events: &[StatusEvent], counted: Status) -> Option<Row> {
    let open = conflicts(events)
        .iter()
        .rposition(|found| matches!(found, Some(Conflict::ExpiredAfterDelivery | Conflict::DeliveredAfterFailure)));
    let unread = matches!(counted, Status::Sendt | Status::Mottatt | Status::Levert);
    let moved = |event: &StatusEvent| unread && event.status == Status::Annet && carrier(event, Lang::Nb).is_some();
    let says = |event: &StatusEvent| (event.status == counted || moved(event)) && event.finding.is_none();
    let newest = || events.iter().rposition(says);
    // Between the approval and the sending no status says that it was approved.
    let waited = |event: &StatusEvent| event.approval.is_some() && counted == Status::Opprettet;
    let approval = events.iter().rposition(waited);
    open.or(held(events)).or(approval).or_else(newest).and_then(|index| rows.get(index)).or(rows.last()).cloned()
}

/// Where a message stands, in the tone and the word that its own page has.
pub fn outcome(view: &MessageStatus, lang: Lang) -> Option<(Tone, &'static str)> {
    let rows = rows(&view.events, Channel::find(&view.summary.channel), lang);
    headline(&rows, &view.events, view.summary.status).map(|row| (row.tone, row.label))
}

/// The event that says that a message has arrived, unless what was said last is otherwise: what its carrier sent on to print
/// is not delivered, though the carrier had it. A recipient's remark takes nothing back.
pub fn arrival(counted: Status, events: &[StatusEvent]) -> Option<&StatusEvent> {
    let rows = rows(events, None, Lang::Nb);
    let stands =
        || headline(&rows, events, counted).is_some_and(|row| matches!(row.tone, Tone::Success | Tone::Warning));
    delivery(events).filter(|event| is_posted(event) || stands())
}

/// The event that says that a message has arrived, the newest on paper before any other: what was put into the post lies with
/// nobody yet.
fn delivery(events: &[StatusEvent]) -> Option<&StatusEvent> {
    let says = |event: &&StatusEvent| event.status == Status::Levert && event.finding.is_none();
    events.iter().filter(says).rfind(|event| is_posted(event)).or_else(|| events.iter().find(says))
}

#[cfg(test)]
mod tests;
