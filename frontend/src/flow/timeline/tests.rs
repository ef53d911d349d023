use konvolutt_shared::api::Source;
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
fn what_goes_by_post_is_not_said_to_lie_in_an_archive() {
    let told = |cursor, status, source, word: &str| StatusEvent {
        source,
        description: Some(word.to_owned()),
        ..event(cursor, status)
    };
    let now = |events: &[StatusEvent], counted| {
        let all = rows(events, Some(Channel::Dpf), Lang::Nb);
        headline(&all, events, counted).unwrap()
    };
    let mut events = vec![told(1, Status::Levert, Source::SvarUt, "KLAR_FOR_MOTTAK")];
    assert_eq!(now(&events, Status::Levert).label, "Levert til SvarInn");
    assert_eq!(arrival(Status::Levert, &events).map(|event| event.cursor), Some(1));
    events.push(told(2, Status::Annet, Source::SvarUt, "SENDT_PRINT"));
    let row = now(&events, Status::Levert);
    assert_eq!((row.label, row.next, row.tone), ("Sendt til utskrift", "Ikke levert ennå.", Tone::Neutral));
    assert_eq!(arrival(Status::Levert, &events), None, "it lies with nobody");
    events.push(told(3, Status::Levert, Source::SvarUt, "PRINTET"));
    let row = now(&events, Status::Levert);
    assert_eq!((row.label, row.tone), ("Overlevert til utskrift og post", Tone::Success));
    assert_eq!((row.quote.as_deref(), row.note), (Some("PRINTET"), None));
    assert_eq!(arrival(Status::Levert, &events).map(|event| event.cursor), Some(3));
    let read = [told(1, Status::Lest, Source::SvarUt, "LEST"), told(2, Status::Annet, Source::SvarUt, "SLETTET")];
    assert_eq!(now(&read, Status::Lest).label, "Åpnet hos mottaker");
    let purged = told(2, Status::Annet, Source::Altinn, "Altinn: PurgedByRecipient");
    let purged = [told(1, Status::Levert, Source::Altinn, "Altinn: Published"), purged];
    assert_eq!(now(&purged, Status::Levert).label, "Slettet av mottakeren");
    assert_eq!(arrival(Status::Levert, &purged), None);
    let remark = StatusEvent { receipt: Some("WARNING".to_owned()), ..event(2, Status::Lest) };
    let registered = [event(1, Status::Levert), remark];
    assert_eq!(now(&registered, Status::Lest).tone, Tone::Warning);
    assert_eq!(arrival(Status::Lest, &registered).map(|event| event.cursor), Some(1), "with a remark, but there");
    let new = [told(1, Status::Annet, Source::SvarUt, "NOE_NYTT")];
    assert_eq!(rows(&new, Some(Channel::Dpf), Lang::Nb)[0].label, "Annen hendelse");
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
    assert_eq!(row.source, "Postkassen");
    let row = said(None, Status::Mottatt, None);
    assert_eq!((row.label, row.source), ("Mottatt av formidleren", "Formidleren"));
    assert_eq!(said(Some("aapningskvittering"), Status::Lest, None).label, "Åpnet av mottakeren");
    let row = said(Some("varslingfeiletkvittering"), Status::Feil, Some("sms: Ukjent nummer"));
    assert_eq!((row.label, row.tone), ("Varsel ikke sendt", Tone::Warning));
    assert_eq!(row.quote.as_deref(), Some("sms: Ukjent nummer"));
    assert_eq!(said(Some("returpostkvittering"), Status::Feil, None).next, "Sjekk adressen, og send brevet på nytt.");
    let row = said(Some("feil"), Status::Feil, Some("SERVER: Nede"));
    assert_eq!((row.label, row.next, row.tone), ("Feil hos leverandøren", "Send brevet på nytt.", Tone::Danger));
    assert_eq!(said(Some("feil"), Status::Feil, Some("KLIENT: Filtype")).label, "Avvist av leverandøren");
}

#[test]
fn what_goes_on_paper_is_handed_over_and_not_delivered() {
    let mut posted = event(2, Status::Levert);
    (posted.source, posted.receipt) = (Source::Mailbox, Some("mottakskvittering".to_owned()));
    let row = rows(std::slice::from_ref(&posted), None, Lang::Nb).pop().unwrap();
    assert_eq!((row.label, row.source), ("Overlevert til utskrift og post", "Utskriftsleverandøren"));
    let events = [event(1, Status::Levert), posted, event(3, Status::Levert)];
    let found = delivery(&events).unwrap();
    assert!(found.cursor == 2 && is_posted(found));
    assert!(delivery(&events[2..]).is_some_and(|event| !is_posted(event)));
    assert_eq!(delivery(&[event(1, Status::Sendt)]), None);
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
