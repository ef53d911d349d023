//! The history of a message as rows a person can read. Late and contradictory events are kept and named.

use jiff::Timestamp;
use konvolutt_shared::api::{Source, Status, StatusEvent};
use konvolutt_shared::finding::Code;

use crate::text::{
    DELIVERED_LATE, EXPIRED_AFTER_DELIVERY, FAILED_AFTER_DELIVERY, Lang, in_language, problem, receipt, status_text,
};

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
    /// Who says so.
    pub source: Source,
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

/// All events as rows, in the order given (oldest first).
pub fn rows(events: &[StatusEvent], lang: Lang) -> Vec<Row> {
    let mut delivered = false;
    let mut expired = false;
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        rows.push(row(event, delivered, expired, lang));
        if event.finding.is_none() {
            delivered |= matches!(event.status, Status::Levert | Status::Lest);
            expired |= event.status == Status::LevetidUtlopt;
        }
    }
    rows
}

fn row(event: &StatusEvent, delivered: bool, expired: bool, lang: Lang) -> Row {
    let (text, mut tone) = match event.status {
        Status::Feil if delivered => (in_language(FAILED_AFTER_DELIVERY, lang), Tone::Danger),
        Status::LevetidUtlopt if delivered => (in_language(EXPIRED_AFTER_DELIVERY, lang), Tone::Warning),
        Status::Levert if expired => (in_language(DELIVERED_LATE, lang), Tone::Warning),
        status => (status_text(status, lang), tone(status)),
    };
    let answer = event.receipt.as_deref().and_then(|kind| receipt(kind, lang));
    if let Some(kind) = event.receipt.as_deref() {
        tone = match kind {
            "OK" => Tone::Success,
            "WARNING" => Tone::Warning,
            "ERROR" | "NOTSUPPORTED" => Tone::Danger,
            // A mailbox's receipt is what its status says.
            _ => tone,
        };
    }
    let note = event.finding.as_ref().map(|finding| problem(finding.code, lang).heading).or(answer);
    Row {
        cursor: event.cursor,
        at: event.at,
        source: event.source,
        tone: if event.finding.as_ref().is_some_and(|f| f.code == Code::ReceiptForeign) { Tone::Warning } else { tone },
        label: text.label,
        explanation: text.explanation,
        next: text.next,
        quote: event.description.clone().filter(|text| !text.trim().is_empty()),
        note,
    }
}

/// The row that tells where the message stands: the newest that says the counted status, else the newest of all.
pub fn headline(rows: &[Row], events: &[StatusEvent], counted: Status) -> Option<Row> {
    let newest = events.iter().rposition(|event| event.status == counted && event.finding.is_none());
    newest.and_then(|index| rows.get(index)).or(rows.last()).cloned()
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::finding::Finding;

    use super::*;

    fn event(cursor: u64, status: Status) -> StatusEvent {
        StatusEvent {
            cursor,
            at: Timestamp::UNIX_EPOCH,
            status,
            source: Source::Recipient,
            description: None,
            receipt: None,
            finding: None,
        }
    }

    fn labels(statuses: &[Status]) -> Vec<&'static str> {
        let events: Vec<_> = statuses.iter().zip(1..).map(|(status, cursor)| event(cursor, *status)).collect();
        rows(&events, Lang::Nb).into_iter().map(|row| row.label).collect()
    }

    #[test]
    fn sent_is_never_said_as_delivered() {
        assert_eq!(
            labels(&[Status::Opprettet, Status::Sendt, Status::Mottatt, Status::Levert]),
            ["Venter på sending", "Sendt", "Framme i køen", "Levert"]
        );
        let sent = rows(&[event(1, Status::Sendt)], Lang::Nb);
        assert_eq!(sent[0].next, "Ikke levert ennå.");
    }

    #[test]
    fn contradictions_are_named() {
        assert_eq!(labels(&[Status::Levert, Status::Feil])[1], "Feil etter levering");
        assert_eq!(labels(&[Status::Levert, Status::LevetidUtlopt])[1], "Motstridende status");
        assert_eq!(labels(&[Status::LevetidUtlopt, Status::Levert])[1], "Levert etter fristen");
    }

    #[test]
    fn a_foreign_receipt_does_not_count_as_delivery() {
        let mut foreign = event(1, Status::Levert);
        foreign.finding = Some(Finding::warning(Code::ReceiptForeign, "another organisation"));
        let all = [foreign, event(2, Status::Feil)];
        let rows = rows(&all, Lang::Nb);
        assert_eq!(rows[0].tone, Tone::Warning);
        assert!(rows[0].note.is_some());
        assert_eq!(rows[1].label, "Ikke levert");
        assert_eq!(headline(&rows, &all, Status::Levert).unwrap().cursor, 2);
    }

    #[test]
    fn a_case_system_receipt_has_its_own_words() {
        let mut ok = event(1, Status::Lest);
        ok.receipt = Some("WARNING".to_owned());
        ok.description = Some("Mangler saksnummer".to_owned());
        let rows = rows(&[ok], Lang::En);
        assert_eq!((rows[0].label, rows[0].tone), ("Opened by recipient", Tone::Warning));
        assert_eq!(rows[0].note, Some("Registered with a remark"));
        assert_eq!(rows[0].quote.as_deref(), Some("Mangler saksnummer"));
    }
}
