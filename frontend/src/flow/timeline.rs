//! The history of a message as rows a person can read. Late and contradictory events are kept and named.

use jiff::Timestamp;
use konvolutt_shared::address::Channel;
use konvolutt_shared::api::{Approval, ApprovalStep, Source, Status, StatusEvent};
use konvolutt_shared::finding::Code;
use konvolutt_shared::status::{Conflict, conflicts, held, is_denied, is_queued_anew};

use crate::text::{Lang, conflict, fill, mailbox, problem, receipt, status_on};

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
    let plain = status_on(event.status, channel, lang);
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
        source: event.source,
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
    Row { by, ..plain_row(event, text.handled_label, text.handled_text) }
}

/// A person has had the relay try once more.
fn queued_anew(event: &StatusEvent, lang: Lang) -> Row {
    let text = &lang.text().warning;
    plain_row(event, text.anew_label, text.anew_text)
}

/// The carrier refuses our own access.
fn denied(event: &StatusEvent, lang: Lang) -> Row {
    let text = &lang.text().warning;
    let plain = plain_row(event, text.held_label, text.held_text);
    Row { tone: Tone::Warning, next: text.held_next, quote: event.description.clone(), ..plain }
}

fn plain_row(event: &StatusEvent, label: &'static str, explanation: &'static str) -> Row {
    Row {
        cursor: event.cursor,
        at: event.at,
        source: event.source,
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
        source: event.source,
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
/// not in, else the newest that says the counted status, else the newest of all.
pub fn headline(rows: &[Row], events: &[StatusEvent], counted: Status) -> Option<Row> {
    let open = conflicts(events)
        .iter()
        .rposition(|found| matches!(found, Some(Conflict::ExpiredAfterDelivery | Conflict::DeliveredAfterFailure)));
    let newest = || events.iter().rposition(|event| event.status == counted && event.finding.is_none());
    // Between the approval and the sending no status says that it was approved.
    let waited = |event: &StatusEvent| event.approval.is_some() && counted == Status::Opprettet;
    let approval = events.iter().rposition(waited);
    open.or(held(events)).or(approval).or_else(newest).and_then(|index| rows.get(index)).or(rows.last()).cloned()
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::finding::{Finding, Rule};

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
            handled_by: None,
            approval: None,
        }
    }

    fn labels(statuses: &[Status]) -> Vec<&'static str> {
        let events: Vec<_> = statuses.iter().zip(1..).map(|(status, cursor)| event(cursor, *status)).collect();
        rows(&events, None, Lang::Nb).into_iter().map(|row| row.label).collect()
    }

    #[test]
    fn sent_is_never_said_as_delivered() {
        assert_eq!(
            labels(&[Status::Opprettet, Status::Sendt, Status::Mottatt, Status::Levert]),
            ["Venter på sending", "Sendt", "Framme i køen", "Levert"]
        );
        let sent = rows(&[event(1, Status::Sendt)], None, Lang::Nb);
        assert_eq!(sent[0].next, "Ikke levert ennå.");
    }

    #[test]
    fn who_has_dealt_with_it_is_named_and_the_failure_stays_the_headline() {
        let handled = StatusEvent {
            source: Source::Person,
            handled_by: Some("Siri Saksbehandler".to_owned()),
            ..event(3, Status::Annet)
        };
        let events = [event(1, Status::Sendt), event(2, Status::Feil), handled];
        let rows = rows(&events, None, Lang::Nb);
        assert_eq!((rows[2].label, rows[2].by.as_deref()), ("Markert som håndtert", Some("Av Siri Saksbehandler")));
        assert_eq!(headline(&rows, &events, Status::Feil).unwrap().label, "Ikke levert");
    }

    #[test]
    fn what_is_tried_anew_is_said_to_wait() {
        let anew = StatusEvent { source: Source::Person, ..event(3, Status::Opprettet) };
        let events = [event(1, Status::Opprettet), event(2, Status::Feil), anew];
        let rows = rows(&events, None, Lang::Nb);
        assert_eq!((rows[2].label, rows[2].tone), ("Lagt i kø på nytt", Tone::Neutral));
        assert_eq!(headline(&rows, &events, Status::Opprettet).unwrap().cursor, 3);
    }

    #[test]
    fn while_the_carrier_lets_us_not_in_that_is_the_headline() {
        let denied = StatusEvent {
            source: Source::Altinn,
            finding: Some(Finding::warning(Rule::CarrierAccess, "403")),
            ..event(2, Status::Annet)
        };
        let mut events = vec![event(1, Status::Opprettet), denied];
        let now = |events: &[StatusEvent], counted| headline(&rows(events, None, Lang::Nb), events, counted).unwrap();
        let row = now(&events, Status::Opprettet);
        assert_eq!((row.label, row.tone), ("Slipper ikke inn", Tone::Warning));
        events.push(event(3, Status::Sendt));
        assert_eq!(now(&events, Status::Sendt).label, "Sendt");
    }

    #[test]
    fn an_approval_is_told_step_by_step() {
        let step = |cursor, step, status| StatusEvent {
            source: Source::Person,
            approval: Some(Approval { step, by: "Gro Godkjenner".to_owned() }),
            description: (step == ApprovalStep::Returned).then(|| "Vedlegg 2 mangler.".to_owned()),
            ..event(cursor, status)
        };
        let mut events = vec![step(1, ApprovalStep::Asked, Status::Opprettet)];
        let now = |events: &[StatusEvent], counted| headline(&rows(events, None, Lang::Nb), events, counted).unwrap();
        assert_eq!(now(&events, Status::Opprettet).label, "Sendt til godkjenning");
        events.push(step(2, ApprovalStep::Approved, Status::Annet));
        let row = now(&events, Status::Opprettet);
        assert_eq!((row.label, row.by.as_deref()), ("Godkjent", Some("Av Gro Godkjenner")));
        events.push(event(3, Status::Sendt));
        assert_eq!(now(&events, Status::Sendt).label, "Sendt");
        let events = [step(1, ApprovalStep::Asked, Status::Opprettet), step(2, ApprovalStep::Returned, Status::Feil)];
        let row = now(&events, Status::Feil);
        assert_eq!((row.label, row.quote.as_deref()), ("Returnert", Some("Vedlegg 2 mangler.")));
    }

    #[test]
    fn contradictions_are_named() {
        assert_eq!(labels(&[Status::Levert, Status::Feil])[1], "Feil etter levering");
        assert_eq!(labels(&[Status::Levert, Status::LevetidUtlopt])[1], "Motstridende status");
        assert_eq!(labels(&[Status::LevetidUtlopt, Status::Levert])[1], "Levert etter fristen");
    }

    #[test]
    fn what_comes_too_late_is_said_to_change_nothing() {
        let events: Vec<_> = [Status::Lest, Status::Levert, Status::Sendt].map(|status| event(1, status)).into();
        let rows = rows(&events, None, Lang::Nb);
        assert_eq!(rows[0].tone, Tone::Success);
        for (row, label) in rows[1..].iter().zip(["Levert", "Sendt"]) {
            assert_eq!((row.label, row.tone, row.next), (label, Tone::Neutral, ""));
            assert!(row.explanation.starts_with("Meldt for sent"), "{}", row.explanation);
        }
        assert_eq!(headline(&rows, &events, Status::Lest).unwrap().label, "Åpnet hos mottaker");
    }

    #[test]
    fn an_open_contradiction_is_the_headline() {
        let events = [event(1, Status::Sendt), event(2, Status::Levert), event(3, Status::LevetidUtlopt)];
        let rows = rows(&events, None, Lang::Nb);
        assert_eq!(headline(&rows, &events, Status::Levert).unwrap().label, "Motstridende status");
    }

    #[test]
    fn a_channel_has_its_own_words() {
        let label = |channel, status| rows(&[event(1, status)], Some(channel), Lang::Nb)[0].label;
        assert_eq!(label(Channel::Dpf, Status::Mottatt), "Mottatt av KS");
        assert_eq!(label(Channel::Dpf, Status::Levert), "Levert til SvarInn");
        assert_eq!(label(Channel::Dpv, Status::Levert), "Levert i Altinn");
        assert_eq!(label(Channel::Dpo, Status::Levert), "Levert");
    }

    #[test]
    fn a_foreign_receipt_does_not_count_as_delivery() {
        let mut foreign = event(1, Status::Levert);
        foreign.finding = Some(Finding::error(Rule::ReceiptWay, "another organisation"));
        let all = [foreign, event(2, Status::Feil)];
        let rows = rows(&all, None, Lang::Nb);
        assert_eq!(rows[0].tone, Tone::Warning);
        assert!(rows[0].note.is_some());
        assert_eq!(rows[1].label, "Ikke levert");
        assert_eq!(headline(&rows, &all, Status::Levert).unwrap().cursor, 2);
    }

    #[test]
    fn a_mailbox_has_its_own_words_and_a_failure_says_what_to_do() {
        let said = |receipt: Option<&str>, status, words: Option<&str>| {
            let mut one = event(2, status);
            one.source = Source::Mailbox;
            (one.receipt, one.description) = (receipt.map(str::to_owned), words.map(str::to_owned));
            rows(&[event(1, Status::Levert), one], None, Lang::Nb).pop().unwrap()
        };
        let row = said(Some("leveringskvittering"), Status::Levert, None);
        assert_eq!((row.label, row.tone, row.note), ("Levert i digital postkasse", Tone::Success, None));
        assert_eq!(said(None, Status::Mottatt, None).label, "Mottatt av formidleren");
        assert_eq!(said(Some("aapningskvittering"), Status::Lest, None).label, "Åpnet av mottakeren");
        let row = said(Some("varslingfeiletkvittering"), Status::Feil, Some("sms: Ukjent nummer"));
        assert_eq!((row.label, row.tone), ("Varsel ikke sendt", Tone::Warning));
        assert_eq!(row.quote.as_deref(), Some("sms: Ukjent nummer"));
        assert_eq!(
            said(Some("returpostkvittering"), Status::Feil, None).next,
            "Sjekk adressen, og send brevet på nytt."
        );
        let row = said(Some("feil"), Status::Feil, Some("SERVER: Nede"));
        assert_eq!((row.label, row.next, row.tone), ("Feil hos postkassen", "Send brevet på nytt.", Tone::Danger));
        assert_eq!(said(Some("feil"), Status::Feil, Some("KLIENT: Filtype")).label, "Avvist av postkassen");
    }

    #[test]
    fn a_case_system_receipt_has_its_own_words() {
        let mut ok = event(1, Status::Lest);
        ok.receipt = Some("WARNING".to_owned());
        ok.description = Some("Mangler saksnummer".to_owned());
        let rows = rows(&[ok], None, Lang::En);
        assert_eq!((rows[0].label, rows[0].tone), ("Opened by recipient", Tone::Warning));
        assert_eq!(rows[0].note, Some("Registered with a remark"));
        assert_eq!(rows[0].quote.as_deref(), Some("Mangler saksnummer"));
    }
}
