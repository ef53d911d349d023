//! The labels that lists and pages show, with their meaning: made of events as they come, so that the words are the very
//! ones.

use std::collections::HashSet;

use jiff::Timestamp;
use konvolutt_shared::address::Channel;
use konvolutt_shared::api::{Approval, ApprovalStep, Source, Status, StatusEvent};
use konvolutt_shared::status::words;

use super::timeline::{Row, rows};
use crate::text::{Lang, carrier};

/// What the labels mean, in the order of a message's way: out, then in.
pub fn meanings(lang: Lang) -> Vec<Row> {
    use Status::{Annet, Feil, InnkommendeLevert, InnkommendeMottatt, Lest, Levert, LevetidUtlopt, Mottatt, Opprettet};
    let plain = |status| said(&[event(status)], None, lang);
    let on = |status, channel| said(&[event(status)], Some(channel), lang);
    let after = |first, then| said(&[event(first), event(then)], None, lang);
    let mailbox = |status, receipt| said(&[from_mailbox(status, receipt)], None, lang);
    let approval = |status, step| {
        let approval = Some(Approval { step, by: String::new() });
        said(&[StatusEvent { approval, ..event(status) }], None, lang)
    };
    let handled = StatusEvent { handled_by: Some(String::new()), ..event(Annet) };
    let queued_anew = StatusEvent { source: Source::Person, ..event(Opprettet) };
    let out = [
        approval(Opprettet, ApprovalStep::Asked),
        approval(Opprettet, ApprovalStep::Approved),
        approval(Feil, ApprovalStep::Returned),
        plain(Opprettet),
        plain(Status::Sendt),
        plain(Mottatt),
        on(Mottatt, Channel::Dpf),
        mailbox(Mottatt, None),
        plain(Levert),
        on(Levert, Channel::Dpf),
        on(Levert, Channel::Dpv),
        mailbox(Levert, Some("leveringskvittering")),
        mailbox(Levert, Some("mottakskvittering")),
        plain(Lest),
        mailbox(Lest, Some("aapningskvittering")),
        mailbox(Annet, Some("varslingfeiletkvittering")),
        plain(Feil),
        after(Levert, Feil),
        mailbox(Feil, Some("returpostkvittering")),
        mailbox(Feil, Some("feil")),
        plain(LevetidUtlopt),
        after(LevetidUtlopt, Levert),
        after(Levert, LevetidUtlopt),
        said(&[queued_anew], None, lang),
        said(&[handled], None, lang),
        plain(Annet),
    ];
    let come_in = [plain(InnkommendeMottatt), plain(InnkommendeLevert)];
    let carriers = from_carriers().filter_map(|event| said(&[event], None, lang));
    let mut all: Vec<Row> = out.into_iter().flatten().collect();
    // A carrier's word may mean what ours or another's means: a label is looked up once.
    let mut seen: HashSet<_> = all.iter().map(|row| row.label).collect();
    all.extend(carriers.filter(|row| seen.insert(row.label)));
    all.extend(come_in.into_iter().flatten());
    all
}

/// What KS SvarUt and Altinn's inbox have words of their own for.
fn from_carriers() -> impl Iterator<Item = StatusEvent> {
    let svarut = words::SVARUT.iter().map(|row| (Source::SvarUt, row.word.to_owned(), row.status));
    let altinn = words::ALTINN.iter().map(|row| (Source::Altinn, format!("Altinn: {}", row.word), row.status));
    let said = |(source, word, status)| StatusEvent { source, description: Some(word), ..event(status) };
    svarut.chain(altinn).map(said).filter(|event| carrier(event, Lang::Nb).is_some())
}

/// What the last of these events says.
fn said(events: &[StatusEvent], channel: Option<Channel>, lang: Lang) -> Option<Row> {
    rows(events, channel, lang).pop()
}

fn from_mailbox(status: Status, receipt: Option<&str>) -> StatusEvent {
    StatusEvent { source: Source::Mailbox, receipt: receipt.map(ToOwned::to_owned), ..event(status) }
}

fn event(status: Status) -> StatusEvent {
    StatusEvent {
        cursor: 0,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meaning_stands_once_and_is_explained_in_every_language() {
        for lang in Lang::ALL {
            let all = meanings(lang);
            assert!(all.len() > 28);
            for (place, row) in all.iter().enumerate() {
                assert!(!row.explanation.is_empty(), "{}", row.label);
                let same = |other: &Row| (other.label, other.explanation) == (row.label, row.explanation);
                assert!(!all[..place].iter().any(same), "{} twice", row.label);
            }
        }
    }

    #[test]
    fn what_lists_and_pages_show_is_there() {
        let all = meanings(Lang::Nb);
        for label in [
            "Feil etter levering",
            "Kom i retur",
            "Mottatt av KS",
            "Levert i digital postkasse",
            "Overlevert til utskrift og post",
            "Sendt til godkjenning",
            "Markert som håndtert",
            "Annen hendelse",
            "Sendt til utskrift",
            "Slettet av mottakeren",
            "Motstridende status",
            "Levert etter fristen",
        ] {
            assert!(all.iter().any(|row| row.label == label), "{label}");
        }
    }
}
